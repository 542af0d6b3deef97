//! libsodium's sealed boxes (`crypto_box_seal`): what a client makes of a value
//! with the public key it was given, and what only we can open.
//!
//! ```text
//! box = ephemeral public key (32) || tag (16) || ciphertext (as long as the value)
//! XSalsa20-Poly1305, key = HSalsa20(X25519(ephemeral, recipient)),
//! nonce = BLAKE2b-192(ephemeral public key || recipient public key)
//! ```
//!
//! <https://doc.libsodium.org/public-key_cryptography/sealed_boxes>
//!
//! X25519 is aws-lc-rs, the rest is dryoc. An ephemeral key of low order makes
//! the shared secret zero for everybody, so that anybody could forge a box:
//! such boxes are refused, as libsodium refuses them (RFC 7748, section 6.1).

use std::fmt;

use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64ct::{Base64, Encoding};
use dryoc::classic::crypto_core::crypto_core_hsalsa20;
use dryoc::classic::crypto_generichash::crypto_generichash;
use dryoc::classic::crypto_secretbox::{
    crypto_secretbox_easy_inplace, crypto_secretbox_open_detached,
};
use zeroize::Zeroizing;

use crate::{Plaintext, random};

/// Length of public and private keys in bytes.
pub const KEY_LEN: usize = 32;

/// What a box is longer than its value, in bytes: ephemeral key and tag.
pub const OVERHEAD: usize = KEY_LEN + TAG_LEN;

const TAG_LEN: usize = 16;

/// Why something is no key, no box, or not a box for this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not standard base64 (RFC 4648, section 4) with its padding and nothing else.
    #[error("not base64")]
    NotBase64,
    /// A box below 48 bytes, which cannot hold even the empty value.
    #[error("too short for a sealed box")]
    TooShort,
    /// A key that is not 32 bytes long.
    #[error("a key has 32 bytes")]
    WrongLength,
    /// A public key with which nothing can be kept secret.
    #[error("a public key of low order")]
    LowOrder,
    /// Sealed for another key, altered, or forged. Deliberately one case.
    #[error("the sealed box does not open with this key")]
    DoesNotOpen,
}

/// A sealed box as it came: long enough to be one, not opened yet.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBox(Vec<u8>);

impl SealedBox {
    /// The box in the text that GitHub's API calls `encrypted_value`.
    ///
    /// # Errors
    ///
    /// [`Error::NotBase64`] or [`Error::TooShort`].
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        // Ciphertext is public: its decoding need not take the same time for all texts.
        STANDARD
            .decode(text)
            .map_err(|_| Error::NotBase64)?
            .try_into()
    }

    /// The bytes: ephemeral key, tag, ciphertext.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes of the value inside, known without opening.
    pub fn plaintext_len(&self) -> usize {
        self.0.len().saturating_sub(OVERHEAD)
    }
}

/// Fails with [`Error::TooShort`].
impl TryFrom<Vec<u8>> for SealedBox {
    type Error = Error;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Error> {
        if bytes.len() < OVERHEAD {
            Err(Error::TooShort)
        } else {
            Ok(Self(bytes))
        }
    }
}

/// The length only: a captured box can be opened for as long as its key lives.
impl fmt::Debug for SealedBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedBox({} bytes)", self.0.len())
    }
}

/// The public half of a sealing key: an X25519 key that is not of low order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; KEY_LEN]);

impl PublicKey {
    /// A key from its 44 characters of base64, as `GET …/public-key` gives it.
    ///
    /// # Errors
    ///
    /// [`Error::NotBase64`], [`Error::WrongLength`] or [`Error::LowOrder`].
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let bytes = Base64::decode_vec(text).map_err(|_| Error::NotBase64)?;
        Self::from_bytes(bytes.try_into().map_err(|_| Error::WrongLength)?)
    }

    /// A key from its bytes.
    ///
    /// # Errors
    ///
    /// [`Error::LowOrder`]: everybody could open what is sealed to such a key.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Result<Self, Error> {
        if is_low_order(&bytes) {
            Err(Error::LowOrder)
        } else {
            Ok(Self(bytes))
        }
    }

    /// 44 characters of base64.
    pub fn to_base64(&self) -> String {
        Base64::encode_string(&self.0)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    /// Seals `value`, 48 bytes longer, as libsodium's `crypto_box_seal` does.
    pub fn seal(&self, value: &[u8]) -> Vec<u8> {
        let mut buffer = Vec::with_capacity(OVERHEAD + value.len());
        buffer.extend_from_slice(value);
        self.seal_in_place(buffer.into())
    }

    /// The same in the buffer that holds the value, of which nothing is left there. It is moved first if
    /// it has no room for [`OVERHEAD`] more bytes.
    pub fn seal_in_place(&self, value: Plaintext) -> Vec<u8> {
        let ephemeral = SealingKeyPair::generate();
        let shared = shared_key(&ephemeral.private, &self.0)
            .expect("no PublicKey is of low order, and its bytes are always 32");
        let nonce = nonce(&ephemeral.public.0, &self.0);
        let mut sealed = value.into_room(OVERHEAD);
        let len = sealed.len();
        sealed.resize(len + OVERHEAD, 0);
        sealed.copy_within(..len, KEY_LEN);
        let (key, rest) = sealed.split_at_mut(KEY_LEN);
        key.copy_from_slice(&ephemeral.public.0);
        // Of `rest`, the last bytes are the room for the tag; it goes to the front.
        crypto_secretbox_easy_inplace(rest, &nonce, &shared).expect("there is room for the tag");
        sealed
    }
}

/// The pair that a secret's place is sealed with. No `Debug`, no `Clone`.
///
/// ```compile_fail,E0277
/// println!("{:?}", sealyard_vault::SealingKeyPair::generate());
/// ```
pub struct SealingKeyPair {
    private: PrivateKey,
    public: PublicKey,
}

impl SealingKeyPair {
    /// A new pair.
    pub fn generate() -> Self {
        let mut private = Zeroizing::new([0; KEY_LEN]);
        random::fill(&mut *private);
        Self::from_bytes(&private[..]).expect("32 bytes are always a private key")
    }

    /// The pair of a private key that [`into_private`](Self::into_private) gave.
    ///
    /// # Errors
    ///
    /// [`Error::WrongLength`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the caller's copy ends here, wiped"
    )]
    pub fn from_private(private: Plaintext) -> Result<Self, Error> {
        Self::from_bytes(private.expose())
    }

    /// The 32 bytes of the private key, to be wrapped.
    pub fn into_private(self) -> Plaintext {
        let seed: Curve25519SeedBin<'_> = self
            .private
            .as_be_bytes()
            .expect("an X25519 key has its 32 bytes");
        Plaintext::from(seed.as_ref().to_vec())
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Opens a box that was sealed to [`public`](Self::public).
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotOpen`], whatever the reason, after the same work: the
    /// whole of X25519, and the tag over all of the ciphertext.
    pub fn open(&self, sealed: &SealedBox) -> Result<Plaintext, Error> {
        let split = sealed.0.split_first_chunk::<KEY_LEN>();
        let (ephemeral, rest) = split.ok_or(Error::TooShort)?;
        let (tag, ciphertext) = rest.split_first_chunk::<TAG_LEN>().ok_or(Error::TooShort)?;

        let shared = shared_key(&self.private, ephemeral);
        // Without a shared secret the tag is checked all the same, under a key of zeroes.
        let key = shared.as_ref().map_or(&[0; KEY_LEN], |key| key);
        let mut value = Zeroizing::new(vec![0; ciphertext.len()]);
        let nonce = nonce(ephemeral, &self.public.0);
        let opened = crypto_secretbox_open_detached(&mut value, ciphertext, tag, &nonce, key);
        if shared.is_some() && opened.is_ok() {
            Ok(value.into())
        } else {
            Err(Error::DoesNotOpen)
        }
    }

    fn from_bytes(private: &[u8]) -> Result<Self, Error> {
        let private = PrivateKey::from_private_key(&X25519, private);
        let private = private.map_err(|_| Error::WrongLength)?;
        let public = private
            .compute_public_key()
            .map_err(|_| Error::WrongLength)?;
        let public = public.as_ref().try_into().map_err(|_| Error::WrongLength)?;
        Ok(Self {
            private,
            public: PublicKey(public),
        })
    }
}

/// The key of the box: `HSalsa20` of the X25519 secret. `None` when the other
/// key is of low order (aws-lc-rs refuses an all-zero secret).
fn shared_key(private: &PrivateKey, public: &[u8; KEY_LEN]) -> Option<Zeroizing<[u8; KEY_LEN]>> {
    agree(
        private,
        UnparsedPublicKey::new(&X25519, public),
        (),
        |secret| {
            let mut key = Zeroizing::new([0; KEY_LEN]);
            crypto_core_hsalsa20(&mut key, &[0; 16], secret.try_into().map_err(|_| ())?, None);
            Ok(key)
        },
    )
    .ok()
}

fn nonce(ephemeral: &[u8; KEY_LEN], recipient: &[u8; KEY_LEN]) -> [u8; 24] {
    let mut nonce = [0; 24];
    crypto_generichash(&mut nonce, &[*ephemeral, *recipient].concat(), None)
        .expect("BLAKE2b gives 16 to 64 bytes");
    nonce
}

/// Whether eight times the point is zero, in any of the seven encodings below
/// 2^255 of such a point; X25519 ignores the top bit. Public data: not in constant time.
fn is_low_order(key: &[u8; KEY_LEN]) -> bool {
    const ORDER_8: [[u8; KEY_LEN]; 2] = [
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
            0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
            0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
            0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
            0xd0, 0x9f, 0x11, 0x57,
        ],
    ];
    let mut key = *key;
    key[KEY_LEN - 1] &= 0x7f;
    // Orders 1, 2 and 4: 0 and 1, and p-1, p, p+1 with p = 2^255 - 19.
    let small = matches!(key, [0 | 1, rest @ ..] if rest == [0; KEY_LEN - 1]);
    let near_p = matches!(key, [0xec..=0xee, rest @ .., 0x7f] if rest == [0xff; KEY_LEN - 2]);
    small || near_p || ORDER_8.contains(&key)
}
