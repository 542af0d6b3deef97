//! Bodies come when their senders please. Meanwhile a request holds nothing that others wait for,
//! and when it goes on, it asks again who is calling.

use axum::body::Body;
use futures_util::future::{Either, join_all, select};
use futures_util::stream;
use http::Request;
use sealyard::audit::Actor;
use sealyard::identity;
use tokio::sync::oneshot;

use crate::world::{Reply, World};

const SECRETS: &str = "/repos/octo-org/hello-world/actions/secrets";

/// More than there are places for reads on SQLite, or connections on PostgreSQL.
const SLOW: usize = 100;

/// A PUT whose body comes when the sender says so.
fn slow_put(token: &str, path: &str) -> (oneshot::Sender<String>, Request<Body>) {
    let (sender, body) = oneshot::channel::<String>();
    let body = Body::from_stream(stream::once(body));
    let request = Request::put(path)
        .header("host", "localhost")
        .header("user-agent", "tests")
        .header("authorization", format!("Bearer {token}"))
        .body(body)
        .expect("a request");
    (sender, request)
}

/// Runs a request until it waits for its body, then `meanwhile`, then to its end.
async fn interrupted(world: &World, token: &str, meanwhile: impl AsyncFnOnce()) -> Reply {
    let body = world.sealed(SECRETS, b"value").await;
    let (sender, request) = slow_put(token, &format!("{SECRETS}/SLOW"));
    let mut put = std::pin::pin!(world.raw(request));
    let meanwhile = std::pin::pin!(async {
        // The request runs first, and up to its body.
        tokio::task::yield_now().await;
        meanwhile().await;
    });
    match select(put.as_mut(), meanwhile).await {
        Either::Left(_) => panic!("answered before its body came"),
        Either::Right(_) => {}
    }
    sender.send(body).expect("somebody reads");
    put.await
}

#[tokio::test]
async fn a_body_that_comes_in_time_is_taken() {
    let world = World::new().await;
    let reply = interrupted(&world, &world.writer.token, async || {}).await;
    assert_eq!(reply.status, 201);
}

#[tokio::test]
async fn a_token_that_is_revoked_before_its_body_comes_is_refused() {
    let world = World::new().await;
    let reply = Box::pin(interrupted(&world, &world.writer.token, async || {
        let user = identity::user(&world.app, "writer").await.expect("a user");
        let tokens = identity::list_tokens(&world.app, Some(&user), 0)
            .await
            .expect("tokens");
        for token in tokens {
            let actor = Actor::operator();
            identity::revoke_token(&world.app, &actor, token.id)
                .await
                .expect("revoked");
        }
    }))
    .await;
    assert_eq!(reply.status, 401);
    assert_eq!(world.count("SELECT COUNT(*) FROM secret").await, 0);
}

#[tokio::test]
async fn a_role_that_is_taken_before_the_body_comes_is_gone() {
    let world = World::new().await;
    let reply = Box::pin(interrupted(&world, &world.writer.token, async || {
        let owner = world.r#as(&world.owner);
        let removed = owner
            .delete("/repos/octo-org/hello-world/collaborators/writer")
            .await;
        assert_eq!(removed.status, 204);
    }))
    .await;
    assert_eq!(reply.status, 404);
    assert_eq!(world.count("SELECT COUNT(*) FROM secret").await, 0);
}

#[tokio::test]
async fn many_slow_bodies_keep_nobody_waiting() {
    let world = World::new().await;
    let slow: Vec<_> = (0..SLOW)
        .map(|_| slow_put(&world.stranger.token, &format!("{SECRETS}/SLOW")))
        .collect();
    let (senders, requests): (Vec<_>, Vec<_>) = slow.into_iter().unzip();
    let all = std::pin::pin!(join_all(
        requests.into_iter().map(|request| world.raw(request))
    ));
    let owner = std::pin::pin!(async {
        tokio::task::yield_now().await;
        world.r#as(&world.owner).get(SECRETS).await
    });
    let Either::Right((reply, all)) = select(all, owner).await else {
        panic!("answered before their bodies came");
    };
    assert_eq!(reply.status, 200);
    for sender in senders {
        sender.send("{}".to_owned()).expect("somebody reads");
    }
    assert!(all.await.iter().all(|reply| reply.status == 404));
}
