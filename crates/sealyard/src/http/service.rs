//! The way of every request: identified, limited, read, routed, and its answer rendered.
//!
//! This one layer does what a stack of middleware would, because the usual stack costs more than
//! the router, and because only here are caller, operation and profile known together.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::poll_immediate;
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};
use tower::ServiceExt as _;

use super::answer::Answer;
use super::body::{Bodies, Buffered};
use super::error::{ApiError, Documentation};
use super::exchange::Exchange;
use super::headers::{self, Templates};
use super::identify::{TOO_MANY_ATTEMPTS, count_bad_credential, identify};
use super::profile::Profile;
use super::rate_limit::Usage;
use super::routes::Routes;
use super::{origin, request_id};
use crate::app::Shared;
use crate::apps;
use crate::delivery::refusal;
use crate::identity::Caller;
use crate::runners::routes::ENROLMENT;
use crate::serve::{Peer, framing_ok};

/// The end of a wait that is kept to the microsecond; more than the runtime's timer is ever late.
const EXACT_FOR: Duration = Duration::from_millis(3);
/// How often a request is run when the database asks for it.
const ATTEMPTS: usize = 3;

/// The server as a [`tower::Service`].
#[derive(Clone)]
pub struct Service {
    app: Shared,
    router: Router,
    templates: Arc<Templates>,
    bodies: Bodies,
}

/// What became of a request, before headers.
struct Outcome {
    result: Result<Answer, ApiError>,
    usage: Option<Usage>,
}

impl From<ApiError> for Outcome {
    fn from(error: ApiError) -> Self {
        Self {
            result: Err(error),
            usage: None,
        }
    }
}

impl Service {
    /// Puts the layer around the routes.
    pub fn new(app: Shared, routes: Routes) -> Self {
        let templates = Arc::new(Templates::new(app.wire.profile));
        Self {
            router: routes
                .into_router()
                .fallback(async || ApiError::no_route())
                .method_not_allowed_fallback(async || ApiError::no_route())
                .with_state(Arc::clone(&app)),
            app,
            templates,
            bodies: Bodies::default(),
        }
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Body>) -> Response {
        let unambiguous = framing_ok(&request);
        let (mut parts, body) = request.into_parts();
        let started = self.app.clock.now_ms();
        let peer = parts
            .extensions
            .get::<Peer>()
            .copied()
            .unwrap_or(origin::NO_PEER);
        let origin = origin::origin(&self.app.wire, &parts, &peer);
        let well_formed = origin.is_some() && unambiguous;
        let (prefix, uri) = strip_prefix(&parts.uri);
        let exchange = Exchange::new(
            request_id::next(self.app.wire.profile, self.app.clock.now_s()),
            origin.unwrap_or_default(),
            prefix,
            parts.uri.clone(),
            origin::client(&self.app.wire, &parts.headers, &peer),
        );
        let (exchange, outcome) = match uri {
            _ if !well_formed => {
                let refusal = ApiError::generic(StatusCode::BAD_REQUEST, "Bad Request");
                (Arc::new(exchange), refusal.into())
            }
            _ if parts.method == Method::OPTIONS => return self.preflight(&exchange),
            None => (Arc::new(exchange), ApiError::no_route().into()),
            Some(uri) => {
                parts.uri = uri;
                self.answer(exchange, &mut parts, body).await
            }
        };
        let outcome = self.note(&exchange, &parts, outcome).await;
        let response = self.render(&exchange, &parts.method, &parts.headers, outcome);
        let operation = exchange.operation().map_or("-", |row| row.id);
        self.app.metrics.answered(operation, response.status());
        tracing::debug!(
            request_id = exchange.request_id,
            operation,
            status = response.status().as_u16(),
            ms = self.app.clock.now_ms() - started,
            "answered"
        );
        response
    }

    async fn answer(
        &self,
        mut exchange: Exchange,
        parts: &mut Parts,
        body: Body,
    ) -> (Arc<Exchange>, Outcome) {
        let mut usage = None;
        let received = self.receive(&mut exchange, &mut usage, parts, body).await;
        let exchange = Arc::new(exchange);
        let result = match received {
            Ok(body) => {
                parts.extensions.insert(Arc::clone(&exchange));
                let begun = Instant::now();
                let result = self.route(parts, body.bytes.clone()).await;
                exchange.finish_reading();
                // Whatever it took to find nothing, or something hidden, it takes this long.
                let hidden = result
                    .as_ref()
                    .map_or_else(|no| no.hidden, |yes| yes.hidden);
                self.wait(begun, hidden).await;
                result
            }
            Err(refusal) => {
                // What refuses may be written down next, and needs a connection too.
                exchange.finish_reading();
                Err(refusal)
            }
        };
        (exchange, Outcome { result, usage })
    }

    /// Leaves an entry in the log where a delivery is refused.
    async fn note(&self, exchange: &Exchange, parts: &Parts, outcome: Outcome) -> Outcome {
        let Outcome { result, usage } = outcome;
        let result = match result {
            Err(refusal) if is_refused_delivery(parts, &refusal) => {
                let noted = refusal::record(&self.app, exchange, &refusal).await;
                Err(noted.err().unwrap_or(refusal))
            }
            other => other,
        };
        Outcome { result, usage }
    }

    /// Who, how often, what: in this order, so that each step tells no more than it must.
    async fn receive(
        &self,
        exchange: &mut Exchange,
        usage: &mut Option<Usage>,
        parts: &Parts,
        body: Body,
    ) -> Result<Buffered, ApiError> {
        if let Err(refusal) = self.admit(exchange, parts).await {
            // GitHub shows no limits where a JWT is refused.
            if !apps::routes::takes_jwt(exchange.path()) {
                *usage = self.usage(exchange, false).map(|(usage, _)| usage);
            }
            return Err(refusal);
        }
        let counts = parts.uri.path() != "/rate_limit";
        let counted = self.usage(exchange, counts);
        *usage = counted.map(|(usage, _)| usage);
        if counted.is_some_and(|(_, allowed)| !allowed) {
            return Err(rate_limited(exchange, self.app.wire.profile));
        }
        if body.is_end_stream() {
            return Ok(Buffered::default());
        }
        let waited_for = {
            let mut reading = pin!(self.bodies.read(parts, body, &exchange.caller));
            if let Some(body) = poll_immediate(reading.as_mut()).await {
                return body;
            }
            // The rest comes when its sender pleases: until then the request must hold nothing
            // that others wait for, and what was true of its token is asked again.
            exchange.finish_reading();
            reading.await?
        };
        exchange.caller = identify(&self.app, exchange, &parts.headers).await?;
        Ok(waited_for)
    }

    async fn admit(&self, exchange: &mut Exchange, parts: &Parts) -> Result<(), ApiError> {
        let sent = &parts.headers;
        let profile = self.app.wire.profile;
        if profile == Profile::GithubCom && !sent.contains_key(http::header::USER_AGENT) {
            return Err(ApiError::new(StatusCode::FORBIDDEN, NO_USER_AGENT));
        }
        let identified = identify(&self.app, exchange, sent).await;
        exchange.caller = identified.map_err(|error| match error.status {
            // 404 is for a JWT of an app that is not there.
            StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => {
                count_bad_credential(&self.app, exchange, error)
            }
            _ => error,
        })?;
        let anonymous = matches!(exchange.caller, Caller::Anonymous);
        let enrols = parts.uri.path() == ENROLMENT;
        if self.app.wire.private_mode && anonymous && !enrols {
            return Err(ApiError::generic(
                StatusCode::UNAUTHORIZED,
                "Must authenticate to access this API.",
            ));
        }
        check_api_version(profile, sent)
    }

    /// Runs the request, again if the database gave way to another one.
    async fn route(&self, parts: &Parts, body: Bytes) -> Result<Answer, ApiError> {
        let mut result = Err(ApiError::unavailable());
        for _ in 0..ATTEMPTS {
            let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
            let answered = AssertUnwindSafe(self.router.clone().oneshot(request));
            result = match answered.catch_unwind().await {
                Ok(Ok(response)) => taken(response),
                Err(_) => {
                    tracing::error!("a handler panicked");
                    Err(ApiError::internal())
                }
            };
            if !result.as_ref().is_err_and(|error| error.rerun) {
                break;
            }
        }
        result
    }

    /// Waits until a time that the look-ups took no part in: as much for each of them.
    async fn wait(&self, begun: Instant, hidden: u32) {
        let after = self.app.wire.hidden_after.saturating_mul(hidden);
        if after.is_zero() {
            return;
        }
        sleep_until(begun + after.saturating_sub(EXACT_FOR)).await;
        // The runtime's timer ends whole milliseconds after it was set, which tells when that was. A
        // thread's ends when it is told to.
        let rest =
            move || std::thread::sleep((begun + after).saturating_duration_since(Instant::now()));
        if spawn_blocking(rest).await.is_err() {
            tracing::error!("a thread that waited has ended");
        }
    }

    fn usage(&self, exchange: &Exchange, count: bool) -> Option<(Usage, bool)> {
        if !self.app.wire.limits_rate() {
            return None;
        }
        let (limits, now) = (&self.app.limits, self.app.clock.now_s());
        Some(if count {
            limits.count(&exchange.caller, exchange.address, now)
        } else {
            (limits.usage(&exchange.caller, exchange.address, now), true)
        })
    }

    fn preflight(&self, exchange: &Exchange) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.headers_mut() = self.templates.base(exchange, None);
        headers::preflight(response.headers_mut());
        response
    }

    fn render(
        &self,
        exchange: &Exchange,
        method: &Method,
        sent: &HeaderMap,
        outcome: Outcome,
    ) -> Response {
        let profile = self.app.wire.profile;
        let mut headers = self.templates.base(exchange, outcome.usage);
        let (status, body) = match outcome.result {
            Ok(answer) => {
                if headers::of_answer(&mut headers, &answer, method, sent) {
                    headers.remove(http::header::CONTENT_TYPE);
                    self.refund(exchange, &mut headers);
                    (StatusCode::NOT_MODIFIED, Bytes::new())
                } else {
                    self.templates.describe(&mut headers, exchange, sent);
                    (answer.status, answer.body)
                }
            }
            Err(error) => {
                headers::of_error(&mut headers, error.retry_after, error.location.as_deref());
                if error.status != StatusCode::UNAUTHORIZED {
                    self.templates.describe(&mut headers, exchange, sent);
                }
                if error.message == NO_USER_AGENT {
                    headers.insert(http::header::CONTENT_TYPE, HTML);
                    headers.insert(http::header::CONNECTION, CLOSE);
                    (error.status, Bytes::from_static(NO_USER_AGENT.as_bytes()))
                } else {
                    let documentation = exchange.operation().map(|row| row.documentation);
                    if error.status == StatusCode::PAYLOAD_TOO_LARGE {
                        headers.insert(http::header::CONNECTION, CLOSE);
                    }
                    (error.status, error.body(profile, documentation).into())
                }
            }
        };
        let head = method == Method::HEAD;
        if status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED {
            headers.insert(http::header::CONTENT_LENGTH, body.len().into());
        }
        let mut response = Response::new(if head {
            Body::empty()
        } else {
            Body::from(body)
        });
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    /// A 304 costs nothing.
    fn refund(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        if self.app.wire.limits_rate() {
            let now = self.app.clock.now_s();
            let usage = self
                .app
                .limits
                .refund(&exchange.caller, exchange.address, now);
            headers.insert("x-ratelimit-remaining", usage.remaining().into());
            headers.insert("x-ratelimit-used", usage.used.into());
        }
    }
}

/// Neither guesses beyond the limit nor requests without a credential leave entries: the log is not
/// for anybody to fill.
fn is_refused_delivery(parts: &Parts, error: &ApiError) -> bool {
    let limited = error.message == TOO_MANY_ATTEMPTS || error.message.starts_with(OVER_LIMIT);
    let nobody = !parts.headers.contains_key(http::header::AUTHORIZATION);
    !limited && !nobody && refusal::is_one(&parts.method, parts.uri.path(), error.status)
}

const OVER_LIMIT: &str = "API rate limit exceeded";
const NO_USER_AGENT: &str = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\n";
const HTML: http::HeaderValue = http::HeaderValue::from_static("text/html");
const CLOSE: http::HeaderValue = http::HeaderValue::from_static("close");

/// The path without `/api/v3`, and that prefix. `None` for a path that could be read in two ways:
/// empty or dotted segments, broken percent-encoding, control characters.
fn strip_prefix(uri: &Uri) -> (&'static str, Option<Uri>) {
    let path = uri.path();
    let (prefix, rest) = match path.strip_prefix("/api/v3") {
        Some("") => ("/api/v3", "/"),
        Some(rest) if rest.starts_with('/') => ("/api/v3", rest),
        Some(_) | None => ("", path),
    };
    let plain = rest == "/" || rest.split('/').skip(1).all(is_segment);
    if !plain {
        return (prefix, None);
    }
    if prefix.is_empty() && uri.authority().is_none() {
        return (prefix, Some(uri.clone()));
    }
    let query = uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    (prefix, format!("{rest}{query}").parse().ok())
}

fn is_segment(segment: &str) -> bool {
    // Most segments are plain, and need no decoding.
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !segment.is_empty() && segment.bytes().all(is_plain) {
        return true;
    }
    let decoded = percent_encoding::percent_decode_str(segment).decode_utf8();
    decoded.is_ok_and(|text| {
        !text.is_empty() && text != "." && text != ".." && !text.chars().any(char::is_control)
    }) && is_encoded(segment)
}

/// Whether each percent sign begins an encoded byte; decoders leave others as they are.
fn is_encoded(segment: &str) -> bool {
    let mut parts = segment.as_bytes().split(|byte| *byte == b'%');
    parts.next();
    parts.all(|part| matches!(part, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

/// 400 for a version that github.com does not know; an Enterprise Server 3.2 ignores the header.
fn check_api_version(profile: Profile, sent: &HeaderMap) -> Result<(), ApiError> {
    match (profile, headers::api_version(sent)) {
        (Profile::Ghes32, _) | (Profile::GithubCom, Some(_)) => Ok(()),
        (Profile::GithubCom, None) => Err(ApiError::generic(
            StatusCode::BAD_REQUEST,
            "The API version is not supported. Supported versions: 2022-11-28, 2026-03-10.",
        )),
    }
}

fn rate_limited(exchange: &Exchange, profile: Profile) -> ApiError {
    let who = match (&exchange.caller, exchange.address) {
        (Caller::User(principal), _) => format!("user ID {}.", principal.user_id.0),
        (Caller::Installation(installed), _) => format!("installation ID {}.", installed.id.0),
        (Caller::App(id), _) => format!("app ID {}.", id.0),
        (Caller::Runner(machine), _) => format!("runner ID {}.", machine.id.0),
        (Caller::Anonymous | Caller::Enrolment(_), address) => format!(
            "{}. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)",
            address.map_or_else(|| "this address".to_owned(), |address| address.to_string())
        ),
    };
    let page = match profile {
        Profile::Ghes32 => {
            "https://docs.github.com/enterprise/3.2/rest/overview/resources-in-the-rest-api#rate-limiting"
        }
        Profile::GithubCom => {
            "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting"
        }
    };
    ApiError {
        documentation: Documentation::Page(page),
        ..ApiError::new(StatusCode::FORBIDDEN, format!("{OVER_LIMIT} for {who}"))
    }
}

/// What a handler parked in its response.
fn taken(mut response: Response) -> Result<Answer, ApiError> {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        return Err(error);
    }
    response.extensions_mut().remove::<Answer>().ok_or_else(|| {
        tracing::error!(
            status = response.status().as_u16(),
            "an extractor refused on its own"
        );
        ApiError::generic(StatusCode::BAD_REQUEST, "Bad Request")
    })
}

impl tower::Service<Request<Body>> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.handle(request).await) })
    }
}
