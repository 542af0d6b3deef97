//! What the long test of values came to, in numbers.

use std::collections::BTreeMap;

use super::generate::LARGEST;
use super::plan::Secret;
use super::way::Way;
use crate::Engine;
use crate::process::say;
use crate::tally::Tally;

/// What was checked, and what there was, counted.
#[derive(Default)]
pub(in crate::clients) struct Report {
    pub(in crate::clients) tally: Tally,
    rows: Vec<(String, usize)>,
}

/// The counts of several engines side by side: every engine has the same rows.
pub(in crate::clients) fn table(reports: &[(Engine, Report)]) -> String {
    let mut lines = vec![line(
        "values",
        reports.iter().map(|(engine, _)| engine.name().to_owned()),
    )];
    lines.push(line("---", reports.iter().map(|_| "---:".to_owned())));
    let first = reports.first().map(|(_, report)| &report.rows);
    for (number, (what, _)) in first.into_iter().flatten().enumerate() {
        let rows = reports
            .iter()
            .filter_map(|(_, report)| report.rows.get(number));
        lines.push(line(what, rows.map(|(_, count)| count.to_string())));
    }
    lines.concat()
}

fn line(what: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {what} | {} |\n", cells.join(" | "))
}

impl Report {
    pub(super) fn row(&mut self, what: &str, count: usize) {
        self.rows.push((what.to_owned(), count));
    }

    pub(super) fn check(&mut self, what: &str, passed: bool) {
        if !passed {
            say(&format!("not ok - {what}"));
        }
        self.tally += Tally::one(passed);
    }

    /// What there is to carry, by what makes it hard, and who carries it.
    pub(super) fn describe(&mut self, secrets: &[Secret]) {
        let count = |is: &dyn Fn(&Secret) -> bool| secrets.iter().filter(|s| is(s)).count();
        let bytes: usize = secrets.iter().map(|secret| secret.value.len()).sum();
        self.row("set", secrets.len());
        self.row("their bytes", bytes);
        self.row("of no bytes", count(&|s| s.value.is_empty()));
        self.row("of one byte", count(&|s| s.value.len() == 1));
        self.row("of 49,151 bytes", count(&|s| s.value.len() == LARGEST - 1));
        self.row("of 49,152 bytes", count(&|s| s.value.len() == LARGEST));
        self.row("with NUL", count(&|s| s.value.contains(&0)));
        self.row("not UTF-8", count(&|s| str::from_utf8(&s.value).is_err()));
        self.row("of several lines", count(&|s| s.value.contains(&b'\n')));
        let ends = count(&|s| matches!(*s.value, [.., b'\r' | b'\n']));
        self.row("with a line end at the end", ends);
        let mut ways: BTreeMap<Way, usize> = BTreeMap::new();
        for secret in secrets {
            *ways.entry(secret.way).or_default() += 1;
        }
        for (way, count) in ways {
            self.row(&format!("set by {way}"), count);
        }
    }
}
