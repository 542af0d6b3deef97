//! The test: small in CI, with the promised bounds by hand.

use std::io::Write as _;
use std::thread;

use sealyard_sql::Engine;

use super::{Plan, Table, measure};
use crate::database::{engine, variable};
use crate::{Size, size};

/// The engine that `TEST_DATABASE` names; without it, whatever there is.
fn engines() -> Vec<Engine> {
    if variable("TEST_DATABASE").is_some() {
        return vec![engine()];
    }
    let postgres = variable("TEST_DATABASE_URL").map(|_| Engine::Postgres);
    [Engine::Sqlite].into_iter().chain(postgres).collect()
}

#[test]
fn hints_are_not_given_by_the_time_that_an_answer_takes() {
    let plan = match size() {
        Size::Small => Plan {
            rounds: 60,
            warm: 3,
            cold: 1,
        },
        // Three classes: ten thousand requests in turns.
        Size::Full => Plan {
            rounds: 3_334,
            warm: 5,
            cold: 3,
        },
    };
    let seed = u64::from_be_bytes(sealyard_vault::random::bytes());
    let mut findings = Vec::new();
    for engine in engines() {
        // On a thread of its own, which is moved to a core.
        let measured = thread::spawn(move || measure(engine, plan, seed));
        let table: Table = measured.join().expect("a measurement");
        // Not by `print!`: a result is shown also when the test passes.
        write!(std::io::stdout(), "\n{table}").expect("standard output");
        findings.extend(match size() {
            Size::Small => table.gross_findings(),
            Size::Full => table.findings(),
        });
    }
    assert!(findings.is_empty(), "seed {seed}:\n{}", findings.join("\n"));
}
