//! What is said of the command, where its own output goes, too.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long somebody may take to read a line.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line for people, on standard error. If nobody reads there, and the command's output fills it,
/// the line is not waited for: there are files to remove and a job to complete.
pub(super) fn say(line: &str) {
    let line = line.to_owned();
    let (said, is_said) = mpsc::channel::<()>();
    // Without a thread nothing is said, and nothing waited for.
    let thread = thread::Builder::new().spawn(move || {
        super::super::say(&line);
        drop(said);
    });
    drop(thread);
    // It is said when the sender is gone; too late is as good as said.
    let _ = is_said.recv_timeout(PATIENCE);
}
