//! Signatures, and what they cover.

use super::super::rules::{self, Error as Rule, LABEL};
use super::super::signature::{Error, NotAKey, PublicKey, Signature};
use super::{COVERED, NOW_S, PUSH, SEED, Wire, key};

const OTHER_SEED: [u8; 32] = [7; 32];

/// What the rules say of a request.
fn said(wire: &Wire) -> Result<(), Rule> {
    rules::verify(&wire.parts(), &key(), NOW_S).map(drop)
}

fn good() -> Wire {
    Wire::signed(PUSH, NOW_S)
}

fn dated() -> String {
    format!(";created={NOW_S}")
}

#[test]
fn the_ed25519_example_of_rfc_9421_verifies() {
    // Appendix B.2.6, with the key of B.1.4.
    let key = PublicKey::from_pem(
        b"-----BEGIN PUBLIC KEY-----\n\
          MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n\
          -----END PUBLIC KEY-----\n",
    )
    .expect("a key");
    let input = r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#;
    let signature = "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:";
    let request = |length: &str| {
        let builder = http::Request::post("/foo?param=Value&Pet=dog")
            .header("host", "example.com")
            .header("date", "Tue, 20 Apr 2021 02:07:55 GMT")
            .header("content-type", "application/json")
            .header("content-length", length)
            .header("signature-input", input)
            .header("signature", signature);
        builder.body(()).expect("a request").into_parts().0
    };
    let parts = request("18");
    let read = Signature::read(&parts.headers, "sig-b26").expect("a signature");
    assert_eq!(
        (read.created(), read.expires()),
        (Some(1_618_884_473), None)
    );
    assert_eq!(read.verify(&parts, &key), Ok(()));
    assert_eq!(read.verify(&request("19"), &key), Err(Error::Invalid));
    assert_eq!(read.verify(&parts, &super::key()), Err(Error::Invalid));
}

#[test]
fn what_woodpecker_signs_is_accepted() {
    assert_eq!(said(&good()), Ok(()));
}

#[test]
fn other_ways_to_cover_target_and_body_are_accepted() {
    let sign = |covered: &[&str], parameters: &str| {
        Wire::new(PUSH).sign(LABEL, covered, parameters, &SEED)
    };
    let parts = sign(&["@method", "@path", "content-digest"], &dated());
    assert_eq!(said(&parts), Ok(()));
    let more = [
        "@authority",
        "content-type",
        "content-digest",
        "@request-target",
    ];
    assert_eq!(said(&sign(&more, &dated())), Ok(()));
    let expires = format!(
        ";created={NOW_S};expires={};keyid=\"x\";nonce=\"y\"",
        NOW_S + 1
    );
    assert_eq!(said(&sign(COVERED, &expires)), Ok(()));
    let mut query = Wire::new(PUSH);
    query.target.push_str("?a=b");
    let covered = ["@method", "@path", "@query", "content-digest"];
    assert_eq!(said(&query.sign(LABEL, &covered, &dated(), &SEED)), Ok(()));
}

#[test]
fn whatever_was_altered_is_noticed() {
    let altered = |change: fn(&mut Wire)| {
        let covered = [
            "@method",
            "@request-target",
            "@authority",
            "content-type",
            "content-digest",
        ];
        let mut wire = Wire::new(PUSH).sign(LABEL, &covered, &dated(), &SEED);
        assert_eq!(said(&wire), Ok(()));
        change(&mut wire);
        said(&wire)
    };
    let changes: [fn(&mut Wire); 9] = [
        |wire| wire.method = "PUT",
        |wire| wire.target.push('/'),
        |wire| wire.target.push('?'),
        |wire| wire.target.push_str("?x=1"),
        |wire| *wire = wire.clone().with("host", "adapter", "other"),
        |wire| *wire = wire.clone().with("content-type", "json", "xml"),
        |wire| *wire = wire.clone().with("content-digest", "sha-256", "sha-512"),
        |wire| wire.add("content-digest", "md5=:AAAA:".to_owned()),
        |wire| {
            *wire = wire
                .clone()
                .with("signature-input", "created=1795", "created=1796");
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let error = if number == 8 {
            Rule::Future
        } else {
            Error::Invalid.into()
        };
        assert_eq!(altered(change), Err(error), "change {number}");
    }
}

#[test]
fn every_bit_of_a_signature_counts() {
    let good = good();
    let read = Signature::read(&good.parts().headers, LABEL).expect("a signature");
    for bit in 0..512 {
        let mut bytes = *read.bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let forged = <base64ct::Base64 as base64ct::Encoding>::encode_string(&bytes);
        let mut wire = good.clone().without("signature");
        wire.add("signature", format!("{LABEL}=:{forged}:"));
        assert_eq!(said(&wire), Err(Error::Invalid.into()), "bit {bit}");
    }
}

#[test]
fn the_parameters_and_the_order_of_the_list_are_signed() {
    for (from, to) in [
        (r#";alg="ed25519""#, ""),
        (";alg", ";keyid=\"x\";alg"),
        (
            r#""@request-target" "content-digest""#,
            r#""content-digest" "@request-target""#,
        ),
        (r#""content-digest""#, r#""content-digest" "host""#),
        ("created=1795000000", "created=1795000001"),
    ] {
        let wire = good().with("signature-input", from, to);
        assert_eq!(said(&wire), Err(Error::Invalid.into()), "{from} to {to}");
    }
}

#[test]
fn spaces_that_mean_nothing_change_nothing() {
    let wire =
        good()
            .with("signature-input", "(\"", "(  \"")
            .with("signature-input", ";alg", "; alg");
    assert_eq!(said(&wire), Ok(()));
}

#[test]
fn another_key_is_refused() {
    let parameters = format!(r#"{};alg="ed25519";keyid="woodpecker""#, dated());
    let wire = Wire::new(PUSH).sign(LABEL, COVERED, &parameters, &OTHER_SEED);
    assert_eq!(said(&wire), Err(Error::Invalid.into()));
}

#[test]
fn unsigned_requests_are_refused() {
    assert_eq!(said(&Wire::new(PUSH)), Err(Error::Missing.into()));
    assert_eq!(
        said(&good().without("signature")),
        Err(Error::Missing.into())
    );
    assert_eq!(
        said(&good().without("signature-input")),
        Err(Error::Missing.into())
    );
    let other_label = Wire::new(PUSH).sign("sig1", COVERED, &dated(), &SEED);
    assert_eq!(said(&other_label), Err(Error::Missing.into()));
}

#[test]
fn too_little_covered_is_refused_though_signed() {
    for covered in [
        &[][..],
        &["content-digest"],
        &["@request-target"],
        &["@method", "content-digest"],
        &["@path", "content-digest"],
        &["@authority", "content-type", "content-digest"],
    ] {
        let wire = Wire::new(PUSH).sign(LABEL, covered, &dated(), &SEED);
        assert_eq!(said(&wire), Err(Rule::NotCovered), "{covered:?}");
    }
    let mut query = Wire::new(PUSH);
    query.target.push_str("?a=b");
    let covered = ["@method", "@path", "content-digest"];
    assert_eq!(
        said(&query.sign(LABEL, &covered, &dated(), &SEED)),
        Err(Rule::NotCovered)
    );
}

#[test]
fn what_is_covered_must_be_there_and_understood() {
    assert_eq!(
        said(&good().without("content-digest")),
        Err(Error::Component.into())
    );
    for covered in [
        "\"x-missing\"",
        "\"@status\"",
        "\"@signature-params\"",
        "\"@query-param\";name=\"a\"",
        "\"content-type\";sf",
        "\"content-digest\";key=\"sha-256\"",
        "\"@method\";req",
        "\"Content-Type\"",
    ] {
        let to = format!("\"content-digest\" {covered})");
        let wire = good().with("signature-input", "\"content-digest\")", &to);
        assert_eq!(said(&wire), Err(Error::Component.into()), "{covered}");
    }
    let twice = good().with("signature-input", "(", "(\"content-digest\" ");
    assert_eq!(said(&twice), Err(Error::Malformed.into()));
}

#[test]
fn two_signatures_are_one_of_woodpeckers_and_one_of_somebody_else() {
    let both = |ours: &[u8; 32], theirs: &[u8; 32]| {
        let wire = Wire::new(PUSH).sign("proxy", COVERED, &dated(), theirs);
        said(&wire.sign(LABEL, COVERED, &dated(), ours))
    };
    assert_eq!(both(&SEED, &OTHER_SEED), Ok(()));
    assert_eq!(both(&OTHER_SEED, &SEED), Err(Error::Invalid.into()));
    // Of two under one label, the last one counts (RFC 9651 section 4.2.2), in both fields.
    let twice = |first: &[u8; 32], last: &[u8; 32]| {
        let wire = Wire::new(PUSH).sign(LABEL, &["content-type"], &dated(), first);
        said(&wire.sign(LABEL, COVERED, &dated(), last))
    };
    assert_eq!(twice(&OTHER_SEED, &SEED), Ok(()));
    assert_eq!(twice(&SEED, &OTHER_SEED), Err(Error::Invalid.into()));
}

#[test]
fn malformed_fields_are_refused() {
    for (field, from, to) in [
        ("signature", "=:", "=\""),
        ("signature", "=:", "=:AAAA"),
        (
            "signature",
            "woodpecker-ci-extensions=:",
            "woodpecker-ci-extensions=(:",
        ),
        ("signature-input", "(", ""),
        ("signature-input", "\"@request-target\"", "request-target"),
        ("signature-input", "\"@request-target\"", "17"),
        (
            "signature-input",
            "created=1795000000",
            "created=\"1795000000\"",
        ),
        (
            "signature-input",
            "created=1795000000",
            "created=1795000000.5",
        ),
        ("signature-input", "created=1795000000", "created"),
        ("signature-input", ";alg", ";expires=@1795000009;alg"),
    ] {
        let wire = good().with(field, from, to);
        assert_eq!(
            said(&wire),
            Err(Error::Malformed.into()),
            "{field}: {from} to {to}"
        );
    }
    for to in [
        "alg=\"rsa-v1_5-sha256\"",
        "alg=\"hmac-sha256\"",
        "alg=\"none\"",
        "alg=ed25519",
        "alg",
    ] {
        let wire = good().with("signature-input", "alg=\"ed25519\"", to);
        assert_eq!(said(&wire), Err(Error::Algorithm.into()), "{to}");
    }
}

#[test]
fn only_an_ed25519_public_key_is_a_key() {
    let rsa_or_worse: [&[u8]; 5] = [
        b"",
        b"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        // X25519, a byte of the algorithm apart.
        b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n",
    ];
    for text in rsa_or_worse {
        assert_eq!(PublicKey::from_pem(text), Err(NotAKey));
    }
}
