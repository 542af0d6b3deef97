//! The description, the router and the permission table speak of the same operations.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request};
use sealyard::apps::routes::takes_jwt;
use sealyard::identity::permission::{Operation, TABLE, row};

use crate::openapi;
use crate::world::{As, Reply, World};

/// The base of an Enterprise Server's documentation of operations.
const REFERENCE: &str = "https://docs.github.com/enterprise/3.2/rest/reference/";

/// A path of the world for a template.
fn concrete(template: &str) -> String {
    let mut path = template.to_owned();
    for (parameter, value) in [
        ("{org}", "octo-org"),
        ("{org_id}", "7"),
        ("{owner}", "octo-org"),
        ("{repo}", "hello-world"),
        ("{repository_id}", "1"),
        ("{environment_name}", "production"),
        ("{branch_policy_id}", "1"),
        ("{secret_name}", "A"),
        ("{runner_id}", "1"),
        ("{job_id}", "1"),
        ("{name}", "gpu"),
        ("{username}", "member"),
        ("{installation_id}", "999"),
    ] {
        path = path.replace(parameter, value);
    }
    assert!(
        !path.contains('{'),
        "{template} has a parameter that this test does not know"
    );
    path
}

/// What names the target of an operation whose path does not: `octo-org/hello-world`.
fn body(template: &str) -> &'static str {
    match template {
        "/api/sealyard/v1/tickets" => r#"{"repository":"octo-org/hello-world"}"#,
        "/api/sealyard/v1/jobs" => {
            r#"{"repository":"octo-org/hello-world","public_key":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk="}"#
        }
        _ => "",
    }
}

async fn send(caller: &As<'_>, method: &str, template: &str) -> Reply {
    let method: Method = method.parse().expect("a method");
    let body = body(template).into();
    caller.send(method, &concrete(template), body).await
}

/// The credential of a runner, which alone is asked for there.
async fn machine(world: &World) -> String {
    let path = "/orgs/octo-org/actions/runners/registration-token";
    let token = world.r#as(&world.owner).post(path, "").await.json();
    let body = serde_json::json!({"token": token["token"], "name": "builder"}).to_string();
    let anonymous = world.anonymous();
    let made = anonymous.post("/api/sealyard/v1/runners", body).await;
    let made = made.json();
    made["credential"]
        .as_str()
        .expect("a credential")
        .to_owned()
}

const HEARTBEAT: &str = "/api/sealyard/v1/runners/heartbeat";

/// Whether it is the router's own answer.
fn is_no_route(reply: &Reply) -> bool {
    reply.status == 404
        && reply.header("x-accepted-oauth-scopes").is_none()
        && reply
            .text()
            .ends_with(r#""documentation_url":"https://docs.github.com/enterprise/3.2/rest"}"#)
}

/// Operations that answer anybody, because what they say is public.
const PUBLIC: [&str; 10] = [
    "GET /",
    "GET /meta",
    "GET /zen",
    "GET /openapi.json",
    "GET /users/{username}",
    "GET /orgs/{org}",
    "GET /organizations/{org_id}",
    "GET /orgs/{org}/repos",
    "GET /organizations/{org_id}/repos",
    "POST /api/sealyard/v1/runners",
];

/// What a user without any role may besides: look at themselves, and make what is theirs.
const OWN: [&str; 6] = [
    "GET /user",
    "GET /user/orgs",
    "GET /user/repos",
    "POST /user/repos",
    "POST /graphql",
    "POST /api/graphql",
];

/// The described operations that do not refuse a caller.
async fn open_to(caller: &As<'_>) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    for (method, template) in openapi::operations() {
        let reply = send(caller, method, template).await;
        assert!(!is_no_route(&reply), "{method} {template} is not routed");
        if !matches!(reply.status.as_u16(), 401 | 403 | 404) {
            open.insert(format!("{method} {template}"));
        }
    }
    open
}

#[tokio::test]
async fn a_route_that_does_not_exist_is_told_apart() {
    let world = World::new().await;
    assert!(is_no_route(
        &world.r#as(&world.owner).get("/no/route").await
    ));
    assert!(!is_no_route(
        &world.r#as(&world.owner).get("/orgs/no-such-org").await
    ));
}

#[tokio::test]
async fn every_described_operation_refuses_the_anonymous_or_is_public() {
    let world = World::new().await;
    let expected = PUBLIC.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(open_to(&world.anonymous()).await, expected);
}

#[tokio::test]
async fn every_described_operation_refuses_a_stranger_what_is_not_theirs() {
    let world = World::new().await;
    let expected = PUBLIC
        .iter()
        .chain(&OWN)
        .map(|text| (*text).to_owned())
        .collect();
    assert_eq!(open_to(&world.r#as(&world.stranger)).await, expected);
}

#[tokio::test]
async fn every_described_operation_is_routed_and_guarded() {
    let world = World::new().await;
    let jwt = world.app("owner", "secrets=read").await.jwt(&world);
    let machine = machine(&world).await;
    for (method, template) in openapi::operations() {
        // Only the guard of an operation looks at this header, once it knows the operation.
        let is_app = takes_jwt(template);
        let caller = match template {
            HEARTBEAT => world.with_token(&machine),
            _ if is_app => world.with_token(&jwt),
            _ => world.r#as(&world.owner),
        };
        let caller = caller.header("accept", "image/png");
        let refused = send(&caller, method, template).await;
        assert_eq!(
            refused.status,
            415,
            "{method} {template}: {}",
            refused.brief()
        );
        assert!(
            is_app || template == HEARTBEAT || refused.header("x-accepted-oauth-scopes").is_some(),
            "{method} {template}"
        );
    }
}

fn routed() -> BTreeSet<String> {
    sealyard::router::routes()
        .templates()
        .map(str::to_owned)
        .collect()
}

/// A template without the names of its parameters.
fn shape(template: &str) -> String {
    let part = |part: &str| {
        if part.starts_with('{') {
            "{}".to_owned()
        } else {
            part.to_owned()
        }
    };
    template.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_routed_operation_is_described() {
    let world = World::new().await;
    let described: BTreeSet<_> = openapi::operations()
        .into_iter()
        .map(|(method, template)| format!("{method} {}", shape(template)))
        .collect();
    let jwt = world.app("owner", "secrets=read").await.jwt(&world);
    let machine = machine(&world).await;
    let mut answered = BTreeSet::new();
    for template in routed() {
        for method in ["GET", "PUT", "POST", "PATCH", "DELETE"] {
            let mut request = Request::builder()
                .method(method)
                .uri(shape(&template).replace("{}", "1"))
                .header("host", "localhost")
                .header("accept", "image/png");
            if takes_jwt(&template) {
                request = request.header("authorization", format!("Bearer {jwt}"));
            }
            if template == HEARTBEAT {
                request = request.header("authorization", format!("Bearer {machine}"));
            }
            let request = request.body(Body::empty());
            let reply = world.raw(request.expect("a request")).await;
            if reply.status == 415 {
                answered.insert(format!("{method} {}", shape(&template)));
            }
        }
    }
    assert_eq!(answered, described);
}

#[tokio::test]
async fn every_operation_of_the_table_is_reached_and_names_the_page_that_is_described() {
    let world = World::new().await;
    let description = world.anonymous().get("/openapi.json").await.json();
    let jwt = world.app("owner", "secrets=read").await.jwt(&world);
    let (stranger, app) = (world.r#as(&world.stranger), world.with_token(&jwt));
    let mut pages = BTreeSet::new();
    for (method, template) in openapi::operations() {
        let operation = &description["paths"][template][method.to_lowercase()];
        let Some(described) = operation["x-sealyard-documentation"].as_str() else {
            continue;
        };
        let caller = if takes_jwt(template) { &app } else { &stranger };
        let reply = send(caller, method, template).await;
        if reply.status.is_client_error() && reply.text() != "{}" {
            let json = reply.json();
            let url = json["documentation_url"].as_str().expect("a page");
            assert_eq!(
                url.strip_prefix(REFERENCE),
                Some(described),
                "{method} {template}"
            );
        }
        pages.insert(described.to_owned());
    }
    // What is ours has no page at GitHub.
    let is_ours = |operation: Operation| {
        let id = row(operation).id;
        id.starts_with("sealyard/") && operation != Operation::AskGraphql
    };
    let unreached: Vec<Operation> = TABLE
        .iter()
        .copied()
        .filter(|operation| !is_ours(*operation))
        .filter(|operation| !pages.contains(row(*operation).documentation))
        .collect();
    assert_eq!(unreached, []);
}
