//! Whole answers, in both profiles.

use std::fmt::Write as _;

use http::Method;
use insta::assert_snapshot;

use super::{SECRETS, ask, by_jwt, get_by_jwt, installed};
use crate::world::{Reply, TestApp, World};

/// One request in a world of each profile, with an app that is installed on `octo-org`, and both
/// whole answers without what is random in them.
async fn in_both(request: impl AsyncFn(&World, &TestApp, &str) -> Reply) -> String {
    let mut out = String::new();
    for world in [World::new().await, World::github_com().await] {
        let selected = Some(&["hello-world"][..]);
        let (app, _, token) = installed(&world, SECRETS, selected).await;
        let reply = request(&world, &app, &token).await;
        let mut answer = reply.whole().replace(&app.client_id, "Iv1.…");
        if let Some(at) = answer.find("ghs_") {
            answer.replace_range(at + 4..at + 40, "…");
        }
        write!(out, "[{}]\n{answer}\n\n", world.app.wire.profile).expect("a string");
    }
    out
}

#[tokio::test]
async fn an_app() {
    let answers = in_both(async |world, app, _| get_by_jwt(world, app, "/app").await).await;
    assert_snapshot!(answers, @r#"
    [ghes-3.2]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-github-media-type: github.v3; format=json

    {"id":1,"slug":"test-app-1","node_id":"MDM6QXBwMQ==","owner":{"login":"owner","id":2,"node_id":"MDQ6VXNlcjI=","avatar_url":"http://localhost/avatars/u/2?","gravatar_id":"","url":"http://localhost/users/owner","html_url":"http://localhost/owner","followers_url":"http://localhost/users/owner/followers","following_url":"http://localhost/users/owner/following{/other_user}","gists_url":"http://localhost/users/owner/gists{/gist_id}","starred_url":"http://localhost/users/owner/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/owner/subscriptions","organizations_url":"http://localhost/users/owner/orgs","repos_url":"http://localhost/users/owner/repos","events_url":"http://localhost/users/owner/events{/privacy}","received_events_url":"http://localhost/users/owner/received_events","type":"User","site_admin":false},"name":"Test App 1","description":null,"external_url":"http://localhost/github-apps/test-app-1","html_url":"http://localhost/github-apps/test-app-1","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","permissions":{"metadata":"read","organization_secrets":"write","secrets":"write"},"events":[],"installations_count":1}

    [github.com]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"id":1,"client_id":"Iv1.…","slug":"test-app-1","node_id":"A_kgDOAAAAAQ","owner":{"login":"owner","id":2,"node_id":"U_kgDOAAAAAg","avatar_url":"http://localhost/avatars/u/2?","gravatar_id":"","url":"http://localhost/users/owner","html_url":"http://localhost/owner","followers_url":"http://localhost/users/owner/followers","following_url":"http://localhost/users/owner/following{/other_user}","gists_url":"http://localhost/users/owner/gists{/gist_id}","starred_url":"http://localhost/users/owner/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/owner/subscriptions","organizations_url":"http://localhost/users/owner/orgs","repos_url":"http://localhost/users/owner/repos","events_url":"http://localhost/users/owner/events{/privacy}","received_events_url":"http://localhost/users/owner/received_events","type":"User","site_admin":false},"name":"Test App 1","description":null,"external_url":"http://localhost/apps/test-app-1","html_url":"http://localhost/apps/test-app-1","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","permissions":{"metadata":"read","organization_secrets":"write","secrets":"write"},"events":[],"installations_count":1}
    "#);
}

#[tokio::test]
async fn an_installation() {
    let get = async |world: &World, app: &TestApp, _: &str| {
        get_by_jwt(world, app, "/orgs/octo-org/installation").await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-github-media-type: github.v3; format=json

    {"id":1,"account":{"login":"octo-org","id":7,"node_id":"MDEyOk9yZ2FuaXphdGlvbjc=","avatar_url":"http://localhost/avatars/u/7?","gravatar_id":"","url":"http://localhost/users/octo-org","html_url":"http://localhost/octo-org","followers_url":"http://localhost/users/octo-org/followers","following_url":"http://localhost/users/octo-org/following{/other_user}","gists_url":"http://localhost/users/octo-org/gists{/gist_id}","starred_url":"http://localhost/users/octo-org/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/octo-org/subscriptions","organizations_url":"http://localhost/users/octo-org/orgs","repos_url":"http://localhost/users/octo-org/repos","events_url":"http://localhost/users/octo-org/events{/privacy}","received_events_url":"http://localhost/users/octo-org/received_events","type":"Organization","site_admin":false},"repository_selection":"selected","access_tokens_url":"http://localhost/app/installations/1/access_tokens","repositories_url":"http://localhost/installation/repositories","html_url":"http://localhost/organizations/octo-org/settings/installations/1","app_id":1,"app_slug":"test-app-1","target_id":7,"target_type":"Organization","permissions":{"metadata":"read","organization_secrets":"write","secrets":"write"},"events":[],"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","single_file_name":null,"has_multiple_single_files":false,"single_file_paths":[],"suspended_by":null,"suspended_at":null}

    [github.com]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"id":1,"account":{"login":"octo-org","id":7,"node_id":"O_kgDOAAAABw","avatar_url":"http://localhost/avatars/u/7?","gravatar_id":"","url":"http://localhost/users/octo-org","html_url":"http://localhost/octo-org","followers_url":"http://localhost/users/octo-org/followers","following_url":"http://localhost/users/octo-org/following{/other_user}","gists_url":"http://localhost/users/octo-org/gists{/gist_id}","starred_url":"http://localhost/users/octo-org/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/octo-org/subscriptions","organizations_url":"http://localhost/users/octo-org/orgs","repos_url":"http://localhost/users/octo-org/repos","events_url":"http://localhost/users/octo-org/events{/privacy}","received_events_url":"http://localhost/users/octo-org/received_events","type":"Organization","site_admin":false},"repository_selection":"selected","access_tokens_url":"http://localhost/app/installations/1/access_tokens","repositories_url":"http://localhost/installation/repositories","html_url":"http://localhost/organizations/octo-org/settings/installations/1","app_id":1,"app_slug":"test-app-1","target_id":7,"target_type":"Organization","permissions":{"metadata":"read","organization_secrets":"write","secrets":"write"},"events":[],"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","single_file_name":null,"has_multiple_single_files":false,"single_file_paths":[],"suspended_by":null,"suspended_at":null}
    "#);
}

#[tokio::test]
async fn the_installation_on_a_users_account() {
    let get = async |world: &World, app: &TestApp, _: &str| {
        world.install(app, "member", None).await;
        let path = "/api/v3/users/member/installation";
        get_by_jwt(world, app, path).await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-github-media-type: github.v3; format=json

    {"id":2,"account":{"login":"member","id":3,"node_id":"MDQ6VXNlcjM=","avatar_url":"http://localhost/avatars/u/3?","gravatar_id":"","url":"http://localhost/api/v3/users/member","html_url":"http://localhost/member","followers_url":"http://localhost/api/v3/users/member/followers","following_url":"http://localhost/api/v3/users/member/following{/other_user}","gists_url":"http://localhost/api/v3/users/member/gists{/gist_id}","starred_url":"http://localhost/api/v3/users/member/starred{/owner}{/repo}","subscriptions_url":"http://localhost/api/v3/users/member/subscriptions","organizations_url":"http://localhost/api/v3/users/member/orgs","repos_url":"http://localhost/api/v3/users/member/repos","events_url":"http://localhost/api/v3/users/member/events{/privacy}","received_events_url":"http://localhost/api/v3/users/member/received_events","type":"User","site_admin":false},"repository_selection":"all","access_tokens_url":"http://localhost/api/v3/app/installations/2/access_tokens","repositories_url":"http://localhost/api/v3/installation/repositories","html_url":"http://localhost/settings/installations/2","app_id":1,"app_slug":"test-app-1","target_id":3,"target_type":"User","permissions":{"metadata":"read","organization_secrets":"write","secrets":"write"},"events":[],"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","single_file_name":null,"has_multiple_single_files":false,"single_file_paths":[],"suspended_by":null,"suspended_at":null}

    [github.com]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"id":2,"account":{"login":"member","id":3,"node_id":"U_kgDOAAAAAw","avatar_url":"http://localhost/avatars/u/3?","gravatar_id":"","url":"http://localhost/api/v3/users/member","html_url":"http://localhost/member","followers_url":"http://localhost/api/v3/users/member/followers","following_url":"http://localhost/api/v3/users/member/following{/other_user}","gists_url":"http://localhost/api/v3/users/member/gists{/gist_id}","starred_url":"http://localhost/api/v3/users/member/starred{/owner}{/repo}","subscriptions_url":"http://localhost/api/v3/users/member/subscriptions","organizations_url":"http://localhost/api/v3/users/member/orgs","repos_url":"http://localhost/api/v3/users/member/repos","events_url":"http://localhost/api/v3/users/member/events{/privacy}","received_events_url":"http://localhost/api/v3/users/member/received_events","type":"User","site_admin":false},"repository_selection":"all","access_tokens_url":"http://localhost/api/v3/app/installations/2/access_tokens","repositories_url":"http://localhost/api/v3/installation/repositories","html_url":"http://localhost/settings/installations/2","app_id":1,"app_slug":"test-app-1","target_id":3,"target_type":"User","permissions":{"metadata":"read","organization_secrets":"write","secrets":"write"},"events":[],"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","single_file_name":null,"has_multiple_single_files":false,"single_file_paths":[],"suspended_by":null,"suspended_at":null}
    "#);
}

#[tokio::test]
async fn a_token() {
    let mint = async |world: &World, app: &TestApp, _: &str| ask(world, app, 1, "").await;
    assert_snapshot!(in_both(mint).await, @r#"
    [ghes-3.2]
    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: no-cache
    x-github-media-type: github.v3; format=json

    {"token":"ghs_…","expires_at":"2026-01-02T04:04:05Z","permissions":{"metadata":"read","organization_secrets":"write","secrets":"write"},"repository_selection":"selected"}

    [github.com]
    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: no-cache
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"token":"ghs_…","expires_at":"2026-01-02T04:04:05Z","permissions":{"metadata":"read","organization_secrets":"write","secrets":"write"},"repository_selection":"selected"}
    "#);
}

#[tokio::test]
async fn a_token_for_one_repository_shows_that() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, None).await;
    let minted = ask(&world, &app, id, r#"{"repositories":["hello-world"]}"#).await;
    let keys: Vec<_> = minted
        .json()
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        keys,
        [
            "expires_at",
            "permissions",
            "repositories",
            "repository_selection",
            "token"
        ]
    );
    let text = minted.text();
    let order = [
        "\"token\"",
        "\"expires_at\"",
        "\"permissions\"",
        "\"repository_selection\"",
        "\"repositories\"",
    ];
    let places: Vec<_> = order.iter().map(|key| text.find(key)).collect();
    assert!(places.is_sorted());
    let listed = world
        .with_token(&token)
        .get("/orgs/octo-org/repos")
        .await
        .json();
    assert_eq!(minted.json()["repositories"][0], listed[0]);
}

#[tokio::test]
async fn what_is_not_an_apps_to_see() {
    let get = async |world: &World, app: &TestApp, _: &str| {
        get_by_jwt(world, app, "/app/installations/999").await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/apps#get-an-installation-for-the-authenticated-app"}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Not Found","documentation_url":"https://docs.github.com/rest/reference/apps#get-an-installation-for-the-authenticated-app","status":"404"}
    "#);
}

#[tokio::test]
async fn a_request_without_a_jwt() {
    let get = async |world: &World, _: &TestApp, _: &str| world.anonymous().get("/app").await;
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"A JSON web token could not be decoded","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"A JSON web token could not be decoded","documentation_url":"https://docs.github.com/rest","status":"401"}
    "#);
}

#[tokio::test]
async fn a_jwt_where_a_token_belongs() {
    let get = async |world: &World, app: &TestApp, _: &str| get_by_jwt(world, app, "/user").await;
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Bad credentials","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}
    "#);
}

#[tokio::test]
async fn an_issuer_that_nobody_is() {
    let get = async |world: &World, app: &TestApp, _: &str| {
        let stranger = TestApp {
            id: 999,
            client_id: app.client_id.clone(),
            slug: String::new(),
            key: app.key,
        };
        get_by_jwt(world, &stranger, "/app").await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json

    {"message":"Integration not found","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Integration not found","documentation_url":"https://docs.github.com/rest","status":"404"}
    "#);
}

#[tokio::test]
async fn a_permission_that_the_token_does_not_have() {
    let put = async |world: &World, _: &TestApp, token: &str| {
        let path = "/orgs/octo-org/actions/runners";
        world.with_token(token).get(path).await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json

    {"message":"Resource not accessible by integration","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-self-hosted-runners-for-an-organization"}

    [github.com]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-accepted-github-permissions: organization_self_hosted_runners=read
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Resource not accessible by integration","documentation_url":"https://docs.github.com/rest/reference/actions#list-self-hosted-runners-for-an-organization","status":"403"}
    "#);
}

#[tokio::test]
async fn more_than_was_granted() {
    let mint = async |world: &World, app: &TestApp, _: &str| {
        ask(world, app, 1, r#"{"permissions":{"members":"read"}}"#).await
    };
    assert_snapshot!(in_both(mint).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json

    {"message":"The permissions requested are not granted to this installation.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/apps#create-an-installation-access-token-for-an-app"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"The permissions requested are not granted to this installation.","documentation_url":"https://docs.github.com/rest/reference/apps#create-an-installation-access-token-for-an-app","status":"422"}
    "#);
}

#[tokio::test]
async fn repositories_that_are_not_the_installations() {
    let mint = async |world: &World, app: &TestApp, _: &str| {
        ask(world, app, 1, r#"{"repositories":["public-repo"]}"#).await
    };
    assert_snapshot!(in_both(mint).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json

    {"message":"There is at least one repository that does not exist or is not accessible to the parent installation.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/apps#create-an-installation-access-token-for-an-app"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"There is at least one repository that does not exist or is not accessible to the parent installation.","documentation_url":"https://docs.github.com/rest/reference/apps#create-an-installation-access-token-for-an-app","status":"422"}
    "#);
}

#[tokio::test]
async fn the_repositories_of_another_kind_of_token() {
    let get = async |world: &World, _: &TestApp, _: &str| {
        world
            .r#as(&world.owner)
            .get("/installation/repositories")
            .await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"You must authenticate with an installation access token in order to list repositories for an installation.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/apps#list-repositories-accessible-to-the-app-installation"}

    [github.com]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"You must authenticate with an installation access token in order to list repositories for an installation.","documentation_url":"https://docs.github.com/rest/reference/apps#list-repositories-accessible-to-the-app-installation","status":"403"}
    "#);
    let end = async |world: &World, _: &TestApp, _: &str| {
        world.r#as(&world.owner).delete("/installation/token").await
    };
    assert_snapshot!(in_both(end).await, @r#"
    [ghes-3.2]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"You must authenticate with an installation access token in order to revoke it.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/apps#revoke-an-installation-access-token"}

    [github.com]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"You must authenticate with an installation access token in order to revoke it.","documentation_url":"https://docs.github.com/rest/reference/apps#revoke-an-installation-access-token","status":"403"}
    "#);
}

#[tokio::test]
async fn answers_without_a_body() {
    let suspend = async |world: &World, app: &TestApp, _: &str| {
        let path = "/app/installations/1/suspended";
        by_jwt(world, app, Method::PUT, path, "").await
    };
    assert_snapshot!(in_both(suspend).await, @"
    [ghes-3.2]
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json



    [github.com]
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    ");
    let end = async |world: &World, _: &TestApp, token: &str| {
        world.with_token(token).delete("/installation/token").await
    };
    assert_snapshot!(in_both(end).await, @"
    [ghes-3.2]
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json



    [github.com]
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    ");
}
