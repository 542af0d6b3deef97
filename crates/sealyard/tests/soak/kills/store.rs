//! What a killed server left: its files, copied and opened with the root key.

use std::collections::BTreeSet;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use sealyard::setup;
use sealyard_sql::{Database, Read, Row, SqliteOptions};
use sealyard_vault::{Family, Keyring, OwnerKind, Place as Binding, RootKey};

use super::check::{Entry, Kept, Snapshot};
use super::journal::{Content, Slot};
use super::places::{NAMES, ORGANIZATION, Places};

/// Reads a store through a copy, so that the next start of the server meets the files as the kill
/// left them.
pub(super) async fn snapshot(data: &Path, places: &Places) -> Snapshot {
    let copy = tempfile::tempdir().expect("a folder");
    for name in ["sealyard.db", "sealyard.db-wal", "root.key"] {
        if data.join(name).exists() {
            std::fs::copy(data.join(name), copy.path().join(name)).expect("a copy");
        }
    }
    let key = std::fs::read_to_string(copy.path().join("root.key")).expect("a root key");
    let root = RootKey::parse(&key).expect("a root key");
    let file = copy.path().join("sealyard.db");
    let db = Database::open_sqlite(&file, SqliteOptions { create: false }).expect("it opens");
    let keyring = setup::open(&db, root).await.expect("the key ring opens");
    let mut reader = Reader {
        read: db.read().await.expect("a read"),
        keyring,
        places,
        found: Snapshot::default(),
    };
    reader.secrets().await;
    reader.selections().await;
    reader.chains().await;
    reader.found
}

struct Reader<'a> {
    read: Read,
    keyring: Keyring,
    places: &'a Places,
    found: Snapshot,
}

impl Reader<'_> {
    async fn rows(&mut self, sql: &'static str) -> Vec<Row> {
        self.read.query(sql, &[]).await.expect("a query")
    }

    fn damaged(&mut self, what: String) {
        self.found.damage.push(what);
    }

    async fn secrets(&mut self) {
        const SQL: &str = "
            SELECT scope_kind, scope_id, name, revision, visibility, write_id, record FROM secret";
        for row in self.rows(SQL).await {
            let (kind, id): (i64, i64) = (column(&row, 0), column(&row, 1));
            let places = self.places;
            let place =
                places.position(|place| i64::from(place.kind.code()) == kind && place.id == id);
            let name = known(&column::<String>(&row, 2));
            let (Some(place), Some(name)) = (place, name) else {
                self.damaged(format!("a secret of scope {kind} {id}, which nobody made"));
                continue;
            };
            let slot = Slot { place, name };
            let Some(value) = self.open(slot, &row) else {
                self.damaged(format!("{slot:?} does not open"));
                continue;
            };
            let visibility: Option<String> = column(&row, 4);
            let visibility = visibility.and_then(|word| {
                ["all", "private", "selected"]
                    .into_iter()
                    .find(|known| *known == word)
            });
            let revision = usize::try_from(column::<i64>(&row, 3)).expect("a count");
            let content = Content {
                value,
                visibility,
                selection: BTreeSet::new(),
            };
            self.found.secrets.insert(slot, Kept { revision, content });
        }
    }

    fn open(&self, slot: Slot, row: &Row) -> Option<String> {
        let place = self.places.all.get(slot.place)?;
        let (owner, environment) = place.ids;
        let (write_id, record): ([u8; 16], Vec<u8>) = (column(row, 5), column(row, 6));
        let (family, kind) = (Family::Actions, place.kind);
        let binding = Binding::secret_value(family, kind, owner, environment, write_id, slot.name);
        let value = self.keyring.unwrap(&binding, &record).ok()?;
        String::from_utf8(value.expose().to_vec()).ok()
    }

    async fn selections(&mut self) {
        const SQL: &str = "SELECT org_id, name, repository_id FROM secret_selection";
        for row in self.rows(SQL).await {
            let (id, name): (i64, String) = (column(&row, 0), column(&row, 1));
            let is_it = |place: &super::places::Place| {
                place.kind == OwnerKind::Organization && place.id == id
            };
            let slot = self.places.position(is_it).zip(known(&name));
            let slot = slot.map(|(place, name)| Slot { place, name });
            match slot.and_then(|slot| self.found.secrets.get_mut(&slot)) {
                Some(kept) => drop(kept.content.selection.insert(column(&row, 2))),
                None => self.damaged(format!("a selection of {name}, which is not there")),
            }
        }
    }

    /// Verifies every chain by its documented form, and reads the entries about secrets.
    async fn chains(&mut self) {
        const HEADS: &str = "SELECT chain, seq, head FROM audit_chain";
        const ENTRIES: &str = "
            SELECT chain, seq, at_ms, epoch, entry, mac FROM audit_entry ORDER BY chain, seq";
        let (heads, entries) = (self.rows(HEADS).await, self.rows(ENTRIES).await);
        let mut verified = 0;
        for head in &heads {
            let chain: i64 = column(head, 0);
            let (mut seq, mut previous) = (0, [0; 32]);
            for row in entries.iter().filter(|row| column::<i64>(row, 0) == chain) {
                seq += 1;
                verified += 1;
                match self.verified(row, chain, seq, &previous) {
                    Some(hash) => previous = hash,
                    None => self.damaged(format!("chain {chain} breaks at its entry {seq}")),
                }
                self.entry(&column::<String>(row, 4));
            }
            if (column::<i64>(head, 1), column::<[u8; 32]>(head, 2)) != (seq, previous) {
                self.damaged(format!("chain {chain} does not end at its head"));
            }
        }
        if verified != entries.len() {
            self.damaged("there are entries without a chain".to_owned());
        }
    }

    /// The entry's hash, if it is the next of its chain.
    fn verified(&self, row: &Row, chain: i64, seq: i64, previous: &[u8; 32]) -> Option<[u8; 32]> {
        let epoch = u32::try_from(column::<i64>(row, 3)).ok()?;
        let (entry, mac): (String, [u8; 32]) = (column(row, 4), column(row, 5));
        let mut bytes = vec![1];
        for number in [chain, seq, column(row, 2)] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&epoch.to_be_bytes());
        bytes.extend_from_slice(previous);
        bytes.extend_from_slice(&u32::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(entry.as_bytes());
        let is_next = column::<i64>(row, 1) == seq;
        if !is_next || !self.keyring.verify_audit(epoch, &bytes, &mac) {
            return None;
        }
        bytes.extend_from_slice(&mac);
        digest(&SHA256, &bytes).as_ref().try_into().ok()
    }

    fn entry(&mut self, text: &str) {
        let entry: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let word = |member: &str| entry.get(member).and_then(serde_json::Value::as_str);
        let action = word("action").expect("an action");
        let Some((noun, verb)) = action
            .split_once('.')
            .and_then(|(noun, verb)| Some((noun, verb.strip_suffix("_actions_secret")?)))
        else {
            return;
        };
        let repository = entry
            .get("repository_id")
            .and_then(serde_json::Value::as_i64);
        let is_it = |place: &super::places::Place| match place.kind {
            OwnerKind::Organization => noun == "org" && word("org") == Some(ORGANIZATION),
            OwnerKind::Repository => noun == "repo" && repository == Some(place.ids.0),
            OwnerKind::Environment => {
                noun == "environment"
                    && repository == Some(place.ids.0)
                    && word("environment_name") == place.environment
            }
        };
        let place = self.places.position(is_it);
        let Some((place, name)) = place.zip(word("name").and_then(known)) else {
            self.damaged(format!("an entry of {action} about nothing that was made"));
            return;
        };
        let request_id = word("request_id").expect("a request id").to_owned();
        let slot = Slot { place, name };
        self.found.entries.push(Entry {
            slot,
            verb: verb.to_owned(),
            request_id,
        });
    }
}

fn known(name: &str) -> Option<&'static str> {
    NAMES.into_iter().find(|known| *known == name)
}

fn column<'r, T: sealyard_sql::FromColumn<'r>>(row: &'r Row, index: usize) -> T {
    row.get(index).expect("a column of that type")
}
