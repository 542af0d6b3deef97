//! What does not exist.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use crate::wire::{ENV, ORG, REPO, in_both};
use crate::world::World;

#[tokio::test]
async fn an_organization_that_does_not_exist() {
    let get = async |world: &World| {
        world
            .r#as(&world.owner)
            .get("/orgs/no-such-org/actions/secrets")
            .await
    };
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-organization-secrets"}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Not Found","documentation_url":"https://docs.github.com/rest/reference/actions#list-organization-secrets","status":"404"}
    "#);
}

#[tokio::test]
async fn a_user_is_no_organization() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let missing = owner.get("/orgs/no-such-org/actions/secrets").await;
    assert_eq!(
        owner.get("/orgs/owner/actions/secrets").await.whole(),
        missing.whole()
    );
    assert_eq!(
        owner.get("/organizations/2/actions/secrets").await.whole(),
        missing.whole()
    );
}

#[tokio::test]
async fn a_secret_that_does_not_exist() {
    let get = async |world: &World| world.r#as(&world.owner).get(&format!("{ORG}/NO")).await;
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#get-an-organization-secret"}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Not Found","documentation_url":"https://docs.github.com/rest/reference/actions#get-an-organization-secret","status":"404"}
    "#);
}

#[tokio::test]
async fn deleting_a_secret_that_does_not_exist_is_an_empty_object() {
    let delete = async |world: &World| world.r#as(&world.owner).delete(&format!("{REPO}/NO")).await;
    assert_snapshot!(in_both(delete).await, @"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {}
    ");
}

#[tokio::test]
async fn the_repositories_of_a_secret_that_does_not_exist() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{ORG}/NO/repositories");
    let set = owner.put(&path, r#"{"selected_repository_ids":[1]}"#).await;
    let all = [
        owner.get(&path).await,
        set,
        owner.put(&format!("{path}/1"), "").await,
        owner.delete(&format!("{path}/1")).await,
    ];
    assert_snapshot!(all.map(|reply| reply.brief()).join("\n"), @r#"
    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-selected-repositories-for-an-organization-secret"}
    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#set-selected-repositories-for-an-organization-secret"}
    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#add-selected-repository-to-an-organization-secret"}
    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#remove-selected-repository-from-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn an_environment_that_does_not_exist() {
    let missing = ENV.replace("production", "staging");
    let get = async |world: &World| world.r#as(&world.owner).get(&missing).await;
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-environment-secrets"}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Not Found","documentation_url":"https://docs.github.com/rest/reference/actions#list-environment-secrets","status":"404"}
    "#);
}

#[tokio::test]
async fn an_environment_does_not_exist_for_those_who_may_not_ask_either() {
    let world = World::new().await;
    let missing = ENV.replace("production", "staging");
    assert_eq!(world.r#as(&world.stranger).get(&missing).await.status, 404);
    let reader = world.r#as(&world.reader);
    assert_eq!(
        reader.get(&missing).await.brief(),
        reader.get(ENV).await.brief()
    );
    assert_eq!(reader.get(ENV).await.status, 403);
}

#[tokio::test]
async fn a_repository_id_that_is_unknown_or_none() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let mut seen = BTreeSet::new();
    for id in ["99", "0", "-1", "+1", "1.0", "x", "99999999999999999999"] {
        let path = format!("/repositories/{id}/environments/production/secrets");
        seen.insert(owner.get(&path).await.brief());
    }
    assert_snapshot!(Vec::from_iter(seen).join("\n"), @r#"
    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#list-environment-secrets"}
    "#);
}
