//! One connection to the file, set up the one way all of them are.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, OpenFlags};

use super::error;
use super::rewrite::numbered;
use super::row::Row;
use crate::{Error, Value};

/// Prepared statements kept for each connection, so that the common ones are never prepared twice.
const STATEMENTS: usize = 256;

/// How long to wait for a lock on the file. Only recovery after a crash, or a foreign program such as the `sqlite3`
/// shell, ever holds one against us; the thread waits in place, so it is short.
const BUSY: Duration = Duration::from_secs(1);

/// Settings of every connection. A checkpoint comes after 1,500 pages (6 MB): later ones stall the writer for longer.
/// The page cache is at most 16 MiB for each connection.
const PRAGMAS: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384;
    PRAGMA wal_autocheckpoint = 1500;
";

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// A connection, used by one transaction at a time.
pub(super) struct Connection {
    driver: rusqlite::Connection,
    /// Each statement with `?n`, by the address and length of its text, which never moves.
    rewritten: HashMap<(usize, usize), Box<str>>,
}

impl Connection {
    /// Opens the file, which must exist. Nothing else in this process may share the connection at the same time.
    pub(super) fn open(path: &Path, purpose: Purpose) -> Result<Self, Error> {
        let driver = connect(path, purpose).map_err(|error| error::from(&error))?;
        if purpose == Purpose::Write {
            let mode: String = driver
                .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
                .map_err(|error| error::from(&error))?;
            if mode != "wal" {
                return Err(Error::Io(format!(
                    "the file system allows no WAL, only {mode}"
                )));
            }
        }
        Ok(Self {
            driver,
            rewritten: HashMap::new(),
        })
    }

    /// Whether no transaction is open, also because SQLite has ended it on its own after an error.
    pub(super) fn is_autocommit(&self) -> bool {
        self.driver.is_autocommit()
    }

    /// Runs a statement of our own, without parameters and rows.
    pub(super) fn run(&self, sql: &'static str) -> Result<(), rusqlite::Error> {
        self.driver.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Runs any number of statements, without parameters and rows.
    pub(super) fn batch(&self, sql: &str) -> Result<(), Error> {
        self.driver
            .execute_batch(sql)
            .map_err(|error| error::from(&error))
    }

    /// Runs a statement and copies all its rows.
    pub(super) fn query(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, Error> {
        let mut statement = self.bound(sql, params)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        let mut copies = Vec::new();
        while let Some(row) = rows.next().map_err(|error| error::from(&error))? {
            let copy = Row::copy(row, columns, copies.last())?;
            copies.push(copy);
        }
        Ok(copies)
    }

    /// Runs a statement without rows; how many it inserted, changed or deleted.
    pub(super) fn execute(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<u64, Error> {
        let changed = self
            .bound(sql, params)?
            .raw_execute()
            .map_err(|error| error::from(&error))?;
        u64::try_from(changed).map_err(|_| Error::other("a row count beyond 64 bits"))
    }

    fn bound(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<CachedStatement<'_>, Error> {
        let text = self
            .rewritten
            .entry((sql.as_ptr().addr(), sql.len()))
            .or_insert_with(|| numbered(sql).into_boxed_str());
        let mut statement = self
            .driver
            .prepare_cached(text)
            .map_err(|error| error::from(&error))?;
        let (given, expected) = (params.len(), statement.parameter_count());
        if given != expected {
            return Err(error::from(&rusqlite::Error::InvalidParameterCount(
                given, expected,
            )));
        }
        for (number, value) in (1..).zip(params) {
            statement
                .raw_bind_parameter::<usize, _>(number, value)
                .map_err(|error| error::from(&error))?;
        }
        Ok(statement)
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(blob) => ValueRef::Blob(blob),
        }))
    }
}

fn connect(path: &Path, purpose: Purpose) -> Result<rusqlite::Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let driver = rusqlite::Connection::open_with_flags(path, flags)?;
    driver.busy_timeout(BUSY)?;
    // Without the "query planner stability guarantee" a build with STAT4 prepares joins anew for each binding.
    driver.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    driver.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A misspelt column in double quotes is an error, as on PostgreSQL, and not a text.
    driver.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    driver.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    driver.execute_batch(PRAGMAS)?;
    if purpose == Purpose::Read {
        driver.execute_batch("PRAGMA query_only = ON")?;
    }
    driver.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(driver)
}
