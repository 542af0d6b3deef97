//! A stream that is cut, and what comes out when.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{contains, masked};
use crate::mask::forms;
use crate::mask::stream::{Masker, Needles};

const VALUES: [&[u8]; 4] = [
    b"hunter2 & \"sons\"",
    b"first line\nsecond 'line'\n",
    "p\u{e4}ss \u{1f511} w\u{f6}rd/+".as_bytes(),
    b"\0\x01\x02\x03\xff$`\\",
];

/// All forms of a value, one after the other and with text between them.
fn text_of(value: &[u8]) -> (Needles, Vec<u8>) {
    let forms = forms(value);
    let mut text = b"Compiling. ".to_vec();
    for (number, form) in forms.iter().enumerate() {
        text.extend_from_slice(form);
        if number % 3 > 0 {
            text.extend_from_slice(b" then: ");
        }
    }
    (Needles::new(&forms), text)
}

#[test]
fn a_cut_at_any_position_changes_nothing() {
    for value in VALUES {
        let (needles, text) = text_of(value);
        let whole = masked(&needles, &[&text]);
        assert!(!contains(&whole, value));
        for cut in 0..=text.len() {
            let (before, after) = text.split_at(cut);
            assert_eq!(masked(&needles, &[before, after]), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(masked(&needles, &bytes), whole);
    }
}

#[test]
fn two_cuts_at_any_positions_change_nothing() {
    let needles = Needles::new(&["abcd", "cdef", "efefef", "bcdefe"]);
    let text = b"ab abcdef abcdefefefef cdefabc efefefe bcdefcdef";
    let whole = masked(&needles, &[text]);
    assert_eq!(whole, b"ab *** *** ***abc ***e b***");
    for second in 0..=text.len() {
        let (rest, last) = text.split_at(second);
        for first in 0..=second {
            let (begin, middle) = rest.split_at(first);
            assert_eq!(
                masked(&needles, &[begin, middle, last]),
                whole,
                "{first}, {second}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn many_cuts_change_nothing(
        value in vec(any::<u8>(), 4..80),
        cuts in vec(0_usize..50, 1..30),
    ) {
        let (needles, text) = text_of(&value);
        let mut pieces = Vec::new();
        let mut rest = text.as_slice();
        for cut in cuts {
            let (piece, later) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = later;
        }
        pieces.push(rest);
        prop_assert_eq!(masked(&needles, &pieces), masked(&needles, &[&text]));
    }
}

#[test]
fn text_that_no_needle_begins_with_comes_out_with_the_same_push() {
    let mut masker = Masker::new(&Needles::new(&["hunter2", "secret"]));
    let mut out = Vec::new();
    for (input, expected) in [
        ("Password: ", "Password: "),
        ("h", ""),
        ("allo", "hallo"),
        (" hunter", " "),
        ("2", "***"),
        ("hunter2", ""),
        ("!", "!"),
        (" se", " "),
        ("se", "se"),
    ] {
        out.clear();
        masker.push(input.as_bytes(), &mut out);
        assert_eq!(out, expected.as_bytes(), "after {input:?}");
    }
    out.clear();
    masker.finish(&mut out);
    assert_eq!(out, b"se");
}

#[test]
fn masks_that_touch_or_overlap_are_one() {
    let needles = Needles::new(&["abcd", "cdef", "abcd", ""]);
    for (text, expected) in [
        ("abcdef", "***"),
        ("abcdabcd", "***"),
        ("abcdcdef", "***"),
        ("abcd cdef", "*** ***"),
        ("***abcd", "******"),
        ("abc", "abc"),
        ("", ""),
    ] {
        assert_eq!(masked(&needles, &[text.as_bytes()]), expected.as_bytes());
    }
}

#[test]
fn without_needles_all_passes_at_once() {
    let none: [&[u8]; 1] = [b""];
    let needles = Needles::new(&none);
    assert!(needles.is_empty());
    assert!(!Needles::new(&["abcd"]).is_empty());
    let mut out = Vec::new();
    Masker::new(&needles).push(b"anything", &mut out);
    assert_eq!(out, b"anything");
}

#[test]
fn a_needle_that_repeats_itself_is_followed_to_its_end() {
    let needles = Needles::new(&[vec![b'a'; 4_000]]);
    let almost = [vec![b'a'; 3_999], b"b".to_vec()].concat();
    assert_eq!(masked(&needles, &[&almost]), almost);
    let more = [almost.as_slice(), &[b'a'; 9_000], b"b"].concat();
    let expected = [almost.as_slice(), b"***b"].concat();
    assert_eq!(masked(&needles, &[&more]), expected);
    let pieces: Vec<&[u8]> = more.chunks(7).collect();
    assert_eq!(masked(&needles, &pieces), expected);
}
