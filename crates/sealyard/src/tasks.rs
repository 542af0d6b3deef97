//! Work that outlives the request that began it. Everything in the background is spawned here, so
//! that shutdown can wait for it, and so that a task that panicked is noticed.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

/// The background tasks of one owner. Clones share the same set; tasks that are still running
/// when the last clone is dropped are aborted.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    running: Arc<Mutex<JoinSet<()>>>,
}

impl Tasks {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a future in the background. It may be aborted at an await point when
    /// [`finish`](Self::finish) runs out of patience.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // A set keeps what ended until somebody asks for it; asking here bounds it.
        while let Some(ended) = running.try_join_next() {
            report(&ended);
        }
        running.spawn(task);
    }

    /// How many tasks have not ended yet.
    pub fn len(&self) -> usize {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(ended) = running.try_join_next() {
            report(&ended);
        }
        running.len()
    }

    /// Whether every task has ended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until every task has ended, also those that tasks spawn meanwhile, and aborts what
    /// is left after `patience`. Returns how many were aborted.
    pub async fn finish(&self, patience: Duration) -> usize {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let mut batch =
                std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
            if batch.is_empty() {
                return 0;
            }
            let all_ended = async {
                while let Some(ended) = batch.join_next().await {
                    report(&ended);
                }
            };
            if tokio::time::timeout_at(deadline, all_ended).await.is_err() {
                let left = batch.len() + self.len();
                batch.shutdown().await;
                self.running
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .abort_all();
                return left;
            }
        }
    }
}

/// Says that a task panicked, without the panic's message, which may hold what the task worked on.
fn report(ended: &Result<(), JoinError>) {
    if ended.as_ref().is_err_and(JoinError::is_panic) {
        tracing::error!("a background task panicked");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::sync::oneshot;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn finish_waits_for_tasks_and_for_what_they_spawn() {
        let tasks = Tasks::new();
        let (done, was_done) = oneshot::channel();
        let inner = tasks.clone();
        tasks.spawn(async move {
            tokio::task::yield_now().await;
            inner.spawn(async move {
                tokio::task::yield_now().await;
                done.send(()).expect("the test is listening");
            });
        });
        assert_eq!(tasks.finish(LONG).await, 0);
        was_done.await.expect("the inner task ran to its end");
    }

    #[tokio::test]
    async fn finish_aborts_what_does_not_end_in_time() {
        let tasks = Tasks::new();
        let (held, was_dropped) = oneshot::channel::<()>();
        tasks.spawn(async move {
            let _held = held;
            pending::<()>().await;
        });
        assert_eq!(tasks.finish(Duration::from_millis(20)).await, 1);
        was_dropped
            .await
            .expect_err("the task was dropped, and what it held with it");
        assert!(tasks.is_empty());
    }

    #[tokio::test]
    async fn a_panicking_task_harms_no_other() {
        let tasks = Tasks::new();
        tasks.spawn(async { panic!("on purpose") });
        let (done, was_done) = oneshot::channel();
        tasks.spawn(async move { done.send(()).expect("the test is listening") });
        was_done.await.expect("the second task ran");
        assert_eq!(tasks.finish(LONG).await, 0);
    }
}
