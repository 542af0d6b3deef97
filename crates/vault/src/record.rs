//! The at-rest record, format 1: one wrapped value, bound to its place.
//!
//! ```text
//! off  len  field
//!   0    1  format      0x01
//!   1    1  suite       0x01 = HKDF-SHA-256 and AES-256-GCM
//!   2    1  purpose     1 to 7
//!   3    1  flags       0x00
//!   4    4  term        of the key-encryption key; 0 = wrapped by the root
//!   8   32  salt        random
//!  40   32  commitment  to key and context
//!  72  n+16 ciphertext and tag, n a multiple of 64
//!
//! inside:  length u32 || value || zeroes up to the next multiple of 64
//! PRK = HKDF-Extract(salt, purpose key)
//! OKM = HKDF-Expand(PRK, "sealyard/at-rest/v1" || bytes[0..8) || u16(len ctx) || ctx, 76)
//!     = key (32) || nonce (12) || commitment (32)
//! AAD = bytes[0..72) || ctx
//! ```
//!
//! A key of its own for each record, so there are no nonces to count. The
//! commitment makes up for what AES-GCM does not promise, that a ciphertext
//! opens under one key only, and tells a wrong place from damage.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Plaintext;
use crate::derive::{KEY_LEN, Key, extract_expand};
use crate::place::length_u16;
pub use crate::place::{Family, OwnerKind, Place, Purpose};

const FORMAT: u8 = 1;
const SUITE: u8 = 1;
const FLAGS: u8 = 0;
const LABEL: &[u8] = b"sealyard/at-rest/v1";

const SALT_LEN: usize = 32;
const COMMITMENT_LEN: usize = 32;
const HEADER_LEN: usize = 8;
const PREFIX_LEN: usize = HEADER_LEN + SALT_LEN + COMMITMENT_LEN;
const TAG_LEN: usize = 16;
const NONCE_LEN: usize = 12;
const LENGTH_LEN: usize = 4;

/// Values are padded to a multiple of this many bytes, so that short ones look alike.
const BLOCK: usize = 64;

/// Length in bytes of the smallest record: a value of 0 to 60 bytes.
pub const MIN_LEN: usize = PREFIX_LEN + BLOCK + TAG_LEN;

/// Why a record does not give its value. Nothing here depends on the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a record of format 1: a length, a fixed byte or the term is impossible.
    #[error("not a record of a known format")]
    Format,
    /// Wrapped under a term that the key ring does not hold.
    #[error("wrapped under an unknown key-encryption key")]
    UnknownTerm,
    /// Wrapped for another place or with another key, or its first 72 bytes were altered.
    #[error("the record belongs to another place or another key")]
    WrongPlaceOrKey,
    /// Key and place are right, the rest of the record is not.
    #[error("the record is damaged")]
    Damaged,
}

/// The bytes of a record. Only the vault makes them.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped(Vec<u8>);

impl Wrapped {
    /// The record, to be stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The record, to be stored, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wrapped({} bytes)", self.0.len())
    }
}

/// Wraps `value` in one allocation, in which it is encrypted.
pub(crate) fn wrap(
    purpose_key: &Key,
    (purpose, term): (Purpose, u32),
    context: &[u8],
    salt: &[u8; SALT_LEN],
    value: &Plaintext,
) -> Wrapped {
    let padded = (LENGTH_LEN + value.len()).next_multiple_of(BLOCK);
    // Whatever happens on the way, the value does not stay behind in this buffer.
    let mut record = Zeroizing::new(Vec::with_capacity(PREFIX_LEN + padded + TAG_LEN));
    record.extend_from_slice(&[FORMAT, SUITE, purpose.code(), FLAGS]);
    record.extend_from_slice(&term.to_be_bytes());
    let keys = RecordKeys::derive(purpose_key, salt, &record, context);
    record.extend_from_slice(salt);
    record.extend_from_slice(keys.commitment());
    let aad = Aad::from([&record[..], context].concat());

    let length = u32::try_from(value.len()).expect("a value is far below 4 GiB: bodies are capped");
    record.extend_from_slice(&length.to_be_bytes());
    record.extend_from_slice(value.expose());
    record.resize(PREFIX_LEN + padded, 0);
    let (key, nonce) = keys.cipher();
    let (_, inside) = record.split_at_mut(PREFIX_LEN);
    let tag = key
        .seal_in_place_separate_tag(nonce, aad, inside)
        .expect("AES-GCM takes up to 64 GiB, and a value is below 4");
    record.extend_from_slice(tag.as_ref());
    Wrapped(std::mem::take(&mut *record))
}

/// A record whose form is right, before any key was tried.
pub(crate) struct Record<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) term: u32,
    prefix: &'a [u8; PREFIX_LEN],
    header: &'a [u8],
    salt: &'a [u8],
    commitment: &'a [u8],
    ciphertext: &'a [u8],
    tag: &'a [u8],
}

impl<'a> Record<'a> {
    /// Reads the form of a record. Takes any bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Format`].
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let (prefix, rest) = bytes
            .split_first_chunk::<PREFIX_LEN>()
            .ok_or(Error::Format)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(Error::Format)?;
        if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(BLOCK) {
            return Err(Error::Format);
        }
        let (header, after) = prefix.split_at(HEADER_LEN);
        let (salt, commitment) = after.split_at(SALT_LEN);
        let &[FORMAT, SUITE, purpose, FLAGS, ref term @ ..] = header else {
            return Err(Error::Format);
        };
        let purpose = Purpose::from_code(purpose).ok_or(Error::Format)?;
        let term = u32::from_be_bytes(term.try_into().map_err(|_| Error::Format)?);
        // The root wraps key-encryption keys and nothing else.
        if (term == 0) != (purpose == Purpose::Kek) {
            return Err(Error::Format);
        }
        Ok(Self {
            purpose,
            term,
            prefix,
            header,
            salt,
            commitment,
            ciphertext,
            tag,
        })
    }

    /// Decrypts into one allocation.
    ///
    /// # Errors
    ///
    /// [`Error::WrongPlaceOrKey`] before anything is decrypted, else [`Error::Damaged`].
    pub(crate) fn open(&self, purpose_key: &Key, context: &[u8]) -> Result<Plaintext, Error> {
        let keys = RecordKeys::derive(purpose_key, self.salt, self.header, context);
        if !bool::from(keys.commitment().ct_eq(self.commitment)) {
            return Err(Error::WrongPlaceOrKey);
        }
        let aad = Aad::from([&self.prefix[..], context].concat());
        let mut inside = Zeroizing::new(vec![0; self.ciphertext.len()]);
        let (key, nonce) = keys.cipher();
        key.open_separate_gather(nonce, aad, self.ciphertext, self.tag, &mut inside)
            .map_err(|_| Error::Damaged)?;
        unpad(inside).ok_or(Error::Damaged)
    }
}

/// Takes the value out, in place, if there is exactly one way to have padded it.
fn unpad(mut inside: Zeroizing<Vec<u8>>) -> Option<Plaintext> {
    let (length, rest) = inside.split_first_chunk::<LENGTH_LEN>()?;
    let len = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (_, padding) = rest.split_at_checked(len)?;
    let clean = padding.iter().fold(0, |seen, byte| seen | byte) == 0;
    if padding.len() >= BLOCK || !clean {
        return None;
    }
    inside.copy_within(LENGTH_LEN..LENGTH_LEN + len, 0);
    // Past the end there are zeroes and the last bytes of the value, until the
    // buffer is dropped: wiping covers its capacity.
    inside.truncate(len);
    Some(inside.into())
}

/// Encryption key (32), nonce (12) and commitment (32) of one record.
struct RecordKeys(Zeroizing<[u8; KEY_LEN + NONCE_LEN + COMMITMENT_LEN]>);

impl RecordKeys {
    fn derive(purpose_key: &Key, salt: &[u8], header: &[u8], context: &[u8]) -> Self {
        let mut keys = Zeroizing::new([0; KEY_LEN + NONCE_LEN + COMMITMENT_LEN]);
        let info = [LABEL, header, &length_u16(context.len()), context];
        extract_expand(salt, purpose_key, &info, &mut *keys);
        Self(keys)
    }

    fn cipher(&self) -> (LessSafeKey, Nonce) {
        let (key, nonce, _) = self.parts();
        let key = UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes");
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("the nonce has 12 bytes");
        (LessSafeKey::new(key), nonce)
    }

    fn commitment(&self) -> &[u8] {
        let (_, _, commitment) = self.parts();
        commitment
    }

    fn parts(&self) -> (&[u8], &[u8], &[u8]) {
        let (key, rest) = self.0.split_at(KEY_LEN);
        let (nonce, commitment) = rest.split_at(NONCE_LEN);
        (key, nonce, commitment)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::{BLOCK, Error, LENGTH_LEN, MIN_LEN, Purpose, Record, unpad, wrap};
    use crate::Plaintext;
    use crate::derive::Key;

    fn wrapped(len: usize) -> usize {
        let value = Plaintext::from(vec![7; len]);
        wrap(
            &Key::random(),
            (Purpose::SecretValue, 1),
            b"here",
            &[0; 32],
            &value,
        )
        .as_bytes()
        .len()
    }

    #[test]
    fn a_record_is_as_long_as_its_padded_value_and_no_longer() {
        assert_eq!(MIN_LEN, 152);
        assert_eq!([0, 1, 60].map(wrapped), [152; 3]);
        assert_eq!([61, 124].map(wrapped), [216; 2]);
        assert_eq!([125, 49_152].map(wrapped), [280, 49_304]);
    }

    #[test]
    fn a_record_is_made_without_moving_the_buffer() {
        let value = Plaintext::from(vec![7; 1_000]);
        let record = wrap(
            &Key::random(),
            (Purpose::SecretValue, 1),
            b"",
            &[0; 32],
            &value,
        );
        let bytes = record.into_bytes();
        assert_eq!(bytes.len(), bytes.capacity());
    }

    #[test]
    fn only_one_padding_of_a_value_is_accepted() {
        let padded = |len: u32, total: usize| {
            let mut inside = Zeroizing::new(vec![0; total]);
            inside[..LENGTH_LEN].copy_from_slice(&len.to_be_bytes());
            inside
        };
        for len in [0, 1, 59, 60] {
            assert!(
                unpad(padded(len, BLOCK)).is_some(),
                "{len} bytes in one block"
            );
            assert!(
                unpad(padded(len, 2 * BLOCK)).is_none(),
                "{len} bytes in two blocks"
            );
        }
        assert!(unpad(padded(61, 2 * BLOCK)).is_some());
        for len in [61, 64, u32::MAX] {
            assert!(
                unpad(padded(len, BLOCK)).is_none(),
                "{len} bytes in one block"
            );
        }
        for position in 14..BLOCK {
            let mut dirty = padded(10, BLOCK);
            dirty[position] = 1;
            assert!(unpad(dirty).is_none(), "padding byte {position}");
        }
    }

    #[test]
    fn a_value_is_unpadded_in_place() {
        let mut inside = Zeroizing::new(vec![0; BLOCK]);
        inside[..9].copy_from_slice(b"\0\0\0\x05value");
        let address = inside.as_ptr();
        let value = unpad(inside).unwrap();
        assert_eq!(
            (value.expose(), value.expose().as_ptr()),
            (&b"value"[..], address)
        );
    }

    #[test]
    fn what_cannot_be_a_record_is_a_matter_of_format() {
        let value = Plaintext::from(vec![]);
        let key = Key::random();
        let good = wrap(&key, (Purpose::SecretValue, 1), b"", &[0; 32], &value).into_bytes();
        let format = |bytes: &[u8]| Record::parse(bytes).err();
        assert_eq!(format(&good), None);
        for len in (0..good.len()).chain([good.len() + 1]) {
            let mut bytes = good.clone();
            bytes.resize(len, 0);
            assert_eq!(format(&bytes), Some(Error::Format), "{len} bytes");
        }
        for (position, byte) in [(0, 0), (0, 2), (1, 0), (1, 2), (2, 0), (2, 8), (3, 1)] {
            let mut bytes = good.clone();
            bytes[position] = byte;
            assert_eq!(
                format(&bytes),
                Some(Error::Format),
                "byte {position} is {byte}"
            );
        }
        let mut bytes = good.clone();
        bytes[7] = 0;
        assert_eq!(
            format(&bytes),
            Some(Error::Format),
            "a value wrapped by the root"
        );
        let mut bytes = good;
        bytes[2] = Purpose::Kek.code();
        assert_eq!(
            format(&bytes),
            Some(Error::Format),
            "a KEK wrapped by a KEK"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_and_opened_without_a_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
        ) {
            if let Ok(record) = Record::parse(&bytes) {
                prop_assert!(record.open(&Key::random(), b"").is_err());
            }
        }

        #[test]
        fn any_bytes_with_a_valid_header_are_opened_without_a_panic(
            body in proptest::collection::vec(any::<u8>(), 64), blocks in 1_usize..5,
        ) {
            let mut bytes = vec![1, 1, 1, 0, 0, 0, 0, 1];
            bytes.extend(body.iter().cycle().take(64 + 64 * blocks + 16));
            let record = Record::parse(&bytes).ok();
            prop_assert!(record.is_some_and(|record| record.open(&Key::random(), b"").is_err()));
        }

        #[test]
        fn what_is_wrapped_is_unwrapped(
            value in proptest::collection::vec(any::<u8>(), 0..300), context: Vec<u8>,
        ) {
            let key = Key::random();
            let plain = Plaintext::from(value.clone());
            let bytes = wrap(&key, (Purpose::SealingKey, 9), &context, &[3; 32], &plain);
            let opened = Record::parse(bytes.as_bytes()).and_then(|r| r.open(&key, &context));
            prop_assert!(opened.is_ok_and(|opened| opened.expose() == value));
        }
    }
}
