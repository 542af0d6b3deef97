//! Tokens of installations; whom one stands for is [`super::bearer`].

use sealyard_sql::{Error, Session, Tx, Value};

use crate::apps::{Installation, InstallationId};
use crate::directory::RepositoryId;
use crate::identity::caller::Selection;
use crate::identity::permission::Permissions;

/// A token to be kept.
pub struct NewToken<'a> {
    /// Whose.
    pub installation: InstallationId,
    /// Its HMAC under the token key.
    pub mac: &'a [u8; 32],
    /// Which token key.
    pub epoch: u32,
    /// What it may.
    pub permissions: Permissions,
    /// Where, of what its installation reaches.
    pub selection: Selection,
    /// Now, in seconds since 1970.
    pub created_at: i64,
    /// Its end.
    pub expires_at: i64,
}

/// Keeps a token.
pub async fn insert(tx: &mut Tx, token: &NewToken<'_>) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO installation_token (id, installation_id, mac, epoch, permissions, selection_id,
                                        created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let id = crate::counter::next(tx, "installation_token").await?;
    let permissions = token.permissions.to_string();
    let values: [Value<'_>; 8] = [
        id.into(),
        token.installation.0.into(),
        token.mac.into(),
        i64::from(token.epoch).into(),
        (&permissions).into(),
        token.selection.0.into(),
        token.created_at.into(),
        token.expires_at.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Adds a repository to a token's own selection; whether its installation reaches it.
pub async fn choose(
    tx: &mut Tx,
    own: Selection,
    installation: &Installation,
    repository: RepositoryId,
) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO selection_repository (selection_id, repository_id)
        SELECT $1, repository.id FROM repository
        WHERE repository.id = $2 AND repository.owner_id = $3
          AND ($4 = 0 OR EXISTS (
                  SELECT 1 FROM selection_repository chosen
                  WHERE chosen.selection_id = $4 AND chosen.repository_id = repository.id))";
    let values = [
        own.parameter().into(),
        repository.0.into(),
        installation.account.id.0.into(),
        installation.selection.parameter().into(),
    ];
    Ok(tx.execute(SQL, &values).await? > 0)
}

/// Deletes some of an installation's tokens that have ended, and what was chosen for them: more than
/// are made meanwhile, and few enough for one write.
pub async fn forget_expired(tx: &mut Tx, of: InstallationId, now: i64) -> Result<(), Error> {
    const SQL: &str = "
        SELECT id FROM installation_token
        WHERE installation_id = $1 AND expires_at <= $2 ORDER BY expires_at, id LIMIT $3";
    let values = [of.0.into(), now.into(), FORGOTTEN_AT_ONCE.into()];
    for row in tx.query(SQL, &values).await? {
        delete(tx, row.get(0)?).await?;
    }
    Ok(())
}

/// Tokens that one new token makes room for.
const FORGOTTEN_AT_ONCE: i64 = 10;

/// How many tokens of an installation are kept, whether they still hold or not.
pub async fn count(session: &mut Session, of: InstallationId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM installation_token WHERE installation_id = $1";
    session.query_one(SQL, &[of.0.into()]).await?.get(0)
}

/// Deletes a token and what was chosen for it; whether it was there.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<bool, Error> {
    const CHOSEN: &str = "
        DELETE FROM selection_repository WHERE selection_id IN (
            SELECT selection_id FROM installation_token WHERE id = $1)";
    const TOKEN: &str = "DELETE FROM installation_token WHERE id = $1";
    tx.execute(CHOSEN, &[id.into()]).await?;
    Ok(tx.execute(TOKEN, &[id.into()]).await? > 0)
}
