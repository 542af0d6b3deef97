//! What a caller may.

use insta::assert_snapshot;

use crate::wire::{ORG, PUBLIC, REPO, in_both};
use crate::world::{Person, World, token};

#[tokio::test]
async fn a_member_who_is_no_owner_may_not_see_organization_secrets() {
    let answers = in_both(async |world| world.r#as(&world.member).get(ORG).await).await;
    assert_snapshot!(answers, @r#"
    [ghes-3.2]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Must have admin rights to Repository.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-organization-secrets"}

    [github.com]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"You must be an org admin or have the actions secrets fine-grained permission.","documentation_url":"https://docs.github.com/rest/reference/actions#list-organization-secrets","status":"403"}
    "#);
}

#[tokio::test]
async fn an_owner_whose_token_lacks_admin_org_is_refused_in_the_same_words() {
    let world = World::github_com().await;
    let token = token(&world.app, world.owner.id, "repo, write:org", None).await;
    let refused = world.with_token(&token).get(ORG).await;
    let member = world.r#as(&world.member).get(ORG).await;
    assert_eq!(refused.brief(), member.brief());
    assert_eq!(refused.header("x-accepted-oauth-scopes"), Some("admin:org"));
    assert_eq!(refused.header("x-oauth-scopes"), Some("repo, write:org"));
}

#[tokio::test]
async fn a_collaborator_who_only_reads_may_not_read_secrets() {
    let answers = in_both(async |world| world.r#as(&world.reader).get(REPO).await).await;
    assert_snapshot!(answers, @r#"
    [ghes-3.2]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Must have admin rights to Repository.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-repository-secrets"}

    [github.com]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"You must have repository read permissions or have the repository secrets fine-grained permission.","documentation_url":"https://docs.github.com/rest/reference/actions#list-repository-secrets","status":"403"}
    "#);
}

#[tokio::test]
async fn a_collaborator_who_only_reads_may_not_write_secrets() {
    let put = async |world: &World| {
        world
            .r#as(&world.reader)
            .put(&format!("{REPO}/A"), "{}")
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Must have admin rights to Repository.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}

    [github.com]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"You must have repository write permissions or have the repository secrets fine-grained permission.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"403"}
    "#);
}

#[tokio::test]
async fn whoever_reads_a_public_repository_gets_its_key_from_an_enterprise_server_only() {
    let get = async |world: &World| {
        let reply = world
            .r#as(&world.stranger)
            .get(&format!("{PUBLIC}/public-key"))
            .await;
        if reply.status == 200 {
            // The key is random.
            assert_eq!(reply.json()["key"].as_str().map(str::len), Some(44));
            return world.r#as(&world.stranger).get("/zen").await;
        }
        reply
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    200 OK
    content-type: text/plain;charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    Two can keep a secret if one of them is a sealed box.

    [github.com]
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"You must have repository read permissions or have the repository secrets fine-grained permission.","documentation_url":"https://docs.github.com/rest/reference/actions#get-a-repository-public-key","status":"403"}
    "#);
}

#[tokio::test]
async fn a_private_repository_does_not_exist_for_a_token_without_repo() {
    let world = World::new().await;
    let token = token(&world.app, world.owner.id, "admin:org, public_repo", None).await;
    assert_snapshot!(world.with_token(&token).get(REPO).await.whole(), @r#"
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, public_repo
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-repository-secrets"}
    "#);
}

#[tokio::test]
async fn a_private_repository_does_not_exist_for_strangers_and_the_anonymous() {
    let world = World::new().await;
    let missing = "/repos/octo-org/no-such-repo/actions/secrets";
    let without_scopes = |text: String| {
        text.lines()
            .filter(|line| !line.starts_with("x-oauth-scopes"))
            .fold(String::new(), |out, line| out + line + "\n")
    };
    let expected = without_scopes(world.anonymous().get(missing).await.whole());
    let stranger: &Person = &world.stranger;
    assert_eq!(
        without_scopes(world.r#as(stranger).get(REPO).await.whole()),
        expected
    );
    assert_eq!(
        without_scopes(world.anonymous().get(REPO).await.whole()),
        expected
    );
    assert_snapshot!(expected, @r#"
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-repository-secrets"}
    "#);
}

#[tokio::test]
async fn an_archived_repository_is_read_only() {
    let world = World::new().await;
    world
        .change("UPDATE repository SET archived = 1 WHERE id = 1")
        .await;
    let owner = world.r#as(&world.owner);
    assert_snapshot!(owner.put(&format!("{REPO}/A"), "{}").await.whole(), @r#"
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Repository was archived so is read-only.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}
    "#);
    assert_eq!(owner.get(REPO).await.status, 200);
}
