//! GitHub's permission matrix as data, and the pure functions that read it.
//!
//! Sources: GitHub's REST pages of each operation, "Scopes for OAuth apps", "Permissions required
//! for GitHub Apps", and what the running service was seen to answer; docs/COMPATIBILITY.md says
//! where they differ.
//!
//! A request is decided in this order, and each step knows only what the one before let it know:
//! is the credential good ([`admit`]), is its kind taken here ([`accept`]), may the target be seen,
//! is this enough, may it be changed now ([`decide()`]).

mod decide;
mod set;
mod table;

pub use decide::{accept, admit, decide};
pub use set::{Error as PermissionsError, Level, Permission, Permissions};
pub use table::{Operation, Row, TABLE, row};

use super::scopes::{Scope, Scopes};
use crate::directory::{OrganizationRole, RepositoryRole, RepositoryVisibility};
use crate::http::profile::Profile;
use crate::runners::register::Purpose;

/// Whether a credential that was recognised still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// It was taken back.
    pub revoked: bool,
    /// When it ends, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// Whoever it stands for is held back.
    pub suspended: Option<Suspended>,
}

/// Who is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspended {
    /// The user of a token.
    User,
    /// The installation of a token.
    Installation,
    /// The app of a token or of a JWT.
    App,
}

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
    /// A fine-grained personal access token.
    FineGrained {
        /// What it was given for the places it covers.
        permissions: Permissions,
    },
    /// The token of an app's installation.
    Installation {
        /// What token, installation and app all have.
        permissions: Permissions,
    },
    /// An app's JWT.
    App,
    /// A runner's registration or remove token, sent as `RemoteAuth`.
    Enrolment(Purpose),
    /// A runner's own credential.
    Runner,
}

/// What is true of the target and the caller together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facts {
    /// The operation has no target.
    None,
    /// The caller's own account.
    Own {
        /// Whether the credential reaches it; those that name no account reach all.
        covered: bool,
    },
    /// An organisation that exists.
    Organization {
        /// The caller's place in it.
        role: Option<OrganizationRole>,
        /// Whether the credential reaches it.
        covered: bool,
    },
    /// A repository that exists.
    Repository {
        /// Who may see it.
        visibility: RepositoryVisibility,
        /// Whether it is read-only.
        archived: bool,
        /// The caller's role: the highest of collaborator, organisation and owner.
        role: Option<RepositoryRole>,
        /// Whether the credential reaches it.
        covered: bool,
    },
}

/// What an operation asks of a caller: which kind, which role, which scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the answer is for everybody.
    Nothing,
    /// A token of a user or an installation.
    Token,
    /// A user's token.
    User,
    /// A user's token, a classic one with one of these scopes.
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
    /// An app's JWT.
    App,
    /// An installation's token.
    Installation,
    /// A user's token that an app was given; nothing here makes one.
    UserOfApp,
    /// To read the repository, signed in and with the scope its visibility asks for: what is decided
    /// there names its own people.
    Review,
    /// A runner's own credential.
    Runner,
}

/// Which permission an operation asks of apps and fine-grained tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// None.
    Nothing,
    /// This one.
    Of(Permission, Level),
    /// The one for secrets of environments: `secrets` on an Enterprise Server 3.2, `environments`
    /// on github.com.
    EnvironmentSecrets(Level),
}

/// Which credentials of runners an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remote {
    /// None.
    No,
    /// Registration and remove tokens.
    Either,
    /// Remove tokens.
    Remove,
    /// A runner's own.
    Runner,
}

/// The settings that change decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Which GitHub decides.
    pub profile: Profile,
    /// Whether reading a repository is enough for its public key.
    pub readers_get_public_key: bool,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The credential is not good, or not of a kind that is taken here: 401.
    BadCredentials,
    /// An app's JWT is asked for: 401.
    NoJwt,
    /// Whoever the credential stands for is suspended: 403.
    Suspended(Suspended),
    /// The caller may not know that the target exists: 404.
    Hidden,
    /// The caller must say who they are: 401.
    Unauthenticated,
    /// Known, visible, and not enough: 403.
    Insufficient,
    /// The same, because the fine-grained token was not given it: 403.
    NotByToken,
    /// The same, because the app was not given it: 403.
    NotByIntegration,
    /// The repository is read-only: 403.
    Archived,
}

impl Facts {
    /// The same of a repository that the credential reaches, or does not.
    #[must_use]
    pub fn covered(mut self, is_covered: bool) -> Self {
        if let Self::Repository { covered, .. } = &mut self {
            *covered = is_covered;
        }
        self
    }
}

impl Ask {
    /// The permission in a profile.
    pub fn of(self, profile: Profile) -> Option<(Permission, Level)> {
        match (self, profile) {
            (Self::Nothing, _) => None,
            (Self::Of(permission, level), _) => Some((permission, level)),
            (Self::EnvironmentSecrets(level), Profile::Ghes32) => {
                Some((Permission::SECRETS, level))
            }
            (Self::EnvironmentSecrets(level), Profile::GithubCom) => {
                Some((Permission::ENVIRONMENTS, level))
            }
        }
    }
}

impl Remote {
    fn takes(self, purpose: Purpose) -> bool {
        match (self, purpose) {
            (Self::Either, _) | (Self::Remove, Purpose::Remove) => true,
            (Self::No | Self::Runner, _) | (Self::Remove, Purpose::Register) => false,
        }
    }
}

impl Credential {
    /// Whether the credential lets its holder see the target at all.
    pub fn sees(&self, facts: &Facts) -> bool {
        let (visibility, role, covered) = match *facts {
            Facts::None | Facts::Own { .. } => return true,
            // Organisations are public pages; only a runner's token is for one place alone.
            Facts::Organization { covered, .. } => {
                return covered || !matches!(self, Self::Enrolment(_) | Self::Runner);
            }
            Facts::Repository {
                visibility,
                role,
                covered,
                ..
            } => (visibility, role, covered),
        };
        let public = visibility == RepositoryVisibility::Public;
        match self {
            Self::Anonymous | Self::App => public,
            // Every user of the instance belongs to its one enterprise.
            Self::Classic { scopes, .. } => {
                let known = role.is_some() || visibility == RepositoryVisibility::Internal;
                public || (known && scopes.contain(Scope::REPO))
            }
            Self::FineGrained { .. } => {
                let known = role.is_some() || visibility == RepositoryVisibility::Internal;
                public || (known && covered)
            }
            Self::Installation { .. } => public || covered,
            Self::Enrolment(_) | Self::Runner => covered,
        }
    }
}
