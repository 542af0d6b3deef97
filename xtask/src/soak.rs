//! The long tests: small in CI, with their full figures by hand.

use std::fmt;

use anyhow::{Context, Result};

use crate::process::{cargo, result_line, root, run_counting};
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

const SOAKS: &[Soak] = &[Soak {
    name: "kills",
    about: "kill -9 under eight writers: no acknowledged write is lost, none is half-applied",
    run: |size| test_target("kills", size),
}];

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

/// Runs all of them at their small size.
pub(crate) fn run_all_small() -> Result<Outcome> {
    let mut tally = Tally::default();
    for soak in SOAKS {
        tally += (soak.run)(Size::Small)?;
    }
    Ok(Outcome::Counted(tally))
}

/// A long test that lives in `crates/sealyard/tests/soak/`, as a test target of its own. It reads
/// its size from `SOAK`, and takes the small one when that is not set: so it is part of
/// `cargo test`, too.
fn test_target(name: &str, size: Size) -> Result<Tally> {
    let file = root().join("crates/sealyard/tests/soak/main.rs");
    if !file.is_file() {
        anyhow::bail!("{} is missing", file.display());
    }
    let mut command = cargo();
    command
        .args(["test", "--package", "sealyard", "--test", "soak"])
        .env("SOAK", size.to_string());
    if size == Size::Full {
        command.arg("--release");
    }
    run_counting(command.arg("--").arg(name).arg("--nocapture"))
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
