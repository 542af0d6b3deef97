//! A server whose world is one of the model's, and the way from one such world to another.

use std::collections::{BTreeMap, BTreeSet};

use base64ct::{Base64, Encoding as _};
use futures_util::{StreamExt as _, stream};
use sealyard_sql::Value as SqlValue;
use sealyard_vault::{PublicKey, SealedBox, SealingKeyPair};
use serde_json::{Value, json};

use super::model::{self, Admits, Branches, By, Environment, Runner, Secret, Visibility};
use crate::world::{Reply, World};

/// How many changes are on their way at once.
const AT_ONCE: usize = 16;
const API: &str = "/api/sealyard/v1";

/// A server, and the credentials and keys of those who ask it.
pub(super) struct Town {
    pub(super) world: World,
    repositories: BTreeMap<&'static str, i64>,
    organizations: BTreeMap<&'static str, i64>,
    runners: BTreeMap<&'static str, Enrolled>,
    /// The key pair of people.
    key: SealingKeyPair,
}

struct Enrolled {
    id: i64,
    credential: String,
    key: SealingKeyPair,
}

impl Town {
    pub(super) async fn new(like: &model::World) -> Self {
        let mut town = Self {
            world: super::setting::world(like.people).await,
            repositories: BTreeMap::new(),
            organizations: BTreeMap::new(),
            runners: BTreeMap::new(),
            key: SealingKeyPair::generate(),
        };
        let sql = "
            INSERT INTO membership (org_id, user_id, role)
            VALUES ((SELECT id FROM account WHERE login = 'other-org'), $1, 'admin')";
        town.store(sql, &[town.world.owner.id.into()]).await;
        for organization in ["octo-org", "other-org"] {
            let id = town.get(&format!("/orgs/{organization}")).await["id"].clone();
            town.organizations.insert(organization, number(&id));
        }
        for (name, repository) in &like.repositories {
            let id = town.build(name, repository).await;
            town.repositories.insert(name, id);
        }
        let furnished = stream::iter(&like.repositories)
            .map(|(name, repository)| town.furnish(name, repository))
            .buffer_unordered(AT_ONCE);
        furnished.collect::<Vec<()>>().await;
        for (organization, secrets) in &like.organizations {
            let place = format!("/orgs/{organization}/actions/secrets");
            let each = secrets.iter().map(|(name, (_, secret))| (name, secret));
            town.keep(&place, each, |name| town.admits(&secrets[name].0))
                .await;
        }
        for (name, runner) in &like.runners {
            town.enrol(name, runner).await;
        }
        for (name, _) in like.repositories.iter().filter(|(_, like)| like.archived) {
            town.archive(name, true).await;
        }
        town
    }

    /// Makes what is as in `then` as it is in `now`.
    pub(super) async fn change(&mut self, then: &model::World, now: &model::World) {
        for (organization, after) in &now.organizations {
            let before = bare(&then.organizations[organization]);
            let place = format!("/orgs/{organization}/actions/secrets");
            let of = (1, self.organizations[organization]);
            let more = |name: &str| self.admits(&after[name].0);
            self.exchange(&place, of, [&before, &bare(after)], more)
                .await;
            let before = &then.organizations[organization];
            let admits = |name: &str| before.get(name).map(|(admits, _)| admits);
            let others = after
                .iter()
                .filter(|(name, (after, _))| admits(name).is_some_and(|before| before != after));
            let others: Vec<_> = others.map(|(name, (_, secret))| (name, secret)).collect();
            if !others.is_empty() {
                self.keep(&place, others, more).await;
            }
        }
        for (name, after) in &now.repositories {
            let before = &then.repositories[name];
            if before.archived {
                self.archive(name, false).await;
            }
            if after.visibility != before.visibility {
                self.publish(name).await;
            }
            for login in before.writers.difference(&after.writers) {
                let sql = "
                    UPDATE collaborator SET role = 'pull'
                    WHERE repository_id = $1
                        AND user_id = (SELECT id FROM account WHERE login = $2)";
                let values = [self.repositories[name].into(), (*login).into()];
                self.store(sql, &values).await;
            }
            let place = format!("/repos/{name}/actions/secrets");
            let of = (2, self.repositories[name]);
            let secrets = [&before.secrets, &after.secrets];
            self.exchange(&place, of, secrets, |_| json!({})).await;
            for (environment, before) in &before.environments {
                let place = format!("/repos/{name}/environments/{environment}");
                let after = after.environments.get(environment);
                self.protect_anew(&place, before, after).await;
            }
            if after.archived {
                self.archive(name, true).await;
            }
        }
        for (name, before) in &then.runners {
            match now.runners.get(name) {
                None => self.remove(name, before).await,
                Some(after) if after != before => self.serve(name, after).await,
                Some(_) => {}
            }
        }
    }

    /// Makes an environment another one, or deletes it.
    async fn protect_anew(&self, place: &str, before: &Environment, after: Option<&Environment>) {
        let same = after.filter(|after| after.predecessors == before.predecessors);
        if same.is_none() {
            self.send(http::Method::DELETE, place, String::new()).await;
        }
        let Some(after) = after else {
            return;
        };
        let rules = |of: &Environment| Environment {
            secrets: BTreeMap::new(),
            ..of.clone()
        };
        if rules(before) != rules(after) {
            self.protect(place, after).await;
        }
        let none = BTreeMap::new();
        let secrets = [same.map_or(&none, |_| &before.secrets), &after.secrets];
        if secrets[0] != secrets[1] {
            let of = (3, number(&self.get(place).await["id"]));
            let place = format!("{place}/secrets");
            self.exchange(&place, of, secrets, |_| json!({})).await;
        }
    }

    /// A `POST` below our own API, by one of the model's.
    pub(super) async fn post(&self, by: By, path: &str, body: &Value) -> Reply {
        let token = match by {
            By::Runner(name) => &self.runners[name].credential,
            By::Person(login) => self.token(login),
        };
        let path = format!("{API}/{path}");
        self.world
            .with_token(token)
            .post(&path, body.to_string())
            .await
    }

    /// The key pair that boxes for them are sealed to.
    pub(super) fn key(&self, by: By) -> &SealingKeyPair {
        match by {
            By::Runner(name) => &self.runners[name].key,
            By::Person(_) => &self.key,
        }
    }

    /// What is in a box for them.
    pub(super) fn open(&self, by: By, sealed: &str) -> Value {
        let sealed = SealedBox::from_base64(sealed).expect("a box");
        let plain = self.key(by).open(&sealed).expect("a box that opens");
        serde_json::from_slice(plain.expose()).expect("JSON")
    }

    fn token(&self, login: &str) -> &str {
        let world = &self.world;
        let people = [
            &world.owner,
            &world.member,
            &world.writer,
            &world.reader,
            &world.stranger,
        ];
        let found = people.into_iter().find(|person| person.login == login);
        &found.expect("somebody of the world").token
    }

    fn id_of(&self, login: &str) -> i64 {
        let world = &self.world;
        let people = [&world.owner, &world.member, &world.writer, &world.reader];
        let found = people.into_iter().find(|person| person.login == login);
        found.expect("somebody of the world").id
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.world.r#as(&self.world.owner).get(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    /// A change by somebody who administers everything here, which has to succeed.
    pub(super) async fn send(&self, method: http::Method, path: &str, body: String) -> Reply {
        let owner = self.world.r#as(&self.world.owner);
        let reply = owner.send(method, path, body.into_bytes()).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text());
        reply
    }

    async fn store(&self, sql: &'static str, values: &[SqlValue<'_>]) {
        let mut tx = self.world.app.db.begin().await.expect("a write");
        let changed = tx.execute(sql, values).await.expect("a statement");
        assert_eq!(changed, 1, "{sql}");
        tx.commit().await.expect("a commit");
    }
}

/// What a world is made of.
impl Town {
    /// A repository, and who may what there. Its id.
    async fn build(&self, name: &str, like: &model::Repository) -> i64 {
        let path = format!("/repos/{name}");
        let owner = self.world.r#as(&self.world.owner);
        if owner.get(&path).await.status == 404 {
            let (organization, bare) = name.split_once('/').expect("an owner and a name");
            let body = json!({ "name": bare, "private": true }).to_string();
            let repositories = format!("/orgs/{organization}/repos");
            self.send(http::Method::POST, &repositories, body).await;
        }
        let shown = self.get(&path).await;
        let visibility = match like.visibility {
            Visibility::Public => "public",
            Visibility::Private => "private",
            Visibility::Internal => "internal",
        };
        assert_eq!(shown["visibility"], visibility, "{name}");
        let id = number(&shown["id"]);
        let roles = [(&like.writers, "push"), (&like.readers, "pull")];
        for (login, role) in roles
            .iter()
            .flat_map(|(logins, r)| logins.iter().map(move |l| (l, r)))
        {
            let there = ["writer", "reader"].contains(login) && name.ends_with("/hello-world");
            let owns = *login == "owner";
            if !there && !owns {
                let sql = "
                    INSERT INTO collaborator (repository_id, user_id, role) VALUES ($1, $2, $3)";
                self.store(sql, &[id.into(), self.id_of(login).into(), (*role).into()])
                    .await;
            }
        }
        if !like.default_branch.is_empty() && shown["default_branch"] != like.default_branch {
            super::setting::default_branch(self, name, like.default_branch).await;
        }
        id
    }

    /// Its secrets and environments.
    async fn furnish(&self, name: &str, like: &model::Repository) {
        let path = format!("/repos/{name}");
        let place = format!("{path}/actions/secrets");
        self.keep(&place, &like.secrets, |_| json!({})).await;
        for (environment, rules) in &like.environments {
            let path = format!("{path}/environments/{environment}");
            self.protect(&path, rules).await;
            let place = format!("{path}/secrets");
            self.keep(&place, &rules.secrets, |_| json!({})).await;
        }
    }

    async fn protect(&self, path: &str, rules: &Environment) {
        let body = self.rules(rules).to_string();
        self.send(http::Method::PUT, path, body).await;
        if let Some(Branches::Custom(kind, pattern)) = rules.branches {
            super::setting::pattern(self, path, kind, pattern).await;
        }
    }

    fn rules(&self, rules: &Environment) -> Value {
        let reviewers = rules.reviewers.iter();
        let reviewers = reviewers.map(|login| json!({ "type": "User", "id": self.id_of(login) }));
        let policy = rules.branches.map(|branches| {
            let protected = branches == Branches::Protected;
            json!({ "protected_branches": protected, "custom_branch_policies": !protected })
        });
        json!({
            "wait_timer": rules.wait_minutes,
            "reviewers": reviewers.collect::<Vec<_>>(),
            "prevent_self_review": rules.prevent_self_review,
            "can_admins_bypass": false,
            "deployment_branch_policy": policy,
        })
    }

    fn admits(&self, admits: &Admits) -> Value {
        match admits {
            Admits::All => json!({ "visibility": "all" }),
            Admits::Private => json!({ "visibility": "private" }),
            Admits::Selected(names) => {
                let ids = self.ids(names);
                json!({ "visibility": "selected", "selected_repository_ids": ids })
            }
        }
    }

    fn ids(&self, names: &BTreeSet<&'static str>) -> Vec<i64> {
        let known = |name: &&str| self.repositories.get(name).copied();
        names.iter().filter_map(known).collect()
    }

    /// The key of a place, and its id.
    async fn key_of(&self, place: &str) -> (PublicKey, String) {
        let key = self.get(&format!("{place}/public-key")).await;
        let public = PublicKey::from_base64(text(&key["key"])).expect("a key");
        (public, text(&key["key_id"]).to_owned())
    }

    /// Sets secrets; what the model says does not open is broken by [`exchange`](Self::exchange).
    async fn keep<'a>(
        &self,
        place: &str,
        secrets: impl IntoIterator<Item = (&'a String, &'a Secret)>,
        more: impl Fn(&str) -> Value,
    ) {
        let (public, key_id) = self.key_of(place).await;
        let puts = secrets.into_iter().map(|(name, secret)| {
            let mut body = more(name);
            let sealed = public.seal(secret.value.as_bytes());
            body["encrypted_value"] = Base64::encode_string(&sealed).into();
            body["key_id"] = key_id.as_str().into();
            (format!("{place}/{name}"), body.to_string())
        });
        let puts = stream::iter(puts.collect::<Vec<_>>())
            .map(|(path, body)| self.put(path, body))
            .buffer_unordered(AT_ONCE);
        puts.collect::<Vec<()>>().await;
    }

    async fn put(&self, path: String, body: String) {
        self.send(http::Method::PUT, &path, body).await;
    }

    /// Makes the secrets of a place, by kind and id, those of the second map.
    async fn exchange(
        &self,
        place: &str,
        (kind, id): (i64, i64),
        [before, after]: [&BTreeMap<String, Secret>; 2],
        more: impl Fn(&str) -> Value,
    ) {
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            let path = format!("{place}/{name}");
            self.send(http::Method::DELETE, &path, String::new()).await;
        }
        let new = |name: &String, secret: &Secret| {
            let same = before.get(name);
            same.is_none_or(|same| same.value != secret.value)
        };
        let new: Vec<_> = after
            .iter()
            .filter(|(name, secret)| new(name, secret))
            .collect();
        if !new.is_empty() {
            self.keep(place, new, more).await;
        }
        let broken = |name: &String, secret: &Secret| {
            !secret.opens && before.get(name).is_some_and(|before| before.opens)
        };
        for (name, _) in after.iter().filter(|(name, secret)| broken(name, secret)) {
            let sql = "
                UPDATE secret SET record = $4
                WHERE family = 1 AND scope_kind = $1 AND scope_id = $2 AND name = $3";
            let values = [kind.into(), id.into(), name.into(), (&[0; 16]).into()];
            self.store(sql, &values).await;
        }
    }

    async fn archive(&self, name: &str, archived: bool) {
        let body = json!({ "archived": archived }).to_string();
        self.send(http::Method::PATCH, &format!("/repos/{name}"), body)
            .await;
    }

    async fn publish(&self, name: &str) {
        let body = json!({ "visibility": "public" }).to_string();
        self.send(http::Method::PATCH, &format!("/repos/{name}"), body)
            .await;
    }

    async fn enrol(&mut self, name: &'static str, runner: &Runner) {
        let place = match runner {
            Runner::OfRepository(repository) => format!("/repos/{repository}"),
            Runner::OfOrganization(organization, _) => format!("/orgs/{organization}"),
        };
        let path = format!("{place}/actions/runners/registration-token");
        let token = self
            .send(http::Method::POST, &path, String::new())
            .await
            .json();
        let key = SealingKeyPair::generate();
        let public_key = key.public().to_base64();
        let body = json!({ "token": token["token"], "name": name, "public_key": public_key });
        let anonymous = self.world.anonymous();
        let reply = anonymous
            .post(&format!("{API}/runners"), body.to_string())
            .await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let made = reply.json();
        let enrolled = Enrolled {
            id: number(&made["id"]),
            credential: text(&made["credential"]).to_owned(),
            key,
        };
        self.runners.insert(name, enrolled);
        self.serve(name, runner).await;
    }

    async fn serve(&self, name: &str, runner: &Runner) {
        if let Runner::OfOrganization(organization, served) = runner {
            let id = self.runners[name].id;
            let path = format!("{API}/orgs/{organization}/runners/{id}/repositories");
            let body = json!({ "selected_repository_ids": self.ids(served) }).to_string();
            self.send(http::Method::PUT, &path, body).await;
        }
    }

    async fn remove(&self, name: &str, runner: &Runner) {
        let place = match runner {
            Runner::OfRepository(repository) => format!("/repos/{repository}"),
            Runner::OfOrganization(organization, _) => format!("/orgs/{organization}"),
        };
        let path = format!("{place}/actions/runners/{}", self.runners[name].id);
        self.send(http::Method::DELETE, &path, String::new()).await;
    }
}

fn bare(secrets: &BTreeMap<String, (Admits, Secret)>) -> BTreeMap<String, Secret> {
    let each = secrets.iter();
    each.map(|(name, (_, secret))| (name.clone(), secret.clone()))
        .collect()
}

pub(super) fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
