//! Organisations, repositories, environments and roles.

pub mod account;
pub mod branch_policy;
pub mod collaborator;
pub mod environment;
pub mod member;
pub mod organization;
pub mod removal;
pub mod repository;
pub mod selection;

pub use repository::{details, selected};
use sealyard_sql::{self as sql, Error, Row, Session};

use super::{
    AccountKind, Environment, EnvironmentId, Organization, OrganizationRole, Owner, Repository,
    RepositoryId, RepositoryRole, RepositoryVisibility, Seen, name_key,
};
use crate::identity::caller::Selection;
use crate::identity::permission::Facts;
use crate::identity::{AccountId, Caller};
use crate::row::{optional_word, word};

/// How a path names an organisation.
#[derive(Clone, Copy)]
pub enum OrganizationBy<'a> {
    /// Its login, in any case.
    Login(&'a str),
    /// Its id.
    Id(i64),
}

/// How a path names a repository.
#[derive(Clone, Copy)]
pub enum RepositoryBy<'a> {
    /// Owner and name, in any case.
    Name {
        /// The owner's login.
        owner: &'a str,
        /// The repository's name.
        name: &'a str,
    },
    /// Its id.
    Id(i64),
}

/// An organisation, and what the permission table asks of it and its viewer.
pub async fn organization(
    session: &mut Session,
    by: OrganizationBy<'_>,
    caller: &Caller,
) -> Result<Option<(Organization, Facts)>, Error> {
    const BY_LOGIN: &str = "
        SELECT account.id, account.login, membership.role
        FROM account
        LEFT JOIN membership ON membership.org_id = account.id AND membership.user_id = $2
        WHERE account.login_key = $1 AND account.kind = 'Organization'";
    const BY_ID: &str = "
        SELECT account.id, account.login, membership.role
        FROM account
        LEFT JOIN membership ON membership.org_id = account.id AND membership.user_id = $2
        WHERE account.id = $1 AND account.kind = 'Organization'";
    let viewer = caller.user_id();
    let row = match by {
        OrganizationBy::Login(login) => {
            let key = name_key(login);
            session
                .query_opt(BY_LOGIN, &[(&key).into(), viewer.0.into()])
                .await?
        }
        OrganizationBy::Id(id) => {
            session
                .query_opt(BY_ID, &[id.into(), viewer.0.into()])
                .await?
        }
    };
    row.map(|row| {
        let organization = Organization {
            id: AccountId(row.get(0)?),
            login: row.get(1)?,
        };
        let facts = Facts::Organization {
            role: optional_word(&row, 2, "a role", OrganizationRole::parse)?,
            covered: caller.covers_account(organization.id),
        };
        Ok((organization, facts))
    })
    .transpose()
}

/// The columns of [`seen`]: the `repository` and `owner` that `$joins` finds, the viewer's roles, and
/// the selections of the viewer's credential.
///
/// There is always one row, and whatever was not found is null in it; the roles of nothing (0) are
/// looked up too. So a repository that is missing costs what one costs that the viewer may not see,
/// and time tells them apart no more than the answer does.
macro_rules! seen {
    ($joins:literal) => {
        concat!(
            "
        SELECT repository.id, repository.name, repository.visibility, repository.archived,
               owner.id, owner.kind, owner.login, owner.site_admin,
               membership.role, collaborator.role, environment.id, environment.name,
               first_selection.repository_id, second_selection.repository_id
        FROM (SELECT 1 AS one) always
        ",
            $joins,
            "
        LEFT JOIN membership
            ON membership.org_id = COALESCE(repository.owner_id, 0) AND membership.user_id = $1
        LEFT JOIN collaborator
            ON collaborator.repository_id = COALESCE(repository.id, 0)
            AND collaborator.user_id = $1
        LEFT JOIN environment
            ON environment.repository_id = COALESCE(repository.id, 0)
            AND environment.name_key = $2
        LEFT JOIN selection_repository first_selection
            ON first_selection.selection_id = $3
            AND first_selection.repository_id = COALESCE(repository.id, 0)
        LEFT JOIN selection_repository second_selection
            ON second_selection.selection_id = $4
            AND second_selection.repository_id = COALESCE(repository.id, 0)"
        )
    };
}

/// A repository, one of its environments if `environment` names it, and the viewer's role.
pub async fn repository(
    session: &mut Session,
    by: RepositoryBy<'_>,
    caller: &Caller,
    environment: Option<&str>,
) -> Result<Option<Seen>, Error> {
    const BY_NAME: &str = seen!(
        "LEFT JOIN account owner ON owner.login_key = $5
         LEFT JOIN repository
             ON repository.owner_id = COALESCE(owner.id, 0) AND repository.name_key = $6"
    );
    const BY_ID: &str = seen!(
        "LEFT JOIN repository ON repository.id = $5
         LEFT JOIN account owner ON owner.id = COALESCE(repository.owner_id, 0)"
    );
    let environment = environment.map(name_key);
    let environment = environment.as_deref();
    let viewer = caller.user_id().0.into();
    let [first, second] = chosen(caller);
    let row = match by {
        RepositoryBy::Name { owner, name } => {
            let (owner, name) = (name_key(owner), name_key(name));
            let values = [
                viewer,
                environment.into(),
                first,
                second,
                (&owner).into(),
                (&name).into(),
            ];
            session.query_one(BY_NAME, &values).await?
        }
        RepositoryBy::Id(id) => {
            let values = [viewer, environment.into(), first, second, id.into()];
            session.query_one(BY_ID, &values).await?
        }
    };
    seen(&row, caller)
}

/// Where a renamed repository went.
pub async fn moved(
    session: &mut Session,
    owner: &str,
    name: &str,
    caller: &Caller,
) -> Result<Option<Seen>, Error> {
    const SQL: &str = seen!(
        "LEFT JOIN account former ON former.login_key = $5
         LEFT JOIN repository_redirect
             ON repository_redirect.owner_id = COALESCE(former.id, 0)
             AND repository_redirect.name_key = $6
         LEFT JOIN repository
             ON repository.id = COALESCE(repository_redirect.repository_id, 0)
         LEFT JOIN account owner ON owner.id = COALESCE(repository.owner_id, 0)"
    );
    let (owner, name) = (name_key(owner), name_key(name));
    let [first, second] = chosen(caller);
    let values = [
        caller.user_id().0.into(),
        None::<&str>.into(),
        first,
        second,
        (&owner).into(),
        (&name).into(),
    ];
    seen(&session.query_one(SQL, &values).await?, caller)
}

/// The selections of a caller's credential; null, which costs no look-up, for all repositories.
fn chosen(caller: &Caller) -> [sql::Value<'static>; 2] {
    let selections = caller.coverage().map(|coverage| coverage.selections);
    selections
        .unwrap_or([Selection::ALL; 2])
        .map(|selection| selection.0.into())
}

fn seen(row: &Row, caller: &Caller) -> Result<Option<Seen>, Error> {
    if row.get::<Option<i64>>(0)?.is_none() {
        return Ok(None);
    }
    let repository = repository_columns(row)?;
    let member = optional_word(row, 8, "a role", OrganizationRole::parse)?;
    let collaborator = optional_word(row, 9, "a role", RepositoryRole::parse)?;
    let owner = repository.owner.id == caller.user_id();
    let found = [
        row.get::<Option<i64>>(12)?.is_some(),
        row.get::<Option<i64>>(13)?.is_some(),
    ];
    let facts = Facts::Repository {
        visibility: repository.visibility,
        archived: repository.archived,
        role: RepositoryRole::highest(owner, member, collaborator),
        covered: caller.covers_repository(repository.id, repository.owner.id, found),
    };
    let environment = match row.get::<Option<i64>>(10)? {
        Some(id) => Some(Environment {
            id: EnvironmentId(id),
            name: row.get(11)?,
        }),
        None => None,
    };
    Ok(Some(Seen {
        repository,
        environment,
        facts,
    }))
}

/// Columns 0 to 7 of [`seen`] and of the statements in [`mod@repository`].
fn repository_columns(row: &Row) -> Result<Repository, Error> {
    let owner = Owner {
        id: AccountId(row.get(4)?),
        kind: word(row, 5, "a kind of account", AccountKind::parse)?,
        login: row.get(6)?,
        site_admin: row.get(7)?,
    };
    Ok(Repository {
        id: RepositoryId(row.get(0)?),
        name: row.get(1)?,
        visibility: word(row, 2, "a visibility", RepositoryVisibility::parse)?,
        archived: row.get(3)?,
        owner,
    })
}
