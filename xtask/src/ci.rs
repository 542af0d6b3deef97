//! All that a change must pass, one step after the other.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process::{self, cargo, result_line, say};
use crate::tally::{Outcome, Tally};
use crate::{Engine, clients, deny, openapi_check, soak, suite, tidy};

/// One step: its name and what it does. Quick ones come first, so that a slip is seen early.
type Step = (&'static str, fn() -> Result<Outcome>);

const STEPS: &[Step] = &[
    ("format", || cargo_step(&["fmt", "--all", "--check"])),
    ("tidy", || tidy::run().map(Outcome::Counted)),
    ("openapi", openapi_check),
    ("clippy", || {
        cargo_step(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
    }),
    ("documents", documents),
    ("test, sqlite", || {
        suite::run(&[Engine::Sqlite]).map(Outcome::Counted)
    }),
    ("test, postgres", || {
        suite::run(&[Engine::Postgres]).map(Outcome::Counted)
    }),
    ("clients, small", || {
        clients::run(&clients::Plan::parse(&["--small"])?).map(Outcome::Counted)
    }),
    ("deny", deny::run),
    ("soaks, small", soak::run_all_small),
];

/// Runs every step, also after a failure; ends with a table and a line that sums all counts.
#[expect(clippy::unnecessary_wraps, reason = "a command like the others")]
pub(crate) fn run() -> Result<Outcome> {
    let mut rows = Vec::new();
    let mut total = Tally::default();
    for (name, step) in STEPS {
        say(&format!("\n==> {name}"));
        let start = Instant::now();
        let (verdict, counted) = judge(step());
        say(&format!("<== {name}: {verdict}"));
        total += counted;
        rows.push(row(name, start.elapsed(), &verdict));
    }
    result_line("");
    for row in rows {
        result_line(&row);
    }
    Ok(Outcome::Counted(total))
}

/// A step's verdict in words and its counts. A step that has nothing to count is no passed test,
/// but one that breaks is a failed one: the closing line must not say 0 failed over it.
fn judge(outcome: Result<Outcome>) -> (String, Tally) {
    match outcome {
        Ok(Outcome::Done) => ("ok".into(), Tally::default()),
        Ok(Outcome::Skipped(why)) => (format!("skipped: {why}"), Tally::default()),
        Ok(Outcome::Counted(tally)) if tally.is_clean() => (format!("ok, {tally}"), tally),
        Ok(Outcome::Counted(tally)) => (format!("FAILED, {tally}"), tally),
        Err(error) => (format!("FAILED: {error:#}"), Tally::one(false)),
    }
}

fn row(name: &str, took: Duration, verdict: &str) -> String {
    // An error may have many lines: they were shown when it happened, the table has the first.
    let first = verdict.lines().next().unwrap_or_default();
    format!("{name:<16} {:>6.1} s  {first}", took.as_secs_f64())
}

fn cargo_step(args: &[&str]) -> Result<Outcome> {
    process::run(cargo().args(args))?;
    Ok(Outcome::Done)
}

fn documents() -> Result<Outcome> {
    let mut command = cargo();
    command.args([
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--quiet",
    ]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_breaks_counts_as_a_failure() {
        let (verdict, counted) = judge(Err(anyhow::anyhow!("no disk")));
        assert_eq!(verdict, "FAILED: no disk");
        assert!(!counted.is_clean());
    }

    #[test]
    fn a_skipped_step_says_why_and_counts_nothing() {
        let (verdict, counted) = judge(Ok(Outcome::Skipped("not here".into())));
        assert_eq!(verdict, "skipped: not here");
        assert_eq!(counted, Tally::default());
    }

    #[test]
    fn a_row_has_one_line() {
        let row = row("tidy", Duration::from_millis(1250), "FAILED: one\ntwo");
        assert_eq!(row, "tidy                1.2 s  FAILED: one");
    }
}
