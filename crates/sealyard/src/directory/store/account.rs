//! Users and organisations as accounts.

use sealyard_sql::{Error, Row, Session, Tx, Value};

use crate::directory::account::{AccountDetails, Profile};
use crate::directory::{AccountKind, Owner, name_key};
use crate::identity::{AccountId, Login};
use crate::row::word;

/// An account to be kept.
pub struct NewAccount<'a> {
    /// User or organisation.
    pub kind: AccountKind,
    /// How it is called; unique among all accounts, without case.
    pub login: &'a Login,
    /// The name people read.
    pub name: Option<&'a str>,
    /// Where people reach a user.
    pub email: Option<&'a str>,
    /// Whether a user administers the instance.
    pub site_admin: bool,
    /// Seconds since 1970.
    pub now: i64,
}

/// Keeps an account and returns its id. [`Error::Unique`] if the login is taken.
pub async fn insert(tx: &mut Tx, account: &NewAccount<'_>) -> Result<AccountId, Error> {
    const SQL: &str = "
        INSERT INTO account
            (id, kind, login, login_key, name, email, site_admin, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    let id = crate::counter::next(tx, "account").await?;
    let key = name_key(account.login.as_str());
    let values: [Value<'_>; 8] = [
        id.into(),
        account.kind.as_str().into(),
        account.login.as_str().into(),
        (&key).into(),
        account.name.into(),
        account.email.into(),
        account.site_admin.into(),
        account.now.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(AccountId(id))
}

/// Changes what is said of an account. The time of its last change never goes back.
pub async fn set_profile(
    tx: &mut Tx,
    id: AccountId,
    profile: &Profile,
    now: i64,
) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE account
        SET name = $2, email = $3, description = $4,
            updated_at = CASE WHEN updated_at > $5 THEN updated_at ELSE $5 END
        WHERE id = $1";
    let values = [
        id.0.into(),
        profile.name.as_deref().into(),
        profile.email.as_deref().into(),
        profile.description.as_deref().into(),
        now.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// The user of a login, in any case. Organisations are no users.
pub async fn user(session: &mut Session, login: &str) -> Result<Option<Owner>, Error> {
    const SQL: &str = "
        SELECT id, kind, login, site_admin FROM account
        WHERE login_key = $1 AND kind = 'User'";
    let key = name_key(login);
    session
        .query_opt(SQL, &[(&key).into()])
        .await?
        .as_ref()
        .map(account)
        .transpose()
}

/// Shuts a user out; whether they were not already.
pub async fn suspend(tx: &mut Tx, id: AccountId, now: i64) -> Result<bool, Error> {
    const SQL: &str = "
        UPDATE account
        SET suspended_at = $2,
            updated_at = CASE WHEN updated_at > $2 THEN updated_at ELSE $2 END
        WHERE id = $1 AND suspended_at IS NULL";
    Ok(tx.execute(SQL, &[id.0.into(), now.into()]).await? > 0)
}

/// Lets a user in again; whether they were shut out.
pub async fn unsuspend(tx: &mut Tx, id: AccountId, now: i64) -> Result<bool, Error> {
    const SQL: &str = "
        UPDATE account
        SET suspended_at = NULL,
            updated_at = CASE WHEN updated_at > $2 THEN updated_at ELSE $2 END
        WHERE id = $1 AND suspended_at IS NOT NULL";
    Ok(tx.execute(SQL, &[id.0.into(), now.into()]).await? > 0)
}

/// The columns of [`details`], with the counts that an account's JSON shows.
macro_rules! details {
    ($condition:literal) => {
        concat!(
            "
        SELECT account.id, account.kind, account.login, account.site_admin, account.name,
               account.email, account.description, account.suspended_at, account.created_at,
               account.updated_at,
               (SELECT COUNT(*) FROM repository
                WHERE repository.owner_id = account.id AND repository.visibility = 'public'),
               (SELECT COUNT(*) FROM repository
                WHERE repository.owner_id = account.id
                  AND repository.visibility IN ('internal', 'private'))
        FROM account WHERE ",
            $condition
        )
    };
}

/// The account of an id.
pub async fn by_id(session: &mut Session, id: AccountId) -> Result<Option<AccountDetails>, Error> {
    const SQL: &str = details!("account.id = $1");
    session
        .query_opt(SQL, &[id.0.into()])
        .await?
        .as_ref()
        .map(details)
        .transpose()
}

/// The account of a login, in any case.
pub async fn by_login(session: &mut Session, login: &str) -> Result<Option<AccountDetails>, Error> {
    const SQL: &str = details!("account.login_key = $1");
    let key = name_key(login);
    session
        .query_opt(SQL, &[(&key).into()])
        .await?
        .as_ref()
        .map(details)
        .transpose()
}

/// The first four columns: id, kind, login, site administrator.
pub(super) fn account(row: &Row) -> Result<Owner, Error> {
    Ok(Owner {
        id: AccountId(row.get(0)?),
        kind: word(row, 1, "a kind of account", AccountKind::parse)?,
        login: row.get(2)?,
        site_admin: row.get(3)?,
    })
}

fn details(row: &Row) -> Result<AccountDetails, Error> {
    Ok(AccountDetails {
        account: account(row)?,
        name: row.get(4)?,
        email: row.get(5)?,
        description: row.get(6)?,
        suspended_at: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        public_repositories: row.get(10)?,
        private_repositories: row.get(11)?,
    })
}
