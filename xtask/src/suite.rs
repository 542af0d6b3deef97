//! The workspace's tests, on one engine after the other.

use anyhow::Result;

use crate::Engine;
use crate::postgres::Postgres;
use crate::process::{cargo, run_counting, say};
use crate::tally::Tally;

/// Runs `cargo test --workspace` on each engine; tests read `TEST_DATABASE` and
/// `TEST_DATABASE_URL`. One engine's failures do not keep the other from running.
pub(crate) fn run(engines: &[Engine]) -> Result<Tally> {
    let mut tally = Tally::default();
    for &engine in engines {
        say(&format!("cargo test --workspace, on {}", engine.name()));
        let mut command = cargo();
        command.args(["test", "--workspace", "--no-fail-fast"]);
        command
            .env("TEST_DATABASE", engine.name())
            .env_remove("TEST_DATABASE_URL");
        tally += match engine {
            Engine::Sqlite => run_counting(&mut command)?,
            Engine::Postgres => {
                let postgres = Postgres::start()?;
                run_counting(command.env("TEST_DATABASE_URL", postgres.url()))?
            }
        };
    }
    Ok(tally)
}
