//! The schema's history.

use sealyard_sql::{Error, Migration};

use crate::store::{Store, engine, run, select};

const FIRST: Migration = Migration {
    version: 1,
    name: "first",
    sqlite: "CREATE TABLE first (n INTEGER) STRICT; INSERT INTO first (n) VALUES (1);",
    postgres: "CREATE TABLE first (n BIGINT); INSERT INTO first (n) VALUES (1);",
};

const SECOND: Migration = Migration {
    version: 2,
    name: "second",
    sqlite: "INSERT INTO first (n) VALUES (2);",
    postgres: "INSERT INTO first (n) VALUES (2);",
};

const BROKEN: Migration = Migration {
    version: 2,
    name: "broken",
    sqlite: "INSERT INTO first (n) VALUES (3); CREATE TABLE broken (n INTEGER); NOT SQL;",
    postgres: "INSERT INTO first (n) VALUES (3); CREATE TABLE broken (n BIGINT); NOT SQL;",
};

#[tokio::test]
async fn each_migration_is_applied_once_and_in_order() {
    let store = Store::new();
    let database = store.open().await;
    assert_eq!(database.migrate(&[FIRST]).await, Ok(()));
    assert_eq!(database.migrate(&[FIRST, SECOND]).await, Ok(()));
    drop(database);
    let database = store.open().await;
    assert_eq!(database.migrate(&[FIRST, SECOND]).await, Ok(()));
    let row = select(&database, "SELECT count(*), max(n) FROM first", &[]).await;
    assert_eq!((row.get(0), row.get(1)), (Ok(2_i64), Ok(2_i64)));
    let row = select(
        &database,
        "SELECT count(*), max(name) FROM schema_migration",
        &[],
    )
    .await;
    assert_eq!((row.get(0), row.get(1)), (Ok(2_i64), Ok("second")));
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let store = Store::new();
    let database = store.open().await;
    database.migrate(&[FIRST, SECOND]).await.unwrap();
    let refused = Err(Error::NewerSchema { found: 2, known: 1 });
    assert_eq!(database.migrate(&[FIRST]).await, refused);
    assert_eq!(
        database.migrate(&[]).await,
        Err(Error::NewerSchema { found: 2, known: 0 })
    );
}

#[tokio::test]
async fn an_altered_migration_is_refused() {
    let store = Store::new();
    let database = store.open().await;
    database.migrate(&[FIRST]).await.unwrap();
    let altered = Migration {
        sqlite: SECOND.sqlite,
        postgres: SECOND.postgres,
        ..FIRST
    };
    let refused = Err(Error::AlteredMigration { version: 1 });
    assert_eq!(database.migrate(&[altered, SECOND]).await, refused);
    // Only this engine's text counts.
    let other = match engine() {
        sealyard_sql::Engine::Sqlite => Migration {
            postgres: "",
            ..FIRST
        },
        sealyard_sql::Engine::Postgres => Migration {
            sqlite: "",
            ..FIRST
        },
    };
    assert_eq!(database.migrate(&[other]).await, Ok(()));
    // Neither may one be put in before, or be left out.
    let before = Migration {
        version: 0,
        ..SECOND
    };
    assert_eq!(database.migrate(&[before, FIRST]).await, refused);
    assert_eq!(database.migrate(&[SECOND]).await, refused);
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_of_itself() {
    let store = Store::new();
    let database = store.open().await;
    assert!(matches!(
        database.migrate(&[FIRST, BROKEN]).await,
        Err(Error::Other(_))
    ));
    let row = select(&database, "SELECT count(*) FROM first", &[]).await;
    assert_eq!(row.get::<i64>(0), Ok(1));
    let row = select(&database, "SELECT count(*) FROM schema_migration", &[]).await;
    assert_eq!(row.get::<i64>(0), Ok(1));
    run(&database, "CREATE TABLE broken (n BIGINT)").await;
    assert_eq!(database.migrate(&[FIRST, SECOND]).await, Ok(()));
}

#[tokio::test]
async fn versions_must_ascend() {
    let store = Store::new();
    let database = store.open().await;
    for list in [[SECOND, FIRST], [FIRST, FIRST]] {
        assert!(matches!(
            database.migrate(&list).await,
            Err(Error::Other(_))
        ));
    }
}
