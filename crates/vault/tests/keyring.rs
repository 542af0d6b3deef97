//! The key ring and its records against another implementation, and against
//! whoever can write to the store.
//!
//! The fixed records were made by a second implementation (Python's `hmac` and
//! `cryptography`) from the description of the format: root key 80 81 … 9f (hex),
//! instance 00 … 0f, the key-encryption key of term 7 is 00 … 1f, the long-lived
//! keys of purpose p are p repeated, with salts of one repeated byte.

use sealyard_vault::keyring::Error;
use sealyard_vault::{
    Family, Keyring, OwnerKind, Place, Plaintext, Purpose, RootKey, StoredKey, record,
};

/// Term 7, wrapped by the root.
const KEK: &str = concat!(
    "0101030000000000040404040404040404040404040404040404040404040404",
    "04040404040404048cc010b1e42e5bbee00435a5edbcf83604e942a9c378ea44",
    "215cb3947ef2da9cddd45db8745ec42e4d0224d488a9470bd6cb083bb572002c",
    "a9df0a69c1cd8e91060d94174a59eb902a1f823b4e77991b367b961912f8eb33",
    "6d0d9eb2c0207f60158abf292e1ac63e8c267a82a628a3fb",
);

/// Purpose 4, epoch 1.
const TOKEN: &str = concat!(
    "0101040000000007141414141414141414141414141414141414141414141414",
    "1414141414141414b690c0b5b5c0034ed83caace9262c883a8720cf93e9093f1",
    "b989ea6a9278dcebb2c51abee02592e7b4614c8e4dde2c1aecfbd0690e9deeca",
    "25a814ecd8a22ed9f5a7a3d9cc6fb315638ef1857c880ddcf2a8bfdb564b458a",
    "6ed7f8de672f1ec266b2067b78df4e18fc95a81a62e81a41",
);

/// Purpose 5, epoch 1.
const AUDIT: &str = concat!(
    "0101050000000007151515151515151515151515151515151515151515151515",
    "1515151515151515fa97a144bd5d0445b80a2a9e22828b49da80d1b9eeb98260",
    "2e16d955ca4b39aa9f614a0c935f2b6571b9c0298819ef57804aab40a39bf7c7",
    "288ba2c3150330c88dce709393e22fbdf98c9afe8998f6734e23611489df4e31",
    "a25e2053e92aaa525e76468e66f6d3da73fd1ad34e15ecd2",
);

/// Purpose 6, epoch 1.
const ROW: &str = concat!(
    "0101060000000007161616161616161616161616161616161616161616161616",
    "16161616161616160e80d42949d6be431ae13f5b2ec2f033b582015ec570c061",
    "dea8e309b1981b4b687410da9a981940b30eaad08510133adfce4e799d830ea0",
    "221e76476829fccfcecdde7a8f3dfca8e74d39658115f9c31ce9d66c0c157fa9",
    "13b4395bb38f55ef7ebaa8c6b15bc7d6b4d7f9ca2d418bd1",
);

/// Purpose 7, epoch 1.
const SESSION: &str = concat!(
    "0101070000000007171717171717171717171717171717171717171717171717",
    "1717171717171717bfa2660a0ce6a3785e06e225f61ebd6fc6c3b47292a9dae3",
    "c587935de7b1a69c7dfc1a92a73f50aecf2503d589e07d17b802a55f1143d9bd",
    "45b95b4af237042da90fa42fd8a99e0105e407f33e9510cb1f934c47e5a94418",
    "ca975fb0e749aea7a9757ca1f50ab2d603014e5151f24944",
);

/// `plain-text-secret` in [`place`].
const VALUE: &str = concat!(
    "0101010000000007020202020202020202020202020202020202020202020202",
    "02020202020202024ed2d8a27a2d805b22d641fb859683316345c07d32a34315",
    "8e9834c118d906b31b9493b2d33a1786252a05508f951948cffa607a7c2069e5",
    "eca6fa886659ff5d12cf171b73f098b7012d0c9ceb93b31821ac7c0a20a6baf5",
    "5515b54ce751627aeca57605558666fbcf5b32b3240a630e",
);

/// Bytes 00 … 1f as sealing key 012345678901234567 of repository 1296269.
const SEALING_KEY: &str = concat!(
    "0101020000000007030303030303030303030303030303030303030303030303",
    "030303030303030337df4199cab4255935c8d32fa4b8f63b51a3986f39cb1749",
    "91a0efd3128a90128f89e5e12535eb8ee22e3edbd4c5dbb50f73de12ee1e550f",
    "ddfe9089dba644b52d120e4c060071d6bfb812770bfb762f19a68fa7647e4e9f",
    "9c5e228363fdeb940cc7ffb585d5fd6bf93623553927eb5c",
);

const INSTANCE: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

#[test]
fn a_ring_made_by_another_implementation_opens_and_unwraps_its_records() {
    let ring = ring();
    assert_eq!(ring.current_term(), 7);
    assert_eq!(ring.root_id().to_string(), "224edddc2f1ae020");
    let value = ring.unwrap(&place(), &unhex(VALUE)).unwrap();
    assert_eq!(value.expose(), b"plain-text-secret");
    let (family, kind) = (Family::Actions, OwnerKind::Repository);
    let place = Place::sealing_key(family, kind, 1_296_269, 0, "012345678901234567");
    let key = ring.unwrap(&place, &unhex(SEALING_KEY)).unwrap();
    assert_eq!(key.expose(), (0..32).collect::<Vec<u8>>());
}

#[test]
fn macs_agree_with_another_implementation() {
    let mac = "93e1d139792b892e1bd13c7a3e109ff540f9df6587490a213eb8fbbbb057a2c3";
    assert_eq!(ring().mac_token(b"ghp_token")[..], unhex(mac));
    assert_eq!(ring().mac_token_in_each_epoch(b"ghp_token").count(), 1);
    let mac = "d78aa85678f8a3862a861295cb7dce7ec2e48cc6c672d2279ba8b43a463ab2a2";
    assert_eq!(
        ring().mac_audit(b"entry"),
        (unhex(mac).try_into().unwrap(), 1)
    );
}

#[test]
fn every_single_bit_of_a_record_matters() {
    let ring = ring();
    let record = unhex(VALUE);
    for bit in 0..record.len() * 8 {
        let mut altered = record.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let error = ring.unwrap(&place(), &altered).err().unwrap();
        let expected: &[record::Error] = match bit / 8 {
            0 | 1 | 3 => &[record::Error::Format],
            2 => &[record::Error::Format, record::Error::WrongPlaceOrKey],
            4..8 => &[record::Error::UnknownTerm],
            8..72 => &[record::Error::WrongPlaceOrKey],
            _ => &[record::Error::Damaged],
        };
        assert!(expected.contains(&error), "bit {bit}: {error}");
    }
}

#[test]
fn a_record_opens_in_no_other_place() {
    use Family::{Actions, Agents, Codespaces, Dependabot};
    use OwnerKind::{Environment, Organization, Repository};
    let id = [0x42; 16];
    let at = |family, kind, owner, environment, name| {
        Place::secret_value(family, kind, owner, environment, id, name)
    };
    assert_eq!(place(), at(Actions, Repository, 1_296_269, 0, "GH_TOKEN"));
    let mut others = vec![
        at(Dependabot, Repository, 1_296_269, 0, "GH_TOKEN"),
        at(Codespaces, Repository, 1_296_269, 0, "GH_TOKEN"),
        at(Agents, Repository, 1_296_269, 0, "GH_TOKEN"),
        at(Actions, Organization, 1_296_269, 0, "GH_TOKEN"),
        at(Actions, Environment, 1_296_269, 0, "GH_TOKEN"),
        at(Actions, Repository, 1_296_268, 0, "GH_TOKEN"),
        at(Actions, Repository, -1_296_269, 0, "GH_TOKEN"),
        at(Actions, Repository, 0, 1_296_269, "GH_TOKEN"),
        at(Actions, Repository, 1_296_269, 1, "GH_TOKEN"),
        at(Actions, Repository, 1_296_269, 0, "GH_TOKEM"),
        at(Actions, Repository, 1_296_269, 0, "GH_TOKE"),
        at(Actions, Repository, 1_296_269, 0, "GH_TOKEN_"),
        at(Actions, Repository, 1_296_269, 0, ""),
        Place::sealing_key(Actions, Repository, 1_296_269, 0, "GH_TOKEN"),
    ];
    others.extend((0..128).map(|bit| {
        let mut id = id;
        id[bit / 8] ^= 1 << (bit % 8);
        Place::secret_value(Actions, Repository, 1_296_269, 0, id, "GH_TOKEN")
    }));
    for other in others {
        let error = ring().unwrap(&other, &unhex(VALUE)).err();
        assert_eq!(error, Some(record::Error::WrongPlaceOrKey), "{other:?}");
    }
}

#[test]
fn a_record_opens_with_no_other_key_and_in_no_other_instance() {
    let wrapped = ring().wrap(&place(), &Plaintext::from(b"value".to_vec()));
    assert!(ring().unwrap(&place(), wrapped.as_bytes()).is_ok());

    // Another ring of the same instance, whose term has the same number.
    let (ring, _) = Keyring::create(root(), INSTANCE);
    let one = ring.wrap(&place(), &Plaintext::from(b"value".to_vec()));
    let (other, _) = Keyring::create(root(), INSTANCE);
    let error = other.unwrap(&place(), one.as_bytes()).err();
    assert_eq!(error, Some(record::Error::WrongPlaceOrKey));

    // A term that this ring does not hold.
    let error = ring.unwrap(&place(), wrapped.as_bytes()).err();
    assert_eq!(error, Some(record::Error::UnknownTerm));
}

#[test]
fn the_same_value_is_never_wrapped_to_the_same_record() {
    let ring = ring();
    let wrap = || ring.wrap(&place(), &Plaintext::from(b"value".to_vec()));
    assert_ne!(wrap(), wrap());
    assert_eq!(format!("{:?}", wrap()), "Wrapped(152 bytes)");
}

#[test]
fn a_created_ring_opens_again_from_what_is_to_be_stored() {
    let (ring, stored) = Keyring::create(root(), INSTANCE);
    let numbers: Vec<_> = stored
        .iter()
        .map(|key| (key.purpose.code(), key.number))
        .collect();
    assert_eq!(numbers, [(3, 1), (4, 1), (5, 1), (6, 1), (7, 1)]);
    let record = ring.wrap(&place(), &Plaintext::from(b"value".to_vec()));
    // In any order: the key-encryption keys are opened first.
    let again = Keyring::open(root(), INSTANCE, stored.into_iter().rev()).unwrap();
    assert_eq!(
        again.unwrap(&place(), record.as_bytes()).unwrap().expose(),
        b"value"
    );
    assert_eq!(again.mac_token(b"token"), ring.mac_token(b"token"));
    assert_eq!((again.current_term(), again.root_id()), (1, ring.root_id()));
}

#[test]
fn another_root_key_or_instance_is_recognised() {
    let open = |root, instance| Keyring::open(root, instance, stored()).err();
    assert_eq!(open(RootKey::generate(), INSTANCE), Some(Error::WrongRoot));
    assert_eq!(open(root(), [9; 16]), Some(Error::WrongRoot));
    assert_eq!(open(root(), INSTANCE), None);
}

#[test]
fn a_missing_key_is_named() {
    let without = |purpose| {
        let keys = stored()
            .into_iter()
            .filter(move |key| key.purpose != purpose);
        Keyring::open(root(), INSTANCE, keys).err()
    };
    assert_eq!(without(Purpose::Kek), Some(Error::NoKek));
    for purpose in Purpose::ALL.into_iter().skip(3) {
        assert_eq!(without(purpose), Some(Error::MissingKey { purpose }));
    }
    // Another term is there, but not the one that wraps the rest.
    let (_, other) = Keyring::create(root(), INSTANCE);
    let keys = stored()
        .into_iter()
        .skip(1)
        .chain(other.into_iter().take(1));
    let error = Keyring::open(root(), INSTANCE, keys).err();
    assert_eq!(error, Some(Error::MissingKek { term: 7 }));
}

#[test]
fn several_terms_and_epochs_are_held_at_once() {
    let (older, mut keys) = Keyring::create(root(), INSTANCE);
    let record = older.wrap(&place(), &Plaintext::from(b"value".to_vec()));
    // Terms 1 and 7. The long-lived keys of the first ring stay under term 1.
    keys.extend(stored().into_iter().take(1));
    let ring = Keyring::open(root(), INSTANCE, keys).unwrap();
    assert_eq!(ring.current_term(), 7);
    assert_eq!(ring.mac_token(b"token"), older.mac_token(b"token"));
    assert_eq!(
        ring.unwrap(&place(), record.as_bytes()).unwrap().expose(),
        b"value"
    );
    assert_eq!(
        ring.unwrap(&place(), &unhex(VALUE)).unwrap().expose(),
        b"plain-text-secret"
    );
}

#[test]
fn records_that_changed_places_are_named() {
    let open = |keys| Keyring::open(root(), INSTANCE, keys).err();
    let mut keys = stored();
    let (token, audit) = (keys[1].record.clone(), keys[2].record.clone());
    (keys[1].record, keys[2].record) = (audit, token);
    assert_eq!(open(keys), Some(unreadable(Purpose::TokenKey, 1)));

    // The same purpose in another epoch; the same key as another term.
    let mut keys = stored();
    keys[1].number = 2;
    assert_eq!(open(keys), Some(unreadable(Purpose::TokenKey, 2)));
    let mut keys = stored();
    keys.push(StoredKey {
        number: 8,
        ..keys[0].clone()
    });
    assert_eq!(open(keys), Some(unreadable(Purpose::Kek, 8)));
}

#[test]
fn what_is_no_key_of_a_ring_is_refused() {
    for (purpose, number) in [
        (Purpose::SecretValue, 1),
        (Purpose::SealingKey, 1),
        (Purpose::RowKey, 0),
        (Purpose::Kek, 0),
    ] {
        let mut keys = stored();
        keys.push(StoredKey {
            purpose,
            number,
            record: unhex(VALUE),
        });
        let error = Keyring::open(root(), INSTANCE, keys).err();
        assert_eq!(error, Some(Error::NotAKey { purpose, number }));
    }
    let mut keys = stored();
    keys.push(keys[3].clone());
    let error = Keyring::open(root(), INSTANCE, keys).err();
    assert_eq!(
        error,
        Some(Error::Duplicate {
            purpose: Purpose::RowKey,
            number: 1
        })
    );
}

#[test]
fn every_damaged_key_stops_the_ring() {
    for (i, key) in stored().into_iter().enumerate() {
        for position in 0..key.record.len() {
            let mut keys = stored();
            keys[i].record[position] ^= 0x80;
            assert!(
                Keyring::open(root(), INSTANCE, keys).is_err(),
                "key {i}, byte {position}"
            );
        }
        let mut keys = stored();
        keys[i].record.clear();
        let (purpose, number, source) = (key.purpose, key.number, record::Error::Format);
        let error = Keyring::open(root(), INSTANCE, keys).err();
        assert_eq!(
            error,
            Some(Error::Unreadable {
                purpose,
                number,
                source
            })
        );
    }
}

fn unreadable(purpose: Purpose, number: u32) -> Error {
    Error::Unreadable {
        purpose,
        number,
        source: record::Error::WrongPlaceOrKey,
    }
}

fn place() -> Place<'static> {
    let (family, kind) = (Family::Actions, OwnerKind::Repository);
    Place::secret_value(family, kind, 1_296_269, 0, [0x42; 16], "GH_TOKEN")
}

fn ring() -> Keyring {
    Keyring::open(root(), INSTANCE, stored()).expect("the fixed ring")
}

fn root() -> RootKey {
    let hex: Vec<_> = (0x80..0xa0).map(|byte| format!("{byte:02x}")).collect();
    RootKey::parse(&hex.concat()).expect("64 digits")
}

fn stored() -> Vec<StoredKey> {
    let keys = [
        (Purpose::Kek, 7, KEK),
        (Purpose::TokenKey, 1, TOKEN),
        (Purpose::AuditKey, 1, AUDIT),
        (Purpose::RowKey, 1, ROW),
        (Purpose::SessionKey, 1, SESSION),
    ];
    keys.map(|(purpose, number, hex)| StoredKey {
        purpose,
        number,
        record: unhex(hex),
    })
    .to_vec()
}

fn unhex(text: &str) -> Vec<u8> {
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    pairs
        .iter()
        .map(byte)
        .collect::<Option<_>>()
        .expect("hexadecimal digits")
}
