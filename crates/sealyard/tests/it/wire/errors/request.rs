//! Requests that reach no operation, and what goes wrong on the way.

use axum::body::Body;
use http::{Method, Request};
use insta::assert_snapshot;

use crate::wire::{ORG, in_both};
use crate::world::World;

#[tokio::test]
async fn an_unknown_method() {
    let patch = async |world: &World| world.r#as(&world.owner).patch(ORG, "{}").await;
    assert_snapshot!(in_both(patch).await, @"");
}

#[tokio::test]
async fn an_unknown_route_and_a_trailing_slash_are_the_same() {
    let get = async |world: &World| {
        let owner = world.r#as(&world.owner);
        let slash = owner.get(&format!("{ORG}/")).await.brief();
        let unknown = owner.get("/orgs/octo-org/actions/variables").await;
        assert_eq!(unknown.brief(), slash);
        unknown
    };
    assert_snapshot!(in_both(get).await, @"");
}

#[tokio::test]
async fn an_accept_that_is_not_json() {
    let get = async |world: &World| {
        world.r#as(&world.owner).header("accept", "text/html").get(ORG).await
    };
    assert_snapshot!(in_both(get).await, @"");
}

#[tokio::test]
async fn a_content_type_is_not_looked_at() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner).header("content-type", "application/x-www-form-urlencoded");
    let body = world.sealed_with(ORG, b"value", r#""visibility":"all""#).await;
    assert_eq!(owner.put(&format!("{ORG}/A"), body).await.status, 201);
}

#[tokio::test]
async fn an_api_version_that_does_not_exist_matters_to_github_com_only() {
    let get = async |world: &World| {
        let owner = world.r#as(&world.owner).header("x-github-api-version", "2020-01-01");
        owner.get(ORG).await
    };
    assert_snapshot!(in_both(get).await, @"");
}

#[tokio::test]
async fn a_request_without_user_agent_matters_to_github_com_only() {
    let get = async |world: &World| {
        let request = Request::get("/meta").header("host", "localhost").body(Body::empty());
        world.raw(request.expect("a request")).await
    };
    assert_snapshot!(in_both(get).await, @"");
}

#[tokio::test]
async fn a_body_over_the_limit() {
    let put = async |world: &World| {
        let path = "/repos/octo-org/hello-world/actions/secrets/A";
        world.r#as(&world.owner).put(path, vec![b' '; 512 * 1024 + 1]).await
    };
    assert_snapshot!(in_both(put).await, @"");
}

#[tokio::test]
async fn a_fault_of_ours_says_nothing_of_itself() {
    let put = async |world: &World| {
        world.change("DELETE FROM sealing_generation").await;
        let request = Request::builder()
            .method(Method::GET)
            .uri(format!("{ORG}/public-key"))
            .header("host", "localhost")
            .header("user-agent", "tests")
            .header("authorization", format!("token {}", world.owner.token))
            .body(Body::empty());
        world.raw(request.expect("a request")).await
    };
    assert_snapshot!(in_both(put).await, @"");
}
