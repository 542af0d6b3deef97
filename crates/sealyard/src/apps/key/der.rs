//! As much DER (X.690) as RSA keys need.
//!
//! aws-lc-rs takes a public key in either of its forms, but does not say how large it is or what
//! its exponent is, and it gives a private key only as PKCS#8.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// The content of `AlgorithmIdentifier { rsaEncryption, NULL }` (RFC 3279 section 2.3.1).
const RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

/// The `RSAPublicKey` (RFC 8017 appendix A.1.1) in a `SubjectPublicKeyInfo` (RFC 5280
/// section 4.1.2.7); `None` if this is none, or of another algorithm.
pub(super) fn of_spki(der: &[u8]) -> Option<&[u8]> {
    let (algorithm, rest) = element(SEQUENCE, whole(SEQUENCE, der)?)?;
    if algorithm != RSA_ENCRYPTION {
        return None;
    }
    // The first byte counts the unused bits.
    whole(BIT_STRING, rest)?.strip_prefix(&[0])
}

/// The `RSAPrivateKey` (RFC 8017 appendix A.1.2) in the `PrivateKeyInfo` of an RSA key (RFC 5208
/// section 5).
pub(super) fn of_pkcs8(der: &[u8]) -> Option<&[u8]> {
    let (_version, rest) = element(INTEGER, whole(SEQUENCE, der)?)?;
    let (_algorithm, rest) = element(SEQUENCE, rest)?;
    let (key, _attributes) = element(OCTET_STRING, rest)?;
    Some(key)
}

/// Modulus and exponent of an `RSAPublicKey`: big endian, without leading zeros.
pub(super) fn modulus_and_exponent(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (modulus, rest) = element(INTEGER, whole(SEQUENCE, der)?)?;
    let exponent = whole(INTEGER, rest)?;
    Some((positive(modulus)?, positive(exponent)?))
}

/// A number above zero in its shortest form, without the zero byte that keeps it positive.
fn positive(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0, 0x80..=0xff, ..] => integer.get(1..),
        [0x01..=0x7f, ..] => Some(integer),
        _ => None,
    }
}

/// The content of the one element that is there.
fn whole(tag: u8, der: &[u8]) -> Option<&[u8]> {
    let (content, rest) = element(tag, der)?;
    rest.is_empty().then_some(content)
}

/// The content of the first element, which has this tag and at most 64 KiB, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der.strip_prefix(&[tag])? {
        [short @ ..=0x7f, rest @ ..] => (usize::from(*short), rest),
        [0x81, length @ 0x80..=0xff, rest @ ..] => (usize::from(*length), rest),
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
