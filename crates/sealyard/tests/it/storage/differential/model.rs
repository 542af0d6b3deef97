//! The server as a few maps: what the owner is answered, and what anybody's success changes.

use std::collections::{BTreeMap, BTreeSet};

use sealyard::directory::{RepositoryName, name_key};
use sealyard::secrets::name::SecretName;
use serde_json::{Value, json};

use super::act::{Act, Audience, Change, Env, Flaw, Place, RepoRef, value};
use super::log::{Step, Who};
use super::shown::{listed, member, paged, seen, shown};
use crate::world::{Reply, World};

/// What secrets belong to, by ids, and environments by their key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Org,
    Repo(i64),
    Env(i64, String),
}

#[derive(Clone)]
pub(super) struct Repo {
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) visibility: String,
    /// By their key.
    pub(super) envs: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) revision: i64,
    pub(super) value: String,
    pub(super) visibility: Option<String>,
    pub(super) selection: BTreeSet<i64>,
}

/// The repositories of `octo-org` and of `owner`, their environments, and all their secrets.
#[derive(Clone, Default)]
pub(super) struct Model {
    pub(super) repos: BTreeMap<i64, Repo>,
    /// Old names, by owner and key.
    pub(super) redirects: BTreeMap<(String, String), i64>,
    pub(super) secrets: BTreeMap<Scope, BTreeMap<String, Secret>>,
}

/// A status, and what the model knows of the body (`Null`: nothing).
type Answer = (u16, Value);

const NOT_FOUND: Answer = (404, Value::Null);
const INVALID: Answer = (422, Value::Null);
const NO_CONTENT: Answer = (204, Value::Null);

impl Model {
    /// Compares an answer, and follows what it says was done. The owner is answered exactly so;
    /// others may be refused, but where they succeed, they are answered as the owner.
    pub(super) fn judge(
        &mut self,
        world: &World,
        step: &Step,
        reply: &Reply,
    ) -> Result<(), String> {
        if matches!(step.act, Act::Other(..)) {
            return Ok(());
        }
        let mut next = self.clone();
        let (status, body) = next.answer(&step.act, world.clock.now_s(), reply);
        let shown = || format!("{status}\n{body}");
        if !reply.status.is_success() {
            let same = reply.status.as_u16() == status || step.who != Who::Owner;
            return if same { Ok(()) } else { Err(shown()) };
        }
        let seen = seen(&step.act, reply);
        if reply.status.as_u16() != status || seen != body {
            return Err(format!("{}\n-- and sees:\n{seen}", shown()));
        }
        *self = next;
        Ok(())
    }

    fn answer(&mut self, act: &Act, now: i64, reply: &Reply) -> Answer {
        match act {
            Act::PublicKey(place) => match self.scope(*place, true) {
                Ok(_) => (200, Value::Null),
                Err(answer) => answer,
            },
            Act::List(place, query) => match self.scope(*place, true) {
                Ok(scope) => (200, listed(self.in_scope(&scope).iter(), query, true)),
                Err(answer) => answer,
            },
            Act::Get(place, name) => match self.scope(*place, true) {
                Ok(scope) => match self.secret(&scope, name) {
                    Some((name, secret)) => (200, shown(&name, secret, true)),
                    None => NOT_FOUND,
                },
                Err(answer) => answer,
            },
            Act::Put {
                place,
                name,
                value: number,
                flaw,
                to,
            } => {
                let content = (value(*number), to.as_ref());
                self.put(*place, name, content, *flaw, now)
            }
            Act::Delete(place, name) => self.delete(*place, name),
            Act::ListSelected(name, query) => match self.secret(&Scope::Org, name) {
                Some((_, secret)) => {
                    let ids: Vec<i64> = paged(secret.selection.iter().copied(), query);
                    (
                        200,
                        json!({ "total_count": secret.selection.len(), "ids": ids }),
                    )
                }
                None => NOT_FOUND,
            },
            Act::Selection(name, change) => self.select(name, change),
            Act::ListShared(repo, query) => match self.find(*repo, true) {
                Ok(id) => (200, self.shared(id, query)),
                Err(answer) => answer,
            },
            Act::MakeRepo {
                owner,
                name,
                visibility,
            } => self.make_repo(owner, name, visibility, reply),
            Act::ChangeRepo {
                repo,
                name,
                visibility,
            } => self.change_repo(*repo, *name, *visibility),
            Act::DropRepo(repo) => self.drop_repo(*repo),
            Act::ShowRepo(repo) => match self.find(*repo, true) {
                Ok(id) => (200, self.repo(id)),
                Err(answer) => answer,
            },
            Act::PutEnv(repo, env, minutes) => self.put_env(*repo, *env, *minutes),
            Act::DropEnv(repo, env) => self.drop_env(*repo, *env),
            Act::ListEnvs(repo) => match self.find(*repo, true) {
                Ok(id) => {
                    let envs = self.repos.get(&id).map(|repo| &repo.envs);
                    let names: BTreeSet<&String> =
                        envs.into_iter().flat_map(BTreeMap::values).collect();
                    (200, json!({ "total_count": names.len(), "names": names }))
                }
                Err(answer) => answer,
            },
            Act::Other(..) => (0, Value::Null),
        }
    }

    /// A repository by what a path calls it.
    fn find(&self, repo: RepoRef, reads: bool) -> Result<i64, Answer> {
        match repo {
            RepoRef::Id(id) if self.repos.contains_key(&id) => Ok(id),
            RepoRef::Id(_) => Err(NOT_FOUND),
            RepoRef::Name(owner, name) => match self.named(&name_key(owner), &name_key(name)) {
                Some(id) => Ok(id),
                None if self
                    .redirects
                    .contains_key(&(name_key(owner), name_key(name))) =>
                {
                    Err((if reads { 301 } else { 307 }, Value::Null))
                }
                None => Err(NOT_FOUND),
            },
        }
    }

    fn named(&self, owner: &str, key: &str) -> Option<i64> {
        let is_it = |repo: &Repo| repo.owner == owner && name_key(&repo.name) == key;
        self.repos
            .iter()
            .find(|(_, repo)| is_it(repo))
            .map(|(id, _)| *id)
    }

    fn scope(&self, place: Place, reads: bool) -> Result<Scope, Answer> {
        match place {
            Place::Org => Ok(Scope::Org),
            Place::Repo(repo) => self.find(repo, reads).map(Scope::Repo),
            Place::Env(repo, (name, _)) => {
                let (id, key) = (self.find(repo, reads)?, name_key(name));
                let is_there = self
                    .repos
                    .get(&id)
                    .is_some_and(|repo| repo.envs.contains_key(&key));
                if is_there {
                    Ok(Scope::Env(id, key))
                } else {
                    Err(NOT_FOUND)
                }
            }
        }
    }

    fn in_scope(&self, scope: &Scope) -> &BTreeMap<String, Secret> {
        const NOTHING: &BTreeMap<String, Secret> = &BTreeMap::new();
        self.secrets.get(scope).unwrap_or(NOTHING)
    }

    fn secret(&self, scope: &Scope, name: &str) -> Option<(String, &Secret)> {
        let name = SecretName::parse(name).ok()?.as_str().to_owned();
        let secret = self.in_scope(scope).get(&name)?;
        Some((name, secret))
    }

    fn is_of_organization(&self, id: i64) -> bool {
        self.repos
            .get(&id)
            .is_some_and(|repo| repo.owner == "octo-org")
    }

    fn put(
        &mut self,
        place: Place,
        name: &str,
        (value, to): (String, Option<&Audience>),
        flaw: Flaw,
        now: i64,
    ) -> Answer {
        let scope = match self.scope(place, false) {
            Ok(scope) => scope,
            Err(answer) => return answer,
        };
        let Ok(name) = SecretName::parse(name) else {
            return INVALID;
        };
        let is_audience = match to {
            Some(to) if to.visibility == "selected" => {
                to.ids.iter().all(|id| self.is_of_organization(*id))
            }
            Some(to) => ["all", "private"].contains(&to.visibility) && to.ids.is_empty(),
            None => scope != Scope::Org,
        };
        if flaw != Flaw::None || !is_audience {
            return INVALID;
        }
        let secrets = self.secrets.entry(scope).or_default();
        let before = secrets.get(name.as_str());
        let status = if before.is_some() { 204 } else { 201 };
        let secret = Secret {
            created: before.map_or(now, |secret| secret.created),
            updated: before.map_or(now, |secret| secret.updated.max(now)),
            revision: before.map_or(1, |secret| secret.revision + 1),
            value,
            visibility: to.map(|to| to.visibility.to_owned()),
            selection: to
                .map(|to| to.ids.iter().copied().collect())
                .unwrap_or_default(),
        };
        secrets.insert(name.as_str().to_owned(), secret);
        (status, Value::Null)
    }

    fn delete(&mut self, place: Place, name: &str) -> Answer {
        match self.scope(place, false) {
            Ok(scope) => {
                let secrets = self.secrets.entry(scope).or_default();
                let name = SecretName::parse(name).ok();
                let gone = name.and_then(|name| secrets.remove(name.as_str()));
                if gone.is_some() {
                    NO_CONTENT
                } else {
                    NOT_FOUND
                }
            }
            Err(answer) => answer,
        }
    }

    fn select(&mut self, name: &str, change: &Change) -> Answer {
        let Some((name, secret)) = self.secret(&Scope::Org, name) else {
            return NOT_FOUND;
        };
        if secret.visibility.as_deref() != Some("selected") {
            return (409, Value::Null);
        }
        let mut selection = secret.selection.clone();
        match change {
            Change::Set(ids) if !ids.iter().all(|id| self.is_of_organization(*id)) => {
                return INVALID;
            }
            Change::Set(ids) => selection = ids.iter().copied().collect(),
            Change::Add(id) if !self.is_of_organization(*id) => return NOT_FOUND,
            Change::Add(id) => drop(selection.insert(*id)),
            Change::Remove(id) => drop(selection.remove(id)),
        }
        let secrets = self.secrets.entry(Scope::Org).or_default();
        if let Some(secret) = secrets.get_mut(&name) {
            secret.selection = selection;
        }
        NO_CONTENT
    }

    /// The organisation's secrets that a repository gets.
    fn shared(&self, id: i64, query: &str) -> Value {
        let of_organization = self.is_of_organization(id);
        let public = self
            .repos
            .get(&id)
            .is_some_and(|repo| repo.visibility == "public");
        let gets = |secret: &Secret| match secret.visibility.as_deref() {
            Some("all") => true,
            Some("private") => !public,
            _ => secret.selection.contains(&id),
        };
        let secrets = self.in_scope(&Scope::Org).iter();
        listed(
            secrets.filter(|(_, secret)| of_organization && gets(secret)),
            query,
            false,
        )
    }

    fn repo(&self, id: i64) -> Value {
        self.repos.get(&id).map_or(
            Value::Null,
            |repo| json!({ "id": id, "name": repo.name, "visibility": repo.visibility }),
        )
    }

    fn make_repo(&mut self, owner: &str, name: &str, visibility: &str, reply: &Reply) -> Answer {
        let is_bad = RepositoryName::parse(name).is_none()
            || (owner != "octo-org" && visibility == "internal")
            || self.named(owner, &name_key(name)).is_some();
        if is_bad {
            return INVALID;
        }
        // Which id it gets is the server's to say, but it must be a new one.
        let id = member(&reply.json(), "id").as_i64().unwrap_or_default();
        if self
            .repos
            .last_key_value()
            .is_some_and(|(last, _)| *last >= id)
        {
            return (0, Value::Null);
        }
        self.redirects.remove(&(owner.to_owned(), name_key(name)));
        let repo = Repo {
            owner: owner.to_owned(),
            name: name.to_owned(),
            visibility: visibility.to_owned(),
            envs: BTreeMap::new(),
        };
        self.repos.insert(id, repo);
        (201, self.repo(id))
    }

    fn change_repo(
        &mut self,
        repo: RepoRef,
        name: Option<&str>,
        visibility: Option<&str>,
    ) -> Answer {
        let id = match self.find(repo, false) {
            Ok(id) => id,
            Err(answer) => return answer,
        };
        let before = self.repos.get(&id).cloned().expect("it was found");
        let (old, new) = (name_key(&before.name), name.map(name_key));
        let holder = new.as_ref().and_then(|new| self.named(&before.owner, new));
        let is_bad = name.is_some_and(|name| RepositoryName::parse(name).is_none())
            || (before.owner != "octo-org" && visibility == Some("internal"))
            || holder.is_some_and(|holder| holder != id);
        if is_bad {
            return INVALID;
        }
        if let Some(new) = new.filter(|new| *new != old) {
            self.redirects.remove(&(before.owner.clone(), new));
            self.redirects.insert((before.owner.clone(), old), id);
        }
        let name = name.map_or(before.name, str::to_owned);
        let visibility = visibility.map_or(before.visibility, str::to_owned);
        self.repos.insert(
            id,
            Repo {
                name,
                visibility,
                ..before
            },
        );
        (200, self.repo(id))
    }

    fn drop_repo(&mut self, repo: RepoRef) -> Answer {
        match self.find(repo, false) {
            Ok(id) => {
                self.repos.remove(&id);
                self.redirects.retain(|_, to| *to != id);
                self.secrets.retain(|scope, _| match scope {
                    Scope::Org => true,
                    Scope::Repo(repo) | Scope::Env(repo, _) => *repo != id,
                });
                for secret in self.secrets.values_mut().flat_map(BTreeMap::values_mut) {
                    secret.selection.remove(&id);
                }
                NO_CONTENT
            }
            Err(answer) => answer,
        }
    }

    fn put_env(&mut self, repo: RepoRef, (name, _): Env, minutes: usize) -> Answer {
        match self.find(repo, false) {
            Ok(_) if minutes > 43_200 => INVALID,
            Ok(id) => {
                let envs = &mut self.repos.get_mut(&id).expect("it was found").envs;
                let shown = envs
                    .entry(name_key(name))
                    .or_insert_with(|| name.to_owned());
                (200, json!({ "name": shown }))
            }
            Err(answer) => answer,
        }
    }

    fn drop_env(&mut self, repo: RepoRef, env: Env) -> Answer {
        match self.scope(Place::Env(repo, env), false) {
            Ok(Scope::Env(id, key)) => {
                self.repos
                    .get_mut(&id)
                    .expect("it was found")
                    .envs
                    .remove(&key);
                self.secrets.remove(&Scope::Env(id, key));
                NO_CONTENT
            }
            Ok(_) => NOT_FOUND,
            Err(answer) => answer,
        }
    }
}
