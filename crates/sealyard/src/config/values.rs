//! The values that settings have beyond numbers and paths.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::http::profile::Profile;

/// A text that is none of the values that a setting takes; it says which ones there are.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct BadValue(&'static str);

impl FromStr for Profile {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        [Self::Ghes32, Self::GithubCom]
            .into_iter()
            .find(|profile| profile.name() == text)
            .ok_or(BadValue("the profiles are ghes-3.2 and github.com"))
    }
}

/// What log lines look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object in each line.
    Json,
}

impl FromStr for LogFormat {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(BadValue("the log formats are text and json")),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Where the server's certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsSource {
    /// Two PEM files.
    Files {
        /// The chain, the server's own certificate first.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// An authority of our own in the data directory.
    Local,
}

/// Where a `PostgreSQL` database is: `postgres://…` or `postgresql://…`, as libpq takes it.
///
/// It may hold a password, so it prints without one, and [`as_str`](Self::as_str) is the only way
/// to the whole text.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole URL, password included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadValue(
                "the database URL begins with postgres:// or postgresql://",
            ))
        }
    }
}

impl fmt::Display for DatabaseUrl {
    /// The URL without its password and parameters, which may hold another one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        // A password may hold `?` or `/` that nobody escaped: what is before the last `@` is
        // never a place.
        let (who, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let place = place.split('?').next().unwrap_or_default();
        let user = who.split(':').next().unwrap_or_default();
        match who.contains(':') {
            true => write!(f, "{scheme}://{user}:***@{place}"),
            false if who.is_empty() => write!(f, "{scheme}://{place}"),
            false => write!(f, "{scheme}://{user}@{place}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_prints_without_its_password() {
        for (url, printed) in [
            ("postgres://u:pass@db:5432/x", "postgres://u:***@db:5432/x"),
            ("postgres://u:p?a/s@s@db/x", "postgres://u:***@db/x"),
            ("postgresql://u@db/x?password=pass", "postgresql://u@db/x"),
            ("postgres:///x?host=/run/pg", "postgres:///x"),
        ] {
            let url: DatabaseUrl = url.parse().expect(url);
            assert_eq!(url.to_string(), printed);
            assert_eq!(format!("{url:?}"), format!("DatabaseUrl({printed})"));
        }
    }

    #[test]
    fn a_refused_value_is_not_repeated() {
        let error = "mysql://u:pass@db/x"
            .parse::<DatabaseUrl>()
            .expect_err("not PostgreSQL");
        assert!(!error.to_string().contains("pass"));
    }
}
