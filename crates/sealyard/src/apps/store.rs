//! Apps, their keys, their installations and the tokens of these.

use sealyard_sql::{Error, Row, Session};

use super::{AppId, InstallationId};
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
               installation_token.revoked_at,
               installation.id, installation.account_id, installation.permissions,
               installation.selection_id, installation.suspended_at,
               app.id, app.slug, app.permissions, app.suspended_at
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
            row.get::<Option<i64>>(13)?.is_some(),
        ) {
            (_, true) => Some(Suspended::App),
            (true, false) => Some(Suspended::Installation),
            (false, false) => None,
        };
        let standing = Standing {
            revoked: row.get::<Option<i64>>(4)?.is_some(),
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
