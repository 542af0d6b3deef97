//! Who may use a repository, and who is let in and out.

use sealyard_sql as sql;

use super::{
    AccountKind, Error, OrganizationRole, Owner, Repository, RepositoryId, RepositoryRole, store,
};
use crate::app::App;
use crate::audit::{self, Actor, Event, Write};

/// Collaborators of one repository. GitHub's pages name no limit; this one keeps the deletion of a
/// repository, which is one write, short.
pub const COLLABORATORS_MAX: i64 = 10_000;

/// A user as one repository sees them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user.
    pub user: Owner,
    /// Their place in the organisation that owns the repository.
    pub member: Option<OrganizationRole>,
    /// What they were given in this repository.
    pub collaborator: Option<RepositoryRole>,
}

impl Person {
    /// The role that counts.
    pub fn role(&self, repository: &Repository) -> Option<RepositoryRole> {
        let owner = self.user.id == repository.owner.id;
        RepositoryRole::highest(owner, self.member, self.collaborator)
    }
}

/// Which of the people of a repository are asked for, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affiliation {
    /// Everybody with a role.
    All,
    /// Its owner, if that is a user, and those who were given a role here.
    Direct,
    /// Those who were given a role here and do not belong to its organisation.
    Outside,
}

/// Gives a user a role in a repository, at once: there is nobody to send an invitation to.
///
/// [`Error::NotFound`] if there is no such user or the repository went away, [`Error::IsOwner`] if
/// it is theirs, [`Error::OnlyWrite`] for another role than [`RepositoryRole::Write`] where a user
/// owns the repository, [`Error::TooMany`] if it has [`COLLABORATORS_MAX`].
pub async fn put(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    login: &str,
    role: RepositoryRole,
) -> Result<(), Error> {
    if repository.owner.kind == AccountKind::User && role != RepositoryRole::Write {
        return Err(Error::OnlyWrite);
    }
    let mut write = audit::begin(app, repository.owner.id).await?;
    let found = store::collaborator::person(&mut write.tx, repository, login).await?;
    let Some(person) = found else {
        return Err(write.refuse(Error::NotFound).await);
    };
    if person.collaborator == Some(role) {
        return Ok(write.unchanged().await?);
    }
    let room = match person.collaborator {
        Some(_) => Ok(()),
        None => check_room(&mut write.tx, repository.id, 1).await,
    };
    let given = match room {
        Ok(()) => give(app, actor, &mut write, repository, &person, role).await,
        Err(refusal) => Err(refusal),
    };
    match given {
        Ok(()) => Ok(write.commit().await?),
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

/// Whether a repository may have `more` collaborators: [`Error::TooMany`] beyond
/// [`COLLABORATORS_MAX`].
pub async fn check_room(
    session: &mut sql::Session,
    repository: RepositoryId,
    more: i64,
) -> Result<(), Error> {
    let (things, max) = ("collaborators", COLLABORATORS_MAX);
    if store::collaborator::count_given(session, repository).await? + more > max {
        return Err(Error::TooMany { things, max });
    }
    Ok(())
}

/// Gives a user another role than the one they were given before, and records it, within the
/// owner's write and after [`check_room`].
///
/// [`Error::NotFound`] if the repository went away, [`Error::IsOwner`] if it is theirs.
pub async fn give(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    repository: &Repository,
    person: &Person,
    role: RepositoryRole,
) -> Result<(), Error> {
    if person.user.id == repository.owner.id {
        return Err(Error::IsOwner);
    }
    if !store::collaborator::upsert(&mut write.tx, repository.id, person.user.id, role).await? {
        return Err(Error::NotFound);
    }
    let action = if person.collaborator.is_some() {
        "repo.update_member"
    } else {
        "repo.add_member"
    };
    let event = Event {
        action,
        user: Some(&person.user.login),
        detail: Some(role.as_str()),
        ..Event::in_repository(repository)
    };
    Ok(write.record(app, actor, &event).await?)
}

/// Takes a user's role in a repository away; what they may as a member of its organisation stays.
/// Somebody who has none is let go too.
///
/// [`Error::NotFound`] if there is no such user.
pub async fn remove(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    login: &str,
) -> Result<(), Error> {
    let mut write = audit::begin(app, repository.owner.id).await?;
    let Some(user) = store::account::user(&mut write.tx, login).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    match take(app, actor, &mut write, repository, &user).await {
        Ok(true) => Ok(write.commit().await?),
        Ok(false) => Ok(write.unchanged().await?),
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

/// Takes a user's role away and records it, within the owner's write; whether they had one.
pub async fn take(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    repository: &Repository,
    user: &Owner,
) -> Result<bool, Error> {
    if !store::collaborator::delete(&mut write.tx, repository.id, user.id).await? {
        return Ok(false);
    }
    let event = Event {
        action: "repo.remove_member",
        user: Some(&user.login),
        ..Event::in_repository(repository)
    };
    write.record(app, actor, &event).await?;
    Ok(true)
}
