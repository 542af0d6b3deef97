//! What runners belong to: an organisation or a repository, and all that differs between them.

use crate::audit::Event;
use crate::directory::{Organization, Repository, RepositoryId};
use crate::identity::AccountId;

/// What a runner belongs to.
#[derive(Debug, Clone)]
pub enum Scope {
    /// An organisation.
    Organization(Organization),
    /// A repository.
    Repository(Repository),
}

/// A scope as the store keys it: by kind and id, never by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeKey {
    /// Which kind of thing.
    pub kind: ScopeKind,
    /// The account or repository.
    pub id: i64,
}

/// The two kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// An organisation.
    Organization,
    /// A repository.
    Repository,
}

impl ScopeKey {
    /// That of an organisation.
    pub fn organization(account: AccountId) -> Self {
        Self {
            kind: ScopeKind::Organization,
            id: account.0,
        }
    }

    /// That of a repository.
    pub fn repository(repository: RepositoryId) -> Self {
        Self {
            kind: ScopeKind::Repository,
            id: repository.0,
        }
    }
}

impl ScopeKind {
    /// As in the store, the same as for secrets.
    pub fn code(self) -> i64 {
        match self {
            Self::Organization => 1,
            Self::Repository => 2,
        }
    }

    /// The inverse of [`Self::code`].
    pub fn parse(code: i64) -> Option<Self> {
        [Self::Organization, Self::Repository]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

impl Scope {
    /// The store's key.
    pub fn key(&self) -> ScopeKey {
        match self {
            Self::Organization(organization) => ScopeKey::organization(organization.id),
            Self::Repository(repository) => ScopeKey::repository(repository.id),
        }
    }

    /// The account whose audit chain records changes here.
    pub fn owner(&self) -> AccountId {
        match self {
            Self::Organization(organization) => organization.id,
            Self::Repository(repository) => repository.owner.id,
        }
    }

    /// The id-based path that `Link` names.
    pub fn path(&self) -> String {
        match self {
            Self::Organization(organization) => {
                format!("/organizations/{}/actions/runners", organization.id.0)
            }
            Self::Repository(repository) => {
                format!("/repositories/{}/actions/runners", repository.id.0)
            }
        }
    }

    /// GitHub's action name for the audit log: `remove_self_hosted_runner` becomes
    /// `org.remove_self_hosted_runner`.
    pub fn action(&self, verb: &str) -> String {
        let noun = match self {
            Self::Organization(_) => "org",
            Self::Repository(_) => "repo",
        };
        format!("{noun}.{verb}")
    }

    /// The audit entry of something done here, still without an action.
    pub fn event(&self) -> Event<'_> {
        match self {
            Self::Organization(organization) => Event {
                org: Some(&organization.login),
                ..Event::default()
            },
            Self::Repository(repository) => Event::in_repository(repository),
        }
    }
}
