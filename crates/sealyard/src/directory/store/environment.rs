//! Environments and the users who review what is deployed to them.

use std::collections::BTreeSet;

use sealyard_sql::{Error, Row, Session, Tx, Value};

use super::account::account;
use super::branch_policy;
use crate::directory::branch_policy::Protection;
use crate::directory::environment::{
    BranchPolicy, EnvironmentDetails, EnvironmentSettings, Reviewers,
};
use crate::directory::repository::RepositorySettings;
use crate::directory::{Environment, EnvironmentId, RepositoryId, name_key};
use crate::http::page::Page;

/// Ids of one statement. A static text must fix the number; the last id fills what is left.
const BATCH: usize = 12;

/// How many environments a repository has.
pub async fn count(session: &mut Session, repository: RepositoryId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM environment WHERE repository_id = $1";
    session.query_one(SQL, &[repository.0.into()]).await?.get(0)
}

/// One page of a repository's environments, by id.
pub async fn list(
    session: &mut Session,
    repository: RepositoryId,
    page: Page,
) -> Result<Vec<EnvironmentDetails>, Error> {
    const SQL: &str = "
        SELECT id, name, settings, created_at, updated_at FROM environment
        WHERE repository_id = $1 ORDER BY id LIMIT $2 OFFSET $3";
    let values = [repository.0.into(), page.size.into(), page.offset().into()];
    session
        .query(SQL, &values)
        .await?
        .iter()
        .map(details)
        .collect()
}

/// The environment of a name, in any case.
pub async fn get(
    session: &mut Session,
    repository: RepositoryId,
    name: &str,
) -> Result<Option<EnvironmentDetails>, Error> {
    const SQL: &str = "
        SELECT id, name, settings, created_at, updated_at FROM environment
        WHERE repository_id = $1 AND name_key = $2";
    let key = name_key(name);
    let row = session
        .query_opt(SQL, &[repository.0.into(), (&key).into()])
        .await?;
    row.as_ref().map(details).transpose()
}

/// What protects an environment; `None` if it is not there.
pub async fn settings(
    session: &mut Session,
    environment: EnvironmentId,
) -> Result<Option<EnvironmentSettings>, Error> {
    const SQL: &str = "SELECT settings FROM environment WHERE id = $1";
    let row = session.query_opt(SQL, &[environment.0.into()]).await?;
    row.as_ref().map(|row| decoded(row, 0)).transpose()
}

/// All that decides about a job that wants the environment; `None` if it is not there.
pub async fn protection(
    session: &mut Session,
    environment: EnvironmentId,
) -> Result<Option<Protection>, Error> {
    const SQL: &str = "
        SELECT environment.settings, repository.settings
        FROM environment JOIN repository ON repository.id = environment.repository_id
        WHERE environment.id = $1";
    let Some(row) = session.query_opt(SQL, &[environment.0.into()]).await? else {
        return Ok(None);
    };
    let settings = decoded(&row, 0)?;
    let repository: RepositorySettings =
        serde_json::from_str(row.get::<&str>(1)?).map_err(|_| Error::Column {
            index: 1,
            expected: "repository settings",
        })?;
    let patterns = match settings.branch_policy {
        Some(BranchPolicy::Custom) => branch_policy::patterns(session, environment).await?,
        Some(BranchPolicy::Protected) | None => Vec::new(),
    };
    Ok(Some(Protection {
        settings,
        patterns,
        default_branch: repository.default_branch,
    }))
}

/// Keeps a new environment, only while its repository exists; whether it did.
pub async fn insert(
    tx: &mut Tx,
    repository: RepositoryId,
    environment: &EnvironmentDetails,
) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO environment
            (id, repository_id, name, name_key, settings, created_at, updated_at)
        SELECT $2, id, $3, $4, $5, $6, $6 FROM repository WHERE id = $1";
    let name = environment.environment.name.as_str();
    let (key, settings) = (name_key(name), encoded(&environment.settings)?);
    let values: [Value<'_>; 6] = [
        repository.0.into(),
        environment.environment.id.0.into(),
        name.into(),
        (&key).into(),
        (&settings).into(),
        environment.created_at.into(),
    ];
    Ok(tx.execute(SQL, &values).await? > 0)
}

/// Changes what protects an environment.
pub async fn update(tx: &mut Tx, environment: &EnvironmentDetails) -> Result<(), Error> {
    const SQL: &str = "UPDATE environment SET settings = $2, updated_at = $3 WHERE id = $1";
    let settings = encoded(&environment.settings)?;
    let id = environment.environment.id.0;
    tx.execute(
        SQL,
        &[id.into(), (&settings).into(), environment.updated_at.into()],
    )
    .await?;
    Ok(())
}

/// The users of these ids; there are none of ids that are missing or an organisation's.
pub async fn users(session: &mut Session, ids: &BTreeSet<i64>) -> Result<Reviewers, Error> {
    const SQL: &str = "
        SELECT id, kind, login, site_admin FROM account
        WHERE kind = 'User'
          AND id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let ids: Vec<i64> = ids.iter().copied().collect();
    let mut users = Reviewers::new();
    for chunk in ids.chunks(BATCH) {
        let filler = chunk.last().copied().unwrap_or_default();
        let padding = std::iter::repeat_n(filler, BATCH.saturating_sub(chunk.len()));
        let values: Vec<_> = chunk
            .iter()
            .copied()
            .chain(padding)
            .map(Value::from)
            .collect();
        for row in session.query(SQL, &values).await? {
            let user = account(&row)?;
            users.insert(user.id.0, user);
        }
    }
    Ok(users)
}

fn encoded(settings: &EnvironmentSettings) -> Result<String, Error> {
    serde_json::to_string(settings)
        .map_err(|_| Error::Other("environment settings could not be written as JSON".to_owned()))
}

fn decoded(row: &Row, index: usize) -> Result<EnvironmentSettings, Error> {
    serde_json::from_str(row.get::<&str>(index)?).map_err(|_| Error::Column {
        index,
        expected: "environment settings",
    })
}

fn details(row: &Row) -> Result<EnvironmentDetails, Error> {
    Ok(EnvironmentDetails {
        environment: Environment {
            id: EnvironmentId(row.get(0)?),
            name: row.get(1)?,
        },
        settings: decoded(row, 2)?,
        created_at: row.get(3)?,
        updated_at: row.get(4)?,
    })
}
