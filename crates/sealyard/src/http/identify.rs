//! Who is calling: the `Authorization` header, and the token behind it.

use base64ct::{Base64, Encoding as _};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::error::ApiError;
use super::exchange::Exchange;
use crate::app::App;
use crate::identity::token::Token;
use crate::identity::{Caller, store};

/// Finds the caller. 401 for a credential that is not valid, 403 for a suspended account.
///
/// A token with a wrong checksum is refused before any query.
pub async fn identify(
    app: &App,
    exchange: &Exchange,
    headers: &HeaderMap,
) -> Result<Caller, ApiError> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Ok(Caller::Anonymous);
    };
    let token = header
        .to_str()
        .ok()
        .and_then(credential)
        .and_then(|text| Token::parse(&text))
        .ok_or_else(ApiError::bad_credentials)?;
    let mac = token.mac(&app.keyring);
    let mut read = exchange.read(app).await?;
    let found = store::principal(&mut read, &mac).await;
    exchange.keep(read);
    admit(app, found?)
}

/// 401 for a bad credential, and 403 once too many came from the caller's network.
pub fn bad_credential(app: &App, exchange: &Exchange) -> ApiError {
    let now = app.clock.now_s();
    if app.limits.count_bad_credential(exchange.address, now) {
        return ApiError::bad_credentials();
    }
    ApiError::generic(
        http::StatusCode::FORBIDDEN,
        "Maximum number of login attempts exceeded. Please try again later.",
    )
}

fn admit(app: &App, found: Option<store::Bearer>) -> Result<Caller, ApiError> {
    let bearer = found.ok_or_else(ApiError::bad_credentials)?;
    let expired = bearer
        .principal
        .expires_at
        .is_some_and(|at| at <= app.clock.now_s());
    if expired || bearer.revoked {
        return Err(ApiError::bad_credentials());
    }
    if bearer.suspended {
        return Err(ApiError::generic(
            http::StatusCode::FORBIDDEN,
            "Sorry. Your account was suspended.",
        ));
    }
    Ok(Caller::Principal(bearer.principal))
}

/// The token in any of the forms GitHub takes: `token T`, `Bearer T`, and Basic with the token as
/// password, or as user name before `x-oauth-basic` or nothing.
fn credential(header: &str) -> Option<String> {
    let (scheme, rest) = header.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(Base64::decode_vec(rest).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    let token = if password.is_empty() || password == "x-oauth-basic" {
        user
    } else {
        password
    };
    Some(token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_every_form() {
        for header in [
            "token T",
            "Bearer T",
            "bearer  T",
            "Basic dXNlcjpU",             // user:T
            "Basic VDp4LW9hdXRoLWJhc2lj", // T:x-oauth-basic
            "Basic VDo=",                 // T:
        ] {
            assert_eq!(credential(header).as_deref(), Some("T"), "{header}");
        }
        for header in ["", "T", "Digest T", "Basic !", "Basic VA=="] {
            assert_eq!(credential(header), None, "{header}");
        }
    }
}
