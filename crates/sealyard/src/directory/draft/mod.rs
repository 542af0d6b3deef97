//! The bodies of requests that change the directory, from JSON to types.

pub mod branch_policy;
pub mod environment;
pub mod repository;

use crate::http::error::{ApiError, FieldError};

/// 422 `Validation Failed` for one member.
fn invalid(resource: &'static str, field: &'static str) -> ApiError {
    ApiError::validation(vec![FieldError {
        resource,
        code: "invalid",
        field,
        message: None,
    }])
}
