//! Deployment branch policies: made, changed, listed, deleted, and what they let through.

mod kept;

use insta::assert_snapshot;
use sealyard::directory::EnvironmentId;
use sealyard::directory::store::environment::protection;

use crate::world::{As, World};

const ENVIRONMENT: &str = "/repos/octo-org/hello-world/environments/production";
const POLICIES: &str =
    "/repos/octo-org/hello-world/environments/production/deployment-branch-policies";
const CUSTOM: &str =
    r#"{"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}"#;
const PROTECTED: &str =
    r#"{"deployment_branch_policy":{"protected_branches":true,"custom_branch_policies":false}}"#;

/// `production` takes policies, and has these; their ids count from 1.
async fn with(caller: &As<'_>, bodies: &[&str]) {
    assert_eq!(caller.put(ENVIRONMENT, CUSTOM).await.status, 200);
    for body in bodies {
        assert_eq!(caller.post(POLICIES, *body).await.status, 200, "{body}");
    }
}

async fn last_entry(world: &World) -> serde_json::Value {
    const SQL: &str = "SELECT entry FROM audit_entry WHERE chain = 7 ORDER BY seq DESC LIMIT 1";
    let mut read = world.app.db.read().await.expect("a read");
    let row = read.query_one(SQL, &[]).await.expect("an entry");
    serde_json::from_str(row.get(0).expect("a text")).expect("JSON")
}

/// Whether a job of this ref may have `production`, as it is kept now.
async fn admits(world: &World, git_ref: &str) -> bool {
    let mut read = world.app.db.read().await.expect("a read");
    let found = protection(&mut read, EnvironmentId(1)).await;
    let found = found.expect("a query").expect("an environment");
    found.admits(Some(git_ref))
}

#[tokio::test]
async fn a_policy_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(&owner, &[]).await;
    let made = owner.post(POLICIES, r#"{"name":"release/*"}"#).await;
    assert_snapshot!(made.brief(), @r#"
    200 OK
    {"id":1,"node_id":"MDE2OkdhdGVCcmFuY2hQb2xpY3kx","name":"release/*","type":"branch"}
    "#);
    let path = format!("{POLICIES}/1");
    assert_eq!(owner.get(&path).await.body, made.body);
    let changed = owner.put(&path, r#"{"name":"main","type":"tag"}"#).await;
    assert_snapshot!(changed.brief(), @r#"
    200 OK
    {"id":1,"node_id":"MDE2OkdhdGVCcmFuY2hQb2xpY3kx","name":"main","type":"branch"}
    "#);
    assert_eq!(owner.get(&path).await.body, changed.body);
    assert_snapshot!(owner.get(POLICIES).await.brief(), @r#"
    200 OK
    {"total_count":1,"branch_policies":[{"id":1,"node_id":"MDE2OkdhdGVCcmFuY2hQb2xpY3kx","name":"main","type":"branch"}]}
    "#);
    assert_eq!(owner.delete(&path).await.status, 204);
    for gone in [
        owner.delete(&path).await,
        owner.get(&path).await,
        owner.put(&path, r#"{"name":"x"}"#).await,
    ] {
        assert_eq!(gone.status, 404);
    }
    let again = owner.post(POLICIES, r#"{"name":"main"}"#).await.json();
    assert_eq!(again["id"], 2, "ids are not given twice");
}

#[tokio::test]
async fn github_com_shows_a_policy_alike_with_its_older_node_id() {
    let mut shown = Vec::new();
    for world in [World::new().await, World::github_com().await] {
        let owner = world.r#as(&world.owner);
        with(&owner, &[r#"{"name":"v*","type":"tag"}"#]).await;
        shown.push(owner.get(&format!("{POLICIES}/1")).await.body);
    }
    assert_eq!(shown[0], shown[1]);
}

#[tokio::test]
async fn a_pattern_that_is_there_is_303_and_leads_to_it() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(
        &owner,
        &[r#"{"name":"main"}"#, r#"{"name":"v*","type":"tag"}"#],
    )
    .await;
    let before = world.count("SELECT COUNT(*) FROM audit_entry").await;
    let path = format!("/api/v3{POLICIES}");
    let there = owner.post(&path, r#"{"name":"v*","type":"tag"}"#).await;
    assert_snapshot!(there.whole(), @r#"
    303 See Other
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    location: http://localhost/api/v3/repos/octo-org/hello-world/environments/production/deployment-branch-policies/2
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"id":2,"node_id":"MDE2OkdhdGVCcmFuY2hQb2xpY3ky","name":"v*","type":"tag"}
    "#);
    let location = there.header("location").expect("a place");
    let location = location.strip_prefix("http://localhost").expect("ours");
    assert_eq!(owner.get(location).await.body, there.body);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM audit_entry").await,
        before
    );
    // A tag is no branch, and case counts.
    for body in [r#"{"name":"v*"}"#, r#"{"name":"Main","type":null}"#] {
        let made = owner.post(POLICIES, body).await;
        assert_eq!(
            (made.status.as_u16(), &made.json()["type"]),
            (200, &"branch".into())
        );
    }
    let taken = owner
        .put(&format!("{POLICIES}/1"), r#"{"name":"v*"}"#)
        .await;
    assert_snapshot!(taken.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"DeploymentBranchPolicy","code":"already_exists","field":"name"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/deployments#update-a-deployment-branch-policy"}
    "#);
    let same = owner
        .put(&format!("{POLICIES}/1"), r#"{"name":"main"}"#)
        .await;
    assert_eq!(same.status, 200);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM audit_entry").await,
        before + 2,
        "nothing changed, and nothing is said"
    );
}

#[tokio::test]
async fn without_custom_policies_there_are_none_of_these_operations() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(&owner, &[r#"{"name":"main"}"#]).await;
    let one = format!("{POLICIES}/1");
    let body = r#"{"name":"x"}"#;
    for settings in [PROTECTED, "{}"] {
        assert_eq!(owner.put(ENVIRONMENT, settings).await.status, 200);
        for refused in [
            owner.get(POLICIES).await,
            owner.post(POLICIES, body).await,
            owner.get(&one).await,
            owner.put(&one, body).await,
            owner.delete(&one).await,
        ] {
            assert_eq!(refused.status, 404, "{settings}");
        }
    }
    let nowhere = POLICIES.replace("production", "staging");
    assert_eq!(owner.get(&nowhere).await.status, 404);
    assert_eq!(owner.post(&nowhere, body).await.status, 404);
    // They were kept.
    owner.put(ENVIRONMENT, CUSTOM).await;
    let list = owner.get(POLICIES).await.json();
    assert_eq!(list["branch_policies"][0]["name"], "main");
}

#[tokio::test]
async fn the_policy_of_another_environment_is_not_there() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(&owner, &[r#"{"name":"main"}"#]).await;
    let staging = ENVIRONMENT.replace("production", "staging");
    owner.put(&staging, CUSTOM).await;
    let body = r#"{"name":"x"}"#;
    for id in ["1", "0", "x", "-1", "01x", "99999999999999999999"] {
        let path = format!("{staging}/deployment-branch-policies/{id}");
        assert_eq!(owner.get(&path).await.status, 404, "{id}");
        assert_eq!(owner.put(&path, body).await.status, 404, "{id}");
        assert_eq!(owner.delete(&path).await.status, 404, "{id}");
    }
    let kept = owner.get(&format!("{POLICIES}/1")).await.json();
    assert_eq!(kept["name"], "main");
}

#[tokio::test]
async fn policies_are_listed_in_pages_in_the_order_they_were_made() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(
        &owner,
        &[r#"{"name":"b"}"#, r#"{"name":"a"}"#, r#"{"name":"c"}"#],
    )
    .await;
    let by_id = POLICIES.replace("/repos/octo-org/hello-world", "/repositories/1");
    let page = world
        .r#as(&world.reader)
        .get(&format!("/api/v3{by_id}?per_page=2"))
        .await;
    assert_snapshot!(page.brief(), @r#"
    200 OK
    {"total_count":3,"branch_policies":[{"id":1,"node_id":"MDE2OkdhdGVCcmFuY2hQb2xpY3kx","name":"b","type":"branch"},{"id":2,"node_id":"MDE2OkdhdGVCcmFuY2hQb2xpY3ky","name":"a","type":"branch"}]}
    "#);
    assert_snapshot!(page.header("link").expect("a link"), @r#"<http://localhost/api/v3/repositories/1/environments/production/deployment-branch-policies?per_page=2&page=2>; rel="next", <http://localhost/api/v3/repositories/1/environments/production/deployment-branch-policies?per_page=2&page=2>; rel="last""#);
    for path in [POLICIES, &by_id, &format!("/api/v3{POLICIES}")] {
        let list = owner.get(path).await.json();
        assert_eq!(list["total_count"], 3, "{path}");
    }
}

#[tokio::test]
async fn what_no_policy_can_be_is_refused() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(&owner, &[r#"{"name":"main"}"#]).await;
    let long = format!(r#"{{"name":"{}"}}"#, "é".repeat(255));
    assert_eq!(owner.post(POLICIES, long).await.status, 200);
    let before = world.count("SELECT COUNT(*) FROM audit_entry").await;
    let too_long = format!(r#"{{"name":"{}"}}"#, "x".repeat(256));
    let mut lines = Vec::new();
    for body in [
        "{}",
        r#"{"name":null}"#,
        r#"{"name":["hunter2"]}"#,
        r#"{"name":""}"#,
        r#"{"name":"hunter2\n"}"#,
        &too_long,
        r#"{"name":"x","type":"hunter2"}"#,
        r#"{"name":"x","type":1}"#,
    ] {
        let reply = owner.post(POLICIES, body).await;
        assert_eq!(reply.status, 422, "{body}");
        let put = owner.put(&format!("{POLICIES}/1"), body).await;
        // A change has no type to look at.
        let expected = if body.contains("type") { 200 } else { 422 };
        assert_eq!(put.status, expected, "{body}");
        assert!(!reply.text().contains("hunter2"));
        let reply = reply.json();
        lines.push(format!("{} {}", reply["message"], reply["errors"]));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    "Invalid request.\n\n\"name\" wasn't supplied." null
    "Invalid request.\n\nFor 'properties/name', nil is not a string." null
    "Invalid request.\n\nFor 'properties/name', an array is not a string." null
    "Validation Failed" [{"code":"invalid","field":"name","resource":"DeploymentBranchPolicy"}]
    "Validation Failed" [{"code":"invalid","field":"name","resource":"DeploymentBranchPolicy"}]
    "Validation Failed" [{"code":"invalid","field":"name","resource":"DeploymentBranchPolicy"}]
    "Invalid request.\n\ntype is not a member of [\"branch\", \"tag\"]." null
    "Invalid request.\n\nFor 'properties/type', an integer is not a string." null
    "#);
    assert_eq!(owner.post(POLICIES, "[]").await.status, 400);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM audit_entry").await,
        before + 1
    );
}

#[tokio::test]
async fn readers_see_policies_and_administrators_change_them() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(&owner, &[r#"{"name":"main"}"#]).await;
    let one = format!("{POLICIES}/1");
    let body = r#"{"name":"x"}"#;
    for person in [&world.member, &world.writer, &world.reader] {
        let caller = world.r#as(person);
        assert_eq!(caller.get(POLICIES).await.status, 200);
        assert_eq!(caller.get(&one).await.status, 200);
        assert_eq!(caller.post(POLICIES, body).await.status, 403);
        assert_eq!(caller.put(&one, body).await.status, 403);
        assert_eq!(caller.delete(&one).await.status, 403);
    }
    for path in [POLICIES, &one] {
        assert_eq!(world.r#as(&world.stranger).get(path).await.status, 404);
        assert_eq!(world.anonymous().get(path).await.status, 404);
    }
    owner
        .patch("/repos/octo-org/hello-world", r#"{"archived":true}"#)
        .await;
    assert_eq!(owner.post(POLICIES, body).await.status, 403);
    assert_eq!(owner.delete(&one).await.status, 403);
    assert_eq!(owner.get(&one).await.status, 200);
}
