//! A job gets exactly its secrets: the only reader of values.
//!
//! A job says what it is: repository, ref, event, from a fork or not, environment. A runner alone is
//! believed only about the repositories that it is bound to, and nothing else; everything beyond is
//! fixed by somebody who may write to the repository, in a *ticket*, which a runner (or, where the
//! settings let people have values, that person) redeems once. GitHub's words for the states are kept:
//! a job is `queued`, or `waiting` for a timer or a reviewer, then `in_progress`, then `completed`.
//!
//! Values leave the server inside one sealed box for the key of whoever asked (`bundle`), and never in
//! any other way.

pub mod bundle;
pub mod end;
pub mod form;
pub mod gate;
pub mod open;
pub mod refusal;
pub mod render;
pub mod resolve;
pub mod routes;
pub mod start;
pub mod store;
pub mod ticket;

use sealyard_sql as sql;

use crate::directory::environment::EnvironmentSettings;
use crate::directory::{EnvironmentId, RepositoryId};
use crate::identity::AccountId;
use crate::runners::RunnerId;
use gate::Closed;

/// The id of a job; its ticket has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

/// What a job says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// Where it deploys to, by name.
    pub environment: Option<String>,
    /// What it runs, `refs/heads/…`, `refs/tags/…` or `refs/pull/…`.
    pub git_ref: Option<String>,
    /// What began it, in GitHub's words: `push`, `pull_request` …
    pub event: Option<String>,
    /// Whether the code that runs is from a fork: then it gets nothing.
    pub fork: bool,
}

/// Who vouches for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creator {
    /// A user, or an installation of an app.
    pub id: CreatorId,
    /// The login; `slug[bot]` for an app.
    pub login: String,
}

/// Who, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreatorId {
    /// A user.
    User(AccountId),
    /// An installation.
    Installation(crate::apps::InstallationId),
}

/// A reviewer's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who gave it.
    pub user_id: AccountId,
    /// By login.
    pub login: String,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// A job, from its ticket to its end.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Which repository it is of.
    pub repository_id: RepositoryId,
    /// What it says of itself.
    pub claims: Claims,
    /// The environment of that name when the job was made.
    pub environment_id: Option<EnvironmentId>,
    /// What protects that environment now; `None` once it is gone.
    pub protection: Option<EnvironmentSettings>,
    /// Who vouches; nobody for what a runner opened alone.
    pub creator: Option<Creator>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// The end of its ticket, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// Whether a reviewer let it pass.
    pub approval: Option<Approval>,
    /// On which runner it runs.
    pub runner: Option<(RunnerId, String)>,
    /// Seconds since 1970.
    pub started_at: Option<i64>,
    /// When it ends at the latest, in seconds since 1970.
    pub lease_ends_at: Option<i64>,
    /// Seconds since 1970.
    pub ended_at: Option<i64>,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
}

/// Where a job is, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// For a timer or a reviewer.
    Waiting,
    /// For a runner.
    Queued,
    /// It has its values.
    InProgress,
    /// It is over.
    Completed,
}

/// How a job ended, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// As it should.
    Success,
    /// As it should not.
    Failure,
    /// Somebody ended it, or its ticket was never redeemed.
    Cancelled,
    /// Its time was over.
    TimedOut,
}

impl Conclusion {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Success,
        Self::Failure,
        Self::Cancelled,
        Self::TimedOut,
    ];

    /// As in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.as_str() == text)
    }
}

impl Job {
    /// Whether it is over, by its end or because its time is.
    pub fn has_ended(&self, now: i64) -> bool {
        let end = match self.started_at {
            Some(_) => self.lease_ends_at,
            None => self.expires_at,
        };
        self.ended_at.is_some() || end.is_some_and(|end| end <= now)
    }

    /// Where it is.
    pub fn status(&self, now: i64) -> Status {
        if self.has_ended(now) {
            Status::Completed
        } else if self.started_at.is_some() {
            Status::InProgress
        } else if gate::time_and_review(self, now).is_err() {
            Status::Waiting
        } else {
            Status::Queued
        }
    }

    /// The earliest start, in seconds since 1970.
    pub fn not_before(&self) -> i64 {
        let minutes = self.protection.as_ref().map_or(0, |it| it.wait_timer);
        self.created_at.saturating_add(minutes.saturating_mul(60))
    }
}

/// Why a job or a ticket was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such ticket, job or environment, or not for this caller.
    #[error("not found")]
    NotFound,
    /// The rules of the environment are not fulfilled.
    #[error("the environment is closed")]
    Closed(Closed),
    /// A runner alone asked for an environment that is protected.
    #[error("the environment is protected")]
    Protected,
    /// Whoever vouched may not write to the repository any more.
    #[error("nobody vouches")]
    NobodyVouches,
    /// Values are for runners here.
    #[error("for runners")]
    ForRunners,
    /// A person asked without a ticket.
    #[error("no ticket")]
    NoTicket,
    /// The runner registered no key.
    #[error("no key")]
    NoKey,
    /// The key is not the one that the runner registered.
    #[error("foreign key")]
    ForeignKey,
    /// The ticket was redeemed already.
    #[error("redeemed")]
    Redeemed,
    /// The ticket's time is over.
    #[error("expired")]
    Expired,
    /// The job is over.
    #[error("ended")]
    Ended,
    /// Not one of the environment's reviewers.
    #[error("not a reviewer")]
    NotReviewer,
    /// Nobody approves their own job here.
    #[error("self review")]
    SelfReview,
    /// There is nothing to approve.
    #[error("nothing to approve")]
    NothingToApprove,
    /// A name of `only` that the job does not get.
    #[error("not given")]
    NotGiven(String),
    /// Secrets whose record does not open, as `scope NAME`.
    #[error("does not open")]
    DoesNotOpen(Vec<String>),
    /// The repository has [`ticket::TICKETS_MAX`].
    #[error("too many tickets")]
    TooManyTickets,
    /// Ours: something could not be written.
    #[error("internal")]
    Internal,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] sql::Error),
}
