//! Who opens a job, and what it gets: checked, opened and sealed before a transaction begins
//! (`start`).

use std::collections::BTreeSet;
use std::sync::Arc;

use sealyard_sql as sql;
use sealyard_vault::PublicKey;
use tokio::task::spawn_blocking;

use super::bundle::{self, Origin};
use super::gate;
use super::resolve::{Record, resolve};
use super::start::{Begun, Given};
use super::store::{job as store, records};
use super::ticket::protection;
use super::{Claims, CreatorId, Error, Job, JobId};
use crate::app::{App, Shared};
use crate::directory::store as directory;
use crate::directory::{Environment, Repository, RepositoryRole};
use crate::http::exchange::Exchange;
use crate::identity::Caller;
use crate::identity::caller::Machine;
use crate::secrets::name::SecretName;

/// The longest job, in minutes. GitHub: five days on a self-hosted runner.
pub const TIMEOUT_MINUTES_MAX: i64 = 7_200;
/// How long a job may take that does not say. GitHub's `timeout-minutes`: 360.
pub const TIMEOUT_MINUTES: i64 = 360;

/// What a job asks for.
pub struct Request {
    /// The key to seal to.
    pub recipient: PublicKey,
    /// These secrets and no others.
    pub only: Option<BTreeSet<SecretName>>,
    /// Whether the box lists the strings to mask.
    pub masked: bool,
    /// How long the job takes at most.
    pub timeout_minutes: i64,
}

/// The job that asks.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Of which repository.
    pub repository: &'a Repository,
    /// The environment that its claims name, if it is there.
    pub environment: Option<&'a Environment>,
    /// The job as its ticket made it, unless it has none.
    pub ticket: Option<&'a Job>,
    /// What it says of itself.
    pub claims: &'a Claims,
}

/// A job that was opened.
pub struct Opened {
    /// Which.
    pub job: JobId,
    /// Of which environment.
    pub environment: Option<String>,
    /// Seconds since 1970.
    pub started_at: i64,
    /// When it ends at the latest, in seconds since 1970.
    pub lease_ends_at: i64,
    /// What only the recipient's key opens.
    pub sealed_box: Vec<u8>,
}

/// Opens a job: with its ticket, or alone as a runner may.
///
/// The repository is one that the caller reaches, by the permission table. [`Error`] says what else is
/// asked of whom.
pub async fn open(
    app: &Shared,
    exchange: &Exchange,
    asked: &Asked<'_>,
    request: Request,
) -> Result<Opened, Error> {
    let now = app.clock.now_s();
    let runner = recipient(app, &exchange.caller, asked.ticket, &request.recipient)?;
    let mut read = exchange.read(app).await?;
    may_start(&mut read, asked, runner, now).await?;
    let records = records(&mut read, asked).await?;
    drop(read);
    let chosen = resolve(records, request.only.as_ref())?;
    let given = Given::of(&chosen);
    let begun = Begun {
        app,
        exchange,
        asked,
        runner,
        now,
        lease_ends_at: now.saturating_add(request.timeout_minutes.saturating_mul(60)),
    };
    let sealed_box = match seal(app, asked, chosen, request).await {
        Err(Error::DoesNotOpen(names)) => {
            begun.fail(&names).await?;
            return Err(Error::DoesNotOpen(names));
        }
        other => other?,
    };
    let job = begun.start(&given).await?;
    Ok(Opened {
        job,
        environment: asked.claims.environment.clone(),
        started_at: now,
        lease_ends_at: begun.lease_ends_at,
        sealed_box,
    })
}

/// Whether the caller may have values at all, for this key. The runner, if it is one.
fn recipient<'a>(
    app: &App,
    caller: &'a Caller,
    ticket: Option<&Job>,
    key: &PublicKey,
) -> Result<Option<&'a Machine>, Error> {
    match caller {
        // What a proxy or a log sees of a runner's credential must not be enough to have its values:
        // they are for the key that it made when it was enrolled.
        Caller::Runner(machine) => match &machine.public_key {
            None => Err(Error::NoKey),
            Some(own) if own != key.as_bytes() => Err(Error::ForeignKey),
            Some(_) => Ok(Some(machine)),
        },
        Caller::User(principal) => {
            let own = CreatorId::User(principal.user_id);
            match ticket.map(|job| job.creator.as_ref().map(|creator| creator.id)) {
                _ if !app.wire.deliver_to_people => Err(Error::ForRunners),
                None => Err(Error::NoTicket),
                Some(id) if id == Some(own) => Ok(None),
                Some(_) => Err(Error::NotFound),
            }
        }
        Caller::Anonymous | Caller::Installation(_) | Caller::App(_) | Caller::Enrolment(_) => {
            Err(Error::ForRunners)
        }
    }
}

/// Whether a job may start now, as far as it is not the caller's permission. Asked before its values
/// are read, and again in the transaction that starts it.
pub async fn may_start(
    session: &mut sql::Session,
    asked: &Asked<'_>,
    runner: Option<&Machine>,
    now: i64,
) -> Result<(), Error> {
    match asked.ticket {
        Some(job) => redeemable(session, asked, job, runner, now).await,
        None => open_to_runners(session, asked).await,
    }
}

/// Whether a ticket can be redeemed now.
async fn redeemable(
    session: &mut sql::Session,
    asked: &Asked<'_>,
    job: &Job,
    runner: Option<&Machine>,
    now: i64,
) -> Result<(), Error> {
    if job.started_at.is_some() || job.ended_at.is_some() {
        return Err(Error::Redeemed);
    }
    if job.has_ended(now) {
        return Err(Error::Expired);
    }
    // A person is their own witness, and is asked for their role with each request.
    if runner.is_some() && !vouched(session, asked.repository, job).await? {
        return Err(Error::NobodyVouches);
    }
    let environment = asked.environment;
    if environment.map(|environment| environment.id) != job.environment_id {
        return Err(Error::NotFound);
    }
    if let Some(environment) = environment {
        protection(session, environment, &job.claims).await?;
        gate::time_and_review(job, now).map_err(Error::Closed)?;
    }
    Ok(())
}

/// What a runner may ask for without a ticket: nothing of an environment that anything protects.
async fn open_to_runners(session: &mut sql::Session, asked: &Asked<'_>) -> Result<(), Error> {
    if let Some(environment) = asked.environment {
        let settings = directory::environment::settings(session, environment.id).await?;
        if gate::is_protected(&settings.ok_or(Error::NotFound)?) {
            return Err(Error::Protected);
        }
    } else if asked.claims.environment.is_some() {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// All records that reach the job.
async fn records(read: &mut sql::Read, asked: &Asked<'_>) -> Result<Vec<Record>, Error> {
    // The code of a fork gets nothing, whatever it says of itself.
    if asked.claims.fork {
        return Ok(Vec::new());
    }
    let mut found = match asked.ticket {
        Some(job) => records::copied(read, job.id).await?,
        None => records::of_repository(read, asked.repository).await?,
    };
    if let Some(environment) = asked.environment {
        found.extend(records::of_environment(read, environment.id).await?);
    }
    Ok(found)
}

/// Whether whoever made the ticket may still write to the repository.
async fn vouched(
    session: &mut sql::Session,
    repository: &Repository,
    job: &Job,
) -> Result<bool, sql::Error> {
    let Some(creator) = &job.creator else {
        return Ok(false);
    };
    match creator.id {
        CreatorId::Installation(id) => store::installation_stands(session, id, repository).await,
        CreatorId::User(id) => {
            let role = store::role_of(session, repository, id).await?;
            Ok(store::user_stands(session, id).await? && role >= Some(RepositoryRole::Write))
        }
    }
}

/// Opens the records and seals the values, on a thread where it harms nobody that it takes a while.
async fn seal(
    app: &Shared,
    asked: &Asked<'_>,
    chosen: Vec<Record>,
    request: Request,
) -> Result<Vec<u8>, Error> {
    let app = Arc::clone(app);
    let origin = Origin {
        repository: asked.repository.clone(),
        environment: asked.environment.map(|it| (it.id, it.name.clone())),
    };
    let work = spawn_blocking(move || {
        let values = bundle::open(&app.keyring, &origin, chosen)?;
        bundle::seal(&origin, &values, request.masked, &request.recipient)
            .map_err(|_| Error::Internal)
    });
    work.await.unwrap_or(Err(Error::Internal))
}
