//! A repository that was renamed is found by its old name.

use http::Method;
use insta::assert_snapshot;

use super::{REPO, in_both};
use crate::world::World;

/// A world whose `hello-world` was renamed to `new-name`.
async fn rename(world: &World) {
    let path = "/repos/octo-org/hello-world";
    let reply = world
        .r#as(&world.owner)
        .patch(path, r#"{"name":"new-name"}"#)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.brief());
}

#[tokio::test]
async fn reading_by_an_old_name_is_moved_permanently() {
    let get = async |world: &World| {
        rename(world).await;
        world
            .r#as(&world.owner)
            .get("/repos/octo-org/hello-world")
            .await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    301 Moved Permanently
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    location: http://localhost/repositories/1
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: repo
    x-github-media-type: github.v3; format=json

    {"message":"Moved Permanently","url":"http://localhost/repositories/1","documentation_url":"https://docs.github.com/v3/#http-redirects"}

    [github.com]
    301 Moved Permanently
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    location: http://localhost/repositories/1
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: repo
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Moved Permanently","url":"http://localhost/repositories/1","documentation_url":"https://docs.github.com/v3/#http-redirects"}
    "#);
}

#[tokio::test]
async fn changing_by_an_old_name_is_redirected_with_its_method() {
    let put = async |world: &World| {
        rename(world).await;
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/A"), "{}")
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    307 Temporary Redirect
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    location: http://localhost/repositories/1/actions/secrets/A
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Moved Permanently","url":"http://localhost/repositories/1/actions/secrets/A","documentation_url":"https://docs.github.com/v3/#http-redirects"}

    [github.com]
    307 Temporary Redirect
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    location: http://localhost/repositories/1/actions/secrets/A
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Moved Permanently","url":"http://localhost/repositories/1/actions/secrets/A","documentation_url":"https://docs.github.com/v3/#http-redirects"}
    "#);
}

#[tokio::test]
async fn sub_path_query_and_prefix_are_kept() {
    let world = World::new().await;
    rename(&world).await;
    let owner = world.r#as(&world.owner);
    for prefix in ["", "/api/v3"] {
        for (method, rest, status) in [
            (Method::GET, "/actions/secrets?per_page=1&page=2", 301),
            (Method::HEAD, "/actions/secrets", 301),
            (
                Method::GET,
                "/environments/a%2Fb%20c/secrets/public-key",
                301,
            ),
            (Method::PUT, "/actions/secrets/A", 307),
            (Method::DELETE, "/actions/secrets/A?x=%3Cy%3E", 307),
            (Method::PATCH, "", 307),
        ] {
            let path = format!("{prefix}/repos/Octo-Org/Hello-World{rest}");
            let reply = owner.send(method.clone(), &path, Vec::new()).await;
            let location = format!("http://localhost{prefix}/repositories/1{rest}");
            assert_eq!(reply.status.as_u16(), status, "{method} {path}");
            assert_eq!(
                reply.header("location"),
                Some(location.as_str()),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn following_the_redirect_leads_to_the_secret() {
    let world = World::new().await;
    super::put(&world, REPO, "A", "").await;
    rename(&world).await;
    let owner = world.r#as(&world.owner);
    let moved = owner.get(&format!("{REPO}/A")).await;
    let location = moved.header("location").expect("a location");
    let path = location
        .strip_prefix("http://localhost")
        .expect("our address");
    let new = owner
        .get("/repos/octo-org/new-name/actions/secrets/A")
        .await;
    assert_eq!(owner.get(path).await.text(), new.text());
    assert_eq!(new.status, 200);
}

#[tokio::test]
async fn who_may_not_see_the_repository_is_not_told_that_it_moved() {
    let world = World::new().await;
    rename(&world).await;
    for caller in [world.r#as(&world.stranger), world.anonymous()] {
        let reply = caller.get(&format!("{REPO}/A")).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("location")),
            (404, None)
        );
    }
}

#[tokio::test]
async fn a_new_repository_of_the_old_name_is_meant_from_then_on() {
    let world = World::new().await;
    rename(&world).await;
    let owner = world.r#as(&world.owner);
    let made = owner
        .post(
            "/orgs/octo-org/repos",
            r#"{"name":"hello-world","private":true}"#,
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.brief());
    let found = owner.get("/repos/octo-org/hello-world").await;
    assert_eq!(found.json()["id"], made.json()["id"]);
}
