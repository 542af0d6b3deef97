//! What must not come out, and what the log says of it.

use std::net::IpAddr;

use axum::body::Body;
use http::Request;
use sealyard::identity::token::{Kind, Token};
use sealyard::serve::{Peer, Scheme};
use serde_json::{Value, json};

use super::{
    JOBS, Machine, ORG, REPO, TICKETS, by_runner, granted, last_entry, machine, open, put, serve,
};
use crate::world::World;

const CLAIM: &str = "octo-org/hello-world";

/// Status of a refusal, and the entry that it left.
async fn entry(world: &World) -> String {
    let entry = last_entry(world).await;
    assert_eq!(entry["action"], "workflows.reject_workflow_job", "{entry}");
    let text = |member: &str| entry.get(member).map_or_else(String::new, Value::to_string);
    format!(
        "{} {} {} {} {}",
        text("actor"),
        text("runner_name"),
        text("repo"),
        text("job_id"),
        text("detail")
    )
}

async fn complete(world: &World, machine: &Machine, id: i64) -> u16 {
    let path = format!("{JOBS}/{id}/complete");
    world
        .with_token(&machine.credential)
        .post(&path, "")
        .await
        .status
        .into()
}

#[tokio::test]
async fn a_deleted_runner_has_nothing_at_once_and_its_job_ends() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, ORG, "builder").await;
    serve(&world, &runner, &[1]).await;
    let opened = by_runner(&world, &runner, json!({"repository": CLAIM})).await;
    let id = opened.json()["id"].as_i64().expect("an id");
    let owner = world.r#as(&world.owner);
    let path = format!("{ORG}/runners/{}", runner.id);
    assert_eq!(owner.get(&path).await.json()["busy"], true);
    assert_eq!(owner.delete(&path).await.status, 422, "it is at work");
    world.clock.advance(61_000);
    assert_eq!(owner.delete(&path).await.status, 204, "it fell silent");
    let job = owner.get(&format!("{JOBS}/{id}")).await.json();
    assert_eq!(
        (job["status"].as_str(), job["conclusion"].as_str()),
        (Some("completed"), Some("cancelled"))
    );
    let refused = by_runner(&world, &runner, json!({"repository": CLAIM})).await;
    assert_eq!(refused.status, 401);
    insta::assert_snapshot!(entry(&world).await, @r#" "builder"   "401 Bad credentials""#);
    assert_eq!(complete(&world, &runner, id).await, 401);
}

#[tokio::test]
async fn a_runner_that_never_rests_is_taken_off_by_force() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let opened = by_runner(&world, &runner, json!({"repository": CLAIM})).await;
    assert_eq!(opened.status, 201);
    let owner = world.r#as(&world.owner);
    let path = format!("{REPO}/runners/{}", runner.id);
    assert_eq!(owner.delete(&path).await.status, 422);
    assert_eq!(owner.delete(&format!("{path}?force=1")).await.status, 422);
    assert_eq!(
        owner.delete(&format!("{path}?force=true")).await.status,
        204
    );
    let refused = by_runner(&world, &runner, json!({"repository": CLAIM})).await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM job WHERE ended_at IS NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn the_runners_of_a_deleted_repository_are_named_by_the_log() {
    let world = World::new().await;
    let runner = machine(&world, REPO, "builder").await;
    let owner = world.r#as(&world.owner);
    let opened = by_runner(&world, &runner, json!({"repository": CLAIM})).await;
    assert_eq!(opened.status, 201);
    assert_eq!(
        owner.delete("/repos/octo-org/hello-world").await.status,
        204
    );
    let refused = by_runner(&world, &runner, json!({"repository": CLAIM})).await;
    assert_eq!(refused.status, 401);
    insta::assert_snapshot!(entry(&world).await, @r#" "builder"   "401 Bad credentials""#);
}

#[tokio::test]
async fn who_sends_no_credential_leaves_no_entry() {
    let world = World::new().await;
    let entries = "SELECT COUNT(*) FROM audit_entry";
    let before = world.count(entries).await;
    assert_eq!(world.anonymous().post(JOBS, "{}").await.status, 401);
    assert_eq!(world.count(entries).await, before);
    let unknown = Token::generate(Kind::Runner);
    let ask = || {
        Request::post(JOBS)
            .header("host", "localhost")
            .header("authorization", format!("Bearer {}", unknown.reveal()))
            .extension(Peer {
                addr: Some(IpAddr::from([192, 0, 2, 1])),
                scheme: Scheme::Https,
                unix: false,
            })
            .body(Body::from("{}"))
            .expect("a request")
    };
    assert_eq!(world.raw(ask()).await.status, 401);
    assert_eq!(world.count(entries).await, before + 1);
    for _ in 0..110 {
        world.raw(ask()).await;
    }
    assert_eq!(
        world.count(entries).await,
        before + 100,
        "guesses are limited"
    );
}

#[tokio::test]
async fn a_ticket_is_redeemed_once() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let (id, text) = granted(&world, &world.writer, json!({"repository": CLAIM})).await;
    assert_eq!(
        by_runner(&world, &runner, json!({"ticket": text}))
            .await
            .status,
        201
    );
    let replayed = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(replayed.status, 410);
    insta::assert_snapshot!(entry(&world).await, @r#""runner builder" "builder" "octo-org/hello-world" 1 "410 The ticket was redeemed already.""#);
    assert_eq!(complete(&world, &runner, id).await, 204);
    let replayed = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(replayed.status, 410);
    insta::assert_snapshot!(entry(&world).await, @r#""runner builder" "builder" "octo-org/hello-world" 1 "410 The ticket was redeemed already.""#);
}

#[tokio::test]
async fn of_many_who_redeem_a_ticket_at_once_one_gets_it() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let (_, text) = granted(&world, &world.writer, json!({"repository": CLAIM})).await;
    let asked = (0..16).map(|_| by_runner(&world, &runner, json!({"ticket": text})));
    let answers = futures_util::future::join_all(asked).await;
    let count = |status: u16| {
        answers
            .iter()
            .filter(|reply| reply.status == status)
            .count()
    };
    assert_eq!((count(201), count(410)), (1, 15));
}

#[tokio::test]
async fn a_ticket_and_a_job_end_with_their_time() {
    let world = World::new().await;
    let runner = machine(&world, REPO, "builder").await;
    let (_, text) = granted(&world, &world.writer, json!({"repository": CLAIM})).await;
    world.clock.advance(3_600_000);
    let late = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(late.status, 410);
    insta::assert_snapshot!(entry(&world).await, @r#""runner builder" "builder" "octo-org/hello-world" 1 "410 The ticket has expired.""#);
    let body = json!({"repository": CLAIM, "timeout_minutes": 2});
    let id = by_runner(&world, &runner, body).await.json()["id"]
        .as_i64()
        .expect("an id");
    world.clock.advance(120_000);
    assert_eq!(complete(&world, &runner, id).await, 410);
    let runners = world
        .r#as(&world.owner)
        .get(&format!("{REPO}/runners/1"))
        .await;
    assert_eq!(runners.json()["busy"], false);
    assert_eq!(
        sealyard::delivery::end::sweep(&world.app)
            .await
            .expect("a sweep"),
        2
    );
    let entry = last_entry(&world).await;
    assert_eq!(
        (entry["action"].as_str(), entry["detail"].as_str()),
        (Some("workflows.completed_workflow_run"), Some("timed_out"))
    );
    assert_eq!(
        sealyard::delivery::end::sweep(&world.app)
            .await
            .expect("a sweep"),
        0
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM job_secret").await, 0);
    world.clock.advance(91 * 86_400_000);
    sealyard::delivery::end::sweep(&world.app)
        .await
        .expect("a sweep");
    assert_eq!(world.count("SELECT COUNT(*) FROM job").await, 0);
    let forgotten = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(forgotten.status, 404);
}

#[tokio::test]
async fn jobs_and_tickets_of_others_are_not_there() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let other = machine(&world, REPO, "other").await;
    let elsewhere = machine(&world, "/repos/octo-org/public-repo/actions", "elsewhere").await;
    let (id, text) = granted(&world, &world.writer, json!({"repository": CLAIM})).await;
    // Entries of two chains are told apart by time.
    world.clock.advance(1_000);
    let foreign = by_runner(&world, &elsewhere, json!({"ticket": text})).await;
    assert_eq!(foreign.status, 404);
    insta::assert_snapshot!(entry(&world).await, @r#""runner elsewhere" "elsewhere" "octo-org/hello-world" 1 "404 Not Found""#);
    assert_eq!(
        by_runner(&world, &runner, json!({"ticket": text}))
            .await
            .status,
        201
    );
    world.clock.advance(1_000);
    assert_eq!(complete(&world, &other, id).await, 404);
    insta::assert_snapshot!(entry(&world).await, @r#""runner other" "other" "octo-org/hello-world" 1 "404 Not Found""#);
    assert_eq!(complete(&world, &runner, 99).await, 404);
    let get = world
        .with_token(&other.credential)
        .get(&format!("{JOBS}/{id}"))
        .await;
    assert_eq!(get.status, 404);
    let stranger = world
        .r#as(&world.stranger)
        .post(&format!("{JOBS}/{id}/complete"), "")
        .await;
    assert_eq!(stranger.status, 404);
    world.clock.advance(1_000);
    let reader = world
        .r#as(&world.reader)
        .post(&format!("{JOBS}/{id}/complete"), "")
        .await;
    assert_eq!(reader.status, 403);
    insta::assert_snapshot!(entry(&world).await, @r#""reader"  "octo-org/hello-world" 1 "403 Must have admin rights to Repository.""#);
    world.clock.advance(1_000);
    let reader = world
        .r#as(&world.reader)
        .post(TICKETS, json!({"repository": CLAIM}).to_string())
        .await;
    assert_eq!(reader.status, 403);
    insta::assert_snapshot!(entry(&world).await, @r#""reader"  "octo-org/hello-world"  "403 Must have admin rights to Repository.""#);
    let in_chain_of_owner = world
        .count(
            "SELECT COUNT(*) FROM audit_entry JOIN account ON account.id = audit_entry.chain
             WHERE account.login = 'octo-org' AND entry LIKE '%reject_workflow_job%'",
        )
        .await;
    assert_eq!(
        in_chain_of_owner, 2,
        "what the reader sees; what is hidden is in the instance's"
    );
    let writer = world
        .r#as(&world.writer)
        .post(&format!("{JOBS}/{id}/complete"), "")
        .await;
    assert_eq!(writer.status, 204, "who may write may cancel");
}

#[tokio::test]
async fn values_are_only_for_the_key_that_the_runner_registered() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let another = sealyard_vault::SealingKeyPair::generate();
    let refused = open(
        &world,
        &runner.credential,
        &another,
        json!({"repository": CLAIM}),
    )
    .await;
    assert_eq!(refused.status, 403);
    insta::assert_snapshot!(entry(&world).await, @r#""runner builder" "builder" "octo-org/hello-world"  "403 The public key is not the one that the runner registered.""#);
    let mut tx = world.app.db.begin().await.expect("a write");
    tx.execute("UPDATE runner SET public_key = NULL", &[])
        .await
        .expect("a statement");
    tx.commit().await.expect("a commit");
    let refused = by_runner(&world, &runner, json!({"repository": CLAIM})).await;
    assert_eq!(refused.status, 403);
    insta::assert_snapshot!(entry(&world).await, @r#""runner builder" "builder" "octo-org/hello-world"  "403 The runner has no public key. Register it again with one.""#);
}

#[tokio::test]
async fn a_ticket_is_worth_what_its_maker_may() {
    let world = World::new().await;
    put(&world, REPO, "A", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let (_, text) = granted(&world, &world.writer, json!({"repository": CLAIM})).await;
    let path = "/repos/octo-org/hello-world/collaborators/writer";
    let removed = world.r#as(&world.owner).delete(path).await;
    assert_eq!(removed.status, 204);
    let refused = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(refused.status, 403);
    insta::assert_snapshot!(entry(&world).await, @r#""runner builder" "builder" "octo-org/hello-world" 1 "403 Whoever made the ticket may not write to the repository any more.""#);
}

#[tokio::test]
async fn a_refusal_that_cannot_be_written_down_is_unavailable() {
    let world = World::new().await;
    let runner = machine(&world, REPO, "builder").await;
    world.change("DROP TABLE audit_entry").await;
    let refused = by_runner(
        &world,
        &runner,
        json!({"repository": "octo-org/public-repo"}),
    )
    .await;
    assert_eq!(refused.status, 503);
}
