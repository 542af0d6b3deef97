//! Every case worth asking about: the product of all dimensions, without what would only repeat a
//! case. A role in a repository where the path names none, or anything about a user where an
//! installation calls, has one value. Where a credential does not work, its contents are only
//! tried at their extremes.

use std::collections::BTreeSet;

use super::table::{self, Row};
use super::{
    Case, Credential, LEVELS, ORGANIZATION_ROLES, Permissions, Profile, REPOSITORY_ROLES, Standing,
    Target, User, operations, row,
};

/// Every case, one operation after another.
pub(crate) fn all() -> impl Iterator<Item = Case> {
    operations().flat_map(of_operation)
}

/// Every case of one operation.
pub(crate) fn of_operation(operation: &'static str) -> impl Iterator<Item = Case> {
    let bases = bases(operation);
    bases.into_iter().flat_map(|base| {
        let credentials = credentials(operation);
        credentials.into_iter().flat_map(move |credential| {
            let case = Case {
                credential,
                ..base.clone()
            };
            standings(&case).into_iter().flat_map(move |standing| {
                let case = Case {
                    standing,
                    ..case.clone()
                };
                about_the_caller(&case)
            })
        })
    })
}

/// Profile, switch and target; anonymous.
fn bases(operation: &'static str) -> Vec<Case> {
    let mut bases = Vec::new();
    for profile in [Profile::Ghes32, Profile::GithubCom] {
        for &readers_get_public_keys in switch(operation) {
            for &target in targets(row(operation, true)) {
                bases.push(Case {
                    profile,
                    operation,
                    standing: Standing::Good,
                    credential: Credential::Anonymous,
                    target,
                    covered: false,
                    organization_role: "none",
                    repository_role: "none",
                    readers_get_public_keys,
                });
            }
        }
    }
    bases
}

/// Everything that a user or an installation can be to the target.
fn about_the_caller(case: &Case) -> impl Iterator<Item = Case> + use<> {
    let works = case.standing == Standing::Good;
    let extreme = works || is_extreme(case);
    let mut cases = Vec::new();
    for &covered in coverings(case) {
        for &organization_role in organization_roles(case) {
            for &repository_role in repository_roles(case) {
                let middling = !["none", "owner", "admin"].contains(&organization_role)
                    || !["none", "admin"].contains(&repository_role);
                if extreme && (works || !middling) {
                    cases.push(Case {
                        covered,
                        organization_role,
                        repository_role,
                        ..case.clone()
                    });
                }
            }
        }
    }
    cases.into_iter()
}

/// A credential that can nothing, or everything.
pub(super) fn is_extreme(case: &Case) -> bool {
    match &case.credential {
        Credential::Classic(user) | Credential::OAuth(user) => {
            let all = scopes_about(row(case.operation, true)).len();
            user.scopes.is_empty() || user.scopes.len() == all
        }
        Credential::FineGrained(permissions) | Credential::Installation(permissions) => {
            permissions.is_empty() || permissions.len() == table::permission_names().len()
        }
        Credential::Anonymous
        | Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => true,
    }
}

const BOTH: [bool; 2] = [false, true];
const NO: [bool; 1] = [false];

pub(super) fn switch(operation: &str) -> &'static [bool] {
    if table::is_switched(operation) {
        &BOTH
    } else {
        &BOTH[1..]
    }
}

pub(super) fn targets(row: &Row) -> &'static [Target] {
    match row.path {
        "none" => &[Target::Nothing],
        "organization" => &[Target::Organization, Target::MissingOrganization],
        _ => &[
            Target::Repository {
                visibility: "public",
                archived: false,
            },
            Target::Repository {
                visibility: "public",
                archived: true,
            },
            Target::Repository {
                visibility: "private",
                archived: false,
            },
            Target::Repository {
                visibility: "private",
                archived: true,
            },
            Target::Repository {
                visibility: "internal",
                archived: false,
            },
            Target::Repository {
                visibility: "internal",
                archived: true,
            },
            Target::MissingRepository,
        ],
    }
}

/// What can have become of such a credential.
pub(super) fn standings(case: &Case) -> Vec<Standing> {
    let mut standings = vec![Standing::Good];
    let of_tokens = [
        Standing::Expired,
        Standing::Revoked,
        Standing::BadChecksum,
        Standing::Unknown,
    ];
    match case.credential {
        Credential::Anonymous => {}
        Credential::Classic(_) | Credential::OAuth(_) | Credential::FineGrained(_) => {
            standings.extend(of_tokens);
            standings.push(Standing::UserSuspended);
        }
        Credential::Installation(_) => {
            standings.extend(of_tokens);
            standings.extend([
                Standing::InstallationSuspended,
                Standing::InstallationDeleted,
                Standing::AppSuspended,
            ]);
        }
        Credential::AppJwt => {
            standings.extend(of_tokens);
            standings.push(Standing::AppSuspended);
        }
        // They have no checksum, and nothing revokes them.
        Credential::RunnerRegister | Credential::RunnerRemove => {
            standings.extend([Standing::Expired, Standing::Unknown]);
        }
        // It ends with its runner, which is not there then.
        Credential::Runner => standings.extend([Standing::BadChecksum, Standing::Unknown]),
    }
    standings
}

/// Every credential worth trying on an operation.
pub(super) fn credentials(operation: &str) -> Vec<Credential> {
    let row = row(operation, true);
    let mut credentials = vec![
        Credential::Anonymous,
        Credential::AppJwt,
        Credential::RunnerRegister,
        Credential::RunnerRemove,
        Credential::Runner,
    ];
    for site_admin in BOTH {
        for scopes in scope_sets(row) {
            let user = User { scopes, site_admin };
            credentials.extend([Credential::Classic(user.clone()), Credential::OAuth(user)]);
        }
    }
    for permissions in permission_sets(row) {
        credentials.push(Credential::FineGrained(permissions.clone()));
        credentials.push(Credential::Installation(permissions));
    }
    credentials
}

/// Scopes that such an operation needs, or might be thought to need.
pub(super) fn scopes_about(row: &Row) -> &'static [&'static str] {
    let runners = "manage_runners:org";
    match row.path {
        "none" if row.role == "site-admin" => &["repo", "user", "admin:org", "site_admin"],
        "none" => &["repo", "public_repo", "user", "read:org", "admin:org"],
        "organization" if row.scopes(Target::Organization).contains(&vec![runners]) => &[
            "repo",
            "read:org",
            "write:org",
            "admin:org",
            "manage_runners:org",
        ],
        "organization" => &["repo", "public_repo", "read:org", "write:org", "admin:org"],
        _ => &[
            "repo",
            "public_repo",
            "delete_repo",
            "read:org",
            "admin:org",
        ],
    }
}

/// Every scope that an operation here may ask for.
pub(crate) const SCOPES: [&str; 9] = [
    "repo",
    "public_repo",
    "delete_repo",
    "user",
    "read:org",
    "write:org",
    "admin:org",
    "manage_runners:org",
    "site_admin",
];

/// All combinations of those that matter, and each of the others alone.
fn scope_sets(row: &Row) -> Vec<BTreeSet<&'static str>> {
    let about = scopes_about(row);
    let mut sets = subsets(about);
    let others = SCOPES.into_iter().filter(|scope| !about.contains(scope));
    sets.extend(others.map(|scope| BTreeSet::from([scope])));
    sets
}

fn subsets(scopes: &[&'static str]) -> Vec<BTreeSet<&'static str>> {
    let mut subsets = vec![BTreeSet::new()];
    for &scope in scopes {
        let mut with = subsets.clone();
        for set in &mut with {
            set.insert(scope);
        }
        subsets.extend(with);
    }
    subsets
}

/// The names that matter in either profile.
pub(super) fn permissions_about(row: &Row) -> Vec<&'static str> {
    let both = [
        row.permission(Profile::Ghes32),
        row.permission(Profile::GithubCom),
    ];
    let mut names: Vec<_> = both.into_iter().flatten().map(|(name, _)| name).collect();
    names.dedup();
    names
}

/// Nothing; each level of each name that matters; all that does not matter; everything.
fn permission_sets(row: &Row) -> Vec<Permissions> {
    let about = permissions_about(row);
    let mut sets = vec![Permissions::new()];
    for &name in &about {
        sets.extend(LEVELS.map(|level| Permissions::from([(name, level)])));
    }
    let all = table::permission_names();
    if !about.is_empty() {
        let others = all.iter().filter(|name| !about.contains(name));
        sets.push(others.map(|name| (*name, "admin")).collect());
    }
    sets.extend(LEVELS.map(|level| all.iter().map(|name| (*name, level)).collect()));
    sets
}

pub(super) fn coverings(case: &Case) -> &'static [bool] {
    let row = row(case.operation, case.readers_get_public_keys);
    let matters = match case.credential {
        Credential::Anonymous | Credential::Classic(_) | Credential::OAuth(_) => false,
        Credential::FineGrained(_) | Credential::Installation(_) => match case.target {
            Target::Nothing => row.permission(case.profile).is_some(),
            Target::Organization | Target::Repository { .. } => true,
            Target::MissingOrganization | Target::MissingRepository => false,
        },
        Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => {
            matches!(
                case.target,
                Target::Organization | Target::Repository { .. }
            )
        }
    };
    if matters { &BOTH } else { &NO }
}

fn is_a_user(case: &Case) -> bool {
    matches!(
        case.credential,
        Credential::Classic(_) | Credential::OAuth(_) | Credential::FineGrained(_)
    )
}

pub(super) fn organization_roles(case: &Case) -> &'static [&'static str] {
    let matters = is_a_user(case) && case.target == Target::Organization;
    if matters {
        &ORGANIZATION_ROLES
    } else {
        &ORGANIZATION_ROLES[..1]
    }
}

pub(super) fn repository_roles(case: &Case) -> &'static [&'static str] {
    let matters = is_a_user(case) && matches!(case.target, Target::Repository { .. });
    if matters {
        &REPOSITORY_ROLES
    } else {
        &REPOSITORY_ROLES[..1]
    }
}
