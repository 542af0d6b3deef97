//! Which secrets a job gets.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    ORG, PRODUCTION, REPO, by_runner, given, granted, last_entry, lines, machine, put, put_shared,
};
use crate::world::World;

#[tokio::test]
async fn the_environment_wins_over_the_repository_and_that_over_the_organisation() {
    let world = World::new().await;
    for name in ["A", "B", "C"] {
        put_shared(&world, name, b"organization", r#""visibility":"all""#).await;
    }
    put(&world, REPO, "A", b"repository").await;
    put(&world, REPO, "B", b"repository").await;
    put(&world, PRODUCTION, "A", b"environment").await;
    let runner = machine(&world, REPO, "builder").await;
    let body = json!({"repository": "octo-org/hello-world", "environment": "Production"});
    let opened = by_runner(&world, &runner, body).await;
    assert_snapshot!(lines(&opened, &runner.keys), @"
    A environment environment
    B repository repository
    C organization organization
    ");
}

#[tokio::test]
async fn only_the_first_hundred_organisation_secrets_are_given() {
    let world = World::new().await;
    for number in 0..101 {
        let name = format!("N{number:03}");
        put_shared(&world, &name, b"v", r#""visibility":"all""#).await;
    }
    // It takes a place among the hundred though it is hidden by the repository's.
    put(&world, REPO, "N000", b"own").await;
    let runner = machine(&world, REPO, "builder").await;
    let opened = by_runner(
        &world,
        &runner,
        json!({"repository": "octo-org/hello-world"}),
    )
    .await;
    let given = given(&opened, &runner.keys);
    assert_eq!(given.len(), 100);
    assert!(!given.contains_key("N100"));
    assert_eq!(given["N000"].1, b"own");
}

#[tokio::test]
async fn a_fork_gets_nothing_whatever_the_event() {
    let world = World::new().await;
    put(&world, REPO, "A", b"repository").await;
    put(&world, PRODUCTION, "B", b"environment").await;
    put_shared(&world, "C", b"organization", r#""visibility":"all""#).await;
    let runner = machine(&world, REPO, "builder").await;
    for event in [
        "pull_request",
        "pull_request_target",
        "workflow_run",
        "push",
    ] {
        let claims = json!({
            "repository": "octo-org/hello-world", "environment": "production", "event": event,
            "fork": true, "ref": "refs/pull/1/merge",
        });
        let (_, text) = granted(&world, &world.writer, claims).await;
        assert_eq!(world.count("SELECT COUNT(*) FROM job_secret").await, 0);
        let opened = by_runner(&world, &runner, json!({"ticket": text})).await;
        assert_eq!(given(&opened, &runner.keys).len(), 0, "{event}");
        let entry = last_entry(&world).await;
        assert_eq!(entry["fork"], true);
        assert_eq!(entry["secrets_passed"], json!([]));
    }
}

#[tokio::test]
async fn a_ticket_keeps_what_there_was_and_the_environment_gives_what_there_is() {
    let world = World::new().await;
    put_shared(&world, "O", b"old", r#""visibility":"all""#).await;
    put(&world, REPO, "R", b"old").await;
    put(&world, REPO, "GONE", b"old").await;
    put(&world, PRODUCTION, "E", b"old").await;
    let claims = json!({"repository": "octo-org/hello-world", "environment": "production"});
    let (_, text) = granted(&world, &world.writer, claims).await;
    put_shared(
        &world,
        "O",
        b"new",
        r#""visibility":"selected","selected_repository_ids":[]"#,
    )
    .await;
    put(&world, REPO, "R", b"new").await;
    put(&world, REPO, "LATER", b"new").await;
    put(&world, PRODUCTION, "E", b"new").await;
    let gone = world
        .r#as(&world.owner)
        .delete(&format!("{REPO}/secrets/GONE"))
        .await;
    assert_eq!(gone.status, 204);
    let runner = machine(&world, REPO, "builder").await;
    let opened = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_snapshot!(lines(&opened, &runner.keys), @"
    E environment new
    GONE repository old
    O organization old
    R repository old
    ");
}

#[tokio::test]
async fn visibility_decides_which_repositories_get_an_organisation_secret() {
    let world = World::new().await;
    put_shared(&world, "ALL", b"v", r#""visibility":"all""#).await;
    put_shared(&world, "PRIVATE", b"v", r#""visibility":"private""#).await;
    let one = r#""visibility":"selected","selected_repository_ids":[2]"#;
    put_shared(&world, "SELECTED", b"v", one).await;
    let mut seen = Vec::new();
    for name in ["hello-world", "public-repo", "internal-repo"] {
        let path = format!("/repos/octo-org/{name}/actions");
        let runner = machine(&world, &path, "builder").await;
        let body = json!({"repository": format!("octo-org/{name}")});
        let given = given(&by_runner(&world, &runner, body).await, &runner.keys);
        seen.push(format!("{name}: {:?}", given.keys().collect::<Vec<_>>()));
    }
    assert_snapshot!(seen.join("\n"), @r#"
    hello-world: ["ALL", "PRIVATE"]
    public-repo: ["ALL", "SELECTED"]
    internal-repo: ["ALL", "PRIVATE"]
    "#);
    assert!(ORG.starts_with("/orgs"));
}

#[tokio::test]
async fn a_record_that_does_not_open_fails_the_job_by_name() {
    let world = World::new().await;
    put(&world, REPO, "GOOD", b"v").await;
    world.fill(2, 1, 2).await;
    let claims = json!({"repository": "octo-org/hello-world"});
    let (id, text) = granted(&world, &world.writer, claims.clone()).await;
    let runner = machine(&world, REPO, "builder").await;
    let refused = by_runner(&world, &runner, json!({"ticket": text})).await;
    assert_snapshot!(refused.brief(), @r#"
    422 Unprocessable Entity
    {"message":"These secrets do not open: repository S_0001, repository S_0002. Set them again.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    assert_snapshot!(last_entry(&world).await, @r#"{"action":"workflows.reject_workflow_job","actor":"runner builder","detail":"does not open: repository S_0001, repository S_0002","job_id":1,"org":"octo-org","repo":"octo-org/hello-world","repository_id":1,"runner_id":1,"runner_name":"builder"}"#);
    let job = world
        .r#as(&world.reader)
        .get(&format!("/api/sealyard/v1/jobs/{id}"))
        .await;
    assert_eq!(job.json()["conclusion"], "failure");
    let alone = by_runner(&world, &runner, claims.clone()).await;
    assert_eq!(alone.status, 422);
    let mut only = claims;
    only["only"] = json!(["GOOD"]);
    let opened = by_runner(&world, &runner, only).await;
    assert_eq!(given(&opened, &runner.keys)["GOOD"].1, b"v");
}
