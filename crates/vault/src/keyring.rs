//! The key ring: the root key, the key-encryption keys it wraps, and the
//! long-lived keys that those wrap.
//!
//! ```text
//! root wrap key  = HKDF-Expand(root, "sealyard/kek/v1" || 03 || u32(0), 32)
//! purpose key p  = HKDF-Expand(kek,  "sealyard/kek/v1" || p(1) || u32(term), 32)
//! root id        = first 8 bytes of HKDF-Expand(root, "sealyard/root-id/v1", 32)
//! ```
//!
//! New records are wrapped under the highest term; older terms are held for
//! reading until nothing is left on them.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;

use crate::derive::{KEY_LEN, Key};
use crate::place::{Place, Purpose};
use crate::record::{self, Record, Wrapped};
use crate::root::purpose_key;
pub use crate::root::{NotARootKey, RootId, RootKey};
use crate::{Plaintext, random};

/// Why a set of stored keys is not a key ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No key-encryption key opens: another root key, or another instance's keys.
    #[error("this root key did not wrap the keys of this store")]
    WrongRoot,
    /// There is no key-encryption key at all.
    #[error("the store has no key-encryption key")]
    NoKek,
    /// A long-lived key is wrapped under a term that is not there.
    #[error("the key-encryption key of term {term} is missing")]
    MissingKek {
        /// The term that is missing.
        term: u32,
    },
    /// There is no key of this purpose.
    #[error("the store has no key for purpose {}", .purpose.code())]
    MissingKey {
        /// The purpose without a key.
        purpose: Purpose,
    },
    /// Two keys of one purpose have the same number.
    #[error("two keys for purpose {} have number {number}", .purpose.code())]
    Duplicate {
        /// The purpose of both.
        purpose: Purpose,
        /// The term or epoch of both.
        number: u32,
    },
    /// A purpose that has no place in a key ring, or the number 0.
    #[error("a record of purpose {} and number {number} is no key of a key ring", .purpose.code())]
    NotAKey {
        /// Its purpose.
        purpose: Purpose,
        /// Its term or epoch.
        number: u32,
    },
    /// A key does not open in its place.
    #[error("key {number} for purpose {} does not open", .purpose.code())]
    Unreadable {
        /// Its purpose.
        purpose: Purpose,
        /// Its term or epoch.
        number: u32,
        /// What is wrong with the record.
        source: record::Error,
    },
}

/// A key of the ring as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// [`Purpose::Kek`] or one of the long-lived purposes.
    pub purpose: Purpose,
    /// The term of a key-encryption key, the epoch of any other; from 1.
    pub number: u32,
    /// The record that wraps the key.
    pub record: Vec<u8>,
}

/// All keys of one instance, open. No `Debug`, no `Clone`.
///
/// ```compile_fail,E0277
/// use sealyard_vault::{Keyring, RootKey};
/// println!("{:?}", Keyring::create(RootKey::generate(), [0; 16]).0);
/// ```
pub struct Keyring {
    instance: [u8; 16],
    root: RootKey,
    keks: Numbered<Kek>,
    pub(crate) token: Numbered<MacKey>,
    pub(crate) audit: Numbered<MacKey>,
    pub(crate) row: Numbered<MacKey>,
    pub(crate) session: Numbered<MacKey>,
}

impl Keyring {
    /// A new ring, and its keys as they are to be stored: one key-encryption key
    /// (term 1) and one long-lived key of each purpose (epoch 1).
    pub fn create(root: RootKey, instance: [u8; 16]) -> (Self, Vec<StoredKey>) {
        const FIRST: u32 = 1;
        let kek = Key::random();
        let stored = |purpose, wrapping: &Key, term, place: Place<'_>, key: &Key| {
            let context = place.context(&instance);
            let salt = random::bytes();
            let value = key.to_plaintext();
            let record = record::wrap(wrapping, (purpose, term), &context, &salt, &value);
            StoredKey {
                purpose,
                number: FIRST,
                record: record.into_bytes(),
            }
        };
        let mut keys = vec![stored(
            Purpose::Kek,
            &root.wrap_key(),
            0,
            Place::kek(FIRST),
            &kek,
        )];
        keys.extend(Purpose::LONG_LIVED.map(|purpose| {
            let wrapping = purpose_key(kek.as_bytes(), purpose, FIRST);
            let place = Place::long_lived(purpose, FIRST);
            stored(purpose, &wrapping, FIRST, place, &Key::random())
        }));
        // Opened from its own records: a ring that could not be opened again is never used.
        let ring = Self::open(root, instance, keys.clone()).expect("keys just wrapped unwrap");
        (ring, keys)
    }

    /// Opens the ring that the store of `instance` keeps: key-encryption keys
    /// first, then what they wrap. Changes nothing.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn open(
        root: RootKey,
        instance: [u8; 16],
        stored: impl IntoIterator<Item = StoredKey>,
    ) -> Result<Self, Error> {
        let mut records = sorted(stored)?;
        let keks = open_keks(
            &root,
            &instance,
            records.remove(&Purpose::Kek).unwrap_or_default(),
        )?;
        let mut open = |purpose| {
            let records = records.remove(&purpose).unwrap_or_default();
            open_long_lived(&keks, &instance, purpose, records)
        };
        let token = open(Purpose::TokenKey)?;
        let audit = open(Purpose::AuditKey)?;
        let row = open(Purpose::RowKey)?;
        let session = open(Purpose::SessionKey)?;
        Ok(Self {
            instance,
            root,
            keks,
            token,
            audit,
            row,
            session,
        })
    }

    /// Which root key is in use.
    pub fn root_id(&self) -> RootId {
        self.root.id()
    }

    /// The term that new records are wrapped under.
    pub fn current_term(&self) -> u32 {
        self.keks.number
    }

    /// Wraps a value for its place, under the current term.
    pub fn wrap(&self, place: &Place<'_>, value: &Plaintext) -> Wrapped {
        self.wrap_with_salt(place, value, &random::bytes())
    }

    /// Unwraps the record of a place.
    ///
    /// # Errors
    ///
    /// See [`record::Error`]; none says anything about the value.
    pub fn unwrap(&self, place: &Place<'_>, record: &[u8]) -> Result<Plaintext, record::Error> {
        unwrap(&self.keks, &self.instance, place, record)
    }

    fn wrap_with_salt(&self, place: &Place<'_>, value: &Plaintext, salt: &[u8; 32]) -> Wrapped {
        let (purpose, term) = (place.purpose(), self.keks.number);
        record::wrap(
            self.keks.newest.key(purpose),
            (purpose, term),
            &place.context(&self.instance),
            salt,
            value,
        )
    }
}

/// A key-encryption key, as the keys of all purposes that it derives, in the order of
/// [`Purpose::ALL`]. They are all it is for: derived once, and the key itself is not kept.
struct Kek([Key; Purpose::ALL.len()]);

impl Kek {
    fn new(key: &Key, term: u32) -> Self {
        Self(Purpose::ALL.map(|purpose| purpose_key(key.as_bytes(), purpose, term)))
    }

    fn key(&self, purpose: Purpose) -> &Key {
        let [value, sealing, kek, token, audit, row, session] = &self.0;
        match purpose {
            Purpose::SecretValue => value,
            Purpose::SealingKey => sealing,
            Purpose::Kek => kek,
            Purpose::TokenKey => token,
            Purpose::AuditKey => audit,
            Purpose::RowKey => row,
            Purpose::SessionKey => session,
        }
    }
}

/// Keys of one kind by term or epoch. There is always a newest.
pub(crate) struct Numbered<K> {
    pub(crate) number: u32,
    pub(crate) newest: K,
    older: BTreeMap<u32, K>,
}

impl<K> Numbered<K> {
    fn new(mut keys: BTreeMap<u32, K>) -> Option<Self> {
        let (number, newest) = keys.pop_last()?;
        Some(Self {
            number,
            newest,
            older: keys,
        })
    }

    pub(crate) fn get(&self, number: u32) -> Option<&K> {
        if number == self.number {
            Some(&self.newest)
        } else {
            self.older.get(&number)
        }
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &K> {
        std::iter::once(&self.newest).chain(self.older.values().rev())
    }
}

/// A long-lived key, ready for HMAC-SHA-256. Boxed as [`Key`] is.
pub(crate) struct MacKey(Box<hmac::Key>);

impl MacKey {
    pub(crate) fn sign(&self, data: &[u8]) -> [u8; 32] {
        let mut mac = [0; 32];
        hmac::sign_to_buffer(&self.0, data, &mut mac).expect("HMAC-SHA-256 gives 32 bytes");
        mac
    }
}

type Records = BTreeMap<u32, Vec<u8>>;

fn sorted(
    stored: impl IntoIterator<Item = StoredKey>,
) -> Result<BTreeMap<Purpose, Records>, Error> {
    let mut sorted = BTreeMap::<Purpose, Records>::new();
    for StoredKey {
        purpose,
        number,
        record,
    } in stored
    {
        let kept = purpose == Purpose::Kek || Purpose::LONG_LIVED.contains(&purpose);
        if !kept || number == 0 {
            return Err(Error::NotAKey { purpose, number });
        }
        if sorted
            .entry(purpose)
            .or_default()
            .insert(number, record)
            .is_some()
        {
            return Err(Error::Duplicate { purpose, number });
        }
    }
    Ok(sorted)
}

fn open_keks(
    root: &RootKey,
    instance: &[u8; 16],
    records: Records,
) -> Result<Numbered<Kek>, Error> {
    let wrap_key = root.wrap_key();
    let mut keks = BTreeMap::new();
    let mut failure = None;
    for (term, bytes) in records {
        let context = Place::kek(term).context(instance);
        let value = Record::parse(&bytes).and_then(|record| {
            // Parsing has made sure that only such a record is wrapped by the root.
            if record.purpose == Purpose::Kek {
                record.open(&wrap_key, &context)
            } else {
                Err(record::Error::WrongPlaceOrKey)
            }
        });
        match value.and_then(|value| Key::from_plaintext(&value).ok_or(record::Error::Damaged)) {
            Ok(kek) => drop(keks.insert(term, Kek::new(&kek, term))),
            Err(source) => failure = failure.or(Some((term, source))),
        }
    }
    match failure {
        None => Numbered::new(keks).ok_or(Error::NoKek),
        // Not one opens: it is the key that is wrong, rather than a record.
        Some((_, record::Error::WrongPlaceOrKey)) if keks.is_empty() => Err(Error::WrongRoot),
        Some((number, source)) => Err(Error::Unreadable {
            purpose: Purpose::Kek,
            number,
            source,
        }),
    }
}

fn open_long_lived(
    keks: &Numbered<Kek>,
    instance: &[u8; 16],
    purpose: Purpose,
    records: Records,
) -> Result<Numbered<MacKey>, Error> {
    let mut opened = BTreeMap::new();
    for (number, bytes) in records {
        let value = unwrap(keks, instance, &Place::long_lived(purpose, number), &bytes);
        let key = value.and_then(|value| match value.len() {
            KEY_LEN => Ok(hmac::Key::new(hmac::HMAC_SHA256, value.expose())),
            _ => Err(record::Error::Damaged),
        });
        let key = key.map_err(|source| match (source, Record::parse(&bytes)) {
            (record::Error::UnknownTerm, Ok(record)) => Error::MissingKek { term: record.term },
            _ => Error::Unreadable {
                purpose,
                number,
                source,
            },
        })?;
        opened.insert(number, MacKey(Box::new(key)));
    }
    Numbered::new(opened).ok_or(Error::MissingKey { purpose })
}

fn unwrap(
    keks: &Numbered<Kek>,
    instance: &[u8; 16],
    place: &Place<'_>,
    bytes: &[u8],
) -> Result<Plaintext, record::Error> {
    let record = Record::parse(bytes)?;
    if record.purpose != place.purpose() {
        return Err(record::Error::WrongPlaceOrKey);
    }
    let kek = keks.get(record.term).ok_or(record::Error::UnknownTerm)?;
    record.open(kek.key(record.purpose), &place.context(instance))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Kek, Keyring, Numbered, purpose_key};
    use crate::{Family, OwnerKind, Place, Plaintext, Purpose, RootKey};

    /// The vector of the format's description; another implementation (Python's
    /// `hmac` and `cryptography`) gives the same bytes.
    const RECORD: &str = concat!(
        "0101010000000007020202020202020202020202020202020202020202020202",
        "02020202020202024ed2d8a27a2d805b22d641fb859683316345c07d32a34315",
        "8e9834c118d906b31b9493b2d33a1786252a05508f951948cffa607a7c2069e5",
        "eca6fa886659ff5d12cf171b73f098b7012d0c9ceb93b31821ac7c0a20a6baf5",
        "5515b54ce751627aeca57605558666fbcf5b32b3240a630e",
    );

    #[test]
    fn wrapping_gives_the_documented_record_byte_for_byte() {
        let (mut ring, _) = Keyring::create(
            RootKey::generate(),
            std::array::from_fn(|i| u8::try_from(i).unwrap()),
        );
        let kek = Plaintext::from((0..32).collect::<Vec<u8>>());
        let kek = super::Key::from_plaintext(&kek).unwrap();
        ring.keks = Numbered::new(BTreeMap::from([(7, Kek::new(&kek, 7))])).unwrap();
        let (family, kind) = (Family::Actions, OwnerKind::Repository);
        let place = Place::secret_value(family, kind, 1_296_269, 0, [0x42; 16], "GH_TOKEN");
        let value = Plaintext::from(b"plain-text-secret".to_vec());
        let record = ring.wrap_with_salt(&place, &value, &[2; 32]);
        let hex = record.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        assert_eq!(hex.collect::<Vec<_>>().concat(), RECORD);
        let opened = ring.unwrap(&place, record.as_bytes());
        assert_eq!(opened.unwrap().expose(), value.expose());
    }

    #[test]
    fn the_keys_of_all_purposes_are_kept_in_their_places() {
        let key = super::Key::random();
        let kek = Kek::new(&key, 3);
        for purpose in Purpose::ALL {
            let derived = purpose_key(key.as_bytes(), purpose, 3);
            assert!(
                kek.key(purpose).as_bytes() == derived.as_bytes(),
                "{purpose:?}"
            );
        }
    }

    #[test]
    fn several_terms_are_held_and_the_newest_is_current() {
        let keys = Numbered::new(BTreeMap::from([(3, 'c'), (1, 'a'), (7, 'g')])).unwrap();
        assert_eq!((keys.number, keys.newest), (7, 'g'));
        assert_eq!(
            [1, 3, 7, 2].map(|n| keys.get(n).copied()),
            [Some('a'), Some('c'), Some('g'), None]
        );
        assert_eq!(keys.newest_first().collect::<String>(), "gca");
    }
}
