//! The worlds that the cases are about, as the model sees them: the same repositories,
//! environments, people and runners in each, with one of several stocks of secrets, and what
//! may change between the making of a ticket and the start of its job.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{
    Admits, Branches, Environment, Repository, Runner, Scope, Secret, Visibility, World,
};

pub(super) const ORG: &str = "octo-org";
pub(super) const OTHER_ORG: &str = "other-org";
/// The repository of the tickets "of another repository", with everything that the others have.
pub(super) const OTHER: &str = "octo-org/other-repo";
const FOREIGN: &str = "other-org/elsewhere";

/// Makes the tickets, and may review.
pub(super) const MAKER: &str = "writer";
/// Made a ticket when they could write, which they no longer can.
pub(super) const DEMOTED: &str = "member";
pub(super) const OTHER_WRITER: &str = "owner";
/// May only read, and is a required reviewer.
pub(super) const READER: &str = "reader";
pub(super) const STRANGER: &str = "stranger";

/// Runners of an organisation, by what they serve.
pub(super) const SERVES: &str = "serves";
pub(super) const SERVES_ANOTHER: &str = "serves-another";
pub(super) const SERVES_NONE: &str = "serves-none";
pub(super) const SERVED_ONCE: &str = "served-once";
pub(super) const DELETED: &str = "deleted";
pub(super) const FOREIGN_RUNNER: &str = "foreign";

/// The repositories that are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    Private,
    Public,
    Internal,
    Archived,
    /// Archived after the ticket was made.
    ArchivedSince,
    OfUser,
}

impl Target {
    pub(super) const ALL: [Self; 6] = [
        Self::Private,
        Self::Public,
        Self::Internal,
        Self::Archived,
        Self::ArchivedSince,
        Self::OfUser,
    ];

    /// Those that are never archived.
    pub(super) const LIVE: [Self; 4] = [Self::Private, Self::Public, Self::Internal, Self::OfUser];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Private => "octo-org/hello-world",
            Self::Public => "octo-org/public-repo",
            Self::Internal => "octo-org/internal-repo",
            Self::Archived => "octo-org/old-repo",
            Self::ArchivedSince => "octo-org/late-repo",
            Self::OfUser => "owner/own",
        }
    }
}

/// Which secrets there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stock {
    Nothing,
    /// Each visibility, and each set of scopes that a name can be in.
    Mixed,
    /// A hundred that admit everybody, and one more, which byte order has first.
    Hundred,
    HundredAndOne,
    /// Before a hundred that admit everybody, thirty for nobody and thirty for private ones.
    Hidden,
    /// A hundred and one; nearer scopes have names of them, the last one's too.
    Overridden,
}

impl Stock {
    pub(super) const ALL: [Self; 6] = [
        Self::Nothing,
        Self::Mixed,
        Self::Hundred,
        Self::HundredAndOne,
        Self::Hidden,
        Self::Overridden,
    ];

    /// Names and visibilities of the organisation's.
    fn of_organization(self) -> Vec<(String, Admits)> {
        let many = |letter: &str, count: usize, admits: &Admits| -> Vec<(String, Admits)> {
            (1..=count)
                .map(|number| (format!("{letter}_{number:03}"), admits.clone()))
                .collect()
        };
        let one = |name: &str, admits: Admits| (name.to_owned(), admits);
        let nobody = Admits::Selected(BTreeSet::new());
        match self {
            Self::Nothing => Vec::new(),
            Self::Mixed => vec![
                one("IN_O", Admits::All),
                one("IN_OR", Admits::All),
                one("IN_OE", Admits::Private),
                one("IN_ORE", Admits::Selected(served())),
                one("ORG_PRIVATE", Admits::Private),
                one("ORG_SELECTED", Admits::Selected(served())),
                one("ORG_ANOTHERS", Admits::Selected(BTreeSet::from([OTHER]))),
                one("ORG_NOBODYS", nobody),
            ],
            Self::Hundred => many("F", 100, &Admits::All),
            // Where text is sorted as in a dictionary, `FA` comes last.
            Self::HundredAndOne | Self::Overridden => {
                let mut names = many("F", 100, &Admits::All);
                names.push(one("FA", Admits::All));
                names
            }
            Self::Hidden => {
                let mut names = many("A", 30, &nobody);
                names.extend(many("B", 30, &Admits::Private));
                names.extend(many("F", 100, &Admits::All));
                names
            }
        }
    }

    /// Names of a repository's, and of each of its environments'.
    fn nearer(self) -> [&'static [&'static str]; 2] {
        match self {
            Self::Nothing | Self::Hundred => [&[], &[]],
            Self::Mixed => [
                &["IN_R", "IN_OR", "IN_RE", "IN_ORE"],
                &["IN_E", "IN_OE", "IN_RE", "IN_ORE"],
            ],
            Self::HundredAndOne => [&["IN_R"], &["IN_E"]],
            Self::Hidden => [&["A_001"], &["B_001"]],
            Self::Overridden => [&["FA", "F_002"], &["F_001", "F_100"]],
        }
    }
}

/// What happens to the secrets of one scope, everywhere, after the ticket was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Happening {
    Changed,
    Deleted,
    Added,
    /// Their records no longer open.
    Broken,
}

/// What happens everywhere after the ticket was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Change {
    Nothing,
    Secrets(Scope, Happening),
    /// The organisation's secrets are selected for nobody.
    Withdrawn,
    /// Repositories are public.
    Opened,
    /// Environments are gone.
    Deleted,
    /// Environments are gone, and there are new ones with their names.
    Remade,
    /// Environments take the branch `main` only.
    Restricted,
    /// Environments have a reviewer who has said nothing.
    Reassigned,
    /// Environments have a wait timer.
    Slowed,
}

/// Every change, none among them.
pub(super) fn changes() -> Vec<Change> {
    let scopes = [Scope::Organization, Scope::Repository, Scope::Environment];
    let happenings = [
        Happening::Changed,
        Happening::Deleted,
        Happening::Added,
        Happening::Broken,
    ];
    let each = scopes
        .into_iter()
        .flat_map(|scope| happenings.map(|happening| Change::Secrets(scope, happening)));
    let others = [
        Change::Withdrawn,
        Change::Opened,
        Change::Deleted,
        Change::Remade,
        Change::Restricted,
        Change::Reassigned,
        Change::Slowed,
    ];
    [Change::Nothing]
        .into_iter()
        .chain(each)
        .chain(others)
        .collect()
}

/// The world in which tickets are made.
pub(crate) fn then(stock: Stock, people: bool) -> World {
    let organization = stock.of_organization().into_iter().map(|(name, admits)| {
        let secret = secret(ORG, &name);
        (name, (admits, secret))
    });
    let targets = Target::ALL.map(|target| {
        let visibility = match target {
            Target::Private | Target::Archived | Target::ArchivedSince | Target::OfUser => {
                Visibility::Private
            }
            Target::Public => Visibility::Public,
            Target::Internal => Visibility::Internal,
        };
        let archived = target == Target::Archived;
        (target.name(), visibility, archived)
    });
    let places = targets
        .into_iter()
        .chain([(OTHER, Visibility::Private, false)]);
    let repositories = places.map(|(name, visibility, archived)| {
        let organization = name.starts_with(ORG).then_some(ORG);
        let repository = Repository {
            organization,
            visibility,
            archived,
            ..repository(stock, name)
        };
        (name, repository)
    });
    let foreign = Repository {
        organization: Some(OTHER_ORG),
        ..Repository::default()
    };
    World {
        people,
        organizations: BTreeMap::from([(ORG, organization.collect())]),
        repositories: repositories.chain([(FOREIGN, foreign)]).collect(),
        runners: runners(),
    }
}

/// The world in which jobs are opened.
pub(crate) fn now(then: &World, change: Change) -> World {
    let mut world = then.clone();
    world.runners.remove(DELETED);
    let none = Runner::OfOrganization(ORG, BTreeSet::new());
    world.runners.insert(SERVED_ONCE, none);
    for (name, repository) in &mut world.repositories {
        if repository.writers.remove(DEMOTED) {
            repository.readers.insert(DEMOTED);
        }
        repository.archived |= *name == Target::ArchivedSince.name();
        if *name != FOREIGN {
            of_repository(change, repository);
        }
    }
    for secrets in world.organizations.values_mut() {
        of_organization(change, secrets);
    }
    world
}

fn of_repository(change: Change, repository: &mut Repository) {
    if let Change::Secrets(Scope::Repository, happening) = change {
        happens(happening, &mut repository.secrets);
    }
    if change == Change::Opened {
        repository.visibility = Visibility::Public;
    }
    if change == Change::Deleted {
        repository.environments.clear();
    }
    for environment in repository.environments.values_mut() {
        of_environment(change, environment);
    }
}

fn of_environment(change: Change, environment: &mut Environment) {
    match change {
        Change::Secrets(Scope::Environment, happening) => {
            happens(happening, &mut environment.secrets);
        }
        Change::Remade => {
            *environment = Environment {
                predecessors: environment.predecessors + 1,
                ..Environment::default()
            };
        }
        Change::Restricted => environment.branches = Some(Branches::Custom("heads", "main")),
        Change::Reassigned => environment.reviewers = BTreeSet::from([OTHER_WRITER]),
        Change::Slowed => environment.wait_minutes = 60,
        Change::Nothing
        | Change::Secrets(Scope::Organization | Scope::Repository, _)
        | Change::Withdrawn
        | Change::Opened
        | Change::Deleted => {}
    }
}

fn of_organization(change: Change, secrets: &mut BTreeMap<String, (Admits, Secret)>) {
    if change == Change::Withdrawn {
        for (admits, _) in secrets.values_mut() {
            *admits = Admits::Selected(BTreeSet::new());
        }
    }
    if let Change::Secrets(Scope::Organization, happening) = change {
        let bare = secrets
            .iter()
            .map(|(name, (_, secret))| (name.clone(), secret.clone()));
        let mut bare = bare.collect();
        happens(happening, &mut bare);
        let changed = bare.into_iter().map(|(name, secret)| {
            let before = secrets.get(&name);
            let admits = before.map_or(Admits::All, |(admits, _)| admits.clone());
            (name, (admits, secret))
        });
        *secrets = changed.collect();
    }
}

fn happens(what: Happening, secrets: &mut BTreeMap<String, Secret>) {
    match what {
        Happening::Deleted => secrets.clear(),
        Happening::Added => {
            secrets.insert("NEW".to_owned(), secret("new", "NEW"));
        }
        Happening::Changed => {
            for secret in secrets.values_mut() {
                secret.value.push_str(", changed");
            }
        }
        Happening::Broken => {
            for secret in secrets.values_mut() {
                secret.opens = false;
            }
        }
    }
}

/// The organisation's repositories that are asked about.
fn served() -> BTreeSet<&'static str> {
    Target::ALL
        .into_iter()
        .filter(|target| *target != Target::OfUser)
        .map(Target::name)
        .collect()
}

/// The runner that is a repository's own.
pub(super) fn own_runner(repository: &str) -> &'static str {
    match repository {
        "octo-org/hello-world" => "of-hello-world",
        "octo-org/public-repo" => "of-public-repo",
        "octo-org/internal-repo" => "of-internal-repo",
        "octo-org/old-repo" => "of-old-repo",
        "octo-org/late-repo" => "of-late-repo",
        "owner/own" => "of-own",
        _ => "of-other-repo",
    }
}

fn runners() -> BTreeMap<&'static str, Runner> {
    let targets = Target::ALL.map(Target::name);
    let own = targets.into_iter().chain([OTHER]);
    let own = own.map(|name| (own_runner(name), Runner::OfRepository(name)));
    let serving = |served| Runner::OfOrganization(ORG, served);
    let foreign = Runner::OfOrganization(OTHER_ORG, BTreeSet::from([FOREIGN]));
    own.chain([
        (SERVES, serving(served())),
        (SERVES_ANOTHER, serving(BTreeSet::from([OTHER]))),
        (SERVES_NONE, serving(BTreeSet::new())),
        (SERVED_ONCE, serving(served())),
        (DELETED, serving(served())),
        (FOREIGN_RUNNER, foreign),
    ])
    .collect()
}

fn secret(place: &str, name: &str) -> Secret {
    Secret {
        value: format!("{name} of {place}"),
        opens: true,
    }
}

/// People, environments and secrets, which are alike in all of them.
fn repository(stock: Stock, name: &'static str) -> Repository {
    let [own, environments] = stock.nearer();
    let keep = |place: &str, names: &[&str]| {
        let named = |secret_name: &&str| ((*secret_name).to_owned(), secret(place, secret_name));
        names.iter().map(named).collect::<BTreeMap<_, _>>()
    };
    let reviewers = BTreeSet::from([READER, MAKER]);
    let open = Environment::default;
    let custom = Some(Branches::Custom("heads", "release/*"));
    let environment = |place: &'static str, rules: Environment| {
        let secrets = keep(&format!("{name}/{place}"), environments);
        (place, Environment { secrets, ..rules })
    };
    let environments = [
        environment("open", open()),
        environment(
            "protected",
            Environment {
                branches: Some(Branches::Protected),
                ..open()
            },
        ),
        environment(
            "pattern",
            Environment {
                branches: custom,
                ..open()
            },
        ),
        environment(
            "tags",
            Environment {
                branches: Some(Branches::Custom("tags", "release/*")),
                ..open()
            },
        ),
        environment(
            "timer",
            Environment {
                wait_minutes: 30,
                ..open()
            },
        ),
        environment(
            "reviewed",
            Environment {
                reviewers: reviewers.clone(),
                ..open()
            },
        ),
        environment(
            "reviewed-by-another",
            Environment {
                reviewers: reviewers.clone(),
                prevent_self_review: true,
                ..open()
            },
        ),
        environment(
            "slow",
            Environment {
                wait_minutes: 30,
                reviewers: reviewers.clone(),
                ..open()
            },
        ),
        environment(
            "strict",
            Environment {
                branches: custom,
                wait_minutes: 30,
                reviewers,
                prevent_self_review: true,
                ..open()
            },
        ),
    ];
    Repository {
        writers: BTreeSet::from([MAKER, DEMOTED, OTHER_WRITER]),
        readers: BTreeSet::from([READER]),
        default_branch: if name == Target::Public.name() {
            "release/1"
        } else {
            "main"
        },
        secrets: keep(name, own),
        environments: BTreeMap::from(environments),
        ..Repository::default()
    }
}
