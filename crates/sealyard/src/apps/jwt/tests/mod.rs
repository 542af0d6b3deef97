mod claims;
mod forged;
mod shape;

use super::super::key::fixture::{NOW_S, OPENSSL_JWT, OPENSSL_SPKI, SHORT_JWT, first, second};
use super::*;

const HEADER: &str = r#"{"alg":"RS256","typ":"JWT"}"#;
const UNDECODABLE: &str = "A JSON web token could not be decoded";

/// What is tried, on which text, and what comes of it.
type Case = (&'static str, String, Result<(), Error>);

fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// A header and claims, signed with the app's first key whatever they are.
fn sign(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = encode(first().sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Good claims, but for these: a name and JSON, or no JSON to leave it out.
fn claims(changes: &[(&str, &str)]) -> String {
    let (issued, expires) = ((NOW_S - 60).to_string(), (NOW_S + 540).to_string());
    let mut members = vec![("iat", &*issued), ("exp", &*expires), ("iss", "42")];
    for (name, json) in changes {
        members.retain(|(each, _)| each != name);
        members.push((name, json));
    }
    members.retain(|(_, json)| !json.is_empty());
    let members: Vec<_> = members
        .iter()
        .map(|(name, json)| format!("\"{name}\":{json}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn with_claims(changes: &[(&str, &str)]) -> String {
    sign(HEADER, claims(changes))
}

fn with_header(header: &str) -> String {
    sign(header, claims(&[]))
}

fn good() -> String {
    with_claims(&[])
}

fn outcome(text: &str) -> Result<(), Error> {
    outcome_by(text, std::slice::from_ref(&first().public))
}

fn outcome_by(text: &str, keys: &[PublicKey]) -> Result<(), Error> {
    parse(text)?.verify(keys, NOW_S)
}

fn check(cases: impl IntoIterator<Item = Case>) {
    for (what, text, expected) in cases {
        assert_eq!(outcome(&text), expected, "{what}");
    }
}

/// Checks cases that all end in the same error, and its text.
fn refuse<T: Into<String>>(
    error: Error,
    message: &str,
    cases: impl IntoIterator<Item = (&'static str, T)>,
) {
    assert_eq!(error.message(), message);
    check(
        cases
            .into_iter()
            .map(|(what, text)| (what, text.into(), Err(error))),
    );
}

fn accept<T: Into<String>>(cases: impl IntoIterator<Item = (&'static str, T)>) {
    check(
        cases
            .into_iter()
            .map(|(what, text)| (what, text.into(), Ok(()))),
    );
}
