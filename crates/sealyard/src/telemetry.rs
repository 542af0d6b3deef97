//! Logs, on standard error: text for people, JSON for collectors. Metrics live elsewhere.
//!
//! No secret value, token or request body is ever logged. Our own code keeps to that by types; other
//! crates do not promise it (`h2` prints header fields at `debug`, `hyper` prints bytes at
//! `trace`), so their messages are cut off below `warn`, whatever level is asked for.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, fmt};

use crate::config::{Log, LogFormat};

/// The prefix of every crate and module of ours in a log event's target.
const OURS: &str = "sealyard";

/// Starts logging for the whole process.
///
/// `no_color` is whether the environment asks for no colours (see <https://no-color.org>); a
/// standard error that is not a terminal never gets them.
///
/// Errors: a process can do this only once.
pub fn init(log: &Log, no_color: bool) -> Result<(), TryInitError> {
    let layer = match log.format {
        LogFormat::Text => fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(!no_color && io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .with_writer(io::stderr)
            .json()
            .flatten_event(true)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter(log.level)))
        .try_init()
}

/// Our events at the level asked for; those of other crates at `warn` at most.
fn filter(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(OURS, level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn other_crates_never_log_what_they_read() {
        let filter = filter(LevelFilter::TRACE);
        assert!(filter.would_enable("sealyard::serve", &Level::TRACE));
        assert!(filter.would_enable("sealyard_sql", &Level::DEBUG));
        assert!(filter.would_enable("hyper::proto::h1", &Level::WARN));
        assert!(!filter.would_enable("hyper::proto::h1", &Level::INFO));
        assert!(!filter.would_enable("h2::codec", &Level::DEBUG));
    }

    #[test]
    fn off_is_off_for_everybody() {
        let filter = filter(LevelFilter::OFF);
        assert!(!filter.would_enable("sealyard", &Level::ERROR));
        assert!(!filter.would_enable("rustls", &Level::ERROR));
    }
}
