//! Deployment branch policies.

use sealyard_sql::{Error, Row, Session, Tx, Value};

use crate::directory::EnvironmentId;
use crate::directory::branch_policy::{DeploymentBranchPolicy, Pattern, PatternName, RefKind};
use crate::http::page::Page;
use crate::row::word;

/// How many policies an environment has.
pub async fn count(session: &mut Session, environment: EnvironmentId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM deployment_branch_policy WHERE environment_id = $1";
    session
        .query_one(SQL, &[environment.0.into()])
        .await?
        .get(0)
}

/// One page of an environment's policies, by id.
pub async fn list(
    session: &mut Session,
    environment: EnvironmentId,
    page: Page,
) -> Result<Vec<DeploymentBranchPolicy>, Error> {
    const SQL: &str = "
        SELECT id, kind, pattern FROM deployment_branch_policy
        WHERE environment_id = $1 ORDER BY id LIMIT $2 OFFSET $3";
    let values = [environment.0.into(), page.size.into(), page.offset().into()];
    let rows = session.query(SQL, &values).await?;
    rows.iter().map(policy).collect()
}

/// All patterns of an environment.
pub async fn patterns(
    session: &mut Session,
    environment: EnvironmentId,
) -> Result<Vec<Pattern>, Error> {
    const SQL: &str = "
        SELECT id, kind, pattern FROM deployment_branch_policy WHERE environment_id = $1";
    let rows = session.query(SQL, &[environment.0.into()]).await?;
    rows.iter()
        .map(|row| policy(row).map(|policy| policy.pattern))
        .collect()
}

/// An environment's policy of an id.
pub async fn get(
    session: &mut Session,
    environment: EnvironmentId,
    id: i64,
) -> Result<Option<DeploymentBranchPolicy>, Error> {
    const SQL: &str = "
        SELECT id, kind, pattern FROM deployment_branch_policy
        WHERE id = $1 AND environment_id = $2";
    let row = session
        .query_opt(SQL, &[id.into(), environment.0.into()])
        .await?;
    row.as_ref().map(policy).transpose()
}

/// An environment's policy of exactly this pattern.
pub async fn find(
    session: &mut Session,
    environment: EnvironmentId,
    pattern: &Pattern,
) -> Result<Option<DeploymentBranchPolicy>, Error> {
    const SQL: &str = "
        SELECT id, kind, pattern FROM deployment_branch_policy
        WHERE environment_id = $1 AND kind = $2 AND pattern = $3";
    let values = [
        environment.0.into(),
        pattern.kind.as_str().into(),
        pattern.name.as_str().into(),
    ];
    let row = session.query_opt(SQL, &values).await?;
    row.as_ref().map(policy).transpose()
}

/// Keeps a new policy.
pub async fn insert(
    tx: &mut Tx,
    environment: EnvironmentId,
    policy: &DeploymentBranchPolicy,
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO deployment_branch_policy (id, environment_id, kind, pattern)
        VALUES ($1, $2, $3, $4)";
    let values: [Value<'_>; 4] = [
        policy.id.into(),
        environment.0.into(),
        policy.pattern.kind.as_str().into(),
        policy.pattern.name.as_str().into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Changes the pattern of a policy.
pub async fn update(tx: &mut Tx, policy: &DeploymentBranchPolicy) -> Result<(), Error> {
    const SQL: &str = "UPDATE deployment_branch_policy SET pattern = $2 WHERE id = $1";
    let pattern = policy.pattern.name.as_str();
    tx.execute(SQL, &[policy.id.into(), pattern.into()]).await?;
    Ok(())
}

/// Deletes a policy.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM deployment_branch_policy WHERE id = $1";
    tx.execute(SQL, &[id.into()]).await?;
    Ok(())
}

fn policy(row: &Row) -> Result<DeploymentBranchPolicy, Error> {
    Ok(DeploymentBranchPolicy {
        id: row.get(0)?,
        pattern: Pattern {
            kind: word(row, 1, "branch or tag", RefKind::parse)?,
            name: word(row, 2, "a pattern", PatternName::parse)?,
        },
    })
}
