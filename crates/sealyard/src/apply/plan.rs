//! The difference between what a file asks for and what is there. Reads and writes nothing, so that
//! it can be made once to be shown and again inside the write that carries it out.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Person, Place, What};
use super::{Error, Wanted, WantedOwner, WantedRole};
use crate::directory::account::Profile;
use crate::directory::repository::{Changes, TextChange, VisibilityChange};
use crate::directory::{
    AccountKind, OrganizationRole, Owner, Repository, RepositoryRole, RepositoryVisibility,
};

/// What is there of one owner and of everybody and everything that the file names there, by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Now {
    /// The owner, if there is one, and the people.
    pub(super) accounts: BTreeMap<String, Account>,
    /// How many run an organisation, named or not.
    pub(super) owners: i64,
    /// Roles of those who are named.
    pub(super) members: BTreeMap<String, OrganizationRole>,
    /// Those that are named.
    pub(super) repositories: BTreeMap<String, Found>,
}

/// An account that is there.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// Who.
    pub(super) owner: Owner,
    /// What is said of it.
    pub(super) profile: Profile,
}

/// A repository that is there.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Which.
    pub(super) repository: Repository,
    /// In its owner's words.
    pub(super) description: Option<String>,
    /// Keys of all its environments.
    pub(super) environments: BTreeSet<String>,
    /// All its collaborators.
    pub(super) collaborators: BTreeMap<String, RepositoryRole>,
}

/// Everything that is different, owner by owner; owners with nothing to do are left out.
///
/// [`Error::Impossible`] with every reason.
pub(super) fn everything<'a>(
    wanted: &'a Wanted,
    now: &BTreeMap<String, Now>,
) -> Result<Vec<(&'a str, Vec<Change<'a>>)>, Error> {
    let (mut all, mut reasons) = (Vec::new(), Vec::new());
    let nothing = Now::default();
    // Users first: whoever reads the plan meets people before their roles.
    let users_first = [AccountKind::User, AccountKind::Organization];
    for kind in users_first {
        for (key, owner) in wanted.iter().filter(|(_, owner)| owner.kind == kind) {
            let now = now.get(key).unwrap_or(&nothing);
            reasons.extend(unknown(wanted, owner, now));
            let mut planning = Planning::of(owner, now);
            planning.run(key);
            reasons.append(&mut planning.reasons);
            let changes = planning.in_order();
            if !changes.is_empty() {
                all.push((key.as_str(), changes));
            }
        }
    }
    if reasons.is_empty() {
        Ok(all)
    } else {
        Err(Error::Impossible(reasons))
    }
}

/// What is different of one owner, in the order in which it is to be done.
///
/// [`Error::Impossible`] with every reason.
pub(super) fn of_owner<'a>(
    key: &str,
    wanted: &'a WantedOwner,
    now: &Now,
) -> Result<Vec<Change<'a>>, Error> {
    let mut planning = Planning::of(wanted, now);
    planning.run(key);
    if planning.reasons.is_empty() {
        Ok(planning.in_order())
    } else {
        Err(Error::Impossible(planning.reasons))
    }
}

/// People of the file who are nobody: a typing mistake must not make an account.
fn unknown(wanted: &Wanted, owner: &WantedOwner, now: &Now) -> Vec<String> {
    let mut reasons = BTreeSet::new();
    for (key, login) in owner.people() {
        let there = now.accounts.get(key).map(|account| account.owner.kind);
        let kind = there.or(wanted.get(key).map(|wanted| wanted.kind));
        let why = match kind {
            Some(AccountKind::User) => continue,
            Some(AccountKind::Organization) => "is an organisation",
            None => "is nobody; [users.NAME] makes a user",
        };
        let (owner, login) = (owner.login.as_str(), login.as_str());
        reasons.insert(format!("{owner}: {login} {why}"));
    }
    reasons.into_iter().collect()
}

/// The steps of one owner's write, in order: nobody loses the last owner while another one is still
/// to come, and a repository becomes read-only last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Owner,
    NewOwners,
    OtherMembers,
    Repositories,
    Environments,
    Collaborators,
    Archiving,
}

/// A plan of one owner on its way.
struct Planning<'a, 'n> {
    owner: &'a WantedOwner,
    now: &'n Now,
    changes: Vec<(Step, Change<'a>)>,
    reasons: Vec<String>,
    /// Members who lose their roles in the repositories, too.
    let_go: BTreeSet<&'a str>,
}

impl<'a, 'n> Planning<'a, 'n> {
    fn of(owner: &'a WantedOwner, now: &'n Now) -> Self {
        Self {
            owner,
            now,
            changes: Vec::new(),
            reasons: Vec::new(),
            let_go: BTreeSet::new(),
        }
    }

    fn run(&mut self, key: &str) {
        match self.now.accounts.get(key) {
            Some(account) if account.owner.kind != self.owner.kind => {
                let there = match account.owner.kind {
                    AccountKind::User => "a user",
                    AccountKind::Organization => "an organisation",
                };
                let login = self.owner.login.as_str();
                self.reasons.push(format!("{login} is {there} already"));
                return;
            }
            Some(account) => self.profile(&account.profile),
            None => self.push(Step::Owner, What::AddOwner),
        }
        let is_new = !self.now.accounts.contains_key(key);
        self.members(is_new);
        for (key, wanted) in &self.owner.repositories {
            let place = Place { key, wanted };
            match self.now.repositories.get(key) {
                Some(found) => self.repository(place, found),
                None => self.new_repository(place),
            }
        }
    }

    fn profile(&mut self, now: &Profile) {
        let (mut profile, mut keys) = (now.clone(), Vec::new());
        let owner = self.owner;
        for (key, wanted, text) in [
            ("name", &owner.name, &mut profile.name),
            ("email", &owner.email, &mut profile.email),
            ("description", &owner.description, &mut profile.description),
        ] {
            if let Some(wanted) = wanted
                .as_ref()
                .filter(|wanted| differs(wanted, text.as_deref()))
            {
                *text = wanted.text().map(str::to_owned);
                keys.push(key);
            }
        }
        if !keys.is_empty() {
            self.push(Step::Owner, What::Describe { profile, keys });
        }
    }

    fn members(&mut self, is_new: bool) {
        let (mut owners, mut lost) = (self.now.owners, 0);
        for (key, wanted) in &self.owner.members {
            let person = person(key, wanted);
            let before = self.now.members.get(key).copied();
            let was_owner = before == Some(OrganizationRole::Owner);
            match (before, wanted.role) {
                (before, after) if before == after => continue,
                (Some(before), None) => {
                    self.let_go.insert(key);
                    self.push(Step::OtherMembers, What::RemoveMember { person, before });
                }
                (before, Some(role)) => {
                    let step = match role {
                        OrganizationRole::Owner => Step::NewOwners,
                        OrganizationRole::Member => Step::OtherMembers,
                    };
                    owners += i64::from(role == OrganizationRole::Owner);
                    let what = What::SetMember {
                        person,
                        before,
                        role,
                    };
                    self.push(step, what);
                }
                (None, None) => continue,
            }
            lost += i64::from(was_owner);
        }
        let login = self.owner.login.as_str();
        if self.owner.kind == AccountKind::Organization && is_new && owners == 0 {
            self.reasons.push(format!(
                "{login} is new and needs a member with the role admin"
            ));
        } else if lost > 0 && owners <= lost {
            self.reasons
                .push(format!("{login}: the last owner cannot leave"));
        }
    }

    fn new_repository(&mut self, repository: Place<'a>) {
        let wanted = repository.wanted;
        let visibility = wanted.visibility.unwrap_or(RepositoryVisibility::Private);
        let what = What::AddRepository {
            repository,
            visibility,
        };
        self.push(Step::Repositories, what);
        for name in wanted.environments.values() {
            self.push(
                Step::Environments,
                What::AddEnvironment { repository, name },
            );
        }
        self.collaborators(repository, &BTreeMap::new());
        if wanted.archived == Some(true) {
            self.archive(repository);
        }
    }

    fn repository(&mut self, repository: Place<'a>, found: &Found) {
        let (wanted, earlier) = (repository.wanted, self.changes.len());
        let now = &found.repository;
        let visibility = wanted.visibility.filter(|wanted| *wanted != now.visibility);
        let description = wanted.description.as_ref();
        let changes = Changes {
            visibility: visibility.map(VisibilityChange::To),
            archived: wanted.archived.filter(|wanted| now.archived && !wanted),
            description: description
                .filter(|wanted| differs(wanted, found.description.as_deref()))
                .cloned(),
            ..Changes::default()
        };
        if visibility.is_some() || changes.archived.is_some() || changes.description.is_some() {
            let what = What::ChangeRepository {
                repository,
                before: visibility.map(|_| now.visibility),
                changes,
            };
            self.push(Step::Repositories, what);
        }
        for (key, name) in &wanted.environments {
            if !found.environments.contains(key) {
                let what = What::AddEnvironment { repository, name };
                self.push(Step::Environments, what);
            }
        }
        self.collaborators(repository, &found.collaborators);
        if now.archived && wanted.archived != Some(false) && self.changes.len() > earlier {
            let owner = self.owner.login.as_str();
            self.reasons.push(format!(
                "{owner}/{repository} is archived; archived = false makes changes possible"
            ));
        }
        if !now.archived && wanted.archived == Some(true) {
            self.archive(repository);
        }
    }

    fn collaborators(&mut self, repository: Place<'a>, now: &BTreeMap<String, RepositoryRole>) {
        for (key, wanted) in &repository.wanted.collaborators {
            let person = person(key, wanted);
            let kept = now.get(key).copied();
            let before = kept.filter(|_| !self.let_go.contains(key.as_str()));
            let what = match (before, wanted.role) {
                (before, Some(role)) if before != Some(role) => What::SetCollaborator {
                    repository,
                    person,
                    before,
                    role,
                },
                (Some(_), None) => What::RemoveCollaborator { repository, person },
                (Some(_) | None, _) => continue,
            };
            self.push(Step::Collaborators, what);
        }
    }

    fn archive(&mut self, repository: Place<'a>) {
        let changes = Changes {
            archived: Some(true),
            ..Changes::default()
        };
        let what = What::ChangeRepository {
            repository,
            changes,
            before: None,
        };
        self.push(Step::Archiving, what);
    }

    fn push(&mut self, step: Step, what: What<'a>) {
        let owner = self.owner;
        self.changes.push((step, Change { owner, what }));
    }

    fn in_order(mut self) -> Vec<Change<'a>> {
        // Stable: within a step, the order of names.
        self.changes.sort_by_key(|(step, _)| *step);
        self.changes.into_iter().map(|(_, change)| change).collect()
    }
}

fn person<'a, R>(key: &'a str, wanted: &'a WantedRole<R>) -> Person<'a> {
    let login = &wanted.login;
    Person { key, login }
}

/// Whether a text becomes another one; an empty text is none.
fn differs(wanted: &TextChange, now: Option<&str>) -> bool {
    wanted.text() != now.filter(|text| !text.is_empty())
}
