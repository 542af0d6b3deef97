//! Who belongs to which organisation.

use sealyard_sql::{Error, Row, Session, Tx};

use super::account::account;
use crate::directory::OrganizationRole;
use crate::directory::member::Member;
use crate::http::page::Page;
use crate::identity::AccountId;
use crate::row::word;

/// A user's role in an organisation.
pub async fn role(
    session: &mut Session,
    organization: AccountId,
    user: AccountId,
) -> Result<Option<OrganizationRole>, Error> {
    const SQL: &str = "SELECT role FROM membership WHERE org_id = $1 AND user_id = $2";
    let row = session
        .query_opt(SQL, &[organization.0.into(), user.0.into()])
        .await?;
    row.map(|row| word(&row, 0, "a role", OrganizationRole::parse))
        .transpose()
}

/// Whether somebody other than `user` owns the organisation.
pub async fn has_other_owner(
    session: &mut Session,
    organization: AccountId,
    user: AccountId,
) -> Result<bool, Error> {
    const SQL: &str = "
        SELECT user_id FROM membership
        WHERE org_id = $1 AND role = 'admin' AND user_id <> $2 LIMIT 1";
    Ok(session
        .query_opt(SQL, &[organization.0.into(), user.0.into()])
        .await?
        .is_some())
}

/// A member by login, in any case.
pub async fn get(
    session: &mut Session,
    organization: AccountId,
    login: &str,
) -> Result<Option<Member>, Error> {
    const SQL: &str = "
        SELECT account.id, account.kind, account.login, account.site_admin, membership.role
        FROM account JOIN membership ON membership.user_id = account.id
        WHERE membership.org_id = $1 AND account.login_key = $2";
    let key = crate::directory::name_key(login);
    let row = session
        .query_opt(SQL, &[organization.0.into(), (&key).into()])
        .await?;
    row.as_ref().map(member).transpose()
}

/// One page of the members, by id; only those of a role, if one is given.
pub async fn list(
    session: &mut Session,
    organization: AccountId,
    only: Option<OrganizationRole>,
    page: Page,
) -> Result<Vec<Member>, Error> {
    const SQL: &str = "
        SELECT account.id, account.kind, account.login, account.site_admin, membership.role
        FROM membership JOIN account ON account.id = membership.user_id
        WHERE membership.org_id = $1 AND membership.role IN ($2, $3)
        ORDER BY membership.user_id LIMIT $4 OFFSET $5";
    let [one, other] = words(only);
    let values = [
        organization.0.into(),
        one.into(),
        other.into(),
        page.size.into(),
        page.offset().into(),
    ];
    session
        .query(SQL, &values)
        .await?
        .iter()
        .map(member)
        .collect()
}

/// How many members there are; only those of a role, if one is given.
pub async fn count(
    session: &mut Session,
    organization: AccountId,
    only: Option<OrganizationRole>,
) -> Result<i64, Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM membership WHERE org_id = $1 AND role IN ($2, $3)";
    let [one, other] = words(only);
    session
        .query_one(SQL, &[organization.0.into(), one.into(), other.into()])
        .await?
        .get(0)
}

/// Adds a member.
pub async fn insert(
    tx: &mut Tx,
    organization: AccountId,
    user: AccountId,
    role: OrganizationRole,
) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO membership (org_id, user_id, role) VALUES ($1, $2, $3)";
    tx.execute(
        SQL,
        &[organization.0.into(), user.0.into(), role.as_str().into()],
    )
    .await?;
    Ok(())
}

/// Changes a member's role.
pub async fn update(
    tx: &mut Tx,
    organization: AccountId,
    user: AccountId,
    role: OrganizationRole,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE membership SET role = $3 WHERE org_id = $1 AND user_id = $2";
    tx.execute(
        SQL,
        &[organization.0.into(), user.0.into(), role.as_str().into()],
    )
    .await?;
    Ok(())
}

/// Removes a member.
pub async fn delete(tx: &mut Tx, organization: AccountId, user: AccountId) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM membership WHERE org_id = $1 AND user_id = $2";
    tx.execute(SQL, &[organization.0.into(), user.0.into()])
        .await?;
    Ok(())
}

/// What a role must be one of.
fn words(only: Option<OrganizationRole>) -> [&'static str; 2] {
    match only {
        Some(role) => [role.as_str(); 2],
        None => [OrganizationRole::Owner, OrganizationRole::Member].map(OrganizationRole::as_str),
    }
}

fn member(row: &Row) -> Result<Member, Error> {
    Ok(Member {
        user: account(row)?,
        role: word(row, 4, "a role", OrganizationRole::parse)?,
    })
}
