//! Stores that the real program has made, and runs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::client::Client;
use crate::server::Server;

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
        let command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Server::start(command, &self.data())
    }

    /// Starts a server and waits until it answers; how long that took.
    pub(super) async fn serve(&self) -> (Server, SocketAddr, Duration) {
        let begun = Instant::now();
        let mut server = self.start();
        let address = server.ready().await;
        let connected = Client::connect(address, &self.token).await;
        let mut client = connected.expect("a connection");
        drop(client.expect(http::Method::GET, "/user", "").await);
        (server, address, begun.elapsed())
    }
}
