//! Tickets and jobs on the wire.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;

use super::form::{self, By, Named};
use super::gate::Closed;
use super::open::{self, Asked, Opened};
use super::render::{DeliveredJson, DeliveriesJson, JobJson, JobsJson, OpenedJson, TicketJson};
use super::store::{delivered, job as store};
use super::{Claims, Error, Job, JobId, end, ticket};
use crate::app::{App, Shared};
use crate::audit::{self, Actor};
use crate::clock;
use crate::directory::store::{self as directory, RepositoryBy};
use crate::directory::{Repository, RepositoryId};
use crate::http::access::{self, Access, Op, Pending, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::ApiError;
use crate::http::exchange::{Attempt, Exchange};
use crate::http::json;
use crate::http::page::Page;
use crate::http::routes::Routes;
use crate::http::target::{Found, InRepository, Kind, Parameters, Resolve};
use crate::identity::Caller;
use crate::identity::permission::Operation;
use crate::secrets::scope::Scope;
use crate::secrets::store as secrets;

/// Tickets and jobs.
pub fn routes() -> Routes {
    Routes::new()
        .route("/tickets", access::post(create_ticket))
        .route("/tickets/{job_id}/approve", access::post(approve))
        .route("/jobs", access::post(open_job))
        .route("/jobs/{job_id}", access::get(get))
        .route("/jobs/{job_id}/complete", access::post(complete))
}

/// What every scope has: when its secrets were delivered last.
pub fn scoped() -> Routes {
    Routes::new().route("/secrets", access::get(deliveries))
}

/// What a repository has.
pub fn repository() -> Routes {
    Routes::new().route("/jobs", access::get(list))
}

operation!(
    /// `POST /api/sealyard/v1/tickets`
    CreateTicket: InRepository => CreateTicket
);
operation!(
    /// `POST /api/sealyard/v1/tickets/{job_id}/approve`
    ApproveTicket: InJob => ApproveTicket
);
operation!(
    /// `POST /api/sealyard/v1/jobs`
    OpenJob: InRepository => OpenJob
);
operation!(
    /// `GET /api/sealyard/v1/jobs/{job_id}`
    GetJob: InJob => GetJob
);
operation!(
    /// `POST /api/sealyard/v1/jobs/{job_id}/complete`
    CompleteJob: InJob => CompleteJob
);
operation!(
    /// `GET /api/sealyard/v1/repos/{owner}/{repo}/jobs`
    ListJobs: Repository => ListJobs
);

/// `GET …/secrets` below `/api/sealyard/v1`.
pub struct ListDeliveries;

impl Op for ListDeliveries {
    type Target = Scope;

    fn operation(kind: Kind) -> Operation {
        match kind {
            Kind::Organization => Operation::ListOrganizationDeliveries,
            Kind::Environment => Operation::ListEnvironmentDeliveries,
            Kind::Repository | Kind::Other => Operation::ListRepositoryDeliveries,
        }
    }
}

/// A job and its repository.
pub struct InJob {
    repository: Repository,
    job: Job,
}

impl Resolve for InJob {
    async fn resolve(
        app: &App,
        exchange: &Exchange,
        parameters: &Parameters,
    ) -> Result<Found<Self>> {
        let Some(id) = parameters.id("job_id").map(JobId) else {
            return Ok(Found::Nowhere);
        };
        let mut read = exchange.read(app).await?;
        let job = store::get(&mut read, id).await?;
        let repository_id = job
            .as_ref()
            .map_or(RepositoryId(0), |job| job.repository_id);
        // One that is missing costs the same statements as one that is hidden.
        let by = RepositoryBy::Id(repository_id.0);
        let seen = directory::repository(&mut read, by, &exchange.caller, None).await?;
        exchange.keep(read);
        let (Some(job), Some(seen)) = (job, seen) else {
            return Ok(Found::Nowhere);
        };
        exchange.attempts(attempt(&seen.repository, Some(&job)));
        let facts = match &exchange.caller {
            // A runner knows of its own jobs, also when it serves the repository no more.
            Caller::Runner(machine) => {
                let own = job.runner.as_ref().is_some_and(|(id, _)| *id == machine.id);
                seen.facts.covered(own)
            }
            Caller::Anonymous
            | Caller::User(_)
            | Caller::Installation(_)
            | Caller::App(_)
            | Caller::Enrolment(_) => seen.facts,
        };
        if !exchange.caller.credential().sees(&facts) {
            return Ok(Found::Nowhere);
        }
        let repository = seen.repository;
        Ok(Found::Here(Some(Self { repository, job }), facts))
    }
}

fn attempt(repository: &Repository, job: Option<&Job>) -> Attempt {
    Attempt {
        owner: repository.owner.id,
        repository: Some(repository.full_name()),
        job: job.map(|job| job.id.0),
        removed_runner: None,
    }
}

/// Notes what a request is about, for the log, before anybody decides about it.
async fn note_attempt(app: &App, exchange: &Exchange, named: &Named) -> Result<()> {
    let by = RepositoryBy::Name {
        owner: &named.owner,
        name: &named.name,
    };
    let mut read = exchange.read(app).await?;
    let seen = directory::repository(&mut read, by, &exchange.caller, None).await?;
    exchange.keep(read);
    let owner = match (&seen, &exchange.caller) {
        (Some(seen), _) => seen.repository.owner.id,
        (None, Caller::Runner(machine)) => machine.owner,
        (None, _) => audit::INSTANCE,
    };
    exchange.attempts(Attempt {
        owner,
        repository: Some(format!("{}/{}", named.owner, named.name)),
        job: None,
        removed_runner: None,
    });
    Ok(())
}

async fn create_ticket(
    pending: Pending<CreateTicket>,
    State(app): State<Shared>,
    body: Bytes,
) -> Result {
    let object = json::parse_object(&body)?;
    let (named, mut claims) = form::ticket(&object)?;
    note_attempt(&app, pending.exchange(), &named).await?;
    let access = pending.on(&app, parameters(&named)).await?;
    let InRepository {
        repository,
        environment,
    } = &access.target;
    if named.environment.is_some() && environment.is_none() {
        return Err(ApiError::not_found());
    }
    claims.environment = environment.as_ref().map(|it| it.name.clone());
    let made = ticket::create(
        &app,
        &access.exchange,
        repository,
        environment.as_ref(),
        claims,
    );
    let made = made.await?;
    let (now, full_name) = (app.clock.now_s(), repository.full_name());
    let body = TicketJson::new(&made.job, made.token.reveal(), full_name, now);
    Ok(Answer::created(&body)?.uncached())
}

async fn approve(access: Access<ApproveTicket>, State(app): State<Shared>) -> Result {
    let reviewer = access.principal()?;
    let InJob { repository, job } = &access.target;
    let job = ticket::approve(&app, &access.exchange, repository, job.clone(), reviewer).await?;
    let now = app.clock.now_s();
    Ok(Answer::ok(&JobJson::new(job, repository.full_name(), now))?.uncached())
}

async fn open_job(pending: Pending<OpenJob>, State(app): State<Shared>, body: Bytes) -> Result {
    let object = json::parse_object(&body)?;
    let (by, request) = form::job(&object)?;
    let exchange = pending.exchange();
    let (job, named) = match by {
        By::Word(named) => {
            note_attempt(&app, exchange, &named).await?;
            (None, parameters(&named))
        }
        By::Ticket(token) => {
            let mac = token.mac(&app.keyring);
            let mut read = exchange.read(&app).await?;
            let job = store::by_ticket(&mut read, &mac).await?;
            let id = job.as_ref().map_or(0, |job| job.repository_id.0);
            let by = RepositoryBy::Id(id);
            let seen = directory::repository(&mut read, by, &exchange.caller, None).await?;
            exchange.keep(read);
            let (Some(job), Some(seen)) = (job, seen) else {
                return Err(ApiError::hidden());
            };
            exchange.attempts(attempt(&seen.repository, Some(&job)));
            let named = Parameters::of_repository_id(id, job.claims.environment.as_deref());
            (Some(job), named)
        }
    };
    let access = pending.on(&app, named).await?;
    let InRepository {
        repository,
        environment,
    } = &access.target;
    let claims = match &job {
        Some(job) => job.claims.clone(),
        None => Claims {
            environment: match environment {
                Some(environment) => Some(environment.name.clone()),
                None => access.parameter("environment").ok().map(str::to_owned),
            },
            ..Claims::default()
        },
    };
    let asked = Asked {
        repository,
        environment: environment.as_ref(),
        ticket: job.as_ref(),
        claims: &claims,
    };
    let opened = open::open(&app, &access.exchange, &asked, request);
    answer_opened(opened.await?, repository.full_name())
}

fn answer_opened(opened: Opened, repository: String) -> Result {
    let body = OpenedJson {
        id: opened.job.0,
        repository,
        environment: opened.environment,
        started_at: clock::rfc3339(opened.started_at),
        expires_at: clock::rfc3339(opened.lease_ends_at),
    };
    let body = body
        .with_box(&opened.sealed_box)
        .map_err(|_| ApiError::internal())?;
    Ok(Answer::bytes(StatusCode::CREATED, JSON, body.into()).uncached())
}

fn parameters(named: &Named) -> Parameters {
    Parameters::of_repository(&named.owner, &named.name, named.environment.as_deref())
}

async fn get(access: Access<GetJob>, State(app): State<Shared>) -> Result {
    let InJob { repository, job } = &access.target;
    let now = app.clock.now_s();
    Ok(Answer::ok(&JobJson::new(job.clone(), repository.full_name(), now))?.uncached())
}

async fn complete(access: Access<CompleteJob>, State(app): State<Shared>, body: Bytes) -> Result {
    let conclusion = if body.trim_ascii().is_empty() {
        super::Conclusion::Success
    } else {
        form::conclusion(&json::parse_object(&body)?)?
    };
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let InJob { repository, job } = &access.target;
    end::complete(&app, &actor, repository, job, conclusion).await?;
    Ok(Answer::no_content())
}

async fn list(access: Access<ListJobs>, State(app): State<Shared>) -> Result {
    let page = Page::from_query(access.exchange.query());
    let repository = &access.target;
    let mut read = access.exchange.read(&app).await?;
    let jobs = store::list(&mut read, repository.id, page).await?;
    let total_count = store::count(&mut read, repository.id).await?;
    let now = app.clock.now_s();
    let jobs = jobs
        .into_iter()
        .map(|job| JobJson::new(job, repository.full_name(), now))
        .collect();
    let path = format!("/api/sealyard/v1/repositories/{}/jobs", repository.id.0);
    let link = page.link(&access.exchange, &path, total_count);
    Ok(Answer::ok(&JobsJson { total_count, jobs })?
        .link(link)
        .uncached())
}

async fn deliveries(access: Access<ListDeliveries>, State(app): State<Shared>) -> Result {
    let page = Page::from_query(access.exchange.query());
    let scope = &access.target;
    let mut read = access.exchange.read(&app).await?;
    let page_of = secrets::list(&mut read, scope.key(), page).await?;
    let total_count = secrets::count(&mut read, scope.key()).await?;
    let delivered = delivered::list(&mut read, scope.key()).await?;
    let secrets = page_of
        .into_iter()
        .map(|secret| {
            let last = delivered
                .iter()
                .find(|delivery| delivery.names.contains(&secret.name));
            DeliveredJson::new(secret, last)
        })
        .collect();
    let path = format!("/api/sealyard/v1{}/secrets", scope.place_path());
    let link = page.link(&access.exchange, &path, total_count);
    let body = DeliveriesJson {
        total_count,
        secrets,
    };
    Ok(Answer::ok(&body)?.link(link).uncached())
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let forbidden = |message: &'static str| Self::new(StatusCode::FORBIDDEN, message);
        let gone = |message: &'static str| Self::new(StatusCode::GONE, message);
        match error {
            Error::NotFound => Self::not_found(),
            Error::Closed(Closed::Branch) => {
                forbidden("The environment's deployment branches do not include this ref.")
            }
            Error::Closed(Closed::Timer(until)) => Self::new(
                StatusCode::CONFLICT,
                format!(
                    "The environment's wait timer runs until {}.",
                    clock::rfc3339(until)
                ),
            ),
            Error::Closed(Closed::Review) => Self::new(
                StatusCode::CONFLICT,
                "The job waits for a review: one of the environment's reviewers approves its ticket.",
            ),
            Error::Protected => forbidden(
                "The environment is protected: a runner needs a ticket for it, from somebody who may write to the repository.",
            ),
            Error::NobodyVouches => {
                forbidden("Whoever made the ticket may not write to the repository any more.")
            }
            Error::ForRunners => {
                forbidden("Values are for runners here (the setting delivery.people is off).")
            }
            Error::NoTicket => forbidden("Only a runner opens a job without a ticket."),
            Error::NoKey => forbidden("The runner has no public key. Register it again with one."),
            Error::ForeignKey => {
                forbidden("The public key is not the one that the runner registered.")
            }
            Error::Redeemed => gone("The ticket was redeemed already."),
            Error::Expired => gone("The ticket has expired."),
            Error::Ended => gone("The job is over."),
            Error::NotReviewer => forbidden("You are not a reviewer of the environment."),
            Error::SelfReview => forbidden("Nobody approves their own job in this environment."),
            Error::NothingToApprove => Self::unprocessable("There is nothing to approve."),
            Error::NotGiven(name) => {
                Self::unprocessable(format!("{name} is not among the secrets of this job."))
            }
            Error::DoesNotOpen(names) => Self::unprocessable(format!(
                "These secrets do not open: {}. Set them again.",
                names.join(", ")
            )),
            Error::TooManyTickets => Self::unprocessable(format!(
                "The number of tickets that wait is limited to {} for a repository.",
                ticket::TICKETS_MAX
            )),
            Error::Internal => Self::internal(),
            Error::Store(error) => error.into(),
        }
    }
}
