//! Who sets which value where. A client sets every third value of a place, unless it cannot carry
//! that one: then Octokit does.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::generate::{Random, Shape, value};
use super::way::{CLIENTS, Way, of_gh};
use crate::clients::tools::Client;
use crate::clients::world::REPOSITORIES;

/// Environments of each repository of the world.
pub(super) const ENVIRONMENTS: [&str; 2] = ["production", "a b/c"];

/// Where a secret belongs: what its jobs are is decided by this alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    Organization(Visibility),
    Repository(&'static str),
    Environment(&'static str, &'static str),
}

/// Which repositories an organisation's secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Visibility {
    All,
    Private,
    Selected(&'static [&'static str]),
}

/// A value, where it belongs, and how it gets there.
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
    pub(super) home: Home,
    pub(super) way: Way,
}

impl Secret {
    /// Whether GitHub's rules give it to a job of this repository and environment. No two secrets
    /// of the plan have the same name, so none hides another.
    pub(super) fn is_for(&self, repository: &str, environment: &str) -> bool {
        match self.home {
            Home::Organization(Visibility::All) => true,
            Home::Organization(Visibility::Private) => REPOSITORIES.contains(&(repository, true)),
            Home::Organization(Visibility::Selected(some)) => some.contains(&repository),
            Home::Repository(name) => name == repository,
            Home::Environment(of, name) => (of, name) == (repository, environment),
        }
    }

    /// As the clients read it: what stands between tabs is `way scope repository environment name
    /// visibility selected`, and `-` is nothing. The value is in a file of this name.
    fn line(&self) -> String {
        let (scope, repository, environment) = match self.home {
            Home::Organization(_) => ("org", "-", "-"),
            Home::Repository(repository) => ("repo", repository, "-"),
            Home::Environment(repository, environment) => ("env", repository, environment),
        };
        let (visibility, selected) = match self.home {
            Home::Organization(Visibility::All) => ("all", "-".to_owned()),
            Home::Organization(Visibility::Private) => ("private", "-".to_owned()),
            Home::Organization(Visibility::Selected(some)) => ("selected", some.join(",")),
            Home::Repository(_) | Home::Environment(..) => ("-", "-".to_owned()),
        };
        let (way, name) = (self.way.name(), &self.name);
        format!("{way}\t{scope}\t{repository}\t{environment}\t{name}\t{visibility}\t{selected}\n")
    }
}

/// All secrets: so many of the organisation, of each repository, and of each environment.
pub(super) fn make(each: usize) -> Vec<Secret> {
    let places = std::iter::once(None)
        .chain(REPOSITORIES.map(|(repository, _)| Some(Home::Repository(repository))))
        .chain(REPOSITORIES.iter().flat_map(|&(repository, _)| {
            ENVIRONMENTS.map(|environment| Some(Home::Environment(repository, environment)))
        }));
    let homes = places.flat_map(|place| {
        (0..each).map(move |number| place.unwrap_or_else(|| of_the_organization(number)))
    });
    homes
        .enumerate()
        .map(|(number, home)| secret(number, home))
        .collect()
}

fn of_the_organization(number: usize) -> Home {
    const VISIBILITIES: [Visibility; 5] = [
        Visibility::All,
        Visibility::Private,
        Visibility::Selected(&["alpha"]),
        Visibility::Selected(&["beta", "gamma"]),
        Visibility::Selected(&["alpha", "beta", "gamma"]),
    ];
    let visibility = VISIBILITIES.get(number % VISIBILITIES.len()).copied();
    Home::Organization(visibility.unwrap_or(Visibility::All))
}

fn secret(number: usize, home: Home) -> Secret {
    // The number among those of one client.
    let turn = number / CLIENTS.len();
    let client = CLIENTS.get(number % CLIENTS.len()).copied();
    let shapes = match client {
        Some(Client::PyGithub) => &Shape::TEXTS[..],
        _ => &Shape::ALL[..],
    };
    let shape = shapes.get(turn % shapes.len()).copied();
    let shape = shape.unwrap_or(Shape::Bytes);
    let stream = u64::try_from(number).unwrap_or_default();
    let value = value(shape, turn, &mut Random::new(stream));
    let way = match client {
        Some(Client::Gh) => of_gh(turn / shapes.len(), &value).unwrap_or(Way::Octokit),
        Some(Client::PyGithub) => Way::PyGithub,
        _ => Way::Octokit,
    };
    let name = format!("V{number:04}_{}_{}", shape.name(), value.len());
    Secret {
        name,
        value,
        home,
        way,
    }
}

/// Writes what the clients need: the values, each in a file of its secret's name, and for each
/// client the list of those that it sets.
pub(super) fn write(secrets: &[Secret], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for secret in secrets {
        fs::write(folder.join(&secret.name), &secret.value)?;
    }
    for client in CLIENTS {
        let its = secrets
            .iter()
            .filter(|secret| secret.way.client() == client);
        let list: String = its.map(Secret::line).collect();
        let file = folder.join(client.name()).with_extension("tsv");
        fs::write(&file, list).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn a_hundred_in_each_place_are_a_thousand_with_names_of_their_own() {
        let secrets = make(100);
        assert_eq!(secrets.len(), 1_000);
        let names: BTreeSet<&str> = secrets.iter().map(|secret| &*secret.name).collect();
        assert_eq!(names.len(), 1_000);
    }

    #[test]
    fn every_value_comes_to_some_job_and_no_way_loses_a_byte_of_it() {
        for secret in make(100) {
            assert!(secret.way.carries(&secret.value), "{}", secret.name);
            let comes = REPOSITORIES.iter().any(|&(repository, _)| {
                ENVIRONMENTS
                    .iter()
                    .any(|environment| secret.is_for(repository, environment))
            });
            assert!(comes, "{}", secret.name);
        }
    }

    #[test]
    fn every_way_is_used_much_also_by_a_small_plan() {
        for (each, least) in [(100, 60), (9, 4)] {
            let mut uses: BTreeMap<Way, usize> = BTreeMap::new();
            for secret in make(each) {
                *uses.entry(secret.way).or_default() += 1;
            }
            assert_eq!(uses.len(), 5, "{uses:?}");
            assert!(uses.values().all(|&count| count >= least), "{uses:?}");
        }
    }
}
