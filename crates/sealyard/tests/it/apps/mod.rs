//! Apps: their JWTs, their installations, and what the tokens of these may.

mod answers;
mod at_use;
mod contained;
mod jwt;
mod life;
mod limits;
mod narrowing;
mod orders;
mod permission;
mod places;
mod table;

use std::fmt::Write as _;

use http::Method;
use sealyard::apps::{AppId, Installation, InstallationId, installation, registration};
use sealyard::audit::Actor;
use sealyard::identity::permission::Permissions;

use crate::world::{Reply, TestApp, World};

/// What most apps here ask for.
const SECRETS: &str = "secrets=write,organization_secrets=write";
/// The secrets of `octo-org/hello-world`.
const HELLO: &str = "/repos/octo-org/hello-world/actions/secrets";
/// The secrets of `octo-org`.
const ORG: &str = "/orgs/octo-org/actions/secrets";

/// An app that is installed on `octo-org`, in these repositories or in all; app, installation, and
/// a token of it.
async fn installed(
    world: &World,
    permissions: &str,
    repositories: Option<&[&str]>,
) -> (TestApp, i64, String) {
    let app = world.app("owner", permissions).await;
    let id = world.install(&app, "octo-org", repositories).await;
    let token = world.mint(&app, id, "").await;
    (app, id, token)
}

/// A request with an app's JWT.
async fn by_jwt(world: &World, app: &TestApp, method: Method, path: &str, body: &str) -> Reply {
    let jwt = app.jwt(world);
    let body = body.as_bytes().to_vec();
    world.with_token(&jwt).send(method, path, body).await
}

async fn get_by_jwt(world: &World, app: &TestApp, path: &str) -> Reply {
    by_jwt(world, app, Method::GET, path, "").await
}

/// Asks for a token of an installation.
async fn ask(world: &World, app: &TestApp, installation: i64, body: &str) -> Reply {
    let path = format!("/app/installations/{installation}/access_tokens");
    by_jwt(world, app, Method::POST, &path, body).await
}

/// Asks with each body, and says what came of it in a line each.
async fn ask_all(world: &World, app: &TestApp, installation: i64, bodies: &[&str]) -> String {
    let mut out = String::new();
    for body in bodies {
        let (status, message) = said(&ask(world, app, installation, body).await);
        writeln!(out, "{status} {message:?} {body}").expect("a string");
    }
    out
}

async fn find(world: &World, id: i64) -> Installation {
    installation::find(&world.app, InstallationId(id))
        .await
        .expect("an installation")
}

async fn update(world: &World, app: &TestApp, permissions: &str) {
    let permissions = Permissions::parse(permissions).expect("permissions");
    let actor = Actor::operator();
    registration::update(&world.app, &actor, AppId(app.id), permissions)
        .await
        .expect("an update");
}

/// Status and message.
fn said(reply: &Reply) -> (u16, String) {
    let message = reply.json()["message"].as_str().unwrap_or("").to_owned();
    (reply.status.as_u16(), message)
}
