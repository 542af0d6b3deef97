//! Sealed boxes against other implementations, and against forgers.

use dryoc::classic::crypto_core::{
    crypto_core_hsalsa20, crypto_scalarmult, crypto_scalarmult_base,
};
use dryoc::classic::crypto_generichash::crypto_generichash;
use dryoc::classic::crypto_secretbox::{crypto_secretbox_detached, crypto_secretbox_open_detached};
use proptest::prelude::*;
use sealyard_vault::sealing::{Error, OVERHEAD};
use sealyard_vault::{Plaintext, PublicKey, SealedBox, SealingKeyPair};

const BOXES: &str = include_str!("vectors.txt");

/// SHA-256 of the box that libsodium makes of 49,152 bytes with the ephemeral
/// private key 65 66 … 84 (hex).
const LARGE_BOX: &str = "59553e4d9f7e5950b96ad2929cc3b83753f27baec1b80fa00cfed13ad1403413";

/// The encodings below 2^255 of points of order 1, 2, 4 and 8: 0, 1, two of
/// order 8, p-1, p and p+1. The top bit is ignored, so there are as many again.
const LOW_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn boxes_of_other_implementations_open() {
    let mut seen = Vec::new();
    for line in BOXES.lines().filter(|line| !line.starts_with('#')) {
        let [maker, len, hex] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let len = len.parse().unwrap();
        let sealed = SealedBox::try_from(unhex(hex)).unwrap();
        assert_eq!(sealed.plaintext_len(), len, "{maker}");
        assert_eq!(
            open(&sealed).as_deref(),
            Ok(&value(len)[..]),
            "{maker} {len}"
        );
        seen.push((maker, len));
    }
    assert_eq!(seen.len(), 12);
}

#[test]
fn the_largest_value_is_sealed_as_libsodium_seals_it_and_opens() {
    let ephemeral = std::array::from_fn(|i| u8::try_from(101 + i).unwrap());
    let shared = box_key(&ephemeral, pair().public().as_bytes());
    let sealed = seal_with(&public_of(&ephemeral), &shared, &value(49_152));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &sealed);
    assert_eq!(digest.as_ref(), unhex(LARGE_BOX));
    assert_eq!(open(&sealed.try_into().unwrap()), Ok(value(49_152)));
}

#[test]
fn our_boxes_open_for_us_and_for_another_implementation() {
    for len in [0, 1, 63, 64, 65, 1_024, 49_152] {
        let sealed = pair().public().seal(&value(len));
        assert_eq!(sealed.len(), 48 + len);
        assert_eq!(naive_open(&sealed), Some(value(len)), "{len}");
        assert_eq!(open(&sealed.try_into().unwrap()), Ok(value(len)), "{len}");
    }
}

#[test]
fn a_box_with_a_low_order_ephemeral_key_is_refused_however_well_it_is_forged() {
    for ephemeral in low_order() {
        // Anybody can make this box: the shared secret is zero for every key pair.
        let mut key = [0; 32];
        crypto_core_hsalsa20(&mut key, &[0; 16], &[0; 32], None);
        let forged = seal_with(&ephemeral, &key, b"forged");
        assert_eq!(
            naive_open(&forged).as_deref(),
            Some(&b"forged"[..]),
            "the control"
        );
        assert_eq!(open(&forged.try_into().unwrap()), Err(Error::DoesNotOpen));
        // And the box that would open if a refusal were a key of zeroes.
        let forged = seal_with(&ephemeral, &[0; 32], b"forged");
        assert_eq!(open(&forged.try_into().unwrap()), Err(Error::DoesNotOpen));
    }
}

#[test]
fn nothing_is_sealed_to_a_key_of_low_order() {
    for key in low_order() {
        assert_eq!(PublicKey::from_bytes(key), Err(Error::LowOrder));
    }
    // Not of low order, although close by: the base point, 2, p+2 and p-2.
    for (first, middle, last) in [(9, 0, 0), (2, 0, 0), (0xef, 0xff, 0x7f), (0xeb, 0xff, 0x7f)] {
        let mut key = [middle; 32];
        (key[0], key[31]) = (first, last);
        let key = PublicKey::from_bytes(key).unwrap();
        assert_eq!(key.seal(b"value").len(), 53);
    }
}

#[test]
fn every_single_bit_of_a_box_matters() {
    let sealed = pair().public().seal(&value(16));
    for bit in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            open(&altered.try_into().unwrap()),
            Err(Error::DoesNotOpen),
            "bit {bit}"
        );
    }
}

#[test]
fn a_box_cut_or_extended_anywhere_is_refused() {
    let sealed = pair().public().seal(&value(16));
    for len in 0..sealed.len() {
        let cut = SealedBox::try_from(sealed[..len].to_vec()).and_then(|sealed| open(&sealed));
        let expected = if len < 48 {
            Error::TooShort
        } else {
            Error::DoesNotOpen
        };
        assert_eq!(cut, Err(expected), "{len} bytes");
    }
    let longer = [&sealed[..], &[0]].concat();
    assert_eq!(open(&longer.try_into().unwrap()), Err(Error::DoesNotOpen));
}

#[test]
fn a_box_for_another_key_is_refused() {
    let sealed = SealingKeyPair::generate().public().seal(b"value");
    assert_eq!(open(&sealed.try_into().unwrap()), Err(Error::DoesNotOpen));
}

#[test]
fn only_strict_base64_is_a_box() {
    let good = format!("{}==", "A".repeat(66)); // 49 bytes
    assert_eq!(SealedBox::from_base64(&good).unwrap().plaintext_len(), 1);
    let a = |n| "A".repeat(n);
    let bad = [
        a(66),                   // no padding
        format!("{}=", a(66)),   // half the padding
        format!("{}===", a(66)), // too much
        format!("{}B==", a(65)), // bits beyond the last byte
        format!("{}\n==", a(65)),
        format!("{}==\n", a(66)),
        format!(" {}==", a(66)),
        format!("-_{}==", a(64)), // the URL alphabet
        format!("é{}==", a(64)),
    ];
    for text in bad {
        assert_eq!(
            SealedBox::from_base64(&text),
            Err(Error::NotBase64),
            "{text:?}"
        );
    }
    for text in [
        String::new(),
        a(4),
        "c2VjcmV0".to_owned(),
        format!("{}=", a(63)),
    ] {
        assert_eq!(
            SealedBox::from_base64(&text),
            Err(Error::TooShort),
            "{text:?}"
        );
    }
    assert_eq!(SealedBox::from_base64(&a(64)).unwrap().plaintext_len(), 0);
}

#[test]
fn a_public_key_is_44_characters_there_and_back() {
    let key = *pair().public();
    let text = key.to_base64();
    assert_eq!(text, "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw=");
    assert_eq!(PublicKey::from_base64(&text), Ok(key));
    assert_eq!(PublicKey::from_base64(&text[..40]), Err(Error::WrongLength));
    assert_eq!(PublicKey::from_base64(&text[..43]), Err(Error::NotBase64));
}

#[test]
fn a_private_key_survives_being_wrapped() {
    let pair = SealingKeyPair::generate();
    let public = *pair.public();
    let again = SealingKeyPair::from_private(pair.into_private()).unwrap();
    assert_eq!(*again.public(), public);
    for len in [0, 31, 33] {
        let wrong = SealingKeyPair::from_private(Plaintext::from(vec![1; len]));
        assert_eq!(wrong.err(), Some(Error::WrongLength), "{len}");
    }
}

#[test]
fn a_box_is_printed_by_its_length_alone() {
    let sealed = SealedBox::try_from(vec![7; 50]).unwrap();
    assert_eq!(format!("{sealed:?}"), "SealedBox(50 bytes)");
}

proptest! {
    #[test]
    fn any_text_and_any_bytes_are_taken_without_a_panic(
        text: String, bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        drop(SealedBox::from_base64(&text));
        let _ = PublicKey::from_base64(&text);
        if let Ok(sealed) = SealedBox::try_from(bytes) {
            prop_assert_eq!(open(&sealed), Err(Error::DoesNotOpen));
        }
    }

    #[test]
    fn whatever_is_sealed_opens(value in proptest::collection::vec(any::<u8>(), 0..300)) {
        let sealed = pair().public().seal(&value);
        prop_assert_eq!(open(&sealed.try_into().expect("long enough")), Ok(value));
    }

    #[test]
    fn what_is_sealed_in_place_opens_whether_there_was_room_or_not(
        value in proptest::collection::vec(any::<u8>(), 0..300), room in 0..100_usize,
    ) {
        let mut buffer = Vec::with_capacity(value.len() + room);
        buffer.extend_from_slice(&value);
        let (address, has_room) = (buffer.as_ptr(), buffer.capacity() >= value.len() + OVERHEAD);
        let sealed = pair().public().seal_in_place(buffer.into());
        prop_assert_eq!(sealed.len(), value.len() + OVERHEAD);
        prop_assert!(!has_room || sealed.as_ptr() == address);
        prop_assert_eq!(naive_open(&sealed), Some(value.clone()));
        prop_assert_eq!(open(&sealed.try_into().expect("long enough")), Ok(value));
    }
}

fn pair() -> SealingKeyPair {
    let private = (1..=32).collect::<Vec<u8>>();
    SealingKeyPair::from_private(Plaintext::from(private)).expect("32 bytes")
}

fn value(len: usize) -> Vec<u8> {
    (0..len)
        .map(|i| i.wrapping_mul(7).wrapping_add(3).to_le_bytes()[0])
        .collect()
}

fn open(sealed: &SealedBox) -> Result<Vec<u8>, Error> {
    pair().open(sealed).map(|value| value.expose().to_vec())
}

fn low_order() -> impl Iterator<Item = [u8; 32]> {
    LOW_ORDER.into_iter().flat_map(|hex| {
        let key: [u8; 32] = unhex(hex).try_into().expect("32 bytes");
        let mut high = key;
        high[31] |= 0x80;
        [key, high]
    })
}

/// An opener as one might write it: right for every honest box, and it does not
/// look at the shared secret.
fn naive_open(sealed: &[u8]) -> Option<Vec<u8>> {
    let (ephemeral, rest) = sealed.split_first_chunk::<32>()?;
    let (tag, ciphertext) = rest.split_first_chunk::<16>()?;
    let private = std::array::from_fn(|i| u8::try_from(i + 1).expect("small"));
    let key = box_key(&private, ephemeral);
    let mut value = vec![0; ciphertext.len()];
    let nonce = nonce(ephemeral);
    crypto_secretbox_open_detached(&mut value, ciphertext, tag, &nonce, &key).ok()?;
    Some(value)
}

/// A box for [`pair`] with a chosen ephemeral key and box key.
fn seal_with(ephemeral: &[u8; 32], key: &[u8; 32], value: &[u8]) -> Vec<u8> {
    let (mut ciphertext, mut tag) = (vec![0; value.len()], [0; 16]);
    crypto_secretbox_detached(&mut ciphertext, &mut tag, value, &nonce(ephemeral), key)
        .expect("equal lengths");
    [&ephemeral[..], &tag, &ciphertext].concat()
}

fn box_key(private: &[u8; 32], public: &[u8; 32]) -> [u8; 32] {
    let (mut shared, mut key) = ([0; 32], [0; 32]);
    // The refusal of low-order keys is ignored on purpose; the secret is then zero.
    drop(crypto_scalarmult(&mut shared, private, public));
    crypto_core_hsalsa20(&mut key, &[0; 16], &shared, None);
    key
}

fn nonce(ephemeral: &[u8; 32]) -> [u8; 24] {
    let mut nonce = [0; 24];
    let both = [*ephemeral, *pair().public().as_bytes()].concat();
    crypto_generichash(&mut nonce, &both, None).expect("24 bytes");
    nonce
}

fn public_of(private: &[u8; 32]) -> [u8; 32] {
    let mut public = [0; 32];
    crypto_scalarmult_base(&mut public, private);
    public
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
