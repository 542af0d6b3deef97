//! The open group: one outer transaction, in it one savepoint after another, and those who wait for its commit.

use tokio::sync::oneshot;

use super::connection::Connection;
use super::error;
use super::row::Row;
use crate::{Error, Value};

/// What a member is told once its group is committed, or not.
pub(super) type Outcome = Result<(), Error>;

/// A group that is over: who is to be told what.
pub(super) struct Verdict {
    members: Vec<oneshot::Sender<Outcome>>,
    watchers: Vec<oneshot::Sender<Outcome>>,
    outcome: Outcome,
}

impl Verdict {
    /// How many writes were made durable by one commit.
    pub(super) fn committed(&self) -> usize {
        if self.outcome.is_ok() {
            self.members.len()
        } else {
            0
        }
    }

    /// Tells all members. Done after the writer is free again, so that nobody waits for the telling.
    pub(super) fn tell(self) {
        for member in self.members.into_iter().chain(self.watchers) {
            // A member whose request was cancelled does not listen any more; its write stands all the same.
            drop(member.send(self.outcome.clone()));
        }
    }
}

/// The writer's connection and the group that is open on it. Only the holder of the writer's turn touches it.
pub(super) struct Group {
    connection: Connection,
    members: Vec<oneshot::Sender<Outcome>>,
    /// Those who changed nothing, but saw what the members did.
    watchers: Vec<oneshot::Sender<Outcome>>,
    /// Why nothing more may be written until the program starts anew.
    refused: Option<Error>,
}

impl Group {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            members: Vec::new(),
            watchers: Vec::new(),
            refused: None,
        }
    }

    /// Opens an item, and the outer transaction if there is none.
    pub(super) fn open_item(&mut self) -> Result<(), Error> {
        if let Some(reason) = &self.refused {
            return Err(reason.clone());
        }
        if self.connection.is_autocommit() {
            self.connection
                .run("BEGIN IMMEDIATE")
                .map_err(|error| error::from(&error))?;
        }
        let opened = self
            .connection
            .run("SAVEPOINT item")
            .map_err(|error| error::from(&error));
        self.checked(opened)
    }

    pub(super) fn query(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, Error> {
        let rows = self.connection.query(sql, params);
        self.checked(rows)
    }

    pub(super) fn execute(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<u64, Error> {
        let changed = self.connection.execute(sql, params);
        self.checked(changed)
    }

    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        let done = self.connection.batch(sql);
        self.checked(done)
    }

    /// Ends an item well: it is in the group, and will be told.
    pub(super) fn keep_item(&mut self) -> Result<oneshot::Receiver<Outcome>, Error> {
        let kept = self
            .connection
            .run("RELEASE item")
            .map_err(|error| error::from(&error));
        self.checked(kept)?;
        let (member, told) = oneshot::channel();
        self.members.push(member);
        Ok(told)
    }

    /// Ends an item badly: nothing of it stays. If that fails, nothing of the group may stay.
    pub(super) fn undo_item(&mut self) {
        if self.connection.is_autocommit() {
            return;
        }
        let undone = self
            .connection
            .run("ROLLBACK TO item")
            .and_then(|()| self.connection.run("RELEASE item"))
            .map_err(|error| error::from(&error));
        if let Err(error) = undone {
            self.abandon(error).tell();
        }
    }

    /// The same, and tells what becomes of the members that the item has seen. `None` if there are none.
    pub(super) fn undo_item_and_watch(&mut self) -> Option<oneshot::Receiver<Outcome>> {
        if self.members.is_empty() {
            self.undo_item();
            return None;
        }
        // Before the undoing, which tells everybody if it fails.
        let (watcher, told) = oneshot::channel();
        self.watchers.push(watcher);
        self.undo_item();
        Some(told)
    }

    /// Commits the group: this is the sync that all its members wait for. `None` if there was nobody in it.
    pub(super) fn commit(&mut self) -> Option<Verdict> {
        if self.connection.is_autocommit() {
            return None;
        }
        if self.members.is_empty() {
            // Every item was undone. What is open holds back checkpoints, so it is closed all the same.
            self.roll_back();
            return None;
        }
        let Err(error) = self.connection.run("COMMIT") else {
            return Some(Verdict {
                members: std::mem::take(&mut self.members),
                watchers: std::mem::take(&mut self.watchers),
                outcome: Ok(()),
            });
        };
        let mut told = error::from(&error);
        tracing::error!(error = %told, "a group commit failed");
        if error::is_failed_sync(&error) {
            // The frames are in the log, and recovery at the next start may well find them whole.
            self.refused = Some(Error::Io(
                "a sync failed; restart to write again".to_owned(),
            ));
            told = Error::OutcomeUnknown;
        }
        Some(self.abandon(told))
    }

    /// After each statement: if SQLite has rolled back on its own (disk full, out of memory, failed input or output), the
    /// earlier members have lost their writes too, and are told so.
    fn checked<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if !self.connection.is_autocommit() {
            return result;
        }
        let reason = result
            .err()
            .unwrap_or_else(|| Error::other("a statement ended the transaction"));
        self.abandon(reason.clone()).tell();
        Err(reason)
    }

    fn abandon(&mut self, reason: Error) -> Verdict {
        self.roll_back();
        Verdict {
            members: std::mem::take(&mut self.members),
            watchers: std::mem::take(&mut self.watchers),
            outcome: Err(reason),
        }
    }

    fn roll_back(&mut self) {
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.connection.run("ROLLBACK") {
            let error = error::from(&error);
            tracing::error!(%error, "a rollback failed");
            self.refused.get_or_insert(error);
        }
    }
}
