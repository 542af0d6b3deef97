//! Apps as the command line orders them: what goes over `admin.sock` is JSON, both ways.

use sealyard::admin::apps::{Made, Order};
use sealyard::admin::{Command, Outcome, execute};
use sealyard::apps::AppId;
use sealyard::apps::key::PublicKey;
use sealyard::apps::registration;

use super::{SECRETS, get_by_jwt, installed, said};
use crate::world::{TestApp, TestKey, World};

/// Has an order carried out as the socket does.
async fn order(world: &World, order: Order) -> Outcome {
    let sent = serde_json::to_vec(&Command::App(order)).expect("JSON");
    let command = serde_json::from_slice(&sent).expect("an order");
    let answered = serde_json::to_vec(&execute(&world.app, command).await).expect("JSON");
    serde_json::from_slice(&answered).expect("an outcome")
}

fn create(name: &str) -> Order {
    Order::Create {
        owner: "octo-org".to_owned(),
        name: name.to_owned(),
        permissions: SECRETS.to_owned(),
        description: Some("for tests".to_owned()),
    }
}

/// The app's newest key as kept.
async fn newest(world: &World, app: i64) -> PublicKey {
    const SQL: &str = "
        SELECT public_key FROM app_key WHERE app_id = $1 ORDER BY id DESC LIMIT 1";
    let mut read = world.app.db.read().await.expect("a read");
    let row = read.query_one(SQL, &[app.into()]).await.expect("a key");
    PublicKey::from_der(row.get(0).expect("DER")).expect("a key")
}

#[tokio::test]
async fn the_private_key_that_is_handed_out_signs_for_the_app() {
    let world = World::new().await;
    let Outcome::App(Made::App {
        id,
        client_id,
        private_key,
    }) = order(&world, create("Rotator")).await
    else {
        panic!("no app");
    };
    let pair = TestKey::of(private_key.reveal(), newest(&world, id).await);
    let app = TestApp {
        id,
        client_id,
        slug: "rotator".to_owned(),
        key: Box::leak(Box::new(pair)),
    };
    let own = get_by_jwt(&world, &app, "/app").await.json();
    assert_eq!(
        (&own["slug"], &own["description"]),
        (&"rotator".into(), &"for tests".into())
    );

    let Outcome::App(Made::Key {
        private_key: Some(second),
        ..
    }) = order(
        &world,
        Order::AddKey {
            app: id,
            public_key: None,
        },
    )
    .await
    else {
        panic!("no key");
    };
    let pair = TestKey::of(second.reveal(), newest(&world, id).await);
    let app = TestApp {
        key: Box::leak(Box::new(pair)),
        ..app
    };
    assert_eq!(get_by_jwt(&world, &app, "/app").await.status, 200);
}

#[tokio::test]
async fn a_private_key_is_not_taken_for_a_public_one() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    for pem in [
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "",
    ] {
        let public_key = Some(pem.to_owned());
        let refused = order(
            &world,
            Order::AddKey {
                app: app.id,
                public_key,
            },
        )
        .await;
        assert!(matches!(refused, Outcome::Refused(_)), "{pem}");
    }
    let keys = registration::keys(&world.app, AppId(app.id)).await;
    assert_eq!(keys.expect("keys").len(), 1);
}

#[tokio::test]
async fn suspending_by_order_holds_at_the_next_request() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, None).await;
    let reads = async || {
        let reply = world
            .with_token(&token)
            .get("/repos/octo-org/hello-world")
            .await;
        said(&reply)
    };
    let suspend_app = |suspended| Order::SuspendApp {
        app: app.id,
        suspended,
    };
    let suspend = |suspended| Order::SuspendInstallation {
        installation: id,
        suspended,
    };
    for (orders, message) in [
        (
            [suspend_app(true), suspend_app(false)],
            "This GitHub App has been suspended",
        ),
        (
            [suspend(true), suspend(false)],
            "This installation has been suspended",
        ),
    ] {
        let [hold, release] = orders;
        assert!(matches!(order(&world, hold).await, Outcome::Done));
        assert_eq!(reads().await, (403, message.to_owned()));
        assert!(matches!(order(&world, release).await, Outcome::Done));
        assert_eq!(reads().await.0, 200);
    }
    let gone = order(&world, Order::Uninstall { installation: id }).await;
    assert!(matches!(gone, Outcome::Done));
    assert_eq!(reads().await.0, 401);
}

#[tokio::test]
async fn lists_go_on_after_the_first_hundred() {
    const INSTALLED: &str = "
        INSERT INTO installation (id, app_id, account_id, permissions, created_at, updated_at)
        SELECT account.id + 1000, 1, account.id, '', 0, 0 FROM account WHERE account.id > 100";
    const ACCOUNT: &str = "
        INSERT INTO account (id, kind, login, login_key, created_at, updated_at)
        VALUES ($1, 'User', $2, $2, 0, 0)";
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let mut tx = world.app.db.begin().await.expect("a write");
    for number in 101_i64..=301 {
        let login = format!("user-{number}");
        tx.execute(ACCOUNT, &[number.into(), (&login).into()])
            .await
            .expect("an account");
    }
    tx.commit().await.expect("a commit");
    world.change(INSTALLED).await;
    let Outcome::Rows(rows) = order(&world, Order::Show { app: app.id }).await else {
        panic!("no rows");
    };
    assert_eq!(rows.len(), 1 + 1 + 201);
    let gone = order(&world, Order::Delete { app: app.id }).await;
    assert!(matches!(gone, Outcome::Done));
    assert_eq!(world.count("SELECT COUNT(*) FROM installation").await, 0);
    let Outcome::Rows(rows) = order(&world, Order::List).await else {
        panic!("no rows");
    };
    assert_eq!(rows.len(), 1);
}
