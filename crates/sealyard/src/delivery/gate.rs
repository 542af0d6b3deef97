//! The rules of an environment, as a pure function of what they are and what a job says.
//!
//! GitHub: "Using environments for deployment". The rules are those of the moment of the question:
//! a rule that was added while a ticket waited holds for it too. Nobody bypasses them, whatever
//! `can_admins_bypass` says.

use super::{CreatorId, Job};
use crate::directory::environment::EnvironmentSettings;

/// Why an environment does not let a job in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// Its branches do not include the job's ref.
    Branch,
    /// Its timer runs until then, in seconds since 1970.
    Timer(i64),
    /// One of its reviewers must approve first.
    Review,
}

/// Whether anything protects an environment, so that a runner alone is not enough.
pub fn is_protected(settings: &EnvironmentSettings) -> bool {
    settings.wait_timer > 0 || !settings.reviewers.is_empty() || settings.branch_policy.is_some()
}

/// Whether a job has waited long enough and was approved, where its environment asks for that.
pub fn time_and_review(job: &Job, now: i64) -> Result<(), Closed> {
    let Some(settings) = &job.protection else {
        return Ok(());
    };
    if !settings.reviewers.is_empty() && !is_approved(settings, job) {
        return Err(Closed::Review);
    }
    let not_before = job.not_before();
    if now < not_before {
        return Err(Closed::Timer(not_before));
    }
    Ok(())
}

/// An approval counts while whoever gave it is still a reviewer who may.
fn is_approved(settings: &EnvironmentSettings, job: &Job) -> bool {
    job.approval
        .as_ref()
        .is_some_and(|approval| may_review(settings, job, approval.user_id.0).is_ok())
}

/// Why somebody cannot approve a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReviewer {
    /// They are none of the environment's.
    NotListed,
    /// It is their own job.
    Own,
}

/// Whether a user may approve a job.
pub fn may_review(
    settings: &EnvironmentSettings,
    job: &Job,
    user_id: i64,
) -> Result<(), NoReviewer> {
    if !settings.reviewers.contains(&user_id) {
        return Err(NoReviewer::NotListed);
    }
    let own = job
        .creator
        .as_ref()
        .is_some_and(|creator| match creator.id {
            CreatorId::User(id) => id.0 == user_id,
            CreatorId::Installation(_) => false,
        });
    if own && settings.prevent_self_review {
        return Err(NoReviewer::Own);
    }
    Ok(())
}
