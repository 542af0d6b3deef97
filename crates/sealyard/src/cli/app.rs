//! `sealyard app`

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{Failure, order, print, say, table};
use crate::admin::apps::{Made, Order, Secret};
use crate::admin::{Command, Outcome};
use crate::apps::key::PublicKey;
use crate::config::{Environment, Settings, StoreArgs};
use crate::serve::files;

/// A public key of 8192 bits has 1,500 bytes; nobody reads more than this.
const PUBLIC_KEY_LENGTH_MAX: u64 = 16 * 1024;

/// Make GitHub Apps, install them, and take them away, while the server runs or while it does not.
#[derive(Subcommand)]
pub(super) enum App {
    /// Make an app; prints its ids and its private key, as JSON, on standard output
    Create(Create),
    /// List apps, or the keys and installations of one
    List(List),
    /// Change what an app asks for
    Update(Update),
    /// Delete an app with its keys, installations and tokens
    Delete(Delete),
    /// Give an app one more key
    AddKey(AddKey),
    /// Take a key from an app: what it signed is void at once
    DeleteKey(DeleteKey),
    /// Install an app on an account, or change where it is installed there
    Install(Install),
    /// Take an app off an account: its tokens there are void at once
    Uninstall(Uninstall),
    /// Hold an app or an installation back
    Suspend(Suspension),
    /// Let an app or an installation go on
    Unsuspend(Suspension),
}

/// Makes an app.
#[derive(Args)]
pub(super) struct Create {
    /// The user or organisation it belongs to
    #[arg(long, value_name = "LOGIN")]
    owner: String,

    /// Its name, of which its address is made
    #[arg(long, value_name = "NAME")]
    name: String,

    /// What it asks for: secrets=write,members=read
    #[arg(long, value_name = "NAME=LEVEL,…")]
    permissions: String,

    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    #[command(flatten)]
    private_key: PrivateKeyFile,

    #[command(flatten)]
    store: StoreArgs,
}

/// Where a private key goes.
#[derive(Args)]
struct PrivateKeyFile {
    /// Write the private key to this new file, for its owner alone, and not to standard output
    #[arg(long, value_name = "FILE")]
    private_key_file: Option<PathBuf>,
}

/// Lists apps.
#[derive(Args)]
pub(super) struct List {
    /// The keys and installations of this one
    #[arg(long, value_name = "ID")]
    app: Option<i64>,

    #[command(flatten)]
    store: StoreArgs,
}

/// Changes an app.
#[derive(Args)]
pub(super) struct Update {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app: i64,

    /// What it asks for from now on; installations get what is new when they are installed again
    #[arg(long, value_name = "NAME=LEVEL,…")]
    permissions: String,

    #[command(flatten)]
    store: StoreArgs,
}

/// Deletes an app.
#[derive(Args)]
pub(super) struct Delete {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app: i64,

    #[command(flatten)]
    store: StoreArgs,
}

/// Adds a key.
#[derive(Args)]
pub(super) struct AddKey {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app: i64,

    /// Take this public key (PEM) and make none
    #[arg(long, value_name = "FILE", conflicts_with = "private_key_file")]
    public_key_file: Option<PathBuf>,

    #[command(flatten)]
    private_key: PrivateKeyFile,

    #[command(flatten)]
    store: StoreArgs,
}

/// Removes a key.
#[derive(Args)]
pub(super) struct DeleteKey {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app: i64,

    /// The key's id, as `app list --app` shows it
    #[arg(long, value_name = "ID")]
    key: i64,

    #[command(flatten)]
    store: StoreArgs,
}

/// Installs an app.
#[derive(Args)]
pub(super) struct Install {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app: i64,

    /// The user or organisation to install it on
    #[arg(long, value_name = "LOGIN")]
    account: String,

    /// In which repositories, by name [default: all, also those to come]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    repositories: Option<Vec<String>>,

    #[command(flatten)]
    store: StoreArgs,
}

/// Uninstalls an app.
#[derive(Args)]
pub(super) struct Uninstall {
    /// The installation's id, as `app list --app` shows it
    #[arg(long, value_name = "ID")]
    installation: i64,

    #[command(flatten)]
    store: StoreArgs,
}

/// Names an app or an installation.
#[derive(Args)]
pub(super) struct Suspension {
    #[command(flatten)]
    what: Which,

    #[command(flatten)]
    store: StoreArgs,
}

/// An app or an installation.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The app's id
    #[arg(long, value_name = "ID")]
    app: Option<i64>,

    /// The installation's id
    #[arg(long, value_name = "ID")]
    installation: Option<i64>,
}

/// What is printed when something was made, in one line of JSON.
#[derive(Serialize, Default)]
struct Printed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    app_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key_file: Option<&'a Path>,
}

/// An order, what to say when it is done, and where a private key goes.
struct Task {
    store: StoreArgs,
    order: Order,
    done: &'static str,
    key_file: Option<PathBuf>,
}

impl App {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let task = self.task()?;
        let key_file = task.key_file.as_deref();
        if let Some(path) = key_file {
            // Asked now, because once it is made the key can go nowhere else.
            check_free(path)?;
        }
        let settings = Settings::load(task.store.into(), environment)?;
        let outcome = order(&settings, Command::App(task.order)).await?;
        if let Outcome::App(made) = outcome {
            return show(&made, key_file);
        }
        if let Outcome::Rows(rows) = outcome {
            return print(&table(&rows));
        }
        say(task.done);
        Ok(())
    }

    fn task(self) -> Result<Task, Failure> {
        let (store, order, done, key_file) = match self {
            Self::Create(Create {
                owner,
                name,
                permissions,
                description,
                private_key,
                store,
            }) => {
                let order = Order::Create {
                    owner,
                    name,
                    permissions,
                    description,
                };
                (store, order, "", private_key.private_key_file)
            }
            Self::List(List { app, store }) => {
                let order = app.map_or(Order::List, |app| Order::Show { app });
                (store, order, "", None)
            }
            Self::Update(Update {
                app,
                permissions,
                store,
            }) => (store, Order::Update { app, permissions }, "Updated.", None),
            Self::Delete(Delete { app, store }) => (store, Order::Delete { app }, "Deleted.", None),
            Self::AddKey(add) => {
                let public_key = add.public_key_file.as_deref().map(public_key).transpose()?;
                let app = add.app;
                let order = Order::AddKey { app, public_key };
                (add.store, order, "", add.private_key.private_key_file)
            }
            Self::DeleteKey(DeleteKey { app, key, store }) => {
                (store, Order::DeleteKey { app, key }, "Deleted.", None)
            }
            Self::Install(install) => {
                let order = Order::Install {
                    app: install.app,
                    account: install.account,
                    repositories: install.repositories,
                };
                (install.store, order, "", None)
            }
            Self::Uninstall(Uninstall {
                installation,
                store,
            }) => (
                store,
                Order::Uninstall { installation },
                "Uninstalled.",
                None,
            ),
            Self::Suspend(Suspension { what, store }) => {
                (store, what.suspend(true), "Suspended.", None)
            }
            Self::Unsuspend(Suspension { what, store }) => {
                (store, what.suspend(false), "Goes on.", None)
            }
        };
        Ok(Task {
            store,
            order,
            done,
            key_file,
        })
    }
}

impl Which {
    fn suspend(self, suspended: bool) -> Order {
        match self.installation {
            Some(installation) => Order::SuspendInstallation {
                installation,
                suspended,
            },
            // The one or the other: clap asks for it.
            None => Order::SuspendApp {
                app: self.app.unwrap_or_default(),
                suspended,
            },
        }
    }
}

/// Prints what was made, and keeps its private key where it was wanted.
fn show(made: &Made, key_file: Option<&Path>) -> Result<(), Failure> {
    let (mut printed, secret) = match made {
        Made::App {
            id,
            client_id,
            private_key,
        } => (
            Printed {
                app_id: Some(*id),
                client_id: Some(client_id),
                ..Printed::default()
            },
            Some(private_key),
        ),
        Made::Key {
            id,
            fingerprint,
            private_key,
        } => (
            Printed {
                key_id: Some(*id),
                fingerprint: Some(fingerprint),
                ..Printed::default()
            },
            private_key.as_ref(),
        ),
        Made::Installation { id } => (
            Printed {
                installation_id: Some(*id),
                ..Printed::default()
            },
            None,
        ),
    };
    let mut lost = None;
    if let Some(secret) = secret {
        match key_file.map(|path| (path, keep(secret, path))) {
            Some((path, Ok(()))) => printed.private_key_file = Some(path),
            Some((_, Err(failure))) => lost = Some(failure),
            None => {
                say("This private key is shown only now:");
                printed.private_key = Some(secret.reveal());
            }
        }
    }
    let line = serde_json::to_string(&printed).map(Zeroizing::new);
    let line = line.map_err(|error| Failure::unavailable(error.to_string()))?;
    print(&line)?;
    lost.map_or(Ok(()), Err)
}

/// Writes a private key to a new file, for this user alone.
fn keep(secret: &Secret, path: &Path) -> Result<(), Failure> {
    files::create_atomically(path, secret.reveal().as_bytes(), files::PRIVATE).map_err(|error| {
        Failure::unavailable(format!(
            "it was made, but its private key could not be written to {}, and is lost: {error}; \
             `sealyard app add-key` makes another one",
            path.display()
        ))
    })
}

/// Refuses a place where a key could not be written.
fn check_free(path: &Path) -> Result<(), Failure> {
    let refuse = |why: &str| {
        Err(Failure::usage(format!(
            "{}: {why}; name another file",
            path.display()
        )))
    };
    if path.symlink_metadata().is_ok() {
        return refuse("this is there already, and is not overwritten");
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            refuse("its directory is not there")
        }
        Some(_) | None => Ok(()),
    }
}

/// Reads a public key. What is not one goes nowhere.
fn public_key(path: &Path) -> Result<String, Failure> {
    let refuse = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(PUBLIC_KEY_LENGTH_MAX).read_to_string(&mut text))
        .map_err(|error| refuse(format!("cannot read the public key: {error}")))?;
    PublicKey::from_pem(&text).map_err(|error| refuse(error.to_string()))?;
    Ok(text)
}
