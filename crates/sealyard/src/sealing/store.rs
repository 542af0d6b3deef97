//! Generations and key pairs.

use sealyard_sql::{Error, Session, Tx, Value};
use sealyard_vault::OwnerKind;

use crate::secrets::scope::ScopeKey;
use crate::secrets::store::code;

/// The current generation's `key_id`, and the scope's public key in it if there is one yet.
pub async fn current(
    session: &mut Session,
    scope: ScopeKey,
) -> Result<Option<(String, Option<[u8; 32]>)>, Error> {
    const SQL: &str = "
        SELECT sealing_generation.key_id, sealing_key.public
        FROM sealing_generation
        LEFT JOIN sealing_key
            ON sealing_key.family = sealing_generation.family
           AND sealing_key.scope_kind = $1 AND sealing_key.scope_id = $2
           AND sealing_key.key_id = sealing_generation.key_id
        WHERE sealing_generation.family = 1 AND sealing_generation.retired_at IS NULL";
    let values = [code(scope.kind).into(), scope.id.into()];
    let row = session.query_opt(SQL, &values).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// The wrapped private key of a scope in a generation.
pub async fn record(
    session: &mut Session,
    scope: ScopeKey,
    key_id: &str,
) -> Result<Option<Vec<u8>>, Error> {
    const SQL: &str = "
        SELECT record FROM sealing_key
        WHERE family = 1 AND scope_kind = $1 AND scope_id = $2 AND key_id = $3";
    // PostgreSQL has no NUL in texts, and no key_id has one.
    if key_id.contains('\0') {
        return Ok(None);
    }
    let values = [code(scope.kind).into(), scope.id.into(), key_id.into()];
    session
        .query_opt(SQL, &values)
        .await?
        .map(|row| row.get(0))
        .transpose()
}

/// A key pair to be kept.
pub struct NewKey<'a> {
    /// Its generation.
    pub key_id: &'a str,
    /// Its public half.
    pub public: &'a [u8; 32],
    /// Its private half, wrapped.
    pub record: &'a [u8],
    /// Seconds since 1970.
    pub now: i64,
}

/// Keeps a key pair, only while the scope exists; whether it did.
pub async fn insert(tx: &mut Tx, scope: ScopeKey, key: &NewKey<'_>) -> Result<bool, Error> {
    macro_rules! insert {
        ($table:literal) => {
            concat!(
                "
        INSERT INTO sealing_key
            (family, scope_kind, scope_id, key_id, public, record, created_at)
        SELECT 1, $2, id, $3, $4, $5, $6 FROM ",
                $table,
                " WHERE id = $1"
            )
        };
    }
    let sql = match scope.kind {
        OwnerKind::Organization => insert!("account"),
        OwnerKind::Repository => insert!("repository"),
        OwnerKind::Environment => insert!("environment"),
    };
    let values: [Value<'_>; 6] = [
        scope.id.into(),
        code(scope.kind).into(),
        key.key_id.into(),
        key.public.into(),
        key.record.into(),
        key.now.into(),
    ];
    Ok(tx.execute(sql, &values).await? > 0)
}

/// Begins a generation of keys.
pub async fn insert_generation(tx: &mut Tx, key_id: &str, now: i64) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO sealing_generation (family, key_id, created_at) VALUES (1, $1, $2)";
    tx.execute(SQL, &[key_id.into(), now.into()]).await?;
    Ok(())
}
