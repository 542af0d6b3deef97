//! What a transaction promises, on either engine.

use sealyard_sql::{Database, Error, Read, Tx};

use crate::store::{Store, count, put, with_items};

#[tokio::test]
async fn a_committed_write_is_there_after_the_store_is_opened_again() {
    let (store, database) = with_items().await;
    for name in ["a", "b", "c"] {
        put(&database, name).await.unwrap();
    }
    drop(database);
    assert_eq!(count(&store.open().await).await, 3);
}

#[tokio::test]
async fn a_dropped_transaction_rolls_back() {
    let (_store, database) = with_items().await;
    let mut tx = database.begin().await.unwrap();
    tx.execute(
        "INSERT INTO item (name, size) VALUES ($1, $2)",
        &["a".into(), 1.into()],
    )
    .await
    .unwrap();
    drop(tx);
    assert_eq!(count(&database).await, 0);
    assert_eq!(put(&database, "a").await, Ok(()));
}

#[tokio::test]
async fn a_write_sees_itself_and_nobody_else_sees_it_before_its_commit() {
    let (_store, database) = with_items().await;
    let mut tx = database.begin().await.unwrap();
    tx.execute("INSERT INTO item (name, size) VALUES ('a', 1)", &[])
        .await
        .unwrap();
    assert_eq!(
        tx.query("SELECT name FROM item", &[]).await.unwrap().len(),
        1
    );
    assert_eq!(count(&database).await, 0);
    tx.commit().await.unwrap();
    assert_eq!(count(&database).await, 1);
}

#[tokio::test]
async fn a_read_does_not_see_what_is_written_after_its_first_statement() {
    let (_store, database) = with_items().await;
    put(&database, "a").await.unwrap();
    let mut read = database.read().await.unwrap();
    assert_eq!(
        read.query("SELECT name FROM item", &[])
            .await
            .unwrap()
            .len(),
        1
    );
    put(&database, "b").await.unwrap();
    assert_eq!(
        read.query("SELECT name FROM item", &[])
            .await
            .unwrap()
            .len(),
        1
    );
    drop(read);
    assert_eq!(count(&database).await, 2);
}

#[tokio::test]
async fn a_read_cannot_write() {
    let (_store, database) = with_items().await;
    let mut read = database.read().await.unwrap();
    let sql = "INSERT INTO item (name, size) VALUES ('a', 1)";
    assert!(read.query(sql, &[]).await.is_err());
    drop(read);
    assert_eq!(count(&database).await, 0);
}

#[tokio::test]
async fn after_a_failed_statement_nothing_more_runs_and_nothing_is_committed() {
    let (_store, database) = with_items().await;
    put(&database, "a").await.unwrap();
    let mut tx = database.begin().await.unwrap();
    tx.execute("INSERT INTO item (name, size) VALUES ('b', 1)", &[])
        .await
        .unwrap();
    let taken = tx
        .execute("INSERT INTO item (name, size) VALUES ('a', 1)", &[])
        .await;
    assert!(matches!(taken, Err(Error::Unique { .. })));
    let next = tx
        .execute("INSERT INTO item (name, size) VALUES ('c', 1)", &[])
        .await;
    assert!(matches!(next, Err(Error::Other(_))));
    assert!(matches!(tx.commit().await, Err(Error::Other(_))));
    assert_eq!(count(&database).await, 1);
}

#[tokio::test]
async fn a_transaction_without_statements_commits() {
    let (_store, database) = with_items().await;
    assert_eq!(database.begin().await.unwrap().commit().await, Ok(()));
    assert_eq!(database.begin().await.unwrap().commit().await, Ok(()));
    assert_eq!(put(&database, "a").await, Ok(()));
}

#[tokio::test]
async fn a_transaction_outlives_the_handle_it_came_from() {
    let (store, database) = with_items().await;
    let mut tx = database.begin().await.unwrap();
    drop(database);
    tx.execute("INSERT INTO item (name, size) VALUES ('a', 1)", &[])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&store.open().await).await, 1);
}

/// Handlers run on any thread: the compiler is the judge of this one.
#[tokio::test]
async fn every_future_may_move_between_threads() {
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    async fn handler(database: &Database, name: String) -> Result<i64, Error> {
        let word = "x".to_owned();
        let mut read: Read = database.read().await?;
        read.query_opt("SELECT size FROM item WHERE name = $1", &[(&name).into()])
            .await?;
        let mut tx: Tx = database.begin().await?;
        let sql = "INSERT INTO item (name, size) VALUES ($1, length($2))";
        tx.execute(sql, &[(&name).into(), (&word).into()]).await?;
        let size = tx.query_one("SELECT size FROM item", &[]).await?.get(0)?;
        tx.commit().await?;
        Ok(size)
    }
    let (_store, database) = with_items().await;
    sent(database.migrate(&[])).await.unwrap();
    assert_eq!(sent(handler(&database, "a".to_owned())).await, Ok(1));
}

#[tokio::test]
async fn what_cannot_be_opened_is_an_error() {
    let store = Store::new();
    let database = store.open().await;
    let mut tx = database.begin().await.unwrap();
    assert!(matches!(
        tx.execute("NOT SQL", &[]).await,
        Err(Error::Other(_))
    ));
}
