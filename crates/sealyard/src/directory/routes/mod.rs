//! The directory on the wire: one file per noun, merged by where its paths begin.

pub mod branch_policy;
pub mod collaborator;
pub mod environment;
pub mod member;
pub mod organization;
pub mod repository;

use http::StatusCode;

use super::Error;
use crate::http::error::ApiError;
use crate::http::routes::Routes;

/// What stands at absolute paths.
pub fn routes() -> Routes {
    Routes::new()
        .merge(organization::routes())
        .merge(repository::routes())
}

/// What stands below `/orgs/{org}` and `/organizations/{org_id}`.
pub fn organization() -> Routes {
    Routes::new()
        .merge(organization::organization())
        .merge(member::organization())
        .merge(repository::organization())
}

/// What stands below `/repos/{owner}/{repo}` and `/repositories/{repo_id}`.
pub fn repository() -> Routes {
    Routes::new()
        .merge(repository::repository())
        .merge(environment::repository())
        .merge(branch_policy::repository())
        .merge(collaborator::repository())
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            // Where a name can be taken, the route says which member holds it.
            Error::Taken => Self::unprocessable("Validation Failed"),
            Error::NotFound => Self::not_found(),
            Error::LastOwner => Self::new(
                StatusCode::FORBIDDEN,
                "An organization must keep at least one owner.",
            ),
            Error::Archived => Self::new(
                StatusCode::FORBIDDEN,
                "Repository was archived so is read-only.",
            ),
            Error::TooMany { things, max } => Self::unprocessable(format!(
                "The number of {things} is limited to {max}. Delete one before creating another."
            )),
            // The routes of these name the member too.
            Error::UnknownReviewer | Error::IsOwner | Error::OnlyWrite => {
                Self::unprocessable("Validation Failed")
            }
            Error::Store(error) => error.into(),
        }
    }
}
