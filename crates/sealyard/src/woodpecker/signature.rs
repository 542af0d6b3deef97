//! HTTP message signatures (RFC 9421) of requests, as far as Woodpecker and its proxies make them:
//! Ed25519, whole header fields, and the components of the target.
//!
//! Nothing here decides what a signature has to cover or how old it may be; that is
//! [`rules`](super::rules).

use std::fmt;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use http::HeaderMap;
use http::header::{HOST, HeaderName};
use http::request::Parts;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;
use sfv::{Dictionary, GenericBareItem, InnerList, ListEntry, ListSerializer, Parser};

const SIGNATURE: HeaderName = HeaderName::from_static("signature");
const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// The length of an Ed25519 signature in bytes (RFC 8032 section 5.1.6).
pub const SIGNATURE_LEN: usize = 64;

/// What stands before the 32 bytes of the key in the `SubjectPublicKeyInfo` of Ed25519: there are
/// no parameters, so it is always the same (RFC 8410 section 4).
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A text that holds no Ed25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the PEM text of an Ed25519 public key (-----BEGIN PUBLIC KEY-----)")]
pub struct NotAKey;

/// An Ed25519 public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The first `PUBLIC KEY` of a PEM text (RFC 7468 section 13).
    pub fn from_pem(text: &[u8]) -> Result<Self, NotAKey> {
        let spki = SubjectPublicKeyInfoDer::from_pem_slice(text).map_err(|_| NotAKey)?;
        let key = spki.strip_prefix(&SPKI_PREFIX).ok_or(NotAKey)?;
        key.try_into().map(Self).map_err(|_| NotAKey)
    }

    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(Ed25519)")
    }
}

/// Why a request is not signed by the one who should have signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no signature under the label that was asked for.
    #[error("the request has no signature of that name")]
    Missing,
    /// The fields are there, but not as RFC 9421 sections 4.1 and 4.2 write them.
    #[error("the signature is malformed")]
    Malformed,
    /// It covers a component that is not in the request, or that is not understood here. What
    /// cannot be checked is not signed (RFC 9421 section 3.2, step 7).
    #[error("the signature covers what is not there or not supported")]
    Component,
    /// It says that it is of another algorithm than Ed25519.
    #[error("the signature is not of the algorithm ed25519")]
    Algorithm,
    /// Another key, or another request.
    #[error("the signature does not fit the request and the public key")]
    Invalid,
}

/// One signature, as the fields of a request describe it; not verified yet.
#[derive(Debug)]
pub struct Signature {
    components: Vec<String>,
    parameters: String,
    created: Option<i64>,
    expires: Option<i64>,
    bytes: [u8; SIGNATURE_LEN],
}

impl Signature {
    /// The signature of this label. Signatures under other labels are somebody else's business
    /// (RFC 9421 section 4.3).
    pub fn read(headers: &HeaderMap, label: &str) -> Result<Self, Error> {
        let inputs = dictionary(headers, &SIGNATURE_INPUT)?;
        let signatures = dictionary(headers, &SIGNATURE)?;
        let (Some(input), Some(signature)) = (inputs.get(label), signatures.get(label)) else {
            return Err(Error::Missing);
        };
        let (ListEntry::InnerList(input), ListEntry::Item(signature)) = (input, signature) else {
            return Err(Error::Malformed);
        };
        let bytes = signature.bare_item.as_byte_sequence();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        check_algorithm(input)?;
        Ok(Self {
            components: components(input)?,
            parameters: serialized(input)?,
            created: time(input, "created")?,
            expires: time(input, "expires")?,
            bytes: bytes.ok_or(Error::Malformed)?,
        })
    }

    /// Whether this component is covered, by its name alone.
    pub fn covers(&self, component: &str) -> bool {
        self.components.iter().any(|covered| covered == component)
    }

    /// When it was made, in seconds since 1970, as its maker says.
    pub fn created(&self) -> Option<i64> {
        self.created
    }

    /// When it ends, in seconds since 1970, as its maker says.
    pub fn expires(&self) -> Option<i64> {
        self.expires
    }

    /// The signature's own bytes. For one key and message, nobody without the private key can make
    /// others that verify: S is checked to be in range (RFC 8032 section 5.1.7).
    pub fn bytes(&self) -> &[u8; SIGNATURE_LEN] {
        &self.bytes
    }

    /// Whether the owner of this key signed this request.
    pub fn verify(&self, parts: &Parts, key: &PublicKey) -> Result<(), Error> {
        let base = self.base(parts)?;
        if key.has_signed(base.as_bytes(), &self.bytes) {
            Ok(())
        } else {
            Err(Error::Invalid)
        }
    }

    /// The signature base (RFC 9421 section 2.5): what was signed.
    fn base(&self, parts: &Parts) -> Result<String, Error> {
        let mut base = String::new();
        for component in &self.components {
            let value = value(parts, component).ok_or(Error::Component)?;
            base.extend(["\"", component, "\": ", &value, "\n"]);
        }
        base.extend(["\"@signature-params\": ", &self.parameters]);
        Ok(base)
    }
}

/// A header field that is a dictionary (RFC 9651 section 3.2), all its lines together.
pub(super) fn dictionary(headers: &HeaderMap, name: &HeaderName) -> Result<Dictionary, Error> {
    if !headers.contains_key(name) {
        return Err(Error::Missing);
    }
    let text = field(headers, name).ok_or(Error::Malformed)?;
    Parser::new(&text).parse().map_err(|_| Error::Malformed)
}

/// The names of what is covered, each once (RFC 9421 section 2). One with parameters, which would
/// be a part of a field or a field of another message, is not supported.
fn components(input: &InnerList) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::with_capacity(input.items.len());
    for item in &input.items {
        let name = item.bare_item.as_string().ok_or(Error::Malformed)?.as_str();
        if !item.params.is_empty() {
            return Err(Error::Component);
        }
        if names.iter().any(|earlier| earlier == name) {
            return Err(Error::Malformed);
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The value of `@signature-params` (RFC 9421 section 2.3): the list, written strictly.
fn serialized(input: &InnerList) -> Result<String, Error> {
    let mut list = ListSerializer::new();
    let mut inner = list.inner_list();
    inner.items(&input.items);
    let _ = inner.finish().parameters(&input.params);
    list.finish().ok_or(Error::Malformed)
}

/// A parameter that is a time in seconds since 1970.
fn time(input: &InnerList, name: &str) -> Result<Option<i64>, Error> {
    let Some(value) = input.params.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_integer().ok_or(Error::Malformed)?;
    Ok(Some(seconds.into()))
}

/// The key decides the algorithm; one that is named besides must be the key's (RFC 9421 section
/// 3.2, step 6).
fn check_algorithm(input: &InnerList) -> Result<(), Error> {
    match input.params.get("alg") {
        None => Ok(()),
        Some(GenericBareItem::String(name)) if name.as_str() == "ed25519" => Ok(()),
        Some(_) => Err(Error::Algorithm),
    }
}

/// The value of a component (RFC 9421 sections 2.1 and 2.2), if the request has it.
fn value(parts: &Parts, component: &str) -> Option<String> {
    if !component.starts_with('@') {
        // A name in upper case is not the name of a component.
        let name = HeaderName::from_lowercase(component.as_bytes()).ok()?;
        return field(&parts.headers, &name);
    }
    let uri = &parts.uri;
    match component {
        "@method" => Some(parts.method.as_str().to_owned()),
        "@request-target" => uri
            .path_and_query()
            .map(|target| target.as_str().to_owned()),
        "@path" => Some(uri.path().to_owned()),
        "@query" => Some(format!("?{}", uri.query().unwrap_or_default())),
        "@authority" => authority(parts),
        _ => None,
    }
}

/// All lines of a field, as section 2.1 joins them.
fn field(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut joined: Option<String> = None;
    for line in headers.get_all(name) {
        let line = line.to_str().ok()?.trim();
        joined = Some(match joined {
            None => line.to_owned(),
            Some(before) => format!("{before}, {line}"),
        });
    }
    joined
}

/// The host that was meant, without the port that plain HTTP has anyway (section 2.2.3).
fn authority(parts: &Parts) -> Option<String> {
    let written = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => parts.headers.get(HOST)?.to_str().ok()?,
    };
    let written = written.to_ascii_lowercase();
    Some(written.strip_suffix(":80").unwrap_or(&written).to_owned())
}
