//! `Content-Digest` (RFC 9530): what a signed request says about its body.

use aws_lc_rs::digest::{Algorithm, SHA256, SHA512, digest};
use http::HeaderMap;
use http::header::HeaderName;
use sfv::ListEntry;

use super::signature;

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The algorithms that are safe against whoever writes the body (RFC 9530 section 5).
const ALGORITHMS: [(&str, &Algorithm); 2] = [("sha-256", &SHA256), ("sha-512", &SHA512)];

/// Why the body is not the one that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No `Content-Digest`, or none of an algorithm that proves something.
    #[error("the request has no Content-Digest by sha-256 or sha-512")]
    Missing,
    /// Not as RFC 9530 section 2 writes it.
    #[error("the Content-Digest is malformed")]
    Malformed,
    /// The body was altered, or cut off.
    #[error("the body does not have the Content-Digest that was signed")]
    Differs,
}

/// Checks a body. At least one digest must be of a known algorithm, and all of those must fit.
pub fn check(headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
    let digests = signature::dictionary(headers, &CONTENT_DIGEST).map_err(|error| {
        if error == signature::Error::Missing {
            Error::Missing
        } else {
            Error::Malformed
        }
    })?;
    let mut known = 0;
    for (name, algorithm) in ALGORITHMS {
        let Some(claimed) = digests.get(name) else {
            continue;
        };
        let ListEntry::Item(claimed) = claimed else {
            return Err(Error::Malformed);
        };
        let claimed = claimed.bare_item.as_byte_sequence();
        // Both are public: who may see one can work out the other.
        if claimed.ok_or(Error::Malformed)? != digest(algorithm, body).as_ref() {
            return Err(Error::Differs);
        }
        known += 1;
    }
    if known == 0 {
        return Err(Error::Missing);
    }
    Ok(())
}
