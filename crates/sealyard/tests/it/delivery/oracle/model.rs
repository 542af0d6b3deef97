//! What a job gets, and when it gets nothing: the rules of delivery as a pure function, written
//! from the documents and not from the server.
//!
//! [`answer`] is given two worlds, that in which the ticket was made and that in which the job is
//! opened, and what is asked. Where the documents name no order among reasons to refuse, the one
//! here goes from who asks to what is asked for, and what never will be comes before what is not
//! yet.

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
    /// Says nothing about delivery: what is archived is kept, and so is what it may have.
    pub(crate) archived: bool,
    /// Logins of those who may write, and of those who may only read because they were let in.
    pub(crate) writers: BTreeSet<&'static str>,
    pub(crate) readers: BTreeSet<&'static str>,
    pub(crate) protected_branches: BTreeSet<&'static str>,
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

#[derive(Clone, Default, Debug)]
pub(crate) struct Environment {
    pub(crate) branches: Option<Branches>,
    pub(crate) wait_minutes: u32,
    pub(crate) reviewers: BTreeSet<&'static str>,
    pub(crate) prevent_self_review: bool,
    pub(crate) secrets: BTreeMap<String, Secret>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branches {
    Protected,
    /// Those whose names match: `*` is anything without a slash, and comes once.
    Custom(&'static str),
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

/// The figures among the rules, so that wrong ones can be tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// The furthest first.
    pub(crate) order: [Scope; 3],
    pub(crate) forks_get_nothing: bool,
    pub(crate) organization_secrets: usize,
    pub(crate) private_admits_public: bool,
    pub(crate) redeemed_once: bool,
}

pub(crate) const RULES: Rules = Rules {
    order: [Scope::Organization, Scope::Repository, Scope::Environment],
    forks_get_nothing: true,
    organization_secrets: 100,
    private_admits_public: false,
    redeemed_once: true,
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
        make(then, ticket)?;
    }
    may_ask(now, request.by, name, ticket)?;
    if ticket.is_some_and(|t| (rules.redeemed_once && t.redeemed) || t.age == Age::Expired) {
        return Err(Refusal::Gone);
    }
    let repository = now.repositories.get(name).ok_or(Refusal::NotFound)?;
    let environment = match environment {
        None => None,
        Some(name) => Some(repository.environments.get(name).ok_or(Refusal::NotFound)?),
    };
    if let Some(environment) = environment {
        protection(repository, environment, ticket)?;
    }
    if rules.forks_get_nothing && ticket.is_some_and(|ticket| ticket.fork) {
        return Ok(Delivered::new());
    }
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
    let wanted = |name: &str| request.only.is_none_or(|only| only.contains(&name));
    found
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, (secret, scope))| {
            let value = secret.opens.then_some(secret.value.as_str());
            Ok((name, (value.ok_or(Refusal::Unprocessable)?, scope)))
        })
        .collect()
}

/// Whether there can be such a ticket.
fn make(then: &World, ticket: &Ticket) -> Result<(), Refusal> {
    let found = then.repositories.get(ticket.repository);
    let repository = found.ok_or(Refusal::NotFound)?;
    if !repository.writers.contains(ticket.maker) {
        return Err(Refusal::Forbidden);
    }
    let environments = &repository.environments;
    let there = ticket
        .environment
        .is_none_or(|name| environments.contains_key(name));
    there.then_some(()).ok_or(Refusal::NotFound)
}

fn may_ask(now: &World, by: By, name: &str, ticket: Option<&Ticket>) -> Result<(), Refusal> {
    let repository = now.repositories.get(name);
    match by {
        By::Runner(runner) => {
            let bound = match now.runners.get(runner).ok_or(Refusal::Unauthorized)? {
                Runner::OfRepository(own) => *own == name,
                Runner::OfOrganization(organization, served) => {
                    let owner = repository.and_then(|repository| repository.organization);
                    owner == Some(organization) && served.contains(name)
                }
            };
            bound.then_some(()).ok_or(Refusal::NotFound)
        }
        By::Person(login) => {
            let ticket = ticket.filter(|_| now.people).ok_or(Refusal::Forbidden)?;
            if ticket.maker != login {
                return Err(Refusal::NotFound);
            }
            let writes = repository.is_some_and(|repository| repository.writers.contains(login));
            writes.then_some(()).ok_or(Refusal::Forbidden)
        }
    }
}

/// Whether an environment's rules let a job start now.
fn protection(
    repository: &Repository,
    environment: &Environment,
    ticket: Option<&Ticket>,
) -> Result<(), Refusal> {
    let waits = environment.wait_minutes > 0;
    let reviewed = !environment.reviewers.is_empty();
    let Some(ticket) = ticket else {
        let open = environment.branches.is_none() && !waits && !reviewed;
        return open.then_some(()).ok_or(Refusal::Forbidden);
    };
    let reference = ticket.reference.unwrap_or_default();
    let branch = reference.strip_prefix("refs/heads/");
    let admitted = match environment.branches {
        None => true,
        Some(Branches::Protected) => {
            branch.is_some_and(|branch| repository.protected_branches.contains(branch))
        }
        Some(Branches::Custom(pattern)) => branch.is_some_and(|branch| matches(pattern, branch)),
    };
    if !admitted {
        return Err(Refusal::Forbidden);
    }
    let approved = ticket.approvers.iter().any(|who| {
        let own = environment.prevent_self_review && *who == ticket.maker;
        environment.reviewers.contains(who) && !own
    });
    if (waits && ticket.age == Age::Early) || (reviewed && !approved) {
        return Err(Refusal::Waiting);
    }
    Ok(())
}

fn matches(pattern: &str, branch: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == branch;
    };
    let rest = branch.strip_prefix(before);
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
