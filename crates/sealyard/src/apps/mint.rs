//! The token of an installation: asked for by its app, narrowed if it likes, and good for an hour.
//!
//! GitHub: "Generating an installation access token for a GitHub App".

use std::collections::BTreeSet;

use sealyard_sql as sql;

use super::{Error, Installation, event, repository_selection, store};
use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::{RepositoryId, name_key};
use crate::identity::caller::{Coverage, Installed, Selection};
use crate::identity::permission::Permissions;
use crate::identity::token::{Kind, Token};

/// How long a token lives. GitHub: "Installation tokens expire one hour from the time you create
/// them."
const LIFETIME_S: i64 = 3_600;
/// Repositories that one token can be narrowed to. GitHub: "up to 500 repositories".
pub const REPOSITORIES_MAX: usize = 500;
/// Tokens of one installation that are good at a time: as many as an app may make requests in an
/// hour, which is how long they live.
pub const TOKENS_OF_INSTALLATION_MAX: i64 = 5_000;

/// What a token is to have less than its installation.
#[derive(Debug, Default)]
pub struct Narrowing {
    /// Only these permissions; all of the installation's, if none are named.
    pub permissions: Option<Permissions>,
    /// Only these repositories.
    pub repositories: Option<Repositories>,
}

/// Repositories by name or id, in both ways together.
#[derive(Debug, Default)]
pub struct Repositories {
    /// Names in the installation's account, in any case.
    pub names: Vec<String>,
    /// Ids.
    pub ids: Vec<i64>,
}

/// A token that was just made: the only time that it can be shown.
pub struct Minted {
    /// The token itself.
    pub token: Token,
    /// Its end, in seconds since 1970.
    pub expires_at: i64,
    /// What it may.
    pub permissions: Permissions,
    /// Where.
    pub coverage: Coverage,
}

impl Minted {
    /// Whether it reaches less than its installation.
    pub fn is_narrowed(&self) -> bool {
        let [own, _] = self.coverage.selections;
        own != Selection::ALL
    }
}

/// Makes a token of an installation.
///
/// [`Error::Suspended`]; [`Error::NotGranted`] and [`Error::NotAccessible`] for more than the
/// installation has; [`Error::TooMany`] if it has [`TOKENS_OF_INSTALLATION_MAX`].
pub async fn mint(
    app: &App,
    actor: &Actor,
    installation: &Installation,
    narrowing: &Narrowing,
) -> Result<Minted, Error> {
    let wanted = match &narrowing.repositories {
        Some(repositories) => Some(resolve(app, installation, repositories).await?),
        None => None,
    };
    let token = Token::generate(Kind::Installation);
    let mac = token.mac(&app.keyring);
    let created_at = app.clock.now_s();
    let mut write = audit::begin(app, installation.account.id).await?;
    let grant = match grant(&mut write.tx, installation, narrowing, wanted, created_at).await {
        Ok(grant) => grant,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    let (permissions, selections) = grant;
    let row = store::token::NewToken {
        installation: installation.id,
        mac: &mac,
        epoch: app.keyring.token_epoch(),
        permissions,
        selection: selections[0],
        created_at,
        expires_at: created_at.saturating_add(LIFETIME_S),
    };
    store::token::insert(&mut write.tx, &row).await?;
    let coverage = Coverage {
        account: installation.account.id,
        selections,
    };
    let detail = permissions.to_string();
    let action = "integration_installation.create_token";
    let entry = Event {
        detail: Some(&detail),
        visibility: Some(repository_selection(&coverage)),
        ..event(action, &installation.account, &installation.app_slug)
    };
    write.record(app, actor, &entry).await?;
    write.commit().await?;
    Ok(Minted {
        token,
        expires_at: row.expires_at,
        permissions,
        coverage,
    })
}

/// The ids of repositories that the installation reaches.
async fn resolve(
    app: &App,
    installation: &Installation,
    wanted: &Repositories,
) -> Result<BTreeSet<RepositoryId>, Error> {
    let mut read = app.db.read().await?;
    let mut ids = BTreeSet::new();
    // All of them, whether one is missing or not: time tells nothing of names.
    let mut missing = false;
    let names: BTreeSet<_> = wanted.names.iter().map(|name| name_key(name)).collect();
    for name in &names {
        match store::installation::repository(&mut read, installation, name).await? {
            Some(id) => {
                ids.insert(id);
            }
            None => missing = true,
        }
    }
    ids.extend(wanted.ids.iter().copied().map(RepositoryId));
    if missing {
        let asked = names.len();
        return Err(Error::NotAccessible { asked });
    }
    Ok(ids)
}

/// What the token gets, decided and kept while nobody can change the installation.
async fn grant(
    tx: &mut sql::Tx,
    installation: &Installation,
    narrowing: &Narrowing,
    wanted: Option<BTreeSet<RepositoryId>>,
    now: i64,
) -> Result<(Permissions, [Selection; 2]), Error> {
    let found = store::installation::by_id(tx, installation.id).await?;
    let installation = found.ok_or(Error::NoSuchInstallation)?;
    if installation.suspension.is_some() {
        return Err(Error::Suspended);
    }
    let permissions = match narrowing.permissions {
        Some(fewer) if !fewer.within(installation.permissions) => return Err(Error::NotGranted),
        Some(fewer) => fewer,
        None => installation.permissions,
    };
    store::token::forget_expired(tx, installation.id, now).await?;
    if store::token::count(tx, installation.id).await? >= TOKENS_OF_INSTALLATION_MAX {
        return Err(Error::TooMany {
            things: "tokens of one installation",
            max: TOKENS_OF_INSTALLATION_MAX,
        });
    }
    let Some(wanted) = wanted else {
        return Ok((permissions, [Selection::ALL, installation.selection]));
    };
    let own = Selection(Some(crate::counter::next(tx, "selection").await?));
    let asked = wanted.len();
    for id in wanted {
        if !store::token::choose(tx, own, &installation, id).await? {
            return Err(Error::NotAccessible { asked });
        }
    }
    Ok((permissions, [own, installation.selection]))
}

/// Ends the token that an installation has come with, at once and for good.
pub async fn revoke(app: &App, actor: &Actor, installed: &Installed) -> Result<(), Error> {
    let installation = super::installation::find(app, installed.id).await?;
    let mut write = audit::begin(app, installation.account.id).await?;
    if !store::token::delete(&mut write.tx, installed.token_id).await? {
        return Ok(write.unchanged().await?);
    }
    let action = "integration_installation.revoke_token";
    let entry = event(action, &installation.account, &installation.app_slug);
    write.record(app, actor, &entry).await?;
    Ok(write.commit().await?)
}
