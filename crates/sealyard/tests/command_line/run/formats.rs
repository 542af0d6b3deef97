use std::process::Command;

use super::super::fake::Fake;
use super::{end, run};

#[test]
fn a_format_prints_and_ends_the_job() {
    for (format, expected) in [
        ("shell", "export A='it'\\''s $1'\nexport B='two\nlines'\n"),
        ("dotenv", "A=\"it's \\$1\"\nB='two\nlines'\n"),
        ("json", "{\"A\":\"it's $1\",\"B\":\"two\\nlines\"}\n"),
    ] {
        let fake = Fake::with(&[("A", b"it's $1"), ("B", b"two\nlines")]);
        let end = run(&fake, &["--format", format]);
        assert_eq!(end.stdout, expected);
        assert_eq!(end.stderr, "");
        assert_eq!(end.status.code(), Some(0));
        assert_eq!(fake.conclusion(), "success");
    }
}

#[test]
fn a_format_that_cannot_hold_a_value_prints_nothing() {
    for (format, value) in [
        ("shell", &b"a\0"[..]),
        ("dotenv", b"\xff"),
        ("json", b"\xff"),
    ] {
        let fake = Fake::with(&[("A", b"good"), ("B", value)]);
        let end = run(&fake, &["--format", format]);
        assert_eq!((end.status.code(), end.stdout.as_str()), (Some(64), ""));
        assert!(end.stderr.contains("the secret B"), "{}", end.stderr);
        assert_eq!(fake.conclusion(), "failure");
    }
}

#[test]
fn what_becomes_a_variable_may_not_change_what_runs() {
    let secrets: [(&str, &[u8]); 1] = [("PATH", b"/nowhere")];
    for format in ["shell", "dotenv"] {
        let end = run(&Fake::with(&secrets), &["--format", format]);
        assert_eq!((end.status.code(), end.stdout.as_str()), (Some(64), ""));
    }
    let end = run(&Fake::with(&secrets), &["--format", "json"]);
    assert_eq!(end.stdout, "{\"PATH\":\"/nowhere\"}\n");
}

#[test]
fn a_terminal_is_shown_nothing() {
    let fake = Fake::with(&[("A", b"hunter2")]);
    let program = env!("CARGO_BIN_EXE_sealyard");
    let line = format!("{program} run --repo o/r --format shell");
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .env("SEALYARD_URL", &fake.url)
        .env("SEALYARD_TOKEN", "ghp_mine");
    let end = end(command.output().expect("script, of util-linux"));
    assert_eq!(end.status.code(), Some(64));
    assert!(
        end.stdout.contains("does not print secrets to a terminal"),
        "{}",
        end.stdout
    );
    assert_eq!(fake.asked("").len(), 0);
}
