//! What a signature must be to count: it covers target and body, it is fresh, and it is used once.
//!
//! Woodpecker puts no nonce into its signatures, so a request that is sent again is the same byte
//! for byte. What was accepted is therefore remembered for as long as it would be accepted.

use std::collections::BTreeSet;

use http::request::Parts;

use super::signature::{Error as SignatureError, PublicKey, SIGNATURE_LEN, Signature};

/// The label of Woodpecker's signatures: a constant in `server/services/utils/http.go` there.
pub const LABEL: &str = "woodpecker-ci-extensions";

/// How far `created` may be from our clock, in seconds and either way: two machines whose clocks
/// nobody looks after.
pub const WINDOW_S: i64 = 5 * 60;

/// Signatures that are remembered. A signature is kept for ten minutes at most, so this is 33
/// pipelines a second, in about 3 MB; beyond it requests are put off, and nothing is forgotten.
pub const REMEMBERED_MAX: usize = 20_000;

/// Why a request does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not signed, or not by Woodpecker.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The target or the body could have been exchanged.
    #[error(
        "the signature must cover @request-target (or @method, @path and @query) and content-digest"
    )]
    NotCovered,
    /// Nobody can say how old it is.
    #[error("the signature does not say when it was created")]
    Undated,
    /// Made more than [`WINDOW_S`] ago.
    #[error("the signature is older than five minutes; are both clocks right?")]
    Old,
    /// Made more than [`WINDOW_S`] from now.
    #[error("the signature is from the future; are both clocks right?")]
    Future,
    /// Its maker wanted it to end before now.
    #[error("the signature has expired")]
    Expired,
    /// The same signature was accepted before.
    #[error("this request was sent before")]
    Replayed,
    /// Made before this process could remember anything, so perhaps used already.
    #[error("the request was signed before this adapter started; send it again")]
    BeforeStart,
    /// [`REMEMBERED_MAX`] are remembered.
    #[error("too many requests in a short time; send it again later")]
    Full,
}

/// A request of Woodpecker's, if its body is the one that was signed.
#[derive(Debug)]
pub struct Verified {
    created_s: i64,
    bytes: [u8; SIGNATURE_LEN],
}

/// Checks everything that can be checked before the body is there.
pub fn verify(parts: &Parts, key: &PublicKey, now_s: i64) -> Result<Verified, Error> {
    let signature = Signature::read(&parts.headers, LABEL)?;
    let by_parts = ["@method", "@path"]
        .iter()
        .all(|part| signature.covers(part))
        && (parts.uri.query().is_none() || signature.covers("@query"));
    let target = signature.covers("@request-target") || by_parts;
    if !target || !signature.covers("content-digest") {
        return Err(Error::NotCovered);
    }
    let created_s = signature.created().ok_or(Error::Undated)?;
    if created_s < now_s.saturating_sub(WINDOW_S) {
        return Err(Error::Old);
    }
    if created_s > now_s.saturating_add(WINDOW_S) {
        return Err(Error::Future);
    }
    if signature
        .expires()
        .is_some_and(|expires_s| expires_s <= now_s)
    {
        return Err(Error::Expired);
    }
    signature.verify(parts, key)?;
    Ok(Verified {
        created_s,
        bytes: *signature.bytes(),
    })
}

/// The signatures that were used, oldest first.
#[derive(Debug)]
pub struct Used {
    started_s: i64,
    max: usize,
    signatures: BTreeSet<(i64, [u8; SIGNATURE_LEN])>,
}

impl Used {
    /// Nothing was used yet. `started_s` is when this process began to remember: what was signed
    /// in that second or before may have been used with the process before this one.
    pub fn new(started_s: i64, max: usize) -> Self {
        Self {
            started_s,
            max,
            signatures: BTreeSet::new(),
        }
    }

    /// Uses a signature up: a second time is [`Error::Replayed`].
    pub fn spend(&mut self, verified: &Verified, now_s: i64) -> Result<(), Error> {
        if verified.created_s <= self.started_s {
            return Err(Error::BeforeStart);
        }
        // Those that are refused as old need not be remembered.
        let oldest_s = now_s.saturating_sub(WINDOW_S);
        while self
            .signatures
            .first()
            .is_some_and(|first| first.0 < oldest_s)
        {
            self.signatures.pop_first();
        }
        let entry = (verified.created_s, verified.bytes);
        if self.signatures.contains(&entry) {
            return Err(Error::Replayed);
        }
        if self.signatures.len() >= self.max {
            return Err(Error::Full);
        }
        self.signatures.insert(entry);
        Ok(())
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.signatures.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.signatures.is_empty()
    }
}
