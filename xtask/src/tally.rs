//! What a step came to: how many checks passed and failed, read from what programs print.

use std::fmt;
use std::ops::AddAssign;

/// What a command or a step of CI came to when it did not stop with an error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran, and has nothing to count.
    Done,
    /// It ran so many checks.
    Counted(Tally),
    /// It could not run here, and why.
    Skipped(String),
}

/// Checks that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    pub(crate) fn is_clean(self) -> bool {
        self.failed == 0
    }

    /// One check, as it went.
    pub(crate) fn one(passed: bool) -> Self {
        Self {
            passed: u64::from(passed),
            failed: u64::from(!passed),
        }
    }

    /// Reads the closing line of a test binary (`test result: ok. 3 passed; 0 failed; …`) or of a
    /// client's script (`3 passed, 0 failed`). Other lines are `None`.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let counts = line
            .strip_prefix("test result: ")
            .map_or(Some(line), |rest| {
                rest.split_once(". ").map(|(_verdict, counts)| counts)
            })?;
        let mut parts = counts.split([';', ',']).map(str::trim);
        let passed = parts.next()?.strip_suffix(" passed")?.parse().ok()?;
        let failed = parts.next()?.strip_suffix(" failed")?.parse().ok()?;
        Some(Self { passed, failed })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_a_test_binary_is_counted() {
        let line =
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 1 filtered out";
        assert_eq!(
            Tally::read(line),
            Some(Tally {
                passed: 12,
                failed: 3
            })
        );
    }

    #[test]
    fn the_closing_line_of_a_client_is_counted() {
        assert_eq!(
            Tally::read("61 passed, 2 failed"),
            Some(Tally {
                passed: 61,
                failed: 2
            })
        );
    }

    #[test]
    fn a_line_that_only_speaks_of_passing_is_not_counted() {
        for line in [
            "ok - 3 passed the door",
            "test result: ok",
            "test a::b ... ok",
            "",
        ] {
            assert_eq!(Tally::read(line), None, "{line}");
        }
    }

    #[test]
    fn what_is_read_is_what_is_printed() {
        let tally = Tally {
            passed: 7,
            failed: 1,
        };
        assert_eq!(Tally::read(&tally.to_string()), Some(tally));
    }
}
