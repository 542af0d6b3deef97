//! `--tls-local`: a certificate authority for this machine alone, and the server's certificate.
//!
//! The authority's name constraints (RFC 5280 section 4.2.1.10) allow it to vouch only for the
//! names of this machine, so whoever trusts `local-ca.pem` trusts it for nothing else, also if its
//! key is stolen.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData as _,
    date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};

use super::files::{PRIVATE, PUBLIC, write_atomically};
use super::tls::{Identity, TlsError, read_chain, read_key};

/// The authority's certificate in the data directory, for clients to trust.
pub const AUTHORITY: &str = "local-ca.pem";
const AUTHORITY_KEY: &str = "local-ca.key";
const SERVER: &str = "local-cert.pem";
const SERVER_KEY: &str = "local-cert.key";

const DAY: Duration = Duration::from_hours(24);
/// Short, because nothing can revoke it; renewed without anybody noticing.
const SERVER_LIFETIME: Duration = Duration::from_hours(24 * 90);
/// A server that is stopped over a long weekend comes back with a valid certificate.
const RENEW_BEFORE: Duration = Duration::from_hours(24 * 7);
/// A client's clock may be behind ours.
const BACKDATED: Duration = DAY;

/// The certificate to present for this machine's names, made or renewed where needed.
///
/// `host` is the host's name; one that cannot be in a certificate is left out. `now` is in seconds
/// since 1970. A new authority is made only if there is none, or if the host was renamed.
pub(super) fn identity(data_dir: &Path, host: &str, now: i64) -> Result<Identity, TlsError> {
    let files = Files { data_dir };
    let names = names_of(host);
    let now = Duration::from_secs(u64::try_from(now).unwrap_or_default());
    if let Some((authority, identity)) = files.stored()
        && is_good(&authority, &identity, &names, now + RENEW_BEFORE)
    {
        return Ok(identity);
    }
    if let Some((authority, key)) = files.authority() {
        let issued = issue(key, &names, now)?;
        if is_good(&authority, &issued.identity(), &names, now + RENEW_BEFORE) {
            files.write_server(&issued)?;
            tracing::info!("renewed the local certificate");
            return Ok(issued.identity());
        }
    }
    let key = KeyPair::generate()?;
    let authority = authority_params(&key, &names).self_signed(&key)?;
    files.write(AUTHORITY_KEY, &key.serialize_pem(), PRIVATE)?;
    files.write(AUTHORITY, &authority.pem(), PUBLIC)?;
    let issued = issue(key, &names, now)?;
    files.write_server(&issued)?;
    tracing::info!(path = %files.path(AUTHORITY).display(), "made a local certificate authority");
    Ok(issued.identity())
}

/// The names that clients on this machine and its network call it by.
fn names_of(host: &str) -> Vec<ServerName<'static>> {
    let host = host.to_ascii_lowercase();
    let mut names: Vec<ServerName<'static>> = Vec::new();
    for name in ["localhost", "127.0.0.1", "::1", &host] {
        let Ok(name) = ServerName::try_from(name.to_owned()) else {
            continue;
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What makes the authority this one. Its name holds a digest of its key, so that the authorities
/// of two machines never look like one to a client that trusts both.
fn authority_params(key: &KeyPair, names: &[ServerName<'_>]) -> CertificateParams {
    let fingerprint = digest::digest(&digest::SHA256, key.der_bytes());
    let short = fingerprint
        .as_ref()
        .first_chunk()
        .copied()
        .map_or(0, u32::from_be_bytes);
    let permitted_subtrees = names.iter().filter_map(|name| match name {
        ServerName::DnsName(name) => Some(GeneralSubtree::DnsName(name.as_ref().to_owned())),
        ServerName::IpAddress(ip) => {
            let ip = IpAddr::from(*ip);
            let every_bit = if ip.is_ipv4() { 32 } else { 128 };
            Some(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
                ip, every_bit,
            )))
        }
        // Not a kind of name that `names_of` makes; without it the authority can do less.
        _ => None,
    });
    let constraints = NameConstraints {
        permitted_subtrees: permitted_subtrees.collect(),
        excluded_subtrees: Vec::new(),
    };
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("Sealyard local CA {short:08x}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(constraints);
    params.not_before = date_time_ymd(2020, 1, 1);
    // "No well-defined expiration date" (RFC 5280 section 4.1.2.5).
    params.not_after = date_time_ymd(9999, 12, 31);
    params
}

/// The server's certificate and key, fresh from the authority.
struct Issued {
    certificate: Certificate,
    key: KeyPair,
}

impl Issued {
    fn identity(&self) -> Identity {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        (vec![self.certificate.der().clone()], key.into())
    }
}

fn issue(
    authority_key: KeyPair,
    names: &[ServerName<'_>],
    now: Duration,
) -> Result<Issued, TlsError> {
    let key = KeyPair::generate()?;
    let names_as_text: Vec<String> = names
        .iter()
        .map(|name| name.to_str().into_owned())
        .collect();
    let epoch = date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::new(names_as_text)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Sealyard");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = epoch + now.saturating_sub(BACKDATED);
    params.not_after = epoch + now + SERVER_LIFETIME;
    let issuer = Issuer::new(authority_params(&authority_key, names), authority_key);
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Issued { certificate, key })
}

/// Whether a client that trusts the authority would accept the certificate at `time`, under each
/// of the names, and the key is the certificate's.
fn is_good(
    authority: &CertificateDer<'static>,
    identity: &Identity,
    names: &[ServerName<'static>],
    time: Duration,
) -> bool {
    let (chain, key) = identity;
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    if roots.add(authority.clone()).is_err()
        || CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider).is_err()
    {
        return false;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let (Ok(verifier), Some(certificate)) = (verifier, chain.first()) else {
        return false;
    };
    let time = UnixTime::since_unix_epoch(time);
    names.iter().all(|name| {
        verifier
            .verify_server_cert(certificate, &[], name, &[], time)
            .is_ok()
    })
}

/// The authority's four files. One that is missing or damaged counts as absent: it can be made
/// again.
struct Files<'a> {
    data_dir: &'a Path,
}

impl Files<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.data_dir.join(name)
    }

    fn stored(&self) -> Option<(CertificateDer<'static>, Identity)> {
        let authority = read_chain(&self.path(AUTHORITY)).ok()?.into_iter().next()?;
        let chain = read_chain(&self.path(SERVER)).ok()?;
        let key = read_key(&self.path(SERVER_KEY)).ok()?;
        Some((authority, (chain, key)))
    }

    fn authority(&self) -> Option<(CertificateDer<'static>, KeyPair)> {
        let certificate = read_chain(&self.path(AUTHORITY)).ok()?.into_iter().next()?;
        let key = read_key(&self.path(AUTHORITY_KEY)).ok()?;
        let key = KeyPair::try_from(&key).ok()?;
        Some((certificate, key))
    }

    fn write_server(&self, issued: &Issued) -> Result<(), TlsError> {
        self.write(SERVER_KEY, &issued.key.serialize_pem(), PRIVATE)?;
        self.write(SERVER, &issued.certificate.pem(), PUBLIC)
    }

    fn write(&self, name: &str, content: &str, mode: u32) -> Result<(), TlsError> {
        let path = self.path(name);
        write_atomically(&path, content.as_bytes(), mode)
            .map_err(|source: io::Error| TlsError::Unwritable { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    /// 2026-11-20T10:00:00Z
    const NOW: i64 = 1_795_168_800;
    const DAYS: i64 = 86_400;

    fn files(dir: &Path) -> [Vec<u8>; 2] {
        [AUTHORITY, SERVER].map(|name| fs::read(dir.join(name)).expect(name))
    }

    #[test]
    fn the_certificate_is_kept_until_its_last_week_and_the_authority_for_ever() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        identity(dir.path(), "box", NOW).expect("a first certificate");
        let [authority, first] = files(dir.path());
        identity(dir.path(), "BOX", NOW + 82 * DAYS).expect("the same");
        assert_eq!(files(dir.path()), [authority.clone(), first.clone()]);
        identity(dir.path(), "box", NOW + 84 * DAYS).expect("its successor");
        let [same_authority, second] = files(dir.path());
        assert_eq!(same_authority, authority);
        assert_ne!(second, first);
    }

    #[test]
    fn a_renamed_host_gets_a_new_authority() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        identity(dir.path(), "box", NOW).expect("a first certificate");
        let [authority, _] = files(dir.path());
        identity(dir.path(), "other", NOW).expect("one for the new name");
        assert_ne!(files(dir.path())[0], authority);
    }

    #[test]
    fn damaged_or_foreign_files_are_made_again() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let other = tempfile::tempdir().expect("a temporary directory");
        identity(dir.path(), "box", NOW).expect("a certificate");
        identity(other.path(), "box", NOW).expect("another authority's certificate");
        for name in [AUTHORITY, AUTHORITY_KEY, SERVER, SERVER_KEY] {
            for damage in [b"".to_vec(), fs::read(other.path().join(name)).expect(name)] {
                fs::write(dir.path().join(name), damage).expect(name);
                let made = identity(dir.path(), "box", NOW).expect(name);
                let (authority, stored) = Files {
                    data_dir: dir.path(),
                }
                .stored()
                .expect(name);
                assert_eq!(stored, made, "{name}");
                let now = Duration::from_secs(NOW.unsigned_abs());
                assert!(
                    is_good(&authority, &stored, &names_of("box"), now),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn the_authority_cannot_vouch_for_other_names() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        identity(dir.path(), "box", NOW).expect("a certificate");
        let now = Duration::from_secs(NOW.unsigned_abs());
        for (stolen_for, is_accepted) in [
            ("box", true),
            ("github.com", false),
            ("10.0.0.1", false),
            ("::2", false),
        ] {
            let files = Files {
                data_dir: dir.path(),
            };
            let (authority, key) = files.authority().expect("the authority");
            let names = [ServerName::try_from(stolen_for).expect("a name").to_owned()];
            let forged = issue(key, &names, now).expect("rcgen signs what it is asked to");
            assert_eq!(
                is_good(&authority, &forged.identity(), &names, now),
                is_accepted
            );
        }
    }

    #[test]
    fn keys_are_private_and_nothing_else_is_written() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        identity(dir.path(), "box", NOW).expect("a certificate");
        let listed: BTreeSet<_> = fs::read_dir(dir.path())
            .expect("list")
            .map(|entry| entry.expect("an entry"))
            .map(|entry| {
                let mode = entry.metadata().expect("metadata").permissions().mode() & 0o777;
                (entry.file_name().into_string().expect("UTF-8"), mode)
            })
            .collect();
        let expected = [
            (AUTHORITY_KEY, 0o600),
            (AUTHORITY, 0o644),
            (SERVER_KEY, 0o600),
            (SERVER, 0o644),
        ];
        assert_eq!(
            listed,
            expected.map(|(name, mode)| (name.to_owned(), mode)).into()
        );
    }

    #[test]
    fn a_host_name_that_is_none_is_left_out() {
        assert_eq!(names_of("bad name!").len(), 3);
        assert_eq!(names_of("LOCALHOST").len(), 3);
        assert_eq!(names_of("box.example").len(), 4);
    }
}
