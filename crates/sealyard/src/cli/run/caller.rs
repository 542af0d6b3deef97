//! Who asks the server, and with which key it answers them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sealyard_vault::SealingKeyPair;
use zeroize::Zeroizing;

use super::super::Failure;
use crate::client::{Client, Error, NotAServer, RunnerFile, ServerArgs};
use crate::config::Environment;

/// A credential has about 50 bytes; nobody reads more than this.
const CREDENTIAL_MAX: u64 = 4_096;

/// Who asks.
pub(super) struct Caller {
    /// Knows server and credential.
    pub(super) client: Client,
    /// What the answer is sealed for: a runner's own pair, or one for this job.
    pub(super) keys: SealingKeyPair,
    /// Whether it is a runner, and not a person.
    pub(super) is_runner: bool,
}

impl Caller {
    /// The runner whose file is named, or else the person whose token is in the environment.
    pub(super) fn new(
        runner_file: Option<&Path>,
        server: &ServerArgs,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let Some(path) = runner_file else {
            return Ok(Self {
                client: person(server, environment)?,
                keys: SealingKeyPair::generate(),
                is_runner: false,
            });
        };
        let runner = RunnerFile::read(path)?;
        // Not that of the environment: a credential goes to whoever gave it.
        let address = server.url.clone().unwrap_or(runner.server);
        let client = server.client(address, environment)?;
        Ok(Self {
            client: client.with_credential(&runner.credential)?,
            keys: runner.keys,
            is_runner: true,
        })
    }
}

/// A client for the person whose token is in the environment.
pub(in crate::cli) fn person(
    server: &ServerArgs,
    environment: &Environment,
) -> Result<Client, Failure> {
    let address = server
        .server(environment)
        .map_err(|error| not_a_server(&error))?;
    let address = address.ok_or_else(no_server)?;
    let token = environment.get("SEALYARD_TOKEN").map(Zeroizing::new);
    let token = token.ok_or_else(|| {
        Failure::usage(
            "who asks? Set SEALYARD_TOKEN to a token of yours, or, on a runner, \
             SEALYARD_RUNNER_FILE to its file",
        )
    })?;
    let client = server.client(address, environment)?;
    Ok(client.with_credential(token.trim())?)
}

/// The ticket in a file, or else in the environment.
pub(super) fn ticket(
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let text = match file {
        Some(path) => {
            let mut text = Zeroizing::new(String::new());
            File::open(path)
                .and_then(|file| file.take(CREDENTIAL_MAX).read_to_string(&mut text))
                .map_err(|error| {
                    let path = path.display();
                    Failure::usage(format!("{path}: cannot read the ticket: {error}"))
                })?;
            Some(text)
        }
        None => environment.get("SEALYARD_TICKET").map(Zeroizing::new),
    };
    Ok(text.map(|text| Zeroizing::new(text.trim().to_owned())))
}

pub(in crate::cli) fn no_server() -> Failure {
    Failure::usage("which server? Set SEALYARD_URL, or --url, to its address")
}

pub(in crate::cli) fn not_a_server(error: &NotAServer) -> Failure {
    Failure::configuration(format!("SEALYARD_URL in the environment: {error}"))
}

/// What a server's no means for the exit code: a wrong credential is configuration, another wrong
/// request is use, and what is not there may be there later.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match &error {
            Error::Refused { status, .. } => match status.as_u16() {
                401 | 403 => Self::configuration(message),
                429 | 500.. => Self::unavailable(message),
                _ => Self::usage(message),
            },
            Error::PlainHttp { .. }
            | Error::Authority { .. }
            | Error::NoAuthorities
            | Error::Credential => Self::configuration(message),
            Error::NobodyThere { .. }
            | Error::Insecure { .. }
            | Error::TooSlow { .. }
            | Error::Broken { .. }
            | Error::TooLarge { .. }
            | Error::Redirected { .. }
            | Error::NotOurs { .. } => Self::unavailable(message),
        }
    }
}
