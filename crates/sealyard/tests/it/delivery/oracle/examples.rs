//! The model itself, on examples worked by hand from the documents.

use super::cases::{Approval, Case, Credential, Opener, PLAIN};
use super::model::{Age, RULES, Refusal, Scope};
use super::places::{Happening, Stock, Target};
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
            change: Some((scope, happening)),
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
    let topic = Some("refs/heads/topic");
    for name in ["protected", "pattern"] {
        assert!(told(case(name)).is_ok());
        let wrong = Case {
            reference: topic,
            ..case(name)
        };
        assert_eq!(told(wrong), Err(Refusal::Forbidden));
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
