//! Every case: the sum of four products, each about rules that could meet.
//!
//! | product | dimensions | cases |
//! |---|---|---|
//! | who | 15 openers, 8 credentials, 6 repositories, 4 environments, 2 selections | 5,760 |
//! | rules | 10 environments, 4 approvals, 2 ages, 5 refs, 5 events, fork or not, 3 openers, 2 repositories | 24,000 |
//! | moments | 20 changes, 3 credentials, 3 openers, 2 repositories, 3 environments, 3 selections | 3,240 |
//! | stocks | 6 stocks, 4 repositories, 3 openers, 3 credentials, 3 environments, 4 selections | 2,592 |
//! | | | 35,592 |

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::model::{Age, By, Request, Ticket, What};
use super::places::{self, Change, Stock, Target};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Case {
    pub(crate) product: &'static str,
    pub(crate) stock: Stock,
    pub(crate) target: Target,
    /// `missing` is none that there is.
    pub(crate) environment: Option<&'static str>,
    pub(crate) opener: Opener,
    pub(crate) credential: Credential,
    pub(crate) fork: bool,
    pub(crate) approval: Approval,
    pub(crate) age: Age,
    pub(crate) reference: Option<&'static str>,
    pub(crate) event: &'static str,
    pub(crate) only: Option<&'static [&'static str]>,
    pub(crate) change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Opener {
    RunnerOfTheRepository,
    /// With a ticket of somebody who may not write any more.
    RunnerForOneWhoMayOnlyRead,
    RunnerOfAnotherRepository,
    RunnerThatServes,
    RunnerThatServesAnother,
    RunnerThatServesNone,
    RunnerThatServedOnce,
    RunnerOfAnotherOrganization,
    DeletedRunner,
    Maker,
    MakerWherePeopleMayNot,
    MakerWhoMayOnlyRead,
    AnotherWriter,
    Reader,
    Stranger,
}

impl Opener {
    const ALL: [Self; 15] = [
        Self::RunnerOfTheRepository,
        Self::RunnerForOneWhoMayOnlyRead,
        Self::RunnerOfAnotherRepository,
        Self::RunnerThatServes,
        Self::RunnerThatServesAnother,
        Self::RunnerThatServesNone,
        Self::RunnerThatServedOnce,
        Self::RunnerOfAnotherOrganization,
        Self::DeletedRunner,
        Self::Maker,
        Self::MakerWherePeopleMayNot,
        Self::MakerWhoMayOnlyRead,
        Self::AnotherWriter,
        Self::Reader,
        Self::Stranger,
    ];
    /// Those who are let in.
    const WELCOME: [Self; 3] = [
        Self::RunnerOfTheRepository,
        Self::RunnerThatServes,
        Self::Maker,
    ];
}

/// A ticket, by what was done to it, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    Alone,
    Fresh,
    /// Its job is open.
    Redeemed,
    /// Its job is over.
    Ended,
    OfAnotherRepository,
}

/// Who tries to approve the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Approval {
    Nobody,
    Reviewer,
    NoReviewer,
    Maker,
}

type Names = Option<&'static [&'static str]>;
const ABSENT: Names = Some(&["ABSENT"]);
const NEAR: Names = Some(&["IN_ORE", "IN_R", "FA", "F_001", "A_001"]);
const FAR: Names = Some(&["IN_O", "ORG_PRIVATE", "F_100", "B_001"]);
const EVENTS: [&str; 5] = [
    "push",
    "pull_request",
    "pull_request_target",
    "workflow_dispatch",
    "schedule",
];
const REFS: [Option<&str>; 5] = [
    None,
    Some("refs/heads/main"),
    Some("refs/heads/release/1"),
    Some("refs/heads/release/1/2"),
    Some("refs/tags/release/1"),
];
const ENVIRONMENTS: [Option<&str>; 10] = [
    None,
    Some("open"),
    Some("protected"),
    Some("pattern"),
    Some("tags"),
    Some("timer"),
    Some("reviewed"),
    Some("reviewed-by-another"),
    Some("slow"),
    Some("strict"),
];
const BOTH: [bool; 2] = [false, true];
/// How a job may be asked for, and whether for a fork.
const ASKED: [(Credential, bool); 3] = [
    (Credential::Alone, false),
    (Credential::Fresh, false),
    (Credential::Fresh, true),
];

/// What a product leaves alone is as here.
pub(super) const PLAIN: Case = Case {
    product: "",
    stock: Stock::Mixed,
    target: Target::Private,
    environment: None,
    opener: Opener::RunnerOfTheRepository,
    credential: Credential::Fresh,
    fork: false,
    approval: Approval::Reviewer,
    age: Age::Due,
    reference: Some("refs/heads/release/1"),
    event: "push",
    only: None,
    change: Change::Nothing,
};

/// Every case, in an order that never changes.
pub(crate) fn all() -> Vec<Case> {
    [who(), rules(), moments(), stocks()].concat()
}

/// The cases so far, each with each value.
fn by<T>(cases: &[Case], values: &[T], set: impl Fn(&mut Case, &T)) -> Vec<Case> {
    let mut product = Vec::with_capacity(cases.len() * values.len());
    for case in cases {
        for value in values {
            let mut case = *case;
            set(&mut case, value);
            product.push(case);
        }
    }
    product
}

fn who() -> Vec<Case> {
    let credentials = [
        (Credential::Alone, false, Age::Due),
        (Credential::Fresh, false, Age::Due),
        (Credential::Fresh, true, Age::Due),
        (Credential::Fresh, false, Age::Expired),
        (Credential::Redeemed, false, Age::Due),
        (Credential::Ended, false, Age::Due),
        (Credential::OfAnotherRepository, false, Age::Due),
        (Credential::OfAnotherRepository, true, Age::Due),
    ];
    let environments = [None, Some("missing"), Some("open"), Some("reviewed")];
    let cases = [Case {
        product: "who",
        event: "pull_request",
        ..PLAIN
    }];
    let cases = by(&cases, &Opener::ALL, |case, opener| case.opener = *opener);
    let cases = by(&cases, &credentials, |case, (credential, fork, age)| {
        (case.credential, case.fork, case.age) = (*credential, *fork, *age);
    });
    let cases = by(&cases, &Target::ALL, |case, target| case.target = *target);
    let cases = by(&cases, &environments, |case, name| case.environment = *name);
    by(&cases, &[None, NEAR], |case, only| case.only = *only)
}

fn rules() -> Vec<Case> {
    let approvals = [
        Approval::Nobody,
        Approval::Reviewer,
        Approval::NoReviewer,
        Approval::Maker,
    ];
    let ages = [Age::Early, Age::Due];
    let targets = [Target::Private, Target::Public];
    let cases = [Case {
        product: "rules",
        ..PLAIN
    }];
    let cases = by(&cases, &ENVIRONMENTS, |case, name| case.environment = *name);
    let cases = by(&cases, &approvals, |case, approval| {
        case.approval = *approval;
    });
    let cases = by(&cases, &ages, |case, age| case.age = *age);
    let cases = by(&cases, &REFS, |case, reference| case.reference = *reference);
    let cases = by(&cases, &EVENTS, |case, event| case.event = event);
    let cases = by(&cases, &BOTH, |case, fork| case.fork = *fork);
    let cases = by(&cases, &Opener::WELCOME, |case, opener| {
        case.opener = *opener;
    });
    by(&cases, &targets, |case, target| case.target = *target)
}

fn moments() -> Vec<Case> {
    let cases = [Case {
        product: "moments",
        ..PLAIN
    }];
    let cases = by(&cases, &places::changes(), |case, change| {
        case.change = *change;
    });
    let targets = [Target::Private, Target::Public];
    nearest(&cases, &targets, &[None, NEAR, FAR])
}

fn stocks() -> Vec<Case> {
    let cases = [Case {
        product: "stocks",
        event: "schedule",
        ..PLAIN
    }];
    let cases = by(&cases, &Stock::ALL, |case, stock| case.stock = *stock);
    nearest(&cases, &Target::LIVE, &[None, NEAR, FAR, ABSENT])
}

/// What the last two have in common.
fn nearest(cases: &[Case], targets: &[Target], selections: &[Names]) -> Vec<Case> {
    let environments = [None, Some("open"), Some("reviewed")];
    let cases = by(cases, &ASKED, |case, (credential, fork)| {
        (case.credential, case.fork) = (*credential, *fork);
    });
    let cases = by(&cases, &Opener::WELCOME, |case, opener| {
        case.opener = *opener;
    });
    let cases = by(&cases, targets, |case, target| case.target = *target);
    let cases = by(&cases, &environments, |case, name| case.environment = *name);
    by(&cases, selections, |case, only| case.only = *only)
}

impl Case {
    /// Whether the setting lets people redeem.
    pub(crate) fn people(&self) -> bool {
        self.opener != Opener::MakerWherePeopleMayNot
    }

    /// The repository that is asked for.
    pub(crate) fn repository(&self) -> &'static str {
        if self.credential == Credential::OfAnotherRepository {
            places::OTHER
        } else {
            self.target.name()
        }
    }

    pub(crate) fn maker(&self) -> &'static str {
        let demoted = [
            Opener::MakerWhoMayOnlyRead,
            Opener::RunnerForOneWhoMayOnlyRead,
        ];
        if demoted.contains(&self.opener) {
            places::DEMOTED
        } else {
            places::MAKER
        }
    }

    pub(crate) fn approver(&self) -> Option<&'static str> {
        match self.approval {
            Approval::Nobody => None,
            Approval::Reviewer => Some(places::READER),
            Approval::NoReviewer => Some(places::DEMOTED),
            Approval::Maker => Some(self.maker()),
        }
    }

    pub(crate) fn by(&self) -> By {
        match self.opener {
            Opener::RunnerOfTheRepository | Opener::RunnerForOneWhoMayOnlyRead => {
                By::Runner(places::own_runner(self.target.name()))
            }
            Opener::RunnerOfAnotherRepository => By::Runner(places::own_runner(places::OTHER)),
            Opener::RunnerThatServes => By::Runner(places::SERVES),
            Opener::RunnerThatServesAnother => By::Runner(places::SERVES_ANOTHER),
            Opener::RunnerThatServesNone => By::Runner(places::SERVES_NONE),
            Opener::RunnerThatServedOnce => By::Runner(places::SERVED_ONCE),
            Opener::RunnerOfAnotherOrganization => By::Runner(places::FOREIGN_RUNNER),
            Opener::DeletedRunner => By::Runner(places::DELETED),
            Opener::Maker | Opener::MakerWherePeopleMayNot | Opener::MakerWhoMayOnlyRead => {
                By::Person(self.maker())
            }
            Opener::AnotherWriter => By::Person(places::OTHER_WRITER),
            Opener::Reader => By::Person(places::READER),
            Opener::Stranger => By::Person(places::STRANGER),
        }
    }

    /// As the model takes it.
    pub(crate) fn request(&self) -> Request {
        let what = if self.credential == Credential::Alone {
            What::Alone(self.repository(), self.environment)
        } else {
            What::Ticket(Ticket {
                maker: self.maker(),
                repository: self.repository(),
                environment: self.environment,
                reference: self.reference,
                fork: self.fork,
                approvers: self.approver().into_iter().collect(),
                redeemed: [Credential::Redeemed, Credential::Ended].contains(&self.credential),
                age: self.age,
            })
        };
        Request {
            by: self.by(),
            what,
            only: self.only,
        }
    }

    /// A mark for each dimension's value.
    fn marks(&self) -> [u64; 12] {
        [
            mark(0, &self.stock),
            mark(1, &self.target),
            mark(2, &self.environment),
            mark(3, &self.opener),
            mark(4, &self.credential),
            mark(5, &self.fork),
            mark(6, &self.approval),
            mark(7, &self.age),
            mark(8, &self.reference),
            mark(9, &self.event),
            mark(10, &self.only),
            mark(11, &self.change),
        ]
    }
}

fn mark(dimension: u8, value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (dimension, value).hash(&mut hasher);
    hasher.finish()
}

/// Some cases, at least `least` of them: in each product every pair of values that the product
/// has, and others by chance.
pub(crate) fn some(least: usize, seed: u64) -> Vec<Case> {
    let mut cases = all();
    cases.sort_by_cached_key(|case| mark(u8::MAX, &(seed, case)));
    let mut pairs = BTreeSet::new();
    let (mut chosen, rest): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(|case| {
        let marks = case.marks();
        let mut new = false;
        for (index, first) in marks.iter().enumerate() {
            for second in marks.iter().skip(index + 1) {
                new |= pairs.insert((case.product, *first, *second));
            }
        }
        new
    });
    let missing = least.saturating_sub(chosen.len());
    chosen.extend(rest.into_iter().take(missing));
    chosen
}
