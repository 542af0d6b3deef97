//! PEM (RFC 7468) of RSA keys.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use super::Error;

/// RFC 7468 section 2: 64 characters in each line but the last.
const LINE: usize = 64;
const BYTES_PER_LINE: usize = LINE / 4 * 3;

/// What is in a block, as its label says.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// `PUBLIC KEY`: a `SubjectPublicKeyInfo`.
    Spki,
    /// `RSA PUBLIC KEY`: an `RSAPublicKey` (PKCS#1).
    Pkcs1,
}

/// A private key in the form that GitHub hands out. In constant time, and copied nowhere.
pub(super) fn write_private(pkcs1: &[u8]) -> Zeroizing<String> {
    const BEGIN: &str = "-----BEGIN RSA PRIVATE KEY-----\n";
    const END: &str = "-----END RSA PRIVATE KEY-----\n";
    // All at once: a text that grows leaves its beginning behind.
    let lines = pkcs1.len().div_ceil(BYTES_PER_LINE);
    let length = BEGIN.len() + lines * (LINE + 1) + END.len();
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut line = Zeroizing::new([0; LINE]);
    text.push_str(BEGIN);
    for bytes in pkcs1.chunks(BYTES_PER_LINE) {
        let encoded = Base64::encode(bytes, &mut *line);
        text.push_str(encoded.expect("48 bytes are 64 characters"));
        text.push('\n');
    }
    text.push_str(END);
    text
}

/// The one block of a text, which must be a public key.
pub(super) fn read_public(text: &str) -> Result<(Form, Vec<u8>), Error> {
    // Wherever it stands, and whatever else is wrong: its owner has to hear of it.
    if text.contains("PRIVATE KEY") {
        return Err(Error::PrivateKey);
    }
    let mut lines = text.trim().lines().map(str::trim);
    let label = lines
        .next()
        .and_then(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----"))
        .ok_or(Error::NotPem)?;
    let end = lines.next_back().ok_or(Error::NotPem)?;
    let ended = end
        .strip_prefix("-----END ")
        .and_then(|end| end.strip_suffix("-----"));
    if ended != Some(label) {
        return Err(Error::NotPem);
    }
    let form = match label {
        "PUBLIC KEY" => Form::Spki,
        "RSA PUBLIC KEY" => Form::Pkcs1,
        _ => return Err(Error::NotRsaPublicKey),
    };
    let der = Base64::decode_vec(&lines.collect::<String>()).map_err(|_| Error::NotPem)?;
    Ok((form, der))
}
