//! `sealyard-reveal`: a test program, and no part of the product.
//!
//! It opens a store that no server has open, with the store's root key, and prints one JSON line
//! for each Actions secret: what it belongs to, its name, and the SHA-256 of its value. So a test
//! can say that a kept value is the one that a client sealed, without a route that gives values.
//! The value itself is never printed.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use aws_lc_rs::digest::{SHA256, digest};
use clap::Parser;
use sealyard::setup;
use sealyard_sql::{Database, PostgresOptions, Row, SqliteOptions};
use sealyard_vault::{Family, Keyring, OwnerKind, Place, RootKey};
use serde::Serialize;

/// Prints a hash of every value in a store. For tests: the server must not be running.
#[derive(Parser)]
struct Arguments {
    /// The server's data directory
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,

    /// A PostgreSQL store, instead of the file in the data directory
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,

    /// The root key [default: root.key in the data directory]
    #[arg(long, value_name = "FILE")]
    root_key_file: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (db, keyring) = open(&arguments).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for kept in all(&db).await? {
        serde_json::to_writer(&mut out, &kept.line(&keyring)?)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

async fn open(arguments: &Arguments) -> Result<(Database, Keyring)> {
    let key_file = arguments.root_key_file.clone();
    let key_file = key_file.unwrap_or_else(|| arguments.data_dir.join("root.key"));
    let text = std::fs::read_to_string(&key_file)
        .with_context(|| format!("{} cannot be read", key_file.display()))?;
    let root = RootKey::parse(&text).context("this is no root key")?;
    let db = if let Some(url) = &arguments.database_url {
        Database::open_postgres(url, PostgresOptions::default()).await?
    } else {
        let file = arguments.data_dir.join("sealyard.db");
        Database::open_sqlite(&file, SqliteOptions { create: false })?
    };
    let keyring = setup::open(&db, root).await?;
    Ok((db, keyring))
}

/// A secret's row, and the names of what it belongs to.
struct Kept {
    kind: OwnerKind,
    /// Organisation, or `owner/repository`.
    owner: String,
    environment: Option<String>,
    name: String,
    /// What the record is bound to: organisation or repository, and environment or 0.
    ids: (i64, i64),
    write_id: [u8; 16],
    record: Vec<u8>,
}

/// What is printed of it.
#[derive(Serialize)]
struct Line<'a> {
    scope: &'static str,
    owner: &'a str,
    environment: Option<&'a str>,
    name: &'a str,
    sha256: String,
}

async fn all(db: &Database) -> Result<Vec<Kept>> {
    const SQL: &str = "
        SELECT secret.scope_kind, organization.login, owner.login, repository.name,
               repository.id, environment.name, secret.scope_id, secret.name, secret.write_id,
               secret.record
        FROM secret
        LEFT JOIN environment
            ON secret.scope_kind = 3 AND environment.id = secret.scope_id
        LEFT JOIN repository
            ON (secret.scope_kind = 2 AND repository.id = secret.scope_id)
            OR (secret.scope_kind = 3 AND repository.id = environment.repository_id)
        LEFT JOIN account AS owner ON owner.id = repository.owner_id
        LEFT JOIN account AS organization
            ON secret.scope_kind = 1 AND organization.id = secret.scope_id
        WHERE secret.family = 1
        ORDER BY secret.scope_kind, secret.scope_id, secret.name";
    let mut read = db.read().await?;
    read.query(SQL, &[]).await?.iter().map(kept).collect()
}

/// A join that found nothing is a secret whose owner is gone: `get` fails on it, as it should.
fn kept(row: &Row) -> Result<Kept> {
    let scope_id: i64 = row.get(6)?;
    let (kind, owner, ids) = match row.get::<i64>(0)? {
        1 => (OwnerKind::Organization, row.get(1)?, (scope_id, 0)),
        2 => (OwnerKind::Repository, full_name(row)?, (scope_id, 0)),
        3 => (
            OwnerKind::Environment,
            full_name(row)?,
            (row.get(4)?, scope_id),
        ),
        other => bail!("a secret of scope kind {other}"),
    };
    let environment = if kind == OwnerKind::Environment {
        Some(row.get(5)?)
    } else {
        None
    };
    let (name, write_id, record) = (row.get(7)?, row.get(8)?, row.get(9)?);
    Ok(Kept {
        kind,
        owner,
        environment,
        name,
        ids,
        write_id,
        record,
    })
}

fn full_name(row: &Row) -> Result<String> {
    Ok(format!("{}/{}", row.get::<&str>(2)?, row.get::<&str>(3)?))
}

impl Kept {
    fn line(&self, keyring: &Keyring) -> Result<Line<'_>> {
        let (owner_id, environment_id) = self.ids;
        let place = Place::secret_value(
            Family::Actions,
            self.kind,
            owner_id,
            environment_id,
            self.write_id,
            &self.name,
        );
        let value = keyring
            .unwrap(&place, &self.record)
            .with_context(|| format!("{} of {} does not open", self.name, self.owner))?;
        let mut sha256 = String::with_capacity(64);
        for byte in digest(&SHA256, value.expose()).as_ref() {
            write!(sha256, "{byte:02x}")?;
        }
        Ok(Line {
            scope: match self.kind {
                OwnerKind::Organization => "org",
                OwnerKind::Repository => "repo",
                OwnerKind::Environment => "env",
            },
            owner: &self.owner,
            environment: self.environment.as_deref(),
            name: &self.name,
            sha256,
        })
    }
}
