//! What the answer to a job of 300 secrets is made of: the product's own functions over a small store,
//! without HTTP and without the write that notes the delivery. Each part in one thread.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealyard::delivery::bundle::{self, Origin, Value};
use sealyard::delivery::resolve::{Record, resolve};
use sealyard::directory::{
    AccountKind, EnvironmentId, Owner, Repository, RepositoryId, RepositoryVisibility,
};
use sealyard::identity::AccountId;
use sealyard_sql::{Database, SqliteOptions};
use sealyard_vault::{
    Family, Keyring, OwnerKind, Place, Plaintext, PublicKey, RootKey, SealingKeyPair, random,
};

use crate::jobs::SECRETS;
use crate::roles;
use crate::sample::{Sample, cpu_time};
use crate::world::VALUE_LEN;

/// A part of what a job costs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Three range queries.
    Query,
    /// 300 records opened.
    Unwrap,
    /// The bundle as JSON, one seal, and the box in base64.
    Seal,
    /// The same with the strings to mask.
    Mask,
    /// Query, precedence by name, unwrap and seal.
    All,
}

impl Part {
    const ALL: [(Self, &str); 5] = [
        (Self::Query, "query"),
        (Self::Unwrap, "unwrap"),
        (Self::Seal, "seal"),
        (Self::Mask, "mask"),
        (Self::All, "all"),
    ];
}

/// Does a part over and over in a process of its own.
pub(crate) fn measure(directory: &Path, part: Part, round: Duration) -> Result<Sample> {
    let word = Part::ALL.iter().find(|(other, _)| *other == part);
    let (_, word) = word.context("a part")?;
    let words = [
        directory.display().to_string(),
        (*word).to_owned(),
        round.as_millis().to_string(),
    ];
    Ok(serde_json::from_str(&roles::ask(roles::PART, &words)?)?)
}

/// The process that does it.
pub(crate) async fn repeat(words: &[&str]) -> Result<()> {
    let [directory, word, round] = words else {
        anyhow::bail!("a part needs three words");
    };
    let part = Part::ALL.iter().find(|(_, other)| other == word);
    let (part, _) = part.context("no such part")?;
    let round = Duration::from_millis(round.parse()?);
    let bench = Bench::fill(Path::new(directory)).await?;
    let records = bench.query().await?;
    let values = bench.open(bench.query().await?)?;
    let (began, before) = (Instant::now(), cpu_time("self")?);
    let mut latencies = Vec::new();
    let mut asked = began;
    while asked - began < round {
        match part {
            Part::Query => drop(bench.query().await?),
            Part::Unwrap => bench.unwrap(&records)?,
            Part::Seal => drop(bench.seal(&values, false)?),
            Part::Mask => drop(bench.seal(&values, true)?),
            Part::All => drop(bench.seal(&bench.open(bench.query().await?)?, false)?),
        }
        let done = Instant::now();
        latencies.push(done - asked);
        asked = done;
    }
    let cpu = cpu_time("self")?.saturating_sub(before);
    let sample = Sample::new(latencies, began.elapsed(), cpu)?;
    crate::print(&serde_json::to_string(&sample)?);
    Ok(())
}

const SCHEMA: &str = "
    CREATE TABLE secret (
        scope_kind INTEGER NOT NULL, scope_id INTEGER NOT NULL, name TEXT NOT NULL,
        write_id BLOB NOT NULL, record BLOB NOT NULL,
        PRIMARY KEY (scope_kind, scope_id, name)) STRICT";
const INSERT: &str = "
    INSERT INTO secret (scope_kind, scope_id, name, write_id, record) VALUES ($1, $2, $3, $4, $5)";
const OF_SCOPE: &str = "
    SELECT name, write_id, record FROM secret
    WHERE scope_kind = $1 AND scope_id = $2 ORDER BY name";

/// All scopes have the same id here; their kinds tell them apart.
const ID: i64 = 1;
const SCOPES: [OwnerKind; 3] = [
    OwnerKind::Organization,
    OwnerKind::Repository,
    OwnerKind::Environment,
];

/// A small store, and the keys of the server and of a runner.
struct Bench {
    database: Database,
    keyring: Keyring,
    origin: Origin,
    recipient: PublicKey,
    _directory: tempfile::TempDir,
}

impl Bench {
    async fn fill(directory: &Path) -> Result<Self> {
        let directory = tempfile::tempdir_in(directory)?;
        let options = SqliteOptions { create: true };
        let database = Database::open_sqlite(&directory.path().join("parts.db"), options)?;
        let (keyring, _) = Keyring::create(RootKey::generate(), random::bytes());
        let mut tx = database.begin().await?;
        tx.execute(SCHEMA, &[]).await?;
        for kind in SCOPES {
            for number in 0..SECRETS {
                let name = format!("{kind:?}_{number:02}").to_ascii_uppercase();
                let write_id = random::bytes();
                let value = Plaintext::from(alphanumeric());
                let record = keyring.wrap(&place(kind, &name, write_id), &value);
                let values = [
                    i64::from(kind.code()).into(),
                    ID.into(),
                    (&name).into(),
                    (&write_id).into(),
                    record.as_bytes().into(),
                ];
                tx.execute(INSERT, &values).await?;
            }
        }
        tx.commit().await?;
        Ok(Self {
            database,
            keyring,
            origin: origin(),
            recipient: *SealingKeyPair::generate().public(),
            _directory: directory,
        })
    }

    /// One range query for each scope.
    async fn query(&self) -> Result<Vec<Record>> {
        let mut read = self.database.read().await?;
        let mut records = Vec::new();
        for scope in SCOPES {
            let values = [i64::from(scope.code()).into(), ID.into()];
            for row in read.query(OF_SCOPE, &values).await? {
                records.push(Record {
                    scope,
                    name: row.get(0)?,
                    write_id: row.get(1)?,
                    unopened: false,
                    record: row.get(2)?,
                });
            }
        }
        Ok(records)
    }

    fn unwrap(&self, records: &[Record]) -> Result<()> {
        for record in records {
            let place = place(record.scope, &record.name, record.write_id);
            let value = self.keyring.unwrap(&place, &record.record)?;
            ensure!(value.len() == VALUE_LEN, "a value came out shorter");
        }
        Ok(())
    }

    fn open(&self, records: Vec<Record>) -> Result<Vec<Value>> {
        let chosen = resolve(records, None)?;
        let values = bundle::open(&self.keyring, &self.origin, chosen)?;
        ensure!(values.len() == SCOPES.len() * SECRETS, "a value is missing");
        Ok(values)
    }

    fn seal(&self, values: &[Value], masked: bool) -> Result<String> {
        let sealed = bundle::seal(&self.origin, values, masked, &self.recipient)?;
        Ok(STANDARD.encode(sealed))
    }
}

fn place(kind: OwnerKind, name: &str, write_id: [u8; 16]) -> Place<'_> {
    let environment = if kind == OwnerKind::Environment {
        ID
    } else {
        0
    };
    Place::secret_value(Family::Actions, kind, ID, environment, write_id, name)
}

fn origin() -> Origin {
    Origin {
        repository: Repository {
            id: RepositoryId(ID),
            owner: Owner {
                id: AccountId(ID),
                kind: AccountKind::Organization,
                login: "jobs".to_owned(),
                site_admin: false,
            },
            name: "r".to_owned(),
            visibility: RepositoryVisibility::Private,
            archived: false,
        },
        environment: Some((EnvironmentId(ID), "production".to_owned())),
    }
}

/// A value as passwords and keys are: letters and digits, no two alike.
pub(crate) fn alphanumeric() -> Vec<u8> {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let bytes: [u8; VALUE_LEN] = random::bytes();
    let at = |byte: u8| ALPHABET.get(usize::from(byte) % ALPHABET.len());
    bytes.into_iter().filter_map(at).copied().collect()
}
