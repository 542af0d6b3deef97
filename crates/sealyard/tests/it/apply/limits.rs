//! How large a file may be, and how long a large one takes.

use std::fmt::Write as _;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use sealyard::admin::{Command, Outcome, socket};
use sealyard::apply::file::{SIZE_MAX, THINGS_MAX, parse};
use tower::ServiceExt as _;

use super::{applied, plan};
use crate::world::World;

/// An organisation with so many repositories, each with three environments and ten collaborators.
pub(super) fn mirror(repositories: usize) -> String {
    let mut file = String::new();
    for user in 0..10 {
        writeln!(file, "[users.user-{user}]").expect("a string");
    }
    file.push_str("[organizations.mirror]\nmembers = { user-0 = \"admin\" }\n");
    let roles: Vec<_> = (0..10)
        .map(|user| format!("user-{user} = \"push\""))
        .collect();
    for repository in 0..repositories {
        writeln!(
            file,
            "[organizations.mirror.repositories.repository-{repository}]\n\
             environments = [\"production\", \"staging\", \"review\"]\n\
             collaborators = {{ {} }}",
            roles.join(", ")
        )
        .expect("a string");
    }
    file
}

#[tokio::test]
async fn more_names_than_one_statement_takes_are_all_compared() {
    let world = World::new().await;
    let file = mirror(120);
    // Ten users, an organisation, its owner, and fourteen for each repository.
    assert_eq!(plan(&world, &file).await.counts.added, 12 + 120 * 14);
    applied(&world, &file).await;
    assert!(plan(&world, &file).await.lines.is_empty());
    let more = mirror(121);
    assert_eq!(plan(&world, &more).await.counts.added, 14);
}

#[test]
fn a_file_names_so_many_things_and_no_more() {
    let file = |users: usize| -> String {
        let mut file = "[users]\n".to_owned();
        (0..users).for_each(|user| writeln!(file, "u{user} = {{}}").expect("a string"));
        file
    };
    assert!(parse(&file(THINGS_MAX)).is_ok());
    let refused = parse(&file(THINGS_MAX + 1)).expect_err("too many");
    assert_eq!(
        refused.to_string(),
        "the file names 200001 things, of 200000; make several of it"
    );
}

#[tokio::test]
async fn the_largest_file_passes_the_admin_socket() {
    let world = World::new().await;
    // Each quotation mark takes two bytes in JSON.
    let users = "[users.alice]\n#";
    let file = format!("{users}{}", "\"".repeat(SIZE_MAX - users.len()));
    let command = Command::Apply {
        file,
        dry_run: true,
    };
    let order = serde_json::to_vec(&command).expect("JSON");
    let request = Request::post("/command").body(Body::from(order));
    let service = socket::service(&world.app);
    let answer = service.oneshot(request.expect("a request")).await;
    let body = answer.expect("an answer").into_body().collect().await;
    let outcome = serde_json::from_slice(&body.expect("a body").to_bytes());
    let Outcome::Planned(plan) = outcome.expect("an outcome") else {
        panic!("no plan");
    };
    assert_eq!(plan.lines, ["+ user alice"]);
}
