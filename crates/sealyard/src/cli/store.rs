//! Opening and making stores: the files of a data directory, and the root key.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use sealyard_sql::{Database, Engine, PostgresOptions, SqliteOptions};
use sealyard_vault::{Keyring, RootKey};
use zeroize::Zeroizing;

use super::Failure;
use crate::app::{App, HIDDEN_AFTER, Shared, Wire};
use crate::clock::Clock;
use crate::config::Settings;
use crate::http::rate_limit::RateLimits;
use crate::metrics::Metrics;
use crate::serve::files;
use crate::setup;

/// The database file in a data directory.
pub(super) const DATABASE: &str = "sealyard.db";
/// A root key is 64 digits and perhaps a newline; nobody reads more than this.
const ROOT_KEY_LENGTH_MAX: u64 = 4096;

/// The permission bits of everybody but a file's owner.
const OTHERS: u32 = 0o077;

/// Opens the database that the settings name. `create`: whether a missing file may be made.
pub(super) async fn database(settings: &Settings, create: bool) -> Result<Database, Failure> {
    if let Some(url) = &settings.database_url {
        return Database::open_postgres(url.as_str(), PostgresOptions::default())
            .await
            .map_err(|error| Failure::unavailable(format!("{error}")));
    }
    let path = settings.data_dir.join(DATABASE);
    if !create && !path.exists() {
        return Err(missing(settings));
    }
    Database::open_sqlite(&path, SqliteOptions { create }).map_err(|error| {
        let path = path.display();
        Failure::unavailable(if error == sealyard_sql::Error::Locked {
            format!("another process uses {path}; stop it first")
        } else {
            format!("{path}: {error}")
        })
    })
}

/// Opens an existing store with its root key.
pub(super) async fn open(settings: &Settings) -> Result<Shared, Failure> {
    open_in(settings, database(settings, false).await?).await
}

/// Opens the store in a database with its root key.
pub(super) async fn open_in(settings: &Settings, db: Database) -> Result<Shared, Failure> {
    let expected = setup::root_id(&db)
        .await
        .map_err(|error| failure(settings, &error))?;
    let expected = expected.ok_or_else(|| missing(settings))?;
    let root = read_root_key(&settings.root_key_file).map_err(|failure| Failure {
        message: format!(
            "{} (the store needs the root key {expected})",
            failure.message
        ),
        ..failure
    })?;
    let keyring = setup::open(&db, root)
        .await
        .map_err(|error| failure(settings, &error))?;
    Ok(app(settings, db, keyring))
}

/// The server's state over an open store.
pub(super) fn app(settings: &Settings, db: Database, keyring: Keyring) -> Shared {
    let value_size_max = usize::try_from(settings.value_size_limit).unwrap_or(usize::MAX);
    Arc::new(App {
        db,
        keyring,
        clock: Clock::system(),
        wire: Wire {
            profile: settings.profile,
            base_url: settings.base_url.clone(),
            trusted_proxies: settings.trusted_proxies.clone(),
            accept_unopened: settings.sealing.accept_unopened,
            deliver_to_people: settings.delivery.people,
            public_key_for_readers: settings.public_key_for_readers,
            private_mode: settings.private_mode,
            rate_limit: settings.rate_limit,
            value_size_max,
            hidden_after: HIDDEN_AFTER,
        },
        limits: RateLimits::default(),
        metrics: Metrics::default(),
    })
}

/// What a failure of the store means to its operator.
pub(super) fn failure(settings: &Settings, error: &setup::Error) -> Failure {
    match error {
        setup::Error::Missing => missing(settings),
        setup::Error::Exists => Failure::configuration(format!(
            "there is a store in {} already; `sealyard serve` runs it",
            place(settings)
        )),
        setup::Error::WrongRoot { .. } => {
            let file = settings.root_key_file.display();
            Failure::configuration(format!(
                "{error}; --root-key-file names another file than {file}"
            ))
        }
        setup::Error::Keyring(_) => Failure::configuration(error.to_string()),
        setup::Error::Store(sealyard_sql::Error::NewerSchema { .. }) => Failure::configuration(
            format!("{error}; run the newer program, or restore a backup"),
        ),
        setup::Error::Store(_) => Failure::unavailable(error.to_string()),
    }
}

fn missing(settings: &Settings) -> Failure {
    Failure::configuration(format!(
        "there is no store in {}; `sealyard quickstart` or `sealyard init` makes one",
        place(settings)
    ))
}

/// Where the store is, without a password.
pub(super) fn place(settings: &Settings) -> String {
    if settings.database_url.is_some() {
        "the database".to_owned()
    } else {
        settings.data_dir.display().to_string()
    }
}

/// Makes the data directory, for its owner alone; one that others may use is refused.
pub(super) fn make_data_dir(path: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| {
            Failure::configuration(format!("cannot make {}: {error}", path.display()))
        })?;
    check_data_dir(path)
}

/// Refuses a data directory that others may use. One that is not there is left to whoever opens it.
pub(super) fn check_data_dir(path: &Path) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(meta) if meta.mode() & OTHERS != 0 => Err(Failure::configuration(format!(
            "others may use {0}, and with it whatever is in it; `chmod 700 {0}` closes it",
            path.display()
        ))),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Reads the root key, from a file that only its owner can read.
pub(super) fn read_root_key(path: &Path) -> Result<RootKey, Failure> {
    let refuse = |why: String| Failure::configuration(format!("{}: {why}", path.display()));
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .map_err(|error| {
            if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
                refuse("the root key must be a file, not a link".to_owned())
            } else if error.kind() == io::ErrorKind::NotFound {
                refuse(
                    "the root key is not there; bring the file back, or name it with --root-key-file"
                        .to_owned(),
                )
            } else {
                refuse(format!("cannot read the root key: {error}"))
            }
        })?;
    let meta = file.metadata().map_err(|error| refuse(error.to_string()))?;
    if !meta.is_file() || meta.mode() & OTHERS != 0 {
        return Err(refuse(
            "the root key must be a file that only its owner can read; `chmod 600` it".to_owned(),
        ));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(ROOT_KEY_LENGTH_MAX)
        .read_to_string(&mut text)
        .map_err(|_| refuse("this is no root key: 64 hex digits are".to_owned()))?;
    RootKey::parse(&text).map_err(|_| refuse("this is no root key: 64 hex digits are".to_owned()))
}

/// Writes a new root key, which must not be there yet: whole or not at all, and on the disk when
/// this returns.
pub(super) fn write_root_key(path: &Path, root: &RootKey) -> Result<(), Failure> {
    let digits = root.to_hex();
    // Reserved at once: a buffer that grows leaves parts of the key behind.
    let mut text = Zeroizing::new(Vec::with_capacity(digits.len() + 1));
    text.extend_from_slice(digits.as_bytes());
    text.push(b'\n');
    files::create_atomically(path, &text, files::PRIVATE).map_err(|error| {
        Failure::configuration(format!("cannot write {}: {error}", path.display()))
    })
}

/// Which engine, in words.
pub(super) fn engine(db: &Database) -> &'static str {
    match db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_root_key_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("root.key");
        let root = RootKey::generate();
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for _ in 0..200 {
                    assert!(write_root_key(&path, &root).is_ok());
                    fs::remove_file(&path).expect("remove");
                }
            });
            // What a crash would leave is what somebody else sees in between.
            while !writer.is_finished() {
                if let Ok(text) = fs::read_to_string(&path) {
                    assert_eq!(text.len(), 65);
                }
            }
        });
    }

    #[test]
    fn a_root_key_that_is_there_is_never_replaced() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("root.key");
        let root = RootKey::generate();
        assert!(write_root_key(&path, &root).is_ok());
        assert!(write_root_key(&path, &RootKey::generate()).is_err());
        let kept = read_root_key(&path).ok().map(|kept| kept.id());
        assert_eq!(kept, Some(root.id()));
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 1);
    }
}
