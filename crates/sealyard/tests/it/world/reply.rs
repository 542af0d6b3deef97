//! An answer, and how it looks in a snapshot.

use std::fmt::Write as _;

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt as _;

use crate::openapi;

/// A whole answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Headers that are the same on every answer, and have a test of their own.
const USUAL: [&str; 11] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "content-length",
    "content-security-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "x-github-enterprise-version",
    "x-github-request-id",
    "x-xss-protection",
];

impl Reply {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Checks the answer against the description.
    pub(crate) fn check(&self, method: &Method, path: &str) {
        let content_type = self.header("content-type");
        if method == Method::OPTIONS {
            return;
        }
        openapi::validate(
            method.as_str(),
            path,
            self.status.as_u16(),
            content_type,
            &self.body,
        )
        .unwrap_or_else(|problem| panic!("{problem}\n{}", self.text()));
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("a text"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON: {}", self.text()))
    }

    /// Status and body.
    pub(crate) fn brief(&self) -> String {
        format!("{}\n{}", self.status, self.text())
    }

    /// Status, the headers that differ between answers, and the body.
    pub(crate) fn whole(&self) -> String {
        let mut out = format!("{}\n", self.status);
        for (name, value) in &self.headers {
            if USUAL.contains(&name.as_str()) {
                continue;
            }
            let value = match name.as_str() {
                "etag" => "\"…\"",
                _ => value.to_str().expect("a text"),
            };
            writeln!(out, "{name}: {value}").expect("a string");
        }
        format!("{out}\n{}", self.text())
    }
}
