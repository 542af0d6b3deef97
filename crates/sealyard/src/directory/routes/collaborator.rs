//! Placeholder.

use axum::Router;

use crate::app::Shared;

pub(super) fn repository() -> Router<Shared> {
    Router::new()
}
