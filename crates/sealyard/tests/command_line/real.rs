//! Runners, tickets and jobs at the command line, against a server that really delivers, over TLS
//! and over a unix socket.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use sealyard_vault::{PublicKey, random};
use serde_json::{Value, json};

use super::place::{End, Place, Server};

const REPOSITORY: &str = "my-org/my-repo";
/// What `quickstart` made.
const SECRETS: &str = "/repos/my-org/my-repo/actions/secrets";
const RUNNERS: &str = "/repos/my-org/my-repo/actions/runners";

/// A store of `quickstart`, served.
struct Town {
    place: Place,
    token: String,
    /// `https://127.0.0.1:PORT`
    url: String,
    _server: Server,
}

impl Town {
    async fn new() -> Self {
        let place = Place::new().await;
        let token = place.quickstart();
        let socket = format!("unix:{}", place.data().join("s").display());
        let flags = [
            "--tls-local",
            "--delivery-people",
            "--listen",
            "127.0.0.1:0",
        ];
        let (said, server) = place.serve(&[&flags[..], &["--listen", &socket]].concat());
        let url = said
            .split([' ', ','])
            .find(|word| word.starts_with("https://"));
        Self {
            token,
            url: url.unwrap_or_else(|| panic!("{said}")).to_owned(),
            _server: server,
            place,
        }
    }

    fn socket(&self) -> PathBuf {
        self.place.data().join("s")
    }

    /// Asks the server over its socket, as the user.
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut stream = UnixStream::connect(self.socket()).expect("a server");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             user-agent: tests\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        )
        .expect("a server");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("UTF-8");
        let status = answer
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer");
        (
            status.expect("a status"),
            serde_json::from_str(body).unwrap_or_default(),
        )
    }

    fn set(&self, secrets: &str, name: &str, value: &[u8]) {
        let (status, key) = self.ask("GET", &format!("{secrets}/public-key"), &Value::Null);
        assert_eq!(status, 200, "{key}");
        let public = PublicKey::from_base64(key["key"].as_str().expect("a key")).expect("a key");
        let body = json!({
            "key_id": key["key_id"],
            "encrypted_value": Base64::encode_string(&public.seal(value)),
        });
        let (status, answer) = self.ask("PUT", &format!("{secrets}/{name}"), &body);
        assert_eq!(status, 201, "{answer}");
    }

    /// The program with these variables.
    fn run(&self, variables: &[(&str, &str)], words: &[&str]) -> End {
        let mut command = self.place.command(words);
        command
            .env("PATH", "/usr/bin:/bin")
            .env_remove("SEALYARD_DATABASE_URL");
        End::of(command.envs(variables.iter().copied()).output())
    }

    /// As the user, over the socket.
    fn as_person(&self, words: &[&str]) -> End {
        let socket = format!("unix:{}", self.socket().display());
        self.run(
            &[("SEALYARD_URL", &socket), ("SEALYARD_TOKEN", &self.token)],
            words,
        )
    }

    /// As the runner, over TLS.
    fn as_runner(&self, words: &[&str]) -> End {
        let authority = self.place.data().join("local-ca.pem");
        let authority = authority.to_str().expect("UTF-8");
        let file = ("SEALYARD_RUNNER_FILE", "sealyard-runner.json");
        self.run(&[file, ("SEALYARD_CA_FILE", authority)], words)
    }

    fn register(&self) -> End {
        let (status, made) = self.ask(
            "POST",
            &format!("{RUNNERS}/registration-token"),
            &Value::Null,
        );
        assert_eq!(status, 201, "{made}");
        let token = made["token"].as_str().expect("a token");
        let authority = self.place.data().join("local-ca.pem");
        let url = format!("{}/{REPOSITORY}", self.url);
        let words = ["runner", "register", "--name", "box", "--url", &url];
        self.run(
            &[
                ("SEALYARD_REGISTRATION_TOKEN", token),
                ("SEALYARD_CA_FILE", authority.to_str().expect("UTF-8")),
            ],
            &words,
        )
    }
}

fn ended_well(end: &End) {
    assert_eq!(end.code, Some(0), "{}", end.stderr);
}

fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).expect("a list");
    files
        .map(|file| {
            let path = file.expect("a file").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read(path).expect("a file"))
        })
        .collect()
}

#[tokio::test]
async fn values_come_to_a_runner_byte_for_byte() {
    let town = Town::new().await;
    let large: Vec<u8> = (0..1_536).flat_map(|_| random::bytes::<32>()).collect();
    let values = [
        ("EMPTY", Vec::new()),
        ("NUL", b"a\0b\0".to_vec()),
        ("LINES", "première\nzweite\r\n\n".as_bytes().to_vec()),
        ("LARGE", large),
        ("PATH", b"/nowhere".to_vec()),
    ];
    for (name, value) in &values {
        town.set(SECRETS, name, value);
    }
    ended_well(&town.register());
    ended_well(&town.as_runner(&["runner", "heartbeat"]));
    let copy = town.place.data().join("copy");
    let script = format!("cp -r $SEALYARD_FILES {}", copy.display());
    let words = [
        "run", "--repo", REPOSITORY, "--files", "--", "sh", "-c", &script,
    ];
    ended_well(&town.as_runner(&words));
    let expected = values.map(|(name, value)| (name.to_owned(), value));
    assert!(read(&copy) == BTreeMap::from(expected));
    let end = town.as_runner(&["run", "--repo", REPOSITORY, "--only", "LINES,EMPTY", "env"]);
    ended_well(&end);
    assert!(end.stdout.contains("LINES=***"), "{}", end.stdout);
    assert!(end.stdout.contains("EMPTY=\n"), "{}", end.stdout);
    let (_, jobs) = town.ask(
        "GET",
        "/api/sealyard/v1/repos/my-org/my-repo/jobs",
        &Value::Null,
    );
    assert_eq!(jobs["total_count"], 2);
    for job in jobs["jobs"].as_array().expect("a list") {
        assert_eq!(
            (&job["conclusion"], &job["runner"]["name"]),
            (&json!("success"), &json!("box"))
        );
    }
}

#[tokio::test]
async fn a_person_gets_what_their_own_ticket_says() {
    let town = Town::new().await;
    town.set(SECRETS, "TOKEN", b"of the repository");
    let production = "/repos/my-org/my-repo/environments/production/secrets";
    town.set(production, "TOKEN", b"of production");
    let json = ["run", "--repo", REPOSITORY, "--format", "json"];
    let end = town.as_person(&json);
    ended_well(&end);
    assert_eq!(end.stdout, "{\"TOKEN\":\"of the repository\"}\n");
    let end = town.as_person(&[&json[..], &["--env", "production"]].concat());
    assert_eq!(end.stdout, "{\"TOKEN\":\"of production\"}\n");
    let end = town.as_person(&[
        "run",
        "--repo",
        REPOSITORY,
        "--",
        "sh",
        "-c",
        "echo $TOKEN; exit 7",
    ]);
    assert_eq!((end.code, end.stdout.as_str()), (Some(7), "***\n"));
    let end = town.as_person(&["run", "--repo", REPOSITORY, "--only", "NONE", "true"]);
    assert_eq!(end.code, Some(64), "{}", end.stderr);
    let end = town.as_person(&["run", "--repo", "my-org/other", "true"]);
    assert_eq!(end.code, Some(64), "{}", end.stderr);
}

#[tokio::test]
async fn a_ticket_is_redeemed_once() {
    let town = Town::new().await;
    town.set(SECRETS, "TOKEN", b"of the repository");
    ended_well(&town.register());
    for (flags, delivered) in [
        (&[][..], "{\"TOKEN\":\"of the repository\"}\n"),
        (&["--fork"], "{}\n"),
    ] {
        let create = ["ticket", "create", "--repo", REPOSITORY, "--event", "push"];
        let made = town.as_person(&[&create[..], flags].concat());
        ended_well(&made);
        assert!(made.stdout.starts_with("syj_"), "{}", made.stderr);
        assert_eq!(made.stdout.lines().count(), 1);
        let file = town.place.data().join("ticket");
        fs::write(&file, &made.stdout).expect("a file");
        let words = [
            "run",
            "--format",
            "json",
            "--ticket-file",
            file.to_str().expect("UTF-8"),
        ];
        let end = town.as_runner(&words);
        assert_eq!(
            (end.code, end.stdout.as_str()),
            (Some(0), delivered),
            "{}",
            end.stderr
        );
        let end = town.as_runner(&words);
        assert_eq!((end.code, end.stdout.as_str()), (Some(64), ""));
        assert!(end.stderr.contains("(410)"), "{}", end.stderr);
    }
}

#[tokio::test]
async fn a_job_waits_for_a_reviewer() {
    let town = Town::new().await;
    let (_, me) = town.ask("GET", "/user", &Value::Null);
    let rules = json!({"reviewers": [{"type": "User", "id": me["id"]}]});
    let (status, answer) = town.ask("PUT", "/repos/my-org/my-repo/environments/guarded", &rules);
    assert_eq!(status, 200, "{answer}");
    let create = ["ticket", "create", "--repo", REPOSITORY, "--env", "guarded"];
    let made = town.as_person(&create);
    ended_well(&made);
    let id = made.stderr.split(' ').nth(1).expect("an id");
    assert!(
        made.stderr
            .contains(&format!("`sealyard ticket approve {id}`")),
        "{}",
        made.stderr
    );
    ended_well(&town.as_person(&["ticket", "approve", id]));
    let file = town.place.data().join("ticket");
    fs::write(&file, &made.stdout).expect("a file");
    let words = [
        "run",
        "--ticket-file",
        file.to_str().expect("UTF-8"),
        "--",
        "echo",
        "it ran",
    ];
    let end = town.as_person(&words);
    assert_eq!(
        (end.code, end.stdout.as_str()),
        (Some(0), "it ran\n"),
        "{}",
        end.stderr
    );
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_told_nothing() {
    let town = Town::new().await;
    let variables = [
        ("SEALYARD_URL", town.url.as_str()),
        ("SEALYARD_TOKEN", &town.token),
    ];
    let end = town.run(&variables, &["run", "--repo", REPOSITORY, "true"]);
    assert_eq!(end.code, Some(69), "{}", end.stderr);
    assert!(
        end.stderr.contains("no secure connection to https://"),
        "{}",
        end.stderr
    );
    assert!(end.stderr.contains("--ca-file"), "{}", end.stderr);
    let (_, jobs) = town.ask(
        "GET",
        "/api/sealyard/v1/repos/my-org/my-repo/jobs",
        &Value::Null,
    );
    assert_eq!(jobs["total_count"], 0);
}

#[tokio::test]
async fn a_runner_that_was_taken_off_gets_nothing() {
    let town = Town::new().await;
    town.set(SECRETS, "TOKEN", b"of the repository");
    ended_well(&town.register());
    let (_, runners) = town.ask("GET", RUNNERS, &Value::Null);
    let id = &runners["runners"][0]["id"];
    let (status, _) = town.ask("DELETE", &format!("{RUNNERS}/{id}"), &Value::Null);
    assert_eq!(status, 204);
    let end = town.as_runner(&["run", "--repo", REPOSITORY, "--format", "json"]);
    assert_eq!(
        (end.code, end.stdout.as_str()),
        (Some(78), ""),
        "{}",
        end.stderr
    );
    assert!(end.stderr.contains("(401)"), "{}", end.stderr);
    let end = town.as_runner(&["runner", "heartbeat"]);
    assert_eq!(end.code, Some(78), "{}", end.stderr);
    // The file is not overwritten, so that nobody loses a credential by a slip.
    assert_eq!(town.register().code, Some(64));
}
