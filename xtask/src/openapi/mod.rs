//! Whether `openapi/sealyard.yaml` promises at least what GitHub's own description does, for the
//! twenty operations of the Actions-secrets API.
//!
//! GitHub's description is not part of this repository (it is not ours to copy). The check runs
//! where a developer has it: a JSON file with GitHub's documents for GHES and for github.com under
//! `descriptions`, all references resolved.

mod operation;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;
use std::{fmt, fs};

use anyhow::{Context, Result};
use serde_json::Value;

use self::operation::{Operation, Side};

/// Paths and answers must be those of both halves; what a request must say is that of the second,
/// because the first calls members optional without which the service answers 422.
const HALVES: [&str; 2] = ["ghes-3.4", "api.github.com"];

/// GitHub's names for the operations.
const OPERATIONS: [&str; 20] = [
    "actions/list-org-secrets",
    "actions/get-org-public-key",
    "actions/get-org-secret",
    "actions/create-or-update-org-secret",
    "actions/delete-org-secret",
    "actions/list-selected-repos-for-org-secret",
    "actions/set-selected-repos-for-org-secret",
    "actions/add-selected-repo-to-org-secret",
    "actions/remove-selected-repo-from-org-secret",
    "actions/list-repo-secrets",
    "actions/get-repo-public-key",
    "actions/get-repo-secret",
    "actions/create-or-update-repo-secret",
    "actions/delete-repo-secret",
    "actions/list-environment-secrets",
    "actions/get-environment-public-key",
    "actions/get-environment-secret",
    "actions/create-or-update-environment-secret",
    "actions/delete-environment-secret",
    "actions/delete-self-hosted-runner-from-org",
];

/// Where we differ on purpose: the operation, the difference as the check words it, and why. One
/// that the check no longer finds is a failure too.
const EXCEPTIONS: &[Exception] = &[];

type Exception = (&'static str, &'static str, &'static str);

/// What a comparison came to; displays as lines for people.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    skipped: bool,
    /// Facts that are in both.
    passed: u64,
    problems: Vec<String>,
}

impl Report {
    /// Facts of GitHub's description that hold in ours.
    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    /// Facts that do not, and exceptions that nothing needs.
    pub(crate) fn failed(&self) -> u64 {
        u64::try_from(self.problems.len()).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.skipped {
            return f.write_str("skipped: GitHub's description is not here");
        }
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        let failed = self.failed();
        write!(
            f,
            "{} facts as GitHub describes them, {failed} not",
            self.passed
        )
    }
}

/// Compares `ours` (YAML) with `reference` (JSON); differences are in the report.
///
/// # Errors
/// Either file cannot be read or is not what its name says. A `reference` that does not exist is no
/// error: the report then says that the check was skipped.
pub(crate) fn check(reference: &Path, ours: &Path) -> Result<Report> {
    if !reference.exists() {
        return Ok(Report {
            skipped: true,
            ..Report::default()
        });
    }
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
    };
    let theirs: Value = serde_json::from_str(&read(reference)?).context("GitHub's description")?;
    let ours: Value = serde_saphyr::from_str(&read(ours)?).context("our description")?;
    Ok(compare(&theirs, &ours, &OPERATIONS, EXCEPTIONS))
}

fn compare(theirs: &Value, ours: &Value, ids: &[&str], exceptions: &[Exception]) -> Report {
    let mut facts = Facts::default();
    for half in HALVES {
        let documented = theirs.get("descriptions").and_then(|all| all.get(half));
        for &id in ids {
            let operation = documented.and_then(|half| Operation::find(half, id));
            let side = Side {
                document: ours,
                operation: id,
            };
            match operation {
                Some(operation) => side.operation(&operation, half, &mut facts),
                None => facts.note(id, false, || format!("is not in GitHub's {half}")),
            }
        }
    }
    facts.settle(exceptions)
}

/// What was compared so far.
#[derive(Default)]
struct Facts {
    passed: u64,
    /// Operation and difference. Both halves may find the same one.
    differences: BTreeSet<(String, String)>,
}

impl Facts {
    fn note(&mut self, operation: &str, holds: bool, difference: impl FnOnce() -> String) {
        if holds {
            self.passed += 1;
        } else {
            let found = (operation.to_owned(), difference());
            self.differences.insert(found);
        }
    }

    fn settle(mut self, exceptions: &[Exception]) -> Report {
        let mut problems = Vec::new();
        for &(operation, difference, _why) in exceptions {
            let known = (operation.to_owned(), difference.to_owned());
            if !self.differences.remove(&known) {
                problems.push(format!(
                    "{operation}: no exception is needed for: {difference}"
                ));
            }
        }
        let found = self.differences.into_iter();
        problems.extend(found.map(|(operation, difference)| format!("{operation}: {difference}")));
        Report {
            skipped: false,
            passed: self.passed,
            problems,
        }
    }
}
