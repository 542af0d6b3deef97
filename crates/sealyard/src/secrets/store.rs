//! Secrets, without their values on the way out: nothing here selects `record`.

use sealyard_sql::{Error, Row, Session, Tx, Value};

use super::Secret;
use super::scope::ScopeKey;
use super::visibility::VisibilityKind;
use crate::directory::Repository;
use crate::http::page::Page;
use crate::row::optional_word;
use sealyard_vault::OwnerKind;

/// A secret to be written.
pub struct Write<'a> {
    /// In upper case.
    pub name: &'a str,
    /// Only for an organisation's.
    pub visibility: Option<VisibilityKind>,
    /// Seconds since 1970.
    pub now: i64,
    /// Random, and part of what the record is bound to.
    pub write_id: &'a [u8; 16],
    /// The key id of a box that was kept as it came.
    pub unopened: Option<&'a str>,
    /// The wrapped value.
    pub record: &'a [u8],
}

/// Inserts or replaces, only while the scope exists. Gives the new revision: 1 means created.
pub async fn upsert(tx: &mut Tx, scope: ScopeKey, write: &Write<'_>) -> Result<Option<i64>, Error> {
    macro_rules! upsert {
        ($table:literal) => {
            concat!(
                "
        INSERT INTO secret (family, scope_kind, scope_id, name, visibility, created_at,
                            updated_at, revision, write_id, unopened, record)
        SELECT 1, $2, id, $3, $4, $5, $5, 1, $6, $7, $8 FROM ",
                $table,
                " WHERE id = $1
        ON CONFLICT (family, scope_kind, scope_id, name) DO UPDATE SET
            visibility = excluded.visibility,
            updated_at = CASE WHEN excluded.updated_at > secret.updated_at
                              THEN excluded.updated_at ELSE secret.updated_at END,
            revision = secret.revision + 1,
            write_id = excluded.write_id,
            unopened = excluded.unopened,
            record = excluded.record
        RETURNING revision"
            )
        };
    }
    let sql = match scope.kind {
        OwnerKind::Organization => upsert!("account"),
        OwnerKind::Repository => upsert!("repository"),
        OwnerKind::Environment => upsert!("environment"),
    };
    let values: [Value<'_>; 8] = [
        scope.id.into(),
        code(scope.kind).into(),
        write.name.into(),
        write.visibility.map(VisibilityKind::as_str).into(),
        write.now.into(),
        write.write_id.into(),
        write.unopened.into(),
        write.record.into(),
    ];
    tx.query_opt(sql, &values)
        .await?
        .map(|row| row.get(0))
        .transpose()
}

/// How many secrets a scope holds.
pub async fn count(session: &mut Session, scope: ScopeKey) -> Result<i64, Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM secret WHERE family = 1 AND scope_kind = $1 AND scope_id = $2";
    session
        .query_one(SQL, &[code(scope.kind).into(), scope.id.into()])
        .await?
        .get(0)
}

/// One page of a scope's secrets, by name.
pub async fn list(
    session: &mut Session,
    scope: ScopeKey,
    page: Page,
) -> Result<Vec<Secret>, Error> {
    const SQL: &str = "
        SELECT name, visibility, created_at, updated_at, write_id FROM secret
        WHERE family = 1 AND scope_kind = $1 AND scope_id = $2
        ORDER BY name LIMIT $3 OFFSET $4";
    let values = [
        code(scope.kind).into(),
        scope.id.into(),
        page.size.into(),
        page.offset().into(),
    ];
    session
        .query(SQL, &values)
        .await?
        .iter()
        .map(secret)
        .collect()
}

/// One secret.
pub async fn get(
    session: &mut Session,
    scope: ScopeKey,
    name: &str,
) -> Result<Option<Secret>, Error> {
    const SQL: &str = "
        SELECT name, visibility, created_at, updated_at, write_id FROM secret
        WHERE family = 1 AND scope_kind = $1 AND scope_id = $2 AND name = $3";
    let values = [code(scope.kind).into(), scope.id.into(), name.into()];
    session
        .query_opt(SQL, &values)
        .await?
        .as_ref()
        .map(secret)
        .transpose()
}

/// Deletes a secret; whether there was one.
pub async fn delete(tx: &mut Tx, scope: ScopeKey, name: &str) -> Result<bool, Error> {
    const SQL: &str = "
        DELETE FROM secret
        WHERE family = 1 AND scope_kind = $1 AND scope_id = $2 AND name = $3";
    let values = [code(scope.kind).into(), scope.id.into(), name.into()];
    Ok(tx.execute(SQL, &values).await? > 0)
}

/// A statement over the organisation secrets ($1) that a repository ($2) gets, which is private
/// or internal if $3 is 1.
macro_rules! shared {
    ($columns:literal, $tail:literal) => {
        concat!(
            "SELECT ",
            $columns,
            "
        FROM secret
        WHERE family = 1 AND scope_kind = 1 AND scope_id = $1
          AND (visibility = 'all' OR (visibility = 'private' AND $3 = 1)
               OR (visibility = 'selected' AND EXISTS (
                   SELECT 1 FROM secret_selection
                   WHERE secret_selection.family = 1 AND secret_selection.org_id = $1
                     AND secret_selection.name = secret.name
                     AND secret_selection.repository_id = $2)))
        ",
            $tail
        )
    };
}
pub(crate) use shared;

/// How many of its organisation's secrets a repository gets.
pub async fn count_shared(session: &mut Session, repository: &Repository) -> Result<i64, Error> {
    const SQL: &str = shared!("COUNT(*)", "");
    session.query_one(SQL, &shared_by(repository)).await?.get(0)
}

/// One page of its organisation's secrets that a repository gets, by name.
pub async fn list_shared(
    session: &mut Session,
    repository: &Repository,
    page: Page,
) -> Result<Vec<Secret>, Error> {
    const SQL: &str = shared!(
        "name, visibility, created_at, updated_at, write_id",
        "ORDER BY name LIMIT $4 OFFSET $5"
    );
    let [organization, id, private] = shared_by(repository);
    let values = [
        organization,
        id,
        private,
        page.size.into(),
        page.offset().into(),
    ];
    session
        .query(SQL, &values)
        .await?
        .iter()
        .map(secret)
        .collect()
}

/// The first three parameters of such a statement.
pub fn shared_by(repository: &Repository) -> [Value<'static>; 3] {
    let private = repository.visibility.is_private();
    [
        repository.owner.id.0.into(),
        repository.id.0.into(),
        private.into(),
    ]
}

/// The store's number of a kind of scope: that of the record format.
pub fn code(kind: OwnerKind) -> i64 {
    i64::from(kind.code())
}

fn secret(row: &Row) -> Result<Secret, Error> {
    let write_id = row.get::<[u8; 16]>(4)?;
    Ok(Secret {
        name: row.get(0)?,
        visibility: optional_word(row, 1, "a visibility", VisibilityKind::parse)?,
        created_at: row.get(2)?,
        updated_at: row.get(3)?,
        version: write_id
            .first_chunk()
            .map_or(0, |half| i64::from_be_bytes(*half)),
    })
}
