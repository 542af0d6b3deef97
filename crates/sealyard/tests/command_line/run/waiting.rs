use std::os::unix::process::ExitStatusExt as _;

use rustix::process::{Pid, Signal, kill_process};

use super::super::fake::{Fake, Script};
use super::{Running, command, script};

fn waiting(waits: usize) -> Fake {
    Fake::start(Script {
        waits,
        ..Script::default()
    })
}

#[test]
fn a_job_that_waits_is_asked_for_again() {
    let fake = waiting(2);
    let end = script(&fake, "echo started");
    assert_eq!(end.stdout, "started\n");
    assert_eq!(
        end.stderr,
        "Waiting: the server says: The job waits for a reviewer (409). If a reviewer is to approve \
         it, `sealyard ticket approve 7` does. Asking again every 2 seconds; Ctrl-C gives up.\n"
    );
    assert_eq!(fake.asked("/jobs").len(), 3);
    assert_eq!(fake.asked("/tickets").len(), 1);
    assert_eq!(fake.conclusion(), "success");
}

#[test]
fn a_job_that_is_given_up_is_cancelled() {
    let fake = waiting(usize::MAX);
    let running = Running::start(&mut command(&fake, &["--files", "--", "echo", "started"]));
    fake.wait_for("/jobs", 1);
    kill_process(Pid::from_child(&running.child), Signal::INT).expect("a signal");
    let end = running.finish();
    assert_eq!(end.status.signal(), Some(2));
    assert_eq!(end.stdout, "");
    assert_eq!(fake.conclusion(), "cancelled");
}

#[test]
fn what_does_not_ask_to_end_does_not_give_up() {
    let fake = waiting(2);
    let running = Running::start(&mut command(&fake, &["--files", "--", "echo", "started"]));
    fake.wait_for("/jobs", 1);
    kill_process(Pid::from_child(&running.child), Signal::USR1).expect("a signal");
    let end = running.finish();
    assert_eq!(end.status.code(), Some(0));
    assert_eq!(end.stdout, "started\n");
    assert_eq!(fake.conclusion(), "success");
}
