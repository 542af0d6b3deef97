//! Jobs, tickets and deliveries as JSON.

use base64::Engine as _;
use serde::Serialize;

use super::bundle::ENGINE;
use super::store::delivered::Delivery;
use super::{Job, Status};
use crate::clock::rfc3339;
use crate::secrets::Secret;
use crate::secrets::visibility::VisibilityKind;

/// A ticket that was just made.
#[derive(Serialize)]
pub struct TicketJson<'a> {
    id: i64,
    ticket: &'a str,
    status: &'static str,
    repository: String,
    environment: Option<&'a str>,
    r#ref: Option<&'a str>,
    event: Option<&'a str>,
    fork: bool,
    created_at: String,
    not_before: String,
    expires_at: Option<String>,
}

impl<'a> TicketJson<'a> {
    /// What its maker is told, once.
    pub fn new(job: &'a Job, ticket: &'a str, repository: String, now: i64) -> Self {
        Self {
            id: job.id.0,
            ticket,
            status: word(job.status(now)),
            repository,
            environment: job.claims.environment.as_deref(),
            r#ref: job.claims.git_ref.as_deref(),
            event: job.claims.event.as_deref(),
            fork: job.claims.fork,
            created_at: rfc3339(job.created_at),
            not_before: rfc3339(job.not_before()),
            expires_at: job.expires_at.map(rfc3339),
        }
    }
}

/// A job that was opened: the box, and until when.
#[derive(Serialize)]
pub struct OpenedJson {
    /// The job.
    pub id: i64,
    /// As `owner/name`.
    pub repository: String,
    /// Which of its environments.
    pub environment: Option<String>,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub expires_at: String,
}

impl OpenedJson {
    /// The whole answer: the rest, and the box in base64. That needs no escapes, and to look for them in
    /// half a megabyte would cost as much as the seal; nor does the buffer grow.
    pub fn with_box(&self, sealed: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
        const REST: usize = 1_024;
        let length = sealed.len().div_ceil(3) * 4;
        let mut body = Vec::with_capacity(length + REST);
        serde_json::to_writer(&mut body, self)?;
        // The object goes on.
        body.pop();
        body.extend_from_slice(br#","sealed_box":""#);
        let begin = body.len();
        body.resize(begin + length, 0);
        let room = body.get_mut(begin..).unwrap_or_default();
        ENGINE
            .encode_slice(sealed, room)
            .expect("there is room for exactly this");
        body.extend_from_slice(b"\"}");
        Ok(body)
    }
}

/// A runner, as far as a job tells of it.
#[derive(Serialize)]
pub struct RunnerJson {
    id: i64,
    name: String,
}

/// A job.
#[derive(Serialize)]
pub struct JobJson {
    id: i64,
    status: &'static str,
    conclusion: Option<&'static str>,
    repository: String,
    environment: Option<String>,
    r#ref: Option<String>,
    event: Option<String>,
    fork: bool,
    created_by: Option<String>,
    approved_by: Option<String>,
    runner: Option<RunnerJson>,
    created_at: String,
    not_before: String,
    expires_at: Option<String>,
    started_at: Option<String>,
    completed_at: Option<String>,
}

impl JobJson {
    /// As it is now. One whose time is over is completed, also before anybody noticed.
    pub fn new(job: Job, repository: String, now: i64) -> Self {
        let status = job.status(now);
        let not_before = rfc3339(job.not_before());
        let end = match job.started_at {
            Some(_) => job.lease_ends_at,
            None => job.expires_at,
        };
        let completed_at = job
            .ended_at
            .or_else(|| end.filter(|_| status == Status::Completed));
        let overdue = match job.started_at {
            Some(_) => "timed_out",
            None => "cancelled",
        };
        let conclusion = match (job.conclusion, status) {
            (Some(conclusion), _) => Some(conclusion.as_str()),
            (None, Status::Completed) => Some(overdue),
            (None, Status::Waiting | Status::Queued | Status::InProgress) => None,
        };
        Self {
            id: job.id.0,
            status: word(status),
            conclusion,
            repository,
            environment: job.claims.environment,
            r#ref: job.claims.git_ref,
            event: job.claims.event,
            fork: job.claims.fork,
            created_by: job.creator.map(|creator| creator.login),
            approved_by: job.approval.map(|approval| approval.login),
            runner: job.runner.map(|(id, name)| RunnerJson { id: id.0, name }),
            created_at: rfc3339(job.created_at),
            not_before,
            expires_at: end.map(rfc3339),
            started_at: job.started_at.map(rfc3339),
            completed_at: completed_at.map(rfc3339),
        }
    }
}

/// One page of jobs.
#[derive(Serialize)]
pub struct JobsJson {
    /// Of all pages.
    pub total_count: i64,
    /// The latest first.
    pub jobs: Vec<JobJson>,
}

/// A secret, and to whom it was given last.
#[derive(Serialize)]
pub struct DeliveredJson {
    name: String,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
    last_delivered_at: Option<String>,
    last_job: Option<LastJobJson>,
    last_runner: Option<RunnerJson>,
}

#[derive(Serialize)]
struct LastJobJson {
    id: i64,
    repository: Option<String>,
}

impl DeliveredJson {
    /// A secret and the last delivery of its name.
    pub fn new(secret: Secret, last: Option<&Delivery>) -> Self {
        Self {
            created_at: rfc3339(secret.created_at),
            updated_at: rfc3339(secret.updated_at),
            visibility: secret.visibility.map(VisibilityKind::as_str),
            last_delivered_at: last.map(|last| rfc3339(last.at)),
            last_job: last.map(|last| LastJobJson {
                id: last.job.0,
                repository: last.repository.clone(),
            }),
            last_runner: last
                .and_then(|last| last.runner.clone())
                .map(|(id, name)| RunnerJson { id: id.0, name }),
            name: secret.name,
        }
    }
}

/// One page of secrets.
#[derive(Serialize)]
pub struct DeliveriesJson {
    /// Of all pages.
    pub total_count: i64,
    /// By name.
    pub secrets: Vec<DeliveredJson>,
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Waiting => "waiting",
        Status::Queued => "queued",
        Status::InProgress => "in_progress",
        Status::Completed => "completed",
    }
}
