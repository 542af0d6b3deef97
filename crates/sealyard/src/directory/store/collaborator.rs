//! The people of a repository: its owner, its organisation's members, its collaborators.

use sealyard_sql::{Error, Row, Session, Tx};

use super::account::account;
use crate::directory::collaborator::{Affiliation, Person};
use crate::directory::{OrganizationRole, Repository, RepositoryId, RepositoryRole, name_key};
use crate::http::page::Page;
use crate::identity::AccountId;
use crate::row::optional_word;

/// The columns of [`person_columns`], for the repository $1 whose owner is $2.
macro_rules! people {
    ($condition:expr) => {
        concat!(
            "
        SELECT account.id, account.kind, account.login, account.site_admin,
               membership.role, collaborator.role
        FROM account
        LEFT JOIN membership
            ON membership.org_id = $2 AND membership.user_id = account.id
        LEFT JOIN collaborator
            ON collaborator.repository_id = $1 AND collaborator.user_id = account.id
        WHERE account.kind = 'User' AND account.",
            $condition
        )
    };
}

/// A user as the repository sees them, with or without a role.
pub async fn person(
    session: &mut Session,
    repository: &Repository,
    login: &str,
) -> Result<Option<Person>, Error> {
    const SQL: &str = people!("login_key = $3");
    let key = name_key(login);
    let values = [
        repository.id.0.into(),
        repository.owner.id.0.into(),
        (&key).into(),
    ];
    session
        .query_opt(SQL, &values)
        .await?
        .as_ref()
        .map(person_columns)
        .transpose()
}

/// Everybody with a role in the repository $1 whose owner is $2; an organisation is nobody.
macro_rules! all {
    () => {
        "id IN (
             SELECT id FROM account WHERE id = $2
             UNION SELECT user_id FROM membership WHERE org_id = $2
             UNION SELECT user_id FROM collaborator WHERE repository_id = $1)"
    };
}

macro_rules! direct {
    () => {
        "id IN (
             SELECT id FROM account WHERE id = $2
             UNION SELECT user_id FROM collaborator WHERE repository_id = $1)"
    };
}

macro_rules! outside {
    () => {
        "id IN (
             SELECT user_id FROM collaborator WHERE repository_id = $1
             EXCEPT SELECT user_id FROM membership WHERE org_id = $2)"
    };
}

/// How many people of a kind a repository has.
pub async fn count(
    session: &mut Session,
    repository: &Repository,
    affiliation: Affiliation,
) -> Result<i64, Error> {
    macro_rules! counted {
        ($condition:expr) => {
            concat!(
                "SELECT COUNT(*) FROM account WHERE account.kind = 'User' AND account.",
                $condition
            )
        };
    }
    let sql = match affiliation {
        Affiliation::All => counted!(all!()),
        Affiliation::Direct => counted!(direct!()),
        Affiliation::Outside => counted!(outside!()),
    };
    let values = [repository.id.0.into(), repository.owner.id.0.into()];
    session.query_one(sql, &values).await?.get(0)
}

/// How many users were given a role in a repository.
pub async fn count_given(session: &mut Session, repository: RepositoryId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM collaborator WHERE repository_id = $1";
    session.query_one(SQL, &[repository.0.into()]).await?.get(0)
}

/// One page of them, by id.
pub async fn list(
    session: &mut Session,
    repository: &Repository,
    affiliation: Affiliation,
    page: Page,
) -> Result<Vec<Person>, Error> {
    macro_rules! listed {
        ($condition:expr) => {
            concat!(
                people!($condition),
                " ORDER BY account.id LIMIT $3 OFFSET $4"
            )
        };
    }
    let sql = match affiliation {
        Affiliation::All => listed!(all!()),
        Affiliation::Direct => listed!(direct!()),
        Affiliation::Outside => listed!(outside!()),
    };
    let values = [
        repository.id.0.into(),
        repository.owner.id.0.into(),
        page.size.into(),
        page.offset().into(),
    ];
    session
        .query(sql, &values)
        .await?
        .iter()
        .map(person_columns)
        .collect()
}

/// Gives a user a role, only while the repository exists; whether it did.
pub async fn upsert(
    tx: &mut Tx,
    repository: RepositoryId,
    user: AccountId,
    role: RepositoryRole,
) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO collaborator (repository_id, user_id, role)
        SELECT id, $2, $3 FROM repository WHERE id = $1
        ON CONFLICT (repository_id, user_id) DO UPDATE SET role = excluded.role";
    Ok(tx
        .execute(
            SQL,
            &[repository.0.into(), user.0.into(), role.as_str().into()],
        )
        .await?
        > 0)
}

/// Takes a user's role away; whether there was one.
pub async fn delete(tx: &mut Tx, repository: RepositoryId, user: AccountId) -> Result<bool, Error> {
    const SQL: &str = "DELETE FROM collaborator WHERE repository_id = $1 AND user_id = $2";
    Ok(tx
        .execute(SQL, &[repository.0.into(), user.0.into()])
        .await?
        > 0)
}

/// Takes away every role of a user in an owner's repositories; how many there were.
pub async fn delete_all(tx: &mut Tx, owner: AccountId, user: AccountId) -> Result<u64, Error> {
    const SQL: &str = "
        DELETE FROM collaborator
        WHERE user_id = $2 AND repository_id IN (SELECT id FROM repository WHERE owner_id = $1)";
    tx.execute(SQL, &[owner.0.into(), user.0.into()]).await
}

fn person_columns(row: &Row) -> Result<Person, Error> {
    Ok(Person {
        user: account(row)?,
        member: optional_word(row, 4, "a role", OrganizationRole::parse)?,
        collaborator: optional_word(row, 5, "a role", RepositoryRole::parse)?,
    })
}
