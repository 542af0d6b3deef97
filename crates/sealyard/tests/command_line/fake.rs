//! A server that delivers what a test gives it, over HTTP, and remembers what it was asked.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use sealyard_vault::PublicKey;
use serde_json::{Value, json};

/// How long anything may take before a test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

/// What the server answers.
#[derive(Default)]
pub(crate) struct Script {
    /// What a job gets.
    pub(crate) secrets: Vec<(&'static str, Vec<u8>)>,
    /// How often a job has to wait first.
    pub(crate) waits: usize,
    /// How the end of a job is answered; 0 is 204.
    pub(crate) complete: u16,
    /// What paths answer instead: path, status, headers, body.
    pub(crate) instead: VecDeque<(&'static str, u16, String, String)>,
}

/// The server, for as long as the test's process runs.
pub(crate) struct Fake {
    pub(crate) url: String,
    asked: Arc<(Mutex<Vec<Asked>>, Condvar)>,
}

impl Fake {
    pub(crate) fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let seen = Arc::clone(&asked);
        let script = Arc::new(Mutex::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                std::thread::spawn(move || {
                    serve(stream.expect("a connection"), &seen, &script);
                });
            }
        });
        Self { url, asked }
    }

    /// A server whose jobs get these secrets.
    pub(crate) fn with(secrets: &[(&'static str, &[u8])]) -> Self {
        let secrets = secrets.iter();
        Self::start(Script {
            secrets: secrets
                .map(|(name, value)| (*name, value.to_vec()))
                .collect(),
            ..Script::default()
        })
    }

    /// Everything it was asked on a path that ends so.
    pub(crate) fn asked(&self, end: &str) -> Vec<Asked> {
        let asked = self.asked.0.lock().expect("no panic");
        asked
            .iter()
            .filter(|asked| asked.path.ends_with(end))
            .cloned()
            .collect()
    }

    /// Waits until it was asked that.
    pub(crate) fn wait_for(&self, end: &str, times: usize) {
        let until = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.asked;
        let mut asked = lock.lock().expect("no panic");
        while asked
            .iter()
            .filter(|asked| asked.path.ends_with(end))
            .count()
            < times
        {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "nobody asked {end}: {asked:?}");
            asked = changed.wait_timeout(asked, left).expect("no panic").0;
        }
    }

    /// How the job was said to have ended; once.
    pub(crate) fn conclusion(&self) -> String {
        let completed = self.asked("/jobs/7/complete");
        assert_eq!(completed.len(), 1, "{completed:?}");
        completed[0].body["conclusion"]
            .as_str()
            .expect("a word")
            .to_owned()
    }
}

fn serve(mut stream: TcpStream, seen: &(Mutex<Vec<Asked>>, Condvar), script: &Mutex<Script>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request");
    let path = line.split(' ').nth(1).expect("a path").to_owned();
    assert!(line.starts_with("POST "), "{line}");
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        match name {
            "content-length" => length = value.parse().expect("a number"),
            "authorization" => value.clone_into(&mut authorization),
            "user-agent" => assert!(value.starts_with("sealyard/")),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let mut script = script.lock().expect("no panic");
    let (status, headers, answer) = answer(&path, &body, &mut script);
    drop(script);
    let asked = Asked {
        path,
        authorization,
        body,
    };
    seen.0.lock().expect("no panic").push(asked);
    seen.1.notify_all();
    let length = answer.len();
    // Whoever asked may have gone.
    drop(write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{answer}"
    ));
}

fn answer(path: &str, body: &Value, script: &mut Script) -> (u16, String, String) {
    let plain = |status, body: Value| (status, String::new(), body.to_string());
    if script
        .instead
        .front()
        .is_some_and(|(end, ..)| path.ends_with(end))
    {
        let (_, status, headers, body) = script.instead.pop_front().expect("it is there");
        return (status, headers, body);
    }
    match path
        .strip_prefix("/api/sealyard/v1/")
        .expect("a path of ours")
    {
        "runners" => plain(
            201,
            json!({"id": 3, "name": body["name"], "credential": "syr_runner"}),
        ),
        "tickets" => plain(
            201,
            json!({
                "id": 7, "ticket": "syj_made", "not_before": "2026-01-01T00:00:00Z",
                "status": if script.waits > 0 { "waiting" } else { "queued" },
                "expires_at": "2026-01-02T00:00:00Z", "repository": body["repository"],
            }),
        ),
        "tickets/7/approve" => plain(200, json!({"id": 7, "status": "queued"})),
        "jobs" if script.waits > 0 => {
            script.waits -= 1;
            plain(409, json!({"message": "The job waits for a reviewer."}))
        }
        "jobs" => plain(201, job(body, &script.secrets)),
        "jobs/7/complete" if script.complete != 0 => {
            plain(script.complete, json!({"message": "The job has ended."}))
        }
        "jobs/7/complete" | "runners/heartbeat" => (204, String::new(), String::new()),
        other => panic!("nobody answers {other}"),
    }
}

fn job(body: &Value, secrets: &[(&'static str, Vec<u8>)]) -> Value {
    let named = |name: &str| {
        body["only"]
            .as_array()
            .is_none_or(|only| only.contains(&json!(name)))
    };
    let secrets: Vec<_> = secrets.iter().filter(|(name, _)| named(name)).collect();
    let secrets: Vec<Value> = secrets
        .iter()
        .map(|(name, value)| {
            json!({"name": name, "value": Base64::encode_string(value), "scope": "repository"})
        })
        .collect();
    let delivery = json!({
        "job_id": 7, "repository": "Octo-Org/hello", "environment": null,
        "secrets": secrets,
    });
    let key = body["public_key"].as_str().expect("a key");
    let key = PublicKey::from_base64(key).expect("a key");
    let sealed = Base64::encode_string(&key.seal(delivery.to_string().as_bytes()));
    json!({"id": 7, "repository": "Octo-Org/hello", "sealed_box": sealed})
}
