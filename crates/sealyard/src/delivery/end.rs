//! The end of a job: because it is done, because its runner is gone, because its time is over. What
//! it still has of records is deleted then.

use super::store::job as store;
use super::ticket::event;
use super::{Conclusion, Error, Job};
use crate::app::App;
use crate::audit::{self, Actor, Event, Write};
use crate::directory::Repository;
use crate::runners::{Runner, store as runners};

/// How long a job that is over is remembered, in seconds: 90 days, as long as GitHub keeps logs. A
/// ticket that is redeemed again later is not known any more, and refused as such.
const REMEMBERED: i64 = 90 * 86_400;
/// How long it is remembered whose credential a removed runner had, in seconds.
const REMEMBERED_RUNNER: i64 = 400 * 86_400;
/// Jobs that one round of [`sweep`] looks at.
const BATCH: i64 = 100;

/// Ends a job, as whoever has it says.
///
/// [`Error::Ended`] if it is over already.
pub async fn complete(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    job: &Job,
    conclusion: Conclusion,
) -> Result<(), Error> {
    let now = app.clock.now_s();
    if job.has_ended(now) {
        return Err(Error::Ended);
    }
    let mut write = audit::begin(app, repository.owner.id).await?;
    if !store::end(&mut write.tx, job.id, conclusion, now).await? {
        return Err(write.refuse(Error::Ended).await);
    }
    let event = Event {
        detail: Some(conclusion.as_str()),
        ..event(COMPLETED, repository, Some(job.id), &job.claims)
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

const COMPLETED: &str = "workflows.completed_workflow_run";

/// Ends the open jobs of a runner that is taken off, within that write.
pub async fn of_runner(
    app: &App,
    write: &mut Write,
    actor: &Actor,
    runner: &Runner,
) -> Result<(), sealyard_sql::Error> {
    for job in store::open_of_runner(&mut write.tx, runner.id).await? {
        close(app, write, actor, &job, Conclusion::Cancelled).await?;
    }
    Ok(())
}

async fn close(
    app: &App,
    write: &mut Write,
    actor: &Actor,
    job: &Job,
    conclusion: Conclusion,
) -> Result<(), sealyard_sql::Error> {
    if !store::end(&mut write.tx, job.id, conclusion, app.clock.now_s()).await? {
        return Ok(());
    }
    let event = Event {
        action: COMPLETED,
        job_id: Some(job.id.0),
        repository_id: Some(job.repository_id.0),
        environment_name: job.claims.environment.as_deref(),
        git_ref: job.claims.git_ref.as_deref(),
        runner_id: job.runner.as_ref().map(|(id, _)| id.0),
        runner_name: job.runner.as_ref().map(|(_, name)| name.as_str()),
        detail: Some(conclusion.as_str()),
        ..Event::default()
    };
    write.record(app, actor, &event).await
}

/// Ends what is overdue, and forgets what has been over for long. Tells how many jobs it has ended.
///
/// Nobody's access waits for this: a job whose time is over counts as ended wherever it is looked at.
pub async fn sweep(app: &App) -> Result<usize, sealyard_sql::Error> {
    let now = app.clock.now_s();
    let mut ended = 0;
    loop {
        let mut read = app.db.read().await?;
        let overdue = store::overdue(&mut read, now, BATCH).await?;
        drop(read);
        if overdue.is_empty() {
            break;
        }
        for (job, owner) in &overdue {
            let conclusion = match job.started_at {
                Some(_) => Conclusion::TimedOut,
                None => Conclusion::Cancelled,
            };
            let mut write = audit::begin(app, *owner).await?;
            close(app, &mut write, &Actor::operator(), job, conclusion).await?;
            write.commit().await?;
            ended += 1;
        }
    }
    forget(app, now).await?;
    Ok(ended)
}

/// Forgets what nobody asks for any more, and writes nothing if there is nothing.
async fn forget(app: &App, now: i64) -> Result<(), sealyard_sql::Error> {
    let jobs = now.saturating_sub(REMEMBERED);
    let removed = now.saturating_sub(REMEMBERED_RUNNER);
    loop {
        let mut read = app.db.read().await?;
        let old = store::any_before(&mut read, jobs).await?
            || runners::any_removed_before(&mut read, removed).await?;
        drop(read);
        if !old {
            return Ok(());
        }
        // In pieces, between which others write.
        let mut write = audit::begin(app, audit::INSTANCE).await?;
        store::forget(&mut write.tx, jobs, BATCH).await?;
        runners::forget_removed(&mut write.tx, removed).await?;
        write.commit().await?;
    }
}
