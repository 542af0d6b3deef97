//! The real binary: made, started, killed.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::client::Client;

/// How long anything may take; only a failing test waits so long.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A data directory.
pub(super) struct Store {
    folder: TempDir,
    /// The site administrator's.
    pub(super) token: String,
}

impl Store {
    pub(super) fn init() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut store = Self {
            folder,
            token: String::new(),
        };
        let made = store.run(&["init", "--admin", "admin"]);
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let token = String::from_utf8(made.stdout).expect("UTF-8");
        token.trim().clone_into(&mut store.token);
        store
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command on this store. The settings of whoever runs the test do not leak in.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealyard"));
        command
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command.args(words).arg("--data-dir").arg(self.data());
        command
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("a command that starts")
    }

    /// Starts a server, and does not wait for it.
    pub(super) fn start(&self) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let begun = Instant::now();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a server");
        let errors = child.stderr.take().expect("its standard error is piped");
        let (tell, ready) = oneshot::channel();
        std::thread::spawn(move || watch(errors, tell));
        Server {
            child,
            ready: Some(ready),
            begun,
            url_file: self.data().join("serve.url"),
        }
    }

    /// Starts a server and waits until it answers; how long that took.
    pub(super) async fn serve(&self) -> (Server, SocketAddr, Duration) {
        let mut server = self.start();
        let address = server.ready(&self.token).await;
        let took = server.begun.elapsed();
        (server, address, took)
    }
}

/// Reads all that the server says, and tells when it says that it serves.
fn watch(errors: impl Read, tell: oneshot::Sender<()>) {
    let (mut tell, mut said) = (Some(tell), String::new());
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        if line.starts_with("Serving ") {
            // The test may have killed the server already, and no longer listen.
            let _: Option<Result<(), ()>> = tell.take().map(|tell| tell.send(()));
        }
        said.push_str(&line);
        said.push('\n');
    }
    if tell.is_some() && said.contains("rror") {
        drop(std::io::Write::write_all(
            &mut std::io::stderr(),
            said.as_bytes(),
        ));
    }
}

/// A running server; dropping it kills it.
pub(super) struct Server {
    child: Child,
    ready: Option<oneshot::Receiver<()>>,
    begun: Instant,
    url_file: PathBuf,
}

impl Server {
    /// Waits until it says that it serves, and answers a request.
    async fn ready(&mut self, token: &str) -> SocketAddr {
        let ready = self.ready.take().expect("asked once");
        let told = timeout(PATIENCE, ready)
            .await
            .expect("the server starts in time");
        told.expect("the server starts");
        let address = address(&self.url_file);
        let mut client = Client::connect(address, token).await.expect("a connection");
        drop(client.expect(http::Method::GET, "/user", "").await);
        address
    }

    /// Waits for it to be ready, but no longer than so.
    pub(super) async fn ready_or(&mut self, limit: Duration) {
        let ready = self.ready.take().expect("asked once");
        drop(timeout(limit, ready).await);
    }

    /// `kill -9`, and waits until the kernel has taken it away.
    pub(super) fn kill(mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("its end");
    }

    /// SIGTERM, and waits for its end; whether it left well.
    pub(super) fn stop(mut self) -> bool {
        let id = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.expect("a process"), rustix::process::Signal::TERM)
            .expect("a process to stop");
        self.child.wait().expect("its end").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it is gone already, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn address(url_file: &Path) -> SocketAddr {
    let url = std::fs::read_to_string(url_file).expect("serve.url");
    let address = url.trim().strip_prefix("http://").expect("plain HTTP");
    address.parse().expect("an address")
}
