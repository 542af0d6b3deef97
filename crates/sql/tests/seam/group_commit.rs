//! Many writers at once.

use std::pin::pin;

use futures_util::future::join_all;
use sealyard_sql::{Database, Engine, Error};
use tokio::task::JoinSet;

use crate::store::{count, poll_once, put, with_items};

const WRITERS: u64 = 64;

/// As many writers as there are names, all waiting before the first may begin.
async fn put_all(database: &Database, names: &[String]) -> Vec<Result<(), Error>> {
    let turn = database.begin().await.unwrap();
    let mut writers: Vec<_> = names
        .iter()
        .map(|name| Box::pin(put(database, name)))
        .collect();
    for writer in &mut writers {
        assert!(poll_once(writer.as_mut()).await.is_none());
    }
    drop(turn);
    join_all(writers).await
}

#[tokio::test]
async fn writers_that_wait_together_share_commits() {
    let (_store, database) = with_items().await;
    let before = database.stats();
    let names: Vec<_> = (0..WRITERS)
        .map(|number| format!("item {number}"))
        .collect();
    for outcome in put_all(&database, &names).await {
        assert_eq!(outcome, Ok(()));
    }
    assert_eq!(count(&database).await, 64);
    let stats = database.stats();
    assert_eq!(stats.transactions - before.transactions, WRITERS);
    let commits = stats.commits - before.commits;
    match database.engine() {
        Engine::Sqlite => assert!((1..=4).contains(&commits), "{commits} commits"),
        Engine::Postgres => assert_eq!(commits, WRITERS),
    }
}

#[tokio::test]
async fn one_bad_write_fails_alone() {
    let (_store, database) = with_items().await;
    put(&database, "taken").await.unwrap();
    let mut names: Vec<String> = (0..WRITERS)
        .map(|number| format!("item {number}"))
        .collect();
    names[20] = "taken".to_owned();
    for (name, outcome) in names.iter().zip(put_all(&database, &names).await) {
        if name == "taken" {
            assert!(matches!(outcome, Err(Error::Unique { .. })));
        } else {
            assert_eq!(outcome, Ok(()), "{name}");
        }
    }
    assert_eq!(count(&database).await, 64);
}

#[tokio::test]
async fn a_writer_that_stops_waiting_blocks_nobody() {
    let (_store, database) = with_items().await;
    let turn = database.begin().await.unwrap();
    {
        let mut cancelled = pin!(put(&database, "cancelled"));
        assert!(poll_once(cancelled.as_mut()).await.is_none());
    }
    drop(turn);
    assert_eq!(put(&database, "next").await, Ok(()));
    assert_eq!(count(&database).await, 1);
}

#[tokio::test]
async fn a_cancelled_commit_loses_neither_its_group_nor_the_next() {
    let (_store, database) = with_items().await;
    let mut tx = database.begin().await.unwrap();
    tx.execute("INSERT INTO item (name, size) VALUES ('a', 1)", &[])
        .await
        .unwrap();
    {
        let mut commit = pin!(tx.commit());
        // Its commit is now on its way, or, on SQLite, in the group; nobody is there to hear.
        assert!(poll_once(commit.as_mut()).await.is_none());
    }
    assert_eq!(put(&database, "b").await, Ok(()));
    assert_eq!(put(&database, "c").await, Ok(()));
    assert_eq!(count(&database).await, 3);
}

#[tokio::test]
async fn a_commit_that_was_never_polled_rolls_back() {
    let (_store, database) = with_items().await;
    let mut tx = database.begin().await.unwrap();
    tx.execute("INSERT INTO item (name, size) VALUES ('a', 1)", &[])
        .await
        .unwrap();
    drop(tx.commit());
    assert_eq!(put(&database, "b").await, Ok(()));
    assert_eq!(count(&database).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_and_readers_on_many_threads_end_with_every_write() {
    let (_store, database) = with_items().await;
    let mut work = JoinSet::new();
    for writer in 0..8_i64 {
        let database = database.clone();
        work.spawn(async move {
            for number in 0..25_i64 {
                let mut tx = database.begin().await.unwrap();
                let name = format!("{writer} {number}");
                let sql = "INSERT INTO item (name, size) VALUES ($1, $2)";
                tx.execute(sql, &[(&name).into(), number.into()])
                    .await
                    .unwrap();
                if number % 5 == 0 {
                    drop(tx);
                } else {
                    tx.commit().await.unwrap();
                    let mut read = database.read().await.unwrap();
                    let sql = "SELECT size FROM item WHERE name = $1";
                    let row = read.query_one(sql, &[(&name).into()]).await.unwrap();
                    assert_eq!(row.get::<i64>(0), Ok(number));
                }
            }
        });
    }
    work.join_all().await;
    assert_eq!(count(&database).await, 8 * 20);
}

#[tokio::test]
async fn a_write_taken_back_waits_for_what_it_saw() {
    let (_store, database) = with_items().await;
    if database.engine() == Engine::Postgres {
        // Nobody there sees what is not committed.
        return;
    }
    let turn = database.begin().await.unwrap();
    let mut writer = pin!(put(&database, "seen"));
    let mut looker = pin!(async {
        let mut tx = database.begin().await?;
        let row = tx.query_one("SELECT COUNT(*) FROM item", &[]).await?;
        let seen: i64 = row.get(0)?;
        tx.rollback().await.map(|()| seen)
    });
    let mut last = pin!(database.begin());
    assert!(poll_once(writer.as_mut()).await.is_none());
    assert!(poll_once(looker.as_mut()).await.is_none());
    assert!(poll_once(last.as_mut()).await.is_none());
    drop(turn);
    // The last one keeps the committer from its turn.
    assert!(poll_once(writer.as_mut()).await.is_none());
    assert!(poll_once(looker.as_mut()).await.is_none());
    let last = last.await.unwrap();
    assert!(poll_once(looker.as_mut()).await.is_none());
    drop(last);
    assert_eq!(looker.await, Ok(1));
    assert_eq!(writer.await, Ok(()));
}

#[tokio::test]
async fn a_write_taken_back_alone_waits_for_nobody() {
    let (_store, database) = with_items().await;
    let before = database.stats();
    let mut tx = database.begin().await.unwrap();
    tx.execute(
        "INSERT INTO item (name, size) VALUES ($1, 1)",
        &["gone".into()],
    )
    .await
    .unwrap();
    assert_eq!(tx.rollback().await, Ok(()));
    assert_eq!(count(&database).await, 0);
    assert_eq!(database.stats(), before);
}
