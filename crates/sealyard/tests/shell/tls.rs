//! TLS with the local authority and with files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use sealyard::clock::Clock;
use sealyard::config::TlsSource;
use sealyard::serve::{LOCAL_AUTHORITY, Limits, Tls, TlsError};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::world::{SOON, World, exchange, patient, read_to_end, read_until, soon};

fn local(dir: &Path) -> Arc<Tls> {
    Tls::open(TlsSource::Local, dir, Clock::system()).expect("a local authority")
}

/// A client that trusts the authority in this directory, and nobody else.
struct Client {
    authority: CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
}

impl Client {
    fn of(dir: &Path) -> Self {
        let authority = CertificateDer::from_pem_file(dir.join(LOCAL_AUTHORITY));
        Self {
            authority: authority.expect("a certificate"),
            version: &TLS13,
        }
    }

    async fn connect(&self, world: &World, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).expect("a root");
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[self.version])
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, world.tcp().await);
        soon(connecting).await
    }
}

#[tokio::test]
async fn who_trusts_the_local_authority_is_served() {
    let dir = TempDir::new().expect("a temporary directory");
    let world = World::start_with(patient(), Some(&local(dir.path()))).await;
    let client = Client::of(dir.path());
    for name in ["localhost", "127.0.0.1", "::1"] {
        let mut stream = client.connect(&world, name).await.expect(name);
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let answer = exchange(&mut stream, b"GET /peer HTTP/1.0\r\n\r\n").await;
        assert!(
            answer.ends_with("addr: Some(127.0.0.1), scheme: Https, unix: false }"),
            "{answer}"
        );
    }
    client
        .connect(&world, "example.com")
        .await
        .expect_err("not a name of this machine");
}

#[tokio::test]
async fn tls_1_2_is_spoken_and_plain_http_is_not() {
    let dir = TempDir::new().expect("a temporary directory");
    let world = World::start_with(patient(), Some(&local(dir.path()))).await;
    let client = Client {
        version: &TLS12,
        ..Client::of(dir.path())
    };
    client.connect(&world, "localhost").await.expect("TLS 1.2");
    let answer = exchange(&mut world.tcp().await, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(!answer.contains("hello"));
    let answer = exchange(&mut world.unix().await, b"GET / HTTP/1.0\r\n\r\n").await;
    assert!(answer.ends_with("hello"), "a Unix socket never has TLS");
}

#[tokio::test]
async fn a_handshake_must_end_in_time_and_then_the_other_limits_hold() {
    let dir = TempDir::new().expect("a temporary directory");
    let limits = Limits {
        handshake: SOON,
        first_byte: SOON,
        ..patient()
    };
    let world = World::start_with(limits, Some(&local(dir.path()))).await;
    assert_eq!(read_to_end(&mut world.tcp().await).await, "");
    let mut silent = Client::of(dir.path())
        .connect(&world, "localhost")
        .await
        .expect("TLS");
    assert_eq!(read_to_end(&mut silent).await, "");
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_without_dropping_connections() {
    let [old, new] = [(); 2].map(|()| TempDir::new().expect("a temporary directory"));
    for made in [&old, &new] {
        local(made.path());
    }
    let dir = TempDir::new().expect("a temporary directory");
    let [cert, key] = ["local-cert.pem", "local-cert.key"].map(|name| dir.path().join(name));
    let install = |from: &TempDir| {
        for file in [&cert, &key] {
            let name = file.file_name().expect("a name");
            fs::copy(from.path().join(name), file).expect("a copy");
        }
    };
    install(&old);
    let source = TlsSource::Files {
        cert: cert.clone(),
        key: key.clone(),
    };
    let tls = Tls::open(source, dir.path(), Clock::system()).expect("two files");
    let world = World::start_with(patient(), Some(&tls)).await;
    let mut open = Client::of(old.path())
        .connect(&world, "localhost")
        .await
        .expect("the old one");

    install(&new);
    tls.refresh().expect("two new files");
    Client::of(new.path())
        .connect(&world, "localhost")
        .await
        .expect("the new one");
    Client::of(old.path())
        .connect(&world, "localhost")
        .await
        .expect_err("no longer the old one");
    open.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .expect("still open");
    read_until(&mut open, "hello").await;

    fs::write(&key, "damaged").expect("write");
    assert!(matches!(tls.refresh(), Err(TlsError::Unreadable { .. })));
    Client::of(new.path())
        .connect(&world, "localhost")
        .await
        .expect("the last good one");
}
