//! Ids on the wire: sequential per kind, never reused, the same on both engines.
//!
//! An engine's own sequence would leave gaps on PostgreSQL where SQLite leaves none
//! (docs/decisions/0002-ids-from-a-counter.md).

use sealyard_sql::{Error, Tx};

/// The next id of a kind, taken by the transaction that uses it.
pub async fn next(tx: &mut Tx, kind: &'static str) -> Result<i64, Error> {
    const SQL: &str = "
        INSERT INTO counter (kind, value) VALUES ($1, 1)
        ON CONFLICT (kind) DO UPDATE SET value = counter.value + 1
        RETURNING value";
    tx.query_one(SQL, &[kind.into()]).await?.get(0)
}
