//! No answer holds a value: every described GET and POST is asked as everybody, with values in all
//! three scopes that would be recognised, as they are or encoded. Only what the box of a job holds is
//! for its recipient.

use std::fmt::Write as _;
use std::sync::OnceLock;

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use http::Method;
use sealyard::app::Wire;
use sealyard_vault::{SealedBox, SealingKeyPair};
use serde_json::{Value, json};

use crate::openapi;
use crate::world::{Reply, World};

const ORG: &str = "/orgs/octo-org/actions/secrets";
const REPO: &str = "/repos/octo-org/hello-world/actions/secrets";
const PRODUCTION: &str = "/repos/octo-org/hello-world/environments/production/secrets";
const OURS: &str = "/api/sealyard/v1";

/// What is kept, by where.
const CANARIES: [(&str, &str); 3] = [
    (ORG, "canary:of-the-organization~7f3a91c4"),
    (REPO, "canary:of-the-repository~b20e65d8"),
    (PRODUCTION, "canary:of-the-environment~49d1fa07"),
];
/// Every permission that a route asks for.
const PERMISSIONS: &str = "actions=write administration=write deployments=write environments=write \
    members=write organization_secrets=write organization_self_hosted_runners=write secrets=write";

/// The texts that a value is recognised by: itself, in hexadecimal, and in base64 wherever it begins.
fn traces(value: &str) -> Vec<String> {
    let mut traces = vec![value.to_owned(), hexadecimal(value)];
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(value.as_bytes());
        // Of the first and the last group, some bits are of what is around it.
        for text in [
            Base64Unpadded::encode_string(&bytes),
            Base64UrlUnpadded::encode_string(&bytes),
        ] {
            traces.push(text[4..text.len() - 4].to_owned());
        }
    }
    traces
}

fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string");
        hex
    })
}

/// The value that a text holds, if any; in capitals or not.
fn holds(text: &str) -> Option<&'static str> {
    static TRACES: OnceLock<Vec<(&str, String)>> = OnceLock::new();
    let all = TRACES.get_or_init(|| {
        let each = CANARIES.iter().flat_map(|(_, value)| {
            let traces = traces(value).into_iter();
            traces.map(|trace| (*value, trace.to_lowercase()))
        });
        each.collect()
    });
    let text = text.to_lowercase();
    let found = all.iter().find(|(_, trace)| text.contains(trace));
    found.map(|(value, _)| *value)
}

/// Whoever asks, and how they present themselves.
async fn principals(world: &World, runner: String) -> Vec<(&'static str, Option<String>)> {
    let app = world.app("octo-org", PERMISSIONS).await;
    let installation = world.install(&app, "octo-org", None).await;
    vec![
        ("anonymous", None),
        ("site administrator", Some(world.admin.token.clone())),
        ("owner", Some(world.owner.token.clone())),
        ("writer", Some(world.writer.token.clone())),
        (
            "installation",
            Some(world.mint(&app, installation, "").await),
        ),
        ("app", Some(app.jwt(world))),
        ("runner", Some(runner)),
    ]
}

/// A runner of `hello-world`: its id and its credential.
async fn machine(world: &World, keys: &SealingKeyPair) -> (i64, String) {
    let path = "/repos/octo-org/hello-world/actions/runners/registration-token";
    let token = world.r#as(&world.owner).post(path, "").await.json();
    let key = keys.public().to_base64();
    let body = json!({"token": token["token"], "name": "builder", "public_key": key});
    let anonymous = world.anonymous();
    let made = anonymous
        .post(&format!("{OURS}/runners"), body.to_string())
        .await
        .json();
    let credential = made["credential"].as_str().expect("a credential");
    (made["id"].as_i64().expect("an id"), credential.to_owned())
}

async fn ticket(world: &World) -> Value {
    let claims = json!({"repository": "octo-org/hello-world", "environment": "production"});
    let path = format!("{OURS}/tickets");
    let made = world
        .r#as(&world.owner)
        .post(&path, claims.to_string())
        .await;
    assert_eq!(made.status, 201, "{}", made.brief());
    made.json()
}

fn filled(template: &str, runner: i64, job: &Value) -> String {
    let mut path = template.to_owned();
    for (parameter, value) in [
        ("{org}", "octo-org"),
        ("{org_id}", "7"),
        ("{owner}", "octo-org"),
        ("{repo}", "hello-world"),
        ("{repository_id}", "1"),
        ("{environment_name}", "production"),
        ("{branch_policy_id}", "1"),
        ("{secret_name}", "CANARY"),
        ("{runner_id}", &runner.to_string()),
        ("{job_id}", &job.to_string()),
        ("{name}", "self-hosted"),
        ("{username}", "member"),
        ("{installation_id}", "1"),
    ] {
        path = path.replace(parameter, value);
    }
    assert!(!path.contains('{'), "{template} has an unknown parameter");
    path
}

/// Bodies that some POST takes: for a job alone, by ticket, and for everything else.
fn bodies(keys: &SealingKeyPair, ticket: &Value) -> [String; 4] {
    let key = keys.public().to_base64();
    let query = r#"{ viewer { login } repository(owner: "octo-org", name: "hello-world") { id } }"#;
    let all = json!({
        "name": "crawled", "login": "crawled", "admin": "owner", "labels": ["gpu"],
        "scopes": ["repo"], "query": query,
    });
    [
        String::new(),
        all.to_string(),
        json!({
            "repository": "octo-org/hello-world", "environment": "production", "public_key": key,
        })
        .to_string(),
        json!({"ticket": ticket, "public_key": key}).to_string(),
    ]
}

/// The whole answer, but for the box.
fn shown(reply: &Reply) -> String {
    let Ok(mut json) = serde_json::from_slice::<Value>(&reply.body) else {
        return reply.whole();
    };
    let object = json.as_object_mut();
    let sealed = object.and_then(|object| object.remove("sealed_box"));
    match sealed {
        Some(_) => format!("{:?}\n{json}", reply.headers),
        None => format!("{:?}\n{}", reply.headers, reply.text()),
    }
}

/// What comes out of the box of a job that was opened.
fn opened(reply: &Reply, keys: &SealingKeyPair) -> String {
    let json = reply.json();
    let sealed = SealedBox::from_base64(json["sealed_box"].as_str().expect("a box"));
    let opened = keys
        .open(&sealed.expect("a box"))
        .expect("a box for this key");
    let bundle: Value = serde_json::from_slice(opened.expose()).expect("JSON");
    let secrets = bundle["secrets"].as_array().expect("secrets");
    let value = |secret: &Value| {
        let text = secret["value"].as_str().expect("a value");
        String::from_utf8(Base64::decode_vec(text).expect("base64")).expect("UTF-8")
    };
    secrets.iter().map(value).collect::<Vec<_>>().join(" ")
}

/// Keeps each value in its place.
async fn keep(world: &World) {
    for (number, (place, value)) in CANARIES.into_iter().enumerate() {
        let more = r#""visibility":"all""#;
        let body = if place == ORG {
            world.sealed_with(place, value.as_bytes(), more).await
        } else {
            world.sealed(place, value.as_bytes()).await
        };
        let owner = world.r#as(&world.owner);
        // Of one name, and each of a name that nothing hides.
        for name in ["CANARY".to_owned(), format!("CANARY_{number}")] {
            let put = owner.put(&format!("{place}/{name}"), body.clone()).await;
            assert_eq!(put.status, 201, "{}", put.brief());
        }
    }
}

#[tokio::test]
async fn no_answer_holds_a_value_but_in_the_box_of_a_job() {
    let world = World::with(Wire {
        deliver_to_people: true,
        rate_limit: Some(false),
        ..Wire::default()
    })
    .await;
    keep(&world).await;
    let keys = SealingKeyPair::generate();
    let (runner, credential) = machine(&world, &keys).await;
    let principals = principals(&world, credential).await;
    let mut current = ticket(&world).await;
    let (mut asked, mut answered, mut boxes) = (0, 0, 0);
    for (method, template) in openapi::operations() {
        if !["GET", "POST"].contains(&method) {
            continue;
        }
        let method: Method = method.parse().expect("a method");
        for (who, token) in &principals {
            // A new one for each, where they are used up.
            if template.starts_with("/api/sealyard/v1/jobs") {
                current = ticket(&world).await;
            }
            let path = filled(template, runner, &current["id"]);
            let bodies = bodies(&keys, &current["ticket"]);
            let bodies = if method == Method::GET {
                &bodies[..1]
            } else {
                &bodies[..]
            };
            for body in bodies {
                for accept in ["application/json", "application/vnd.github.v3.raw+json"] {
                    let caller = match token {
                        Some(token) => world.with_token(token),
                        None => world.anonymous(),
                    };
                    let caller = caller.header("accept", accept);
                    let reply = caller
                        .send(method.clone(), &path, body.clone().into())
                        .await;
                    let found = holds(&shown(&reply));
                    assert_eq!(found, None, "{method} {path} by {who}: {}", reply.brief());
                    asked += 1;
                    answered += usize::from(reply.status.is_success());
                    if template == "/api/sealyard/v1/jobs" && reply.status == 201 {
                        let opened = opened(&reply, &keys);
                        let given = CANARIES.iter().filter(|(_, v)| opened.contains(v)).count();
                        assert_eq!(given, 3, "{who} {body}");
                        boxes += 1;
                    }
                }
            }
        }
    }
    assert!(asked > 1_000 && answered > 300, "{asked} {answered}");
    // Two for the runner alone and one for its ticket, and one for whoever made theirs.
    assert_eq!(boxes, 4);
    let mut read = world.app.db.read().await.expect("a read");
    let log = "SELECT entry FROM audit_entry";
    for row in read.query(log, &[]).await.expect("a query") {
        assert_eq!(holds(row.get(0).expect("a text")), None);
    }
}

/// The control: what the crawl looks for would be found, in each form.
#[test]
fn a_value_is_recognised_in_every_form() {
    for (_, value) in CANARIES {
        for around in ["", "x", "xy", "xyz"] {
            let text = format!("{around}{value}{around}");
            for shown in [
                text.clone(),
                Base64::encode_string(text.as_bytes()),
                Base64UrlUnpadded::encode_string(text.as_bytes()),
                json!({ "value": text }).to_string(),
                hexadecimal(&text).to_uppercase(),
            ] {
                assert_eq!(holds(&shown), Some(value), "{shown}");
            }
        }
    }
    assert_eq!(holds("no canary of anybody"), None);
}
