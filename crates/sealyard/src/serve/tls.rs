//! TLS 1.2 and 1.3, with certificates that are replaced while the server runs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::local_ca;
use crate::clock::Clock;
use crate::config::TlsSource;

/// The certificate that TCP listeners present, and where its successor comes from.
#[derive(Debug)]
pub struct Tls {
    source: TlsSource,
    data_dir: PathBuf,
    clock: Clock,
    current: RwLock<Arc<ServerConfig>>,
}

/// A certificate chain, the server's own certificate first, and its private key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Why there is no certificate to present.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing, unreadable or not PEM.
    #[error("cannot read {} for TLS: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// The file has no certificate in it.
    #[error("{} has no certificate in it", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The certificate and the key do not go together, or are of a kind that nobody accepts.
    #[error("the certificate and its key cannot be used for TLS: {0}")]
    Unusable(#[from] rustls::Error),
    /// The local authority cannot make a certificate.
    #[error("cannot make a local certificate: {0}")]
    LocalAuthority(#[from] rcgen::Error),
    /// The local authority's files cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Tls {
    /// Reads the certificate, or makes one with the local authority in the data directory.
    pub fn open(source: TlsSource, data_dir: &Path, clock: Clock) -> Result<Arc<Self>, TlsError> {
        let config = load(&source, data_dir, &clock)?;
        let current = RwLock::new(config);
        Ok(Arc::new(Self {
            source,
            data_dir: data_dir.to_owned(),
            clock,
            current,
        }))
    }

    /// Reads the certificate again, or renews it if the local authority's has less than a week
    /// left. Connections that are open keep theirs. If it fails, the old one stays in use.
    pub fn refresh(&self) -> Result<(), TlsError> {
        let config = load(&self.source, &self.data_dir, &self.clock)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        tokio_rustls::TlsAcceptor::from(config).accept(stream).await
    }
}

fn load(source: &TlsSource, data_dir: &Path, clock: &Clock) -> Result<Arc<ServerConfig>, TlsError> {
    let (chain, key) = match source {
        TlsSource::Files { cert, key } => (read_chain(cert)?, read_key(key)?),
        TlsSource::Local => {
            let host = gethostname::gethostname();
            local_ca::identity(data_dir, &host.to_string_lossy(), clock.now_s())?
        }
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

pub(super) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .collect();
    let chain = chain.map_err(unreadable)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate {
            path: path.to_owned(),
        });
    }
    Ok(chain)
}

pub(super) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
