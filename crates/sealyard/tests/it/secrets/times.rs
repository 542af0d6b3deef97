//! Dates, revisions, and what is kept as it came.

use sealyard::app::Wire;
use sealyard::secrets::scope::Scope;

use super::{Place, put};
use crate::world::World;

const SECRETS: &str = "/repos/octo-org/hello-world/actions/secrets";

async fn updated_at(world: &World) -> String {
    let secret = world
        .r#as(&world.owner)
        .get(&format!("{SECRETS}/A"))
        .await
        .json();
    assert_eq!(secret["created_at"], "2026-01-02T03:04:05Z");
    secret["updated_at"].as_str().expect("a time").to_owned()
}

#[tokio::test]
async fn every_put_is_an_update_also_of_the_same_value() {
    let world = World::new().await;
    let body = world.sealed(SECRETS, b"value").await;
    let path = format!("{SECRETS}/A");
    let writer = world.r#as(&world.writer);
    assert_eq!(writer.put(&path, body.clone()).await.status, 201);
    world.clock.advance(1_999);
    assert_eq!(writer.put(&path, body).await.status, 204);
    assert_eq!(updated_at(&world).await, "2026-01-02T03:04:06Z");
}

#[tokio::test]
async fn a_secret_never_gets_older_when_the_clock_is_set_back() {
    let world = World::new().await;
    assert_eq!(put(&world, Place::Repository, "A").await, 201);
    world.clock.set(0);
    assert_eq!(put(&world, Place::Repository, "A").await, 204);
    assert_eq!(updated_at(&world).await, "2026-01-02T03:04:05Z");
}

#[tokio::test]
async fn a_secret_of_a_later_time_keeps_it_after_a_restart_with_an_earlier_clock() {
    let world = World::new().await;
    assert_eq!(put(&world, Place::Repository, "A").await, 201);
    // As if another process, whose clock was ahead, had written it.
    world
        .change("UPDATE secret SET updated_at = updated_at + 3600")
        .await;
    assert_eq!(put(&world, Place::Repository, "A").await, 204);
    assert_eq!(updated_at(&world).await, "2026-01-02T04:04:05Z");
    world.clock.advance(7_200_000);
    assert_eq!(put(&world, Place::Repository, "A").await, 204);
    assert_eq!(updated_at(&world).await, "2026-01-02T05:04:05Z");
}

#[tokio::test]
async fn two_writes_within_a_second_differ_in_revision_only() {
    let world = World::new().await;
    let (path, revision) = (format!("{SECRETS}/A"), "SELECT revision FROM secret");
    let owner = world.r#as(&world.owner);
    put(&world, Place::Repository, "A").await;
    let (first, number) = (owner.get(&path).await, world.count(revision).await);
    put(&world, Place::Repository, "A").await;
    let second = owner.get(&path).await;
    assert_eq!(first.text(), second.text());
    assert_ne!(first.header("etag"), second.header("etag"));
    assert_eq!(world.count(revision).await, number + 1);
}

#[tokio::test]
async fn what_does_not_open_is_kept_as_it_came_only_if_the_settings_say_so() {
    let strict = World::new().await;
    let lenient = World::with(Wire {
        accept_unopened: true,
        ..Wire::default()
    })
    .await;
    for (world, status, rows) in [(&strict, 422, 0), (&lenient, 201, 1)] {
        let key = world
            .r#as(&world.owner)
            .get(&format!("{SECRETS}/public-key"))
            .await
            .json();
        let id = key["key_id"].as_str().expect("an id");
        let body = format!(r#"{{"encrypted_value":"c2VjcmV0","key_id":"{id}"}}"#);
        let reply = world
            .r#as(&world.writer)
            .put(&format!("{SECRETS}/A"), body)
            .await;
        assert_eq!(reply.status, status);
        let unopened = "SELECT COUNT(*) FROM secret WHERE unopened IS NOT NULL";
        assert_eq!(world.count(unopened).await, rows);
    }
    let scope = scope(&lenient).await;
    assert_eq!(
        lenient.reveal(&scope, "A").await.as_deref(),
        Some(b"secret".as_slice())
    );
    // A key that nobody knows is refused all the same, and a box that opens is opened.
    let unknown = r#"{"encrypted_value":"c2VjcmV0","key_id":"1"}"#;
    let reply = lenient
        .r#as(&lenient.writer)
        .put(&format!("{SECRETS}/B"), unknown)
        .await;
    assert_eq!(reply.status, 422);
    assert_eq!(put(&lenient, Place::Repository, "A").await, 204);
    let unopened = "SELECT COUNT(*) FROM secret WHERE unopened IS NOT NULL";
    assert_eq!(lenient.count(unopened).await, 0);
    assert_eq!(
        lenient.reveal(&scope, "A").await.as_deref(),
        Some(b"value".as_slice())
    );
}

async fn scope(world: &World) -> Scope {
    use sealyard::directory::store::{RepositoryBy, repository};
    let mut read = world.app.db.read().await.expect("a read");
    let by = RepositoryBy::Name {
        owner: "octo-org",
        name: "hello-world",
    };
    let seen = repository(&mut read, by, &sealyard::identity::Caller::Anonymous, None)
        .await
        .expect("a query");
    Scope::Repository(seen.expect("a repository").repository)
}

#[tokio::test]
async fn a_secret_that_was_deleted_and_made_again_within_a_second_has_another_tag() {
    let world = World::new().await;
    let secrets = "/repos/octo-org/hello-world/actions/secrets";
    let writer = world.r#as(&world.writer);
    let mut tags = Vec::new();
    for value in [b"one", b"two"] {
        writer.delete(&format!("{secrets}/A")).await;
        let body = world.sealed(secrets, value).await;
        assert_eq!(writer.put(&format!("{secrets}/A"), body).await.status, 201);
        for path in [format!("{secrets}/A"), secrets.to_owned()] {
            tags.push(
                writer
                    .get(&path)
                    .await
                    .header("etag")
                    .expect("a tag")
                    .to_owned(),
            );
        }
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4);
}
