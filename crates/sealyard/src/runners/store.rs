//! Runners, their labels, their credentials, and the tokens that enrol them.

use sealyard_sql::{Error, Row, Session, Tx, Value};

use super::label::{Label, LabelName};
use super::register::Purpose;
use super::scope::{ScopeKey, ScopeKind};
use super::{Runner, RunnerId, RunnerName};
use crate::http::exchange::Attempt;
use crate::http::page::Page;
use crate::identity::AccountId;
use crate::identity::caller::{Enrolment, Machine, Selection};
use crate::row::word;

/// Runners with their labels: a row for each label, and every runner has one at least.
macro_rules! runners {
    ($condition:literal) => {
        concat!(
            "
        SELECT runner.id, runner.name, runner.os, runner.last_seen_at,
               (SELECT MAX(job.lease_ends_at) FROM job
                WHERE job.runner_id = runner.id AND job.ended_at IS NULL),
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
                last_seen_at: row.get(3)?,
                busy_until: row.get(4)?,
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
    /// The repositories that it serves, if it is an organisation's.
    pub selection: Selection,
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
            (id, scope_kind, scope_id, name, os, public_key, mac, epoch, selection_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let id = crate::counter::next(tx, "runner").await?;
    let values: [Value<'_>; 10] = [
        id.into(),
        runner.scope.kind.code().into(),
        runner.scope.id.into(),
        runner.name.into(),
        runner.os.into(),
        runner.public_key.into(),
        runner.mac.into(),
        runner.epoch.into(),
        runner.selection.0.into(),
        runner.created_at.into(),
    ];
    tx.execute(SQL, &values).await?;
    Ok(RunnerId(id))
}

/// Deletes a runner, its labels and its selection, and remembers whose credential it had.
pub async fn delete(tx: &mut Tx, id: RunnerId, owner: AccountId, now: i64) -> Result<(), Error> {
    const REMEMBER: &str = "
        INSERT INTO removed_runner (mac, runner_id, name, owner_id, removed_at)
        SELECT mac, id, name, $2, $3 FROM runner WHERE id = $1";
    const DELETE: [&str; 3] = [
        "DELETE FROM selection_repository
         WHERE selection_id IN (SELECT selection_id FROM runner WHERE id = $1)",
        "DELETE FROM runner_label WHERE runner_id = $1",
        "DELETE FROM runner WHERE id = $1",
    ];
    tx.execute(REMEMBER, &[id.0.into(), owner.0.into(), now.into()])
        .await?;
    for statement in DELETE {
        tx.execute(statement, &[id.0.into()]).await?;
    }
    Ok(())
}

/// The runner whose credential has this HMAC.
pub async fn bearer(session: &mut Session, mac: &[u8; 32]) -> Result<Option<Machine>, Error> {
    const SQL: &str = "
        SELECT runner.id, runner.name, runner.scope_kind, runner.scope_id, runner.selection_id,
               runner.public_key, repository.owner_id
        FROM runner
        LEFT JOIN repository ON runner.scope_kind = 2 AND repository.id = runner.scope_id
        WHERE runner.mac = $1";
    let Some(row) = session.query_opt(SQL, &[mac.into()]).await? else {
        return Ok(None);
    };
    let scope = scope_key(&row, 2)?;
    Ok(Some(Machine {
        id: RunnerId(row.get(0)?),
        name: row.get(1)?,
        owner: AccountId(row.get::<Option<i64>>(6)?.unwrap_or(scope.id)),
        scope,
        selection: Selection(row.get(4)?),
        public_key: row.get(5)?,
    }))
}

/// Whose credential this was, if it was a runner's that is gone.
pub async fn removed(session: &mut Session, mac: &[u8; 32]) -> Result<Option<Attempt>, Error> {
    const SQL: &str = "SELECT owner_id, runner_id, name FROM removed_runner WHERE mac = $1";
    let row = session.query_opt(SQL, &[mac.into()]).await?;
    row.map(|row| {
        Ok(Attempt {
            owner: AccountId(row.get(0)?),
            repository: None,
            job: None,
            removed_runner: Some((row.get(1)?, row.get(2)?)),
        })
    })
    .transpose()
}

/// Notes that a runner was heard of; whether it is still there.
pub async fn seen(tx: &mut Tx, id: RunnerId, now: i64) -> Result<bool, Error> {
    // Never back, also when the clock goes.
    const SQL: &str = "
        UPDATE runner SET last_seen_at =
            CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END
        WHERE id = $1";
    Ok(tx.execute(SQL, &[id.0.into(), now.into()]).await? > 0)
}

/// The repositories that a runner of an organisation serves: its selection, if there is such a runner.
pub async fn selection(
    session: &mut Session,
    organization: AccountId,
    id: RunnerId,
) -> Result<Option<Selection>, Error> {
    const SQL: &str = "
        SELECT selection_id FROM runner WHERE id = $1 AND scope_kind = 1 AND scope_id = $2";
    let row = session
        .query_opt(SQL, &[id.0.into(), organization.0.into()])
        .await?;
    row.map(|row| Ok(Selection(row.get(0)?))).transpose()
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
    Ok(Some(Enrolment {
        scope: scope_key(&row, 0)?,
        purpose: word(&row, 2, "a purpose", Purpose::parse)?,
    }))
}

/// A scope in two columns, its kind first.
fn scope_key(row: &Row, index: usize) -> Result<ScopeKey, Error> {
    let kind = ScopeKind::parse(row.get(index)?).ok_or(Error::Column {
        index,
        expected: "a kind of scope",
    })?;
    Ok(ScopeKey {
        kind,
        id: row.get(index + 1)?,
    })
}

/// Whether a runner was taken off before a time.
pub async fn any_removed_before(session: &mut Session, before: i64) -> Result<bool, Error> {
    const SQL: &str = "SELECT runner_id FROM removed_runner WHERE removed_at < $1 LIMIT 1";
    Ok(session.query_opt(SQL, &[before.into()]).await?.is_some())
}

/// Forgets whose credentials runners had that were taken off before a time.
pub async fn forget_removed(tx: &mut Tx, before: i64) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM removed_runner WHERE removed_at < $1";
    tx.execute(SQL, &[before.into()]).await?;
    Ok(())
}
