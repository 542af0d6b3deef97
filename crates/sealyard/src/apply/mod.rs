//! What one file says of accounts, repositories and roles, and how the store becomes like it.
//!
//! `file` reads the file into a [`Wanted`]; `plan` compares that with the store and names every
//! difference; `work` makes them, owner by owner, each owner in one write. What the file does not
//! name stays as it is.

mod change;
pub mod file;
mod owner;
mod plan;
mod store;
mod words;
mod work;

use std::collections::BTreeMap;

use sealyard_sql as sql;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::directory::repository::TextChange;
use crate::directory::{
    self, AccountKind, EnvironmentName, OrganizationRole, RepositoryName, RepositoryRole,
    RepositoryVisibility,
};
use crate::identity::Login;

use change::{Change, Sign};
pub use work::apply;

/// Everything that a file asks for, by the owner's login as [`directory::name_key`] makes it.
pub type Wanted = BTreeMap<String, WantedOwner>;

/// What is asked for of one user or organisation, who is made if missing.
#[derive(Debug, Clone)]
pub struct WantedOwner {
    /// How it is called, if it is made.
    pub login: Login,
    /// What it must be.
    pub kind: AccountKind,
    /// The name people read.
    pub name: Option<TextChange>,
    /// Of a user.
    pub email: Option<TextChange>,
    /// Of an organisation.
    pub description: Option<TextChange>,
    /// Of an organisation.
    pub members: Roles<OrganizationRole>,
    /// By name, as [`directory::name_key`] makes it.
    pub repositories: BTreeMap<String, WantedRepository>,
}

/// What is asked for of one repository, which is made if missing.
#[derive(Debug, Clone)]
pub struct WantedRepository {
    /// How it is called, if it is made.
    pub name: RepositoryName,
    /// Who may see it; of a new one, [`RepositoryVisibility::Private`] if nothing is said.
    pub visibility: Option<RepositoryVisibility>,
    /// Whether it is read-only.
    pub archived: Option<bool>,
    /// In its owner's words.
    pub description: Option<TextChange>,
    /// Those that are made if missing, by name as [`directory::name_key`] makes it.
    pub environments: BTreeMap<String, EnvironmentName>,
    /// Who is given what here.
    pub collaborators: Roles<RepositoryRole>,
}

/// Roles by login as [`directory::name_key`] makes it.
pub type Roles<R> = BTreeMap<String, WantedRole<R>>;

/// What one person is to be.
#[derive(Debug, Clone)]
pub struct WantedRole<R> {
    /// Who, as written.
    pub login: Login,
    /// `None` takes the role away.
    pub role: Option<R>,
}

impl WantedOwner {
    /// Everybody whose role the file gives or takes here.
    fn people(&self) -> impl Iterator<Item = (&String, &Login)> {
        let members = self.members.iter().map(|(key, role)| (key, &role.login));
        let collaborators = self
            .repositories
            .values()
            .flat_map(|repository| &repository.collaborators)
            .map(|(key, role)| (key, &role.login));
        members.chain(collaborators)
    }
}

/// Why nothing, or nothing of one owner, was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no TOML, or has a key or a word that is not known.
    #[error("line {line}: {message}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The file asks for what cannot be, each reason a sentence.
    #[error("{}", listed(.0))]
    Impossible(Vec<String>),
    /// One change was refused.
    #[error("{why} ({change})")]
    Refused {
        /// Which, as in the plan.
        change: String,
        /// Why.
        why: directory::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] sql::Error),
}

/// Reasons of [`Error::Impossible`] that are shown: more of them are one mistake made often.
const REASONS_SHOWN_MAX: usize = 20;

fn listed(reasons: &[String]) -> String {
    if let [reason] = reasons {
        return reason.clone();
    }
    let mut lines = vec![format!("{} mistakes", reasons.len())];
    lines.extend(reasons.iter().take(REASONS_SHOWN_MAX).cloned());
    if reasons.len() > REASONS_SHOWN_MAX {
        lines.push("…".to_owned());
    }
    lines.join("\n  ")
}

/// How many changes of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Things and roles that were not there.
    pub added: usize,
    /// Those that become different.
    pub changed: usize,
    /// Roles that are taken away.
    pub removed: usize,
}

impl Counts {
    fn of(changes: &[Change<'_>]) -> Self {
        let mut counts = Self::default();
        for change in changes {
            *match change.sign() {
                Sign::Add => &mut counts.added,
                Sign::Change => &mut counts.changed,
                Sign::Remove => &mut counts.removed,
            } += 1;
        }
        counts
    }

    /// Whether there is nothing to do.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// A plan as it is shown.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// One for each change, beginning with `+`, `~` or `-`.
    pub lines: Vec<String>,
    /// How many there are.
    pub counts: Counts,
}

/// What came of applying a file.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Owners whose changes are in the store, and how many those were.
    pub done: Vec<(String, Counts)>,
    /// Owners of whose changes nothing is in the store, and why.
    pub refused: Vec<(String, String)>,
    /// Owners after a failure of the store, which were not begun.
    pub not_begun: Vec<String>,
    /// Whether it was the store that failed, so that the same file may do later.
    pub is_unavailable: bool,
}

/// Says what would be done, and does nothing.
pub async fn preview(app: &App, wanted: &Wanted) -> Result<Plan, Error> {
    let mut read = app.db.read().await?;
    let now = store::everything(&mut read, wanted).await?;
    drop(read);
    let changes = plan::everything(wanted, &now)?;
    let all: Vec<_> = changes
        .into_iter()
        .flat_map(|(_, changes)| changes)
        .collect();
    Ok(Plan {
        counts: Counts::of(&all),
        lines: all.iter().map(ToString::to_string).collect(),
    })
}
