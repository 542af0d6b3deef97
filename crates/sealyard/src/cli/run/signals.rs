//! Signals: noticed here, passed on to the command, and at the end done to ourselves, so that
//! whoever started us sees what happened.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::process::ExitCode;

use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process};
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::Cause;
use tokio::sync::mpsc;

use super::say::say;

/// The signals that ask a program to end.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
/// Those that tell it something else. They are the command's business, but they would end us, who
/// have its files to remove and its job to complete. A timer may have been set before we were
/// started: `perl -e 'alarm 60; exec @ARGV'`.
const TELLING: [i32; 3] = [SIGALRM, SIGUSR1, SIGUSR2];

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) number: i32,
    /// Sent by the terminal (Ctrl-C, Ctrl-\, or it was closed) and so to everybody in its
    /// foreground, not to us alone.
    of_terminal: bool,
}

/// Signals from now on.
pub(super) struct Signals(mpsc::UnboundedReceiver<Received>);

impl Signals {
    /// Begins to notice signals. What was ignored when we were started stays so, for us and for
    /// the command: `nohup` and a shell's `&` mean it.
    pub(super) fn install() -> io::Result<Self> {
        let ignored = ignored();
        let wanted = ENDING.iter().chain(&TELLING);
        let wanted = wanted.filter(|signal| !ignored.contains(signal));
        let mut signals = SignalsInfo::<WithOrigin>::new(wanted)?;
        let (sender, coming) = mpsc::unbounded_channel();
        // Ends with the process.
        std::thread::spawn(move || {
            for origin in &mut signals.forever() {
                let from = origin.process.map(|process| process.pid);
                let came = Received::new(origin.signal, origin.cause, from);
                if sender.send(came).is_err() {
                    return;
                }
            }
        });
        Ok(Self(coming))
    }

    /// The next signal; waits until there is one.
    pub(super) async fn next(&mut self) -> Received {
        match self.0.recv().await {
            Some(came) => came,
            // The thread is gone, which it never is: then no signal comes either.
            None => std::future::pending().await,
        }
    }

    /// The next one that asks to end; the others are for a command, and there is none.
    pub(super) async fn ending(&mut self) -> Received {
        loop {
            let came = self.next().await;
            if came.asks_to_end() {
                return came;
            }
        }
    }

    /// What a test sends.
    #[cfg(test)]
    pub(super) fn sent(numbers: &[i32]) -> Self {
        let (sender, coming) = mpsc::unbounded_channel();
        for number in numbers {
            let came = Received::new(*number, Cause::Unknown, Some(1));
            sender.send(came).unwrap();
        }
        Self(coming)
    }
}

impl Received {
    fn new(number: i32, cause: Cause, sender: Option<i32>) -> Self {
        // No terminal sends the others: a timer of the kernel's is ours alone.
        let of_terminal = ENDING.contains(&number) && is_of_terminal(cause, sender);
        Self {
            number,
            of_terminal,
        }
    }

    /// Whether it asks a program to end.
    pub(super) fn asks_to_end(self) -> bool {
        ENDING.contains(&self.number)
    }

    /// Passes it on to the command, unless the terminal has sent it there already.
    pub(super) fn pass_on(self, child: u32) {
        let child = i32::try_from(child).ok().and_then(Pid::from_raw);
        let (Some(child), Some(signal)) = (child, Signal::from_named_raw(self.number)) else {
            return;
        };
        // A command that left our group, such as a shell with job control, was not meant by it.
        let in_our_group = getpgid(Some(child)).is_ok_and(|group| group == getpgrp());
        if self.of_terminal && in_our_group {
            return;
        }
        // It fails if the command has just ended, which we are about to notice.
        let _ = kill_process(child, signal);
    }
}

/// Ends this process by a signal, as a command ended. Returns only if that is not possible: then
/// with the exit code that shells use, 128 and the number.
pub(super) fn end_by(number: i32) -> ExitCode {
    // It cannot be refused: what has a default action has it again after this.
    if signal_hook::low_level::emulate_default_handler(number).is_err() {
        say(&format!("the command was ended by signal {number}"));
    }
    ExitCode::from(u8::try_from(number.saturating_add(128)).unwrap_or(u8::MAX))
}

/// Linux says so; elsewhere no sender means the kernel.
fn is_of_terminal(cause: Cause, sender: Option<i32>) -> bool {
    let unknown = cause == Cause::Unknown && sender.is_none_or(|pid| pid == 0);
    cause == Cause::Kernel || unknown
}

/// Which signals this process was started to ignore, as far as the system tells.
fn ignored() -> BTreeSet<i32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_of(&status)
}

/// The set in the line `SigIgn:` of `/proc/self/status`, proc(5): bit 0 is signal 1.
fn ignored_of(status: &str) -> BTreeSet<i32> {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default();
    (1..=64)
        .filter(|signal| mask >> (signal - 1) & 1 == 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ignored_signals_are_read_from_their_mask() {
        let status = "Name:\tcat\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001007\n";
        assert_eq!(ignored_of(status), BTreeSet::from([1, 2, 3, 13]));
        assert_eq!(
            ignored_of("SigIgn:\t8000000000000000"),
            BTreeSet::from([64])
        );
        assert_eq!(ignored_of("Name:\tcat\n"), BTreeSet::new());
    }

    #[test]
    fn what_the_kernel_sends_is_the_terminals() {
        assert!(is_of_terminal(Cause::Kernel, None));
        let sent = Cause::Sent(signal_hook::low_level::siginfo::Sent::User);
        assert!(!is_of_terminal(sent, Some(7)));
    }

    #[test]
    fn a_timer_is_no_terminal() {
        assert!(Received::new(SIGINT, Cause::Kernel, None).of_terminal);
        assert!(!Received::new(SIGALRM, Cause::Kernel, None).of_terminal);
    }

    #[tokio::test]
    async fn only_what_asks_to_end_ends() {
        let mut signals = Signals::sent(&[SIGUSR1, SIGALRM, SIGUSR2, SIGTERM]);
        assert_eq!(signals.ending().await.number, SIGTERM);
    }
}
