//! A token may, whenever it is used, what it, its installation and its app have at that moment.

use http::Method;
use sealyard::apps::{AppId, Hand, installation, registration};
use sealyard::audit::Actor;

use super::{HELLO, ORG, SECRETS, ask, by_jwt, find, get_by_jwt, installed, said, update};
use crate::world::{TestApp, World};

/// Status of reading the secrets of `octo-org/hello-world` with a token.
async fn reads(world: &World, token: &str) -> (u16, String) {
    said(&world.with_token(token).get(HELLO).await)
}

fn refused(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

fn good() -> (u16, String) {
    refused(200, "")
}

async fn suspend(world: &World, app: &TestApp, suspended: bool) {
    let actor = Actor::operator();
    registration::set_suspended(&world.app, &actor, AppId(app.id), suspended)
        .await
        .expect("a change");
}

#[tokio::test]
async fn what_an_app_no_longer_asks_for_its_tokens_lose_at_the_next_request() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, None).await;
    assert_eq!(reads(&world, &token).await, good());
    update(&world, &app, "organization_secrets=read").await;
    let not_accessible = refused(403, "Resource not accessible by integration");
    assert_eq!(reads(&world, &token).await, not_accessible);
    let caller = world.with_token(&token);
    assert_eq!(caller.get(ORG).await.status, 200);
    assert_eq!(
        said(&caller.put(&format!("{ORG}/A"), "{}").await),
        not_accessible
    );
    let path = format!("/app/installations/{id}");
    let shown = get_by_jwt(&world, &app, &path).await.json();
    assert_eq!(shown["permissions"]["organization_secrets"], "read");
    assert!(shown["permissions"]["secrets"].is_null());
    // What was accepted once is given back without a new installation.
    update(&world, &app, SECRETS).await;
    assert_eq!(reads(&world, &token).await, good());
}

#[tokio::test]
async fn what_an_installation_no_longer_reaches_its_tokens_lose_at_the_next_request() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, None).await;
    let narrowed = world
        .mint(&app, id, r#"{"repositories":["hello-world"]}"#)
        .await;
    assert_eq!(reads(&world, &token).await, good());
    world
        .install(&app, "octo-org", Some(&["public-repo"]))
        .await;
    for token in [&token, &narrowed] {
        assert_eq!(reads(&world, token).await, refused(404, "Not Found"));
    }
    world
        .install(&app, "octo-org", Some(&["hello-world"]))
        .await;
    for token in [&token, &narrowed] {
        assert_eq!(reads(&world, token).await, good());
    }
}

#[tokio::test]
async fn the_tokens_of_a_suspended_installation_wait() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, None).await;
    let suspended = refused(403, "This installation has been suspended");
    let path = format!("/app/installations/{id}/suspended");
    by_jwt(&world, &app, Method::PUT, &path, "").await;
    assert_eq!(reads(&world, &token).await, suspended);
    // Before anything is looked up: what is not there is no different.
    let missing = world
        .with_token(&token)
        .get("/repos/octo-org/no-such")
        .await;
    assert_eq!(said(&missing), suspended);
    // Nor is a body read.
    assert_eq!(said(&ask(&world, &app, id, "").await), suspended);
    assert_eq!(said(&ask(&world, &app, id, "{").await), suspended);
    let shown = get_by_jwt(&world, &app, &format!("/app/installations/{id}")).await;
    assert_eq!(shown.json()["suspended_at"], "2026-01-02T03:04:05Z");
    by_jwt(&world, &app, Method::DELETE, &path, "").await;
    assert_eq!(reads(&world, &token).await, good());
}

#[tokio::test]
async fn a_suspended_app_and_all_its_tokens_wait() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, None).await;
    let suspended = refused(403, "This GitHub App has been suspended");
    suspend(&world, &app, true).await;
    assert_eq!(reads(&world, &token).await, suspended);
    assert_eq!(said(&get_by_jwt(&world, &app, "/app").await), suspended);
    assert_eq!(said(&ask(&world, &app, id, "").await), suspended);
    suspend(&world, &app, false).await;
    assert_eq!(reads(&world, &token).await, good());
    assert_eq!(get_by_jwt(&world, &app, "/app").await.status, 200);
}

#[tokio::test]
async fn the_tokens_of_an_app_that_was_taken_off_are_bad_credentials() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, None).await;
    let path = format!("/app/installations/{id}");
    assert_eq!(
        by_jwt(&world, &app, Method::DELETE, &path, "").await.status,
        204
    );
    assert_eq!(reads(&world, &token).await, refused(401, "Bad credentials"));
    assert_eq!(
        by_jwt(&world, &app, Method::DELETE, &path, "").await.status,
        404
    );
    assert_eq!(ask(&world, &app, id, "").await.status, 404);
    // A new installation is another one.
    assert_ne!(world.install(&app, "octo-org", None).await, id);
    assert_eq!(reads(&world, &token).await, refused(401, "Bad credentials"));
}

#[tokio::test]
async fn the_tokens_of_an_app_that_was_deleted_are_bad_credentials() {
    let world = World::new().await;
    let (app, _, token) = installed(&world, SECRETS, None).await;
    registration::delete(&world.app, &Actor::operator(), AppId(app.id))
        .await
        .expect("the app is gone");
    assert_eq!(reads(&world, &token).await, refused(401, "Bad credentials"));
    let own = get_by_jwt(&world, &app, "/app").await;
    assert_eq!(said(&own), refused(404, "Integration not found"));
}

#[tokio::test]
async fn what_a_key_signed_is_void_without_the_key_and_its_tokens_are_not() {
    let world = World::new().await;
    let (app, _, token) = installed(&world, SECRETS, None).await;
    let own = AppId(app.id);
    let keys = registration::keys(&world.app, own).await.expect("keys");
    registration::delete_key(&world.app, &Actor::operator(), own, keys[0].id)
        .await
        .expect("the key is gone");
    let refusal = refused(401, "A JSON web token could not be decoded");
    assert_eq!(said(&get_by_jwt(&world, &app, "/app").await), refusal);
    assert_eq!(reads(&world, &token).await, good());
}

#[tokio::test]
async fn a_repository_that_was_deleted_or_is_new_is_so_for_tokens_too() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, Some(&["hello-world"])).await;
    let narrowed = world.mint(&app, id, r#"{"repository_ids":[1]}"#).await;
    let total = async |token: &str| {
        let reply = world
            .with_token(token)
            .get("/installation/repositories")
            .await;
        reply.json()["total_count"].as_i64()
    };
    assert_eq!(
        (total(&token).await, total(&narrowed).await),
        (Some(1), Some(1))
    );
    let owner = world.r#as(&world.owner);
    owner.delete("/repos/octo-org/hello-world").await;
    assert_eq!(
        (total(&token).await, total(&narrowed).await),
        (Some(0), Some(0))
    );
    // Another one of that name is another one.
    let made = owner
        .post(
            "/orgs/octo-org/repos",
            r#"{"name":"hello-world","private":true}"#,
        )
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(reads(&world, &token).await, refused(404, "Not Found"));
    world.install(&app, "octo-org", None).await;
    assert_eq!(reads(&world, &token).await, good());
    assert_eq!(reads(&world, &narrowed).await, refused(404, "Not Found"));
}

#[tokio::test]
async fn an_installation_that_went_away_meanwhile_gets_no_token() {
    let world = World::new().await;
    let (_, id, _) = installed(&world, SECRETS, None).await;
    let seen = find(&world, id).await;
    let actor = Actor::operator();
    installation::uninstall(&world.app, &actor, &seen)
        .await
        .expect("it is gone");
    let narrowing = sealyard::apps::mint::Narrowing::default();
    let minted = sealyard::apps::mint::mint(&world.app, &actor, &seen, &narrowing).await;
    assert!(matches!(
        minted.map(|_| ()),
        Err(sealyard::apps::Error::NoSuchInstallation)
    ));
    let again = installation::set_suspended(&world.app, &actor, &seen, true, Hand::App).await;
    assert!(matches!(
        again,
        Err(sealyard::apps::Error::NoSuchInstallation)
    ));
}
