//! SQLite's result codes in the words of the seam (<https://sqlite.org/rescode.html>).

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::Error;

/// The file cannot be read or written.
const IO: [ErrorCode; 3] = [
    ErrorCode::SystemIoFailure,
    ErrorCode::CannotOpen,
    ErrorCode::ReadOnly,
];

/// How SQLite's message begins when a table is not there. It has no code of its own for that, only `SQLITE_ERROR`.
const NO_SUCH_TABLE: &str = "no such table: ";

/// The seam's word for a driver's error.
///
/// SQLite's own messages name tables, columns and pieces of the statement, never values, because values are bound;
/// the driver's conversion errors are not shown.
pub(super) fn from(error: &rusqlite::Error) -> Error {
    if let rusqlite::Error::SqliteFailure(code, message) = error {
        from_code(*code, message.as_deref().unwrap_or_default())
    } else if let rusqlite::Error::SqlInputError { error, msg, .. } = error {
        from_code(*error, msg)
    } else if let rusqlite::Error::InvalidParameterCount(given, expected) = error {
        Error::other(format!("{given} parameters given, {expected} expected"))
    } else if let rusqlite::Error::ExecuteReturnedResults = error {
        Error::other("execute of a statement with rows")
    } else if let rusqlite::Error::MultipleStatement = error {
        Error::other("more than one statement")
    } else {
        Error::other("the SQLite driver refused a value")
    }
}

/// Whether `error` says that a sync failed: then nobody knows what is on the disk, and trying again proves nothing
/// (the kernel may have dropped the dirty pages: <https://wiki.postgresql.org/wiki/Fsync_Errors>).
pub(super) fn is_failed_sync(error: &rusqlite::Error) -> bool {
    error
        .sqlite_extended_error_code()
        .is_some_and(|code| [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC].contains(&code))
}

fn from_code(code: ffi::Error, message: &str) -> Error {
    let unique = [
        ffi::SQLITE_CONSTRAINT_UNIQUE,
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
        ffi::SQLITE_CONSTRAINT_ROWID,
    ];
    if unique.contains(&code.extended_code) {
        let constraint = message
            .trim_start_matches("UNIQUE constraint failed: ")
            .to_owned();
        return Error::Unique { constraint };
    }
    let text = || format!("{message} (SQLite {})", code.extended_code);
    if [ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked].contains(&code.code) {
        Error::Busy
    } else if code.code == ErrorCode::DiskFull {
        Error::Full
    } else if code.extended_code == ffi::SQLITE_ERROR && message.starts_with(NO_SUCH_TABLE) {
        Error::NoSuchTable(text())
    } else if IO.contains(&code.code) {
        Error::Io(text())
    } else {
        Error::Other(text())
    }
}
