//! The server's side of a case: the same request, put to the pure functions of its permission
//! table in the order in which a request meets them.

use sealyard::directory::{OrganizationRole, RepositoryRole, RepositoryVisibility};
use sealyard::http::profile::Profile as ServerProfile;
use sealyard::identity::permission::{
    self, Facts, Need, Permissions, Refusal, Row, Rules, Suspended, TABLE, row,
};
use sealyard::identity::scopes::{Scope, Scopes};
use sealyard::runners::register::Purpose;

use super::oracle::{Answer, Case, Credential, Profile, Standing, Target, User};

/// The time of all cases, in seconds since 1970.
const NOW_S: i64 = 1_767_323_045;

/// Those of the oracle, in its order.
pub(super) const SCOPES: [Scope; 9] = [
    Scope::REPO,
    Scope::PUBLIC_REPO,
    Scope::DELETE_REPO,
    Scope::USER,
    Scope::READ_ORG,
    Scope::WRITE_ORG,
    Scope::ADMIN_ORG,
    Scope::MANAGE_RUNNERS_ORG,
    Scope::SITE_ADMIN,
];

/// A row of the server's table, and the row whose sentence it refuses with: its own, but in a
/// mutant.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub(super) row: Row,
    pub(super) words: &'static Row,
}

/// A case in the server's terms, ready to be asked again and again.
pub(super) struct Question {
    /// What the store knows of the credential; `None` where there is no such.
    standing: Option<permission::Standing>,
    credential: permission::Credential,
    /// `None`: there is no such thing.
    facts: Option<Facts>,
    /// Whether an app that asks for its installation there is told of one.
    installed: bool,
    /// Whether the body names the target, which `Pending` reads for nobody without a credential.
    in_body: bool,
    rules: Rules,
}

/// The server's row of an operation, by the name it has in the description.
pub(super) fn subject(operation: &str) -> Subject {
    let found = TABLE.iter().map(|known| row(*known));
    let row = found
        .clone()
        .find(|row| row.id == operation)
        .unwrap_or_else(|| panic!("{operation} has no row"));
    Subject {
        row: *row,
        words: row,
    }
}

/// Whether a case is decided before these functions are asked: what is wrong with an app's web
/// token is found where it is read. `over_http` has these cases.
pub(super) fn is_about_reading_a_web_token(case: &Case) -> bool {
    let asked = [Standing::Good, Standing::AppSuspended];
    case.credential == Credential::AppJwt && !asked.contains(&case.standing)
}

impl Question {
    pub(super) fn new(case: &Case) -> Self {
        Self {
            standing: standing(case.standing),
            credential: credential(&case.credential),
            facts: facts(case),
            installed: case.target == Target::Nothing || case.covered,
            in_body: ["sealyard/create-ticket", "sealyard/open-job"].contains(&case.operation),
            rules: Rules {
                profile: profile(case.profile),
                readers_get_public_key: case.readers_get_public_keys,
            },
        }
    }

    /// What the server answers.
    pub(super) fn ask(&self, row: &Row) -> Answer {
        self.decided(row).err().unwrap_or(Answer::Allow)
    }

    fn decided(&self, row: &Row) -> Result<(), Answer> {
        // Where only a web token is read, nothing else is looked up.
        let is_web_token = self.credential == permission::Credential::App;
        if row.need != Need::App || is_web_token {
            let standing = self.standing.as_ref().ok_or(Answer::BadCredentials)?;
            if !is_web_token || row.need == Need::App {
                permission::admit(standing, NOW_S).map_err(answer)?;
            }
        }
        permission::accept(row, &self.credential).map_err(answer)?;
        if self.in_body && self.credential == permission::Credential::Anonymous {
            return Err(Answer::RequiresAuthentication);
        }
        if row.need == Need::App {
            // Its target is an installation, which the handler looks for.
            permission::decide(row, &self.credential, Facts::None, self.rules).map_err(answer)?;
            return self.installed.then_some(()).ok_or(Answer::Hidden);
        }
        let facts = self.facts.ok_or(Answer::Hidden)?;
        permission::decide(row, &self.credential, facts, self.rules).map_err(answer)
    }
}

impl Subject {
    /// The sentence of an answer that has one of its own in each operation.
    pub(super) fn sentence(&self, case: &Case, answer: Answer) -> Option<&'static str> {
        if answer == Answer::TooLittleRights {
            Some(self.words.refusal(profile(case.profile)))
        } else {
            answer.message()
        }
    }
}

/// In the oracle's words.
fn answer(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::BadCredentials => Answer::BadCredentials,
        Refusal::NoJwt => Answer::WebTokenUnreadable,
        Refusal::Suspended(Suspended::User) => Answer::AccountSuspended,
        Refusal::Suspended(Suspended::Installation) => Answer::InstallationSuspended,
        Refusal::Suspended(Suspended::App) => Answer::AppSuspended,
        Refusal::Hidden => Answer::Hidden,
        Refusal::Unauthenticated => Answer::RequiresAuthentication,
        Refusal::Insufficient => Answer::TooLittleRights,
        Refusal::NotByToken => Answer::NotForPersonalAccessToken,
        Refusal::NotByIntegration => Answer::NotForIntegration,
        Refusal::Archived => Answer::Archived,
    }
}

pub(super) fn profile(profile: Profile) -> ServerProfile {
    match profile {
        Profile::Ghes32 => ServerProfile::Ghes32,
        Profile::GithubCom => ServerProfile::GithubCom,
    }
}

fn standing(standing: Standing) -> Option<permission::Standing> {
    let good = permission::Standing::default();
    let suspended = |who| permission::Standing {
        suspended: Some(who),
        ..good
    };
    Some(match standing {
        Standing::Good => good,
        // The first second in which it no longer holds.
        Standing::Expired => permission::Standing {
            expires_at: Some(NOW_S),
            ..good
        },
        Standing::Revoked => permission::Standing {
            revoked: true,
            ..good
        },
        Standing::BadChecksum | Standing::Unknown | Standing::InstallationDeleted => return None,
        Standing::UserSuspended => suspended(Suspended::User),
        Standing::InstallationSuspended => suspended(Suspended::Installation),
        Standing::AppSuspended => suspended(Suspended::App),
    })
}

fn credential(credential: &Credential) -> permission::Credential {
    match credential {
        Credential::Anonymous => permission::Credential::Anonymous,
        Credential::Classic(User { scopes, site_admin })
        | Credential::OAuth(User { scopes, site_admin }) => permission::Credential::Classic {
            scopes: scopes
                .iter()
                .try_fold(Scopes::default(), |all, name| all.with_name(name))
                .expect("scopes of GitHub's"),
            site_admin: *site_admin,
        },
        Credential::FineGrained(given) => permission::Credential::FineGrained {
            permissions: permissions(given),
        },
        Credential::Installation(given) => permission::Credential::Installation {
            permissions: permissions(given),
        },
        Credential::AppJwt => permission::Credential::App,
        Credential::RunnerRegister => permission::Credential::Enrolment(Purpose::Register),
        Credential::RunnerRemove => permission::Credential::Enrolment(Purpose::Remove),
        Credential::Runner => permission::Credential::Runner,
    }
}

/// Few permissions have the level `admin` at GitHub; the oracle's is the highest there is.
pub(super) fn permissions(given: &super::oracle::Permissions) -> Permissions {
    given
        .iter()
        .fold(Permissions::default(), |all, (name, level)| {
            all.with(name, level)
                .or_else(|_| all.with(name, "write"))
                .expect("a permission of GitHub's")
        })
}

fn facts(case: &Case) -> Option<Facts> {
    // Credentials that name no places reach all of them.
    let covered = case.covered
        || matches!(
            case.credential,
            Credential::Anonymous
                | Credential::Classic(_)
                | Credential::OAuth(_)
                | Credential::AppJwt
        );
    Some(match case.target {
        Target::Nothing if case.operation == "repos/create-for-authenticated-user" => {
            Facts::Own { covered }
        }
        Target::Nothing => Facts::None,
        Target::Organization => Facts::Organization {
            role: match case.organization_role {
                "owner" => Some(OrganizationRole::Owner),
                "member" => Some(OrganizationRole::Member),
                _ => None,
            },
            covered,
        },
        Target::Repository {
            visibility,
            archived,
        } => Facts::Repository {
            visibility: match visibility {
                "public" => RepositoryVisibility::Public,
                "internal" => RepositoryVisibility::Internal,
                _ => RepositoryVisibility::Private,
            },
            archived,
            role: match case.repository_role {
                "admin" => Some(RepositoryRole::Admin),
                "maintain" => Some(RepositoryRole::Maintain),
                "write" => Some(RepositoryRole::Write),
                "triage" => Some(RepositoryRole::Triage),
                "read" => Some(RepositoryRole::Read),
                _ => None,
            },
            covered,
        },
        Target::MissingOrganization | Target::MissingRepository => return None,
    })
}
