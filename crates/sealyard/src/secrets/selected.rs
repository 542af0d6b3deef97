//! The repositories that an organisation's secret of visibility `selected` is for.

use std::collections::BTreeSet;

use sealyard_sql::{Session, Tx, Value};

use super::Error;
use crate::directory::RepositoryId;
use crate::identity::AccountId;

/// Ids of one statement. A static text must fix the number; the last id fills what is left.
const BATCH: usize = 32;

macro_rules! batch {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
              $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)",
            $after
        )
    };
}

/// Makes the selection exactly `ids`, or nothing. Writes only what differs, and tells how much.
///
/// [`Error::NotInOrganization`] if one of them is not a repository of the organisation.
pub async fn replace(
    tx: &mut Tx,
    organization: AccountId,
    name: &str,
    ids: Option<&BTreeSet<RepositoryId>>,
) -> Result<usize, Error> {
    let nothing = BTreeSet::new();
    let wanted = ids.unwrap_or(&nothing);
    let present = all(tx, organization, name).await?;
    let added: Vec<_> = wanted.difference(&present).map(|id| id.0).collect();
    let removed: Vec<_> = present.difference(wanted).map(|id| id.0).collect();
    for chunk in added.chunks(BATCH) {
        insert(tx, organization, name, chunk).await?;
    }
    for chunk in removed.chunks(BATCH) {
        delete(tx, organization, name, chunk).await?;
    }
    Ok(added.len() + removed.len())
}

/// Adds one repository; adding it again changes nothing.
///
/// [`Error::NotFound`] if it is not a repository of the organisation.
pub async fn add(
    tx: &mut Tx,
    organization: AccountId,
    name: &str,
    id: RepositoryId,
) -> Result<usize, Error> {
    if contains(tx, organization, name, id).await? {
        return Ok(0);
    }
    match insert(tx, organization, name, &[id.0]).await {
        Err(Error::NotInOrganization) => Err(Error::NotFound),
        other => other.map(|()| 1),
    }
}

/// Removes one repository, which need not be selected.
pub async fn remove(
    tx: &mut Tx,
    organization: AccountId,
    name: &str,
    id: RepositoryId,
) -> Result<usize, Error> {
    if !contains(tx, organization, name, id).await? {
        return Ok(0);
    }
    delete(tx, organization, name, &[id.0]).await.map(|()| 1)
}

/// How many repositories are selected.
pub async fn count(
    session: &mut Session,
    organization: AccountId,
    name: &str,
) -> Result<i64, Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM secret_selection
        WHERE family = 1 AND org_id = $1 AND name = $2";
    Ok(session
        .query_one(SQL, &[organization.0.into(), name.into()])
        .await?
        .get(0)?)
}

async fn all(
    session: &mut Session,
    organization: AccountId,
    name: &str,
) -> Result<BTreeSet<RepositoryId>, Error> {
    const SQL: &str = "
        SELECT repository_id FROM secret_selection
        WHERE family = 1 AND org_id = $1 AND name = $2";
    let rows = session
        .query(SQL, &[organization.0.into(), name.into()])
        .await?;
    rows.iter()
        .map(|row| Ok(RepositoryId(row.get(0)?)))
        .collect()
}

async fn contains(
    session: &mut Session,
    organization: AccountId,
    name: &str,
    id: RepositoryId,
) -> Result<bool, Error> {
    const SQL: &str = "
        SELECT 1 FROM secret_selection
        WHERE family = 1 AND org_id = $1 AND name = $2 AND repository_id = $3";
    let values = [organization.0.into(), name.into(), id.0.into()];
    Ok(session.query_opt(SQL, &values).await?.is_some())
}

/// Inserts at most [`BATCH`] distinct ids, and checks in the same statement whose they are.
async fn insert(
    tx: &mut Tx,
    organization: AccountId,
    name: &str,
    ids: &[i64],
) -> Result<(), Error> {
    const SQL: &str = batch!(
        "INSERT INTO secret_selection (family, org_id, name, repository_id)
         SELECT 1, owner_id, $2, id FROM repository WHERE owner_id = $1 AND id IN ",
        ""
    );
    let inserted = tx.execute(SQL, &values(organization, name, ids)).await?;
    let all = u64::try_from(ids.len()).is_ok_and(|wanted| inserted == wanted);
    if all {
        Ok(())
    } else {
        Err(Error::NotInOrganization)
    }
}

async fn delete(
    tx: &mut Tx,
    organization: AccountId,
    name: &str,
    ids: &[i64],
) -> Result<(), Error> {
    const SQL: &str = batch!(
        "DELETE FROM secret_selection
         WHERE family = 1 AND org_id = $1 AND name = $2 AND repository_id IN ",
        ""
    );
    tx.execute(SQL, &values(organization, name, ids)).await?;
    Ok(())
}

fn values<'a>(organization: AccountId, name: &'a str, ids: &[i64]) -> Vec<Value<'a>> {
    let filler = ids.last().copied().unwrap_or_default();
    let padding = std::iter::repeat_n(filler, BATCH.saturating_sub(ids.len()));
    let mut values = vec![organization.0.into(), name.into()];
    values.extend(ids.iter().copied().chain(padding).map(Value::from));
    values
}
