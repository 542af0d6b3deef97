//! Values from hand to hand: gh, Octokit and `PyGithub` set them, `sealyard run --files` gives them
//! to jobs, and every byte is compared with what was made in the beginning.

mod generate;
mod jobs;
mod plan;
mod report;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::json;

use self::jobs::{Asker, Jobs, differences, wanted};
use self::plan::{ENVIRONMENTS, Secret};
pub(super) use self::report::{Report, table};
use self::way::CLIENTS;
use super::server::{Reach, Server, Store};
use super::tools::{Client, Play};
use super::world::{REPOSITORIES, World};
use super::{Lane, store_for};
use crate::Engine;
use crate::process::{run_counting, say};
use crate::soak::Size;

/// How many values each of the ten places gets: GitHub's most of an organisation for one job, of a
/// repository and of an environment; or three of each client.
fn each(size: Size) -> usize {
    match size {
        Size::Full => 100,
        Size::Small => 9,
    }
}

/// Whether the clients that set values are all among these.
pub(super) fn are_played_by(clients: &[Client]) -> bool {
    CLIENTS.iter().all(|client| clients.contains(client))
}

/// Installs the clients.
pub(super) fn install() -> Result<()> {
    CLIENTS.into_iter().try_for_each(Client::install)
}

/// Sets values with every client, and lets jobs have them.
pub(super) fn run(size: Size, engine: Engine, binary: &Path) -> Result<Report> {
    let secrets = plan::make(each(size));
    say(&format!("{} values, on {}", secrets.len(), engine.name()));
    let (_postgres, folder, store) = store_for(engine, binary)?;
    let values = folder.path().join("values");
    plan::write(&secrets, &values)?;
    let site_admin = store.init("site-admin")?;
    let server = store.serve_with(true, &["--delivery-people"])?;
    let reach = server.reach(Lane::Https)?;
    let world = World::make(&reach, &site_admin, "values")?;
    environments(&world, &reach)?;
    let stage = Stage {
        secrets: &secrets,
        values,
        server: &server,
        reach: &reach,
        world: &world,
    };
    let mut report = Report::default();
    report.describe(&secrets);
    stage.set(&mut report)?;
    stage.deliver(&mut report, &store)?;
    if !report.tally.is_clean() {
        server.show_log();
    }
    server.stop()?;
    Ok(report)
}

/// A world's `alpha` has the environments already; nobody minds that they are made again.
fn environments(world: &World, reach: &Reach) -> Result<()> {
    for (repository, _) in REPOSITORIES {
        for environment in ["production", "a%20b%2Fc"] {
            let path = format!(
                "/repos/{}/{repository}/environments/{environment}",
                world.org
            );
            world.caller(reach).send("PUT", &path, &json!({}))?;
        }
    }
    Ok(())
}

/// A server with a world in it, and the values to come.
struct Stage<'a> {
    secrets: &'a [Secret],
    values: PathBuf,
    server: &'a Server,
    reach: &'a Reach,
    world: &'a World,
}

impl Stage<'_> {
    /// Every client sets its share; each secret that it set counts.
    fn set(&self, report: &mut Report) -> Result<()> {
        for client in CLIENTS {
            let mut script = client.script(Play::Values);
            self.world.tell(&mut script, self.reach);
            script
                .env("LIFE_VALUES", &self.values)
                .env("LIFE_SCRATCH", self.values.with_extension(client.name()));
            let tally = run_counting(&mut script)?;
            let share = self.secrets.iter().filter(|s| s.way.client() == client);
            if tally.passed + tally.failed != u64::try_from(share.count())? {
                bail!("{} did not try each of its values", client.name());
            }
            report.tally += tally;
        }
        Ok(())
    }

    /// A job of every repository in every environment, of a runner and of a person.
    fn deliver(&self, report: &mut Report, store: &Store) -> Result<()> {
        let jobs = Jobs {
            server: self.server,
            reach: self.reach,
            world: self.world,
            folder: &store.folder,
        };
        jobs.enrol()?;
        for asker in Asker::BOTH {
            let (mut files, mut right) = (0, 0);
            let mut came = BTreeSet::new();
            for (repository, _) in REPOSITORIES {
                for environment in ENVIRONMENTS {
                    let wanted = wanted(self.secrets, repository, environment);
                    let got = jobs.run(asker, repository, environment)?;
                    let found = differences(&wanted, &got);
                    for finding in &found {
                        report.check(&format!("{finding}: {repository}, {environment}"), false);
                    }
                    let equal = wanted
                        .iter()
                        .filter(|&(name, value)| got.get(*name).is_some_and(|came| came == value));
                    let equal: Vec<&str> = equal.map(|(name, _)| *name).collect();
                    files += got.len();
                    right += equal.len();
                    came.extend(equal);
                    control(report, &wanted, &got, found.len())?;
                }
            }
            report.tally.passed += u64::try_from(right)?;
            let name = asker.name();
            report.check(
                &format!("every value that was set came to a job of the {name}"),
                came.len() == self.secrets.len(),
            );
            report.row(
                &format!("jobs of a {name}"),
                REPOSITORIES.len() * ENVIRONMENTS.len(),
            );
            report.row(&format!("files that came to a {name}"), files);
            report.row("byte for byte as they were made", right);
            report.row("values among them", came.len());
        }
        Ok(())
    }
}

/// The comparison itself: with one bit of one expected value turned, it must find one more.
fn control(
    report: &mut Report,
    wanted: &BTreeMap<&str, &[u8]>,
    got: &BTreeMap<String, Vec<u8>>,
    findings: usize,
) -> Result<()> {
    let largest = wanted.iter().max_by_key(|(_, value)| value.len());
    let (&name, &value) = largest.context("a job that should get nothing")?;
    let mut turned = value.to_vec();
    let last = turned.last_mut().context("every value is empty")?;
    *last ^= 1;
    let mut other = wanted.clone();
    other.insert(name, &turned);
    report.check(
        "a single bit more or less is seen",
        differences(&other, got).len() == findings + 1,
    );
    Ok(())
}
