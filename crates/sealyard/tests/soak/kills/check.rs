//! The judge: a journal of what was acknowledged against what is in the store.
//!
//! The audit log says in which order the writes were done, and by request id which they were. So
//! every write that was ever acknowledged is looked for, not only the last of each secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::journal::{Content, End, Slot, Write};

/// A secret as the store keeps it, opened.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) revision: usize,
    pub(super) content: Content,
}

/// An audit entry about a secret.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) slot: Slot,
    /// `create`, `update` or `remove`.
    pub(super) verb: String,
    pub(super) request_id: String,
}

/// What a store holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot {
    pub(super) secrets: BTreeMap<Slot, Kept>,
    /// In the order of the log.
    pub(super) entries: Vec<Entry>,
    /// What is wrong by itself: values that do not open, chains that do not verify, selections
    /// without a secret.
    pub(super) damage: Vec<String>,
}

/// What is wrong, in words.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Writes that were acknowledged and are not there.
    pub(super) lost: Vec<String>,
    /// Secret, selection and audit entry that do not belong together.
    pub(super) half: Vec<String>,
}

impl Findings {
    pub(super) fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.half.is_empty()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = self.lost.iter().map(|what| ("lost", what));
        let half = self.half.iter().map(|what| ("half", what));
        lost.chain(half)
            .take(20)
            .try_for_each(|(kind, what)| writeln!(f, "{kind}: {what}"))
    }
}

/// Compares a store with what its writers know.
pub(super) fn check(writes: &[Write], snapshot: &Snapshot) -> Findings {
    let mut judge = Judge {
        found: Findings::default(),
        slots: BTreeMap::new(),
    };
    judge.found.half.extend(snapshot.damage.iter().cloned());
    let matched = judge.match_entries(writes, &snapshot.entries);
    judge.look_for_acknowledged(writes, &matched);
    for write in writes {
        judge.slot(write.slot).note(write);
    }
    for (slot, story) in std::mem::take(&mut judge.slots) {
        judge.compare(slot, &story, snapshot.secrets.get(&slot));
    }
    let known: BTreeSet<Slot> = writes.iter().map(|write| write.slot).collect();
    for slot in snapshot.secrets.keys().filter(|slot| !known.contains(slot)) {
        judge.found.half.push(format!("{slot:?} was never written"));
    }
    judge.found
}

/// What the last entry of a secret says that it holds.
#[derive(Default, Clone, Copy)]
enum Last<'a> {
    /// There is no entry.
    #[default]
    None,
    /// What this write had set; nothing, if it deleted.
    Of(&'a Write),
    /// It is not known which write that was: it was not answered.
    Unmatched,
}

/// One secret's life: by its entries, and by those writes that no entry could be matched with.
#[derive(Default)]
struct Story<'a> {
    /// By the entries: 0 is deleted, or not yet there.
    revision: usize,
    last: Last<'a>,
    /// Entries of requests that were not seen answered.
    unmatched: usize,
    /// Writes that may be those.
    open: Vec<&'a Write>,
    claimed: usize,
}

impl<'a> Story<'a> {
    fn note(&mut self, write: &'a Write) {
        match write.end {
            End::Unanswered => self.open.push(write),
            End::Claimed => {
                self.open.push(write);
                self.claimed += 1;
            }
            End::Answered { .. } | End::Nothing => {}
        }
    }
}

struct Judge<'a> {
    found: Findings,
    slots: BTreeMap<Slot, Story<'a>>,
}

impl<'a> Judge<'a> {
    fn slot(&mut self, slot: Slot) -> &mut Story<'a> {
        self.slots.entry(slot).or_default()
    }

    /// Goes through the log; gives how many entries each request id has.
    fn match_entries(
        &mut self,
        writes: &'a [Write],
        entries: &'a [Entry],
    ) -> BTreeMap<&'a str, usize> {
        let answered: BTreeMap<&str, &Write> = writes
            .iter()
            .filter_map(|write| match &write.end {
                End::Answered { request_id, .. } => Some((request_id.as_str(), write)),
                End::Unanswered | End::Claimed | End::Nothing => None,
            })
            .collect();
        let (mut matched, mut latest) = (BTreeMap::new(), BTreeMap::new());
        for entry in entries {
            let story = self.slots.entry(entry.slot).or_default();
            let (expected, revision) = match (entry.verb.as_str(), story.revision) {
                ("remove", _) => ("remove", 0),
                (_, 0) => ("create", 1),
                (_, revision) => ("update", revision + 1),
            };
            story.revision = revision;
            if entry.verb != expected {
                self.found
                    .half
                    .push(format!("{entry:?} where {expected} was due"));
            }
            let Some(write) = answered.get(entry.request_id.as_str()) else {
                (story.last, story.unmatched) = (Last::Unmatched, story.unmatched + 1);
                continue;
            };
            story.last = Last::Of(write);
            *matched.entry(entry.request_id.as_str()).or_insert(0) += 1;
            if write.slot != entry.slot {
                self.found
                    .half
                    .push(format!("{entry:?} is of a write to {:?}", write.slot));
            }
            // Nothing that was answered may stand behind something that was sent only then.
            let newest = latest.entry(entry.slot).or_insert(0);
            if write.ended < *newest {
                self.found
                    .half
                    .push(format!("{entry:?} is not in the order of time"));
            }
            *newest = write.began.max(*newest);
        }
        matched
    }

    /// Each acknowledged write has exactly one entry.
    fn look_for_acknowledged(&mut self, writes: &[Write], matched: &BTreeMap<&str, usize>) {
        for write in writes {
            let End::Answered { request_id, .. } = &write.end else {
                continue;
            };
            match matched.get(request_id.as_str()).copied().unwrap_or(0) {
                0 => self
                    .found
                    .lost
                    .push(format!("{:?}: {request_id} was answered", write.slot)),
                1 => {}
                more => self
                    .found
                    .half
                    .push(format!("{request_id} has {more} entries")),
            }
        }
    }

    fn compare(&mut self, slot: Slot, story: &Story<'_>, kept: Option<&Kept>) {
        let claims_missing = story.claimed.saturating_sub(story.unmatched);
        if claims_missing > 0 {
            self.found.lost.push(format!(
                "{slot:?}: {claims_missing} that were taken for done"
            ));
        }
        if story.unmatched > story.open.len() {
            self.found
                .half
                .push(format!("{slot:?}: entries that nobody asked for"));
        }
        let revision = kept.map_or(0, |kept| kept.revision);
        if revision != story.revision {
            let logged = story.revision;
            self.found.half.push(format!(
                "{slot:?}: revision {revision}, by the log {logged}"
            ));
        }
        let content = kept.map(|kept| &kept.content);
        // The value names its write: if it is an older one, the last was lost; if only visibility
        // or selection differ, the last is there by half.
        let value = |content: Option<&Content>| content.map(|content| content.value.clone());
        let (right, is_half) = match story.last {
            Last::None => (content.is_none(), false),
            Last::Of(write) => {
                let wanted = write.content.as_ref();
                (content == wanted, value(content) == value(wanted))
            }
            Last::Unmatched => {
                let mut open = story.open.iter().map(|write| write.content.as_ref());
                (open.any(|wanted| content == wanted), false)
            }
        };
        if right {
            return;
        }
        let list = if is_half {
            &mut self.found.half
        } else {
            &mut self.found.lost
        };
        list.push(format!("{slot:?} does not hold what was written last"));
    }
}
