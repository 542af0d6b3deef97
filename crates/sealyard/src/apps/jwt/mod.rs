//! The JWT by which an app says that it is that app (RFC 7519), under GitHub's rules.
//!
//! GitHub: "Generating a JSON Web Token (JWT) for a GitHub App". The library checks the signature
//! and nothing else; what is not said in that page's terms is refused, because lenient readers of
//! JWTs have been talked into anything.
//!
//! ```text
//! parse    1. three parts of base64url, two of them JSON objects
//!          2. alg, typ, crit
//!          3. iss, in one of its forms
//! caller      the app of that issuer: 404 `Integration not found`
//! verify   4. the signature, by one of the app's keys
//!          5. iat   6. exp   7. nbf
//! ```
//!
//! The caller's part comes before the signature, as on GitHub. So whoever asks can learn, without
//! any key, which app ids and client ids exist. They are no secret, and nothing else may be told
//! before [`Unverified::verify`]: no name, no owner, no installation, not whether it is suspended.
//! Nor may anything be remembered, or the app be blamed: anybody can write its id.
//!
//! `aud`, `kid`, `jwk`, `jku`, `x5c`, `x5u` and all claims without a rule are ignored; nothing is
//! ever fetched. A JWT may be used again until it expires.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::key::PublicKey;
use crate::http::json::{self, Json, Object};

#[cfg(test)]
mod tests;

/// A JWT of three claims has 500 bytes, and one signed with the longest key 1,600.
const MAX_BYTES: usize = 8 * 1024;
/// How far an app's clock may be ahead. GitHub allows nothing, and tells apps to send a time one
/// minute ago; a clock that is off by so much is no attack.
const CLOCK_SKEW_S: i64 = 60;
/// GitHub: "no more than 10 minutes into the future", counted from now, not from `iat`.
const MAX_LIFETIME_S: i64 = 600;
/// GitHub's client ids have 20 characters.
const MAX_CLIENT_ID: usize = 64;

/// Why this is not the word of an app. On the wire, all of them are 401 with
/// [`message`](Self::message).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than 8 KiB.
    #[error("longer than 8 KiB")]
    TooLong,
    /// Not three parts with dots between them.
    #[error("not three parts")]
    Parts,
    /// A part that is not base64url without padding (RFC 4648 section 5), in its one form.
    #[error("a part is not base64url")]
    NotBase64Url,
    /// Header or claims are not a JSON object, or name a member twice.
    #[error("a part is not a JSON object")]
    NotObject,
    /// An `alg` other than `RS256`.
    #[error("the algorithm is not RS256")]
    Algorithm,
    /// A `typ` other than `JWT`.
    #[error("the type is not JWT")]
    Type,
    /// `crit`, whatever it lists (RFC 7515 section 4.1.11): there is no extension that we know.
    #[error("the header demands an extension")]
    Critical,
    /// No `iss`, or null.
    #[error("no issuer")]
    NoIssuer,
    /// An `iss` that can be neither an app's id nor a client id.
    #[error("the issuer is neither an app id nor a client id")]
    Issuer,
    /// Not signed by any of the keys: altered, or by another app, or by a key that was removed.
    #[error("not signed by a key of the app")]
    Signature,
    /// No `iat`, or not an integer.
    #[error("the time of issue is not an integer")]
    IssuedAt,
    /// An `iat` more than 60 s ahead.
    #[error("issued in the future")]
    IssuedInFuture,
    /// No `exp`, or not an integer.
    #[error("the time of expiry is not an integer")]
    ExpiresAt,
    /// An `exp` that is not in the future.
    #[error("expired")]
    Expired,
    /// An `exp` more than 600 s ahead.
    #[error("expires too far in the future")]
    ExpiresTooLate,
    /// An `nbf` that is not an integer.
    #[error("the time of validity is not an integer")]
    NotBefore,
    /// An `nbf` more than 60 s ahead.
    #[error("not valid yet")]
    NotYetValid,
}

impl Error {
    /// GitHub's text.
    pub fn message(self) -> &'static str {
        match self {
            Self::TooLong
            | Self::Parts
            | Self::NotBase64Url
            | Self::NotObject
            | Self::Algorithm
            | Self::Type
            | Self::Critical
            | Self::Signature
            | Self::NotBefore
            | Self::NotYetValid => "A JSON web token could not be decoded",
            Self::NoIssuer => "Missing 'issuer' claim ('iss') in assertion",
            Self::Issuer => "'Issuer' claim ('iss') must be an Integer",
            Self::IssuedAt | Self::IssuedInFuture => {
                "'Issued at' claim ('iat') must be an Integer representing the time that the \
                 assertion was issued"
            }
            Self::ExpiresAt | Self::Expired => {
                "'Expiration time' claim ('exp') must be a numeric value representing the future \
                 time at which the assertion expires"
            }
            Self::ExpiresTooLate => "'Expiration time' claim ('exp') is too far in the future",
        }
    }
}

/// Who the JWT says has issued it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuer {
    /// An app's id, as a number or as its decimal digits. Any 64-bit integer: that there is no
    /// such app is for the look-up to find.
    Id(i64),
    /// An app's client id: a letter, then letters, digits and dots; at most 64 characters.
    ClientId(String),
}

/// A JWT that is well formed, and that anybody may have written.
///
/// It has no `Debug`: until it expires, the text is as good as a password.
pub struct Unverified<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    issuer: Issuer,
    issued_at: Claim,
    expires_at: Claim,
    not_before: Claim,
}

/// A time, in seconds since 1970.
#[derive(Clone, Copy)]
enum Claim {
    Absent,
    /// Digits only: `1.0` and `1e3` are [`Claim::Other`], in each of the claims.
    Integer(i64),
    Other,
}

/// Reads a JWT from what followed `Bearer`, up to and including the form of its issuer.
pub fn parse(text: &str) -> Result<Unverified<'_>, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::TooLong);
    }
    let (signed, signature) = text.rsplit_once('.').ok_or(Error::Parts)?;
    let (header, claims) = signed.split_once('.').ok_or(Error::Parts)?;
    if claims.contains('.') {
        return Err(Error::Parts);
    }
    let signature = decode(signature)?;
    let (header, claims) = (object(header)?, object(claims)?);
    check_header(&header)?;
    Ok(Unverified {
        signed,
        signature,
        issuer: issuer(&claims)?,
        issued_at: time(&claims, "iat"),
        expires_at: time(&claims, "exp"),
        not_before: time(&claims, "nbf"),
    })
}

impl Unverified<'_> {
    /// Whose keys to [`verify`](Self::verify) with.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Whether one of the app's keys has signed this, and whether it is valid at `now_s` (seconds
    /// since 1970).
    ///
    /// Costs one check of a signature for each key that is as long as the signature: how many keys
    /// an app may have is what limits it.
    pub fn verify(self, keys: &[PublicKey], now_s: i64) -> Result<(), Error> {
        let signed = self.signed.as_bytes();
        if !keys
            .iter()
            .any(|key| key.has_signed(signed, &self.signature))
        {
            return Err(Error::Signature);
        }
        let latest_start_s = now_s.saturating_add(CLOCK_SKEW_S);
        match self.issued_at {
            Claim::Integer(at_s) if at_s <= latest_start_s => {}
            Claim::Integer(_) => return Err(Error::IssuedInFuture),
            Claim::Absent | Claim::Other => return Err(Error::IssuedAt),
        }
        match self.expires_at {
            Claim::Integer(at_s) if at_s <= now_s => return Err(Error::Expired),
            Claim::Integer(at_s) if at_s <= now_s.saturating_add(MAX_LIFETIME_S) => {}
            Claim::Integer(_) => return Err(Error::ExpiresTooLate),
            Claim::Absent | Claim::Other => return Err(Error::ExpiresAt),
        }
        match self.not_before {
            Claim::Absent => Ok(()),
            Claim::Integer(at_s) if at_s <= latest_start_s => Ok(()),
            Claim::Integer(_) => Err(Error::NotYetValid),
            Claim::Other => Err(Error::NotBefore),
        }
    }
}

fn check_header(header: &Object) -> Result<(), Error> {
    if text(member(header, "alg")) != Some("RS256") {
        return Err(Error::Algorithm);
    }
    let kind = member(header, "typ");
    if kind.is_some() && text(kind) != Some("JWT") {
        return Err(Error::Type);
    }
    if member(header, "crit").is_some() {
        return Err(Error::Critical);
    }
    Ok(())
}

fn issuer(claims: &Object) -> Result<Issuer, Error> {
    match member(claims, "iss") {
        None | Some(Json::Null) => Err(Error::NoIssuer),
        Some(Json::Integer(id)) => Ok(Issuer::Id(*id)),
        Some(Json::String(text)) => issuer_in(text).ok_or(Error::Issuer),
        Some(Json::Bool(_) | Json::Number | Json::Array(_) | Json::Object(_)) => Err(Error::Issuer),
    }
}

fn issuer_in(text: &str) -> Option<Issuer> {
    if let Ok(id) = text.parse::<i64>() {
        // Neither `+1` nor `01`: an app has one id.
        return (id.to_string() == text).then_some(Issuer::Id(id));
    }
    let is_client_id = text.len() <= MAX_CLIENT_ID
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    is_client_id.then(|| Issuer::ClientId(text.to_owned()))
}

fn time(claims: &Object, name: &str) -> Claim {
    match member(claims, name) {
        None => Claim::Absent,
        Some(Json::Integer(at_s)) => Claim::Integer(*at_s),
        Some(_) => Claim::Other,
    }
}

fn object(part: &str) -> Result<Object, Error> {
    match json::parse(&decode(part)?) {
        Some(Json::Object(members)) => Ok(members),
        Some(_) | None => Err(Error::NotObject),
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Error> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| Error::NotBase64Url)
}

fn member<'a>(object: &'a Object, name: &str) -> Option<&'a Json> {
    let (_, value) = object.iter().find(|(each, _)| each == name)?;
    Some(value)
}

fn text(json: Option<&Json>) -> Option<&str> {
    match json {
        Some(Json::String(text)) => Some(text),
        _ => None,
    }
}
