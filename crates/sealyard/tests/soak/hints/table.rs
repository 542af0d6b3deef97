//! What was measured, as `docs/soak/` shows it, and what is wrong with it.

use std::fmt;

use sealyard_sql::Engine;

use super::Pages;
use super::cores::Cores;
use super::measure::Comparison;

/// On a busy machine, what may be seen is answered before what is missing in this share of rounds,
/// wherever that shows best: it does not wait. Without a difference it is a half, give or take a
/// tenth.
const FASTER: f64 = 0.7;

/// One question by one caller.
pub(super) struct Row {
    pub(super) pages: Pages,
    pub(super) caller: &'static str,
    pub(super) question: &'static str,
    pub(super) comparison: Comparison,
}

/// All of one engine.
pub(super) struct Table {
    engine: Engine,
    cores: Cores,
    rounds: usize,
    pub(super) rows: Vec<Row>,
}

impl Table {
    pub(super) fn new(engine: Engine, cores: Cores, rounds: usize) -> Self {
        Self {
            engine,
            cores,
            rounds,
            rows: Vec::new(),
        }
    }

    fn engine(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }

    /// What breaks the promise, and what makes the measurement worthless.
    pub(super) fn findings(&self) -> Vec<String> {
        let mut found = self.judge(Comparison::shows);
        for row in &self.rows {
            let Comparison { visible, .. } = row.comparison;
            if visible.is_some_and(|visible| !row.comparison.shows(visible)) {
                let what = "what may be seen is not told apart, so nothing would be";
                found.push(self.about(row, what));
            }
        }
        found
    }

    /// The same for a machine that does other things meanwhile, and for few requests of a program
    /// that is not optimised: what counts is a quarter of the time and four times what the machine
    /// makes of classes that are equal.
    pub(super) fn gross_findings(&self) -> Vec<String> {
        let noise = self
            .rows
            .iter()
            .map(|row| row.comparison.also_missing.abs());
        let noise = noise.fold(0.0, f64::max);
        let mut found = self.judge(|comparison, difference| {
            difference.abs() > 0.25 * comparison.missing + 4.0 * noise
        });
        let faster = self
            .rows
            .iter()
            .filter_map(|row| row.comparison.visible_faster);
        if faster.fold(0.0, f64::max) < FASTER {
            found.push("what may be seen is nowhere told apart, so nothing would be".to_owned());
        }
        found
    }

    fn judge(&self, shows: impl Fn(Comparison, f64) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        for row in &self.rows {
            let comparison = row.comparison;
            if shows(comparison, comparison.private) {
                found.push(self.about(row, "private and missing differ"));
            }
            if shows(comparison, comparison.also_missing) {
                let what = "two classes of missing names differ: the machine is too busy to tell";
                found.push(self.about(row, what));
            }
        }
        found
    }

    fn about(&self, row: &Row, what: &str) -> String {
        let (engine, pages) = (self.engine(), row.pages);
        format!(
            "{engine}, {pages:?}, {}, {}: {what}",
            row.caller, row.question
        )
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cores = match self.cores {
            Cores::Apart => "server and client on a core each",
            Cores::Any => "cores as the kernel gives them",
        };
        writeln!(
            f,
            "| {}: medians of {} requests of each class, µs; {cores} | missing | private, more | % | missing, another class | visible, more |",
            self.engine(),
            self.rounds,
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|")?;
        for row in &self.rows {
            let Comparison {
                missing,
                also_missing,
                private,
                visible,
                ..
            } = row.comparison;
            let pages = match row.pages {
                Pages::Warm => "warm",
                Pages::Cold => "cold",
            };
            let visible = visible
                .map(|visible| format!("{:+.2}", visible / 1e3))
                .unwrap_or_default();
            writeln!(
                f,
                "| {pages}, {}, {} | {:.2} | {:+.2} | {:+.1} | {:+.2} | {visible} |",
                row.caller,
                row.question,
                missing / 1e3,
                private / 1e3,
                private / missing * 100.0,
                also_missing / 1e3,
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a quiet machine, and one of these differences.
    fn table(private: f64, also_missing: f64, visible: f64) -> Table {
        let comparison = Comparison {
            missing: 50_000.0,
            also_missing,
            private,
            visible: Some(visible),
            visible_faster: Some(if visible.abs() > 1_000.0 { 0.9 } else { 0.55 }),
        };
        let mut table = Table::new(Engine::Sqlite, Cores::Any, 1);
        table.rows.push(Row {
            pages: Pages::Warm,
            caller: "a stranger",
            question: "repository",
            comparison,
        });
        table
    }

    #[test]
    fn hints_are_found() {
        let (good, bad) = (
            table(500.0, -20.0, 40_000.0),
            table(-2_500.0, 20.0, 40_000.0),
        );
        assert_eq!((good.findings().len(), good.gross_findings().len()), (0, 0));
        assert_eq!((bad.findings().len(), bad.gross_findings().len()), (1, 0));
        let gross = table(15_000.0, 20.0, 40_000.0);
        assert_eq!(
            (gross.findings().len(), gross.gross_findings().len()),
            (1, 1)
        );
    }

    #[test]
    fn hints_are_not_denied_by_a_measurement_that_would_not_show_them() {
        let blind = table(100.0, 20.0, 30.0);
        assert_eq!(
            (blind.findings().len(), blind.gross_findings().len()),
            (1, 1)
        );
        let busy = table(100.0, 9_000.0, 40_000.0);
        assert_eq!((busy.findings().len(), busy.gross_findings().len()), (1, 0));
    }
}
