//! One generated log of requests, answered by the server and by a small model of it; where there
//! is a PostgreSQL server, by both engines, which must agree byte for byte.
//!
//! `TEST_LOG_SEED` and `TEST_LOG_LENGTH` ask for another log than the usual ones.

mod act;
mod kept;
mod log;
mod model;
mod shown;

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use http::{HeaderMap, StatusCode};
use sealyard_sql::Engine;
use sealyard_vault::PublicKey;

use crate::world::{As, Reply, World, engine, variable};
use act::{Act, Body, Flaw, Request};
use log::{Step, Who, log};
use model::Model;

const SEEDS: [u64; 2] = [1, 2];
const LENGTH: usize = 2_000;

/// 32 times 9: a point like any other.
const SOMEBODYS_KEY: [u8; 32] = [9; 32];

fn caller(world: &World, who: Who) -> As<'_> {
    match who {
        Who::Owner => world.r#as(&world.owner),
        Who::Admin => world.r#as(&world.admin),
        Who::Member => world.r#as(&world.member),
        Who::Writer => world.r#as(&world.writer),
        Who::Reader => world.r#as(&world.reader),
        Who::Stranger => world.r#as(&world.stranger),
        Who::Nobody => world.anonymous(),
    }
}

async fn answer(world: &World, step: &Step) -> Reply {
    world.clock.advance(step.later_ms);
    let Request { method, path, body } = step.act.request();
    let body = match body {
        Body::Text(text) => text,
        Body::Sealed {
            secrets,
            value,
            flaw,
            more,
        } => {
            let key = world
                .r#as(&world.owner)
                .get(&format!("{secrets}/public-key"))
                .await;
            sealed(&key, &value, flaw) + &more + "}"
        }
    };
    caller(world, step.who)
        .send(method, &path, body.into_bytes())
        .await
}

/// The beginning of a PUT's body, for a key that may not be there.
fn sealed(key: &Reply, value: &str, flaw: Flaw) -> String {
    let (mut key_id, mut public) = ("1".to_owned(), PublicKey::from_bytes(SOMEBODYS_KEY));
    if key.status == StatusCode::OK {
        let json = key.json();
        let text = |member: &str| {
            let text = json.get(member).and_then(serde_json::Value::as_str);
            text.expect("a text").to_owned()
        };
        key_id = text("key_id");
        public = PublicKey::from_base64(&text("key"));
    }
    let sealed = public.expect("a key").seal(value.as_bytes());
    let encrypted = match flaw {
        Flaw::NoBox => Base64::encode_string(&[7; 64]),
        Flaw::None | Flaw::UnknownKey | Flaw::Missing => Base64::encode_string(&sealed),
    };
    match flaw {
        Flaw::Missing => format!("{{\"encrypted_value\":\"{encrypted}\""),
        Flaw::UnknownKey => format!("{{\"encrypted_value\":\"{encrypted}\",\"key_id\":\"01\""),
        Flaw::None | Flaw::NoBox => {
            format!("{{\"encrypted_value\":\"{encrypted}\",\"key_id\":\"{key_id}\"")
        }
    }
}

/// What two worlds must agree on: everything but what is random.
fn comparable(step: &Step, reply: &Reply) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut headers = reply.headers.clone();
    for random in ["etag", "x-github-request-id"] {
        headers.remove(random);
    }
    let mut body = reply.body.to_vec();
    if matches!(step.act, Act::PublicKey(_)) && reply.status == StatusCode::OK {
        // A `key_id` has 18 digits or 19.
        headers.remove("content-length");
        body.clear();
    }
    (reply.status, headers, body)
}

/// How often each status was answered: a log that only ever gets 404 proves nothing.
#[derive(Default)]
struct Census(BTreeMap<u16, usize>);

impl Census {
    fn has(&self, statuses: &[u16]) {
        for status in statuses {
            let seen = self.0.get(status).copied().unwrap_or(0);
            assert!(
                seen >= 5,
                "{status} was answered {seen} times only: {:?}",
                self.0
            );
        }
    }
}

async fn run(seed: u64, length: usize, census: &mut Census) {
    let world = World::on(Engine::Sqlite).await;
    let other = match engine() {
        Engine::Sqlite => None,
        Engine::Postgres => Some(World::on(Engine::Postgres).await),
    };
    let mut model = Model::of(&world).await;
    for (number, step) in log(seed, length).iter().enumerate() {
        let reply = answer(&world, step).await;
        let here = || format!("seed {seed}, request {number}: {step:?}\n{}", reply.brief());
        assert!(reply.status.as_u16() < 500, "{}", here());
        *census.0.entry(reply.status.as_u16()).or_default() += 1;
        if let Some(other) = &other {
            let twin = answer(other, step).await;
            let same = comparable(step, &reply) == comparable(step, &twin);
            assert!(same, "{}\n-- on PostgreSQL:\n{}", here(), twin.whole());
        }
        let judged = model.judge(&world, step, &reply);
        let expected = judged.as_ref().err().map_or("", String::as_str);
        assert!(
            judged.is_ok(),
            "{}\n-- where the model has:\n{expected}",
            here()
        );
    }
    model.compare_store(&world).await;
    if let Some(other) = &other {
        model.compare_store(other).await;
    }
}

#[tokio::test]
async fn a_generated_log_is_answered_as_by_the_model_and_by_both_engines_alike() {
    let number = |name| variable(name).map(|text| text.parse().expect("a number"));
    let length = number("TEST_LOG_LENGTH").unwrap_or(LENGTH);
    let seeds = variable("TEST_LOG_SEED").map(|seed| vec![seed.parse().expect("a number")]);
    let mut census = Census::default();
    for seed in seeds.unwrap_or_else(|| SEEDS.to_vec()) {
        run(seed, length, &mut census).await;
    }
    census.has(&[200, 201, 204, 301, 307, 404, 409, 422]);
}
