//! Apps, their keys, their installations and the tokens of these.

pub mod installation;
pub mod token;

use sealyard_sql::{Error, Row, Session, Tx, Value};

use super::jwt::Issuer;
use super::key::PublicKey;
use super::registration::KeySummary;
use super::{AppDetails, AppId, InstallationId};
use crate::directory::{AccountKind, Owner};
use crate::identity::AccountId;
use crate::identity::caller::{Coverage, Installed, Selection};
use crate::identity::permission::{Permissions, Standing, Suspended};
use crate::row::word;

/// What the HMAC of an installation's token leads to: whom it stands for, with what token,
/// installation and app all have now, and whether it still holds.
pub async fn bearer(
    session: &mut Session,
    mac: &[u8; 32],
) -> Result<Option<(Installed, Standing)>, Error> {
    const SQL: &str = "
        SELECT installation_token.id, installation_token.permissions,
               installation_token.selection_id, installation_token.expires_at,
               app.suspended_at,
               installation.id, installation.account_id, installation.permissions,
               installation.selection_id, installation.suspended_at,
               app.id, app.slug, app.permissions
        FROM installation_token
        JOIN installation ON installation.id = installation_token.installation_id
        JOIN app ON app.id = installation.app_id
        WHERE installation_token.mac = $1";
    let row = session.query_opt(SQL, &[mac.into()]).await?;
    row.map(|row| {
        let installed = Installed {
            token_id: row.get(0)?,
            id: InstallationId(row.get(5)?),
            app_id: AppId(row.get(10)?),
            slug: row.get(11)?,
            permissions: permissions(&row, 1)?
                .and(permissions(&row, 7)?)
                .and(permissions(&row, 12)?),
            coverage: Coverage {
                account: AccountId(row.get(6)?),
                selections: [Selection(row.get(2)?), Selection(row.get(8)?)],
            },
        };
        let suspended = match (
            row.get::<Option<i64>>(9)?.is_some(),
            row.get::<Option<i64>>(4)?.is_some(),
        ) {
            (_, true) => Some(Suspended::App),
            (true, false) => Some(Suspended::Installation),
            (false, false) => None,
        };
        let standing = Standing {
            // One that was revoked is gone.
            revoked: false,
            expires_at: row.get(3)?,
            suspended,
        };
        Ok((installed, standing))
    })
    .transpose()
}

/// A column that holds permissions.
pub fn permissions(row: &Row, index: usize) -> Result<Permissions, Error> {
    word(row, index, "a list of permissions", |text| {
        Permissions::parse(text).ok()
    })
}

/// Who may have signed a JWT.
pub struct Signer {
    /// Which app.
    pub id: AppId,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Its keys, newest first.
    pub keys: Vec<PublicKey>,
}

/// The app of an issuer, with its keys.
pub async fn signer(session: &mut Session, issuer: &Issuer) -> Result<Option<Signer>, Error> {
    const BY_ID: &str = "
        SELECT app.id, app.suspended_at, app_key.public_key
        FROM app LEFT JOIN app_key ON app_key.app_id = app.id
        WHERE app.id = $1 ORDER BY app_key.id DESC";
    const BY_CLIENT_ID: &str = "
        SELECT app.id, app.suspended_at, app_key.public_key
        FROM app LEFT JOIN app_key ON app_key.app_id = app.id
        WHERE app.client_id = $1 ORDER BY app_key.id DESC";
    let rows = match issuer {
        Issuer::Id(id) => session.query(BY_ID, &[(*id).into()]).await?,
        Issuer::ClientId(id) => session.query(BY_CLIENT_ID, &[id.into()]).await?,
    };
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mut keys = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(der) = row.get::<Option<&[u8]>>(2)? {
            let key = PublicKey::from_der(der).map_err(|_| Error::Column {
                index: 2,
                expected: "an RSA public key",
            })?;
            keys.push(key);
        }
    }
    Ok(Some(Signer {
        id: AppId(first.get(0)?),
        suspended: first.get::<Option<i64>>(1)?.is_some(),
        keys,
    }))
}

/// A statement over apps and their owners, as [`app`] reads them.
macro_rules! apps {
    ($tail:literal) => {
        concat!(
            "
        SELECT app.id, owner.id, owner.kind, owner.login, owner.site_admin, app.slug, app.name,
               app.description, app.client_id, app.permissions, app.suspended_at, app.created_at,
               app.updated_at,
               (SELECT COUNT(*) FROM installation WHERE installation.app_id = app.id)
        FROM app JOIN account owner ON owner.id = app.owner_id
        ",
            $tail
        )
    };
}

/// An app.
pub async fn details(session: &mut Session, id: AppId) -> Result<Option<AppDetails>, Error> {
    const SQL: &str = apps!("WHERE app.id = $1");
    let row = session.query_opt(SQL, &[id.0.into()]).await?;
    row.as_ref().map(app).transpose()
}

/// The next apps by id.
pub async fn list(
    session: &mut Session,
    after: AppId,
    limit: i64,
) -> Result<Vec<AppDetails>, Error> {
    const SQL: &str = apps!("WHERE app.id > $1 ORDER BY app.id LIMIT $2");
    let rows = session.query(SQL, &[after.0.into(), limit.into()]).await?;
    rows.iter().map(app).collect()
}

/// How many apps an owner has.
pub async fn count_of_owner(session: &mut Session, owner: AccountId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM app WHERE owner_id = $1";
    session.query_one(SQL, &[owner.0.into()]).await?.get(0)
}

/// Keeps a new app. [`Error::Unique`] if its slug is taken.
pub async fn insert(tx: &mut Tx, app: &AppDetails) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO app (id, owner_id, slug, name, description, client_id, permissions, created_at,
                         updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    let permissions = app.permissions.to_string();
    let values: [Value<'_>; 8] = [
        app.id.0.into(),
        app.owner.id.0.into(),
        (&app.slug).into(),
        (&app.name).into(),
        app.description.as_deref().into(),
        (&app.client_id).into(),
        (&permissions).into(),
        app.created_at.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Changes what an app asks for.
pub async fn set_permissions(
    tx: &mut Tx,
    id: AppId,
    permissions: Permissions,
    now: i64,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE app SET permissions = $2, updated_at = $3 WHERE id = $1";
    let permissions = permissions.to_string();
    tx.execute(SQL, &[id.0.into(), (&permissions).into(), now.into()])
        .await?;
    Ok(())
}

/// Changes since when an app is suspended.
pub async fn set_suspended(
    tx: &mut Tx,
    id: AppId,
    suspended_at: Option<i64>,
    now: i64,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE app SET suspended_at = $2, updated_at = $3 WHERE id = $1";
    tx.execute(SQL, &[id.0.into(), suspended_at.into(), now.into()])
        .await?;
    Ok(())
}

/// Deletes an app that is installed nowhere, with its keys.
pub async fn delete(tx: &mut Tx, id: AppId) -> Result<(), Error> {
    for statement in [
        "DELETE FROM app_key WHERE app_id = $1",
        "DELETE FROM app WHERE id = $1",
    ] {
        tx.execute(statement, &[id.0.into()]).await?;
    }
    Ok(())
}

/// Keeps a key and returns its id. [`Error::Unique`] if the app has it.
pub async fn insert_key(tx: &mut Tx, app: AppId, key: &PublicKey, now: i64) -> Result<i64, Error> {
    const SQL: &str = "
        INSERT INTO app_key (id, app_id, public_key, fingerprint, created_at)
        VALUES ($1, $2, $3, $4, $5)";
    let id = crate::counter::next(tx, "app_key").await?;
    let fingerprint = key.fingerprint();
    let values: [Value<'_>; 5] = [
        id.into(),
        app.0.into(),
        key.as_der().into(),
        (&fingerprint).into(),
        now.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(id)
}

/// How many keys an app has.
pub async fn count_keys(session: &mut Session, app: AppId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM app_key WHERE app_id = $1";
    session.query_one(SQL, &[app.0.into()]).await?.get(0)
}

/// An app's keys by id.
pub async fn keys(session: &mut Session, app: AppId) -> Result<Vec<KeySummary>, Error> {
    const SQL: &str = "
        SELECT id, fingerprint, created_at FROM app_key WHERE app_id = $1 ORDER BY id";
    let rows = session.query(SQL, &[app.0.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(KeySummary {
                id: row.get(0)?,
                fingerprint: row.get(1)?,
                created_at: row.get(2)?,
            })
        })
        .collect()
}

/// Takes a key from an app and returns its fingerprint, if the app had it.
pub async fn delete_key(tx: &mut Tx, app: AppId, key: i64) -> Result<Option<String>, Error> {
    const SQL: &str = "DELETE FROM app_key WHERE id = $2 AND app_id = $1 RETURNING fingerprint";
    let row = tx.query_opt(SQL, &[app.0.into(), key.into()]).await?;
    row.map(|row| row.get(0)).transpose()
}

fn app(row: &Row) -> Result<AppDetails, Error> {
    Ok(AppDetails {
        id: AppId(row.get(0)?),
        owner: account(row, 1)?,
        slug: row.get(5)?,
        name: row.get(6)?,
        description: row.get(7)?,
        client_id: row.get(8)?,
        permissions: permissions(row, 9)?,
        suspended_at: row.get(10)?,
        created_at: row.get(11)?,
        updated_at: row.get(12)?,
        installations: row.get(13)?,
    })
}

/// Four columns from `at` on: id, kind, login, site administrator.
fn account(row: &Row, at: usize) -> Result<Owner, Error> {
    Ok(Owner {
        id: AccountId(row.get(at)?),
        kind: word(row, at + 1, "a kind of account", AccountKind::parse)?,
        login: row.get(at + 2)?,
        site_admin: row.get(at + 3)?,
    })
}
