//! What secrets belong to: the three scopes, and all that differs between them.

use sealyard_vault::{Family, OwnerKind, Place};

use super::name::SecretName;
use crate::audit::Event;
use crate::directory::{Environment, Organization, Repository};
use crate::identity::AccountId;

/// What a secret belongs to.
#[derive(Debug, Clone)]
pub enum Scope {
    /// An organisation.
    Organization(Organization),
    /// A repository.
    Repository(Repository),
    /// An environment of a repository.
    Environment(Repository, Environment),
}

/// A scope as the store keys it: by kind and id, never by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeKey {
    /// 1 organisation, 2 repository, 3 environment.
    pub kind: OwnerKind,
    /// The account, repository or environment.
    pub id: i64,
}

impl Scope {
    /// The store's key.
    pub fn key(&self) -> ScopeKey {
        let (kind, id) = match self {
            Self::Organization(organization) => (OwnerKind::Organization, organization.id.0),
            Self::Repository(repository) => (OwnerKind::Repository, repository.id.0),
            Self::Environment(_, environment) => (OwnerKind::Environment, environment.id.0),
        };
        ScopeKey { kind, id }
    }

    /// The account whose audit chain records changes here.
    pub fn owner(&self) -> AccountId {
        match self {
            Self::Organization(organization) => organization.id,
            Self::Repository(repository) | Self::Environment(repository, _) => repository.owner.id,
        }
    }

    /// The ids that a record is bound to: organisation or repository, and environment or 0.
    fn ids(&self) -> (i64, i64) {
        match self {
            Self::Organization(organization) => (organization.id.0, 0),
            Self::Repository(repository) => (repository.id.0, 0),
            Self::Environment(repository, environment) => (repository.id.0, environment.id.0),
        }
    }

    /// Where a value of this scope belongs.
    pub fn value_place<'a>(&self, write_id: [u8; 16], name: &'a str) -> Place<'a> {
        let (owner, environment) = self.ids();
        Place::secret_value(
            Family::Actions,
            self.key().kind,
            owner,
            environment,
            write_id,
            name,
        )
    }

    /// Where a private sealing key of this scope belongs.
    pub fn key_place<'a>(&self, key_id: &'a str) -> Place<'a> {
        let (owner, environment) = self.ids();
        Place::sealing_key(Family::Actions, self.key().kind, owner, environment, key_id)
    }

    /// How many secrets it holds at most. GitHub: "Limits for secrets".
    pub fn secrets_max(&self) -> i64 {
        match self {
            Self::Organization(_) => 1_000,
            Self::Repository(_) | Self::Environment(..) => 100,
        }
    }

    /// The id-based path that `Link` names.
    pub fn path(&self) -> String {
        let place = self.place_path();
        match self {
            Self::Organization(_) | Self::Repository(_) => format!("{place}/actions"),
            Self::Environment(..) => place,
        }
    }

    /// The id-based path of what holds the secrets.
    pub fn place_path(&self) -> String {
        match self {
            Self::Organization(organization) => format!("/organizations/{}", organization.id.0),
            Self::Repository(repository) => format!("/repositories/{}", repository.id.0),
            Self::Environment(repository, environment) => format!(
                "/repositories/{}/environments/{}",
                repository.id.0,
                crate::http::encode_segment(&environment.name)
            ),
        }
    }

    /// GitHub's action name for the audit log: `create` becomes `org.create_actions_secret`.
    pub fn action(&self, verb: &str) -> String {
        let noun = match self {
            Self::Organization(_) => "org",
            Self::Repository(_) => "repo",
            Self::Environment(..) => "environment",
        };
        format!("{noun}.{verb}_actions_secret")
    }

    /// The audit entry of something done here, still without an action.
    pub fn event(&self) -> Event<'_> {
        match self {
            Self::Organization(organization) => Event {
                org: Some(&organization.login),
                ..Event::default()
            },
            Self::Repository(repository) => Event::in_repository(repository),
            Self::Environment(repository, environment) => Event {
                environment_name: Some(&environment.name),
                ..Event::in_repository(repository)
            },
        }
    }

    /// The same, done to this secret.
    pub fn event_of<'a>(&'a self, name: &'a SecretName) -> Event<'a> {
        Event {
            name: Some(name.as_str()),
            ..self.event()
        }
    }
}
