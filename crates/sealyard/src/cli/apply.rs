//! `sealyard apply`

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, order, print, say};
use crate::admin::{Command, Outcome};
use crate::apply::file::SIZE_MAX;
use crate::apply::{Counts, Report};
use crate::config::{Environment, Settings, StoreArgs};

/// Makes users, organisations, repositories, environments and roles what a file says; works while
/// the server runs and while it does not.
///
/// Prints what it is going to do, then does it, each owner in one step. What the file does not name
/// stays as it is, and nothing but roles is ever taken away. docs/OPERATING.md shows a file.
#[derive(Args)]
pub(super) struct Apply {
    /// The TOML file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Print what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    store: StoreArgs,
}

impl Apply {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let settings = Settings::load(self.store.into(), environment)?;
        let file = read(&self.file)?;
        let refused = |failure: Failure| failure.about(&self.file);
        let command = Command::Apply {
            file: file.clone(),
            dry_run: true,
        };
        let Outcome::Planned(plan) = order(&settings, command).await.map_err(refused)? else {
            return Err(unexpected());
        };
        if plan.counts.is_empty() {
            return print("Nothing to do: everything is as the file says.");
        }
        print(&plan.lines.join("\n"))?;
        let Counts {
            added,
            changed,
            removed,
        } = plan.counts;
        print(&format!(
            "{added} to add, {changed} to change, {removed} to remove"
        ))?;
        if self.dry_run {
            return Ok(());
        }
        if io::stderr().is_terminal() {
            say("Working; if this is interrupted, owners that are done stay done.");
        }
        let command = Command::Apply {
            file,
            dry_run: false,
        };
        let Outcome::Applied(report) = order(&settings, command).await.map_err(refused)? else {
            return Err(unexpected());
        };
        concluded(&report)
    }
}

/// Says what is done, and fails with what is not.
fn concluded(report: &Report) -> Result<(), Failure> {
    for (owner, counts) in &report.done {
        let Counts {
            added,
            changed,
            removed,
        } = counts;
        say(&format!(
            "{owner}: {added} added, {changed} changed, {removed} removed"
        ));
    }
    if report.refused.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<String> = report
        .refused
        .iter()
        .map(|(owner, why)| format!("{owner}: {why}"))
        .collect();
    if !report.not_begun.is_empty() {
        lines.push(format!("not begun: {}", report.not_begun.join(", ")));
    }
    lines.push(
        "each owner is changed whole or not at all; the same command goes on from here".to_owned(),
    );
    let message = lines.join("\n  ");
    Err(if report.is_unavailable {
        Failure::unavailable(message)
    } else {
        Failure::usage(message)
    })
}

/// The file's text, of at most [`SIZE_MAX`].
fn read(path: &Path) -> Result<String, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::usage(format!("cannot read {}: {why}", path.display()))
    };
    let mut text = String::new();
    let limit = u64::try_from(SIZE_MAX).unwrap_or(u64::MAX) + 1;
    let read = if path.as_os_str() == "-" {
        io::stdin().take(limit).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    read.map_err(|error| cannot(&error))?;
    if text.len() > SIZE_MAX {
        return Err(cannot(&format!("it has more than {SIZE_MAX} bytes")));
    }
    Ok(text)
}

fn unexpected() -> Failure {
    Failure::unavailable("the server's admin socket gave the answer of another command")
}
