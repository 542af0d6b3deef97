//! Nothing leaks, nothing lags, and how the stream is cut does not matter.

mod cuts;
mod encodings;
mod listed;
mod reference;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::stream::{Masker, Needles};

/// The stream in pieces, masked.
fn masked(needles: &Needles, pieces: &[&[u8]]) -> Vec<u8> {
    let mut masker = Masker::new(needles);
    let mut out = Vec::new();
    for piece in pieces {
        masker.push(piece, &mut out);
    }
    masker.finish(&mut out);
    out
}

/// The same cases in each run.
fn cases<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("a case").current())
        .collect()
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}
