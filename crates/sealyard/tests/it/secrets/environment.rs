//! The life of an environment's secrets.

use insta::assert_snapshot;

use super::{Place, put};
use crate::world::World;

const SECRETS: &str = "/repos/octo-org/hello-world/environments/production/secrets";

#[tokio::test]
async fn an_environment_secret_lives_from_creation_to_deletion() {
    let world = World::new().await;
    let writer = world.r#as(&world.writer);
    let path = format!("{SECRETS}/gh_token");
    let body = world.sealed(SECRETS, b"one").await;
    let created = writer.put(&path, body).await;
    world.clock.advance(60_000);
    let body = world.sealed(SECRETS, b"two").await;
    let updated = writer.put(&path, body).await;
    let (got, listed) = (writer.get(&path).await, writer.get(SECRETS).await);
    let deleted = writer.delete(&path).await;
    let again = writer.delete(&path).await;
    let all = [created, updated, got, listed, deleted, again].map(|reply| reply.brief());
    assert_snapshot!(all.join("\n"), @r#"
    201 Created
    {}
    204 No Content

    200 OK
    {"name":"GH_TOKEN","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:05:05Z"}
    200 OK
    {"total_count":1,"secrets":[{"name":"GH_TOKEN","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:05:05Z"}]}
    204 No Content

    404 Not Found
    {}
    "#);
}

#[tokio::test]
async fn each_place_has_a_key_of_its_own_in_one_generation() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let mut keys = Vec::new();
    for path in [
        SECRETS,
        "/repos/octo-org/hello-world/actions/secrets",
        "/repos/octo-org/public-repo/actions/secrets",
        "/orgs/octo-org/actions/secrets",
    ] {
        let first = owner.get(&format!("{path}/public-key")).await;
        let second = owner.get(&format!("{path}/public-key")).await;
        assert_eq!(first.text(), second.text());
        assert_eq!(first.header("etag"), second.header("etag"));
        keys.push(first.json());
    }
    let one = keys[0]["key_id"].as_str().expect("an id");
    assert!(
        (18..=19).contains(&one.len()) && one.bytes().all(|byte| byte.is_ascii_digit()),
        "{one}"
    );
    assert!(keys.iter().all(|key| key["key_id"] == one));
    for (index, key) in keys.iter().enumerate() {
        assert!(keys[..index].iter().all(|other| other["key"] != key["key"]));
    }
}

#[tokio::test]
async fn a_name_with_a_slash_and_a_space_is_one_environment() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let environment = "/repos/octo-org/hello-world/environments/test%20a%2FB";
    assert_eq!(owner.put(environment, "").await.status, 200);
    let secrets = format!("{environment}/secrets");
    let body = world.sealed(&secrets, b"value").await;
    assert_eq!(owner.put(&format!("{secrets}/A"), body).await.status, 201);
    let lower = format!(
        "{}/secrets",
        environment.to_lowercase().replace("%2f", "%2F")
    );
    assert_eq!(owner.get(&lower).await.json()["total_count"], 1);
    let listed = owner.get(&format!("{secrets}?per_page=1&page=2")).await;
    let link = listed.header("link").expect("links");
    assert!(
        link.contains("/repositories/1/environments/test%20a%2FB/secrets?"),
        "{link}"
    );
    assert_eq!(owner.get(SECRETS).await.json()["total_count"], 0);
}

#[tokio::test]
async fn an_environment_that_goes_away_takes_its_secrets_along() {
    let world = World::new().await;
    put(&world, Place::Environment, "A").await;
    let owner = world.r#as(&world.owner);
    let environment = SECRETS.trim_end_matches("/secrets");
    let old = world.sealed(SECRETS, b"value").await;
    assert_eq!(owner.delete(environment).await.status, 204);
    assert_eq!(owner.get(SECRETS).await.status, 404);
    assert_eq!(world.count("SELECT COUNT(*) FROM secret").await, 0);
    assert_eq!(owner.put(environment, "").await.status, 200);
    assert_eq!(owner.get(SECRETS).await.json()["total_count"], 0);
    let refused = owner.put(&format!("{SECRETS}/A"), old).await;
    assert_eq!(refused.status, 422, "a box for the environment that was");
}

#[tokio::test]
async fn a_repository_that_goes_away_takes_all_its_secrets_along() {
    let world = World::new().await;
    for place in [Place::Environment, Place::Repository] {
        put(&world, place, "A").await;
    }
    let path = "/repos/octo-org/hello-world";
    assert_eq!(world.r#as(&world.owner).delete(path).await.status, 204);
    for table in [
        "SELECT COUNT(*) FROM secret",
        "SELECT COUNT(*) FROM sealing_key",
        "SELECT COUNT(*) FROM environment",
    ] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn the_hundredth_secret_is_the_last_and_can_be_updated() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    for (place, kind, path) in [
        (Place::Environment, 3, SECRETS),
        (
            Place::Repository,
            2,
            "/repos/octo-org/hello-world/actions/secrets",
        ),
    ] {
        world.fill(kind, 1, 99).await;
        assert_eq!(put(&world, place, "LAST").await, 201);
        assert_eq!(put(&world, place, "ONE_MORE").await, 422);
        assert_eq!(put(&world, place, "S_0001").await, 204);
        assert_eq!(owner.delete(&format!("{path}/S_0002")).await.status, 204);
        assert_eq!(put(&world, place, "ONE_MORE").await, 201);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM secret").await, 200);
}
