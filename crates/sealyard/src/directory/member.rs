//! Who belongs to an organisation, and that somebody always runs it.

use super::{Error, Organization, OrganizationRole, Owner, store};
use crate::app::App;
use crate::audit::{self, Actor, Event};

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
    if before == Some(role) {
        write.unchanged().await?;
        return Ok(Member { user, role });
    }
    if before == Some(OrganizationRole::Owner)
        && !store::member::has_other_owner(&mut write.tx, organization.id, user.id).await?
    {
        return Err(write.refuse(Error::LastOwner).await);
    }
    let action = if before.is_some() {
        store::member::update(&mut write.tx, organization.id, user.id, role).await?;
        "org.update_member"
    } else {
        if store::member::count(&mut write.tx, organization.id, None).await? >= MEMBERS_MAX {
            let things = "members";
            let max = MEMBERS_MAX;
            return Err(write.refuse(Error::TooMany { things, max }).await);
        }
        store::member::insert(&mut write.tx, organization.id, user.id, role).await?;
        "org.add_member"
    };
    let detail = Some(role.as_str());
    write
        .record(
            app,
            actor,
            &Event {
                detail,
                ..event(action, organization, &user)
            },
        )
        .await?;
    write.commit().await?;
    Ok(Member { user, role })
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
    if role == OrganizationRole::Owner
        && !store::member::has_other_owner(&mut write.tx, organization.id, user.id).await?
    {
        return Err(write.refuse(Error::LastOwner).await);
    }
    store::member::delete(&mut write.tx, organization.id, user.id).await?;
    let lost = store::collaborator::delete_all(&mut write.tx, organization.id, user.id).await?;
    let event = Event {
        repositories: (lost > 0).then(|| i64::try_from(lost).unwrap_or(i64::MAX)),
        ..event("org.remove_member", organization, &user)
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

fn event<'a>(action: &'a str, organization: &'a Organization, user: &'a Owner) -> Event<'a> {
    Event {
        action,
        org: Some(&organization.login),
        user: Some(&user.login),
        ..Event::default()
    }
}
