//! Which GitHub we answer like: wire details moved over time, and a profile picks one column.

use std::fmt;

/// A version of GitHub's wire behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// GitHub Enterprise Server 3.2: version header, no rate limits, no `status` in errors.
    #[default]
    Ghes32,
    /// github.com as observed in 2026: rate limits, `status` in errors, newer refusal texts.
    GithubCom,
}

impl Profile {
    /// The name used in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ghes32 => "ghes-3.2",
            Self::GithubCom => "github.com",
        }
    }

    /// Where the documentation of this profile lives; also the `documentation_url` of errors that
    /// belong to no operation.
    pub fn documentation(self) -> &'static str {
        match self {
            Self::Ghes32 => "https://docs.github.com/enterprise/3.2/rest",
            Self::GithubCom => "https://docs.github.com/rest",
        }
    }

    /// github.com repeats the status in each error body, as a string and as the last member.
    pub fn repeats_status(self) -> bool {
        self == Self::GithubCom
    }

    /// Limits are off on an Enterprise Server unless its operator turns them on.
    pub fn limits_rate(self) -> bool {
        self == Self::GithubCom
    }

    /// Whether a public key needs only read access (as the page says) or write (as github.com does).
    pub fn readers_get_public_key(self) -> bool {
        self == Self::Ghes32
    }

    /// The early 3.2 description typed `selected_repository_ids` as strings; both were accepted.
    pub fn accepts_ids_as_strings(self) -> bool {
        self == Self::Ghes32
    }

    /// `installed_version` of `GET /meta` and the value of `X-GitHub-Enterprise-Version`.
    pub fn enterprise_version(self) -> Option<&'static str> {
        match self {
            Self::Ghes32 => Some("3.2.0"),
            Self::GithubCom => None,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
