use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use serde_json::{Value, json};

use super::super::fake::{Fake, Script};
use super::{End, end, run, sealyard};

fn with(fake: &Fake, variables: &[(&str, &str)], words: &[&str]) -> End {
    let mut command = sealyard(fake);
    command
        .env_remove("SEALYARD_TOKEN")
        .envs(variables.iter().copied());
    end(command.args(words).output().expect("a program"))
}

/// Registers a runner, whose file is then in the folder.
fn register(fake: &Fake, file: &Path) -> End {
    let file = file.to_str().expect("UTF-8");
    let words = [
        "runner",
        "register",
        "--runner-file",
        file,
        "--labels",
        "a,b",
        "--name",
        "box",
    ];
    with(fake, &[("SEALYARD_REGISTRATION_TOKEN", "AAAA")], &words)
}

#[test]
fn a_person_makes_a_ticket_and_redeems_it() {
    let fake = Fake::with(&[("TOKEN", b"hunter2")]);
    let words = [
        "--env",
        "prod",
        "--ref",
        "refs/heads/main",
        "--timeout-minutes",
        "5",
        "true",
    ];
    assert_eq!(run(&fake, &words).status.code(), Some(0));
    let ticket = &fake.asked("/tickets")[0];
    assert_eq!(ticket.authorization, "Bearer ghp_mine");
    assert_eq!(
        ticket.body,
        json!({"repository": "octo-org/hello", "environment": "prod", "ref": "refs/heads/main"})
    );
    let job = &fake.asked("/jobs")[0];
    assert_eq!(job.authorization, "Bearer ghp_mine");
    let key = &job.body["public_key"];
    assert_eq!(
        job.body,
        json!({"ticket": "syj_made", "public_key": key, "timeout_minutes": 5, "masks": false})
    );
    assert_eq!(fake.asked("/heartbeat").len(), 0);
    // The next job has another key.
    run(&fake, &["true"]);
    assert_ne!(&fake.asked("/jobs")[1].body["public_key"], key);
}

#[test]
fn a_runner_asks_with_its_own_key_and_says_that_it_is_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("runner.json");
    let fake = Fake::with(&[("TOKEN", b"hunter2")]);
    let end = register(&fake, &file);
    assert_eq!(end.status.code(), Some(0), "{}", end.stderr);
    assert_eq!(end.stdout, "");
    let registered = &fake.asked("/runners")[0].body;
    assert_eq!(registered["token"], "AAAA");
    assert_eq!(registered["name"], "box");
    assert_eq!(registered["labels"], json!(["a", "b"]));
    assert_eq!(fs::metadata(&file).expect("a file").mode() & 0o777, 0o600);
    let kept: Value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
    assert_eq!(kept["url"], fake.url);
    assert_eq!(kept["credential"], "syr_runner");

    let file = file.to_str().expect("UTF-8");
    let other = Fake::with(&[]);
    // A credential goes to whoever gave it, whatever the environment says.
    let variables = [
        ("SEALYARD_RUNNER_FILE", file),
        ("SEALYARD_URL", other.url.as_str()),
    ];
    let words = [
        "run",
        "--repo",
        "o/r",
        "--env",
        "e",
        "--",
        "sh",
        "-c",
        "echo $TOKEN",
    ];
    let end = with(&fake, &variables, &words);
    assert_eq!(end.stdout, "***\n", "{}", end.stderr);
    assert_eq!(other.asked("").len(), 0);
    let job = &fake.asked("/jobs")[0];
    assert_eq!(job.authorization, "Bearer syr_runner");
    assert_eq!(
        job.body,
        json!({"repository": "o/r", "environment": "e", "public_key": kept["public_key"], "masks": false})
    );
    assert_eq!(fake.asked("/tickets").len(), 0);
    assert!(!fake.asked("/heartbeat").is_empty());

    let end = with(&fake, &[], &["runner", "heartbeat", "--runner-file", file]);
    assert_eq!((end.status.code(), end.stderr.as_str()), (Some(0), ""));
    let heartbeats = fake.asked("/heartbeat");
    assert_eq!(
        heartbeats.last().expect("one").authorization,
        "Bearer syr_runner"
    );
}

#[test]
fn a_runner_redeems_a_ticket() {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, ticket) = (dir.path().join("runner.json"), dir.path().join("ticket"));
    let fake = Fake::with(&[("TOKEN", b"hunter2")]);
    register(&fake, &file);
    fs::write(&ticket, "syj_given\n").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let ticket = ticket.to_str().expect("UTF-8");
    let words = [
        "run",
        "--runner-file",
        file,
        "--ticket-file",
        ticket,
        "true",
    ];
    assert_eq!(with(&fake, &[], &words).status.code(), Some(0));
    let key = &fake.asked("/jobs")[0].body["public_key"];
    assert_eq!(
        fake.asked("/jobs")[0].body,
        json!({"ticket": "syj_given", "public_key": key, "masks": false})
    );
    // The ticket says what it is for; whoever thinks otherwise is told.
    for (words, code) in [
        (["--repo", "octo-ORG/Hello"], 0),
        (["--repo", "octo-org/other"], 64),
        (["--env", "prod"], 64),
    ] {
        let words = [&["run", "--runner-file", file], &words[..], &["true"]].concat();
        let end = with(&fake, &[("SEALYARD_TICKET", "syj_given")], &words);
        assert_eq!(end.status.code(), Some(code), "{}", end.stderr);
    }
    let words = [
        "run",
        "--runner-file",
        file,
        "--repo",
        "o/r",
        "--ref",
        "refs/heads/x",
        "true",
    ];
    assert_eq!(with(&fake, &[], &words).status.code(), Some(64));
}

#[test]
fn a_registration_that_could_not_be_kept_is_not_spent() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("runner.json");
    fs::write(&file, "something else").expect("a file");
    let fake = Fake::with(&[]);
    let end = register(&fake, &file);
    assert_eq!(end.status.code(), Some(64));
    assert!(end.stderr.contains("is not overwritten"), "{}", end.stderr);
    assert_eq!(fs::read(&file).expect("a file"), b"something else");
    let end = register(&fake, &dir.path().join("no/such/folder"));
    assert_eq!(end.status.code(), Some(78));
    assert_eq!(fake.asked("").len(), 0);
}

#[test]
fn a_refused_registration_leaves_no_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("runner.json");
    let body = "{\"message\":\"Not Found\"}".to_owned();
    let fake = Fake::start(Script {
        instead: [("/runners", 404, String::new(), body)].into(),
        ..Script::default()
    });
    assert_eq!(register(&fake, &file).status.code(), Some(64));
    assert!(!file.exists());
    // Nothing is in the way of the next try.
    assert_eq!(register(&fake, &file).status.code(), Some(0));
}

#[test]
fn a_runner_file_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("runner.json");
    let fake = Fake::with(&[]);
    register(&fake, &file);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
    let words = [
        "runner",
        "heartbeat",
        "--runner-file",
        file.to_str().expect("UTF-8"),
    ];
    let end = with(&fake, &[], &words);
    assert_eq!(end.status.code(), Some(78));
    assert!(end.stderr.contains("chmod 600"), "{}", end.stderr);
    assert_eq!(fake.asked("/heartbeat").len(), 0);
}

#[test]
fn a_ticket_stands_alone_on_standard_output() {
    let fake = Fake::with(&[]);
    let token = [("SEALYARD_TOKEN", "ghp_mine")];
    let words = [
        "ticket", "create", "--repo", "o/r", "--event", "push", "--fork",
    ];
    let end = with(&fake, &token, &words);
    assert_eq!(end.stdout, "syj_made\n");
    assert!(
        end.stderr.starts_with("Ticket 7 is good until"),
        "{}",
        end.stderr
    );
    assert_eq!(
        fake.asked("/tickets")[0].body,
        json!({"repository": "o/r", "event": "push", "fork": true})
    );
    let end = with(&fake, &token, &["ticket", "approve", "7"]);
    assert_eq!(
        (end.stdout.as_str(), end.stderr.as_str()),
        ("", "Approved.\n")
    );
    assert_eq!(
        fake.asked("/tickets/7/approve")[0].authorization,
        "Bearer ghp_mine"
    );
}

#[test]
fn a_server_that_is_not_there_or_not_safe_is_told_nothing() {
    // A server that nobody runs, and one that others could overhear.
    let fake = Fake::with(&[]);
    let token = ("SEALYARD_TOKEN", "ghp_mine");
    for (url, code, said) in [
        (
            "http://127.0.0.1:1",
            69,
            "nobody answers at http://127.0.0.1:1",
        ),
        (
            "unix:/no/such/socket",
            69,
            "nobody answers at unix:/no/such/socket",
        ),
        (
            "http://192.0.2.1",
            78,
            "refusing to send a credential to http://192.0.2.1",
        ),
    ] {
        let end = with(
            &fake,
            &[token],
            &["run", "--url", url, "--repo", "o/r", "true"],
        );
        assert_eq!(end.status.code(), Some(code), "{}", end.stderr);
        assert!(end.stderr.contains(said), "{}", end.stderr);
    }
}
