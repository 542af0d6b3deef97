//! Output that nobody reads, while nobody closes it either.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};

use super::super::fake::Fake;
use super::{Running, command};

/// A pipe that takes nothing more, as long as its reader is there and does not read.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = io::pipe().expect("a pipe");
    // Opened anew: that we do not wait must not hold for the program.
    let mut filler = OpenOptions::new()
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(format!("/proc/self/fd/{}", writer.as_raw_fd()))
        .expect("the pipe");
    let full = loop {
        if let Err(error) = filler.write(&[0; 4_096]) {
            break error;
        }
    };
    assert_eq!(full.kind(), ErrorKind::WouldBlock);
    (reader, writer)
}

/// Runs a script with files in `SEALYARD_FILES`. Nobody reads its standard output; its standard
/// error is what is seen.
fn with_unread_output(fake: &Fake, script: &str) -> (Running, PipeReader) {
    let (reader, writer) = full_pipe();
    let mut child = command(fake, &["--files", "--", "sh", "-c", script])
        .stdout(writer)
        .spawn()
        .expect("a program");
    let seen = child.stderr.take().expect("it is piped");
    (Running::reading(child, seen), reader)
}

fn terminate(running: &Running) {
    kill_process(Pid::from_child(&running.child), Signal::TERM).expect("a signal");
}

#[test]
fn unread_output_does_not_keep_a_signal_from_ending_it() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let script = "echo held; echo $SEALYARD_FILES >&2; exec sleep 60";
    let (mut running, _reader) = with_unread_output(&fake, script);
    let directory = running.line();
    assert!(std::fs::exists(&directory).expect("a folder"));
    terminate(&running);
    let end = running.finish();
    assert_eq!(end.status.signal(), Some(15), "{}", end.stdout);
    assert!(end.stdout.ends_with("it is lost\n"), "{}", end.stdout);
    assert!(!std::fs::exists(&directory).expect("a folder"));
    assert_eq!(fake.conclusion(), "cancelled");
}

#[test]
fn unread_errors_do_not_either() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let script = "echo held >&2; echo $SEALYARD_FILES; exec sleep 60";
    let (_reader, writer) = full_pipe();
    let mut command = command(&fake, &["--files", "--", "sh", "-c", script]);
    let mut running = Running::start(command.stderr(writer));
    let directory = running.line();
    assert!(std::fs::exists(&directory).expect("a folder"));
    terminate(&running);
    // Nor does the warning, which nobody reads.
    let end = running.finish();
    assert_eq!(end.status.signal(), Some(15));
    assert!(!std::fs::exists(&directory).expect("a folder"));
    assert_eq!(fake.conclusion(), "cancelled");
}

#[test]
fn a_reader_who_is_slow_loses_nothing() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let script = "seq 1 20000; echo over >&2";
    let mut child = command(&fake, &["--", "sh", "-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a program");
    let seen = child.stderr.take().expect("it is piped");
    let out = child.stdout.take().expect("it is piped");
    let mut running = Running::reading(child, seen);
    // Nothing is read before the command has written all of it.
    assert_eq!(running.line(), "over");
    let read = std::thread::spawn(move || io::read_to_string(out).expect("a text"));
    let end = running.finish();
    assert_eq!(end.status.code(), Some(0), "{}", end.stdout);
    assert_eq!(read.join().expect("a text").lines().count(), 20_000);
}
