//! Who belongs to an organisation, and that somebody always runs it.

use sealyard_sql as sql;

use super::{Error, Organization, OrganizationRole, Owner, store};
use crate::app::App;
use crate::audit::{self, Actor, Event, Write};
use crate::identity::AccountId;

/// Members of one organisation. GitHub's pages name no limit; this one keeps the count that every
/// new member waits for in the milliseconds.
pub const MEMBERS_MAX: i64 = 100_000;

/// A user's place in an organisation.
#[derive(Debug, Clone)]
pub struct Member {
    /// The user.
    pub user: Owner,
    /// The place.
    pub role: OrganizationRole,
}

/// Makes a user a member or an owner, at once: there is nobody to send an invitation to.
///
/// [`Error::NotFound`] if there is no such user, [`Error::LastOwner`] if nobody would run the
/// organisation any more, [`Error::TooMany`] if it has [`MEMBERS_MAX`].
pub async fn set(
    app: &App,
    actor: &Actor,
    organization: &Organization,
    login: &str,
    role: OrganizationRole,
) -> Result<Member, Error> {
    // The chain's lock is what makes two owners who demote each other take turns.
    let mut write = audit::begin(app, organization.id).await?;
    let Some(user) = store::account::user(&mut write.tx, login).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    let before = store::member::role(&mut write.tx, organization.id, user.id).await?;
    let member = Member { user, role };
    if before == Some(role) {
        write.unchanged().await?;
        return Ok(member);
    }
    let room = match before {
        Some(_) => Ok(()),
        None => check_room(&mut write.tx, organization.id, 1).await,
    };
    let placed = match room {
        Ok(()) => place(app, actor, &mut write, organization, &member, before).await,
        Err(refusal) => Err(refusal),
    };
    match placed {
        Ok(()) => {
            write.commit().await?;
            Ok(member)
        }
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

/// Whether an organisation may have `more` members: [`Error::TooMany`] beyond [`MEMBERS_MAX`].
pub async fn check_room(
    session: &mut sql::Session,
    organization: AccountId,
    more: i64,
) -> Result<(), Error> {
    let (things, max) = ("members", MEMBERS_MAX);
    if store::member::count(session, organization, None).await? + more > max {
        return Err(Error::TooMany { things, max });
    }
    Ok(())
}

/// Gives a user another place than they had before, and records it, within the organisation's
/// write and after [`check_room`].
///
/// [`Error::LastOwner`] if nobody would run the organisation any more.
pub async fn place(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    organization: &Organization,
    member: &Member,
    before: Option<OrganizationRole>,
) -> Result<(), Error> {
    let Member { user, role } = member;
    if before == Some(OrganizationRole::Owner) {
        keep_an_owner(write, organization, user).await?;
    }
    let action = if before.is_some() {
        store::member::update(&mut write.tx, organization.id, user.id, *role).await?;
        "org.update_member"
    } else {
        store::member::insert(&mut write.tx, organization.id, user.id, *role).await?;
        "org.add_member"
    };
    let event = Event {
        detail: Some(role.as_str()),
        ..event(action, organization, user)
    };
    Ok(write.record(app, actor, &event).await?)
}

/// Lets a user go, with every role they were given in the organisation's repositories: whoever had
/// one would otherwise go on administering what they have left.
///
/// [`Error::NotFound`] if the user does not belong to the organisation, [`Error::LastOwner`] if
/// nobody would run it any more.
pub async fn remove(
    app: &App,
    actor: &Actor,
    organization: &Organization,
    login: &str,
) -> Result<(), Error> {
    let mut write = audit::begin(app, organization.id).await?;
    let Some(user) = store::account::user(&mut write.tx, login).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    let Some(role) = store::member::role(&mut write.tx, organization.id, user.id).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    let member = Member { user, role };
    match let_go(app, actor, &mut write, organization, &member).await {
        Ok(()) => Ok(write.commit().await?),
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

/// Lets a member go with every role of theirs, and records it, within the organisation's write.
///
/// [`Error::LastOwner`] if nobody would run the organisation any more.
pub async fn let_go(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    organization: &Organization,
    member: &Member,
) -> Result<(), Error> {
    let Member { user, role } = member;
    if *role == OrganizationRole::Owner {
        keep_an_owner(write, organization, user).await?;
    }
    store::member::delete(&mut write.tx, organization.id, user.id).await?;
    let lost = store::collaborator::delete_all(&mut write.tx, organization.id, user.id).await?;
    let event = Event {
        repositories: (lost > 0).then(|| i64::try_from(lost).unwrap_or(i64::MAX)),
        ..event("org.remove_member", organization, user)
    };
    Ok(write.record(app, actor, &event).await?)
}

/// Refuses if nobody but `user` owns the organisation.
async fn keep_an_owner(
    write: &mut Write,
    organization: &Organization,
    user: &Owner,
) -> Result<(), Error> {
    if store::member::has_other_owner(&mut write.tx, organization.id, user.id).await? {
        Ok(())
    } else {
        Err(Error::LastOwner)
    }
}

fn event<'a>(action: &'a str, organization: &'a Organization, user: &'a Owner) -> Event<'a> {
    Event {
        action,
        org: Some(&organization.login),
        user: Some(&user.login),
        ..Event::default()
    }
}
