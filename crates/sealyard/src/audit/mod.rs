//! Every change leaves an entry in its owner's chain, in the transaction of the change.
//!
//! An entry is `ver(1) chain u64 seq u64 unix_ms u64 epoch u32 prev(32) u32+JSON`, big endian; its
//! MAC is HMAC-SHA-256 over that under the audit key of its epoch; `prev` is SHA-256 over the
//! previous entry and its MAC. Nothing can be edited, dropped or reordered unnoticed except from
//! the end, which only an exported head can show.

mod store;

use aws_lc_rs::digest::{SHA256, digest};
use sealyard_sql::{Error, Tx};
use serde::Serialize;

use crate::app::App;
use crate::directory::Repository;
use crate::http::exchange::Exchange;
use crate::identity::{AccountId, Caller};

const ENTRY_VERSION: u8 = 1;

/// The chain of things that belong to no owner: users, organisations, keys.
pub const INSTANCE: AccountId = AccountId(0);

/// Who did it and how we know, for the entry.
pub struct Actor {
    login: Option<String>,
    user_id: Option<i64>,
    token_id: Option<i64>,
    address: Option<String>,
    request_id: Option<String>,
}

impl Actor {
    /// The caller of a request.
    pub fn of(exchange: &Exchange) -> Self {
        let (login, user_id, token_id) = match &exchange.caller {
            Caller::Anonymous => (None, None, None),
            Caller::Enrolment(enrolment) => {
                let token = format!("{} token", enrolment.purpose.as_str());
                (Some(token), None, None)
            }
            Caller::User(principal) => (
                Some(principal.login.clone()),
                Some(principal.user_id.0),
                Some(principal.token_id),
            ),
            Caller::Installation(installed) => {
                (Some(installed.bot()), None, Some(installed.token_id))
            }
            Caller::App(id) => (Some(format!("app {}", id.0)), None, None),
            Caller::Runner(machine) => (Some(format!("runner {}", machine.name)), None, None),
        };
        Self {
            login,
            user_id,
            token_id,
            address: exchange.address.map(|address| address.to_string()),
            request_id: Some(exchange.request_id.clone()),
        }
    }

    /// Somebody at the command line of the machine.
    pub fn operator() -> Self {
        Self {
            login: None,
            user_id: None,
            token_id: None,
            address: None,
            request_id: None,
        }
    }
}

/// What happened: GitHub's action name, and what it was done to. Never a value.
#[derive(Serialize, Default)]
pub struct Event<'a> {
    /// Such as `org.create_actions_secret`.
    pub action: &'a str,
    /// Organisation, by login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<&'a str>,
    /// Repository, as `owner/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Repository, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository_id: Option<i64>,
    /// Environment, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_name: Option<&'a str>,
    /// User it was done to, by login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a str>,
    /// Secret, runner, token: whatever has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// Visibility after the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<&'a str>,
    /// Repositories selected, added or removed: how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repositories: Option<i64>,
    /// A job, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<i64>,
    /// What the job runs.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<&'a str>,
    /// Whether that is from a fork.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fork: Option<bool>,
    /// Runner, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_id: Option<i64>,
    /// Runner, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_name: Option<&'a str>,
    /// Secrets that a job was given, each as `scope NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets_passed: Option<&'a [String]>,
    /// Role, scopes, or the old name: what the action is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// Something done in a repository.
    pub fn in_repository(repository: &'a Repository) -> Self {
        Self {
            org: repository.owner.organization_login(),
            repo: Some(repository.full_name()),
            repository_id: Some(repository.id.0),
            ..Self::default()
        }
    }
}

/// A write transaction that holds its owner's chain.
pub struct Write {
    /// The transaction, for the statements of the change.
    pub tx: Tx,
    chain: AccountId,
    head: store::Head,
    /// Whether there are entries beyond the head that is kept.
    recorded: bool,
}

/// Begins a write and takes the owner's chain head: the lock that makes counts, limits and log
/// order exact on both engines.
pub async fn begin(app: &App, owner: AccountId) -> Result<Write, Error> {
    let mut tx = app.db.begin().await?;
    let head = store::take_head(&mut tx, owner).await?;
    Ok(Write {
        tx,
        chain: owner,
        head,
        recorded: false,
    })
}

impl Write {
    /// Appends one entry.
    pub async fn record(
        &mut self,
        app: &App,
        actor: &Actor,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Entry<'a> {
            #[serde(flatten)]
            event: &'a Event<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            actor: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            actor_id: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            token_id: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            actor_ip: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'a str>,
        }
        let entry = serde_json::to_string(&Entry {
            event,
            actor: actor.login.as_deref(),
            actor_id: actor.user_id,
            token_id: actor.token_id,
            actor_ip: actor.address.as_deref(),
            request_id: actor.request_id.as_deref(),
        })
        .map_err(|_| Error::Other("an audit entry could not be written as JSON".to_owned()))?;
        let at_ms = app.clock.now_ms();
        let sequence = self.head.sequence + 1;
        let epoch = app.keyring.audit_epoch();
        let bytes = encode(self.chain, sequence, at_ms, epoch, &self.head.hash, &entry);
        let (mac, _) = app.keyring.mac_audit(&bytes);
        let mut whole = bytes;
        whole.extend_from_slice(&mac);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &whole).as_ref());
        self.head = store::Head { sequence, hash };
        let row = store::Entry {
            sequence,
            at_ms,
            epoch,
            json: &entry,
            mac: &mac,
        };
        self.recorded = true;
        store::append(&mut self.tx, self.chain, &row).await
    }

    /// Ends a write that found nothing to change. What it saw is durable when this returns.
    pub async fn unchanged(self) -> Result<(), Error> {
        self.tx.rollback().await
    }

    /// Takes the write back and gives the refusal; what that rests on is durable by then.
    pub async fn refuse<E: From<Error>>(self, refusal: E) -> E {
        match self.tx.rollback().await {
            Ok(()) => refusal,
            Err(error) => error.into(),
        }
    }

    /// Commits the change and its entries.
    pub async fn commit(mut self) -> Result<(), Error> {
        if self.recorded {
            store::move_head(&mut self.tx, self.chain, &self.head).await?;
        }
        self.tx.commit().await
    }
}

/// The bytes that an entry's MAC covers.
fn encode(
    chain: AccountId,
    sequence: i64,
    at_ms: i64,
    epoch: u32,
    previous: &[u8; 32],
    entry: &str,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + 8 + 8 + 8 + 4 + 32 + 4 + entry.len() + 32);
    bytes.push(ENTRY_VERSION);
    bytes.extend_from_slice(&chain.0.to_be_bytes());
    bytes.extend_from_slice(&sequence.to_be_bytes());
    bytes.extend_from_slice(&at_ms.to_be_bytes());
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.extend_from_slice(previous);
    bytes.extend_from_slice(&u32::try_from(entry.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(entry.as_bytes());
    bytes
}
