//! Texts that the app did not sign, or not so.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
};
use proptest::prelude::*;

use super::super::super::key::fixture::OPENSSL_PKCS1;
use super::*;

fn signed_by(header: &str, signature: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims(&[])));
    let signature = encode(signature(signed.as_bytes()));
    format!("{signed}.{signature}")
}

#[test]
fn the_public_key_is_no_hmac_secret_in_any_form() {
    let keys = [PublicKey::from_pem(OPENSSL_SPKI).expect("a key")];
    let [key] = &keys;
    let pkcs1 = key.as_der()[24..].to_vec();
    for secret in [
        OPENSSL_SPKI.as_bytes().to_vec(),
        OPENSSL_SPKI.trim_end().into(),
        OPENSSL_SPKI.replace('\n', "\r\n").into(),
        OPENSSL_SPKI
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect::<String>()
            .into(),
        OPENSSL_PKCS1.into(),
        OPENSSL_PKCS1.trim_end().into(),
        OPENSSL_PKCS1.replace('\n', "\r\n").into(),
        key.as_der().to_vec(),
        pkcs1,
        key.fingerprint().into(),
        vec![],
    ] {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let tag = |signed: &[u8]| hmac::sign(&secret, signed).as_ref().to_vec();
        let honest = signed_by(r#"{"alg":"HS256","typ":"JWT"}"#, tag);
        let mislabelled = signed_by(HEADER, tag);
        assert_eq!(outcome_by(&honest, &keys), Err(Error::Algorithm));
        assert_eq!(outcome_by(&mislabelled, &keys), Err(Error::Signature));
    }
}

#[test]
fn signatures_of_other_kinds_are_refused_under_any_name() {
    let rsa = |header: &str, encoding: &'static dyn RsaEncoding| {
        signed_by(header, |signed| first().sign_as(encoding, signed))
    };
    let ecdsa = |header: &str| {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        signed_by(header, |signed| {
            let signature = key.sign(&SystemRandom::new(), signed);
            signature.expect("a signature").as_ref().to_vec()
        })
    };
    check([
        (
            "RS512",
            rsa(r#"{"alg":"RS512"}"#, &RSA_PKCS1_SHA512),
            Err(Error::Algorithm),
        ),
        (
            "RS512 as RS256",
            rsa(HEADER, &RSA_PKCS1_SHA512),
            Err(Error::Signature),
        ),
        (
            "PS256",
            rsa(r#"{"alg":"PS256"}"#, &RSA_PSS_SHA256),
            Err(Error::Algorithm),
        ),
        (
            "PS256 as RS256",
            rsa(HEADER, &RSA_PSS_SHA256),
            Err(Error::Signature),
        ),
        ("ES256", ecdsa(r#"{"alg":"ES256"}"#), Err(Error::Algorithm)),
        ("ES256 as RS256", ecdsa(HEADER), Err(Error::Signature)),
        (
            "none",
            signed_by(r#"{"alg":"none"}"#, |_| vec![]),
            Err(Error::Algorithm),
        ),
    ]);
}

#[test]
fn what_is_not_signed_as_it_stands_is_refused() {
    let good = good();
    let (signed, _) = good.rsplit_once('.').expect("parts");
    let signature = first().sign(signed.as_bytes());
    let signed_with = |signature: &[u8]| format!("{signed}.{}", encode(signature));
    let replaced = |header: &str, claims: &str| {
        format!(
            "{}.{}.{}",
            encode(header),
            encode(claims),
            encode(&signature)
        )
    };
    let jwk = r#"{"alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}}"#;
    refuse(
        Error::Signature,
        UNDECODABLE,
        [
            ("no signature", signed_with(&[])),
            ("one byte", signed_with(&[0])),
            ("zeros", signed_with(&[0; 256])),
            (
                "the number one",
                signed_with(&[vec![0; 255], vec![1]].concat()),
            ),
            ("ones", signed_with(&[0xff; 256])),
            ("cut", signed_with(&signature[..255])),
            ("a byte more", signed_with(&[&signature[..], &[0]].concat())),
            (
                "a zero before",
                signed_with(&[&[0], &signature[..]].concat()),
            ),
            (
                "backwards",
                signed_with(&signature.iter().copied().rev().collect::<Vec<_>>()),
            ),
            ("other claims", replaced(HEADER, &claims(&[("iss", "43")]))),
            (
                "a space more",
                replaced(HEADER, &format!("{} ", claims(&[]))),
            ),
            (
                "another header",
                replaced(r#"{"typ":"JWT","alg":"RS256"}"#, &claims(&[])),
            ),
            (
                "another's key",
                signed_by(HEADER, |signed| second().sign(signed)),
            ),
            (
                "another's key inside",
                signed_by(jwk, |signed| second().sign(signed)),
            ),
            (
                "another's key by address",
                signed_by(
                    r#"{"alg":"RS256","jku":"https://evil.example/keys"}"#,
                    |signed| second().sign(signed),
                ),
            ),
            (
                "a signature of the claims",
                signed_with(&first().sign(claims(&[]).as_bytes())),
            ),
            ("1024 bits", SHORT_JWT.to_owned()),
        ],
    );
}

#[test]
fn any_key_of_the_app_will_do_and_a_removed_one_will_not() {
    let (one, two) = (first().public.clone(), second().public.clone());
    let text = good();
    let [both, reversed] = [[one.clone(), two.clone()], [two.clone(), one.clone()]];
    for (keys, expected) in [
        (&[one][..], Ok(())),
        (&both, Ok(())),
        (&reversed, Ok(())),
        (&[two], Err(Error::Signature)),
        (&[], Err(Error::Signature)),
    ] {
        assert_eq!(outcome_by(&text, keys), expected, "{keys:?}");
    }
}

#[test]
fn a_jwt_may_be_used_again() {
    let text = good();
    assert_eq!(outcome(&text), Ok(()));
    assert_eq!(outcome(&text), Ok(()));
}

proptest! {
    #[test]
    fn no_altered_text_is_accepted(at in any::<prop::sample::Index>(), byte in 0_u8..0x80) {
        let mut text = OPENSSL_JWT.as_bytes().to_vec();
        let at = at.index(text.len());
        prop_assume!(text[at] != byte);
        text[at] = byte;
        let text = String::from_utf8(text).expect("ASCII");
        let keys = [PublicKey::from_pem(OPENSSL_SPKI).expect("a key")];
        prop_assert!(outcome_by(&text, &keys).is_err());
    }

    #[test]
    fn no_text_is_too_much(text in "[A-Za-z0-9_.=-]{0,200}|\\PC{0,50}") {
        prop_assert!(outcome(&text).is_err());
    }

    #[test]
    fn no_json_is_too_much(header in "\\PC{0,60}", json in "[-+0-9.eE\"\\[\\]{}:,a-z \\\\]{0,60}") {
        let short = |header: &str, claims: &str| {
            format!("{}.{}.AAAA", encode(header), encode(claims))
        };
        let refused = outcome(&short(&header, "{}"));
        prop_assert!(refused.is_err());
        let claims = format!("{{\"iss\":1,\"exp\":{json}}}");
        prop_assert!(outcome(&short(HEADER, &claims)).is_err());
    }
}
