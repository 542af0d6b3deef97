//! Organisations: how they come to be, and how they stand in lists.

use super::{AccountKind, Error, Organization, Owner, store};
use crate::app::App;
use crate::audit::{self, Actor, Event, Write};
use crate::identity::{AccountId, Login};

/// An organisation as it stands in lists.
#[derive(Debug, Clone)]
pub struct OrganizationSummary {
    /// Its id.
    pub id: AccountId,
    /// Its login, as written.
    pub login: String,
    /// In its owners' words.
    pub description: Option<String>,
}

/// Makes an organisation whose first owner is the user `admin`.
///
/// [`Error::Taken`] if a user or an organisation has that login, [`Error::NotFound`] if there is no
/// user `admin`.
pub async fn create(
    app: &App,
    actor: &Actor,
    login: &Login,
    name: Option<&str>,
    admin: &str,
) -> Result<Organization, Error> {
    let mut write = audit::begin(app, audit::INSTANCE).await?;
    let Some(owner) = store::account::user(&mut write.tx, admin).await? else {
        return Err(write.refuse(Error::NotFound).await);
    };
    match add(app, actor, &mut write, login, name, &owner).await {
        Ok(made) => {
            write.commit().await?;
            Ok(made)
        }
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

/// Makes an organisation with its first owner and records it, within the instance's write.
///
/// [`Error::Taken`] if a user or an organisation has that login.
pub async fn add(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    login: &Login,
    name: Option<&str>,
    owner: &Owner,
) -> Result<Organization, Error> {
    let account = store::account::NewAccount {
        kind: AccountKind::Organization,
        login,
        name,
        email: None,
        site_admin: false,
        now: app.clock.now_s(),
    };
    let id = store::account::insert(&mut write.tx, &account).await?;
    let role = super::OrganizationRole::Owner;
    store::member::insert(&mut write.tx, id, owner.id, role).await?;
    let event = Event {
        action: "org.create",
        org: Some(login.as_str()),
        user: Some(&owner.login),
        detail: Some(role.as_str()),
        ..Event::default()
    };
    write.record(app, actor, &event).await?;
    Ok(Organization {
        id,
        login: login.as_str().to_owned(),
    })
}
