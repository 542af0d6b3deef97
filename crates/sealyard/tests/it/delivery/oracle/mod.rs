//! Which values a job gets, asked of a model that was written apart from the server.
//!
//! `model` has the rules, `places` the worlds, `cases` every case; `over_http` puts them to the
//! server, which `town` makes like a world of the model.

mod cases;
mod examples;
mod model;
mod over_http;
mod places;
mod setting;
mod town;

use std::collections::BTreeMap;

use cases::Case;
use model::{Delivered, RULES, Refusal, Rules, Scope, World};
use places::{Change, Stock};

/// Which cases are taken when not all are.
const SEED: u64 = 20_260_102;

/// Worlds by what tells them apart, made once.
#[derive(Default)]
struct Worlds(BTreeMap<(Stock, bool, Change), [World; 2]>);

impl Worlds {
    /// The world in which the ticket of a case is made, and that in which its job is opened.
    fn of(&mut self, case: &Case) -> &[World; 2] {
        let key = (case.stock, case.people(), case.change);
        self.0.entry(key).or_insert_with(|| {
            let then = places::then(case.stock, case.people());
            let now = places::now(&then, case.change);
            [then, now]
        })
    }
}

fn answer<'w>(
    rules: &Rules,
    [then, now]: &'w [World; 2],
    case: &Case,
) -> Result<Delivered<'w>, Refusal> {
    model::answer(rules, then, now, &case.request())
}

#[test]
fn there_are_as_many_cases_as_the_products_say_and_no_two_alike() {
    let all = cases::all();
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for case in &all {
        *counts.entry(case.product).or_default() += 1;
    }
    let expected = [
        ("who", 15 * 8 * 6 * 4 * 2),
        ("rules", 10 * 4 * 2 * 5 * 5 * 2 * 3 * 2),
        ("moments", 20 * 3 * 3 * 2 * 3 * 3),
        ("stocks", 6 * 4 * 3 * 3 * 3 * 4),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
    assert_eq!(all.len(), 35_592);
    let different: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}

#[test]
fn each_answer_is_demanded_often() {
    let mut worlds = Worlds::default();
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for case in cases::all() {
        let found = answer(&RULES, worlds.of(&case), &case);
        let kind = found.map(|delivered| delivered.is_empty());
        *counts.entry(kind).or_default() += 1;
    }
    println!("{counts:?}");
    assert_eq!(
        counts.len(),
        8,
        "six refusals, something and nothing: {counts:?}"
    );
    assert!(counts.values().all(|count| *count >= 100), "{counts:?}");
}

#[test]
fn a_fork_is_never_given_anything() {
    let mut worlds = Worlds::default();
    let mut asked = 0;
    for case in cases::all().into_iter().filter(|case| case.fork) {
        let found = answer(&RULES, worlds.of(&case), &case);
        assert!(found.unwrap_or_default().is_empty(), "{case:?}");
        asked += 1;
    }
    assert!(asked > 5_000, "{asked}");
}

#[test]
fn a_wrong_rule_shows_in_some_case() {
    let wrong = [
        (
            "environment under repository",
            Rules {
                order: [Scope::Organization, Scope::Environment, Scope::Repository],
                ..RULES
            },
        ),
        (
            "no fork guard",
            Rules {
                forks_get_nothing: false,
                ..RULES
            },
        ),
        (
            "101 instead of 100",
            Rules {
                organization_secrets: 101,
                ..RULES
            },
        ),
        (
            "private admits public",
            Rules {
                private_admits_public: true,
                ..RULES
            },
        ),
        (
            "a ticket is redeemable twice",
            Rules {
                redeemed_once: false,
                ..RULES
            },
        ),
        (
            "an archived repository gives",
            Rules {
                archived_gives_nothing: false,
                ..RULES
            },
        ),
        (
            "a ticket outlives its maker's role",
            Rules {
                makers_still_write: false,
                ..RULES
            },
        ),
        (
            "names that a job does not get are left out",
            Rules {
                only_is_exact: false,
                ..RULES
            },
        ),
    ];
    for (size, cases) in [("all", cases::all()), ("some", cases::some(3_000, SEED))] {
        let mut worlds = Worlds::default();
        for (name, rules) in &wrong {
            let differs = |case: &&Case| {
                let worlds = worlds.of(case);
                answer(&RULES, worlds, case) != answer(rules, worlds, case)
            };
            let found = cases.iter().filter(differs).count();
            println!("{name}: {found} of {size} {}", cases.len());
            assert!(found > 0, "{name} is as good as the rules in {size} cases");
        }
    }
}
