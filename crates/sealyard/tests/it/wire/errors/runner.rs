//! Deleting a runner.

use insta::assert_snapshot;

use crate::wire::{enrol, in_both};
use crate::world::World;

const RUNNERS: &str = "/orgs/octo-org/actions/runners";

/// Gives runner 1 a job for an hour, and lets it be heard of.
async fn put_to_work(world: &World) {
    for sql in [
        "UPDATE runner SET last_seen_at = created_at",
        "INSERT INTO job (id, repository_id, fork, created_at, runner_id, started_at, lease_ends_at)
         VALUES (1, 1, 0, 1767323045, 1, 1767323045, 1767326645)",
    ] {
        world.change(sql).await;
    }
}

#[tokio::test]
async fn a_runner_that_does_not_exist() {
    let delete = async |world: &World| {
        world
            .r#as(&world.owner)
            .delete(&format!("{RUNNERS}/99"))
            .await
    };
    assert_snapshot!(in_both(delete).await, @r#"
    [ghes-3.2]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#delete-a-self-hosted-runner-from-an-organization"}

    [github.com]
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Not Found","documentation_url":"https://docs.github.com/rest/reference/actions#delete-a-self-hosted-runner-from-an-organization","status":"404"}
    "#);
}

#[tokio::test]
async fn a_runner_that_is_at_work() {
    let delete = async |world: &World| {
        enrol(world).await;
        put_to_work(world).await;
        world
            .r#as(&world.owner)
            .delete(&format!("{RUNNERS}/1"))
            .await
    };
    assert_snapshot!(in_both(delete).await, @r#"
    [ghes-3.2]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Bad request - Runner \"builder\" is still running a job\"","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#delete-a-self-hosted-runner-from-an-organization"}

    [github.com]
    422 Unprocessable Entity
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"Bad request - Runner \"builder\" is still running a job\"","documentation_url":"https://docs.github.com/rest/reference/actions#delete-a-self-hosted-runner-from-an-organization","status":"422"}
    "#);
}

#[tokio::test]
async fn a_runner_that_was_not_heard_of_for_a_minute_is_at_work_no_more() {
    let world = World::new().await;
    enrol(&world).await;
    put_to_work(&world).await;
    world.clock.advance(60_000);
    assert_eq!(
        world
            .r#as(&world.owner)
            .delete(&format!("{RUNNERS}/1"))
            .await
            .status,
        422
    );
    world.clock.advance(1_000);
    assert_eq!(
        world
            .r#as(&world.owner)
            .delete(&format!("{RUNNERS}/1"))
            .await
            .status,
        204
    );
}
