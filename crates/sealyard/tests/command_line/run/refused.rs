use super::super::fake::{Fake, Script};
use super::{End, run, script};

/// Runs something that would be seen to have run.
fn refused(secrets: &[(&'static str, &[u8])], flags: &[&str]) -> End {
    let fake = Fake::with(secrets);
    let words = [flags, &["--", "echo", "it ran"]].concat();
    let end = run(&fake, &words);
    assert_eq!(end.status.code(), Some(64), "{}", end.stderr);
    assert_eq!(end.stdout, "");
    assert_eq!(fake.conclusion(), "failure");
    end
}

#[test]
fn a_value_with_a_nul_is_refused_by_name() {
    let end = refused(&[("GOOD", b"good"), ("NUL", b"hunter2\0x")], &[]);
    assert_eq!(
        end.stderr,
        "error: the secret NUL has a NUL byte, which no variable can hold; use --files\n"
    );
}

#[test]
fn a_value_that_is_too_large_is_refused_by_name() {
    let end = refused(&[("GOOD", b"good"), ("LARGE", &vec![b'v'; 131_066])], &[]);
    assert_eq!(
        end.stderr,
        "error: the secret LARGE has 131066 bytes, and the system takes at most 131065 for one \
         variable of that name; use --files\n"
    );
    let fake = Fake::with(&[("LARGE", &vec![b'v'; 131_065])]);
    assert_eq!(script(&fake, "echo ${#LARGE}").stdout, "131065\n");
}

#[test]
fn a_name_that_changes_what_runs_is_refused_unless_it_is_allowed() {
    let end = refused(&[("LD_PRELOAD", b"hunter2"), ("PATH", b"/nowhere")], &[]);
    assert!(
        end.stderr
            .starts_with("error: the secret LD_PRELOAD is not made a variable: it makes the"),
        "{}",
        end.stderr
    );
    let end = refused(
        &[("LD_PRELOAD", b"hunter2"), ("PATH", b"/nowhere")],
        &["--allow-env", "LD_PRELOAD"],
    );
    assert!(end.stderr.contains("PATH"), "{}", end.stderr);
    let fake = Fake::with(&[("PS4", b"hunter2"), ("NODE_PATH", b"hunter3")]);
    let end = run(
        &fake,
        &[
            "--allow-env",
            "PS4,NODE_PATH",
            "--",
            "sh",
            "-c",
            "echo $NODE_PATH",
        ],
    );
    assert_eq!(end.stdout, "***\n");
}

#[test]
fn a_secret_that_the_job_does_not_get_is_missed() {
    let fake = Fake::with(&[("ONE", b"1111"), ("TWO", b"2222")]);
    let end = run(
        &fake,
        &[
            "--only",
            "one",
            "--",
            "sh",
            "-c",
            "echo ${ONE+1}${TWO-none}",
        ],
    );
    assert_eq!(end.stdout, "1none\n");
    assert_eq!(
        fake.asked("/jobs")[0].body["only"],
        serde_json::json!(["ONE"])
    );
    let end = refused(&[("ONE", b"1111")], &["--only", "ONE,THREE"]);
    assert_eq!(
        end.stderr,
        "error: the job gets no secret THREE: there is none of that name for it\n"
    );
}

#[test]
fn the_servers_no_is_shown_with_what_to_do() {
    let no = |status, message: &str| {
        let body = format!("{{\"message\":\"{message}\"}}");
        Fake::start(Script {
            instead: [("/jobs", status, String::new(), body)].into(),
            ..Script::default()
        })
    };
    for (status, message, code, said) in [
        (
            401,
            "Bad credentials",
            78,
            "Bad credentials (401); the credential is missing",
        ),
        (
            403,
            "Not from this branch",
            78,
            "Not from this branch (403); whoever",
        ),
        (404, "Not Found", 64, "Not Found (404); it is not there"),
        (410, "Gone", 64, "Gone (410); it has been used"),
        (
            422,
            "The secret A does not open.",
            64,
            "The secret A does not open (422)",
        ),
        (503, "Busy", 69, "Busy (503); the server is busy"),
    ] {
        let fake = no(status, message);
        let end = run(&fake, &["true"]);
        assert_eq!(end.status.code(), Some(code), "{}", end.stderr);
        assert!(end.stderr.contains(said), "{}", end.stderr);
        assert_eq!(fake.asked("/complete").len(), 0);
    }
}

#[test]
fn only_redirects_that_stay_are_followed() {
    let elsewhere = |location: &str| {
        let header = format!("location: {location}\r\n");
        let fake = Fake::start(Script {
            instead: [("/jobs", 307, header, String::new())].into(),
            ..Script::default()
        });
        let end = run(&fake, &["true"]);
        (fake, end)
    };
    let (fake, end) = elsewhere("/api/sealyard/v1/jobs");
    assert_eq!(end.status.code(), Some(0), "{}", end.stderr);
    assert_eq!(fake.asked("/jobs").len(), 2);
    let other = Fake::with(&[]);
    for location in [
        &format!("{}/api/sealyard/v1/jobs", other.url),
        "//example/x",
        "ftp://x",
    ] {
        let (_, end) = elsewhere(location);
        assert_eq!(end.status.code(), Some(69), "{location}: {}", end.stderr);
        assert!(
            end.stderr.contains("sends requests elsewhere"),
            "{}",
            end.stderr
        );
    }
    assert_eq!(other.asked("").len(), 0);
}

#[test]
fn what_is_no_server_of_ours_is_told() {
    for body in ["<html>", "{}", "{\"id\":7,\"sealed_box\":\"AAAA\"}"] {
        let fake = Fake::start(Script {
            instead: [("/jobs", 200, String::new(), body.to_owned())].into(),
            ..Script::default()
        });
        let end = run(&fake, &["true"]);
        assert_eq!(end.status.code(), Some(69), "{body}: {}", end.stderr);
    }
}
