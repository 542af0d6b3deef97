//! What is in the body of a PUT.

use base64ct::{Base64, Encoding as _};
use insta::assert_snapshot;

use crate::wire::{ENV, ORG, REPO, in_both};
use crate::world::World;

#[tokio::test]
async fn malformed_json() {
    let put = async |world: &World| world.r#as(&world.owner).put(&format!("{ORG}/A"), "{").await;
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    400 Bad Request
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Problems parsing JSON","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-organization-secret"}

    [github.com]
    400 Bad Request
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Problems parsing JSON","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-organization-secret","status":"400"}
    "#);
}

#[tokio::test]
async fn json_that_is_no_object() {
    let put = async |world: &World| {
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/A"), "[]")
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    400 Bad Request
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Body should be a JSON object","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}

    [github.com]
    400 Bad Request
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Body should be a JSON object","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"400"}
    "#);
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let expected = owner.put(&format!("{REPO}/A"), "[]").await.whole();
    for body in ["\"x\"", "1", "null", "true", "[{}]"] {
        assert_eq!(
            owner.put(&format!("{REPO}/A"), body).await.whole(),
            expected,
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_empty_body_is_an_empty_object() {
    let put = async |world: &World| world.r#as(&world.owner).put(&format!("{ENV}/A"), "").await;
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-environment-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Invalid request.\n\n\"encrypted_value\", \"key_id\" weren't supplied.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-environment-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn a_name_with_a_forbidden_character() {
    let put = async |world: &World| {
        let body = world.sealed(REPO, b"value").await;
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/no-such"), body)
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn a_name_of_githubs_own() {
    let put = async |world: &World| {
        let body = world.sealed(REPO, b"value").await;
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/Github_Token"), body)
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Secret names must not start with GITHUB_.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Secret names must not start with GITHUB_.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn a_name_of_256_characters() {
    let put = async |world: &World| {
        let body = world.sealed(REPO, b"value").await;
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/{}", "A".repeat(256)), body)
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Secret names must not be longer than 255 characters.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Secret names must not be longer than 255 characters.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn a_value_that_was_not_sealed() {
    let put = async |world: &World| {
        let key = world
            .r#as(&world.owner)
            .get(&format!("{REPO}/public-key"))
            .await
            .json();
        let id = key["key_id"].as_str().expect("a key id");
        let body = format!(r#"{{"encrypted_value":"c2VjcmV0","key_id":"{id}"}}"#);
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/A"), body)
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Bad request - validation failed due to an improperly encrypted secret","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Bad request - validation failed due to an improperly encrypted secret","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn a_key_id_that_is_not_known() {
    let put = async |world: &World| {
        let sealed = world.sealed(REPO, b"value").await;
        let mut body: serde_json::Value = serde_json::from_str(&sealed).expect("JSON");
        body["key_id"] = "568250167242549743".into();
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/A"), body.to_string())
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Bad request - validation failed due to an improperly encrypted secret","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Bad request - validation failed due to an improperly encrypted secret","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn a_value_of_more_than_48_kib() {
    let put = async |world: &World| {
        let body = world.sealed(REPO, &vec![b'x'; 49_153]).await;
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/A"), body)
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Value is too large.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-a-repository-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Value is too large.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-a-repository-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn one_secret_too_many() {
    let put = async |world: &World| {
        let body = world.sealed(ENV, b"value").await;
        world.fill(3, 1, 100).await;
        world
            .r#as(&world.owner)
            .put(&format!("{ENV}/ONE_MORE"), body)
            .await
    };
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"The number of secrets is limited to 100. Delete one before creating another.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#create-or-update-an-environment-secret"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"The number of secrets is limited to 100. Delete one before creating another.","documentation_url":"https://docs.github.com/rest/reference/actions#create-or-update-an-environment-secret","status":"422"}
    "#);
}

#[tokio::test]
async fn an_empty_value_is_a_value() {
    let world = World::new().await;
    let body = world.sealed(REPO, b"").await;
    let sealed: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let text = sealed["encrypted_value"].as_str().expect("a text");
    assert_eq!(Base64::decode_vec(text).expect("base64").len(), 48);
    assert_eq!(
        world
            .r#as(&world.owner)
            .put(&format!("{REPO}/A"), body)
            .await
            .status,
        201
    );
}
