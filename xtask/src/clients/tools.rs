//! The clients themselves: which programs they need, how they are installed, what starts them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Lane;
use crate::process::{ensure_installed, root, run, say, workshop};

/// What a client's script does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Play {
    /// The life of secrets, whole.
    Life,
    /// It sets the values that it is given.
    Values,
}

impl Play {
    /// In seconds; a life takes ten on a quiet machine, and gh a minute for its share of a thousand
    /// values.
    fn longest(self) -> &'static str {
        match self {
            Self::Life => "180",
            Self::Values => "900",
        }
    }
}

/// A client that people use, unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Gh,
    Octokit,
    PyGithub,
    Curl,
}

impl Client {
    pub(super) const ALL: [Self; 4] = [Self::Gh, Self::Octokit, Self::PyGithub, Self::Curl];

    pub(super) fn parse(word: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|client| client.name() == word) {
            Some(client) => Ok(client),
            None => bail!("`{word}` is not a client; they are gh, octokit, pygithub and curl"),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gh => "gh",
            Self::Octokit => "octokit",
            Self::PyGithub => "pygithub",
            Self::Curl => "curl",
        }
    }

    /// gh always speaks TLS on TCP; the libraries do not know unix sockets.
    pub(super) fn can_take(self, lane: Lane) -> bool {
        match self {
            Self::Gh => matches!(lane, Lane::Https | Lane::Unix),
            Self::Octokit | Self::PyGithub => lane != Lane::Unix,
            Self::Curl => true,
        }
    }

    /// Makes sure that the client is there. Whatever it fetches is pinned, and kept for next time.
    pub(super) fn install(self) -> Result<()> {
        // The worlds are made with curl, whichever client then lives in them.
        let curl = ("curl", "curl");
        match self {
            Self::Gh => ensure_installed(&[curl, ("gh", "gh")]),
            Self::Curl => ensure_installed(&[curl]),
            Self::Octokit => {
                ensure_installed(&[curl, ("node", "nodejs"), ("npm", "npm")])?;
                install_octokit()
            }
            Self::PyGithub => {
                ensure_installed(&[curl, ("python3", "python3")])?;
                install_pygithub()
            }
        }
    }

    /// The program that plays with this client. A client that hangs is ended: most of them would
    /// wait for an answer forever.
    pub(super) fn script(self, play: Play) -> Command {
        let (program, script): (PathBuf, _) = match (self, play) {
            (Self::Gh, Play::Life) => ("bash".into(), "gh.sh"),
            (Self::Gh, Play::Values) => ("bash".into(), "gh-values.sh"),
            // curl has its values sealed by our own program, so it has none to bring.
            (Self::Curl, _) => ("bash".into(), "curl.sh"),
            (Self::Octokit, Play::Life) => ("node".into(), "octokit/life.mjs"),
            (Self::Octokit, Play::Values) => ("node".into(), "octokit/values.mjs"),
            (Self::PyGithub, Play::Life) => (venv().join("bin/python"), "pygithub/life.py"),
            (Self::PyGithub, Play::Values) => (venv().join("bin/python"), "pygithub/values.py"),
        };
        let mut command = Command::new("timeout");
        command
            .args(["--kill-after=5", play.longest()])
            .arg(program)
            .arg(folder().join(script));
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        // A proxy of this machine has nothing to do with a server on it.
        for proxy in [
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
        ] {
            command.env_remove(proxy);
        }
        command
    }
}

fn folder() -> PathBuf {
    root().join("tests/clients")
}

fn venv() -> PathBuf {
    workshop().join("pygithub")
}

/// The exact versions of the lockfile, without the scripts of packages.
fn install_octokit() -> Result<()> {
    let place = folder().join("octokit");
    if is_current(
        &place.join("package-lock.json"),
        &place.join("node_modules/installed"),
    )? {
        return Ok(());
    }
    say("installing @octokit/rest and libsodium-wrappers");
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]);
    run(npm.current_dir(&place).stdout(Stdio::null()))?;
    remember(
        &place.join("package-lock.json"),
        &place.join("node_modules/installed"),
    )
}

/// A virtual environment with the exact versions of the requirements, only as wheels.
fn install_pygithub() -> Result<()> {
    let wanted = folder().join("pygithub/requirements.txt");
    let have = venv().join("installed");
    if is_current(&wanted, &have)? {
        return Ok(());
    }
    say("installing PyGithub and PyNaCl");
    let make = || {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(venv()))
    };
    // Debian splits the part of Python that makes environments off into a package of its own.
    make().or_else(|_| {
        run(Command::new("apt-get").args(["install", "--yes", "--quiet", "python3-venv"]))?;
        make()
    })?;
    let mut pip = Command::new(venv().join("bin/pip"));
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary=:all:",
        "-r",
    ]);
    run(pip.arg(&wanted))?;
    remember(&wanted, &have)
}

/// Whether what was installed last is what is wanted now.
fn is_current(wanted: &Path, installed: &Path) -> Result<bool> {
    let text = fs::read(wanted).with_context(|| format!("{} is missing", wanted.display()))?;
    Ok(fs::read(installed).is_ok_and(|before| before == text))
}

fn remember(wanted: &Path, installed: &Path) -> Result<()> {
    fs::copy(wanted, installed)
        .map(drop)
        .context("the note of what is installed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_lockfile_is_installed_again() {
        let folder = tempfile::tempdir().unwrap();
        let (wanted, installed) = (
            folder.path().join("wanted"),
            folder.path().join("installed"),
        );
        fs::write(&wanted, "one").unwrap();
        assert!(!is_current(&wanted, &installed).unwrap());
        remember(&wanted, &installed).unwrap();
        assert!(is_current(&wanted, &installed).unwrap());
        fs::write(&wanted, "two").unwrap();
        assert!(!is_current(&wanted, &installed).unwrap());
    }

    #[test]
    fn lockfiles_name_no_registry() {
        let lock = fs::read_to_string(folder().join("octokit/package-lock.json")).unwrap();
        assert!(!lock.contains("\"resolved\""));
    }

    #[test]
    fn every_requirement_is_pinned() {
        let text = fs::read_to_string(folder().join("pygithub/requirements.txt")).unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            assert!(line.contains("=="), "{line}");
        }
    }
}
