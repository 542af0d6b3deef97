//! The wire, one table of rules per file; docs/COMPATIBILITY.md is the same in prose.

mod aliases;
mod bad_input;
mod coverage;
mod errors;
mod etags;
mod headers;
mod invalid_request;
mod origin;
mod pages;
mod rate_limits;
mod redirects;
mod slow_bodies;

use std::fmt::Write as _;

use crate::world::{Reply, World};

/// The secrets of `octo-org`.
const ORG: &str = "/orgs/octo-org/actions/secrets";
/// The secrets of `octo-org/hello-world`, which is private.
const REPO: &str = "/repos/octo-org/hello-world/actions/secrets";
/// The secrets of `octo-org/public-repo`.
const PUBLIC: &str = "/repos/octo-org/public-repo/actions/secrets";
/// The secrets of the environment `production` of `octo-org/hello-world`.
const ENV: &str = "/repos/octo-org/hello-world/environments/production/secrets";

/// One request in a new world of each profile, and both whole answers.
async fn in_both(ask: impl AsyncFn(&World) -> Reply) -> String {
    let mut out = String::new();
    for world in [World::new().await, World::github_com().await] {
        let answer = ask(&world).await.whole();
        write!(out, "[{}]\n{answer}\n\n", world.app.wire.profile).expect("a string");
    }
    out
}

/// Puts a secret where `path` says, as `owner`. `more` are members of an organisation's body.
async fn put(world: &World, path: &str, name: &str, more: &str) {
    let body = match more {
        "" => world.sealed(path, b"value").await,
        more => world.sealed_with(path, b"value", more).await,
    };
    let reply = world
        .r#as(&world.owner)
        .put(&format!("{path}/{name}"), body)
        .await;
    assert!(reply.status.is_success(), "{}", reply.brief());
}

/// Gives `octo-org` the runner 1.
async fn enrol(world: &World) {
    const RUNNER: &str = "
        INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, created_at)
        SELECT 1, 1, 7, 'builder', 'linux', uuid, 1, 1767323045 FROM instance";
    const LABEL: &str = "
        INSERT INTO runner_label (id, runner_id, name, name_key, read_only)
        VALUES (1, 1, 'self-hosted', 'self-hosted', 1)";
    world.change(RUNNER).await;
    world.change(LABEL).await;
}
