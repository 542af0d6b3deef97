//! What holds of the server's decisions whatever the table says, tried on every case.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::{Index, SizeRange, subsequence};
use sealyard::identity::permission::Permissions;
use sealyard::identity::scopes::Scopes;

use super::described::is_a_change;
use super::in_process::for_each_operation;
use super::oracle::{
    Answer, Case, Credential, LEVELS, ORGANIZATION_ROLES, REPOSITORY_ROLES, Standing, Target, User,
    cases, permission_names,
};
use super::server::{self, Question};

/// Asks about every case of every operation, and fails with the first few that break the rule.
fn of_every_case(rule: impl Fn(&Case, &dyn Fn(&Case) -> Answer) -> Option<Case> + Send + Sync) {
    let broken = for_each_operation(|operation| {
        let row = server::subject(operation).row;
        let ask = |case: &Case| Question::new(case).ask(&row);
        cases::of_operation(operation)
            .filter(|case| !server::is_about_reading_a_web_token(case))
            .filter_map(|case| rule(&case, &ask).map(|other| (ask(&case), case, other)))
            .take(3)
            .collect()
    });
    let mut told = String::new();
    for (answer, case, other) in broken.iter().take(9) {
        writeln!(told, "{answer:?} {case:?}\n    and {other:?}").expect("a string");
    }
    assert!(broken.is_empty(), "{} and more\n{told}", broken.len());
}

#[test]
fn more_never_turns_yes_into_no() {
    of_every_case(|case, ask| {
        if ask(case) != Answer::Allow {
            return None;
        }
        more(case)
            .into_iter()
            .find(|more| ask(more) != Answer::Allow)
    });
}

/// The same the other way round: who may not know with more, does not learn it with less.
#[test]
fn less_never_shows_what_is_hidden() {
    of_every_case(|case, ask| {
        let refused = [
            Answer::Hidden,
            Answer::BadCredentials,
            Answer::WebTokenUnreadable,
        ];
        if case.standing != Standing::Good || refused.contains(&ask(case)) {
            return None;
        }
        more(case)
            .into_iter()
            .find(|more| ask(more) == Answer::Hidden)
    });
}

/// Everything that a caller could have in addition, one thing at a time.
fn more(case: &Case) -> Vec<Case> {
    let mut more = vec![Case {
        covered: true,
        ..case.clone()
    }];
    if matches!(case.target, Target::Organization) {
        more.extend(
            above(&ORGANIZATION_ROLES, case.organization_role).map(|role| Case {
                organization_role: role,
                ..case.clone()
            }),
        );
    }
    if matches!(case.target, Target::Repository { .. }) {
        more.extend(
            above(&REPOSITORY_ROLES, case.repository_role).map(|role| Case {
                repository_role: role,
                ..case.clone()
            }),
        );
    }
    more.extend(
        stronger(&case.credential)
            .into_iter()
            .map(|credential| Case {
                credential,
                ..case.clone()
            }),
    );
    more
}

fn above<'a>(names: &'a [&'static str], name: &str) -> impl Iterator<Item = &'static str> + 'a {
    let here = names.iter().position(|known| *known == name);
    names.iter().skip(here.map_or(0, |here| here + 1)).copied()
}

fn stronger(credential: &Credential) -> Vec<Credential> {
    match credential {
        Credential::Classic(user) => users(user).map(Credential::Classic).collect(),
        Credential::OAuth(user) => users(user).map(Credential::OAuth).collect(),
        Credential::FineGrained(given) => given_more(given)
            .into_iter()
            .map(Credential::FineGrained)
            .collect(),
        Credential::Installation(given) => given_more(given)
            .into_iter()
            .map(Credential::Installation)
            .collect(),
        Credential::Anonymous
        | Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => Vec::new(),
    }
}

fn users(user: &User) -> impl Iterator<Item = User> {
    let administrator = User {
        site_admin: true,
        ..user.clone()
    };
    let scopes = cases::SCOPES.into_iter().map(|scope| {
        let mut more = user.clone();
        more.scopes.insert(scope);
        more
    });
    scopes.chain([administrator])
}

fn given_more(given: &super::oracle::Permissions) -> Vec<super::oracle::Permissions> {
    let names = permission_names().iter();
    names
        .flat_map(|name| {
            let levels = given
                .get(name)
                .map_or(LEVELS.to_vec(), |level| above(&LEVELS, level).collect());
            levels.into_iter().map(|level| {
                let mut more = given.clone();
                more.insert(name, level);
                more
            })
        })
        .collect()
}

/// What was taken back, has ended, is suspended or never was, may nothing at all.
#[test]
fn nothing_is_allowed_to_what_no_longer_holds() {
    of_every_case(|case, ask| {
        let holds = case.standing == Standing::Good;
        (!holds && ask(case) == Answer::Allow).then(|| case.clone())
    });
}

/// Changes that a credential may make by what it is, not by what it was given: its own end, and
/// what everybody may ask with a token in the body.
const BY_KIND: [&str; 2] = [
    "apps/revoke-installation-access-token",
    "sealyard/register-runner",
];

#[test]
fn whoever_was_only_given_reading_changes_nothing() {
    of_every_case(|case, ask| {
        let reads_only = match &case.credential {
            Credential::FineGrained(given) | Credential::Installation(given) => {
                given.values().all(|level| *level == "read")
            }
            Credential::Classic(user) | Credential::OAuth(user) => {
                user.scopes.iter().all(|scope| *scope == "read:org")
            }
            Credential::Anonymous => true,
            // What these may change is in what they are.
            Credential::AppJwt
            | Credential::RunnerRegister
            | Credential::RunnerRemove
            | Credential::Runner => false,
        };
        let changes = is_a_change(case.operation) && !BY_KIND.contains(&case.operation);
        (changes && reads_only && ask(case) == Answer::Allow).then(|| case.clone())
    });
}

#[test]
fn users_change_no_place_in_which_they_only_read() {
    of_every_case(|case, ask| {
        let is_user = matches!(
            case.credential,
            Credential::Classic(_) | Credential::OAuth(_) | Credential::FineGrained(_)
        );
        let reads_only = match case.target {
            // Members may make repositories, which are then theirs to rule.
            Target::Organization if case.operation == "repos/create-in-org" => {
                case.organization_role == "none"
            }
            Target::Organization => case.organization_role != "owner",
            // Reviewers read: the environment names them, behind the door.
            Target::Repository { .. } if case.operation == "sealyard/approve-ticket" => false,
            Target::Repository { .. } => ["none", "read", "triage"].contains(&case.repository_role),
            Target::Nothing | Target::MissingOrganization | Target::MissingRepository => false,
        };
        let changes = is_user && reads_only && is_a_change(case.operation);
        (changes && ask(case) == Answer::Allow).then(|| case.clone())
    });
}

/// Whether it is there or not: the same answer, for everybody who may not know.
#[test]
fn what_is_private_is_as_if_it_were_missing() {
    of_every_case(|case, ask| {
        let Target::Repository { visibility, .. } = case.target else {
            return None;
        };
        if visibility == "public" || may_know(case, visibility) {
            return None;
        }
        let missing = Case {
            target: Target::MissingRepository,
            ..case.clone()
        };
        (ask(case) != ask(&missing)).then_some(missing)
    });
}

fn may_know(case: &Case, visibility: &str) -> bool {
    let has_role = visibility == "internal" || case.repository_role != "none";
    match &case.credential {
        Credential::Anonymous => false,
        Credential::Classic(user) | Credential::OAuth(user) => {
            has_role && user.scopes.contains("repo")
        }
        Credential::FineGrained(_) => has_role && case.covered,
        Credential::Installation(_)
        | Credential::AppJwt
        | Credential::RunnerRegister
        | Credential::RunnerRemove
        | Credential::Runner => case.covered,
    }
}

/// Some of a list, and where each of them goes in another order.
fn shuffled(
    names: Vec<&'static str>,
    size: impl Into<SizeRange>,
) -> impl Strategy<Value = (Vec<&'static str>, Vec<&'static str>)> {
    subsequence(names, size).prop_flat_map(|some| (Just(some.clone()), Just(some).prop_shuffle()))
}

proptest! {
    #[test]
    fn the_order_of_scopes_does_not_matter(
        (scopes, shuffled) in shuffled(cases::SCOPES.to_vec(), 0..=cases::SCOPES.len()),
        twice: Index,
    ) {
        let mut twice_said = shuffled.clone();
        if !shuffled.is_empty() {
            twice_said.push(shuffled[twice.index(shuffled.len())]);
        }
        let parsed = Scopes::parse(&scopes.join(",")).expect("scopes");
        prop_assert_eq!(parsed, Scopes::parse(&shuffled.join(", ")).expect("scopes"));
        prop_assert_eq!(parsed, Scopes::parse(&twice_said.join(" ")).expect("scopes"));
        // What is left out at issue was contained in the rest.
        let raw = scopes.iter().try_fold(Scopes::default(), |all, name| all.with_name(name));
        for scope in server::SCOPES {
            prop_assert_eq!(parsed.contain(scope), raw.expect("scopes").contain(scope));
        }
    }

    #[test]
    fn the_order_of_permissions_does_not_matter(
        (permissions, shuffled) in shuffled(permissions_given(), 0..=8),
    ) {
        let parsed = Permissions::parse(&permissions.join(",")).expect("permissions");
        prop_assert_eq!(parsed, Permissions::parse(&shuffled.join(" ")).expect("permissions"));
    }
}

/// Each permission of the oracle's table once, at one of its levels.
fn permissions_given() -> Vec<&'static str> {
    vec![
        "actions=read",
        "administration=write",
        "environments=read",
        "members=write",
        "metadata=read",
        "organization_secrets=write",
        "organization_self_hosted_runners=read",
        "secrets=write",
    ]
}
