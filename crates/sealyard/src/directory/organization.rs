//! Organisations: how they come to be, and how they stand in lists.

use super::{AccountKind, Error, Organization, store};
use crate::app::App;
use crate::audit::{self, Actor, Event};
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
    let account = store::account::NewAccount {
        kind: AccountKind::Organization,
        login,
        name,
        email: None,
        site_admin: false,
        now: app.clock.now_s(),
    };
    let id = match store::account::insert(&mut write.tx, &account).await {
        Ok(id) => id,
        Err(error) => return Err(write.refuse(Error::from(error)).await),
    };
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
    write.commit().await?;
    Ok(Organization {
        id,
        login: login.as_str().to_owned(),
    })
}
