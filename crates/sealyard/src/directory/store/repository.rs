//! Repositories, whole: with all that their JSON shows, and the statements that change them.

use sealyard_sql::{Error, Row, Session, Tx, Value};

use super::repository_columns;
use crate::directory::repository::{RepositoryDetails, RepositorySettings};
use crate::directory::{OrganizationRole, RepositoryId, RepositoryRole, RepositoryVisibility};
use crate::http::page::Page;
use crate::identity::AccountId;
use crate::identity::caller::{Coverage, Selection};
use crate::row::optional_word;

/// The columns of [`repository_details`].
macro_rules! details {
    ($tail:literal) => {
        concat!(
            "
        SELECT repository.id, repository.name, repository.visibility, repository.archived,
               owner.id, owner.kind, owner.login, owner.site_admin,
               repository.description, repository.settings, repository.created_at,
               repository.updated_at
        FROM repository JOIN account owner ON owner.id = repository.owner_id
        ",
            $tail
        )
    };
}

/// A repository with all that its JSON shows.
pub async fn details(
    session: &mut Session,
    id: RepositoryId,
) -> Result<Option<RepositoryDetails>, Error> {
    const SQL: &str = details!("WHERE repository.id = $1");
    session
        .query_opt(SQL, &[id.0.into()])
        .await?
        .as_ref()
        .map(repository_details)
        .transpose()
}

/// One page of the repositories that an organisation's secret is for, by id.
pub async fn selected(
    session: &mut Session,
    organization: AccountId,
    secret: &str,
    page: Page,
) -> Result<Vec<RepositoryDetails>, Error> {
    // The page is cut from the ids alone, and only its rows are joined.
    const SQL: &str = details!(
        "WHERE repository.id IN (
             SELECT repository_id FROM secret_selection
             WHERE family = 1 AND org_id = $1 AND name = $2
             ORDER BY repository_id LIMIT $3 OFFSET $4)
         ORDER BY repository.id"
    );
    let values = [
        organization.0.into(),
        secret.into(),
        page.size.into(),
        page.offset().into(),
    ];
    session
        .query(SQL, &values)
        .await?
        .iter()
        .map(repository_details)
        .collect()
}

/// How many repositories an owner has.
pub async fn count_of_owner(session: &mut Session, owner: AccountId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM repository WHERE owner_id = $1";
    session.query_one(SQL, &[owner.0.into()]).await?.get(0)
}

/// A repository and the viewer's role in it.
pub type Viewed = (RepositoryDetails, Option<RepositoryRole>);

/// The columns of [`viewed`]: those of [`repository_details`] and the roles of the viewer ($1).
macro_rules! viewed {
    ($tail:literal) => {
        concat!(
            "
        SELECT repository.id, repository.name, repository.visibility, repository.archived,
               owner.id, owner.kind, owner.login, owner.site_admin,
               repository.description, repository.settings, repository.created_at,
               repository.updated_at, membership.role, collaborator.role
        FROM repository
        JOIN account owner ON owner.id = repository.owner_id
        LEFT JOIN membership
            ON membership.org_id = repository.owner_id AND membership.user_id = $1
        LEFT JOIN collaborator
            ON collaborator.repository_id = repository.id AND collaborator.user_id = $1
        ",
            $tail
        )
    };
}

/// A repository with all that its JSON shows, as the viewer sees it.
pub async fn view(
    session: &mut Session,
    id: RepositoryId,
    viewer: AccountId,
) -> Result<Option<Viewed>, Error> {
    const SQL: &str = viewed!("WHERE repository.id = $2");
    let row = session
        .query_opt(SQL, &[viewer.0.into(), id.0.into()])
        .await?;
    row.map(|row| viewed(&row, viewer)).transpose()
}

/// Which repositories a list may show beyond the public ones: what the viewer's credential opens.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Those of visibility `internal`.
    pub internal: bool,
    /// Those in which the viewer has a role.
    pub private: bool,
    /// Those in which nobody has to have a role: an installation's.
    pub every: bool,
    /// Of these, only those of one account; 0 for no such limit.
    pub account: i64,
    /// Of these, only those in both selections; 0 for no such limit.
    pub selections: [i64; 2],
}

/// A condition on repositories: of the account $2, and in the selections $3 and $4; 0 is no limit.
macro_rules! covered {
    () => {
        "
        ($2 = 0 OR repository.owner_id = $2)
          AND ($3 = 0 OR EXISTS (
                  SELECT 1 FROM selection_repository chosen
                  WHERE chosen.selection_id = $3 AND chosen.repository_id = repository.id))
          AND ($4 = 0 OR EXISTS (
                  SELECT 1 FROM selection_repository chosen
                  WHERE chosen.selection_id = $4 AND chosen.repository_id = repository.id))
        "
    };
}

/// A condition on an organisation's ($5) repositories: shown to the viewer ($1), whose credential
/// opens internal ($6), private ($7) or all ($8) ones as far as it reaches ($2 to $4).
macro_rules! of_organization {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "
        repository.owner_id = $5
          AND (repository.visibility = 'public' OR (",
            covered!(),
            "
               AND ($8 = 1
                    OR ($6 = 1 AND repository.visibility = 'internal')
                    OR ($7 = 1 AND EXISTS (
                            SELECT 1 FROM membership
                            WHERE membership.org_id = $5 AND membership.user_id = $1))
                    OR ($7 = 1 AND EXISTS (
                            SELECT 1 FROM collaborator
                            WHERE collaborator.repository_id = repository.id
                              AND collaborator.user_id = $1)))))
        ",
            $after
        )
    };
}

/// How many of an organisation's repositories the viewer may see.
pub async fn count_of_organization(
    session: &mut Session,
    organization: AccountId,
    viewer: AccountId,
    shown: Shown,
) -> Result<i64, Error> {
    const SQL: &str = of_organization!("SELECT COUNT(*) FROM repository WHERE", "");
    let values = of_organization(organization, viewer, shown);
    session.query_one(SQL, &values).await?.get(0)
}

/// One page of an organisation's repositories that the viewer may see, by id.
pub async fn list_of_organization(
    session: &mut Session,
    organization: AccountId,
    viewer: AccountId,
    shown: Shown,
    page: Page,
) -> Result<Vec<Viewed>, Error> {
    const SQL: &str = concat!(
        viewed!("WHERE repository.id IN ("),
        of_organization!(
            "SELECT repository.id FROM repository WHERE",
            "ORDER BY repository.id LIMIT $9 OFFSET $10)
         ORDER BY repository.id"
        )
    );
    let mut values = of_organization(organization, viewer, shown).to_vec();
    values.extend([page.size, page.offset()].map(Value::from));
    all_viewed(session, SQL, &values, viewer).await
}

/// The repositories in which the viewer ($1) has a role: their own, those of their organisations,
/// those they collaborate on; as far as the credential reaches; only public ones unless $5 is 1.
macro_rules! of_viewer {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "
        (repository.visibility = 'public' OR $5 = 1) AND",
            covered!(),
            "
          AND repository.id IN (
              SELECT own.id FROM repository own WHERE own.owner_id = $1
              UNION
              SELECT shared.id FROM membership
              JOIN repository shared ON shared.owner_id = membership.org_id
              WHERE membership.user_id = $1
              UNION
              SELECT repository_id FROM collaborator WHERE user_id = $1)
        ",
            $after
        )
    };
}

/// How many repositories the viewer has a role in.
pub async fn count_of_viewer(
    session: &mut Session,
    viewer: AccountId,
    shown: Shown,
) -> Result<i64, Error> {
    const SQL: &str = of_viewer!("SELECT COUNT(*) FROM repository WHERE", "");
    let values = of_viewer(viewer, shown);
    session.query_one(SQL, &values).await?.get(0)
}

/// One page of the repositories the viewer has a role in, by id.
pub async fn list_of_viewer(
    session: &mut Session,
    viewer: AccountId,
    shown: Shown,
    page: Page,
) -> Result<Vec<Viewed>, Error> {
    const SQL: &str = concat!(
        viewed!("WHERE repository.id IN ("),
        of_viewer!(
            "SELECT repository.id FROM repository WHERE",
            "ORDER BY repository.id LIMIT $6 OFFSET $7)
         ORDER BY repository.id"
        )
    );
    let mut values = of_viewer(viewer, shown).to_vec();
    values.extend([page.size, page.offset()].map(Value::from));
    all_viewed(session, SQL, &values, viewer).await
}

/// The repositories that an account has and a credential reaches, whoever may see them.
macro_rules! of_coverage {
    ($before:literal, $after:literal) => {
        // An account is always named here; saying so lets its index be used.
        concat!(
            $before,
            " repository.owner_id = $2 AND ",
            covered!(),
            $after
        )
    };
}

/// How many repositories an installation reaches.
pub async fn count_of_coverage(session: &mut Session, coverage: &Coverage) -> Result<i64, Error> {
    const SQL: &str = of_coverage!("SELECT COUNT(*) FROM repository WHERE $1 = 0 AND", "");
    session.query_one(SQL, &of_coverage(coverage)).await?.get(0)
}

/// One page of the repositories that an installation reaches, by id.
pub async fn list_of_coverage(
    session: &mut Session,
    coverage: &Coverage,
    page: Page,
) -> Result<Vec<Viewed>, Error> {
    const SQL: &str = concat!(
        viewed!("WHERE repository.id IN ("),
        of_coverage!(
            "SELECT repository.id FROM repository WHERE",
            "ORDER BY repository.id LIMIT $5 OFFSET $6)
         ORDER BY repository.id"
        )
    );
    let mut values = of_coverage(coverage).to_vec();
    values.extend([page.size, page.offset()].map(Value::from));
    all_viewed(session, SQL, &values, NOBODY).await
}

/// The parameters of [`of_organization!`].
fn of_organization(
    organization: AccountId,
    viewer: AccountId,
    shown: Shown,
) -> [Value<'static>; 8] {
    let [viewer, account, first, second, private] = of_viewer(viewer, shown);
    let (organization, internal) = (organization.0.into(), shown.internal.into());
    let every = shown.every.into();
    [
        viewer,
        account,
        first,
        second,
        organization,
        internal,
        private,
        every,
    ]
}

/// The parameters of [`of_viewer!`].
fn of_viewer(viewer: AccountId, shown: Shown) -> [Value<'static>; 5] {
    let [first, second] = shown.selections;
    [
        viewer.0.into(),
        shown.account.into(),
        first.into(),
        second.into(),
        shown.private.into(),
    ]
}

/// No viewer, and the parameters of [`covered!`].
fn of_coverage(coverage: &Coverage) -> [Value<'static>; 4] {
    let [first, second] = coverage.selections.map(Selection::parameter);
    [
        NOBODY.0.into(),
        coverage.account.0.into(),
        first.into(),
        second.into(),
    ]
}

/// An account that nobody has: of who calls without being a user.
const NOBODY: AccountId = AccountId(0);

async fn all_viewed(
    session: &mut Session,
    sql: &'static str,
    values: &[Value<'_>],
    viewer: AccountId,
) -> Result<Vec<Viewed>, Error> {
    let rows = session.query(sql, values).await?;
    rows.iter().map(|row| viewed(row, viewer)).collect()
}

/// What of a repository can change.
pub struct Fields<'a> {
    /// As written.
    pub name: &'a str,
    /// Under which it is found.
    pub name_key: &'a str,
    /// Who may see it.
    pub visibility: RepositoryVisibility,
    /// Whether it is read-only.
    pub archived: bool,
    /// In its owner's words.
    pub description: Option<&'a str>,
    /// Kept and given back.
    pub settings: &'a RepositorySettings,
    /// When it changed, in seconds since 1970.
    pub updated_at: i64,
}

/// Keeps a new repository. [`Error::Unique`] if its owner has one of that name.
pub async fn insert(
    tx: &mut Tx,
    id: RepositoryId,
    owner: AccountId,
    fields: &Fields<'_>,
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO repository (id, owner_id, name, name_key, visibility, archived, description,
                                settings, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    let settings = encoded(fields.settings)?;
    let values: [Value<'_>; 9] = [
        id.0.into(),
        owner.0.into(),
        fields.name.into(),
        fields.name_key.into(),
        fields.visibility.as_str().into(),
        fields.archived.into(),
        fields.description.into(),
        (&settings).into(),
        fields.updated_at.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Changes a repository. [`Error::Unique`] if its owner has another one of that name.
pub async fn update(tx: &mut Tx, id: RepositoryId, fields: &Fields<'_>) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE repository
        SET name = $2, name_key = $3, visibility = $4, archived = $5, description = $6,
            settings = $7, updated_at = $8
        WHERE id = $1";
    let settings = encoded(fields.settings)?;
    let values: [Value<'_>; 8] = [
        id.0.into(),
        fields.name.into(),
        fields.name_key.into(),
        fields.visibility.as_str().into(),
        fields.archived.into(),
        fields.description.into(),
        (&settings).into(),
        fields.updated_at.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Lets an old name lead to a repository.
pub async fn redirect(
    tx: &mut Tx,
    owner: AccountId,
    name_key: &str,
    id: RepositoryId,
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO repository_redirect (owner_id, name_key, repository_id) VALUES ($1, $2, $3)
        ON CONFLICT (owner_id, name_key) DO UPDATE SET repository_id = excluded.repository_id";
    tx.execute(SQL, &[owner.0.into(), name_key.into(), id.0.into()])
        .await?;
    Ok(())
}

/// Frees a name that led elsewhere.
pub async fn forget_redirect(tx: &mut Tx, owner: AccountId, name_key: &str) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM repository_redirect WHERE owner_id = $1 AND name_key = $2";
    tx.execute(SQL, &[owner.0.into(), name_key.into()]).await?;
    Ok(())
}

/// Gives a member who is no owner the administration of what they created.
pub async fn insert_creator(
    tx: &mut Tx,
    id: RepositoryId,
    organization: AccountId,
    creator: AccountId,
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO collaborator (repository_id, user_id, role)
        SELECT $1, user_id, 'admin' FROM membership
        WHERE org_id = $2 AND user_id = $3 AND role = 'member'";
    tx.execute(SQL, &[id.0.into(), organization.0.into(), creator.0.into()])
        .await?;
    Ok(())
}

fn encoded(settings: &RepositorySettings) -> Result<String, Error> {
    serde_json::to_string(settings)
        .map_err(|_| Error::Other("repository settings could not be written as JSON".to_owned()))
}

fn viewed(row: &Row, viewer: AccountId) -> Result<Viewed, Error> {
    let details = repository_details(row)?;
    let member = optional_word(row, 12, "a role", OrganizationRole::parse)?;
    let collaborator = optional_word(row, 13, "a role", RepositoryRole::parse)?;
    let owner = details.repository.owner.id == viewer;
    Ok((
        details,
        RepositoryRole::highest(owner, member, collaborator),
    ))
}

fn repository_details(row: &Row) -> Result<RepositoryDetails, Error> {
    let settings = serde_json::from_str(row.get::<&str>(9)?).map_err(|_| Error::Column {
        index: 9,
        expected: "repository settings",
    })?;
    Ok(RepositoryDetails {
        repository: repository_columns(row)?,
        description: row.get(8)?,
        settings,
        created_at: row.get(10)?,
        updated_at: row.get(11)?,
    })
}
