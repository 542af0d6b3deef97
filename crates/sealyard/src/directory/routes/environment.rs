//! Environments on the wire.

use std::collections::BTreeSet;

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;

use crate::app::Shared;
use crate::audit::Actor;
use crate::directory::draft::environment as draft;
use crate::directory::environment::{self, EnvironmentDetails};
use crate::directory::render::View;
use crate::directory::store::environment as store;
use crate::directory::{EnvironmentName, Error, Repository};
use crate::http::access::{self, Access, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::ApiError;
use crate::http::page::Page;
use crate::http::routes::Routes;
use crate::http::target::InRepository;

pub(super) fn repository() -> Routes {
    Routes::new()
        .route("/environments", access::get(list))
        .route(
            "/environments/{environment}",
            access::get(get)
                .merge(access::put(put))
                .merge(access::delete(delete)),
        )
}

operation!(
    /// `GET /repos/{owner}/{repo}/environments`
    List: Repository => ListEnvironments
);
operation!(
    /// `GET /repos/{owner}/{repo}/environments/{environment_name}`
    Get: InRepository => GetEnvironment
);
operation!(
    /// `PUT /repos/{owner}/{repo}/environments/{environment_name}`
    Put: InRepository => PutEnvironment
);
operation!(
    /// `DELETE /repos/{owner}/{repo}/environments/{environment_name}`
    Delete: InRepository => DeleteEnvironment
);

async fn list(access: Access<List>, State(app): State<Shared>) -> Result {
    let repository = &access.target;
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    let environments = store::list(&mut read, repository.id, page).await?;
    let total = store::count(&mut read, repository.id).await?;
    let reviewers = store::users(&mut read, &reviewers_of(&environments)).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.environment_list(total, repository, &environments, &reviewers);
    let path = format!("/repositories/{}/environments", repository.id.0);
    let link = page.link(&access.exchange, &path, total);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).link(link))
}

async fn get(access: Access<Get>, State(app): State<Shared>) -> Result {
    let repository = &access.target.repository;
    let mut read = access.exchange.read(&app).await?;
    let name = access.parameter("environment")?;
    let details = store::get(&mut read, repository.id, name)
        .await?
        .ok_or_else(ApiError::not_found)?;
    let reviewers = store::users(&mut read, &reviewers_of(std::slice::from_ref(&details))).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.environment(repository, &details, &reviewers);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()))
}

async fn put(access: Access<Put>, State(app): State<Shared>, body: Bytes) -> Result {
    let repository = &access.target.repository;
    let settings = draft::read(&body)?;
    let name =
        EnvironmentName::parse(access.parameter("environment")?).ok_or_else(draft::bad_name)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let put = environment::put(&app, &actor, repository, &name, settings).await;
    let (details, reviewers) = match put {
        Ok(put) => put,
        Err(Error::UnknownReviewer) => return Err(draft::unknown_reviewer()),
        Err(other) => return Err(other.into()),
    };
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.environment(repository, &details, &reviewers);
    // 200 also for a new one, as GitHub.
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()))
}

async fn delete(access: Access<Delete>, State(app): State<Shared>) -> Result {
    let InRepository {
        repository,
        environment,
    } = &access.target;
    let environment = environment.as_ref().ok_or_else(ApiError::not_found)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    environment::delete(&app, &actor, repository, environment).await?;
    Ok(Answer::no_content())
}

fn reviewers_of(environments: &[EnvironmentDetails]) -> BTreeSet<i64> {
    environments
        .iter()
        .flat_map(|details| &details.settings.reviewers)
        .copied()
        .collect()
}
