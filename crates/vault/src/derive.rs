//! Keys, and keys from keys (HKDF-SHA-256, RFC 5869).

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use zeroize::Zeroizing;

use crate::{Plaintext, random};

/// Length of every symmetric key in bytes.
pub(crate) const KEY_LEN: usize = 32;

/// A symmetric key. Boxed, so that moving it moves a pointer and leaves no copy
/// on the stack; wiped on drop.
pub(crate) struct Key(Box<Zeroizing<[u8; KEY_LEN]>>);

impl Key {
    pub(crate) fn random() -> Self {
        let mut key = Self::zeroed();
        random::fill(&mut **key.0);
        key
    }

    /// A key that was kept as a record, or `None` if it is not 32 bytes long.
    pub(crate) fn from_plaintext(value: &Plaintext) -> Option<Self> {
        let mut key = Self::zeroed();
        (value.len() == KEY_LEN).then(|| key.0.copy_from_slice(value.expose()))?;
        Some(key)
    }

    /// The bytes, on their way into a record.
    pub(crate) fn to_plaintext(&self) -> Plaintext {
        Plaintext::from(self.0.to_vec())
    }

    pub(crate) fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; KEY_LEN])))
    }
}

/// `HKDF-Expand(key, info, 32)`; the parts of `info` are joined, so they must
/// have fixed lengths or carry them.
pub(crate) fn expand_key(key: &[u8; KEY_LEN], info: &[&[u8]]) -> Key {
    let mut out = Key::zeroed();
    expand(&Prk::new_less_safe(HKDF_SHA256, key), info, &mut **out.0);
    out
}

/// `HKDF-Expand(HKDF-Extract(salt, key), info, out.len())`.
pub(crate) fn extract_expand(salt: &[u8], key: &Key, info: &[&[u8]], out: &mut [u8]) {
    expand(
        &Salt::new(HKDF_SHA256, salt).extract(key.as_bytes()),
        info,
        out,
    );
}

fn expand(prk: &Prk, info: &[&[u8]], out: &mut [u8]) {
    /// HKDF's idea of a length.
    struct Bytes(usize);
    impl KeyType for Bytes {
        fn len(&self) -> usize {
            self.0
        }
    }
    prk.expand(info, Bytes(out.len()))
        .and_then(|okm| okm.fill(out))
        .expect("HKDF-SHA-256 gives up to 8160 bytes, and nobody here asks for more than 76");
}

#[cfg(test)]
mod tests {
    use super::{Key, expand_key};
    use crate::Plaintext;

    #[test]
    fn expansion_agrees_with_rfc_5869() {
        // Appendix A, test case 1. Extraction with a key of 32 bytes, which the RFC
        // has no case for, is part of the record vector (keyring.rs).
        let prk = hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        let okm = hex(concat!(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
            "34007208d5b887185865"
        ));
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        let expanded = expand_key(&prk.try_into().unwrap(), &[&info[..4], &info[4..]]);
        assert_eq!(expanded.as_bytes()[..], okm[..32]);
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for len in [0, 31, 33] {
            assert!(
                Key::from_plaintext(&Plaintext::from(vec![1; len])).is_none(),
                "{len}"
            );
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits
            .map(|d| u8::from_str_radix(str::from_utf8(d).unwrap(), 16).unwrap())
            .collect()
    }
}
