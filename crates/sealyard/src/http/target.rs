//! What a path names: from segments to the organisation, repository or environment, and to the
//! facts about its caller that the permission table asks for.

use std::future::Future;

use axum::extract::RawPathParams;

use super::answer::Result;
use super::exchange::Exchange;
use crate::app::App;
use crate::directory::repository::{Lookup, lookup};
use crate::directory::store;
use crate::directory::{Environment, Organization, Repository};
use crate::identity::permission::Facts;
use crate::secrets::scope::Scope;

/// The segments of a path by name, percent-decoded once.
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Takes over what the router matched.
    pub fn new(raw: &RawPathParams) -> Self {
        Self(
            raw.iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// A repository as a path would name it, and one of its environments.
    pub fn of_repository(owner: &str, name: &str, environment: Option<&str>) -> Self {
        let mut named = vec![
            ("owner".to_owned(), owner.to_owned()),
            ("repo".to_owned(), name.to_owned()),
        ];
        named.extend(environment.map(|name| ("environment".to_owned(), name.to_owned())));
        Self(named)
    }

    /// The same by id.
    pub fn of_repository_id(id: i64, environment: Option<&str>) -> Self {
        let mut named = vec![("repo_id".to_owned(), id.to_string())];
        named.extend(environment.map(|name| ("environment".to_owned(), name.to_owned())));
        Self(named)
    }

    /// One segment.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// One segment that is a positive number of decimal digits.
    pub fn id(&self, name: &str) -> Option<i64> {
        let text = self.get(name)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits
            .then(|| text.parse().ok())
            .flatten()
            .filter(|id| *id > 0)
    }
}

/// What kind of thing a path's prefix names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Neither of the others.
    Other,
    /// `/orgs/{org}` or `/organizations/{org_id}`.
    Organization,
    /// `/repos/{owner}/{repo}` or `/repositories/{repo_id}`.
    Repository,
    /// A repository, and `/environments/{environment}`.
    Environment,
}

impl Kind {
    /// Tells it from the names of the segments.
    pub fn of(parameters: &Parameters) -> Self {
        if parameters.get("environment").is_some() {
            Self::Environment
        } else if parameters
            .get("repo")
            .or(parameters.get("repo_id"))
            .is_some()
        {
            Self::Repository
        } else if parameters.get("org").or(parameters.get("org_id")).is_some() {
            Self::Organization
        } else {
            Self::Other
        }
    }
}

/// The outcome of looking for a target.
pub enum Found<T> {
    /// The facts about the place and its caller, and the thing itself. `None` where only a part is
    /// missing that a permitted caller may learn of: an environment.
    Here(Option<T>, Facts),
    /// The repository was renamed; this is its id.
    Moved(i64),
    /// There is no such thing.
    Nowhere,
}

/// Something a path can name.
pub trait Resolve: Sized + Send + Sync {
    /// Looks it up, with the caller's roles, in one statement.
    fn resolve(
        app: &App,
        exchange: &Exchange,
        parameters: &Parameters,
    ) -> impl Future<Output = Result<Found<Self>>> + Send;
}

/// The target of operations that act on nothing in particular.
pub struct Nothing;

impl Resolve for Nothing {
    async fn resolve(_: &App, _: &Exchange, _: &Parameters) -> Result<Found<Self>> {
        Ok(Found::Here(Some(Self), Facts::None))
    }
}

/// The target of operations that act on the caller's own account.
pub struct Own;

impl Resolve for Own {
    async fn resolve(_: &App, exchange: &Exchange, _: &Parameters) -> Result<Found<Self>> {
        let caller = &exchange.caller;
        let covered = caller.covers_account(caller.user_id());
        Ok(Found::Here(Some(Self), Facts::Own { covered }))
    }
}

impl Resolve for Organization {
    async fn resolve(
        app: &App,
        exchange: &Exchange,
        parameters: &Parameters,
    ) -> Result<Found<Self>> {
        let by = match (parameters.get("org"), parameters.id("org_id")) {
            (Some(login), _) => store::OrganizationBy::Login(login),
            (None, Some(id)) => store::OrganizationBy::Id(id),
            (None, None) => return Ok(Found::Nowhere),
        };
        let mut read = exchange.read(app).await?;
        let found = store::organization(&mut read, by, &exchange.caller).await;
        exchange.keep(read);
        Ok(match found? {
            Some((organization, facts)) => Found::Here(Some(organization), facts),
            None => Found::Nowhere,
        })
    }
}

/// The repository of a path, and its environment if the path goes on to one.
async fn repository(
    app: &App,
    exchange: &Exchange,
    parameters: &Parameters,
) -> Result<Found<(Repository, Option<Environment>)>> {
    let by = match (
        parameters.get("owner"),
        parameters.get("repo"),
        parameters.id("repo_id"),
    ) {
        (Some(owner), Some(name), _) => store::RepositoryBy::Name { owner, name },
        (_, _, Some(id)) => store::RepositoryBy::Id(id),
        _ => return Ok(Found::Nowhere),
    };
    let environment = parameters.get("environment");
    let mut read = exchange.read(app).await?;
    let found = lookup(&mut read, by, &exchange.caller, environment).await;
    exchange.keep(read);
    Ok(match found? {
        Lookup::Here(seen) => Found::Here(Some((seen.repository, seen.environment)), seen.facts),
        Lookup::Moved(seen) => Found::Moved(seen.repository.id.0),
        Lookup::Nothing => Found::Nowhere,
    })
}

impl Resolve for Repository {
    async fn resolve(
        app: &App,
        exchange: &Exchange,
        parameters: &Parameters,
    ) -> Result<Found<Self>> {
        Ok(match repository(app, exchange, parameters).await? {
            Found::Here(found, facts) => {
                Found::Here(found.map(|(repository, _)| repository), facts)
            }
            Found::Moved(id) => Found::Moved(id),
            Found::Nowhere => Found::Nowhere,
        })
    }
}

/// A repository and one of its environments, which may not exist.
pub struct InRepository {
    /// The repository.
    pub repository: Repository,
    /// The environment, if there is one of that name.
    pub environment: Option<Environment>,
}

impl Resolve for InRepository {
    async fn resolve(
        app: &App,
        exchange: &Exchange,
        parameters: &Parameters,
    ) -> Result<Found<Self>> {
        Ok(match repository(app, exchange, parameters).await? {
            Found::Here(found, facts) => Found::Here(
                found.map(|(repository, environment)| Self {
                    repository,
                    environment,
                }),
                facts,
            ),
            Found::Moved(id) => Found::Moved(id),
            Found::Nowhere => Found::Nowhere,
        })
    }
}

impl Resolve for Scope {
    async fn resolve(
        app: &App,
        exchange: &Exchange,
        parameters: &Parameters,
    ) -> Result<Found<Self>> {
        if Kind::of(parameters) == Kind::Organization {
            return Ok(
                match Organization::resolve(app, exchange, parameters).await? {
                    Found::Here(organization, facts) => {
                        Found::Here(organization.map(Self::Organization), facts)
                    }
                    Found::Moved(id) => Found::Moved(id),
                    Found::Nowhere => Found::Nowhere,
                },
            );
        }
        let names_environment = parameters.get("environment").is_some();
        Ok(match repository(app, exchange, parameters).await? {
            Found::Here(found, facts) => {
                let scope = found.and_then(|(repository, environment)| match environment {
                    Some(environment) => Some(Self::Environment(repository, environment)),
                    None if names_environment => None,
                    None => Some(Self::Repository(repository)),
                });
                Found::Here(scope, facts)
            }
            Found::Moved(id) => Found::Moved(id),
            Found::Nowhere => Found::Nowhere,
        })
    }
}
