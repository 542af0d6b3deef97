//! PostgreSQL: a pool of connections, each used by one transaction at a time.

mod connect;
mod error;
mod value;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use futures_util::{FutureExt as _, TryStreamExt as _, future::join};
use tokio_postgres::{NoTls, SimpleQueryMessage, config::SslMode};

use crate::{Error, Stats, Value};

/// What each new connection is told and asked. No statement may run longer than 30 s, waiting for locks included: a lock
/// that is never given up must not take all connections with it.
const SET_UP: &str = "SET statement_timeout = '30s'; SHOW synchronous_commit";

/// How to reach a PostgreSQL server.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Connections at most; at least 1.
    pub connections: usize,
    /// How long a request waits for a free connection before it is told [`Error::Busy`].
    pub wait: Duration,
    /// How long the server may take to accept a connection before it counts as [`Error::Unavailable`].
    pub connect: Duration,
    /// A PEM file with the certificate authorities to trust instead of the system's.
    pub root_certificates: Option<PathBuf>,
}

impl Default for PostgresOptions {
    /// 16 connections, 5 s, 5 s, the system's authorities.
    fn default() -> Self {
        Self {
            connections: 16,
            wait: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            root_certificates: None,
        }
    }
}

/// One server.
pub(crate) struct Postgres {
    pool: Pool,
    transactions: AtomicU64,
}

impl Postgres {
    /// Connects once, to see that it can be done and that a commit is durable there.
    pub(crate) async fn open(url: &str, options: &PostgresOptions) -> Result<Self, Error> {
        let config = connect::config(url)?;
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = if config.get_ssl_mode() == SslMode::Disable {
            Manager::from_config(config, NoTls, recycling)
        } else {
            let tls = connect::tls(options.root_certificates.as_ref())?;
            Manager::from_config(config, tls, recycling)
        };
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .wait_timeout(Some(options.wait))
            .create_timeout(Some(options.connect))
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(|client, _| Box::pin(set_up(client))))
            .build()
            .map_err(|_| Error::other("the pool of connections cannot be built"))?;
        drop(pool.get().await.map_err(error::from_pool)?);
        Ok(Self {
            pool,
            transactions: AtomicU64::new(0),
        })
    }

    /// A transaction that sees one moment of the whole store.
    pub(crate) async fn read(self: &Arc<Self>) -> Result<Transaction, Error> {
        self.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .await
    }

    /// A transaction that writes.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<Transaction, Error> {
        self.transaction("BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE")
            .await
    }

    async fn transaction(self: &Arc<Self>, begin: &'static str) -> Result<Transaction, Error> {
        let client = self.pool.get().await.map_err(error::from_pool)?;
        Ok(Transaction {
            client: Some(client),
            begin,
            is_open: false,
            home: Arc::clone(self),
        })
    }

    /// One commit for each transaction here: the server groups them on its own.
    pub(crate) fn stats(&self) -> Stats {
        let transactions = self.transactions.load(Ordering::Relaxed);
        Stats {
            commits: transactions,
            transactions,
        }
    }
}

/// Prepares a new connection, and refuses a server where "committed" would not mean "stored".
async fn set_up(client: &mut deadpool_postgres::ClientWrapper) -> Result<(), HookError> {
    let answer = client
        .simple_query(SET_UP)
        .await
        .map_err(HookError::Backend)?;
    let is_off = answer.iter().any(
        |message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("off")),
    );
    if is_off {
        return Err(HookError::message(
            "PostgreSQL has synchronous_commit=off: what is answered could still be lost",
        ));
    }
    Ok(())
}

/// A transaction on a connection of its own. `BEGIN` travels with the first statement; dropping it rolls back.
pub(crate) struct Transaction {
    /// `None` once it is lost.
    client: Option<Object>,
    begin: &'static str,
    is_open: bool,
    home: Arc<Postgres>,
}

impl Transaction {
    pub(crate) async fn query(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        let (client, begin) = self.next()?;
        let work = async {
            let statement = client.prepare_cached(sql).await?;
            client
                .query_raw(&statement, params)
                .await?
                .try_collect()
                .await
        };
        let rows = send(client, begin, work).await;
        self.checked(rows)
    }

    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<u64, Error> {
        let (client, begin) = self.next()?;
        let work = async {
            let statement = client.prepare_cached(sql).await?;
            client.execute_raw(&statement, params).await
        };
        let changed = send(client, begin, work).await;
        self.checked(changed)
    }

    /// Runs any number of statements, without parameters and rows.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        let (client, begin) = self.next()?;
        let done = send(client, begin, client.batch_execute(sql)).await;
        self.checked(done)
    }

    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        if self.is_open {
            let client = self.client.as_ref().ok_or_else(lost)?;
            let committed = client.batch_execute("COMMIT").await;
            self.checked(committed.map_err(|error| error::from_commit(&error)))?;
            self.is_open = false;
        }
        self.home.transactions.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The connection, and how to begin if this is the first statement.
    fn next(&mut self) -> Result<(&Object, Option<&'static str>), Error> {
        let begin = if self.is_open { None } else { Some(self.begin) };
        self.is_open = true;
        Ok((self.client.as_ref().ok_or_else(lost)?, begin))
    }

    /// A lost connection must not go back: the pool may hand it out before the driver has noticed.
    fn checked<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if matches!(result, Err(Error::Unavailable(_) | Error::OutcomeUnknown)) {
            drop(self.client.take().map(Object::take));
        }
        result
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(client) = self.client.as_ref().filter(|_| self.is_open) {
            // The first poll hands the message to the connection's queue, ahead of whatever the next user of the
            // connection sends; nobody needs the answer.
            drop(client.batch_execute("ROLLBACK").now_or_never());
        }
    }
}

/// Sends `begin`, if there is one, and what `work` sends right behind it: one round trip for both.
async fn send<T>(
    client: &Object,
    begin: Option<&'static str>,
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Error> {
    let Some(begin) = begin else {
        return work.await.map_err(|error| error::from(&error));
    };
    // Polled in this order, and the driver keeps the order in which it is given messages.
    match join(client.batch_execute(begin), work).await {
        (Ok(()), done) => done.map_err(|error| error::from(&error)),
        (Err(error), Err(_)) => Err(error::from(&error)),
        // It ran outside a transaction, and so it may stand.
        (Err(_), Ok(_)) => Err(Error::OutcomeUnknown),
    }
}

fn lost() -> Error {
    Error::Unavailable("the connection was lost".to_owned())
}
