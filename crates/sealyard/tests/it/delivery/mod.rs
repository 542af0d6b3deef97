//! Delivery: tickets, jobs, and what comes out of the box.

mod environments;
mod jobs;
mod oracle;
mod races;
mod refusals;
mod resolution;
mod runners;

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use sealyard::app::Wire;
use sealyard_vault::{SealedBox, SealingKeyPair};
use serde_json::{Value, json};

use crate::world::{Person, Reply, World};

const TICKETS: &str = "/api/sealyard/v1/tickets";
const JOBS: &str = "/api/sealyard/v1/jobs";
const REPO: &str = "/repos/octo-org/hello-world/actions";
const ORG: &str = "/orgs/octo-org/actions";
const PRODUCTION: &str = "/repos/octo-org/hello-world/environments/production";

/// A runner with its key.
struct Machine {
    id: i64,
    credential: String,
    keys: SealingKeyPair,
}

/// What came out of a box: scope and value, by name.
type Given = BTreeMap<String, (String, Vec<u8>)>;

/// A world in which people may have values.
async fn with_people() -> World {
    World::with(Wire {
        deliver_to_people: true,
        ..Wire::default()
    })
    .await
}

/// Enrols a runner at `path` (`/orgs/o/actions`).
async fn machine(world: &World, path: &str, name: &str) -> Machine {
    let token = world
        .r#as(&world.owner)
        .post(&format!("{path}/runners/registration-token"), "")
        .await
        .json();
    let keys = SealingKeyPair::generate();
    let body = json!({
        "token": token["token"], "name": name, "public_key": keys.public().to_base64(),
    });
    let made = world
        .anonymous()
        .post("/api/sealyard/v1/runners", body.to_string())
        .await
        .json();
    Machine {
        id: made["id"].as_i64().expect("an id"),
        credential: made["credential"]
            .as_str()
            .expect("a credential")
            .to_owned(),
        keys,
    }
}

/// Makes a runner of `octo-org` serve these repositories.
async fn serve(world: &World, machine: &Machine, repositories: &[i64]) -> Reply {
    let path = format!(
        "/api/sealyard/v1/orgs/octo-org/runners/{}/repositories",
        machine.id
    );
    let body = json!({"selected_repository_ids": repositories});
    world.r#as(&world.owner).put(&path, body.to_string()).await
}

async fn put(world: &World, path: &str, name: &str, value: &[u8]) {
    let secrets = format!("{path}/secrets");
    let body = world.sealed(&secrets, value).await;
    let owner = world.r#as(&world.owner);
    let reply = owner.put(&format!("{secrets}/{name}"), body).await;
    assert!(
        reply.status == 201 || reply.status == 204,
        "{}",
        reply.brief()
    );
}

/// The same for an organisation; `more` names the visibility.
async fn put_shared(world: &World, name: &str, value: &[u8], more: &str) {
    let secrets = format!("{ORG}/secrets");
    let body = world.sealed_with(&secrets, value, more).await;
    let owner = world.r#as(&world.owner);
    let reply = owner.put(&format!("{secrets}/{name}"), body).await;
    assert!(
        reply.status == 201 || reply.status == 204,
        "{}",
        reply.brief()
    );
}

/// Makes an environment of `hello-world` or changes what protects it.
async fn protect(world: &World, settings: Value) {
    let reply = world
        .r#as(&world.owner)
        .put(PRODUCTION, settings.to_string())
        .await;
    assert_eq!(reply.status, 200, "{}", reply.brief());
}

async fn ticket(world: &World, person: &Person, claims: Value) -> Reply {
    world.r#as(person).post(TICKETS, claims.to_string()).await
}

/// The ticket itself, of a request that is granted.
async fn granted(world: &World, person: &Person, claims: Value) -> (i64, String) {
    let reply = ticket(world, person, claims).await;
    assert_eq!(reply.status, 201, "{}", reply.brief());
    let json = reply.json();
    let text = json["ticket"].as_str().expect("a ticket").to_owned();
    (json["id"].as_i64().expect("an id"), text)
}

async fn open(world: &World, token: &str, keys: &SealingKeyPair, mut body: Value) -> Reply {
    body["public_key"] = keys.public().to_base64().into();
    world.with_token(token).post(JOBS, body.to_string()).await
}

async fn by_runner(world: &World, machine: &Machine, body: Value) -> Reply {
    open(world, &machine.credential, &machine.keys, body).await
}

/// What the box holds, as JSON.
fn bundle(reply: &Reply, keys: &SealingKeyPair) -> Value {
    assert_eq!(reply.status, 201, "{}", reply.brief());
    let json = reply.json();
    let text = json["sealed_box"].as_str().expect("a box");
    let sealed = SealedBox::from_base64(text).expect("a box");
    let opened = keys.open(&sealed).expect("a box for this key");
    serde_json::from_slice(opened.expose()).expect("JSON")
}

fn given(reply: &Reply, keys: &SealingKeyPair) -> Given {
    let secrets = bundle(reply, keys);
    let secrets = secrets["secrets"].as_array().expect("secrets").clone();
    secrets
        .into_iter()
        .map(|secret| {
            let text = |member: &str| secret[member].as_str().expect("a text").to_owned();
            let value = Base64::decode_vec(&text("value")).expect("base64");
            (text("name"), (text("scope"), value))
        })
        .collect()
}

/// Name, scope and value of everything that was given, a line each.
fn lines(reply: &Reply, keys: &SealingKeyPair) -> String {
    let given = given(reply, keys);
    let line = |(name, (scope, value)): (&String, &(String, Vec<u8>))| {
        format!("{name} {scope} {}", String::from_utf8_lossy(value))
    };
    given.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The last entry of the log, without what is random in it.
async fn last_entry(world: &World) -> Value {
    let sql = "SELECT entry FROM audit_entry ORDER BY at_ms DESC, seq DESC, chain DESC LIMIT 1";
    let mut read = world.app.db.read().await.expect("a read");
    let row = read.query_one(sql, &[]).await.expect("an entry");
    let mut entry: Value = serde_json::from_str(row.get(0).expect("a text")).expect("JSON");
    entry
        .as_object_mut()
        .expect("an object")
        .remove("request_id");
    entry
}
