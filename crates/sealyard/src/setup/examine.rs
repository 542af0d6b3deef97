//! What `sealyard doctor` asks of a store: whether every value still opens where it lies.

use sealyard_sql::{Database, Error};
use sealyard_vault::{Family, Keyring, OwnerKind, Place};

use super::store::{self, Cursor, Kept};

/// How many damaged values are named.
const NAMED_MAX: usize = 10;

/// Looks at the whole store. One row per check: what, and `ok` or what is wrong.
///
/// Values are opened and wiped at once; none is shown.
pub async fn examine(db: &Database, keyring: &Keyring) -> Vec<(String, String)> {
    let keys = format!(
        "ok: root key {}, key term {}",
        keyring.root_id(),
        keyring.current_term()
    );
    let values = match values(db, keyring).await {
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
async fn values(db: &Database, keyring: &Keyring) -> Result<(usize, Vec<String>), Error> {
    let (mut count, mut damaged) = (0, Vec::new());
    let mut after = Cursor::default();
    loop {
        let mut read = db.read().await?;
        let batch = store::records(&mut read, &after).await?;
        drop(read);
        let Some(last) = batch.len().checked_sub(1) else {
            return Ok((count, damaged));
        };
        count += batch.len();
        for (index, kept) in batch.into_iter().enumerate() {
            if !opens(keyring, &kept) {
                damaged.push(kept.cursor.name.clone());
            }
            if index == last {
                after = kept.cursor;
            }
        }
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
