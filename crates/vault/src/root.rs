//! The root key: outside the store, above all other keys.

use std::fmt;

use sealyard_memory::LockedKey;
use zeroize::Zeroizing;

use crate::derive::{KEY_LEN, Key, expand_key};
use crate::{Purpose, random};

/// Says which derivation a key comes from; followed by purpose and term.
const KEK_LABEL: &[u8] = b"sealyard/kek/v1";
const ID_LABEL: &[u8] = b"sealyard/root-id/v1";

/// The purpose key of `key`, which is the root (term 0) or the key-encryption key of `term`.
pub(crate) fn purpose_key(key: &[u8; KEY_LEN], purpose: Purpose, term: u32) -> Key {
    expand_key(key, &[KEK_LABEL, &[purpose.code()], &term.to_be_bytes()])
}

/// A text that is not a root key. Does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a root key is 64 hexadecimal digits and at most one newline")]
pub struct NotARootKey;

/// The 32 bytes that wrap the key-encryption keys, and through them everything.
///
/// They lie in one locked page and nowhere else. No `Debug`, no `Clone`.
///
/// ```compile_fail,E0277
/// println!("{:?}", sealyard_vault::RootKey::generate());
/// ```
/// ```compile_fail,E0599
/// sealyard_vault::RootKey::generate().clone();
/// ```
pub struct RootKey(LockedKey);

impl RootKey {
    /// A new root key. For a new store only: with another one, what is stored stays closed.
    pub fn generate() -> Self {
        let key = LockedKey::try_new(|key| {
            random::fill(key);
            Ok::<(), std::convert::Infallible>(())
        });
        Self(key.unwrap_or_else(|never| match never {}))
    }

    /// Reads 64 hexadecimal digits, of either case, and at most one final newline.
    /// Wiping `text` is up to the caller.
    ///
    /// # Errors
    ///
    /// [`NotARootKey`], without a word about the text.
    pub fn parse(text: &str) -> Result<Self, NotARootKey> {
        let text = text.strip_suffix('\n').unwrap_or(text).as_bytes();
        let (digits, odd) = text.as_chunks::<2>();
        if digits.len() != KEY_LEN || !odd.is_empty() {
            return Err(NotARootKey);
        }
        let fill = |key: &mut [u8; KEY_LEN]| {
            for (byte, [high, low]) in key.iter_mut().zip(digits) {
                *byte = digit(*high)? << 4 | digit(*low)?;
            }
            Ok(())
        };
        LockedKey::try_new(fill).map(Self)
    }

    /// The 64 digits that [`parse`](Self::parse) reads, in lower case.
    pub fn to_hex(&self) -> Zeroizing<String> {
        // Reserved at once: a buffer that grows leaves parts of the key behind.
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_LEN));
        for nibble in self
            .0
            .expose()
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
        {
            text.push(char::from(if nibble < 10 {
                b'0' + nibble
            } else {
                b'a' + nibble - 10
            }));
        }
        text
    }

    /// Which root key this is; tells nothing about it.
    pub fn id(&self) -> RootId {
        let derived = expand_key(self.0.expose(), &[ID_LABEL]);
        let (id, _) = derived
            .as_bytes()
            .split_first_chunk()
            .expect("32 bytes have a first 8");
        RootId(*id)
    }

    /// The key that wraps key-encryption keys.
    pub(crate) fn wrap_key(&self) -> Key {
        purpose_key(self.0.expose(), Purpose::Kek, 0)
    }
}

fn digit(digit: u8) -> Result<u8, NotARootKey> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(NotARootKey),
    }
}

/// The public name of a root key: 8 bytes, for status, logs and refusals, and
/// to be stored, so that another key is recognised before anything is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RootId([u8; 8]);

impl RootId {
    /// The id that was stored.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The id, to be stored.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0
    }
}

/// 16 hexadecimal digits.
impl fmt::Display for RootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{NotARootKey, RootKey};

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn a_root_key_is_read_and_written_as_64_digits() {
        for text in [HEX.to_owned(), format!("{HEX}\n"), HEX.to_uppercase()] {
            let root = RootKey::parse(&text).unwrap();
            assert_eq!(root.0.expose()[..], (0..32).collect::<Vec<u8>>());
            assert_eq!(*root.to_hex(), HEX);
        }
        let root = RootKey::generate();
        let again = RootKey::parse(&root.to_hex()).unwrap();
        assert_eq!(root.0.expose(), again.0.expose());
    }

    #[test]
    fn anything_else_is_refused() {
        let wrong = [
            String::new(),
            HEX[1..].to_owned(),
            HEX[2..].to_owned(),
            format!("{HEX}0"),
            format!("{HEX}00"),
            format!("{HEX}\n\n"),
            format!("{HEX}\r\n"),
            format!(" {HEX}"),
            format!("\n{HEX}"),
            HEX.replace('f', "g"),
            HEX.replace("00", "0x"),
            HEX.replace("00", "+0"),
            HEX.replace("00", "é"),
        ];
        for text in wrong {
            assert_eq!(RootKey::parse(&text).err(), Some(NotARootKey), "{text:?}");
        }
    }

    #[test]
    fn the_id_follows_from_the_key() {
        // HKDF-Expand by Python's hmac: HMAC-SHA-256(key, "sealyard/root-id/v1" || 01)[:8].
        let id = RootKey::parse(HEX).unwrap().id();
        assert_eq!(id.to_string(), "cc249c12b60159f5");
        assert_ne!(RootKey::generate().id(), id);
    }

    #[test]
    fn generated_keys_differ() {
        assert_ne!(RootKey::generate().id(), RootKey::generate().id());
    }
}
