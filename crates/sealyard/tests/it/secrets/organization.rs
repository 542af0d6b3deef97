//! The life of an organisation's secrets.

use insta::assert_snapshot;
use sealyard::directory::Organization;
use sealyard::identity::Caller;
use sealyard::secrets::scope::Scope;

use super::{Place, put_with};
use crate::world::World;

const SECRETS: &str = "/orgs/octo-org/actions/secrets";

#[tokio::test]
async fn each_visibility_lives_from_creation_to_deletion() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{SECRETS}/gh_token");
    let mut seen = String::new();
    for visibility in ["all", "private", "selected"] {
        let more = format!(r#""visibility":"{visibility}""#);
        let body = world.sealed_with(SECRETS, b"one", &more).await;
        let created = owner.put(&path, body).await;
        world.clock.advance(60_000);
        let body = world.sealed_with(SECRETS, b"two", &more).await;
        let updated = owner.put(&path, body).await;
        let (got, listed) = (owner.get(&path).await, owner.get(SECRETS).await);
        let deleted = owner.delete(&path).await;
        let gone = owner.get(&path).await;
        for reply in [created, updated, got, listed, deleted, gone] {
            seen.push_str(&reply.brief());
            seen.push('\n');
        }
    }
    assert_snapshot!(seen, @r#"
    201 Created
    {}
    204 No Content

    200 OK
    {"name":"GH_TOKEN","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:05:05Z","visibility":"all"}
    200 OK
    {"total_count":1,"secrets":[{"name":"GH_TOKEN","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:05:05Z","visibility":"all"}]}
    204 No Content

    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#get-an-organization-secret"}
    201 Created
    {}
    204 No Content

    200 OK
    {"name":"GH_TOKEN","created_at":"2026-01-02T03:05:05Z","updated_at":"2026-01-02T03:06:05Z","visibility":"private"}
    200 OK
    {"total_count":1,"secrets":[{"name":"GH_TOKEN","created_at":"2026-01-02T03:05:05Z","updated_at":"2026-01-02T03:06:05Z","visibility":"private"}]}
    204 No Content

    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#get-an-organization-secret"}
    201 Created
    {}
    204 No Content

    200 OK
    {"name":"GH_TOKEN","created_at":"2026-01-02T03:06:05Z","updated_at":"2026-01-02T03:07:05Z","visibility":"selected","selected_repositories_url":"http://localhost/orgs/octo-org/actions/secrets/GH_TOKEN/repositories"}
    200 OK
    {"total_count":1,"secrets":[{"name":"GH_TOKEN","created_at":"2026-01-02T03:06:05Z","updated_at":"2026-01-02T03:07:05Z","visibility":"selected","selected_repositories_url":"http://localhost/orgs/octo-org/actions/secrets/GH_TOKEN/repositories"}]}
    204 No Content

    404 Not Found
    {"message":"Not Found","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#get-an-organization-secret"}
    "#);
}

#[tokio::test]
async fn the_value_that_is_kept_is_the_last_one_sealed() {
    let world = World::new().await;
    let scope = Scope::Organization(organization(&world).await);
    let more = r#""visibility":"all""#;
    let long = vec![0xff; 49_152];
    for value in [b"one".as_slice(), b"two", b"", &long] {
        let body = world.sealed_with(SECRETS, value, more).await;
        assert!(
            world
                .r#as(&world.owner)
                .put(&format!("{SECRETS}/A"), body)
                .await
                .status
                .is_success()
        );
        assert!(world.reveal(&scope, "A").await.as_deref() == Some(value));
    }
}

async fn organization(world: &World) -> Organization {
    let mut read = world.app.db.read().await.expect("a read");
    let by = sealyard::directory::store::OrganizationBy::Login("octo-org");
    let found = sealyard::directory::store::organization(&mut read, by, &Caller::Anonymous).await;
    found.expect("a query").expect("an organisation").0
}

#[tokio::test]
async fn the_thousandth_secret_is_the_last_and_can_be_updated() {
    let world = World::new().await;
    world.fill(1, 7, 999).await;
    let more = r#""visibility":"private""#;
    assert_eq!(
        put_with(&world, Place::Organization, "LAST", more).await,
        201
    );
    assert_eq!(
        put_with(&world, Place::Organization, "ONE_MORE", more).await,
        422
    );
    assert_eq!(
        put_with(&world, Place::Organization, "last", more).await,
        204
    );
    assert_eq!(
        put_with(&world, Place::Organization, "S_0001", more).await,
        204
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM secret").await, 1_000);
    let one = format!("{SECRETS}/S_0500");
    assert_eq!(world.r#as(&world.owner).delete(&one).await.status, 204);
    assert_eq!(
        put_with(&world, Place::Organization, "ONE_MORE", more).await,
        201
    );
}

#[tokio::test]
async fn a_secret_that_is_made_again_is_a_new_one() {
    let world = World::new().await;
    let more = r#""visibility":"all""#;
    let owner = world.r#as(&world.owner);
    assert_eq!(put_with(&world, Place::Organization, "A", more).await, 201);
    assert_eq!(owner.delete(&format!("{SECRETS}/A")).await.status, 204);
    world.clock.advance(1_000);
    assert_eq!(put_with(&world, Place::Organization, "A", more).await, 201);
    let secret = owner.get(&format!("{SECRETS}/A")).await.json();
    assert_eq!(secret["created_at"], "2026-01-02T03:04:06Z");
}

#[tokio::test]
async fn the_same_name_is_another_secret_in_each_place() {
    let world = World::new().await;
    let more = r#""visibility":"all""#;
    assert_eq!(put_with(&world, Place::Organization, "A", more).await, 201);
    assert_eq!(put_with(&world, Place::Repository, "A", "").await, 201);
    assert_eq!(put_with(&world, Place::Environment, "A", "").await, 201);
    let path = "/repos/octo-org/hello-world/actions/secrets/A";
    assert_eq!(world.r#as(&world.owner).delete(path).await.status, 204);
    assert_eq!(world.count("SELECT COUNT(*) FROM secret").await, 2);
}
