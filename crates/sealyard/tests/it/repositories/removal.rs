//! What goes with a repository, in every table.

use std::collections::BTreeMap;

use super::{OCTO_ORG, actions};
use crate::world::World;

/// What only grows: the log, and the numbers that are never given twice.
const GROWING: [&str; 3] = ["audit_chain", "audit_entry", "counter"];
/// What remains of it: whose credential its runners had, for the log.
const REMAINING: &str = "removed_runner";
/// Where the rows of a repository are.
const HANGING: [&str; 15] = [
    "collaborator",
    "delivery",
    "deployment_branch_policy",
    "environment",
    "job",
    "job_secret",
    "repository",
    "repository_redirect",
    "runner",
    "runner_label",
    "runner_token",
    "sealing_key",
    "secret",
    "secret_selection",
    "selection_repository",
];

/// How many rows each table has: of the schema as it is, so that a new table is counted too.
async fn rows(world: &World) -> BTreeMap<&'static str, i64> {
    const SCHEMA: &str = include_str!("../../../migrations/sqlite/0001_start.sql");
    let mut rows = BTreeMap::new();
    for line in SCHEMA.lines() {
        let Some(rest) = line.strip_prefix("CREATE TABLE ") else {
            continue;
        };
        let table = rest.split_whitespace().next().expect("a name");
        let sql: &'static str = Box::leak(format!("SELECT COUNT(*) FROM {table}").into());
        if !GROWING.contains(&table) {
            rows.insert(table, world.count(sql).await);
        }
    }
    rows
}

/// A repository with one of everything, `octo-org/doomed`, which was `octo-org/born`. Its secrets
/// are in an environment too, and in the selection of an organisation's secret.
async fn fill(world: &World) -> i64 {
    let owner = world.r#as(&world.owner);
    let created = owner
        .post("/orgs/octo-org/repos", r#"{"name":"born"}"#)
        .await
        .json();
    let id = created
        .get("id")
        .and_then(serde_json::Value::as_i64)
        .expect("an id");
    owner
        .patch("/repos/octo-org/born", r#"{"name":"doomed"}"#)
        .await;
    let path = "/repos/octo-org/doomed";
    owner.put(&format!("{path}/collaborators/writer"), "").await;
    let staging = format!("{path}/environments/staging");
    let custom = r#"{"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}"#;
    owner.put(&staging, custom).await;
    owner
        .post(
            &format!("{staging}/deployment-branch-policies"),
            r#"{"name":"main"}"#,
        )
        .await;
    for secrets in [
        format!("{path}/actions/secrets"),
        format!("{path}/environments/staging/secrets"),
    ] {
        let body = world.sealed(&secrets, b"value").await;
        assert_eq!(owner.put(&format!("{secrets}/A"), body).await.status, 201);
    }
    let selected = format!("/orgs/octo-org/actions/secrets/ORG/repositories/{id}");
    assert_eq!(owner.put(&selected, "").await.status, 204);
    let claims = r#"{"repository":"octo-org/doomed"}"#;
    let ticket = owner.post("/api/sealyard/v1/tickets", claims).await;
    assert_eq!(ticket.status, 201);
    let mut tx = world.app.db.begin().await.expect("a write");
    for sql in [
        "INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, created_at)
         VALUES (91, 2, $1, 'runner', 'linux', $2, 1, 0)",
        "INSERT INTO runner_token (scope_kind, scope_id, mac, epoch, purpose, expires_at)
         VALUES (2, $1, $2, 1, 'register', 0)",
        "INSERT INTO delivery (scope_kind, scope_id, digest, names, delivered_at, job_id,
                               repository_id, deliveries)
         VALUES (2, $1, $2, '[]', 0, 1, $1, 1)",
        "INSERT INTO delivery (scope_kind, scope_id, digest, names, delivered_at, job_id,
                               repository_id, deliveries)
         SELECT 3, id, $2, '[]', 0, 1, $1, 1 FROM environment WHERE repository_id = $1",
    ] {
        tx.execute(sql, &[id.into(), (&[7; 32]).into()])
            .await
            .expect("a statement");
    }
    // As one that a runner of the organisation serves.
    let served = "INSERT INTO selection_repository (selection_id, repository_id) VALUES (900, $1)";
    tx.execute(served, &[id.into()]).await.expect("a statement");
    let label = "
        INSERT INTO runner_label (id, runner_id, name, name_key, read_only)
        VALUES (91, 91, 'self-hosted', 'self-hosted', 1)";
    tx.execute(label, &[]).await.expect("a statement");
    tx.commit().await.expect("a commit");
    id
}

#[tokio::test]
async fn nothing_of_a_deleted_repository_is_left_in_any_table() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let secrets = "/orgs/octo-org/actions/secrets";
    let more = r#""visibility":"selected","selected_repository_ids":[1]"#;
    let body = world.sealed_with(secrets, b"value", more).await;
    assert_eq!(owner.put(&format!("{secrets}/ORG"), body).await.status, 201);
    let before = rows(&world).await;
    fill(&world).await;
    let between = rows(&world).await;
    for table in HANGING {
        assert!(
            between[table] > before[table],
            "the repository has nothing in {table}"
        );
    }
    assert_eq!(owner.delete("/repos/octo-org/doomed").await.status, 204);
    let mut after = rows(&world).await;
    assert_eq!(after.insert(REMAINING, before[REMAINING]), Some(1));
    assert_eq!(after, before);
    for name in ["doomed", "born"] {
        assert_eq!(
            owner.get(&format!("/repos/octo-org/{name}")).await.status,
            404
        );
    }
    assert_eq!(owner.delete("/repos/octo-org/doomed").await.status, 404);
    assert_eq!(
        actions(&world, OCTO_ORG).await.last().expect("an action"),
        "repo.destroy"
    );
}

#[tokio::test]
async fn a_new_repository_of_an_old_name_is_empty_and_has_an_id_of_its_own() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let more = r#""visibility":"selected","selected_repository_ids":[]"#;
    let body = world
        .sealed_with("/orgs/octo-org/actions/secrets", b"value", more)
        .await;
    owner.put("/orgs/octo-org/actions/secrets/ORG", body).await;
    let id = fill(&world).await;
    assert_eq!(owner.delete("/repos/octo-org/doomed").await.status, 204);
    let again = owner
        .post("/orgs/octo-org/repos", r#"{"name":"doomed"}"#)
        .await
        .json();
    assert_eq!(again["id"], id + 1);
    for list in [
        "actions/secrets",
        "environments",
        "actions/organization-secrets",
    ] {
        let list = owner
            .get(&format!("/repos/octo-org/doomed/{list}"))
            .await
            .json();
        assert_eq!(list["total_count"], 0);
    }
    let writer = world
        .r#as(&world.writer)
        .get("/repos/octo-org/doomed")
        .await
        .json();
    assert_eq!(writer["permissions"]["push"], false);
}
