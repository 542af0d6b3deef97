//! Chains and their entries.

use sealyard_sql::{Error, Tx, Value};

use crate::identity::AccountId;

/// Where a chain ends.
pub(super) struct Head {
    /// Number of its last entry; 0 before the first.
    pub sequence: i64,
    /// SHA-256 of the last entry and its MAC; zeros before the first.
    pub hash: [u8; 32],
}

/// One entry as stored.
pub(super) struct Entry<'a> {
    /// Its number in the chain, from 1.
    pub sequence: i64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Which audit key.
    pub epoch: u32,
    /// The JSON text that the MAC covers, byte for byte.
    pub json: &'a str,
    /// HMAC-SHA-256.
    pub mac: &'a [u8; 32],
}

/// Locks a chain and reads where it ends.
pub(super) async fn take_head(tx: &mut Tx, chain: AccountId) -> Result<Head, Error> {
    // An update that changes nothing is the row lock that both engines have.
    const SQL: &str = "
        INSERT INTO audit_chain (chain, seq, head) VALUES ($1, 0, $2)
        ON CONFLICT (chain) DO UPDATE SET seq = audit_chain.seq
        RETURNING seq, head";
    let row = tx
        .query_one(SQL, &[chain.0.into(), (&[0; 32]).into()])
        .await?;
    Ok(Head {
        sequence: row.get(0)?,
        hash: row.get(1)?,
    })
}

/// Adds an entry. The head follows with [`move_head`], once for all entries of a write: the versions
/// of one row that a transaction leaves behind make PostgreSQL slow.
pub(super) async fn append(tx: &mut Tx, chain: AccountId, entry: &Entry<'_>) -> Result<(), Error> {
    const INSERT: &str = "
        INSERT INTO audit_entry (chain, seq, at_ms, epoch, entry, mac)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let values: [Value<'_>; 6] = [
        chain.0.into(),
        entry.sequence.into(),
        entry.at_ms.into(),
        i64::from(entry.epoch).into(),
        entry.json.into(),
        entry.mac.into(),
    ];
    tx.execute(INSERT, &values).await?;
    Ok(())
}

/// Moves the head to the last entry.
pub(super) async fn move_head(tx: &mut Tx, chain: AccountId, head: &Head) -> Result<(), Error> {
    const MOVE: &str = "UPDATE audit_chain SET seq = $2, head = $3 WHERE chain = $1";
    let values = [chain.0.into(), head.sequence.into(), (&head.hash).into()];
    tx.execute(MOVE, &values).await?;
    Ok(())
}
