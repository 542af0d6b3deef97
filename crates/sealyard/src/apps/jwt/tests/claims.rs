//! The claims that have rules: `iss`, `iat`, `exp` and `nbf`.

use super::*;

const NO_ISSUER: &str = "Missing 'issuer' claim ('iss') in assertion";
const ISSUER: &str = "'Issuer' claim ('iss') must be an Integer";
const ISSUED_AT: &str = "'Issued at' claim ('iat') must be an Integer representing the time that \
                         the assertion was issued";
const EXPIRES_AT: &str = "'Expiration time' claim ('exp') must be a numeric value representing \
                          the future time at which the assertion expires";
const TOO_LATE: &str = "'Expiration time' claim ('exp') is too far in the future";

/// JSON that is not an integer of 64 bits in digits.
const NOT_INTEGERS: [(&str, &str); 18] = [
    ("null", "null"),
    ("true", "true"),
    ("text", "\"1795168740\""),
    ("empty text", "\"\""),
    ("NaN as text", "\"NaN\""),
    ("a date", "\"2026-11-20T09:59:00Z\""),
    ("an array", "[1795168740]"),
    ("an object", "{\"s\":1795168740}"),
    ("a whole float", "1795168740.0"),
    ("a float", "1795168740.5"),
    ("an exponent", "1795168740e0"),
    ("a thousand", "1e3"),
    ("minus zero", "-0"),
    ("1e300", "1e300"),
    ("-1e300", "-1e300"),
    ("2^63", "9223372036854775808"),
    ("2^64", "18446744073709551616"),
    ("below -2^63", "-9223372036854775809"),
];

fn without_null() -> impl Iterator<Item = (&'static str, &'static str)> {
    NOT_INTEGERS.into_iter().filter(|(what, _)| *what != "null")
}

#[test]
fn an_issuer_is_an_app_id_or_a_client_id() {
    let id = Issuer::Id;
    let client = |text: &str| Issuer::ClientId(text.to_owned());
    let longest = format!("I{}", "v".repeat(63));
    for (json, expected) in [
        ("42", id(42)),
        ("\"42\"", id(42)),
        ("0", id(0)),
        ("\"0\"", id(0)),
        ("-1", id(-1)),
        ("\"-1\"", id(-1)),
        ("9223372036854775807", id(i64::MAX)),
        ("\"9223372036854775807\"", id(i64::MAX)),
        ("-9223372036854775808", id(i64::MIN)),
        ("\"\\u0034\\u0032\"", id(42)),
        ("\"Iv1.8a61f9b3a7aba766\"", client("Iv1.8a61f9b3a7aba766")),
        ("\"Iv23liAbCdEf01234567\"", client("Iv23liAbCdEf01234567")),
        ("\"I\"", client("I")),
        (&format!("\"{longest}\""), client(&longest)),
    ] {
        let text = with_claims(&[("iss", json)]);
        let unverified = parse(&text).map_err(|error| (error, json));
        assert_eq!(unverified.map(|jwt| jwt.issuer().clone()), Ok(expected));
        assert_eq!(outcome(&text), Ok(()), "{json}");
    }
}

#[test]
fn an_issuer_is_there() {
    let cases = [("absent", ""), ("null", "null")];
    refuse(
        Error::NoIssuer,
        NO_ISSUER,
        cases.map(|(what, json)| (what, with_claims(&[("iss", json)]))),
    );
}

#[test]
fn what_cannot_be_an_issuer_is_refused_before_any_look_up() {
    let iss = |json: &str| with_claims(&[("iss", json)]);
    let strings = [
        ("a leading zero", "\"042\""),
        ("a plus", "\"+42\""),
        ("minus zero", "\"-0\""),
        ("a space before", "\" 42\""),
        ("a space after", "\"42 \""),
        ("a line feed after", "\"42\\n\""),
        ("a fraction", "\"42.0\""),
        ("an exponent", "\"4e1\""),
        ("hexadecimal", "\"0x2a\""),
        ("digits of another script", "\"\u{664}\u{662}\""),
        ("beyond 64 bits", "\"9223372036854775808\""),
        ("a slash", "\"Iv1/../42\""),
        ("a space inside", "\"Iv1 8a61f9b3a7aba766\""),
        (
            "a character that is not seen",
            "\"Iv1.8a61f9b3a7aba766\u{200b}\"",
        ),
        ("a dot first", "\".Iv1\""),
        ("an address", "\"https://github.com\""),
    ];
    // Digits as text are an id: everywhere else they are not.
    let others = without_null().filter(|(what, _)| *what != "text" && *what != "NaN as text");
    let cases = strings.into_iter().chain(others);
    let too_long = iss(&format!("\"I{}\"", "v".repeat(64)));
    refuse(
        Error::Issuer,
        ISSUER,
        cases
            .map(|(what, json)| (what, iss(json)))
            .chain([("65 characters", too_long)]),
    );
}

#[test]
fn iat_is_an_integer_of_at_most_a_minute_ahead() {
    let iat = |json: &str| with_claims(&[("iat", json)]);
    let at = |at_s: i64| iat(&at_s.to_string());
    accept([
        ("ten minutes ago", at(NOW_S - 600)),
        ("now", at(NOW_S)),
        ("59 s ahead", at(NOW_S + 59)),
        ("60 s ahead", at(NOW_S + 60)),
        ("1970", at(0)),
        ("before 1970", at(-1)),
        ("-2^63", at(i64::MIN)),
    ]);
    refuse(
        Error::IssuedInFuture,
        ISSUED_AT,
        [
            ("61 s ahead", at(NOW_S + 61)),
            ("in milliseconds", at(NOW_S * 1_000)),
            ("2^63 - 1", at(i64::MAX)),
        ],
    );
    refuse(Error::IssuedAt, ISSUED_AT, [("absent", iat(""))]);
    refuse(
        Error::IssuedAt,
        ISSUED_AT,
        NOT_INTEGERS.map(|(what, json)| (what, iat(json))),
    );
}

#[test]
fn exp_is_an_integer_in_the_next_ten_minutes() {
    let exp = |json: &str| with_claims(&[("exp", json)]);
    let at = |at_s: i64| exp(&at_s.to_string());
    accept([
        ("in a second", at(NOW_S + 1)),
        ("in 599 s", at(NOW_S + 599)),
        ("in 600 s", at(NOW_S + 600)),
    ]);
    refuse(
        Error::Expired,
        EXPIRES_AT,
        [
            ("now", at(NOW_S)),
            ("a second ago", at(NOW_S - 1)),
            ("30 s ago", at(NOW_S - 30)),
            ("0", at(0)),
            ("-1", at(-1)),
            ("-2^63", at(i64::MIN)),
        ],
    );
    refuse(
        Error::ExpiresTooLate,
        TOO_LATE,
        [
            ("in 601 s", at(NOW_S + 601)),
            ("in ten years", at(NOW_S + 315_360_000)),
            ("in milliseconds", at((NOW_S + 60) * 1_000)),
            ("2^63 - 1", at(i64::MAX)),
        ],
    );
    refuse(Error::ExpiresAt, EXPIRES_AT, [("absent", exp(""))]);
    refuse(
        Error::ExpiresAt,
        EXPIRES_AT,
        NOT_INTEGERS.map(|(what, json)| (what, exp(json))),
    );
}

#[test]
fn iat_and_exp_may_be_further_apart_than_ten_minutes() {
    let (issued, expires) = ((NOW_S - 60).to_string(), (NOW_S + 600).to_string());
    let longest = with_claims(&[("iat", &issued), ("exp", &expires)]);
    accept([("GitHub's own sample", longest)]);
    let (issued, expires) = ((NOW_S + 60).to_string(), (NOW_S + 1).to_string());
    let reversed = with_claims(&[("iat", &issued), ("exp", &expires)]);
    accept([("a clock that is ahead", reversed)]);
}

#[test]
fn nbf_is_absent_or_an_integer_of_at_most_a_minute_ahead() {
    let nbf = |json: &str| with_claims(&[("nbf", json)]);
    let at = |at_s: i64| nbf(&at_s.to_string());
    accept([
        ("absent", nbf("")),
        ("-2^63", at(i64::MIN)),
        ("0", at(0)),
        ("now", at(NOW_S)),
        ("59 s ahead", at(NOW_S + 59)),
        ("60 s ahead", at(NOW_S + 60)),
    ]);
    refuse(
        Error::NotYetValid,
        UNDECODABLE,
        [("61 s ahead", at(NOW_S + 61)), ("2^63 - 1", at(i64::MAX))],
    );
    refuse(
        Error::NotBefore,
        UNDECODABLE,
        NOT_INTEGERS.map(|(what, json)| (what, nbf(json))),
    );
}

#[test]
fn no_clock_is_too_much() {
    for (now_s, expected) in [
        (i64::MAX, Error::Expired),
        (i64::MIN, Error::IssuedInFuture),
        (0, Error::IssuedInFuture),
        (-1, Error::IssuedInFuture),
    ] {
        let text = good();
        let jwt = parse(&text).map_err(|error| (error, now_s));
        let verified = jwt.map(|jwt| jwt.verify(std::slice::from_ref(&first().public), now_s));
        assert_eq!(verified, Ok(Err(expected)), "{now_s}");
    }
    let last = with_claims(&[("exp", &i64::MAX.to_string())]);
    let jwt = parse(&last).map_err(|error| (error, "last"));
    let verified = jwt.map(|jwt| jwt.verify(std::slice::from_ref(&first().public), i64::MAX - 1));
    assert_eq!(verified, Ok(Ok(())));
}

#[test]
fn the_first_broken_rule_is_the_one_that_is_told() {
    let broken = [
        ("iat", "null"),
        ("exp", "null"),
        ("nbf", "null"),
        ("iss", "[]"),
    ];
    let with = |header: &str, fixed: usize| {
        // Mended from behind: the issuer first, then in the order of the checks.
        let order = [3, 0, 1, 2];
        let still: Vec<_> = order.into_iter().skip(fixed).map(|at| broken[at]).collect();
        sign(header, claims(&still))
    };
    let unsigned = |text: &str| {
        let (signed, _) = text.rsplit_once('.').expect("parts");
        format!("{signed}.AAAA")
    };
    let header = r#"{"alg":"none","typ":"x","crit":[]}"#;
    check([
        ("parts", format!("{}.=", with(header, 0)), Err(Error::Parts)),
        (
            "base64",
            format!("{}=", with(header, 0)),
            Err(Error::NotBase64Url),
        ),
        ("JSON", sign(header, "[]"), Err(Error::NotObject)),
        ("alg", with(header, 0), Err(Error::Algorithm)),
        (
            "typ",
            with(&header.replace("none", "RS256"), 0),
            Err(Error::Type),
        ),
        (
            "crit",
            with(r#"{"alg":"RS256","crit":[]}"#, 0),
            Err(Error::Critical),
        ),
        ("iss", unsigned(&with(HEADER, 0)), Err(Error::Issuer)),
        (
            "signature",
            unsigned(&with(HEADER, 1)),
            Err(Error::Signature),
        ),
        ("iat", with(HEADER, 1), Err(Error::IssuedAt)),
        ("exp", with(HEADER, 2), Err(Error::ExpiresAt)),
        ("nbf", with(HEADER, 3), Err(Error::NotBefore)),
        ("nothing", with(HEADER, 4), Ok(())),
    ]);
}
