//! Where one request ends and the next begins, so that nobody can hide a request inside another.
//!
//! A request that two programs can read differently lets a client smuggle a second one past a
//! proxy (RFC 9112 section 11.2). Some of these requests can be recognised from the
//! [`http::Request`]; others cannot, because hyper has tidied them up by then: it drops a
//! `Content-Length` beside `Transfer-Encoding`, merges equal ones, and accepts a line that ends
//! without a carriage return. So the bytes are followed as well, before hyper sees them.

use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Version};

use super::limits::{HEADER_BYTES, HEADER_FIELDS, TARGET_BYTES};

/// A mark on requests whose bytes can be read in two ways.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ambiguous;

/// Whether everybody reads this request as we do, and its header is of a sane size. If not, the
/// answer is 400, and the connection closes.
///
/// Refused are: several `Content-Length`, or one beside `Transfer-Encoding`; a transfer coding
/// other than `chunked`; several `Host` or `Authorization`; HTTP/1.1 without `Host`; a `Host` that
/// contradicts the target; lines that end in a bare line feed (these and some of the others can be
/// seen only by the server's own connections, not on a request that a test made); more than 64
/// fields; a target of more than 8 KiB.
pub fn framing_ok<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    request.extensions().get::<Ambiguous>().is_none()
        && headers.len() <= HEADER_FIELDS
        && target_fits(request)
        && is_framed_once(headers)
        && at_most_one(headers, &AUTHORIZATION)
        && is_for_one_host(request)
}

fn target_fits<B>(request: &Request<B>) -> bool {
    let uri = request.uri();
    let authority = uri
        .authority()
        .map_or(0, |authority| authority.as_str().len());
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    authority + path <= TARGET_BYTES
}

fn is_framed_once(headers: &HeaderMap) -> bool {
    match headers.get(TRANSFER_ENCODING) {
        None => at_most_one(headers, &CONTENT_LENGTH),
        Some(coding) => {
            coding.as_bytes().eq_ignore_ascii_case(b"chunked")
                && at_most_one(headers, &TRANSFER_ENCODING)
                && !headers.contains_key(CONTENT_LENGTH)
        }
    }
}

/// RFC 9112 section 3.2 and RFC 9113 section 8.3.1: one host, said once or twice the same.
fn is_for_one_host<B>(request: &Request<B>) -> bool {
    let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
    let target = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    let agree = match (host, target) {
        (Some(host), Some(target)) => host.eq_ignore_ascii_case(target),
        (None, None | Some(_)) => request.version() != Version::HTTP_11,
        (Some(_), None) => true,
    };
    agree && at_most_one(request.headers(), &HOST)
}

fn at_most_one(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(name).iter().nth(1).is_none()
}

/// Follows the bytes of an HTTP/1 connection from message to message.
///
/// It need be right only about what hyper accepts: a connection that hyper refuses ends.
#[derive(Debug, Default)]
pub(super) struct Follower {
    state: State,
    head: Head,
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
    ambiguous: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    /// So many bytes that are not lines, and what follows them.
    Skip(u64, AfterSkip),
    ChunkSize,
    Trailers,
    /// Not HTTP/1, or nothing that hyper accepts.
    Lost,
}

#[derive(Clone, Copy, Debug)]
enum AfterSkip {
    Head,
    ChunkSize,
}

#[derive(Debug, Default)]
struct Head {
    has_request_line: bool,
    lengths: u8,
    length: u64,
    codings: u8,
}

impl Follower {
    /// Whether some request so far can be read in two ways.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// Whether no request has begun that has not ended. Always so where there is no following.
    pub(super) fn is_between_requests(&self) -> bool {
        match self.state {
            State::Head => !self.head.has_request_line && self.line.is_empty(),
            State::Skip(..) | State::ChunkSize | State::Trailers => false,
            State::Lost => true,
        }
    }

    /// Takes the next bytes, however the network cut them.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Lost => return,
                State::Skip(left, after) => self.skip(bytes, left, after),
                State::Head | State::ChunkSize | State::Trailers => self.take_line(bytes),
            };
        }
    }

    fn skip<'a>(&mut self, bytes: &'a [u8], left: u64, after: AfterSkip) -> &'a [u8] {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
        self.state = match (left, after) {
            (0, AfterSkip::Head) => State::Head,
            (0, AfterSkip::ChunkSize) => State::ChunkSize,
            _ => State::Skip(left, after),
        };
        bytes.get(here..).unwrap_or_default()
    }

    /// Takes one line, or the beginning of one, and returns what follows it.
    fn take_line<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
        if self.line.len() + line.len() > HEADER_BYTES {
            self.state = State::Lost;
            self.line = Vec::new();
        } else if end.is_none() {
            self.line.extend_from_slice(line);
        } else if self.line.is_empty() {
            self.end_line(line);
        } else {
            let mut whole = std::mem::take(&mut self.line);
            whole.extend_from_slice(line);
            self.end_line(&whole);
            // Kept for the next line that is cut.
            whole.clear();
            self.line = whole;
        }
        rest
    }

    fn end_line(&mut self, line: &[u8]) {
        let text = line.strip_suffix(b"\r\n").unwrap_or_else(|| {
            self.ambiguous = true;
            line.strip_suffix(b"\n").unwrap_or(line)
        });
        match self.state {
            State::Head => self.head_line(text),
            State::ChunkSize => self.chunk_size(text),
            State::Trailers if text.is_empty() => self.state = State::Head,
            State::Trailers | State::Skip(..) | State::Lost => {}
        }
    }

    fn head_line(&mut self, text: &[u8]) {
        if text.is_empty() {
            // Empty lines before a request are skipped (RFC 9112 section 2.2).
            if self.head.has_request_line {
                self.end_head();
            }
        } else if !self.head.has_request_line {
            self.head.has_request_line = true;
            if text == b"PRI * HTTP/2.0" {
                self.head = Head::default();
                self.state = State::Lost;
            }
        } else if let Some(value) = value_of(text, b"content-length") {
            self.head.lengths = self.head.lengths.saturating_add(1);
            match std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.parse().ok())
            {
                Some(length) => self.head.length = length,
                None => self.state = State::Lost,
            }
        } else if value_of(text, b"transfer-encoding").is_some() {
            self.head.codings = self.head.codings.saturating_add(1);
        }
    }

    fn end_head(&mut self) {
        let Head {
            lengths,
            length,
            codings,
            ..
        } = std::mem::take(&mut self.head);
        if lengths.saturating_add(codings) > 1 {
            self.ambiguous = true;
        }
        self.state = match (codings, length) {
            (0, 0) => State::Head,
            (0, length) => State::Skip(length, AfterSkip::Head),
            (_, _) => State::ChunkSize,
        };
    }

    fn chunk_size(&mut self, text: &[u8]) {
        let digits = text
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let size = text
            .get(..digits)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        self.state = match size.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
            None => State::Lost,
            Some(0) => State::Trailers,
            // The chunk and the line end after it.
            Some(size) => State::Skip(size.saturating_add(2), AfterSkip::ChunkSize),
        };
    }
}

/// The value of a header line with this name in small letters.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    // No white space before the colon: hyper refuses it.
    let (before, after) = line.split_at_checked(name.len())?;
    let value = after.strip_prefix(b":")?;
    before
        .eq_ignore_ascii_case(name)
        .then(|| value.trim_ascii())
}

#[cfg(test)]
mod tests;
