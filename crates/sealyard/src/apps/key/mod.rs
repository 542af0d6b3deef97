//! An app's RSA keys: made here or by the app's owner, and kept only as far as they are public.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{self, KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

mod der;
#[cfg(test)]
pub(super) mod fixture;
mod pem;
#[cfg(test)]
mod tests;

/// A shorter modulus may be factored in the lifetime of a key (NIST SP 800-131A Rev. 2); a longer
/// one costs the server too much at each request.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// 65537: what every tool makes, and what no known attack on small exponents applies to.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A private key, where only a public one may go. It has been shown: its owner should make
    /// another.
    #[error(
        "this is a private key, which nobody but the app should have; \
         make another one, and give its public key"
    )]
    PrivateKey,
    /// Not one PEM block and nothing else.
    #[error("not a PEM text")]
    NotPem,
    /// A certificate, a key for another algorithm, or not a key at all.
    #[error("not an RSA public key")]
    NotRsaPublicKey,
    /// A modulus of less than 2048 or more than 8192 bits.
    #[error("an RSA key needs 2048 to 8192 bits")]
    Size,
    /// An exponent other than 65537.
    #[error("an RSA key needs the exponent 65537")]
    Exponent,
    /// The library made no key; it does not say why.
    #[error("no key could be made")]
    NotMade,
}

/// An app's private key on its way to its owner: the server does not keep it. Wiped on drop, and
/// never shown except by [`PrivateKey::reveal`].
pub struct PrivateKey(Zeroizing<String>);

impl PrivateKey {
    /// The PEM text, with a line feed at its end.
    ///
    /// It is PKCS#1 (`RSA PRIVATE KEY`), as on GitHub: Terraform's provider reads nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The public half of an app's key: RSA, 2048 to 8192 bits, exponent 65537.
///
/// It is kept as DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7): the form that fingerprints
/// are taken of, that says which algorithm it is for, and that other programs read.
#[derive(Clone)]
pub struct PublicKey(ParsedPublicKey);

/// A new key of 2048 bits, the size of GitHub's.
///
/// Takes a tenth of a second of processor time, and now and then several: not for a thread that
/// serves requests, nor for a transaction.
///
/// [`Error::NotMade`], which no input can bring about.
pub fn generate() -> Result<(PrivateKey, PublicKey), Error> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::NotMade)?;
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| Error::NotMade)?;
    let pkcs1 = der::of_pkcs8(pkcs8.as_ref()).ok_or(Error::NotMade)?;
    let public = PublicKey::from_pkcs1(pair.public_key().as_ref())?;
    Ok((PrivateKey(pem::write_private(pkcs1)), public))
}

impl PublicKey {
    /// The key in a PEM text: `PUBLIC KEY` (what `openssl rsa -pubout` writes) or `RSA PUBLIC KEY`
    /// (PKCS#1), with nothing before or after it but white space.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        match pem::read_public(text)? {
            (pem::Form::Spki, der) => Self::from_der(&der),
            (pem::Form::Pkcs1, der) => Self::from_pkcs1(&der),
        }
    }

    /// The key of a `SubjectPublicKeyInfo`, as it is kept. Checked again in full.
    pub fn from_der(spki: &[u8]) -> Result<Self, Error> {
        Self::from_pkcs1(der::of_spki(spki).ok_or(Error::NotRsaPublicKey)?)
    }

    fn from_pkcs1(pkcs1: &[u8]) -> Result<Self, Error> {
        let (modulus, exponent) = der::modulus_and_exponent(pkcs1).ok_or(Error::NotRsaPublicKey)?;
        if !MODULUS_BITS.contains(&bits(modulus)) {
            return Err(Error::Size);
        }
        if exponent != EXPONENT {
            return Err(Error::Exponent);
        }
        let key = rsa::PublicKey::from_der(pkcs1).map_err(|_| Error::NotRsaPublicKey)?;
        let spki: PublicKeyX509Der<'_> = key.as_der().map_err(|_| Error::NotRsaPublicKey)?;
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki.as_ref())
            .map(Self)
            .map_err(|_| Error::NotRsaPublicKey)
    }

    /// The DER `SubjectPublicKeyInfo`: at most 1,062 bytes.
    pub fn as_der(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// What GitHub shows beside a key, so that its owner recognises it: `SHA256:` and the base64 of
    /// the SHA-256 of [`as_der`](Self::as_der).
    ///
    /// GitHub: "Managing private keys for GitHub Apps", section "Verifying private keys".
    pub fn fingerprint(&self) -> String {
        let digest = digest(&SHA256, self.as_der());
        format!("SHA256:{}", Base64::encode_string(digest.as_ref()))
    }

    /// Whether this key's owner signed the message: RSASSA-PKCS1-v1_5 with SHA-256, which is
    /// `RS256` (RFC 7518 section 3.3).
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.fingerprint())
    }
}

/// The length of a number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |byte| byte.leading_zeros());
    number.len() * 8 - usize::try_from(leading).unwrap_or_default()
}
