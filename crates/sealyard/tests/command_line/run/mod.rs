//! `sealyard run`: the program against a server that delivers what a test gives it.

mod act;
mod files;
mod formats;
mod output;
mod refused;
mod signals;
mod unread;
mod waiting;
mod who;

use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;

use super::fake::{Fake, PATIENCE};

/// The end of the program, its output as text.
pub(super) struct End {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// `sealyard run --repo octo-org/hello` as a person, with the variables a shell would have.
fn command(fake: &Fake, words: &[&str]) -> Command {
    let mut command = sealyard(fake);
    command
        .args(["run", "--repo", "octo-org/hello"])
        .args(words);
    command
}

/// The program, told of the server and of somebody's token, and of nothing else.
pub(super) fn sealyard(fake: &Fake) -> Command {
    let mut command = default_signals(env!("CARGO_BIN_EXE_sealyard"));
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("SEALYARD_URL", &fake.url)
        .env("SEALYARD_TOKEN", "ghp_mine")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A program that ignores no signal, whatever whoever runs these tests ignores: `nohup` and the jobs of
/// a shell hand that on.
fn default_signals(program: &str) -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP,INT,QUIT,TERM", program]);
    command
}

fn run(fake: &Fake, words: &[&str]) -> End {
    end(command(fake, words).output().expect("a program"))
}

/// Runs a script of `sh` with the secrets.
fn script(fake: &Fake, script: &str) -> End {
    run(fake, &["--", "sh", "-c", script])
}

pub(super) fn end(output: Output) -> End {
    End {
        status: output.status,
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A program that runs. Dropping it kills it.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: mpsc::Receiver<u8>,
    seen: Vec<u8>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("a program");
        let output = child.stdout.take().expect("it is piped");
        Self::reading(child, output)
    }

    /// One of which this output is read, as if it were standard output.
    fn reading(mut child: Child, mut output: impl Read + Send + 'static) -> Self {
        let (sender, stdout) = mpsc::channel();
        std::thread::spawn(move || {
            let mut byte = [0];
            while output.read(&mut byte).is_ok_and(|read| read == 1) {
                if sender.send(byte[0]).is_err() {
                    break;
                }
            }
        });
        Self {
            stdin: child.stdin.take(),
            child,
            stdout,
            seen: Vec::new(),
        }
    }

    /// Waits until standard output ends so.
    fn wait_for(&mut self, end: &str) {
        while !self.seen.ends_with(end.as_bytes()) {
            let next = self.stdout.recv_timeout(PATIENCE);
            let seen = String::from_utf8_lossy(&self.seen);
            self.seen.push(next.unwrap_or_else(|_| panic!("{seen}")));
        }
    }

    /// The next line, without its end.
    fn line(&mut self) -> String {
        let mut line = Vec::new();
        loop {
            let next = self.stdout.recv_timeout(PATIENCE);
            let next = next.unwrap_or_else(|_| panic!("{line:?}, and no more"));
            self.seen.push(next);
            match next {
                b'\n' => return String::from_utf8(line).expect("UTF-8"),
                b'\r' => {}
                other => line.push(other),
            }
        }
    }

    fn say(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("it is open");
        stdin.write_all(text.as_bytes()).expect("a reader");
    }

    /// Waits for the end; what was written to standard output that nobody waited for.
    fn finish(mut self) -> End {
        drop(self.stdin.take());
        loop {
            match self.stdout.recv_timeout(PATIENCE) {
                Ok(byte) => self.seen.push(byte),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not end"),
            }
        }
        let mut stderr = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            pipe.read_to_string(&mut stderr).expect("UTF-8");
        }
        End {
            status: self.child.wait().expect("an end"),
            stdout: String::from_utf8_lossy(&self.seen).into_owned(),
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
