//! Jobs: their rows from ticket to end.

use sealyard_sql::{Error, Row, Session, Tx, Value};

use crate::apps::InstallationId;
use crate::apps::store::permissions;
use crate::delivery::{Approval, Claims, Conclusion, Creator, CreatorId, Job, JobId};
use crate::directory::{
    EnvironmentId, Repository, RepositoryId, RepositoryRole, store as directory,
};
use crate::http::page::Page;
use crate::identity::AccountId;
use crate::identity::permission::{Level, Permission, Permissions};
use crate::row::optional_word;
use crate::runners::RunnerId;

/// The columns of [`job`], with what protects the environment now.
macro_rules! jobs {
    ($tail:literal) => {
        concat!(
            "
        SELECT job.id, job.repository_id, job.environment, job.ref, job.event, job.fork,
               job.environment_id, environment.settings, job.user_id, job.installation_id,
               job.creator, job.created_at, job.expires_at, job.approved_by, job.approver,
               job.approved_at, job.runner_id, job.runner_name, job.started_at,
               job.lease_ends_at, job.ended_at, job.conclusion
        FROM job LEFT JOIN environment ON environment.id = job.environment_id
        ",
            $tail
        )
    };
}

/// One job.
pub async fn get(session: &mut Session, id: JobId) -> Result<Option<Job>, Error> {
    const SQL: &str = jobs!("WHERE job.id = $1");
    let row = session.query_opt(SQL, &[id.0.into()]).await?;
    row.as_ref().map(job).transpose()
}

/// The job whose ticket has this HMAC.
pub async fn by_ticket(session: &mut Session, mac: &[u8; 32]) -> Result<Option<Job>, Error> {
    const SQL: &str = jobs!("WHERE job.mac = $1");
    let row = session.query_opt(SQL, &[mac.into()]).await?;
    row.as_ref().map(job).transpose()
}

/// One page of a repository's jobs, the latest first.
pub async fn list(
    session: &mut Session,
    repository: RepositoryId,
    page: Page,
) -> Result<Vec<Job>, Error> {
    const SQL: &str = jobs!("WHERE job.repository_id = $1 ORDER BY job.id DESC LIMIT $2 OFFSET $3");
    let values = [repository.0.into(), page.size.into(), page.offset().into()];
    session.query(SQL, &values).await?.iter().map(job).collect()
}

/// How many jobs of a repository are kept.
pub async fn count(session: &mut Session, repository: RepositoryId) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM job WHERE repository_id = $1";
    session.query_one(SQL, &[repository.0.into()]).await?.get(0)
}

/// How many tickets of a repository can still be redeemed.
pub async fn count_tickets(
    session: &mut Session,
    repository: RepositoryId,
    now: i64,
) -> Result<i64, Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM job
        WHERE repository_id = $1 AND ended_at IS NULL AND started_at IS NULL AND expires_at > $2";
    session
        .query_one(SQL, &[repository.0.into(), now.into()])
        .await?
        .get(0)
}

/// The jobs of a runner that are not over.
pub async fn open_of_runner(session: &mut Session, runner: RunnerId) -> Result<Vec<Job>, Error> {
    const SQL: &str = jobs!("WHERE job.runner_id = $1 AND job.ended_at IS NULL ORDER BY job.id");
    let rows = session.query(SQL, &[runner.0.into()]).await?;
    rows.iter().map(job).collect()
}

/// Jobs whose time is over and that nobody has closed, with the account in whose chain that belongs.
pub async fn overdue(
    session: &mut Session,
    now: i64,
    limit: i64,
) -> Result<Vec<(Job, AccountId)>, Error> {
    const SQL: &str = "
        SELECT job.id, job.repository_id, job.environment, job.ref, job.event, job.fork,
               job.environment_id, NULL, job.user_id, job.installation_id, job.creator,
               job.created_at, job.expires_at, job.approved_by, job.approver, job.approved_at,
               job.runner_id, job.runner_name, job.started_at, job.lease_ends_at, job.ended_at,
               job.conclusion, repository.owner_id
        FROM job JOIN repository ON repository.id = job.repository_id
        WHERE job.ended_at IS NULL
          AND ((job.started_at IS NULL AND job.expires_at <= $1) OR job.lease_ends_at <= $1)
        ORDER BY job.id LIMIT $2";
    let rows = session.query(SQL, &[now.into(), limit.into()]).await?;
    rows.iter()
        .map(|row| Ok((job(row)?, AccountId(row.get(22)?))))
        .collect()
}

/// A job to be kept.
pub struct NewJob<'a> {
    /// Of which repository.
    pub repository: RepositoryId,
    /// The environment, by id.
    pub environment: Option<EnvironmentId>,
    /// What it says of itself.
    pub claims: &'a Claims,
    /// HMAC of its ticket, and which token key; nothing for one that a runner opens alone.
    pub ticket: Option<(&'a [u8; 32], i64)>,
    /// Who vouches.
    pub creator: Option<&'a Creator>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// The end of its ticket.
    pub expires_at: Option<i64>,
}

/// Keeps a job, only while its repository is there. `None` if it is not.
pub async fn insert(tx: &mut Tx, new: &NewJob<'_>) -> Result<Option<JobId>, Error> {
    const SQL: &str = "
        INSERT INTO job (id, repository_id, environment_id, environment, ref, event, fork, mac,
                         epoch, user_id, installation_id, creator, created_at, expires_at)
        SELECT $2, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
        FROM repository WHERE id = $1";
    let id = crate::counter::next(tx, "job").await?;
    let (user, installation) = match new.creator.map(|creator| creator.id) {
        Some(CreatorId::User(id)) => (Some(id.0), None),
        Some(CreatorId::Installation(id)) => (None, Some(id.0)),
        None => (None, None),
    };
    let values: [Value<'_>; 14] = [
        new.repository.0.into(),
        id.into(),
        new.environment.map(|id| id.0).into(),
        new.claims.environment.as_deref().into(),
        new.claims.git_ref.as_deref().into(),
        new.claims.event.as_deref().into(),
        new.claims.fork.into(),
        new.ticket.map(|(mac, _)| mac).into(),
        new.ticket.map(|(_, epoch)| epoch).into(),
        user.into(),
        installation.into(),
        new.creator.map(|creator| creator.login.as_str()).into(),
        new.created_at.into(),
        new.expires_at.into(),
    ];
    Ok((tx.execute(SQL, &values).await? > 0).then_some(JobId(id)))
}

/// A reviewer's word, and until when the ticket is good then. Whether there was still a ticket to
/// approve.
pub async fn approve(
    tx: &mut Tx,
    id: JobId,
    approval: &Approval,
    expires_at: i64,
) -> Result<bool, Error> {
    const SQL: &str = "
        UPDATE job SET approved_by = $2, approver = $3, approved_at = $4, expires_at = $5
        WHERE id = $1 AND started_at IS NULL AND ended_at IS NULL AND expires_at > $4";
    let values: [Value<'_>; 5] = [
        id.0.into(),
        approval.user_id.0.into(),
        approval.login.as_str().into(),
        approval.at.into(),
        expires_at.into(),
    ];
    Ok(tx.execute(SQL, &values).await? > 0)
}

/// Starts a job, once. Whether it could be started.
pub async fn start(
    tx: &mut Tx,
    id: JobId,
    runner: Option<(RunnerId, &str)>,
    now: i64,
    lease_ends_at: i64,
) -> Result<bool, Error> {
    const SQL: &str = "
        UPDATE job SET runner_id = $2, runner_name = $3, started_at = $4, lease_ends_at = $5
        WHERE id = $1 AND started_at IS NULL AND ended_at IS NULL
          AND (expires_at IS NULL OR expires_at > $4)";
    let values: [Value<'_>; 5] = [
        id.0.into(),
        runner.map(|(id, _)| id.0).into(),
        runner.map(|(_, name)| name).into(),
        now.into(),
        lease_ends_at.into(),
    ];
    let started = tx.execute(SQL, &values).await? > 0;
    if started {
        // They have been read.
        tx.execute(FORGET, &[id.0.into()]).await?;
    }
    Ok(started)
}

const FORGET: &str = "DELETE FROM job_secret WHERE job_id = $1";

/// Ends a job that has not started, once, and deletes its records. Whether there was still one.
pub async fn give_up(tx: &mut Tx, id: JobId, now: i64) -> Result<bool, Error> {
    const SQL: &str = "
        UPDATE job SET ended_at = $2, conclusion = 'failure'
        WHERE id = $1 AND started_at IS NULL AND ended_at IS NULL";
    let ended = tx.execute(SQL, &[id.0.into(), now.into()]).await? > 0;
    if ended {
        tx.execute(FORGET, &[id.0.into()]).await?;
    }
    Ok(ended)
}

/// Ends a job, once, and deletes its records. Whether it was still open.
pub async fn end(tx: &mut Tx, id: JobId, conclusion: Conclusion, now: i64) -> Result<bool, Error> {
    const END: &str =
        "UPDATE job SET ended_at = $2, conclusion = $3 WHERE id = $1 AND ended_at IS NULL";
    let values = [id.0.into(), now.into(), conclusion.as_str().into()];
    let open = tx.execute(END, &values).await? > 0;
    tx.execute(FORGET, &[id.0.into()]).await?;
    Ok(open)
}

/// Whether a job ended before a time.
pub async fn any_before(session: &mut Session, before: i64) -> Result<bool, Error> {
    const SQL: &str = "SELECT id FROM job WHERE ended_at < $1 LIMIT 1";
    Ok(session.query_opt(SQL, &[before.into()]).await?.is_some())
}

/// Deletes jobs that ended before a time, at most `limit` of them. How many.
pub async fn forget(tx: &mut Tx, before: i64, limit: i64) -> Result<u64, Error> {
    const SQL: &str = "
        DELETE FROM job WHERE id IN (
            SELECT id FROM job WHERE ended_at < $1 ORDER BY ended_at, id LIMIT $2)";
    tx.execute(SQL, &[before.into(), limit.into()]).await
}

/// Whether the installation reaches the repository, may start its jobs, and nobody holds it or its app
/// back.
pub async fn installation_stands(
    session: &mut Session,
    id: InstallationId,
    repository: &Repository,
) -> Result<bool, Error> {
    const SQL: &str = "
        SELECT installation.permissions, app.permissions
        FROM installation JOIN app ON app.id = installation.app_id
        WHERE installation.id = $1 AND installation.account_id = $2
          AND installation.suspended_at IS NULL AND app.suspended_at IS NULL
          AND (installation.selection_id IS NULL OR EXISTS (
              SELECT 1 FROM selection_repository
              WHERE selection_repository.selection_id = installation.selection_id
                AND selection_repository.repository_id = $3))";
    let values = [
        id.0.into(),
        repository.owner.id.0.into(),
        repository.id.0.into(),
    ];
    let Some(row) = session.query_opt(SQL, &values).await? else {
        return Ok(false);
    };
    let may = |given: Permissions| given.allow(Permission::ACTIONS, Level::Write);
    Ok(may(permissions(&row, 0)?) && may(permissions(&row, 1)?))
}

/// A user's role in a repository, whatever token they have.
pub async fn role_of(
    session: &mut Session,
    repository: &Repository,
    user: AccountId,
) -> Result<Option<RepositoryRole>, Error> {
    let viewed = directory::repository::view(session, repository.id, user).await?;
    Ok(viewed.and_then(|(_, role)| role))
}

/// Whether the user is there and not held back.
pub async fn user_stands(session: &mut Session, id: AccountId) -> Result<bool, Error> {
    const SQL: &str = "SELECT 1 FROM account WHERE id = $1 AND suspended_at IS NULL";
    Ok(session.query_opt(SQL, &[id.0.into()]).await?.is_some())
}

fn job(row: &Row) -> Result<Job, Error> {
    let settings = row.get::<Option<&str>>(7)?.map(serde_json::from_str);
    let creator = match (row.get(8)?, row.get(9)?) {
        (Some(user), _) => Some(CreatorId::User(AccountId(user))),
        (None, Some(id)) => Some(CreatorId::Installation(InstallationId(id))),
        (None, None) => None,
    };
    let login: Option<String> = row.get(10)?;
    let approval = match (row.get::<Option<i64>>(13)?, row.get(15)?) {
        (Some(user), Some(at)) => Some(Approval {
            user_id: AccountId(user),
            login: row.get::<Option<String>>(14)?.unwrap_or_default(),
            at,
        }),
        _ => None,
    };
    let runner_name: Option<String> = row.get(17)?;
    Ok(Job {
        id: JobId(row.get(0)?),
        repository_id: RepositoryId(row.get(1)?),
        claims: Claims {
            environment: row.get(2)?,
            git_ref: row.get(3)?,
            event: row.get(4)?,
            fork: row.get(5)?,
        },
        environment_id: row.get::<Option<i64>>(6)?.map(EnvironmentId),
        protection: settings.transpose().map_err(|_| Error::Column {
            index: 7,
            expected: "environment settings",
        })?,
        creator: creator.map(|id| Creator {
            id,
            login: login.unwrap_or_default(),
        }),
        created_at: row.get(11)?,
        expires_at: row.get(12)?,
        approval,
        runner: row
            .get::<Option<i64>>(16)?
            .map(|id| (RunnerId(id), runner_name.unwrap_or_default())),
        started_at: row.get(18)?,
        lease_ends_at: row.get(19)?,
        ended_at: row.get(20)?,
        conclusion: optional_word(row, 21, "a conclusion", Conclusion::parse)?,
    })
}
