//! Writes: one connection, a fair queue before it, and one commit for all who were waiting.
//!
//! A write waits for its *turn*, works under a savepoint of its own, and at its commit joins the group and gives the turn
//! on. The committer thread takes a turn in the same queue, so that everybody who waited before it is in its group, and
//! makes the group durable with one sync. Only then the members are answered. There is no delay: a lone write is
//! committed at once, and the longer a sync takes, the more share the next.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::Sqlite;
use super::connection::Connection;
use super::group::Group;
use super::row::Row;
use crate::{Error, Stats, Value};

/// Writes that wait for their turn; the next one is told [`Error::Busy`]. Those who wait share commits, so that a full
/// queue is a handful of syncs long, whatever the disk; more than this is more than a request should wait for.
pub(crate) const WAITING_MAX: usize = 1_024;

/// What the items and the committer share.
struct Shared {
    /// One permit: the turn. Fair: first come, first served.
    turn: Arc<Semaphore>,
    /// Locked by the holder of the turn only, and never across an await: always free.
    group: Mutex<Group>,
    commits: AtomicU64,
    transactions: AtomicU64,
}

impl Shared {
    fn group(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer of one data file, and its committer thread, which ends with it.
pub(super) struct Writer {
    shared: Arc<Shared>,
    waiting: AtomicUsize,
    /// `None` only while it is being dropped.
    wake: Option<mpsc::Sender<()>>,
    committer: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, Error> {
        let shared = Arc::new(Shared {
            turn: Arc::new(Semaphore::new(1)),
            group: Mutex::new(Group::new(connection)),
            commits: AtomicU64::new(0),
            transactions: AtomicU64::new(0),
        });
        // One wake-up on its way is enough for all that happened before it is taken.
        let (wake, woken) = mpsc::channel(1);
        let thread_shared = Arc::clone(&shared);
        let cannot = |error: std::io::Error| Error::Io(format!("no committer thread: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(cannot)?;
        let committer = std::thread::Builder::new()
            .name("sealyard-commit".to_owned())
            .spawn(move || runtime.block_on(commit_groups(&thread_shared, woken)))
            .map_err(cannot)?;
        let waiting = AtomicUsize::new(0);
        Ok(Self {
            shared,
            waiting,
            wake: Some(wake),
            committer: Some(committer),
        })
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            commits: self.shared.commits.load(Ordering::Relaxed),
            transactions: self.shared.transactions.load(Ordering::Relaxed),
        }
    }

    fn wake_committer(&self) {
        if let Some(wake) = &self.wake {
            // Full means that a wake-up is on its way.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Writer {
    /// Waits for the last commit, so that the file is closed when the lock is let go.
    fn drop(&mut self) {
        drop(self.wake.take());
        if self
            .committer
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the committer thread had panicked");
        }
    }
}

/// The committer's whole life.
async fn commit_groups(shared: &Shared, mut woken: mpsc::Receiver<()>) {
    while woken.recv().await.is_some() {
        let Ok(turn) = shared.turn.acquire().await else {
            return;
        };
        let verdict = shared.group().commit();
        drop(turn);
        let Some(verdict) = verdict else { continue };
        let committed = u64::try_from(verdict.committed()).unwrap_or(u64::MAX);
        if committed > 0 {
            shared.commits.fetch_add(1, Ordering::Relaxed);
            shared.transactions.fetch_add(committed, Ordering::Relaxed);
        }
        verdict.tell();
    }
}

/// A place in the queue; given up when its future is dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self, Error> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) < WAITING_MAX {
            Ok(place)
        } else {
            Err(Error::Busy)
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One write transaction: a savepoint in the open group. Dropping it undoes it.
pub(crate) struct Item {
    home: Arc<Sqlite>,
    /// Held until the item is kept or undone.
    turn: Option<OwnedSemaphorePermit>,
}

impl Item {
    /// Waits for the turn. A future that is dropped while it waits leaves the queue.
    pub(super) async fn begin(home: Arc<Sqlite>) -> Result<Self, Error> {
        let place = Place::take(&home.writer.waiting)?;
        let turn = Arc::clone(&home.writer.shared.turn).acquire_owned().await;
        drop(place);
        let turn = turn.map_err(|_| Error::other("the writer is closed"))?;

        let opened = home.writer.shared.group().open_item();
        match opened {
            Ok(()) => Ok(Self {
                home,
                turn: Some(turn),
            }),
            Err(error) => {
                home.writer.wake_committer();
                // Before `home`, for the reason given in `drop`.
                drop(turn);
                Err(error)
            }
        }
    }

    pub(crate) fn query(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, Error> {
        self.home.writer.shared.group().query(sql, params)
    }

    pub(crate) fn execute(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<u64, Error> {
        self.home.writer.shared.group().execute(sql, params)
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.home.writer.shared.group().batch(sql)
    }

    /// Joins the group and waits until it is durable. From its first poll on the write stands, whether the
    /// future is polled again or not.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        let told = self.home.writer.shared.group().keep_item()?;
        self.home.writer.wake_committer();
        drop(self.turn.take());
        told.await.unwrap_or(Err(Error::OutcomeUnknown))
    }

    /// Undoes the item and waits for the group that it has seen, if anybody is in it.
    pub(crate) async fn rollback(mut self) -> Result<(), Error> {
        let told = self.home.writer.shared.group().undo_item_and_watch();
        self.home.writer.wake_committer();
        drop(self.turn.take());
        match told {
            Some(told) => told.await.unwrap_or(Err(Error::OutcomeUnknown)),
            None => Ok(()),
        }
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.home.writer.shared.group().undo_item();
            self.home.writer.wake_committer();
            // Before `home`, which may be the last one and then waits for the committer, who waits for the turn.
            drop(turn);
        }
    }
}
