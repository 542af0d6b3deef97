//! Accounts and tokens on the wire.

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::permission::Credential;
use super::scopes::{Scope, Scopes};
use super::suspension::{self, REASON_LENGTH_MAX};
use super::{Error, Grant, Login, Power, TOKENS_OF_USER_MAX, accounts};
use crate::app::Shared;
use crate::audit::Actor;
use crate::clock::rfc3339;
use crate::directory::account::is_email;
use crate::directory::render::View;
use crate::http::access::{self, Access, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::{ApiError, FieldError};
use crate::http::form::Form;
use crate::http::json::{self, Json};
use crate::http::routes::Routes;
use crate::http::target::Nothing;

/// More names than there are scopes are nobody's list.
const SCOPES_MAX: usize = 100;

/// The routes of accounts and tokens.
pub fn routes() -> Routes {
    Routes::new()
        .route("/user", access::get(get_own))
        .route("/user/installations", access::get(user_installations))
        .route("/users/{username}", access::get(get))
        .route(
            "/users/{username}/suspended",
            access::put(suspend).merge(access::delete(unsuspend)),
        )
        .route("/admin/users", access::post(create))
        .route(
            "/admin/users/{username}/authorizations",
            access::post(authorize).merge(access::delete(revoke)),
        )
}

operation!(
    /// `GET /user`
    GetOwn: Nothing => GetAuthenticatedUser
);
operation!(
    /// `GET /users/{username}`
    Get: Nothing => GetUser
);
operation!(
    /// `GET /user/installations`
    UserInstallations: Nothing => ListUserInstallations
);
operation!(
    /// `POST /admin/users`
    Create: Nothing => CreateUser
);
operation!(
    /// `POST /admin/users/{username}/authorizations`
    Authorize: Nothing => CreateAuthorization
);
operation!(
    /// `DELETE /admin/users/{username}/authorizations`
    Revoke: Nothing => DeleteAuthorization
);
operation!(
    /// `PUT /users/{username}/suspended`
    Suspend: Nothing => SuspendUser
);
operation!(
    /// `DELETE /users/{username}/suspended`
    Unsuspend: Nothing => UnsuspendUser
);

/// Pickers ask this with any token they have. Nothing here gives users a token by way of an app, so
/// none is of the right kind.
async fn user_installations(_: Access<UserInstallations>) -> Result {
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        "You must authenticate with an access token authorized to a GitHub App in order to list installations",
    ))
}

async fn get_own(access: Access<GetOwn>, State(app): State<Shared>) -> Result {
    let principal = access.principal()?;
    let mut read = access.exchange.read(&app).await?;
    let details = accounts::by_id(&mut read, principal.user_id)
        .await?
        .ok_or_else(ApiError::not_found)?;
    let view = View::new(&access.exchange, app.wire.profile);
    let credential = access.caller().credential();
    let whole =
        matches!(credential, Credential::Classic { scopes, .. } if scopes.contain(Scope::USER));
    let body = if whole {
        view.private_user(&details)
    } else {
        view.public_account(&details)
    };
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).last_modified(details.updated_at))
}

async fn get(access: Access<Get>, State(app): State<Shared>) -> Result {
    let login = access.parameter("username")?;
    let mut read = access.exchange.read(&app).await?;
    let details = accounts::by_login(&mut read, login)
        .await?
        .ok_or_else(ApiError::not_found)?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.public_account(&details);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).last_modified(details.updated_at))
}

async fn create(access: Access<Create>, State(app): State<Shared>, body: Bytes) -> Result {
    let object = json::parse_object(&body)?;
    let mut form = Form::new(&object);
    let login = form.required_string("login");
    let email = form
        .optional_string("email")
        .filter(|email| !email.is_empty());
    form.finish()?;
    let login = login
        .and_then(Login::parse)
        .ok_or_else(|| invalid("login", "invalid"))?;
    if !email.is_none_or(is_email) {
        return Err(invalid("email", "invalid"));
    }
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let user = super::create_user(&app, &actor, &login, email, false).await?;
    let body = View::new(&access.exchange, app.wire.profile).simple_user(&user);
    Ok(Answer::bytes(StatusCode::CREATED, JSON, body.into()))
}

/// A token and what it may, in the order of GitHub's description.
#[derive(Serialize)]
struct AuthorizationJson<'a> {
    id: i64,
    url: String,
    app: AppJson<'a>,
    token: &'a str,
    hashed_token: String,
    token_last_eight: &'a str,
    note: Option<&'a str>,
    note_url: Option<&'a str>,
    created_at: &'a str,
    updated_at: &'a str,
    scopes: Vec<&'a str>,
    fingerprint: Option<&'a str>,
    expires_at: Option<&'a str>,
}

/// What the token was made by: this server itself.
#[derive(Serialize)]
struct AppJson<'a> {
    name: &'a str,
    url: &'a str,
    client_id: &'a str,
}

async fn authorize(access: Access<Authorize>, State(app): State<Shared>, body: Bytes) -> Result {
    let object = json::parse_object(&body)?;
    let grant = read_grant(&object)?;
    let login = access.parameter("username")?;
    access.exchange.finish_reading();
    let user = super::user(&app, login).await?;
    let actor = Actor::of(&access.exchange);
    // GitHub gives an earlier token again, with 200. Ours is not kept, so there is a new one.
    let issued = super::create_token(&app, &actor, &user, &grant).await?;
    let token = issued.token.reveal();
    let created_at = rfc3339(issued.created_at);
    let scopes = grant.power.scopes().to_string();
    let answer = Answer::created(&AuthorizationJson {
        id: issued.id,
        url: format!(
            "{}/authorizations/{}",
            access.exchange.base_url(),
            issued.id
        ),
        app: AppJson {
            name: "Sealyard",
            url: access.exchange.origin(),
            client_id: "00000000000000000000",
        },
        token,
        hashed_token: hex(digest(&SHA256, token.as_bytes()).as_ref()),
        token_last_eight: issued.token.last_eight(),
        note: grant.note,
        note_url: None,
        created_at: &created_at,
        updated_at: &created_at,
        scopes: scopes
            .split(", ")
            .filter(|scope| !scope.is_empty())
            .collect(),
        fingerprint: None,
        expires_at: None,
    })?;
    Ok(answer.uncached())
}

async fn revoke(access: Access<Revoke>, State(app): State<Shared>) -> Result {
    let login = access.parameter("username")?;
    access.exchange.finish_reading();
    let user = super::user(&app, login).await?;
    let actor = Actor::of(&access.exchange);
    super::revoke_authorizations(&app, &actor, &user).await?;
    Ok(Answer::no_content())
}

async fn suspend(access: Access<Suspend>, State(app): State<Shared>, body: Bytes) -> Result {
    let object = json::parse_object(&body)?;
    let principal = access.principal()?;
    let reason = read_reason(&object, "Suspended", &principal.login)?;
    let login = access.parameter("username")?;
    access.exchange.finish_reading();
    let user = super::user(&app, login).await?;
    if user.id == principal.user_id {
        // What GitHub answers is not written down anywhere.
        return Err(ApiError::unprocessable("You cannot suspend yourself."));
    }
    let actor = Actor::of(&access.exchange);
    suspension::suspend(&app, &actor, &user, Some(&reason)).await?;
    Ok(Answer::no_content())
}

async fn unsuspend(access: Access<Unsuspend>, State(app): State<Shared>, body: Bytes) -> Result {
    let object = json::parse_object(&body)?;
    let principal = access.principal()?;
    let reason = read_reason(&object, "Unsuspended", &principal.login)?;
    let login = access.parameter("username")?;
    access.exchange.finish_reading();
    let user = super::user(&app, login).await?;
    let actor = Actor::of(&access.exchange);
    suspension::unsuspend(&app, &actor, &user, Some(&reason)).await?;
    Ok(Answer::no_content())
}

/// The reason for the log; like GitHub's, it defaults to "Suspended via API by" whoever did it.
fn read_reason(object: &json::Object, done: &str, by: &str) -> Result<String> {
    let mut form = Form::new(object);
    let reason = form
        .optional_string("reason")
        .filter(|reason| !reason.is_empty());
    form.finish()?;
    match reason {
        Some(reason) if reason.chars().count() > REASON_LENGTH_MAX => {
            Err(invalid("reason", "invalid"))
        }
        Some(reason) => Ok(reason.to_owned()),
        None => Ok(format!("{done} via API by {by}")),
    }
}

fn read_grant(object: &json::Object) -> Result<Grant<'_>> {
    let mut form = Form::new(object);
    let named = form.required("scopes").map(|list| scopes(&mut form, list));
    let note = form.optional_string("note").filter(|note| !note.is_empty());
    form.finish()?;
    let scopes = named.flatten().ok_or_else(|| refused("scopes"))?;
    if note.is_some_and(|note| note.chars().count() > super::NOTE_LENGTH_MAX) {
        return Err(refused("note"));
    }
    Ok(Grant {
        power: Power::OAuth(scopes),
        note,
        expires_at: None,
    })
}

/// The scopes of a list; `None` if one is not a scope of GitHub's. What is not a list of texts is
/// noted in the form.
fn scopes(form: &mut Form<'_>, list: &Json) -> Option<Scopes> {
    let Json::Array(items) = list else {
        form.wrong_type("scopes", list, "an array");
        return None;
    };
    if items.len() > SCOPES_MAX {
        form.too_many(SCOPES_MAX, items.len());
        return None;
    }
    let mut scopes = Some(Scopes::default());
    for item in items {
        if let Json::String(name) = item {
            scopes = scopes.and_then(|scopes| scopes.with_name(name));
        } else {
            form.wrong_item(item, "a string");
        }
    }
    scopes.map(Scopes::normalised)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)])
        .collect()
}

fn invalid(field: &'static str, code: &'static str) -> ApiError {
    ApiError::validation(vec![FieldError {
        resource: "User",
        code,
        field,
        message: None,
    }])
}

fn refused(field: &'static str) -> ApiError {
    let error = FieldError {
        resource: "OauthAccess",
        code: "invalid",
        field,
        message: None,
    };
    ApiError::validation(vec![error])
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Taken => invalid("login", "already_exists"),
            Error::TooManyTokens => Self::unprocessable(format!(
                "The number of tokens is limited to {TOKENS_OF_USER_MAX}. Delete one before creating another."
            )),
            // Fine-grained tokens are made at the command line only.
            Error::NoSuchUser
            | Error::NoSuchToken
            | Error::NoSuchOwner
            | Error::NotOwner
            | Error::NoSuchRepository
            | Error::TooManyRepositories => Self::not_found(),
            Error::Store(error) => error.into(),
        }
    }
}
