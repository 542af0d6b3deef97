//! The real server on a core of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a start may take; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(30);

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

/// A running server; dropping it stops it.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts what `command` says, and waits until it serves.
    pub(super) fn start(mut command: Command, url_file: &Path) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a server");
        let errors = child.stderr.take().expect("its standard error is piped");
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if line.starts_with("Serving ") {
                    // Whoever waited may have given up.
                    let _: Result<(), mpsc::SendError<()>> = tell.send(());
                }
            }
        });
        let mut server = Self {
            child,
            address: ([127, 0, 0, 1], 0).into(),
        };
        told.recv_timeout(PATIENCE).expect("the server starts");
        let url = std::fs::read_to_string(url_file).expect("serve.url");
        let address = url.trim().strip_prefix("http://").expect("plain HTTP");
        server.address = address.parse().expect("an address");
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // As an operator would: what it has open on the store is closed.
        let id = i32::try_from(self.child.id()).ok();
        if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
            // It may be gone already, which is what is wanted.
            let _: rustix::io::Result<()> =
                rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        drop(self.child.wait());
    }
}
