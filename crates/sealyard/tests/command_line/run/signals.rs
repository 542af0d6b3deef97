use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::super::fake::{Fake, PATIENCE};
use super::{Running, command, default_signals};

/// Counts signals, and says how many there were whenever it is asked.
const COUNTER: &str = "int=0; term=0; \
    trap 'int=$((int+1))' INT; trap 'term=$((term+1))' TERM; \
    echo $PPID; while read line; do echo \"$int $term\"; done; exit $int";

/// Asks until it has counted what is expected of one of them; both.
fn count(running: &mut Running, expected: impl Fn(&str) -> bool) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        running.say("?\n");
        let counted = running.line();
        if expected(&counted) {
            return counted;
        }
        assert!(Instant::now() < until, "{counted}");
    }
}

#[test]
fn a_signal_is_passed_on_once() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let mut running = Running::start(&mut command(&fake, &["--", "bash", "-c", COUNTER]));
    let us = Pid::from_child(&running.child);
    assert_eq!(running.line(), us.to_string());
    kill_process(us, Signal::INT).expect("a signal");
    count(&mut running, |counted| !counted.starts_with("0 "));
    // Signals are passed on in order: with this one, all of the first are there.
    kill_process(us, Signal::TERM).expect("a signal");
    let counted = count(&mut running, |counted| !counted.ends_with(" 0"));
    assert_eq!(counted, "1 1");
    let end = running.finish();
    assert_eq!(end.status.code(), Some(1));
    assert_eq!(fake.conclusion(), "cancelled");
}

#[test]
fn what_a_terminal_sends_to_everybody_comes_once() {
    // Without secrets the command has the terminal itself, and answers while we cannot.
    let fake = Fake::with(&[]);
    let program = env!("CARGO_BIN_EXE_sealyard");
    let line = format!(
        "stty -echo; trap : INT; {program} run --repo o/r -- bash -c \"$COUNTER\"; exit $?"
    );
    let mut script = default_signals("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .env("COUNTER", COUNTER)
        .env("SEALYARD_URL", &fake.url)
        .env("SEALYARD_TOKEN", "ghp_mine")
        .stdout(Stdio::piped());
    let mut running = Running::start(&mut script);
    let us = running.line().parse().ok().and_then(Pid::from_raw);
    let us = us.expect("a number");
    // Held back, so that two signals are not taken for one.
    kill_process(us, Signal::STOP).expect("a signal");
    // Ctrl-C, as a keyboard sends it.
    running.say("\x03");
    assert_eq!(count(&mut running, |counted| counted != "0 0"), "1 0");
    kill_process(us, Signal::CONT).expect("a signal");
    // To us alone, and passed on after whatever else we may pass on.
    kill_process(us, Signal::TERM).expect("a signal");
    let counted = count(&mut running, |counted| !counted.ends_with(" 0"));
    assert_eq!(counted, "1 1");
    // Ctrl-D.
    running.say("\x04");
    let end = running.finish();
    assert_eq!(end.status.code(), Some(1), "{}", end.stdout);
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
        .stdout(Stdio::piped());
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

#[test]
fn what_does_not_ask_to_end_is_the_commands_business() {
    for signal in [Signal::USR1, Signal::USR2, Signal::ALARM] {
        let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
        let name = signal.as_raw();
        let script =
            format!("trap 'echo told; exit 3' {name}; echo ready; while :; do read x; done");
        let words = ["--files", "--", "bash", "-c", &script];
        let mut running = Running::start(&mut command(&fake, &words));
        running.wait_for("ready\n");
        kill_process(Pid::from_child(&running.child), signal).expect("a signal");
        running.wait_for("told\n");
        assert_eq!(running.finish().status.code(), Some(3));
        // Not cancelled: nobody asked for that.
        assert_eq!(fake.conclusion(), "failure");
    }
}

#[test]
fn a_command_that_does_not_expect_it_ends_and_leaves_no_files() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let script = "echo $SEALYARD_FILES; exec sleep 60";
    let words = ["--files", "--", "sh", "-c", script];
    let mut running = Running::start(&mut command(&fake, &words));
    let directory = running.line();
    kill_process(Pid::from_child(&running.child), Signal::USR1).expect("a signal");
    let end = running.finish();
    assert_eq!(end.status.signal(), Some(Signal::USR1.as_raw()));
    assert!(!std::fs::exists(&directory).expect("a folder"));
    assert_eq!(fake.conclusion(), "failure");
}
