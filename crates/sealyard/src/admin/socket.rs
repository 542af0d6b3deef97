//! `DIR/admin.sock`: where commands reach the server that runs. Its file mode is its lock: only the
//! owner of the data directory can open it.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use super::{Command, Outcome, execute};
use crate::app::Shared;
use crate::apply;

/// The socket's name in the data directory.
pub const NAME: &str = "admin.sock";
/// The largest order, in bytes: a file to apply, as JSON writes it. A quotation mark and a newline
/// take two bytes there, and nothing that TOML allows takes more.
const ORDER_MAX: usize = 2 * apply::file::SIZE_MAX + 1024;
/// An answer that lists tokens or a plan may be long, but not longer than this.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// Why an order did not get through.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server listens there.
    #[error("no server is running")]
    NobodyThere,
    /// Somebody listens, but does not answer as we do.
    #[error("the server's admin socket does not answer: {0}")]
    Broken(String),
}

/// The service behind the socket.
pub fn service(app: &Shared) -> Router {
    Router::new()
        .route("/command", post(command))
        .layer(DefaultBodyLimit::max(ORDER_MAX))
        .with_state(Arc::clone(app))
}

async fn command(State(app): State<Shared>, body: Bytes) -> (StatusCode, Vec<u8>) {
    let Ok(command) = serde_json::from_slice::<Command>(&body) else {
        return (StatusCode::BAD_REQUEST, Vec::new());
    };
    let outcome = execute(&app, command).await;
    (
        StatusCode::OK,
        serde_json::to_vec(&outcome).unwrap_or_default(),
    )
}

/// Sends an order to the server that runs on this data directory.
pub async fn send(data_dir: &Path, command: &Command) -> Result<Outcome, Error> {
    let broken = |error: &dyn std::fmt::Display| Error::Broken(error.to_string());
    let stream = UnixStream::connect(data_dir.join(NAME))
        .await
        .map_err(|_| Error::NobodyThere)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(&error))?;
    let body = serde_json::to_vec(command).map_err(|error| broken(&error))?;
    let request = Request::post("/command")
        .header("host", "localhost")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| broken(&error))?;
    let exchange = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| broken(&error))?;
        let limited = http_body_util::Limited::new(Body::new(response.into_body()), ANSWER_MAX);
        let body = limited
            .collect()
            .await
            .map_err(|error| broken(&error))?
            .to_bytes();
        serde_json::from_slice(&body).map_err(|_| Error::Broken("not an answer".to_owned()))
    };
    tokio::select! {
        outcome = exchange => outcome,
        // The connection ends only after the exchange, unless it breaks.
        _ = connection => Err(Error::Broken("the connection broke".to_owned())),
    }
}
