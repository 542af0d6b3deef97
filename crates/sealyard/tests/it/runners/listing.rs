//! Runners as they are listed and looked at: by whom, and how they are.

use insta::assert_snapshot;

use super::{ORG, REPO, enrol, last_entry, registration_token, set};
use crate::world::World;

#[tokio::test]
async fn runners_come_in_pages_and_by_name() {
    let world = World::new().await;
    let token = registration_token(&world, ORG).await;
    for name in ["c", "a", "b"] {
        enrol(&world, &token, name).await;
    }
    let owner = world.r#as(&world.owner);
    let page = owner.get(&format!("{ORG}?per_page=2")).await;
    assert_snapshot!(page.header("link").unwrap(), @r#"<http://localhost/organizations/7/actions/runners?per_page=2&page=2>; rel="next", <http://localhost/organizations/7/actions/runners?per_page=2&page=2>; rel="last""#);
    assert_eq!(page.json()["total_count"], 3);
    let names = async |query: &str| -> Vec<String> {
        let json = owner.get(&format!("{ORG}?{query}")).await.json();
        let runners = json["runners"].as_array().unwrap();
        runners
            .iter()
            .map(|runner| runner["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("per_page=2").await, ["c", "a"]);
    assert_eq!(names("per_page=2&page=2").await, ["b"]);
    assert_eq!(names("name=b").await, ["b"]);
    for nobody in ["name=B", "name=", "name=%00", "name=%ff", "name=b&page=2"] {
        assert!(names(nobody).await.is_empty(), "{nobody}");
    }
}

#[tokio::test]
async fn a_runner_is_online_for_a_minute_after_it_was_heard_of() {
    let world = World::new().await;
    let token = registration_token(&world, ORG).await;
    enrol(&world, &token, "one").await;
    let owner = world.r#as(&world.owner);
    let status = async || owner.get(&format!("{ORG}/1")).await.json()["status"].clone();
    assert_eq!(status().await, "offline");
    set(&world, "UPDATE runner SET last_seen_at = 1767323045").await;
    assert_eq!(status().await, "online");
    world.clock.advance(60_000);
    assert_eq!(status().await, "online");
    world.clock.advance(1_000);
    assert_eq!(status().await, "offline");
}

#[tokio::test]
async fn a_busy_runner_stays_until_it_falls_silent() {
    let world = World::new().await;
    let token = registration_token(&world, ORG).await;
    enrol(&world, &token, "one").await;
    set(&world, "UPDATE runner SET last_seen_at = 1767323045").await;
    set(
        &world,
        "INSERT INTO job (id, repository_id, fork, created_at, runner_id, started_at, lease_ends_at)
         VALUES (1, 1, 0, 1767323045, 1, 1767323045, 1767326645)",
    )
    .await;
    let owner = world.r#as(&world.owner);
    let path = format!("{ORG}/1");
    assert_snapshot!(owner.delete(&path).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Bad request - Runner \"one\" is still running a job\"","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#delete-a-self-hosted-runner-from-an-organization"}
    "#);
    world.clock.advance(61_000);
    assert_snapshot!(owner.delete(&path).await.whole(), @"
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    ");
    assert_eq!(
        last_entry(&world).await["action"],
        "org.remove_self_hosted_runner"
    );
    assert_eq!(owner.delete(&path).await.status, 404);
    assert_eq!(owner.get(&path).await.status, 404);
    assert_eq!(world.count("SELECT COUNT(*) FROM runner_label").await, 0);
    // Its name is free again, its id is not.
    let token = registration_token(&world, ORG).await;
    assert_eq!(enrol(&world, &token, "one").await.json()["id"], 2);
}

#[tokio::test]
async fn nobody_reaches_a_runner_of_another_scope() {
    let world = World::new().await;
    let token = registration_token(&world, REPO).await;
    enrol(&world, &token, "one").await;
    let owner = world.r#as(&world.owner);
    let own = "/repos/owner/own/actions/runners/1";
    for path in [
        format!("{ORG}/1"),
        own.to_owned(),
        format!("{ORG}/1/labels"),
    ] {
        assert_eq!(owner.get(&path).await.status, 404, "{path}");
        assert_eq!(owner.delete(&path).await.status, 404, "{path}");
    }
    let labels = r#"{"labels":["x"]}"#;
    assert_eq!(
        owner.post(&format!("{own}/labels"), labels).await.status,
        404
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM runner").await, 1);
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM runner_label WHERE read_only = 0")
            .await,
        1
    );
    assert_eq!(owner.get(&format!("{REPO}/x")).await.status, 404);
}

#[tokio::test]
async fn only_owners_and_administrators_see_runners() {
    let world = World::new().await;
    for person in [&world.member, &world.stranger] {
        assert_eq!(world.r#as(person).get(ORG).await.status, 403);
        let made = world
            .r#as(person)
            .post(&format!("{ORG}/registration-token"), "")
            .await;
        assert_eq!(made.status, 403);
    }
    assert_eq!(world.anonymous().get(ORG).await.status, 401);
    assert_eq!(world.r#as(&world.writer).get(REPO).await.status, 403);
    assert_eq!(world.r#as(&world.stranger).get(REPO).await.status, 404);
    assert_eq!(world.count("SELECT COUNT(*) FROM runner_token").await, 0);
}

#[tokio::test]
async fn a_repository_that_goes_away_takes_its_runners_and_tokens_along() {
    let world = World::new().await;
    let org_token = registration_token(&world, ORG).await;
    enrol(&world, &org_token, "one").await;
    let token = registration_token(&world, REPO).await;
    enrol(&world, &token, "one").await;
    let owner = world.r#as(&world.owner);
    assert_eq!(
        owner.delete("/repos/octo-org/hello-world").await.status,
        204
    );
    assert_eq!(enrol(&world, &token, "two").await.status, 401);
    for left in [
        "SELECT COUNT(*) FROM runner WHERE scope_kind = 2",
        "SELECT COUNT(*) FROM runner_token WHERE scope_kind = 2",
        "SELECT COUNT(*) FROM runner_label WHERE runner_id = 2",
    ] {
        assert_eq!(world.count(left).await, 0, "{left}");
    }
    assert_eq!(owner.get(ORG).await.json()["total_count"], 1);
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM runner_label WHERE runner_id = 1")
            .await,
        4
    );
}
