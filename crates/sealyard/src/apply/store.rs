//! What is there now of what a file names: one statement for each kind and each batch of names, so
//! that a file costs what it names, whatever else an owner has.

use std::collections::{BTreeMap, BTreeSet};

use sealyard_sql::{Error, Row, Session, Value};

use super::plan::{Account, Found, Now};
use super::{Wanted, WantedOwner};
use crate::directory::account::Profile;
use crate::directory::store::member;
use crate::directory::{
    AccountKind, OrganizationRole, Owner, Repository, RepositoryId, RepositoryRole,
    RepositoryVisibility,
};
use crate::identity::AccountId;
use crate::row::word;

/// Keys of one statement. A static text must fix the number; the last key fills what is left.
const BATCH: usize = 50;

/// As many parameters as a [`BATCH`].
macro_rules! batch {
    () => {
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
          $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33,
          $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50)"
    };
}

/// All owners of a file, by key.
pub(super) async fn everything(
    session: &mut Session,
    wanted: &Wanted,
) -> Result<BTreeMap<String, Now>, Error> {
    let mut all = BTreeMap::new();
    for (key, owner) in wanted {
        all.insert(key.clone(), of_owner(session, key, owner).await?);
    }
    Ok(all)
}

/// One owner, with everybody and everything that the file names there.
pub(super) async fn of_owner(
    session: &mut Session,
    key: &str,
    wanted: &WantedOwner,
) -> Result<Now, Error> {
    let keys: BTreeSet<&str> = wanted
        .people()
        .map(|(key, _)| key.as_str())
        .chain([key])
        .collect();
    let mut now = Now {
        accounts: accounts(session, &keys).await?,
        ..Now::default()
    };
    let Some(account) = now.accounts.get(key) else {
        return Ok(now);
    };
    let owner = account.owner.clone();
    if owner.kind == AccountKind::Organization && !wanted.members.is_empty() {
        let only = Some(OrganizationRole::Owner);
        now.owners = member::count(session, owner.id, only).await?;
        now.members = members(session, owner.id, wanted).await?;
    }
    now.repositories = repositories(session, &owner, wanted).await?;
    environments(session, &mut now.repositories).await?;
    collaborators(session, &mut now.repositories).await?;
    Ok(now)
}

/// The account of a login.
pub(super) async fn account(session: &mut Session, key: &str) -> Result<Option<Account>, Error> {
    let found = accounts(session, &BTreeSet::from([key])).await?;
    Ok(found.into_values().next())
}

async fn accounts(
    session: &mut Session,
    keys: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Account>, Error> {
    const SQL: &str = concat!(
        "SELECT login_key, id, kind, login, site_admin, name, email, description FROM account
         WHERE login_key IN ",
        batch!()
    );
    let keys = keys.iter().copied().map(Value::from);
    let rows = batches(session, SQL, keys, None).await?;
    rows.iter().map(account_columns).collect()
}

fn account_columns(row: &Row) -> Result<(String, Account), Error> {
    let owner = Owner {
        id: AccountId(row.get(1)?),
        kind: word(row, 2, "a kind of account", AccountKind::parse)?,
        login: row.get(3)?,
        site_admin: row.get(4)?,
    };
    let profile = Profile {
        name: row.get(5)?,
        email: row.get(6)?,
        description: row.get(7)?,
    };
    Ok((row.get(0)?, Account { owner, profile }))
}

async fn members(
    session: &mut Session,
    organization: AccountId,
    wanted: &WantedOwner,
) -> Result<BTreeMap<String, OrganizationRole>, Error> {
    const SQL: &str = concat!(
        "SELECT account.login_key, membership.role
         FROM account JOIN membership
             ON membership.org_id = $51 AND membership.user_id = account.id
         WHERE account.login_key IN ",
        batch!()
    );
    let keys = wanted.members.keys().map(Value::from);
    let rows = batches(session, SQL, keys, Some(organization.0.into())).await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.get(0)?,
                word(row, 1, "a role", OrganizationRole::parse)?,
            ))
        })
        .collect()
}

async fn repositories(
    session: &mut Session,
    owner: &Owner,
    wanted: &WantedOwner,
) -> Result<BTreeMap<String, Found>, Error> {
    const SQL: &str = concat!(
        "SELECT name_key, id, name, visibility, archived, description FROM repository
         WHERE owner_id = $51 AND name_key IN ",
        batch!()
    );
    let keys = wanted.repositories.keys().map(Value::from);
    let rows = batches(session, SQL, keys, Some(owner.id.0.into())).await?;
    rows.iter()
        .map(|row| {
            let repository = Repository {
                id: RepositoryId(row.get(1)?),
                owner: owner.clone(),
                name: row.get(2)?,
                visibility: word(row, 3, "a visibility", RepositoryVisibility::parse)?,
                archived: row.get(4)?,
            };
            let found = Found {
                repository,
                description: row.get(5)?,
                environments: BTreeSet::new(),
                collaborators: BTreeMap::new(),
            };
            Ok((row.get(0)?, found))
        })
        .collect()
}

async fn environments(
    session: &mut Session,
    into: &mut BTreeMap<String, Found>,
) -> Result<(), Error> {
    const SQL: &str = concat!(
        "SELECT repository_id, name_key FROM environment WHERE repository_id IN ",
        batch!()
    );
    let mut found = by_id(into);
    let ids: Vec<_> = found.keys().copied().map(Value::from).collect();
    for row in batches(session, SQL, ids.into_iter(), None).await? {
        if let Some(found) = found.get_mut(&row.get(0)?) {
            found.environments.insert(row.get(1)?);
        }
    }
    Ok(())
}

async fn collaborators(
    session: &mut Session,
    into: &mut BTreeMap<String, Found>,
) -> Result<(), Error> {
    const SQL: &str = concat!(
        "SELECT collaborator.repository_id, account.login_key, collaborator.role
         FROM collaborator JOIN account ON account.id = collaborator.user_id
         WHERE collaborator.repository_id IN ",
        batch!()
    );
    let mut found = by_id(into);
    let ids: Vec<_> = found.keys().copied().map(Value::from).collect();
    for row in batches(session, SQL, ids.into_iter(), None).await? {
        if let Some(found) = found.get_mut(&row.get(0)?) {
            let role = word(&row, 2, "a role", RepositoryRole::parse)?;
            found.collaborators.insert(row.get(1)?, role);
        }
    }
    Ok(())
}

fn by_id(found: &mut BTreeMap<String, Found>) -> BTreeMap<i64, &mut Found> {
    found
        .values_mut()
        .map(|found| (found.repository.id.0, found))
        .collect()
}

/// The rows of all keys. `last`, if there is one, is the parameter after a batch.
async fn batches<'a>(
    session: &mut Session,
    sql: &'static str,
    keys: impl Iterator<Item = Value<'a>>,
    last: Option<Value<'a>>,
) -> Result<Vec<Row>, Error> {
    let keys: Vec<_> = keys.collect();
    let mut rows = Vec::new();
    for batch in keys.chunks(BATCH) {
        let filler = batch.last().copied().unwrap_or(Value::Null);
        let mut values = batch.to_vec();
        values.resize(BATCH, filler);
        values.extend(last);
        rows.extend(session.query(sql, &values).await?);
        // On SQLite, a statement runs on the thread that answers requests.
        tokio::task::yield_now().await;
    }
    Ok(rows)
}
