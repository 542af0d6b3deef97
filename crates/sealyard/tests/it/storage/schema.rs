//! DDL is the one thing that is written twice: here the two are compared. The table that migrations
//! are counted in is not part of it: the seam makes that one itself.

use std::collections::BTreeSet;

use sealyard_sql::Engine;

use crate::world::{World, engine};

/// A thing that a schema has, in words: `column secret.name text not null`.
type Facts = BTreeSet<String>;

const SQLITE_COLUMNS: &str = "
    SELECT 'column ' || tables.name || '.' || columns.name || ' ' || lower(columns.type)
           || CASE WHEN columns.\"notnull\" = 1 OR columns.pk > 0 THEN ' not null' ELSE '' END
           || CASE WHEN columns.dflt_value IS NULL THEN '' ELSE ' default ' || columns.dflt_value
              END
    FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'";
/// Every index: of a primary key, of a unique constraint (0 or 1), or made by hand. A primary key
/// that is the row's number has no index of its own.
const SQLITE_INDEXES: &str = "
    SELECT CASE WHEN indexes.\"unique\" = 1 THEN 'unique ' ELSE 'index ' END || tables.name || ' ('
           || (SELECT group_concat(name, ', ')
               FROM (SELECT name FROM pragma_index_info(indexes.name) ORDER BY seqno)) || ')'
    FROM sqlite_schema AS tables, pragma_index_list(tables.name) AS indexes
    WHERE tables.type = 'table'
    UNION
    SELECT 'unique ' || tables.name || ' (' || max(columns.name) || ')'
    FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND columns.pk > 0
    GROUP BY tables.name HAVING COUNT(*) = 1";
const SQLITE_REFERENCES: &str = "
    SELECT 'reference ' || tables.name || '.' || keys.\"from\" || ' ' || keys.\"table\" || '.'
           || keys.\"to\"
    FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
    WHERE tables.type = 'table'";

const POSTGRES_COLUMNS: &str = "
    SELECT 'column ' || table_name || '.' || column_name || ' '
           || CASE data_type WHEN 'bigint' THEN 'integer' WHEN 'bytea' THEN 'blob'
                             ELSE data_type END
           || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
           || CASE WHEN column_default IS NULL THEN '' ELSE ' default ' || column_default END
           || CASE WHEN data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
                   THEN ' but not in the order of bytes' ELSE '' END
    FROM information_schema.columns WHERE table_schema = 'public'";
const POSTGRES_INDEXES: &str = "
    SELECT CASE WHEN i.indisunique THEN 'unique ' ELSE 'index ' END || t.relname || ' ('
           || (SELECT string_agg(a.attname, ', ' ORDER BY k.n)
               FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
               JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.attnum) || ')'
    FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
    WHERE t.relnamespace = 'public'::regnamespace";
const POSTGRES_REFERENCES: &str = "
    SELECT 'reference ' || c.conrelid::regclass || '.' || a.attname || ' '
           || c.confrelid::regclass || '.' || b.attname
    FROM pg_constraint AS c
    JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
    WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace";

async fn facts(world: &World, queries: [&'static str; 3]) -> Facts {
    let mut facts = Facts::new();
    let mut read = world.app.db.read().await.expect("a read");
    for sql in queries {
        let rows = read.query(sql, &[]).await.expect("a query");
        assert!(
            !rows.is_empty(),
            "a query about the schema that finds nothing proves nothing"
        );
        facts.extend(rows.iter().map(|row| row.get::<String>(0).expect("a text")));
        facts.retain(|fact| !fact.contains(" schema_migration"));
    }
    facts
}

async fn sqlite() -> Facts {
    let world = World::on(Engine::Sqlite).await;
    facts(&world, [SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_REFERENCES]).await
}

#[tokio::test]
async fn the_schema_is_the_same_on_both_engines() {
    let sqlite = sqlite().await;
    // Without a PostgreSQL server, that the facts are read at all is what can be tested.
    for fact in [
        "column secret.name text not null",
        "column secret.unopened text",
        "column repository.archived integer not null default 0",
        "unique secret (family, scope_kind, scope_id, name)",
        "unique account (login_key)",
        "unique account (id)",
        "index token (user_id)",
        "reference secret_selection.repository_id repository.id",
    ] {
        assert!(sqlite.contains(fact), "{fact} is not among {sqlite:#?}");
    }
    if engine() == Engine::Postgres {
        let world = World::on(Engine::Postgres).await;
        let queries = [POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_REFERENCES];
        let postgres = facts(&world, queries).await;
        let only = |one: &Facts, other: &Facts| {
            one.difference(other)
                .cloned()
                .collect::<Vec<_>>()
                .join("\n")
        };
        let (here, there) = (only(&sqlite, &postgres), only(&postgres, &sqlite));
        assert!(
            here.is_empty() && there.is_empty(),
            "only SQLite:\n{here}\nonly PostgreSQL:\n{there}"
        );
    }
}
