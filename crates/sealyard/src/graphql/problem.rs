//! What `errors` says.

use graphql_parser::Pos;
use serde::Serialize;

/// Names longer than this are not repeated in a message: no field of the schema is as long, but
/// every token is.
const SHOWN_MAX: usize = 32;

/// One entry of `errors`, in GitHub's key order.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Such as `NOT_FOUND`; only for what was asked for and could not be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<&'static str>,
    /// Where in `data` it is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// Which rule the query breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
    /// Where in the query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// For people.
    pub message: String,
}

/// The rule that a query breaks.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Extensions {
    /// Such as `undefinedField`.
    pub code: &'static str,
}

/// A place in the query, both from 1.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    line: usize,
    column: usize,
}

impl Problem {
    /// A query that is refused as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// The same, for what stands at a place.
    #[must_use]
    pub fn at(mut self, position: Pos) -> Self {
        self.locations = vec![Location {
            line: position.line,
            column: position.column,
        }];
        self
    }

    /// The same, with the rule.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.extensions = Some(Extensions { code });
        self
    }

    /// Something that the caller cannot see, or that is not there.
    pub fn not_found(key: &str, position: Pos, message: String) -> Self {
        Self {
            r#type: Some("NOT_FOUND"),
            path: vec![key.to_owned()],
            ..Self::new(message).at(position)
        }
    }
}

/// A name of the query, as far as it may be repeated.
pub fn shown(name: &str) -> &str {
    if name.len() <= SHOWN_MAX { name } else { "…" }
}
