//! The runner, before a Sealyard that is three routes.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use sealyard_vault::{OwnerKind, Plaintext, SealingKeyPair};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use super::super::runner::Runner;
use super::super::serve::{Adapter, routes};
use super::super::{Conclusion, Jobs as _, Refused, Repository};
use super::{NOW_S, PUSH, Wire, key};
use crate::client::Client;
use crate::clock::Clock;
use crate::delivery::bundle;
use crate::directory;
use crate::identity::AccountId;
use crate::serve::{Limits, bind, serve};
use crate::tasks::Tasks;

const CREDENTIAL: &str = "syr_of_the_test";

/// What Sealyard answers, given whom the request says to seal for.
type Answers = fn(&sealyard_vault::PublicKey) -> (StatusCode, Value);

#[derive(Clone)]
struct Sealyard {
    answers: Answers,
    /// Every request: its path, and its body.
    log: Arc<Mutex<Vec<(String, Value)>>>,
}

struct World {
    runner: Runner,
    sealyard: Sealyard,
    tasks: Tasks,
    _stop: oneshot::Sender<()>,
}

async fn open(State(sealyard): State<Sealyard>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers[AUTHORIZATION], format!("Bearer {CREDENTIAL}"));
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let key = body["public_key"].as_str().expect("a key");
    let key = sealyard_vault::PublicKey::from_base64(key).expect("a key");
    let log = &sealyard.log;
    log.lock()
        .expect("no panic")
        .push(("jobs".to_owned(), body));
    let (status, answer) = (sealyard.answers)(&key);
    (status, answer.to_string()).into_response()
}

async fn complete(
    State(sealyard): State<Sealyard>,
    Path(job): Path<String>,
    body: Bytes,
) -> StatusCode {
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let path = format!("jobs/{job}/complete");
    sealyard.log.lock().expect("no panic").push((path, body));
    StatusCode::NO_CONTENT
}

impl World {
    async fn new(answers: Answers) -> Self {
        let sealyard = Sealyard {
            answers,
            log: Arc::default(),
        };
        let router = Router::new()
            .route("/api/sealyard/v1/jobs", post(open))
            .route("/api/sealyard/v1/jobs/{job}/complete", post(complete))
            .with_state(sealyard.clone());
        let listen = "127.0.0.1:0".parse().expect("an address");
        let bound = bind(&listen, None).await.expect("a free port");
        let url = bound.url().expect("TCP");
        let (stop, stopped) = oneshot::channel::<()>();
        let tasks = Tasks::new();
        tasks.spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(router, vec![bound], stopped, Limits::default()).await;
        });
        Self {
            runner: runner(&url),
            sealyard,
            tasks,
            _stop: stop,
        }
    }

    fn log(&self) -> Vec<(String, Value)> {
        self.sealyard.log.lock().expect("no panic").clone()
    }
}

fn runner(url: &str) -> Runner {
    let server = url.parse().expect("a URL");
    let client = Client::new(server, None, false).expect("a client");
    let client = client.with_credential(CREDENTIAL).expect("a credential");
    Runner::new(client, SealingKeyPair::generate())
}

fn repository() -> Repository {
    Repository::parse("octo-org/hello").expect("a name")
}

fn sealed(key: &sealyard_vault::PublicKey, delivery: &Value) -> (StatusCode, Value) {
    let sealed = key.seal(delivery.to_string().as_bytes());
    let sealed = Base64::encode_string(&sealed);
    (
        StatusCode::CREATED,
        json!({"id": 7, "repository": "octo-org/hello", "sealed_box": sealed}),
    )
}

fn delivery() -> Value {
    json!({"repository": "octo-org/hello", "environment": null, "secrets": [
        {"name": "EMPTY", "value": "", "scope": "organization"},
        {"name": "TEXT", "value": "aGVsbG8=", "scope": "repository"},
    ]})
}

/// What the server's own code seals.
fn sealed_by_the_server(key: &sealyard_vault::PublicKey) -> (StatusCode, Value) {
    let value = |name: &str, scope, value: &[u8]| bundle::Value {
        name: name.to_owned(),
        scope,
        value: Plaintext::from(value.to_vec()),
    };
    let owner = directory::Owner {
        id: AccountId(1),
        kind: directory::AccountKind::Organization,
        login: "Octo-Org".to_owned(),
        site_admin: false,
    };
    let repository = directory::Repository {
        id: directory::RepositoryId(1),
        owner,
        name: "hello".to_owned(),
        visibility: directory::RepositoryVisibility::Private,
        archived: false,
    };
    let origin = bundle::Origin {
        repository,
        environment: None,
    };
    let values = [
        value("BYTES", OwnerKind::Repository, b"\x00\xff\x80"),
        value("EMPTY", OwnerKind::Organization, b""),
        value("TEXT", OwnerKind::Repository, b"hello"),
    ];
    let sealed = bundle::seal(&origin, &values, false, key).expect("JSON");
    (
        StatusCode::CREATED,
        json!({"id": 7, "sealed_box": Base64::encode_string(&sealed)}),
    )
}

#[tokio::test]
async fn a_runner_opens_a_job_for_its_key_and_reads_what_is_sealed() {
    let world = World::new(sealed_by_the_server).await;
    let job = world.runner.begin(&repository()).await.expect("a job");
    assert_eq!(job.id, 7);
    let secrets = job.secrets.iter();
    let secrets: Vec<_> = secrets
        .map(|one| (one.name.as_str(), one.value.expose()))
        .collect();
    assert_eq!(
        secrets,
        [
            ("BYTES", &b"\x00\xff\x80"[..]),
            ("EMPTY", b""),
            ("TEXT", b"hello")
        ]
    );
    for conclusion in [
        Conclusion::Success,
        Conclusion::Failure,
        Conclusion::Cancelled,
    ] {
        world.runner.complete(7, conclusion).await;
    }
    let log = world.log();
    assert_eq!(log[0].1["repository"], "octo-org/hello");
    assert_eq!(log[0].1["timeout_minutes"], 1);
    assert_eq!(log[0].1["masks"], false);
    let ends: Vec<_> = log[1..]
        .iter()
        .map(|(path, body)| (path.as_str(), &body["conclusion"]))
        .collect();
    let path = "jobs/7/complete";
    let words = [json!("success"), json!("failure"), json!("cancelled")];
    assert_eq!(
        ends,
        [(path, &words[0]), (path, &words[1]), (path, &words[2])]
    );
}

#[tokio::test]
async fn what_is_not_sealed_for_this_runner_and_this_repository_ends_the_job() {
    let wrong: [Answers; 4] = [
        |_| sealed(SealingKeyPair::generate().public(), &delivery()),
        |key| {
            let mut other = delivery();
            other["repository"] = "octo-org/renamed".into();
            sealed(key, &other)
        },
        |key| {
            let mut other = delivery();
            other["secrets"][1]["value"] = "hunter2!".into();
            sealed(key, &other)
        },
        |_| (StatusCode::CREATED, json!({"id": 7, "sealed_box": "AAAA"})),
    ];
    for (number, answers) in wrong.into_iter().enumerate() {
        let world = World::new(answers).await;
        let refused = world
            .runner
            .begin(&repository())
            .await
            .err()
            .expect("refused");
        assert!(matches!(refused, Refused::Denied(_)), "{number}");
        assert!(!refused.to_string().contains("hunter2"));
        let end = world.log().pop().expect("the end of the job");
        assert_eq!(
            end,
            (
                "jobs/7/complete".to_owned(),
                json!({"conclusion": "failure"})
            ),
            "{number}"
        );
    }
}

#[tokio::test]
async fn a_refusal_is_for_good_and_a_server_in_trouble_is_not() {
    let cases: [(Answers, bool); 6] = [
        (
            |_| (StatusCode::NOT_FOUND, json!({"message": "Not Found"})),
            false,
        ),
        (|_| (StatusCode::FORBIDDEN, json!({"message": "No"})), false),
        (
            |_| {
                (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    json!({"message": "TOKEN does not open"}),
                )
            },
            false,
        ),
        (
            |_| (StatusCode::CREATED, json!({"something": "else"})),
            false,
        ),
        (|_| (StatusCode::TOO_MANY_REQUESTS, json!({})), true),
        (|_| (StatusCode::SERVICE_UNAVAILABLE, json!({})), true),
    ];
    for (number, (answers, expected)) in cases.into_iter().enumerate() {
        let world = World::new(answers).await;
        let refused = world
            .runner
            .begin(&repository())
            .await
            .err()
            .expect("refused");
        assert_eq!(
            matches!(refused, Refused::Unavailable(_)),
            expected,
            "{number}: {refused}"
        );
        assert_eq!(world.log().len(), 1, "{number}: there is no job to end");
    }
    // Nobody listens on a port that was just given back.
    let listen = "127.0.0.1:0".parse().expect("an address");
    let url = bind(&listen, None)
        .await
        .expect("a free port")
        .url()
        .expect("TCP");
    let refused = runner(&url)
        .begin(&repository())
        .await
        .err()
        .expect("refused");
    assert!(matches!(refused, Refused::Unavailable(_)), "{refused}");
}

#[tokio::test]
async fn adapter_and_runner_together_answer_a_pipeline() {
    let world = World::new(|key| sealed(key, &delivery())).await;
    let clock = Clock::fixed((NOW_S - 1) * 1000);
    let tasks = Tasks::new();
    let adapter = Adapter::new(key(), 1, world.runner, clock, tasks.clone());
    let request = Wire::signed(PUSH, NOW_S).request();
    let answer = routes(Arc::new(adapter))
        .oneshot(request)
        .await
        .expect("never fails");
    assert_eq!(answer.status(), StatusCode::OK);
    let body = axum::body::to_bytes(answer.into_body(), 1024)
        .await
        .expect("a body");
    let expected = r#"{"secrets":[{"name":"EMPTY","value":""},{"name":"TEXT","value":"hello"}]}"#;
    assert_eq!(body, expected);
    let patience = std::time::Duration::from_mins(1);
    assert_eq!(tasks.finish(patience).await, 0);
    let log = world.sealyard.log.lock().expect("no panic").clone();
    let end = (
        "jobs/7/complete".to_owned(),
        json!({"conclusion": "success"}),
    );
    assert_eq!(log.last(), Some(&end));
    assert_eq!(world.tasks.len(), 1);
}
