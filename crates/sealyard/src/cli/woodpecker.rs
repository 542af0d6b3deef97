//! `sealyard woodpecker`

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tracing::level_filters::LevelFilter;

use super::runner::runner_file;
use super::serve::check_socket;
use super::{Failure, say};
use crate::client::{Client, Error, RunnerFile, Server, ServerArgs};
use crate::clock::Clock;
use crate::config::{Environment, Listen, Log, LogFormat};
use crate::serve::{self, Limits};
use crate::tasks::Tasks;
use crate::telemetry;
use crate::woodpecker::runner::Runner;
use crate::woodpecker::serve::{Adapter, PATH, routes};
use crate::woodpecker::signature::PublicKey;

/// Connections at a time. Woodpecker opens one for each pipeline that begins, and each may hold a
/// body of 4 MiB.
const CONNECTIONS: usize = 128;

/// For deliveries in flight when the adapter stops, after their connections are closed: each has a
/// job to end.
const LAST_DELIVERIES: Duration = Duration::from_secs(10);

/// What a person has to know before Woodpecker asks here.
const HELP: &str = "\
Run it beside Woodpecker's server, and tell that:

  WOODPECKER_SECRET_EXTENSION_ENDPOINT=http://127.0.0.1:PORT/sealyard/secrets
  WOODPECKER_EXTENSIONS_ALLOWED_HOSTS=loopback

The answers hold the values in the clear: that is Woodpecker's protocol, and why they do not come from \
Sealyard's own server. Whoever can read what passes between the two has them; therefore --listen is on \
this machine, unless something in between does TLS. It has to leave the path as it is, which Woodpecker \
signs.

Only requests that Woodpecker's key signed in the last five minutes are answered, each once, and only \
for repositories that the runner serves. Code that may come from a fork gets nothing: that is every pull \
request of which Woodpecker does not say that it is none, and today's versions say it of none at all. \
Where this refuses, Woodpecker goes on without its secrets, and its log has the reason.";

/// Gives Woodpecker's pipelines the secrets of their repositories, as a runner of Sealyard.
#[derive(Args)]
#[command(after_help = HELP)]
#[expect(clippy::doc_markdown, reason = "people at a terminal read these words")]
pub(super) struct Woodpecker {
    /// Where Woodpecker reaches this: HOST:PORT (an IPv6 address in brackets) or unix:PATH
    #[arg(long, value_name = "ADDR")]
    listen: Listen,

    /// What https://WOODPECKER/api/signature/public-key answers
    #[arg(long, value_name = "PEM")]
    public_key_file: PathBuf,

    /// The runner's file [default: SEALYARD_RUNNER_FILE, or sealyard-runner.json]
    #[arg(long, value_name = "FILE")]
    runner_file: Option<PathBuf>,

    /// Which of Woodpecker's forges has the repositories that Sealyard knows: others may have
    /// repositories of the same names
    #[arg(long, value_name = "ID", default_value_t = 1)]
    forge_id: i64,

    /// The Sealyard server: http://HOST:PORT, https://HOST or unix:PATH [default: the runner file's]
    #[arg(long, value_name = "URL")]
    url: Option<Server>,

    /// Trust the certificate authorities in this PEM file and no others, such as local-ca.pem of a
    /// server with --tls-local [default: SEALYARD_CA_FILE, or the system's]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Listen beyond this machine too; something in between has to do TLS
    #[arg(long)]
    allow_plain_http: bool,
}

impl Woodpecker {
    /// Answers until SIGTERM or SIGINT.
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        self.check_listen()?;
        let key = self.key()?;
        let runner = self.runner(environment)?;
        let log = Log {
            level: LevelFilter::INFO,
            format: LogFormat::Text,
        };
        telemetry::init(&log, environment.no_color())
            .map_err(|error| Failure::unavailable(format!("cannot log: {error}")))?;
        let stop = serve::stop_signal()
            .map_err(|error| Failure::unavailable(format!("cannot handle signals: {error}")))?;
        let bound = serve::bind(&self.listen, None)
            .await
            .map_err(|error| Failure::unavailable(error.to_string()))?;
        let address = bound.url().unwrap_or_else(|| self.listen.to_string());
        let tasks = Tasks::new();
        let adapter = Adapter::new(key, self.forge_id, runner, Clock::system(), tasks.clone());
        say(&format!("Answering Woodpecker at {address}{PATH}"));
        let limits = Limits {
            connections: CONNECTIONS,
            ..Limits::default()
        };
        let limits = limits.within_open_files();
        serve::serve(routes(Arc::new(adapter)), vec![bound], stop, limits).await;
        if tasks.finish(LAST_DELIVERIES).await > 0 {
            tracing::warn!("some jobs stay open until their leases end");
        }
        Ok(())
    }

    fn check_listen(&self) -> Result<(), Failure> {
        if let Listen::Unix(path) = &self.listen {
            check_socket(path, "--listen")?;
        }
        if self.listen.is_local() || self.allow_plain_http {
            return Ok(());
        }
        Err(Failure::configuration(format!(
            "refusing to answer with plain values on {}, where others on the network could read \
             them. Listen on 127.0.0.1, beside Woodpecker's server; if a proxy in front of this \
             does TLS, say --allow-plain-http",
            self.listen
        )))
    }

    fn key(&self) -> Result<PublicKey, Failure> {
        let path = self.public_key_file.display();
        let text = fs::read(&self.public_key_file)
            .map_err(|error| Failure::configuration(format!("cannot read {path}: {error}")))?;
        PublicKey::from_pem(&text).map_err(|error| {
            Failure::configuration(format!(
                "{path}: {error}; https://WOODPECKER/api/signature/public-key answers with it"
            ))
        })
    }

    fn runner(&self, environment: &Environment) -> Result<Runner, Failure> {
        let path = runner_file(self.runner_file.clone(), environment);
        let file = RunnerFile::read(&path)?;
        let server = self.url.clone().unwrap_or(file.server);
        let client = self.client(server, environment);
        let client = client.and_then(|client| client.with_credential(&file.credential));
        let client = client.map_err(|error| {
            // The client's words speak of a flag that means something else for this command.
            if let Error::PlainHttp { server } = error {
                Failure::configuration(format!(
                    "refusing to send a runner's credential to {server} over plain HTTP, where \
                     others on the network could read it; use https:// (--url)"
                ))
            } else {
                error.into()
            }
        })?;
        Ok(Runner::new(client, file.keys))
    }

    fn client(&self, server: Server, environment: &Environment) -> Result<Client, Error> {
        let options = ServerArgs {
            url: None,
            ca_file: self.ca_file.clone(),
            allow_plain_http: false,
        };
        options.client(server, environment)
    }
}
