//! Writes that meet in one group of commits on SQLite: nobody is told what is not yet durable.

use std::pin::pin;

use futures_util::FutureExt as _;
use http::Method;
use sealyard_sql::Engine;

use crate::world::{World, engine};

const REPO: &str = "/repos/octo-org/hello-world";
const ENROL: &str = "/api/sealyard/v1/runners";

/// Sends the same request twice, the second while the first waits for its commit; both statuses.
async fn twice(method: Method, path: &str, body: String) -> [u16; 2] {
    let world = World::new().await;
    let body = body.replace("TOKEN", &with_runner(&world).await);
    let admin = world.r#as(&world.admin);
    let send = || Box::pin(admin.send(method.clone(), path, body.clone().into_bytes()));
    let turn = world.app.db.begin().await.expect("a turn");
    let (mut one, mut other) = (send(), send());
    let mut last = pin!(world.app.db.begin());
    // They queue in this order; the last one's turn keeps the group from being committed.
    assert!(one.as_mut().now_or_never().is_none(), "{path}");
    assert!(other.as_mut().now_or_never().is_none(), "{path}");
    assert!(last.as_mut().now_or_never().is_none(), "{path}");
    drop(turn);
    assert!(one.as_mut().now_or_never().is_none(), "{path}");
    let early = other.as_mut().now_or_never();
    assert!(early.is_none(), "{method} {path} {body}: told too early");
    drop(last.await);
    [one.await.status.as_u16(), other.await.status.as_u16()]
}

/// Enrols runner 1 in `octo-org/hello-world`; the token that did.
async fn with_runner(world: &World) -> String {
    let path = format!("{REPO}/actions/runners/registration-token");
    let made = world.r#as(&world.owner).post(&path, "").await.json();
    let token = made["token"].as_str().expect("a token").to_owned();
    let body = format!(r#"{{"token":"{token}","name":"one","labels":["gpu"]}}"#);
    assert_eq!(world.anonymous().post(ENROL, body).await.status, 201);
    token
}

#[tokio::test]
async fn a_request_that_changes_nothing_waits_for_the_change_it_has_seen() {
    if engine() == Engine::Postgres {
        // Nobody there sees what is not committed.
        return;
    }
    let put = |path: &str, body: &str| (Method::PUT, path.to_owned(), body.to_owned());
    let in_repo = |path: &str| format!("{REPO}/{path}");
    let changes = [
        put(&in_repo("collaborators/stranger"), ""),
        put("/orgs/octo-org/memberships/stranger", ""),
        put(&in_repo("environments/new"), ""),
        put(&in_repo("actions/runners/1/labels"), r#"{"labels":["x"]}"#),
        (
            Method::PATCH,
            REPO.to_owned(),
            r#"{"description":"x"}"#.to_owned(),
        ),
        (
            Method::DELETE,
            in_repo("collaborators/writer"),
            String::new(),
        ),
    ];
    for (method, path, body) in changes {
        let [one, other] = twice(method, &path, body).await;
        assert_eq!(one, other, "{path}");
        assert!([200, 204].contains(&other), "{path}: {other}");
    }
}

#[tokio::test]
async fn a_refusal_waits_for_the_change_it_rests_on() {
    if engine() == Engine::Postgres {
        return;
    }
    let post =
        |path: &str, body: &str, status| (Method::POST, path.to_owned(), body.to_owned(), status);
    let delete = |path: &str| (Method::DELETE, path.to_owned(), String::new(), 404);
    let in_repo = |path: &str| format!("{REPO}/{path}");
    let refused = [
        post("/orgs/octo-org/repos", r#"{"name":"new"}"#, 422),
        post(
            "/admin/organizations",
            r#"{"login":"new","admin":"owner"}"#,
            422,
        ),
        post(ENROL, r#"{"token":"TOKEN","name":"two"}"#, 409),
        delete("/orgs/octo-org/memberships/member"),
        delete(REPO),
        delete(&in_repo("environments/production")),
        delete(&in_repo("actions/runners/1")),
        delete(&in_repo("actions/runners/1/labels/gpu")),
    ];
    for (method, path, body, status) in refused {
        let [one, other] = twice(method, &path, body).await;
        assert!([200, 201, 204].contains(&one), "{path}: {one}");
        assert_eq!(other, status, "{path}");
    }
}
