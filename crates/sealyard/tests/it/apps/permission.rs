//! What an installation's token may, operation by operation.

use base64ct::{Base64, Encoding as _};
use http::Method;

use super::{HELLO, ORG, SECRETS, installed, said};
use crate::world::World;

const ENV: &str = "/repos/octo-org/hello-world/environments/production/secrets";
const PUBLIC: &str = "/repos/octo-org/public-repo/actions/secrets";

/// Status of reading and of writing, where writing is refused or stops at the body.
async fn reads_and_writes(world: &World, token: &str, path: &str) -> (u16, u16) {
    let caller = world.with_token(token);
    let write = caller.put(&format!("{path}/A"), "[]").await;
    (
        caller.get(path).await.status.as_u16(),
        write.status.as_u16(),
    )
}

#[tokio::test]
async fn each_permission_opens_its_own_operations() {
    // 400 is the answer of a handler that does not like the body: it was let in.
    for (permissions, repository, organization) in [
        ("metadata=read", (403, 403), (403, 403)),
        ("secrets=read", (200, 403), (403, 403)),
        ("secrets=write", (200, 400), (403, 403)),
        ("organization_secrets=read", (403, 403), (200, 403)),
        ("organization_secrets=write", (403, 403), (200, 400)),
        ("actions=write,administration=write", (403, 403), (403, 403)),
        (SECRETS, (200, 400), (200, 400)),
    ] {
        let world = World::new().await;
        let (_, _, token) = installed(&world, permissions, None).await;
        let found = reads_and_writes(&world, &token, HELLO).await;
        assert_eq!(found, repository, "{permissions}");
        let found = reads_and_writes(&world, &token, ORG).await;
        assert_eq!(found, organization, "{permissions}");
    }
}

#[tokio::test]
async fn environment_secrets_have_a_permission_of_their_own_on_github_com() {
    for (permissions, enterprise, github) in [
        ("secrets=write", (200, 400), (403, 403)),
        ("environments=write", (403, 403), (200, 400)),
        ("environments=read", (403, 403), (200, 403)),
    ] {
        let world = World::new().await;
        let (_, _, token) = installed(&world, permissions, None).await;
        assert_eq!(reads_and_writes(&world, &token, ENV).await, enterprise);
        let world = World::github_com().await;
        let (_, _, token) = installed(&world, permissions, None).await;
        assert_eq!(reads_and_writes(&world, &token, ENV).await, github);
    }
}

#[tokio::test]
async fn a_public_repository_of_others_can_be_seen_and_nothing_more() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let id = world.install(&app, "other-org", None).await;
    let token = world.mint(&app, id, "").await;
    let caller = world.with_token(&token);
    assert_eq!(caller.get("/repos/octo-org/public-repo").await.status, 200);
    assert_eq!(reads_and_writes(&world, &token, PUBLIC).await, (403, 403));
    assert_eq!(reads_and_writes(&world, &token, HELLO).await, (404, 404));
    assert_eq!(reads_and_writes(&world, &token, ORG).await, (403, 403));
    assert_eq!(
        caller.get("/repos/octo-org/internal-repo").await.status,
        404
    );
}

#[tokio::test]
async fn an_app_on_a_users_account_reaches_that_users_repositories() {
    let world = World::new().await;
    let app = world.app("octo-org", SECRETS).await;
    let id = world.install(&app, "owner", None).await;
    let token = world.mint(&app, id, "").await;
    let own = "/repos/owner/own/actions/secrets";
    assert_eq!(reads_and_writes(&world, &token, own).await, (200, 400));
    // Not those that the user reaches elsewhere.
    assert_eq!(reads_and_writes(&world, &token, HELLO).await, (404, 404));
}

#[tokio::test]
async fn what_only_users_may_is_not_accessible_to_an_app() {
    let world = World::new().await;
    let all = "secrets=write,organization_secrets=write,administration=write,members=write";
    let (_, _, token) = installed(&world, all, None).await;
    let caller = world.with_token(&token);
    let refusal = (403, "Resource not accessible by integration".to_owned());
    for (method, path) in [
        (Method::GET, "/user"),
        (Method::GET, "/user/repos"),
        (Method::GET, "/user/orgs"),
        (Method::POST, "/user/repos"),
    ] {
        let reply = caller.send(method, path, Vec::new()).await;
        assert_eq!(said(&reply), refusal, "{path}");
    }
    for path in ["/admin/users", "/admin/organizations"] {
        assert_eq!(caller.post(path, "{}").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_request_without_the_permission_learns_which_one_is_asked_for_on_github_com() {
    let world = World::github_com().await;
    let (_, _, token) = installed(&world, "metadata=read", None).await;
    let reply = world.with_token(&token).get(HELLO).await;
    assert_eq!(reply.status, 403);
    assert_eq!(
        reply.header("x-accepted-github-permissions"),
        Some("secrets=read")
    );
    assert_eq!(reply.header("x-oauth-scopes"), None);
    assert_eq!(reply.header("x-accepted-oauth-scopes"), None);
}

#[tokio::test]
async fn an_archived_repository_is_read_only_for_apps_too() {
    let world = World::new().await;
    let (_, _, token) = installed(&world, SECRETS, None).await;
    world
        .change("UPDATE repository SET archived = 1 WHERE id = 1")
        .await;
    let caller = world.with_token(&token);
    assert_eq!(caller.get(HELLO).await.status, 200);
    let put = caller.put(&format!("{HELLO}/A"), "{}").await;
    let message = "Repository was archived so is read-only.".to_owned();
    assert_eq!(said(&put), (403, message));
}

#[tokio::test]
async fn a_token_is_taken_in_every_form() {
    let world = World::new().await;
    let (_, _, token) = installed(&world, SECRETS, None).await;
    let basic = Base64::encode_string(format!("x-access-token:{token}").as_bytes());
    for header in [
        format!("token {token}"),
        format!("Bearer {token}"),
        format!("Basic {basic}"),
    ] {
        let caller = world.anonymous().header("authorization", &header);
        assert_eq!(caller.get(HELLO).await.status, 200);
    }
}
