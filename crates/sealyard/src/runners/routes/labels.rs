//! Labels of runners on the wire.

use axum::extract::State;
use bytes::Bytes;
use serde::Serialize;

use super::super::label::{self, Change, Label};
use super::super::{form, scope::Scope};
use super::{AddLabels, ListLabels, RemoveLabel, RemoveLabels, SetLabels, find, runner_id};
use crate::app::{App, Shared};
use crate::audit::Actor;
use crate::http::access::{Access, Op};
use crate::http::answer::{Answer, Result};
use crate::http::error::ApiError;
use crate::http::json;

#[derive(Serialize)]
pub(super) struct LabelJson {
    id: i64,
    name: String,
    r#type: &'static str,
}

#[derive(Serialize)]
struct LabelsJson {
    total_count: usize,
    labels: Vec<LabelJson>,
}

pub(super) fn shown_labels(labels: Vec<Label>) -> Vec<LabelJson> {
    let shown = |label: Label| LabelJson {
        id: label.id,
        name: label.name,
        r#type: if label.read_only {
            "read-only"
        } else {
            "custom"
        },
    };
    labels.into_iter().map(shown).collect()
}

pub(super) async fn list_labels(access: Access<ListLabels>, State(app): State<Shared>) -> Result {
    let runner = find(&access, &app).await?;
    answer_labels(runner.labels)
}

pub(super) async fn add_labels(
    access: Access<AddLabels>,
    State(app): State<Shared>,
    body: Bytes,
) -> Result {
    let names = form::labels(&json::parse_object(&body)?, false)?;
    change(&access, &app, Change::Add(names)).await
}

pub(super) async fn set_labels(
    access: Access<SetLabels>,
    State(app): State<Shared>,
    body: Bytes,
) -> Result {
    let names = form::labels(&json::parse_object(&body)?, true)?;
    change(&access, &app, Change::Set(names)).await
}

pub(super) async fn remove_labels(
    access: Access<RemoveLabels>,
    State(app): State<Shared>,
) -> Result {
    change(&access, &app, Change::Set(Vec::new())).await
}

pub(super) async fn remove_label(access: Access<RemoveLabel>, State(app): State<Shared>) -> Result {
    let name = label::LabelName::parse(access.parameter("name")?);
    change(
        &access,
        &app,
        Change::Remove(name.ok_or_else(ApiError::not_found)?),
    )
    .await
}

async fn change<O: Op<Target = Scope>>(access: &Access<O>, app: &App, change: Change) -> Result {
    let id = runner_id(access)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    answer_labels(label::change(app, &access.target, id, &change, &actor).await?)
}

fn answer_labels(labels: Vec<Label>) -> Result {
    let labels = shown_labels(labels);
    Answer::ok(&LabelsJson {
        total_count: labels.len(),
        labels,
    })
}
