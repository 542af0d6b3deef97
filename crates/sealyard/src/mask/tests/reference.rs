//! A masker that anybody can check by reading it, and what it says of ours and of wrong ones.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{cases, masked};
use crate::mask::stream::{Masker, Needles};

/// For each byte, whether it is part of a needle.
fn marks(needles: &[Vec<u8>], text: &[u8]) -> Vec<bool> {
    let mut marks = vec![false; text.len()];
    for start in 0..text.len() {
        for needle in needles {
            if !needle.is_empty() && text[start..].starts_with(needle) {
                marks[start..start + needle.len()].fill(true);
            }
        }
    }
    marks
}

fn rendered(text: &[u8], marks: &[bool], range: Range<usize>) -> Vec<u8> {
    let mut out = Vec::new();
    for at in range {
        if !marks[at] {
            out.push(text[at]);
        } else if at == 0 || !marks[at - 1] {
            out.extend_from_slice(b"***");
        }
    }
    out
}

fn reference(needles: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    rendered(text, &marks(needles, text), 0..text.len())
}

/// How long the longest end of `text` is that a needle begins with, and does not end with.
fn undecided(needles: &[Vec<u8>], text: &[u8]) -> usize {
    let begins = |end: &[u8]| {
        let longer = |needle: &&Vec<u8>| needle.len() > end.len();
        let mut longer = needles.iter().filter(longer);
        longer.any(|needle| needle.starts_with(end))
    };
    (0..text.len())
        .find(|start| begins(&text[*start..]))
        .map_or(0, |start| text.len() - start)
}

/// Two letters, so that needles overlap each other and themselves.
fn overlapping() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<Vec<u8>>)> {
    let text = |length| vec(prop_oneof![Just(b'a'), Just(b'b')], length);
    (vec(text(0..7), 0..5), vec(text(0..12), 0..8))
}

/// Needles of which each repeats a few letters, longer than the blocks in which they are compared.
fn repeating() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<Vec<u8>>)> {
    let run = || {
        (
            vec(prop_oneof![9 => Just(b'a'), 1 => Just(b'b')], 1..4),
            1_usize..60,
        )
            .prop_map(|(period, length)| period.into_iter().cycle().take(length).collect())
    };
    (vec(run(), 1..4), vec(run(), 1..6))
}

/// Needles that begin alike, and a text made of their beginnings.
fn related() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<Vec<u8>>)> {
    let family = (vec(any::<u8>(), 50), vec((0_usize..50, 0_u8..3), 1..9));
    family.prop_flat_map(|(parent, children)| {
        let needles: Vec<Vec<u8>> = children
            .into_iter()
            .map(|(length, last)| [&parent[..length], &[last]].concat())
            .collect();
        let piece = (proptest::sample::select(needles.clone()), 0_usize..60);
        let pieces = vec(piece, 1..8).prop_map(|pieces| {
            let cut = |(needle, end): (Vec<u8>, usize)| needle[..end.min(needle.len())].to_vec();
            pieces.into_iter().map(cut).collect::<Vec<_>>()
        });
        (Just(needles), pieces)
    })
}

/// In how many of some cases `mask` says other than the reference.
fn disagreements(mask: impl Fn(&Needles, &[&[u8]]) -> Vec<u8>) -> usize {
    let wrong = |(needles, pieces): &(Vec<Vec<u8>>, Vec<Vec<u8>>)| {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        mask(&Needles::new(needles), &pieces) != reference(needles, &pieces.concat())
    };
    let all = [
        cases(&overlapping(), 4_000),
        cases(&repeating(), 2_000),
        cases(&related(), 2_000),
    ];
    all.concat().iter().filter(|case| wrong(case)).count()
}

#[test]
fn the_masker_agrees_with_the_reference() {
    assert_eq!(disagreements(masked), 0);
}

#[test]
fn a_masker_that_forgets_at_each_cut_is_noticed() {
    let forgetful = |needles: &Needles, pieces: &[&[u8]]| {
        let pieces = pieces.iter().map(|piece| masked(needles, &[piece]));
        pieces.collect::<Vec<_>>().concat()
    };
    assert!(disagreements(forgetful) > 1_000);
}

/// As a chain of replacements does, the longest needle first.
fn replaced_one_by_one(needles: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let mut sorted: Vec<&Vec<u8>> = needles.iter().filter(|needle| !needle.is_empty()).collect();
    sorted.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        if let Some(found) = sorted.iter().find(|needle| text[at..].starts_with(needle)) {
            if !out.ends_with(b"***") {
                out.extend_from_slice(b"***");
            }
            at += found.len();
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

#[test]
fn replacing_leftmost_longest_needles_is_not_enough() {
    let text = b"abcdef".as_slice();
    let needles = [b"abcd".to_vec(), b"cdef".to_vec()];
    assert_eq!(reference(&needles, text), b"***");
    assert_eq!(replaced_one_by_one(&needles, text), b"***ef");
    let wrong = |(needles, pieces): &(Vec<Vec<u8>>, Vec<Vec<u8>>)| {
        let text = pieces.concat();
        replaced_one_by_one(needles, &text) != reference(needles, &text)
    };
    assert!(
        cases(&overlapping(), 1_000)
            .iter()
            .filter(|case| wrong(case))
            .count()
            > 100
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// As exactly as that: what a needle may still begin with is held back, and nothing else.
    #[test]
    fn what_can_be_said_for_sure_is_out_after_each_push(
        (needles, pieces) in prop_oneof![overlapping(), repeating(), related()],
    ) {
        let mut masker = Masker::new(&Needles::new(&needles));
        let (mut text, mut out) = (Vec::new(), Vec::new());
        for piece in pieces {
            masker.push(&piece, &mut out);
            text.extend_from_slice(&piece);
            let marks = marks(&needles, &text);
            let sure = text.len() - undecided(&needles, &text);
            let mut expected = rendered(&text, &marks, 0..sure);
            let begins = sure < text.len() && marks[sure] && (sure == 0 || !marks[sure - 1]);
            if begins {
                expected.extend_from_slice(b"***");
            }
            prop_assert_eq!(&out, &expected);
        }
        masker.finish(&mut out);
        prop_assert_eq!(out, reference(&needles, &text));
    }
}
