//! Deleting a runner.

use insta::assert_snapshot;

use crate::wire::in_both;
use crate::world::World;

const RUNNERS: &str = "/orgs/octo-org/actions/runners";

#[tokio::test]
async fn a_runner_that_does_not_exist() {
    let delete = async |world: &World| {
        world.r#as(&world.owner).delete(&format!("{RUNNERS}/99")).await
    };
    assert_snapshot!(in_both(delete).await, @"");
}

#[tokio::test]
async fn a_runner_that_is_at_work() {
    let delete = async |world: &World| {
        world
            .change(
                "INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, busy,
                                     last_seen_at, created_at)
                 SELECT 1, 1, 7, 'builder', 'linux', uuid, 1, 1, 1767323045, 1767323045
                 FROM instance",
            )
            .await;
        world.r#as(&world.owner).delete(&format!("{RUNNERS}/1")).await
    };
    assert_snapshot!(in_both(delete).await, @"");
}

#[tokio::test]
async fn a_runner_that_was_not_heard_of_for_a_minute_is_at_work_no_more() {
    let world = World::new().await;
    world
        .change(
            "INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, busy,
                                 last_seen_at, created_at)
             SELECT 1, 1, 7, 'builder', 'linux', uuid, 1, 1, 1767323045, 1767323045 FROM instance",
        )
        .await;
    world.clock.advance(61_000);
    let reply = world.r#as(&world.owner).delete(&format!("{RUNNERS}/1")).await;
    assert_eq!(reply.status, 204);
}
