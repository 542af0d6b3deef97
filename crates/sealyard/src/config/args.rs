//! The settings as they are written: one list for the command line, the environment and the file.
//!
//! A field `tls_cert` is the flag `--tls-cert`, the variable `SEALYARD_TLS_CERT` and the key
//! `tls_cert` in the TOML file. Secrets are never settings: a setting names the file they are in.

use std::error::Error as _;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Command, FromArgMatches as _};
use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use tracing::level_filters::LevelFilter;
use url::Url;

use super::{ConfigError, DatabaseUrl, Environment, Listen, LogFormat, Profile};

/// The options of `sealyard serve`. Every one is also `SEALYARD_…` in the environment and a key
/// in the file that `--config` names; file < environment < flag.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(
    after_help = "Every option is also a variable SEALYARD_OPTION_NAME and a key \
                        option_name in the TOML file of --config (file < environment < flag)."
)]
pub struct ServeArgs {
    /// Where the store, its root key and serve.url are [default: ./sealyard-data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// A database to use instead of the one in the data directory, postgres://…
    #[arg(long, value_name = "URL")]
    #[serde(deserialize_with = "text")]
    pub database_url: Option<DatabaseUrl>,

    /// The file with the root key, 64 hex digits [default: root.key in the data directory]
    #[arg(long, value_name = "FILE")]
    pub root_key_file: Option<PathBuf>,

    /// Where to listen: HOST:PORT (an IPv6 address in brackets) or unix:PATH; repeatable; port 0
    /// picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_delimiter = ',')]
    #[serde(deserialize_with = "texts")]
    pub listen: Option<Vec<Listen>>,

    /// Where to answer health checks and metrics
    #[arg(long, value_name = "ADDR")]
    #[serde(deserialize_with = "text")]
    pub admin_listen: Option<Listen>,

    /// The URL that clients use, if it is not that of the request (behind a proxy)
    #[arg(long, value_name = "URL")]
    #[serde(deserialize_with = "text")]
    pub base_url: Option<Url>,

    /// Which GitHub to behave like: ghes-3.2 or github.com [default: ghes-3.2]
    #[arg(long, value_name = "PROFILE")]
    #[serde(deserialize_with = "text")]
    pub profile: Option<Profile>,

    /// The certificate chain for TLS, PEM
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// The private key of the certificate, PEM
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Serve TLS with a certificate from an authority of our own, local-ca.pem in the data
    /// directory
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub tls_local: Option<bool>,

    /// A proxy whose X-Forwarded-For is believed, as a range of addresses; repeatable
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    #[serde(deserialize_with = "texts")]
    pub trusted_proxy: Option<Vec<IpNet>>,

    /// Serve plain HTTP to other machines (behind a proxy that does TLS)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_plain_http: Option<bool>,

    /// Count requests against GitHub's primary rate limit [default: by profile]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub rate_limit: Option<bool>,

    /// Refuse callers without a token everywhere
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub private_mode: Option<bool>,

    /// Whether whoever may read a repository gets its public key [default: by profile]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub public_key_for_readers: Option<bool>,

    /// The largest secret value in bytes [default: 49152]
    #[arg(long, value_name = "BYTES")]
    pub value_size_limit: Option<u32>,

    /// How secret values are sealed and opened.
    #[command(flatten)]
    pub sealing: SealingArgs,

    /// Who gets values.
    #[command(flatten)]
    pub delivery: DeliveryArgs,

    /// What to log: off, error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    #[serde(deserialize_with = "text")]
    pub log_level: Option<LevelFilter>,

    /// How to log: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    #[serde(deserialize_with = "text")]
    pub log_format: Option<LogFormat>,

    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// The settings of the file's `[sealing]` table.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SealingArgs {
    /// Keep values that do not open under their key, instead of answering 422 (for test suites
    /// that send placeholders)
    #[arg(id = "sealing_accept_unopened", long = "sealing-accept-unopened", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub accept_unopened: Option<bool>,
}

/// The settings of the file's `[delivery]` table.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryArgs {
    /// Let people who may write to a repository have its values themselves, without a runner (for
    /// `sealyard run` on one's own machine)
    #[arg(id = "delivery_people", long = "delivery-people", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub people: Option<bool>,
}

/// The options that every command on a store has in common.
#[derive(Args, Clone, Debug, Default)]
pub struct StoreArgs {
    /// Where the store and its root key are [default: ./sealyard-data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// A database to use instead of the one in the data directory, postgres://…
    #[arg(long, value_name = "URL")]
    pub database_url: Option<DatabaseUrl>,

    /// The file with the root key, 64 hex digits [default: root.key in the data directory]
    #[arg(long, value_name = "FILE")]
    pub root_key_file: Option<PathBuf>,

    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl From<StoreArgs> for ServeArgs {
    fn from(args: StoreArgs) -> Self {
        let StoreArgs {
            data_dir,
            database_url,
            root_key_file,
            config,
        } = args;
        Self {
            data_dir,
            database_url,
            root_key_file,
            config,
            ..Self::default()
        }
    }
}

impl ServeArgs {
    /// What the environment sets.
    pub(super) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let command = Self::augment_args(Command::new("sealyard").no_binary_name(true));
        let mut given = Vec::new();
        for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
            let variable = variable_of(flag);
            let Some(value) = environment.get_os(&variable) else {
                continue;
            };
            let mut argument = OsString::from(format!("--{flag}="));
            argument.push(value);
            // One at a time first, so that the message names the variable.
            parse(&command, [&argument])
                .map_err(|message| ConfigError::Environment { variable, message })?;
            given.push(argument);
        }
        parse(&command, &given).map_err(|message| ConfigError::Environment {
            variable: "SEALYARD_…".to_owned(),
            message,
        })
    }

    /// What a TOML file sets. The message names the line, and never quotes it: a database URL may
    /// hold a password.
    pub(super) fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        toml::from_str(&text).map_err(|error| {
            let before = error
                .span()
                .and_then(|span| text.get(..span.start))
                .unwrap_or_default();
            ConfigError::File {
                path: path.to_owned(),
                line: before.matches('\n').count() + 1,
                message: error.message().to_owned(),
            }
        })
    }
}

/// The variable that sets what a flag sets: `tls-cert` gives `SEALYARD_TLS_CERT`.
fn variable_of(flag: &str) -> String {
    format!("SEALYARD_{}", flag.to_ascii_uppercase().replace('-', "_"))
}

fn parse<I>(command: &Command, arguments: I) -> Result<ServeArgs, String>
where
    I: IntoIterator<Item: Into<OsString> + Clone>,
{
    let parsed = command
        .clone()
        .try_get_matches_from(arguments)
        .and_then(|matches| ServeArgs::from_arg_matches(&matches));
    parsed.map_err(|error| {
        // What the value's own parser says does not repeat the value; clap's sentence would.
        if let Some(reason) = error.source() {
            return reason.to_string();
        }
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or_default();
        first.strip_prefix("error: ").unwrap_or(first).to_owned()
    })
}

/// A setting that is written as text.
fn text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    String::deserialize(deserializer)?
        .parse()
        .map(Some)
        .map_err(D::Error::custom)
}

/// A setting that is a list of texts; one text alone is a list of one.
fn texts<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a text or a list of texts")]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    let texts = match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    };
    let parsed: Result<Vec<T>, _> = texts.iter().map(|text| text.parse()).collect();
    parsed.map(Some).map_err(D::Error::custom)
}
