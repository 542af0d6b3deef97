//! Who may do what, told a second time: from documents alone, without a look at the server's rules,
//! in other data and in another shape. [`expect`] says what a request must be answered with;
//! `matrix.txt` is the table behind it and lists what the documents leave open; `cases.rs`
//! enumerates requests, and `neighbours.rs` those next to one.
//!
//! An answer is about access only: [`Answer::Allow`] means that the body is read next.

pub(crate) mod cases;
#[cfg(test)]
mod checks;
pub(crate) mod neighbours;
mod table;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use table::{Row, operations, permission_names, row};
pub(crate) use words::{message, permission_header};

/// Which GitHub the server answers like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Profile {
    Ghes32,
    GithubCom,
}

/// What has become of the credential, and of those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    Good,
    Expired,
    /// Of an app's JSON web token: signed by a key that the app no longer has.
    Revoked,
    /// Of an app's JSON web token: a signature that does not verify.
    BadChecksum,
    /// Of an app's JSON web token: an app that does not exist.
    Unknown,
    UserSuspended,
    InstallationSuspended,
    InstallationDeleted,
    AppSuspended,
}

/// Permissions by name; each level is `read`, `write` or `admin`.
pub(crate) type Permissions = BTreeMap<&'static str, &'static str>;

/// What a token of a user carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct User {
    pub(crate) scopes: BTreeSet<&'static str>,
    /// Whether the user administers the site; it is no scope.
    pub(crate) site_admin: bool,
}

/// What the request is signed with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    Anonymous,
    Classic(User),
    OAuth(User),
    /// What the token grants.
    FineGrained(Permissions),
    /// What token, installation and app grant together.
    Installation(Permissions),
    AppJwt,
    RunnerRegister,
    RunnerRemove,
    /// A runner's own.
    Runner,
}

/// What the path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// Nothing that can be hidden.
    Nothing,
    Organization,
    MissingOrganization,
    /// Visibility is `public`, `private` or `internal`.
    Repository {
        visibility: &'static str,
        archived: bool,
    },
    MissingRepository,
}

/// One request, as far as access is concerned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Case {
    pub(crate) profile: Profile,
    /// GitHub's `operationId`.
    pub(crate) operation: &'static str,
    pub(crate) standing: Standing,
    pub(crate) credential: Credential,
    pub(crate) target: Target,
    /// Whether the target is among what a fine-grained token was made for, an installation was
    /// given, a runner's token is for, or a runner is bound to; of a job, whether the runner has it.
    /// For an app: whether it is installed there.
    pub(crate) covered: bool,
    /// One of [`ORGANIZATION_ROLES`].
    pub(crate) organization_role: &'static str,
    /// One of [`REPOSITORY_ROLES`]: what was given to the user on all ways together.
    pub(crate) repository_role: &'static str,
    /// The switch `docs_public_key_read`.
    pub(crate) readers_get_public_keys: bool,
}

/// What a request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Answer {
    Allow,
    /// 401
    BadCredentials,
    /// 401
    RequiresAuthentication,
    /// 401, where only an app's JSON web token will do.
    WebTokenUnreadable,
    /// 401
    WebTokenExpired,
    /// 403
    AccountSuspended,
    /// 403
    InstallationSuspended,
    /// 403, to the app itself.
    AppSuspended,
    /// 403: a user whose scopes or role are too little. The text depends on profile and operation.
    TooLittleRights,
    /// 403
    NotForIntegration,
    /// 403
    NotForPersonalAccessToken,
    /// 403
    Archived,
    /// 404: not there, or not to be known of.
    Hidden,
    /// 404, to a JSON web token of no app.
    NoSuchApp,
}

impl Answer {
    /// Its status; `None` where the request goes on.
    pub(crate) fn status(self) -> Option<u16> {
        match self {
            Self::Allow => None,
            Self::BadCredentials
            | Self::RequiresAuthentication
            | Self::WebTokenUnreadable
            | Self::WebTokenExpired => Some(401),
            Self::AccountSuspended
            | Self::InstallationSuspended
            | Self::AppSuspended
            | Self::TooLittleRights
            | Self::NotForIntegration
            | Self::NotForPersonalAccessToken
            | Self::Archived => Some(403),
            Self::Hidden | Self::NoSuchApp => Some(404),
        }
    }

    /// Its message, where it is one for all operations; [`message`] knows the others.
    pub(crate) fn message(self) -> Option<&'static str> {
        match self {
            Self::BadCredentials => Some("Bad credentials"),
            Self::RequiresAuthentication => Some("Requires authentication"),
            Self::WebTokenUnreadable => Some("A JSON web token could not be decoded"),
            Self::WebTokenExpired => Some(
                "'Expiration time' claim ('exp') must be a numeric value representing the future \
                 time at which the assertion expires",
            ),
            Self::AccountSuspended => Some("Sorry. Your account was suspended."),
            Self::InstallationSuspended => Some("This installation has been suspended"),
            Self::AppSuspended => Some("This GitHub App has been suspended"),
            Self::NotForIntegration => Some("Resource not accessible by integration"),
            Self::NotForPersonalAccessToken => {
                Some("Resource not accessible by personal access token")
            }
            Self::Archived => Some("Repository was archived so is read-only."),
            Self::Hidden => Some("Not Found"),
            Self::NoSuchApp => Some("Integration not found"),
            Self::Allow | Self::TooLittleRights => None,
        }
    }
}

/// Weakest first.
pub(crate) const ORGANIZATION_ROLES: [&str; 3] = ["none", "member", "owner"];
/// Weakest first.
pub(crate) const REPOSITORY_ROLES: [&str; 6] =
    ["none", "read", "triage", "write", "maintain", "admin"];
/// Weakest first.
pub(crate) const LEVELS: [&str; 3] = ["read", "write", "admin"];

/// Whoever has the first scope has the second (GitHub's pages).
const IMPLIED: [(&str, &str); 8] = [
    ("admin:org", "write:org"),
    ("admin:org", "manage_runners:org"),
    ("write:org", "read:org"),
    ("repo", "public_repo"),
    ("repo", "repo:status"),
    ("repo", "repo_deployment"),
    ("repo", "repo:invite"),
    ("repo", "security_events"),
];

/// The answer that the documents demand: the first step that objects decides. Each answers for the
/// caller alone before anything is looked up.
pub(crate) fn expect(case: &Case) -> Answer {
    let row = row(case.operation, case.readers_get_public_keys);
    validity(case, row)
        .or_else(|| suspension(case))
        .or_else(|| nobody(case, row))
        .or_else(|| visibility(case, row))
        .or_else(|| kind(case, row))
        .or_else(|| permission(case, row))
        .or_else(|| archive(case, row))
        .unwrap_or(Answer::Allow)
}

/// Is it a credential at all, here?
///
/// Decided: where only an app's web token will do, everything else is none, whatever has become of
/// it, and a runner's token too. An app's web token elsewhere is a bad credential, as recorded.
fn validity(case: &Case, row: &Row) -> Option<Answer> {
    if row.takes("app") && case.credential != Credential::AppJwt {
        return Some(Answer::WebTokenUnreadable);
    }
    let bad = match case.standing {
        Standing::Expired
        | Standing::Revoked
        | Standing::BadChecksum
        | Standing::Unknown
        | Standing::InstallationDeleted => true,
        Standing::Good
        | Standing::UserSuspended
        | Standing::InstallationSuspended
        | Standing::AppSuspended => false,
    };
    match case.credential {
        Credential::Anonymous => None,
        Credential::AppJwt if !row.takes("app") => Some(Answer::BadCredentials),
        Credential::AppJwt if case.standing == Standing::Unknown => Some(Answer::NoSuchApp),
        Credential::AppJwt if case.standing == Standing::Expired => Some(Answer::WebTokenExpired),
        Credential::AppJwt => bad.then_some(Answer::WebTokenUnreadable),
        Credential::RunnerRegister => {
            (bad || !row.takes("register")).then_some(Answer::BadCredentials)
        }
        Credential::RunnerRemove => (bad || !row.takes("remove")).then_some(Answer::BadCredentials),
        Credential::Runner => (bad || !row.takes("runner")).then_some(Answer::BadCredentials),
        Credential::Classic(_)
        | Credential::OAuth(_)
        | Credential::FineGrained(_)
        | Credential::Installation(_) => bad.then_some(Answer::BadCredentials),
    }
}

/// Is somebody behind it suspended? Decided: asked after what has ended, before the kind.
fn suspension(case: &Case) -> Option<Answer> {
    match case.standing {
        Standing::UserSuspended => Some(Answer::AccountSuspended),
        // Decided: the app's token and its installations' hear the same.
        Standing::AppSuspended => Some(Answer::AppSuspended),
        Standing::InstallationSuspended => Some(Answer::InstallationSuspended),
        Standing::Good
        | Standing::Expired
        | Standing::Revoked
        | Standing::BadChecksum
        | Standing::Unknown
        | Standing::InstallationDeleted => None,
    }
}

/// Must somebody sign in before anything is looked up, or be somebody else?
///
/// Decided: whom a body names is not looked for without a credential. A user's token or an
/// installation's, where only a runner's own will do, is a bad credential (once it is known whether
/// its user is suspended).
fn nobody(case: &Case, row: &Row) -> Option<Answer> {
    match case.credential {
        Credential::Anonymous => (row.path == "body").then_some(Answer::RequiresAuthentication),
        Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => None,
        Credential::Classic(_)
        | Credential::OAuth(_)
        | Credential::FineGrained(_)
        | Credential::Installation(_) => row.who_is(&["runner"]).then_some(Answer::BadCredentials),
    }
}

/// Is it of a kind that this operation knows?
///
/// By 0009, after the 404 of what may not be known of.
/// Decided: who holds the wrong one where only an installation's will do hears so in the
/// operation's own sentence, and so does everybody where no kind will do.
fn kind(case: &Case, row: &Row) -> Option<Answer> {
    match &case.credential {
        // Whoever got here with one of these is where it belongs; the anonymous hear 401 later.
        Credential::Anonymous
        | Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => None,
        Credential::Installation(_) if row.takes("users") => Some(Answer::NotForIntegration),
        Credential::Installation(_) => row.takes("nobody").then_some(Answer::TooLittleRights),
        Credential::Classic(_) | Credential::OAuth(_) | Credential::FineGrained(_) => {
            (row.takes("installation") || row.takes("nobody")).then_some(Answer::TooLittleRights)
        }
    }
}

/// May the caller know that it is there?
fn visibility(case: &Case, row: &Row) -> Option<Answer> {
    let visible = match case.target {
        Target::Nothing => true,
        Target::MissingOrganization | Target::MissingRepository => false,
        // Everybody sees organisations; an app has its installation there, a runner's token its
        // own runners.
        Target::Organization => {
            case.covered
                || !matches!(
                    case.credential,
                    Credential::AppJwt
                        | Credential::RunnerRegister
                        | Credential::RunnerRemove
                        | Credential::Runner
                )
        }
        Target::Repository { visibility, .. } => sees_repository(case, visibility),
    };
    // To anybody else the site's administration is not there at all: decided, flag and scope.
    let administered = row.role != "site-admin"
        || match &case.credential {
            Credential::Classic(user) | Credential::OAuth(user) => {
                user.site_admin && has_scope(&user.scopes, "site_admin")
            }
            Credential::Anonymous => true, // is told to sign in first
            Credential::FineGrained(_)
            | Credential::Installation(_)
            | Credential::AppJwt
            | Credential::RunnerRegister
            | Credential::RunnerRemove
            | Credential::Runner => false,
        };
    (!visible || !administered).then_some(Answer::Hidden)
}

fn sees_repository(case: &Case, visibility: &str) -> bool {
    let public = visibility == "public";
    // Internal ones are open to every user; private ones to those who have a role.
    let user_sees = visibility == "internal" || case.repository_role != "none";
    match &case.credential {
        Credential::Anonymous => public,
        Credential::Classic(user) | Credential::OAuth(user) => {
            public || (has_scope(&user.scopes, "repo") && user_sees)
        }
        Credential::FineGrained(_) => public || (case.covered && user_sees),
        Credential::Installation(_) => public || case.covered,
        // Also of public ones: a runner knows what it serves, and nothing else.
        Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => case.covered,
    }
}

/// Are scopes, permissions and roles enough?
fn permission(case: &Case, row: &Row) -> Option<Answer> {
    // Decided: what everybody may read asks nothing of anybody.
    if row.is_open(case.target) {
        return None;
    }
    match &case.credential {
        Credential::Anonymous => Some(Answer::RequiresAuthentication),
        Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => None,
        Credential::Classic(user) | Credential::OAuth(user) => {
            let scopes = row.scopes(case.target);
            let granted = scopes
                .iter()
                .any(|all| all.iter().all(|s| has_scope(&user.scopes, s)));
            (!granted || !has_role(case, row)).then_some(Answer::TooLittleRights)
        }
        Credential::FineGrained(permissions) => {
            if !grants(case, row, permissions) {
                return Some(Answer::NotForPersonalAccessToken);
            }
            (!has_role(case, row)).then_some(Answer::TooLittleRights)
        }
        Credential::Installation(permissions) => {
            (!grants(case, row, permissions)).then_some(Answer::NotForIntegration)
        }
    }
}

fn has_scope(scopes: &BTreeSet<&str>, wanted: &str) -> bool {
    scopes.contains(wanted)
        || IMPLIED
            .iter()
            .any(|(more, less)| *less == wanted && has_scope(scopes, more))
}

/// Whether a fine-grained token or an installation was given what the operation needs, and for
/// this. Decided for public keys too, also of public repositories.
fn grants(case: &Case, row: &Row, permissions: &Permissions) -> bool {
    let Some((name, level)) = row.permission(case.profile) else {
        return true;
    };
    let implied = (name == "metadata").then_some("read");
    let given = permissions.get(name).copied().or(implied);
    case.covered && given.is_some_and(|given| rank(&LEVELS, given) >= rank(&LEVELS, level))
}

fn has_role(case: &Case, row: &Row) -> bool {
    if ORGANIZATION_ROLES.contains(&row.role) {
        return rank(&ORGANIZATION_ROLES, case.organization_role)
            >= rank(&ORGANIZATION_ROLES, row.role);
    }
    if REPOSITORY_ROLES.contains(&row.role) {
        let open = matches!(
            case.target,
            Target::Repository {
                visibility: "public" | "internal",
                ..
            }
        );
        let everybody = if open { "read" } else { "none" };
        let role =
            rank(&REPOSITORY_ROLES, case.repository_role).max(rank(&REPOSITORY_ROLES, everybody));
        return role >= rank(&REPOSITORY_ROLES, row.role);
    }
    true // signed-in is what users are; site administrators were looked at before
}

fn rank(names: &[&str], name: &str) -> usize {
    names
        .iter()
        .position(|known| *known == name)
        .expect("a name from the list")
}

/// Would it change what is archived?
fn archive(case: &Case, row: &Row) -> Option<Answer> {
    let archived = matches!(case.target, Target::Repository { archived: true, .. });
    (archived && row.refused_while_archived).then_some(Answer::Archived)
}
