//! Accounts as GraphQL shows them: one row by its key, without the counts of the REST answer.

use sealyard_sql::{Error, Row, Session};

use crate::directory::{AccountKind, Owner, name_key};
use crate::identity::caller::Installed;
use crate::identity::{AccountId, Login};
use crate::row::word;

/// A user or organisation.
pub struct Account {
    /// Who.
    pub owner: Owner,
    /// The name people read.
    pub name: Option<String>,
    /// Of an organisation.
    pub description: Option<String>,
}

impl Account {
    /// Whom an app's installation acts as: GitHub's bot of the app, which is no account here.
    pub fn of_app(installed: &Installed) -> Self {
        Self {
            owner: Owner {
                id: AccountId(0),
                kind: AccountKind::User,
                login: installed.bot(),
                site_admin: false,
            },
            name: None,
            description: None,
        }
    }
}

macro_rules! account {
    ($column:literal) => {
        concat!(
            "SELECT id, kind, login, site_admin, name, description FROM account WHERE ",
            $column,
            " = $1"
        )
    };
}

/// The account of a login, in any case.
pub async fn by_login(session: &mut Session, login: &Login) -> Result<Option<Account>, Error> {
    const SQL: &str = account!("login_key");
    let key = name_key(login.as_str());
    session
        .query_opt(SQL, &[(&key).into()])
        .await?
        .as_ref()
        .map(account)
        .transpose()
}

/// The account of an id.
pub async fn by_id(session: &mut Session, id: AccountId) -> Result<Option<Account>, Error> {
    const SQL: &str = account!("id");
    session
        .query_opt(SQL, &[id.0.into()])
        .await?
        .as_ref()
        .map(account)
        .transpose()
}

fn account(row: &Row) -> Result<Account, Error> {
    let owner = Owner {
        id: AccountId(row.get(0)?),
        kind: word(row, 1, "a kind of account", AccountKind::parse)?,
        login: row.get(2)?,
        site_admin: row.get(3)?,
    };
    Ok(Account {
        owner,
        name: row.get(4)?,
        description: row.get(5)?,
    })
}
