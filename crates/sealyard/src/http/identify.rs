//! Who is calling: the `Authorization` header, and what stands behind it.

use base64ct::{Base64, Encoding as _};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use sealyard_sql as sql;

use super::error::ApiError;
use super::exchange::Exchange;
use crate::app::App;
use crate::apps;
use crate::identity::permission::{Refusal, Standing, Suspended, admit};
use crate::identity::token::{Kind, Token};
use crate::identity::{Caller, store};
use crate::runners::{register, store as runners};

/// Finds the caller. 401 for a credential that is not valid, 403 for who is suspended.
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
    let sent = header.to_str().ok().and_then(credential);
    if apps::routes::takes_jwt(exchange.path()) {
        let Some(Sent::Bearer(jwt)) = sent else {
            return Err(refused(Refusal::NoJwt));
        };
        let mut read = exchange.read(app).await?;
        let found = apps::authenticate(&mut read, &jwt, app.clock.now_s()).await;
        exchange.keep(read);
        let (id, standing) = found?;
        return admitted(app, Some((Caller::App(id), standing)));
    }
    match sent {
        Some(Sent::Bearer(text) | Sent::Token(text)) => {
            let token = Token::parse(&text).ok_or_else(ApiError::bad_credentials)?;
            let mut read = exchange.read(app).await?;
            let found = bearer(app, exchange, &mut read, &token).await;
            exchange.keep(read);
            admitted(app, found?)
        }
        Some(Sent::RemoteAuth(text)) => {
            let mut read = exchange.read(app).await?;
            let found = register::find(app, &mut read, &text).await;
            exchange.keep(read);
            let enrolment = found?.map(|(_, enrolment)| Caller::Enrolment(enrolment));
            enrolment.ok_or_else(ApiError::bad_credentials)
        }
        None => Err(ApiError::bad_credentials()),
    }
}

/// Whom a token stands for, in one statement. Notes whose credential one was that ended.
async fn bearer(
    app: &App,
    exchange: &Exchange,
    read: &mut sql::Read,
    token: &Token,
) -> Result<Option<(Caller, Standing)>, sql::Error> {
    let mac = token.mac(&app.keyring);
    Ok(match token.kind() {
        Kind::Classic | Kind::OAuth | Kind::FineGrained => store::bearer(read, &mac)
            .await?
            .map(|(principal, standing)| (Caller::User(principal), standing)),
        Kind::Installation => apps::store::bearer(read, &mac)
            .await?
            .map(|(installed, standing)| (Caller::Installation(installed), standing)),
        Kind::Runner => {
            let found = runners::bearer(read, &mac).await?;
            if found.is_none() {
                let removed = runners::removed(read, &mac).await?;
                if let Some(attempt) = removed {
                    exchange.attempts(attempt);
                }
            }
            found.map(|machine| (Caller::Runner(machine), Standing::default()))
        }
        // A ticket is redeemed, in the body of a request whose caller is somebody.
        Kind::Ticket => None,
    })
}

fn admitted(app: &App, found: Option<(Caller, Standing)>) -> Result<Caller, ApiError> {
    let (caller, standing) = found.ok_or_else(ApiError::bad_credentials)?;
    admit(&standing, app.clock.now_s()).map_err(refused)?;
    Ok(caller)
}

/// The answer to a credential that is refused by itself.
pub fn refused(refusal: Refusal) -> ApiError {
    let suspended = match refusal {
        Refusal::NoJwt => return ApiError::generic(StatusCode::UNAUTHORIZED, NO_JWT),
        Refusal::Suspended(Suspended::User) => "Sorry. Your account was suspended.",
        Refusal::Suspended(Suspended::Installation) => "This installation has been suspended",
        Refusal::Suspended(Suspended::App) => "This GitHub App has been suspended",
        Refusal::BadCredentials
        | Refusal::Hidden
        | Refusal::Unauthenticated
        | Refusal::Insufficient
        | Refusal::NotByToken
        | Refusal::NotByIntegration
        | Refusal::Archived => return ApiError::bad_credentials(),
    };
    ApiError::generic(StatusCode::FORBIDDEN, suspended)
}

const NO_JWT: &str = "A JSON web token could not be decoded";

/// The refusal of a bad credential, and 403 once too many came from the caller's network.
pub fn count_bad_credential(app: &App, exchange: &Exchange, refusal: ApiError) -> ApiError {
    let now = app.clock.now_s();
    if app.limits.count_bad_credential(exchange.address, now) {
        return refusal;
    }
    ApiError::generic(StatusCode::FORBIDDEN, TOO_MANY_ATTEMPTS)
}

/// Whoever guessed too often gets this, whatever they send.
pub const TOO_MANY_ATTEMPTS: &str =
    "Maximum number of login attempts exceeded. Please try again later.";

/// What was sent, by the scheme it was sent with.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
    /// `Bearer`: the only scheme for a JWT.
    Bearer(String),
    /// `token`, or Basic with a token in it.
    Token(String),
    /// `RemoteAuth`: a runner's registration or remove token.
    RemoteAuth(String),
}

/// The token in any of the forms GitHub takes: `token T`, `Bearer T`, and Basic with the token as
/// password, or as user name before `x-oauth-basic` or nothing.
fn credential(header: &str) -> Option<Sent> {
    let (scheme, rest) = header.trim().split_once(' ')?;
    let rest = rest.trim();
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    if is("bearer") {
        return Some(Sent::Bearer(rest.to_owned()));
    }
    if is("token") {
        return Some(Sent::Token(rest.to_owned()));
    }
    if is("remoteauth") {
        return Some(Sent::RemoteAuth(rest.to_owned()));
    }
    if !is("basic") {
        return None;
    }
    let decoded = String::from_utf8(Base64::decode_vec(rest).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    let token = if password.is_empty() || password == "x-oauth-basic" {
        user
    } else {
        password
    };
    Some(Sent::Token(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_every_form() {
        let bearer = Some(Sent::Bearer("T".to_owned()));
        assert_eq!(credential("Bearer T"), bearer);
        assert_eq!(credential("bearer  T"), bearer);
        let remote = Some(Sent::RemoteAuth("T".to_owned()));
        assert_eq!(credential("RemoteAuth T"), remote);
        let token = Some(Sent::Token("T".to_owned()));
        for header in [
            "token T",
            "Basic dXNlcjpU",             // user:T
            "Basic VDp4LW9hdXRoLWJhc2lj", // T:x-oauth-basic
            "Basic VDo=",                 // T:
        ] {
            assert_eq!(credential(header), token, "{header}");
        }
        for header in ["", "T", "Digest T", "Basic !", "Basic VA=="] {
            assert_eq!(credential(header), None, "{header}");
        }
    }
}
