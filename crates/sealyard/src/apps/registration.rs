//! Apps themselves: how one comes, changes and goes, and its keys.

use sealyard_sql as sql;
use sealyard_vault::random;
use tokio::task::spawn_blocking;

use super::key::{self, PrivateKey, PublicKey};
use super::{AppDetails, AppId, Error, InstallationId, event, installation, store};
use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::Owner;
use crate::directory::store::account as accounts;
use crate::identity::permission::Permissions;

/// Apps of one owner: GitHub's number.
pub const APPS_OF_OWNER_MAX: i64 = 100;
/// Keys of one app. GitHub's number; and the most signatures that one JWT can cost to check.
pub const KEYS_OF_APP_MAX: i64 = 25;
/// The longest name, in characters: GitHub's number.
pub const NAME_LENGTH_MAX: usize = 34;
/// The longest description, in characters: a page of text.
pub const DESCRIPTION_LENGTH_MAX: usize = 2_000;
/// How many rows a list gives at a time.
pub(super) const LIST_MAX: i64 = 100;
/// How often a deletion begins again because somebody installed the app meanwhile.
const DELETION_ROUNDS: usize = 3;

/// What a new app is to be.
pub struct NewApp<'a> {
    /// The user or organisation it belongs to.
    pub owner: &'a Owner,
    /// Its name for people; made a slug for addresses.
    pub name: &'a str,
    /// In its owner's words.
    pub description: Option<&'a str>,
    /// What it asks for; seeing repositories comes with it.
    pub permissions: Permissions,
}

/// A key of an app as it may be shown.
#[derive(Debug, Clone)]
pub struct KeySummary {
    /// Its row.
    pub id: i64,
    /// What GitHub shows of it.
    pub fingerprint: String,
    /// Seconds since 1970.
    pub created_at: i64,
}

/// A new key pair, made on a thread where slowness harms nobody.
pub async fn generate_key() -> Result<(PrivateKey, PublicKey), Error> {
    let made = spawn_blocking(key::generate).await;
    Ok(made.map_err(|_| Error::Interrupted)??)
}

/// Makes an app with its first key, and installs it nowhere.
///
/// [`Error::Name`], [`Error::Description`], [`Error::NameTaken`]; [`Error::TooMany`] if the owner has
/// [`APPS_OF_OWNER_MAX`].
pub async fn create(
    app: &App,
    actor: &Actor,
    new: &NewApp<'_>,
    key: &PublicKey,
) -> Result<AppDetails, Error> {
    let slug = slug(new.name).ok_or(Error::Name)?;
    let fits = |text: &str| text.chars().count() <= DESCRIPTION_LENGTH_MAX && !text.contains('\0');
    if !new.description.is_none_or(fits) {
        return Err(Error::Description);
    }
    let mut write = audit::begin(app, new.owner.id).await?;
    let made = match insert(&mut write.tx, new, slug, key, app.clock.now_s()).await {
        Ok(made) => made,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    let permissions = made.permissions.to_string();
    let created = Event {
        detail: Some(&permissions),
        ..event("integration.create", &made.owner, &made.slug)
    };
    write.record(app, actor, &created).await?;
    write.commit().await?;
    Ok(made)
}

async fn insert(
    tx: &mut sql::Tx,
    new: &NewApp<'_>,
    slug: String,
    key: &PublicKey,
    now: i64,
) -> Result<AppDetails, Error> {
    if store::count_of_owner(tx, new.owner.id).await? >= APPS_OF_OWNER_MAX {
        return Err(Error::TooMany {
            things: "apps of one owner",
            max: APPS_OF_OWNER_MAX,
        });
    }
    let made = AppDetails {
        id: AppId(crate::counter::next(tx, "app").await?),
        owner: new.owner.clone(),
        slug,
        name: new.name.to_owned(),
        description: new.description.map(str::to_owned),
        client_id: client_id(),
        permissions: new.permissions.with_metadata(),
        suspended_at: None,
        created_at: now,
        updated_at: now,
        installations: 0,
    };
    match store::insert(tx, &made).await {
        Err(sql::Error::Unique { .. }) => return Err(Error::NameTaken),
        inserted => inserted?,
    }
    store::insert_key(tx, made.id, key, now).await?;
    Ok(made)
}

/// The user or organisation of a login, in any case.
pub async fn account(app: &App, login: &str) -> Result<Owner, Error> {
    let mut read = app.db.read().await?;
    let found = accounts::by_login(&mut read, login).await?;
    found
        .map(|details| details.account)
        .ok_or(Error::NoSuchAccount)
}

/// Finds an app.
pub async fn find(app: &App, id: AppId) -> Result<AppDetails, Error> {
    let mut read = app.db.read().await?;
    store::details(&mut read, id).await?.ok_or(Error::NoSuchApp)
}

/// Apps by id, the first hundred whose id is greater than `after`.
pub async fn list(app: &App, after: AppId) -> Result<Vec<AppDetails>, Error> {
    let mut read = app.db.read().await?;
    Ok(store::list(&mut read, after, LIST_MAX).await?)
}

/// Changes what an app asks for. What it no longer asks for, its installations and their tokens lose
/// at once; what is new they get when it is installed again.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: AppId,
    permissions: Permissions,
) -> Result<(), Error> {
    let permissions = permissions.with_metadata();
    let found = find(app, id).await?;
    let mut write = audit::begin(app, found.owner.id).await?;
    let Some(before) = store::details(&mut write.tx, id).await? else {
        return Err(write.refuse(Error::NoSuchApp).await);
    };
    if before.permissions == permissions {
        return Ok(write.unchanged().await?);
    }
    let now = app.clock.now_s().max(before.updated_at);
    store::set_permissions(&mut write.tx, id, permissions, now).await?;
    let detail = permissions.to_string();
    let updated = Event {
        detail: Some(&detail),
        ..event("integration.update", &before.owner, &before.slug)
    };
    write.record(app, actor, &updated).await?;
    Ok(write.commit().await?)
}

/// Holds an app back, or lets it go on: its JWT and the tokens of all its installations are 403
/// meanwhile. Doing it again changes nothing.
pub async fn set_suspended(
    app: &App,
    actor: &Actor,
    id: AppId,
    suspended: bool,
) -> Result<(), Error> {
    let found = find(app, id).await?;
    let mut write = audit::begin(app, found.owner.id).await?;
    let Some(before) = store::details(&mut write.tx, id).await? else {
        return Err(write.refuse(Error::NoSuchApp).await);
    };
    if before.suspended_at.is_some() == suspended {
        return Ok(write.unchanged().await?);
    }
    let now = app.clock.now_s().max(before.updated_at);
    store::set_suspended(&mut write.tx, id, suspended.then_some(now), now).await?;
    let action = if suspended {
        "integration.suspend"
    } else {
        "integration.unsuspend"
    };
    let entry = event(action, &before.owner, &before.slug);
    write.record(app, actor, &entry).await?;
    Ok(write.commit().await?)
}

/// Deletes an app with its keys, its installations and their tokens.
///
/// Each account where it was installed gets an entry in its own log, so this is several writes: it is
/// suspended first, which ends its power at once, and a deletion that was interrupted is completed
/// by asking for it again.
pub async fn delete(app: &App, actor: &Actor, id: AppId) -> Result<(), Error> {
    set_suspended(app, actor, id, true).await?;
    for _ in 0..DELETION_ROUNDS {
        let mut some = installation::list(app, id, InstallationId(0)).await?;
        while let Some(last) = some.last().map(|last| last.id) {
            for each in &some {
                match installation::uninstall(app, actor, each).await {
                    // Somebody else was faster.
                    Ok(()) | Err(Error::NoSuchInstallation) => {}
                    Err(other) => return Err(other),
                }
            }
            some = installation::list(app, id, last).await?;
        }
        if destroy(app, actor, id).await? {
            return Ok(());
        }
    }
    Err(sql::Error::Conflict.into())
}

/// Deletes an app that is installed nowhere; whether it was.
async fn destroy(app: &App, actor: &Actor, id: AppId) -> Result<bool, Error> {
    let found = find(app, id).await?;
    let mut write = audit::begin(app, found.owner.id).await?;
    let Some(found) = store::details(&mut write.tx, id).await? else {
        return Err(write.refuse(Error::NoSuchApp).await);
    };
    if found.installations > 0 {
        write.unchanged().await?;
        return Ok(false);
    }
    store::delete(&mut write.tx, id).await?;
    let destroyed = event("integration.destroy", &found.owner, &found.slug);
    write.record(app, actor, &destroyed).await?;
    write.commit().await?;
    Ok(true)
}

/// An app's keys, oldest first.
pub async fn keys(app: &App, id: AppId) -> Result<Vec<KeySummary>, Error> {
    let mut read = app.db.read().await?;
    Ok(store::keys(&mut read, id).await?)
}

/// Lets an app sign with one more key, and returns the key's id.
///
/// [`Error::KeyTaken`] if it has it; [`Error::TooMany`] if it has [`KEYS_OF_APP_MAX`].
pub async fn add_key(app: &App, actor: &Actor, id: AppId, key: &PublicKey) -> Result<i64, Error> {
    let found = find(app, id).await?;
    let mut write = audit::begin(app, found.owner.id).await?;
    let added = match insert_key(&mut write.tx, id, key, app.clock.now_s()).await {
        Ok(added) => added,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    let fingerprint = key.fingerprint();
    let entry = Event {
        detail: Some(&fingerprint),
        ..event("integration.add_key", &found.owner, &found.slug)
    };
    write.record(app, actor, &entry).await?;
    write.commit().await?;
    Ok(added)
}

async fn insert_key(tx: &mut sql::Tx, id: AppId, key: &PublicKey, now: i64) -> Result<i64, Error> {
    if store::details(tx, id).await?.is_none() {
        return Err(Error::NoSuchApp);
    }
    if store::count_keys(tx, id).await? >= KEYS_OF_APP_MAX {
        return Err(Error::TooMany {
            things: "keys of one app",
            max: KEYS_OF_APP_MAX,
        });
    }
    match store::insert_key(tx, id, key, now).await {
        Err(sql::Error::Unique { .. }) => Err(Error::KeyTaken),
        inserted => Ok(inserted?),
    }
}

/// Takes a key from an app: what it signed is void at once. An app may be left without any.
pub async fn delete_key(app: &App, actor: &Actor, id: AppId, key: i64) -> Result<(), Error> {
    let found = find(app, id).await?;
    let mut write = audit::begin(app, found.owner.id).await?;
    let Some(fingerprint) = store::delete_key(&mut write.tx, id, key).await? else {
        return Err(write.refuse(Error::NoSuchKey).await);
    };
    let entry = Event {
        detail: Some(&fingerprint),
        ..event("integration.remove_key", &found.owner, &found.slug)
    };
    write.record(app, actor, &entry).await?;
    Ok(write.commit().await?)
}

/// The name in addresses: letters and digits of ASCII, in lower case, and one hyphen for everything
/// between them. `None` for a name that is too long, or has none of them.
fn slug(name: &str) -> Option<String> {
    if name.chars().count() > NAME_LENGTH_MAX || name.chars().any(char::is_control) {
        return None;
    }
    let words = name
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    (!slug.is_empty()).then_some(slug)
}

/// `Iv1.` and 16 hex digits, as GitHub gave them until 2023.
fn client_id() -> String {
    format!("Iv1.{:016x}", u64::from_be_bytes(random::bytes::<8>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_letters_digits_and_single_hyphens() {
        for (name, expected) in [
            ("Secret Rotator", Some("secret-rotator")),
            ("  a__b--c!  ", Some("a-b-c")),
            ("Ünïcode 2", Some("n-code-2")),
            ("日本", None),
            ("", None),
            ("a\nb", None),
            (
                &"x".repeat(NAME_LENGTH_MAX),
                Some(&*"x".repeat(NAME_LENGTH_MAX)),
            ),
            (&"x".repeat(NAME_LENGTH_MAX + 1), None),
        ] {
            assert_eq!(slug(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_client_id_can_be_an_issuer_and_never_an_id() {
        let id = client_id();
        assert_eq!(id.len(), 20);
        assert!(id.starts_with("Iv1.") && id.parse::<i64>().is_err());
    }
}
