//! Every refusal of a delivery is an entry in the log: who asked, from where, for what, and why not.
//!
//! The outer layer of `http` calls this for every answer of these routes, so that no branch of the code
//! can forget it. If the entry cannot be written, the answer is 503 instead.

use http::{Method, StatusCode};

use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::http::error::ApiError;
use crate::http::exchange::Exchange;
use crate::identity::Caller;

/// The action of these entries.
pub const ACTION: &str = "workflows.reject_workflow_job";

/// Whether an answer refuses a delivery. What only has to wait (409), was not understood (422, 400) or
/// failed here (5xx) does not; a value that does not open is recorded where that is found.
pub fn is_one(method: &Method, path: &str, status: StatusCode) -> bool {
    let first = path
        .strip_prefix("/api/sealyard/v1/")
        .and_then(|rest| rest.split('/').next());
    let asks = matches!(first, Some("jobs" | "tickets"));
    let refuses = matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE
    );
    method == Method::POST && asks && refuses
}

/// Records a refusal in the chain of the account that it concerns; in that of the instance if none is
/// known, or the caller is not to know.
///
/// # Errors
///
/// 503, if it could not be recorded.
pub async fn record(app: &App, exchange: &Exchange, refusal: &ApiError) -> Result<(), ApiError> {
    let attempt = exchange.attempt();
    // What is hidden is written down where what is missing is: to wait for its owner's chain would
    // tell them apart.
    let chain = match attempt {
        Some(attempt) if refusal.hidden == 0 => attempt.owner,
        Some(_) | None => audit::INSTANCE,
    };
    let removed = attempt.and_then(|attempt| attempt.removed_runner.as_ref());
    let runner = match (&exchange.caller, removed) {
        (Caller::Runner(machine), _) => Some((machine.id.0, machine.name.as_str())),
        (_, Some((id, name))) => Some((*id, name.as_str())),
        (_, None) => None,
    };
    let detail = format!("{} {}", refusal.status.as_u16(), refusal.message);
    let event = Event {
        action: ACTION,
        repo: attempt.and_then(|attempt| attempt.repository.clone()),
        job_id: attempt.and_then(|attempt| attempt.job),
        runner_id: runner.map(|(id, _)| id),
        runner_name: runner.map(|(_, name)| name),
        detail: Some(&detail),
        ..Event::default()
    };
    let written = async {
        let mut write = audit::begin(app, chain).await?;
        write.record(app, &Actor::of(exchange), &event).await?;
        write.commit().await
    };
    written.await.map_err(|_| ApiError::unavailable())
}
