//! Requests as Woodpecker signs them, by a signer that shares nothing with the verifier but the
//! library of primitives, and a Sealyard that remembers what it was asked.

mod request;
mod rules;
mod runner;
mod service;
mod signature;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64ct::{Base64, Encoding as _};
use sealyard_vault::Plaintext;
use tokio::sync::{Semaphore, mpsc};

use super::rules::LABEL;
use super::serve::PATH;
use super::signature::PublicKey;
use super::{Conclusion, Job, Jobs, Refused, Repository, Secret};

/// The seed of the key pair in RFC 8032 section 7.1, test 1; that of `httpsign.http`, too.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
/// Its public key, as Woodpecker gives it at `/api/signature/public-key`.
const PEM: &[u8] = b"-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";

/// When the requests of these tests are signed, in seconds since 1970.
const NOW_S: i64 = 1_795_000_000;

const COVERED: &[&str] = &["@request-target", "content-digest"];
const PUSH: &str =
    r#"{"repo":{"full_name":"octo-org/hello","forge_id":1},"pipeline":{"event":"push"}}"#;

fn key() -> PublicKey {
    PublicKey::from_pem(PEM).expect("a key")
}

fn pair(seed: &[u8; 32]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed has 32 bytes")
}

/// A request as text, so that a test can change any part of it after it was signed.
#[derive(Clone)]
struct Wire {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Wire {
    /// Not signed yet; with the digest of its body.
    fn new(body: &str) -> Self {
        let sha256 = Base64::encode_string(digest(&SHA256, body.as_bytes()).as_ref());
        Self {
            method: "POST",
            target: PATH.to_owned(),
            headers: vec![
                ("host", "adapter.example".to_owned()),
                ("content-type", "application/json".to_owned()),
                ("content-digest", format!("sha-256=:{sha256}:")),
            ],
            body: body.to_owned(),
        }
    }

    /// Signed as Woodpecker signs.
    fn signed(body: &str, created_s: i64) -> Self {
        let parameters = format!(r#";created={created_s};alg="ed25519""#);
        Self::new(body).sign(LABEL, COVERED, &parameters, &SEED)
    }

    /// Signs it as it is now (RFC 9421 section 3.1).
    fn sign(mut self, label: &str, covered: &[&str], parameters: &str, seed: &[u8; 32]) -> Self {
        let mut base = String::new();
        for name in covered {
            writeln!(base, "\"{name}\": {}", self.value(name)).expect("a string takes all");
        }
        let list: Vec<_> = covered.iter().map(|name| format!("\"{name}\"")).collect();
        let list = format!("({}){parameters}", list.join(" "));
        write!(base, "\"@signature-params\": {list}").expect("a string takes all");
        let signature = Base64::encode_string(pair(seed).sign(base.as_bytes()).as_ref());
        self.add("signature-input", format!("{label}={list}"));
        self.add("signature", format!("{label}=:{signature}:"));
        self
    }

    fn value(&self, component: &str) -> String {
        match component {
            "@method" => self.method.to_owned(),
            "@request-target" => self.target.clone(),
            "@path" => self.target.split('?').next().expect("a path").to_owned(),
            "@query" => format!("?{}", self.target.split_once('?').expect("a query").1),
            "@authority" => self.header("host"),
            name => self.header(name),
        }
    }

    fn header(&self, name: &str) -> String {
        let lines = self.headers.iter().filter(|header| header.0 == name);
        let lines: Vec<_> = lines.map(|header| header.1.as_str()).collect();
        lines.join(", ")
    }

    fn add(&mut self, name: &'static str, value: String) {
        self.headers.push((name, value));
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|header| header.0 != name);
        self
    }

    /// With a part of a field's value replaced; the part must be there.
    fn with(mut self, name: &str, from: &str, to: &str) -> Self {
        let header = self.headers.iter_mut().find(|header| header.0 == name);
        let (_, value) = header.expect(name);
        assert!(value.contains(from), "{name}: {value}");
        *value = value.replace(from, to);
        self
    }

    fn request(&self) -> http::Request<axum::body::Body> {
        let mut request = http::Request::builder()
            .method(self.method)
            .uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(self.body.clone().into()).expect("a request")
    }

    fn parts(&self) -> http::request::Parts {
        self.request().into_parts().0
    }

    fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            write!(text, "{name}: {value}\r\n").expect("a string takes all");
        }
        let length = self.body.len();
        write!(text, "content-length: {length}\r\n\r\n{}", self.body).expect("a string takes all");
        text.into_bytes()
    }
}

/// A Sealyard that gives what a test says, and remembers the questions.
struct Fake {
    gives: Box<dyn Fn() -> Result<Vec<Secret>, Refused> + Send + Sync>,
    asked: Arc<Mutex<Vec<String>>>,
    began: Arc<Semaphore>,
    may_answer: Arc<Semaphore>,
    completed: mpsc::UnboundedSender<(i64, Conclusion)>,
}

impl Jobs for Fake {
    async fn begin(&self, repository: &Repository) -> Result<Job, Refused> {
        self.asked
            .lock()
            .expect("no test panicked")
            .push(repository.to_string());
        self.began.add_permits(1);
        self.may_answer
            .acquire()
            .await
            .expect("never closed")
            .forget();
        let secrets = (self.gives)()?;
        Ok(Job { id: 7, secrets })
    }

    async fn complete(&self, job: i64, conclusion: Conclusion) {
        self.completed
            .send((job, conclusion))
            .expect("the test listens");
    }
}

fn secret(name: &str, value: &[u8]) -> Secret {
    Secret {
        name: name.to_owned(),
        value: Plaintext::from(value.to_vec()),
    }
}
