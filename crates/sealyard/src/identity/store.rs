//! Tokens and their users.

use sealyard_sql::{Error, Row, Session, Tx, Value};

use super::caller::{Authority, Coverage, Principal, Selection};
use super::permission::{Permissions, Standing, Suspended};
use super::scopes::Scopes;
use super::token::Kind;
use super::{AccountId, TokenSummary};
use crate::apps::store::permissions;
use crate::row::word;

/// What the HMAC of a user's token leads to: the user it presents, and whether it still holds.
pub async fn bearer(
    session: &mut Session,
    mac: &[u8; 32],
) -> Result<Option<(Principal, Standing)>, Error> {
    const SQL: &str = "
        SELECT token.id, token.scopes, token.expires_at, token.revoked_at,
               account.id, account.login, account.site_admin, account.suspended_at,
               token.owner_id, token.selection_id, token.permissions
        FROM token JOIN account ON account.id = token.user_id
        WHERE token.mac = $1";
    let Some(row) = session.query_opt(SQL, &[mac.into()]).await? else {
        return Ok(None);
    };
    let authority = match row.get::<Option<i64>>(8)? {
        None => Authority::Scopes(word(&row, 1, "a list of scopes", Scopes::parse)?),
        Some(owner) => Authority::FineGrained(
            permissions(&row, 10)?,
            Coverage {
                account: AccountId(owner),
                selections: [Selection(row.get(9)?), Selection::ALL],
            },
        ),
    };
    let principal = Principal {
        token_id: row.get(0)?,
        authority,
        expires_at: row.get(2)?,
        user_id: AccountId(row.get(4)?),
        login: row.get(5)?,
        site_admin: row.get(6)?,
    };
    let standing = Standing {
        revoked: row.get::<Option<i64>>(3)?.is_some(),
        expires_at: principal.expires_at,
        suspended: row.get::<Option<i64>>(7)?.map(|_| Suspended::User),
    };
    Ok(Some((principal, standing)))
}

/// A token to be kept.
pub struct NewToken<'a> {
    /// Which kind of those that act for a user.
    pub kind: Kind,
    /// Whose.
    pub user_id: AccountId,
    /// Its HMAC under the token key.
    pub mac: &'a [u8; 32],
    /// Which token key.
    pub epoch: u32,
    /// What it may, if it is not fine-grained.
    pub scopes: Scopes,
    /// What it may, if it is fine-grained.
    pub permissions: Permissions,
    /// Where, if it is fine-grained.
    pub place: Option<(AccountId, Selection)>,
    /// What it is for, in its maker's words.
    pub note: Option<&'a str>,
    /// Its last eight characters.
    pub last_eight: &'a str,
    /// Now, in seconds since 1970.
    pub created_at: i64,
    /// Its end.
    pub expires_at: Option<i64>,
}

/// Keeps a token and returns its id.
pub async fn insert_token(tx: &mut Tx, token: &NewToken<'_>) -> Result<i64, Error> {
    const SQL: &str = "
        INSERT INTO token (id, kind, user_id, mac, epoch, scopes, permissions, owner_id,
                           selection_id, note, last_eight, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let id = crate::counter::next(tx, "token").await?;
    let (scopes, permissions) = (token.scopes.to_string(), token.permissions.to_string());
    let values: [Value<'_>; 13] = [
        id.into(),
        token.kind.as_str().into(),
        token.user_id.0.into(),
        token.mac.into(),
        i64::from(token.epoch).into(),
        (&scopes).into(),
        (&permissions).into(),
        token.place.map(|(owner, _)| owner.0).into(),
        token.place.and_then(|(_, selection)| selection.0).into(),
        token.note.into(),
        token.last_eight.into(),
        token.created_at.into(),
        token.expires_at.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(id)
}

/// Whose a token is, for its audit entry.
pub struct TokenOwner {
    /// The user.
    pub user_id: AccountId,
    /// The user's login.
    pub login: String,
    /// Which kind of token.
    pub kind: Kind,
    /// The token's last eight characters.
    pub last_eight: String,
}

/// Finds whose a token is.
pub async fn owner_of_token(session: &mut Session, id: i64) -> Result<Option<TokenOwner>, Error> {
    const SQL: &str = "
        SELECT token.user_id, account.login, token.last_eight, token.kind
        FROM token JOIN account ON account.id = token.user_id
        WHERE token.id = $1";
    let row = session.query_opt(SQL, &[id.into()]).await?;
    row.map(|row| {
        Ok(TokenOwner {
            user_id: AccountId(row.get(0)?),
            login: row.get(1)?,
            last_eight: row.get(2)?,
            kind: word(&row, 3, "a kind of token", Kind::from_word)?,
        })
    })
    .transpose()
}

/// Voids a token; whether it was not void already.
pub async fn revoke(tx: &mut Tx, id: i64, now: i64) -> Result<bool, Error> {
    const SQL: &str = "UPDATE token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    Ok(tx.execute(SQL, &[id.into(), now.into()]).await? > 0)
}

/// Voids a user's tokens of one kind; how many were not void already.
pub async fn revoke_all(tx: &mut Tx, user: AccountId, kind: Kind, now: i64) -> Result<u64, Error> {
    const SQL: &str = "
        UPDATE token SET revoked_at = $3
        WHERE user_id = $1 AND kind = $2 AND revoked_at IS NULL";
    tx.execute(SQL, &[user.0.into(), kind.as_str().into(), now.into()])
        .await
}

/// How many tokens of a user are neither revoked nor expired.
pub async fn count_tokens(session: &mut Session, user: AccountId, now: i64) -> Result<i64, Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM token
        WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    session
        .query_one(SQL, &[user.0.into(), now.into()])
        .await?
        .get(0)
}

/// A statement over tokens and their users.
macro_rules! tokens {
    ($tail:literal) => {
        concat!(
            "
        SELECT token.id, account.login, token.scopes, token.note, token.last_eight,
               token.created_at, token.expires_at, token.revoked_at, token.kind,
               token.permissions, owner.login, token.selection_id,
               (SELECT COUNT(*) FROM selection_repository
                WHERE selection_repository.selection_id = token.selection_id)
        FROM token
        JOIN account ON account.id = token.user_id
        LEFT JOIN account owner ON owner.id = token.owner_id
        ",
            $tail
        )
    };
}

/// The next tokens by id, of one user or of all.
pub async fn list_tokens(
    session: &mut Session,
    user: Option<AccountId>,
    after: i64,
    limit: i64,
) -> Result<Vec<TokenSummary>, Error> {
    const ALL: &str = tokens!("WHERE token.id > $1 ORDER BY token.id LIMIT $2");
    const OF_USER: &str =
        tokens!("WHERE token.id > $1 AND token.user_id = $3 ORDER BY token.id LIMIT $2");
    let rows = match user {
        Some(user) => {
            session
                .query(OF_USER, &[after.into(), limit.into(), user.0.into()])
                .await?
        }
        None => session.query(ALL, &[after.into(), limit.into()]).await?,
    };
    rows.iter().map(summary).collect()
}

fn summary(row: &Row) -> Result<TokenSummary, Error> {
    let kind = word(row, 8, "a kind of token", Kind::from_word)?;
    let power = if kind == Kind::FineGrained { 9 } else { 2 };
    Ok(TokenSummary {
        id: row.get(0)?,
        user: row.get(1)?,
        kind,
        power: row.get(power)?,
        owner: row.get(10)?,
        repositories: match row.get::<Option<i64>>(11)? {
            Some(_) => Some(row.get(12)?),
            None => None,
        },
        note: row.get(3)?,
        last_eight: row.get(4)?,
        created_at: row.get(5)?,
        expires_at: row.get(6)?,
        revoked_at: row.get(7)?,
    })
}
