//! Set, read, replaced, deleted.

use insta::assert_snapshot;

use crate::world::World;

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one life, in whole answers")]
async fn a_repository_secret_is_created_shown_replaced_and_deleted() {
    let world = World::new().await;
    let secrets = "/repos/octo-org/hello-world/actions/secrets";
    let writer = world.r#as(&world.writer);
    let body = world.sealed(secrets, b"one").await;
    let created = writer.put(&format!("{secrets}/gh_token"), body).await;
    assert_snapshot!(created.whole(), @r#"
    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {}
    "#);
    let got = writer.get(&format!("{secrets}/GH_TOKEN")).await;
    assert_snapshot!(got.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"name":"GH_TOKEN","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}
    "#);
    world.clock.advance(60_000);
    let body = world.sealed(secrets, b"two").await;
    let updated = writer.put(&format!("{secrets}/Gh_Token"), body).await;
    assert_snapshot!(updated.whole(), @"
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    ");
    assert_snapshot!(writer.get(secrets).await.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"total_count":1,"secrets":[{"name":"GH_TOKEN","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:05:05Z"}]}
    "#);
    let deleted = writer.delete(&format!("{secrets}/gh_token")).await;
    assert_snapshot!(deleted.whole(), @"
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    ");
    let again = writer.delete(&format!("{secrets}/gh_token")).await;
    assert_snapshot!(again.whole(), @"
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {}
    ");
    assert_snapshot!(writer.get(&format!("{secrets}/gh_token")).await.whole(), @r#"
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#get-a-repository-secret"}
    "#);
}
