//! The nouns that secrets hang on: organisations, repositories, environments and who belongs to
//! them.

pub mod account;
pub mod branch_policy;
pub mod collaborator;
pub mod draft;
pub mod environment;
mod fnmatch;
pub mod member;
pub mod organization;
pub mod render;
pub mod repository;
pub mod routes;
pub mod store;

use crate::identity::AccountId;
use crate::identity::permission::Facts;

/// The id of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryId(pub i64);

/// The id of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentId(pub i64);

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// A person or a machine.
    User,
    /// A group that owns repositories.
    Organization,
}

/// An organisation that was found.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Its id.
    pub id: AccountId,
    /// Its login, as written.
    pub login: String,
}

/// The owner of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its id.
    pub id: AccountId,
    /// User or organisation.
    pub kind: AccountKind,
    /// Its login, as written.
    pub login: String,
    /// Whether it is a site administrator.
    pub site_admin: bool,
}

impl Owner {
    /// The login, if it is an organisation's.
    pub fn organization_login(&self) -> Option<&str> {
        (self.kind == AccountKind::Organization).then_some(self.login.as_str())
    }
}

/// A repository that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its id.
    pub id: RepositoryId,
    /// Its owner.
    pub owner: Owner,
    /// Its name, as written.
    pub name: String,
    /// Who may see it.
    pub visibility: RepositoryVisibility,
    /// Whether it is read-only.
    pub archived: bool,
}

impl Repository {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner.login, self.name)
    }
}

/// An environment that was found.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// Its name, as written.
    pub name: String,
}

/// Who may see a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryVisibility {
    /// Everybody.
    Public,
    /// Every user of this instance.
    Internal,
    /// Those with a role.
    Private,
}

/// A place in an organisation, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrganizationRole {
    /// Belongs to it. GitHub: `member`.
    Member,
    /// Runs it. GitHub: `admin`.
    Owner,
}

/// A role in a repository, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepositoryRole {
    /// `pull`
    Read,
    /// `triage`
    Triage,
    /// `push`
    Write,
    /// `maintain`
    Maintain,
    /// `admin`
    Admin,
}

/// A repository as one caller sees it.
pub struct Seen {
    /// The repository.
    pub repository: Repository,
    /// The environment that was asked for, if there is one of that name.
    pub environment: Option<Environment>,
    /// What the permission table needs to know.
    pub facts: Facts,
}

impl AccountKind {
    /// As `type` on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Organization => "Organization",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Organization]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

impl RepositoryVisibility {
    /// As on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Private => "private",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Public, Self::Internal, Self::Private]
            .into_iter()
            .find(|visibility| visibility.as_str() == text)
    }

    /// `private` on the wire: everything that is not public.
    pub fn is_private(self) -> bool {
        self != Self::Public
    }
}

impl OrganizationRole {
    /// As on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "admin",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Member, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

impl RepositoryRole {
    /// All of them, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Triage,
        Self::Write,
        Self::Maintain,
        Self::Admin,
    ];

    /// As a collaborator's `permission` and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "pull",
            Self::Triage => "triage",
            Self::Write => "push",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The role that counts: owners have all, organisation owners too, members read, and a
    /// collaborator what they were given.
    pub fn highest(
        owner: bool,
        member: Option<OrganizationRole>,
        collaborator: Option<Self>,
    ) -> Option<Self> {
        let by_membership = member.map(|role| match role {
            OrganizationRole::Owner => Self::Admin,
            OrganizationRole::Member => Self::Read,
        });
        owner
            .then_some(Self::Admin)
            .max(by_membership)
            .max(collaborator)
    }

    /// As `role_name` of a collaborator.
    pub fn role_name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// GitHub's older `permission`, which knows three levels.
    pub fn legacy_permission(self) -> &'static str {
        match self {
            Self::Read | Self::Triage => "read",
            Self::Write | Self::Maintain => "write",
            Self::Admin => "admin",
        }
    }
}

/// The key under which names without case are compared: the one rule, for both engines.
///
/// Logins and repository names are ASCII, environment names are any text; full Unicode lower-casing
/// would let one name reach another (`İ`), so only ASCII letters fold and the rest must be equal.
pub fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Whether a text is one line of at most `max` characters.
pub fn is_line(text: &str, max: usize) -> bool {
    text.chars().count() <= max && !text.chars().any(char::is_control)
}

/// The longest repository name, in characters.
const REPOSITORY_NAME_LENGTH_MAX: usize = 100;
/// The longest environment name, in characters.
const ENVIRONMENT_NAME_LENGTH_MAX: usize = 255;

/// A repository name: `[A-Za-z0-9._-]`, 1 to 100, not `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// Checks the form.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let fits = (1..=REPOSITORY_NAME_LENGTH_MAX).contains(&text.len());
        (plain && fits && text != "." && text != "..").then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An environment name: any text of 1 to 255 characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentName(String);

impl EnvironmentName {
    /// Checks the form.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=ENVIRONMENT_NAME_LENGTH_MAX).contains(&text.chars().count());
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a change of the directory was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The login or name is taken.
    #[error("the name is taken")]
    Taken,
    /// The thing is not there, or went away meanwhile.
    #[error("not found")]
    NotFound,
    /// An organisation must keep an owner.
    #[error("the last owner cannot leave")]
    LastOwner,
    /// An archived repository takes no change but its release.
    #[error("the repository is archived")]
    Archived,
    /// There is no room for one more.
    #[error("no more than {max} {things}")]
    TooMany {
        /// What there are too many of, in the plural.
        things: &'static str,
        /// How many there may be.
        max: i64,
    },
    /// A reviewer is not a user of this instance.
    #[error("a reviewer is unknown")]
    UnknownReviewer,
    /// Whoever owns a repository cannot be its collaborator too.
    #[error("the owner is no collaborator")]
    IsOwner,
    /// A user's own repository knows one role for others.
    #[error("only organisations give this role")]
    OnlyWrite,
    /// The store failed.
    #[error(transparent)]
    Store(sealyard_sql::Error),
}

impl From<sealyard_sql::Error> for Error {
    fn from(error: sealyard_sql::Error) -> Self {
        if matches!(error, sealyard_sql::Error::Unique { .. }) {
            Self::Taken
        } else {
            Self::Store(error)
        }
    }
}
