//! One request's context: who asks, under which address they see us, and which operation answers.

use std::net::IpAddr;
use std::sync::{Mutex, OnceLock, PoisonError};

use http::Uri;
use sealyard_sql as sql;

use crate::app::App;
use crate::identity::permission::Row;
use crate::identity::{AccountId, Caller};

/// What a request for a delivery is about, for the log, also where the answer must not tell.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The account in whose chain a refusal belongs.
    pub owner: AccountId,
    /// Repository, as `owner/name`.
    pub repository: Option<String>,
    /// The job, if it is known which.
    pub job: Option<i64>,
    /// A runner that was taken off, by id and name, whose credential was sent.
    pub removed_runner: Option<(i64, String)>,
}

/// What is true of a request from its first byte to its last. Lives in the request's extensions.
pub struct Exchange {
    /// `X-GitHub-Request-Id`.
    pub request_id: String,
    /// Who is calling.
    pub caller: Caller,
    /// The address the request came from; of the client, where a trusted proxy names it.
    pub address: Option<IpAddr>,
    /// `https://host:port`, as the client sees us.
    origin: String,
    /// `/api/v3` or nothing: whichever the client used.
    prefix: &'static str,
    uri: Uri,
    operation: OnceLock<&'static Row>,
    attempt: OnceLock<Attempt>,
    /// The read transaction of this request, between two uses.
    read: Mutex<Option<sql::Read>>,
}

impl Exchange {
    /// A context for a request that was identified.
    pub fn new(
        request_id: String,
        origin: String,
        prefix: &'static str,
        uri: Uri,
        address: Option<IpAddr>,
    ) -> Self {
        Self {
            request_id,
            caller: Caller::Anonymous,
            address,
            origin,
            prefix,
            uri,
            operation: OnceLock::new(),
            attempt: OnceLock::new(),
            read: Mutex::new(None),
        }
    }

    /// `https://host:port/api/v3` or without the prefix: what every `url` member starts with.
    pub fn base_url(&self) -> String {
        format!("{}{}", self.origin, self.prefix)
    }

    /// `https://host:port`: what every `html_url` starts with.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The query string as sent.
    pub fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    /// The path as sent, without `/api/v3`.
    pub fn path(&self) -> &str {
        let path = self.uri.path();
        path.strip_prefix(self.prefix).unwrap_or(path)
    }

    /// Notes the operation that answers; the first one stays.
    pub fn answered_by(&self, row: &'static Row) {
        // A second call would be the same operation, asked again after a rerun.
        let _ = self.operation.set(row);
    }

    /// The operation that answers, once routing has found it.
    pub fn operation(&self) -> Option<&'static Row> {
        self.operation.get().copied()
    }

    /// Notes for what a delivery is asked, as soon as that is known; the first one stays.
    pub fn attempts(&self, attempt: Attempt) {
        // A second call would be the same request, asked again after a rerun.
        drop(self.attempt.set(attempt));
    }

    /// For what a delivery is asked, as far as that was found out.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempt.get()
    }

    /// The request's read transaction: all its statements see one state of the store.
    pub async fn read(&self, app: &App) -> Result<sql::Read, sql::Error> {
        let kept = self
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match kept {
            Some(read) => Ok(read),
            None => app.db.read().await,
        }
    }

    /// Keeps the read transaction for the request's next statement.
    pub fn keep(&self, read: sql::Read) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
    }

    /// Ends the read transaction; called before a write begins.
    pub fn finish_reading(&self) {
        drop(
            self.read
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }
}
