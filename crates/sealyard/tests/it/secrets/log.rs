//! Every change leaves one entry in its owner's chain, and an altered entry is found.
//!
//! The verifier here is written from the documented encoding, not from the code that writes it.

use aws_lc_rs::digest::{SHA256, digest};
use insta::assert_snapshot;

use super::{Place, put, put_with};
use crate::world::World;

const SECRETS: &str = "/orgs/octo-org/actions/secrets";

struct Entry {
    sequence: i64,
    at_ms: i64,
    epoch: i64,
    text: String,
    mac: Vec<u8>,
}

async fn entries(world: &World, chain: i64) -> Vec<Entry> {
    const SQL: &str = "
        SELECT seq, at_ms, epoch, entry, mac FROM audit_entry WHERE chain = $1 ORDER BY seq";
    let mut read = world.app.db.read().await.expect("a read");
    let rows = read.query(SQL, &[chain.into()]).await.expect("a query");
    let entry = |row: &sealyard_sql::Row| Entry {
        sequence: row.get(0).expect("a number"),
        at_ms: row.get(1).expect("a time"),
        epoch: row.get(2).expect("an epoch"),
        text: row.get(3).expect("an entry"),
        mac: row.get(4).expect("a MAC"),
    };
    rows.iter().map(entry).collect()
}

async fn head(world: &World, chain: i64) -> (i64, Vec<u8>) {
    const SQL: &str = "SELECT seq, head FROM audit_chain WHERE chain = $1";
    let mut read = world.app.db.read().await.expect("a read");
    let row = read.query_one(SQL, &[chain.into()]).await.expect("a chain");
    (row.get(0).expect("a number"), row.get(1).expect("a head"))
}

/// Follows a chain from its start; the number of the first entry that is not what it was, if any.
async fn verify(world: &World, chain: i64) -> Result<usize, i64> {
    let mut previous = vec![0; 32];
    let entries = entries(world, chain).await;
    for (index, entry) in entries.iter().enumerate() {
        let expected = i64::try_from(index).expect("few entries") + 1;
        let epoch = u32::try_from(entry.epoch).expect("an epoch");
        let length = u32::try_from(entry.text.len()).expect("a length");
        let mut bytes = vec![1];
        bytes.extend(chain.to_be_bytes());
        bytes.extend(entry.sequence.to_be_bytes());
        bytes.extend(entry.at_ms.to_be_bytes());
        bytes.extend(epoch.to_be_bytes());
        bytes.extend(&previous);
        bytes.extend(length.to_be_bytes());
        bytes.extend(entry.text.as_bytes());
        let good = world.app.keyring.verify_audit(epoch, &bytes, &entry.mac);
        if entry.sequence != expected || !good {
            return Err(expected);
        }
        bytes.extend(&entry.mac);
        previous = digest(&SHA256, &bytes).as_ref().to_vec();
    }
    let last = entries.last().map_or(0, |entry| entry.sequence);
    if head(world, chain).await == (last, previous) {
        Ok(entries.len())
    } else {
        Err(last + 1)
    }
}

/// A life of every kind of change.
async fn live(world: &World) {
    let owner = world.r#as(&world.owner);
    let selected = r#""visibility":"selected","selected_repository_ids":[1,2]"#;
    put_with(world, Place::Organization, "A", selected).await;
    put_with(world, Place::Organization, "A", selected).await;
    let path = format!("{SECRETS}/A/repositories");
    owner.put(&path, r#"{"selected_repository_ids":[3]}"#).await;
    owner.put(&format!("{path}/1"), "").await;
    owner.put(&format!("{path}/1"), "").await;
    owner.delete(&format!("{path}/1")).await;
    owner.delete(&format!("{path}/1")).await;
    owner.put(&path, r#"{"selected_repository_ids":[3]}"#).await;
    put_with(world, Place::Organization, "A", r#""visibility":"private""#).await;
    owner.delete(&format!("{SECRETS}/a")).await;
    owner.delete(&format!("{SECRETS}/a")).await;
    for place in [Place::Repository, Place::Environment] {
        put(world, place, "A").await;
        put(world, place, "A").await;
        owner.delete(&format!("{}/A", place.path())).await;
    }
}

#[tokio::test]
async fn every_change_is_one_entry_and_what_changes_nothing_is_none() {
    let world = World::new().await;
    live(&world).await;
    let shown = entries(&world, 7).await.into_iter().map(|entry| {
        let mut json: serde_json::Value = serde_json::from_str(&entry.text).expect("JSON");
        let members = json.as_object_mut().expect("an object");
        assert!(
            members
                .remove("request_id")
                .is_some_and(|id| id.is_string())
        );
        assert_eq!(members.remove("actor"), Some("owner".into()));
        assert_eq!(members.remove("actor_id"), Some(2.into()));
        assert_eq!(members.remove("token_id"), Some(2.into()));
        if members["action"] == "sealing_key.create" {
            members.insert("name".to_owned(), "…".into());
        }
        json.to_string()
    });
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r#"
    {"action":"sealing_key.create","name":"…","org":"octo-org"}
    {"action":"org.create_actions_secret","name":"A","org":"octo-org","visibility":"selected"}
    {"action":"org.update_actions_secret","name":"A","org":"octo-org","visibility":"selected"}
    {"action":"org.update_actions_secret","detail":"set","name":"A","org":"octo-org","repositories":3}
    {"action":"org.update_actions_secret","detail":"add","name":"A","org":"octo-org","repositories":1}
    {"action":"org.update_actions_secret","detail":"remove","name":"A","org":"octo-org","repositories":1}
    {"action":"org.update_actions_secret","name":"A","org":"octo-org","visibility":"private"}
    {"action":"org.remove_actions_secret","name":"A","org":"octo-org"}
    {"action":"sealing_key.create","name":"…","org":"octo-org","repo":"octo-org/hello-world","repository_id":1}
    {"action":"repo.create_actions_secret","name":"A","org":"octo-org","repo":"octo-org/hello-world","repository_id":1}
    {"action":"repo.update_actions_secret","name":"A","org":"octo-org","repo":"octo-org/hello-world","repository_id":1}
    {"action":"repo.remove_actions_secret","name":"A","org":"octo-org","repo":"octo-org/hello-world","repository_id":1}
    {"action":"sealing_key.create","environment_name":"production","name":"…","org":"octo-org","repo":"octo-org/hello-world","repository_id":1}
    {"action":"environment.create_actions_secret","environment_name":"production","name":"A","org":"octo-org","repo":"octo-org/hello-world","repository_id":1}
    {"action":"environment.update_actions_secret","environment_name":"production","name":"A","org":"octo-org","repo":"octo-org/hello-world","repository_id":1}
    {"action":"environment.remove_actions_secret","environment_name":"production","name":"A","org":"octo-org","repo":"octo-org/hello-world","repository_id":1}
    "#);
    assert!(verify(&world, 7).await.is_ok());
}

#[tokio::test]
async fn a_user_repository_is_logged_in_its_users_chain() {
    let world = World::new().await;
    let secrets = "/repos/owner/own/actions/secrets";
    let body = world.sealed(secrets, b"value").await;
    assert_eq!(
        world
            .r#as(&world.owner)
            .put(&format!("{secrets}/A"), body)
            .await
            .status,
        201
    );
    assert_eq!(verify(&world, 2).await, Ok(2));
    assert_eq!(entries(&world, 7).await.len(), 0);
}

#[tokio::test]
async fn no_entry_holds_a_value_or_a_box() {
    let world = World::new().await;
    let body = world
        .sealed_with(SECRETS, b"cAnArY", r#""visibility":"all""#)
        .await;
    let sent: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let sealed = sent["encrypted_value"].as_str().expect("a box");
    let reply = world
        .r#as(&world.owner)
        .put(&format!("{SECRETS}/A"), body.clone())
        .await;
    assert_eq!(reply.status, 201);
    for entry in entries(&world, 7).await {
        assert!(
            !entry.text.contains("cAnArY") && !entry.text.contains(sealed),
            "{}",
            entry.text
        );
    }
}

#[tokio::test]
async fn an_altered_entry_is_found_where_it_was_altered() {
    for (sql, found) in [
        (
            "UPDATE audit_entry SET entry = replace(entry, 'owner', 'other') WHERE seq = 3",
            3,
        ),
        ("UPDATE audit_entry SET at_ms = at_ms + 1 WHERE seq = 2", 2),
        ("UPDATE audit_entry SET chain = 2 WHERE seq = 1", 1),
        ("DELETE FROM audit_entry WHERE seq = 4", 4),
        ("DELETE FROM audit_entry WHERE seq > 5", 6),
        (
            "UPDATE audit_entry SET mac = (SELECT head FROM audit_chain WHERE chain = 7)
          WHERE seq = 5",
            5,
        ),
        ("UPDATE audit_chain SET seq = seq - 1 WHERE chain = 7", 0),
    ] {
        let world = World::new().await;
        live(&world).await;
        let all = verify(&world, 7).await.expect("a chain as it was written");
        world.change(sql).await;
        let found = if found == 0 {
            i64::try_from(all).expect("few") + 1
        } else {
            found
        };
        assert_eq!(verify(&world, 7).await, Err(found), "{sql}");
    }
}

#[tokio::test]
async fn two_entries_that_change_places_are_found() {
    let world = World::new().await;
    live(&world).await;
    world
        .change("UPDATE audit_entry SET seq = 100 WHERE seq = 2")
        .await;
    world
        .change("UPDATE audit_entry SET seq = 2 WHERE seq = 3")
        .await;
    world
        .change("UPDATE audit_entry SET seq = 3 WHERE seq = 100")
        .await;
    assert_eq!(verify(&world, 7).await, Err(2));
}
