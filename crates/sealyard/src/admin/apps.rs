//! Orders about apps, their keys and installations.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::Outcome;
use crate::app::App;
use crate::apps::key::{PrivateKey, PublicKey};
use crate::apps::registration::{self, NewApp};
use crate::apps::{AppDetails, AppId, Error, Hand, Installation, InstallationId, installation};
use crate::audit::Actor;
use crate::clock;

/// An order about apps.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// A new app with a key.
    Create {
        /// The login of whom it belongs to.
        owner: String,
        /// Its name.
        name: String,
        /// `secrets=write,metadata=read`
        permissions: String,
        /// What it is for.
        description: Option<String>,
    },
    /// All apps.
    List,
    /// The keys and installations of one.
    Show {
        /// Which.
        app: i64,
    },
    /// Other permissions.
    Update {
        /// Of which.
        app: i64,
        /// `secrets=write,metadata=read`
        permissions: String,
    },
    /// The end of an app.
    Delete {
        /// Which.
        app: i64,
    },
    /// One more key.
    AddKey {
        /// Of which app.
        app: i64,
        /// PEM; a new pair, if there is none.
        public_key: Option<String>,
    },
    /// A key less.
    DeleteKey {
        /// Of which app.
        app: i64,
        /// Which.
        key: i64,
    },
    /// An app on an account.
    Install {
        /// Which app.
        app: i64,
        /// The login of the account.
        account: String,
        /// Names of repositories; all of the account's, if there is no list.
        repositories: Option<Vec<String>>,
    },
    /// An app off an account.
    Uninstall {
        /// Which installation.
        installation: i64,
    },
    /// An app held back, or going on.
    SuspendApp {
        /// Which.
        app: i64,
        /// Held back.
        suspended: bool,
    },
    /// An installation held back, or going on.
    SuspendInstallation {
        /// Which.
        installation: i64,
        /// Held back.
        suspended: bool,
    },
}

/// What an order has made.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// An app.
    App {
        /// Its id.
        id: i64,
        /// Its other name as an issuer.
        client_id: String,
        /// Its key, shown once.
        private_key: Secret,
    },
    /// A key of an app.
    Key {
        /// Its id.
        id: i64,
        /// What GitHub shows of it.
        fingerprint: String,
        /// The private half, if it was made here; shown once.
        private_key: Option<Secret>,
    },
    /// An installation.
    Installation {
        /// Its id.
        id: i64,
    },
}

/// A text that is shown once, and wiped. It goes over `admin.sock`, and nowhere else.
pub struct Secret(Zeroizing<String>);

impl Secret {
    fn of(key: &PrivateKey) -> Self {
        Self(Zeroizing::new(key.reveal().to_owned()))
    }

    /// The text itself: for whoever gave the order.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// Carries out an order.
pub(super) async fn execute(app: &App, order: Order) -> Outcome {
    carry_out(app, order)
        .await
        .unwrap_or_else(|error| Outcome::failed(&error, matches!(error, Error::Store(_))))
}

async fn carry_out(app: &App, order: Order) -> Result<Outcome, Error> {
    let actor = Actor::operator();
    match order {
        Order::Create {
            owner,
            name,
            permissions,
            description,
        } => create(app, &owner, &name, &permissions, description.as_deref()).await,
        Order::List => list(app).await,
        Order::Show { app: id } => show(app, AppId(id)).await,
        Order::Update {
            app: id,
            permissions,
        } => {
            let permissions = match super::permissions(&permissions) {
                Ok(permissions) => permissions,
                Err(why) => return Ok(Outcome::Refused(why.to_owned())),
            };
            registration::update(app, &actor, AppId(id), permissions).await?;
            Ok(Outcome::Done)
        }
        Order::Delete { app: id } => {
            registration::delete(app, &actor, AppId(id)).await?;
            Ok(Outcome::Done)
        }
        Order::AddKey {
            app: id,
            public_key,
        } => add_key(app, AppId(id), public_key.as_deref()).await,
        Order::DeleteKey { app: id, key } => {
            registration::delete_key(app, &actor, AppId(id), key).await?;
            Ok(Outcome::Done)
        }
        Order::Install {
            app: id,
            account,
            repositories,
        } => {
            let account = registration::account(app, &account).await?;
            let names = repositories.as_deref();
            let id = installation::install(app, &actor, AppId(id), &account, names).await?;
            Ok(Outcome::App(Made::Installation { id: id.0 }))
        }
        Order::Uninstall { installation } => {
            let found = installation::find(app, InstallationId(installation)).await?;
            installation::uninstall(app, &actor, &found).await?;
            Ok(Outcome::Done)
        }
        Order::SuspendApp { app: id, suspended } => {
            registration::set_suspended(app, &actor, AppId(id), suspended).await?;
            Ok(Outcome::Done)
        }
        Order::SuspendInstallation {
            installation,
            suspended,
        } => {
            let found = installation::find(app, InstallationId(installation)).await?;
            installation::set_suspended(app, &actor, &found, suspended, Hand::Operator).await?;
            Ok(Outcome::Done)
        }
    }
}

async fn create(
    app: &App,
    owner: &str,
    name: &str,
    permissions: &str,
    description: Option<&str>,
) -> Result<Outcome, Error> {
    let permissions = match super::permissions(permissions) {
        Ok(permissions) => permissions,
        Err(why) => return Ok(Outcome::Refused(why.to_owned())),
    };
    let owner = registration::account(app, owner).await?;
    let new = NewApp {
        owner: &owner,
        name,
        description,
        permissions,
    };
    let (private, public) = registration::generate_key().await?;
    let made = registration::create(app, &Actor::operator(), &new, &public).await?;
    Ok(Outcome::App(Made::App {
        id: made.id.0,
        client_id: made.client_id,
        private_key: Secret::of(&private),
    }))
}

async fn add_key(app: &App, id: AppId, pem: Option<&str>) -> Result<Outcome, Error> {
    let (private, public) = if let Some(pem) = pem {
        (None, PublicKey::from_pem(pem)?)
    } else {
        // Not a tenth of a second of arithmetic for an app that is not there.
        registration::find(app, id).await?;
        let (private, public) = registration::generate_key().await?;
        (Some(Secret::of(&private)), public)
    };
    let key = registration::add_key(app, &Actor::operator(), id, &public).await?;
    Ok(Outcome::App(Made::Key {
        id: key,
        fingerprint: public.fingerprint(),
        private_key: private,
    }))
}

/// No cell has a space in it but those of names, which come last.
async fn list(app: &App) -> Result<Outcome, Error> {
    let header = [
        "APP",
        "CLIENT ID",
        "OWNER",
        "STATE",
        "INSTALLED",
        "PERMISSIONS",
        "NAME",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut apps = registration::list(app, AppId(0)).await?;
    while let Some(last) = apps.last().map(|last| last.id) {
        rows.extend(apps.into_iter().map(app_row));
        apps = registration::list(app, last).await?;
    }
    Ok(Outcome::Rows(rows))
}

fn app_row(app: AppDetails) -> Vec<String> {
    vec![
        app.id.0.to_string(),
        app.client_id,
        app.owner.login,
        state(app.suspended_at).to_owned(),
        app.installations.to_string(),
        app.permissions.to_string(),
        app.name,
    ]
}

/// An app's keys and installations, in one table.
async fn show(app: &App, id: AppId) -> Result<Outcome, Error> {
    registration::find(app, id).await?;
    let header = ["KIND", "ID", "STATE", "CREATED", "OF", "POWER"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for key in registration::keys(app, id).await? {
        rows.push(vec![
            "key".to_owned(),
            key.id.to_string(),
            "active".to_owned(),
            clock::rfc3339(key.created_at),
            key.fingerprint,
            "-".to_owned(),
        ]);
    }
    let mut some = installation::list(app, id, InstallationId(0)).await?;
    while let Some(last) = some.last().map(|last| last.id) {
        rows.extend(some.iter().map(installation_row));
        some = installation::list(app, id, last).await?;
    }
    Ok(Outcome::Rows(rows))
}

fn installation_row(installation: &Installation) -> Vec<String> {
    vec![
        "installation".to_owned(),
        installation.id.0.to_string(),
        state(installation.suspension.map(|suspension| suspension.since)).to_owned(),
        clock::rfc3339(installation.created_at),
        format!(
            "{}/{}",
            installation.account.login,
            installation.selection.as_str()
        ),
        installation.permissions.to_string(),
    ]
}

fn state(suspended_at: Option<i64>) -> &'static str {
    if suspended_at.is_some() {
        "suspended"
    } else {
        "active"
    }
}
