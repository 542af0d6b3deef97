//! Which repositories of an organisation get a secret.

use std::collections::BTreeSet;

use crate::directory::RepositoryId;

/// The most ids that one request may select; chosen so that a body stays within 2 MiB.
pub const SELECTED_MAX: usize = 100_000;

/// Which repositories get an organisation's secret. Ids cannot exist without `Selected`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    /// Every repository, public ones included.
    All,
    /// Private and internal ones.
    Private,
    /// Exactly these.
    Selected(BTreeSet<RepositoryId>),
}

/// A visibility without the ids, as it is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibilityKind {
    /// `all`
    All,
    /// `private`
    Private,
    /// `selected`
    Selected,
}

impl VisibilityKind {
    /// All of them, with the word on the wire.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("all", Self::All),
        ("private", Self::Private),
        ("selected", Self::Selected),
    ];

    /// As on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Private => "private",
            Self::Selected => "selected",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, kind)| *kind)
    }
}

impl Visibility {
    /// Without the ids.
    pub fn kind(&self) -> VisibilityKind {
        match self {
            Self::All => VisibilityKind::All,
            Self::Private => VisibilityKind::Private,
            Self::Selected(_) => VisibilityKind::Selected,
        }
    }
}
