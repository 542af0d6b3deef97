//! One change of a plan, and its line.

use std::fmt;

use super::{WantedOwner, WantedRepository};
use crate::directory::account::Profile;
use crate::directory::repository::Changes;
use crate::directory::{
    AccountKind, EnvironmentName, OrganizationRole, RepositoryRole, RepositoryVisibility,
};
use crate::identity::Login;

/// One difference. It prints as a line of the plan.
#[derive(Debug, Clone)]
pub(super) struct Change<'a> {
    /// Whose it is.
    pub(super) owner: &'a WantedOwner,
    /// What it is.
    pub(super) what: What<'a>,
}

/// What a [`Change`] does.
#[derive(Debug, Clone)]
pub(super) enum What<'a> {
    /// Makes the owner.
    AddOwner,
    /// Says something else of the owner.
    Describe {
        /// All that will be said.
        profile: Profile,
        /// What of it is new.
        keys: Vec<&'static str>,
    },
    /// Gives somebody another place in the organisation.
    SetMember {
        /// Who.
        person: Person<'a>,
        /// The place they have.
        before: Option<OrganizationRole>,
        /// The place they get.
        role: OrganizationRole,
    },
    /// Lets a member go, with every role in the organisation's repositories.
    RemoveMember {
        /// Who.
        person: Person<'a>,
        /// The place they have.
        before: OrganizationRole,
    },
    /// Makes a repository.
    AddRepository {
        /// Which.
        repository: Place<'a>,
        /// Who may see it.
        visibility: RepositoryVisibility,
    },
    /// Changes a repository, or makes it read-only when all else is done.
    ChangeRepository {
        /// Which.
        repository: Place<'a>,
        /// What is asked for.
        changes: Changes,
        /// Who may see it now, if that changes.
        before: Option<RepositoryVisibility>,
    },
    /// Makes an environment.
    AddEnvironment {
        /// Where.
        repository: Place<'a>,
        /// Which.
        name: &'a EnvironmentName,
    },
    /// Gives somebody another role in a repository.
    SetCollaborator {
        /// Where.
        repository: Place<'a>,
        /// Who.
        person: Person<'a>,
        /// The role they have.
        before: Option<RepositoryRole>,
        /// The role they get.
        role: RepositoryRole,
    },
    /// Takes somebody's role in a repository away.
    RemoveCollaborator {
        /// Where.
        repository: Place<'a>,
        /// Who.
        person: Person<'a>,
    },
}

/// A repository of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Its key.
    pub(super) key: &'a str,
    /// What is asked for.
    pub(super) wanted: &'a WantedRepository,
}

/// Somebody in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person<'a> {
    /// Their key.
    pub(super) key: &'a str,
    /// Their login, as written.
    pub(super) login: &'a Login,
}

/// What a line of the plan begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// `+`
    Add,
    /// `~`
    Change,
    /// `-`
    Remove,
}

impl Change<'_> {
    /// Which kind of change it is.
    pub(super) fn sign(&self) -> Sign {
        match &self.what {
            What::AddOwner
            | What::SetMember { before: None, .. }
            | What::AddRepository { .. }
            | What::AddEnvironment { .. }
            | What::SetCollaborator { before: None, .. } => Sign::Add,
            What::Describe { .. }
            | What::SetMember {
                before: Some(_), ..
            }
            | What::ChangeRepository { .. }
            | What::SetCollaborator {
                before: Some(_), ..
            } => Sign::Change,
            What::RemoveMember { .. } | What::RemoveCollaborator { .. } => Sign::Remove,
        }
    }
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.sign() {
            Sign::Add => '+',
            Sign::Change => '~',
            Sign::Remove => '-',
        };
        let owner = self.owner.login.as_str();
        let kind = match self.owner.kind {
            AccountKind::User => "user",
            AccountKind::Organization => "organization",
        };
        write!(f, "{sign} ")?;
        match &self.what {
            What::AddOwner => write!(f, "{kind} {owner}"),
            What::Describe { keys, .. } => write!(f, "{kind} {owner} {}", keys.join(", ")),
            What::SetMember {
                person,
                before,
                role,
            } => {
                write!(f, "member {owner} {} ", person.login.as_str())?;
                arrow(f, before.map(OrganizationRole::as_str), role.as_str())
            }
            What::RemoveMember { person, .. } => {
                write!(f, "member {owner} {}", person.login.as_str())
            }
            What::AddRepository {
                repository,
                visibility,
            } => write!(f, "repository {owner}/{repository} {}", visibility.as_str()),
            What::ChangeRepository {
                repository,
                changes,
                before,
            } => {
                write!(f, "repository {owner}/{repository} ")?;
                repository_changes(f, changes, *before)
            }
            What::AddEnvironment { repository, name } => {
                write!(f, "environment {owner}/{repository} {}", name.as_str())
            }
            What::SetCollaborator {
                repository,
                person,
                before,
                role,
            } => {
                let login = person.login.as_str();
                write!(f, "collaborator {owner}/{repository} {login} ")?;
                arrow(f, before.map(RepositoryRole::as_str), role.as_str())
            }
            What::RemoveCollaborator { repository, person } => {
                let login = person.login.as_str();
                write!(f, "collaborator {owner}/{repository} {login}")
            }
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wanted.name.as_str())
    }
}

fn arrow(f: &mut fmt::Formatter<'_>, before: Option<&str>, after: &str) -> fmt::Result {
    match before {
        Some(before) => write!(f, "{before} -> {after}"),
        None => f.write_str(after),
    }
}

fn repository_changes(
    f: &mut fmt::Formatter<'_>,
    changes: &Changes,
    before: Option<RepositoryVisibility>,
) -> fmt::Result {
    let mut parts = Vec::new();
    if let (Some(before), Some(change)) = (before, changes.visibility) {
        let after = change.applied(before);
        let (before, after) = (before.as_str(), after.as_str());
        parts.push(format!("visibility {before} -> {after}"));
    }
    parts.extend(changes.archived.map(|archived| {
        let word = if archived { "archived" } else { "unarchived" };
        word.to_owned()
    }));
    parts.extend(
        changes
            .description
            .is_some()
            .then(|| "description".to_owned()),
    );
    f.write_str(&parts.join(", "))
}
