//! What a request holds: one snapshot to read from, or one transaction to write in.

use std::ops::{Deref, DerefMut};

use crate::{Error, Row, Value, postgres, sqlite};

/// Runs statements; [`Read`] and [`Tx`] are both of them sessions.
///
/// `sql` is one statement with the parameters `$1 … $n`, the same for both engines. After a statement has failed, or
/// its future was dropped before it was done, nothing more can be run and nothing can be committed: so it is on
/// PostgreSQL, and so on both.
pub struct Session {
    connection: Connection,
    /// Set before a statement is sent, cleared when it went well.
    is_failed: bool,
}

pub(crate) enum Connection {
    SqliteRead(sqlite::Reader),
    SqliteWrite(sqlite::Item),
    Postgres(postgres::Transaction),
}

impl Session {
    /// All rows.
    pub async fn query(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, Error> {
        self.enter(params)?;
        let rows = match &mut self.connection {
            Connection::SqliteRead(reader) => owned(reader.query(sql, params)?),
            Connection::SqliteWrite(item) => owned(item.query(sql, params)?),
            Connection::Postgres(transaction) => owned(transaction.query(sql, params).await?),
        };
        self.is_failed = false;
        Ok(rows)
    }

    /// The row, if there is one. More than one is [`Error::Rows`].
    pub async fn query_opt(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Option<Row>, Error> {
        let mut rows = self.query(sql, params).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            found => Err(Error::Rows {
                expected: "at most one row",
                found,
            }),
        }
    }

    /// The row. None, or more than one, is [`Error::Rows`].
    pub async fn query_one(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Row, Error> {
        let mut rows = self.query(sql, params).await?;
        let found = rows.len();
        let only = if found == 1 { rows.pop() } else { None };
        only.ok_or(Error::Rows {
            expected: "one row",
            found,
        })
    }

    async fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, Error> {
        self.enter(params)?;
        let changed = match &mut self.connection {
            Connection::SqliteRead(_) => return Err(Error::other("a read cannot write")),
            Connection::SqliteWrite(item) => item.execute(sql, params)?,
            Connection::Postgres(transaction) => transaction.execute(sql, params).await?,
        };
        self.is_failed = false;
        Ok(changed)
    }

    async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.enter(&[])?;
        match &mut self.connection {
            Connection::SqliteRead(_) => return Err(Error::other("a read cannot write")),
            Connection::SqliteWrite(item) => item.batch(sql)?,
            Connection::Postgres(transaction) => transaction.batch(sql).await?,
        }
        self.is_failed = false;
        Ok(())
    }

    /// Before each statement: whether it may run at all.
    fn enter(&mut self, params: &[Value<'_>]) -> Result<(), Error> {
        if std::mem::replace(&mut self.is_failed, true) {
            return Err(failed());
        }
        // SQLite would store it, and PostgreSQL cannot.
        if params
            .iter()
            .any(|value| matches!(value, Value::Text(text) if text.contains('\0')))
        {
            return Err(Error::other("a text parameter holds U+0000"));
        }
        Ok(())
    }
}

/// A read: all its statements see the store at the moment of the first of them.
pub struct Read(Session);

/// A write. Nothing of it is seen by others before [`Tx::commit`]; dropping it rolls it back.
///
/// On SQLite it holds the only turn to write from [`crate::Database::begin`] on: nothing slow belongs inside.
/// A schema must not defer constraints: on SQLite, a commit that breaks one would break its neighbours' too.
pub struct Tx(Session);

impl Tx {
    pub(crate) fn new(connection: Connection) -> Self {
        Self(Session {
            connection,
            is_failed: false,
        })
    }

    /// Runs a statement that returns no rows; how many rows it inserted, changed or deleted.
    pub async fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, Error> {
        self.0.execute(sql, params).await
    }

    /// Makes the write durable. When this returns `Ok`, it is on the disk.
    ///
    /// [`Error::OutcomeUnknown`] says that nobody knows; any other error, that nothing was changed. If the future is
    /// dropped after its first poll, the write may stand.
    pub async fn commit(self) -> Result<(), Error> {
        if self.0.is_failed {
            return Err(failed());
        }
        match self.0.connection {
            Connection::SqliteRead(_) => Err(Error::other("a read cannot write")),
            Connection::SqliteWrite(item) => item.commit().await,
            Connection::Postgres(transaction) => transaction.commit().await,
        }
    }

    /// Takes the write back, and waits until what it saw is durable: an answer that is given without a change may
    /// rest on the write of a neighbour in the same group, whose sync is still to come.
    ///
    /// An error says that a neighbour's write was lost, so that what was seen never was.
    pub async fn rollback(self) -> Result<(), Error> {
        match self.0.connection {
            Connection::SqliteWrite(item) => item.rollback().await,
            // PostgreSQL shows nobody what is not committed; dropping rolls back.
            Connection::SqliteRead(_) | Connection::Postgres(_) => Ok(()),
        }
    }

    /// Runs any number of statements, without parameters and rows: what migrations are made of.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.0.batch(sql).await
    }
}

impl Read {
    pub(crate) fn new(connection: Connection) -> Self {
        Self(Session {
            connection,
            is_failed: false,
        })
    }
}

impl Deref for Read {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.0
    }
}

impl Deref for Tx {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.0
    }
}

fn owned(rows: Vec<impl Into<Row>>) -> Vec<Row> {
    rows.into_iter().map(Into::into).collect()
}

fn failed() -> Error {
    Error::other("an earlier statement of this transaction has failed")
}
