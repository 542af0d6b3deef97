//! A store of its own for each test.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use sealyard_sql::{Database, Engine, Error, PostgresOptions, SqliteOptions, Value};
use tokio_postgres::NoTls;

/// Removed when it is dropped, also by a test that fails.
pub(crate) struct Store(Place);

enum Place {
    Sqlite(tempfile::TempDir),
    Postgres { server: String, name: String },
}

impl Store {
    /// An empty store on the engine under test.
    pub(crate) fn new() -> Self {
        match engine() {
            Engine::Sqlite => Self(Place::Sqlite(tempfile::tempdir().unwrap())),
            Engine::Postgres => {
                let server =
                    setting("TEST_DATABASE_URL").expect("TEST_DATABASE_URL names a server");
                let name = unused_name();
                administer(
                    &server,
                    format!("CREATE DATABASE {name} TEMPLATE template0"),
                );
                Self(Place::Postgres { server, name })
            }
        }
    }

    /// Opens it.
    pub(crate) async fn open(&self) -> Database {
        match &self.0 {
            Place::Sqlite(directory) => {
                let path = directory.path().join("store.db");
                Database::open_sqlite(&path, SqliteOptions { create: true }).unwrap()
            }
            Place::Postgres { .. } => self
                .open_postgres(PostgresOptions::default())
                .await
                .unwrap(),
        }
    }

    /// Opens it on PostgreSQL with other options.
    pub(crate) async fn open_postgres(&self, options: PostgresOptions) -> Result<Database, Error> {
        Database::open_postgres(&self.url(), options).await
    }

    /// The URL of the database on PostgreSQL.
    pub(crate) fn url(&self) -> String {
        match &self.0 {
            Place::Sqlite(_) => panic!("this store has no URL"),
            Place::Postgres { server, name } => in_database(server, name),
        }
    }

    /// Runs a statement for the server's administrator, `{}` standing for the database's name.
    pub(crate) fn administer(&self, sql: &str) {
        match &self.0 {
            Place::Sqlite(_) => panic!("this store has no server"),
            Place::Postgres { server, name } => administer(server, sql.replace("{}", name)),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        match &self.0 {
            Place::Sqlite(_) => {}
            Place::Postgres { server, name } => {
                administer(server, format!("DROP DATABASE {name} WITH (FORCE)"));
            }
        }
    }
}

/// The engine under test.
pub(crate) fn engine() -> Engine {
    match setting("TEST_DATABASE").as_deref() {
        None | Some("sqlite") => Engine::Sqlite,
        Some("postgres") => Engine::Postgres,
        Some(other) => panic!("TEST_DATABASE={other}: neither sqlite nor postgres"),
    }
}

/// A store with the table `item (name unique, size)`.
pub(crate) async fn with_items() -> (Store, Database) {
    let store = Store::new();
    let database = store.open().await;
    run(
        &database,
        "CREATE TABLE item (name TEXT PRIMARY KEY, size BIGINT NOT NULL)",
    )
    .await;
    (store, database)
}

/// Runs one statement in a write of its own.
pub(crate) async fn run(database: &Database, sql: &'static str) {
    let mut tx = database.begin().await.unwrap();
    tx.execute(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Puts one item in a write of its own.
pub(crate) async fn put(database: &Database, name: &str) -> Result<(), Error> {
    let mut tx = database.begin().await?;
    tx.execute(
        "INSERT INTO item (name, size) VALUES ($1, $2)",
        &[name.into(), 1.into()],
    )
    .await?;
    tx.commit().await
}

/// How many items there are.
pub(crate) async fn count(database: &Database) -> i64 {
    let mut read = database.read().await.unwrap();
    read.query_one("SELECT count(*) FROM item", &[])
        .await
        .unwrap()
        .get(0)
        .unwrap()
}

/// One row of constants.
pub(crate) async fn select(
    database: &Database,
    sql: &'static str,
    params: &[Value<'_>],
) -> sealyard_sql::Row {
    database
        .read()
        .await
        .unwrap()
        .query_one(sql, params)
        .await
        .unwrap()
}

/// Polls a future once, and leaves it in whatever state it is.
pub(crate) async fn poll_once<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    let mut future = Some(future);
    poll_fn(move |context| {
        Poll::Ready(match future.take().expect("polled once").poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

/// Runs a statement on the server, on a thread of its own, because `Drop` cannot await.
fn administer(server: &str, sql: String) {
    let server = server.to_owned();
    let work = async move {
        let (client, connection) = tokio_postgres::connect(&server, NoTls).await.unwrap();
        let statement = async {
            client.batch_execute(&sql).await.unwrap();
            drop(client);
        };
        let ((), ended) = futures_util::future::join(statement, connection).await;
        ended.unwrap();
    };
    std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(work);
    })
    .join()
    .unwrap();
}

/// The server's URL with another database.
fn in_database(server: &str, name: &str) -> String {
    let (start, query) = server
        .split_once('?')
        .map_or((server, None), |(a, b)| (a, Some(b)));
    let host = start.rfind('/').map_or(start, |slash| &start[..slash]);
    query.map_or_else(
        || format!("{host}/{name}"),
        |query| format!("{host}/{name}?{query}"),
    )
}

fn unused_name() -> String {
    let directory = tempfile::Builder::new()
        .prefix("sql_")
        .rand_bytes(16)
        .tempdir()
        .unwrap();
    let name = directory.path().file_name().unwrap().to_str().unwrap();
    name.to_ascii_lowercase()
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
