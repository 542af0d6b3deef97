//! The public keys that clients seal with.
//!
//! `key_id` names a generation, the same for every owner of a family at a time, as on GitHub; each
//! organisation, repository and environment has its own key pair in it, made when it is first asked
//! for.

pub mod routes;
pub mod store;

use sealyard_sql::{self as sql, Session};
use sealyard_vault::{Plaintext, PublicKey, SealingKeyPair, random};

use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::http::exchange::Exchange;
use crate::secrets::scope::Scope;

/// A public key and the name of its generation.
pub struct CurrentKey {
    /// Decimal digits, but opaque.
    pub key_id: String,
    /// What to seal to.
    pub public: PublicKey,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What it would belong to went away.
    #[error("the scope is gone")]
    ScopeGone,
    /// A stored key does not open: damage, or a row that was moved.
    #[error("a sealing key of the store does not open")]
    Damaged,
    /// The store has no generation of keys.
    #[error("the store has no generation of sealing keys")]
    NoGeneration,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] sql::Error),
}

/// A new `key_id`: 18 or 19 random digits, not beginning with 0, within 63 bits.
pub fn new_key_id() -> String {
    let number = u64::from_be_bytes(random::bytes()) >> 1;
    (number % 9_000_000_000_000_000_000 + 100_000_000_000_000_000).to_string()
}

/// The key to seal with now. Made at the first request; parallel first requests get one key.
pub async fn current(app: &App, exchange: &Exchange, scope: &Scope) -> Result<CurrentKey, Error> {
    let mut read = exchange.read(app).await?;
    let found = store::current(&mut read, scope.key()).await?;
    drop(read);
    match found.ok_or(Error::NoGeneration)? {
        (key_id, Some(public)) => Ok(CurrentKey {
            key_id,
            public: known(public)?,
        }),
        (key_id, None) => make(app, exchange, scope, key_id).await,
    }
}

async fn make(
    app: &App,
    exchange: &Exchange,
    scope: &Scope,
    key_id: String,
) -> Result<CurrentKey, Error> {
    let pair = SealingKeyPair::generate();
    let public = *pair.public().as_bytes();
    let record = app
        .keyring
        .wrap(&scope.key_place(&key_id), &pair.into_private());
    let mut write = audit::begin(app, scope.owner()).await?;
    // Whoever held the chain before us may have made it; committing waits until that is safe.
    if let Some((key_id, Some(public))) = store::current(&mut write.tx, scope.key()).await? {
        write.unchanged().await?;
        return Ok(CurrentKey {
            key_id,
            public: known(public)?,
        });
    }
    let row = store::NewKey {
        key_id: &key_id,
        public: &public,
        record: record.as_bytes(),
        now: app.clock.now_s(),
    };
    if !store::insert(&mut write.tx, scope.key(), &row).await? {
        return Err(write.refuse(Error::ScopeGone).await);
    }
    let event = Event {
        action: "sealing_key.create",
        name: Some(&key_id),
        ..scope.event()
    };
    write.record(app, &Actor::of(exchange), &event).await?;
    write.commit().await?;
    Ok(CurrentKey {
        public: known(public)?,
        key_id,
    })
}

/// The key pair of a scope that `key_id` names, if it may still open boxes.
pub async fn key(
    app: &App,
    session: &mut Session,
    scope: &Scope,
    key_id: &str,
) -> Result<Option<SealingKeyPair>, Error> {
    let Some(record) = store::record(session, scope.key(), key_id).await? else {
        return Ok(None);
    };
    let private: Plaintext = app
        .keyring
        .unwrap(&scope.key_place(key_id), &record)
        .map_err(|_| Error::Damaged)?;
    SealingKeyPair::from_private(private)
        .map(Some)
        .map_err(|_| Error::Damaged)
}

fn known(public: [u8; 32]) -> Result<PublicKey, Error> {
    PublicKey::from_bytes(public).map_err(|_| Error::Damaged)
}
