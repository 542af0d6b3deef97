//! Requests that reach no operation, and what goes wrong on the way.

use axum::body::Body;
use http::{Method, Request};
use insta::assert_snapshot;

use crate::wire::{ORG, in_both};
use crate::world::World;

#[tokio::test]
async fn an_unknown_method() {
    let patch = async |world: &World| world.r#as(&world.owner).patch(ORG, "{}").await;
    assert_snapshot!(in_both(patch).await, @r#"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}
    "#);
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
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}
    "#);
}

#[tokio::test]
async fn an_accept_that_is_not_json() {
    let get = async |world: &World| {
        world
            .r#as(&world.owner)
            .header("accept", "text/html")
            .get(ORG)
            .await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    415 Unsupported Media Type
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Unsupported 'Accept' header: 'text/html'. Must accept 'application/json'.","documentation_url":"https://docs.github.com/v3/media"}

    [github.com]
    415 Unsupported Media Type
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Unsupported 'Accept' header: 'text/html'. Must accept 'application/json'.","documentation_url":"https://docs.github.com/v3/media","status":"415"}
    "#);
}

#[tokio::test]
async fn a_content_type_is_not_looked_at() {
    let world = World::new().await;
    let owner = world
        .r#as(&world.owner)
        .header("content-type", "application/x-www-form-urlencoded");
    let body = world
        .sealed_with(ORG, b"value", r#""visibility":"all""#)
        .await;
    assert_eq!(owner.put(&format!("{ORG}/A"), body).await.status, 201);
}

#[tokio::test]
async fn an_api_version_that_does_not_exist_matters_to_github_com_only() {
    let get = async |world: &World| {
        let owner = world
            .r#as(&world.owner)
            .header("x-github-api-version", "2020-01-01");
        owner.get(ORG).await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"total_count":0,"secrets":[]}

    [github.com]
    400 Bad Request
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"The API version is not supported. Supported versions: 2022-11-28, 2026-03-10.","documentation_url":"https://docs.github.com/rest","status":"400"}
    "#);
}

#[tokio::test]
async fn a_request_without_user_agent_matters_to_github_com_only() {
    let get = async |world: &World| {
        let request = Request::get("/meta")
            .header("host", "localhost")
            .body(Body::empty());
        world.raw(request.expect("a request")).await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"verifiable_password_authentication":false,"installed_version":"3.2.0"}

    [github.com]
    403 Forbidden
    content-type: text/html
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    connection: close

    Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.
    "#);
}

#[tokio::test]
async fn a_body_over_the_limit() {
    let put = async |world: &World| {
        let path = "/repos/octo-org/hello-world/actions/secrets/A";
        world
            .r#as(&world.owner)
            .put(path, vec![b' '; 512 * 1024 + 1])
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    413 Payload Too Large
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json
    connection: close

    {"message":"Request body is too large.","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    413 Payload Too Large
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    connection: close

    {"message":"Request body is too large.","documentation_url":"https://docs.github.com/rest","status":"413"}
    "#);
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
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    500 Internal Server Error
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Server Error","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    500 Internal Server Error
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Server Error","documentation_url":"https://docs.github.com/rest","status":"500"}
    "#);
}
