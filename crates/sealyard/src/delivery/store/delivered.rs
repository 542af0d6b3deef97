//! What was delivered last: one row for each set of names that a scope has given together.

use aws_lc_rs::digest::{SHA256, digest};
use sealyard_sql::{Error, Session, Tx, Value};

use crate::delivery::JobId;
use crate::directory::RepositoryId;
use crate::runners::RunnerId;
use crate::secrets::scope::ScopeKey;
use crate::secrets::store::code;

/// Sets of names that are remembered for one scope. Usually there is one for each state that the
/// scope was in; somebody who asks for all kinds of choices makes the oldest forgotten. The audit log
/// has them all.
const SETS_MAX: i64 = 1_000;

/// A delivery, as far as it is remembered.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The names that were given together.
    pub names: Vec<String>,
    /// When last, in seconds since 1970.
    pub at: i64,
    /// To which job.
    pub job: JobId,
    /// Of which repository, as `owner/name`; gone if that is deleted.
    pub repository: Option<String>,
    /// On which runner; none where a person had them.
    pub runner: Option<(RunnerId, String)>,
}

/// To whom something is delivered.
pub struct Recipient<'a> {
    /// The job.
    pub job: JobId,
    /// Its repository.
    pub repository: RepositoryId,
    /// The runner, if it is one.
    pub runner: Option<(RunnerId, &'a str)>,
    /// Seconds since 1970.
    pub now: i64,
}

/// Notes that a scope gave these names, which are in order.
pub async fn note(
    tx: &mut Tx,
    scope: ScopeKey,
    names: &[&str],
    to: &Recipient<'_>,
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO delivery (scope_kind, scope_id, digest, names, delivered_at, job_id,
                              repository_id, runner_id, runner_name, deliveries)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
        ON CONFLICT (scope_kind, scope_id, digest) DO UPDATE SET
            delivered_at = excluded.delivered_at,
            job_id = excluded.job_id,
            repository_id = excluded.repository_id,
            runner_id = excluded.runner_id,
            runner_name = excluded.runner_name,
            deliveries = delivery.deliveries + 1
        RETURNING deliveries";
    let text = names.join("\n");
    let digest = digest(&SHA256, text.as_bytes());
    let values: [Value<'_>; 9] = [
        code(scope.kind).into(),
        scope.id.into(),
        digest.as_ref().into(),
        (&text).into(),
        to.now.into(),
        to.job.0.into(),
        to.repository.0.into(),
        to.runner.map(|(id, _)| id.0).into(),
        to.runner.map(|(_, name)| name).into(),
    ];
    let deliveries: i64 = tx.query_one(SQL, &values).await?.get(0)?;
    if deliveries == 1 {
        forget_oldest(tx, scope).await?;
    }
    Ok(())
}

/// Forgets the oldest set of a scope that has one more than [`SETS_MAX`].
async fn forget_oldest(tx: &mut Tx, scope: ScopeKey) -> Result<(), Error> {
    const SQL: &str = "
        DELETE FROM delivery
        WHERE scope_kind = $1 AND scope_id = $2 AND digest IN (
            SELECT digest FROM delivery WHERE scope_kind = $1 AND scope_id = $2
            ORDER BY delivered_at DESC, job_id DESC LIMIT 1 OFFSET $3)";
    let values = [code(scope.kind).into(), scope.id.into(), SETS_MAX.into()];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// What a scope has given, the latest first.
pub async fn list(session: &mut Session, scope: ScopeKey) -> Result<Vec<Delivery>, Error> {
    const SQL: &str = "
        SELECT delivery.names, delivery.delivered_at, delivery.job_id, account.login,
               repository.name, delivery.runner_id, delivery.runner_name
        FROM delivery
        LEFT JOIN repository ON repository.id = delivery.repository_id
        LEFT JOIN account ON account.id = repository.owner_id
        WHERE delivery.scope_kind = $1 AND delivery.scope_id = $2
        ORDER BY delivery.delivered_at DESC, delivery.job_id DESC";
    let rows = session
        .query(SQL, &[code(scope.kind).into(), scope.id.into()])
        .await?;
    rows.iter()
        .map(|row| {
            let repository = match (row.get::<Option<&str>>(3)?, row.get::<Option<&str>>(4)?) {
                (Some(owner), Some(name)) => Some(format!("{owner}/{name}")),
                _ => None,
            };
            let runner_name: Option<String> = row.get(6)?;
            Ok(Delivery {
                names: row.get::<&str>(0)?.lines().map(str::to_owned).collect(),
                at: row.get(1)?,
                job: JobId(row.get(2)?),
                repository,
                runner: row
                    .get::<Option<i64>>(5)?
                    .map(|id| (RunnerId(id), runner_name.unwrap_or_default())),
            })
        })
        .collect()
}
