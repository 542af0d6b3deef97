//! What only a data file has.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sealyard_sql::{Database, Error, SqliteOptions};

use crate::store::{count, poll_once, put, run};

const CREATE: SqliteOptions = SqliteOptions { create: true };

#[tokio::test]
async fn a_second_opening_is_refused_at_once_and_free_again_after_the_first_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    for _ in 0..20 {
        let database = Database::open_sqlite(&path, CREATE).unwrap();
        run(
            &database,
            "CREATE TABLE IF NOT EXISTS item (name TEXT, size INTEGER)",
        )
        .await;
        put(&database, "a").await.unwrap();
        let start = Instant::now();
        assert_eq!(
            Database::open_sqlite(&path, CREATE).err(),
            Some(Error::Locked)
        );
        assert!(start.elapsed() < Duration::from_secs(1));
        // A read keeps the file, as a clone of the handle would.
        let read = database.read().await.unwrap();
        drop(database);
        assert_eq!(
            Database::open_sqlite(&path, CREATE).err(),
            Some(Error::Locked)
        );
        drop(read);
    }
    let database = Database::open_sqlite(&path, SqliteOptions::default()).unwrap();
    assert_eq!(count(&database).await, 20);
}

#[tokio::test]
async fn a_transaction_that_is_the_last_of_its_database_lets_the_file_go() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    for _ in 0..20 {
        let database = Database::open_sqlite(&path, CREATE).unwrap();
        let tx = database.begin().await.unwrap();
        drop(database);
        drop(tx);
    }
    assert!(Database::open_sqlite(&path, CREATE).is_ok());
}

#[test]
fn the_files_are_the_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open_sqlite(&directory.path().join("store.db"), CREATE).unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert!(names.contains(&"store.db".to_owned()), "{names:?}");
    assert!(names.contains(&"store.db.lock".to_owned()), "{names:?}");
    drop(database);
}

#[test]
fn a_missing_file_is_not_made_unless_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let error = Database::open_sqlite(&path, SqliteOptions::default()).err();
    assert!(matches!(error, Some(Error::Io(_))));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    std::fs::write(
        &path,
        "a letter to somebody, and long enough to be looked at".repeat(100),
    )
    .unwrap();
    assert!(matches!(
        Database::open_sqlite(&path, CREATE).err(),
        Some(Error::Other(_))
    ));
}

#[tokio::test]
async fn beyond_1024_waiting_writers_the_next_is_told_that_the_database_is_busy() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open_sqlite(&directory.path().join("store.db"), CREATE).unwrap();
    run(&database, "CREATE TABLE item (name TEXT, size INTEGER)").await;
    let turn = database.begin().await.unwrap();
    let names: Vec<String> = (0..1_024).map(|number| format!("item {number}")).collect();
    let mut waiting: Vec<_> = names
        .iter()
        .map(|name| Box::pin(put(&database, name)))
        .collect();
    for writer in &mut waiting {
        assert!(poll_once(writer.as_mut()).await.is_none());
    }
    assert_eq!(put(&database, "one too many").await, Err(Error::Busy));
    drop(turn);
    assert!(join_all(waiting).await.iter().all(Result::is_ok));
    assert_eq!(put(&database, "again").await, Ok(()));
    assert_eq!(count(&database).await, 1_025);
}

#[tokio::test]
async fn a_full_disk_fails_honestly_and_writing_goes_on_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open_sqlite(&directory.path().join("store.db"), CREATE).unwrap();
    run(&database, "CREATE TABLE item (name TEXT, size INTEGER)").await;
    let mut tx = database.begin().await.unwrap();
    tx.query("PRAGMA max_page_count = 20", &[]).await.unwrap();
    tx.commit().await.unwrap();

    let big = "x".repeat(200_000);
    let (mut first, mut second) = (
        Box::pin(put(&database, "neighbour")),
        Box::pin(put(&database, &big)),
    );
    let turn = database.begin().await.unwrap();
    assert!(poll_once(first.as_mut()).await.is_none());
    assert!(poll_once(second.as_mut()).await.is_none());
    drop(turn);
    let (neighbour, big) = tokio::join!(first, second);
    assert_eq!(big, Err(Error::Full));
    // What the neighbour was told is what is so.
    let expected = i64::from(neighbour.is_ok());
    assert_eq!(count(&database).await, expected);
    assert_eq!(put(&database, "small").await, Ok(()));
    assert_eq!(count(&database).await, expected + 1);
}
