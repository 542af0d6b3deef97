//! Three layers become one: file < environment < flag, and each value remembers where it is from.

use std::collections::BTreeMap;
use std::fmt;

use tracing::level_filters::LevelFilter;
use url::Url;

use super::{
    ConfigError, DEFAULT_VALUE_SIZE_LIMIT, Delivery, Listen, Log, MAX_VALUE_SIZE_LIMIT, Sealing,
    ServeArgs, Settings, TlsSource,
};

/// Where a setting's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The TOML file.
    File,
    /// A `SEALYARD_…` variable.
    Environment,
    /// The command line.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        })
    }
}

/// One line of `sealyard config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The key in the TOML file.
    pub key: &'static str,
    /// The value as it could be written there, without quotes; empty if there is none.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
}

/// Where the settings come from that somebody set.
pub(super) type Sources = BTreeMap<&'static str, Source>;

/// The layers, the one that counts most first.
struct Layers {
    layers: [(Source, ServeArgs); 3],
    sources: Sources,
}

impl Layers {
    /// The value of the first layer that has one, and a note of which that was.
    fn take<T>(
        &mut self,
        key: &'static str,
        field: impl Fn(&mut ServeArgs) -> &mut Option<T>,
    ) -> Option<T> {
        for (source, layer) in &mut self.layers {
            if let Some(value) = field(layer).take() {
                self.sources.insert(key, *source);
                return Some(value);
            }
        }
        None
    }
}

/// Merges and checks. The TLS settings are checked after merging, so that a flag can complete or
/// turn off what the file says.
pub(super) fn merge(
    flags: ServeArgs,
    environment: ServeArgs,
    file: ServeArgs,
) -> Result<Settings, ConfigError> {
    let mut from = Layers {
        layers: [
            (Source::Flag, flags),
            (Source::Environment, environment),
            (Source::File, file),
        ],
        sources: Sources::new(),
    };
    let data_dir = from
        .take("data_dir", |l| &mut l.data_dir)
        .unwrap_or_else(|| "./sealyard-data".into());
    let root_key_file = from.take("root_key_file", |l| &mut l.root_key_file);
    Ok(Settings {
        database_url: from.take("database_url", |l| &mut l.database_url),
        root_key_file: root_key_file.unwrap_or_else(|| data_dir.join("root.key")),
        data_dir,
        listen: listen(&mut from)?,
        admin_listen: from.take("admin_listen", |l| &mut l.admin_listen),
        base_url: base_url(&mut from)?,
        profile: from.take("profile", |l| &mut l.profile).unwrap_or_default(),
        tls: tls(&mut from)?,
        trusted_proxies: from
            .take("trusted_proxy", |l| &mut l.trusted_proxy)
            .unwrap_or_default(),
        allow_plain_http: from
            .take("allow_plain_http", |l| &mut l.allow_plain_http)
            .unwrap_or_default(),
        sealing: Sealing {
            accept_unopened: from
                .take("sealing.accept_unopened", |l| {
                    &mut l.sealing.accept_unopened
                })
                .unwrap_or_default(),
        },
        delivery: Delivery {
            people: from
                .take("delivery.people", |l| &mut l.delivery.people)
                .unwrap_or_default(),
        },
        rate_limit: from.take("rate_limit", |l| &mut l.rate_limit),
        private_mode: from
            .take("private_mode", |l| &mut l.private_mode)
            .unwrap_or_default(),
        public_key_for_readers: from
            .take("public_key_for_readers", |l| &mut l.public_key_for_readers),
        value_size_limit: value_size_limit(&mut from)?,
        log: Log {
            level: from
                .take("log_level", |l| &mut l.log_level)
                .unwrap_or(LevelFilter::INFO),
            format: from
                .take("log_format", |l| &mut l.log_format)
                .unwrap_or_default(),
        },
        sources: from.sources,
    })
}

fn listen(from: &mut Layers) -> Result<Vec<Listen>, ConfigError> {
    let listen = from.take("listen", |l| &mut l.listen).unwrap_or_else(|| {
        vec![Listen::Tcp {
            host: "127.0.0.1".to_owned(),
            port: 8080,
        }]
    });
    if listen.is_empty() {
        Err(ConfigError::NowhereToListen)
    } else {
        Ok(listen)
    }
}

fn base_url(from: &mut Layers) -> Result<Option<Url>, ConfigError> {
    let Some(mut url) = from.take("base_url", |l| &mut l.base_url) else {
        return Ok(None);
    };
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain || !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(ConfigError::BaseUrl);
    }
    // `Url::join` replaces what follows the last slash.
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(Some(url))
}

fn tls(from: &mut Layers) -> Result<Option<TlsSource>, ConfigError> {
    let cert = from.take("tls_cert", |l| &mut l.tls_cert);
    let key = from.take("tls_key", |l| &mut l.tls_key);
    let local = from
        .take("tls_local", |l| &mut l.tls_local)
        .unwrap_or_default();
    match (cert, key, local) {
        (None, None, false) => Ok(None),
        (None, None, true) => Ok(Some(TlsSource::Local)),
        (Some(cert), Some(key), false) => Ok(Some(TlsSource::Files { cert, key })),
        (Some(_), Some(_), true) => Err(ConfigError::TwoCertificates),
        (Some(_), None, _) | (None, Some(_), _) => Err(ConfigError::HalfACertificate),
    }
}

fn value_size_limit(from: &mut Layers) -> Result<u32, ConfigError> {
    let limit = from.take("value_size_limit", |l| &mut l.value_size_limit);
    match limit.unwrap_or(DEFAULT_VALUE_SIZE_LIMIT) {
        limit @ 1..=MAX_VALUE_SIZE_LIMIT => Ok(limit),
        _ => Err(ConfigError::ValueSizeLimit),
    }
}

/// The settings in the order of [`ServeArgs`].
pub(super) fn explain(settings: &Settings, sources: &Sources) -> Vec<Explained> {
    let (cert, key) = match &settings.tls {
        Some(TlsSource::Files { cert, key }) => (Some(cert.display()), Some(key.display())),
        Some(TlsSource::Local) | None => (None, None),
    };
    let by_profile =
        |chosen: Option<bool>| chosen.map_or("by profile".to_owned(), |on| on.to_string());
    let lines = [
        ("data_dir", settings.data_dir.display().to_string()),
        ("database_url", shown(settings.database_url.as_ref())),
        (
            "root_key_file",
            settings.root_key_file.display().to_string(),
        ),
        ("listen", listed(&settings.listen)),
        ("admin_listen", shown(settings.admin_listen.as_ref())),
        ("base_url", shown(settings.base_url.as_ref())),
        ("profile", settings.profile.to_string()),
        ("tls_cert", shown(cert)),
        ("tls_key", shown(key)),
        (
            "tls_local",
            (settings.tls == Some(TlsSource::Local)).to_string(),
        ),
        ("trusted_proxy", listed(&settings.trusted_proxies)),
        ("allow_plain_http", settings.allow_plain_http.to_string()),
        ("rate_limit", by_profile(settings.rate_limit)),
        ("private_mode", settings.private_mode.to_string()),
        (
            "public_key_for_readers",
            by_profile(settings.public_key_for_readers),
        ),
        ("value_size_limit", settings.value_size_limit.to_string()),
        (
            "sealing.accept_unopened",
            settings.sealing.accept_unopened.to_string(),
        ),
        ("delivery.people", settings.delivery.people.to_string()),
        ("log_level", settings.log.level.to_string()),
        ("log_format", settings.log.format.to_string()),
    ];
    let source = |key| sources.get(key).copied().unwrap_or(Source::Default);
    lines
        .map(|(key, value)| Explained {
            key,
            value,
            source: source(key),
        })
        .into()
}

fn shown(value: Option<impl fmt::Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn listed(values: &[impl fmt::Display]) -> String {
    values
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
