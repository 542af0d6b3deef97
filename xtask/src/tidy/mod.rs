//! The project's own rules, checked by reading its text: sizes, the grammar of folders, one place
//! each, and documents that keep up.

mod grammar;
mod paper;
mod text;

use std::path::Path;

use anyhow::Result;

use crate::process::{result_line, root};
use crate::tally::Tally;
use text::Project;

/// A rule looks at the whole project and says what is wrong, one sentence for each finding.
type Rule = fn(&Project) -> Vec<String>;

const RULES: &[(&str, Rule)] = &[
    ("files are small", grammar::sizes),
    ("domain folders keep their rooms apart", grammar::rooms),
    (
        "the compiler's guard is lifted in crates/memory only",
        grammar::unsafe_code,
    ),
    ("nothing is left to do", paper::marks),
    ("settings are documented", paper::settings),
    ("metrics are documented", paper::metrics),
    ("the project stands alone", paper::stands_alone),
];

/// Checks every rule; each counts as one check.
pub(crate) fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    for (name, findings) in check(root())? {
        tally += Tally::one(findings.is_empty());
        let verdict = if findings.is_empty() { "ok" } else { "FAILED" };
        result_line(&format!("{verdict:<6} {name}"));
        for finding in findings {
            result_line(&format!("       {finding}"));
        }
    }
    Ok(tally)
}

/// Every rule with what it found in a folder.
fn check(folder: &Path) -> Result<Vec<(&'static str, Vec<String>)>> {
    let project = Project::read(folder)?;
    Ok(RULES
        .iter()
        .map(|(name, rule)| (*name, rule(&project)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sabotaged_project_fails_by_as_many_rules() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("crates/sealyard/src/secrets");
        std::fs::create_dir_all(&source).unwrap();
        std::fs::write(source.join("mod.rs"), "use axum::Router;\n").unwrap();
        std::fs::write(
            folder.path().join("README.md"),
            concat!("TO", "DO: write\n"),
        )
        .unwrap();
        let findings = check(folder.path()).unwrap();
        let broken: Vec<_> = findings
            .iter()
            .filter(|(_, found)| !found.is_empty())
            .collect();
        assert_eq!(broken.len(), 2, "{broken:?}");
    }
}
