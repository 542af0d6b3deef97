//! Users shut out and let in again, and the end of all tokens that were made for a user.

use insta::assert_snapshot;
use sealyard::audit;
use sealyard::identity::AccountId;

use super::{fine_grained, log, token};
use crate::world::{Reply, World};

const MEMBER: &str = "/users/Member/suspended";
const AUTHORIZATIONS: &str = "/admin/users/member/authorizations";

async fn oauth(world: &World) -> String {
    let admin = world.r#as(&world.admin);
    let made = admin.post(AUTHORIZATIONS, r#"{"scopes":["repo"]}"#).await;
    let json = made.json();
    json["token"].as_str().expect("a token").to_owned()
}

async fn statuses(world: &World, tokens: &[String]) -> Vec<u16> {
    let mut all = Vec::new();
    for token in tokens {
        all.push(world.with_token(token).get("/user").await.status.as_u16());
    }
    all
}

/// What a new entry says of who did it.
async fn actor(world: &World, chain: AccountId) -> String {
    const SQL: &str = "SELECT entry FROM audit_entry WHERE chain = $1 ORDER BY seq DESC LIMIT 1";
    let mut read = world.app.db.read().await.expect("a read");
    let row = read
        .query_one(SQL, &[chain.0.into()])
        .await
        .expect("an entry");
    let entry: serde_json::Value = serde_json::from_str(row.get(0).expect("a text")).expect("JSON");
    entry["actor"].to_string()
}

#[tokio::test]
async fn every_token_of_a_suspended_user_is_refused_at_once_and_good_again_after() {
    let world = World::new().await;
    let tokens = [
        world.member.token.clone(),
        oauth(&world).await,
        token(&world, "member", "repo").await,
        fine_grained(&world, "member", "octo-org", "secrets=read", None).await,
    ];
    assert_eq!(statuses(&world, &tokens).await, [200; 4]);
    let admin = world.r#as(&world.admin);
    world.clock.advance(60_000);
    assert_snapshot!(admin.put(MEMBER, "").await.whole(), @"
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, site_admin, user
    x-accepted-oauth-scopes: site_admin
    x-github-media-type: github.v3; format=json
    ");
    assert_eq!(statuses(&world, &tokens).await, [403; 4]);
    assert_snapshot!(world.with_token(&tokens[3]).get("/meta").await.whole(), @r#"
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json

    {"message":"Sorry. Your account was suspended.","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}
    "#);
    // Other people's are as before.
    assert_eq!(world.r#as(&world.owner).get("/user").await.status, 200);

    let profile = world.anonymous().get("/users/member").await;
    assert_eq!(profile.json()["suspended_at"], "2026-01-02T03:05:05Z");
    assert_eq!(
        profile.header("last-modified"),
        Some("Fri, 02 Jan 2026 03:05:05 GMT")
    );
    world.clock.advance(60_000);
    // Again changes nothing, neither the time nor the log.
    assert_eq!(admin.put(MEMBER, "").await.status, 204);
    let profile = world.anonymous().get("/users/member").await.json();
    assert_eq!(profile["suspended_at"], "2026-01-02T03:05:05Z");

    assert_eq!(admin.delete(MEMBER).await.status, 204);
    assert_eq!(statuses(&world, &tokens).await, [200; 4]);
    let profile = world.anonymous().get("/users/member").await.json();
    assert!(profile["suspended_at"].is_null());
    assert_eq!(profile["updated_at"], "2026-01-02T03:06:05Z");
    assert_eq!(admin.delete(MEMBER).await.status, 204);
    assert_snapshot!(log(&world, audit::INSTANCE).await.join("\n"), @r#"
    {"action":"user.suspend","user":"member","detail":"Suspended via API by admin"}
    {"action":"user.unsuspend","user":"member","detail":"Unsuspended via API by admin"}
    "#);
    assert_eq!(actor(&world, audit::INSTANCE).await, "\"admin\"");
}

#[tokio::test]
async fn a_token_that_is_void_is_void_also_for_a_suspended_user() {
    let world = World::new().await;
    let revoked = oauth(&world).await;
    let admin = world.r#as(&world.admin);
    assert_eq!(admin.delete(AUTHORIZATIONS).await.status, 204);
    assert_eq!(admin.put(MEMBER, "{}").await.status, 204);
    assert_eq!(statuses(&world, &[revoked]).await, [401]);
}

#[tokio::test]
async fn the_reason_is_for_the_log() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let why = r#"{"reason":"left the company"}"#;
    assert_eq!(admin.put(MEMBER, why).await.status, 204);
    let why = format!(r#"{{"reason":"{}"}}"#, "ä".repeat(255));
    assert_eq!(admin.delete(MEMBER).await.status, 204);
    assert_eq!(admin.put(MEMBER, why).await.status, 204);
    let mut entries = log(&world, audit::INSTANCE).await.join("\n");
    entries = entries.replace(&"ä".repeat(255), "…");
    assert_snapshot!(entries, @r#"
    {"action":"user.suspend","user":"member","detail":"left the company"}
    {"action":"user.unsuspend","user":"member","detail":"Unsuspended via API by admin"}
    {"action":"user.suspend","user":"member","detail":"…"}
    "#);

    let mut answers = Vec::new();
    let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(256));
    for body in ["{", "[]", r#"{"reason":7}"#, &long] {
        for reply in [
            admin.put(MEMBER, body).await,
            admin.send(http::Method::DELETE, MEMBER, body.into()).await,
        ] {
            answers.push(reply.brief());
        }
    }
    answers.dedup_by_key(|answer| answer.replace("unsuspend", "suspend"));
    assert_snapshot!(answers.join("\n"), @r#"
    400 Bad Request
    {"message":"Problems parsing JSON","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#suspend-a-user"}
    400 Bad Request
    {"message":"Body should be a JSON object","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#suspend-a-user"}
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/reason', an integer is not a string.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#suspend-a-user"}
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"User","code":"invalid","field":"reason"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#suspend-a-user"}
    "#);
    for nothing in [r#"{"reason":null}"#, r#"{"reason":""}"#] {
        assert_eq!(admin.put(MEMBER, nothing).await.status, 204);
    }
}

#[tokio::test]
async fn administrators_suspend_each_other_but_not_themselves() {
    let world = World::new().await;
    world
        .change("UPDATE account SET site_admin = 1 WHERE login_key = 'owner'")
        .await;
    let admin = world.r#as(&world.admin);
    assert_snapshot!(admin.put("/users/ADMIN/suspended", "").await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"You cannot suspend yourself.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#suspend-a-user"}
    "#);
    assert_eq!(admin.get("/user").await.status, 200);
    assert_eq!(admin.put("/users/owner/suspended", "").await.status, 204);
    assert_eq!(world.r#as(&world.owner).get("/user").await.status, 403);
}

#[tokio::test]
async fn nobody_else_suspends_or_ends_tokens_or_learns_who_there_is() {
    let world = World::new().await;
    let narrow = token(&world, "admin", "repo, admin:org, user").await;
    let callers = [
        world.r#as(&world.owner),
        world.with_token(&narrow),
        world.r#as(&world.stranger),
    ];
    let asks = async |login: &str| -> Vec<Reply> {
        let mut all = Vec::new();
        for caller in &callers {
            let path = format!("/users/{login}/suspended");
            all.push(caller.put(&path, "").await);
            all.push(caller.delete(&path).await);
            let path = format!("/admin/users/{login}/authorizations");
            all.push(caller.delete(&path).await);
        }
        all
    };
    let texts = |replies: Vec<Reply>| -> Vec<String> {
        let briefs = replies.iter().map(Reply::brief);
        briefs.collect()
    };
    let there = asks("member").await;
    assert!(there.iter().all(|reply| reply.status == 404));
    assert_eq!(texts(there), texts(asks("nobody").await));
    assert_eq!(world.anonymous().put(MEMBER, "").await.status, 401);
    assert_eq!(world.r#as(&world.member).get("/user").await.status, 200);
}

#[tokio::test]
async fn only_users_are_suspended() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    for login in ["octo-org", "nobody"] {
        let path = format!("/users/{login}/suspended");
        assert_eq!(admin.put(&path, "").await.status, 404, "{login}");
        assert_eq!(admin.delete(&path).await.status, 404, "{login}");
        let path = format!("/admin/users/{login}/authorizations");
        assert_eq!(admin.delete(&path).await.status, 404, "{login}");
    }
}

#[tokio::test]
async fn all_oauth_tokens_of_a_user_end_together_and_no_others() {
    let world = World::new().await;
    let (one, other) = (oauth(&world).await, oauth(&world).await);
    assert!(one.starts_with("gho_"));
    let kept = [
        world.member.token.clone(),
        token(&world, "member", "repo").await,
        fine_grained(&world, "member", "member", "", None).await,
    ];
    let admin = world.r#as(&world.admin);
    let elsewhere = admin
        .post("/admin/users/writer/authorizations", r#"{"scopes":[]}"#)
        .await;
    let elsewhere = elsewhere.json()["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    assert_snapshot!(admin.delete(AUTHORIZATIONS).await.whole(), @"
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, site_admin, user
    x-accepted-oauth-scopes: site_admin
    x-github-media-type: github.v3; format=json
    ");
    assert_eq!(statuses(&world, &[one, other]).await, [401; 2]);
    assert_eq!(statuses(&world, &kept).await, [200; 3]);
    assert_eq!(statuses(&world, &[elsewhere]).await, [200]);
    // There is nothing left to end, and nothing to log.
    assert_eq!(admin.delete(AUTHORIZATIONS).await.status, 204);
    let entries = log(&world, AccountId(world.member.id)).await;
    let last = entries.last().expect("an entry");
    assert_snapshot!(last, @r#"{"action":"oauth_access.destroy","user":"member","detail":"2"}"#);
    assert_eq!(
        entries
            .iter()
            .filter(|entry| entry.contains("destroy"))
            .count(),
        1
    );
    assert_eq!(actor(&world, AccountId(world.member.id)).await, "\"admin\"");
}
