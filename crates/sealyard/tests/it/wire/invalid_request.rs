//! The grammar of `Invalid request.`: one line per violation. GitHub prints the value that it did
//! not like; we print its kind, or the member's name.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ENV, ORG, REPO, in_both};
use crate::world::{Reply, World};

/// A PUT of an organisation secret with a good box and these members changed (`"REMOVE"` takes one away).
async fn put_org(world: &World, changes: Value) -> Reply {
    let body = world
        .sealed_with(ORG, b"value", r#""visibility":"all""#)
        .await;
    put(world, ORG, &body, changes).await
}

async fn put(world: &World, path: &str, body: &str, changes: Value) -> Reply {
    let mut body: Value = serde_json::from_str(body).expect("JSON");
    let members = body.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        match value.as_str() {
            Some("REMOVE") => drop(members.remove(name)),
            _ => drop(members.insert(name.clone(), value.clone())),
        }
    }
    world
        .r#as(&world.owner)
        .put(&format!("{path}/A"), body.to_string())
        .await
}

#[tokio::test]
async fn one_missing_member() {
    let answers = in_both(async |world| put_org(world, json!({"key_id": "REMOVE"})).await).await;
    assert_snapshot!(answers, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Invalid request.\n\n\"key_id\" wasn't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Invalid request.\n\n\"key_id\" wasn't supplied.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-organization-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn several_missing_members_in_the_order_of_the_schema() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let visibility = owner
        .put(&format!("{ORG}/A"), r#"{"visibility":"all"}"#)
        .await;
    assert_snapshot!(visibility.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}
    "#);
    assert_snapshot!(owner.put(&format!("{ORG}/A"), "{}").await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"encrypted_value\", \"key_id\", \"visibility\" weren't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}
    "#);
    assert_snapshot!(owner.put(&format!("{REPO}/A"), "{}").await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}
    "#);
    assert_snapshot!(owner.put(&format!("{ENV}/A"), "{}").await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-environment-secret"}
    "#);
    assert_snapshot!(owner.put(&format!("{ORG}/A/repositories"), "{}").await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"selected_repository_ids\" wasn't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#set-selected-repositories-for-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn a_member_of_the_wrong_type() {
    let world = World::new().await;
    let mut seen = String::new();
    for value in [
        json!(null),
        json!(1),
        json!(1.5),
        json!(true),
        json!([]),
        json!({}),
        json!([1]),
    ] {
        let reply = put_org(&world, json!({"key_id": value})).await;
        assert_eq!(reply.status, 422);
        seen.push_str(reply.json()["message"].as_str().expect("a message"));
        seen.push('\n');
    }
    assert_snapshot!(seen, @"
    Invalid request.

    For 'properties/key_id', nil is not a string.
    Invalid request.

    For 'properties/key_id', an integer is not a string.
    Invalid request.

    For 'properties/key_id', a number is not a string.
    Invalid request.

    For 'properties/key_id', true is not a string.
    Invalid request.

    For 'properties/key_id', [] is not a string.
    Invalid request.

    For 'properties/key_id', {} is not a string.
    Invalid request.

    For 'properties/key_id', an array is not a string.
    ");
    let several = json!({"encrypted_value": 1, "key_id": null, "visibility": {"a": 1}});
    assert_snapshot!(put_org(&world, several).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/encrypted_value', an integer is not a string.\nFor 'properties/key_id', nil is not a string.\nFor 'properties/visibility', an object is not a string.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn a_list_that_is_none() {
    let world = World::new().await;
    let ids = json!({"visibility": "selected", "selected_repository_ids": {}});
    assert_snapshot!(put_org(&world, ids).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/selected_repository_ids', {} is not an array.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}
    "#);
    super::put(&world, ORG, "B", r#""visibility":"selected""#).await;
    let body = r#"{"selected_repository_ids":null}"#;
    let reply = world
        .r#as(&world.owner)
        .put(&format!("{ORG}/B/repositories"), body)
        .await;
    assert_snapshot!(reply.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/selected_repository_ids', nil is not an array.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#set-selected-repositories-for-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn an_item_of_the_wrong_type() {
    let text = async |world: &World| {
        put_org(
            world,
            json!({"visibility": "selected", "selected_repository_ids": ["x"]}),
        )
        .await
    };
    assert_snapshot!(in_both(text).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Invalid request.\n\nFor 'items', a string is not an integer.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Invalid request.\n\nFor 'items', a string is not an integer.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-organization-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn an_id_in_quotes_is_an_id_to_an_enterprise_server_only() {
    let text = async |world: &World| {
        put_org(
            world,
            json!({"visibility": "selected", "selected_repository_ids": ["1"]}),
        )
        .await
    };
    assert_snapshot!(in_both(text).await, @r#"
    [ghes-3.2]
    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Invalid request.\n\nFor 'items', a string is not an integer.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-organization-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn a_word_that_is_none_of_those_allowed() {
    let answers = in_both(async |world| put_org(world, json!({"visibility": "foo"})).await).await;
    assert_snapshot!(answers, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Invalid request.\n\nvisibility is not a member of [\"all\", \"private\", \"selected\"].","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Invalid request.\n\nvisibility is not a member of [\"all\", \"private\", \"selected\"].","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-organization-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn an_empty_word_leaves_a_space() {
    let world = World::new().await;
    assert_snapshot!(put_org(&world, json!({"visibility": ""})).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n is not a member of [\"all\", \"private\", \"selected\"].","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn a_value_that_is_not_base64() {
    let answers =
        in_both(async |world| put_org(world, json!({"encrypted_value": "a-b_"})).await).await;
    assert_snapshot!(answers, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Invalid request.\n\nencrypted_value does not match /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Invalid request.\n\nencrypted_value does not match /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-organization-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn an_empty_value_leaves_a_space() {
    let world = World::new().await;
    assert_snapshot!(put_org(&world, json!({"encrypted_value": ""})).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n does not match /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn a_number_out_of_range() {
    let world = World::new().await;
    let path = "/repos/octo-org/hello-world/environments/production";
    let owner = world.r#as(&world.owner);
    assert_snapshot!(owner.put(path, r#"{"wait_timer":43201}"#).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nwait_timer must be less than or equal to 43200.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#create-or-update-an-environment"}
    "#);
    assert_snapshot!(owner.put(path, r#"{"wait_timer":-1}"#).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nwait_timer must be greater than or equal to 0.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#create-or-update-an-environment"}
    "#);
}

#[tokio::test]
async fn more_repositories_than_one_request_may_select() {
    let world = World::new().await;
    super::put(&world, ORG, "A", r#""visibility":"selected""#).await;
    let ids: Vec<i64> = (1..=100_001).collect();
    let body = json!({"selected_repository_ids": ids}).to_string();
    let reply = world
        .r#as(&world.owner)
        .put(&format!("{ORG}/A/repositories"), body)
        .await;
    assert_snapshot!(reply.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nNo more than 100000 items are allowed; 100001 were supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#set-selected-repositories-for-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn several_violations_are_several_lines() {
    let world = World::new().await;
    let changes = json!({"key_id": "REMOVE", "encrypted_value": "?", "visibility": "x",
        "selected_repository_ids": 1});
    assert_snapshot!(put_org(&world, changes).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\n\"key_id\" wasn't supplied.\nencrypted_value does not match /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/.\nvisibility is not a member of [\"all\", \"private\", \"selected\"].\nFor 'properties/selected_repository_ids', an integer is not an array.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn members_that_nobody_asked_for_are_ignored() {
    let world = World::new().await;
    let more = json!({"value": "canary", "enabled": true, "": null});
    assert_eq!(put_org(&world, more.clone()).await.status, 201);
    let body = world.sealed(REPO, b"value").await;
    let more = json!({"visibility": 7, "selected_repository_ids": "x", "more": more});
    assert_eq!(put(&world, REPO, &body, more).await.status, 201);
}
