//! Self-hosted runners: enrolled with a token of an organisation or repository, listed, labelled,
//! taken off. What a runner does with its credential is the business of the delivery of secrets.

pub mod form;
pub mod label;
pub mod register;
pub mod routes;
pub mod scope;
pub mod store;

use sealyard_sql as sql;

use crate::app::App;
use crate::audit::{self, Actor, Event};
use label::Label;
use scope::Scope;

/// How long after it was last heard of a runner counts as online, in seconds.
const ONLINE_FOR: i64 = 60;
/// Runners of one scope: our choice, more machines than one team has, and few enough to count.
pub const RUNNERS_MAX: i64 = 10_000;
/// The longest name of a runner, in characters. GitHub's pages name no limit; this is our choice.
pub const NAME_LENGTH_MAX: usize = 64;

/// The id of a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunnerId(pub i64);

/// A runner with its labels.
#[derive(Debug, Clone)]
pub struct Runner {
    /// Its id.
    pub id: RunnerId,
    /// Its name, unique in its scope.
    pub name: String,
    /// `Linux`, `Windows`, `macOS`, what else it said, or `unknown`.
    pub os: String,
    /// Whether a job runs on it.
    pub busy: bool,
    /// Seconds since 1970; `None` before it was first heard of.
    pub last_seen_at: Option<i64>,
    /// Read-only ones first.
    pub labels: Vec<Label>,
}

impl Runner {
    /// Whether it was heard of lately.
    pub fn is_online(&self, now: i64) -> bool {
        self.last_seen_at
            .is_some_and(|seen| now.saturating_sub(seen) <= ONLINE_FOR)
    }
}

/// The name of a runner: 1 to 64 characters, no control characters. Compared as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerName(String);

impl RunnerName {
    /// Checks the form.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=NAME_LENGTH_MAX).contains(&text.chars().count());
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why something about runners was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such runner, or no such label on it, in this scope.
    #[error("not found")]
    NotFound,
    /// A job runs on the runner of this name.
    #[error("the runner is busy")]
    Busy(String),
    /// The name is taken in this scope.
    #[error("the name is taken")]
    NameTaken,
    /// The registration token is not one, or its hour is over.
    #[error("the token is not valid")]
    BadToken,
    /// The scope has [`RUNNERS_MAX`].
    #[error("too many runners")]
    TooMany,
    /// An archived repository takes no new runners.
    #[error("the repository is archived")]
    Archived,
    /// More than [`label::LABELS_MAX`] custom labels.
    #[error("too many labels")]
    TooManyLabels,
    /// A label that says what the runner is.
    #[error("the label is read-only")]
    ReadOnlyLabel,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] sql::Error),
}

/// Takes a runner off its scope. Its credential is worth nothing from then on.
///
/// [`Error::Busy`] while a job runs on it; a runner that fell silent does not count as running
/// one, or nobody could ever take off a machine that died at work.
pub async fn delete(app: &App, scope: &Scope, id: RunnerId, actor: &Actor) -> Result<(), Error> {
    let mut write = audit::begin(app, scope.owner()).await?;
    let Some(runner) = store::get(&mut write.tx, scope.key(), id).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    if runner.busy && runner.is_online(app.clock.now_s()) {
        return Err(write.refuse(Error::Busy(runner.name)).await);
    }
    store::delete(&mut write.tx, id).await?;
    let action = scope.action("remove_self_hosted_runner");
    let event = Event {
        action: &action,
        name: Some(&runner.name),
        ..scope.event()
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}
