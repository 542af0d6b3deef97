//! Placeholder.
use axum::Router;
use crate::app::Shared;
/// Routes.
pub fn routes() -> Router<Shared> { Router::new() }
