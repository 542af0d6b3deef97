//! Selected repositories where they cannot be.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use crate::wire::{ORG, in_both, put};
use crate::world::World;

const IDS: &str = r#"{"selected_repository_ids":[1]}"#;

#[tokio::test]
async fn setting_the_repositories_of_a_secret_for_all_is_a_conflict() {
    let set = async |world: &World| {
        put(world, ORG, "A", r#""visibility":"all""#).await;
        world
            .r#as(&world.owner)
            .put(&format!("{ORG}/A/repositories"), IDS)
            .await
    };
    assert_snapshot!(in_both(set).await, @r#"
    [ghes-3.2]
    409 Conflict
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Conflict","errors":"You cannot update selected repositories for a secret when the visibility is not set to 'selected'","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#set-selected-repositories-for-an-organization-secret"}

    [github.com]
    409 Conflict
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Conflict","errors":"You cannot update selected repositories for a secret when the visibility is not set to 'selected'","documentation_url":"https://docs.github.com/rest/reference/actions#set-selected-repositories-for-an-organization-secret","status":"409"}
    "#);
}

#[tokio::test]
async fn adding_a_repository_to_a_secret_for_private_ones_is_a_conflict() {
    let add = async |world: &World| {
        put(world, ORG, "A", r#""visibility":"private""#).await;
        world
            .r#as(&world.owner)
            .put(&format!("{ORG}/A/repositories/1"), "")
            .await
    };
    assert_snapshot!(in_both(add).await, @r#"
    [ghes-3.2]
    409 Conflict
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Conflict","errors":"You cannot update selected repositories for a secret when the visibility is not set to 'selected'","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#add-selected-repository-to-an-organization-secret"}

    [github.com]
    409 Conflict
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Conflict","errors":"You cannot update selected repositories for a secret when the visibility is not set to 'selected'","documentation_url":"https://docs.github.com/rest/reference/actions#add-selected-repository-to-an-organization-secret","status":"409"}
    "#);
}

#[tokio::test]
async fn removing_a_repository_from_a_secret_for_all_is_a_conflict() {
    let remove = async |world: &World| {
        put(world, ORG, "A", r#""visibility":"all""#).await;
        world
            .r#as(&world.owner)
            .delete(&format!("{ORG}/A/repositories/1"))
            .await
    };
    assert_snapshot!(in_both(remove).await, @r#"
    [ghes-3.2]
    409 Conflict
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Conflict","errors":"You cannot update selected repositories for a secret when the visibility is not set to 'selected'","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#remove-selected-repository-from-an-organization-secret"}

    [github.com]
    409 Conflict
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Conflict","errors":"You cannot update selected repositories for a secret when the visibility is not set to 'selected'","documentation_url":"https://docs.github.com/rest/reference/actions#remove-selected-repository-from-an-organization-secret","status":"409"}
    "#);
}

#[tokio::test]
async fn ids_beside_another_visibility() {
    let ids = async |world: &World| {
        let more = r#""visibility":"all","selected_repository_ids":[1]"#;
        let body = world.sealed_with(ORG, b"value", more).await;
        world
            .r#as(&world.owner)
            .put(&format!("{ORG}/A"), body)
            .await
    };
    assert_snapshot!(in_both(ids).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"You can only provide a list of repository ids when the visibility is set to selected.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"You can only provide a list of repository ids when the visibility is set to selected.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-organization-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn empty_or_null_ids_beside_another_visibility_are_nothing() {
    let world = World::new().await;
    for (name, ids) in [("A", "[]"), ("B", "null")] {
        let more = format!(r#""visibility":"all","selected_repository_ids":{ids}"#);
        put(&world, ORG, name, &more).await;
    }
}

#[tokio::test]
async fn a_repository_of_somebody_else_cannot_be_selected() {
    let create = async |world: &World| {
        let more = r#""visibility":"selected","selected_repository_ids":[1,4]"#;
        let body = world.sealed_with(ORG, b"value", more).await;
        world
            .r#as(&world.owner)
            .put(&format!("{ORG}/A"), body)
            .await
    };
    assert_snapshot!(in_both(create).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Validation Failed","errors":[{"resource":"OrganizationSecret","code":"invalid","field":"selected_repository_ids"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Validation Failed","errors":[{"resource":"OrganizationSecret","code":"invalid","field":"selected_repository_ids"}],"documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-organization-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn setting_repositories_that_are_unknown_foreign_or_impossible() {
    let world = World::new().await;
    put(
        &world,
        ORG,
        "A",
        r#""visibility":"selected","selected_repository_ids":[1]"#,
    )
    .await;
    let mut seen = BTreeSet::new();
    for ids in [
        "[99]",
        "[1,4]",
        "[5]",
        "[0]",
        "[-1]",
        "[1,9223372036854775807]",
    ] {
        let body = format!(r#"{{"selected_repository_ids":{ids}}}"#);
        let reply = world
            .r#as(&world.owner)
            .put(&format!("{ORG}/A/repositories"), body)
            .await;
        seen.insert(reply.brief());
    }
    assert_snapshot!(Vec::from_iter(seen).join("\n"), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"OrganizationSecret","code":"invalid","field":"selected_repository_ids"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#set-selected-repositories-for-an-organization-secret"}
    "#);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM secret_selection").await,
        1
    );
}

#[tokio::test]
async fn adding_a_repository_that_is_unknown_or_foreign() {
    let world = World::new().await;
    put(&world, ORG, "A", r#""visibility":"selected""#).await;
    let mut seen = BTreeSet::new();
    for id in [
        "99",
        "4",
        "5",
        "0",
        "x",
        "9223372036854775807",
        "9223372036854775808",
    ] {
        let path = format!("{ORG}/A/repositories/{id}");
        seen.insert(world.r#as(&world.owner).put(&path, "").await.brief());
    }
    assert_snapshot!(Vec::from_iter(seen).join("\n"), @r#"
    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#add-selected-repository-to-an-organization-secret"}
    "#);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM secret_selection").await,
        0
    );
}

#[tokio::test]
async fn adding_twice_and_removing_what_is_not_there_is_done_already() {
    let world = World::new().await;
    put(&world, ORG, "A", r#""visibility":"selected""#).await;
    let owner = world.r#as(&world.owner);
    let path = format!("{ORG}/A/repositories/1");
    assert_eq!(owner.put(&path, "").await.status, 204);
    assert_eq!(owner.put(&path, "").await.status, 204);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM secret_selection").await,
        1
    );
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(
        owner
            .delete(&format!("{ORG}/A/repositories/99"))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn the_same_id_twice_is_one_repository() {
    let world = World::new().await;
    put(
        &world,
        ORG,
        "A",
        r#""visibility":"selected","selected_repository_ids":[1,1]"#,
    )
    .await;
    let twice = r#"{"selected_repository_ids":[2,2,1]}"#;
    let reply = world
        .r#as(&world.owner)
        .put(&format!("{ORG}/A/repositories"), twice)
        .await;
    assert_eq!(reply.status, 204);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM secret_selection").await,
        2
    );
}

#[tokio::test]
async fn the_repositories_of_a_secret_for_all_are_none() {
    let list = async |world: &World| {
        put(world, ORG, "A", r#""visibility":"all""#).await;
        world
            .r#as(&world.owner)
            .get(&format!("{ORG}/A/repositories"))
            .await
    };
    assert_snapshot!(in_both(list).await, @r#"
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

    {"total_count":0,"repositories":[]}

    [github.com]
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"total_count":0,"repositories":[]}
    "#);
}
