//! How much is asked, and that no case is asked twice or forgotten.

use std::collections::{BTreeMap, HashSet};

use super::super::neighbours::{is_at_a_boundary, neighbours};
use super::super::{Answer, Case, Credential, LEVELS, Permissions, cases, expect, operations, row};
use super::{REPO_LIST, call};

const OPENAPI: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../openapi/sealyard.yaml"
));

#[test]
fn every_operation_of_the_description_is_in_the_table() {
    let described = OPENAPI
        .lines()
        .filter_map(|line| line.trim().strip_prefix("operationId: "));
    let mut count = 0;
    for operation in described {
        row(operation, true); // panics where there is none
        count += 1;
    }
    assert!(count > 120, "{count}");
    assert_eq!(operations().count(), 107);
}

#[test]
fn the_cases_are_some_hundred_thousand_and_few_are_allowed() {
    let mut count = 0_u32;
    let mut answers: BTreeMap<Answer, u32> = BTreeMap::new();
    for case in cases::all() {
        count += 1;
        *answers.entry(expect(&case)).or_default() += 1;
    }
    let allowed = answers.get(&Answer::Allow).copied().unwrap_or_default();
    assert!((500_000..1_000_000).contains(&count), "{answers:?}");
    let percent = allowed * 100 / count;
    assert!((10..30).contains(&percent), "{answers:?}");
    assert_eq!(answers.len(), 14, "every answer occurs: {answers:?}");
}

#[test]
fn no_case_comes_twice() {
    for operation in operations() {
        let mut seen = HashSet::new();
        for case in cases::of_operation(operation) {
            assert!(!seen.contains(&case), "{case:?}");
            seen.insert(case);
        }
    }
}

#[test]
fn neighbours_differ_in_what_they_are_called_after_and_lead_back() {
    for case in cases::all().step_by(1_009) {
        let near = neighbours(&case);
        assert!(near.iter().all(|(_, other)| other != &case));
        for (name, other) in near {
            // Two profiles, two positions of the switch: the way back is the same step.
            if ["profile", "switch"].contains(&name) {
                assert!(
                    neighbours(&other).iter().any(|(_, back)| back == &case),
                    "{case:?}"
                );
            }
        }
    }
}

#[test]
fn a_case_at_a_boundary_is_found() {
    let writer = call(REPO_LIST).classic(&["repo"]).role("write");
    assert!(is_at_a_boundary(&writer), "triage is next, and too little");
    let nobody = call("meta/root");
    assert!(!is_at_a_boundary(&nobody), "nothing is asked there");
}

/// Adding a scope, a role or a permission never turns yes into no.
#[test]
fn more_scopes_roles_and_permissions_never_hurt() {
    for case in cases::all()
        .step_by(101)
        .filter(|case| expect(case) == Answer::Allow)
    {
        for (name, other) in neighbours(&case) {
            if is_more(name, &case, &other) {
                assert_eq!(expect(&other), Answer::Allow, "{name}\n{case:?}\n{other:?}");
            }
        }
    }
}

fn is_more(dimension: &str, one: &Case, other: &Case) -> bool {
    let level = |given: &Permissions, name| {
        given
            .get(name)
            .and_then(|l| LEVELS.iter().position(|k| k == l))
    };
    let includes = |more: &Permissions, less: &Permissions| {
        less.keys()
            .all(|name| level(more, *name) >= level(less, *name))
    };
    match (dimension, &one.credential, &other.credential) {
        ("scope", Credential::Classic(less), Credential::Classic(more))
        | ("scope", Credential::OAuth(less), Credential::OAuth(more)) => {
            more.scopes.is_superset(&less.scopes)
        }
        ("permission", Credential::FineGrained(less), Credential::FineGrained(more))
        | ("permission", Credential::Installation(less), Credential::Installation(more)) => {
            includes(more, less)
        }
        ("organization role", ..) => other.organization_role == "owner",
        ("repository role", ..) => other.repository_role == "admin",
        _ => false,
    }
}
