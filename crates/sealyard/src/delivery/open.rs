//! The start of a job: who asks is checked, the values are opened and sealed, and only then is a
//! transaction begun that asks once more what may have changed, and writes down what is given.

use std::collections::BTreeSet;
use std::sync::Arc;

use sealyard_sql as sql;
use sealyard_vault::{OwnerKind, PublicKey};
use tokio::task::spawn_blocking;

use super::bundle::{self, Origin};
use super::gate;
use super::resolve::{Record, resolve, word};
use super::store::{delivered, job as store, records};
use super::ticket::{event, protection};
use super::{Claims, Conclusion, CreatorId, Error, Job, JobId};
use crate::app::{App, Shared};
use crate::audit::{self, Actor, Event, Write};
use crate::directory::repository::{Lookup, lookup};
use crate::directory::store::{self as directory, RepositoryBy};
use crate::directory::{Environment, Repository, RepositoryRole};
use crate::http::exchange::Exchange;
use crate::identity::Caller;
use crate::identity::caller::Machine;
use crate::runners::{RunnerId, store as runners};
use crate::secrets::name::SecretName;
use crate::secrets::scope::ScopeKey;

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
    let records = match asked.ticket {
        Some(job) => redeem(&mut read, asked, job, runner, now).await?,
        None => alone(&mut read, asked).await?,
    };
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

/// What a ticket opens, if it can be redeemed now.
async fn redeem(
    read: &mut sql::Read,
    asked: &Asked<'_>,
    job: &Job,
    runner: Option<&Machine>,
    now: i64,
) -> Result<Vec<Record>, Error> {
    if job.started_at.is_some() || job.ended_at.is_some() {
        return Err(Error::Redeemed);
    }
    if job.has_ended(now) {
        return Err(Error::Expired);
    }
    // A person is their own witness, and was asked for their role just now.
    if runner.is_some() && !vouched(read, asked.repository, job).await? {
        return Err(Error::NobodyVouches);
    }
    let environment = asked.environment;
    if environment.map(|environment| environment.id) != job.environment_id {
        return Err(Error::NotFound);
    }
    if let Some(environment) = environment {
        protection(read, environment, &job.claims).await?;
        gate::time_and_review(job, now).map_err(Error::Closed)?;
    }
    // The code of a fork gets nothing, whatever it says of itself.
    if job.claims.fork {
        return Ok(Vec::new());
    }
    let mut found = records::copied(read, job.id).await?;
    if let Some(environment) = environment {
        found.extend(records::of_environment(read, environment.id).await?);
    }
    Ok(found)
}

/// Whether whoever made the ticket may still write to the repository.
async fn vouched(
    read: &mut sql::Read,
    repository: &Repository,
    job: &Job,
) -> Result<bool, sql::Error> {
    let Some(creator) = &job.creator else {
        return Ok(false);
    };
    match creator.id {
        CreatorId::Installation(id) => store::installation_stands(read, id, repository).await,
        CreatorId::User(id) => {
            let role = store::role_of(read, repository, id).await?;
            Ok(store::user_stands(read, id).await? && role >= Some(RepositoryRole::Write))
        }
    }
}

/// What a runner gets without a ticket: nothing of an environment that anything protects.
async fn alone(read: &mut sql::Read, asked: &Asked<'_>) -> Result<Vec<Record>, Error> {
    if let Some(environment) = asked.environment {
        let settings = directory::environment::settings(read, environment.id).await?;
        if gate::is_protected(&settings.ok_or(Error::NotFound)?) {
            return Err(Error::Protected);
        }
    } else if asked.claims.environment.is_some() {
        return Err(Error::NotFound);
    }
    let mut found = records::of_repository(read, asked.repository).await?;
    if let Some(environment) = asked.environment {
        found.extend(records::of_environment(read, environment.id).await?);
    }
    Ok(found)
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

/// The names that each scope gives, in order.
struct Given {
    names: Vec<(OwnerKind, String)>,
}

impl Given {
    fn of(chosen: &[Record]) -> Self {
        let mut names: Vec<_> = chosen
            .iter()
            .map(|record| (record.scope, record.name.clone()))
            .collect();
        names.sort();
        Self { names }
    }

    fn of_scope(&self, kind: OwnerKind) -> Vec<&str> {
        self.names
            .iter()
            .filter(|(scope, _)| *scope == kind)
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// For the log, each with its scope.
    fn words(&self) -> Vec<String> {
        self.names
            .iter()
            .map(|(scope, name)| format!("{} {name}", word(*scope)))
            .collect()
    }
}

/// A job about to start.
struct Begun<'a> {
    app: &'a App,
    exchange: &'a Exchange,
    asked: &'a Asked<'a>,
    runner: Option<&'a Machine>,
    now: i64,
    lease_ends_at: i64,
}

impl Begun<'_> {
    fn runner(&self) -> Option<(RunnerId, &str)> {
        self.runner
            .map(|machine| (machine.id, machine.name.as_str()))
    }

    fn event<'e>(&'e self, action: &'e str, job: Option<JobId>) -> Event<'e> {
        Event {
            runner_id: self.runner.map(|machine| machine.id.0),
            runner_name: self.runner.map(|machine| machine.name.as_str()),
            ..event(action, self.asked.repository, job, self.asked.claims)
        }
    }

    /// Writes down that the job starts and what it is given. What may have changed since it was looked
    /// at is asked again: the runner is still there and bound, the ticket was not redeemed.
    async fn start(&self, given: &Given) -> Result<JobId, Error> {
        let mut write = audit::begin(self.app, self.asked.repository.owner.id).await?;
        match self.write(&mut write, given).await {
            Ok(id) => {
                let secrets = given.words();
                let event = Event {
                    secrets_passed: Some(&secrets),
                    ..self.event("workflows.prepared_workflow_job", Some(id))
                };
                write
                    .record(self.app, &Actor::of(self.exchange), &event)
                    .await?;
                write.commit().await?;
                Ok(id)
            }
            Err(refusal) => Err(write.refuse(refusal).await),
        }
    }

    async fn write(&self, write: &mut Write, given: &Given) -> Result<JobId, Error> {
        let tx = &mut write.tx;
        if let Some(machine) = self.runner {
            let bound = lookup(
                tx,
                RepositoryBy::Id(self.asked.repository.id.0),
                &self.exchange.caller,
                None,
            );
            let bound = matches!(bound.await?, Lookup::Here(_));
            if !bound || !runners::seen(tx, machine.id, self.now).await? {
                return Err(Error::NotFound);
            }
        }
        let id = if let Some(job) = self.asked.ticket {
            job.id
        } else {
            let row = store::NewJob {
                repository: self.asked.repository.id,
                environment: self.asked.environment.map(|environment| environment.id),
                claims: self.asked.claims,
                ticket: None,
                creator: None,
                created_at: self.now,
                expires_at: None,
            };
            store::insert(tx, &row).await?.ok_or(Error::NotFound)?
        };
        if !store::start(tx, id, self.runner(), self.now, self.lease_ends_at).await? {
            return Err(Error::Redeemed);
        }
        let to = delivered::Recipient {
            job: id,
            repository: self.asked.repository.id,
            runner: self.runner(),
            now: self.now,
        };
        for scope in self.scopes() {
            let names = given.of_scope(scope.kind);
            if !names.is_empty() {
                delivered::note(tx, scope, &names, &to).await?;
            }
        }
        Ok(id)
    }

    fn scopes(&self) -> impl Iterator<Item = ScopeKey> {
        let organization = ScopeKey {
            kind: OwnerKind::Organization,
            id: self.asked.repository.owner.id.0,
        };
        let repository = ScopeKey {
            kind: OwnerKind::Repository,
            id: self.asked.repository.id.0,
        };
        let environment = self.asked.environment.map(|environment| ScopeKey {
            kind: OwnerKind::Environment,
            id: environment.id.0,
        });
        [Some(organization), Some(repository), environment]
            .into_iter()
            .flatten()
    }

    /// Writes down that a job cannot start, and ends it.
    async fn fail(&self, names: &[String]) -> Result<(), Error> {
        let mut write = audit::begin(self.app, self.asked.repository.owner.id).await?;
        let ticket = self.asked.ticket;
        if let Some(job) = ticket {
            store::end(&mut write.tx, job.id, Conclusion::Failure, self.now).await?;
        }
        let detail = format!("does not open: {}", names.join(", "));
        let event = Event {
            detail: Some(&detail),
            ..self.event(super::refusal::ACTION, ticket.map(|job| job.id))
        };
        write
            .record(self.app, &Actor::of(self.exchange), &event)
            .await?;
        Ok(write.commit().await?)
    }
}
