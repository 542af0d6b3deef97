//! Real clients against the real binary: gh, @octokit/rest, `PyGithub` and curl each live the whole
//! life of secrets, over every transport they speak, on both engines. What is in the store
//! afterwards is compared with what they sealed, by a program that only tests have.

mod proof;
mod server;
mod tools;
mod values;
mod world;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::Engine;
use crate::postgres::Postgres;
use crate::process::{self, cargo, result_line, run_counting, say, target};
use crate::soak::Size;
use crate::tally::Tally;
use server::{Server, Store};
use tools::{Client, Play};
use world::World;

/// What to run.
pub(crate) struct Plan {
    clients: Vec<Client>,
    engines: Vec<Engine>,
    small: bool,
    binary: Option<PathBuf>,
}

impl Plan {
    /// Reads the words behind `cargo xtask clients`.
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut plan = Self {
            clients: Vec::new(),
            engines: Engine::BOTH.to_vec(),
            small: false,
            binary: None,
        };
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            match word {
                "--small" => plan.small = true,
                "--engine" => {
                    let engine = words.next().context("--engine wants an engine")?;
                    plan.engines = Engine::parse(engine)?.to_vec();
                }
                "--binary" => plan.binary = words.next().map(PathBuf::from),
                _ => plan.clients.push(Client::parse(word)?),
            }
        }
        if plan.clients.is_empty() {
            plan.clients = Client::ALL.to_vec();
        }
        Ok(plan)
    }

    /// What a client goes through on an engine. The transport knows nothing of the engine, so a
    /// small plan meets the second engine on one way only.
    fn lanes(&self, client: Client, engine: Engine) -> Vec<Lane> {
        let lanes = Lane::ALL
            .iter()
            .copied()
            .filter(|&lane| client.can_take(lane));
        let few = self.small && engine == Engine::Postgres;
        lanes.take(if few { 1 } else { Lane::ALL.len() }).collect()
    }

    /// Where values are taken from hand to hand. A small plan keeps one engine: both keep the same
    /// bytes, as the lives of its clients show.
    fn engines_for_values(&self) -> &[Engine] {
        let count = if self.small { 1 } else { self.engines.len() };
        self.engines.get(..count).unwrap_or(&self.engines)
    }
}

/// A way to the server: a transport, and whether the API is below `/api/v3` or at the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Https,
    Http,
    HttpRoot,
    Unix,
}

impl Lane {
    const ALL: [Self; 4] = [Self::Https, Self::Http, Self::HttpRoot, Self::Unix];

    fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::HttpRoot => "http-root",
            Self::Unix => "unix",
        }
    }

    fn is_tls(self) -> bool {
        self == Self::Https
    }
}

/// Runs the plan; every check of every client counts, and every value that was revealed or
/// delivered.
pub(crate) fn run(plan: &Plan) -> Result<Tally> {
    let binary = match &plan.binary {
        Some(binary) => binary.canonicalize()?,
        None => built(Size::Small)?,
    };
    for &client in &plan.clients {
        client.install()?;
    }
    let mut tally = Tally::default();
    for &engine in &plan.engines {
        tally += on_engine(plan, engine, &binary)?;
    }
    if values::are_played_by(&plan.clients) {
        tally += values(Size::Small, plan.engines_for_values(), &binary)?.0;
    }
    Ok(tally)
}

/// The long test of values, on both engines; and the table that it printed.
pub(crate) fn soak_values(size: Size) -> Result<(Tally, String)> {
    values::install()?;
    values(size, &Engine::BOTH, &built(size)?)
}

fn values(size: Size, engines: &[Engine], binary: &Path) -> Result<(Tally, String)> {
    let mut tally = Tally::default();
    let mut reports = Vec::new();
    for &engine in engines {
        let report = values::run(size, engine, binary)?;
        tally += report.tally;
        reports.push((engine, report));
    }
    let table = values::table(&reports);
    result_line(&table);
    Ok((tally, table))
}

/// The program, optimised for full figures; the reveal is beside it.
fn built(size: Size) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--package", "sealyard"]);
    build.args(["--package", "sealyard-reveal"]);
    let folder = match size {
        Size::Small => "debug",
        Size::Full => {
            build.arg("--release");
            "release"
        }
    };
    process::run(&mut build)?;
    Ok(target().join(folder).join("sealyard"))
}

/// A new store. What comes before it in the tuple must outlive it.
fn store_for(engine: Engine, binary: &Path) -> Result<(Option<Postgres>, TempDir, Store)> {
    let postgres = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(Postgres::start()?),
    };
    let folder = tempfile::Builder::new()
        .prefix("sealyard-clients-")
        .tempdir()?;
    let store = Store {
        binary: binary.to_path_buf(),
        folder: folder.path().to_path_buf(),
        database_url: postgres.as_ref().map(Postgres::url),
    };
    Ok((postgres, folder, store))
}

fn on_engine(plan: &Plan, engine: Engine, binary: &Path) -> Result<Tally> {
    let (_postgres, folder, store) = store_for(engine, binary)?;
    let site_admin = store.init("site-admin")?;

    let mut tally = Tally::default();
    let mut expected = Vec::new();
    // One server after the other on the same store: the second also proves that it comes back.
    for tls in [false, true] {
        let lives: Vec<(Client, Lane)> = plan
            .clients
            .iter()
            .flat_map(|&client| {
                plan.lanes(client, engine)
                    .into_iter()
                    .map(move |l| (client, l))
            })
            .filter(|(_, lane)| lane.is_tls() == tls)
            .collect();
        if lives.is_empty() {
            continue;
        }
        let server = store.serve(tls)?;
        for (client, lane) in lives {
            let life = Life {
                client,
                lane,
                engine,
                folder: &folder,
            };
            tally += life.run(&server, &site_admin, &mut expected)?;
        }
        server.stop()?;
    }
    tally += proof::compare(&store, &expected)?;
    Ok(tally)
}

/// One client on one way.
struct Life<'a> {
    client: Client,
    lane: Lane,
    engine: Engine,
    folder: &'a TempDir,
}

impl Life<'_> {
    fn run(&self, server: &Server, site_admin: &str, expected: &mut Vec<PathBuf>) -> Result<Tally> {
        let name = format!("{}-{}", self.client.name(), self.lane.name());
        say(&format!("{name}, on {}", self.engine.name()));
        let reach = server.reach(self.lane)?;
        let world = World::make(&reach, site_admin, &name)?;
        let file = self.folder.path().join(format!("{name}.expected.jsonl"));
        let mut script = self.client.script(Play::Life);
        world.tell(&mut script, &reach);
        script
            .env("LIFE_EXPECTED", &file)
            .env(
                "LIFE_SCRATCH",
                self.folder.path().join(format!("{name}.scratch")),
            )
            .env("LIFE_BIN", server.binary())
            .env("LIFE_DATA_DIR", self.folder.path().join("data"));
        let tally = run_counting(&mut script)?;
        if tally.passed == 0 {
            bail!("{name} checked nothing");
        }
        if !tally.is_clean() {
            server.show_log();
        }
        expected.push(file);
        Ok(tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_words_everything_runs_on_both_engines() {
        let plan = Plan::parse(&[]).unwrap();
        assert_eq!(plan.clients, Client::ALL);
        assert_eq!(plan.engines, Engine::BOTH);
        assert_eq!(plan.engines_for_values(), Engine::BOTH);
        let lives = |client| plan.lanes(client, Engine::Postgres).len();
        assert_eq!(Client::ALL.map(lives), [2, 3, 3, 4]);
    }

    #[test]
    fn a_small_plan_keeps_every_transport_on_one_engine() {
        let plan = Plan::parse(&["gh", "--small"]).unwrap();
        assert_eq!(
            plan.lanes(Client::Gh, Engine::Sqlite),
            [Lane::Https, Lane::Unix]
        );
        assert_eq!(plan.lanes(Client::Gh, Engine::Postgres), [Lane::Https]);
        assert_eq!(plan.engines_for_values(), [Engine::Sqlite]);
    }

    #[test]
    fn unknown_words_are_refused() {
        assert!(Plan::parse(&["hub"]).is_err());
        assert!(Plan::parse(&["--engine", "oracle"]).is_err());
        assert!(Plan::parse(&["--engine"]).is_err());
    }
}
