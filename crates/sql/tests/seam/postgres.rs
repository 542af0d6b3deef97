//! What only a server has. Without `TEST_DATABASE=postgres` there is no server, and nothing to test here.

use std::time::Duration;

use sealyard_sql::{Database, Engine, Error, Migration, PostgresOptions};

use crate::store::{Store, count, engine, put, select, with_items};

fn one_connection() -> PostgresOptions {
    PostgresOptions {
        connections: 1,
        wait: Duration::from_millis(50),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_connection_is_clean_when_the_next_transaction_gets_it() {
    if engine() != Engine::Postgres {
        return;
    }
    let (store, _) = with_items().await;
    let database = store.open_postgres(one_connection()).await.unwrap();
    for _ in 0..20 {
        let mut tx = database.begin().await.unwrap();
        tx.execute("INSERT INTO item (name, size) VALUES ('a', 1)", &[])
            .await
            .unwrap();
        drop(tx);
        let mut tx = database.begin().await.unwrap();
        assert!(tx.execute("NOT SQL", &[]).await.is_err());
        drop(tx);
        assert_eq!(count(&database).await, 0);
    }
    assert_eq!(put(&database, "a").await, Ok(()));
    assert_eq!(count(&database).await, 1);
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_busy() {
    if engine() != Engine::Postgres {
        return;
    }
    let (store, _) = with_items().await;
    let database = store.open_postgres(one_connection()).await.unwrap();
    let tx = database.begin().await.unwrap();
    assert_eq!(database.read().await.err(), Some(Error::Busy));
    drop(tx);
    assert!(database.read().await.is_ok());
}

#[tokio::test]
async fn two_that_wait_for_each_other_end_in_a_conflict() {
    if engine() != Engine::Postgres {
        return;
    }
    let (_store, database) = with_items().await;
    put(&database, "a").await.unwrap();
    put(&database, "b").await.unwrap();
    let (mut one, mut two) = (
        database.begin().await.unwrap(),
        database.begin().await.unwrap(),
    );
    one.execute("UPDATE item SET size = 2 WHERE name = 'a'", &[])
        .await
        .unwrap();
    two.execute("UPDATE item SET size = 3 WHERE name = 'b'", &[])
        .await
        .unwrap();
    let (first, second) = tokio::join!(
        one.execute("UPDATE item SET size = 2 WHERE name = 'b'", &[]),
        async {
            let outcome = two
                .execute("UPDATE item SET size = 3 WHERE name = 'a'", &[])
                .await;
            drop(two);
            outcome
        },
    );
    let conflicts = [&first, &second]
        .into_iter()
        .filter(|end| **end == Err(Error::Conflict));
    assert_eq!(conflicts.count(), 1, "{first:?} {second:?}");
}

#[tokio::test]
async fn a_table_that_may_not_be_read_is_not_one_that_is_not_there() {
    if engine() != Engine::Postgres {
        return;
    }
    let (_store, database) = with_items().await;
    let mut tx = database.begin().await.unwrap();
    // Of the server's own roles, one that may read none of our tables.
    tx.execute("SET LOCAL ROLE pg_monitor", &[]).await.unwrap();
    let error = tx.query("SELECT name FROM item", &[]).await.err().unwrap();
    assert!(
        matches!(&error, Error::Other(text) if text.contains("42501")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_answers_before_it_stores_is_refused() {
    if engine() != Engine::Postgres {
        return;
    }
    let store = Store::new();
    store.administer("ALTER DATABASE {} SET synchronous_commit = off");
    let error = store.open_postgres(PostgresOptions::default()).await.err();
    assert!(matches!(error, Some(Error::Other(text)) if text.contains("synchronous_commit")));
}

#[tokio::test]
async fn a_lost_connection_is_unavailable_and_in_a_commit_it_is_unknown() {
    if engine() != Engine::Postgres {
        return;
    }
    let (store, database) = with_items().await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'";
    let mut tx = database.begin().await.unwrap();
    tx.execute("INSERT INTO item (name, size) VALUES ('a', 1)", &[])
        .await
        .unwrap();
    store.administer(kill);
    assert_eq!(tx.commit().await, Err(Error::OutcomeUnknown));

    let mut tx = database.begin().await.unwrap();
    tx.execute("INSERT INTO item (name, size) VALUES ('a', 1)", &[])
        .await
        .unwrap();
    store.administer(kill);
    let lost = tx.execute("DELETE FROM item", &[]).await;
    assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
    drop(tx);
    // The pool makes new ones.
    assert_eq!(put(&database, "a").await, Ok(()));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    // Port 1 on loopback: nothing listens there.
    let url = "postgres://nobody@127.0.0.1:1/nothing";
    let error = Database::open_postgres(url, PostgresOptions::default())
        .await
        .err();
    assert!(matches!(error, Some(Error::Unavailable(_))), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_when_tls_is_asked_for() {
    if engine() != Engine::Postgres {
        return;
    }
    let store = Store::new();
    let url = format!("{}?sslmode=verify-full", store.url());
    let error = Database::open_postgres(&url, PostgresOptions::default())
        .await
        .err();
    // Or the system running the test has no certificate authorities at all.
    assert!(
        matches!(error, Some(Error::Unavailable(_) | Error::Io(_))),
        "{error:?}"
    );
}

#[tokio::test]
async fn instances_that_start_together_migrate_once() {
    if engine() != Engine::Postgres {
        return;
    }
    let migrations = [Migration {
        version: 1,
        name: "once",
        sqlite: "",
        postgres: "CREATE TABLE once (n BIGINT); INSERT INTO once (n) VALUES (1);",
    }];
    let store = Store::new();
    let (one, two, three) = (store.open().await, store.open().await, store.open().await);
    let ends = tokio::join!(
        one.migrate(&migrations),
        two.migrate(&migrations),
        three.migrate(&migrations)
    );
    assert_eq!(ends, (Ok(()), Ok(()), Ok(())));
    let row = select(&one, "SELECT count(*) FROM once", &[]).await;
    assert_eq!(row.get::<i64>(0), Ok(1));
}
