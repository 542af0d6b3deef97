//! Where apps are installed.

use std::collections::BTreeSet;

use sealyard_sql::{Error, Row, Session, Tx, Value};

use super::{account, permissions};
use crate::apps::{AppId, Hand, Installation, InstallationId, Suspension};
use crate::directory::store::{OrganizationBy, RepositoryBy};
use crate::directory::{RepositoryId, name_key};
use crate::http::page::Page;
use crate::identity::AccountId;
use crate::identity::caller::Selection;
use crate::identity::permission::Permissions;
use crate::row::optional_word;

/// A statement over installations, their apps and accounts, as [`installation`] reads them.
macro_rules! installations {
    ($more:literal, $tail:literal) => {
        concat!(
            "
        SELECT installation.id, installation.app_id, app.slug,
               account.id, account.kind, account.login, account.site_admin,
               installation.permissions, app.permissions, installation.selection_id,
               installation.suspended_at, installation.created_at, installation.updated_at,
               installation.suspended_by",
            $more,
            "
        FROM installation
        JOIN app ON app.id = installation.app_id
        JOIN account ON account.id = installation.account_id
        ",
            $tail
        )
    };
}

/// An installation, whichever app's it is.
pub async fn by_id(
    session: &mut Session,
    id: InstallationId,
) -> Result<Option<Installation>, Error> {
    const SQL: &str = installations!("", "WHERE installation.id = $1");
    one(session, SQL, &[id.0.into()]).await
}

/// An installation of an app. Another app's and none take the same time.
pub async fn of_app(
    session: &mut Session,
    app: AppId,
    id: i64,
) -> Result<Option<Installation>, Error> {
    const SQL: &str = installations!(
        "",
        "WHERE installation.id = $2 AND installation.app_id = $1"
    );
    one(session, SQL, &[app.0.into(), id.into()]).await
}

/// Where an app is installed on an account.
pub async fn on_account(
    session: &mut Session,
    app: AppId,
    account: AccountId,
) -> Result<Option<Installation>, Error> {
    const SQL: &str = installations!(
        "",
        "WHERE installation.app_id = $1 AND installation.account_id = $2"
    );
    one(session, SQL, &[app.0.into(), account.0.into()]).await
}

/// Where an app is installed on an organisation.
pub async fn on_organization(
    session: &mut Session,
    app: AppId,
    by: OrganizationBy<'_>,
) -> Result<Option<Installation>, Error> {
    const BY_LOGIN: &str = installations!(
        "",
        "WHERE installation.app_id = $1 AND account.login_key = $2
           AND account.kind = 'Organization'"
    );
    const BY_ID: &str = installations!(
        "",
        "WHERE installation.app_id = $1 AND account.id = $2 AND account.kind = 'Organization'"
    );
    match by {
        OrganizationBy::Login(login) => {
            let key = name_key(login);
            one(session, BY_LOGIN, &[app.0.into(), (&key).into()]).await
        }
        OrganizationBy::Id(id) => one(session, BY_ID, &[app.0.into(), id.into()]).await,
    }
}

/// Where an app is installed on a user's account.
pub async fn on_user(
    session: &mut Session,
    app: AppId,
    login: &str,
) -> Result<Option<Installation>, Error> {
    const SQL: &str = installations!(
        "",
        "WHERE installation.app_id = $1 AND account.login_key = $2 AND account.kind = 'User'"
    );
    let key = name_key(login);
    one(session, SQL, &[app.0.into(), (&key).into()]).await
}

/// The installation by which an app reaches a repository, and which repository that is: one that was
/// renamed is found under its old name too.
///
/// A repository that the app does not reach is as one that is not there, public or not.
pub async fn reaching(
    session: &mut Session,
    app: AppId,
    by: RepositoryBy<'_>,
) -> Result<Option<Reaching>, Error> {
    const BY_NAME: &str = installations!(
        ", repository.id, account.login_key, repository.name_key",
        "JOIN repository ON repository.owner_id = installation.account_id
         WHERE installation.app_id = $1
           AND repository.id = COALESCE(
               (SELECT named.id FROM repository named
                JOIN account owner ON owner.id = named.owner_id
                WHERE owner.login_key = $2 AND named.name_key = $3),
               (SELECT former.repository_id FROM repository_redirect former
                JOIN account owner ON owner.id = former.owner_id
                WHERE owner.login_key = $2 AND former.name_key = $3))
           AND (installation.selection_id IS NULL OR EXISTS (
               SELECT 1 FROM selection_repository chosen
               WHERE chosen.selection_id = installation.selection_id
                 AND chosen.repository_id = repository.id))"
    );
    const BY_ID: &str = installations!(
        ", repository.id, account.login_key, repository.name_key",
        "JOIN repository ON repository.owner_id = installation.account_id
         WHERE installation.app_id = $1 AND repository.id = $2
           AND (installation.selection_id IS NULL OR EXISTS (
               SELECT 1 FROM selection_repository chosen
               WHERE chosen.selection_id = installation.selection_id
                 AND chosen.repository_id = repository.id))"
    );
    let (row, asked) = match by {
        RepositoryBy::Name { owner, name } => {
            let (owner, name) = (name_key(owner), name_key(name));
            let values = [app.0.into(), (&owner).into(), (&name).into()];
            let row = session.query_opt(BY_NAME, &values).await?;
            (row, Some((owner, name)))
        }
        RepositoryBy::Id(id) => {
            let values = [app.0.into(), id.into()];
            (session.query_opt(BY_ID, &values).await?, None)
        }
    };
    row.map(|row| {
        let found = (row.get::<String>(15)?, row.get::<String>(16)?);
        Ok(Reaching {
            installation: installation(&row)?,
            repository: RepositoryId(row.get(14)?),
            moved: asked.is_some_and(|asked| asked != found),
        })
    })
    .transpose()
}

/// How an app reaches a repository.
pub struct Reaching {
    /// By which installation.
    pub installation: Installation,
    /// Which repository it is.
    pub repository: RepositoryId,
    /// Whether it was found under a name that it had before.
    pub moved: bool,
}

/// One page of an app's installations, by id.
pub async fn list(
    session: &mut Session,
    app: AppId,
    page: Page,
) -> Result<Vec<Installation>, Error> {
    const SQL: &str = installations!(
        "",
        "WHERE installation.app_id = $1 ORDER BY installation.id LIMIT $2 OFFSET $3"
    );
    let values = [app.0.into(), page.size.into(), page.offset().into()];
    let rows = session.query(SQL, &values).await?;
    rows.iter().map(installation).collect()
}

/// An app's next installations by id.
pub async fn after(
    session: &mut Session,
    app: AppId,
    after: InstallationId,
    limit: i64,
) -> Result<Vec<Installation>, Error> {
    const SQL: &str = installations!(
        "",
        "WHERE installation.app_id = $1 AND installation.id > $2
         ORDER BY installation.id LIMIT $3"
    );
    let values = [app.0.into(), after.0.into(), limit.into()];
    let rows = session.query(SQL, &values).await?;
    rows.iter().map(installation).collect()
}

/// How many installations an app has.
pub async fn count(session: &mut Session, app: AppId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM installation WHERE app_id = $1";
    session.query_one(SQL, &[app.0.into()]).await?.get(0)
}

/// How many apps are installed on an account.
pub async fn count_of_account(session: &mut Session, account: AccountId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM installation WHERE account_id = $1";
    session.query_one(SQL, &[account.0.into()]).await?.get(0)
}

/// The repositories of a selection.
pub async fn chosen(
    session: &mut Session,
    selection: Selection,
) -> Result<BTreeSet<RepositoryId>, Error> {
    const SQL: &str = "SELECT repository_id FROM selection_repository WHERE selection_id = $1";
    let rows = session.query(SQL, &[selection.parameter().into()]).await?;
    rows.iter()
        .map(|row| row.get(0).map(RepositoryId))
        .collect()
}

/// A repository that an installation reaches, by its name in any case. One that it does not reach
/// and none take the same time.
pub async fn repository(
    session: &mut Session,
    installation: &Installation,
    name: &str,
) -> Result<Option<RepositoryId>, Error> {
    const SQL: &str = "
        SELECT repository.id, chosen.repository_id
        FROM (SELECT 1 AS one) always
        LEFT JOIN repository ON repository.owner_id = $1 AND repository.name_key = $2
        LEFT JOIN selection_repository chosen
            ON chosen.selection_id = $3
            AND chosen.repository_id = COALESCE(repository.id, 0)";
    let key = name_key(name);
    let values = [
        installation.account.id.0.into(),
        (&key).into(),
        installation.selection.parameter().into(),
    ];
    let row = session.query_one(SQL, &values).await?;
    let found = row.get::<Option<i64>>(0)?;
    let chosen = row.get::<Option<i64>>(1)?.is_some() || installation.selection == Selection::ALL;
    Ok(found.filter(|_| chosen).map(RepositoryId))
}

/// Keeps a new installation. [`Error::Unique`] if the app is installed there.
pub async fn insert(
    tx: &mut Tx,
    id: InstallationId,
    app: AppId,
    account: AccountId,
    (permissions, selection): (Permissions, Selection),
    now: i64,
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO installation (id, app_id, account_id, permissions, selection_id, created_at,
                                  updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)";
    let permissions = permissions.to_string();
    let values: [Value<'_>; 6] = [
        id.0.into(),
        app.0.into(),
        account.0.into(),
        (&permissions).into(),
        selection.0.into(),
        now.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Changes what an installation was given, and where.
pub async fn update(
    tx: &mut Tx,
    id: InstallationId,
    (permissions, selection): (Permissions, Selection),
    now: i64,
) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE installation SET permissions = $2, selection_id = $3, updated_at = $4 WHERE id = $1";
    let permissions = permissions.to_string();
    let values = [
        id.0.into(),
        (&permissions).into(),
        selection.0.into(),
        now.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Changes since when an installation is suspended, and by whom.
pub async fn set_suspended(
    tx: &mut Tx,
    id: InstallationId,
    suspension: Option<Suspension>,
    now: i64,
) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE installation SET suspended_at = $2, suspended_by = $3, updated_at = $4
        WHERE id = $1";
    let values = [
        id.0.into(),
        suspension.map(|suspension| suspension.since).into(),
        suspension.map(|suspension| suspension.by.as_str()).into(),
        now.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Deletes an installation with its tokens and what was chosen for them; whether there was one.
pub async fn delete(tx: &mut Tx, id: InstallationId) -> Result<bool, Error> {
    const STATEMENTS: [&str; 4] = [
        "DELETE FROM selection_repository WHERE selection_id IN (
             SELECT selection_id FROM installation_token WHERE installation_id = $1)",
        "DELETE FROM installation_token WHERE installation_id = $1",
        "DELETE FROM selection_repository WHERE selection_id IN (
             SELECT selection_id FROM installation WHERE id = $1)",
        "DELETE FROM installation WHERE id = $1",
    ];
    let mut deleted = 0;
    for statement in STATEMENTS {
        deleted = tx.execute(statement, &[id.0.into()]).await?;
    }
    Ok(deleted > 0)
}

async fn one(
    session: &mut Session,
    sql: &'static str,
    values: &[Value<'_>],
) -> Result<Option<Installation>, Error> {
    let row = session.query_opt(sql, values).await?;
    row.as_ref().map(installation).transpose()
}

fn installation(row: &Row) -> Result<Installation, Error> {
    let accepted = permissions(row, 7)?;
    let by = optional_word(row, 13, "who suspends", Hand::parse)?;
    let since = row.get::<Option<i64>>(10)?;
    Ok(Installation {
        id: InstallationId(row.get(0)?),
        app_id: AppId(row.get(1)?),
        app_slug: row.get(2)?,
        account: account(row, 3)?,
        accepted,
        permissions: accepted.and(permissions(row, 8)?),
        selection: Selection(row.get(9)?),
        suspension: since.zip(by).map(|(since, by)| Suspension { since, by }),
        created_at: row.get(11)?,
        updated_at: row.get(12)?,
    })
}
