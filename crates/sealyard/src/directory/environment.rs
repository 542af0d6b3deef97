//! Environments: what protects them, and how they come and go.
//!
//! The protection rules are kept and given back. Nothing here waits for a reviewer: what a job may
//! have is decided where it asks.

use std::collections::{BTreeMap, BTreeSet};

use sealyard_sql as sql;
use serde::{Deserialize, Serialize};

use super::{
    Environment, EnvironmentId, EnvironmentName, Error, Owner, Repository, RepositoryId, store,
};
use crate::app::App;
use crate::audit::{self, Actor, Event, Write};
use crate::counter;

/// Environments of one repository. GitHub names no limit; this one keeps the deletion of a
/// repository, which is one write, within 100,000 secrets.
pub const ENVIRONMENTS_MAX: i64 = 1_000;
/// GitHub: "up to six users or teams".
pub const REVIEWERS_MAX: usize = 6;
/// GitHub: 30 days, in minutes.
pub const WAIT_TIMER_MAX: i64 = 43_200;

/// An environment with all that its JSON shows.
#[derive(Debug, Clone)]
pub struct EnvironmentDetails {
    /// What it is.
    pub environment: Environment,
    /// What protects it.
    pub settings: EnvironmentSettings,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970; never goes back.
    pub updated_at: i64,
}

/// What protects an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvironmentSettings {
    /// Minutes that a job waits, at most [`WAIT_TIMER_MAX`].
    pub wait_timer: i64,
    /// Ids of the users one of whom approves a job, each once, at most [`REVIEWERS_MAX`].
    pub reviewers: Vec<i64>,
    /// Whether nobody approves their own job.
    pub prevent_self_review: bool,
    /// Whether administrators pass the rules.
    pub can_admins_bypass: bool,
    /// Which branches deploy; all of them, if there is none.
    pub branch_policy: Option<BranchPolicy>,
}

/// Which branches may deploy to an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BranchPolicy {
    /// Those that are protected.
    Protected,
    /// Those that match patterns.
    Custom,
}

impl Default for EnvironmentSettings {
    fn default() -> Self {
        Self {
            wait_timer: 0,
            reviewers: Vec::new(),
            prevent_self_review: false,
            can_admins_bypass: true,
            branch_policy: None,
        }
    }
}

/// The reviewers that environments name, by id.
pub type Reviewers = BTreeMap<i64, Owner>;

/// Makes an environment or changes it, and gives what came of it with its reviewers. Without
/// settings, one that exists stays as it is.
///
/// [`Error::NotFound`] if the repository went away, [`Error::TooMany`] if it has
/// [`ENVIRONMENTS_MAX`], [`Error::UnknownReviewer`] if a reviewer is not a user.
pub async fn put(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    name: &EnvironmentName,
    settings: Option<EnvironmentSettings>,
) -> Result<(EnvironmentDetails, Reviewers), Error> {
    let mut write = audit::begin(app, repository.owner.id).await?;
    let found = store::environment::get(&mut write.tx, repository.id, name.as_str()).await?;
    let wanted = settings
        .or_else(|| found.as_ref().map(|found| found.settings.clone()))
        .unwrap_or_default();
    let ids: BTreeSet<i64> = wanted.reviewers.iter().copied().collect();
    let reviewers = store::environment::users(&mut write.tx, &ids).await?;
    if ids.iter().any(|id| !reviewers.contains_key(id)) {
        return Err(write.refuse(Error::UnknownReviewer).await);
    }
    let put = match found {
        Some(found) if found.settings == wanted => {
            write.unchanged().await?;
            return Ok((found, reviewers));
        }
        Some(found) => protect(app, actor, &mut write, repository, found, wanted).await,
        None => match check_room(&mut write.tx, repository.id, 1).await {
            Ok(()) => add(app, actor, &mut write, repository, name, wanted).await,
            Err(refusal) => Err(refusal),
        },
    };
    match put {
        Ok(details) => {
            write.commit().await?;
            Ok((details, reviewers))
        }
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

/// Changes what protects an environment, and records it.
async fn protect(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    repository: &Repository,
    found: EnvironmentDetails,
    settings: EnvironmentSettings,
) -> Result<EnvironmentDetails, Error> {
    let updated_at = app.clock.now_s().max(found.updated_at);
    let changed = EnvironmentDetails {
        settings,
        updated_at,
        ..found
    };
    store::environment::update(&mut write.tx, &changed).await?;
    let event = Event {
        action: "environment.update_protection_rule",
        environment_name: Some(&changed.environment.name),
        ..Event::in_repository(repository)
    };
    write.record(app, actor, &event).await?;
    Ok(changed)
}

/// Whether a repository may have `more` environments: [`Error::TooMany`] beyond
/// [`ENVIRONMENTS_MAX`].
pub async fn check_room(
    session: &mut sql::Session,
    repository: RepositoryId,
    more: i64,
) -> Result<(), Error> {
    let (things, max) = ("environments", ENVIRONMENTS_MAX);
    if store::environment::count(session, repository).await? + more > max {
        return Err(Error::TooMany { things, max });
    }
    Ok(())
}

/// Makes an environment and records it, within its owner's write and after [`check_room`].
///
/// [`Error::Taken`] if the repository has one of that name, [`Error::NotFound`] if it went away.
pub async fn add(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    repository: &Repository,
    name: &EnvironmentName,
    settings: EnvironmentSettings,
) -> Result<EnvironmentDetails, Error> {
    let details = insert(app, write, repository, name, settings).await?;
    let event = Event {
        action: "environment.create",
        environment_name: Some(&details.environment.name),
        ..Event::in_repository(repository)
    };
    write.record(app, actor, &event).await?;
    Ok(details)
}

async fn insert(
    app: &App,
    write: &mut Write,
    repository: &Repository,
    name: &EnvironmentName,
    settings: EnvironmentSettings,
) -> Result<EnvironmentDetails, Error> {
    let now = app.clock.now_s();
    let id = EnvironmentId(counter::next(&mut write.tx, "environment").await?);
    let details = EnvironmentDetails {
        environment: Environment {
            id,
            name: name.as_str().to_owned(),
        },
        settings,
        created_at: now,
        updated_at: now,
    };
    let inserted = store::environment::insert(&mut write.tx, repository.id, &details).await?;
    inserted.then_some(details).ok_or(Error::NotFound)
}

/// Deletes an environment with its secrets and keys. One made later under its name has none of
/// them.
///
/// [`Error::NotFound`] if it went away meanwhile.
pub async fn delete(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    environment: &Environment,
) -> Result<(), Error> {
    let mut write = audit::begin(app, repository.owner.id).await?;
    if !store::removal::environment(&mut write.tx, environment.id).await? {
        return Err(write.refuse(Error::NotFound).await);
    }
    let event = Event {
        action: "environment.delete",
        environment_name: Some(&environment.name),
        ..Event::in_repository(repository)
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}
