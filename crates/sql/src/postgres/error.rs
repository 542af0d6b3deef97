//! PostgreSQL's errors in the words of the seam (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).

use std::error::Error as _;

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::error::{DbError, SqlState};

use crate::Error;

/// The seam's word for a driver's error.
pub(super) fn from(error: &tokio_postgres::Error) -> Error {
    if let Some(refusal) = error.as_db_error() {
        return from_refusal(refusal);
    }
    // The driver's text and its cause: the system's, TLS's or that of `super::value`, none of which holds a value.
    let text = match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    if error.is_closed() || is_io(error) {
        Error::Unavailable(text)
    } else {
        Error::Other(text)
    }
}

/// The seam's word for an error of `COMMIT`. Whatever cuts the connection leaves the outcome open.
pub(super) fn from_commit(error: &tokio_postgres::Error) -> Error {
    // 40003 is "statement completion unknown", which distributed engines say.
    let is_unknown = error.code().is_none_or(|code| code.code() == "40003");
    let known = from(error);
    if is_unknown || matches!(known, Error::Unavailable(_)) {
        Error::OutcomeUnknown
    } else {
        known
    }
}

/// The seam's word for "no connection".
pub(super) fn from_pool(error: PoolError) -> Error {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => Error::Busy,
        PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => {
            Error::Unavailable("no answer in time".to_owned())
        }
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            // A refused log-in or a missing database is as unreachable as a closed port.
            let known = from(&error);
            if let Error::Other(text) = known {
                Error::Unavailable(text)
            } else {
                known
            }
        }
        PoolError::PostCreateHook(HookError::Message(text)) => Error::other(text),
        PoolError::Closed | PoolError::NoRuntimeSpecified => {
            Error::Unavailable("the pool is closed".to_owned())
        }
    }
}

fn from_refusal(refusal: &DbError) -> Error {
    let code = refusal.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        let constraint = refusal
            .constraint()
            .or(refusal.table())
            .unwrap_or_default()
            .to_owned();
        return Error::Unique { constraint };
    }
    match code.code() {
        // A row that a foreign key names went away, or came, in another transaction meanwhile: asked
        // again, the statements see it.
        "40001" | "40P01" | "23503" => Error::Conflict,
        // A statement waited longer than statement_timeout or lock_timeout.
        "57014" | "55P03" => Error::Busy,
        // undefined_table. A role that may not read a table that is there gets 42501.
        "42P01" => Error::NoSuchTable(named(refusal)),
        "53100" => Error::Full,
        "53300" | "57P01" | "57P02" | "57P03" => Error::Unavailable(named(refusal)),
        lost if lost.starts_with("08") => Error::Unavailable(named(refusal)),
        _ => Error::Other(named(refusal)),
    }
}

/// Code and names. The message itself only for mistakes in a statement (class 42), log-in (28) and database name (3D),
/// where it cannot hold a value; everywhere else it may.
fn named(refusal: &DbError) -> String {
    let code = refusal.code().code();
    let mut text = format!("PostgreSQL {code}");
    for name in [refusal.constraint(), refusal.table(), refusal.column()]
        .into_iter()
        .flatten()
    {
        text.push(' ');
        text.push_str(name);
    }
    if ["42", "28", "3D"]
        .iter()
        .any(|class| code.starts_with(class))
    {
        text.push_str(": ");
        text.push_str(refusal.message());
    }
    text
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    error
        .source()
        .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}
