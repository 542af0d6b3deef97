//! The router, the description and the permission table agree on what takes a JWT.

use std::collections::BTreeMap;

use http::Method;
use sealyard::apps::routes::takes_jwt;
use sealyard::identity::permission::{Need, TABLE, row};
use sealyard::router;

use super::SECRETS;
use crate::world::World;

/// A path for a template: what stands in braces is the word itself.
fn path(template: &str) -> String {
    template.replace(['{', '}'], "")
}

#[tokio::test]
async fn the_paths_that_take_a_jwt_are_those_of_operations_that_need_one() {
    let world = World::new().await;
    let description = world.anonymous().get("/openapi.json").await.json();
    let paths = description["paths"].as_object().expect("paths");
    let mut needs = BTreeMap::new();
    for operation in TABLE {
        needs.insert(row(*operation).id, row(*operation).need);
    }
    let mut found = 0;
    for (template, item) in paths {
        for method in ["get", "put", "post", "patch", "delete"] {
            let Some(id) = item[method]["operationId"].as_str() else {
                continue;
            };
            let id = id.trim_end_matches("-by-id").trim_end_matches("-by-name");
            let Some(need) = needs.get(id) else { continue };
            let jwt = *need == Need::App;
            assert_eq!(takes_jwt(&path(template)), jwt, "{method} {template}");
            let security = &item[method]["security"][0];
            assert_eq!(security.get("jwt").is_some(), jwt, "{method} {template}");
            found += usize::from(jwt);
        }
    }
    // Two of them are there by name and by id.
    let in_table = TABLE
        .iter()
        .filter(|operation| row(**operation).need == Need::App);
    assert_eq!(found, in_table.count() + 2);
}

#[tokio::test]
async fn every_routed_path_takes_a_jwt_or_refuses_it() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let jwt = app.jwt(&world);
    let caller = world.with_token(&jwt);
    let no_jwt = "A JSON web token could not be decoded";
    for template in router::routes().templates() {
        for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
            let path = path(template);
            let asked = world.with_token("x");
            let asked = asked.send(method.clone(), &path, Vec::new()).await;
            assert_eq!(asked.status, 401, "{method} {template}");
            let asks_for_jwt = asked.text().contains(no_jwt);
            assert_eq!(asks_for_jwt, takes_jwt(&path), "{method} {template}");
            let sent = caller.send(method.clone(), &path, Vec::new()).await;
            assert_eq!(sent.status != 401, takes_jwt(&path), "{method} {template}");
        }
    }
}

#[test]
fn paths_that_only_look_like_those_of_apps_take_no_jwt() {
    for path in [
        "/apps",
        "/application",
        "/app2/installations",
        "/repos/octo-org/installation",
        "/repos/octo-org/installation/actions/secrets",
        "/repos/octo-org/hello-world/actions/secrets/installation",
        "/orgs/octo-org/actions/secrets/installation",
        "/orgs/installation",
        "/users/installation",
        "/user/installations",
        "/installation/repositories",
        "/installation/token",
        "/repositories/1/environments/installation",
        "/repositories/1/collaborators/installation",
    ] {
        assert!(!takes_jwt(path), "{path}");
    }
}
