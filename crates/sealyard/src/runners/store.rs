//! Runners, their labels, and the tokens that enrol them.

use sealyard_sql::{Error, Row, Session, Tx, Value};

use super::label::{Label, LabelName};
use super::register::Purpose;
use super::scope::{ScopeKey, ScopeKind};
use super::{Runner, RunnerId, RunnerName};
use crate::http::page::Page;
use crate::identity::caller::Enrolment;
use crate::row::word;

/// Runners with their labels: a row for each label, and every runner has one at least.
macro_rules! runners {
    ($condition:literal) => {
        concat!(
            "
        SELECT runner.id, runner.name, runner.os, runner.busy, runner.last_seen_at,
               runner_label.id, runner_label.name, runner_label.read_only
        FROM runner JOIN runner_label ON runner_label.runner_id = runner.id
        WHERE ",
            $condition,
            "
        ORDER BY runner.id, runner_label.read_only DESC, runner_label.id"
        )
    };
}

/// One page of a scope's runners, by id.
pub async fn list(
    session: &mut Session,
    scope: ScopeKey,
    page: Page,
) -> Result<Vec<Runner>, Error> {
    // The page is cut from the ids alone, and only its rows are joined.
    const SQL: &str = runners!(
        "runner.id IN (
            SELECT id FROM runner WHERE scope_kind = $1 AND scope_id = $2
            ORDER BY id LIMIT $3 OFFSET $4)"
    );
    let values = [
        scope.kind.code().into(),
        scope.id.into(),
        page.size.into(),
        page.offset().into(),
    ];
    fold(&session.query(SQL, &values).await?)
}

/// The runner of exactly this name.
pub async fn by_name(
    session: &mut Session,
    scope: ScopeKey,
    name: &RunnerName,
) -> Result<Option<Runner>, Error> {
    const SQL: &str =
        runners!("runner.scope_kind = $1 AND runner.scope_id = $2 AND runner.name = $3");
    let values = [
        scope.kind.code().into(),
        scope.id.into(),
        name.as_str().into(),
    ];
    Ok(fold(&session.query(SQL, &values).await?)?.pop())
}

/// One runner, if it is of this scope.
pub async fn get(
    session: &mut Session,
    scope: ScopeKey,
    id: RunnerId,
) -> Result<Option<Runner>, Error> {
    const SQL: &str =
        runners!("runner.scope_kind = $1 AND runner.scope_id = $2 AND runner.id = $3");
    let values = [scope.kind.code().into(), scope.id.into(), id.0.into()];
    Ok(fold(&session.query(SQL, &values).await?)?.pop())
}

/// How many runners a scope has.
pub async fn count(session: &mut Session, scope: ScopeKey) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM runner WHERE scope_kind = $1 AND scope_id = $2";
    session
        .query_one(SQL, &[scope.kind.code().into(), scope.id.into()])
        .await?
        .get(0)
}

fn fold(rows: &[Row]) -> Result<Vec<Runner>, Error> {
    let mut runners: Vec<Runner> = Vec::new();
    for row in rows {
        let id = RunnerId(row.get(0)?);
        let label = Label {
            id: row.get(5)?,
            name: row.get(6)?,
            read_only: row.get(7)?,
        };
        match runners.last_mut() {
            Some(runner) if runner.id == id => runner.labels.push(label),
            _ => runners.push(Runner {
                id,
                name: row.get(1)?,
                os: row.get(2)?,
                busy: row.get(3)?,
                last_seen_at: row.get(4)?,
                labels: vec![label],
            }),
        }
    }
    Ok(runners)
}

/// A runner to be kept.
pub struct NewRunner<'a> {
    /// What it belongs to.
    pub scope: ScopeKey,
    /// Unique in the scope.
    pub name: &'a str,
    /// Its operating system.
    pub os: &'a str,
    /// Its own key, if it sent one.
    pub public_key: Option<&'a [u8; 32]>,
    /// HMAC of its credential.
    pub mac: &'a [u8; 32],
    /// Which token key.
    pub epoch: i64,
    /// Seconds since 1970.
    pub created_at: i64,
}

/// Keeps a runner, still without labels. [`Error::Unique`] if the name is taken.
pub async fn insert(tx: &mut Tx, runner: &NewRunner<'_>) -> Result<RunnerId, Error> {
    const SQL: &str = "
        INSERT INTO runner
            (id, scope_kind, scope_id, name, os, public_key, mac, epoch, busy, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)";
    let id = crate::counter::next(tx, "runner").await?;
    let values: [Value<'_>; 9] = [
        id.into(),
        runner.scope.kind.code().into(),
        runner.scope.id.into(),
        runner.name.into(),
        runner.os.into(),
        runner.public_key.into(),
        runner.mac.into(),
        runner.epoch.into(),
        runner.created_at.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(RunnerId(id))
}

/// Deletes a runner and its labels.
pub async fn delete(tx: &mut Tx, id: RunnerId) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM runner_label WHERE runner_id = $1",
        &[id.0.into()],
    )
    .await?;
    tx.execute("DELETE FROM runner WHERE id = $1", &[id.0.into()])
        .await?;
    Ok(())
}

/// The labels of a runner, read-only ones first.
pub async fn labels(session: &mut Session, id: RunnerId) -> Result<Vec<Label>, Error> {
    const SQL: &str = "
        SELECT id, name, read_only FROM runner_label
        WHERE runner_id = $1 ORDER BY read_only DESC, id";
    let rows = session.query(SQL, &[id.0.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Label {
                id: row.get(0)?,
                name: row.get(1)?,
                read_only: row.get(2)?,
            })
        })
        .collect()
}

/// Gives a runner one more label, which it must not have yet.
pub async fn insert_label(
    tx: &mut Tx,
    runner: RunnerId,
    name: &LabelName,
    read_only: bool,
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO runner_label (id, runner_id, name, name_key, read_only)
        VALUES ($1, $2, $3, $4, $5)";
    let id = crate::counter::next(tx, "label").await?;
    let key = name.key();
    let values: [Value<'_>; 5] = [
        id.into(),
        runner.0.into(),
        name.as_str().into(),
        (&key).into(),
        read_only.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(())
}

/// Deletes a label.
pub async fn delete_label(tx: &mut Tx, id: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM runner_label WHERE id = $1", &[id.into()])
        .await?;
    Ok(())
}

/// A registration or remove token to be kept.
pub struct NewToken<'a> {
    /// HMAC of the token.
    pub mac: &'a [u8; 32],
    /// Which token key.
    pub epoch: i64,
    /// What it is for.
    pub scope: ScopeKey,
    /// What it lets its holder do.
    pub purpose: Purpose,
    /// Seconds since 1970.
    pub expires_at: i64,
}

/// Keeps a token, only while its scope exists. Tells whether it does.
pub async fn insert_token(tx: &mut Tx, token: &NewToken<'_>) -> Result<bool, Error> {
    macro_rules! insert {
        ($table:literal) => {
            concat!(
                "
        INSERT INTO runner_token (mac, epoch, scope_kind, scope_id, purpose, expires_at)
        SELECT $1, $2, $3, id, $4, $5 FROM ",
                $table,
                " WHERE id = $6"
            )
        };
    }
    let sql = match token.scope.kind {
        ScopeKind::Organization => insert!("account"),
        ScopeKind::Repository => insert!("repository"),
    };
    let values: [Value<'_>; 6] = [
        token.mac.into(),
        token.epoch.into(),
        token.scope.kind.code().into(),
        token.purpose.as_str().into(),
        token.expires_at.into(),
        token.scope.id.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Deletes the tokens whose time is over, of all scopes.
pub async fn delete_expired_tokens(tx: &mut Tx, now: i64) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM runner_token WHERE expires_at <= $1",
        &[now.into()],
    )
    .await?;
    Ok(())
}

/// The scope of a token that is good now, by its HMAC.
pub async fn token(
    session: &mut Session,
    mac: &[u8; 32],
    now: i64,
) -> Result<Option<Enrolment>, Error> {
    const SQL: &str = "
        SELECT scope_kind, scope_id, purpose FROM runner_token
        WHERE mac = $1 AND expires_at > $2";
    let Some(row) = session.query_opt(SQL, &[mac.into(), now.into()]).await? else {
        return Ok(None);
    };
    let kind = ScopeKind::parse(row.get(0)?);
    let kind = kind.ok_or(Error::Column {
        index: 0,
        expected: "a kind of scope",
    })?;
    Ok(Some(Enrolment {
        scope: ScopeKey {
            kind,
            id: row.get(1)?,
        },
        purpose: word(&row, 2, "a purpose", Purpose::parse)?,
    }))
}
