//! Organisations: made, shown, listed.

use insta::assert_snapshot;
use sealyard::audit;

use super::{log, token};
use crate::world::World;

#[tokio::test]
async fn a_new_organization_has_its_admin_as_owner() {
    let world = World::new().await;
    let body = r#"{"login":"Hubots","admin":"WRITER","profile_name":"Hubots, Inc."}"#;
    let made = world
        .r#as(&world.admin)
        .post("/admin/organizations", body)
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

    {"login":"Hubots","id":9,"node_id":"MDEyOk9yZ2FuaXphdGlvbjk=","url":"http://localhost/orgs/Hubots","repos_url":"http://localhost/orgs/Hubots/repos","events_url":"http://localhost/orgs/Hubots/events","hooks_url":"http://localhost/orgs/Hubots/hooks","issues_url":"http://localhost/orgs/Hubots/issues","members_url":"http://localhost/orgs/Hubots/members{/member}","public_members_url":"http://localhost/orgs/Hubots/public_members{/member}","avatar_url":"http://localhost/avatars/u/9?","description":null}
    "#);
    let writer = world.r#as(&world.writer);
    let membership = writer.get("/orgs/hubots/memberships/writer").await.json();
    assert_eq!(membership["role"], "admin");
    assert_eq!(
        writer.get("/orgs/hubots").await.json()["name"],
        "Hubots, Inc."
    );
    // Who makes an organisation for somebody else does not belong to it.
    let admin = world.r#as(&world.admin);
    assert_eq!(admin.get("/orgs/hubots/members").await.status, 403);
    assert_snapshot!(log(&world, audit::INSTANCE).await.join("\n"), @r#"{"action":"org.create","org":"Hubots","user":"writer","detail":"admin"}"#);
}

#[tokio::test]
async fn an_organization_needs_a_free_login_and_a_user() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let mut answers = Vec::new();
    for body in [
        r#"{"login":"octo-ORG","admin":"owner"}"#,
        r#"{"login":"owner","admin":"owner"}"#,
        r#"{"login":"octo_org","admin":"owner"}"#,
        r#"{"login":"hubots","admin":"nobody"}"#,
        r#"{"login":"hubots","admin":"octo-org"}"#,
        r#"{"profile_name":"Hubots"}"#,
        r#"{"login":1,"admin":null}"#,
    ] {
        let refused = admin.post("/admin/organizations", body).await;
        answers.push(format!("{body}\n{}", refused.brief()));
    }
    assert_snapshot!(answers.join("\n"), @r#"
    {"login":"octo-ORG","admin":"owner"}
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Organization","code":"already_exists","field":"login"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-organization"}
    {"login":"owner","admin":"owner"}
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Organization","code":"already_exists","field":"login"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-organization"}
    {"login":"octo_org","admin":"owner"}
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Organization","code":"invalid","field":"login"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-organization"}
    {"login":"hubots","admin":"nobody"}
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Organization","code":"missing","field":"admin"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-organization"}
    {"login":"hubots","admin":"octo-org"}
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Organization","code":"missing","field":"admin"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-organization"}
    {"profile_name":"Hubots"}
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"login\", \"admin\" weren't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-organization"}
    {"login":1,"admin":null}
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/login', an integer is not a string.\nFor 'properties/admin', nil is not a string.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/enterprise-admin#create-an-organization"}
    "#);
    let long = format!(
        r#"{{"login":"hubots","admin":"owner","profile_name":"{}"}}"#,
        "é".repeat(256)
    );
    assert_eq!(admin.post("/admin/organizations", long).await.status, 422);
    let organizations = world.count("SELECT COUNT(*) FROM account WHERE kind = 'Organization'");
    assert_eq!(organizations.await, 2);
    assert!(log(&world, audit::INSTANCE).await.is_empty());
}

#[tokio::test]
async fn owners_see_more_of_an_organization_than_others() {
    let world = World::new().await;
    let anonymous = world.anonymous().get("/orgs/octo-org").await;
    assert_snapshot!(anonymous.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    last-modified: Fri, 02 Jan 2026 03:04:05 GMT
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-accepted-oauth-scopes: admin:org, read:org, repo, user, write:org
    x-github-media-type: github.v3; format=json

    {"login":"octo-org","id":7,"node_id":"MDEyOk9yZ2FuaXphdGlvbjc=","url":"http://localhost/orgs/octo-org","repos_url":"http://localhost/orgs/octo-org/repos","events_url":"http://localhost/orgs/octo-org/events","hooks_url":"http://localhost/orgs/octo-org/hooks","issues_url":"http://localhost/orgs/octo-org/issues","members_url":"http://localhost/orgs/octo-org/members{/member}","public_members_url":"http://localhost/orgs/octo-org/public_members{/member}","avatar_url":"http://localhost/avatars/u/7?","description":null,"twitter_username":null,"is_verified":false,"has_organization_projects":false,"has_repository_projects":false,"public_repos":1,"public_gists":0,"followers":0,"following":0,"html_url":"http://localhost/octo-org","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","type":"Organization"}
    "#);
    let member = world.r#as(&world.member).get("/orgs/octo-org").await;
    assert_eq!(member.text(), anonymous.text());
    let unscoped = token(&world, "owner", "read:org").await;
    let reader = world.with_token(&unscoped).get("/orgs/octo-org").await;
    assert_eq!(reader.text(), anonymous.text());
    let owner = world.r#as(&world.owner).get("/orgs/octo-org").await;
    let more = owner
        .text()
        .strip_prefix(anonymous.text().trim_end_matches('}'));
    assert_snapshot!(more.expect("all that others see"), @r#","total_private_repos":2,"owned_private_repos":2,"private_gists":0,"disk_usage":0,"collaborators":0,"billing_email":null,"default_repository_permission":"read","members_can_create_repositories":true,"two_factor_requirement_enabled":false,"members_allowed_repository_creation_type":"all","members_can_create_public_repositories":true,"members_can_create_private_repositories":true,"members_can_create_internal_repositories":true,"members_can_create_pages":false,"members_can_fork_private_repositories":false}"#);
}

#[tokio::test]
async fn an_organization_is_found_by_login_in_any_case_and_by_id() {
    let world = World::new().await;
    let anonymous = world.anonymous();
    let by_login = anonymous.get("/orgs/Octo-Org").await;
    assert_eq!(
        anonymous.get("/organizations/7").await.text(),
        by_login.text()
    );
    for path in [
        "/orgs/owner",
        "/orgs/nowhere",
        "/organizations/1",
        "/organizations/x",
    ] {
        assert_eq!(anonymous.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn callers_list_the_organizations_they_belong_to() {
    let world = World::new().await;
    let own = world.r#as(&world.member).get("/user/orgs").await;
    assert_snapshot!(own.text(), @r#"[{"login":"octo-org","id":7,"node_id":"MDEyOk9yZ2FuaXphdGlvbjc=","url":"http://localhost/orgs/octo-org","repos_url":"http://localhost/orgs/octo-org/repos","events_url":"http://localhost/orgs/octo-org/events","hooks_url":"http://localhost/orgs/octo-org/hooks","issues_url":"http://localhost/orgs/octo-org/issues","members_url":"http://localhost/orgs/octo-org/members{/member}","public_members_url":"http://localhost/orgs/octo-org/public_members{/member}","avatar_url":"http://localhost/avatars/u/7?","description":null}]"#);
    assert_eq!(
        world.r#as(&world.stranger).get("/user/orgs").await.text(),
        "[]"
    );
    let gist = token(&world, "member", "gist").await;
    assert_eq!(world.with_token(&gist).get("/user/orgs").await.status, 403);
}

#[tokio::test]
async fn own_organizations_come_in_pages() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    for login in ["zebra", "ant"] {
        let body = format!(r#"{{"login":"{login}","admin":"admin"}}"#);
        assert_eq!(admin.post("/admin/organizations", body).await.status, 201);
    }
    let page = admin.get("/user/orgs?per_page=1&page=2").await;
    assert_eq!(page.json()[0]["login"], "zebra");
    assert_snapshot!(page.header("link").expect("a Link"), @r#"<http://localhost/user/orgs?per_page=1&page=1>; rel="prev", <http://localhost/user/orgs?per_page=1&page=3>; rel="next", <http://localhost/user/orgs?per_page=1&page=3>; rel="last", <http://localhost/user/orgs?per_page=1&page=1>; rel="first""#);
}
