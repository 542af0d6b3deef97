//! What could be had at best: hyper that knows nothing, SQLite that shares commits, one sync.

use std::convert::Infallible;
use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sealyard_sql::{Database, SqliteOptions, Value};
use sealyard_vault::{
    Family, Keyring, OwnerKind, Place, RootKey, SealedBox, SealingKeyPair, random,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::roles;
use crate::sample::{Sample, cpu_time};
use crate::world::VALUE_LEN;

/// An answer as the server gave it once, to be given for ever.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The bare server's process: hyper on a TCP listener, and for each of a few paths always the same
/// answer, whatever the method. Prints its address, and serves until it is killed.
pub(crate) async fn serve_bare(words: &[&str]) -> Result<()> {
    let [file] = words else {
        anyhow::bail!("the bare server needs a file")
    };
    let pages: Vec<Page> = serde_json::from_slice(&fs::read(file)?)?;
    let answers: Result<Vec<(String, Answer)>> = pages
        .into_iter()
        .map(|page| Ok((page.path.clone(), answer(page)?)))
        .collect();
    let answers = Arc::new(answers?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    crate::print(&listener.local_addr()?.to_string());
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answers = Arc::clone(&answers);
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = answers
                .iter()
                .find(|(path, _)| path == request.uri().path())
                .map_or_else(Answer::default, |(_, answer)| answer.clone());
            std::future::ready(Ok::<_, Infallible>(answer))
        });
        connections.spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
        // A set keeps what ended until somebody asks for it.
        while connections.try_join_next().is_some() {}
    }
}

type Answer = Response<Full<Bytes>>;

fn answer(page: Page) -> Result<Answer> {
    let headers: Result<HeaderMap> = page
        .headers
        .iter()
        .map(|(name, value)| Ok((HeaderName::try_from(name)?, HeaderValue::try_from(value)?)))
        .collect();
    let mut answer = Response::new(Full::new(Bytes::from(page.body)));
    *answer.status_mut() = StatusCode::from_u16(page.status)?;
    *answer.headers_mut() = headers?;
    Ok(answer)
}

/// What is done for each write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// One upsert and one insert.
    Store,
    /// The same after opening a sealed box and wrapping its value.
    OpenAndStore,
}

/// Writes durably with so many tasks, without HTTP, in a process of its own.
pub(crate) fn commit(directory: &Path, tasks: u32, round: Duration, work: Work) -> Result<Sample> {
    let words = [
        directory.display().to_string(),
        tasks.to_string(),
        round.as_millis().to_string(),
        if work == Work::OpenAndStore {
            "open".to_owned()
        } else {
            "store".to_owned()
        },
    ];
    Ok(serde_json::from_str(&roles::ask(roles::COMMIT, &words)?)?)
}

/// The committing process.
pub(crate) async fn commit_groups(words: &[&str]) -> Result<()> {
    let [directory, tasks, round, work] = words else {
        anyhow::bail!("committing needs four words");
    };
    let work = if *work == "open" {
        Work::OpenAndStore
    } else {
        Work::Store
    };
    let store = Arc::new(Store::open(Path::new(directory), work).await?);
    let tasks: u32 = tasks.parse()?;
    let (began, before) = (Instant::now(), cpu_time("self")?);
    let until = began + Duration::from_millis(round.parse()?);
    let mut running = JoinSet::new();
    for _ in 0..tasks {
        running.spawn(Arc::clone(&store).write_until(until));
    }
    let mut latencies = Vec::new();
    while let Some(ended) = running.join_next().await {
        latencies.extend(ended??);
    }
    let sample = Sample::new(
        latencies,
        began.elapsed(),
        cpu_time("self")?.saturating_sub(before),
    )?;
    crate::print(&serde_json::to_string(&sample)?);
    Ok(())
}

/// A database with two tables like those of the server.
struct Store {
    database: Database,
    next: AtomicI64,
    work: Work,
    keyring: Keyring,
    pair: SealingKeyPair,
    sealed: SealedBox,
    record: Vec<u8>,
}

const SECRET: &str = "
    CREATE TABLE IF NOT EXISTS secret (
        scope INTEGER NOT NULL, name TEXT NOT NULL, updated_at INTEGER NOT NULL,
        revision INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (scope, name)) STRICT";
const ENTRY: &str = "
    CREATE TABLE IF NOT EXISTS entry (
        seq INTEGER PRIMARY KEY, entry TEXT NOT NULL, mac BLOB NOT NULL) STRICT";
const UPSERT: &str = "
    INSERT INTO secret (scope, name, updated_at, revision, record) VALUES ($1, $2, $3, 1, $4)
    ON CONFLICT (scope, name) DO UPDATE SET
        updated_at = excluded.updated_at, revision = secret.revision + 1, record = excluded.record
    RETURNING revision";
const INSERT: &str = "INSERT INTO entry (entry, mac) VALUES ($1, $2)";

impl Store {
    async fn open(directory: &Path, work: Work) -> Result<Self> {
        let path = directory.join("ceiling.db");
        let database = Database::open_sqlite(&path, SqliteOptions { create: true })?;
        let mut tx = database.begin().await?;
        tx.execute(SECRET, &[]).await?;
        tx.execute(ENTRY, &[]).await?;
        let last = "SELECT coalesce(max(seq), 0) FROM entry";
        let last: i64 = tx.query_one(last, &[]).await?.get(0)?;
        tx.commit().await?;
        let pair = SealingKeyPair::generate();
        let sealed: SealedBox = pair.public().seal(&[b'v'; VALUE_LEN]).try_into()?;
        let (keyring, _) = Keyring::create(RootKey::generate(), random::bytes());
        let record = keyring
            .wrap(&place("N00000"), &pair.open(&sealed)?)
            .as_bytes()
            .to_vec();
        let next = AtomicI64::new(last);
        Ok(Self {
            database,
            next,
            work,
            keyring,
            pair,
            sealed,
            record,
        })
    }

    async fn write_until(self: Arc<Self>, until: Instant) -> Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        let mut asked = Instant::now();
        while asked < until {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let name = format!("N{:05}", number / 1_000);
            let wrapped = match self.work {
                Work::Store => None,
                Work::OpenAndStore => {
                    let value = self.pair.open(&self.sealed)?;
                    Some(self.keyring.wrap(&place(&name), &value))
                }
            };
            let record = wrapped
                .as_ref()
                .map_or(&self.record[..], |wrapped| wrapped.as_bytes());
            let values: [Value<'_>; 4] = [
                (number % 1_000).into(),
                (&name).into(),
                number.into(),
                record.into(),
            ];
            let mut tx = self.database.begin().await?;
            tx.query_one(UPSERT, &values).await?;
            tx.execute(INSERT, &[ENTRY_TEXT.into(), (&[0; 32]).into()])
                .await?;
            tx.commit().await?;
            let done = Instant::now();
            latencies.push(done - asked);
            asked = done;
        }
        Ok(latencies)
    }
}

/// As long as the server's entries are.
const ENTRY_TEXT: &str = r#"{"action":"repo.create_actions_secret","org":"bench","repo":"bench/r00000","repository_id":10000,"name":"N00000","actor":"admin","actor_id":1,"token_id":1,"actor_ip":"127.0.0.1","request_id":"00000000-0000-4000-8000-000000000000"}"#;

fn place(name: &str) -> Place<'_> {
    Place::secret_value(Family::Actions, OwnerKind::Repository, 1, 0, [7; 16], name)
}

/// Syncs 4 KiB of a file in this directory, over and over: what no durable write can be faster than.
pub(crate) fn sync(directory: &Path, round: Duration) -> Result<Sample> {
    const PAGE: [u8; 4096] = [0x5a; 4096];
    const PAGES: u64 = 256;
    let path = directory.join("sync");
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(path)?;
    for _ in 0..PAGES {
        file.write_all(&PAGE)?;
    }
    file.sync_all()?;
    let (began, before) = (Instant::now(), cpu_time("self")?);
    let mut latencies = Vec::new();
    let mut asked = began;
    for page in (0..PAGES).cycle() {
        file.seek(SeekFrom::Start(page * 4096))?;
        file.write_all(&PAGE)?;
        file.sync_data()?;
        let done = Instant::now();
        latencies.push(done - asked);
        asked = done;
        if began.elapsed() >= round {
            break;
        }
    }
    ensure!(!latencies.is_empty(), "nothing was synced");
    Sample::new(
        latencies,
        began.elapsed(),
        cpu_time("self")?.saturating_sub(before),
    )
    .context("the syncs")
}
