//! Reads: in place, on the calling thread, each on a connection of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{Connection, Purpose};
use super::row::Row;
use super::{Sqlite, error};
use crate::{Error, Value};

/// Reads open at the same time; more wait. Each may cost its connection's page cache and two file descriptors.
const READERS: usize = 64;
/// How long a read waits for a place, as long as one on PostgreSQL does for a connection.
const WAIT: Duration = Duration::from_secs(5);

/// The idle read connections, the last used on top: its pages are warm.
pub(super) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

impl Pool {
    /// An empty pool; connections are opened when they are needed, and then kept.
    pub(super) fn new(path: PathBuf) -> Self {
        let idle = Mutex::new(Vec::new());
        Self {
            path,
            idle,
            places: Arc::new(Semaphore::new(READERS)),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_out(&self) -> Result<Connection, Error> {
        let idle = self.idle().pop();
        idle.map_or_else(|| Connection::open(&self.path, Purpose::Read), Ok)
    }
}

/// A read transaction. It begins at its first statement: that is the moment it shows.
pub(crate) struct Reader {
    /// `None` only while it is being dropped.
    connection: Option<Connection>,
    home: Arc<Sqlite>,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    pub(super) async fn open(home: Arc<Sqlite>) -> Result<Self, Error> {
        let places = Arc::clone(&home.readers.places);
        let place = tokio::time::timeout(WAIT, places.acquire_owned())
            .await
            .map_err(|_| Error::Busy)?
            .map_err(|_| Error::other("the readers are closed"))?;
        let connection = Some(home.readers.check_out()?);
        Ok(Self {
            connection,
            home,
            _place: place,
        })
    }

    /// Runs a statement in the read transaction.
    pub(crate) fn query(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, Error> {
        let connection = self
            .connection
            .as_mut()
            .ok_or_else(|| Error::other("the read is over"))?;
        if connection.is_autocommit() {
            connection
                .run("BEGIN")
                .map_err(|error| error::from(&error))?;
        }
        connection.query(sql, params)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if connection.is_autocommit() || connection.run("COMMIT").is_ok() {
            self.home.readers.idle().push(connection);
        }
    }
}
