//! The caller of a request, as its credential presents them.

use super::AccountId;
use super::permission::{Credential, Permissions};
use super::scopes::Scopes;
use crate::apps::{AppId, InstallationId};
use crate::runners::RunnerId;
use crate::runners::register::Purpose;
use crate::runners::scope::{ScopeKey, ScopeKind};

/// The caller of a request.
#[derive(Debug, Clone)]
pub enum Caller {
    /// No credential was sent.
    Anonymous,
    /// A user's token was.
    User(Principal),
    /// The token of an app's installation was.
    Installation(Installed),
    /// An app's JWT was.
    App(AppId),
    /// A runner's registration or remove token was.
    Enrolment(Enrolment),
    /// A runner's own credential was.
    Runner(Machine),
}

/// A user, as the token that was sent presents them.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The user.
    pub user_id: AccountId,
    /// The user's login.
    pub login: String,
    /// Whether the user administers the instance.
    pub site_admin: bool,
    /// The token's row, for the audit log.
    pub token_id: i64,
    /// What the token was given.
    pub authority: Authority,
    /// When the token ends, in seconds since 1970.
    pub expires_at: Option<i64>,
}

/// What a user's token was given.
#[derive(Debug, Clone, Copy)]
pub enum Authority {
    /// A classic or OAuth token: scopes, wherever its user may go.
    Scopes(Scopes),
    /// A fine-grained token: permissions, in the places it names.
    FineGrained(Permissions, Coverage),
}

/// An installation, as its token presents it.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Which.
    pub id: InstallationId,
    /// Of which app.
    pub app_id: AppId,
    /// The app's name in addresses.
    pub slug: String,
    /// The token's row.
    pub token_id: i64,
    /// What token, installation and app all have now.
    pub permissions: Permissions,
    /// Where.
    pub coverage: Coverage,
}

impl Installed {
    /// The login that GitHub gives the app's doings.
    pub fn bot(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

/// A runner's registration or remove token.
#[derive(Debug, Clone, Copy)]
pub struct Enrolment {
    /// What it is for.
    pub purpose: Purpose,
    /// Where.
    pub scope: ScopeKey,
}

/// A runner, as its credential presents it.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Which.
    pub id: RunnerId,
    /// Its name in its scope.
    pub name: String,
    /// What it belongs to.
    pub scope: ScopeKey,
    /// The account that owns that.
    pub owner: AccountId,
    /// The repositories of its organisation that it serves; all of them would be `ALL`.
    pub selection: Selection,
    /// The key that its values are sealed to, if it registered one.
    pub public_key: Option<[u8; 32]>,
}

/// The repositories that a fine-grained token or an installation reaches: those of one account,
/// and in each selection that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Whose repositories.
    pub account: AccountId,
    /// What was chosen for the token, and for the installation it belongs to.
    pub selections: [Selection; 2],
}

/// Which repositories of an account: all, or those that rows of `selection_repository` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection(pub Option<i64>);

impl Selection {
    /// All of them.
    pub const ALL: Self = Self(None);

    /// As a parameter: 0, which no selection has, for all.
    pub fn parameter(self) -> i64 {
        self.0.unwrap_or_default()
    }

    /// `all` or `selected`.
    pub fn as_str(self) -> &'static str {
        if self.0.is_some() { "selected" } else { "all" }
    }
}

impl Coverage {
    /// Whether a repository is reached: of that owner, and found in the selections where it was.
    pub fn covers(&self, owner: AccountId, found: [bool; 2]) -> bool {
        let chosen = self
            .selections
            .iter()
            .zip(found)
            .all(|(selection, found)| found || *selection == Selection::ALL);
        self.account == owner && chosen
    }
}

impl Caller {
    /// The user's id; 0, which no account has, for everybody else.
    pub fn user_id(&self) -> AccountId {
        match self {
            Self::User(principal) => principal.user_id,
            Self::Anonymous
            | Self::Installation(_)
            | Self::App(_)
            | Self::Enrolment(_)
            | Self::Runner(_) => AccountId(0),
        }
    }

    /// What the permission table looks at.
    pub fn credential(&self) -> Credential {
        match self {
            Self::Anonymous => Credential::Anonymous,
            Self::User(principal) => match principal.authority {
                Authority::Scopes(scopes) => Credential::Classic {
                    scopes,
                    site_admin: principal.site_admin,
                },
                Authority::FineGrained(permissions, _) => Credential::FineGrained { permissions },
            },
            Self::Installation(installed) => Credential::Installation {
                permissions: installed.permissions,
            },
            Self::App(_) => Credential::App,
            Self::Enrolment(enrolment) => Credential::Enrolment(enrolment.purpose),
            Self::Runner(_) => Credential::Runner,
        }
    }

    /// Where the credential reaches, if it names places.
    pub fn coverage(&self) -> Option<Coverage> {
        match self {
            Self::User(principal) => match principal.authority {
                Authority::FineGrained(_, coverage) => Some(coverage),
                Authority::Scopes(_) => None,
            },
            Self::Installation(installed) => Some(installed.coverage),
            // One of a repository reaches that alone, whatever its owner has.
            Self::Runner(runner) if runner.scope.kind == ScopeKind::Organization => {
                Some(Coverage {
                    account: runner.owner,
                    selections: [runner.selection, Selection::ALL],
                })
            }
            Self::Anonymous | Self::App(_) | Self::Enrolment(_) | Self::Runner(_) => None,
        }
    }

    /// The selections to look a repository up in, as parameters.
    pub fn selections(&self) -> [i64; 2] {
        self.coverage().map_or([0; 2], |coverage| {
            coverage.selections.map(Selection::parameter)
        })
    }

    /// The one organisation or repository that the credential is for, and nothing in it.
    fn only_scope(&self) -> Option<ScopeKey> {
        match self {
            Self::Enrolment(enrolment) => Some(enrolment.scope),
            Self::Runner(runner) if runner.scope.kind == ScopeKind::Repository => {
                Some(runner.scope)
            }
            Self::Anonymous
            | Self::User(_)
            | Self::Installation(_)
            | Self::App(_)
            | Self::Runner(_) => None,
        }
    }

    /// Whether the credential reaches an account; one that names no places reaches all.
    pub fn covers_account(&self, account: AccountId) -> bool {
        if let Some(scope) = self.only_scope() {
            return scope == ScopeKey::organization(account);
        }
        self.coverage()
            .is_none_or(|coverage| coverage.account == account)
    }

    /// Whether the credential reaches a repository of an owner, found in its selections or not.
    pub fn covers_repository(
        &self,
        repository: crate::directory::RepositoryId,
        owner: AccountId,
        found: [bool; 2],
    ) -> bool {
        if let Some(scope) = self.only_scope() {
            return scope == ScopeKey::repository(repository);
        }
        self.coverage()
            .is_none_or(|coverage| coverage.covers(owner, found))
    }
}
