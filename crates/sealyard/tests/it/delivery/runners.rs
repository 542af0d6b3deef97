//! What runners do with their credentials besides jobs.

use insta::assert_snapshot;
use serde_json::json;

use super::{ORG, REPO, machine, serve};
use crate::world::World;

const HEARTBEAT: &str = "/api/sealyard/v1/runners/heartbeat";

#[tokio::test]
async fn a_heartbeat_makes_a_runner_online_for_a_minute() {
    let world = World::new().await;
    let runner = machine(&world, REPO, "builder").await;
    let path = format!("{REPO}/runners/{}", runner.id);
    let owner = world.r#as(&world.owner);
    assert_eq!(owner.get(&path).await.json()["status"], "offline");
    let beat = world
        .with_token(&runner.credential)
        .post(HEARTBEAT, "")
        .await;
    assert_eq!(beat.status, 204);
    assert_eq!(owner.get(&path).await.json()["status"], "online");
    world.clock.advance(61_000);
    assert_eq!(owner.get(&path).await.json()["status"], "offline");
    assert_eq!(owner.post(HEARTBEAT, "").await.status, 401);
    assert_eq!(world.anonymous().post(HEARTBEAT, "").await.status, 401);
}

#[tokio::test]
async fn a_runners_credential_opens_nothing_else() {
    let world = World::new().await;
    let runner = machine(&world, ORG, "builder").await;
    let machine = world.with_token(&runner.credential);
    for path in [
        "/user",
        "/orgs/octo-org",
        "/repos/octo-org/hello-world",
        "/repos/octo-org/public-repo",
        "/",
    ] {
        assert_eq!(machine.get(path).await.status, 401, "{path}");
    }
    assert_eq!(machine.get(&format!("{ORG}/runners")).await.status, 401);
    assert_eq!(
        machine.delete(&format!("{ORG}/runners/1")).await.status,
        401
    );
}

#[tokio::test]
async fn the_owner_says_which_repositories_a_runner_serves() {
    let world = World::new().await;
    let runner = machine(&world, ORG, "builder").await;
    let path = format!(
        "/api/sealyard/v1/orgs/octo-org/runners/{}/repositories",
        runner.id
    );
    let owner = world.r#as(&world.owner);
    assert_snapshot!(owner.get(&path).await.brief(), @r#"
    200 OK
    {"total_count":0,"selected_repository_ids":[]}
    "#);
    assert_eq!(serve(&world, &runner, &[1, 2]).await.status, 204);
    assert_eq!(serve(&world, &runner, &[2, 3]).await.status, 204);
    assert_snapshot!(owner.get(&path).await.brief(), @r#"
    200 OK
    {"total_count":2,"selected_repository_ids":[2,3]}
    "#);
    // The last repository is another organisation's.
    assert_snapshot!(serve(&world, &runner, &[1, 4]).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"A selected repository is not one of the organization's.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    assert_eq!(
        owner.get(&path).await.json()["total_count"],
        2,
        "nothing has changed"
    );
    assert_eq!(world.r#as(&world.member).get(&path).await.status, 403);
    let body = json!({"selected_repository_ids": []}).to_string();
    assert_eq!(
        world
            .r#as(&world.member)
            .put(&path, body.clone())
            .await
            .status,
        403
    );
    let missing = "/api/sealyard/v1/orgs/octo-org/runners/99/repositories";
    assert_eq!(owner.put(missing, body).await.status, 404);
    let of_repository = machine_of_repository(&world).await;
    let path = format!("/api/sealyard/v1/orgs/octo-org/runners/{of_repository}/repositories");
    assert_eq!(owner.get(&path).await.status, 404);
}

async fn machine_of_repository(world: &World) -> i64 {
    machine(world, REPO, "own").await.id
}
