//! The long tests: small in CI, with their full figures by hand.

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::clients;
use crate::postgres::Postgres;
use crate::process::{capture, cargo, result_line, root, run_reading, say};
use crate::tally::{Outcome, Tally};

/// How far a long test goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Seconds, as part of CI.
    Small,
    /// The figures that `docs/soak/` states, on an optimised build.
    Full,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Small => "small",
            Self::Full => "full",
        })
    }
}

/// One long test.
struct Soak {
    name: &'static str,
    about: &'static str,
    run: fn(Size) -> Result<Tally>,
}

const SOAKS: &[Soak] = &[
    Soak {
        name: "kills",
        about: "kill -9 under eight writers: no acknowledged write is lost, none is half-applied",
        run: |size| test_target("kills", size, None),
    },
    Soak {
        name: "hints",
        about: "private and missing things are answered in the same time, to whom may not know",
        run: |size| test_target("hints", size, Some(&Postgres::start()?)),
    },
    Soak {
        name: "access",
        about: "requests at every boundary of the permission table, against an oracle",
        run: |size| on_both_engines("access", "access::over_http", size),
    },
    Soak {
        name: "delivery",
        about: "jobs in every case of a model of the rules get what it says, and nothing else",
        run: |size| on_both_engines("delivery", "delivery::oracle", size),
    },
    Soak {
        name: VALUES,
        about: "what gh, Octokit and PyGithub set comes out of `sealyard run --files`, byte for byte",
        run: values,
    },
];

/// Its small size is a part of `cargo xtask clients`, which CI runs anyway.
const VALUES: &str = "values";

/// Prints the names of the long tests.
#[expect(clippy::unnecessary_wraps, reason = "a command like the others")]
pub(crate) fn list() -> Result<Outcome> {
    for soak in SOAKS {
        result_line(&format!("{:<10} {}", soak.name, soak.about));
    }
    Ok(Outcome::Done)
}

/// Runs one long test by name.
pub(crate) fn run(name: &str, size: Size) -> Result<Tally> {
    let soak = SOAKS.iter().find(|soak| soak.name == name);
    let soak = soak.with_context(|| format!("no long test is called `{name}`"))?;
    (soak.run)(size)
}

/// Runs all of them at their small size, but for the one that runs with the clients.
pub(crate) fn run_all_small() -> Result<Outcome> {
    let mut tally = Tally::default();
    for soak in SOAKS.iter().filter(|soak| soak.name != VALUES) {
        tally += (soak.run)(Size::Small)?;
    }
    Ok(Outcome::Counted(tally))
}

/// A long test that lives in `crates/sealyard/tests/soak/`, as a test target of its own. It reads
/// its size from `SOAK`, and takes the small one when that is not set: so it is part of
/// `cargo test`, too. With a `postgres` it runs on both engines.
fn test_target(name: &str, size: Size, postgres: Option<&Postgres>) -> Result<Tally> {
    let file = root().join("crates/sealyard/tests/soak/main.rs");
    if !file.is_file() {
        anyhow::bail!("{} is missing", file.display());
    }
    let mut command = test_command("soak", size);
    if let Some(postgres) = postgres {
        command.env("TEST_DATABASE_URL", postgres.url());
    }
    let mut table = String::new();
    let tally = read_table(command.args(["--", name, "--nocapture"]), &mut table)?;
    if size == Size::Full && tally.is_clean() {
        keep(name, &table, tally)?;
    }
    Ok(tally)
}

/// Tests of `crates/sealyard/tests/it` whose names contain `tests`, once on each engine. A sample of
/// their requests is part of `cargo test`.
fn on_both_engines(name: &str, tests: &str, size: Size) -> Result<Tally> {
    let postgres = Postgres::start()?;
    let mut table = String::new();
    let mut tally = Tally::default();
    for engine in ["sqlite", "postgres"] {
        let mut command = test_command("it", size);
        command
            .env("TEST_DATABASE", engine)
            .env("TEST_DATABASE_URL", postgres.url())
            .args(["--", tests, "--nocapture"]);
        tally += read_table(&mut command, &mut table)?;
    }
    if size == Size::Full && tally.is_clean() {
        keep(name, &table, tally)?;
    }
    Ok(tally)
}

/// Values from hand to hand, once on each engine.
fn values(size: Size) -> Result<Tally> {
    let (tally, table) = clients::soak_values(size)?;
    if size == Size::Full && tally.is_clean() {
        keep(VALUES, &table, tally)?;
    }
    Ok(tally)
}

fn test_command(target: &str, size: Size) -> Command {
    let mut command = cargo();
    command
        .args(["test", "--package", "sealyard", "--test", target])
        .env("SOAK", size.to_string())
        .env_remove("TEST_DATABASE")
        .env_remove("TEST_DATABASE_URL");
    if size == Size::Full {
        command.arg("--release");
    }
    command
}

/// Runs tests, and adds the lines of tables that they print to `table`.
fn read_table(command: &mut Command, table: &mut String) -> Result<Tally> {
    run_reading(command, |line| {
        if line.starts_with('|') {
            table.push_str(line);
            table.push('\n');
        }
    })
}

/// Writes `docs/soak/NAME.md`: what the last full run that passed has printed, when and where.
fn keep(name: &str, table: &str, tally: Tally) -> Result<()> {
    let about = SOAKS
        .iter()
        .find(|soak| soak.name == name)
        .map_or("", |soak| soak.about);
    let git = |words: &[&str]| capture(Command::new("git").current_dir(root()).args(words));
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let open = git(&["status", "--porcelain"])?;
    let addition = if open.is_empty() {
        ""
    } else {
        ", with changes that were not committed"
    };
    let page = format!(
        "# {name}\n\n{about}.\n\n`cargo xtask soak {name}` wrote this page on {date}, at commit \
         {commit}{addition}, on {machine}.\n\n{table}\n{tally}\n",
        date = capture(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim(),
        commit = commit.trim(),
        machine = machine()?,
    );
    let file = root().join("docs/soak").join(name).with_extension("md");
    fs::create_dir_all(root().join("docs/soak"))?;
    fs::write(&file, page).with_context(|| format!("{} cannot be written", file.display()))?;
    say(&format!("wrote docs/soak/{name}.md"));
    Ok(())
}

/// The processor and the kernel, in words.
fn machine() -> Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unnamed processor", |(_, model)| model);
    let cores = std::thread::available_parallelism()?;
    let kernel = capture(Command::new("uname").arg("-sr"))?;
    Ok(format!("{cores} cores of {model}, {}", kernel.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(
            run("swims", Size::Small)
                .unwrap_err()
                .to_string()
                .contains("swims")
        );
    }
}
