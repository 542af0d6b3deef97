//! `sealyard init`

use clap::Args;
use sealyard_sql::Database;
use sealyard_vault::RootKey;

use super::serve::check_sockets;
use super::store::{self, failure, make_data_dir, place};
use super::{Failure, print, say};
use crate::app::Shared;
use crate::audit::Actor;
use crate::clock::Clock;
use crate::config::{Environment, Settings, StoreArgs};
use crate::identity::scopes::Scopes;
use crate::identity::{self, Grant, Login, Power};
use crate::serve::files;
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
        let app = make(&settings, Existing::Refused).await?;
        let token = administrator(&app, &admin).await?;
        say(&format!(
            "Made a store in {} ({}).\nThe root key is in {}: keep a copy elsewhere; without it nothing opens.\nThe token of {} follows; it is shown only now. `sealyard serve` runs the server.",
            place(&settings),
            store::engine(&app.db),
            settings.root_key_file.display(),
            admin.as_str(),
        ));
        print(token.reveal())?;
        Ok(())
    }
}

/// What becomes of a store that is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// It stays as it is, unless its making was interrupted before it had an account.
    Refused,
    /// It is opened.
    Opened,
}

/// Makes a store, or goes on with one whose making was interrupted.
pub(super) async fn make(settings: &Settings, existing: Existing) -> Result<Shared, Failure> {
    check_sockets(settings)?;
    make_data_dir(&settings.data_dir)?;
    let db = store::database(settings, true).await?;
    let failed = |error| failure(settings, &error);
    if setup::root_id(&db).await.map_err(failed)?.is_none() {
        return create(settings, db).await;
    }
    if existing == Existing::Refused && setup::has_accounts(&db).await.map_err(failed)? {
        return Err(failed(setup::Error::Exists));
    }
    store::open_in(settings, db).await
}

/// Makes a store: the root key first, so that nothing is ever kept under a key that was not.
async fn create(settings: &Settings, db: Database) -> Result<Shared, Failure> {
    let file = &settings.root_key_file;
    let made = !file.exists();
    let root = if made {
        let root = RootKey::generate();
        store::write_root_key(file, &root)?;
        root
    } else {
        store::read_root_key(file)?
    };
    let id = root.id();
    match setup::create(&db, root, &Clock::system()).await {
        Ok(keyring) => Ok(store::app(settings, db, keyring)),
        Err(error) => {
            // A key that is left behind would pass for the key of a store. It stays only where a
            // store may need it: a commit without an answer, or another `init` that has read the
            // file and was faster.
            let needed = setup::root_id(&db).await;
            let mut failure = failure(settings, &error);
            if made
                && needed.is_ok_and(|needed| needed != Some(id))
                && let Err(error) = files::remove_durably(file)
            {
                let more = format!("; and {} cannot be removed: {error}", file.display());
                failure.message.push_str(&more);
            }
            Err(failure)
        }
    }
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
        power: Power::Classic(scopes),
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
