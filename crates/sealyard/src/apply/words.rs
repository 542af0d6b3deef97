//! The tables, keys and words of the file, as TOML gives them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::directory::{OrganizationRole, RepositoryRole, RepositoryVisibility};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) users: BTreeMap<String, User>,
    #[serde(default)]
    pub(super) organizations: BTreeMap<String, Organization>,
}

/// `[users.LOGIN]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) repositories: BTreeMap<String, Repository>,
}

/// `[organizations.LOGIN]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organization {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) members: BTreeMap<String, MemberWord>,
    #[serde(default)]
    pub(super) repositories: BTreeMap<String, Repository>,
}

/// `[….repositories.NAME]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repository {
    pub(super) visibility: Option<VisibilityWord>,
    pub(super) archived: Option<bool>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) environments: Vec<String>,
    #[serde(default)]
    pub(super) collaborators: BTreeMap<String, CollaboratorWord>,
}

/// Who may see a repository.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum VisibilityWord {
    Private,
    Internal,
    Public,
}

/// A place in an organisation, or none.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MemberWord {
    Admin,
    Member,
    None,
}

/// A role in a repository in GitHub's words, or none.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CollaboratorWord {
    #[serde(alias = "read")]
    Pull,
    Triage,
    #[serde(alias = "write")]
    Push,
    Maintain,
    Admin,
    None,
}

impl From<VisibilityWord> for RepositoryVisibility {
    fn from(word: VisibilityWord) -> Self {
        match word {
            VisibilityWord::Private => Self::Private,
            VisibilityWord::Internal => Self::Internal,
            VisibilityWord::Public => Self::Public,
        }
    }
}

impl From<MemberWord> for Option<OrganizationRole> {
    fn from(word: MemberWord) -> Self {
        match word {
            MemberWord::Admin => Some(OrganizationRole::Owner),
            MemberWord::Member => Some(OrganizationRole::Member),
            MemberWord::None => None,
        }
    }
}

impl From<CollaboratorWord> for Option<RepositoryRole> {
    fn from(word: CollaboratorWord) -> Self {
        match word {
            CollaboratorWord::Pull => Some(RepositoryRole::Read),
            CollaboratorWord::Triage => Some(RepositoryRole::Triage),
            CollaboratorWord::Push => Some(RepositoryRole::Write),
            CollaboratorWord::Maintain => Some(RepositoryRole::Maintain),
            CollaboratorWord::Admin => Some(RepositoryRole::Admin),
            CollaboratorWord::None => None,
        }
    }
}
