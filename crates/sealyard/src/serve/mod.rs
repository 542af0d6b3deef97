//! The outermost shell: sockets, TLS, connections and their limits, and stopping in order.
//!
//! An own accept loop, because the usual one has no limit for a peer that connects and says
//! nothing, says half a header, or never takes its answer. Everything here is about connections;
//! the time that a request's body may take belongs to the HTTP layers within.

mod connection;
pub(crate) mod files;
mod framing;
pub mod limits;
mod listener;
mod local_ca;
mod pulse;
mod tls;
mod url_file;

use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::time::{interval, sleep, timeout};

use connection::{drive, stopped};
use listener::Accepted;

use crate::tasks::Tasks;

pub use connection::Answers;
pub use framing::framing_ok;
pub use limits::Limits;
pub use listener::{BindError, Bound, bind};
pub use local_ca::AUTHORITY as LOCAL_AUTHORITY;
pub use tls::{Tls, TlsError};
pub use url_file::{NAME as URL_FILE, UrlFile};

/// The first pause after the system refused to accept a connection, and the longest: out of open
/// files or memory, trying again at once would only burn a processor.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How often certificates are read again; they are made and renewed with days to spare.
const REFRESH: Duration = Duration::from_hours(1);

/// Whom a request came from: an extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The peer of the TCP connection, which may be a proxy. IPv4 is never written as IPv6. There
    /// is none on a Unix socket.
    pub addr: Option<IpAddr>,
    /// Whether this connection has TLS.
    pub scheme: Scheme,
    /// Whether it came over a Unix socket, which only this user (and root) can connect to.
    pub unix: bool,
}

/// How a connection is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Not at all.
    Http,
    /// With TLS.
    Https,
}

/// Accepts and serves connections until `shutdown` completes.
///
/// Then the sockets close, idle connections end, and requests in flight have
/// [`Limits::drain`] to be answered. Bodies that arrive too slowly are the service's business;
/// so is answering 400 where [`framing_ok`] says no, after which the connection is closed here.
///
/// Each call counts its own connections, so a second call for an admin listener is not starved by
/// the first.
pub async fn serve<S: Answers>(
    service: S,
    bound: Vec<Bound>,
    shutdown: impl Future<Output = ()>,
    limits: Limits,
) {
    let (stopping, stop) = watch::channel(false);
    let connections = Tasks::new();
    let accepting = Accepting {
        connections: connections.clone(),
        slots: Arc::new(Semaphore::new(
            limits.connections.min(Semaphore::MAX_PERMITS),
        )),
        limits,
        stop,
    };
    tokio::select! {
        () = shutdown => {}
        () = accepting.run(&bound, &service) => {}
        () = refresh_certificates(&bound) => {}
    }
    // From here on the system refuses new connections.
    drop(bound);
    stopping.send_replace(true);
    let cut_off = connections.finish(limits.drain).await;
    if cut_off > 0 {
        tracing::warn!(cut_off, "connections were not done in time");
    }
}

/// Completes when the process is asked to stop: SIGTERM or SIGINT.
///
/// Errors: the system refuses to install the handlers. They are in place when this returns, so
/// that no signal is lost between it and the first poll.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// The accept loop of one server.
struct Accepting {
    connections: Tasks,
    slots: Arc<Semaphore>,
    limits: Limits,
    stop: watch::Receiver<bool>,
}

impl Accepting {
    /// Accepts for ever. A full house leaves new connections in the system's queue.
    ///
    /// One loop for all sockets: a loop for each would keep a slot while it waits, and the last
    /// slot could wait where nobody comes.
    async fn run<S: Answers>(&self, bound: &[Bound], service: &S) {
        let mut pause = PAUSE;
        let mut turns = 0..;
        while let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await {
            // The sockets take turns at being asked first, so that none can starve the others.
            let first = turns.next().unwrap_or_default() % bound.len().max(1);
            let in_turn = bound.iter().skip(first).chain(bound.iter().take(first));
            let accepted = poll_fn(|cx| {
                let mut answers = in_turn.clone().map(|bound| bound.poll_accept(cx));
                answers.find(Poll::is_ready).unwrap_or(Poll::Pending)
            });
            match accepted.await {
                Ok(accepted) => {
                    pause = PAUSE;
                    let connection = self.connection(accepted, service.clone());
                    self.connections.spawn(async move {
                        connection.await;
                        drop(slot);
                    });
                }
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections; trying again");
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn connection<S: Answers>(
        &self,
        accepted: Accepted,
        service: S,
    ) -> impl Future<Output = ()> + Send + use<S> {
        let (limits, mut stop) = (self.limits, self.stop.clone());
        async move {
            match accepted {
                Accepted::Unix { stream } => {
                    let peer = Peer {
                        addr: None,
                        scheme: Scheme::Http,
                        unix: true,
                    };
                    drive(stream, peer, service, limits, stop).await;
                }
                Accepted::Tcp {
                    stream,
                    from,
                    tls: None,
                } => {
                    let peer = Peer {
                        addr: Some(from),
                        scheme: Scheme::Http,
                        unix: false,
                    };
                    drive(stream, peer, service, limits, stop).await;
                }
                Accepted::Tcp {
                    stream,
                    from,
                    tls: Some(tls),
                } => {
                    let handshake = tokio::select! {
                        handshake = timeout(limits.handshake, tls.accept(stream)) => handshake,
                        () = stopped(&mut stop) => return,
                    };
                    // A peer that is late or speaks no TLS is not worth a line in the log.
                    let Ok(Ok(stream)) = handshake else { return };
                    let peer = Peer {
                        addr: Some(from),
                        scheme: Scheme::Https,
                        unix: false,
                    };
                    drive(stream, peer, service, limits, stop).await;
                }
            }
        }
    }
}

/// Whether the connection failed, not the listener: the peer left before it was accepted.
fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::NotConnected
    )
}

/// Reads the certificates again from time to time, and on SIGHUP. Never completes.
async fn refresh_certificates(bound: &[Bound]) {
    let (Some(tls), Ok(mut hangup)) = (
        bound.iter().find_map(Bound::tls),
        signal(SignalKind::hangup()),
    ) else {
        return std::future::pending().await;
    };
    let mut from_time_to_time = interval(REFRESH);
    from_time_to_time.tick().await; // The first tick is now.
    loop {
        tokio::select! {
            _ = from_time_to_time.tick() => {}
            _ = hangup.recv() => {}
        }
        match tls.refresh() {
            Ok(()) => tracing::debug!("read the certificate again"),
            Err(error) => tracing::error!(%error, "the old certificate stays in use"),
        }
    }
}
