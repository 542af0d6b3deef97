//! How long a connection may take for what, and how many there may be. Every number has its reason
//! beside it; all of them can be replaced, so that tests need not wait.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections at a time. At about 13 kB for an idle plain one and three times that with TLS,
/// this many stay below 400 MB.
pub const CONNECTIONS: usize = 10_000;

/// Open files that are not connections: the database and its threads, listeners, the admin
/// listener's connections, logs.
pub const RESERVED_FILES: u64 = 128;

/// A TLS handshake is three packets; a client on the worst network needs a second or two.
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// Whoever connects has something to say. Browsers open spare connections, and open new ones when
/// those were closed.
pub const FIRST_BYTE: Duration = Duration::from_secs(10);

/// From the first byte of a request to the end of its header, which is a packet or two.
pub const HEADER_READ: Duration = Duration::from_secs(10);

/// An idle connection between requests: longer than the minute that load balancers keep theirs.
pub const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A peer that takes nothing of its answer for so long has gone.
pub const WRITE_STALL: Duration = Duration::from_secs(30);

/// Requests in flight when the server stops: as long as a body may take to arrive.
pub const DRAIN: Duration = Duration::from_secs(30);

/// The header of a request, in bytes: a token, a few proxies and room to spare.
pub const HEADER_BYTES: usize = 16 * 1024;

/// The fields of a header; `gh` sends ten, a browser behind two proxies thirty.
pub const HEADER_FIELDS: usize = 64;

/// The target of a request, in bytes: our longest path has names of 39, 100, 255 and 255
/// characters, each at most nine bytes when percent-encoded UTF-8.
pub const TARGET_BYTES: usize = 8 * 1024;

/// What a server allows its connections. [`Limits::default`] has the constants of this module.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; more of them wait in the system's queue.
    pub connections: usize,
    /// For the TLS handshake.
    pub handshake: Duration,
    /// From the connection to the first byte of a request.
    pub first_byte: Duration,
    /// From the first byte of a request to the end of its header. On HTTP/2, where a connection
    /// also carries other frames, this holds for the first request; the idle limit holds for the
    /// others.
    pub header_read: Duration,
    /// Between two requests.
    pub keep_alive: Duration,
    /// Without a byte of the answer being taken.
    pub write_stall: Duration,
    /// For requests in flight when the server stops; what is left then is cut off.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            handshake: HANDSHAKE,
            first_byte: FIRST_BYTE,
            header_read: HEADER_READ,
            keep_alive: KEEP_ALIVE,
            write_stall: WRITE_STALL,
            drain: DRAIN,
        }
    }
}

impl Limits {
    /// As many connections as the process may have open files, at most as many as now.
    ///
    /// The process first asks for all the open files that it may have. A connection more than fit
    /// would make every `open` and `accept` fail, those of the database and of the admin socket
    /// too; waiting in the system's queue harms nobody else.
    #[must_use]
    pub fn within_open_files(self) -> Self {
        let files = raise_open_files();
        let room = files.saturating_sub(RESERVED_FILES).max(1);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        Self {
            connections: self.connections.min(room),
            ..self
        }
    }
}

/// Raises the limit of open files to the highest allowed, and returns the limit that now holds.
fn raise_open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current.unwrap_or(u64::MAX);
    }
    match setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    ) {
        Ok(()) => maximum.unwrap_or(u64::MAX),
        Err(_) => current.unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_the_other_open_files() {
        let files = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
        let everything = Limits {
            connections: usize::MAX,
            ..Limits::default()
        };
        let fitted = everything.within_open_files().connections;
        assert_eq!(
            u64::try_from(fitted).ok(),
            Some(files.saturating_sub(RESERVED_FILES).max(1))
        );
        let few = Limits {
            connections: 1,
            ..Limits::default()
        }
        .within_open_files();
        assert_eq!(few.connections, 1);
    }
}
