use super::fixture::{
    ED25519_SPKI, EXPONENT_3_SPKI, OPENSSL_FINGERPRINT, OPENSSL_PKCS1, OPENSSL_SPKI, P256_SPKI,
    PSS_SPKI, SHORT_SPKI, first, second,
};
use super::*;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

/// One element of DER, with the shortest length.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("a short content");
    let [high, low] = length.to_be_bytes();
    let head = match length {
        ..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        0x100.. => vec![tag, 0x82, high, low],
    };
    [head, content.to_vec()].concat()
}

fn pkcs1(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let numbers = [element(INTEGER, modulus), element(INTEGER, exponent)];
    element(SEQUENCE, &numbers.concat())
}

fn spki_with(algorithm: &[u8], pkcs1: &[u8]) -> Vec<u8> {
    let bits = element(0x03, &[&[0], pkcs1].concat());
    element(SEQUENCE, &[algorithm, &bits].concat())
}

fn spki(pkcs1: &[u8]) -> Vec<u8> {
    spki_with(RSA, pkcs1)
}

/// An odd number of so many bits, as the content of an INTEGER.
fn modulus(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0xa5; bits.div_ceil(8)];
    match bits % 8 {
        0 => bytes.insert(0, 0),
        some => bytes[0] = 1 << (some - 1),
    }
    bytes
}

fn pem(label: &str, der: &[u8]) -> String {
    let base64 = Base64::encode_string(der);
    format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")
}

fn refusal(text: &str) -> Option<Error> {
    PublicKey::from_pem(text).err()
}

#[test]
fn a_new_key_signs_and_only_its_public_half_verifies() {
    let signature = first().sign(b"text");
    assert!(first().public.has_signed(b"text", &signature));
    assert!(!first().public.has_signed(b"texts", &signature));
    assert!(!second().public.has_signed(b"text", &signature));
    assert_eq!(first().public.as_der().len(), 294);
}

#[test]
fn a_private_key_is_written_as_github_writes_it() {
    let text = first().private.reveal();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "-----BEGIN RSA PRIVATE KEY-----");
    assert_eq!(lines[lines.len() - 1], "-----END RSA PRIVATE KEY-----");
    assert!(text.ends_with("-----\n"));
    let (last, body) = lines[1..lines.len() - 1].split_last().expect("lines");
    assert!(body.iter().all(|line| line.len() == 64));
    assert!((1..=64).contains(&last.len()));
    assert_eq!(refusal(text), Some(Error::PrivateKey));
}

#[test]
fn a_private_key_fits_where_it_was_given_room() {
    for length in [0, 1, 47, 48, 49, 96, 1_192] {
        let text = pem::write_private(&vec![0xff; length]);
        let lines = length.div_ceil(48);
        assert!(text.len() <= 32 + lines * 65 + 30, "{length}");
        assert_eq!(text.lines().count(), lines + 2, "{length}");
        assert!(text.capacity() <= 32 + lines * 65 + 30, "{length}: it grew");
    }
}

#[test]
fn what_is_kept_is_the_same_key_again() {
    let key = &first().public;
    let kept = PublicKey::from_der(key.as_der()).expect("as it was kept");
    assert_eq!(kept.as_der(), key.as_der());
    assert_eq!(kept.fingerprint(), key.fingerprint());
    assert_ne!(second().public.fingerprint(), key.fingerprint());
}

#[test]
fn both_forms_of_a_public_key_are_the_same_key_with_githubs_fingerprint() {
    for text in [OPENSSL_SPKI, OPENSSL_PKCS1] {
        let key = PublicKey::from_pem(text).expect("a public key");
        assert_eq!(key.fingerprint(), OPENSSL_FINGERPRINT);
        assert_eq!(
            format!("{key:?}"),
            format!("PublicKey({OPENSSL_FINGERPRINT})")
        );
        assert_eq!(
            pem("PUBLIC KEY", key.as_der()).replace('\n', ""),
            OPENSSL_SPKI.replace('\n', "")
        );
        for same in [
            text.replace('\n', "\r\n"),
            text.trim_end().to_owned(),
            format!("\n  {}\n\n", text.replace('\n', "\n  ")),
        ] {
            let same = PublicKey::from_pem(&same).expect("the same key");
            assert_eq!(same.as_der(), key.as_der());
        }
    }
}

#[test]
fn a_private_key_is_refused_by_name_wherever_it_stands() {
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ] {
        let private = pem(label, b"key");
        for text in [
            private.clone(),
            format!("{OPENSSL_SPKI}{private}"),
            format!("{private}{OPENSSL_SPKI}"),
            format!("Bag Attributes\n{private}"),
            private.lines().next().expect("a line").to_owned(),
        ] {
            assert_eq!(refusal(&text), Some(Error::PrivateKey), "{label}");
        }
    }
}

#[test]
fn what_is_not_one_pem_block_is_refused() {
    let key = OPENSSL_SPKI;
    for text in [
        String::new(),
        "-----BEGIN PUBLIC KEY-----".to_owned(),
        "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----".to_owned(),
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ".to_owned(),
        key.replace("-----BEGIN", "----BEGIN"),
        key.replace("END PUBLIC", "END RSA PUBLIC"),
        key.replace("-----END PUBLIC KEY-----", ""),
        key.replace('+', "-"),
        key.replace("AQAB", "AQ=B"),
        key.replace("AQAB", "AQ B"),
        key.replace("AQAB", "AQAB===="),
        key.replace(
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nA: b\n",
        ),
        format!("{key}{key}"),
        format!("a key:\n{key}"),
    ] {
        assert_eq!(refusal(&text), Some(Error::NotPem), "{text}");
    }
}

#[test]
fn keys_for_other_algorithms_and_other_things_are_refused() {
    for text in [
        P256_SPKI,
        ED25519_SPKI,
        PSS_SPKI,
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        &OPENSSL_SPKI.replace("PUBLIC KEY", "CERTIFICATE"),
        &OPENSSL_SPKI.replace("PUBLIC KEY", "EC PUBLIC KEY"),
        &OPENSSL_SPKI.replace("PUBLIC KEY", "public key"),
        &OPENSSL_SPKI.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        &OPENSSL_PKCS1.replace("RSA PUBLIC KEY", "PUBLIC KEY"),
    ] {
        assert_eq!(refusal(text), Some(Error::NotRsaPublicKey), "{text}");
    }
}

#[test]
fn a_modulus_has_2048_to_8192_bits() {
    assert_eq!(refusal(SHORT_SPKI), Some(Error::Size));
    for (bits, expected) in [
        (512, Some(Error::Size)),
        (2_047, Some(Error::Size)),
        (2_048, None),
        (2_049, None),
        (8_192, None),
        (8_193, Some(Error::Size)),
        (16_384, Some(Error::Size)),
        (80_000, Some(Error::Size)),
    ] {
        let pkcs1 = pkcs1(&modulus(bits), &EXPONENT);
        assert_eq!(refusal(&pem("RSA PUBLIC KEY", &pkcs1)), expected, "{bits}");
        assert_eq!(PublicKey::from_der(&spki(&pkcs1)).err(), expected, "{bits}");
    }
    let longest = PublicKey::from_der(&spki(&pkcs1(&modulus(8_192), &EXPONENT)));
    assert_eq!(longest.expect("a key").as_der().len(), 1_062);
}

#[test]
fn an_exponent_is_65537() {
    assert_eq!(refusal(EXPONENT_3_SPKI), Some(Error::Exponent));
    for exponent in [
        &[1][..],
        &[3],
        &[17],
        &[1, 0, 0],
        &[1, 0, 3],
        &[1, 0, 0, 0, 1],
        &[2, 3, 1, 0, 1],
        &[1; 256],
    ] {
        let key = pkcs1(&modulus(2_048), exponent);
        let refused = PublicKey::from_der(&spki(&key)).err();
        assert_eq!(refused, Some(Error::Exponent), "{exponent:?}");
    }
}

#[test]
fn what_is_not_der_in_its_one_form_is_refused() {
    let modulus = modulus(2_048);
    let good = pkcs1(&modulus, &EXPONENT);
    let algorithm_without_null = &element(SEQUENCE, &RSA[2..13]);
    let mut even = modulus.clone();
    even[256] = 0xa4;
    let long_length = [&[SEQUENCE, 0x83, 0][..], &good[2..]].concat();
    for (what, der) in [
        ("nothing", vec![]),
        ("PKCS#1", good.clone()),
        ("a byte more", [spki(&good), vec![0]].concat()),
        ("a byte more inside", spki(&[&good[..], &[0]].concat())),
        ("no NULL", spki_with(algorithm_without_null, &good)),
        ("no algorithm", spki_with(&[], &good)),
        ("a length of three bytes", spki(&long_length)),
        (
            "a length of a byte too many",
            spki_with(&[&[SEQUENCE, 0x81], &RSA[1..]].concat(), &good),
        ),
        (
            "a length of two bytes too many",
            spki_with(&[&[SEQUENCE, 0x82, 0], &RSA[1..]].concat(), &good),
        ),
        ("a negative modulus", spki(&pkcs1(&modulus[1..], &EXPONENT))),
        ("an even modulus", spki(&pkcs1(&even, &EXPONENT))),
        ("a modulus of nothing", spki(&pkcs1(&[], &EXPONENT))),
        ("a modulus of zero", spki(&pkcs1(&[0], &EXPONENT))),
        (
            "two zeros first",
            spki(&pkcs1(&[&[0], &modulus[..]].concat(), &EXPONENT)),
        ),
        (
            "a zero before the exponent",
            spki(&pkcs1(&modulus, &[0, 1, 0, 1])),
        ),
        ("a negative exponent", spki(&pkcs1(&modulus, &[0x81, 0, 1]))),
        ("unused bits", {
            let bits = element(0x03, &[&[1], &good[..]].concat());
            element(SEQUENCE, &[RSA, &bits].concat())
        }),
    ] {
        let refused = PublicKey::from_der(&der).err();
        assert_eq!(refused, Some(Error::NotRsaPublicKey), "{what}");
    }
}

#[test]
fn a_cut_or_damaged_key_is_refused_or_another_key() {
    let der = first().public.as_der();
    for end in 0..der.len() {
        assert!(PublicKey::from_der(&der[..end]).is_err(), "{end}");
    }
    for bit in 0..der.len() * 8 {
        let mut damaged = der.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = PublicKey::from_der(&damaged) {
            assert_eq!(other.as_der(), damaged, "{bit}");
        }
    }
}
