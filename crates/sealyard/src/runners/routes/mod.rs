//! Runners on the wire.

mod labels;
pub mod served;

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::register::{self, NewToken, Purpose};
use super::scope::Scope;
use super::{Error, RUNNERS_MAX, Runner, RunnerId, RunnerName, form, label, store};
use crate::app::{App, Shared};
use crate::audit::Actor;
use crate::clock;
use crate::directory::{Organization, Repository};
use crate::http::access::{self, Access, Op};
use crate::http::answer::{Answer, Result};
use crate::http::error::ApiError;
use crate::http::exchange::Exchange;
use crate::http::identify::count_bad_credential;
use crate::http::json;
use crate::http::page::{Page, parameters};
use crate::http::routes::Routes;
use crate::http::target::{Found, Kind, Nothing, Parameters, Resolve};
use crate::identity::Caller;
use crate::identity::permission::Operation;

/// Where a runner enters. It has no credential yet: a registration token in the body is one.
pub const ENROLMENT: &str = "/api/sealyard/v1/runners";

/// What GitHub has no route for.
pub fn routes() -> Routes {
    Routes::new()
        .route(ENROLMENT, access::post(register))
        .route(
            "/api/sealyard/v1/runners/heartbeat",
            access::post(heartbeat),
        )
}

/// What organisations and repositories have, below their prefix.
pub fn scoped() -> Routes {
    Routes::new()
        .route("/runners", access::get(list))
        .route(
            "/runners/registration-token",
            access::post(registration_token),
        )
        .route("/runners/remove-token", access::post(remove_token))
        .route(
            "/runners/{runner_id}",
            access::get(get).merge(access::delete(delete)),
        )
        .route(
            "/runners/{runner_id}/labels",
            access::get(labels::list_labels)
                .merge(access::post(labels::add_labels))
                .merge(access::put(labels::set_labels))
                .merge(access::delete(labels::remove_labels)),
        )
        .route(
            "/runners/{runner_id}/labels/{name}",
            access::delete(labels::remove_label),
        )
}

impl Resolve for Scope {
    async fn resolve(
        app: &App,
        exchange: &Exchange,
        parameters: &Parameters,
    ) -> Result<Found<Self>> {
        Ok(if Kind::of(parameters) == Kind::Organization {
            match Organization::resolve(app, exchange, parameters).await? {
                Found::Here(found, facts) => Found::Here(found.map(Self::Organization), facts),
                Found::Moved(id) => Found::Moved(id),
                Found::Nowhere => Found::Nowhere,
            }
        } else {
            match Repository::resolve(app, exchange, parameters).await? {
                Found::Here(found, facts) => Found::Here(found.map(Self::Repository), facts),
                Found::Moved(id) => Found::Moved(id),
                Found::Nowhere => Found::Nowhere,
            }
        })
    }
}

macro_rules! scoped_operations {
    ($($(#[$doc:meta])* $marker:ident: $organization:ident, $repository:ident;)*) => {$(
        $(#[$doc])*
        pub struct $marker;

        impl Op for $marker {
            type Target = Scope;

            fn operation(kind: Kind) -> Operation {
                match kind {
                    Kind::Organization => Operation::$organization,
                    Kind::Repository | Kind::Environment | Kind::Other => Operation::$repository,
                }
            }
        }
    )*};
}

scoped_operations! {
    /// `GET …/runners`
    ListRunners: ListOrganizationRunners, ListRepositoryRunners;
    /// `GET …/runners/{runner_id}`
    GetRunner: GetOrganizationRunner, GetRepositoryRunner;
    /// `DELETE …/runners/{runner_id}`
    DeleteRunner: DeleteOrganizationRunner, DeleteRepositoryRunner;
    /// `POST …/runners/registration-token`
    CreateRegistrationToken:
        CreateOrganizationRegistrationToken, CreateRepositoryRegistrationToken;
    /// `POST …/runners/remove-token`
    CreateRemoveToken: CreateOrganizationRemoveToken, CreateRepositoryRemoveToken;
    /// `GET …/runners/{runner_id}/labels`
    ListLabels: ListOrganizationRunnerLabels, ListRepositoryRunnerLabels;
    /// `POST …/runners/{runner_id}/labels`
    AddLabels: AddOrganizationRunnerLabels, AddRepositoryRunnerLabels;
    /// `PUT …/runners/{runner_id}/labels`
    SetLabels: SetOrganizationRunnerLabels, SetRepositoryRunnerLabels;
    /// `DELETE …/runners/{runner_id}/labels`
    RemoveLabels: RemoveAllOrganizationRunnerLabels, RemoveAllRepositoryRunnerLabels;
    /// `DELETE …/runners/{runner_id}/labels/{name}`
    RemoveLabel: RemoveOrganizationRunnerLabel, RemoveRepositoryRunnerLabel;
}

access::operation!(
    /// `POST /api/sealyard/v1/runners`, which only a registration token opens.
    RegisterRunner: Nothing => RegisterRunner
);

access::operation!(
    /// `POST /api/sealyard/v1/runners/heartbeat`, by the runner itself.
    Heartbeat: Nothing => Heartbeat
);
/// A runner, in GitHub's key order.
#[derive(Serialize)]
struct RunnerJson {
    id: i64,
    name: String,
    os: String,
    status: &'static str,
    busy: bool,
    labels: Vec<labels::LabelJson>,
}

#[derive(Serialize)]
struct RunnersJson {
    total_count: i64,
    runners: Vec<RunnerJson>,
}

#[derive(Serialize)]
struct TokenJson<'a> {
    token: &'a str,
    expires_at: String,
}

#[derive(Serialize)]
struct RegisteredJson<'a> {
    id: i64,
    name: &'a str,
    credential: &'a str,
}

fn shown(runner: Runner, now: i64) -> RunnerJson {
    RunnerJson {
        id: runner.id.0,
        status: if runner.is_online(now) {
            "online"
        } else {
            "offline"
        },
        busy: runner.is_busy(now),
        name: runner.name,
        os: runner.os,
        labels: labels::shown_labels(runner.labels),
    }
}

async fn list(access: Access<ListRunners>, State(app): State<Shared>) -> Result {
    let query = access.exchange.query();
    let page = Page::from_query(query);
    let key = access.target.key();
    let mut read = access.exchange.read(&app).await?;
    let (runners, total_count) = match parameters(query).find(|(name, _)| *name == "name") {
        None => (
            store::list(&mut read, key, page).await?,
            store::count(&mut read, key).await?,
        ),
        Some((_, name)) => {
            // No two runners of a scope share a name, so there is one page.
            let found = match decoded(name) {
                Some(name) => store::by_name(&mut read, key, &name).await?,
                None => None,
            };
            let total = i64::from(found.is_some());
            (
                found.into_iter().filter(|_| page.number == 1).collect(),
                total,
            )
        }
    };
    let now = app.clock.now_s();
    let runners = runners
        .into_iter()
        .map(|runner| shown(runner, now))
        .collect();
    let link = page.link(&access.exchange, &access.target.path(), total_count);
    Ok(Answer::ok(&RunnersJson {
        total_count,
        runners,
    })?
    .link(link))
}

/// A value of the query string; `None` if no runner can have that name.
fn decoded(value: &str) -> Option<RunnerName> {
    let spaced = value.replace('+', " ");
    RunnerName::parse(&percent_decode_str(&spaced).decode_utf8().ok()?)
}

async fn get(access: Access<GetRunner>, State(app): State<Shared>) -> Result {
    let runner = find(&access, &app).await?;
    Answer::ok(&shown(runner, app.clock.now_s()))
}

async fn delete(access: Access<DeleteRunner>, State(app): State<Shared>) -> Result {
    let id = runner_id(&access)?;
    // Ours: GitHub's route takes no parameter.
    let forced = parameters(access.exchange.query()).any(|it| it == ("force", "true"));
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    super::delete(&app, &access.target, id, forced, &actor).await?;
    Ok(Answer::no_content())
}

async fn registration_token(
    access: Access<CreateRegistrationToken>,
    State(app): State<Shared>,
) -> Result {
    create_token(&access, &app, Purpose::Register).await
}

async fn remove_token(access: Access<CreateRemoveToken>, State(app): State<Shared>) -> Result {
    create_token(&access, &app, Purpose::Remove).await
}

async fn create_token<O: Op<Target = Scope>>(
    access: &Access<O>,
    app: &App,
    purpose: Purpose,
) -> Result {
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let NewToken {
        text,
        expires_at_ms,
    } = register::create_token(app, &access.target, purpose, &actor).await?;
    let body = TokenJson {
        token: &text,
        expires_at: with_milliseconds(expires_at_ms),
    };
    Ok(Answer::created(&body)?.uncached())
}

/// A time as GitHub prints it here and nowhere else: with milliseconds and an offset.
fn with_milliseconds(unix_ms: i64) -> String {
    let whole = clock::rfc3339(unix_ms.div_euclid(1_000));
    format!(
        "{}.{:03}+00:00",
        whole.trim_end_matches('Z'),
        unix_ms.rem_euclid(1_000)
    )
}

async fn register(
    access: Access<RegisterRunner>,
    State(app): State<Shared>,
    body: Bytes,
) -> Result {
    let object = json::parse_object(&body)?;
    let (token, application) = form::application(&object)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let registered = match register::register(&app, token, &application, &actor).await {
        Err(refusal @ Error::BadToken) => {
            return Err(count_bad_credential(&app, &access.exchange, refusal.into()));
        }
        other => other?,
    };
    let body = RegisteredJson {
        id: registered.id.0,
        name: application.name.as_str(),
        credential: registered.credential.reveal(),
    };
    Ok(Answer::created(&body)?.uncached())
}

async fn heartbeat(access: Access<Heartbeat>, State(app): State<Shared>) -> Result {
    let Caller::Runner(machine) = access.caller() else {
        return Err(ApiError::bad_credentials());
    };
    access.exchange.finish_reading();
    super::heartbeat(&app, machine).await?;
    Ok(Answer::no_content())
}

async fn find<O: Op<Target = Scope>>(access: &Access<O>, app: &App) -> Result<Runner> {
    let id = runner_id(access)?;
    let mut read = access.exchange.read(app).await?;
    store::get(&mut read, access.target.key(), id)
        .await?
        .ok_or_else(ApiError::not_found)
}

fn runner_id<O: Op>(access: &Access<O>) -> Result<RunnerId> {
    access.id_parameter("runner_id").map(RunnerId)
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            // The stray quote is GitHub's, and clients match on the text before it.
            Error::Busy(name) => Self::unprocessable(format!(
                "Bad request - Runner \"{name}\" is still running a job\""
            )),
            Error::NameTaken => Self::new(
                StatusCode::CONFLICT,
                "Already exists - A runner with this name already exists.",
            ),
            Error::BadToken => Self::bad_credentials(),
            Error::TooMany => Self::unprocessable(format!(
                "The number of runners is limited to {RUNNERS_MAX}. Delete one before creating another."
            )),
            Error::Archived => Self::new(
                StatusCode::FORBIDDEN,
                "Repository was archived so is read-only.",
            ),
            Error::TooManyLabels => Self::unprocessable(format!(
                "The number of custom labels is limited to {}.",
                label::LABELS_MAX
            )),
            Error::NotInOrganization => {
                Self::unprocessable("A selected repository is not one of the organization's.")
            }
            Error::ReadOnlyLabel => Self::unprocessable("Read-only labels cannot be removed."),
            Error::Store(error) => error.into(),
        }
    }
}
