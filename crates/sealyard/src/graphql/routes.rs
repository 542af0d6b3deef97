//! Questions in GraphQL on the wire.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;

use super::{Question, plan};
use crate::app::Shared;
use crate::http::access::{self, Access};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::ApiError;
use crate::http::json::{self, Json};
use crate::http::routes::Routes;
use crate::http::target::Nothing;

/// Where clients look for it: beside `/api/v3`, at the root, and below `/api/v3`.
pub fn routes() -> Routes {
    Routes::new()
        .route("/graphql", access::post(answer))
        .route("/api/graphql", access::post(answer))
}

access::operation!(
    /// `POST /graphql`
    AskGraphql: Nothing => AskGraphql
);

async fn answer(access: Access<AskGraphql>, State(app): State<Shared>, body: Bytes) -> Result {
    let members = json::parse_object(&body)?;
    let member = |name: &str| {
        members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    let Some(Json::String(query)) = member("query") else {
        return Err(refused(
            "A query attribute must be specified and must be a string.",
        ));
    };
    let nothing = Vec::new();
    let variables = match member("variables") {
        None | Some(Json::Null) => &nothing,
        Some(Json::Object(variables)) => variables,
        Some(_) => return Err(refused("A variables attribute must be an object.")),
    };
    let operation = match member("operationName") {
        None | Some(Json::Null) => None,
        Some(Json::String(name)) => Some(name.as_str()).filter(|name| !name.is_empty()),
        Some(_) => return Err(refused("An operationName attribute must be a string.")),
    };
    let (body, lacks) = match plan(&Question {
        query,
        variables,
        operation,
    }) {
        Ok(fields) => super::answer(&app, &access.exchange, &fields).await?,
        Err(body) => (body, 0),
    };
    let answer = Answer::bytes(StatusCode::OK, JSON, body.into());
    Ok(answer.uncached().hidden(lacks))
}

fn refused(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, message)
}
