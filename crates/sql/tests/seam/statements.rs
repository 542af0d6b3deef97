//! Parameters, columns and the errors of statements.

use sealyard_sql::{Error, Value};

use crate::store::{Store, put, run, select, with_items};

#[tokio::test]
async fn parameters_are_numbered_wherever_they_stand() {
    let store = Store::new();
    let database = store.open().await;
    run(
        &database,
        "CREATE TABLE pair (a BIGINT NOT NULL, b TEXT NOT NULL)",
    )
    .await;
    let mut tx = database.begin().await.unwrap();
    tx.execute(
        "INSERT INTO pair (b, a) VALUES ($2, $1)",
        &[7.into(), "b".into()],
    )
    .await
    .unwrap();
    let sql = "SELECT a, b, '$1' FROM pair WHERE b = $3 AND a = $2 AND $2 > $1";
    let row = tx
        .query_one(sql, &[6.into(), 7.into(), "b".into()])
        .await
        .unwrap();
    assert_eq!(row.get::<i64>(0), Ok(7));
    assert_eq!(row.get::<&str>(1), Ok("b"));
    assert_eq!(row.get::<&str>(2), Ok("$1"));
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_went_in() {
    let store = Store::new();
    let database = store.open().await;
    let blob = match database.engine() {
        sealyard_sql::Engine::Sqlite => "CREATE TABLE v (n BIGINT, t TEXT, b BLOB)",
        sealyard_sql::Engine::Postgres => "CREATE TABLE v (n BIGINT, t TEXT, b BYTEA)",
    };
    run(&database, blob).await;
    let long = "ä€😀'\"$1 ?1 --\n".repeat(1_000);
    let bytes: Vec<u8> = (0..=255).collect();
    let cases: [(Value<'_>, Value<'_>, Value<'_>); 6] = [
        (i64::MIN.into(), "".into(), [].as_slice().into()),
        (i64::MAX.into(), (&long).into(), (&bytes).into()),
        (true.into(), "a\u{1}b".into(), (&[0_u8; 3]).into()),
        (false.into(), Some("some").into(), Some(&[1_u8]).into()),
        (Some(-1).into(), Value::Null, Value::Null),
        (
            None::<i64>.into(),
            None::<&str>.into(),
            None::<&[u8]>.into(),
        ),
    ];
    for (number, text, blob) in cases {
        let mut tx = database.begin().await.unwrap();
        let params = [number, text, blob];
        tx.execute("INSERT INTO v (n, t, b) VALUES ($1, $2, $3)", &params)
            .await
            .unwrap();
        let row = tx.query_one("SELECT n, t, b FROM v", &[]).await.unwrap();
        assert_eq!(Value::from(row.get::<Option<i64>>(0).unwrap()), number);
        assert_eq!(Value::from(row.get::<Option<&str>>(1).unwrap()), text);
        assert_eq!(Value::from(row.get::<Option<&[u8]>>(2).unwrap()), blob);
        assert_eq!(
            row.get::<Option<String>>(1).unwrap().as_deref(),
            row.get(1).unwrap()
        );
        assert_eq!(
            row.get::<Option<Vec<u8>>>(2).unwrap().as_deref(),
            row.get(2).unwrap()
        );
    }
}

#[tokio::test]
async fn a_truth_is_zero_or_one_and_nothing_else() {
    let store = Store::new();
    let database = store.open().await;
    let row = select(
        &database,
        "SELECT 1, 0, 2, 1 = 1, EXISTS (SELECT 1 WHERE 1 = 0)",
        &[],
    )
    .await;
    assert_eq!(row.get::<bool>(0), Ok(true));
    assert_eq!(row.get::<bool>(1), Ok(false));
    assert_eq!(
        row.get::<bool>(2),
        Err(Error::Column {
            index: 2,
            expected: "0 or 1"
        })
    );
    assert_eq!(row.get::<bool>(3), Ok(true));
    assert_eq!(row.get::<bool>(4), Ok(false));
}

#[tokio::test]
async fn a_column_of_another_kind_is_an_error_that_shows_no_value() {
    let (_store, database) = with_items().await;
    put(&database, "hunter2").await.unwrap();
    let row = select(&database, "SELECT name, size, NULL FROM item", &[]).await;
    assert_eq!(
        row.get::<i64>(0),
        Err(Error::Column {
            index: 0,
            expected: "an integer"
        })
    );
    assert_eq!(
        row.get::<Vec<u8>>(0),
        Err(Error::Column {
            index: 0,
            expected: "a blob"
        })
    );
    assert_eq!(
        row.get::<String>(1),
        Err(Error::Column {
            index: 1,
            expected: "a text"
        })
    );
    assert_eq!(
        row.get::<i64>(2),
        Err(Error::Column {
            index: 2,
            expected: "an integer"
        })
    );
    assert_eq!(
        row.get::<i64>(3),
        Err(Error::Column {
            index: 3,
            expected: "an integer"
        })
    );
    let fixed = row.get::<[u8; 4]>(0);
    assert_eq!(
        fixed,
        Err(Error::Column {
            index: 0,
            expected: "a blob of the fixed length"
        })
    );
}

#[tokio::test]
async fn a_key_that_is_taken_is_not_unique_and_its_value_is_not_shown() {
    let (_store, database) = with_items().await;
    put(&database, "hunter2").await.unwrap();
    let error = put(&database, "hunter2").await.unwrap_err();
    assert!(matches!(&error, Error::Unique { constraint } if constraint.contains("item")));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn no_error_shows_a_parameter() {
    let (_store, database) = with_items().await;
    run(
        &database,
        "CREATE TABLE rule (word TEXT CHECK (length(word) < 3))",
    )
    .await;
    let attempts: [(&'static str, &[Value<'_>]); 5] = [
        ("INSERT INTO rule (word) VALUES ($1)", &["hunter2".into()]),
        ("INSERT INTO rule (word) VALUES ($1)", &["hunter2\0".into()]),
        (
            "INSERT INTO rule (word) VALUES ($1)",
            &["hunter2".into(), "hunter2".into()],
        ),
        (
            "INSERT INTO item (name, size) VALUES ($1, NULL)",
            &["hunter2".into()],
        ),
        (
            "INSERT INTO missing (name) VALUES ($1)",
            &["hunter2".into()],
        ),
    ];
    for (sql, params) in attempts {
        let mut tx = database.begin().await.unwrap();
        let error = tx.execute(sql, params).await.unwrap_err();
        assert!(
            matches!(error, Error::Other(_) | Error::NoSuchTable(_)),
            "{error}"
        );
        assert!(
            !format!("{error} {error:?} {params:?}").contains("hunter2"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_told_from_every_other_mistake() {
    let (_store, database) = with_items().await;
    for (sql, is_missing) in [
        ("SELECT name FROM absent", true),
        ("DELETE FROM absent", true),
        ("SELECT absent FROM item", false),
        ("SELECT name FROM item ORDER BY", false),
        ("SELECT absent(name) FROM item", false),
    ] {
        let mut tx = database.begin().await.unwrap();
        let error = tx.query(sql, &[]).await.err().unwrap();
        assert_eq!(
            matches!(error, Error::NoSuchTable(_)),
            is_missing,
            "{sql}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_query_for_one_row_takes_no_other_number() {
    let (_store, database) = with_items().await;
    let all = "SELECT name FROM item";
    let mut read = database.read().await.unwrap();
    assert!(read.query_opt(all, &[]).await.unwrap().is_none());
    let none = read.query_one(all, &[]).await.err();
    assert_eq!(
        none,
        Some(Error::Rows {
            expected: "one row",
            found: 0
        })
    );
    drop(read);

    put(&database, "a").await.unwrap();
    let mut read = database.read().await.unwrap();
    assert_eq!(
        read.query_opt(all, &[])
            .await
            .unwrap()
            .unwrap()
            .get::<&str>(0),
        Ok("a")
    );
    drop(read);

    put(&database, "b").await.unwrap();
    let mut read = database.read().await.unwrap();
    let two = Some(Error::Rows {
        expected: "at most one row",
        found: 2,
    });
    assert_eq!(read.query_opt(all, &[]).await.err(), two);
    let two = Some(Error::Rows {
        expected: "one row",
        found: 2,
    });
    assert_eq!(read.query_one(all, &[]).await.err(), two);
    // A count that does not suit is the caller's business: the session goes on.
    assert_eq!(read.query(all, &[]).await.unwrap().len(), 2);
}

#[tokio::test]
async fn execute_tells_how_many_rows_it_changed() {
    let (_store, database) = with_items().await;
    put(&database, "a").await.unwrap();
    put(&database, "b").await.unwrap();
    let mut tx = database.begin().await.unwrap();
    assert_eq!(
        tx.execute("UPDATE item SET size = $1", &[5.into()]).await,
        Ok(2)
    );
    assert_eq!(
        tx.execute("DELETE FROM item WHERE name = $1", &["a".into()])
            .await,
        Ok(1)
    );
    assert_eq!(
        tx.execute("DELETE FROM item WHERE name = $1", &["a".into()])
            .await,
        Ok(0)
    );
    let sql = "INSERT INTO item (name, size) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET size = excluded.size RETURNING size";
    let row = tx.query_one(sql, &["b".into(), 9.into()]).await.unwrap();
    assert_eq!(row.get::<i64>(0), Ok(9));
}
