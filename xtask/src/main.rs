//! `cargo xtask`: what the project does to itself. Testing on both engines, driving real clients
//! against the real binary, and keeping its own rules.
//!
//! Progress goes to standard error and results to standard output; the exit code is 0 only when
//! everything that ran has passed.

mod ci;
mod clients;
mod deny;
mod openapi;
mod postgres;
mod process;
mod soak;
mod suite;
mod tally;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::process::{result_line, say};
use crate::tally::{Outcome, Tally};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci                          all that a change must pass; ends with a table of steps
  test [ENGINE]               cargo test --workspace on sqlite, postgres or both (default: both)
  clients [CLIENT]... [--engine ENGINE] [--small] [--binary FILE]
                              gh, octokit, pygithub and curl against a real server (default: all,
                              on both engines), and values from them to jobs; --small keeps one
                              transport on PostgreSQL
  tidy                        file sizes, the grammar of folders, documented settings
  deny                        cargo deny check bans licenses sources
  openapi                     openapi/sealyard.yaml beside GitHub's own description, when it is there
  bench [ARGS]...             cargo bench -p sealyard
  soak NAME [--small]         a long test with its full figures; without NAME: their list

ENGINE is sqlite, postgres or both.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(outcome) if conclude(&outcome) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<Outcome> {
    match words {
        ["ci"] => ci::run(),
        ["test"] => suite::run(&Engine::BOTH).map(Outcome::Counted),
        ["test", engine] => suite::run(Engine::parse(engine)?).map(Outcome::Counted),
        ["clients", rest @ ..] => clients::run(&clients::Plan::parse(rest)?).map(Outcome::Counted),
        ["tidy"] => tidy::run().map(Outcome::Counted),
        ["deny"] => deny::run(),
        ["openapi"] => openapi_check(),
        ["bench", rest @ ..] => bench(rest),
        ["soak"] => soak::list(),
        ["soak", name] => soak::run(name, soak::Size::Full).map(Outcome::Counted),
        ["soak", name, "--small"] => soak::run(name, soak::Size::Small).map(Outcome::Counted),
        [] | ["help" | "--help" | "-h"] => {
            result_line(USAGE);
            Ok(Outcome::Done)
        }
        [first, ..] => bail!("`{first}` is not understood like this\n\n{USAGE}"),
    }
}

/// Prints what a command came to; returns whether it passed.
fn conclude(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Done => true,
        Outcome::Counted(tally) => {
            result_line(&tally.to_string());
            tally.is_clean()
        }
        Outcome::Skipped(why) => {
            result_line(&format!("skipped: {why}"));
            true
        }
    }
}

fn bench(args: &[&str]) -> Result<Outcome> {
    process::run(
        process::cargo()
            .args(["bench", "--package", "sealyard", "--"])
            .args(args),
    )?;
    Ok(Outcome::Done)
}

/// Where GitHub's description is kept: beside the checkout, in a folder that the project itself
/// does not contain. `SEALYARD_OPENAPI_REFERENCE` names another place.
fn openapi_reference() -> Option<PathBuf> {
    const FILE: &str = "github-openapi-actions-secrets.json";
    let named = process::environment("SEALYARD_OPENAPI_REFERENCE").map(PathBuf::from);
    let beside = || {
        Some(
            process::root()
                .parent()?
                .join("shared")
                .join("reference")
                .join(FILE),
        )
    };
    named.or_else(beside).filter(|path| path.is_file())
}

fn openapi_check() -> Result<Outcome> {
    let Some(reference) = openapi_reference() else {
        return Ok(Outcome::Skipped(
            "GitHub's description is not on this machine".into(),
        ));
    };
    let report = openapi::check(&reference, &process::root().join("openapi/sealyard.yaml"))?;
    result_line(&report.to_string());
    Ok(Outcome::Counted(Tally {
        passed: report.passed(),
        failed: report.failed(),
    }))
}

/// Where a store lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    fn parse(word: &str) -> Result<&'static [Self]> {
        match word {
            "sqlite" => Ok(&[Self::Sqlite]),
            "postgres" => Ok(&[Self::Postgres]),
            "both" => Ok(&Self::BOTH),
            _ => bail!("`{word}` is not an engine; they are sqlite, postgres and both"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}
