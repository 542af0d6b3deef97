//! How values get into a client, and which of them do not.

use std::fmt;

use crate::clients::tools::Client;

/// The clients that set values. The fourth, curl, has its values sealed by our own program.
pub(super) const CLIENTS: [Client; 3] = [Client::Gh, Client::Octokit, Client::PyGithub];

/// How a client is given a value by its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// `gh secret set NAME < FILE`: gh takes CR and LF off the end
    GhInput,
    /// `gh secret set NAME --body VALUE`: no argument of a program has a NUL, and an empty one is
    /// none to gh
    GhBody,
    /// `gh secret set --env-file FILE`, in single quotes, which end at the first `'`; gh makes LF
    /// of CR LF, and takes `\'` for no end
    GhFile,
    /// `crypto_box_seal` of any bytes
    Octokit,
    /// `create_secret(name, str)`: sealed as UTF-8
    PyGithub,
}

impl Way {
    pub(super) fn client(self) -> Client {
        match self {
            Self::GhInput | Self::GhBody | Self::GhFile => Client::Gh,
            Self::Octokit => Client::Octokit,
            Self::PyGithub => Client::PyGithub,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::GhInput => "input",
            Self::GhBody => "body",
            Self::GhFile => "env-file",
            Self::Octokit => "octokit",
            Self::PyGithub => "pygithub",
        }
    }

    /// Whether every byte of a value survives this way.
    pub(super) fn carries(self, value: &[u8]) -> bool {
        match self {
            Self::GhInput => !matches!(value, [.., b'\r' | b'\n']),
            Self::GhBody => !value.is_empty() && !value.contains(&0),
            Self::GhFile => {
                !value.iter().any(|byte| b"'\r".contains(byte)) && !value.ends_with(b"\\")
            }
            Self::Octokit => true,
            Self::PyGithub => str::from_utf8(value).is_ok(),
        }
    }
}

/// The first way of gh that carries a value; each of them is the first in turn.
pub(super) fn of_gh(turn: usize, value: &[u8]) -> Option<Way> {
    let ways = [Way::GhInput, Way::GhBody, Way::GhFile];
    let mut ways = ways.into_iter().cycle().skip(turn % 3).take(3);
    ways.find(|way| way.carries(value))
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GhInput => "gh, standard input",
            Self::GhBody => "gh, `--body`",
            Self::GhFile => "gh, `--env-file`",
            Self::Octokit => "Octokit",
            Self::PyGithub => "PyGithub",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gh_has_no_way_for_a_nul_a_quote_and_a_line_end_together() {
        assert_eq!(of_gh(0, b"\0'\n"), None);
        assert_eq!(of_gh(0, b""), Some(Way::GhInput));
        assert_eq!(of_gh(0, b"a\n"), Some(Way::GhBody));
        assert_eq!(of_gh(1, b"\0\n"), Some(Way::GhFile));
        assert_eq!(of_gh(2, b"it's"), Some(Way::GhInput));
    }
}
