//! What the tests of delivery set that has no route of GitHub's in the description, or several.

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;

use super::town::Town;
use crate::world::World;

/// A world with or without `delivery.people`.
pub(super) async fn world(_people: bool) -> World {
    World::new().await
}

/// Protects branches of a repository.
pub(super) async fn protect(town: &Town, name: &str, branches: &BTreeSet<&'static str>) {
    for branch in branches {
        let branch = branch.replace('/', "%2F");
        let path = format!("/repos/{name}/branches/{branch}/protection");
        town.send(Method::PUT, &path, "{}".to_owned()).await;
    }
}

/// Adds a pattern to those of the environment at `path`.
pub(super) async fn pattern(town: &Town, path: &str, pattern: &str) {
    let body = json!({ "name": pattern }).to_string();
    town.send(
        Method::POST,
        &format!("{path}/deployment-branch-policies"),
        body,
    )
    .await;
}
