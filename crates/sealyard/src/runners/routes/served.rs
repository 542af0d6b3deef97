//! Which repositories an organisation's runners serve. Ours: GitHub has runner groups for this.

use axum::extract::State;
use bytes::Bytes;
use serde::Serialize;

use super::super::{form, serve, store};
use super::runner_id;
use crate::app::Shared;
use crate::audit::Actor;
use crate::directory::Organization;
use crate::directory::store::selection;
use crate::http::access::{self, Access};
use crate::http::answer::{Answer, Result};
use crate::http::error::ApiError;
use crate::http::json;
use crate::http::routes::Routes;

/// What an organisation has, below `/api/sealyard/v1/orgs/{org}`.
pub fn organization() -> Routes {
    Routes::new().route(
        "/runners/{runner_id}/repositories",
        access::get(list_repositories).merge(access::put(set_repositories)),
    )
}

access::operation!(
    /// `GET /api/sealyard/v1/orgs/{org}/runners/{runner_id}/repositories`
    ListServed: Organization => ListRunnerRepositories
);
access::operation!(
    /// `PUT /api/sealyard/v1/orgs/{org}/runners/{runner_id}/repositories`
    SetServed: Organization => SetRunnerRepositories
);

#[derive(Serialize)]
struct ServedJson {
    total_count: usize,
    selected_repository_ids: Vec<i64>,
}

async fn list_repositories(access: Access<ListServed>, State(app): State<Shared>) -> Result {
    let id = runner_id(&access)?;
    let mut read = access.exchange.read(&app).await?;
    let found = store::selection(&mut read, access.target.id, id).await?;
    let selection = found.ok_or_else(ApiError::not_found)?;
    let ids = selection::members(&mut read, selection).await?;
    Answer::ok(&ServedJson {
        total_count: ids.len(),
        selected_repository_ids: ids.into_iter().map(|id| id.0).collect(),
    })
}

async fn set_repositories(
    access: Access<SetServed>,
    State(app): State<Shared>,
    body: Bytes,
) -> Result {
    let id = runner_id(&access)?;
    let repositories = form::repositories(&json::parse_object(&body)?)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    serve(&app, &access.target, id, &repositories, &actor).await?;
    Ok(Answer::no_content())
}
