//! The cases next to a case: where the answers of two of them differ, a rule is at work, and both
//! are worth a real request.

use super::cases::{
    coverings, credentials, is_extreme, organization_roles, permissions_about, repository_roles,
    scopes_about, standings, switch, targets,
};
use super::{
    Answer, Case, Credential, LEVELS, Permissions, Profile, Row, Standing, User, expect, row,
};

/// All cases that differ from this one in one dimension, with its name. What has no meaning after
/// the change falls back to its only value. The operation is no dimension: nobody is next to it.
pub(crate) fn neighbours(case: &Case) -> Vec<(&'static str, Case)> {
    let mut near = around(case);
    near.extend(roles_near(case));
    for standing in standings(case) {
        near.push((
            "standing",
            Case {
                standing,
                ..case.clone()
            },
        ));
    }
    for (dimension, credential) in credentials_near(case) {
        near.push((
            dimension,
            Case {
                credential,
                ..case.clone()
            },
        ));
    }
    let mut near: Vec<_> = near
        .into_iter()
        .map(|(name, case)| (name, settled(case)))
        .collect();
    near.retain(|(_, other)| other != case);
    near
}

/// The server and the target being others.
fn around(case: &Case) -> Vec<(&'static str, Case)> {
    let mut near = Vec::new();
    for profile in [Profile::Ghes32, Profile::GithubCom] {
        near.push((
            "profile",
            Case {
                profile,
                ..case.clone()
            },
        ));
    }
    for &readers_get_public_keys in switch(case.operation) {
        near.push((
            "switch",
            Case {
                readers_get_public_keys,
                ..case.clone()
            },
        ));
    }
    for &target in targets(row(case.operation, true)) {
        near.push((
            "target",
            Case {
                target,
                ..case.clone()
            },
        ));
    }
    near
}

/// The caller being something else to the target.
fn roles_near(case: &Case) -> Vec<(&'static str, Case)> {
    let mut near = Vec::new();
    for &covered in coverings(case) {
        near.push((
            "covered",
            Case {
                covered,
                ..case.clone()
            },
        ));
    }
    for &organization_role in organization_roles(case) {
        near.push((
            "organization role",
            Case {
                organization_role,
                ..case.clone()
            },
        ));
    }
    for &repository_role in repository_roles(case) {
        near.push((
            "repository role",
            Case {
                repository_role,
                ..case.clone()
            },
        ));
    }
    near
}

/// Whether a neighbour is answered differently, other than by what is wrong with a credential or
/// by its kind: those two make nearly every case one.
pub(crate) fn is_at_a_boundary(case: &Case) -> bool {
    let answer: Answer = expect(case);
    neighbours(case)
        .iter()
        .any(|(name, other)| !["standing", "kind"].contains(name) && expect(other) != answer)
}

fn credentials_near(case: &Case) -> Vec<(&'static str, Credential)> {
    let row = row(case.operation, true);
    let mut near = Vec::new();
    match &case.credential {
        Credential::Classic(user) => {
            near.push(("kind", Credential::OAuth(user.clone())));
            near.extend(users_near(user, row).map(|(d, user)| (d, Credential::Classic(user))));
        }
        Credential::OAuth(user) => {
            near.push(("kind", Credential::Classic(user.clone())));
            near.extend(users_near(user, row).map(|(d, user)| (d, Credential::OAuth(user))));
        }
        Credential::FineGrained(given) => {
            near.push(("kind", Credential::Installation(given.clone())));
            near.extend(
                permissions_near(given, row).map(|p| ("permission", Credential::FineGrained(p))),
            );
        }
        Credential::Installation(given) => {
            near.push(("kind", Credential::FineGrained(given.clone())));
            near.extend(
                permissions_near(given, row).map(|p| ("permission", Credential::Installation(p))),
            );
        }
        Credential::Anonymous
        | Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => {}
    }
    let here = std::mem::discriminant(&case.credential);
    let others = credentials(case.operation).into_iter().filter(|other| {
        std::mem::discriminant(other) != here
            && is_extreme(&Case {
                credential: other.clone(),
                ..case.clone()
            })
    });
    near.extend(others.map(|other| ("kind", other)));
    near
}

fn users_near(user: &User, row: &Row) -> impl Iterator<Item = (&'static str, User)> {
    let administration = User {
        site_admin: !user.site_admin,
        ..user.clone()
    };
    let scopes = scopes_about(row).iter().map(|scope| {
        let mut changed = user.scopes.clone();
        if !changed.remove(scope) {
            changed.insert(*scope);
        }
        (
            "scope",
            User {
                scopes: changed,
                ..user.clone()
            },
        )
    });
    scopes.chain([("site administration", administration)])
}

fn permissions_near(given: &Permissions, row: &Row) -> impl Iterator<Item = Permissions> {
    permissions_about(row).into_iter().flat_map(|name| {
        let mut without = given.clone();
        without.remove(name);
        let with = LEVELS.map(|level| {
            let mut with = given.clone();
            with.insert(name, level);
            with
        });
        [without].into_iter().chain(with)
    })
}

/// The case with everything that means nothing in it at its only value.
fn settled(mut case: Case) -> Case {
    if !standings(&case).contains(&case.standing) {
        case.standing = Standing::Good;
    }
    if !coverings(&case).contains(&case.covered) {
        case.covered = false;
    }
    if !organization_roles(&case).contains(&case.organization_role) {
        case.organization_role = "none";
    }
    if !repository_roles(&case).contains(&case.repository_role) {
        case.repository_role = "none";
    }
    case
}
