//! The tests: the loop itself, and proofs that it would notice.

use std::collections::BTreeSet;
use std::io::Write as _;

use super::check::{Entry, Findings, Kept, Snapshot, check};
use super::journal::{Content, End, Slot, Write};
use super::{Life, kill};
use crate::dice::Dice;
use crate::{Size, size};

/// A kill takes whatever is in flight, and eight writers have eight: one of a few will do.
const KILLS_UNTIL_A_LIE_SHOWS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_no_acknowledged_write_and_leave_none_by_half() {
    let kills = match size() {
        Size::Small => 8,
        Size::Full => 200,
    };
    let seed = u64::from_be_bytes(sealyard_vault::random::bytes());
    let figures = kill(kills, seed).await;
    // Not by `print!`: a result is shown also when the test passes.
    write!(std::io::stdout(), "\n{figures}").expect("standard output");
}

/// The same loop with writers who take a write for done before it is answered: what a server that
/// acknowledges before it commits would make of honest ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_show_an_acknowledgement_that_came_before_the_commit() {
    let mut dice = Dice::new(u64::from_be_bytes(sealyard_vault::random::bytes()));
    let mut life = Life::begin(true).await;
    let mut lost = 0;
    for round in 0..KILLS_UNTIL_A_LIE_SHOWS {
        life.round(round, &mut dice).await;
        let findings = life.check().await;
        assert!(findings.half.is_empty(), "{findings}");
        lost = findings.lost.len();
        if lost > 0 {
            break;
        }
    }
    assert!(
        lost > 0,
        "writers lied through {KILLS_UNTIL_A_LIE_SHOWS} kills, and nobody noticed"
    );
}

const SLOT: Slot = Slot {
    place: 0,
    name: "ALPHA",
};

fn content(value: &str) -> Content {
    let selection = BTreeSet::from([1]);
    Content {
        value: value.to_owned(),
        visibility: Some("selected"),
        selection,
    }
}

/// A journal of two acknowledged writes and one that was in flight, and the store as it must be.
fn peace() -> (Vec<Write>, Snapshot) {
    let write = |value, at, end| Write {
        slot: SLOT,
        content: Some(content(value)),
        began: at,
        ended: at + 1,
        end,
    };
    let answered = |verb, id: &str| End::Answered {
        verb,
        request_id: id.to_owned(),
    };
    let writes = vec![
        write("one", 1, answered("create", "a")),
        write("two", 3, answered("update", "b")),
        write("three", 5, End::Unanswered),
    ];
    let mut snapshot = Snapshot::default();
    snapshot.entries.push(entry("create", "a"));
    snapshot.entries.push(entry("update", "b"));
    snapshot.secrets.insert(
        SLOT,
        Kept {
            revision: 2,
            content: content("two"),
        },
    );
    (writes, snapshot)
}

fn entry(verb: &str, request_id: &str) -> Entry {
    Entry {
        slot: SLOT,
        verb: verb.to_owned(),
        request_id: request_id.to_owned(),
    }
}

/// What is found after something was done to the store.
fn after(what: impl FnOnce(&mut Snapshot)) -> Findings {
    let (writes, mut snapshot) = peace();
    what(&mut snapshot);
    check(&writes, &snapshot)
}

fn kept(snapshot: &mut Snapshot) -> &mut Kept {
    snapshot.secrets.get_mut(&SLOT).expect("the secret")
}

#[test]
fn kills_that_did_no_harm_are_believed() {
    assert!(after(|_| ()).is_clean());
    // What was in flight may have been done, too.
    let done = after(|snapshot| {
        snapshot.entries.push(entry("update", "c"));
        *kept(snapshot) = Kept {
            revision: 3,
            content: content("three"),
        };
    });
    assert!(done.is_clean(), "{done}");
}

#[test]
fn a_write_that_kills_have_taken_is_found_lost() {
    let whole = after(|snapshot| {
        snapshot.entries.pop();
        *kept(snapshot) = Kept {
            revision: 1,
            content: content("one"),
        };
    });
    assert_eq!((whole.lost.len(), whole.half.len()), (1, 0), "{whole}");
    let overwritten = after(|snapshot| {
        drop(snapshot.entries.remove(0));
        snapshot.entries.insert(0, entry("create", "c"));
    });
    assert_eq!(
        (overwritten.lost.len(), overwritten.half.len()),
        (1, 0),
        "{overwritten}"
    );
    let value = after(|snapshot| kept(snapshot).content = content("one"));
    assert_eq!(value.lost.len(), 1, "{value}");
    let all = after(|snapshot| *snapshot = Snapshot::default());
    assert_eq!(all.lost.len(), 2, "{all}");
}

#[test]
fn a_write_that_kills_have_cut_in_two_is_found() {
    let without_entry = after(|snapshot| kept(snapshot).revision = 3);
    assert_eq!(
        (without_entry.lost.len(), without_entry.half.len()),
        (0, 1),
        "{without_entry}"
    );
    let without_selection = after(|snapshot| kept(snapshot).content.selection.clear());
    assert_eq!(
        (without_selection.lost.len(), without_selection.half.len()),
        (0, 1)
    );
    let without_visibility = after(|snapshot| kept(snapshot).content.visibility = Some("all"));
    assert_eq!(
        (without_visibility.lost.len(), without_visibility.half.len()),
        (0, 1)
    );
    let twice = after(|snapshot| {
        snapshot.entries.push(entry("update", "b"));
        kept(snapshot).revision = 3;
    });
    assert_eq!((twice.lost.len(), twice.half.len()), (0, 1), "{twice}");
    let only_the_entry = after(|snapshot| snapshot.entries.push(entry("update", "c")));
    assert!(!only_the_entry.half.is_empty(), "{only_the_entry}");
    let broken_chain = after(|snapshot| snapshot.damage.push("a chain".to_owned()));
    assert_eq!(broken_chain.half.len(), 1);
}

#[test]
fn an_order_that_kills_cannot_explain_is_found() {
    let turned = after(|snapshot| {
        snapshot.entries = vec![entry("create", "b"), entry("update", "a")];
        kept(snapshot).content = content("one");
    });
    assert!(!turned.half.is_empty(), "{turned}");
}
