//! Organisations in lists.

use sealyard_sql::{Error, Row, Session};

use crate::directory::organization::OrganizationSummary;
use crate::http::page::Page;
use crate::identity::AccountId;

/// An organisation as lists show it.
pub async fn summary(
    session: &mut Session,
    id: AccountId,
) -> Result<Option<OrganizationSummary>, Error> {
    const SQL: &str = "
        SELECT id, login, description FROM account WHERE id = $1 AND kind = 'Organization'";
    session
        .query_opt(SQL, &[id.0.into()])
        .await?
        .as_ref()
        .map(organization)
        .transpose()
}

/// One page of the organisations that a user belongs to, by id.
pub async fn list_of(
    session: &mut Session,
    user: AccountId,
    only: Option<AccountId>,
    page: Page,
) -> Result<Vec<OrganizationSummary>, Error> {
    const SQL: &str = "
        SELECT account.id, account.login, account.description
        FROM membership JOIN account ON account.id = membership.org_id
        WHERE membership.user_id = $1 AND ($2 = 0 OR membership.org_id = $2)
        ORDER BY membership.org_id LIMIT $3 OFFSET $4";
    let values = [
        user.0.into(),
        only.map_or(0, |only| only.0).into(),
        page.size.into(),
        page.offset().into(),
    ];
    session
        .query(SQL, &values)
        .await?
        .iter()
        .map(organization)
        .collect()
}

/// How many organisations a user belongs to.
pub async fn count_of(
    session: &mut Session,
    user: AccountId,
    only: Option<AccountId>,
) -> Result<i64, Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM membership WHERE user_id = $1 AND ($2 = 0 OR org_id = $2)";
    let values = [user.0.into(), only.map_or(0, |only| only.0).into()];
    session.query_one(SQL, &values).await?.get(0)
}

fn organization(row: &Row) -> Result<OrganizationSummary, Error> {
    Ok(OrganizationSummary {
        id: AccountId(row.get(0)?),
        login: row.get(1)?,
        description: row.get(2)?,
    })
}
