//! `sealyard init`

use clap::Args;
use sealyard_vault::RootKey;

use super::store::{self, failure, make_data_dir, place};
use super::{Failure, print, say};
use crate::app::Shared;
use crate::audit::Actor;
use crate::clock::Clock;
use crate::config::{Environment, Settings, StoreArgs};
use crate::identity::scopes::Scopes;
use crate::identity::{self, Grant, Login};
use crate::setup;

/// What the first token may: everything.
pub(super) const ALL_SCOPES: &str = "admin:org, delete_repo, repo, site_admin, user, workflow";

/// Makes a new store.
///
/// Prints the site administrator's token, alone, on standard output. It is shown only once.
#[derive(Args)]
pub(super) struct Init {
    #[command(flatten)]
    store: StoreArgs,

    /// Login of the site administrator
    #[arg(long, value_name = "LOGIN", default_value = "admin")]
    admin: String,
}

impl Init {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let settings = Settings::load(self.store.into(), environment)?;
        let admin = login(&self.admin)?;
        let app = make(&settings).await?;
        let token = administrator(&app, &admin).await?;
        say(&format!(
            "Made a store in {} ({}).\nThe root key is in {}: keep a copy elsewhere; without it nothing opens.\nThe token of {} follows; it is shown only now. `sealyard serve` runs the server.",
            place(&settings),
            store::engine(&app.db),
            settings.root_key_file.display(),
            admin.as_str(),
        ));
        print(token.reveal());
        Ok(())
    }
}

/// Makes a store: root key first, so that nothing is ever kept under a key that was not.
pub(super) async fn make(settings: &Settings) -> Result<Shared, Failure> {
    make_data_dir(&settings.data_dir)?;
    let db = store::database(settings, true).await?;
    if setup::root_id(&db)
        .await
        .map_err(|error| failure(settings, &error))?
        .is_some()
    {
        return unfinished(settings, db).await;
    }
    let root = if settings.root_key_file.exists() {
        store::read_root_key(&settings.root_key_file)?
    } else {
        let root = RootKey::generate();
        store::write_root_key(&settings.root_key_file, &root)?;
        root
    };
    let keyring = setup::create(&db, root, &Clock::system())
        .await
        .map_err(|error| failure(settings, &error))?;
    Ok(store::app(settings, db, keyring))
}

/// A store whose making was interrupted before it had an administrator goes on; any other stays.
async fn unfinished(settings: &Settings, db: sealyard_sql::Database) -> Result<Shared, Failure> {
    if setup::has_accounts(&db)
        .await
        .map_err(|error| failure(settings, &error))?
    {
        return Err(failure(settings, &setup::Error::Exists));
    }
    let root = store::read_root_key(&settings.root_key_file)?;
    let keyring = setup::open(&db, root)
        .await
        .map_err(|error| failure(settings, &error))?;
    Ok(store::app(settings, db, keyring))
}

/// Makes the site administrator and a token for it.
pub(super) async fn administrator(
    app: &Shared,
    login: &Login,
) -> Result<identity::token::Token, Failure> {
    let actor = Actor::operator();
    let stored = |error: identity::Error| Failure::unavailable(error.to_string());
    let user = identity::create_user(app, &actor, login, None, true)
        .await
        .map_err(stored)?;
    let scopes = Scopes::parse(ALL_SCOPES).unwrap_or_default();
    let grant = Grant {
        scopes,
        note: Some("init"),
        expires_at: None,
    };
    let issued = identity::create_token(app, &actor, &user, &grant)
        .await
        .map_err(stored)?;
    Ok(issued.token)
}

pub(super) fn login(text: &str) -> Result<Login, Failure> {
    Login::parse(text).ok_or_else(|| {
        Failure::usage("a login has 1 to 39 letters, digits and hyphens, and no hyphen at its ends")
    })
}
