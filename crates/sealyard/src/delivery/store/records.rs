//! The records of secrets: the only statements that select them for delivery.

use sealyard_sql::{Error, Row, Session, Tx, Value};
use sealyard_vault::OwnerKind;

use crate::delivery::JobId;
use crate::delivery::resolve::{ORGANIZATION_SECRETS_MAX, Record};
use crate::directory::{AccountKind, EnvironmentId, Repository};
use crate::secrets::store::{code, shared, shared_by};

/// Copies what its organisation and its repository hold for a job now, in two statements.
pub async fn copy(tx: &mut Tx, job: JobId, repository: &Repository) -> Result<(), Error> {
    const OF_ORGANIZATION: &str = concat!(
        "INSERT INTO job_secret (job_id, scope_kind, name, write_id, unopened, record) ",
        shared!(
            "$4, 1, name, write_id, unopened, record",
            "ORDER BY name LIMIT $5"
        )
    );
    const OF_REPOSITORY: &str = "
        INSERT INTO job_secret (job_id, scope_kind, name, write_id, unopened, record)
        SELECT $2, 2, name, write_id, unopened, record FROM secret
        WHERE family = 1 AND scope_kind = 2 AND scope_id = $1";
    if repository.owner.kind == AccountKind::Organization {
        let [organization, id, private] = shared_by(repository);
        let max = ORGANIZATION_SECRETS_MAX.into();
        let values = [organization, id, private, job.0.into(), max];
        tx.execute(OF_ORGANIZATION, &values).await?;
    }
    tx.execute(OF_REPOSITORY, &[repository.id.0.into(), job.0.into()])
        .await?;
    Ok(())
}

/// What was copied for a job.
pub async fn copied(session: &mut Session, job: JobId) -> Result<Vec<Record>, Error> {
    const SQL: &str = "
        SELECT name, write_id, unopened, record, scope_kind FROM job_secret
        WHERE job_id = $1 ORDER BY scope_kind, name";
    let rows = session.query(SQL, &[job.0.into()]).await?;
    rows.iter()
        .map(|row| {
            let scope = match row.get::<i64>(4)? {
                1 => OwnerKind::Organization,
                _ => OwnerKind::Repository,
            };
            record(row, scope)
        })
        .collect()
}

/// What its organisation and its repository hold for a repository's jobs now.
pub async fn of_repository(
    session: &mut Session,
    repository: &Repository,
) -> Result<Vec<Record>, Error> {
    const OF_ORGANIZATION: &str =
        shared!("name, write_id, unopened, record", "ORDER BY name LIMIT $4");
    let mut records = Vec::new();
    if repository.owner.kind == AccountKind::Organization {
        let [organization, id, private] = shared_by(repository);
        let values = [organization, id, private, ORGANIZATION_SECRETS_MAX.into()];
        for row in session.query(OF_ORGANIZATION, &values).await? {
            records.push(record(&row, OwnerKind::Organization)?);
        }
    }
    records.extend(of_scope(session, OwnerKind::Repository, repository.id.0).await?);
    Ok(records)
}

/// What an environment holds now.
pub async fn of_environment(
    session: &mut Session,
    environment: EnvironmentId,
) -> Result<Vec<Record>, Error> {
    of_scope(session, OwnerKind::Environment, environment.0).await
}

async fn of_scope(session: &mut Session, kind: OwnerKind, id: i64) -> Result<Vec<Record>, Error> {
    const SQL: &str = "
        SELECT name, write_id, unopened, record FROM secret
        WHERE family = 1 AND scope_kind = $1 AND scope_id = $2 ORDER BY name";
    let values: [Value<'_>; 2] = [code(kind).into(), id.into()];
    let rows = session.query(SQL, &values).await?;
    rows.iter().map(|row| record(row, kind)).collect()
}

fn record(row: &Row, scope: OwnerKind) -> Result<Record, Error> {
    Ok(Record {
        scope,
        name: row.get(0)?,
        write_id: row.get(1)?,
        unopened: row.get::<Option<&str>>(2)?.is_some(),
        record: row.get(3)?,
    })
}
