//! The cryptography of Sealyard, and nothing else: no I/O, no clock, no async.
//!
//! A value arrives in a sealed box, is opened once, and is wrapped at once for
//! the place where it belongs. What lies in the store can be opened only with
//! the key ring, only in that place, and only unaltered.
//!
//! | module | does |
//! |---|---|
//! | [`sealing`] | opens and makes libsodium's sealed boxes (`crypto_box_seal`) |
//! | [`record`] | the at-rest format of one wrapped value, and [`Place`], where it belongs |
//! | [`keyring`] | root key, key-encryption keys and long-lived keys |
//! | [`mac`] | what a MAC of a table row covers |
//! | [`plaintext`] | the only type that holds a value |
//! | [`random`] | the only source of randomness |
//!
//! ```
//! use sealyard_vault::{Family, Keyring, OwnerKind, Place, RootKey, SealingKeyPair, random};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (keyring, _to_be_stored) = Keyring::create(RootKey::generate(), random::bytes());
//!
//! let pair = SealingKeyPair::generate();
//! let sealed = pair.public().seal(b"hunter2"); // what a client does
//! let value = pair.open(&sealed.try_into()?)?;
//!
//! let write_id = random::bytes();
//! let place = |repository| {
//!     Place::secret_value(Family::Actions, OwnerKind::Repository, repository, 0, write_id, "KEY")
//! };
//! let record = keyring.wrap(&place(1), &value);
//! assert_eq!(keyring.unwrap(&place(1), record.as_bytes())?.expose(), b"hunter2");
//! assert!(keyring.unwrap(&place(2), record.as_bytes()).is_err());
//! # Ok(())
//! # }
//! ```

mod derive;
pub mod keyring;
pub mod mac;
mod place;
pub mod plaintext;
pub mod random;
pub mod record;
mod root;
pub mod sealing;

pub use keyring::{Keyring, RootId, RootKey, StoredKey};
pub use plaintext::Plaintext;
pub use record::{Family, OwnerKind, Place, Purpose, Wrapped};
pub use sealing::{PublicKey, SealedBox, SealingKeyPair};
