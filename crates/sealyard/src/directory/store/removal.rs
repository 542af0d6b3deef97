//! Everything that goes with a repository or an environment, statement by statement.
//!
//! No `ON DELETE CASCADE`: what is deleted stands here, in the order in which rows point at each
//! other, and a test counts what is left in every table.

use sealyard_sql::{Error, Tx};

use crate::directory::{EnvironmentId, RepositoryId};

/// What goes with an environment ($1). Each names all families: they lead the primary keys.
const ENVIRONMENT: [&str; 5] = [
    "DELETE FROM secret
     WHERE family IN (1, 2, 3, 4) AND scope_kind = 3 AND scope_id = $1",
    "DELETE FROM sealing_key
     WHERE family IN (1, 2, 3, 4) AND scope_kind = 3 AND scope_id = $1",
    "DELETE FROM delivery WHERE scope_kind = 3 AND scope_id = $1",
    "DELETE FROM deployment_branch_policy WHERE environment_id = $1",
    "DELETE FROM environment WHERE id = $1",
];

/// What goes with a repository ($1).
const REPOSITORY: [&str; 18] = [
    "DELETE FROM secret
     WHERE family IN (1, 2, 3, 4) AND scope_kind = 3
       AND scope_id IN (SELECT id FROM environment WHERE repository_id = $1)",
    "DELETE FROM sealing_key
     WHERE family IN (1, 2, 3, 4) AND scope_kind = 3
       AND scope_id IN (SELECT id FROM environment WHERE repository_id = $1)",
    "DELETE FROM delivery
     WHERE scope_kind = 3
       AND scope_id IN (SELECT id FROM environment WHERE repository_id = $1)",
    "DELETE FROM deployment_branch_policy
     WHERE environment_id IN (SELECT id FROM environment WHERE repository_id = $1)",
    "DELETE FROM environment WHERE repository_id = $1",
    "DELETE FROM secret
     WHERE family IN (1, 2, 3, 4) AND scope_kind = 2 AND scope_id = $1",
    "DELETE FROM sealing_key
     WHERE family IN (1, 2, 3, 4) AND scope_kind = 2 AND scope_id = $1",
    "DELETE FROM delivery WHERE scope_kind = 2 AND scope_id = $1",
    "DELETE FROM secret_selection WHERE repository_id = $1",
    "DELETE FROM job_secret WHERE job_id IN (SELECT id FROM job WHERE repository_id = $1)",
    "DELETE FROM job WHERE repository_id = $1",
    "DELETE FROM runner_label
     WHERE runner_id IN (SELECT id FROM runner WHERE scope_kind = 2 AND scope_id = $1)",
    "DELETE FROM runner WHERE scope_kind = 2 AND scope_id = $1",
    "DELETE FROM runner_token WHERE scope_kind = 2 AND scope_id = $1",
    "DELETE FROM collaborator WHERE repository_id = $1",
    "DELETE FROM selection_repository WHERE repository_id = $1",
    "DELETE FROM repository_redirect WHERE repository_id = $1",
    "DELETE FROM repository WHERE id = $1",
];

/// Deletes an environment, its secrets and its keys; whether there was one.
pub async fn environment(tx: &mut Tx, id: EnvironmentId) -> Result<bool, Error> {
    all(tx, &ENVIRONMENT, id.0).await
}

/// Deletes a repository and everything that hangs on it; whether there was one. Whose credentials its
/// runners had is remembered.
pub async fn repository(tx: &mut Tx, id: RepositoryId, now: i64) -> Result<bool, Error> {
    const REMEMBER: &str = "
        INSERT INTO removed_runner (mac, runner_id, name, owner_id, removed_at)
        SELECT runner.mac, runner.id, runner.name, repository.owner_id, $2
        FROM runner JOIN repository ON repository.id = runner.scope_id
        WHERE runner.scope_kind = 2 AND runner.scope_id = $1";
    tx.execute(REMEMBER, &[id.0.into(), now.into()]).await?;
    all(tx, &REPOSITORY, id.0).await
}

/// Runs the statements; whether the last one, for the thing itself, found it.
async fn all(tx: &mut Tx, statements: &[&'static str], id: i64) -> Result<bool, Error> {
    let mut deleted = 0;
    for statement in statements {
        deleted = tx.execute(statement, &[id.into()]).await?;
    }
    Ok(deleted > 0)
}
