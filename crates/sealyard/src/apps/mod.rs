//! GitHub Apps: made by an operator, installed on an account, and called by JWT or by the token of
//! an installation.

pub mod routes;
pub mod store;

use sealyard_sql as sql;

use crate::identity::permission::Standing;

/// The id of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(pub i64);

/// The id of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstallationId(pub i64);

/// Whose a JWT is, and whether that app is suspended.
pub async fn authenticate(
    read: &mut sql::Read,
    jwt: &str,
    now: i64,
) -> Result<(AppId, Standing), crate::http::error::ApiError> {
    let _ = (read, jwt, now);
    Err(crate::http::error::ApiError::bad_credentials())
}
