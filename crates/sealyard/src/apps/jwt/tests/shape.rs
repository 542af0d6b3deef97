//! The parts, their encoding, their JSON, and the header.

use super::*;

#[test]
fn what_githubs_own_examples_and_clients_send_is_accepted() {
    accept([
        ("as GitHub's Ruby example", good()),
        ("no typ", with_header(r#"{"alg":"RS256"}"#)),
        ("typ first", with_header(r#"{"typ":"JWT","alg":"RS256"}"#)),
        (
            "white space",
            sign(
                " {\n\"alg\" :\t\"RS256\" } ",
                format!("\n{}\r\n", claims(&[])),
            ),
        ),
        ("escapes in a value", with_header(r#"{"alg":"\u0052S256"}"#)),
        (
            "escapes in a name",
            with_claims(&[("iss", ""), (r"\u0069ss", "42")]),
        ),
        (
            "a name of another case",
            with_claims(&[("ISS", "[]"), ("Exp", "0")]),
        ),
        ("jti", with_claims(&[("jti", "\"x\"")])),
        (
            "aud and sub",
            with_claims(&[("aud", "[\"a\",\"b\"]"), ("sub", "null")]),
        ),
        ("a claim of 15 levels", nested(15)),
        (
            "kid",
            with_header(r#"{"alg":"RS256","kid":"../../dev/null"}"#),
        ),
        (
            "jku and x5u",
            with_header(r#"{"alg":"RS256","jku":"http://x/","x5u":"http://x/"}"#),
        ),
        (
            "b64, of no meaning without crit",
            with_header(r#"{"alg":"RS256","b64":false}"#),
        ),
    ]);
}

#[test]
fn what_openssl_signed_is_accepted() {
    let key = PublicKey::from_pem(OPENSSL_SPKI).expect("a key");
    assert_eq!(outcome_by(OPENSSL_JWT, &[key]), Ok(()));
    assert_eq!(outcome(OPENSSL_JWT), Err(Error::Signature));
}

fn nested(levels: usize) -> String {
    let value = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    with_claims(&[("x", &value)])
}

#[test]
fn a_jwt_has_three_parts() {
    let good = good();
    let (signed, signature) = good.rsplit_once('.').expect("parts");
    let (header, claims) = signed.split_once('.').expect("parts");
    refuse(
        Error::Parts,
        UNDECODABLE,
        [
            ("nothing", String::new()),
            ("one part", header.to_owned()),
            ("a GitHub token", format!("ghs_{}", "0".repeat(36))),
            ("two parts", signed.to_owned()),
            ("four parts", format!("{good}.{signature}")),
            ("a dot at the end", format!("{good}.")),
            ("a dot at the beginning", format!(".{good}")),
            (
                "two dots together",
                format!("{header}..{claims}.{signature}"),
            ),
            (
                "five parts, encrypted",
                format!("{header}.{claims}.{claims}.{claims}.{signature}"),
            ),
            ("dots only", ".".repeat(8_192)),
        ],
    );
}

#[test]
fn a_part_is_base64url_without_padding_in_its_one_form() {
    let good = good();
    let (signed, signature) = good.rsplit_once('.').expect("parts");
    let (header, claims) = signed.split_once('.').expect("parts");
    let (short, last) = signature.split_at(signature.len() - 1);
    // 256 bytes leave four bits of the last character unused.
    let twin = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        _ => "x",
    };
    refuse(
        Error::NotBase64Url,
        UNDECODABLE,
        [
            ("a space before", format!(" {good}")),
            ("a space after", format!("{good} ")),
            ("a line feed after", format!("{good}\n")),
            ("a space inside", format!("{header}. {claims}.{signature}")),
            ("a line feed inside", good.replacen('J', "\nJ", 1)),
            ("the scheme again", format!("Bearer {good}")),
            ("a padded header", format!("{header}=.{claims}.{signature}")),
            ("padded claims", format!("{header}.{claims}==.{signature}")),
            ("a padded signature", format!("{good}==")),
            ("a plus", format!("{header}.{claims}.+{}", &signature[1..])),
            ("a slash", format!("{header}.{claims}./{}", &signature[1..])),
            (
                "a percent sign",
                format!("{header}%2E.{claims}.{signature}"),
            ),
            ("a NUL", format!("{good}\0")),
            (
                "another alphabet",
                format!("{header}.{claims}.\u{410}{}", &signature[1..]),
            ),
            (
                "a character too many",
                format!("{header}.{claims}.{signature}AAA"),
            ),
            (
                "bits that mean nothing",
                format!("{header}.{claims}.{short}{twin}"),
            ),
            ("brackets", "[.[.[".to_owned()),
        ],
    );
}

#[test]
fn a_header_is_a_json_object_that_names_nothing_twice() {
    refuse(
        Error::NotObject,
        UNDECODABLE,
        [
            ("nothing", with_header("")),
            ("white space", with_header(" \n")),
            ("null", with_header("null")),
            ("an array", with_header(r#"[{"alg":"RS256"}]"#)),
            ("a string", with_header(r#""RS256""#)),
            ("cut", with_header(r#"{"alg":"RS256""#)),
            ("text after it", with_header(r#"{"alg":"RS256"}x"#)),
            (
                "two objects",
                with_header(r#"{"alg":"RS256"}{"alg":"RS256"}"#),
            ),
            ("alg twice", with_header(r#"{"alg":"none","alg":"RS256"}"#)),
            (
                "alg twice, the same",
                with_header(r#"{"alg":"RS256","alg":"RS256"}"#),
            ),
            (
                "alg twice, escaped",
                with_header(r#"{"alg":"RS256","\u0061lg":"none"}"#),
            ),
            (
                "kid twice",
                with_header(r#"{"alg":"RS256","kid":1,"kid":1}"#),
            ),
            (
                "twice inside",
                with_header(r#"{"alg":"RS256","jwk":{"n":1,"n":2}}"#),
            ),
            (
                "a byte order mark",
                with_header("\u{feff}{\"alg\":\"RS256\"}"),
            ),
            ("UTF-16", sign(b"\xff\xfe{\0}\0", claims(&[]))),
            ("single quotes", with_header("{'alg':'RS256'}")),
            ("a comment", with_header(r#"{"alg":"RS256"/**/}"#)),
            ("a comma too many", with_header(r#"{"alg":"RS256",}"#)),
        ],
    );
}

#[test]
fn claims_are_a_json_object_that_names_nothing_twice() {
    let bare = |claims: &str| sign(HEADER, claims);
    let now = NOW_S.to_string();
    refuse(
        Error::NotObject,
        UNDECODABLE,
        [
            ("nothing", bare("")),
            ("a number", bare("1")),
            ("an array", bare(&format!("[{}]", claims(&[])))),
            ("another JWT", bare(&good())),
            ("iss twice", bare(r#"{"iat":1,"exp":2,"iss":42,"iss":43}"#)),
            ("iss twice, escaped", bare(r#"{"iss":42,"\u0069ss":43}"#)),
            ("exp twice", with_claims(&[(r#"x":1,"exp"#, &now)])),
            ("twice inside", with_claims(&[("x", r#"{"a":1,"a":1}"#)])),
            ("16 levels", nested(16)),
            ("a bomb of arrays", bare(&"[".repeat(5_000))),
            ("a bomb of objects", bare(&r#"{"a":"#.repeat(1_000))),
            ("a NUL", with_claims(&[("x", r#""\u0000""#)])),
            ("half a character", with_claims(&[("x", r#""\ud800""#)])),
            ("not UTF-8", sign(HEADER, b"{\"iss\":\"\xff\"}")),
            ("NaN", with_claims(&[("exp", "NaN")])),
            ("Infinity", with_claims(&[("exp", "Infinity")])),
            (
                "a number that no float holds",
                with_claims(&[("exp", "1e400")]),
            ),
            ("a leading zero", with_claims(&[("exp", "01795169340")])),
            ("a plus sign", with_claims(&[("exp", "+1795169340")])),
            ("hexadecimal", with_claims(&[("exp", "0x6b000000")])),
            ("an underscore", with_claims(&[("exp", "1_795_169_340")])),
        ],
    );
}

#[test]
fn only_rs256_is_an_algorithm() {
    let alg = |json: &str| with_header(&format!(r#"{{"typ":"JWT","alg":{json}}}"#));
    refuse(
        Error::Algorithm,
        UNDECODABLE,
        [
            ("absent", with_header(r#"{"typ":"JWT"}"#)),
            ("of another case", with_header(r#"{"ALG":"RS256"}"#)),
            ("null", alg("null")),
            ("true", alg("true")),
            ("a number", alg("256")),
            ("an array", alg(r#"["RS256"]"#)),
            ("an object", alg(r#"{"name":"RS256"}"#)),
            ("empty", alg(r#""""#)),
            ("none", alg(r#""none""#)),
            ("None", alg(r#""None""#)),
            ("NONE", alg(r#""NONE""#)),
            ("nOnE", alg(r#""nOnE""#)),
            ("lower case", alg(r#""rs256""#)),
            ("a space after", alg(r#""RS256 ""#)),
            ("RS1", alg(r#""RS1""#)),
            ("RS384", alg(r#""RS384""#)),
            ("RS512", alg(r#""RS512""#)),
            ("PS256", alg(r#""PS256""#)),
            ("ES256", alg(r#""ES256""#)),
            ("EdDSA", alg(r#""EdDSA""#)),
            ("HS256", alg(r#""HS256""#)),
        ],
    );
}

#[test]
fn a_type_is_jwt_or_absent() {
    let typ = |json: &str| with_header(&format!(r#"{{"alg":"RS256","typ":{json}}}"#));
    refuse(
        Error::Type,
        UNDECODABLE,
        [
            ("null", typ("null")),
            ("empty", typ(r#""""#)),
            ("lower case", typ(r#""jwt""#)),
            ("another", typ(r#""at+jwt""#)),
            ("an array", typ(r#"["JWT"]"#)),
        ],
    );
}

#[test]
fn no_extension_is_critical() {
    let crit = |json: &str| with_header(&format!(r#"{{"alg":"RS256","crit":{json}}}"#));
    refuse(
        Error::Critical,
        UNDECODABLE,
        [
            ("null", crit("null")),
            ("empty", crit("[]")),
            ("a claim", crit(r#"["exp"]"#)),
            ("b64", crit(r#"["b64"],"b64":false"#)),
            ("unknown", crit(r#"["http://x/"],"http://x/":1"#)),
        ],
    );
}

#[test]
fn a_jwt_has_at_most_8_kib() {
    let of_length = |length: usize| {
        // White space in the header makes up for lengths that base64 does not have.
        (0..4)
            .flat_map(|header| (5_700..5_900).map(move |claims| (header, claims)))
            .find_map(|(header, filler)| {
                let header = format!("{HEADER}{}", " ".repeat(header));
                let claims = claims(&[("x", &format!("\"{}\"", "x".repeat(filler)))]);
                let parts = [header.len(), claims.len(), 256];
                let encoded: usize = parts.map(|bytes| (bytes * 4).div_ceil(3)).iter().sum();
                (encoded + 2 == length).then(|| sign(header, claims))
            })
            .expect("some filler")
    };
    for (length, expected) in [
        (8_191, Ok(())),
        (8_192, Ok(())),
        (8_193, Err(Error::TooLong)),
    ] {
        let text = of_length(length);
        assert_eq!(text.len(), length);
        assert_eq!(outcome(&text), expected, "{length}");
    }
    refuse(
        Error::TooLong,
        UNDECODABLE,
        [("a flood", "A.".repeat(1_000_000))],
    );
}
