//! What a connection is waiting for, and until when.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::framing::Follower;
use super::limits::Limits;

/// How long a connection that was told to end may still be open with nothing in flight: a
/// round trip, for HTTP/2's farewell.
const LEAVING: Duration = Duration::from_secs(1);

/// One connection's state, shared by its stream, its requests and its task.
#[derive(Debug)]
pub(super) struct Pulse {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// When the phase began.
    since: Instant,
    requests: usize,
    is_http2: bool,
    write_blocked_since: Option<Instant>,
    is_leaving: bool,
    follower: Follower,
}

/// What a connection waits for while no request is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The first byte.
    FirstByte,
    /// The rest of a header.
    Header,
    /// Another request.
    Idle,
    /// The peer to take its answer.
    Write,
}

impl Pulse {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        let state = State {
            phase: Phase::FirstByte,
            since: Instant::now(),
            requests: 0,
            is_http2: false,
            write_blocked_since: None,
            is_leaving: false,
            follower: Follower::default(),
        };
        Arc::new(Self {
            limits,
            state: Mutex::new(state),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request's header has been read. The request is in flight until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>, is_http2: bool) -> InFlight {
        let mut state = self.state();
        state.requests += 1;
        state.is_http2 = is_http2;
        drop(state);
        InFlight {
            pulse: Arc::clone(self),
        }
    }

    /// Whether the bytes so far can be read in two ways.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.state().follower.is_ambiguous()
    }

    /// The connection was told to end.
    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.is_leaving = true;
        state.since = Instant::now();
    }

    /// When the peer will have been waited for long enough, and what for. While a request is in
    /// flight its handler decides that, not the connection.
    pub(super) fn deadline(&self) -> Option<(Instant, Phase)> {
        let state = self.state();
        if let Some(since) = state.write_blocked_since {
            return Some((since + self.limits.write_stall, Phase::Write));
        }
        if state.requests > 0 {
            return None;
        }
        let limit = match state.phase {
            Phase::FirstByte => self.limits.first_byte,
            Phase::Header => self.limits.header_read,
            Phase::Idle => self.limits.keep_alive,
            Phase::Write => self.limits.write_stall,
        };
        let limit = if state.is_leaving {
            limit.min(LEAVING)
        } else {
            limit
        };
        Some((state.since + limit, state.phase))
    }

    fn has_read(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.follower.follow(bytes);
        // On HTTP/2 bytes need not belong to a request; its idle time runs on.
        if state.requests == 0 && !state.is_http2 && state.phase != Phase::Header {
            state.phase = Phase::Header;
            state.since = Instant::now();
        }
    }

    fn is_write_blocked(&self, is_blocked: bool) {
        let mut state = self.state();
        state.write_blocked_since =
            is_blocked.then(|| state.write_blocked_since.unwrap_or_else(Instant::now));
    }
}

/// A request between its header and the end of its answer.
#[derive(Debug)]
pub(super) struct InFlight {
    pulse: Arc<Pulse>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.pulse.state();
        state.requests = state.requests.saturating_sub(1);
        if state.requests == 0 {
            // A pipelined request may have begun, and hyper may not have looked at it yet.
            let is_between = state.is_http2 || state.follower.is_between_requests();
            state.phase = if is_between {
                Phase::Idle
            } else {
                Phase::Header
            };
            state.since = Instant::now();
        }
    }
}

pin_project! {
    /// A stream that reports what it reads, and when it cannot write.
    #[derive(Debug)]
    pub(super) struct Reporting<T> {
        #[pin]
        stream: T,
        pulse: Arc<Pulse>,
    }
}

impl<T> Reporting<T> {
    pub(super) fn new(stream: T, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }
}

impl<T: AsyncRead> AsyncRead for Reporting<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        let before = buf.filled().len();
        let read = this.stream.poll_read(cx, buf);
        if let Some(bytes) = buf.filled().get(before..)
            && !bytes.is_empty()
        {
            this.pulse.has_read(bytes);
        }
        read
    }
}

impl<T: AsyncWrite> AsyncWrite for Reporting<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let written = this.stream.poll_write(cx, bytes);
        this.pulse.is_write_blocked(written.is_pending());
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let written = this.stream.poll_write_vectored(cx, slices);
        this.pulse.is_write_blocked(written.is_pending());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let flushed = this.stream.poll_flush(cx);
        this.pulse.is_write_blocked(flushed.is_pending());
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let shut = this.stream.poll_shutdown(cx);
        this.pulse.is_write_blocked(shut.is_pending());
        shut
    }
}
