//! Users, as themselves, as others see them, and new ones.

use insta::assert_snapshot;
use sealyard::audit;

use super::{log, token};
use crate::world::World;

#[tokio::test]
async fn a_token_with_user_scope_shows_the_callers_whole_account() {
    let world = World::new().await;
    let reply = world.r#as(&world.owner).get("/user").await;
    assert_snapshot!(reply.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    last-modified: Fri, 02 Jan 2026 03:04:05 GMT
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"login":"owner","id":2,"node_id":"MDQ6VXNlcjI=","avatar_url":"http://localhost/avatars/u/2?","gravatar_id":"","url":"http://localhost/users/owner","html_url":"http://localhost/owner","followers_url":"http://localhost/users/owner/followers","following_url":"http://localhost/users/owner/following{/other_user}","gists_url":"http://localhost/users/owner/gists{/gist_id}","starred_url":"http://localhost/users/owner/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/owner/subscriptions","organizations_url":"http://localhost/users/owner/orgs","repos_url":"http://localhost/users/owner/repos","events_url":"http://localhost/users/owner/events{/privacy}","received_events_url":"http://localhost/users/owner/received_events","type":"User","site_admin":false,"name":null,"company":null,"blog":"","location":null,"email":null,"hireable":null,"bio":null,"twitter_username":null,"public_repos":0,"public_gists":0,"followers":0,"following":0,"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","suspended_at":null,"private_gists":0,"total_private_repos":1,"owned_private_repos":1,"disk_usage":0,"collaborators":0,"two_factor_authentication":false}
    "#);
}

#[tokio::test]
async fn the_address_is_for_its_user_only_and_needs_the_scope() {
    let world = World::new().await;
    let body = r#"{"login":"hubot","email":"hubot@example.org"}"#;
    assert_eq!(
        world
            .r#as(&world.admin)
            .post("/admin/users", body)
            .await
            .status,
        201
    );
    let with = token(&world, "hubot", "user").await;
    let own = world.with_token(&with).get("/user").await.json();
    assert_eq!(own["email"], "hubot@example.org");
    let without = token(&world, "hubot", "repo").await;
    let bare = world.with_token(&without).get("/user").await.json();
    assert!(
        bare["email"].is_null() && bare.get("private_gists").is_none(),
        "{bare}"
    );
    let seen = world.r#as(&world.admin).get("/users/hubot").await.json();
    assert!(seen["email"].is_null(), "{seen}");
}

#[tokio::test]
async fn an_anonymous_caller_has_no_account() {
    let world = World::new().await;
    assert_snapshot!(world.anonymous().get("/user").await.brief(), @r#"
    401 Unauthorized
    {"message":"Requires authentication","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}
    "#);
}

#[tokio::test]
async fn everybody_finds_users_and_organizations_by_login_in_any_case() {
    let world = World::new().await;
    let user = world.anonymous().get("/users/Member").await;
    assert_snapshot!(user.text(), @r#"{"login":"member","id":3,"node_id":"MDQ6VXNlcjM=","avatar_url":"http://localhost/avatars/u/3?","gravatar_id":"","url":"http://localhost/users/member","html_url":"http://localhost/member","followers_url":"http://localhost/users/member/followers","following_url":"http://localhost/users/member/following{/other_user}","gists_url":"http://localhost/users/member/gists{/gist_id}","starred_url":"http://localhost/users/member/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/member/subscriptions","organizations_url":"http://localhost/users/member/orgs","repos_url":"http://localhost/users/member/repos","events_url":"http://localhost/users/member/events{/privacy}","received_events_url":"http://localhost/users/member/received_events","type":"User","site_admin":false,"name":null,"company":null,"blog":"","location":null,"email":null,"hireable":null,"bio":null,"twitter_username":null,"public_repos":0,"public_gists":0,"followers":0,"following":0,"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","suspended_at":null}"#);
    let organization = world.anonymous().get("/users/OCTO-org").await.json();
    assert_eq!(organization["type"], "Organization");
    assert_eq!(organization["public_repos"], 1);
    assert_eq!(world.anonymous().get("/users/nobody").await.status, 404);
}

#[tokio::test]
async fn github_com_says_nothing_of_suspension() {
    let world = World::github_com().await;
    let user = world.anonymous().get("/users/member").await.json();
    assert!(user.get("suspended_at").is_none(), "{user}");
    assert_eq!(user["node_id"], "U_kgDOAAAAAw");
}

#[tokio::test]
async fn an_account_that_did_not_change_is_not_sent_again() {
    let world = World::new().await;
    let first = world.r#as(&world.owner).get("/user").await;
    let etag = first.header("etag").expect("an ETag");
    let again = world
        .r#as(&world.owner)
        .header("if-none-match", etag)
        .get("/user")
        .await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn a_site_administrator_makes_users() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let made = admin
        .post("/admin/users", r#"{"login":"Mona-Lisa","email":null}"#)
        .await;
    assert_snapshot!(made.whole(), @r#"
    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, site_admin, user
    x-accepted-oauth-scopes: site_admin
    x-github-media-type: github.v3; format=json

    {"login":"Mona-Lisa","id":9,"node_id":"MDQ6VXNlcjk=","avatar_url":"http://localhost/avatars/u/9?","gravatar_id":"","url":"http://localhost/users/Mona-Lisa","html_url":"http://localhost/Mona-Lisa","followers_url":"http://localhost/users/Mona-Lisa/followers","following_url":"http://localhost/users/Mona-Lisa/following{/other_user}","gists_url":"http://localhost/users/Mona-Lisa/gists{/gist_id}","starred_url":"http://localhost/users/Mona-Lisa/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/Mona-Lisa/subscriptions","organizations_url":"http://localhost/users/Mona-Lisa/orgs","repos_url":"http://localhost/users/Mona-Lisa/repos","events_url":"http://localhost/users/Mona-Lisa/events{/privacy}","received_events_url":"http://localhost/users/Mona-Lisa/received_events","type":"User","site_admin":false}
    "#);
    let seen = world.anonymous().get("/users/mona-lisa").await.json();
    assert_eq!(seen["login"], "Mona-Lisa");
    assert_snapshot!(log(&world, audit::INSTANCE).await.join("\n"), @r#"{"action":"user.create","user":"Mona-Lisa"}"#);
}

#[tokio::test]
async fn a_login_is_taken_in_every_case_and_by_organizations_too() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let taken = admin.post("/admin/users", r#"{"login":"MEMBER"}"#).await;
    assert_snapshot!(taken.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"User","code":"already_exists","field":"login"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-a-user"}
    "#);
    let organization = admin.post("/admin/users", r#"{"login":"octo-org"}"#).await;
    assert_eq!(organization.brief(), taken.brief());
    let next = admin
        .post("/admin/users", r#"{"login":"next"}"#)
        .await
        .json();
    // Refused attempts use up no ids: six users and two organisations came before.
    assert_eq!(next["id"], 9);
    assert!(log(&world, audit::INSTANCE).await.len() == 1);
}

#[tokio::test]
async fn a_login_has_letters_digits_and_inner_hyphens() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let long = "x".repeat(40);
    let mut answers = Vec::new();
    for login in ["", "-a", "a-", "octo_cat", "é", "a b", "a/b", "..", &long] {
        let body = format!("{{\"login\":\"{login}\"}}");
        answers.push(admin.post("/admin/users", body).await.brief());
    }
    answers.dedup();
    assert_snapshot!(answers.join("\n"), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"User","code":"invalid","field":"login"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-a-user"}
    "#);
    let longest = format!("{{\"login\":\"{}\"}}", "x".repeat(39));
    assert_eq!(admin.post("/admin/users", longest).await.status, 201);
}

#[tokio::test]
async fn what_cannot_be_an_address_is_refused_without_being_shown() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let long = format!("{}@example.org", "x".repeat(243));
    for email in ["nowhere", "@example.org", "a@", "a@b@c", "a b@c", &long] {
        let body = format!("{{\"login\":\"hubot\",\"email\":\"{email}\"}}");
        let refused = admin.post("/admin/users", body).await;
        assert_eq!(refused.status, 422, "{email}");
        assert!(!refused.text().contains(email), "{email}");
    }
    let missing = admin.post("/admin/users", r#"{"email":3}"#).await;
    assert_snapshot!(missing.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"login\" wasn't supplied.\nFor 'properties/email', an integer is not a string.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-a-user"}
    "#);
}

#[tokio::test]
async fn for_others_the_administrators_routes_do_not_exist() {
    let world = World::new().await;
    let unscoped = token(&world, "admin", "repo, admin:org").await;
    for (path, body) in [
        ("/admin/users", r#"{"login":"hubot"}"#),
        (
            "/admin/organizations",
            r#"{"login":"hubots","admin":"owner"}"#,
        ),
        (
            "/admin/users/owner/authorizations",
            r#"{"scopes":["repo"]}"#,
        ),
    ] {
        assert_eq!(
            world.anonymous().post(path, body).await.status,
            401,
            "{path}"
        );
        assert_eq!(
            world.r#as(&world.owner).post(path, body).await.status,
            404,
            "{path}"
        );
        assert_eq!(
            world.with_token(&unscoped).post(path, body).await.status,
            404,
            "{path}"
        );
    }
}

#[tokio::test]
async fn no_token_is_of_the_kind_that_apps_have() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    assert_snapshot!(owner.get("/user/installations").await.brief(), @r#"
    403 Forbidden
    {"message":"You must authenticate with an access token authorized to a GitHub App in order to list installations","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/apps#list-app-installations-accessible-to-the-user-access-token"}
    "#);
    assert_snapshot!(owner.get("/installation/repositories").await.brief(), @r#"
    403 Forbidden
    {"message":"You must authenticate with an installation access token in order to list repositories for an installation.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/apps#list-repositories-accessible-to-the-app-installation"}
    "#);
    assert_eq!(
        world.anonymous().get("/user/installations").await.status,
        401
    );
}
