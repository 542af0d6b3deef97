//! Tokens: made over HTTP and by the operator, listed, revoked.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use insta::assert_snapshot;
use sealyard::audit::Actor;
use sealyard::identity::scopes::Scopes;
use sealyard::identity::{self, AccountId, Error, Grant, Power};

use super::log;
use crate::world::{Reply, World};

const AUTHORIZATIONS: &str = "/admin/users/Stranger/authorizations";

fn token_of(reply: &Reply) -> String {
    let body = reply.json();
    let token = body.get("token").and_then(serde_json::Value::as_str);
    token.expect("a token").to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string");
        text
    })
}

#[tokio::test]
async fn a_site_administrator_makes_a_token_that_acts_for_a_user() {
    let world = World::new().await;
    let body = r#"{"scopes":["repo","public_repo","admin:org"],"note":"for tests"}"#;
    let made = world.r#as(&world.admin).post(AUTHORIZATIONS, body).await;
    let token = token_of(&made);
    let hash = hex(digest(&SHA256, token.as_bytes()).as_ref());
    let shown = made
        .whole()
        .replace(&token, "…")
        .replace(&hash, "…")
        .replace(&token[32..], "…");
    assert_snapshot!(shown, @r#"
    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: no-cache
    x-oauth-scopes: admin:org, delete_repo, repo, site_admin, user
    x-accepted-oauth-scopes: site_admin
    x-github-media-type: github.v3; format=json

    {"id":7,"url":"http://localhost/authorizations/7","app":{"name":"Sealyard","url":"http://localhost","client_id":"00000000000000000000"},"token":"…","hashed_token":"…","token_last_eight":"…","note":"for tests","note_url":null,"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","scopes":["admin:org","repo"],"fingerprint":null,"expires_at":null}
    "#);

    let user = world.with_token(&token).get("/user").await;
    assert_eq!(user.json()["login"], "stranger");
    assert_eq!(user.header("x-oauth-scopes"), Some("admin:org, repo"));
}

#[tokio::test]
async fn every_request_for_a_token_makes_another() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let one = token_of(&admin.post(AUTHORIZATIONS, r#"{"scopes":["repo"]}"#).await);
    let other = token_of(&admin.post(AUTHORIZATIONS, r#"{"scopes":["repo"]}"#).await);
    assert_ne!(one, other);
    for token in [&one, &other] {
        assert_eq!(world.with_token(token).get("/user").await.status, 200);
    }
}

#[tokio::test]
async fn neither_store_nor_log_holds_a_token() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let made = admin
        .post(AUTHORIZATIONS, r#"{"scopes":["gist","repo"]}"#)
        .await;
    let token = token_of(&made);
    let entries = log(&world, AccountId(world.stranger.id)).await.join("\n");
    assert_snapshot!(entries.replace(&token[32..], "…"), @r#"{"action":"oauth_access.create","user":"stranger","name":"…","detail":"gist, repo"}"#);
    let mut read = world.app.db.read().await.expect("a read");
    let sql = "SELECT mac, scopes, last_eight FROM token WHERE id = $1";
    let id = made.json()["id"].as_i64().expect("an id");
    let row = read.query_one(sql, &[id.into()]).await.expect("a row");
    let mac: Vec<u8> = row.get(0).expect("a MAC");
    assert_ne!(mac, digest(&SHA256, token.as_bytes()).as_ref());
    assert_ne!(mac, token.as_bytes());
    assert_eq!(row.get::<String>(2).expect("a text"), token[32..]);
}

#[tokio::test]
async fn a_token_has_only_scopes_that_github_knows() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let before = world.count("SELECT COUNT(*) FROM token").await;
    let many = format!(r#"{{"scopes":[{}"repo"]}}"#, "\"repo\",".repeat(100));
    let mut answers = Vec::new();
    for body in [
        r#"{"scopes":["repo","hunter2"]}"#,
        r#"{"scopes":["repo, gist"]}"#,
        "{}",
        r#"{"scopes":"repo"}"#,
        r#"{"scopes":null}"#,
        r#"{"scopes":["repo",1,null]}"#,
        &many,
    ] {
        let refused = admin.post(AUTHORIZATIONS, body).await;
        assert!(!refused.text().contains("hunter2"));
        answers.push(refused.brief());
    }
    assert_snapshot!(answers.join("\n"), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"OauthAccess","code":"invalid","field":"scopes"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-impersonation-oauth-token"}
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"OauthAccess","code":"invalid","field":"scopes"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-impersonation-oauth-token"}
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"scopes\" wasn't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-impersonation-oauth-token"}
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/scopes', a string is not an array.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-impersonation-oauth-token"}
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/scopes', nil is not an array.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-impersonation-oauth-token"}
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'items', an integer is not a string.\nFor 'items', nil is not a string.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-impersonation-oauth-token"}
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nNo more than 100 items are allowed; 101 were supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-impersonation-oauth-token"}
    "#);
    let note = format!(r#"{{"scopes":[],"note":"{}"}}"#, "x".repeat(256));
    assert_eq!(admin.post(AUTHORIZATIONS, note).await.status, 422);
    assert_eq!(world.count("SELECT COUNT(*) FROM token").await, before);
}

#[tokio::test]
async fn a_token_without_scopes_only_says_whose_it_is() {
    let world = World::new().await;
    let made = world
        .r#as(&world.admin)
        .post(AUTHORIZATIONS, r#"{"scopes":[]}"#)
        .await;
    assert_eq!(made.json()["scopes"], serde_json::json!([]));
    let token = token_of(&made);
    let bare = world.with_token(&token);
    assert_eq!(bare.get("/user").await.header("x-oauth-scopes"), Some(""));
    assert_eq!(bare.get("/user/orgs").await.status, 403);
}

#[tokio::test]
async fn nobody_acts_for_who_is_not_there_or_for_an_organization() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    for login in ["nobody", "octo-org"] {
        let path = format!("/admin/users/{login}/authorizations");
        assert_eq!(
            admin.post(&path, r#"{"scopes":[]}"#).await.status,
            404,
            "{login}"
        );
    }
}

#[tokio::test]
async fn the_operator_makes_lists_and_revokes_tokens() {
    let world = World::new().await;
    let (app, actor) = (&world.app, Actor::operator());
    let user = identity::user(app, "STRANGER").await.expect("a user");
    let grant = Grant {
        power: Power::Classic(Scopes::parse("repo").expect("scopes")),
        note: Some("nightly"),
        expires_at: Some(app.clock.now_s() + 60),
    };
    let issued = identity::create_token(app, &actor, &user, &grant)
        .await
        .expect("a token");
    let caller = world.with_token(issued.token.reveal());
    assert_eq!(caller.get("/user").await.status, 200);

    let listed = identity::list_tokens(app, Some(&user), 0)
        .await
        .expect("a list");
    let shown: Vec<_> = listed
        .iter()
        .map(|token| {
            (
                token.id,
                token.user.as_str(),
                token.note.as_deref(),
                token.revoked_at,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (6, "stranger", None, None),
            (7, "stranger", Some("nightly"), None)
        ]
    );
    let all = identity::list_tokens(app, None, 5).await.expect("a list");
    assert_eq!(all.iter().map(|token| token.id).collect::<Vec<_>>(), [6, 7]);

    identity::revoke_token(app, &actor, issued.id)
        .await
        .expect("revoked");
    assert_eq!(caller.get("/user").await.status, 401);
    assert_eq!(world.r#as(&world.stranger).get("/user").await.status, 200);
    // Once more changes nothing: neither the time nor the log.
    world.clock.advance(1_000);
    identity::revoke_token(app, &actor, issued.id)
        .await
        .expect("revoked");
    let listed = identity::list_tokens(app, Some(&user), 6)
        .await
        .expect("a list");
    assert_eq!(listed[0].revoked_at, Some(issued.created_at));
    let entries = log(&world, user.id).await.join("\n");
    assert_snapshot!(entries.replace(issued.token.last_eight(), "…"), @r#"
    {"action":"personal_access_token.create","user":"stranger","name":"…","detail":"repo"}
    {"action":"personal_access_token.destroy","user":"stranger","name":"…"}
    "#);
    let unknown = identity::revoke_token(app, &actor, 99).await;
    assert!(matches!(unknown, Err(Error::NoSuchToken)));
}

#[tokio::test]
async fn a_token_ends_at_its_time() {
    let world = World::new().await;
    let user = identity::user(&world.app, "stranger")
        .await
        .expect("a user");
    let now = world.app.clock.now_s();
    let grant = Grant {
        power: Power::Classic(Scopes::default()),
        note: None,
        expires_at: Some(now + 60),
    };
    let issued = identity::create_token(&world.app, &Actor::operator(), &user, &grant).await;
    let issued = issued.expect("a token");
    let caller = world.with_token(issued.token.reveal());
    world.clock.advance(59_000);
    assert_eq!(caller.get("/user").await.status, 200);
    world.clock.advance(1_000);
    assert_eq!(caller.get("/user").await.status, 401);
}

#[tokio::test]
async fn a_user_has_ten_thousand_good_tokens_and_no_more() {
    let world = World::new().await;
    let sql = "
        INSERT INTO token (id, kind, user_id, mac, epoch, scopes, permissions, last_eight,
                           created_at, revoked_at)
        VALUES ($1, 'classic', $2, $3, 1, '', '', '', 0, $4)";
    let mut tx = world.app.db.begin().await.expect("a write");
    // One is there already, and those that were revoked do not count.
    for id in 20_000..30_000_i64 {
        let revoked = (id < 20_002).then_some(1_i64);
        let mac = id.to_be_bytes();
        let values = [
            id.into(),
            world.stranger.id.into(),
            (&mac).into(),
            revoked.into(),
        ];
        tx.execute(sql, &values).await.expect("a statement");
    }
    tx.commit().await.expect("a commit");
    let admin = world.r#as(&world.admin);
    let body = r#"{"scopes":[]}"#;
    assert_eq!(admin.post(AUTHORIZATIONS, body).await.status, 201);
    assert_snapshot!(admin.post(AUTHORIZATIONS, body).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"The number of tokens is limited to 10000. Delete one before creating another.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-impersonation-oauth-token"}
    "#);
}
