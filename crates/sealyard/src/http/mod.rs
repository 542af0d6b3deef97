//! What is true of all endpoints: one way in, one way out, one place for each rule.

pub mod accept;
pub mod access;
pub mod answer;
pub mod body;
pub mod error;
pub mod exchange;
pub mod form;
pub mod headers;
pub mod identify;
pub mod json;
pub mod origin;
pub mod page;
pub mod profile;
pub mod rate_limit;
pub mod request_id;
pub mod routes;
pub mod service;
pub mod target;
pub mod writer;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986: unreserved characters stay, everything else of a path segment is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text as one segment of a path.
pub fn encode_segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}
