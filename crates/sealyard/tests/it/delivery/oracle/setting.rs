//! What tests of delivery set that is not of the model's making.

use http::Method;
use sealyard::app::Wire;
use serde_json::json;

use super::town::Town;
use crate::world::World;

/// A world with or without `delivery.people`.
pub(super) async fn world(people: bool) -> World {
    World::with(Wire {
        deliver_to_people: people,
        ..Wire::default()
    })
    .await
}

/// Makes a branch the default one of a repository.
pub(super) async fn default_branch(town: &Town, name: &str, branch: &str) {
    let body = json!({ "default_branch": branch }).to_string();
    town.send(Method::PATCH, &format!("/repos/{name}"), body)
        .await;
}

/// Adds a pattern, for branches (`heads`) or for `tags`, to those of the environment at `path`.
pub(super) async fn pattern(town: &Town, path: &str, kind: &str, pattern: &str) {
    let kind = if kind == "heads" { "branch" } else { "tag" };
    let body = json!({ "name": pattern, "type": kind }).to_string();
    let path = format!("{path}/deployment-branch-policies");
    town.send(Method::POST, &path, body).await;
}
