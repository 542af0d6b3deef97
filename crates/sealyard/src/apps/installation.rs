//! Installations: an app gets a place on an account, keeps it, and loses it.
//!
//! Every change is a write of the account: its log says what which app may there.

use std::collections::BTreeSet;

use sealyard_sql as sql;

use super::registration::LIST_MAX;
use super::{
    AppDetails, AppId, Error, Hand, Installation, InstallationId, Suspension, event, store,
};
use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::store::selection;
use crate::directory::{Owner, RepositoryId};
use crate::identity::caller::Selection;

/// Installations on one account: ten times what one owner can have of apps.
pub const INSTALLATIONS_OF_ACCOUNT_MAX: i64 = 1_000;
/// Repositories that an installation can be chosen for; beyond that, it is for all of them. Each is
/// a statement of one write.
pub const REPOSITORIES_MAX: usize = 2_000;

/// Installs an app on an account, in the repositories of these names, or in all.
///
/// Doing it again changes the repositories, and gives the installation what the app asks for today.
/// [`Error::NoSuchRepository`] if the account has none of one of the names; [`Error::TooMany`] for
/// more than [`REPOSITORIES_MAX`], or on an account that has [`INSTALLATIONS_OF_ACCOUNT_MAX`].
pub async fn install(
    app: &App,
    actor: &Actor,
    id: AppId,
    account: &Owner,
    names: Option<&[String]>,
) -> Result<InstallationId, Error> {
    if names.is_some_and(|names| names.len() > REPOSITORIES_MAX) {
        return Err(Error::TooMany {
            things: "repositories named one by one",
            max: i64::try_from(REPOSITORIES_MAX).unwrap_or(i64::MAX),
        });
    }
    let mut write = audit::begin(app, account.id).await?;
    let now = app.clock.now_s();
    let placed = match place(&mut write.tx, id, account, names, now).await {
        Ok(placed) => placed,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    if placed.actions.is_empty() {
        write.unchanged().await?;
        return Ok(placed.id);
    }
    let permissions = placed.app.permissions.to_string();
    for action in placed.actions {
        let entry = Event {
            detail: Some(&permissions),
            visibility: Some(if names.is_some() { "selected" } else { "all" }),
            repositories: placed.repositories,
            ..event(action, account, &placed.app.slug)
        };
        write.record(app, actor, &entry).await?;
    }
    write.commit().await?;
    Ok(placed.id)
}

/// What came of installing: for the log.
struct Placed {
    id: InstallationId,
    app: AppDetails,
    actions: Vec<&'static str>,
    repositories: Option<i64>,
}

async fn place(
    tx: &mut sql::Tx,
    id: AppId,
    account: &Owner,
    names: Option<&[String]>,
    now: i64,
) -> Result<Placed, Error> {
    let app = store::details(tx, id).await?.ok_or(Error::NoSuchApp)?;
    let wanted = match names {
        None => None,
        Some(names) => {
            let found = selection::by_names(tx, account.id, names).await?;
            Some(found.ok_or(Error::NoSuchRepository)?)
        }
    };
    let wanted: Option<BTreeSet<RepositoryId>> = wanted.map(|ids| ids.into_iter().collect());
    let repositories = wanted
        .as_ref()
        .map(|ids| i64::try_from(ids.len()).unwrap_or(i64::MAX));
    let found = store::installation::on_account(tx, id, account.id).await?;
    let (id, actions) = match found {
        Some(before) => (
            before.id,
            change(tx, &before, &app, wanted.as_ref(), now).await?,
        ),
        None => (
            insert(tx, &app, account, wanted.as_ref(), now).await?,
            vec!["integration_installation.create"],
        ),
    };
    Ok(Placed {
        id,
        app,
        actions,
        repositories,
    })
}

async fn insert(
    tx: &mut sql::Tx,
    app: &AppDetails,
    account: &Owner,
    wanted: Option<&BTreeSet<RepositoryId>>,
    now: i64,
) -> Result<InstallationId, Error> {
    let count = store::installation::count_of_account(tx, account.id).await?;
    if count >= INSTALLATIONS_OF_ACCOUNT_MAX {
        return Err(Error::TooMany {
            things: "apps installed on one account",
            max: INSTALLATIONS_OF_ACCOUNT_MAX,
        });
    }
    let id = InstallationId(crate::counter::next(tx, "installation").await?);
    let chosen = choose(tx, wanted).await?;
    let accepted = app.permissions;
    store::installation::insert(tx, id, app.id, account.id, (accepted, chosen), now).await?;
    Ok(id)
}

/// Makes an installation what is wanted, and names what changed.
async fn change(
    tx: &mut sql::Tx,
    before: &Installation,
    app: &AppDetails,
    wanted: Option<&BTreeSet<RepositoryId>>,
    now: i64,
) -> Result<Vec<&'static str>, Error> {
    let had = match before.selection {
        Selection::ALL => None,
        some => Some(store::installation::chosen(tx, some).await?),
    };
    let mut actions = Vec::new();
    if before.accepted != app.permissions {
        actions.push("integration_installation.version_updated");
    }
    if grows(had.as_ref(), wanted) {
        actions.push("integration_installation.repositories_added");
    }
    if grows(wanted, had.as_ref()) {
        actions.push("integration_installation.repositories_removed");
    }
    if actions.is_empty() {
        return Ok(actions);
    }
    selection::delete(tx, before.selection).await?;
    let chosen = choose(tx, wanted).await?;
    let now = now.max(before.updated_at);
    store::installation::update(tx, before.id, (app.permissions, chosen), now).await?;
    Ok(actions)
}

async fn choose(
    tx: &mut sql::Tx,
    wanted: Option<&BTreeSet<RepositoryId>>,
) -> Result<Selection, Error> {
    let Some(wanted) = wanted else {
        return Ok(Selection::ALL);
    };
    let ids: Vec<_> = wanted.iter().copied().collect();
    Ok(selection::create(tx, &ids).await?)
}

/// Whether `after` reaches what `before` does not; `None` is everything.
fn grows(before: Option<&BTreeSet<RepositoryId>>, after: Option<&BTreeSet<RepositoryId>>) -> bool {
    match (before, after) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(before), Some(after)) => !after.is_subset(before),
    }
}

/// Finds an installation, whichever app's it is.
pub async fn find(app: &App, id: InstallationId) -> Result<Installation, Error> {
    let mut read = app.db.read().await?;
    store::installation::by_id(&mut read, id)
        .await?
        .ok_or(Error::NoSuchInstallation)
}

/// An app's installations by id, the first hundred whose id is greater than `after`.
pub async fn list(app: &App, id: AppId, after: InstallationId) -> Result<Vec<Installation>, Error> {
    let mut read = app.db.read().await?;
    Ok(store::installation::after(&mut read, id, after, LIST_MAX).await?)
}

/// Takes an app off an account: its tokens there are void at once.
pub async fn uninstall(app: &App, actor: &Actor, installation: &Installation) -> Result<(), Error> {
    let mut write = audit::begin(app, installation.account.id).await?;
    if !store::installation::delete(&mut write.tx, installation.id).await? {
        return Err(write.refuse(Error::NoSuchInstallation).await);
    }
    let action = "integration_installation.destroy";
    let entry = event(action, &installation.account, &installation.app_slug);
    write.record(app, actor, &entry).await?;
    Ok(write.commit().await?)
}

/// Holds an installation back, or lets it go on: its tokens are 403 meanwhile, and it gets no new
/// ones. Doing it again changes nothing.
///
/// [`Error::Held`] if an app wants to end what an operator began: whoever has stolen its key must not.
pub async fn set_suspended(
    app: &App,
    actor: &Actor,
    installation: &Installation,
    suspended: bool,
    by: Hand,
) -> Result<(), Error> {
    let mut write = audit::begin(app, installation.account.id).await?;
    let Some(before) = store::installation::by_id(&mut write.tx, installation.id).await? else {
        return Err(write.refuse(Error::NoSuchInstallation).await);
    };
    let now = app.clock.now_s().max(before.updated_at);
    let after = match before.suspension {
        Some(held) if held.by == Hand::Operator && by == Hand::App && !suspended => {
            return Err(write.refuse(Error::Held).await);
        }
        // An operator takes over what the app began; nobody takes over an operator's.
        Some(held) if suspended && (held.by == by || by == Hand::App) => Some(held),
        _ => suspended.then_some(Suspension { since: now, by }),
    };
    if after == before.suspension {
        return Ok(write.unchanged().await?);
    }
    store::installation::set_suspended(&mut write.tx, before.id, after, now).await?;
    let action = if suspended {
        "integration_installation.suspend"
    } else {
        "integration_installation.unsuspend"
    };
    let entry = event(action, &before.account, &before.app_slug);
    write.record(app, actor, &entry).await?;
    Ok(write.commit().await?)
}
