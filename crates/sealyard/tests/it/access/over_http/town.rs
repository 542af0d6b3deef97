//! A world in which every case has its place: repositories of every kind, and users with every
//! role. It is put there by SQL; the routes are what is asked.

use std::collections::BTreeMap;

use sealyard::app::Wire;
use sealyard::counter;
use sealyard::http::profile::Profile;
use sealyard_sql::{Tx, Value};
use sealyard_vault::SealingKeyPair;

use super::super::oracle::{Case, Target, User};
use crate::world::World;

/// The organisation that everything belongs to, and one that nothing here belongs to.
pub(super) const ACME: &str = "acme";
pub(super) const GLOBEX: &str = "globex";
/// What may be deleted, and is made again.
pub(super) const DOOMED: &str = "doomed";
/// A repository of `acme` that no case is about.
pub(super) const SPARE: &str = "spare";
/// The repositories that cases are about, as a selection, and the spare one alone.
pub(super) const CHOSEN: i64 = 1_000_001;
pub(super) const OTHERS: i64 = 1_000_002;

/// Roles in repositories as the store has them, weakest first, as the oracle names them.
const ROLES: [(&str, &str); 5] = [
    ("read", "pull"),
    ("triage", "triage"),
    ("write", "push"),
    ("maintain", "maintain"),
    ("admin", "admin"),
];
const VISIBILITIES: [&str; 3] = ["public", "private", "internal"];

/// A server, and the ids of what is there.
pub(super) struct Town {
    pub(super) world: World,
    /// Accounts by login.
    pub(super) accounts: BTreeMap<String, i64>,
    /// Repositories of `acme` by name.
    pub(super) repositories: BTreeMap<String, i64>,
    /// Runners by the scope of the runner: its kind and id.
    pub(super) runners: BTreeMap<(i64, i64), i64>,
    /// The last job that was made with the town.
    pub(super) last_job: i64,
    /// The key of every recipient of values.
    pub(super) keys: SealingKeyPair,
}

impl Town {
    pub(super) async fn new(profile: Profile, readers_get_public_keys: bool) -> Self {
        let wire = Wire {
            profile,
            public_key_for_readers: Some(readers_get_public_keys),
            rate_limit: Some(false),
            deliver_to_people: true,
            ..Wire::default()
        };
        let mut town = Self {
            world: World::with(wire).await,
            accounts: BTreeMap::new(),
            repositories: BTreeMap::new(),
            runners: BTreeMap::new(),
            last_job: 0,
            keys: SealingKeyPair::generate(),
        };
        town.people().await;
        town.places().await;
        town.last_job = town.world.count("SELECT MAX(id) FROM job").await;
        town
    }

    async fn people(&mut self) {
        let mut tx = self.begin().await;
        let places = ["outsider", "member", "owner"];
        let roles = ROLES.map(|(name, _)| name);
        for name in places.into_iter().chain(roles) {
            for site_admin in [false, true] {
                for suspended in [false, true] {
                    let login = login(name, site_admin, suspended);
                    let id = account(&mut tx, "User", &login).await;
                    let since = suspended.then_some(1_767_000_000_i64);
                    let sql = "UPDATE account SET site_admin = $2, suspended_at = $3 WHERE id = $1";
                    let flag = i64::from(site_admin);
                    run(&mut tx, sql, &[id.into(), flag.into(), since.into()]).await;
                    self.accounts.insert(login, id);
                }
            }
        }
        for (kind, login) in [
            ("User", DOOMED),
            ("Organization", ACME),
            ("Organization", GLOBEX),
        ] {
            let id = account(&mut tx, kind, login).await;
            self.accounts.insert(login.to_owned(), id);
        }
        for (login, id) in &self.accounts {
            let role = match login.split('-').next() {
                Some("owner") => "admin",
                Some("member" | DOOMED) => "member",
                _ => continue,
            };
            let sql = "INSERT INTO membership (org_id, user_id, role) VALUES ($1, $2, $3)";
            let org = self.id(ACME);
            run(&mut tx, sql, &[org.into(), (*id).into(), role.into()]).await;
        }
        tx.commit().await.expect("a commit");
    }

    async fn places(&mut self) {
        for doomed in [false, true] {
            for visibility in VISIBILITIES {
                for archived in [false, true] {
                    let name = repository(visibility, archived, doomed);
                    let id = self.next("repository").await;
                    self.repositories.insert(name.clone(), id);
                    self.build(&name).await;
                }
            }
        }
        let id = self.next("repository").await;
        self.repositories.insert(SPARE.to_owned(), id);
        self.build(SPARE).await;
        let org = self.id(ACME);
        self.runner(1, org).await;
        // What it serves is changed, and changes what nobody else reaches.
        let sql = "UPDATE runner SET selection_id = 1000008 WHERE scope_kind = 1";
        self.store(sql, &[]).await;
        self.world.fill(1, org, 1).await;
    }

    /// Makes a repository of `acme`, for the first time or again, with all that hangs on it.
    pub(super) async fn build(&mut self, name: &str) {
        let id = self.repositories[name];
        let (visibility, archived) = VISIBILITIES
            .into_iter()
            .find(|visibility| name.contains(visibility))
            .map_or(("private", false), |v| (v, name.contains("archived")));
        let mut tx = self.begin().await;
        let sql = "
            INSERT INTO repository (id, owner_id, name, name_key, visibility, archived, settings,
                                    created_at, updated_at)
            VALUES ($1, $2, $3, $3, $4, $5, '{}', 1767323045, 1767323045)";
        let values = [
            id.into(),
            self.id(ACME).into(),
            name.into(),
            visibility.into(),
            i64::from(archived).into(),
        ];
        run(&mut tx, sql, &values).await;
        for (login, user) in &self.accounts {
            let role = login.split('-').next();
            let found = ROLES.into_iter().find(|(name, _)| Some(*name) == role);
            if let Some((_, role)) = found {
                let sql = "
                    INSERT INTO collaborator (repository_id, user_id, role) VALUES ($1, $2, $3)";
                run(&mut tx, sql, &[id.into(), (*user).into(), role.into()]).await;
            }
        }
        let selection = if name == SPARE { OTHERS } else { CHOSEN };
        let sql = "INSERT INTO selection_repository (selection_id, repository_id) VALUES ($1, $2)";
        run(&mut tx, sql, &[selection.into(), id.into()]).await;
        tx.commit().await.expect("a commit");
        for environment in ["production", DOOMED] {
            let environment = self.environment(id, environment).await;
            self.world.fill(3, environment, 1).await;
        }
        self.reviewed(id).await;
        self.runner(2, id).await;
        self.world.fill(2, id, 1).await;
    }

    pub(super) async fn environment(&self, repository: i64, name: &str) -> i64 {
        let id = self.next("environment").await;
        let sql = r#"
            INSERT INTO environment
                (id, repository_id, name, name_key, settings, created_at, updated_at)
            VALUES ($1, $2, $3, $3, '{"branch_policy":"custom"}', 1767323045, 1767323045)"#;
        self.store(sql, &[id.into(), repository.into(), name.into()])
            .await;
        if name != DOOMED {
            self.branch_policy(repository).await;
        }
        id
    }

    /// An environment of which everybody is a reviewer.
    async fn reviewed(&self, repository: i64) {
        let id = self.next("environment").await;
        let everybody: Vec<_> = self.accounts.values().collect();
        let settings = format!(r#"{{"reviewers":{everybody:?}}}"#);
        let sql = "
            INSERT INTO environment
                (id, repository_id, name, name_key, settings, created_at, updated_at)
            VALUES ($1, $2, 'reviewed', 'reviewed', $3, 1767323045, 1767323045)";
        let values = [id.into(), repository.into(), (&settings).into()];
        self.store(sql, &values).await;
    }

    /// The only one of a repository, whose number it has.
    pub(super) async fn branch_policy(&self, repository: i64) {
        let sql = "
            INSERT INTO deployment_branch_policy (id, environment_id, kind, pattern)
            SELECT $1, id, 'branch', 'main' FROM environment
            WHERE repository_id = $1 AND name = 'production'";
        self.store(sql, &[repository.into()]).await;
    }

    /// A busy one, so that nobody can take it off, with a label that nobody can take off it.
    async fn runner(&mut self, kind: i64, of: i64) {
        let id = self.next("runner").await;
        let mac: [u8; 32] = sealyard_vault::random::bytes();
        let sql = "
            INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, last_seen_at,
                                created_at)
            VALUES ($1, $2, $3, 'one', 'Linux', $4, 1, $5, $5)";
        let now = self.world.app.clock.now_s();
        let values = [id.into(), kind.into(), of.into(), (&mac).into(), now.into()];
        self.store(sql, &values).await;
        let job = self.next("job").await;
        let sql = "
            INSERT INTO job (id, repository_id, fork, created_at, runner_id, started_at,
                             lease_ends_at)
            SELECT $1, MAX(id), 0, $2, $3, $2, $4 FROM repository";
        let values = [job.into(), now.into(), id.into(), (now + 3_600).into()];
        self.store(sql, &values).await;
        let label = self.next("runner_label").await;
        let sql = "
            INSERT INTO runner_label (id, runner_id, name, name_key, read_only)
            VALUES ($1, $2, 'self-hosted', 'self-hosted', 1)";
        self.store(sql, &[label.into(), id.into()]).await;
        self.runners.insert((kind, of), id);
    }

    pub(super) fn id(&self, login: &str) -> i64 {
        self.accounts[login]
    }

    pub(super) async fn begin(&self) -> Tx {
        self.world.app.db.begin().await.expect("a write")
    }

    pub(super) async fn next(&self, kind: &'static str) -> i64 {
        let mut tx = self.begin().await;
        let id = counter::next(&mut tx, kind).await.expect("an id");
        tx.commit().await.expect("a commit");
        id
    }

    /// One statement, as a write of its own.
    pub(super) async fn store(&self, sql: &'static str, values: &[Value<'_>]) {
        let mut tx = self.begin().await;
        run(&mut tx, sql, values).await;
        tx.commit().await.expect("a commit");
    }
}

/// The user that a case is about.
pub(super) fn user_of(case: &Case, user: Option<&User>, suspended: bool) -> String {
    let role = match case.target {
        Target::Organization => case.organization_role,
        Target::Repository { .. } => case.repository_role,
        Target::Nothing | Target::MissingOrganization | Target::MissingRepository => "none",
    };
    let name = if role == "none" { "outsider" } else { role };
    login(name, user.is_some_and(|user| user.site_admin), suspended)
}

fn login(name: &str, site_admin: bool, suspended: bool) -> String {
    let flag = if site_admin { "a" } else { "u" };
    let state = if suspended { "s" } else { "g" };
    format!("{name}-{flag}{state}")
}

/// A repository's name says what it is.
pub(super) fn repository(visibility: &str, archived: bool, doomed: bool) -> String {
    let state = if archived { "archived" } else { "live" };
    let fate = if doomed { "-doomed" } else { "" };
    format!("{visibility}-{state}{fate}")
}

/// The repository that a case is about; one that is not there where there is none.
pub(super) fn name_of(case: &Case) -> String {
    match case.target {
        Target::Repository {
            visibility,
            archived,
        } => repository(visibility, archived, case.operation == "repos/delete"),
        Target::Nothing
        | Target::Organization
        | Target::MissingOrganization
        | Target::MissingRepository => "missing".to_owned(),
    }
}

async fn account(tx: &mut Tx, kind: &str, login: &str) -> i64 {
    let id = counter::next(tx, "account").await.expect("an id");
    let sql = "
        INSERT INTO account (id, kind, login, login_key, created_at, updated_at)
        VALUES ($1, $2, $3, $3, 1767323045, 1767323045)";
    run(tx, sql, &[id.into(), kind.into(), login.into()]).await;
    id
}

async fn run(tx: &mut Tx, sql: &'static str, values: &[Value<'_>]) {
    tx.execute(sql, values).await.expect("a statement");
}
