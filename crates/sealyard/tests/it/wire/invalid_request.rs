//! The grammar of `Invalid request.`: one line per violation. GitHub prints the value that it did
//! not like; we print its kind, or the member's name.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ENV, ORG, REPO, in_both};
use crate::world::{Reply, World};

/// A PUT of an organisation secret with a good box and these members changed (`"REMOVE"` takes one away).
async fn put_org(world: &World, changes: Value) -> Reply {
    let body = world.sealed_with(ORG, b"value", r#""visibility":"all""#).await;
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
    world.r#as(&world.owner).put(&format!("{path}/A"), body.to_string()).await
}

#[tokio::test]
async fn one_missing_member() {
    let answers = in_both(async |world| put_org(world, json!({"key_id": "REMOVE"})).await).await;
    assert_snapshot!(answers, @"");
}

#[tokio::test]
async fn several_missing_members_in_the_order_of_the_schema() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let visibility = owner.put(&format!("{ORG}/A"), r#"{"visibility":"all"}"#).await;
    assert_snapshot!(visibility.brief(), @"");
    assert_snapshot!(owner.put(&format!("{ORG}/A"), "{}").await.brief(), @"");
    assert_snapshot!(owner.put(&format!("{REPO}/A"), "{}").await.brief(), @"");
    assert_snapshot!(owner.put(&format!("{ENV}/A"), "{}").await.brief(), @"");
    assert_snapshot!(owner.put(&format!("{ORG}/A/repositories"), "{}").await.brief(), @"");
}

#[tokio::test]
async fn a_member_of_the_wrong_type() {
    let world = World::new().await;
    let mut seen = String::new();
    for value in [json!(null), json!(1), json!(1.5), json!(true), json!([]), json!({}), json!([1])] {
        let reply = put_org(&world, json!({"key_id": value})).await;
        assert_eq!(reply.status, 422);
        seen.push_str(reply.json()["message"].as_str().expect("a message"));
        seen.push('\n');
    }
    assert_snapshot!(seen, @"");
    let several = json!({"encrypted_value": 1, "key_id": null, "visibility": {"a": 1}});
    assert_snapshot!(put_org(&world, several).await.brief(), @"");
}

#[tokio::test]
async fn a_list_that_is_none() {
    let world = World::new().await;
    let ids = json!({"visibility": "selected", "selected_repository_ids": {}});
    assert_snapshot!(put_org(&world, ids).await.brief(), @"");
    super::put(&world, ORG, "B", r#""visibility":"selected""#).await;
    let body = r#"{"selected_repository_ids":null}"#;
    let reply = world.r#as(&world.owner).put(&format!("{ORG}/B/repositories"), body).await;
    assert_snapshot!(reply.brief(), @"");
}

#[tokio::test]
async fn an_item_of_the_wrong_type() {
    let text = async |world: &World| {
        put_org(world, json!({"visibility": "selected", "selected_repository_ids": ["x"]})).await
    };
    assert_snapshot!(in_both(text).await, @"");
}

#[tokio::test]
async fn an_id_in_quotes_is_an_id_to_an_enterprise_server_only() {
    let text = async |world: &World| {
        put_org(world, json!({"visibility": "selected", "selected_repository_ids": ["1"]})).await
    };
    assert_snapshot!(in_both(text).await, @"");
}

#[tokio::test]
async fn a_word_that_is_none_of_those_allowed() {
    let answers = in_both(async |world| put_org(world, json!({"visibility": "foo"})).await).await;
    assert_snapshot!(answers, @"");
}

#[tokio::test]
async fn an_empty_word_leaves_a_space() {
    let world = World::new().await;
    assert_snapshot!(put_org(&world, json!({"visibility": ""})).await.brief(), @"");
}

#[tokio::test]
async fn a_value_that_is_not_base64() {
    let answers =
        in_both(async |world| put_org(world, json!({"encrypted_value": "a-b_"})).await).await;
    assert_snapshot!(answers, @"");
}

#[tokio::test]
async fn an_empty_value_leaves_a_space() {
    let world = World::new().await;
    assert_snapshot!(put_org(&world, json!({"encrypted_value": ""})).await.brief(), @"");
}

#[tokio::test]
async fn a_number_out_of_range() {
    let world = World::new().await;
    let path = "/repos/octo-org/hello-world/environments/production";
    let owner = world.r#as(&world.owner);
    assert_snapshot!(owner.put(path, r#"{"wait_timer":43201}"#).await.brief(), @"");
    assert_snapshot!(owner.put(path, r#"{"wait_timer":-1}"#).await.brief(), @"");
}

#[tokio::test]
async fn more_repositories_than_one_request_may_select() {
    let world = World::new().await;
    super::put(&world, ORG, "A", r#""visibility":"selected""#).await;
    let ids: Vec<i64> = (1..=100_001).collect();
    let body = json!({"selected_repository_ids": ids}).to_string();
    let reply = world.r#as(&world.owner).put(&format!("{ORG}/A/repositories"), body).await;
    assert_snapshot!(reply.brief(), @"");
}

#[tokio::test]
async fn several_violations_are_several_lines() {
    let world = World::new().await;
    let changes = json!({"key_id": "REMOVE", "encrypted_value": "?", "visibility": "x",
        "selected_repository_ids": 1});
    assert_snapshot!(put_org(&world, changes).await.brief(), @"");
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
