//! The listener: one path, one method.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout};

use super::request::Asked;
use super::rules::{self, REMEMBERED_MAX, Used};
use super::signature::PublicKey;
use super::{Conclusion, Job, Jobs, Refused, digest, request};
use crate::clock::Clock;
use crate::serve::framing_ok;
use crate::tasks::Tasks;

/// Where Woodpecker asks. The path is signed, the host is not: it must be a path that none of
/// Woodpecker's other extensions has, or whoever runs one of those could send its requests on.
pub const PATH: &str = "/sealyard/secrets";

/// The largest request, in bytes. What can be long is the list of changed files: three thousand
/// (the most that GitHub lists) of the longest paths that Linux has would not fit, of usual ones
/// ten times over.
pub const BODY_MAX: usize = 4 * 1024 * 1024;

/// The time for a whole body, which comes from the same machine or from the next.
const BODY_TIME: Duration = Duration::from_secs(5);

/// The time for Sealyard to open a job: Woodpecker waits for ten seconds in all, and should be
/// told why it waited in vain.
const DELIVERY_TIME: Duration = Duration::from_secs(8);

/// How long after its request an answer comes that Woodpecker asks again after (5xx). Its
/// signatures tell only whole seconds apart: asked again sooner, it would be a replay.
const BEFORE_ASKED_AGAIN: Duration = Duration::from_secs(1);

/// What every request needs.
pub struct Adapter<J> {
    key: PublicKey,
    forge_id: i64,
    jobs: J,
    clock: Clock,
    used: Mutex<Used>,
    tasks: Tasks,
}

impl<J: Jobs> Adapter<J> {
    /// An adapter for what this key signs about repositories of this forge; both are Woodpecker's.
    /// Deliveries are `tasks`, to be waited for before the process ends.
    pub fn new(key: PublicKey, forge_id: i64, jobs: J, clock: Clock, tasks: Tasks) -> Self {
        let used = Mutex::new(Used::new(clock.now_s(), REMEMBERED_MAX));
        Self {
            key,
            forge_id,
            jobs,
            clock,
            used,
            tasks,
        }
    }
}

/// Why there is no list of secrets.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is nothing here; the secret extension is at POST {PATH}")]
    NotHere,
    #[error("the request can be read in two ways")]
    Framing,
    #[error(transparent)]
    Rules(#[from] rules::Error),
    #[error(transparent)]
    Digest(#[from] digest::Error),
    #[error("the body has more than {BODY_MAX} bytes")]
    TooLarge,
    #[error("the body did not arrive")]
    Incomplete,
    #[error(transparent)]
    Request(#[from] request::Error),
    #[error("the repository is on another forge than --forge-id says")]
    OtherForge,
    #[error(transparent)]
    Sealyard(#[from] Refused),
    #[error("Sealyard did not answer in time")]
    NoAnswer,
    #[error("JSON holds only UTF-8, and these values are not: {0}")]
    NotText(String),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotHere => StatusCode::NOT_FOUND,
            Self::Framing | Self::Incomplete | Self::Request(request::Error::NotARequest) => {
                StatusCode::BAD_REQUEST
            }
            Self::Rules(rules::Error::BeforeStart | rules::Error::Full)
            | Self::Sealyard(Refused::Unavailable(_))
            | Self::NoAnswer => StatusCode::SERVICE_UNAVAILABLE,
            Self::Rules(_) | Self::Digest(_) => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Request(request::Error::NotAName)
            | Self::OtherForge
            | Self::Sealyard(Refused::Denied(_)) => StatusCode::FORBIDDEN,
            Self::NotText(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

#[derive(Serialize)]
struct Message {
    message: String,
}

/// The answer as Woodpecker's documentation writes it.
#[derive(Serialize)]
struct Secrets<'a> {
    secrets: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    value: &'a str,
}

/// The service behind the listener.
pub fn routes<J: Jobs>(adapter: Arc<Adapter<J>>) -> Router {
    Router::new()
        .route(PATH, post(answer::<J>).fallback(not_here))
        .fallback(not_here)
        .with_state(adapter)
}

async fn not_here() -> Response {
    refusal(&Refusal::NotHere)
}

async fn answer<J: Jobs>(State(adapter): State<Arc<Adapter<J>>>, request: Request) -> Response {
    let arrived = Instant::now();
    match secrets(&adapter, request).await {
        Ok(body) => response(StatusCode::OK, body),
        Err(why) => {
            tracing::warn!(%why, "refused a request");
            if why.status().is_server_error() {
                sleep_until(arrived + BEFORE_ASKED_AGAIN).await;
            }
            refusal(&why)
        }
    }
}

fn refusal(why: &Refusal) -> Response {
    let body = serde_json::to_vec(&Message {
        message: why.to_string(),
    });
    response(why.status(), body.unwrap_or_default().into())
}

fn response(status: StatusCode, body: Bytes) -> Response {
    let json = HeaderValue::from_static("application/json");
    let no_store = HeaderValue::from_static("no-store");
    let headers = [(CONTENT_TYPE, json), (CACHE_CONTROL, no_store)];
    (status, headers, body).into_response()
}

/// The body of a 200.
async fn secrets<J: Jobs>(adapter: &Arc<Adapter<J>>, request: Request) -> Result<Bytes, Refusal> {
    if !framing_ok(&request) {
        return Err(Refusal::Framing);
    }
    let (parts, body) = request.into_parts();
    let asked = admitted(adapter, &parts, body).await?;
    if asked.forge_id != adapter.forge_id {
        return Err(Refusal::OtherForge);
    }
    if asked.may_be_fork {
        tracing::info!("nothing for a pull request that may be from a fork");
        return written(&Secrets { secrets: vec![] });
    }
    let (sender, delivered) = oneshot::channel();
    // Woodpecker may leave at any time; the job that it caused has to end all the same.
    adapter
        .tasks
        .spawn(deliver(Arc::clone(adapter), asked, sender));
    match timeout(DELIVERY_TIME, delivered).await {
        Ok(Ok(delivered)) => delivered,
        Ok(Err(_)) | Err(_) => Err(Refusal::NoAnswer),
    }
}

/// A request that Woodpecker signed, for the first time. Its body is read only when its header was
/// right: nobody else is worth the memory.
async fn admitted<J>(adapter: &Adapter<J>, parts: &Parts, body: Body) -> Result<Asked, Refusal> {
    let verified = rules::verify(parts, &adapter.key, adapter.clock.now_s())?;
    let body = read(body).await?;
    digest::check(&parts.headers, &body)?;
    adapter
        .used
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .spend(&verified, adapter.clock.now_s())?;
    Ok(Asked::read(&body)?)
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    let whole = timeout(BODY_TIME, Limited::new(body, BODY_MAX).collect()).await;
    match whole {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge),
        Ok(Err(_)) | Err(_) => Err(Refusal::Incomplete),
    }
}

/// Opens a job, hands its secrets over, and ends it.
async fn deliver<J: Jobs>(
    adapter: Arc<Adapter<J>>,
    asked: Asked,
    to: oneshot::Sender<Result<Bytes, Refusal>>,
) {
    let job = match adapter.jobs.begin(&asked.repository).await {
        Ok(job) => job,
        Err(refused) => {
            // Nobody waits for it any more: then it does not matter.
            drop(to.send(Err(refused.into())));
            return;
        }
    };
    let body = listed(&job);
    let is_listed = body.is_ok();
    let conclusion = match to.send(body) {
        Err(_) => Conclusion::Cancelled,
        Ok(()) if is_listed => Conclusion::Success,
        Ok(()) => Conclusion::Failure,
    };
    tracing::info!(
        job = job.id,
        secrets = job.secrets.len(),
        ?conclusion,
        "answered a pipeline"
    );
    adapter.jobs.complete(job.id, conclusion).await;
}

/// A job's secrets in Woodpecker's words: all of them or none.
fn listed(job: &Job) -> Result<Bytes, Refusal> {
    let mut not_text = Vec::new();
    let mut secrets = Vec::with_capacity(job.secrets.len());
    for secret in &job.secrets {
        match str::from_utf8(secret.value.expose()) {
            Ok(value) => secrets.push(Entry {
                name: &secret.name,
                value,
            }),
            Err(_) => not_text.push(secret.name.as_str()),
        }
    }
    if not_text.is_empty() {
        written(&Secrets { secrets })
    } else {
        Err(Refusal::NotText(not_text.join(", ")))
    }
}

fn written(secrets: &Secrets<'_>) -> Result<Bytes, Refusal> {
    // Names and texts always have a form in JSON.
    let body = serde_json::to_vec(secrets).map_err(|_| Refusal::NoAnswer)?;
    Ok(body.into())
}
