//! What protects an environment holds.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    PRODUCTION, REPO, TICKETS, by_runner, given, granted, last_entry, machine, protect, put, ticket,
};
use crate::world::World;

const CLAIM: &str = "octo-org/hello-world";

#[tokio::test]
async fn a_runner_alone_gets_nothing_of_a_protected_environment() {
    let world = World::new().await;
    put(&world, PRODUCTION, "E", b"v").await;
    let runner = machine(&world, REPO, "builder").await;
    let body = json!({"repository": CLAIM, "environment": "production"});
    let reviewer = json!([{"type": "User", "id": world.owner.id}]);
    let policy = json!({"protected_branches": true, "custom_branch_policies": false});
    for settings in [
        json!({"wait_timer": 1}),
        json!({"reviewers": reviewer}),
        json!({"deployment_branch_policy": policy}),
    ] {
        protect(&world, settings).await;
        let refused = by_runner(&world, &runner, body.clone()).await;
        assert_eq!(refused.status, 403);
        let message = refused.json()["message"]
            .as_str()
            .expect("a text")
            .to_owned();
        assert!(
            message.starts_with("The environment is protected"),
            "{message}"
        );
    }
    protect(&world, json!({})).await;
    let opened = by_runner(&world, &runner, body).await;
    assert_eq!(given(&opened, &runner.keys)["E"].1, b"v");
    let missing = json!({"repository": CLAIM, "environment": "staging"});
    assert_eq!(by_runner(&world, &runner, missing).await.status, 404);
}

#[tokio::test]
async fn the_timer_runs_from_the_making_of_the_ticket() {
    let world = World::new().await;
    put(&world, PRODUCTION, "E", b"v").await;
    protect(&world, json!({"wait_timer": 10})).await;
    let runner = machine(&world, REPO, "builder").await;
    let claims = json!({"repository": CLAIM, "environment": "production"});
    let made = ticket(&world, &world.writer, claims).await.json();
    assert_eq!(made["status"], "waiting");
    assert_eq!(made["not_before"], "2026-01-02T03:14:05Z");
    assert_eq!(made["expires_at"], "2026-01-02T04:14:05Z");
    let text = made["ticket"].as_str().expect("a ticket");
    world.clock.advance(599_000);
    let early = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_snapshot!(early.brief(), @r#"
    409 Conflict
    {"message":"The environment's wait timer runs until 2026-01-02T03:14:05Z.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    world.clock.advance(1_000);
    let opened = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(given(&opened, &runner.keys)["E"].1, b"v");
}

#[tokio::test]
async fn a_reviewer_lets_a_job_pass() {
    let world = World::new().await;
    put(&world, PRODUCTION, "E", b"v").await;
    let reviewers =
        json!([{"type": "User", "id": world.reader.id}, {"type": "User", "id": world.writer.id}]);
    let settings = json!({"reviewers": reviewers, "prevent_self_review": true});
    protect(&world, settings).await;
    let runner = machine(&world, REPO, "builder").await;
    let claims = json!({"repository": CLAIM, "environment": "production"});
    let (id, text) = granted(&world, &world.writer, claims).await;
    let approve = format!("{TICKETS}/{id}/approve");
    let early = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_snapshot!(early.brief(), @r#"
    409 Conflict
    {"message":"The job waits for a review: one of the environment's reviewers approves its ticket.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    let owner = world.r#as(&world.owner).post(&approve, "").await;
    assert_snapshot!(owner.brief(), @r#"
    403 Forbidden
    {"message":"You are not a reviewer of the environment.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    let own = world.r#as(&world.writer).post(&approve, "").await;
    assert_snapshot!(own.brief(), @r#"
    403 Forbidden
    {"message":"Nobody approves their own job in this environment.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    let stranger = world.r#as(&world.stranger).post(&approve, "").await;
    assert_eq!(stranger.status, 404);
    // A reviewer has a week to look, and more.
    world.clock.advance(29 * 86_400_000);
    let approved = world.r#as(&world.reader).post(&approve, "").await;
    assert_snapshot!(approved.brief(), @r#"
    200 OK
    {"id":1,"status":"queued","conclusion":null,"repository":"octo-org/hello-world","environment":"production","ref":null,"event":"workflow_dispatch","fork":false,"created_by":"writer","approved_by":"reader","runner":null,"created_at":"2026-01-02T03:04:05Z","not_before":"2026-01-02T03:04:05Z","expires_at":"2026-01-31T04:04:05Z","started_at":null,"completed_at":null}
    "#);
    assert_snapshot!(last_entry(&world).await, @r#"{"action":"workflows.approve_workflow_job","actor":"reader","actor_id":5,"environment_name":"production","job_id":1,"org":"octo-org","repo":"octo-org/hello-world","repository_id":1,"token_id":5}"#);
    let again = world.r#as(&world.reader).post(&approve, "").await;
    assert_eq!(again.text(), approved.text());
    let opened = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(given(&opened, &runner.keys)["E"].1, b"v");
    let late = world.r#as(&world.reader).post(&approve, "").await;
    assert_eq!(late.status, 410);
}

#[tokio::test]
async fn rules_that_come_while_a_ticket_waits_hold_for_it() {
    let world = World::new().await;
    let runner = machine(&world, REPO, "builder").await;
    let claims =
        json!({"repository": CLAIM, "environment": "production", "ref": "refs/heads/topic"});
    let (id, text) = granted(&world, &world.writer, claims.clone()).await;
    let reviewers = json!([{"type": "User", "id": world.reader.id}]);
    protect(&world, json!({"reviewers": reviewers})).await;
    let waits = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(waits.status, 409);
    let approve = format!("{TICKETS}/{id}/approve");
    assert_eq!(
        world.r#as(&world.reader).post(&approve, "").await.status,
        200
    );
    // Whoever approved is no reviewer any more.
    let reviewers = json!([{"type": "User", "id": world.owner.id}]);
    protect(&world, json!({"reviewers": reviewers})).await;
    let waits = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(waits.status, 409);
    let policy = json!({"protected_branches": true, "custom_branch_policies": false});
    protect(&world, json!({"deployment_branch_policy": policy})).await;
    let refused = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_snapshot!(refused.brief(), @r#"
    403 Forbidden
    {"message":"The environment's deployment branches do not include this ref.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    let refused = ticket(&world, &world.writer, claims).await;
    assert_eq!(refused.status, 403);
    let on_main =
        json!({"repository": CLAIM, "environment": "production", "ref": "refs/heads/main"});
    let (_, on_main) = granted(&world, &world.writer, on_main).await;
    let opened = by_runner(&world, &runner, json!({"ticket": on_main})).await;
    assert_eq!(opened.status, 201);
    // An environment of the same name is another one.
    let owner = world.r#as(&world.owner);
    assert_eq!(owner.delete(PRODUCTION).await.status, 204);
    protect(&world, json!({})).await;
    let gone = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_eq!(gone.status, 404);
}
