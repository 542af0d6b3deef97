//! Who belongs to an organisation, and that somebody always runs it.

use super::{Error, Organization, OrganizationRole, Owner, store};
use crate::app::App;
use crate::audit::{self, Actor, Event};

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
/// organisation any more.
pub async fn set(
    app: &App,
    actor: &Actor,
    organization: &Organization,
    login: &str,
    role: OrganizationRole,
) -> Result<Member, Error> {
    // The chain's lock is what makes two owners who demote each other take turns.
    let mut write = audit::begin(app, organization.id).await?;
    let user = store::account::user(&mut write.tx, login)
        .await?
        .ok_or(Error::NotFound)?;
    let before = store::member::role(&mut write.tx, organization.id, user.id).await?;
    if before == Some(role) {
        return Ok(Member { user, role });
    }
    if before == Some(OrganizationRole::Owner)
        && !store::member::has_other_owner(&mut write.tx, organization.id, user.id).await?
    {
        return Err(Error::LastOwner);
    }
    let action = if before.is_some() {
        store::member::update(&mut write.tx, organization.id, user.id, role).await?;
        "org.update_member"
    } else {
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

/// Lets a user go. What they were given in single repositories stays theirs, as on GitHub.
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
    let user = store::account::user(&mut write.tx, login)
        .await?
        .ok_or(Error::NotFound)?;
    let role = store::member::role(&mut write.tx, organization.id, user.id).await?;
    if role.ok_or(Error::NotFound)? == OrganizationRole::Owner
        && !store::member::has_other_owner(&mut write.tx, organization.id, user.id).await?
    {
        return Err(Error::LastOwner);
    }
    store::member::delete(&mut write.tx, organization.id, user.id).await?;
    write
        .record(app, actor, &event("org.remove_member", organization, &user))
        .await?;
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
