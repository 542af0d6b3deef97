//! Every refusal on the wire: a status, one of GitHub's texts, and nothing of what was sent.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use sealyard_sql as sql;
use serde::Serialize;

use super::profile::Profile;

/// Which page an error's `documentation_url` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documentation {
    /// The page of the operation that was asked for; the profile's front page where none matched.
    Operation,
    /// The profile's front page, whatever was asked for.
    Generic,
    /// This page.
    Page(&'static str),
}

/// The `errors` member, in the three shapes GitHub uses.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Errors {
    /// One sentence (409 of the selected repositories).
    Text(&'static str),
    /// Objects that name a resource and a field.
    List(Vec<FieldError>),
}

/// One entry of `errors`, in GitHub's key order.
#[derive(Debug, Clone, Serialize)]
pub struct FieldError {
    /// The kind of object, such as `Repository`.
    pub resource: &'static str,
    /// `missing_field`, `invalid`, `already_exists`, `custom` …
    pub code: &'static str,
    /// The member that is wrong.
    pub field: &'static str,
    /// Only with `custom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'static str>,
}

/// An answer that refuses.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// The status line.
    pub status: StatusCode,
    /// `message`.
    pub message: Cow<'static, str>,
    /// `errors`.
    pub errors: Option<Errors>,
    /// `documentation_url`.
    pub documentation: Documentation,
    /// `Location` and `url` of a redirect.
    pub location: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// Body is `{}` (a recorded peculiarity of deleting what is not there).
    pub empty_object: bool,
    /// The request may be run again from the start: the database asked for it.
    pub rerun: bool,
    /// How many look-ups were for something that is missing or hidden, and the answer does not tell
    /// which: its time must not tell either.
    pub hidden: u32,
}

impl ApiError {
    /// An error of the operation, with this status and text.
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: None,
            documentation: Documentation::Operation,
            location: None,
            retry_after: None,
            empty_object: false,
            rerun: false,
            hidden: 0,
        }
    }

    /// The same, naming the front page of the documentation.
    pub fn generic(status: StatusCode, message: &'static str) -> Self {
        Self {
            documentation: Documentation::Generic,
            ..Self::new(status, message)
        }
    }

    /// 404: something that a caller who sees the place looked for in vain.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 404 of a place that is missing, or not for this caller to know.
    pub fn hidden() -> Self {
        Self {
            hidden: 1,
            ..Self::not_found()
        }
    }

    /// 404 of an unknown route or method.
    pub fn no_route() -> Self {
        Self::generic(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 404 with the body `{}`: deleting a secret that is not there.
    pub fn nothing_to_delete() -> Self {
        Self {
            empty_object: true,
            ..Self::not_found()
        }
    }

    /// 401 of a token that is malformed, unknown, expired or revoked.
    pub fn bad_credentials() -> Self {
        Self::generic(StatusCode::UNAUTHORIZED, "Bad credentials")
    }

    /// 422 with a sentence.
    pub fn unprocessable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 422 `Validation Failed` with the fields that are wrong.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        Self {
            errors: Some(Errors::List(errors)),
            ..Self::unprocessable("Validation Failed")
        }
    }

    /// 500: ours, and told to the log, not to the caller.
    pub fn internal() -> Self {
        Self::generic(StatusCode::INTERNAL_SERVER_ERROR, "Server Error")
    }

    /// 503: try again.
    pub fn unavailable() -> Self {
        Self {
            retry_after: Some(1),
            ..Self::generic(
                StatusCode::SERVICE_UNAVAILABLE,
                "Service unavailable. Please retry.",
            )
        }
    }

    /// The body, in GitHub's key order.
    pub fn body(&self, profile: Profile, operation: Option<&str>) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            url: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            errors: Option<&'a Errors>,
            documentation_url: Cow<'static, str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            status: Option<&'a str>,
        }
        if self.empty_object {
            return b"{}".to_vec();
        }
        let documentation_url = match (self.documentation, operation) {
            (Documentation::Page(page), _) => Cow::Borrowed(page),
            (Documentation::Operation, Some(anchor)) => {
                Cow::Owned(format!("{}/reference/{anchor}", profile.documentation()))
            }
            (Documentation::Operation, None) | (Documentation::Generic, _) => {
                Cow::Borrowed(profile.documentation())
            }
        };
        // A redirect was never seen with it.
        let repeats = profile.repeats_status() && !self.status.is_redirection();
        let body = Body {
            message: &self.message,
            url: self.location.as_deref(),
            errors: self.errors.as_ref(),
            documentation_url,
            status: repeats.then(|| self.status.as_str()),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl IntoResponse for ApiError {
    /// Parks the error; the outer layer writes the body, where profile and operation are known.
    fn into_response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sql::Error> for ApiError {
    fn from(error: sql::Error) -> Self {
        match error {
            sql::Error::Conflict => Self {
                rerun: true,
                ..Self::unavailable()
            },
            sql::Error::Busy
            | sql::Error::Unavailable(_)
            | sql::Error::OutcomeUnknown
            | sql::Error::Full => {
                tracing::warn!(%error, "the database refused for now");
                Self::unavailable()
            }
            sql::Error::Unique { .. }
            | sql::Error::Locked
            | sql::Error::NewerSchema { .. }
            | sql::Error::AlteredMigration { .. }
            | sql::Error::Column { .. }
            | sql::Error::Rows { .. }
            | sql::Error::Io(_)
            | sql::Error::NoSuchTable(_)
            | sql::Error::Other(_) => {
                tracing::error!(%error, "the database failed");
                Self::internal()
            }
        }
    }
}
