//! Routes as a list of whole paths.
//!
//! `axum::Router::nest` would do the same, but every level of it rewrites the URI of every request.
//! Joining the paths once, at the start, costs nothing afterwards, and the list can be looked at.

use axum::Router;
use axum::routing::MethodRouter;

use crate::app::Shared;

/// Paths and what answers on them.
#[derive(Default)]
pub struct Routes(Vec<(String, MethodRouter<Shared>)>);

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more path; `/` below a prefix is the prefix itself.
    #[must_use]
    pub fn route(mut self, path: &str, methods: MethodRouter<Shared>) -> Self {
        self.0.push((path.to_owned(), methods));
        self
    }

    /// All of another list too.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// All of another list, below a prefix.
    #[must_use]
    pub fn nest(mut self, prefix: &str, other: Self) -> Self {
        let below = other.0.into_iter().map(|(path, methods)| {
            let path = if path == "/" { "" } else { &path };
            (format!("{prefix}{path}"), methods)
        });
        self.0.extend(below);
        self
    }

    /// The templates of all paths.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(path, _)| path.as_str())
    }

    /// The router that matches them. Two routes of one path and method are a mistake, and panic.
    pub fn into_router(self) -> Router<Shared> {
        let empty = Router::new();
        self.0.into_iter().fold(empty, |router, (path, methods)| {
            router.route(&path, methods)
        })
    }
}
