//! What the store holds, as text that can be compared.

use std::fmt::Write as _;

use sealyard::apply::Report;
use sealyard_sql::{Row, Value};

use crate::world::World;

/// Every table that applying a file could touch, with how many columns are read of it.
const TABLES: [(&str, usize); 8] = [
    (
        "SELECT id, kind, login, login_key, name, email, description, site_admin, created_at,
                updated_at
         FROM account ORDER BY id",
        10,
    ),
    (
        "SELECT org_id, user_id, role FROM membership ORDER BY org_id, user_id",
        3,
    ),
    (
        "SELECT id, owner_id, name, name_key, visibility, archived, description, settings,
                created_at, updated_at
         FROM repository ORDER BY id",
        10,
    ),
    (
        "SELECT id, repository_id, name, name_key, settings, created_at, updated_at
         FROM environment ORDER BY id",
        7,
    ),
    (
        "SELECT repository_id, user_id, role FROM collaborator ORDER BY repository_id, user_id",
        3,
    ),
    ("SELECT kind, value FROM counter ORDER BY kind", 2),
    // A chain that was looked at and has no entry is none.
    (
        "SELECT chain, seq FROM audit_chain WHERE seq > 0 ORDER BY chain",
        2,
    ),
    (
        "SELECT chain, seq, at_ms, entry FROM audit_entry ORDER BY chain, seq",
        4,
    ),
];

pub(super) async fn rows(world: &World, sql: &'static str, values: &[Value<'_>]) -> Vec<Row> {
    let mut read = world.app.db.read().await.expect("a read");
    read.query(sql, values).await.expect("a query")
}

/// All of it.
pub(super) async fn everything(world: &World) -> String {
    let mut text = String::new();
    for (sql, columns) in TABLES {
        for row in rows(world, sql, &[]).await {
            for column in 0..columns {
                match (
                    row.get::<Option<i64>>(column),
                    row.get::<Option<&str>>(column),
                ) {
                    (_, Ok(value)) => write!(text, "{value:?} "),
                    (value, Err(_)) => write!(text, "{:?} ", value.expect("a number")),
                }
                .expect("a string");
            }
            text.push('\n');
        }
    }
    text
}

/// What the log says of each owner of a report, newest run only, without times and ids.
pub(super) async fn actions(world: &World, report: &Report) -> String {
    const LAST: &str = "
        SELECT entry FROM audit_entry
        WHERE chain = $1 ORDER BY seq DESC LIMIT $2";
    const ID: &str = "SELECT id FROM account WHERE login = $1";
    let mut text = String::new();
    for (owner, counts) in &report.done {
        let id: i64 = match rows(world, ID, &[owner.into()]).await.first() {
            Some(row) => row.get(0).expect("an id"),
            None => 0,
        };
        // A repository that changes in two ways has two entries.
        let most = i64::try_from(2 * (counts.added + counts.changed + counts.removed));
        let most = most.expect("a number");
        writeln!(text, "{owner}").expect("a string");
        let mut entries = rows(world, LAST, &[id.into(), most.into()]).await;
        entries.reverse();
        for row in entries {
            let entry: serde_json::Value =
                serde_json::from_str(row.get(0).expect("a text")).expect("JSON");
            let of = |key: &str| entry[key].as_str().map(str::to_owned);
            let words = [
                "action",
                "org",
                "repo",
                "environment_name",
                "user",
                "visibility",
                "detail",
            ];
            let words: Vec<_> = words.into_iter().filter_map(of).collect();
            writeln!(text, "  {}", words.join(" ")).expect("a string");
            for key in ["actor", "actor_id", "token_id", "request_id"] {
                assert_eq!(entry[key], serde_json::Value::Null, "an operator has none");
            }
        }
    }
    text
}
