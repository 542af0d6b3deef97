//! The model itself, on examples worked by hand from the documents.

use super::cases::{Approval, Case, Credential, Opener, PLAIN};
use super::model::{Age, RULES, Refusal, Scope};
use super::places::{Change, Happening, Stock, Target};
use super::{Worlds, answer};

/// What a case is given, as `NAME:scope`, or why not.
fn told(case: Case) -> Result<String, Refusal> {
    let mut worlds = Worlds::default();
    let found = answer(&RULES, worlds.of(&case), &case)?;
    let each = found.iter().map(|(name, (_, scope))| match scope {
        Scope::Environment => format!("{name}:e"),
        Scope::Repository => format!("{name}:r"),
        Scope::Organization => format!("{name}:o"),
    });
    Ok(each.collect::<Vec<_>>().join(" "))
}

fn given(case: Case) -> String {
    told(case).expect("secrets")
}

#[test]
fn the_nearest_scope_wins_and_visibility_admits() {
    let open = Case {
        environment: Some("open"),
        ..PLAIN
    };
    assert_eq!(
        given(open),
        "IN_E:e IN_O:o IN_OE:e IN_OR:r IN_ORE:e IN_R:r IN_RE:e ORG_PRIVATE:o ORG_SELECTED:o"
    );
    assert_eq!(
        given(PLAIN),
        "IN_O:o IN_OE:o IN_OR:r IN_ORE:r IN_R:r IN_RE:r ORG_PRIVATE:o ORG_SELECTED:o"
    );
    let public = Case {
        target: Target::Public,
        ..PLAIN
    };
    assert_eq!(
        given(public),
        "IN_O:o IN_OR:r IN_ORE:r IN_R:r IN_RE:r ORG_SELECTED:o"
    );
    let internal = Case {
        target: Target::Internal,
        ..PLAIN
    };
    assert_eq!(given(internal), given(PLAIN));
    let own = Case {
        target: Target::OfUser,
        ..open
    };
    assert_eq!(given(own), "IN_E:e IN_OE:e IN_OR:r IN_ORE:e IN_R:r IN_RE:e");
}

#[test]
fn a_hundred_by_name_are_counted_before_overriding() {
    let stock = |stock, target| {
        let all = given(Case {
            stock,
            target,
            ..PLAIN
        });
        let names = all.split(' ').map(str::to_owned);
        names.collect::<Vec<_>>()
    };
    let hundred = stock(Stock::Hundred, Target::Private);
    assert_eq!((hundred.len(), hundred[99].as_str()), (100, "F_100:o"));
    let more = stock(Stock::HundredAndOne, Target::Private);
    assert_eq!(more.len(), 101, "a hundred, and the repository's own");
    assert_eq!((more[0].as_str(), more[99].as_str()), ("FA:o", "F_099:o"));
    // Overriding two of them makes no room for the last.
    let over = stock(Stock::Overridden, Target::Private);
    assert_eq!(
        (over.len(), over[0].as_str(), over[2].as_str()),
        (100, "FA:r", "F_002:r")
    );
    assert_eq!(over[99], "F_099:o");
    // Only those that admit the repository are counted.
    let hidden = stock(Stock::Hidden, Target::Public);
    assert_eq!((hidden.len(), hidden[100].as_str()), (101, "F_100:o"));
    let hidden = stock(Stock::Hidden, Target::Private);
    assert_eq!((hidden.len(), hidden[100].as_str()), (101, "F_070:o"));
}

#[test]
fn organisation_and_repository_are_as_queued_and_environment_as_started() {
    let open = Case {
        environment: Some("open"),
        ..PLAIN
    };
    let alone = Case {
        credential: Credential::Alone,
        ..open
    };
    let changed = |case: Case, scope, happening| {
        told(Case {
            change: Change::Secrets(scope, happening),
            ..case
        })
    };
    for scope in [Scope::Organization, Scope::Repository] {
        for happening in [Happening::Deleted, Happening::Added, Happening::Broken] {
            assert_eq!(changed(open, scope, happening), told(open));
            assert_ne!(changed(alone, scope, happening), told(alone));
        }
    }
    let deleted = changed(open, Scope::Environment, Happening::Deleted);
    assert_eq!(deleted, told(PLAIN), "what is under it shows");
    let broken = changed(open, Scope::Environment, Happening::Broken);
    assert_eq!(broken, Err(Refusal::Unprocessable));
}

#[test]
fn environments_keep_their_rules() {
    let case = |name| Case {
        environment: Some(name),
        ..PLAIN
    };
    let refs = [
        ("refs/heads/main", "protected"),
        ("refs/heads/release/1", "pattern"),
        ("refs/tags/release/1", "tags"),
        ("refs/heads/release/1/2", "none of them"),
    ];
    for (reference, its_own) in refs {
        for name in ["protected", "pattern", "tags"] {
            let found = told(Case {
                reference: Some(reference),
                ..case(name)
            });
            let refusal = (name != its_own).then_some(Refusal::Forbidden);
            assert_eq!(found.err(), refusal, "{reference} {name}");
        }
    }
    let early = Case {
        age: Age::Early,
        ..case("timer")
    };
    assert_eq!(told(early), Err(Refusal::Waiting));
    assert!(told(case("timer")).is_ok());
    for (approval, any, another) in [
        (Approval::Nobody, false, false),
        (Approval::NoReviewer, false, false),
        (Approval::Reviewer, true, true),
        (Approval::Maker, true, false),
    ] {
        let by = |name| {
            told(Case {
                approval,
                ..case(name)
            })
        };
        assert_eq!(by("reviewed").is_ok(), any, "{approval:?}");
        assert_eq!(by("reviewed-by-another").is_ok(), another, "{approval:?}");
    }
    let alone = Case {
        credential: Credential::Alone,
        ..case("reviewed")
    };
    assert_eq!(told(alone), Err(Refusal::Forbidden));
}

#[test]
fn nobody_else_opens_it() {
    for (opener, refusal) in [
        (Opener::RunnerOfAnotherRepository, Refusal::NotFound),
        (Opener::RunnerThatServesNone, Refusal::NotFound),
        (Opener::RunnerThatServedOnce, Refusal::NotFound),
        (Opener::RunnerOfAnotherOrganization, Refusal::NotFound),
        (Opener::DeletedRunner, Refusal::Unauthorized),
        (Opener::MakerWherePeopleMayNot, Refusal::Forbidden),
        (Opener::MakerWhoMayOnlyRead, Refusal::Forbidden),
        (Opener::RunnerForOneWhoMayOnlyRead, Refusal::Forbidden),
        (Opener::Reader, Refusal::Forbidden),
        (Opener::Stranger, Refusal::NotFound),
        (Opener::AnotherWriter, Refusal::NotFound),
    ] {
        assert_eq!(told(Case { opener, ..PLAIN }), Err(refusal), "{opener:?}");
    }
    for credential in [Credential::Redeemed, Credential::Ended] {
        let again = Case {
            credential,
            ..PLAIN
        };
        assert_eq!(told(again), Err(Refusal::Gone));
    }
    let expired = Case {
        age: Age::Expired,
        ..PLAIN
    };
    assert_eq!(told(expired), Err(Refusal::Gone));
}

#[test]
fn an_archived_repository_gives_nothing() {
    for target in [Target::Archived, Target::ArchivedSince] {
        for credential in [Credential::Alone, Credential::Fresh, Credential::Redeemed] {
            let case = Case {
                target,
                credential,
                ..PLAIN
            };
            assert_eq!(told(case), Err(Refusal::Forbidden), "{case:?}");
        }
    }
    let elsewhere = Case {
        target: Target::Archived,
        credential: Credential::Alone,
        opener: Opener::RunnerOfAnotherRepository,
        ..PLAIN
    };
    assert_eq!(told(elsewhere), Err(Refusal::NotFound));
}

#[test]
fn names_that_a_job_does_not_get_are_refused() {
    let near = Case {
        environment: Some("open"),
        only: Some(&["IN_E", "IN_R"]),
        ..PLAIN
    };
    assert_eq!(given(near), "IN_E:e IN_R:r");
    let without = Case {
        environment: None,
        ..near
    };
    assert_eq!(told(without), Err(Refusal::Unprocessable));
    let fork = Case { fork: true, ..near };
    assert_eq!(told(fork), Err(Refusal::Unprocessable));
    let fork = Case { only: None, ..fork };
    assert_eq!(told(fork), Ok(String::new()));
}

#[test]
fn rules_are_those_of_the_start() {
    let after = |environment, change| {
        told(Case {
            environment: Some(environment),
            change,
            ..PLAIN
        })
    };
    for environment in ["open", "reviewed"] {
        for (change, refusal) in [
            (Change::Deleted, Refusal::NotFound),
            (Change::Remade, Refusal::NotFound),
            (Change::Restricted, Refusal::Forbidden),
            (Change::Reassigned, Refusal::Waiting),
            (Change::Slowed, Refusal::Waiting),
        ] {
            assert_eq!(after(environment, change), Err(refusal), "{change:?}");
        }
        for change in [Change::Withdrawn, Change::Opened] {
            let before = after(environment, Change::Nothing);
            assert_eq!(after(environment, change), before, "{change:?}");
        }
    }
}
