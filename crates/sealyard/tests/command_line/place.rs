//! A place for one store, on the engine that `TEST_DATABASE` names, and the program in it.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sealyard_sql::{Database, PostgresOptions, SqliteOptions};
use sealyard_vault::RootKey;
use tempfile::TempDir;
use url::Url;

/// A folder without a store, and with PostgreSQL an empty database. Dropping it removes both.
pub(crate) struct Place {
    folder: TempDir,
    /// The server, as its administrator reaches it, and the URL of the database on it.
    postgres: Option<(String, Url)>,
}

/// How a command ended.
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if variable("TEST_DATABASE").as_deref() != Some("postgres") {
            return Self {
                folder,
                postgres: None,
            };
        }
        let server = variable("TEST_DATABASE_URL").expect("TEST_DATABASE_URL names a server");
        let id = u64::from_be_bytes(sealyard_vault::random::bytes());
        let name = format!("cli_{id:016x}");
        administer(&server, &format!("CREATE DATABASE {name}")).await;
        let mut url: Url = server.parse().expect("TEST_DATABASE_URL is a URL");
        url.set_path(&name);
        Self {
            folder,
            postgres: Some((server, url)),
        }
    }

    /// The data directory, which the program makes.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("sealyard-data")
    }

    /// The root key's file.
    pub(crate) fn root_key(&self) -> PathBuf {
        self.data().join("root.key")
    }

    /// Makes a root key in the data directory, for its owner alone.
    pub(crate) fn write_root_key(&self) -> RootKey {
        self.set_mode(0o700);
        let root = RootKey::generate();
        fs::write(self.root_key(), root.to_hex().as_bytes()).expect("a file");
        fs::set_permissions(self.root_key(), Permissions::from_mode(0o600)).expect("a mode");
        root
    }

    /// Gives the data directory a mode; makes it if it is not there.
    pub(crate) fn set_mode(&self, mode: u32) {
        fs::create_dir_all(self.data()).expect("a directory");
        fs::set_permissions(self.data(), Permissions::from_mode(mode)).expect("a mode");
    }

    /// The URL of the database, with PostgreSQL.
    pub(crate) fn url(&self) -> Option<&Url> {
        self.postgres.as_ref().map(|(_, url)| url)
    }

    /// The database itself; no command can run until it is dropped.
    pub(crate) async fn database(&self) -> Database {
        let opened = if let Some(url) = self.url() {
            Database::open_postgres(url.as_str(), PostgresOptions::default()).await
        } else {
            let path = self.data().join("sealyard.db");
            Database::open_sqlite(&path, SqliteOptions { create: true })
        };
        opened.expect("a database")
    }

    /// A command. The settings of whoever runs the test do not leak in.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealyard"));
        command
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .args(words);
        if let Some(url) = self.url() {
            command.env("SEALYARD_DATABASE_URL", url.as_str());
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, words: &[&str]) -> End {
        End::of(self.command(words).output())
    }

    /// The same with another database.
    pub(crate) fn run_with(&self, url: &str, words: &[&str]) -> End {
        let mut command = self.command(words);
        End::of(command.env("SEALYARD_DATABASE_URL", url).output())
    }

    /// Runs `quickstart` until it says what to paste, and stops it; the token it has given.
    pub(crate) fn quickstart(&self) -> String {
        let mut command = self.command(&["quickstart", "--listen", "127.0.0.1:0"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut server = Server(child.expect("a server"));
        let said = BufReader::new(server.0.stderr.take().expect("it is piped"));
        let mut said = said.lines().map(|line| line.expect("UTF-8"));
        let mut before = Vec::new();
        let token = said.by_ref().find_map(|line| {
            let token = line.trim().strip_prefix("export TOKEN=").map(str::to_owned);
            before.push(line);
            token
        });
        let token = token.unwrap_or_else(|| panic!("it ended and said {before:?}"));
        server.stop();
        // To the end, or the server could not write.
        said.for_each(drop);
        token
    }

    /// Runs `serve` with these flags until it says where it serves; what it said, and the server,
    /// for as long as it is kept.
    pub(crate) fn serve(&self, flags: &[&str]) -> (String, Server) {
        let mut command = self.command(&["serve"]);
        command.args(flags).args(["--log-level", "off"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut server = Server(child.expect("a server"));
        let mut said = BufReader::new(server.0.stderr.take().expect("it is piped"));
        let mut line = String::new();
        said.read_line(&mut line).expect("UTF-8");
        // To the end, or the server could not write.
        std::thread::spawn(move || drop(std::io::copy(&mut said, &mut std::io::sink())));
        (line, server)
    }

    /// Runs statements as the administrator of the PostgreSQL server, in the place's database.
    pub(crate) async fn administer(&self, sql: &str) {
        administer(self.url().expect("PostgreSQL").as_str(), sql).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((server, url)) = self.postgres.take() {
            let name = url.path().trim_start_matches('/');
            let sql = format!("DROP DATABASE {name} WITH (FORCE)");
            // A runtime of its own: the test's may be on its way out.
            let dropped = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime
                    .expect("a runtime")
                    .block_on(administer(&server, &sql));
            });
            // A panic there has been printed; this one may already be unwinding.
            drop(dropped.join());
        }
    }
}

impl End {
    pub(crate) fn of(output: std::io::Result<Output>) -> Self {
        let output = output.expect("a command that starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// Killed when it is dropped, also by a test that fails.
pub(crate) struct Server(Child);

impl Server {
    fn stop(&mut self) {
        let id = Pid::from_child(&self.0);
        kill_process(id, Signal::TERM).expect("a signal");
        assert!(self.0.wait().expect("an end").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail if it has ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

async fn administer(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .expect("a server");
    let work = async {
        client.batch_execute(sql).await.expect("administration");
        drop(client);
    };
    futures_util::future::join(work, async { drop(connection.await) }).await;
}

#[expect(clippy::disallowed_methods, reason = "the tests' own settings")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
