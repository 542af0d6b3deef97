//! What is named elsewhere than in the path's beginning: repositories of others that somebody
//! selects for a secret or a runner of their own, those that tickets and jobs are for, tickets, and
//! questions in GraphQL.

use base64ct::{Base64, Encoding as _};
use http::{Method, StatusCode};
use sealyard::app::Wire;
use sealyard::identity::token::{Kind, Token};
use sealyard_vault::PublicKey;

use super::ask::{Told, Way, ask};
use super::{KEY, furnished, machine, state, token_without_repo};
use crate::world::World;

/// The outsider's own.
const SECRETS: &str = "/orgs/other-org/actions/secrets";

async fn tell(world: &World, token: &str, method: Method, path: &str, body: &str) -> Told {
    let way = Way {
        method,
        accept: None,
        body: body.as_bytes(),
    };
    ask(world, Some(token), &way, path).await
}

/// A body that makes a secret for these repositories.
async fn secret_for(world: &World, token: &str, ids: &str) -> String {
    let path = format!("{SECRETS}/public-key");
    let key = world.with_token(token).get(&path).await.json();
    let public = PublicKey::from_base64(key["key"].as_str().expect("a key")).expect("a key");
    let value = Base64::encode_string(&public.seal(b"value"));
    let id = &key["key_id"];
    format!(
        r#"{{"encrypted_value":"{value}","key_id":{id},"visibility":"selected","selected_repository_ids":{ids}}}"#
    )
}

#[tokio::test]
async fn selecting_a_private_repository_of_others_is_like_selecting_a_missing_one() {
    let world = World::new().await;
    let outsider = furnished(&world).await;
    // `elsewhere` is theirs.
    let body = secret_for(&world, &outsider, "[4]").await;
    let made = tell(
        &world,
        &outsider,
        Method::PUT,
        &format!("{SECRETS}/A"),
        &body,
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let before = state(&world).await;
    for (method, path) in [
        (Method::PUT, "/B"),
        (Method::PUT, "/A"),
        (Method::PUT, "/A/repositories"),
        (Method::PUT, "/A/repositories/ID"),
        (Method::DELETE, "/A/repositories/ID"),
    ] {
        let mut told = Vec::new();
        for id in ["424242", "1", "5"] {
            let path = format!("{SECRETS}{}", path.replace("ID", id));
            let body = secret_for(&world, &outsider, &format!("[4,{id}]")).await;
            told.push(tell(&world, &outsider, method.clone(), &path, &body).await);
        }
        let missing = told.remove(0);
        // Removing what was not selected does nothing, well.
        let is_refused = !missing.status.is_success();
        assert!(
            is_refused || method == Method::DELETE,
            "{path}: {missing:?}"
        );
        for private in told {
            assert_eq!(private, missing, "{method} {path}");
        }
    }
    assert_eq!(state(&world).await, before);
}

/// What a question is answered, with the repository's name taken out: it is repeated as it was asked.
async fn answer(world: &World, token: &str, field: &str, name: &str) -> String {
    let query = field.replace("NAME", name).replace('"', "\\\"");
    let body = format!(r#"{{"query":"{{ {query} {{ id }} }}"}}"#);
    let told = tell(world, token, Method::POST, "/api/graphql", &body).await;
    format!("{told:?}").replace(name, "NAME")
}

#[tokio::test]
async fn a_question_about_a_private_repository_is_answered_like_one_about_a_missing_one() {
    let world = World::new().await;
    let outsider = furnished(&world).await;
    let without_repo = token_without_repo(&world).await;
    let owner = world.r#as(&world.owner);
    // A node that was there: what it was is a repository, and missing.
    let gone = owner.get("/repos/octo-org/new-name").await.json()["node_id"].clone();
    let private = owner.get("/repos/octo-org/hello-world").await.json()["node_id"].clone();
    let (gone, private) = (
        gone.as_str().expect("an id"),
        private.as_str().expect("an id"),
    );
    let removed = owner.delete("/repos/octo-org/new-name").await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let moved = owner
        .patch(
            "/repos/octo-org/internal-repo",
            r#"{"name":"internal-new","visibility":"private"}"#,
        )
        .await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.brief());
    let repository = r#"repository(owner: "octo-org", name: "NAME")"#;
    let stays = r#"repository(owner: "octo-org", name: "NAME", followRenames: false)"#;
    let node = r#"node(id: "NAME")"#;
    // The lengths are those of the names that are there.
    for (field, missing, hidden) in [
        (repository, "jello-world", "hello-world"),
        (repository, "ynternal-repo", "internal-repo"),
        (repository, "ynternal-new", "internal-new"),
        (stays, "ynternal-repo", "internal-repo"),
        (node, gone, private),
    ] {
        for token in [&world.stranger.token, &outsider, &without_repo] {
            let expected = answer(&world, token, field, missing).await;
            assert!(expected.contains("NOT_FOUND"), "{expected}");
            assert_eq!(answer(&world, token, field, hidden).await, expected);
        }
        // What is asked exists, and who may know it is told so.
        if field != stays {
            let told = answer(&world, &world.owner.token, field, hidden).await;
            assert!(!told.contains("NOT_FOUND"), "{told}");
        }
    }
}

const DELIVERY: &str = "/api/sealyard/v1";
/// What nobody among the askers may know, and first what is not there.
const HIDDEN: [&str; 6] = [
    "octo-org/no-such-repo",
    "octo-org/hello-world",
    "octo-org/old-name",
    "octo-org/new-name",
    "owner/own",
    "no-such-owner/hello-world",
];

/// Those whose answers tell nothing: users whose tokens may everything elsewhere, and a runner.
async fn askers(world: &World) -> Vec<(&'static str, String)> {
    vec![
        ("outsider", furnished(world).await),
        ("stranger", world.stranger.token.clone()),
        ("without repo", token_without_repo(world).await),
        ("runner", machine(world).await),
    ]
}

#[tokio::test]
async fn a_ticket_or_a_job_for_a_private_repository_is_refused_like_one_for_a_missing_one() {
    for deliver_to_people in [false, true] {
        let world = World::with(Wire {
            deliver_to_people,
            ..Wire::default()
        })
        .await;
        let askers = askers(&world).await;
        let before = state(&world).await;
        let key = Base64::encode_string(&KEY);
        let mut compared = 0;
        for (who, token) in &askers {
            for (path, more) in [
                ("tickets", String::new()),
                ("tickets", r#","environment":"production""#.to_owned()),
                (
                    "tickets",
                    r#","fork":true,"ref":"refs/heads/main""#.to_owned(),
                ),
                ("jobs", format!(r#","public_key":"{key}""#)),
                (
                    "jobs",
                    format!(r#","public_key":"{key}","environment":"production""#),
                ),
                (
                    "jobs",
                    format!(r#","public_key":"{key}","only":["A","NONE"]"#),
                ),
            ] {
                let path = format!("{DELIVERY}/{path}");
                let ask = async |name: &str| {
                    let body = format!(r#"{{"repository":"{name}"{more}}}"#);
                    tell(&world, token, Method::POST, &path, &body).await
                };
                let missing = ask(HIDDEN[0]).await;
                let makes_tickets = *who == "runner" && path.ends_with("tickets");
                let expected = if makes_tickets { 401 } else { 404 };
                assert_eq!(missing.status, expected, "{who} {path}{more}");
                // What everybody may see is no runner's that it does not serve.
                let seen = (*who == "runner").then_some("octo-org/public-repo");
                for name in HIDDEN[1..].iter().copied().chain(seen) {
                    assert_eq!(ask(name).await, missing, "{who} {path} {name}{more}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 100, "{compared}");
        assert_eq!(state(&world).await, before, "asking has changed something");
    }
}

/// The control: where the repository may be known, it is told apart from a missing one.
#[tokio::test]
async fn a_ticket_or_a_job_for_what_may_be_known_is_answered_otherwise() {
    let world = World::new().await;
    let askers = askers(&world).await;
    let key = Base64::encode_string(&KEY);
    let machine = &askers.last().expect("a runner").1;
    for (token, path, name, status) in [
        (&world.owner.token, "tickets", "octo-org/old-name", 201),
        (&world.writer.token, "tickets", "octo-org/hello-world", 201),
        (&world.reader.token, "tickets", "octo-org/hello-world", 403),
        (&world.owner.token, "jobs", "owner/own", 403),
        (machine, "jobs", "other-org/elsewhere", 201),
    ] {
        let path = format!("{DELIVERY}/{path}");
        let key = if path.ends_with("jobs") {
            format!(r#","public_key":"{key}""#)
        } else {
            String::new()
        };
        let body = format!(r#"{{"repository":"{name}"{key}}}"#);
        let told = tell(&world, token, Method::POST, &path, &body).await;
        assert_eq!(told.status, status, "{path} {name}: {told:?}");
    }
}

#[tokio::test]
async fn a_ticket_of_others_is_like_one_that_nobody_has_made() {
    let world = World::with(Wire {
        deliver_to_people: true,
        ..Wire::default()
    })
    .await;
    let askers = askers(&world).await;
    let unknown = Token::generate(Kind::Ticket).reveal().to_owned();
    let mut tickets = Vec::new();
    for name in ["octo-org/hello-world", "owner/own"] {
        let body = format!(r#"{{"repository":"{name}"}}"#);
        let path = format!("{DELIVERY}/tickets");
        let made = world.r#as(&world.owner).post(&path, body).await;
        let ticket = made.json()["ticket"].as_str().expect("a ticket").to_owned();
        tickets.push(ticket);
    }
    let before = state(&world).await;
    let key = Base64::encode_string(&KEY);
    let path = format!("{DELIVERY}/jobs");
    // Who may write there and has not made the ticket is told no more.
    let writer = ("writer", world.writer.token.clone());
    for (who, token) in askers.iter().chain([&writer]) {
        let ask = async |ticket: &str| {
            let body = format!(r#"{{"public_key":"{key}","ticket":"{ticket}"}}"#);
            tell(&world, token, Method::POST, &path, &body).await
        };
        let missing = ask(&unknown).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{who}");
        for ticket in &tickets {
            assert_eq!(ask(ticket).await, missing, "{who}");
        }
    }
    assert_eq!(state(&world).await, before, "asking has changed something");
}

#[tokio::test]
async fn a_runner_that_is_to_serve_a_private_repository_of_others_is_refused_as_for_a_missing_one()
{
    let world = World::new().await;
    let askers = askers(&world).await;
    let outsider = &askers[0].1;
    let path = format!("{DELIVERY}/orgs/other-org/runners/3/repositories");
    let before = state(&world).await;
    let ask = async |id: &str| {
        let body = format!(r#"{{"selected_repository_ids":[4,{id}]}}"#);
        tell(&world, outsider, Method::PUT, &path, &body).await
    };
    let missing = ask("424242").await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["1", "5", "9223372036854775807"] {
        assert_eq!(ask(id).await, missing, "{id}");
    }
    assert_eq!(state(&world).await, before);
}
