//! What the operator decided: one [`Settings`] out of a file, the environment and the command
//! line, in that order of precedence. Unknown keys are refused, and secrets come only by path.

mod args;
mod environment;
mod listen;
mod merge;
mod values;

use std::path::PathBuf;

use ipnet::IpNet;
use tracing::level_filters::LevelFilter;
use url::Url;

pub use args::{DeliveryArgs, SealingArgs, ServeArgs, StoreArgs};
pub use environment::Environment;
pub use listen::{Listen, NotAnAddress};
pub use merge::{Explained, Source};
pub use values::{BadValue, DatabaseUrl, LogFormat, TlsSource};

pub use crate::http::profile::Profile;

/// The exit code of a program whose configuration is wrong (`EX_CONFIG` of BSD's `sysexits.h`).
pub const EXIT_CODE: u8 = 78;

/// The largest secret value, in bytes: GitHub's documentation says 48 KB.
pub const DEFAULT_VALUE_SIZE_LIMIT: u32 = 49_152;

/// The largest limit that can be set, in bytes: sealed and in base64, such a value still fits the
/// 512 KiB that a request may have.
pub const MAX_VALUE_SIZE_LIMIT: u32 = 262_144;

/// Every decision of the operator, checked and with its defaults filled in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the store, its root key and `serve.url` are.
    pub data_dir: PathBuf,
    /// The database to use instead of the one in the data directory.
    pub database_url: Option<DatabaseUrl>,
    /// The file with the root key.
    pub root_key_file: PathBuf,
    /// Where the API listens; never empty.
    pub listen: Vec<Listen>,
    /// Where health checks and metrics are answered.
    pub admin_listen: Option<Listen>,
    /// The URL that clients use, where it is not that of the request. Its path ends in `/`.
    pub base_url: Option<Url>,
    /// Which GitHub to behave like.
    pub profile: Profile,
    /// Where certificates come from; TLS is on for all TCP listeners or for none.
    pub tls: Option<TlsSource>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether plain HTTP may be served beyond loopback.
    pub allow_plain_http: bool,
    /// How secret values are opened.
    pub sealing: Sealing,
    /// Who gets values.
    pub delivery: Delivery,
    /// Whether GitHub's primary rate limit counts; `None` is the profile's default.
    pub rate_limit: Option<bool>,
    /// Whether callers without a token are refused everywhere.
    pub private_mode: bool,
    /// Whether readers of a repository get its public key; `None` is the profile's default.
    pub public_key_for_readers: Option<bool>,
    /// The largest secret value, in bytes: 1 to [`MAX_VALUE_SIZE_LIMIT`].
    pub value_size_limit: u32,
    /// What is logged, and how.
    pub log: Log,
    sources: merge::Sources,
}

/// How secret values are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// Whether a value that does not open is kept, and marked, instead of refused.
    pub accept_unopened: bool,
}

/// Who gets values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whether people may redeem their own tickets, where there is no runner.
    pub people: bool,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// The least important level that is still logged.
    pub level: LevelFilter,
    /// For people or for collectors.
    pub format: LogFormat,
}

/// What is wrong with the configuration, in words for the operator. [`EXIT_CODE`] goes with it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that `--config` names cannot be read.
    #[error("cannot read the settings file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has an unknown key, a wrong value or is no TOML.
    #[error("{}, line {line}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong, without the line itself.
        message: String,
    },
    /// A variable has a wrong value.
    #[error("{variable} in the environment: {message}")]
    Environment {
        /// Its name.
        variable: String,
        /// What is wrong.
        message: String,
    },
    /// No address to listen on was left.
    #[error("`listen` is an empty list; leave it out to listen on 127.0.0.1:8080")]
    NowhereToListen,
    /// A certificate without its key, or the other way round.
    #[error("--tls-cert and --tls-key go together; one of them is missing")]
    HalfACertificate,
    /// Two answers to where certificates come from.
    #[error(
        "--tls-local and --tls-cert exclude each other; --tls-local=false turns the first one off"
    )]
    TwoCertificates,
    /// A base URL that links cannot be built from.
    #[error("--base-url takes http://HOST or https://HOST, with a path at most")]
    BaseUrl,
    /// A limit that would be no limit.
    #[error("--value-size-limit takes 1 to {MAX_VALUE_SIZE_LIMIT} bytes")]
    ValueSizeLimit,
    /// Tokens would cross the network in the clear.
    #[error(
        "refusing to serve plain HTTP on {listen}, where others on the network could read every \
         token. Use --tls-local, or --tls-cert and --tls-key; if a proxy in front of it does TLS, \
         say --allow-plain-http"
    )]
    PlainHttp {
        /// The listener.
        listen: Listen,
    },
}

impl Settings {
    /// Merges what the file, the environment and the flags say, and checks each value.
    ///
    /// The file is the one that the flag `--config` or the variable `SEALYARD_CONFIG` names; there
    /// is none by default.
    pub fn load(flags: ServeArgs, environment: &Environment) -> Result<Self, ConfigError> {
        let from_environment = ServeArgs::from_environment(environment)?;
        let path = flags.config.as_ref().or(from_environment.config.as_ref());
        let from_file = path.map(|path| ServeArgs::from_file(path)).transpose()?;
        merge::merge(flags, from_environment, from_file.unwrap_or_default())
    }

    /// Refuses what only matters to a server: plain HTTP that leaves this machine.
    pub fn check_listeners(&self) -> Result<(), ConfigError> {
        if self.tls.is_some() || self.allow_plain_http {
            return Ok(());
        }
        let exposed = self
            .listen
            .iter()
            .chain(&self.admin_listen)
            .find(|l| !l.is_local());
        exposed.map_or(Ok(()), |listen| {
            Err(ConfigError::PlainHttp {
                listen: listen.clone(),
            })
        })
    }

    /// Every setting with its value and where it came from, for `sealyard config`. Passwords are
    /// left out.
    pub fn explain(&self) -> Vec<Explained> {
        merge::explain(self, &self.sources)
    }
}

#[cfg(test)]
mod tests;
