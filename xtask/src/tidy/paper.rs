//! Rules about documents: what the program knows must be written down, and the project must not
//! need anything beside it.

use std::collections::BTreeSet;

use super::text::{Project, has_word, names};

const MANUAL: &str = "docs/OPERATING.md";
/// Put together here, so that this file does not find itself.
const MARKS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];
const OUTSIDE: &str = concat!("..", "/shared");

/// No mark that something is left to do: a finished thing has none, an unfinished one an issue.
pub(super) fn marks(project: &Project) -> Vec<String> {
    let mut findings = Vec::new();
    for file in project
        .files
        .iter()
        .filter(|file| !file.path.ends_with("package-lock.json"))
    {
        for (index, line) in file.text.lines().enumerate() {
            if MARKS.iter().any(|mark| has_word(line, mark)) {
                findings.push(format!("{}:{}: a mark", file.path, index + 1));
            }
        }
    }
    findings
}

/// Every setting that the server reads is in the manual.
pub(super) fn settings(project: &Project) -> Vec<String> {
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    undocumented(project, "crates/sealyard/src", "SEALYARD_", upper)
}

/// Every metric that the server shows is in the manual. Their names have one home.
pub(super) fn metrics(project: &Project) -> Vec<String> {
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    undocumented(project, "crates/sealyard/src/metrics", "\"sealyard_", lower)
}

/// Nothing refers to what lies beside the checkout: a stranger does not have it.
pub(super) fn stands_alone(project: &Project) -> Vec<String> {
    let said = project
        .files
        .iter()
        .filter(|file| file.text.contains(OUTSIDE));
    said.map(|file| format!("{}: {OUTSIDE}", file.path))
        .collect()
}

fn undocumented(
    project: &Project,
    place: &str,
    prefix: &str,
    more: fn(char) -> bool,
) -> Vec<String> {
    let manual = project.text_of(MANUAL);
    let files = project.rust().filter(|file| file.path.starts_with(place));
    let found = files.flat_map(|file| names(&file.text, prefix, more));
    let used: BTreeSet<&str> = found.map(|name| name.trim_start_matches('"')).collect();
    let missing = used.into_iter().filter(|name| !has_word(manual, name));
    missing
        .map(|name| format!("{name} is not in {MANUAL}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_with_its_line() {
        let text = concat!("fine\n// TO", "DO later\n");
        assert_eq!(marks(&Project::of(&[("a.rs", text)])), ["a.rs:2: a mark"]);
        assert_eq!(
            marks(&Project::of(&[("a.rs", "TODOS and the like\n")])),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_setting_that_the_manual_does_not_name_is_found() {
        let code = (
            "crates/sealyard/src/config.rs",
            "#[arg(env = \"SEALYARD_LISTEN\")]",
        );
        assert_eq!(
            settings(&Project::of(&[code])),
            ["SEALYARD_LISTEN is not in docs/OPERATING.md"]
        );
        // A longer name that begins the same does not document it.
        let other = (MANUAL, "`SEALYARD_LISTEN_BACKLOG` says how many wait");
        assert_eq!(settings(&Project::of(&[code, other])).len(), 1);
        let manual = (MANUAL, "`SEALYARD_LISTEN` says where");
        assert_eq!(
            settings(&Project::of(&[code, manual])),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_metric_that_the_manual_does_not_name_is_found() {
        let code = (
            "crates/sealyard/src/metrics.rs",
            "\"sealyard_requests_total\"",
        );
        assert_eq!(metrics(&Project::of(&[code])).len(), 1);
        let elsewhere = ("crates/sealyard/src/lib.rs", "use sealyard_vault as vault;");
        assert_eq!(metrics(&Project::of(&[elsewhere])), Vec::<String>::new());
    }

    #[test]
    fn a_path_out_of_the_project_is_found() {
        let text = format!("cat {OUTSIDE}/notes.md");
        assert_eq!(stands_alone(&Project::of(&[("README.md", &text)])).len(), 1);
        assert_eq!(
            stands_alone(&Project::of(&[("README.md", "shared")])).len(),
            0
        );
    }
}
