//! What changes between the look at a job and the write that starts it is seen by that write.

use std::pin::Pin;
use std::time::Duration;

use sealyard::audit;
use sealyard::identity::AccountId;
use sealyard_vault::SealingKeyPair;
use serde_json::json;

use super::{
    PRODUCTION, REPO, by_runner, given, granted, machine, open, put, put_shared, ticket,
    with_people,
};
use crate::world::{Reply, World};

const CLAIM: &str = "octo-org/hello-world";

/// Makes a change while a request waits for the owner's chain: it has looked at everything by then. If
/// it has not, it sees the change anyway, and these tests say nothing; they are never wrong.
async fn meanwhile(
    world: &World,
    mut request: Pin<Box<impl Future<Output = Reply>>>,
    change: &[&'static str],
) -> Reply {
    let owner = world
        .count("SELECT id FROM account WHERE login = 'octo-org'")
        .await;
    let mut write = audit::begin(&world.app, AccountId(owner))
        .await
        .expect("a write");
    let early = tokio::time::timeout(Duration::from_millis(250), &mut request).await;
    assert!(early.is_err(), "the request writes");
    for sql in change {
        write.tx.execute(sql, &[]).await.expect("a statement");
    }
    // Both at once: the writer's turn may be the request's already.
    let (committed, reply) = futures_util::future::join(write.commit(), request).await;
    committed.expect("a commit");
    reply
}

#[tokio::test]
async fn an_environment_that_was_just_protected_gives_a_runner_nothing() {
    let world = World::new().await;
    put(&world, PRODUCTION, "E", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let body = json!({"repository": CLAIM, "environment": "production"});
    let change = ["UPDATE environment SET settings = '{\"wait_timer\":5}'"];
    let refused = meanwhile(&world, Box::pin(by_runner(&world, &runner, body)), &change).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn a_ticket_whose_maker_just_lost_their_role_opens_nothing() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let (_, text) = granted(&world, &world.writer, json!({"repository": CLAIM})).await;
    let change = ["DELETE FROM collaborator"];
    let body = json!({"ticket": text});
    let refused = meanwhile(&world, Box::pin(by_runner(&world, &runner, body)), &change).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn a_person_who_was_just_suspended_has_nothing() {
    let world = with_people().await;
    put(&world, REPO, "A", b"v").await;
    let (_, text) = granted(&world, &world.writer, json!({"repository": CLAIM})).await;
    let keys = SealingKeyPair::generate();
    let request = open(&world, &world.writer.token, &keys, json!({"ticket": text}));
    let change = ["UPDATE account SET suspended_at = 1 WHERE login = 'writer'"];
    let refused = meanwhile(&world, Box::pin(request), &change).await;
    assert_eq!(refused.status, 404);
    let refusals = "SELECT COUNT(*) FROM audit_entry WHERE entry LIKE '%reject_workflow_job%'";
    assert_eq!(world.count(refusals).await, 1);
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM job WHERE started_at IS NOT NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn a_runner_that_was_just_taken_off_has_nothing() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let request = by_runner(&world, &runner, json!({"repository": CLAIM}));
    let change = ["DELETE FROM runner_label", "DELETE FROM runner"];
    let refused = meanwhile(&world, Box::pin(request), &change).await;
    assert_eq!(refused.status, 404);
    assert_eq!(world.count("SELECT COUNT(*) FROM job").await, 0);
}

#[tokio::test]
async fn a_repository_that_was_just_archived_runs_no_job() {
    let world = World::new().await;
    let runner = machine(&world, REPO, "builder").await;
    let change = ["UPDATE repository SET archived = 1"];
    let request = by_runner(&world, &runner, json!({"repository": CLAIM}));
    let refused = meanwhile(&world, Box::pin(request), &change).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn an_environment_that_was_just_deleted_is_not_there() {
    let world = World::new().await;
    put(&world, PRODUCTION, "E", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let body = json!({"repository": CLAIM, "environment": "production"});
    let change = [
        "DELETE FROM secret WHERE scope_kind = 3",
        "DELETE FROM sealing_key WHERE scope_kind = 3",
        "DELETE FROM environment",
    ];
    let refused = meanwhile(&world, Box::pin(by_runner(&world, &runner, body)), &change).await;
    assert_eq!(refused.status, 404);
    assert_eq!(world.count("SELECT COUNT(*) FROM delivery").await, 0);
}

#[tokio::test]
async fn a_repository_that_was_just_made_public_gets_no_private_secrets() {
    let world = World::new().await;
    put_shared(&world, "P", b"v", r#""visibility":"private""#).await;
    put_shared(&world, "A", b"v", r#""visibility":"all""#).await;
    let runner = machine(&world, REPO, "builder").await;
    let change = ["UPDATE repository SET visibility = 'public'"];
    let claims = json!({"repository": CLAIM});
    let made = meanwhile(
        &world,
        Box::pin(ticket(&world, &world.writer, claims.clone())),
        &change,
    )
    .await;
    let text = made.json()["ticket"].as_str().expect("a ticket").to_owned();
    let opened = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(
        given(&opened, &runner.keys).into_keys().collect::<Vec<_>>(),
        ["A"]
    );

    world
        .change("UPDATE repository SET visibility = 'private'")
        .await;
    let opened = meanwhile(
        &world,
        Box::pin(by_runner(&world, &runner, claims)),
        &change,
    )
    .await;
    assert_eq!(
        given(&opened, &runner.keys).into_keys().collect::<Vec<_>>(),
        ["A"]
    );
}

#[tokio::test]
async fn the_copies_of_a_ticket_are_gone_once_it_is_redeemed() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let (_, text) = granted(&world, &world.writer, json!({"repository": CLAIM})).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM job_secret").await, 1);
    assert_eq!(
        by_runner(&world, &runner, json!({"ticket": text}))
            .await
            .status,
        201
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM job_secret").await, 0);
}
