//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, Version};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};
use tower::{Service, ServiceExt as _};

use super::Peer;
use super::framing::{Ambiguous, framing_ok};
use super::limits::{HEADER_BYTES, Limits};
use super::pulse::{InFlight, Phase, Pulse, Reporting};

/// Requests at a time on one HTTP/2 connection; what RFC 9113 section 6.5.2 recommends at least.
const STREAMS: u32 = 100;
/// Streams that a client opened and reset before we looked: beyond, it is a flood
/// (CVE-2023-44487), and the connection ends.
const RESETS_BEFORE_ACCEPT: usize = 20;
/// Streams that we reset for the client's errors: beyond, it is a flood (CVE-2025-8671).
const RESETS_FOR_ERRORS: usize = 100;
/// What a client may send ahead of us, in bytes: HTTP/2's own default for a stream, and four
/// streams of it for a connection.
const STREAM_WINDOW: u32 = 65_535;
const CONNECTION_WINDOW: u32 = 4 * STREAM_WINDOW;
/// What we keep of an answer that a client does not take, in bytes.
const SEND_BUFFER: usize = 64 * 1024;

/// When to look again at a connection that has no deadline; it is woken before if it has one.
const FAR: Duration = Duration::from_hours(1);

/// A service that answers requests, as [`axum::Router`] is.
pub trait Answers:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> Answers for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// The protocol as we speak it.
pub(super) fn protocol() -> auto::Builder<TokioExecutor> {
    let header_list = u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // hyper's header limit counts from the end of the last answer; ours from the first byte.
    builder
        .http1()
        .header_read_timeout(None)
        .max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(RESETS_BEFORE_ACCEPT)
        .max_local_error_reset_streams(RESETS_FOR_ERRORS)
        .max_header_list_size(header_list)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER);
    builder
}

/// Serves a connection until it ends, a limit is reached, or the server stops and the requests in
/// flight are answered.
pub(super) async fn drive<T, S>(
    stream: T,
    peer: Peer,
    service: S,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Answers,
{
    let pulse = Pulse::new(limits);
    let stream = TokioIo::new(Reporting::new(stream, pulse.clone()));
    let answers = {
        let pulse = pulse.clone();
        service_fn(move |request| answer(service.clone(), request, peer, &pulse))
    };
    let protocol = protocol();
    let mut connection = pin!(protocol.serve_connection(stream, answers));
    let mut alarm = pin!(sleep_until(Instant::now() + FAR));
    let mut is_leaving = false;
    loop {
        let event = tokio::select! {
            event = poll_fn(|cx| poll(connection.as_mut(), alarm.as_mut(), &pulse, cx)) => event,
            () = stopped(&mut stop), if !is_leaving => Event::Stop,
        };
        match event {
            Event::Stop | Event::Late(Phase::Idle) if !is_leaving => {
                is_leaving = true;
                pulse.leave();
                connection.as_mut().graceful_shutdown();
            }
            Event::Late(waited_for) => {
                return tracing::debug!(?waited_for, "closed a connection that took too long");
            }
            Event::Stop | Event::Ended => return,
        }
    }
}

enum Event {
    Ended,
    Late(Phase),
    Stop,
}

/// Lets the connection work, then sees whether it has waited for too long.
fn poll<C: Future>(
    connection: Pin<&mut C>,
    mut alarm: Pin<&mut Sleep>,
    pulse: &Pulse,
    cx: &mut Context<'_>,
) -> Poll<Event> {
    if connection.poll(cx).is_ready() {
        return Poll::Ready(Event::Ended);
    }
    // The alarm is brought forward at once, but put off only when it rings: most deadlines move on
    // with every request, and setting an alarm costs more than looking at the time.
    loop {
        let now = Instant::now();
        match pulse.deadline() {
            Some((deadline, waited_for)) if deadline <= now => {
                return Poll::Ready(Event::Late(waited_for));
            }
            Some((deadline, _)) if deadline < alarm.deadline() || alarm.is_elapsed() => {
                alarm.as_mut().reset(deadline);
            }
            None if alarm.is_elapsed() => alarm.as_mut().reset(now + FAR),
            Some(_) | None => {}
        }
        ready!(alarm.as_mut().poll(cx));
    }
}

/// Completes when the server stops, also if it simply went away.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|is_stopping| *is_stopping).await);
}

/// Hands a request to the service, with its peer, and keeps it in flight until its answer is sent.
fn answer<S: Answers>(
    service: S,
    request: Request<Incoming>,
    peer: Peer,
    pulse: &std::sync::Arc<Pulse>,
) -> impl Future<Output = Result<Response<InFlightBody>, Infallible>> + Send + use<S> {
    let version = request.version();
    let in_flight = pulse.begin(version == Version::HTTP_2);
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    if pulse.is_ambiguous() {
        request.extensions_mut().insert(Ambiguous);
    }
    // After such a request nobody can say where the next one begins.
    let closes = version < Version::HTTP_2 && !framing_ok(&request);
    async move {
        let mut response = service.oneshot(request).await?;
        if closes {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body| InFlightBody {
            body,
            _in_flight: in_flight,
        }))
    }
}

pin_project! {
    /// The body of an answer; its request is in flight as long as this exists.
    struct InFlightBody {
        #[pin]
        body: Body,
        _in_flight: InFlight,
    }
}

impl hyper::body::Body for InFlightBody {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
