//! Repositories: made, shown, listed, changed, renamed, deleted.

mod life;
mod lists;
mod names;
mod removal;
mod visibility;

use crate::world::{Reply, World};

/// `GET /repos/{full_name}` as `owner`.
async fn shown(world: &World, full_name: &str) -> serde_json::Value {
    let reply = world
        .r#as(&world.owner)
        .get(&format!("/repos/{full_name}"))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// The audit actions of a chain, oldest first.
async fn actions(world: &World, chain: i64) -> Vec<String> {
    let sql = "SELECT entry FROM audit_entry WHERE chain = $1 ORDER BY seq";
    let mut read = world.app.db.read().await.expect("a read");
    let rows = read.query(sql, &[chain.into()]).await.expect("a query");
    let action = |entry: &str| {
        let entry: serde_json::Value = serde_json::from_str(entry).expect("JSON");
        text(&entry, "action")
    };
    rows.iter()
        .map(|row| action(row.get(0).expect("an entry")))
        .collect()
}

/// A new token of `owner` with these scopes.
async fn owner_token(world: &World, scopes: &str) -> String {
    let body = serde_json::json!({ "scopes": scopes.split(", ").collect::<Vec<_>>() }).to_string();
    let made = world
        .r#as(&world.admin)
        .post("/admin/users/owner/authorizations", body)
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    text(&made.json(), "token")
}

/// The names in a list of repositories.
fn names(reply: &Reply) -> Vec<String> {
    let list = reply.json();
    let name = |item: &serde_json::Value| text(item, "full_name");
    list.as_array().expect("a list").iter().map(name).collect()
}

/// A member that is a text.
fn text(object: &serde_json::Value, name: &str) -> String {
    object
        .get(name)
        .and_then(|text| text.as_str())
        .expect("a text")
        .to_owned()
}

/// `octo-org`'s account, whose chain records what happens to its repositories.
const OCTO_ORG: i64 = 7;
