//! What a handler gives back when it does not refuse. The outer layer turns it into a response.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::error::ApiError;

/// The result of every handler.
pub type Result<T = Answer, E = ApiError> = std::result::Result<T, E>;

/// A successful answer, before headers.
#[derive(Clone)]
pub struct Answer {
    /// The status line.
    pub status: StatusCode,
    /// The whole body; empty for 204.
    pub body: Bytes,
    /// `Content-Type`, where there is a body.
    pub content_type: &'static str,
    /// Told apart by the ETag though the body is the same: the version of what is shown.
    pub version: Option<i64>,
    /// `Link`, on one page of several.
    pub link: Option<String>,
    /// `Location`, after creating something that has an address.
    pub location: Option<String>,
    /// `Last-Modified`, in seconds since 1970.
    pub last_modified: Option<i64>,
    /// Sent with `Cache-Control: no-cache` and without an ETag.
    pub uncached: bool,
    /// How many of its look-ups were for something missing or hidden: as in [`ApiError`].
    pub hidden: u32,
}

/// `application/json` as GitHub writes it.
pub const JSON: &str = "application/json; charset=utf-8";

impl Answer {
    /// 200 with this object.
    pub fn ok<T: Serialize>(body: &T) -> Result {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with this object.
    pub fn created<T: Serialize>(body: &T) -> Result {
        Self::json(StatusCode::CREATED, body)
    }

    /// A status with this object.
    pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Result {
        match serde_json::to_vec(body) {
            Ok(body) => Ok(Self::bytes(status, JSON, body.into())),
            Err(_) => Err(ApiError::internal()),
        }
    }

    /// 201 with `{}`: something was created and has nothing to show.
    pub fn created_empty() -> Self {
        Self::bytes(StatusCode::CREATED, JSON, Bytes::from_static(b"{}"))
    }

    /// 204.
    pub fn no_content() -> Self {
        Self::bytes(StatusCode::NO_CONTENT, JSON, Bytes::new())
    }

    /// A body as it is.
    pub fn bytes(status: StatusCode, content_type: &'static str, body: Bytes) -> Self {
        Self {
            status,
            body,
            content_type,
            version: None,
            link: None,
            location: None,
            last_modified: None,
            uncached: false,
            hidden: 0,
        }
    }

    /// The same with a version mixed into its ETag.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// The same with a `Link` header, if there is more than one page.
    #[must_use]
    pub fn link(mut self, link: Option<String>) -> Self {
        self.link = link;
        self
    }

    /// The same with a `Location` header.
    #[must_use]
    pub fn location(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// The same with a `Last-Modified` header.
    #[must_use]
    pub fn last_modified(mut self, seconds: i64) -> Self {
        self.last_modified = Some(seconds);
        self
    }

    /// The same, telling of so many things that are missing or hidden.
    #[must_use]
    pub fn hidden(mut self, hidden: u32) -> Self {
        self.hidden = hidden;
        self
    }

    /// The same, never to be kept by a cache.
    #[must_use]
    pub fn uncached(mut self) -> Self {
        self.uncached = true;
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}
