//! Self-hosted runners: enrolled with a token of an organisation or repository, listed, labelled,
//! taken off. What a runner gets with its credential is the business of the delivery of secrets.

pub mod form;
pub mod label;
pub mod register;
pub mod routes;
pub mod scope;
pub mod store;

use std::collections::BTreeSet;

use sealyard_sql as sql;

use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::delivery;
use crate::directory::store::selection as chosen;
use crate::directory::{Organization, RepositoryId};
use crate::identity::caller::{Machine, Selection};
use label::Label;
use scope::Scope;

/// How long after it was last heard of a runner counts as online, in seconds.
const ONLINE_FOR: i64 = 60;
/// Runners of one scope: our choice, more machines than one team has, and few enough to count.
pub const RUNNERS_MAX: i64 = 10_000;
/// The longest name of a runner, in characters. GitHub's pages name no limit; this is our choice.
pub const NAME_LENGTH_MAX: usize = 64;

/// Repositories that one runner of an organisation serves: one row each.
pub const SERVED_MAX: usize = 500;

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
    /// Seconds since 1970; `None` before it was first heard of.
    pub last_seen_at: Option<i64>,
    /// When the last of its open jobs ends at the latest, in seconds since 1970.
    pub busy_until: Option<i64>,
    /// Read-only ones first.
    pub labels: Vec<Label>,
}

impl Runner {
    /// Whether it was heard of lately.
    pub fn is_online(&self, now: i64) -> bool {
        self.last_seen_at
            .is_some_and(|seen| now.saturating_sub(seen) <= ONLINE_FOR)
    }

    /// Whether a job runs on it.
    pub fn is_busy(&self, now: i64) -> bool {
        self.busy_until.is_some_and(|end| end > now)
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
    /// A repository is not one of the organisation's.
    #[error("not in the organisation")]
    NotInOrganization,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] sql::Error),
}

/// Takes a runner off its scope. Its credential is worth nothing from then on, and its jobs end.
///
/// [`Error::Busy`] while a job runs on it; a runner that fell silent does not count as running
/// one, or nobody could ever take off a machine that died at work. Nor does it stop those who have it
/// `forced`: one that is hostile will never be silent.
pub async fn delete(
    app: &App,
    scope: &Scope,
    id: RunnerId,
    forced: bool,
    actor: &Actor,
) -> Result<(), Error> {
    let mut write = audit::begin(app, scope.owner()).await?;
    let Some(runner) = store::get(&mut write.tx, scope.key(), id).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    let now = app.clock.now_s();
    if !forced && runner.is_busy(now) && runner.is_online(now) {
        return Err(write.refuse(Error::Busy(runner.name)).await);
    }
    delivery::end::of_runner(app, &mut write, actor, &runner).await?;
    store::delete(&mut write.tx, id, scope.owner(), now).await?;
    let action = scope.action("remove_self_hosted_runner");
    let event = Event {
        action: &action,
        name: Some(&runner.name),
        ..scope.event()
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

/// Notes that a runner is there: it is online from now on, for a minute.
///
/// [`Error::NotFound`] if it was taken off meanwhile. This is no change that the log tells of.
pub async fn heartbeat(app: &App, runner: &Machine) -> Result<(), Error> {
    let mut write = audit::begin(app, runner.owner).await?;
    if !store::seen(&mut write.tx, runner.id, app.clock.now_s()).await? {
        return Err(write.refuse(Error::NotFound).await);
    }
    Ok(write.commit().await?)
}

/// Makes an organisation's runner serve exactly these repositories.
///
/// [`Error::NotFound`] if there is no such runner, [`Error::NotInOrganization`] if one of the
/// repositories is not the organisation's.
pub async fn serve(
    app: &App,
    organization: &Organization,
    id: RunnerId,
    repositories: &BTreeSet<RepositoryId>,
    actor: &Actor,
) -> Result<(), Error> {
    let scope = Scope::Organization(organization.clone());
    let mut write = audit::begin(app, organization.id).await?;
    let Some(runner) = store::get(&mut write.tx, scope.key(), id).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    let selection = store::selection(&mut write.tx, organization.id, id).await?;
    let selection = selection.unwrap_or(Selection(Some(0)));
    let changed = chosen::replace(&mut write.tx, organization.id, selection, repositories).await?;
    let Some(changed) = changed else {
        return Err(write.refuse(Error::NotInOrganization).await);
    };
    if changed == 0 {
        return Ok(write.unchanged().await?);
    }
    let event = Event {
        action: "org.update_self_hosted_runner_repositories",
        name: Some(&runner.name),
        repositories: Some(i64::try_from(repositories.len()).unwrap_or(i64::MAX)),
        ..scope.event()
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}
