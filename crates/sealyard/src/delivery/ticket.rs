//! Tickets: somebody who may write to a repository fixes what a job says of itself.

use sealyard_sql as sql;

use super::gate::{self, Closed, NoReviewer};
use super::store::{job as store, records};
use super::{Approval, Claims, Creator, CreatorId, Error, Job, JobId};
use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::environment::EnvironmentSettings;
use crate::directory::repository::{Lookup, lookup};
use crate::directory::store::{self as directory, RepositoryBy};
use crate::directory::{Environment, Repository};
use crate::http::exchange::Exchange;
use crate::identity::permission::{self, Operation};
use crate::identity::token::{Kind, Token};
use crate::identity::{Caller, Principal};

/// How long a ticket is good once nothing holds it back, in seconds: as long as GitHub's
/// registration tokens.
pub const TICKET_LIFETIME: i64 = 3_600;
/// How long a ticket waits for a reviewer, in seconds. GitHub: "30 days".
pub const REVIEW_LIFETIME: i64 = 30 * 86_400;
/// Tickets of one repository that can be redeemed at a time. Each keeps a copy of up to 200 records.
pub const TICKETS_MAX: i64 = 500;

/// A ticket that was just made.
pub struct NewTicket {
    /// For the one answer that hands it out.
    pub token: Token,
    /// The job that it opens.
    pub job: Job,
}

/// Makes a ticket, and copies the records of organisation and repository for its job.
///
/// [`Error::NotFound`] if the repository went away, [`Error::Closed`] if the environment's branches do
/// not include the ref, [`Error::TooManyTickets`] if [`TICKETS_MAX`] wait already.
pub async fn create(
    app: &App,
    exchange: &Exchange,
    repository: &Repository,
    environment: Option<&Environment>,
    claims: Claims,
) -> Result<NewTicket, Error> {
    let now = app.clock.now_s();
    let protection = match environment {
        None => None,
        Some(environment) => {
            let mut read = exchange.read(app).await?;
            let found = protection(&mut read, environment, &claims).await;
            exchange.keep(read);
            Some(found?)
        }
    };
    exchange.finish_reading();
    let token = Token::generate(Kind::Ticket);
    let mac = token.mac(&app.keyring);
    let creator = creator(&exchange.caller);
    let mut job = Job {
        id: JobId(0),
        repository_id: repository.id,
        environment_id: environment.map(|environment| environment.id),
        claims,
        protection,
        creator,
        created_at: now,
        expires_at: None,
        approval: None,
        runner: None,
        started_at: None,
        lease_ends_at: None,
        ended_at: None,
        conclusion: None,
    };
    let expires_at = match gate::time_and_review(&job, now) {
        Err(Closed::Review) => now.saturating_add(REVIEW_LIFETIME),
        Ok(()) | Err(Closed::Timer(_) | Closed::Branch) => {
            job.not_before().saturating_add(TICKET_LIFETIME)
        }
    };
    job.expires_at = Some(expires_at);
    let row = store::NewJob {
        repository: repository.id,
        environment: job.environment_id,
        claims: &job.claims,
        ticket: Some((&mac, i64::from(app.keyring.token_epoch()))),
        creator: job.creator.as_ref(),
        created_at: now,
        expires_at: job.expires_at,
    };
    let mut write = audit::begin(app, repository.owner.id).await?;
    let id = match insert(&mut write.tx, app, exchange, &row).await {
        Ok(id) => id,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    let event = Event {
        detail: job.claims.event.as_deref(),
        ..event(
            "workflows.created_workflow_run",
            repository,
            Some(id),
            &job.claims,
        )
    };
    write.record(app, &Actor::of(exchange), &event).await?;
    write.commit().await?;
    job.id = id;
    Ok(NewTicket { token, job })
}

/// Keeps a job that waits for its ticket, with its copies of records unless it is a fork's.
///
/// Its maker and the repository are looked at again, now that nobody can change them meanwhile: who sees
/// the repository decides what is copied. If they have changed, the request is run again.
async fn insert(
    tx: &mut sql::Tx,
    app: &App,
    exchange: &Exchange,
    row: &store::NewJob<'_>,
) -> Result<JobId, Error> {
    let (by, caller) = (RepositoryBy::Id(row.repository.0), &exchange.caller);
    let Lookup::Here(seen) = lookup(tx, by, caller, None).await? else {
        return Err(sql::Error::Conflict.into());
    };
    let permit = permission::row(Operation::CreateTicket);
    let credential = caller.credential();
    if permission::decide(permit, &credential, seen.facts, app.wire.rules()).is_err() {
        return Err(sql::Error::Conflict.into());
    }
    let repository = &seen.repository;
    if store::count_tickets(tx, repository.id, row.created_at).await? >= TICKETS_MAX {
        return Err(Error::TooManyTickets);
    }
    let id = store::insert(tx, row).await?.ok_or(Error::NotFound)?;
    if !row.claims.fork {
        records::copy(tx, id, repository).await?;
    }
    Ok(id)
}

/// What protects an environment, if its branches include the ref.
pub async fn protection(
    session: &mut sql::Session,
    environment: &Environment,
    claims: &Claims,
) -> Result<EnvironmentSettings, Error> {
    let protection = directory::environment::protection(session, environment.id).await?;
    let protection = protection.ok_or(Error::NotFound)?;
    if !protection.admits(claims.git_ref.as_deref()) {
        return Err(Error::Closed(Closed::Branch));
    }
    Ok(protection.settings)
}

/// The audit entry of something that happens to a job.
pub fn event<'a>(
    action: &'a str,
    repository: &'a Repository,
    job: Option<JobId>,
    claims: &'a Claims,
) -> Event<'a> {
    Event {
        action,
        environment_name: claims.environment.as_deref(),
        job_id: job.map(|id| id.0),
        git_ref: claims.git_ref.as_deref(),
        fork: claims.fork.then_some(true),
        ..Event::in_repository(repository)
    }
}

fn creator(caller: &Caller) -> Option<Creator> {
    match caller {
        Caller::User(principal) => Some(Creator {
            id: CreatorId::User(principal.user_id),
            login: principal.login.clone(),
        }),
        Caller::Installation(installed) => Some(Creator {
            id: CreatorId::Installation(installed.id),
            login: installed.bot(),
        }),
        Caller::Anonymous | Caller::App(_) | Caller::Enrolment(_) | Caller::Runner(_) => None,
    }
}

/// Lets a job pass that waits for a reviewer. Once is enough: approving again changes nothing.
///
/// [`Error::NothingToApprove`] if nobody has to, [`Error::NotReviewer`] and [`Error::SelfReview`] if
/// not this user, [`Error::Redeemed`] and [`Error::Expired`] if it is too late.
pub async fn approve(
    app: &App,
    exchange: &Exchange,
    repository: &Repository,
    job: Job,
    reviewer: &Principal,
) -> Result<Job, Error> {
    let now = app.clock.now_s();
    let settings = job.protection.as_ref();
    let Some(settings) = settings.filter(|settings| !settings.reviewers.is_empty()) else {
        return Err(Error::NothingToApprove);
    };
    gate::may_review(settings, &job, reviewer.user_id.0).map_err(|why| match why {
        NoReviewer::NotListed => Error::NotReviewer,
        NoReviewer::Own => Error::SelfReview,
    })?;
    if job.started_at.is_some() {
        return Err(Error::Redeemed);
    }
    if job.has_ended(now) {
        return Err(Error::Expired);
    }
    if gate::time_and_review(&job, now) != Err(Closed::Review) {
        return Ok(job);
    }
    let approval = Approval {
        user_id: reviewer.user_id,
        login: reviewer.login.clone(),
        at: now,
    };
    let expires_at = job.not_before().max(now).saturating_add(TICKET_LIFETIME);
    exchange.finish_reading();
    let mut write = audit::begin(app, repository.owner.id).await?;
    if !store::approve(&mut write.tx, job.id, &approval, expires_at).await? {
        return Err(write.refuse(Error::Expired).await);
    }
    let event = event(
        "workflows.approve_workflow_job",
        repository,
        Some(job.id),
        &job.claims,
    );
    write.record(app, &Actor::of(exchange), &event).await?;
    write.commit().await?;
    Ok(Job {
        approval: Some(approval),
        expires_at: Some(expires_at),
        ..job
    })
}
