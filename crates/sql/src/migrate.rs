//! The schema's history: numbered, forward only, each step in a transaction of its own.

use aws_lc_rs::digest;

use crate::{Database, Engine, Error, Session, Tx, Value};

/// One step of the schema. Once released, it is never edited.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number; a list of migrations is in ascending order.
    pub version: i64,
    /// What it does, in a few words.
    pub name: &'static str,
    /// Its statements for SQLite.
    pub sqlite: &'static str,
    /// Its statements for PostgreSQL.
    pub postgres: &'static str,
}

const SQLITE_PREPARE: &str = "
    CREATE TABLE IF NOT EXISTS schema_migration (
        version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL
    ) STRICT;
";

/// The lock is held until the transaction ends: of several instances that start together, one migrates and the others
/// wait, however long it takes. The number is arbitrary, and the same for all of them.
const POSTGRES_PREPARE: &str = "
    SET LOCAL statement_timeout = 0;
    SET LOCAL client_min_messages = warning;
    SELECT pg_advisory_xact_lock(6002468710135267);
    CREATE TABLE IF NOT EXISTS schema_migration (
        version BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL, sha256 BYTEA NOT NULL
    );
";

/// Brings the store to the last of `known`.
pub(crate) async fn migrate(database: &Database, known: &[Migration]) -> Result<(), Error> {
    if !known.is_sorted_by(|a, b| a.version < b.version) {
        return Err(Error::other("the migrations are not in ascending order"));
    }
    while apply_next(database, known).await? {}
    Ok(())
}

/// Applies the first migration that the store does not have yet; whether there was one.
async fn apply_next(database: &Database, known: &[Migration]) -> Result<bool, Error> {
    let engine = database.engine();
    let mut tx = database.begin().await?;
    tx.batch(match engine {
        Engine::Sqlite => SQLITE_PREPARE,
        Engine::Postgres => POSTGRES_PREPARE,
    })
    .await?;
    let applied = applied(&mut tx).await?;
    let next = next(&applied, known, engine)?;
    if let Some(migration) = next {
        apply(&mut tx, migration, engine).await?;
    }
    tx.commit().await?;
    Ok(next.is_some())
}

async fn applied(session: &mut Session) -> Result<Vec<(i64, [u8; 32])>, Error> {
    session
        .query(
            "SELECT version, sha256 FROM schema_migration ORDER BY version",
            &[],
        )
        .await?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?)))
        .collect()
}

async fn apply(tx: &mut Tx, migration: &Migration, engine: Engine) -> Result<(), Error> {
    tx.batch(text(migration, engine)).await?;
    let sum = checksum(migration, engine);
    tx.execute(
        "INSERT INTO schema_migration (version, name, sha256) VALUES ($1, $2, $3)",
        &[
            migration.version.into(),
            migration.name.into(),
            Value::from(&sum),
        ],
    )
    .await?;
    tracing::info!(
        version = migration.version,
        name = migration.name,
        "migrated"
    );
    Ok(())
}

/// The first of `known` that is not in `applied`, which must be its beginning, word for word.
fn next<'k>(
    applied: &[(i64, [u8; 32])],
    known: &'k [Migration],
    engine: Engine,
) -> Result<Option<&'k Migration>, Error> {
    let last = known.last().map_or(0, |migration| migration.version);
    if let Some(&(found, _)) = applied.last().filter(|(version, _)| *version > last) {
        return Err(Error::NewerSchema { found, known: last });
    }
    let mut known = known.iter();
    for &(version, sum) in applied {
        let same = known
            .next()
            .filter(|migration| migration.version == version);
        if same.is_none_or(|migration| checksum(migration, engine) != sum) {
            return Err(Error::AlteredMigration { version });
        }
    }
    Ok(known.next())
}

fn text(migration: &Migration, engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => migration.sqlite,
        Engine::Postgres => migration.postgres,
    }
}

/// SHA-256 of the engine's own text.
fn checksum(migration: &Migration, engine: Engine) -> [u8; 32] {
    let mut sum = [0; 32];
    let digest = digest::digest(&digest::SHA256, text(migration, engine).as_bytes());
    sum.copy_from_slice(digest.as_ref());
    sum
}
