//! `sealyard runner`
#![expect(
    clippy::doc_markdown,
    reason = "help, which a terminal shows as it is written"
)]

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sealyard_vault::SealingKeyPair;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::run::{no_server, not_a_server};
use super::{Failure, say};
use crate::client::{
    ANSWER_MAX, DEFAULT_RUNNER_FILE, Reserved, RunnerFile, RunnerFileError, Server, ServerArgs,
};
use crate::config::Environment;
use crate::runners::NAME_LENGTH_MAX;

/// Make this machine a runner, and say that it is there.
#[derive(Subcommand)]
pub(super) enum Runner {
    /// Trade a registration token for a runner's credential; writes it to a new file
    Register(Register),
    /// Tell the server that the runner is there: it counts as online for a minute
    Heartbeat(Heartbeat),
}

/// Makes a runner with a key pair of its own.
#[derive(Args)]
#[command(after_help = REGISTER)]
pub(super) struct Register {
    /// The registration token [default: SEALYARD_REGISTRATION_TOKEN]
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,

    /// What to call the runner [default: the host's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Labels of your own
    #[arg(long, value_name = "LABEL,…", value_delimiter = ',')]
    labels: Vec<String>,

    /// The new file, for its owner alone [default: SEALYARD_RUNNER_FILE, or sealyard-runner.json]
    #[arg(long, value_name = "FILE")]
    runner_file: Option<PathBuf>,

    #[command(flatten)]
    server: ServerArgs,
}

/// What help says of registering.
const REGISTER: &str = "\
The token comes from GitHub's route POST …/actions/runners/registration-token of a repository or an
organisation, and is good for an hour. In SEALYARD_REGISTRATION_TOKEN it stays out of the list of
processes. The URL may be GitHub's, https://HOST/OWNER/REPO: only its host counts.";

/// Sends one heartbeat, for a timer. A runner that runs a job sends them by itself.
#[derive(Args)]
pub(super) struct Heartbeat {
    /// The runner's file [default: SEALYARD_RUNNER_FILE, or sealyard-runner.json]
    #[arg(long, value_name = "FILE")]
    runner_file: Option<PathBuf>,

    #[command(flatten)]
    server: ServerArgs,
}

/// `POST /api/sealyard/v1/runners`
#[derive(Serialize)]
struct Application<'a> {
    token: &'a str,
    name: &'a str,
    os: &'a str,
    arch: &'a str,
    labels: &'a [String],
    public_key: String,
}

/// Its answer.
#[derive(Deserialize)]
struct Registered {
    id: i64,
    name: String,
    credential: String,
}

impl Runner {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        match self {
            Self::Register(register) => register.run(environment).await,
            Self::Heartbeat(heartbeat) => heartbeat.run(environment).await,
        }
    }
}

impl Register {
    async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let token = self
            .token
            .map(Zeroizing::new)
            .or_else(|| {
                environment
                    .get("SEALYARD_REGISTRATION_TOKEN")
                    .map(Zeroizing::new)
            })
            .ok_or_else(|| {
                Failure::usage(
                    "which registration token? Set SEALYARD_REGISTRATION_TOKEN (or --token) to one \
                     from POST …/actions/runners/registration-token",
                )
            })?;
        let server = self
            .server
            .server(environment)
            .map_err(|error| not_a_server(&error))?;
        let server = absolute(server.ok_or_else(no_server)?)?;
        let name = self.name.unwrap_or_else(host_name);
        let client = self.server.client(server.clone(), environment)?;
        // Now: a registration whose credential can be kept nowhere is a runner that is nobody.
        let path = runner_file(self.runner_file, environment);
        let place = Reserved::new(&path)?;
        let keys = SealingKeyPair::generate();
        let application = Application {
            token: &token,
            name: &name,
            os: os(),
            arch: arch(),
            labels: &self.labels,
            public_key: keys.public().to_base64(),
        };
        let registered: Registered = client.post(RUNNERS, &application, ANSWER_MAX).await?;
        let (id, name) = (registered.id, registered.name);
        let runner = RunnerFile {
            server,
            id,
            name: name.clone(),
            credential: Zeroizing::new(registered.credential),
            keys,
        };
        place.fill(runner).map_err(|error| {
            Failure::unavailable(format!(
                "runner {id} ({name}) is registered, but its credential is lost: {error}; take it \
                 off (DELETE …/actions/runners/{id}) and register again"
            ))
        })?;
        say(&format!(
            "Runner {id} ({name}) is registered; {} keeps its credential and its key.",
            path.display()
        ));
        Ok(())
    }
}

impl Heartbeat {
    async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let runner = RunnerFile::read(&runner_file(self.runner_file, environment))?;
        let server = self.server.url.clone().unwrap_or(runner.server);
        let client = self.server.client(server, environment)?;
        let client = client.with_credential(&runner.credential)?;
        client.post_for_nothing(HEARTBEAT, &Nothing {}).await?;
        Ok(())
    }
}

/// The file that was named, by flag or variable, or the usual one.
pub(super) fn runner_file(given: Option<PathBuf>, environment: &Environment) -> PathBuf {
    given
        .or_else(|| {
            environment
                .get_os("SEALYARD_RUNNER_FILE")
                .map(PathBuf::from)
        })
        .unwrap_or_else(|| DEFAULT_RUNNER_FILE.into())
}

/// Where runners are enrolled.
const RUNNERS: &str = "/api/sealyard/v1/runners";
/// Where heartbeats go.
pub(super) const HEARTBEAT: &str = "/api/sealyard/v1/runners/heartbeat";

/// The body of a request that needs none: `{}`.
#[derive(Serialize)]
pub(super) struct Nothing {}

impl From<RunnerFileError> for Failure {
    fn from(error: RunnerFileError) -> Self {
        match error {
            RunnerFileError::Exists(_) => Self::usage(error.to_string()),
            RunnerFileError::Missing(_)
            | RunnerFileError::Io { .. }
            | RunnerFileError::Open(_)
            | RunnerFileError::Malformed(_) => Self::configuration(error.to_string()),
        }
    }
}

/// A socket's path that is good from every directory.
fn absolute(server: Server) -> Result<Server, Failure> {
    match server {
        Server::Unix(path) => std::path::absolute(&path)
            .map(Server::Unix)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display()))),
        tcp @ Server::Tcp { .. } => Ok(tcp),
    }
}

/// The host's name, as far as it can be a runner's.
fn host_name() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    let name: String = name.chars().take(NAME_LENGTH_MAX).collect();
    if name.is_empty() {
        "runner".to_owned()
    } else {
        name
    }
}

/// The operating system, as GitHub's runner spells it.
fn os() -> &'static str {
    match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "macOS",
        other => other,
    }
}

/// The processor, as GitHub's runner spells it.
fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "X64",
        "x86" => "X86",
        "aarch64" => "ARM64",
        "arm" => "ARM",
        other => other,
    }
}
