//! `sealyard run`

mod act;
mod arguments;
mod caller;
mod child;
mod files;
mod format;
mod job;
mod limits;
mod names;
mod say;
mod signals;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tokio::time::sleep;
use zeroize::Zeroizing;

use super::Failure;
use super::runner::{HEARTBEAT, Nothing};
use super::ticket::{Facts, Made, TICKETS};
use crate::client::{ANSWER_MAX, Client};
use crate::config::Environment;
use crate::mask;
use crate::mask::stream::Needles;
use caller::Caller;
use child::Ended;
use files::Directory;
use job::{Conclusion, Delivery, Opened, Request};
use say::say;
use signals::{Signals, end_by};

pub(super) use arguments::Run;
pub(super) use caller::{no_server, not_a_server, person};

/// How often a runner says that it is there; the server believes it for 60 seconds.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);

impl Run {
    pub(super) async fn run(self, environment: &Environment) -> Result<ExitCode, Failure> {
        if self.format.is_some() && io::stdout().is_terminal() {
            return Err(Failure::usage(
                "--format does not print secrets to a terminal; redirect it to where they belong",
            ));
        }
        let runner_file = self.runner_file.clone();
        let runner_file = runner_file.or_else(|| {
            environment
                .get_os("SEALYARD_RUNNER_FILE")
                .map(PathBuf::from)
        });
        let ticket = caller::ticket(self.ticket_file.as_deref(), environment)?;
        let caller = Caller::new(runner_file.as_deref(), &self.server, environment)?;
        self.check(&caller, ticket.is_some())?;
        let mut signals = Signals::install()
            .map_err(|error| Failure::unavailable(format!("cannot handle signals: {error}")))?;
        // Before the server is asked: a job whose secrets can go nowhere is none.
        let directory = match &self.files {
            Some(given) => Some(Directory::new(given, environment)?),
            None => None,
        };
        let work = Box::pin(self.work(&caller, ticket, directory, environment, &mut signals));
        if caller.is_runner {
            tokio::select! {
                ended = work => ended,
                never = heartbeats(&caller.client) => match never {},
            }
        } else {
            work.await
        }
    }

    /// Refuses what does not go together, in view of who asks.
    fn check(&self, caller: &Caller, has_ticket: bool) -> Result<(), Failure> {
        if has_ticket && self.git_ref.is_some() {
            return Err(Failure::usage(
                "--ref: the ticket says which ref its job is for",
            ));
        }
        if !has_ticket && self.repository.is_none() {
            return Err(Failure::usage(
                "which repository? --repo OWNER/NAME, or a ticket",
            ));
        }
        if caller.is_runner && self.git_ref.is_some() {
            return Err(Failure::usage(
                "--ref: a runner alone cannot say which ref its job is for; somebody who may write \
                 to the repository makes a ticket that does (`sealyard ticket create --ref …`)",
            ));
        }
        Ok(())
    }

    /// Opens the job, uses what it gets, and completes it.
    async fn work(
        &self,
        caller: &Caller,
        ticket: Option<Zeroizing<String>>,
        directory: Option<Directory>,
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<ExitCode, Failure> {
        let client = &caller.client;
        let given = ticket.is_some();
        let (ticket, ticket_id) = match ticket {
            Some(ticket) => (Some(ticket), None),
            None if caller.is_runner => (None, None),
            None => {
                let made = tokio::select! {
                    made = self.make_ticket(client) => made?,
                    by = signals.ending() => {
                        drop(directory);
                        return Ok(end_by(by.number));
                    }
                };
                let id = made.id;
                (Some(made.into_ticket()), Some(id))
            }
        };
        let only = self.only();
        let alone = ticket.is_none();
        let request = Request {
            ticket: ticket.as_ref().map(|ticket| ticket.as_str()),
            repository: self.repository.as_deref().filter(|_| alone),
            environment: self.environment.as_deref().filter(|_| alone),
            only: only.as_deref(),
            timeout_minutes: self.timeout_minutes,
            public_key: caller.keys.public().to_base64(),
            masks: false,
        };
        let (id, delivery) = match job::open(caller, &request, ticket_id, signals).await? {
            Opened::Job { id, delivery } => (id, delivery),
            Opened::Interrupted { by, id } => {
                if let Some(id) = id {
                    job::complete(client, id, Conclusion::Cancelled).await;
                }
                drop(directory);
                return Ok(end_by(by.number));
            }
        };
        let used = match delivery {
            Ok(delivery) => {
                self.use_it(&delivery, given, directory, environment, signals)
                    .await
            }
            Err(failure) => Err(failure),
        };
        let conclusion = match &used {
            Ok(None) => Conclusion::Success,
            Ok(Some(ended)) if ended.status.success() => Conclusion::Success,
            Ok(Some(ended)) if ended.interrupted => Conclusion::Cancelled,
            Ok(Some(_)) | Err(_) => Conclusion::Failure,
        };
        job::complete(client, id, conclusion).await;
        used.map(|ended| ended.map_or(ExitCode::SUCCESS, |ended| passed_on(&ended)))
    }

    /// A ticket of the caller's own.
    async fn make_ticket(&self, client: &Client) -> Result<Made, Failure> {
        let facts = Facts {
            repository: self.repository.clone().unwrap_or_default(),
            environment: self.environment.clone(),
            git_ref: self.git_ref.clone(),
            event: None,
            fork: false,
        };
        Ok(client.post(TICKETS, &facts, ANSWER_MAX).await?)
    }

    /// The names of `--only`, as secrets have them.
    fn only(&self) -> Option<Vec<String>> {
        let only = self.only.as_ref()?;
        Some(only.iter().map(|name| name.to_ascii_uppercase()).collect())
    }

    /// Prints what was delivered, or runs the command with it.
    async fn use_it(
        &self,
        delivery: &Delivery,
        given_ticket: bool,
        directory: Option<Directory>,
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<Option<Ended>, Failure> {
        if given_ticket {
            self.check_ticket(delivery)?;
        }
        let secrets = delivery.secrets.iter();
        let secrets: Vec<(&str, &[u8])> = secrets
            .map(|secret| (secret.name.as_str(), secret.value.0.as_slice()))
            .collect();
        for name in self.only().unwrap_or_default() {
            if !secrets.iter().any(|(delivered, _)| *delivered == name) {
                return Err(Failure::usage(format!(
                    "the job gets no secret {name}: there is none of that name for it"
                )));
            }
        }
        if let Some(format) = self.format {
            if format.makes_variables() {
                self.check_names(&secrets)?;
            }
            let text = format
                .print(&secrets)
                .map_err(|error| Failure::usage(error.to_string()))?;
            let mut out = io::stdout().lock();
            out.write_all(&text)
                .and_then(|()| out.flush())
                .map_err(|error| {
                    Failure::unavailable(format!("cannot write to standard output: {error}"))
                })?;
            return Ok(None);
        }
        let needles = Needles::new(&mask::masks(secrets.iter().map(|(_, value)| *value)));
        let ended = match directory {
            Some(directory) => {
                with_files(&self.command, &secrets, directory, &needles, signals).await
            }
            None => {
                self.with_variables(&secrets, &needles, environment, signals)
                    .await
            }
        };
        ended.map(Some)
    }

    /// A ticket may be for something else than its bearer thinks.
    fn check_ticket(&self, delivery: &Delivery) -> Result<(), Failure> {
        let differs = |wanted: &Option<String>, got: Option<&String>| {
            wanted.as_ref().is_some_and(|wanted| {
                got.is_none_or(|got| wanted.to_lowercase() != got.to_lowercase())
            })
        };
        if differs(&self.repository, Some(&delivery.repository)) {
            return Err(Failure::usage(
                "the ticket is for another repository than --repo says",
            ));
        }
        if differs(&self.environment, delivery.environment.as_ref()) {
            return Err(Failure::usage(
                "the ticket is for another environment than --env says",
            ));
        }
        Ok(())
    }

    /// Refuses names that would change what programs run.
    fn check_names(&self, secrets: &[(&str, &[u8])]) -> Result<(), Failure> {
        let allowed = |name: &str| self.allow_env.iter().any(|allowed| allowed == name);
        for (name, _) in secrets.iter().filter(|(name, _)| !allowed(name)) {
            if let Some(reason) = names::reason(name) {
                return Err(Failure::usage(format!(
                    "the secret {name} is not made a variable: {reason}; --allow-env {name} allows \
                     it, --files and --only do without"
                )));
            }
        }
        Ok(())
    }

    async fn with_variables(
        &self,
        secrets: &[(&str, &[u8])],
        needles: &Needles,
        environment: &Environment,
        signals: &mut Signals,
    ) -> Result<Ended, Failure> {
        self.check_names(secrets)?;
        if let Some((name, _)) = secrets.iter().find(|(_, value)| value.contains(&0)) {
            return Err(Failure::usage(format!(
                "the secret {name} has a NUL byte, which no variable can hold; use --files"
            )));
        }
        let line = act::command_line(&self.command, secrets);
        let inherited = environment.all();
        let inherited = inherited
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
            .filter(|(name, _)| !child::is_kept_back(name));
        let words = line.iter().map(OsString::as_os_str);
        limits::check(secrets, inherited, words)
            .map_err(|error| Failure::usage(error.to_string()))?;
        let what = child::Run {
            line: &line,
            secrets,
            files: None,
            needles,
        };
        child::run(&what, signals).await
    }
}

/// Runs the command with its secrets in a directory, which is gone when this returns.
async fn with_files(
    line: &[OsString],
    secrets: &[(&str, &[u8])],
    mut directory: Directory,
    needles: &Needles,
    signals: &mut Signals,
) -> Result<Ended, Failure> {
    for (name, value) in secrets {
        directory.write(name, value)?;
    }
    let what = child::Run {
        line,
        secrets: &[],
        files: Some(directory.path()),
        needles,
    };
    child::run(&what, signals).await
}

/// The command's end as our own.
fn passed_on(ended: &Ended) -> ExitCode {
    match (ended.status.code(), ended.status.signal()) {
        (Some(code), _) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        (None, Some(signal)) => end_by(signal),
        (None, None) => ExitCode::FAILURE,
    }
}

/// Says again and again that the runner is there.
async fn heartbeats(client: &Client) -> std::convert::Infallible {
    let mut told = false;
    loop {
        match client.post_for_nothing(HEARTBEAT, &Nothing {}).await {
            Ok(()) => told = false,
            Err(error) if !told => {
                say(&format!("warning: the runner's heartbeat failed: {error}"));
                told = true;
            }
            Err(_) => {}
        }
        sleep(HEARTBEAT_EVERY).await;
    }
}
