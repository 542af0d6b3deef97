//! `sealyard doctor`

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use clap::Args;

use super::{Failure, order, print, table};
use crate::admin::{Command, Outcome};
use crate::config::{Environment, Settings, StoreArgs};

/// A mode without bits for group and others ends in so many zeros.
const OWNER_ONLY: u32 = 6;

/// Checks the store, its keys and its files, and says in plain words what is wrong.
#[derive(Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    store: StoreArgs,
}

impl Doctor {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let settings = Settings::load(self.store.into(), environment)?;
        let mut rows = vec![
            private("data directory", &settings.data_dir),
            private("root key", &settings.root_key_file),
        ];
        if let Outcome::Rows(more) = order(&settings, Command::Examine).await? {
            rows.extend(more);
        }
        print(&table(&rows))?;
        let well = rows
            .iter()
            .all(|row| row.get(1).is_some_and(|verdict| verdict.starts_with("ok")));
        if well {
            Ok(())
        } else {
            Err(Failure::configuration("something needs attention"))
        }
    }
}

/// Whether nobody but the owner may use a file or directory.
fn private(what: &str, path: &Path) -> Vec<String> {
    let verdict = match fs::symlink_metadata(path) {
        Ok(meta) if meta.mode().trailing_zeros() >= OWNER_ONLY => format!("ok: {}", path.display()),
        Ok(_) => format!("others may use {0}; run: chmod go= {0}", path.display()),
        Err(error) => format!("{}: {error}", path.display()),
    };
    vec![what.to_owned(), verdict]
}
