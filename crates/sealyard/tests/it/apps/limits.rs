//! What of apps can pile up, and where it ends.

use sealyard::apps::key::PublicKey;
use sealyard::apps::registration::{self, APPS_OF_OWNER_MAX, KEYS_OF_APP_MAX, NewApp};
use sealyard::apps::{AppId, Error, installation};
use sealyard::audit::Actor;
use sealyard::identity::permission::Permissions;

use super::{SECRETS, ask, installed, said};
use crate::world::{TestKey, World};

/// A key that nobody here can sign with.
const THIRD: &str = include_str!("../../cli/apps.in/public.pem");

fn is_too_many<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::TooMany { .. }))
}

async fn create(world: &World, owner: &str, name: &str) -> Result<(), Error> {
    let new = NewApp {
        owner: &world.account(owner).await,
        name,
        description: None,
        permissions: Permissions::default(),
    };
    let key = &TestKey::first().public;
    registration::create(&world.app, &Actor::operator(), &new, key)
        .await
        .map(|_| ())
}

#[tokio::test]
async fn an_owner_has_at_most_a_hundred_apps() {
    let world = World::new().await;
    for number in 1..=APPS_OF_OWNER_MAX {
        let made = create(&world, "octo-org", &format!("App {number}")).await;
        assert!(made.is_ok(), "{number}");
    }
    assert!(is_too_many(&create(&world, "octo-org", "One more").await));
    assert!(create(&world, "other-org", "One more").await.is_ok());
}

#[tokio::test]
async fn an_app_has_at_most_25_keys_and_each_once() {
    const COPY: &str = "
        INSERT INTO app_key (id, app_id, public_key, fingerprint, created_at)
        SELECT $1, app_id, public_key, $2, created_at FROM app_key WHERE id = 1";
    let world = World::new().await;
    let app = AppId(world.app("owner", SECRETS).await.id);
    let actor = Actor::operator();
    let first = &TestKey::first().public;
    let again = registration::add_key(&world.app, &actor, app, first).await;
    assert!(matches!(again, Err(Error::KeyTaken)));
    let mut tx = world.app.db.begin().await.expect("a write");
    for id in 1_002..1_000 + KEYS_OF_APP_MAX {
        let fingerprint = format!("SHA256:{id}");
        tx.execute(COPY, &[id.into(), (&fingerprint).into()])
            .await
            .expect("a copy");
    }
    tx.commit().await.expect("a commit");
    let second = &TestKey::second().public;
    let last = registration::add_key(&world.app, &actor, app, second).await;
    last.expect("the 25th key");
    let third = PublicKey::from_pem(THIRD).expect("a key");
    let full = registration::add_key(&world.app, &actor, app, &third).await;
    assert!(is_too_many(&full));
}

#[tokio::test]
async fn a_key_belongs_to_one_app() {
    let world = World::new().await;
    let (one, other) = (
        world.app("owner", SECRETS).await,
        world.app("owner", SECRETS).await,
    );
    let actor = Actor::operator();
    let key = registration::keys(&world.app, AppId(one.id))
        .await
        .expect("keys")[0]
        .id;
    let foreign = registration::delete_key(&world.app, &actor, AppId(other.id), key).await;
    assert!(matches!(foreign, Err(Error::NoSuchKey)));
    assert_eq!(world.count("SELECT COUNT(*) FROM app_key").await, 2);
}

#[tokio::test]
async fn names_of_apps_that_look_the_same_in_addresses_are_the_same() {
    let world = World::new().await;
    create(&world, "owner", "Secret Rotator")
        .await
        .expect("an app");
    for (owner, name) in [
        ("owner", "Secret Rotator"),
        ("member", "secret rotator"),
        ("octo-org", "SECRET--ROTATOR!"),
    ] {
        let taken = create(&world, owner, name).await;
        assert!(matches!(taken, Err(Error::NameTaken)), "{name}");
    }
    for name in ["", "   ", "日本", &"x".repeat(35), "a\u{0}b"] {
        let refused = create(&world, "owner", name).await;
        assert!(matches!(refused, Err(Error::Name)), "{name}");
    }
}

#[tokio::test]
async fn an_installation_has_at_most_5000_tokens_and_forgets_some_that_ended_with_each_new_one() {
    const COPIES: &str = "
        INSERT INTO installation_token (id, installation_id, mac, epoch, permissions, selection_id,
                                        created_at, expires_at)
        SELECT $1, installation_id, $2, epoch, permissions, $3, created_at, expires_at
        FROM installation_token WHERE id = 1";
    const CHOSEN: &str =
        "INSERT INTO selection_repository (selection_id, repository_id) VALUES ($1, 1)";
    let world = World::new().await;
    let (app, id, _) = installed(&world, SECRETS, None).await;
    let mut tx = world.app.db.begin().await.expect("a write");
    for number in 100_001_i64..105_000 {
        let mut mac = [0; 32];
        mac[..8].copy_from_slice(&number.to_be_bytes());
        let values = [number.into(), (&mac).into(), number.into()];
        tx.execute(COPIES, &values).await.expect("a copy");
        tx.execute(CHOSEN, &[number.into()]).await.expect("a row");
    }
    tx.commit().await.expect("a commit");
    let full = ask(&world, &app, id, "").await;
    let message = "The number of tokens of one installation is limited to 5000. Delete one before creating another.";
    assert_eq!(said(&full), (422, message.to_owned()));
    for gone in [
        "DELETE FROM selection_repository WHERE selection_id = 104999",
        "DELETE FROM installation_token WHERE id = 104999",
    ] {
        world.change(gone).await;
    }
    assert_eq!(ask(&world, &app, id, "").await.status, 201);
    world.clock.advance(3_600_000);
    // Each new one makes room for ten, so that no write is long.
    assert_eq!(ask(&world, &app, id, "").await.status, 201);
    for (sql, left) in [
        ("SELECT COUNT(*) FROM installation_token", 4_991),
        (
            "SELECT COUNT(*) FROM selection_repository WHERE selection_id NOT IN (
                 SELECT selection_id FROM installation_token WHERE selection_id IS NOT NULL)",
            0,
        ),
    ] {
        assert_eq!(world.count(sql).await, left, "{sql}");
    }
}

#[tokio::test]
async fn a_token_is_narrowed_to_at_most_500_repositories() {
    const REPOSITORY: &str = "
        INSERT INTO repository (id, owner_id, name, name_key, visibility, settings, created_at,
                                updated_at)
        SELECT $1, owner_id, $2, $2, visibility, settings, created_at, updated_at
        FROM repository WHERE id = 1";
    let world = World::new().await;
    let (app, id, _) = installed(&world, SECRETS, None).await;
    let mut tx = world.app.db.begin().await.expect("a write");
    let mut ids = Vec::new();
    for number in 1_001_i64..=1_501 {
        let name = format!("r{number}");
        tx.execute(REPOSITORY, &[number.into(), (&name).into()])
            .await
            .expect("a repository");
        ids.push(number.to_string());
    }
    tx.commit().await.expect("a commit");
    let body = |ids: &[String]| format!(r#"{{"repository_ids":[{}]}}"#, ids.join(","));
    let most = ask(&world, &app, id, &body(&ids[..500])).await;
    assert_eq!(most.status, 201, "{}", most.text());
    let repositories = most.json()["repositories"].as_array().map(Vec::len);
    assert_eq!(repositories, Some(500));
    let refusal = "Invalid request.\n\nNo more than 500 items are allowed; 501 were supplied.";
    let more = ask(&world, &app, id, &body(&ids)).await;
    assert_eq!(said(&more), (422, refusal.to_owned()));
    let both = body(&ids[..500]).replace('}', r#","repositories":["hello-world"]}"#);
    let both = ask(&world, &app, id, &both).await;
    assert_eq!(said(&both), (422, refusal.to_owned()));
}

#[tokio::test]
async fn an_account_has_at_most_1000_installations_of_at_most_2000_named_repositories() {
    const COPY: &str = "
        INSERT INTO app (id, owner_id, slug, name, client_id, permissions, created_at, updated_at)
        SELECT $1, owner_id, $2, name, $2, permissions, created_at, updated_at
        FROM app WHERE id = 1";
    const INSTALLED: &str = "
        INSERT INTO installation (id, app_id, account_id, permissions, created_at, updated_at)
        VALUES ($1, $1, 7, '', 1767323045, 1767323045)";
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let mut tx = world.app.db.begin().await.expect("a write");
    for number in 10_001_i64..=11_000 {
        let name = number.to_string();
        tx.execute(COPY, &[number.into(), (&name).into()])
            .await
            .expect("an app");
        tx.execute(INSTALLED, &[number.into()])
            .await
            .expect("an installation");
    }
    tx.commit().await.expect("a commit");
    let account = world.account("octo-org").await;
    let actor = Actor::operator();
    let id = AppId(app.id);
    let install = async |names: Option<&[String]>| {
        installation::install(&world.app, &actor, id, &account, names).await
    };
    assert!(is_too_many(&install(None).await));
    world
        .change("DELETE FROM installation WHERE id = 11000")
        .await;
    let names = vec!["hello-world".to_owned(); 2_001];
    assert!(is_too_many(&install(Some(&names)).await));
    assert!(install(Some(&names[..2_000])).await.is_ok());
}
