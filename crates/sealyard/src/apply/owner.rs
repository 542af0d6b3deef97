//! One owner's write: what is different there, found anew within it, and made.

use std::collections::BTreeMap;

use super::change::{Change, Person, Place, What};
use super::plan::{self, Now};
use super::{Counts, Error, WantedOwner, store};
use crate::app::App;
use crate::audit::{Actor, Write};
use crate::directory::account;
use crate::directory::collaborator;
use crate::directory::environment::{self, EnvironmentSettings};
use crate::directory::member::{self, Member};
use crate::directory::repository::{self, Changes, VisibilityChange};
use crate::directory::{self, AccountKind, Organization, OrganizationRole, Owner, Repository};

/// Makes one owner what the file says; how much of it was different.
pub(super) async fn change(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    key: &str,
    wanted: &WantedOwner,
) -> Result<Counts, Error> {
    let now = store::of_owner(&mut write.tx, key, wanted).await?;
    let changes = plan::of_owner(key, wanted, &now)?;
    let Some(account) = now.accounts.get(key) else {
        return Ok(Counts::default());
    };
    let repositories = now
        .repositories
        .iter()
        .map(|(key, found)| (key.clone(), found.repository.clone()))
        .collect();
    let mut work = Work {
        app,
        actor,
        write,
        owner: account.owner.clone(),
        now,
        repositories,
    };
    for change in &changes {
        let done = work.run(&change.what).await;
        done.map_err(|why| refused(change, why))?;
        // On SQLite, statements run on the thread that answers requests.
        tokio::task::yield_now().await;
    }
    work.check_limits(&changes).await?;
    Ok(Counts::of(&changes))
}

/// What became of a change that was not made.
pub(super) fn refused(change: &Change<'_>, why: directory::Error) -> Error {
    if let directory::Error::Store(error) = why {
        return Error::Store(error);
    }
    let change = change.to_string();
    Error::Refused { change, why }
}

/// One owner's write on its way.
struct Work<'w> {
    app: &'w App,
    actor: &'w Actor,
    write: &'w mut Write,
    owner: Owner,
    now: Now,
    /// Those that are there, and those that were made here.
    repositories: BTreeMap<String, Repository>,
}

impl Work<'_> {
    async fn run(&mut self, what: &What<'_>) -> Result<(), directory::Error> {
        match what {
            // The instance's write has made it.
            What::AddOwner => Err(directory::Error::NotFound),
            What::Describe { profile, .. } => {
                let (app, actor, owner) = (self.app, self.actor, &self.owner);
                account::describe(app, actor, self.write, owner, profile).await
            }
            What::SetMember {
                person,
                before,
                role,
            } => self.set_member(*person, *before, *role).await,
            What::RemoveMember { person, before } => {
                let user = self.user(*person)?;
                let (organization, role) = (self.organization(), *before);
                let member = Member { user, role };
                member::let_go(self.app, self.actor, self.write, &organization, &member).await
            }
            What::AddRepository {
                repository,
                visibility,
            } => {
                let changes = Changes {
                    visibility: Some(VisibilityChange::To(*visibility)),
                    description: repository.wanted.description.clone(),
                    ..Changes::default()
                };
                self.add_repository(*repository, &changes).await
            }
            What::ChangeRepository {
                repository,
                changes,
                ..
            } => {
                let id = self.repository(repository.key)?.id;
                repository::change(self.app, self.actor, self.write, id, changes).await?;
                Ok(())
            }
            What::AddEnvironment { repository, name } => {
                let repository = self.repository(repository.key)?.clone();
                let (app, actor, settings) = (self.app, self.actor, EnvironmentSettings::default());
                environment::add(app, actor, self.write, &repository, name, settings).await?;
                Ok(())
            }
            What::SetCollaborator {
                repository,
                person,
                before,
                role,
            } => {
                let user = self.user(*person)?;
                let repository = self.repository(repository.key)?.clone();
                let person = collaborator::Person {
                    user,
                    member: None,
                    collaborator: *before,
                };
                let (app, actor) = (self.app, self.actor);
                collaborator::give(app, actor, self.write, &repository, &person, *role).await
            }
            What::RemoveCollaborator { repository, person } => {
                let user = self.user(*person)?;
                let repository = self.repository(repository.key)?.clone();
                collaborator::take(self.app, self.actor, self.write, &repository, &user).await?;
                Ok(())
            }
        }
    }

    async fn set_member(
        &mut self,
        person: Person<'_>,
        before: Option<OrganizationRole>,
        role: OrganizationRole,
    ) -> Result<(), directory::Error> {
        let (app, actor, organization) = (self.app, self.actor, self.organization());
        let user = self.user(person)?;
        let member = Member { user, role };
        member::place(app, actor, self.write, &organization, &member, before).await
    }

    async fn add_repository(
        &mut self,
        repository: Place<'_>,
        changes: &Changes,
    ) -> Result<(), directory::Error> {
        let (app, actor, name) = (self.app, self.actor, &repository.wanted.name);
        let made = repository::add(app, actor, self.write, &self.owner, name, changes).await?;
        self.repositories
            .insert(repository.key.to_owned(), made.repository);
        Ok(())
    }

    /// Asks once, after all changes, whether everything is within its limit: to count again for
    /// each new thing would take the square of their number.
    async fn check_limits(&mut self, changes: &[Change<'_>]) -> Result<(), Error> {
        let grown: BTreeMap<_, _> = changes
            .iter()
            .filter_map(|change| Some((Grown::by(&change.what)?, change)))
            .collect();
        for (grown, change) in grown {
            let room = self.check_room(grown).await;
            room.map_err(|why| refused(change, why))?;
        }
        Ok(())
    }

    async fn check_room(&mut self, grown: Grown<'_>) -> Result<(), directory::Error> {
        let owner = self.owner.id;
        match grown {
            Grown::Members => member::check_room(&mut self.write.tx, owner, 0).await,
            Grown::Repositories => repository::check_room(&mut self.write.tx, owner, 0).await,
            Grown::Environments(key) => {
                let id = self.repository(key)?.id;
                environment::check_room(&mut self.write.tx, id, 0).await
            }
            Grown::Collaborators(key) => {
                let id = self.repository(key)?.id;
                collaborator::check_room(&mut self.write.tx, id, 0).await
            }
        }
    }

    fn organization(&self) -> Organization {
        Organization {
            id: self.owner.id,
            login: self.owner.login.clone(),
        }
    }

    fn user(&self, person: Person<'_>) -> Result<Owner, directory::Error> {
        let found = self.now.accounts.get(person.key);
        let user = found.filter(|account| account.owner.kind == AccountKind::User);
        user.map(|account| account.owner.clone())
            .ok_or(directory::Error::NotFound)
    }

    fn repository(&self, key: &str) -> Result<&Repository, directory::Error> {
        let found = self.repositories.get(key);
        found.ok_or(directory::Error::NotFound)
    }
}

/// What has a limit and became more; of a repository, by its key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Grown<'a> {
    Members,
    Repositories,
    Environments(&'a str),
    Collaborators(&'a str),
}

impl<'a> Grown<'a> {
    fn by(what: &What<'a>) -> Option<Self> {
        match what {
            What::SetMember { .. } => Some(Self::Members),
            What::AddRepository { .. } => Some(Self::Repositories),
            What::AddEnvironment { repository, .. } => Some(Self::Environments(repository.key)),
            What::SetCollaborator { repository, .. } => Some(Self::Collaborators(repository.key)),
            What::AddOwner
            | What::Describe { .. }
            | What::RemoveMember { .. }
            | What::ChangeRepository { .. }
            | What::RemoveCollaborator { .. } => None,
        }
    }
}
