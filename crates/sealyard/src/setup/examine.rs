//! What `sealyard doctor` asks of a store: whether every value still opens where it lies.

use std::sync::Arc;

use sealyard_sql::Error;
use sealyard_vault::{Family, Keyring, OwnerKind, Place};
use tokio::task::spawn_blocking;

use crate::app::{App, Shared};

use super::store::{self, Cursor, Kept};

/// How many damaged values are named.
const NAMED_MAX: usize = 10;

/// Looks at the whole store. One row per check: what, and `ok` or what is wrong.
///
/// Values are opened and wiped at once; none is shown.
pub async fn examine(app: &Shared) -> Vec<(String, String)> {
    let keys = format!(
        "ok: root key {}, key term {}",
        app.keyring.root_id(),
        app.keyring.current_term()
    );
    let values = match values(app).await {
        Ok((count, damaged)) if damaged.is_empty() => format!("ok: all {count} open"),
        Ok((count, damaged)) => format!(
            "{} of {count} do not open, so they were altered or moved: {}; set them again",
            damaged.len(),
            damaged
                .iter()
                .take(NAMED_MAX)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Err(error) => format!("the store cannot be read: {error}"),
    };
    vec![("key ring".to_owned(), keys), ("values".to_owned(), values)]
}

/// How many values there are, and the names of those that do not open.
async fn values(app: &Shared) -> Result<(usize, Vec<String>), Error> {
    let (mut count, mut damaged) = (0, Vec::new());
    let mut after = Cursor::default();
    loop {
        let batch = batch(app, &after).await?;
        count += batch.len();
        // Milliseconds of arithmetic, during which the server goes on answering. (`block_in_place`
        // would panic on a runtime of one thread, such as that of a test.)
        let shared = Arc::clone(app);
        let opening = spawn_blocking(move || open(&shared.keyring, batch));
        let opened = opening
            .await
            .map_err(|_| Error::Other("the check was interrupted".to_owned()))?;
        damaged.extend(opened.damaged);
        match opened.last {
            Some(last) => after = last,
            None => return Ok((count, damaged)),
        }
    }
}

async fn batch(app: &App, after: &Cursor) -> Result<Vec<Kept>, Error> {
    let mut read = app.db.read().await?;
    store::records(&mut read, after).await
}

/// What became of a batch.
struct Opened {
    /// The names of those that do not open.
    damaged: Vec<String>,
    /// Where the next batch goes on; `None` if this one was empty.
    last: Option<Cursor>,
}

fn open(keyring: &Keyring, batch: Vec<Kept>) -> Opened {
    let damaged = batch.iter().filter(|kept| !opens(keyring, kept));
    Opened {
        damaged: damaged.map(|kept| kept.cursor.name.clone()).collect(),
        last: batch.into_iter().next_back().map(|kept| kept.cursor),
    }
}

fn opens(keyring: &Keyring, kept: &Kept) -> bool {
    let kind = match kept.cursor.scope_kind {
        1 => OwnerKind::Organization,
        2 => OwnerKind::Repository,
        3 => OwnerKind::Environment,
        _ => return false,
    };
    let name = kept.cursor.name.as_str();
    let (owner, environment) = (kept.owner_id, kept.environment_id);
    let place = Place::secret_value(
        Family::Actions,
        kind,
        owner,
        environment,
        kept.write_id,
        name,
    );
    keyring.unwrap(&place, &kept.record).is_ok()
}
