//! The real binary, run as its users run it: `init`, `serve`, and a signal to stop.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::Lane;
use crate::process::{capture, say, signal, tied, wait_for};

/// A debug build on a busy machine; it usually takes a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(30);
/// Lines of the server's log that are shown after a failure.
const LAST_LINES: usize = 30;

/// A store that servers and the reveal open one after the other.
pub(super) struct Store {
    pub(super) binary: PathBuf,
    pub(super) folder: PathBuf,
    /// Where `postgres` listens; without it, the store is a file in the data directory.
    pub(super) database_url: Option<String>,
}

impl Store {
    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A command on this store.
    pub(super) fn command(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = unconfigured(program);
        command
            .current_dir(&self.folder)
            .args(words)
            .arg("--data-dir")
            .arg(self.data());
        if let Some(url) = &self.database_url {
            command.arg("--database-url").arg(url);
        }
        command
    }

    /// Makes the store; returns the site administrator's token.
    pub(super) fn init(&self, admin: &str) -> Result<String> {
        let token = capture(&mut self.command(&self.binary, &["init", "--admin", admin]))?;
        let token = token.strip_suffix('\n').unwrap_or(&token);
        if !token.starts_with("ghp_") || token.contains(char::is_whitespace) {
            bail!("`init` printed something else than one token");
        }
        Ok(token.to_owned())
    }

    /// Starts a server, either with TLS on TCP, or with plain HTTP on TCP and on a unix socket.
    pub(super) fn serve(&self, tls: bool) -> Result<Server> {
        self.serve_with(tls, &[])
    }

    /// The same, with more flags.
    pub(super) fn serve_with(&self, tls: bool, flags: &[&str]) -> Result<Server> {
        let socket = self.folder.join("sealyard.sock");
        let log = self.folder.join(if tls { "https.log" } else { "http.log" });
        let mut command = self.command(&self.binary, &["serve", "--listen", "127.0.0.1:0"]);
        command.args(flags);
        if tls {
            command.arg("--tls-local");
        } else {
            command
                .arg("--listen")
                .arg(format!("unix:{}", socket.display()));
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()
            .context("the server did not start")?;
        let mut server = Server {
            child,
            url: String::new(),
            binary: self.binary.clone(),
            socket,
            ca: tls.then(|| self.data().join("local-ca.pem")),
            log,
            url_file: self.data().join("serve.url"),
        };
        server.url = server.wait_for_url()?;
        Ok(server)
    }
}

/// A running server; dropping it ends it.
pub(super) struct Server {
    child: Child,
    url: String,
    binary: PathBuf,
    socket: PathBuf,
    ca: Option<PathBuf>,
    log: PathBuf,
    url_file: PathBuf,
}

/// How a client gets to the server.
pub(super) struct Reach {
    /// The API's base, without a slash at the end.
    pub(super) api: String,
    pub(super) socket: Option<PathBuf>,
    pub(super) ca: Option<PathBuf>,
}

impl Server {
    pub(super) fn binary(&self) -> &Path {
        &self.binary
    }

    /// Where it listens on TCP, without a slash at the end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// A command of the program for somebody who has no store, only a server.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = unconfigured(&self.binary);
        command.args(words);
        command
    }

    /// The way to what is ours, and not below GitHub's prefix.
    pub(super) fn root(&self) -> Reach {
        Reach {
            api: self.url.clone(),
            socket: None,
            ca: self.ca.clone(),
        }
    }

    pub(super) fn reach(&self, lane: Lane) -> Result<Reach> {
        if lane.is_tls() != self.url.starts_with("https://") {
            bail!(
                "the server said {} where {} was wanted",
                self.url,
                lane.name()
            );
        }
        Ok(match lane {
            Lane::Http | Lane::Https => Reach {
                api: format!("{}/api/v3", self.url),
                socket: None,
                ca: self.ca.clone(),
            },
            Lane::HttpRoot => self.root(),
            // On a socket any name will do; the server's URLs must be built from the one it got.
            Lane::Unix => Reach {
                api: "http://sealyard.test/api/v3".into(),
                socket: Some(self.socket.clone()),
                ca: None,
            },
        })
    }

    /// Stops the server as an operator does, and checks that it left as it should.
    pub(super) fn stop(mut self) -> Result<()> {
        signal(self.child.id(), "TERM")?;
        let status = wait_for("the server's end", PATIENCE, || {
            Ok(self.child.try_wait()?)
        })?;
        if !status.success() {
            self.show_log();
            bail!("the server ended with {status}");
        }
        if self.url_file.exists() {
            bail!("the server left {} behind", self.url_file.display());
        }
        Ok(())
    }

    /// Shows the end of the server's log.
    pub(super) fn show_log(&self) {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        say("the server's log ends:");
        for line in lines.iter().skip(lines.len().saturating_sub(LAST_LINES)) {
            say(&format!("  {line}"));
        }
    }

    fn wait_for_url(&mut self) -> Result<String> {
        let url = wait_for("the server's start", PATIENCE, || {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}");
            }
            let text = fs::read_to_string(&self.url_file).unwrap_or_default();
            let url = text.trim().trim_end_matches('/');
            Ok((!url.is_empty()).then(|| url.to_owned()))
        });
        if url.is_err() {
            self.show_log();
        }
        url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` both say that there is nobody left, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A program of ours: the settings of whoever runs us must not leak in.
fn unconfigured(program: &Path) -> Command {
    let mut command = tied(program, "TERM");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SEALYARD_") {
            command.env_remove(name);
        }
    }
    command
}
