//! A `postgres` of our own: a new cluster in a temporary folder, on the loopback interface
//! with a random password, gone when the value is dropped, also after a failure.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process::{capture, ensure_installed, find, say, signal, tied, wait_for};

/// A first start on a slow disk; it usually takes half a second.
const PATIENCE: Duration = Duration::from_mins(1);
const USER: &str = "sealyard";

/// A running server. Dropping it stops the server and removes its folder.
pub(crate) struct Postgres {
    server: Child,
    port: u16,
    password: String,
    folder: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts its server; returns when it accepts connections.
    ///
    /// # Errors
    /// It is not installed and cannot be, or does not start; its log is in the error.
    pub(crate) fn start() -> Result<Self> {
        let binaries = binaries()?;
        let account = Account::unprivileged()?;
        let folder = tempfile::Builder::new()
            .prefix("sealyard-postgres-")
            .tempdir()?;
        let password = random_hex()?;
        let password_file = folder.path().join("password");
        fs::write(&password_file, &password)?;
        fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600))?;
        account.give(folder.path())?;
        account.give(&password_file)?;

        let data = folder.path().join("data");
        // ICU's order differs from that of bytes, so a name column that forgot COLLATE "C" shows.
        capture(
            account
                .command(&binaries.join("initdb"))
                .args([
                    "--username",
                    USER,
                    "--auth=password",
                    "--no-sync",
                    "--encoding=UTF8",
                ])
                .args([
                    "--locale-provider=icu",
                    "--icu-locale=en-US",
                    "--no-instructions",
                ])
                .arg("--pwfile")
                .arg(&password_file)
                .arg("--pgdata")
                .arg(&data),
        )?;
        // A port is free until somebody takes it: between asking and using, anybody may.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let server = account
            .command(&binaries.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args([
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=300",
            ])
            // The store is thrown away afterwards: what a power cut would do is nobody's question.
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log"))?)
            .spawn()
            .context("postgres did not start")?;
        let mut postgres = Self {
            server,
            port,
            password,
            folder,
        };
        postgres.wait_until_ready(&data)?;
        say(&format!("postgres listens on 127.0.0.1:{port}"));
        Ok(postgres)
    }

    /// Where clients connect, as the superuser of this server.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://{USER}:{}@127.0.0.1:{}/postgres",
            self.password, self.port
        )
    }

    fn wait_until_ready(&mut self, data: &Path) -> Result<()> {
        let log = self.folder.path().join("log");
        let server = &mut self.server;
        wait_for("the start of postgres", PATIENCE, || {
            if let Some(status) = server.try_wait()? {
                bail!(
                    "postgres ended with {status}\n{}",
                    fs::read_to_string(&log)?.trim_end()
                );
            }
            // The eighth line of its pid file is its state, as pg_ctl reads it.
            let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            Ok((state.lines().nth(7).map(str::trim) == Some("ready")).then_some(()))
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is its fast shutdown: sessions are ended, and the shared memory is given back.
        let asked = signal(self.server.id(), "INT");
        let ended = wait_for("the end of postgres", PATIENCE, || {
            Ok(self.server.try_wait()?)
        });
        if asked.is_err() || ended.is_err() {
            drop(self.server.kill());
            drop(self.server.wait());
        }
    }
}

/// Who runs the server: it refuses to run as root.
struct Account {
    uid_gid: Option<(u32, u32)>,
}

impl Account {
    fn unprivileged() -> Result<Self> {
        if id("-u", None)? != 0 {
            return Ok(Self { uid_gid: None });
        }
        let user = ["postgres", "nobody"]
            .into_iter()
            .find(|user| id("-u", Some(user)).is_ok())
            .context("root may not run postgres, and there is no user postgres or nobody")?;
        Ok(Self {
            uid_gid: Some((id("-u", Some(user))?, id("-g", Some(user))?)),
        })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = tied(program, "INT");
        command.current_dir("/").env("LC_ALL", "C");
        if let Some((uid, gid)) = self.uid_gid {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn give(&self, path: &Path) -> Result<()> {
        let Some((uid, gid)) = self.uid_gid else {
            return Ok(());
        };
        Ok(chown(path, Some(uid), Some(gid))?)
    }
}

fn id(flag: &str, user: Option<&str>) -> Result<u32> {
    Ok(capture(Command::new("id").arg(flag).args(user))?
        .trim()
        .parse()?)
}

/// The folder with `initdb` and `postgres`: Debian keeps them off PATH, one folder per version.
fn binaries() -> Result<PathBuf> {
    if let Some(folder) = installed_binaries() {
        return Ok(folder);
    }
    ensure_installed(&[("initdb", "postgresql")])?;
    installed_binaries().context("initdb and postgres were not found on PATH or in /usr/lib")
}

fn installed_binaries() -> Option<PathBuf> {
    let whole = |folder: &PathBuf| {
        ["initdb", "postgres"]
            .iter()
            .all(|p| folder.join(p).is_file())
    };
    let on_path = find("initdb").and_then(|file| file.parent().map(Path::to_path_buf));
    on_path.filter(whole).or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
        folders.filter(whole).max()
    })
}

fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_passwords_differ() {
        let (one, two) = (random_hex().unwrap(), random_hex().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, two);
    }

    #[test]
    fn an_unknown_user_has_no_id() {
        assert!(id("-u", Some("no-such-user-here")).is_err());
    }
}
