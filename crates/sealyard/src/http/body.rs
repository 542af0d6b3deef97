//! Request bodies: read whole, within a size, a time, and a share of the server's memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ApiError;
use crate::identity::Caller;

/// A body of any request but those below.
const MAX: usize = 512 * 1024;
/// A body that may select repositories by the hundred thousand.
const SELECTION_MAX: usize = 2 * 1024 * 1024;
/// A body of a caller who is not known.
const ANONYMOUS_MAX: usize = 64 * 1024;
/// The time for a whole body.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What all bodies together may hold at a time; beyond it, new ones are asked to come again.
const ALL_MAX: usize = 256 * 1024 * 1024;

/// The memory for bodies.
#[derive(Clone)]
pub struct Bodies(Arc<Semaphore>);

/// A whole body, and its share of the memory.
#[derive(Default)]
pub struct Buffered {
    /// The body.
    pub bytes: Bytes,
    share: Option<OwnedSemaphorePermit>,
}

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL_MAX)))
    }
}

impl Bodies {
    /// Reads a whole body. Nothing is read for a method that has none.
    ///
    /// 413 beyond the size, 408 beyond the time, 503 beyond the memory.
    pub async fn read(
        &self,
        parts: &Parts,
        body: Body,
        caller: &Caller,
    ) -> Result<Buffered, ApiError> {
        if matches!(parts.method, Method::GET | Method::HEAD) {
            return Ok(Buffered::default());
        }
        let max = max(parts.uri.path(), caller);
        let declared = parts.headers.get(http::header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|length| length > max) {
            return Err(too_large());
        }
        match tokio::time::timeout(TIMEOUT, self.collect(body, max)).await {
            Ok(collected) => collected,
            Err(_) => Err(ApiError::generic(
                StatusCode::REQUEST_TIMEOUT,
                "Request Timeout",
            )),
        }
    }

    async fn collect(&self, mut body: Body, max: usize) -> Result<Buffered, ApiError> {
        let mut all = Buffered::default();
        let mut joined = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame =
                frame.map_err(|_| ApiError::generic(StatusCode::BAD_REQUEST, "Bad Request"))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if joined.len() + all.bytes.len() + data.len() > max {
                return Err(too_large());
            }
            self.charge(&mut all, data.len())?;
            // Most bodies come in one piece, which is kept as it is.
            if all.bytes.is_empty() && joined.is_empty() {
                all.bytes = data;
            } else {
                joined.extend_from_slice(&std::mem::take(&mut all.bytes));
                joined.extend_from_slice(&data);
            }
        }
        if !joined.is_empty() {
            all.bytes = joined.freeze();
        }
        Ok(all)
    }

    fn charge(&self, all: &mut Buffered, length: usize) -> Result<(), ApiError> {
        let length = u32::try_from(length).map_err(|_| too_large())?;
        let more = Arc::clone(&self.0)
            .try_acquire_many_owned(length)
            .map_err(|_| ApiError::unavailable())?;
        match &mut all.share {
            Some(share) => share.merge(more),
            None => all.share = Some(more),
        }
        Ok(())
    }
}

fn max(path: &str, caller: &Caller) -> usize {
    let organization = path.starts_with("/orgs/") || path.starts_with("/organizations/");
    match caller {
        Caller::Anonymous | Caller::Enrolment(_) => ANONYMOUS_MAX,
        Caller::User(_) | Caller::Installation(_) if organization && path.contains("/secrets/") => {
            SELECTION_MAX
        }
        Caller::User(_) | Caller::Installation(_) | Caller::App(_) | Caller::Runner(_) => MAX,
    }
}

fn too_large() -> ApiError {
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large.")
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn pieces(pieces: &'static [&'static str]) -> Body {
        Body::from_stream(stream::iter(
            pieces.iter().map(|piece| Ok::<_, String>(*piece)),
        ))
    }

    #[tokio::test]
    async fn pieces_are_joined_and_given_back_to_the_memory() {
        let bodies = Bodies(Arc::new(Semaphore::new(8)));
        let all = bodies.collect(pieces(&["ab", "", "cd", "ef"]), 6).await;
        let all = all.unwrap_or_else(|error| panic!("{}", error.message));
        assert_eq!(all.bytes, "abcdef");
        assert_eq!(bodies.0.available_permits(), 2);
        let other = bodies.collect(pieces(&["abc"]), 6).await;
        assert_eq!(
            other.err().map(|error| error.status),
            Some(StatusCode::SERVICE_UNAVAILABLE)
        );
        drop(all);
        assert_eq!(bodies.0.available_permits(), 8);
    }

    #[tokio::test]
    async fn a_body_that_grows_too_large_is_refused() {
        let bodies = Bodies::default();
        let refused = bodies.collect(pieces(&["abc", "def", "g"]), 6).await;
        assert_eq!(
            refused.err().map(|error| error.status),
            Some(StatusCode::PAYLOAD_TOO_LARGE)
        );
    }
}
