//! What an app cannot do about itself: end what an operator began, reach beyond what was chosen, leave
//! things behind that pile up.

use axum::body::Body;
use http::Request;
use sealyard::apps::{Error, Hand, InstallationId, installation};
use sealyard::audit::Actor;
use sealyard::serve::{Peer, Scheme};

use super::{SECRETS, said};
use crate::world::{RS256, World};

/// `GET /app` from one address.
async fn from_there(world: &World, jwt: &str) -> u16 {
    let request = Request::get("/app")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {jwt}"))
        .extension(Peer {
            addr: Some([192, 0, 2, 7].into()),
            scheme: Scheme::Https,
            unix: false,
        });
    let request = request.body(Body::empty()).expect("a request");
    world.raw(request).await.status.as_u16()
}

async fn suspend(world: &World, id: i64, suspended: bool, by: Hand) -> Result<(), Error> {
    let found = installation::find(&world.app, InstallationId(id)).await?;
    installation::set_suspended(&world.app, &Actor::operator(), &found, suspended, by).await
}

#[tokio::test]
async fn what_an_operator_suspended_the_app_does_not_let_go_on() {
    let world = World::new().await;
    let app = world.app("octo-org", SECRETS).await;
    let id = world.install(&app, "octo-org", None).await;
    let token = world.mint(&app, id, "").await;
    let (jwt, path) = (
        app.jwt(&world),
        format!("/app/installations/{id}/suspended"),
    );
    let itself = world.with_token(&jwt);
    let list = async || {
        let reply = world
            .with_token(&token)
            .get("/repos/octo-org/hello-world/actions/secrets")
            .await;
        reply.status.as_u16()
    };
    // What it began, it ends.
    assert_eq!(itself.put(&path, "").await.status, 204);
    assert_eq!(list().await, 403);
    assert_eq!(itself.delete(&path).await.status, 204);
    assert_eq!(list().await, 200);
    // An operator takes over what it began, and it cannot take that back.
    for began in [false, true] {
        if began {
            assert_eq!(itself.put(&path, "").await.status, 204);
        }
        suspend(&world, id, true, Hand::Operator)
            .await
            .expect("suspended");
        assert_eq!(itself.put(&path, "").await.status, 204);
        let refused = itself.delete(&path).await;
        assert_eq!(
            said(&refused),
            (
                403,
                "This installation was suspended by its account, which alone can let it go on."
                    .to_owned()
            )
        );
        assert_eq!(list().await, 403);
        suspend(&world, id, false, Hand::Operator)
            .await
            .expect("let go");
        assert_eq!(list().await, 200);
    }
}

#[tokio::test]
async fn whoever_reaches_chosen_repositories_makes_none() {
    let world = World::new().await;
    let app = world.app("octo-org", "administration=write").await;
    let id = world.install(&app, "octo-org", None).await;
    let whole = world.mint(&app, id, "").await;
    let narrowed = world
        .mint(&app, id, r#"{"repositories":["public-repo"]}"#)
        .await;
    let integration = (403, "Resource not accessible by integration".to_owned());
    // Also under a name that is hidden from it, and one that leads elsewhere.
    for name in ["new", "hello-world"] {
        let body = format!(r#"{{"name":"{name}"}}"#);
        let made = world
            .with_token(&narrowed)
            .post("/orgs/octo-org/repos", body)
            .await;
        assert_eq!(said(&made), integration, "{name}");
    }
    let made = world
        .with_token(&whole)
        .post("/orgs/octo-org/repos", r#"{"name":"new"}"#)
        .await;
    assert_eq!(made.status, 201);
}

#[tokio::test]
async fn an_empty_object_of_permissions_asks_for_none() {
    let world = World::new().await;
    let app = world.app("octo-org", SECRETS).await;
    let id = world.install(&app, "octo-org", None).await;
    let token = world.mint(&app, id, r#"{"permissions":{}}"#).await;
    let caller = world.with_token(&token);
    let seen = caller.get("/repos/octo-org/hello-world").await;
    assert_eq!(seen.status, 200);
    let list = caller
        .get("/repos/octo-org/hello-world/actions/secrets")
        .await;
    assert_eq!(
        said(&list),
        (403, "Resource not accessible by integration".to_owned())
    );
}

#[tokio::test]
async fn tokens_that_ended_leave_nothing_behind() {
    const KEPT: &str = "
        SELECT (SELECT COUNT(*) FROM installation_token)
             + (SELECT COUNT(*) FROM selection_repository)";
    let world = World::new().await;
    let app = world.app("octo-org", SECRETS).await;
    let id = world.install(&app, "octo-org", None).await;
    let narrow = r#"{"repositories":["hello-world","public-repo","PUBLIC-REPO"]}"#;
    for _ in 0..3 {
        let token = world.mint(&app, id, narrow).await;
        assert_eq!(
            world
                .with_token(&token)
                .delete("/installation/token")
                .await
                .status,
            204
        );
        assert_eq!(
            world
                .with_token(&token)
                .get("/installation/repositories")
                .await
                .status,
            401
        );
    }
    assert_eq!(world.count(KEPT).await, 0);
    for _ in 0..3 {
        world.mint(&app, id, narrow).await;
    }
    assert_eq!(world.count(KEPT).await, 9);
    world.clock.advance(3_600_000);
    world.mint(&app, id, "").await;
    assert_eq!(world.count(KEPT).await, 1);
}

#[tokio::test]
async fn guessing_at_apps_counts_as_bad_credentials() {
    let world = World::new().await;
    let app = world.app("octo-org", SECRETS).await;
    let now = world.app.clock.now_s();
    let unknown = app.key.sign(
        RS256,
        &format!(r#"{{"iat":{},"exp":{},"iss":999}}"#, now - 60, now + 540),
    );
    let mut statuses = Vec::new();
    for _ in 0..101 {
        statuses.push(from_there(&world, &unknown).await);
    }
    assert!(statuses[..100].iter().all(|status| *status == 404));
    assert_eq!(statuses[100], 403);
    // Who has a good one goes on.
    let good = app.jwt(&world);
    assert_eq!(from_there(&world, &good).await, 200);
}
