//! Apps on the wire.

mod draft;
mod render;

use axum::extract::State;
use bytes::Bytes;
use http::{Method, StatusCode};

use super::store::installation as store;
use super::{AppId, Error, Hand, Installation, installation, mint};
use crate::app::Shared;
use crate::audit::Actor;
use crate::directory::render::View;
use crate::directory::store::repository as repositories;
use crate::directory::store::{OrganizationBy, RepositoryBy};
use crate::http::access::{self, Access, Op, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::ApiError;
use crate::http::identify;
use crate::http::json;
use crate::http::page::Page;
use crate::http::routes::Routes;
use crate::http::target::Nothing;
use crate::http::writer::array;
use crate::identity::Caller;
use crate::identity::caller::Installed;
use crate::identity::permission::{Refusal, Suspended};

/// Whether a path is one of those that take an app's JWT and nothing else.
///
/// Asked before routing, because a credential is judged before it is known whether there is such a
/// route; a test holds it to the permission table.
pub fn takes_jwt(path: &str) -> bool {
    if path == "/app" || path.starts_with("/app/") {
        return true;
    }
    let of = |prefix: &str| path.starts_with(prefix) && path.ends_with("/installation");
    // Exactly one or two segments in between: not a secret's or a label's name.
    let segments = path.bytes().filter(|byte| *byte == b'/').count();
    match segments {
        3 => ["/orgs/", "/organizations/", "/users/", "/repositories/"]
            .into_iter()
            .any(of),
        4 => of("/repos/"),
        _ => false,
    }
}

/// The routes of apps, by JWT, and of their installations, by token.
pub fn routes() -> Routes {
    let one = "/app/installations/{installation_id}";
    Routes::new()
        .route("/app", access::get(get_app))
        .route("/app/installations", access::get(list))
        .route(one, access::get(get).merge(access::delete(uninstall)))
        .route(&format!("{one}/access_tokens"), access::post(create_token))
        .route(
            &format!("{one}/suspended"),
            access::put(suspend).merge(access::delete(unsuspend)),
        )
        .route("/users/{username}/installation", access::get(of_user))
        .route("/installation/repositories", access::get(list_repositories))
        .route("/installation/token", access::delete(revoke_token))
}

/// What stands below `/orgs/{org}` and `/organizations/{org_id}`.
pub fn organization() -> Routes {
    Routes::new().route("/installation", access::get(of_organization))
}

/// What stands below `/repos/{owner}/{repo}` and `/repositories/{repo_id}`.
pub fn repository() -> Routes {
    Routes::new().route("/installation", access::get(of_repository))
}

operation!(
    /// `GET /app`
    GetApp: Nothing => GetApp
);
operation!(
    /// `GET /app/installations`
    List: Nothing => ListInstallations
);
operation!(
    /// `GET /app/installations/{installation_id}`
    Get: Nothing => GetInstallation
);
operation!(
    /// `DELETE /app/installations/{installation_id}`
    Uninstall: Nothing => DeleteInstallation
);
operation!(
    /// `POST /app/installations/{installation_id}/access_tokens`
    CreateToken: Nothing => CreateInstallationToken
);
operation!(
    /// `PUT /app/installations/{installation_id}/suspended`
    Suspend: Nothing => SuspendInstallation
);
operation!(
    /// `DELETE /app/installations/{installation_id}/suspended`
    Unsuspend: Nothing => UnsuspendInstallation
);
operation!(
    /// `GET /orgs/{org}/installation`
    OfOrganization: Nothing => GetOrganizationInstallation
);
operation!(
    /// `GET /repos/{owner}/{repo}/installation`
    OfRepository: Nothing => GetRepositoryInstallation
);
operation!(
    /// `GET /users/{username}/installation`
    OfUser: Nothing => GetUserInstallation
);
operation!(
    /// `GET /installation/repositories`
    ListRepositories: Nothing => ListInstallationRepositories
);
operation!(
    /// `DELETE /installation/token`
    RevokeToken: Nothing => RevokeInstallationToken
);

async fn get_app(access: Access<GetApp>, State(app): State<Shared>) -> Result {
    let id = caller(&access)?;
    let mut read = access.exchange.read(&app).await?;
    let details = super::store::details(&mut read, id)
        .await?
        .ok_or(Error::NoSuchApp)?;
    let body = View::new(&access.exchange, app.wire.profile).app(&details);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()))
}

async fn list(access: Access<List>, State(app): State<Shared>) -> Result {
    let id = caller(&access)?;
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    let installations = store::list(&mut read, id, page).await?;
    let total = store::count(&mut read, id).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = array(installations.iter().map(|each| view.installation(each)));
    let link = page.link(&access.exchange, "/app/installations", total);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).link(link))
}

async fn get(access: Access<Get>, State(app): State<Shared>) -> Result {
    let found = named(&access, &app).await?;
    Ok(shown(&access, &app, &found))
}

async fn uninstall(access: Access<Uninstall>, State(app): State<Shared>) -> Result {
    let found = named(&access, &app).await?;
    access.exchange.finish_reading();
    installation::uninstall(&app, &Actor::of(&access.exchange), &found).await?;
    Ok(Answer::no_content())
}

async fn suspend(access: Access<Suspend>, State(app): State<Shared>) -> Result {
    set_suspended(&access, &app, true).await
}

async fn unsuspend(access: Access<Unsuspend>, State(app): State<Shared>) -> Result {
    set_suspended(&access, &app, false).await
}

async fn set_suspended<O: Op>(access: &Access<O>, app: &Shared, suspended: bool) -> Result {
    let found = named(access, app).await?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    installation::set_suspended(app, &actor, &found, suspended, Hand::App).await?;
    Ok(Answer::no_content())
}

async fn create_token(
    access: Access<CreateToken>,
    State(app): State<Shared>,
    body: Bytes,
) -> Result {
    let found = named(&access, &app).await?;
    // Before the body is looked at, as everything that a caller may not do.
    if found.suspension.is_some() {
        return Err(Error::Suspended.into());
    }
    let narrowing = draft::narrowing(&json::parse_object(&body)?)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let minted = mint::mint(&app, &actor, &found, &narrowing).await?;
    let repositories = if minted.is_narrowed() {
        let size = i64::try_from(mint::REPOSITORIES_MAX).unwrap_or(i64::MAX);
        let all = Page { number: 1, size };
        let mut read = app.db.read().await?;
        Some(repositories::list_of_coverage(&mut read, &minted.coverage, all).await?)
    } else {
        None
    };
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.installation_token(&minted, repositories.as_deref());
    Ok(Answer::bytes(StatusCode::CREATED, JSON, body.into()).uncached())
}

async fn of_organization(access: Access<OfOrganization>, State(app): State<Shared>) -> Result {
    let id = caller(&access)?;
    let by = match access.parameter("org") {
        Ok(login) => OrganizationBy::Login(login),
        Err(_) => OrganizationBy::Id(access.id_parameter("org_id")?),
    };
    let mut read = access.exchange.read(&app).await?;
    let found = store::on_organization(&mut read, id, by).await?;
    Ok(shown(
        &access,
        &app,
        &found.ok_or(Error::NoSuchInstallation)?,
    ))
}

async fn of_user(access: Access<OfUser>, State(app): State<Shared>) -> Result {
    let id = caller(&access)?;
    let login = access.parameter("username")?;
    let mut read = access.exchange.read(&app).await?;
    let found = store::on_user(&mut read, id, login).await?;
    Ok(shown(
        &access,
        &app,
        &found.ok_or(Error::NoSuchInstallation)?,
    ))
}

async fn of_repository(access: Access<OfRepository>, State(app): State<Shared>) -> Result {
    let id = caller(&access)?;
    let by = match (access.parameter("owner"), access.parameter("repo")) {
        (Ok(owner), Ok(name)) => RepositoryBy::Name { owner, name },
        _ => RepositoryBy::Id(access.id_parameter("repo_id")?),
    };
    let mut read = access.exchange.read(&app).await?;
    let found = store::reaching(&mut read, id, by)
        .await?
        .ok_or(Error::NoSuchInstallation)?;
    if found.moved {
        return Err(access::moved(
            &Method::GET,
            &access.exchange,
            found.repository.0,
        ));
    }
    Ok(shown(&access, &app, &found.installation))
}

async fn list_repositories(access: Access<ListRepositories>, State(app): State<Shared>) -> Result {
    let coverage = installed(&access)?.coverage;
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    let items = repositories::list_of_coverage(&mut read, &coverage, page).await?;
    let total = repositories::count_of_coverage(&mut read, &coverage).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.installation_repositories(total, &coverage, &items);
    let link = page.link(&access.exchange, "/installation/repositories", total);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).link(link))
}

async fn revoke_token(access: Access<RevokeToken>, State(app): State<Shared>) -> Result {
    let installed = installed(&access)?;
    access.exchange.finish_reading();
    mint::revoke(&app, &Actor::of(&access.exchange), installed).await?;
    Ok(Answer::no_content())
}

/// The app that calls. No other caller gets so far.
fn caller<O: Op>(access: &Access<O>) -> Result<AppId> {
    match access.caller() {
        Caller::App(id) => Ok(*id),
        Caller::Anonymous
        | Caller::User(_)
        | Caller::Installation(_)
        | Caller::Enrolment(_)
        | Caller::Runner(_) => Err(identify::refused(Refusal::NoJwt)),
    }
}

/// The installation that calls. No other caller gets so far.
fn installed<O: Op>(access: &Access<O>) -> Result<&Installed> {
    match access.caller() {
        Caller::Installation(installed) => Ok(installed),
        Caller::Anonymous
        | Caller::User(_)
        | Caller::App(_)
        | Caller::Enrolment(_)
        | Caller::Runner(_) => Err(ApiError::bad_credentials()),
    }
}

/// The installation of the path, if it is the calling app's.
async fn named<O: Op>(access: &Access<O>, app: &Shared) -> Result<Installation> {
    let id = access.id_parameter("installation_id")?;
    let mut read = access.exchange.read(app).await?;
    let found = store::of_app(&mut read, caller(access)?, id).await;
    access.exchange.keep(read);
    Ok(found?.ok_or(Error::NoSuchInstallation)?)
}

fn shown<O: Op>(access: &Access<O>, app: &Shared, installation: &Installation) -> Answer {
    let view = View::new(&access.exchange, app.wire.profile);
    Answer::bytes(StatusCode::OK, JSON, view.installation(installation).into())
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Jwt(error) => Self::generic(StatusCode::UNAUTHORIZED, error.message()),
            Error::NoSuchApp => Self::generic(StatusCode::NOT_FOUND, "Integration not found"),
            Error::NoSuchInstallation | Error::NoSuchKey | Error::NoSuchAccount => Self::hidden(),
            Error::Held => Self::new(
                StatusCode::FORBIDDEN,
                "This installation was suspended by its account, which alone can let it go on.",
            ),
            Error::Suspended => identify::refused(Refusal::Suspended(Suspended::Installation)),
            Error::NotGranted => Self::unprocessable(
                "The permissions requested are not granted to this installation.",
            ),
            Error::NotAccessible { asked } => Self {
                hidden: u32::try_from(asked).unwrap_or(u32::MAX),
                ..Self::unprocessable(
                    "There is at least one repository that does not exist or is not accessible to the parent installation.",
                )
            },
            Error::TooMany { things, max } => Self::unprocessable(format!(
                "The number of {things} is limited to {max}. Delete one before creating another."
            )),
            // What only operators do.
            Error::NameTaken
            | Error::Name
            | Error::Description
            | Error::Key(_)
            | Error::KeyTaken
            | Error::NoSuchRepository => Self::unprocessable("Validation Failed"),
            Error::Interrupted => Self::unavailable(),
            Error::Store(error) => error.into(),
        }
    }
}
