//! Secrets of organisations, repositories and environments: kept, listed, never shown.

pub mod draft;
pub mod name;
pub mod routes;
pub mod scope;
pub mod selected;
pub mod store;
pub mod visibility;

use sealyard_sql as sql;
use sealyard_vault::{Plaintext, SealedBox, random};

use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::RepositoryId;
use crate::http::exchange::Exchange;
use crate::sealing;
use name::SecretName;
use scope::Scope;
use visibility::{Visibility, VisibilityKind};

/// A secret as it may be shown: everything but its value.
#[derive(Debug, Clone)]
pub struct Secret {
    /// In upper case.
    pub name: String,
    /// Only for an organisation's.
    pub visibility: Option<VisibilityKind>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970; never goes back.
    pub updated_at: i64,
    /// Another one after each write, also of a secret that was deleted in between.
    pub version: i64,
}

/// What came as `encrypted_value`.
pub enum Upload {
    /// Long enough to be a sealed box.
    Box(SealedBox),
    /// Too short to be one; kept only where the settings accept what does not open.
    NoBox(Vec<u8>),
}

impl Upload {
    /// Length in bytes of the value inside: what a client counts, whether the box opens or not.
    fn value_len(&self) -> usize {
        match self {
            Self::Box(sealed) => sealed.plaintext_len(),
            // Not even the overhead of a box.
            Self::NoBox(_) => 0,
        }
    }
}

/// A value on its way in, still sealed.
pub struct Draft {
    /// Which key it was sealed to.
    pub key_id: String,
    /// What was uploaded.
    pub upload: Upload,
    /// Only for an organisation's.
    pub visibility: Option<Visibility>,
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// There was none of that name.
    Created,
    /// There was one.
    Updated,
}

/// Why a secret could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No secret of that name.
    #[error("no such secret")]
    NotFound,
    /// What it belongs to went away meanwhile.
    #[error("the scope is gone")]
    ScopeGone,
    /// `key_id` names no key of this scope.
    #[error("unknown key")]
    UnknownKey,
    /// The box was not sealed to that key, or altered.
    #[error("the box does not open")]
    DoesNotOpen,
    /// The value is longer than the limit.
    #[error("too large")]
    TooLarge,
    /// The scope is full; the limit.
    #[error("too many")]
    TooMany(i64),
    /// A selected repository is not one of the organisation's.
    #[error("not in the organisation")]
    NotInOrganization,
    /// Selected repositories of a secret that is not `selected`.
    #[error("visibility is not selected")]
    NotSelected,
    /// A sealing key failed.
    #[error(transparent)]
    Sealing(#[from] sealing::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] sql::Error),
}

/// Creates or replaces a secret: value, visibility and selection all at once.
///
/// The box is opened, checked and wrapped before the transaction begins; the read of `exchange`
/// has ended by then.
pub async fn put(
    app: &App,
    scope: &Scope,
    name: &SecretName,
    draft: Draft,
    exchange: &Exchange,
) -> Result<Written, Error> {
    // In the read that has found the scope; it ends here.
    let mut read = exchange.read(app).await?;
    let key = sealing::key(app, &mut read, scope, &draft.key_id)
        .await?
        .ok_or(Error::UnknownKey)?;
    drop(read);
    let length = draft.upload.value_len();
    let opened = match &draft.upload {
        Upload::Box(sealed) => key.open(sealed).ok(),
        Upload::NoBox(_) => None,
    };
    let (value, unopened) = match (opened, draft.upload) {
        (Some(value), _) => (value, None),
        (None, _) if !app.wire.accept_unopened => return Err(Error::DoesNotOpen),
        (None, Upload::Box(sealed)) => (
            Plaintext::from(sealed.as_bytes().to_vec()),
            Some(draft.key_id.as_str()),
        ),
        (None, Upload::NoBox(bytes)) => (Plaintext::from(bytes), Some(draft.key_id.as_str())),
    };
    if length > app.wire.value_size_max {
        return Err(Error::TooLarge);
    }
    let write_id = random::bytes();
    let record = app
        .keyring
        .wrap(&scope.value_place(write_id, name.as_str()), &value);
    let kind = draft.visibility.as_ref().map(Visibility::kind);
    let row = store::Write {
        name: name.as_str(),
        visibility: kind,
        now: app.clock.now_s(),
        write_id: &write_id,
        unopened,
        record: record.as_bytes(),
    };

    let mut write = audit::begin(app, scope.owner()).await?;
    let Some(revision) = store::upsert(&mut write.tx, scope.key(), &row).await? else {
        return Err(write.refuse(Error::ScopeGone).await);
    };
    let created = revision == 1;
    if created && store::count(&mut write.tx, scope.key()).await? > scope.secrets_max() {
        return Err(write.refuse(Error::TooMany(scope.secrets_max())).await);
    }
    if let Scope::Organization(organization) = scope {
        let ids = match &draft.visibility {
            Some(Visibility::Selected(ids)) => Some(ids),
            Some(Visibility::All | Visibility::Private) | None => None,
        };
        let selected = selected::replace(&mut write.tx, organization.id, name.as_str(), ids).await;
        if let Err(refusal) = selected {
            return Err(write.refuse(refusal).await);
        }
    }
    let action = scope.action(if created { "create" } else { "update" });
    let visibility = kind.map(VisibilityKind::as_str);
    let event = Event {
        action: &action,
        visibility,
        ..scope.event_of(name)
    };
    write.record(app, &Actor::of(exchange), &event).await?;
    write.commit().await?;
    Ok(if created {
        Written::Created
    } else {
        Written::Updated
    })
}

/// Deletes a secret and its selection.
pub async fn delete(
    app: &App,
    scope: &Scope,
    name: &SecretName,
    actor: &Actor,
) -> Result<(), Error> {
    let mut write = audit::begin(app, scope.owner()).await?;
    if !store::delete(&mut write.tx, scope.key(), name.as_str()).await? {
        return Err(write.refuse(Error::NotFound).await);
    }
    if let Scope::Organization(organization) = scope {
        selected::replace(&mut write.tx, organization.id, name.as_str(), None).await?;
    }
    let event = Event {
        action: &scope.action("remove"),
        ..scope.event_of(name)
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

/// A change of the repositories that an organisation's secret is for.
pub enum Selection {
    /// Exactly these.
    Set(std::collections::BTreeSet<RepositoryId>),
    /// This one too.
    Add(RepositoryId),
    /// Not this one.
    Remove(RepositoryId),
}

/// Changes the selection of a secret whose visibility is `selected`. Its `updated_at` stays.
pub async fn select(
    app: &App,
    scope: &Scope,
    name: &SecretName,
    selection: &Selection,
    actor: &Actor,
) -> Result<(), Error> {
    let mut write = audit::begin(app, scope.owner()).await?;
    let (changed, detail) = match change(&mut write.tx, scope, name, selection).await {
        Ok(changed) => changed,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    if changed == 0 {
        return Ok(write.unchanged().await?);
    }
    let event = Event {
        action: &scope.action("update"),
        repositories: Some(i64::try_from(changed).unwrap_or(i64::MAX)),
        detail: Some(detail),
        ..scope.event_of(name)
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

/// Changes the selection, and tells how much and in what way.
async fn change(
    tx: &mut sql::Tx,
    scope: &Scope,
    name: &SecretName,
    selection: &Selection,
) -> Result<(usize, &'static str), Error> {
    let (owner, name) = (scope.owner(), name.as_str());
    let secret = store::get(tx, scope.key(), name)
        .await?
        .ok_or(Error::NotFound)?;
    if secret.visibility != Some(VisibilityKind::Selected) {
        return Err(Error::NotSelected);
    }
    Ok(match selection {
        Selection::Set(ids) => (selected::replace(tx, owner, name, Some(ids)).await?, "set"),
        Selection::Add(id) => (selected::add(tx, owner, name, *id).await?, "add"),
        Selection::Remove(id) => (selected::remove(tx, owner, name, *id).await?, "remove"),
    })
}
