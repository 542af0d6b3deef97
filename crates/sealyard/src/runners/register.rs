//! Enrolment: an administrator makes a token, and a machine trades it for a runner.

use sealyard_sql as sql;
use zeroize::Zeroizing;

use super::label::LabelName;
use super::scope::{Scope, ScopeKey, ScopeKind};
use super::{Error, RUNNERS_MAX, RunnerId, RunnerName, store};
use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::store::{self as directory, selection};
use crate::identity::Caller;
use crate::identity::caller::{Enrolment, Selection};
use crate::identity::token::{Kind, Token, random_text};

/// How long a registration or remove token is good, in milliseconds. GitHub: "one hour".
const TOKEN_LIFETIME_MS: i64 = 3_600_000;
/// Characters of a registration or remove token, as GitHub's; 29 of 36 are 149 bits.
pub const TOKEN_LENGTH: usize = 29;
const TOKEN_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Enrolling runners.
    Register,
    /// Taking them off.
    Remove,
}

impl Purpose {
    /// As in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Remove => "remove",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Register, Self::Remove]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }
}

/// A token that was just made.
pub struct NewToken {
    /// For the one answer that hands it out.
    pub text: Zeroizing<String>,
    /// Its end, in milliseconds since 1970.
    pub expires_at_ms: i64,
}

/// Makes a token for a scope, and forgets the expired ones of all scopes, so that the store never
/// holds more than an hour's.
pub async fn create_token(
    app: &App,
    scope: &Scope,
    purpose: Purpose,
    actor: &Actor,
) -> Result<NewToken, Error> {
    let text = random_text(TOKEN_LENGTH, TOKEN_ALPHABET);
    let expires_at_ms = app.clock.now_ms().saturating_add(TOKEN_LIFETIME_MS);
    let mac = app.keyring.mac_token(text.as_bytes());
    let row = store::NewToken {
        mac: &mac,
        epoch: i64::from(app.keyring.token_epoch()),
        scope: scope.key(),
        purpose,
        // Never before the time that is shown.
        expires_at: expires_at_ms.saturating_add(999).div_euclid(1_000),
    };
    let action = scope.action(match purpose {
        Purpose::Register => "create_self_hosted_runner_registration_token",
        Purpose::Remove => "create_self_hosted_runner_remove_token",
    });
    let mut write = audit::begin(app, scope.owner()).await?;
    store::delete_expired_tokens(&mut write.tx, app.clock.now_s()).await?;
    if !store::insert_token(&mut write.tx, &row).await? {
        return Err(write.refuse(Error::NotFound).await);
    }
    write
        .record(
            app,
            actor,
            &Event {
                action: &action,
                ..scope.event()
            },
        )
        .await?;
    write.commit().await?;
    Ok(NewToken {
        text,
        expires_at_ms,
    })
}

/// A machine that wants to be a runner.
pub struct Application {
    /// What to call it.
    pub name: RunnerName,
    /// Its operating system, in its own words.
    pub os: Option<LabelName>,
    /// Its processor, in its own words.
    pub arch: Option<LabelName>,
    /// Custom labels.
    pub labels: Vec<LabelName>,
    /// X25519, to seal its values to.
    pub public_key: Option<[u8; 32]>,
}

/// A runner that was just enrolled.
pub struct Registered {
    /// Its id.
    pub id: RunnerId,
    /// What it proves itself by, for the one answer that hands it out.
    pub credential: Token,
}

/// Enrols a runner in the scope of a registration token, which stays good for its hour.
///
/// [`Error::BadToken`] if it is none, [`Error::Archived`] if its repository is,
/// [`Error::TooMany`] if the scope has [`RUNNERS_MAX`], [`Error::NameTaken`] if one of them has that
/// name.
pub async fn register(
    app: &App,
    token: &str,
    application: &Application,
    actor: &Actor,
) -> Result<Registered, Error> {
    let mut read = app.db.read().await?;
    let (mac, enrolment) = find(app, &mut read, token).await?.ok_or(Error::BadToken)?;
    if enrolment.purpose != Purpose::Register {
        return Err(Error::BadToken);
    }
    let scope = scope(&mut read, enrolment.scope).await?;
    let scope = scope.ok_or(Error::BadToken)?;
    drop(read);
    let credential = Token::generate(Kind::Runner);
    let credential_mac = credential.mac(&app.keyring);
    let read_only = read_only_labels(application);
    let os = application
        .os
        .as_ref()
        .map_or("unknown", |os| spelled(os.as_str()));
    let mut row = store::NewRunner {
        scope: scope.key(),
        name: application.name.as_str(),
        os,
        selection: Selection::ALL,
        public_key: application.public_key.as_ref(),
        mac: &credential_mac,
        epoch: i64::from(app.keyring.token_epoch()),
        created_at: app.clock.now_s(),
    };
    let action = scope.action("register_self_hosted_runner");
    let event = Event {
        action: &action,
        name: Some(application.name.as_str()),
        ..scope.event()
    };

    let mut write = audit::begin(app, scope.owner()).await?;
    if matches!(scope, Scope::Organization(_)) {
        // It serves nothing until somebody says what.
        row.selection = selection::create(&mut write.tx, &[]).await?;
    }
    let id = match insert(&mut write.tx, &mac, &row).await {
        Ok(id) => id,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    let mut keys = std::collections::BTreeSet::new();
    for (names, read_only) in [(&read_only, true), (&application.labels, false)] {
        for name in names {
            if keys.insert(name.key()) {
                store::insert_label(&mut write.tx, id, name, read_only).await?;
            }
        }
    }
    write.record(app, actor, &event).await?;
    write.commit().await?;
    Ok(Registered { id, credential })
}

/// Keeps a runner, still without labels, if the token (`mac`) and its scope let it in.
async fn insert(
    tx: &mut sql::Tx,
    mac: &[u8; 32],
    row: &store::NewRunner<'_>,
) -> Result<RunnerId, Error> {
    // Asked again, now that nobody can delete or archive the scope or take its tokens meanwhile.
    if store::token(tx, mac, row.created_at).await?.is_none() {
        return Err(Error::BadToken);
    }
    if let Some(Scope::Repository(repository)) = scope(tx, row.scope).await?
        && repository.archived
    {
        return Err(Error::Archived);
    }
    if store::count(tx, row.scope).await? >= RUNNERS_MAX {
        return Err(Error::TooMany);
    }
    match store::insert(tx, row).await {
        Err(sql::Error::Unique { .. }) => Err(Error::NameTaken),
        other => Ok(other?),
    }
}

/// The MAC under which a good registration or remove token is kept, and what it stands for. A token
/// outlives a rotation of the token key, so every epoch is tried.
pub async fn find(
    app: &App,
    read: &mut sql::Read,
    token: &str,
) -> Result<Option<([u8; 32], Enrolment)>, sql::Error> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if token.len() != TOKEN_LENGTH || !token.bytes().all(plain) {
        return Ok(None);
    }
    let now = app.clock.now_s();
    for mac in app.keyring.mac_token_in_each_epoch(token.as_bytes()) {
        if let Some(enrolment) = store::token(read, &mac, now).await? {
            return Ok(Some((mac, enrolment)));
        }
    }
    Ok(None)
}

async fn scope(session: &mut sql::Session, key: ScopeKey) -> Result<Option<Scope>, sql::Error> {
    Ok(match key.kind {
        ScopeKind::Organization => {
            let by = directory::OrganizationBy::Id(key.id);
            let found = directory::organization(session, by, &Caller::Anonymous).await?;
            found.map(|(organization, _)| Scope::Organization(organization))
        }
        ScopeKind::Repository => {
            let by = directory::RepositoryBy::Id(key.id);
            let found = directory::repository(session, by, &Caller::Anonymous, None).await?;
            found.map(|seen| Scope::Repository(seen.repository))
        }
    })
}

/// `self-hosted`, and what follows from operating system and processor.
fn read_only_labels(application: &Application) -> Vec<LabelName> {
    let own = [application.os.as_ref(), application.arch.as_ref()];
    let own = own
        .into_iter()
        .flatten()
        .map(|label| spelled(label.as_str()));
    std::iter::once("self-hosted")
        .chain(own)
        .filter_map(LabelName::parse)
        .collect()
}

/// Systems and processors as GitHub's runner spells them; others as they were written.
fn spelled(text: &str) -> &str {
    const SPELLINGS: [&str; 7] = ["Linux", "Windows", "macOS", "X64", "X86", "ARM64", "ARM"];
    SPELLINGS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(text))
        .unwrap_or(text)
}
