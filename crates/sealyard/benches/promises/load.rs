//! The load: a closed loop over keep-alive connections, in a process of its own.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::roles;
use crate::sample::{Sample, cpu_time};
use crate::world::{Server, World};

/// Latencies before this much of a round has passed are not counted.
const WARM_UP: Duration = Duration::from_millis(50);

/// Requests of one kind: `{method} {path}{name}` for every target and every name.
#[derive(Serialize, Deserialize)]
pub(crate) struct Requests {
    pub(crate) method: String,
    pub(crate) token: String,
    pub(crate) targets: Vec<Target>,
    /// How many names each target has, `N00000` upwards; 0 if the path is whole.
    pub(crate) names: usize,
    /// Whether each can be sent only once: a round is over when there are no more.
    pub(crate) once: bool,
}

/// Where requests go, and what they carry.
#[derive(Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) path: String,
    pub(crate) body: String,
}

impl Requests {
    /// How many there are, each different.
    pub(crate) fn len(&self) -> usize {
        self.targets.len() * self.names.max(1)
    }

    /// The request of a number; beyond [`len`](Self::len) they begin anew.
    pub(crate) fn write(&self, number: usize, out: &mut String) {
        use std::fmt::Write as _;
        let count = self.targets.len().max(1);
        let Some(Target { path, body }) = self.targets.get(number % count) else {
            return;
        };
        let name = match self.names {
            0 => String::new(),
            names => format!("N{:05}", number / count % names),
        };
        out.clear();
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{} {path}{name} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {}\r\nuser-agent: bench\r\naccept: application/vnd.github+json\r\n",
            self.method, self.token
        );
        let _ = match body.len() {
            0 => write!(out, "\r\n"),
            length => write!(
                out,
                "content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            ),
        };
    }

    /// Keeps them in a file, for the process that sends them.
    pub(crate) fn keep(&self, path: &Path) -> Result<Kept> {
        fs::write(path, serde_json::to_vec(self)?)?;
        Ok(Kept {
            file: path.to_owned(),
            len: self.len(),
        })
    }
}

/// Requests in a file.
pub(crate) struct Kept {
    file: PathBuf,
    len: usize,
}

/// What a client tells the process that started it.
#[derive(Serialize, Deserialize)]
struct Report {
    sample: Sample,
    statuses: BTreeMap<u16, usize>,
}

/// Loads a server with reads; every one must be answered 200.
pub(crate) fn read(
    server: &Server,
    requests: &Kept,
    connections: u32,
    round: Duration,
) -> Result<Sample> {
    ask(server, requests, connections, round, 200)
}

/// Loads a server with requests that must all be answered so.
pub(crate) fn ask(
    server: &Server,
    requests: &Kept,
    connections: u32,
    round: Duration,
    expected: u16,
) -> Result<Sample> {
    let report = ask_client(server, &requests.file, connections, round, 0)?;
    let right = report.statuses.keys().all(|status| *status == expected);
    ensure!(
        right,
        "everything is answered {expected}, but: {:?}",
        report.statuses
    );
    Ok(report.sample)
}

/// Loads a server with writes to names that were not there; every one must be answered 201, or 204
/// once there are no new names.
pub(crate) fn write(
    server: &Server,
    world: &mut World,
    connections: u32,
    round: Duration,
) -> Result<Sample> {
    let first = world.written;
    let report = ask_client(server, &world.puts.file, connections, round, first)?;
    let count = |status| report.statuses.get(&status).copied().unwrap_or_default();
    let sent: usize = report.statuses.values().sum();
    let new = sent.min(world.puts.len.saturating_sub(first));
    let right = count(201) == new && count(204) == sent - new;
    ensure!(
        right,
        "of {sent} PUTs {new} create, but: {:?}",
        report.statuses
    );
    world.written += sent;
    Ok(report.sample)
}

fn ask_client(
    server: &Server,
    requests: &Path,
    connections: u32,
    round: Duration,
    first: usize,
) -> Result<Report> {
    let words = [
        server.address.to_string(),
        server.process(),
        connections.to_string(),
        round.as_millis().to_string(),
        first.to_string(),
        requests.display().to_string(),
    ];
    Ok(serde_json::from_str(&roles::ask(roles::CLIENT, &words)?)?)
}

/// The client's process.
pub(crate) async fn client(words: &[&str]) -> Result<()> {
    let [address, process, connections, round, first, file] = words else {
        anyhow::bail!("a client needs six words");
    };
    let requests: Arc<Requests> = Arc::new(serde_json::from_slice(&fs::read(file)?)?);
    let address: SocketAddr = address.parse()?;
    let connections: u32 = connections.parse()?;
    let next = Arc::new(AtomicUsize::new(first.parse()?));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let counted_from = Instant::now() + WARM_UP;
    let until = counted_from + Duration::from_millis(round.parse()?);
    let mut loops = JoinSet::new();
    for connection in open {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        loops.spawn(closed_loop(connection, requests, next, counted_from, until));
    }
    tokio::time::sleep_until(counted_from.into()).await;
    let (began, before) = (Instant::now(), cpu_time(process)?);
    let (mut latencies, mut statuses) = (Vec::new(), BTreeMap::new());
    let mut collect = async || {
        while let Some(ended) = loops.join_next().await {
            let (more, seen): Seen = ended??;
            latencies.extend(more);
            for (status, count) in seen {
                *statuses.entry(status).or_default() += count;
            }
        }
        anyhow::Ok(())
    };
    // To the end of the round, or of the requests.
    if let Ok(ended) = tokio::time::timeout_at(until.into(), collect()).await {
        ended?;
    }
    let (took, cpu) = (began.elapsed(), cpu_time(process)?.saturating_sub(before));
    collect().await?;
    let sample = Sample::new(latencies, took, cpu)?;
    crate::print(&serde_json::to_string(&Report { sample, statuses })?);
    Ok(())
}

type Seen = (Vec<Duration>, BTreeMap<u16, usize>);

/// Asks, waits, asks again. Latencies are those of answers within the counted time; statuses are
/// those of all.
async fn closed_loop(
    mut connection: Connection,
    requests: Arc<Requests>,
    next: Arc<AtomicUsize>,
    counted_from: Instant,
    until: Instant,
) -> Result<Seen> {
    let (mut latencies, mut statuses) = (Vec::new(), BTreeMap::new());
    let mut request = String::new();
    let mut asked = Instant::now();
    while asked < until {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if requests.once && number >= requests.len() {
            break;
        }
        requests.write(number, &mut request);
        let status = connection.ask(request.as_bytes()).await?;
        let answered = Instant::now();
        if (counted_from..until).contains(&answered) {
            latencies.push(answered - asked);
        }
        *statuses.entry(status).or_default() += 1;
        asked = answered;
    }
    Ok((latencies, statuses))
}
