//! The instance and its keys.

use sealyard_sql::{Error, Session, Tx};
use sealyard_vault::{Purpose, StoredKey};

/// The instance's row.
pub(super) struct Instance {
    /// Random; every record is bound to it.
    pub(super) uuid: [u8; 16],
    /// Which root key opens the ring.
    pub(super) root_id: [u8; 8],
}

/// The instance, if the store has one.
pub(super) async fn instance(session: &mut Session) -> Result<Option<Instance>, Error> {
    const SQL: &str = "SELECT uuid, root_id FROM instance WHERE id = 1";
    let row = session.query_opt(SQL, &[]).await?;
    row.map(|row| {
        Ok(Instance {
            uuid: row.get(0)?,
            root_id: row.get(1)?,
        })
    })
    .transpose()
}

/// Makes the instance.
pub(super) async fn insert_instance(
    tx: &mut Tx,
    uuid: &[u8; 16],
    root_id: &[u8; 8],
    now: i64,
) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO instance (id, uuid, root_id, created_at) VALUES (1, $1, $2, $3)";
    tx.execute(SQL, &[uuid.into(), root_id.into(), now.into()])
        .await?;
    Ok(())
}

/// Keeps one key of the ring.
pub(super) async fn insert_key(tx: &mut Tx, key: &StoredKey, now: i64) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO keyring (purpose, number, record, created_at) VALUES ($1, $2, $3, $4)";
    let values = [
        i64::from(key.purpose.code()).into(),
        i64::from(key.number).into(),
        (&key.record).into(),
        now.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// All keys of the ring.
pub(super) async fn keys(session: &mut Session) -> Result<Vec<StoredKey>, Error> {
    const SQL: &str = "SELECT purpose, number, record FROM keyring ORDER BY purpose, number";
    let rows = session.query(SQL, &[]).await?;
    rows.iter()
        .map(|row| {
            let purpose = u8::try_from(row.get::<i64>(0)?)
                .ok()
                .and_then(Purpose::from_code);
            let number = u32::try_from(row.get::<i64>(1)?).ok();
            let (Some(purpose), Some(number)) = (purpose, number) else {
                return Err(Error::Column {
                    index: 0,
                    expected: "a purpose and its number",
                });
            };
            Ok(StoredKey {
                purpose,
                number,
                record: row.get(2)?,
            })
        })
        .collect()
}

/// Whether there is an account.
pub(super) async fn any_account(session: &mut Session) -> Result<bool, Error> {
    const SQL: &str = "SELECT id FROM account ORDER BY id LIMIT 1";
    Ok(session.query_opt(SQL, &[]).await?.is_some())
}

/// A kept record and what it is bound to.
pub(super) struct Kept {
    /// Where the next batch goes on.
    pub(super) cursor: Cursor,
    /// Organisation, or repository.
    pub(super) owner_id: i64,
    /// Environment, or 0.
    pub(super) environment_id: i64,
    /// Part of the binding.
    pub(super) write_id: [u8; 16],
    /// The wrapped value.
    pub(super) record: Vec<u8>,
}

/// A secret's key, in the order of the table.
#[derive(Default)]
pub(super) struct Cursor {
    /// 1 organisation, 2 repository, 3 environment.
    pub(super) scope_kind: i64,
    /// Which.
    pub(super) scope_id: i64,
    /// The secret.
    pub(super) name: String,
}

/// The records after a cursor, a batch at a time.
pub(super) async fn records(session: &mut Session, after: &Cursor) -> Result<Vec<Kept>, Error> {
    const SQL: &str = "
        SELECT secret.scope_kind, secret.scope_id, secret.name, environment.repository_id,
               secret.write_id, secret.record
        FROM secret
        LEFT JOIN environment
            ON secret.scope_kind = 3 AND environment.id = secret.scope_id
        WHERE secret.family = 1
          AND (secret.scope_kind, secret.scope_id, secret.name) > ($1, $2, $3)
        ORDER BY secret.scope_kind, secret.scope_id, secret.name LIMIT 500";
    let values = [
        after.scope_kind.into(),
        after.scope_id.into(),
        (&after.name).into(),
    ];
    let rows = session.query(SQL, &values).await?;
    rows.iter()
        .map(|row| {
            let (scope_id, repository) = (row.get(1)?, row.get::<Option<i64>>(3)?);
            Ok(Kept {
                cursor: Cursor {
                    scope_kind: row.get(0)?,
                    scope_id,
                    name: row.get(2)?,
                },
                owner_id: repository.unwrap_or(scope_id),
                environment_id: repository.map_or(0, |_| scope_id),
                write_id: row.get(4)?,
                record: row.get(5)?,
            })
        })
        .collect()
}
