//! What a job gets, and when it gets nothing: the rules of delivery as a pure function, written
//! from the documents and not from the server.
//!
//! [`answer`] is given two worlds, that in which the ticket was made and that in which the job is
//! opened, and what is asked. Reasons to refuse come in the order of the lines there: who asks,
//! what they see, what they may, whether the ticket is good, and what the environment says; what
//! never will be comes before what is not yet.

use std::collections::{BTreeMap, BTreeSet};

/// Everything that delivery depends on, at one moment.
#[derive(Clone, Default, Debug)]
pub(crate) struct World {
    /// The setting `delivery.people`.
    pub(crate) people: bool,
    /// Secrets of each organisation.
    pub(crate) organizations: BTreeMap<&'static str, BTreeMap<String, (Admits, Secret)>>,
    pub(crate) repositories: BTreeMap<&'static str, Repository>,
    pub(crate) runners: BTreeMap<&'static str, Runner>,
}

#[derive(Clone, Default, Debug)]
pub(crate) struct Repository {
    /// None if a user owns it.
    pub(crate) organization: Option<&'static str>,
    pub(crate) visibility: Visibility,
    /// Then there are no tickets and no jobs.
    pub(crate) archived: bool,
    /// Logins of those who may write, and of those who may only read because they were let in.
    pub(crate) writers: BTreeSet<&'static str>,
    pub(crate) readers: BTreeSet<&'static str>,
    pub(crate) default_branch: &'static str,
    pub(crate) secrets: BTreeMap<String, Secret>,
    pub(crate) environments: BTreeMap<&'static str, Environment>,
}

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Public,
    #[default]
    Private,
    Internal,
}

#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    /// How many of its name were before it.
    pub(crate) predecessors: u32,
    pub(crate) branches: Option<Branches>,
    pub(crate) wait_minutes: u32,
    pub(crate) reviewers: BTreeSet<&'static str>,
    pub(crate) prevent_self_review: bool,
    pub(crate) secrets: BTreeMap<String, Secret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branches {
    /// There is no branch protection: it is the default branch.
    Protected,
    /// Those of a kind (`heads`, `tags`) whose names match: `*` is anything without a slash, and
    /// comes once.
    Custom(&'static str, &'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) value: String,
    /// Whether its record can be opened.
    pub(crate) opens: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admits {
    All,
    Private,
    Selected(BTreeSet<&'static str>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    OfRepository(&'static str),
    /// Of an organisation, and the repositories that it serves.
    OfOrganization(&'static str, BTreeSet<&'static str>),
}

/// `POST …/jobs`.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) by: By,
    pub(crate) what: What,
    pub(crate) only: Option<&'static [&'static str]>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    Runner(&'static str),
    Person(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Ticket(Ticket),
    Alone(&'static str, Option<&'static str>),
}

/// What was said when it was made, and what has become of it. Its event says nothing about what
/// it opens, so it is not here.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) maker: &'static str,
    pub(crate) repository: &'static str,
    pub(crate) environment: Option<&'static str>,
    pub(crate) reference: Option<&'static str>,
    pub(crate) fork: bool,
    /// Who has tried to approve it.
    pub(crate) approvers: BTreeSet<&'static str>,
    /// Whether a job was opened with it before, ended or not.
    pub(crate) redeemed: bool,
    pub(crate) age: Age,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Age {
    /// A second before the timer's end, where there is a timer.
    Early,
    /// At its end.
    Due,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scope {
    Environment,
    Repository,
    Organization,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Unauthorized,
    NotFound,
    Forbidden,
    Gone,
    Waiting,
    Unprocessable,
}

/// Value and scope by name.
pub(crate) type Delivered<'w> = BTreeMap<&'w str, (&'w str, Scope)>;

/// Some of the rules, so that wrong ones can be tried.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each rule is there or left out"
)]
pub(crate) struct Rules {
    /// The furthest first.
    pub(crate) order: [Scope; 3],
    pub(crate) forks_get_nothing: bool,
    pub(crate) organization_secrets: usize,
    pub(crate) private_admits_public: bool,
    pub(crate) redeemed_once: bool,
    pub(crate) archived_gives_nothing: bool,
    pub(crate) makers_still_write: bool,
    pub(crate) only_is_exact: bool,
}

pub(crate) const RULES: Rules = Rules {
    order: [Scope::Organization, Scope::Repository, Scope::Environment],
    forks_get_nothing: true,
    organization_secrets: 100,
    private_admits_public: false,
    redeemed_once: true,
    archived_gives_nothing: true,
    makers_still_write: true,
    only_is_exact: true,
};

/// The answer to a request in `now`, with a ticket, if it has one, that was made in `then`.
pub(crate) fn answer<'w>(
    rules: &Rules,
    then: &'w World,
    now: &'w World,
    request: &Request,
) -> Result<Delivered<'w>, Refusal> {
    let (ticket, name, environment, queued) = match &request.what {
        What::Ticket(t) => (Some(t), t.repository, t.environment, then),
        What::Alone(repository, environment) => (None, *repository, *environment, now),
    };
    if let Some(ticket) = ticket {
        make(rules, then, ticket)?;
    }
    let repository = may_ask(rules, now, request.by, name, ticket)?;
    if ticket.is_some_and(|t| (rules.redeemed_once && t.redeemed) || t.age == Age::Expired) {
        return Err(Refusal::Gone);
    }
    let lapsed = |ticket: &Ticket| !repository.writers.contains(ticket.maker);
    if rules.makers_still_write && ticket.is_some_and(lapsed) {
        return Err(Refusal::Forbidden);
    }
    let before = |environment| then.repositories.get(name)?.environments.get(environment);
    let environment = match environment {
        None => None,
        Some(name) => {
            let found = repository.environments.get(name);
            let found = found.ok_or(Refusal::NotFound)?;
            protection(repository, before(name), found, ticket)?;
            Some(found)
        }
    };
    let queued_repository = queued.repositories.get(name).ok_or(Refusal::NotFound)?;
    let mut found: BTreeMap<&str, (&Secret, Scope)> = BTreeMap::new();
    for scope in rules.order {
        let secrets = match scope {
            Scope::Organization => of_organization(rules, queued, name, queued_repository),
            Scope::Repository => queued_repository.secrets.iter().collect(),
            Scope::Environment => environment
                .iter()
                .flat_map(|environment| &environment.secrets)
                .collect(),
        };
        let secrets = secrets.into_iter();
        found.extend(secrets.map(|(name, secret)| (name.as_str(), (secret, scope))));
    }
    if rules.forks_get_nothing && ticket.is_some_and(|ticket| ticket.fork) {
        found.clear();
    }
    if let Some(only) = request.only {
        if rules.only_is_exact && only.iter().any(|name| !found.contains_key(name)) {
            return Err(Refusal::Unprocessable);
        }
        found.retain(|name, _| only.contains(name));
    }
    let opened = found.into_iter().map(|(name, (secret, scope))| {
        let value = secret.opens.then_some(secret.value.as_str());
        Ok((name, (value.ok_or(Refusal::Unprocessable)?, scope)))
    });
    opened.collect()
}

/// Whether there can be such a ticket.
fn make(rules: &Rules, then: &World, ticket: &Ticket) -> Result<(), Refusal> {
    let repository = then.repositories.get(ticket.repository);
    let repository = repository
        .filter(|repository| sees(repository, ticket.maker))
        .ok_or(Refusal::NotFound)?;
    may_write(rules, repository, ticket.maker)?;
    let Some(name) = ticket.environment else {
        return Ok(());
    };
    let environment = repository.environments.get(name);
    branch(repository, environment.ok_or(Refusal::NotFound)?, ticket)
}

fn sees(repository: &Repository, login: &str) -> bool {
    repository.visibility != Visibility::Private
        || repository.writers.contains(login)
        || repository.readers.contains(login)
}

fn may_write(rules: &Rules, repository: &Repository, login: &str) -> Result<(), Refusal> {
    let archived = rules.archived_gives_nothing && repository.archived;
    let may = repository.writers.contains(login) && !archived;
    may.then_some(()).ok_or(Refusal::Forbidden)
}

/// Whether they may ask for jobs of a repository, or for the one of this ticket.
fn may_ask<'w>(
    rules: &Rules,
    now: &'w World,
    by: By,
    name: &str,
    ticket: Option<&Ticket>,
) -> Result<&'w Repository, Refusal> {
    let repository = now.repositories.get(name).ok_or(Refusal::NotFound);
    match by {
        By::Runner(runner) => {
            let runner = now.runners.get(runner).ok_or(Refusal::Unauthorized)?;
            let repository = repository?;
            let bound = match runner {
                Runner::OfRepository(own) => *own == name,
                Runner::OfOrganization(organization, served) => {
                    repository.organization == Some(organization) && served.contains(name)
                }
            };
            if !bound {
                return Err(Refusal::NotFound);
            }
            if rules.archived_gives_nothing && repository.archived {
                return Err(Refusal::Forbidden);
            }
            Ok(repository)
        }
        By::Person(login) => {
            let repository = repository?;
            if !sees(repository, login) {
                return Err(Refusal::NotFound);
            }
            may_write(rules, repository, login)?;
            let ticket = ticket.filter(|_| now.people).ok_or(Refusal::Forbidden)?;
            let own = ticket.maker == login;
            own.then_some(repository).ok_or(Refusal::NotFound)
        }
    }
}

/// Whether an environment's rules let a job start now; `before` is what had its name when the
/// ticket was made.
fn protection(
    repository: &Repository,
    before: Option<&Environment>,
    environment: &Environment,
    ticket: Option<&Ticket>,
) -> Result<(), Refusal> {
    let reviewed = !environment.reviewers.is_empty();
    let Some(ticket) = ticket else {
        let open = environment.branches.is_none() && environment.wait_minutes == 0 && !reviewed;
        return open.then_some(()).ok_or(Refusal::Forbidden);
    };
    let before = before
        .filter(|before| before.predecessors == environment.predecessors)
        .ok_or(Refusal::NotFound)?;
    branch(repository, environment, ticket)?;
    let approved = ticket.approvers.iter().any(|who| {
        let own = environment.prevent_self_review && *who == ticket.maker;
        environment.reviewers.contains(who) && !own
    });
    let timer = before.wait_minutes * 60;
    let seconds = match ticket.age {
        Age::Early => timer.saturating_sub(1),
        Age::Due | Age::Expired => timer,
    };
    if seconds < environment.wait_minutes * 60 || (reviewed && !approved) {
        return Err(Refusal::Waiting);
    }
    Ok(())
}

/// Whether an environment takes the ref of a ticket.
fn branch(
    repository: &Repository,
    environment: &Environment,
    ticket: &Ticket,
) -> Result<(), Refusal> {
    let reference = ticket.reference.unwrap_or_default();
    let of = |kind: &str| {
        let rest = reference.strip_prefix("refs/")?;
        rest.strip_prefix(kind)?.strip_prefix('/')
    };
    let admitted = match environment.branches {
        None => true,
        Some(Branches::Protected) => of("heads") == Some(repository.default_branch),
        Some(Branches::Custom(kind, pattern)) => {
            of(kind).is_some_and(|name| matches(pattern, name))
        }
    };
    admitted.then_some(()).ok_or(Refusal::Forbidden)
}

fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let rest = name.strip_prefix(before);
    rest.and_then(|rest| rest.strip_suffix(after))
        .is_some_and(|star| !star.contains('/'))
}

/// The first hundred by name, in byte order, of those that admit the repository.
fn of_organization<'w>(
    rules: &Rules,
    world: &'w World,
    name: &str,
    repository: &Repository,
) -> Vec<(&'w String, &'w Secret)> {
    let public = repository.visibility == Visibility::Public;
    let secrets = repository
        .organization
        .and_then(|organization| world.organizations.get(organization));
    let admitted = secrets
        .into_iter()
        .flatten()
        .filter(|(_, (admits, _))| match admits {
            Admits::All => true,
            Admits::Private => !public || rules.private_admits_public,
            Admits::Selected(selected) => selected.contains(name),
        });
    admitted
        .map(|(name, (_, secret))| (name, secret))
        .take(rules.organization_secrets)
        .collect()
}
