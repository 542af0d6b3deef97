//! A database for one test, gone when the test ends.

use sealyard_sql::{Database, Engine, PostgresOptions, SqliteOptions};

/// Where a test's store lives.
pub(crate) enum Scratch {
    Sqlite(tempfile::TempDir),
    Postgres { server: String, name: String },
}

impl Scratch {
    /// On the engine that `TEST_DATABASE` names.
    pub(crate) async fn new() -> Self {
        Self::on(engine()).await
    }

    /// On this engine. PostgreSQL needs `TEST_DATABASE_URL`.
    pub(crate) async fn on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite(tempfile::tempdir().expect("a directory")),
            Engine::Postgres => {
                let server =
                    variable("TEST_DATABASE_URL").expect("TEST_DATABASE_URL names a server");
                let id = u64::from_be_bytes(sealyard_vault::random::bytes());
                let name = format!("it_{id:016x}");
                execute(&server, &format!("CREATE DATABASE {name}")).await;
                Self::Postgres { server, name }
            }
        }
    }

    pub(crate) async fn open(&self) -> Database {
        match self {
            Self::Sqlite(directory) => {
                let path = directory.path().join("sealyard.db");
                Database::open_sqlite(&path, SqliteOptions { create: true }).expect("a database")
            }
            Self::Postgres { server, name } => {
                let url = with_database(server, name);
                let options = PostgresOptions::default();
                Database::open_postgres(&url, options)
                    .await
                    .expect("a database")
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            let (server, sql) = (server.clone(), format!("DROP DATABASE {name} WITH (FORCE)"));
            let work = async move { execute(&server, &sql).await };
            // A runtime of its own: the test's may be on its way out.
            let dropped = std::thread::spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime.expect("a runtime").block_on(work);
            });
            // A panic there has been printed; this one may already be unwinding.
            drop(dropped.join());
        }
    }
}

async fn execute(server: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls)
        .await
        .expect("a server");
    let work = async {
        client.batch_execute(sql).await.expect("administration");
        drop(client);
    };
    futures_util::future::join(work, async { drop(connection.await) }).await;
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).expect("TEST_DATABASE_URL is a URL");
    url.set_path(name);
    url.to_string()
}

/// The engine that `TEST_DATABASE` names.
pub(crate) fn engine() -> Engine {
    let name = variable("TEST_DATABASE").unwrap_or_else(|| "sqlite".to_owned());
    assert!(
        ["sqlite", "postgres"].contains(&name.as_str()),
        "TEST_DATABASE is sqlite or postgres"
    );
    if name == "postgres" {
        Engine::Postgres
    } else {
        Engine::Sqlite
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests' own settings")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
