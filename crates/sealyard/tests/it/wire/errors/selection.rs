//! Selected repositories where they cannot be.

use insta::assert_snapshot;

use crate::wire::{ORG, in_both, put};
use crate::world::World;

const IDS: &str = r#"{"selected_repository_ids":[1]}"#;

#[tokio::test]
async fn setting_the_repositories_of_a_secret_for_all_is_a_conflict() {
    let set = async |world: &World| {
        put(world, ORG, "A", r#""visibility":"all""#).await;
        world.r#as(&world.owner).put(&format!("{ORG}/A/repositories"), IDS).await
    };
    assert_snapshot!(in_both(set).await, @"");
}

#[tokio::test]
async fn adding_a_repository_to_a_secret_for_private_ones_is_a_conflict() {
    let add = async |world: &World| {
        put(world, ORG, "A", r#""visibility":"private""#).await;
        world.r#as(&world.owner).put(&format!("{ORG}/A/repositories/1"), "").await
    };
    assert_snapshot!(in_both(add).await, @"");
}

#[tokio::test]
async fn removing_a_repository_from_a_secret_for_all_is_a_conflict() {
    let remove = async |world: &World| {
        put(world, ORG, "A", r#""visibility":"all""#).await;
        world.r#as(&world.owner).delete(&format!("{ORG}/A/repositories/1")).await
    };
    assert_snapshot!(in_both(remove).await, @"");
}

#[tokio::test]
async fn ids_beside_another_visibility() {
    let ids = async |world: &World| {
        let more = r#""visibility":"all","selected_repository_ids":[1]"#;
        let body = world.sealed_with(ORG, b"value", more).await;
        world.r#as(&world.owner).put(&format!("{ORG}/A"), body).await
    };
    assert_snapshot!(in_both(ids).await, @"");
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
        world.r#as(&world.owner).put(&format!("{ORG}/A"), body).await
    };
    assert_snapshot!(in_both(create).await, @"");
}

#[tokio::test]
async fn setting_repositories_that_are_unknown_foreign_or_impossible() {
    let world = World::new().await;
    put(&world, ORG, "A", r#""visibility":"selected","selected_repository_ids":[1]"#).await;
    for ids in ["[99]", "[1,4]", "[5]", "[0]", "[-1]", "[1,9223372036854775807]"] {
        let body = format!(r#"{{"selected_repository_ids":{ids}}}"#);
        let reply = world.r#as(&world.owner).put(&format!("{ORG}/A/repositories"), body).await;
        assert_snapshot!(reply.brief(), @"");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM secret_selection").await, 1);
}

#[tokio::test]
async fn adding_a_repository_that_is_unknown_or_foreign() {
    let world = World::new().await;
    put(&world, ORG, "A", r#""visibility":"selected""#).await;
    for id in ["99", "4", "5", "0", "x", "9223372036854775807", "9223372036854775808"] {
        let path = format!("{ORG}/A/repositories/{id}");
        assert_snapshot!(world.r#as(&world.owner).put(&path, "").await.brief(), @"");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM secret_selection").await, 0);
}

#[tokio::test]
async fn adding_twice_and_removing_what_is_not_there_is_done_already() {
    let world = World::new().await;
    put(&world, ORG, "A", r#""visibility":"selected""#).await;
    let owner = world.r#as(&world.owner);
    let path = format!("{ORG}/A/repositories/1");
    assert_eq!(owner.put(&path, "").await.status, 204);
    assert_eq!(owner.put(&path, "").await.status, 204);
    assert_eq!(world.count("SELECT COUNT(*) FROM secret_selection").await, 1);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&format!("{ORG}/A/repositories/99")).await.status, 204);
}

#[tokio::test]
async fn the_same_id_twice_is_one_repository() {
    let world = World::new().await;
    put(&world, ORG, "A", r#""visibility":"selected","selected_repository_ids":[1,1]"#).await;
    let twice = r#"{"selected_repository_ids":[2,2,1]}"#;
    let reply = world.r#as(&world.owner).put(&format!("{ORG}/A/repositories"), twice).await;
    assert_eq!(reply.status, 204);
    assert_eq!(world.count("SELECT COUNT(*) FROM secret_selection").await, 2);
}

#[tokio::test]
async fn the_repositories_of_a_secret_for_all_are_none() {
    let list = async |world: &World| {
        put(world, ORG, "A", r#""visibility":"all""#).await;
        world.r#as(&world.owner).get(&format!("{ORG}/A/repositories")).await
    };
    assert_snapshot!(in_both(list).await, @"");
}
