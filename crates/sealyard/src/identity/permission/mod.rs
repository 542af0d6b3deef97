//! GitHub's permission matrix as data, and the one pure function that reads it.
//!
//! Sources: GitHub's REST pages of each operation, "Scopes for OAuth apps", and what the running
//! service was seen to answer; docs/COMPATIBILITY.md says where they differ.

mod table;

pub use table::{Operation, Row, TABLE, row};

use super::scopes::{Scope, Scopes};
use crate::directory::{OrganizationRole, RepositoryRole, RepositoryVisibility};

/// What the caller sent, as far as permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    Anonymous,
    /// A classic or OAuth token.
    Classic {
        /// What it was given.
        scopes: Scopes,
        /// Whether its user administers the instance.
        site_admin: bool,
    },
}

/// What is true of the target and the caller together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facts {
    /// The operation has no target.
    None,
    /// An organisation that exists.
    Organization {
        /// The caller's place in it.
        role: Option<OrganizationRole>,
    },
    /// A repository that exists.
    Repository {
        /// Who may see it.
        visibility: RepositoryVisibility,
        /// Whether it is read-only.
        archived: bool,
        /// The caller's role: the highest of collaborator, organisation and owner.
        role: Option<RepositoryRole>,
    },
}

/// What an operation asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the answer is for everybody.
    Nothing,
    /// A valid credential.
    User,
    /// A valid credential with one of these scopes.
    Scoped(&'static [Scope]),
    /// A site administrator with this scope.
    SiteAdmin(Scope),
    /// To see the organisation.
    SeeOrganization,
    /// A place in the organisation, and one of these scopes.
    Organization(OrganizationRole, &'static [Scope]),
    /// At least this role in the repository, and the scope its visibility asks for.
    Repository(RepositoryRole),
    /// The same, and refused while the repository is archived.
    ChangeRepository(RepositoryRole),
    /// Read or write, as profile and settings say: the public key of a repository.
    PublicKey,
    /// Administration of the repository and a scope of its own.
    DeleteRepository,
}

/// The outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Allow,
    /// Stop.
    Refuse(Refusal),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The caller may not know that the target exists: 404.
    Hidden,
    /// The caller must say who they are: 401.
    Unauthenticated,
    /// Known, visible, and not enough: 403.
    Insufficient,
    /// The repository is read-only: 403.
    Archived,
}

impl Credential {
    /// Whether the credential lets its holder see the target at all.
    pub fn sees(&self, facts: &Facts) -> bool {
        let Facts::Repository {
            visibility, role, ..
        } = facts
        else {
            return true;
        };
        match (visibility, self) {
            (RepositoryVisibility::Public, _) => true,
            (_, Self::Anonymous) => false,
            // Every user of the instance belongs to its one enterprise.
            (RepositoryVisibility::Internal, Self::Classic { scopes, .. }) => {
                scopes.contain(Scope::REPO)
            }
            (RepositoryVisibility::Private, Self::Classic { scopes, .. }) => {
                role.is_some() && scopes.contain(Scope::REPO)
            }
        }
    }
}

/// Decides, in the order that tells nobody more than they may know: see, sign in, may, may now.
///
/// Pure: no clock, no store, no settings but the one argument.
pub fn decide(
    row: &Row,
    credential: &Credential,
    facts: Facts,
    readers_get_public_key: bool,
) -> Decision {
    if !credential.sees(&facts) {
        return Decision::Refuse(Refusal::Hidden);
    }
    if matches!(row.need, Need::Nothing | Need::SeeOrganization) {
        return Decision::Allow;
    }
    let Credential::Classic { scopes, site_admin } = credential else {
        let reads = row.need == Need::Repository(RepositoryRole::Read);
        let public_reading = reads && matches!(facts, Facts::Repository { .. });
        return if public_reading {
            Decision::Allow
        } else {
            Decision::Refuse(Refusal::Unauthenticated)
        };
    };
    let need_role = match row.need {
        Need::PublicKey if readers_get_public_key => RepositoryRole::Read,
        Need::PublicKey => RepositoryRole::Write,
        Need::Repository(role) | Need::ChangeRepository(role) => role,
        Need::DeleteRepository => RepositoryRole::Admin,
        // On an Enterprise Server these routes do not exist for others.
        Need::SiteAdmin(scope) if !site_admin || !scopes.contain(scope) => {
            return Decision::Refuse(Refusal::Hidden);
        }
        Need::Scoped(accepted) if !scopes.contain_any(accepted) => {
            return Decision::Refuse(Refusal::Insufficient);
        }
        Need::Organization(role, accepted) => {
            return organization(facts, role, scopes.contain_any(accepted));
        }
        Need::Nothing
        | Need::User
        | Need::Scoped(_)
        | Need::SiteAdmin(_)
        | Need::SeeOrganization => {
            return Decision::Allow;
        }
    };
    repository(row.need, facts, need_role, *scopes)
}

fn organization(facts: Facts, need: OrganizationRole, scoped: bool) -> Decision {
    let Facts::Organization { role: Some(role) } = facts else {
        return Decision::Refuse(Refusal::Insufficient);
    };
    if scoped && role >= need {
        Decision::Allow
    } else {
        Decision::Refuse(Refusal::Insufficient)
    }
}

fn repository(need: Need, facts: Facts, need_role: RepositoryRole, scopes: Scopes) -> Decision {
    let Facts::Repository {
        visibility,
        archived,
        role,
    } = facts
    else {
        return Decision::Refuse(Refusal::Insufficient);
    };
    // Whoever sees a repository reads it; a role beyond that needs the scope of its visibility.
    let scope = match (need, visibility) {
        (Need::DeleteRepository, _) => Scope::DELETE_REPO,
        (_, RepositoryVisibility::Public) => Scope::PUBLIC_REPO,
        (_, RepositoryVisibility::Private | RepositoryVisibility::Internal) => Scope::REPO,
    };
    let held = if scopes.contain(scope) { role } else { None };
    if need_role > RepositoryRole::Read && held.is_none_or(|role| role < need_role) {
        return Decision::Refuse(Refusal::Insufficient);
    }
    if archived && matches!(need, Need::ChangeRepository(_)) {
        return Decision::Refuse(Refusal::Archived);
    }
    Decision::Allow
}
