//! The store itself against the model: at the beginning and at the end of a log.

use std::collections::{BTreeMap, BTreeSet};

use sealyard_sql::{FromColumn, Row};
use sealyard_vault::{Family, OwnerKind, Place};

use super::model::{Model, Repo, Scope, Secret};
use crate::world::World;

async fn rows(world: &World, sql: &'static str) -> Vec<Row> {
    let mut read = world.app.db.read().await.expect("a read");
    read.query(sql, &[]).await.expect("a query")
}

fn column<'r, T: FromColumn<'r>>(row: &'r Row, index: usize) -> T {
    row.get(index).expect("a column of that type")
}

impl Model {
    /// What a new world holds.
    pub(super) async fn of(world: &World) -> Self {
        Self {
            repos: repositories(world).await,
            ..Self::default()
        }
    }

    /// Every row about a repository, an environment, a secret or a selection is one that the model
    /// has, and none is missing; every value opens, and is the one that was last sent.
    pub(super) async fn compare_store(&self, world: &World) {
        let shape = |repos: &BTreeMap<i64, Repo>| -> Vec<_> {
            let shape = |(id, repo): (&i64, &Repo)| {
                (
                    *id,
                    repo.name.clone(),
                    repo.visibility.clone(),
                    repo.envs.clone(),
                )
            };
            repos.iter().map(shape).collect()
        };
        assert_eq!(shape(&repositories(world).await), shape(&self.repos));
        let kept = secrets(world).await;
        let kept: BTreeMap<_, _> = kept.iter().collect();
        let known = self
            .secrets
            .iter()
            .filter(|(_, secrets)| !secrets.is_empty());
        assert_eq!(kept, known.collect());
        assert!(!kept.is_empty(), "a log that leaves nothing proves nothing");
    }
}

async fn repositories(world: &World) -> BTreeMap<i64, Repo> {
    const REPOSITORIES: &str = "
        SELECT repository.id, account.login, repository.name, repository.visibility
        FROM repository JOIN account ON account.id = repository.owner_id
        WHERE account.login IN ('octo-org', 'owner')";
    const ENVIRONMENTS: &str = "SELECT repository_id, name_key, name FROM environment";
    let mut repos = BTreeMap::new();
    for row in rows(world, REPOSITORIES).await {
        let (owner, name) = (column(&row, 1), column(&row, 2));
        let repo = Repo {
            owner,
            name,
            visibility: column(&row, 3),
            envs: BTreeMap::new(),
        };
        repos.insert(column(&row, 0), repo);
    }
    for row in rows(world, ENVIRONMENTS).await {
        let repo = repos
            .get_mut(&column::<i64>(&row, 0))
            .expect("an environment's repository");
        repo.envs.insert(column(&row, 1), column(&row, 2));
    }
    repos
}

async fn secrets(world: &World) -> BTreeMap<Scope, BTreeMap<String, Secret>> {
    const SECRETS: &str = "
        SELECT secret.scope_kind, secret.scope_id, environment.repository_id,
               environment.name_key, secret.name, secret.created_at, secret.updated_at,
               secret.revision, secret.visibility, secret.write_id, secret.record
        FROM secret
        LEFT JOIN environment ON secret.scope_kind = 3 AND environment.id = secret.scope_id";
    const SELECTIONS: &str = "SELECT name, repository_id FROM secret_selection";
    let mut secrets: BTreeMap<Scope, BTreeMap<String, Secret>> = BTreeMap::new();
    for row in rows(world, SECRETS).await {
        let (id, name): (i64, String) = (column(&row, 1), column(&row, 4));
        let (kind, ids, scope) = match column::<i64>(&row, 0) {
            1 => (OwnerKind::Organization, (id, 0), Scope::Org),
            2 => (OwnerKind::Repository, (id, 0), Scope::Repo(id)),
            _ => {
                let repository = column(&row, 2);
                let scope = Scope::Env(repository, column(&row, 3));
                (OwnerKind::Environment, (repository, id), scope)
            }
        };
        let (write_id, record): ([u8; 16], Vec<u8>) = (column(&row, 9), column(&row, 10));
        let family = Family::Actions;
        let place = Place::secret_value(family, kind, ids.0, ids.1, write_id, &name);
        let value = world
            .app
            .keyring
            .unwrap(&place, &record)
            .expect("a value that opens");
        let secret = Secret {
            created: column(&row, 5),
            updated: column(&row, 6),
            revision: column(&row, 7),
            value: String::from_utf8(value.expose().to_vec()).expect("a text"),
            visibility: column(&row, 8),
            selection: BTreeSet::new(),
        };
        secrets.entry(scope).or_default().insert(name, secret);
    }
    for row in rows(world, SELECTIONS).await {
        let of_organization = secrets.get_mut(&Scope::Org).expect("a selection's secrets");
        let secret = of_organization.get_mut(&column::<String>(&row, 0));
        secret
            .expect("a selection's secret")
            .selection
            .insert(column(&row, 1));
    }
    secrets
}
