//! One SQL, two engines.
//!
//! Every query is written once, as a `&'static str` with `$n` parameters, and runs on SQLite in place and on
//! PostgreSQL over the wire. This crate knows nothing of what is stored.
//!
//! ```no_run
//! # async fn example() -> Result<(), sealyard_sql::Error> {
//! use sealyard_sql::{Database, SqliteOptions};
//!
//! let database = Database::open_sqlite("store.db".as_ref(), SqliteOptions { create: true })?;
//! let mut tx = database.begin().await?;
//! tx.execute("UPDATE counter SET n = n + $1", &[1.into()]).await?;
//! let row = tx.query_one("SELECT n FROM counter", &[]).await?;
//! let n: i64 = row.get(0)?;
//! tx.commit().await?;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod error;
mod migrate;
mod postgres;
mod row;
mod session;
mod sqlite;
mod value;

use std::path::Path;
use std::sync::Arc;

use session::Connection;

pub use error::Error;
pub use migrate::Migration;
pub use postgres::PostgresOptions;
pub use row::Row;
pub use session::{Read, Session, Tx};
pub use sqlite::SqliteOptions;
pub use value::{FromColumn, Value};

/// Which engine a database runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, held by one process.
    Sqlite,
    /// A server, shared by several.
    Postgres,
}

/// What a database has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Commits that changed the store: on SQLite, each is one sync.
    pub commits: u64,
    /// Transactions that were committed; on SQLite, many share a commit.
    pub transactions: u64,
}

/// An open database. Clones are the same database.
#[derive(Clone)]
pub struct Database(Backend);

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(Arc<postgres::Postgres>),
}

impl Database {
    /// Opens a data file, and holds it for this process until the last clone, read and write of it is dropped.
    ///
    /// [`Error::Locked`] at once if another process (or another `Database`) holds it.
    pub fn open_sqlite(path: &Path, options: SqliteOptions) -> Result<Self, Error> {
        let sqlite = sqlite::Sqlite::open(path, options)?;
        Ok(Self(Backend::Sqlite(Arc::new(sqlite))))
    }

    /// Connects to a PostgreSQL server, by a URL (`postgres://user@host/database`) or `key=value` pairs.
    ///
    /// The connection is encrypted and the server's certificate verified, unless the server is on this machine (and
    /// `sslmode` does not ask for it) or `sslmode=disable`. Refuses a server with `synchronous_commit=off`.
    pub async fn open_postgres(url: &str, options: PostgresOptions) -> Result<Self, Error> {
        let postgres = postgres::Postgres::open(url, &options).await?;
        Ok(Self(Backend::Postgres(Arc::new(postgres))))
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// Brings the schema to the last of `known`, which must be in ascending order of versions.
    ///
    /// [`Error::NewerSchema`] and [`Error::AlteredMigration`] leave the store as it was; so does a migration that
    /// fails, except for those before it. Several instances may do this at the same time.
    pub async fn migrate(&self, known: &[Migration]) -> Result<(), Error> {
        migrate::migrate(self, known).await
    }

    /// Opens a read: one snapshot for all statements of a request.
    pub async fn read(&self) -> Result<Read, Error> {
        Ok(Read::new(match &self.0 {
            Backend::Sqlite(sqlite) => Connection::SqliteRead(sqlite.read().await?),
            Backend::Postgres(postgres) => Connection::Postgres(postgres.read().await?),
        }))
    }

    /// Opens a write. On SQLite this waits for its turn; [`Error::Busy`] if too many are waiting.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Ok(Tx::new(match &self.0 {
            Backend::Sqlite(sqlite) => Connection::SqliteWrite(sqlite.begin().await?),
            Backend::Postgres(postgres) => Connection::Postgres(postgres.begin().await?),
        }))
    }

    /// What has been done so far: for metrics.
    pub fn stats(&self) -> Stats {
        match &self.0 {
            Backend::Sqlite(sqlite) => sqlite.stats(),
            Backend::Postgres(postgres) => postgres.stats(),
        }
    }
}
