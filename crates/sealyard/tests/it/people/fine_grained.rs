//! What a fine-grained token may: its permissions, in the places it reaches, as far as its user may.

use base64ct::{Base64, Encoding as _};
use insta::assert_snapshot;
use sealyard::identity::Power;
use sealyard::identity::permission::Permissions;

use super::{fine_grained, issue};
use crate::world::{Reply, World};

const ORG: &str = "/orgs/octo-org/actions/secrets";
const HELLO: &str = "/repos/octo-org/hello-world";
const HELLO_SECRETS: &str = "/repos/octo-org/hello-world/actions/secrets";
const PUBLIC_SECRETS: &str = "/repos/octo-org/public-repo/actions/secrets";
const OWN: &str = "/repos/owner/own";
const OWN_SECRETS: &str = "/repos/owner/own/actions/secrets";

/// Status and, of refusals, the message.
fn said(reply: &Reply) -> String {
    if reply.status.is_success() {
        return reply.status.as_u16().to_string();
    }
    let json = reply.json();
    let message = json["message"].as_str().expect("a message");
    format!("{} {message}", reply.status.as_u16())
}

const NOT_BY_TOKEN: &str = "403 Resource not accessible by personal access token";
const HIDDEN: &str = "404 Not Found";
const RIGHTS: &str = "403 Must have admin rights to Repository.";

#[tokio::test]
async fn reading_and_writing_are_two_permissions_of_which_one_contains_the_other() {
    let world = World::new().await;
    let read = fine_grained(&world, "owner", "octo-org", "secrets=read", None).await;
    let write = fine_grained(&world, "owner", "octo-org", "secrets=write", None).await;
    let secret = format!("{HELLO_SECRETS}/A");
    let body = world.sealed(HELLO_SECRETS, b"value").await;

    let reader = world.with_token(&read);
    assert_eq!(said(&reader.put(&secret, body.clone()).await), NOT_BY_TOKEN);
    assert_eq!(
        said(&world.with_token(&write).put(&secret, body).await),
        "201"
    );
    for token in [&read, &write] {
        let caller = world.with_token(token);
        assert_eq!(said(&caller.get(HELLO_SECRETS).await), "200");
        assert_eq!(said(&caller.get(&secret).await), "200");
        let key = format!("{HELLO_SECRETS}/public-key");
        assert_eq!(said(&caller.get(&key).await), "200");
        // Secrets of the organisation are another permission.
        assert_eq!(said(&caller.get(ORG).await), NOT_BY_TOKEN);
    }
    assert_eq!(said(&reader.delete(&secret).await), NOT_BY_TOKEN);
    assert_eq!(said(&world.with_token(&write).delete(&secret).await), "204");
}

#[tokio::test]
async fn a_token_without_a_permission_says_so_before_the_body_is_read() {
    let world = World::new().await;
    let token = fine_grained(&world, "owner", "octo-org", "issues=write", None).await;
    let caller = world.with_token(&token);
    for body in ["", "{", "[]", r#"{"key_id":"1"}"#] {
        let reply = caller.put(&format!("{HELLO_SECRETS}/A"), body).await;
        assert_eq!(said(&reply), NOT_BY_TOKEN, "{body}");
    }
    // Whoever reaches a repository sees it.
    assert_eq!(said(&caller.get(HELLO).await), "200");
}

#[tokio::test]
async fn the_role_of_the_user_counts_besides() {
    let all = "secrets=write,organization_secrets=write,administration=write,members=write";
    let world = World::new().await;
    let token = fine_grained(&world, "member", "octo-org", all, None).await;
    let member = world.with_token(&token);
    assert_eq!(said(&member.get(ORG).await), RIGHTS);
    assert_eq!(said(&member.get(HELLO_SECRETS).await), RIGHTS);
    assert_eq!(said(&member.patch(HELLO, "{}").await), RIGHTS);
    assert_eq!(said(&member.delete(HELLO).await), RIGHTS);
    let membership = "/orgs/octo-org/memberships/stranger";
    assert_eq!(said(&member.put(membership, "{}").await), RIGHTS);
    assert_eq!(said(&member.get("/orgs/octo-org/members").await), "200");

    let world = World::github_com().await;
    let token = fine_grained(&world, "member", "octo-org", all, None).await;
    let member = world.with_token(&token);
    assert_eq!(
        said(&member.get(ORG).await),
        "403 You must be an org admin or have the actions secrets fine-grained permission."
    );
    assert_eq!(
        said(&member.put(&format!("{HELLO_SECRETS}/A"), "{}").await),
        "403 You must have repository write permissions or have the repository secrets fine-grained permission."
    );
}

#[tokio::test]
async fn nothing_of_a_site_administrator_is_done_with_one() {
    let world = World::new().await;
    let every = "administration=write,organization_administration=write,members=write";
    let token = fine_grained(&world, "admin", "admin", every, None).await;
    let caller = world.with_token(&token);
    for path in [
        "/admin/users",
        "/admin/organizations",
        "/admin/users/member/authorizations",
    ] {
        assert_eq!(said(&caller.post(path, "{}").await), HIDDEN, "{path}");
    }
    assert_eq!(
        said(&caller.put("/users/member/suspended", "").await),
        HIDDEN
    );
    assert_eq!(
        said(&caller.get("/user/installations").await),
        "403 You must authenticate with an access token authorized to a GitHub App in order to list installations"
    );
}

#[tokio::test]
async fn what_everybody_may_read_needs_no_permission() {
    let world = World::new().await;
    let token = fine_grained(&world, "stranger", "stranger", "", None).await;
    let caller = world.with_token(&token);
    for path in [
        "/",
        "/meta",
        "/zen",
        "/user",
        "/users/owner",
        "/orgs/octo-org",
        "/orgs/octo-org/repos",
        "/repos/octo-org/public-repo",
        "/user/repos",
    ] {
        assert_eq!(said(&caller.get(path).await), "200", "{path}");
    }
    assert_eq!(said(&caller.get(PUBLIC_SECRETS).await), NOT_BY_TOKEN);
    // Not even the internal repositories that every user sees with a classic token.
    assert_eq!(
        said(&caller.get("/repos/octo-org/internal-repo").await),
        HIDDEN
    );
}

#[tokio::test]
async fn secrets_of_environments_ask_for_what_the_profile_asks() {
    let path = format!("{HELLO}/environments/production/secrets");
    for (world, enough, other) in [
        (World::new().await, "secrets", "environments"),
        (World::github_com().await, "environments", "secrets"),
    ] {
        let profile = world.app.wire.profile;
        let body = world.sealed(&path, b"value").await;
        for (permission, answers) in [
            (format!("{enough}=write"), ["200", "201", "204"]),
            (
                format!("{enough}=read"),
                ["200", NOT_BY_TOKEN, NOT_BY_TOKEN],
            ),
            (format!("{other}=write"), [NOT_BY_TOKEN; 3]),
        ] {
            let token = fine_grained(&world, "owner", "octo-org", &permission, None).await;
            let caller = world.with_token(&token);
            let secret = format!("{path}/A");
            let got = [
                said(&caller.get(&path).await),
                said(&caller.put(&secret, body.clone()).await),
                said(&caller.delete(&secret).await),
            ];
            assert_eq!(got, answers, "{permission} in {profile}");
        }
    }
}

#[tokio::test]
async fn it_is_no_scopes_but_its_end_that_the_headers_name() {
    let world = World::github_com().await;
    let ends = world.app.clock.now_s() + 30 * 86_400;
    let owner = sealyard::identity::resource_owner(&world.app, "octo-org")
        .await
        .expect("an owner");
    let power = Power::FineGrained {
        permissions: Permissions::parse("secrets=read").expect("permissions"),
        owner: &owner,
        repositories: None,
    };
    let token = issue(&world, "owner", power, Some(ends)).await;
    let caller = world.with_token(&token);
    assert_snapshot!(caller.get(HELLO_SECRETS).await.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    github-authentication-token-expiration: 2026-02-01 03:04:05 UTC
    x-accepted-github-permissions: secrets=read
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"total_count":0,"secrets":[]}
    "#);
    assert_snapshot!(caller.put(&format!("{HELLO_SECRETS}/A"), "{}").await.whole(), @r#"
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    github-authentication-token-expiration: 2026-02-01 03:04:05 UTC
    x-accepted-github-permissions: secrets=write
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Resource not accessible by personal access token","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"403"}
    "#);
    let never = fine_grained(&world, "owner", "octo-org", "secrets=read", None).await;
    let reply = world.with_token(&never).get(HELLO_SECRETS).await;
    assert_eq!(reply.header("github-authentication-token-expiration"), None);

    world.clock.advance(30 * 86_400_000 - 1_000);
    assert_eq!(said(&caller.get(HELLO_SECRETS).await), "200");
    world.clock.advance(1_000);
    assert_eq!(
        said(&caller.get(HELLO_SECRETS).await),
        "401 Bad credentials"
    );
}

#[tokio::test]
async fn an_enterprise_server_names_no_permissions() {
    let world = World::new().await;
    let token = fine_grained(&world, "owner", "octo-org", "secrets=read", None).await;
    assert_snapshot!(world.with_token(&token).get(HELLO_SECRETS).await.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-github-media-type: github.v3; format=json

    {"total_count":0,"secrets":[]}
    "#);
}

/// One or two operations of every family.
const OF_EVERY_FAMILY: [&str; 28] = [
    "GET /orgs/octo-org/actions/secrets",
    "PUT /orgs/octo-org/actions/secrets/A",
    "PUT /orgs/octo-org/actions/secrets/A/repositories",
    "PUT /orgs/octo-org/actions/secrets/A/repositories/1",
    "DELETE /orgs/octo-org/actions/secrets/A/repositories/1",
    "GET /repos/octo-org/hello-world/actions/secrets",
    "GET /repos/octo-org/hello-world/actions/secrets/public-key",
    "DELETE /repos/octo-org/hello-world/actions/secrets/A",
    "GET /repos/octo-org/hello-world/actions/organization-secrets",
    "GET /repositories/1/environments/production/secrets",
    "PUT /repositories/1/environments/production/secrets/A",
    "GET /repos/octo-org/hello-world/environments",
    "PUT /repos/octo-org/hello-world/environments/production",
    "GET /orgs/octo-org/actions/runners",
    "POST /orgs/octo-org/actions/runners/registration-token",
    "GET /repos/octo-org/hello-world/actions/runners",
    "DELETE /repos/octo-org/hello-world/actions/runners/1",
    "GET /orgs/octo-org/members",
    "PUT /orgs/octo-org/memberships/member",
    "GET /repos/octo-org/hello-world",
    "PATCH /repos/octo-org/hello-world",
    "DELETE /repos/octo-org/hello-world",
    "GET /repos/octo-org/hello-world/collaborators",
    "PUT /repos/octo-org/hello-world/collaborators/member",
    "POST /user/repos",
    "POST /orgs/octo-org/repos",
    "GET /user",
    "GET /orgs/octo-org",
];

#[tokio::test]
async fn github_com_names_the_permission_of_every_family() {
    let world = World::github_com().await;
    let token = fine_grained(&world, "owner", "octo-org", "", None).await;
    let caller = world.with_token(&token);
    let mut named = Vec::new();
    for operation in OF_EVERY_FAMILY {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let method = method.parse().expect("a method");
        let reply = caller.send(method, path, Vec::new()).await;
        let permissions = reply.header("x-accepted-github-permissions").unwrap_or("-");
        named.push(format!(
            "{operation}: {} {permissions}",
            reply.status.as_u16()
        ));
    }
    assert_snapshot!(named.join("\n"), @"
    GET /orgs/octo-org/actions/secrets: 403 organization_secrets=read
    PUT /orgs/octo-org/actions/secrets/A: 403 organization_secrets=write
    PUT /orgs/octo-org/actions/secrets/A/repositories: 403 organization_secrets=write
    PUT /orgs/octo-org/actions/secrets/A/repositories/1: 403 organization_secrets=write,metadata=read
    DELETE /orgs/octo-org/actions/secrets/A/repositories/1: 403 organization_secrets=write,metadata=read
    GET /repos/octo-org/hello-world/actions/secrets: 403 secrets=read
    GET /repos/octo-org/hello-world/actions/secrets/public-key: 403 secrets=read
    DELETE /repos/octo-org/hello-world/actions/secrets/A: 403 secrets=write
    GET /repos/octo-org/hello-world/actions/organization-secrets: 403 secrets=read
    GET /repositories/1/environments/production/secrets: 403 environments=read
    PUT /repositories/1/environments/production/secrets/A: 403 environments=write
    GET /repos/octo-org/hello-world/environments: 403 actions=read
    PUT /repos/octo-org/hello-world/environments/production: 403 administration=write
    GET /orgs/octo-org/actions/runners: 403 organization_self_hosted_runners=read
    POST /orgs/octo-org/actions/runners/registration-token: 403 organization_self_hosted_runners=write
    GET /repos/octo-org/hello-world/actions/runners: 403 administration=read
    DELETE /repos/octo-org/hello-world/actions/runners/1: 403 administration=write
    GET /orgs/octo-org/members: 403 members=read
    PUT /orgs/octo-org/memberships/member: 403 members=write
    GET /repos/octo-org/hello-world: 200 metadata=read
    PATCH /repos/octo-org/hello-world: 403 administration=write
    DELETE /repos/octo-org/hello-world: 403 administration=write
    GET /repos/octo-org/hello-world/collaborators: 200 metadata=read
    PUT /repos/octo-org/hello-world/collaborators/member: 403 administration=write
    POST /user/repos: 403 administration=write
    POST /orgs/octo-org/repos: 403 administration=write
    GET /user: 200 -
    GET /orgs/octo-org: 200 -
    ");
}

#[tokio::test]
async fn it_is_good_in_every_form_that_tokens_are_sent_in() {
    let world = World::new().await;
    let token = fine_grained(&world, "owner", "owner", "secrets=read", None).await;
    let basic = |text: String| format!("Basic {}", Base64::encode_string(text.as_bytes()));
    for header in [
        format!("token {token}"),
        basic(format!("owner:{token}")),
        basic(format!("x:{token}")),
        basic(format!("{token}:x-oauth-basic")),
        basic(format!("{token}:")),
    ] {
        let caller = world.anonymous().header("authorization", &header);
        assert_eq!(said(&caller.get(OWN_SECRETS).await), "200");
        assert_eq!(said(&caller.get(HELLO).await), HIDDEN);
    }
    assert_eq!(said(&world.with_token(&token).get(OWN).await), "200");
}
