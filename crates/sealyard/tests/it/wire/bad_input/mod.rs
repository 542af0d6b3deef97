//! Bad input: a clear error of GitHub's shape, never a 5xx, nothing of what was sent in the
//! answer, and nothing changed.

mod bodies;
mod boxes;
mod paths;
mod requests;
mod selections;

use std::fmt::Write as _;

use http::Method;
use serde_json::Value;

use super::{ENV, ORG, REPO, put};
use crate::world::{Reply, World};

/// Stands in every place of a request where a client could put a secret by mistake.
const CANARY: &str = "cAnArY";

/// A request that must be refused.
struct Bad {
    what: String,
    method: Method,
    path: String,
    body: Vec<u8>,
    headers: Vec<(&'static str, String)>,
}

impl Bad {
    fn new(what: impl Into<String>, method: Method, path: impl Into<String>) -> Self {
        let (what, path) = (what.into(), path.into());
        Self {
            what,
            method,
            path,
            body: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// A PUT of this body.
    fn put(what: impl Into<String>, path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::new(what, Method::PUT, path)
        }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A world with secrets that must stay as they are.
async fn peaceful() -> World {
    let world = World::new().await;
    put(
        &world,
        ORG,
        "A",
        r#""visibility":"selected","selected_repository_ids":[1,2]"#,
    )
    .await;
    put(&world, ORG, "B", r#""visibility":"all""#).await;
    put(&world, REPO, "A", "").await;
    put(&world, ENV, "A", "").await;
    world
}

/// Everything that a request could have changed: each row of the secrets, how many rows the other
/// tables have, and what an owner sees.
async fn state(world: &World) -> String {
    const SECRETS: &str = "
        SELECT scope_kind, scope_id, name, visibility, created_at, updated_at, revision, write_id,
               record
        FROM secret ORDER BY scope_kind, scope_id, name";
    const COUNTS: &str = "
        SELECT (SELECT COUNT(*) FROM account), (SELECT COUNT(*) FROM token),
               (SELECT COUNT(*) FROM membership), (SELECT COUNT(*) FROM repository),
               (SELECT COUNT(*) FROM collaborator), (SELECT COUNT(*) FROM environment),
               (SELECT COUNT(*) FROM sealing_key), (SELECT COUNT(*) FROM secret_selection),
               (SELECT COUNT(*) FROM runner), (SELECT COUNT(*) FROM runner_token),
               (SELECT COUNT(*) FROM audit_entry)";
    let mut out = String::new();
    let mut read = world.app.db.read().await.expect("a read");
    for row in read.query(SECRETS, &[]).await.expect("secrets") {
        let (kind, scope): (i64, i64) = (row.get(0).expect("kind"), row.get(1).expect("scope"));
        let (name, visibility): (String, Option<String>) = (
            row.get(2).expect("a name"),
            row.get(3).expect("a visibility"),
        );
        let times: [i64; 3] = [4, 5, 6].map(|column| row.get(column).expect("a number"));
        let (write_id, record): (Vec<u8>, Vec<u8>) = (
            row.get(7).expect("a write id"),
            row.get(8).expect("a record"),
        );
        writeln!(
            out,
            "{kind} {scope} {name} {visibility:?} {times:?} {write_id:?} {record:?}"
        )
        .expect("a string");
    }
    let counts = read.query_one(COUNTS, &[]).await.expect("counts");
    for column in 0..11 {
        write!(out, "{} ", counts.get::<i64>(column).expect("a count")).expect("a string");
    }
    drop(read);
    let owner = world.r#as(&world.owner);
    for path in [
        ORG,
        REPO,
        ENV,
        &format!("{ORG}/A/repositories"),
        "/user/repos",
    ] {
        let reply = owner.get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        out.push_str(reply.text());
    }
    out
}

/// Sends each as `owner`, checks what all of them must keep to, and tells for each answer what got
/// it.
async fn refused(world: &World, all: Vec<Bad>) -> String {
    let before = state(world).await;
    let mut answers: Vec<(String, Vec<String>)> = Vec::new();
    for bad in all {
        let mut caller = world.r#as(&world.owner);
        for (name, value) in &bad.headers {
            caller = caller.header(name, value);
        }
        let reply = caller.send(bad.method, &bad.path, bad.body).await;
        assert!(
            reply.status.is_client_error(),
            "{}: {}",
            bad.what,
            reply.brief()
        );
        assert_no_echo(&bad.what, &reply);
        assert_eq!(before, state(world).await, "{} changed something", bad.what);
        let message = match reply.text() {
            "{}" => Value::from("{}"),
            _ => reply.json()["message"].clone(),
        };
        let answer = format!("{} {message}", reply.status.as_u16());
        match answers.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, whats)) if whats.contains(&bad.what) => {}
            Some((_, whats)) => whats.push(bad.what),
            None => answers.push((answer, vec![bad.what])),
        }
    }
    let lines = |(answer, whats): &(String, Vec<String>)| {
        [answer.as_str(), &whats.join("\n    ")].join("\n    ")
    };
    answers.iter().map(lines).collect::<Vec<_>>().join("\n")
}

fn assert_no_echo(what: &str, reply: &Reply) {
    let canary = CANARY.to_ascii_lowercase();
    let holds = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .to_ascii_lowercase()
            .contains(&canary)
    };
    assert!(!holds(&reply.body), "{what} is echoed: {}", reply.brief());
    for (name, value) in &reply.headers {
        assert!(
            !holds(value.as_bytes()),
            "{what} is echoed in {name}: {value:?}"
        );
    }
}

#[tokio::test]
#[should_panic(expected = "a path is echoed")]
async fn an_echo_would_be_noticed() {
    let world = World::new().await;
    let body = format!(r#"{{"name":"{CANARY}","private":true}}"#);
    let reply = world.r#as(&world.owner).post("/user/repos", body).await;
    assert_no_echo("a path", &reply);
}

#[tokio::test]
async fn a_change_would_be_noticed() {
    let world = peaceful().await;
    let before = state(&world).await;
    put(&world, REPO, "A", "").await;
    assert_ne!(before, state(&world).await);
}
