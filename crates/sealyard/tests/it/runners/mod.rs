//! Runners: enrolled, listed, taken off.

mod labels;
mod limits;
mod listing;
mod remote_auth;

use insta::assert_snapshot;
use serde_json::Value;

use crate::world::{Reply, World};

const ORG: &str = "/orgs/octo-org/actions/runners";
const REPO: &str = "/repos/octo-org/hello-world/actions/runners";
const ENROL: &str = "/api/sealyard/v1/runners";

fn text(json: &Value, member: &str) -> String {
    json.get(member)
        .and_then(Value::as_str)
        .expect("a text")
        .to_owned()
}

/// A registration token of the scope at `path`.
async fn registration_token(world: &World, path: &str) -> String {
    let reply = world
        .r#as(&world.owner)
        .post(&format!("{path}/registration-token"), "")
        .await;
    text(&reply.json(), "token")
}

async fn enrol(world: &World, token: &str, name: &str) -> Reply {
    let body = format!(
        r#"{{"token":"{token}","name":"{name}","os":"linux","arch":"x64","labels":["gpu"]}}"#
    );
    world.anonymous().post(ENROL, body).await
}

/// The text of the answer, with what is random in it left out.
fn without(reply: &Reply, member: &str) -> String {
    reply.brief().replace(&text(&reply.json(), member), "…")
}

async fn set(world: &World, sql: &'static str) {
    let mut tx = world.app.db.begin().await.expect("a write");
    assert_eq!(tx.execute(sql, &[]).await.expect("a statement"), 1);
    tx.commit().await.expect("a commit");
}

async fn last_entry(world: &World) -> Value {
    let sql = "SELECT entry FROM audit_entry ORDER BY at_ms DESC, seq DESC LIMIT 1";
    let mut read = world.app.db.read().await.expect("a read");
    let row = read.query_one(sql, &[]).await.expect("an entry");
    serde_json::from_str(row.get(0).expect("a text")).expect("JSON")
}

#[tokio::test]
async fn a_runner_is_enrolled_with_a_token_and_shown() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let made = owner.post(&format!("{ORG}/registration-token"), "").await;
    let token = text(&made.json(), "token");
    assert_snapshot!(made.whole().replace(&token, "…"), @r#"
    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: no-cache
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org, manage_runners:org
    x-github-media-type: github.v3; format=json

    {"token":"…","expires_at":"2026-01-02T04:04:05.000+00:00"}
    "#);
    assert!(
        token.len() == 29
            && token
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    );

    let enrolled = enrol(&world, &token, "build-1").await;
    assert_snapshot!(without(&enrolled, "credential"), @r#"
    201 Created
    {"id":1,"name":"build-1","credential":"…"}
    "#);
    assert_eq!(enrolled.header("cache-control"), Some("no-cache"));
    let entry = last_entry(&world).await;
    assert_eq!(entry["action"], "org.register_self_hosted_runner");
    assert_eq!(
        (&entry["org"], &entry["name"]),
        (&"octo-org".into(), &"build-1".into())
    );

    assert_snapshot!(owner.get(&format!("{ORG}/1")).await.brief(), @r#"
    200 OK
    {"id":1,"name":"build-1","os":"Linux","status":"offline","busy":false,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"Linux","type":"read-only"},{"id":3,"name":"X64","type":"read-only"},{"id":4,"name":"gpu","type":"custom"}]}
    "#);
    assert_snapshot!(owner.get(ORG).await.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org, manage_runners:org
    x-github-media-type: github.v3; format=json

    {"total_count":1,"runners":[{"id":1,"name":"build-1","os":"Linux","status":"offline","busy":false,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"Linux","type":"read-only"},{"id":3,"name":"X64","type":"read-only"},{"id":4,"name":"gpu","type":"custom"}]}]}
    "#);
    assert_eq!(
        owner.get("/organizations/7/actions/runners/1").await.status,
        200
    );
    // Nothing of the repository's own.
    assert_snapshot!(owner.get(REPO).await.brief(), @r#"
    200 OK
    {"total_count":0,"runners":[]}
    "#);
}

#[tokio::test]
async fn a_registration_token_is_good_for_its_hour_and_its_scope_only() {
    let world = World::new().await;
    let token = registration_token(&world, REPO).await;
    assert_eq!(enrol(&world, &token, "one").await.status, 201);
    assert_eq!(enrol(&world, &token, "two").await.status, 201);
    assert_snapshot!(enrol(&world, &token, "two").await.brief(), @r#"
    409 Conflict
    {"message":"Already exists - A runner with this name already exists.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM runner WHERE scope_kind = 2 AND scope_id = 1")
            .await,
        2
    );
    // The same name elsewhere is another runner.
    let other = registration_token(&world, ORG).await;
    assert_eq!(enrol(&world, &other, "two").await.status, 201);

    world.clock.advance(3_599_000);
    assert_eq!(enrol(&world, &token, "three").await.status, 201);
    world.clock.advance(1_000);
    assert_snapshot!(enrol(&world, &token, "four").await.brief(), @r#"
    401 Unauthorized
    {"message":"Bad credentials","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}
    "#);
    for wrong in [
        "",
        "ABC",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        assert_eq!(enrol(&world, wrong, "five").await.status, 401, "{wrong}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM runner").await, 4);
    // Making a token forgets the expired ones.
    assert_eq!(world.count("SELECT COUNT(*) FROM runner_token").await, 2);
    registration_token(&world, ORG).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM runner_token").await, 1);
}

#[tokio::test]
async fn a_remove_token_enrols_nobody() {
    let world = World::new().await;
    let made = world
        .r#as(&world.owner)
        .post(&format!("{REPO}/remove-token"), "")
        .await;
    assert_snapshot!(without(&made, "token"), @r#"
    201 Created
    {"token":"…","expires_at":"2026-01-02T04:04:05.000+00:00"}
    "#);
    let token = text(&made.json(), "token");
    assert_eq!(enrol(&world, &token, "one").await.status, 401);
    assert_eq!(
        last_entry(&world).await["action"],
        "repo.create_self_hosted_runner_remove_token"
    );
}

#[tokio::test]
async fn tokens_and_credentials_are_kept_as_macs_only() {
    let world = World::new().await;
    let token = registration_token(&world, ORG).await;
    let credential = text(&enrol(&world, &token, "one").await.json(), "credential");
    let mut read = world.app.db.read().await.unwrap();
    let row = read.query_one("SELECT mac FROM runner", &[]).await.unwrap();
    let mac: [u8; 32] = row.get(0).unwrap();
    assert_eq!(mac, world.app.keyring.mac_token(credential.as_bytes()));
    let row = read
        .query_one("SELECT mac FROM runner_token", &[])
        .await
        .unwrap();
    let mac: [u8; 32] = row.get(0).unwrap();
    assert_eq!(mac, world.app.keyring.mac_token(token.as_bytes()));
    // A runner's credential opens nothing that is for people.
    assert_eq!(world.with_token(&credential).get(ORG).await.status, 401);
}

#[tokio::test]
async fn an_enrolment_says_what_is_wrong_with_it_and_repeats_nothing() {
    let world = World::new().await;
    let enrol = async |body: &str| world.anonymous().post(ENROL, body.as_bytes()).await.brief();
    assert_snapshot!(enrol("{}").await, @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"token\", \"name\" weren't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    let body = r#"{"token":1,"name":"","os":"","labels":["",7],"public_key":"c2VjcmV0"}"#;
    assert_snapshot!(enrol(body).await, @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/token', an integer is not a string.\n does not match /^[^[:cntrl:]]{1,64}$/.\n does not match /^[^[:cntrl:]]{1,256}$/.\n does not match /^[^[:cntrl:]]{1,256}$/.\nFor 'items', an integer is not a string.\npublic_key does not match /^[A-Za-z0-9+\\/]{43}=$/.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    let many = vec!["\"a\""; 101].join(",");
    let body = format!(
        r#"{{"token":"t","name":"{}","labels":[{many}]}}"#,
        "n".repeat(65)
    );
    assert_snapshot!(enrol(&body).await, @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nname does not match /^[^[:cntrl:]]{1,64}$/.\nNo more than 100 items are allowed; 101 were supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
}

#[tokio::test]
async fn a_runner_without_a_system_is_unknown_and_labels_come_once() {
    let world = World::new().await;
    let token = registration_token(&world, ORG).await;
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let body = format!(
        r#"{{"token":"{token}","name":"a b","labels":["GPU","gpu","Self-Hosted"],"public_key":"{key}"}}"#
    );
    assert_eq!(world.anonymous().post(ENROL, body).await.status, 201);
    let found = world
        .r#as(&world.owner)
        .get(&format!("{ORG}?name=a%20b"))
        .await;
    assert_snapshot!(found.brief(), @r#"
    200 OK
    {"total_count":1,"runners":[{"id":1,"name":"a b","os":"unknown","status":"offline","busy":false,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"GPU","type":"custom"}]}]}
    "#);
    let sql = "SELECT COUNT(*) FROM runner WHERE length(public_key) = 32";
    assert_eq!(world.count(sql).await, 1);
}
