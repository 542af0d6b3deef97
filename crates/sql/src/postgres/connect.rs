//! Where the server is, and whether the way there must be encrypted.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

/// Reads a URL (`postgres://user@host/database?sslmode=require`) or `key=value` pairs.
///
/// `sslmode=verify-full` is taken for `require`, which here verifies the certificate and the host's name too.
/// `prefer`, the default, is plain to a Unix socket or loopback address and `require` to everywhere else.
pub(super) fn config(url: &str) -> Result<Config, Error> {
    let url = url.replace("sslmode=verify-full", "sslmode=require");
    // The driver's message may quote the URL, and with it a password.
    let mut config: Config = url
        .parse()
        .map_err(|_| Error::other("the PostgreSQL URL cannot be read"))?;
    if config.get_ssl_mode() == SslMode::Prefer {
        let mode = if is_local(&config) {
            SslMode::Disable
        } else {
            SslMode::Require
        };
        config.ssl_mode(mode);
    }
    Ok(config)
}

/// TLS 1.2 or 1.3 with the certificate authorities in `roots` (a PEM file), or the system's.
pub(super) fn tls(roots: Option<&PathBuf>) -> Result<MakeRustlsConnect, Error> {
    let unusable = |error: &dyn std::fmt::Display| {
        Error::Io(format!(
            "the certificate authorities for PostgreSQL: {error}"
        ))
    };
    let certificates: Vec<CertificateDer<'static>> = match roots {
        Some(file) => CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .map_err(|error| unusable(&error))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates);
    if store.is_empty() {
        return Err(unusable(&"none found"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Whether nothing but this machine can see the bytes. An address that is given beside a name decides, for it is dialled.
fn is_local(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
    });
    hosts
        && config
            .get_hostaddrs()
            .iter()
            .all(std::net::IpAddr::is_loopback)
}

#[cfg(test)]
mod tests {
    use super::{SslMode, config};

    #[test]
    fn plain_is_for_this_machine_or_for_those_who_ask_for_it() {
        for (url, mode) in [
            ("postgres://u@localhost/d", SslMode::Disable),
            ("postgres://u@127.0.0.1:5/d", SslMode::Disable),
            ("postgres://u@[::1]/d", SslMode::Disable),
            ("postgres://u@%2Frun%2Fpostgresql/d", SslMode::Disable),
            ("host=/run/postgresql user=u", SslMode::Disable),
            (
                "postgres://u@db.example/d?sslmode=disable",
                SslMode::Disable,
            ),
            ("postgres://u@db.example/d", SslMode::Require),
            ("postgres://u@db.example/d?sslmode=prefer", SslMode::Require),
            ("postgres://u@localhost,db.example/d", SslMode::Require),
            ("host=localhost hostaddr=192.0.2.1 user=u", SslMode::Require),
            ("postgres://u@localhost/d?sslmode=require", SslMode::Require),
            (
                "postgres://u@localhost/d?sslmode=verify-full",
                SslMode::Require,
            ),
        ] {
            assert_eq!(config(url).unwrap().get_ssl_mode(), mode, "{url}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_read_is_not_repeated() {
        let error = config("postgres://u:hunter2@h/d?sslmode=hunter2").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
