//! What the writers know: kept outside the server, so that no kill takes it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A secret: which of the places, and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub(super) place: usize,
    pub(super) name: &'static str,
}

/// What a PUT sets. Every value is sent once only, so that it names the write it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) value: String,
    /// Only an organisation's.
    pub(super) visibility: Option<&'static str>,
    pub(super) selection: BTreeSet<i64>,
}

/// What became of a write, as its writer saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// No answer: it may have been done or not.
    Unanswered,
    /// It was answered: the action that the server said it did, and the request's id.
    Answered {
        verb: &'static str,
        request_id: String,
    },
    /// The writer took it for done before it was answered: only where a test lies on purpose.
    Claimed,
    /// A DELETE of what was not there: nothing was done.
    Nothing,
}

/// One write.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) slot: Slot,
    /// `None` is a DELETE.
    pub(super) content: Option<Content>,
    /// When it was sent, on the journal's own clock, which ticks with each event.
    pub(super) began: usize,
    /// When it was answered, if it was.
    pub(super) ended: usize,
    pub(super) end: End,
}

/// All writes of all rounds.
pub(super) struct Journal {
    state: Mutex<State>,
    acknowledged: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    writes: Vec<Write>,
    clock: usize,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            acknowledged: watch::Sender::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before a request is sent; the number by which its end is told.
    pub(super) fn begin(&self, slot: Slot, content: Option<Content>, end: End) -> usize {
        let mut state = self.state();
        state.clock += 1;
        let began = state.clock;
        state.writes.push(Write {
            slot,
            content,
            began,
            ended: usize::MAX,
            end,
        });
        state.writes.len() - 1
    }

    /// After its answer.
    pub(super) fn end(&self, number: usize, end: End) {
        let mut state = self.state();
        state.clock += 1;
        let now = state.clock;
        if let Some(write) = state.writes.get_mut(number) {
            write.ended = now;
            if write.end == End::Unanswered {
                write.end = end;
            }
        }
        drop(state);
        self.acknowledged.send_modify(|count| *count += 1);
    }

    /// How many answers came so far.
    pub(super) fn acknowledged(&self) -> usize {
        *self.acknowledged.borrow()
    }

    /// Waits until so many answers came.
    pub(super) async fn until(&self, count: usize) {
        let mut seen = self.acknowledged.subscribe();
        let enough = seen.wait_for(|now| *now >= count).await;
        drop(enough.expect("the journal is there"));
    }

    /// All that was written, in the order of sending.
    pub(super) fn writes(&self) -> Vec<Write> {
        self.state().writes.clone()
    }
}
