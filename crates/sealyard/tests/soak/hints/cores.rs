//! Server and client on cores of their own.

use std::process::Command;

/// Who runs where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cores {
    /// The server on the first, the client on the second.
    Apart,
    /// Wherever the kernel puts them: there is one core, or no `taskset`.
    Any,
}

impl Cores {
    pub(super) fn find() -> Self {
        let both = Command::new("taskset").args(["-c", "0,1", "true"]).output();
        let pins = both.is_ok_and(|output| output.status.success());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if pins && cores > 1 {
            Self::Apart
        } else {
            Self::Any
        }
    }

    /// Moves the thread that calls to the client's core.
    pub(super) fn pin_client(self) {
        if self == Self::Any {
            return;
        }
        // `PID/task/TID`
        let thread = std::fs::read_link("/proc/thread-self").expect("a thread");
        let id = thread.file_name().expect("its id");
        let moved = Command::new("taskset")
            .args(["-p", "-c", "1"])
            .arg(id)
            .output();
        assert!(
            moved.is_ok_and(|output| output.status.success()),
            "taskset has failed"
        );
    }

    /// The program, to be run on the server's core.
    pub(super) fn program(self) -> Command {
        let program = env!("CARGO_BIN_EXE_sealyard");
        match self {
            Self::Any => Command::new(program),
            Self::Apart => {
                let mut command = Command::new("taskset");
                command.args(["-c", "0", program]);
                command
            }
        }
    }
}
