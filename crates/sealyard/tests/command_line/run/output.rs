use std::os::unix::process::ExitStatusExt as _;

use super::super::fake::{Fake, Script};
use super::{Running, command, run, script};

#[test]
fn a_command_gets_its_secrets_and_its_output_is_masked() {
    let fake = Fake::with(&[
        ("TOKEN", b"hunter2-hunter2"),
        ("LINES", b"first line\nsecond line\n"),
        ("EMPTY", b""),
        ("BYTES", b"\xff\xfe\x01\x80"),
    ]);
    let end = script(
        &fake,
        "echo \"${#TOKEN} ${EMPTY-unset} <$TOKEN>\"; echo second line >&2; \
         printf %s \"$BYTES\" | od -An -tx1; printf %s \"$TOKEN\" | base64; printf %s \"$BYTES\"",
    );
    assert_eq!(end.status.code(), Some(0), "{}", end.stderr);
    assert_eq!(end.stdout, "15  <***>\n ff fe 01 80\n***\n***");
    assert_eq!(end.stderr, "***\n");
    assert_eq!(fake.conclusion(), "success");
}

#[test]
fn what_is_ours_is_kept_from_the_command() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let mut command = command(&fake, &["env"]);
    command
        .env("SEALYARD_REGISTRATION_TOKEN", "registration")
        .env("SEALYARD_TICKET", "syj_given")
        .env("TOKEN", "inherited")
        .env("OTHER", "kept");
    let end = super::end(command.output().expect("a program"));
    assert!(!end.stdout.contains("ghp_mine"), "{}", end.stdout);
    assert!(!end.stdout.contains("syj_given"), "{}", end.stdout);
    assert!(!end.stdout.contains("registration"), "{}", end.stdout);
    assert!(end.stdout.contains("OTHER=kept\n"), "{}", end.stdout);
    assert!(end.stdout.contains("TOKEN=***\n"), "{}", end.stdout);
    assert!(!end.stdout.contains("inherited"), "{}", end.stdout);
}

#[test]
fn exit_codes_are_passed_on() {
    for code in [0, 1, 64, 255] {
        let fake = Fake::with(&[("TOKEN", b"hunter2")]);
        let end = script(&fake, &format!("exit {code}"));
        assert_eq!(end.status.code(), Some(code));
        let conclusion = if code == 0 { "success" } else { "failure" };
        assert_eq!(fake.conclusion(), conclusion);
    }
}

#[test]
fn a_command_that_is_not_there_is_127_and_one_that_cannot_run_126() {
    let fake = Fake::with(&[("TOKEN", b"hunter2")]);
    let end = run(&fake, &["no-such-command"]);
    assert_eq!(end.status.code(), Some(127));
    assert_eq!(end.stderr, "error: no-such-command: command not found\n");
    assert_eq!(fake.conclusion(), "failure");
    let fake = Fake::with(&[]);
    assert_eq!(run(&fake, &["/etc/passwd"]).status.code(), Some(126));
    assert_eq!(fake.conclusion(), "failure");
}

#[test]
fn who_ends_by_a_signal_is_seen_to() {
    for signal in [1, 2, 3, 6, 9, 11, 13, 15] {
        let fake = Fake::with(&[("TOKEN", b"hunter2")]);
        let end = script(&fake, &format!("kill -{signal} $$"));
        assert_eq!(end.status.signal(), Some(signal), "{}", end.stderr);
        assert_eq!(fake.conclusion(), "failure");
    }
}

#[test]
fn a_question_is_seen_before_it_is_answered() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let script = "printf 'who? '; read who; printf \"$who? $TOKEN, \"; read again; echo bye";
    let mut running = Running::start(&mut command(&fake, &["--", "sh", "-c", script]));
    running.wait_for("who? ");
    running.say("me\n");
    running.wait_for("me? ***, ");
    running.say("\n");
    let end = running.finish();
    assert_eq!(end.stdout, "who? me? ***, bye\n");
    assert_eq!(end.status.code(), Some(0));
}

#[test]
fn without_secrets_nothing_comes_between() {
    let fake = Fake::with(&[("SHORT", b"abc")]);
    let end = script(&fake, "echo $SHORT; echo err >&2");
    assert_eq!(
        (end.stdout.as_str(), end.stderr.as_str()),
        ("abc\n", "err\n")
    );
}

#[test]
fn what_a_command_leaves_running_does_not_hold_us() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let end = script(&fake, "sleep 60 & echo started; printf %s \"$TOKEN\"");
    assert_eq!(end.status.code(), Some(0));
    assert_eq!(end.stdout, "started\n***");
    assert!(end.stderr.contains("left running"), "{}", end.stderr);
    assert_eq!(fake.conclusion(), "success");
}

#[test]
fn output_that_nobody_reads_ends_the_command_as_without_us() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let mut running = Running::start(&mut command(&fake, &["yes"]));
    running.wait_for("y\ny\n");
    // Nobody reads from here on.
    running.stdout = std::sync::mpsc::channel().1;
    let status = running.child.wait().expect("an end");
    assert_eq!(status.signal(), Some(13));
}

#[test]
fn megabytes_come_out_whole() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let end = script(&fake, "seq 1 300000; echo $TOKEN; seq 1 300000 >&2");
    let numbers: String = (1..=300_000)
        .map(|n| format!("{n}\n"))
        .collect::<Vec<_>>()
        .concat();
    assert!(end.stdout == format!("{numbers}***\n"));
    assert!(end.stderr == numbers);
}

#[test]
fn a_job_that_had_ended_is_a_warning() {
    let fake = Fake::start(Script {
        complete: 410,
        ..Script::default()
    });
    let end = script(&fake, "exit 3");
    assert_eq!(end.status.code(), Some(3));
    assert_eq!(
        end.stderr,
        "warning: the end of job 7 was not noted: the server had ended it already\n"
    );
}
