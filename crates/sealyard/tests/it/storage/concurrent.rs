//! Many at once: counts, limits and first keys are exact.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::StatusCode;
use sealyard::directory::store::{RepositoryBy, repository};
use sealyard::identity::Caller;
use sealyard::secrets::scope::Scope;
use tokio::task::JoinSet;

use crate::world::{Reply, World};

const SECRETS: &str = "/repos/octo-org/hello-world/actions/secrets";
const AT_ONCE: usize = 64;

/// Sends all of them at once as the repository's writer: PUTs with a body, GETs without.
async fn at_once(world: &Arc<World>, requests: Vec<(String, Option<String>)>) -> Vec<Reply> {
    let mut senders = JoinSet::new();
    for (path, body) in requests {
        let world = Arc::clone(world);
        senders.spawn(async move {
            let writer = world.r#as(&world.writer);
            match body {
                Some(body) => writer.put(&path, body).await,
                None => writer.get(&path).await,
            }
        });
    }
    senders.join_all().await
}

fn with_status(replies: &[Reply], status: StatusCode) -> usize {
    replies
        .iter()
        .filter(|reply| reply.status == status)
        .count()
}

async fn hello_world(world: &World) -> Scope {
    let by = RepositoryBy::Name {
        owner: "octo-org",
        name: "hello-world",
    };
    let mut read = world.app.db.read().await.expect("a read");
    let seen = repository(&mut read, by, &Caller::Anonymous, None)
        .await
        .expect("a query");
    Scope::Repository(seen.expect("a repository").repository)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_puts_to_one_name_one_creates_and_63_update() {
    let world = Arc::new(World::new().await);
    let mut requests = Vec::new();
    let values: BTreeSet<Vec<u8>> = (0..AT_ONCE)
        .map(|number| format!("value {number}").into_bytes())
        .collect();
    for value in &values {
        let body = world.sealed(SECRETS, value).await;
        requests.push((format!("{SECRETS}/CONTESTED"), Some(body)));
    }
    let replies = at_once(&world, requests).await;
    assert_eq!(with_status(&replies, StatusCode::CREATED), 1);
    assert_eq!(with_status(&replies, StatusCode::NO_CONTENT), AT_ONCE - 1);

    let kept = world.reveal(&hello_world(&world).await, "CONTESTED").await;
    assert!(
        values.contains(&kept.expect("a value")),
        "what is kept was not sent"
    );
    assert_eq!(world.count("SELECT revision FROM secret").await, 64);
    let entries = "SELECT COUNT(*) FROM audit_entry WHERE entry LIKE '%\"CONTESTED\"%'";
    assert_eq!(world.count(entries).await, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_64_requests_for_a_public_key_see_one_key() {
    let world = Arc::new(World::new().await);
    let path = format!("{SECRETS}/public-key");
    let replies = at_once(&world, vec![(path, None); AT_ONCE]).await;
    assert_eq!(with_status(&replies, StatusCode::OK), AT_ONCE);
    let keys: BTreeSet<&str> = replies.iter().map(Reply::text).collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM sealing_key").await, 1);
    let entries = "SELECT COUNT(*) FROM audit_entry WHERE entry LIKE '%sealing_key.create%'";
    assert_eq!(world.count(entries).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_repository_never_holds_more_than_100_secrets_however_many_come_at_once() {
    let world = Arc::new(World::new().await);
    let body = world.sealed(SECRETS, b"value").await;
    let put = |number: usize| (format!("{SECRETS}/S{number}"), Some(body.clone()));
    let filled = at_once(&world, (0..90).map(put).collect()).await;
    assert_eq!(with_status(&filled, StatusCode::CREATED), 90);

    let replies = at_once(&world, (90..90 + AT_ONCE).map(put).collect()).await;
    assert_eq!(with_status(&replies, StatusCode::CREATED), 10);
    assert_eq!(
        with_status(&replies, StatusCode::UNPROCESSABLE_ENTITY),
        AT_ONCE - 10
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM secret").await, 100);
    // A full repository still takes new values of what it has.
    let again = at_once(&world, (0..8).map(put).collect()).await;
    assert_eq!(with_status(&again, StatusCode::NO_CONTENT), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn repositories_made_at_once_under_one_name_are_one() {
    let world = Arc::new(World::new().await);
    let mut makers = JoinSet::new();
    for _ in 0..16 {
        let world = Arc::clone(&world);
        makers.spawn(async move {
            let owner = world.r#as(&world.owner);
            owner
                .post("/orgs/octo-org/repos", r#"{"name":"contested"}"#)
                .await
        });
    }
    let replies = makers.join_all().await;
    assert_eq!(with_status(&replies, StatusCode::CREATED), 1);
    assert_eq!(with_status(&replies, StatusCode::UNPROCESSABLE_ENTITY), 15);
    let made = "SELECT COUNT(*) FROM repository WHERE name_key = 'contested'";
    assert_eq!(world.count(made).await, 1);
}
