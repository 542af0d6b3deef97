use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use sealyard_vault::random;

use super::super::fake::{Fake, PATIENCE};
use super::{Running, command, run};

fn leak(value: Vec<u8>) -> &'static [u8] {
    Box::leak(value.into_boxed_slice())
}

#[test]
fn files_have_every_byte_and_are_gone_afterwards() {
    let dir = tempfile::tempdir().expect("a folder");
    let (secrets, copy) = (dir.path().join("secrets"), dir.path().join("copy"));
    let names = ["EMPTY", "NUL", "LARGE", "PATH", "LD_PRELOAD"];
    let random: Vec<u8> = (0..6_400).flat_map(|_| random::bytes::<32>()).collect();
    let values = [
        &b""[..],
        b"a\0b\n",
        leak(random),
        b"/nowhere",
        b"not a library",
    ];
    let delivered: Vec<_> = names.into_iter().zip(values).collect();
    let fake = Fake::with(&delivered);
    let files = format!("--files={}", secrets.display());
    let script = format!(
        "stat -c %a $SEALYARD_FILES $SEALYARD_FILES/*; env | grep -c -e NUL -e LARGE; \
         cp -r $SEALYARD_FILES {}",
        copy.display()
    );
    let end = run(&fake, &[&files, "--", "sh", "-c", &script]);
    assert_eq!(end.status.code(), Some(0), "{}", end.stderr);
    assert_eq!(end.stdout, "700\n600\n600\n600\n600\n600\n0\n");
    for (name, value) in delivered {
        assert!(
            fs::read(copy.join(name)).expect("a copy") == value,
            "{name}"
        );
    }
    assert!(!secrets.exists());
    assert_eq!(fake.conclusion(), "success");
}

#[test]
fn without_a_directory_they_are_in_memory() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let end = run(
        &fake,
        &[
            "--files",
            "--",
            "sh",
            "-c",
            "echo $SEALYARD_FILES; cat $SEALYARD_FILES/*",
        ],
    );
    assert_eq!(end.stderr, "");
    let (directory, masked) = end.stdout.split_once('\n').expect("two lines");
    assert_eq!(masked, "***");
    assert!(directory.starts_with("/dev/shm/sealyard-"), "{directory}");
    assert!(!Path::new(directory).exists());
}

#[test]
fn a_directory_of_others_is_refused_before_the_server_is_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("x"), "").expect("a file");
    let fake = Fake::with(&[("TOKEN", b"hunter2")]);
    for files in [
        dir.path().to_owned(),
        dir.path().join("x"),
        dir.path().join("no/no"),
    ] {
        let end = run(&fake, &[&format!("--files={}", files.display()), "true"]);
        assert_eq!(end.status.code(), Some(64), "{}", end.stderr);
    }
    assert_eq!(fake.asked("").len(), 0);
    assert_eq!(fs::read_dir(dir.path()).expect("a list").count(), 1);
}

#[test]
fn signals_leave_no_files_behind() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
        let script = "echo $SEALYARD_FILES; exec sleep 60";
        let mut running =
            Running::start(&mut command(&fake, &["--files", "--", "sh", "-c", script]));
        running.wait_for("\n");
        let directory = String::from_utf8(running.seen.clone()).expect("UTF-8");
        let directory = Path::new(directory.trim_end());
        assert!(directory.is_dir());
        kill_process(Pid::from_child(&running.child), signal).expect("a signal");
        let end = running.finish();
        assert_eq!(end.status.signal(), Some(signal.as_raw()), "{PATIENCE:?}");
        assert!(!directory.exists());
        assert_eq!(fake.conclusion(), "cancelled");
    }
}

#[test]
fn a_command_that_is_not_there_leaves_no_files_behind() {
    let dir = tempfile::tempdir().expect("a folder");
    let fake = Fake::with(&[("TOKEN", b"hunter2")]);
    let files = format!("--files={}", dir.path().join("s").display());
    let end = run(&fake, &[&files, "no-such-command"]);
    assert_eq!(end.status.code(), Some(127));
    assert_eq!(fs::read_dir(dir.path()).expect("a list").count(), 0);
}
