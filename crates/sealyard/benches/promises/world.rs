//! The servers, and what the first of them holds before anything is measured.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use base64ct::{Base64, Encoding as _};
use sealyard_vault::PublicKey;
use serde::Deserialize;
use tokio::task::JoinSet;

use crate::ceilings::Page;
use crate::connection::Connection;
use crate::jobs::{self, Jobs};
use crate::load::{Kept, Requests, Target};
use crate::roles;

/// Length of every value, in bytes.
pub(crate) const VALUE_LEN: usize = 1024;
/// Repositories that are read, and the secrets of each: a page of 30 is all of them.
const READ_REPOSITORIES: usize = 50;
const READ_SECRETS: usize = 30;
/// GitHub's limit for a repository.
const NAMES: usize = 100;
/// Connections that fill the store.
const FILLERS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(20);

/// A process of ours; killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has nothing to lose, and may be gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A running server.
pub(crate) struct Server {
    process: Running,
    pub(crate) address: SocketAddr,
    token: String,
}

impl Server {
    /// The real binary over a new store, with its default settings; in this database of PostgreSQL,
    /// if there is one.
    pub(crate) fn sealyard(directory: &Path, database_url: Option<&str>) -> Result<Self> {
        let data = directory.join("data");
        let sealyard = |command: &str| {
            let mut sealyard = Command::new(env!("CARGO_BIN_EXE_sealyard"));
            sealyard
                .env_clear()
                .arg(command)
                .arg("--data-dir")
                .arg(&data);
            if let Some(url) = database_url {
                sealyard.args(["--database-url", url]);
            }
            sealyard.stdout(Stdio::null()).stderr(Stdio::null());
            sealyard
        };
        let init = sealyard("init").stdout(Stdio::piped()).output()?;
        ensure!(init.status.success(), "`sealyard init` failed");
        let token = String::from_utf8(init.stdout)?.trim().to_owned();
        let serve = sealyard("serve")
            .args(["--listen", "127.0.0.1:0"])
            .spawn()?;
        let mut process = Running(serve);
        let address = listens_at(&data.join("serve.url"), &mut process.0)?;
        Ok(Self {
            process,
            address,
            token,
        })
    }

    /// Nothing but hyper, answering with these pages.
    pub(crate) fn bare(pages: &Path) -> Result<Self> {
        let mut command = roles::command(roles::BARE, &[pages.display().to_string()])?;
        let mut process = Running(command.stdout(Stdio::piped()).spawn()?);
        let mut line = String::new();
        let out = process.0.stdout.take().context("a pipe")?;
        BufReader::new(out).read_line(&mut line)?;
        let address = line.trim().parse().context("no address")?;
        Ok(Self {
            process,
            address,
            token: String::new(),
        })
    }

    /// Its process, as `/proc` names it.
    pub(crate) fn process(&self) -> String {
        self.process.0.id().to_string()
    }
}

/// Waits for the file in which a server says where it listens.
fn listens_at(file: &Path, server: &mut Child) -> Result<SocketAddr> {
    let began = Instant::now();
    loop {
        match fs::read_to_string(file) {
            Ok(url) if url.ends_with('\n') => {
                return Ok(url.trim().trim_start_matches("http://").parse()?);
            }
            _ if began.elapsed() > PATIENCE => bail!("no serve.url in time"),
            _ if server.try_wait()?.is_some() => bail!("`sealyard serve` ended"),
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// What is asked of the servers.
pub(crate) struct World {
    pub(crate) directory: PathBuf,
    /// The answers of the bare server.
    pub(crate) pages: PathBuf,
    pub(crate) gets: Kept,
    pub(crate) lists: Kept,
    pub(crate) bare_get: Kept,
    pub(crate) bare_list: Kept,
    pub(crate) puts: Kept,
    /// How many of the PUTs were sent.
    pub(crate) written: usize,
    pub(crate) jobs: Jobs,
}

/// Makes an organisation with repositories, over the API, and fills those that are read; and what
/// jobs get.
pub(crate) async fn fill(directory: &Path, server: &Server, repositories: usize) -> Result<World> {
    let organization = vec![Target {
        path: "/admin/organizations".to_owned(),
        body: r#"{"login":"bench","admin":"admin"}"#.to_owned(),
    }];
    send_all(server, "POST", organization, 201).await?;
    let all = READ_REPOSITORIES + repositories;
    let made = (0..all).map(|number| Target {
        path: "/orgs/bench/repos".to_owned(),
        body: format!(r#"{{"name":"r{number:05}","private":true}}"#),
    });
    send_all(server, "POST", made.collect(), 201).await?;
    let keys = (0..all).map(|number| Target {
        path: format!("{}/public-key", secrets(number)),
        body: String::new(),
    });
    let mut targets = Vec::new();
    for (number, key) in send_all(server, "GET", keys.collect(), 200).await? {
        targets.push(Target {
            path: format!("{}/", secrets(number)),
            body: sealed(&key, &[b'v'; VALUE_LEN], "")?,
        });
    }
    let read: Vec<Target> = targets.drain(..READ_REPOSITORIES).collect();
    let values = (0..READ_SECRETS).flat_map(|name| {
        read.iter().map(move |Target { path, body }| Target {
            path: format!("{path}N{name:05}"),
            body: body.clone(),
        })
    });
    send_all(server, "PUT", values.collect(), 201).await?;
    let jobs = jobs::fill(directory, server).await.context("jobs")?;
    keep(directory, server, targets, jobs).await
}

/// Writes down what will be asked, and one answer of each kind for the bare server.
async fn keep(directory: &Path, server: &Server, puts: Vec<Target>, jobs: Jobs) -> Result<World> {
    let requests = |method: &str, targets, names| Requests {
        names,
        ..one_kind(server, method, targets)
    };
    let target = |path: String| Target {
        path,
        body: String::new(),
    };
    let gets = (0..READ_REPOSITORIES).map(|number| target(format!("{}/", secrets(number))));
    let lists = (0..READ_REPOSITORIES).map(|number| target(secrets(number)));
    let first = |path: String| requests("GET", vec![target(path)], 0);
    let get = page(server, "/get", &first(format!("{}/N00000", secrets(0)))).await?;
    let list = page(server, "/list", &first(secrets(0))).await?;
    let [alone, masked] = &jobs.pages;
    let pages = directory.join("pages.json");
    fs::write(&pages, serde_json::to_vec(&[&get, &list, alone, masked])?)?;
    let file = |name: &str| directory.join(name);
    Ok(World {
        directory: directory.to_owned(),
        pages,
        gets: requests("GET", gets.collect(), READ_SECRETS).keep(&file("gets.json"))?,
        lists: requests("GET", lists.collect(), 0).keep(&file("lists.json"))?,
        bare_get: requests("GET", vec![target("/get".to_owned())], 0)
            .keep(&file("bare-get.json"))?,
        bare_list: requests("GET", vec![target("/list".to_owned())], 0)
            .keep(&file("bare-list.json"))?,
        puts: requests("PUT", puts, NAMES).keep(&file("puts.json"))?,
        written: 0,
        jobs,
    })
}

fn secrets(number: usize) -> String {
    format!("/repos/bench/r{number:05}/actions/secrets")
}

/// The body of a PUT of a value where this is the answer to `GET …/public-key`; `more` are further
/// members, a comma before each.
pub(crate) fn sealed(key: &[u8], value: &[u8], more: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Key {
        key_id: String,
        key: String,
    }
    let Key { key_id, key } = serde_json::from_slice(key)?;
    let value = Base64::encode_string(&PublicKey::from_base64(&key)?.seal(value));
    Ok(format!(
        r#"{{"encrypted_value":"{value}","key_id":"{key_id}"{more}}}"#
    ))
}

/// One answer, status, headers and body, without what hyper adds by itself; to be given at `path`.
pub(crate) async fn page(server: &Server, path: &str, requests: &Requests) -> Result<Page> {
    let mut connection = Connection::open(server.address).await?;
    let mut request = String::new();
    requests.write(0, &mut request);
    let status = connection.ask(request.as_bytes()).await?;
    ensure!(
        (200..300).contains(&status),
        "a page is answered {status}: {}",
        String::from_utf8_lossy(connection.body())
    );
    let head = std::str::from_utf8(connection.head())?;
    let headers = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let headers = headers.filter(|(name, _)| *name != "date" && *name != "content-length");
    Ok(Page {
        path: path.to_owned(),
        status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: std::str::from_utf8(connection.body())?.to_owned(),
    })
}

fn one_kind(server: &Server, method: &str, targets: Vec<Target>) -> Requests {
    Requests {
        method: method.to_owned(),
        token: server.token.clone(),
        targets,
        names: 0,
        once: false,
    }
}

/// Sends requests over several connections; the bodies of their answers, in order.
pub(crate) async fn send_all(
    server: &Server,
    method: &str,
    targets: Vec<Target>,
    expected: u16,
) -> Result<Vec<(usize, Vec<u8>)>> {
    let count = targets.len();
    let requests = Arc::new(one_kind(server, method, targets));
    let mut senders = JoinSet::new();
    for first in 0..FILLERS.min(count) {
        let (requests, address) = (Arc::clone(&requests), server.address);
        senders.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let (mut request, mut bodies) = (String::new(), Vec::new());
            for number in (first..count).step_by(FILLERS) {
                requests.write(number, &mut request);
                let status = connection.ask(request.as_bytes()).await?;
                ensure!(
                    status == expected,
                    "answered {status} instead of {expected}"
                );
                bodies.push((number, connection.body().to_vec()));
            }
            Ok(bodies)
        });
    }
    let mut bodies = Vec::new();
    while let Some(ended) = senders.join_next().await {
        bodies.extend(ended??);
    }
    bodies.sort_unstable_by_key(|(number, _)| *number);
    Ok(bodies)
}
