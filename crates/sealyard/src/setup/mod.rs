//! A store's beginning: its schema, its instance, its keys.

mod examine;
mod store;

use sealyard_sql::{self as sql, Database, Migration};
use sealyard_vault::keyring;
use sealyard_vault::{Keyring, RootId, RootKey, random};

pub use examine::examine;

use crate::clock::Clock;
use crate::sealing;

/// The schema. Until v0.1.0 is tagged 0001 may still change; from then on never.
pub const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "start",
    sqlite: include_str!("../../migrations/sqlite/0001_start.sql"),
    postgres: include_str!("../../migrations/postgres/0001_start.sql"),
}];

/// Why a store could not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is a store already; nothing was changed.
    #[error("there is a store already")]
    Exists,
    /// There is no store, or an empty one.
    #[error("there is no store yet; `sealyard init` makes one")]
    Missing,
    /// The root key is not this store's.
    #[error("this root key has the id {given}, and the store was made with {expected}")]
    WrongRoot {
        /// Id of the key that was given.
        given: RootId,
        /// Id of the key that is needed.
        expected: RootId,
    },
    /// The key ring is damaged.
    #[error("the key ring does not open: {0}")]
    Keyring(#[from] keyring::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] sql::Error),
}

/// Makes a new store: schema, instance, key ring, and the first generation of sealing keys.
pub async fn create(db: &Database, root: RootKey, clock: &Clock) -> Result<Keyring, Error> {
    db.migrate(MIGRATIONS).await?;
    let (root_id, instance, now) = (root.id(), random::bytes(), clock.now_s());
    let (keyring, keys) = Keyring::create(root, instance);
    let mut tx = db.begin().await?;
    if store::instance(&mut tx).await?.is_some() {
        return Err(Error::Exists);
    }
    store::insert_instance(&mut tx, &instance, &root_id.to_bytes(), now).await?;
    for key in &keys {
        store::insert_key(&mut tx, key, now).await?;
    }
    sealing::store::insert_generation(&mut tx, &sealing::new_key_id(), now).await?;
    tx.commit().await?;
    Ok(keyring)
}

/// Opens a store with its root key. A wrong key is recognised before anything else is read, and
/// nothing is written.
pub async fn open(db: &Database, root: RootKey) -> Result<Keyring, Error> {
    let mut read = db.read().await?;
    // A database without our tables has no instance either.
    let instance = match store::instance(&mut read).await {
        Ok(instance) => instance.ok_or(Error::Missing)?,
        Err(sql::Error::NoSuchTable(_)) => return Err(Error::Missing),
        Err(other) => return Err(other.into()),
    };
    let expected = RootId::from_bytes(instance.root_id);
    if root.id() != expected {
        return Err(Error::WrongRoot {
            given: root.id(),
            expected,
        });
    }
    let keys = store::keys(&mut read).await?;
    drop(read);
    let keyring = Keyring::open(root, instance.uuid, keys)?;
    db.migrate(MIGRATIONS).await?;
    Ok(keyring)
}

/// The id of the root key that a store was made with, if there is a store.
pub async fn root_id(db: &Database) -> Result<Option<RootId>, Error> {
    let mut read = db.read().await?;
    match store::instance(&mut read).await {
        Ok(instance) => Ok(instance.map(|instance| RootId::from_bytes(instance.root_id))),
        Err(sql::Error::NoSuchTable(_)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Whether anybody has an account yet: a store without one was not made to its end.
pub async fn has_accounts(db: &Database) -> Result<bool, Error> {
    let mut read = db.read().await?;
    Ok(store::any_account(&mut read).await?)
}
