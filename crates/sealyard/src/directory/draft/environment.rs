//! The body of `PUT /repos/{owner}/{repo}/environments/{environment_name}`.

use crate::directory::environment::{
    BranchPolicy, EnvironmentSettings, REVIEWERS_MAX, WAIT_TIMER_MAX,
};
use crate::http::error::ApiError;
use crate::http::form::Form;
use crate::http::json::{self, Json, Object};

/// What the list of reviewers may name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReviewerKind {
    User,
    Team,
}

const REVIEWER_KINDS: [(&str, ReviewerKind); 2] =
    [("User", ReviewerKind::User), ("Team", ReviewerKind::Team)];

/// Reads the body: everything that protects the environment from then on. What is not sent is off.
/// `None` for no body and for `null`, which GitHub takes too: then nothing is said about it.
pub fn read(body: &[u8]) -> Result<Option<EnvironmentSettings>, ApiError> {
    let text = body.trim_ascii();
    if text.is_empty() || text == b"null" {
        return Ok(None);
    }
    let object = json::parse_object(body)?;
    let mut form = Form::new(&object);
    let wait_timer = form.optional_integer("wait_timer", WAIT_TIMER_MAX);
    let reviewers = form.optional_array("reviewers").unwrap_or_default();
    let prevent_self_review = form.optional_bool("prevent_self_review");
    let can_admins_bypass = form.optional_bool("can_admins_bypass");
    if reviewers.len() > REVIEWERS_MAX {
        form.too_many(REVIEWERS_MAX, reviewers.len());
    }
    let policy = match form.member("deployment_branch_policy") {
        None | Some(Json::Null) => None,
        Some(Json::Object(policy)) => Some(policy),
        Some(other) => {
            form.wrong_type("deployment_branch_policy", other, "an object");
            None
        }
    };
    form.finish()?;
    let default = EnvironmentSettings::default();
    Ok(Some(EnvironmentSettings {
        wait_timer: wait_timer.unwrap_or(default.wait_timer),
        reviewers: read_reviewers(reviewers)?,
        prevent_self_review: prevent_self_review.unwrap_or(default.prevent_self_review),
        can_admins_bypass: can_admins_bypass.unwrap_or(default.can_admins_bypass),
        branch_policy: policy.map(read_policy).transpose()?,
    }))
}

/// 422 for a reviewer who is not a user of this instance.
pub fn unknown_reviewer() -> ApiError {
    super::invalid("Environment", "reviewers")
}

/// 422 for a name that no environment can have.
pub fn bad_name() -> ApiError {
    super::invalid("Environment", "name")
}

/// Ids of users, each once. There are no teams here, so a team is nobody.
fn read_reviewers(items: &[Json]) -> Result<Vec<i64>, ApiError> {
    let mut ids = Vec::new();
    for item in items {
        let Json::Object(members) = item else {
            let nothing = Object::new();
            let mut form = Form::new(&nothing);
            form.wrong_item(item, "an object");
            form.finish()?;
            continue;
        };
        let mut form = Form::new(members);
        let kind = form
            .required_string("type")
            .and_then(|text| form.one_of("type", text, &REVIEWER_KINDS));
        form.required("id");
        let id = form.optional_integer("id", i64::MAX);
        form.finish()?;
        match (kind, id) {
            (Some(ReviewerKind::User), Some(id)) if !ids.contains(&id) => ids.push(id),
            (Some(ReviewerKind::User), Some(_)) => {}
            _ => return Err(unknown_reviewer()),
        }
    }
    Ok(ids)
}

/// GitHub: the two "cannot have the same value".
fn read_policy(members: &Object) -> Result<BranchPolicy, ApiError> {
    let mut form = Form::new(members);
    form.required("protected_branches");
    form.required("custom_branch_policies");
    let protected = form.optional_bool("protected_branches");
    let custom = form.optional_bool("custom_branch_policies");
    form.finish()?;
    match (protected, custom) {
        (Some(true), Some(false)) => Ok(BranchPolicy::Protected),
        (Some(false), Some(true)) => Ok(BranchPolicy::Custom),
        _ => Err(ApiError::unprocessable(
            "protected_branches and custom_branch_policies cannot have the same value.",
        )),
    }
}
