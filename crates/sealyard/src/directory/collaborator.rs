//! Who may use a repository, and who is let in and out.

use super::{AccountKind, Error, OrganizationRole, Owner, Repository, RepositoryRole, store};
use crate::app::App;
use crate::audit::{self, Actor, Event};

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
    if person.user.id == repository.owner.id {
        return Err(write.refuse(Error::IsOwner).await);
    }
    let action = match person.collaborator {
        Some(before) if before == role => return Ok(write.unchanged().await?),
        Some(_) => "repo.update_member",
        None => "repo.add_member",
    };
    if person.collaborator.is_none()
        && store::collaborator::count_given(&mut write.tx, repository.id).await?
            >= COLLABORATORS_MAX
    {
        let things = "collaborators";
        let max = COLLABORATORS_MAX;
        return Err(write.refuse(Error::TooMany { things, max }).await);
    }
    if !store::collaborator::upsert(&mut write.tx, repository.id, person.user.id, role).await? {
        return Err(write.refuse(Error::NotFound).await);
    }
    let event = Event {
        action,
        user: Some(&person.user.login),
        detail: Some(role.as_str()),
        ..Event::in_repository(repository)
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
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
    if !store::collaborator::delete(&mut write.tx, repository.id, user.id).await? {
        return Ok(write.unchanged().await?);
    }
    let event = Event {
        action: "repo.remove_member",
        user: Some(&user.login),
        ..Event::in_repository(repository)
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}
