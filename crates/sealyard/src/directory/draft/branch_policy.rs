//! The bodies of `…/environments/{environment_name}/deployment-branch-policies`.

use crate::directory::branch_policy::{Pattern, PatternName, RefKind};
use crate::http::error::{ApiError, FieldError};
use crate::http::form::Form;
use crate::http::json;

const RESOURCE: &str = "DeploymentBranchPolicy";
const KINDS: [(&str, RefKind); 2] = [("branch", RefKind::Branch), ("tag", RefKind::Tag)];

/// Reads a new policy: of branches, if it does not say which.
pub fn read(body: &[u8]) -> Result<Pattern, ApiError> {
    let object = json::parse_object(body)?;
    let mut form = Form::new(&object);
    let name = form.required_string("name");
    let kind = match form.optional_string("type") {
        None => Some(RefKind::Branch),
        Some(text) => form.one_of("type", text, &KINDS),
    };
    form.finish()?;
    let kind = kind.ok_or_else(|| super::invalid(RESOURCE, "type"))?;
    Ok(Pattern {
        kind,
        name: parse_name(name)?,
    })
}

/// Reads what a policy is changed to. GitHub's page has no `type` there: it is not looked at.
pub fn read_name(body: &[u8]) -> Result<PatternName, ApiError> {
    let object = json::parse_object(body)?;
    let mut form = Form::new(&object);
    let name = form.required_string("name");
    form.finish()?;
    parse_name(name)
}

/// 422 for a pattern that another policy of the environment has.
pub fn taken() -> ApiError {
    ApiError::validation(vec![FieldError {
        resource: RESOURCE,
        code: "already_exists",
        field: "name",
        message: None,
    }])
}

fn parse_name(name: Option<&str>) -> Result<PatternName, ApiError> {
    name.and_then(PatternName::parse)
        .ok_or_else(|| super::invalid(RESOURCE, "name"))
}
