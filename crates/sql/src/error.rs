//! What can go wrong, in words that both engines share.
//!
//! A driver's own error is never kept: PostgreSQL puts row values into `DETAIL` and into many messages. What is
//! carried here is names from the schema, numbers and texts of our own.

/// A failure of the store. Neither `Display` nor `Debug` ever shows a parameter or a column's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A unique index or primary key already holds this key. The transaction cannot go on.
    #[error("not unique: {constraint}")]
    Unique {
        /// `table.column[, table.column]` on SQLite, the constraint's name on PostgreSQL.
        constraint: String,
    },
    /// PostgreSQL gave way to another transaction (SQLSTATE 40001, 40P01): nothing was changed, and the whole
    /// request may be run again.
    #[error("gave way to another transaction")]
    Conflict,
    /// Too many are waiting for the writer or for a connection, or one waited too long: try again later.
    #[error("the database is busy")]
    Busy,
    /// Another process has this data file open.
    #[error("the data file is in use by another process")]
    Locked,
    /// A newer program has migrated this store; this one must not touch it.
    #[error("the store's schema is at version {found}, this program knows {known}")]
    NewerSchema {
        /// The store's version.
        found: i64,
        /// The last version this program knows; 0 if it knows none.
        known: i64,
    },
    /// A migration that this store has applied is not, or no longer reads, what this program knows.
    #[error("migration {version} is not the one that was applied to this store")]
    AlteredMigration {
        /// Its version.
        version: i64,
    },
    /// A column does not hold what was asked for, or there is no such column.
    #[error("column {index} is not {expected}")]
    Column {
        /// Counted from 0.
        index: usize,
        /// What was asked for.
        expected: &'static str,
    },
    /// Not the number of rows that was asked for.
    #[error("expected {expected}, found {found}")]
    Rows {
        /// What was asked for.
        expected: &'static str,
        /// How many there were.
        found: usize,
    },
    /// The commit was sent and its answer is lost: it may have happened or not.
    #[error("the commit was not confirmed; it may have happened")]
    OutcomeUnknown,
    /// The database cannot be reached, or is going away.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// A file could not be read or written.
    #[error("storage failed: {0}")]
    Io(String),
    /// The disk, or the space given to the database, is full.
    #[error("the disk is full")]
    Full,
    /// A statement names a table that is not there: the schema was never made. The text is the engine's, and names it.
    #[error("database: {0}")]
    NoSuchTable(String),
    /// Anything else: a mistake in a statement, a broken rule of the schema, damage.
    #[error("database: {0}")]
    Other(String),
}

impl Error {
    /// An [`Error::Other`] in our own words.
    pub(crate) fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }
}
