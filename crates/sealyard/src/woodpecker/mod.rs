//! `sealyard woodpecker`: the secrets of a repository for a pipeline of Woodpecker, by its secret
//! extension. <https://woodpecker-ci.org/docs/usage/extensions/secret-extension>
//!
//! Woodpecker asks once for each pipeline, when it is created, approved or restarted, by a signed
//! `POST`; the answer holds the values **in the clear**, because that is its protocol. Sealyard's
//! own server answers with sealed boxes only, so that no proxy, log or memory dump beside it ever
//! holds a value. Therefore this is a process of its own, which runs beside Woodpecker's server: a
//! runner like others, with a runner's credential and key, for the repositories that this runner
//! serves, and with nothing else of Sealyard's. Whoever takes it over has what Woodpecker has.
//!
//! What it promises:
//!
//! * It asks Sealyard for nothing unless Woodpecker's key signed the target and the body
//!   (RFC 9421, RFC 9530), within five minutes, for the first time. Everything else is 401. What
//!   was signed before the process started may have been used; it is put off with 503, and
//!   Woodpecker asks again with a new signature.
//! * Code that may come from a fork gets an empty list. Woodpecker leaves `from_fork` out where it
//!   is false, and out is not false: pull requests get values only from a Woodpecker that says
//!   `false`. An empty list, because Woodpecker, although its documentation offers it, takes the
//!   empty body of a 204 for a broken answer, and asks three times more.
//! * All of the secrets or none: a value that JSON cannot hold refuses the delivery, by its name.
//! * The job in Sealyard ends when the answer is made, also if nobody waits for it any more.
//!
//! What it cannot change: Woodpecker goes on without these secrets when it is refused; steps then
//! fail for want of them. It prefers them to its own of the same name, but compares names by case,
//! and then looks them up without: an own secret `gh_token` hides `GH_TOKEN` from here.
//!
//! Read in Woodpecker 3.15 (`server/services/secret/http.go`, `server/services/utils/http.go`).

use std::fmt;

use sealyard_vault::Plaintext;

use crate::directory::RepositoryName;
use crate::identity::Login;

pub mod digest;
pub mod request;
pub mod rules;
pub mod runner;
pub mod serve;
pub mod signature;

#[cfg(test)]
mod tests;

/// The repository of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The login of its owner.
    pub owner: Login,
    /// Its name.
    pub name: RepositoryName,
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner.as_str(), self.name.as_str())
    }
}

/// A secret, as a job gets it.
pub struct Secret {
    /// Its name.
    pub name: String,
    /// Its value: any bytes.
    pub value: Plaintext,
}

/// A job that was opened, and all that it gets.
pub struct Job {
    /// Its number in Sealyard.
    pub id: i64,
    /// What Sealyard gives it.
    pub secrets: Vec<Secret>,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// Its secrets went to Woodpecker.
    Success,
    /// They could not be said in Woodpecker's words.
    Failure,
    /// Woodpecker no longer waited.
    Cancelled,
}

/// Why Sealyard opens no job. The messages go to Woodpecker's log: they say what to do, and hold
/// nothing secret.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It does not open one for this runner and repository, and will not a second later either.
    #[error("{0}")]
    Denied(String),
    /// It is not there, or cannot answer now.
    #[error("{0}")]
    Unavailable(String),
}

/// Sealyard, as far as it is needed here.
pub trait Jobs: Send + Sync + 'static {
    /// Opens a job of this repository.
    fn begin(&self, repository: &Repository) -> impl Future<Output = Result<Job, Refused>> + Send;

    /// Ends it. Where that fails, its lease will.
    fn complete(&self, job: i64, conclusion: Conclusion) -> impl Future<Output = ()> + Send;
}
