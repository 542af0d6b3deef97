use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use super::super::fake::Fake;
use super::{Running, command};

/// Counts signals, says so, and ends when it is told to: what was seen twice would be counted twice.
const COUNTER: &str = "int=0; term=0; \
    trap 'int=$((int+1))' INT; trap 'term=$((term+1))' TERM; \
    echo ready; while read line; do echo \"$line $int $term\"; done; exit $int";

#[test]
fn a_signal_is_passed_on_once() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let mut running = Running::start(&mut command(&fake, &["--", "bash", "-c", COUNTER]));
    running.wait_for("ready\n");
    let us = Pid::from_child(&running.child);
    for (signal, seen) in [
        (Signal::INT, "1 0"),
        (Signal::TERM, "1 1"),
        (Signal::INT, "2 1"),
    ] {
        kill_process(us, signal).expect("a signal");
        // Passed on when the command has counted it; asked until then.
        let until = std::time::Instant::now() + super::PATIENCE;
        loop {
            running.say("seen\n");
            running.wait_for("\n");
            let all = String::from_utf8_lossy(&running.seen).into_owned();
            if all.ends_with(&format!("seen {seen}\n")) {
                break;
            }
            assert!(std::time::Instant::now() < until, "{all}");
        }
    }
    running.say("last\n");
    running.wait_for("last 2 1\n");
    let end = running.finish();
    assert_eq!(end.status.code(), Some(2));
    assert_eq!(fake.conclusion(), "cancelled");
}

#[test]
fn what_a_terminal_sends_comes_once() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let program = env!("CARGO_BIN_EXE_sealyard");
    let mut script = Command::new("script");
    script
        .args([
            "-qec",
            &format!("{program} run --repo o/r -- bash -c \"$COUNTER\""),
            "/dev/null",
        ])
        .env("COUNTER", COUNTER)
        .env("SEALYARD_URL", &fake.url)
        .env("SEALYARD_TOKEN", "ghp_mine")
        .stdout(std::process::Stdio::piped());
    let mut running = Running::start(&mut script);
    running.wait_for("ready\r\n");
    // Ctrl-C, as a keyboard sends it.
    running.say("\x03");
    let until = std::time::Instant::now() + super::PATIENCE;
    loop {
        running.say("seen\n");
        running.wait_for("0\r\n");
        if running.seen.ends_with(b"seen 1 0\r\n") {
            break;
        }
        assert!(std::time::Instant::now() < until);
    }
    // A second one would have come by now, had it been passed on: it is asked of us, not of time.
    running.say("\x03");
    loop {
        running.say("seen\n");
        running.wait_for("0\r\n");
        if running.seen.ends_with(b"seen 2 0\r\n") {
            break;
        }
        assert!(!running.seen.ends_with(b"seen 3 0\r\n"), "it came twice");
        assert!(std::time::Instant::now() < until);
    }
    running.say("\x04");
    let end = running.finish();
    assert_eq!(end.status.code(), Some(2), "{}", end.stdout);
    assert_eq!(fake.conclusion(), "cancelled");
}

#[test]
fn what_was_ignored_stays_ignored() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let program = env!("CARGO_BIN_EXE_sealyard");
    let ask = "echo ready; read line; kill -INT $$; echo alive";
    let line = format!("trap '' INT HUP; exec {program} run --repo o/r -- sh -c '{ask}'");
    let mut sh = Command::new("sh");
    sh.args(["-c", &line])
        .env("SEALYARD_URL", &fake.url)
        .env("SEALYARD_TOKEN", "ghp_mine")
        .stdout(std::process::Stdio::piped());
    let mut running = Running::start(&mut sh);
    running.wait_for("ready\n");
    let us = Pid::from_child(&running.child);
    kill_process(us, Signal::INT).expect("a signal");
    kill_process(us, Signal::HUP).expect("a signal");
    running.say("\n");
    let end = running.finish();
    assert_eq!(end.stdout, "ready\nalive\n");
    assert_eq!(end.status.code(), Some(0));
    assert_eq!(fake.conclusion(), "success");
}

#[test]
fn a_command_that_ends_by_the_signal_takes_us_along() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let mut running = Running::start(&mut command(
        &fake,
        &["--", "sh", "-c", "echo ready; exec sleep 60"],
    ));
    running.wait_for("ready\n");
    kill_process(Pid::from_child(&running.child), Signal::TERM).expect("a signal");
    let end = running.finish();
    assert_eq!(end.status.signal(), Some(15));
    assert_eq!(end.stderr, "");
    assert_eq!(fake.conclusion(), "cancelled");
}

#[test]
fn success_after_a_signal_is_success() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let script = "trap 'echo orderly; exit 0' TERM; echo ready; while :; do read x; done";
    let mut running = Running::start(&mut command(&fake, &["--", "bash", "-c", script]));
    running.wait_for("ready\n");
    kill_process(Pid::from_child(&running.child), Signal::TERM).expect("a signal");
    running.wait_for("orderly\n");
    assert_eq!(running.finish().status.code(), Some(0));
    assert_eq!(fake.conclusion(), "success");
}
