//! What is counted, and the listener that tells it: `/metrics` in Prometheus' text format and
//! `/health`, on `--admin-listen` only. No name of anybody's thing is ever a label.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::app::{App, Shared};

/// The server's counters.
#[derive(Default)]
pub struct Metrics {
    requests: Family<Answered, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    operation: &'static str,
    status: u16,
}

impl Metrics {
    /// Counts an answer to an operation, by GitHub's id for it.
    pub fn answered(&self, operation: &'static str, status: StatusCode) {
        self.requests
            .get_or_create(&Answered {
                operation,
                status: status.as_u16(),
            })
            .inc();
    }
}

/// The service behind `--admin-listen`.
pub fn service(app: &Shared) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .with_state(Arc::clone(app))
}

/// 200 while the store answers, else 503.
async fn health(State(app): State<Shared>) -> (StatusCode, &'static str) {
    match crate::setup::root_id(&app.db).await {
        Ok(Some(_)) => (StatusCode::OK, "ok\n"),
        Ok(None) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store does not answer\n",
        ),
    }
}

async fn metrics(
    State(app): State<Shared>,
) -> (StatusCode, [(http::HeaderName, &'static str); 1], String) {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match text(&app) {
        Some(text) => (StatusCode::OK, [(CONTENT_TYPE, TYPE)], text),
        None => (
            StatusCode::INTERNAL_SERVER_ERROR,
            [(CONTENT_TYPE, TYPE)],
            String::new(),
        ),
    }
}

fn text(app: &App) -> Option<String> {
    let mut registry = Registry::default();
    registry.register(
        "sealyard_requests",
        "Answers, by GitHub's operation id and status",
        app.metrics.requests.clone(),
    );
    let stats = app.db.stats();
    registry.register(
        "sealyard_store_transactions",
        "Transactions that were committed",
        ConstCounter::new(stats.transactions),
    );
    registry.register(
        "sealyard_store_commits",
        "Commits of the store; on SQLite many transactions share one, which is one sync",
        ConstCounter::new(stats.commits),
    );
    let mut out = String::new();
    encode(&mut out, &registry).ok()?;
    Some(out)
}
