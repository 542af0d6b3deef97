//! Classes that take turns, and what their medians say.

use std::time::{Duration, Instant};

use super::Pages;
use super::client::{Answer, Connection};
use crate::dice::Dice;

/// A difference is noticed beyond this many nanoseconds …
const BOUND_NS: f64 = 2_000.0;
/// … that are also more than this share of the time.
const BOUND_SHARE: f64 = 0.01;

/// Requests that differ in nothing but the names in them.
pub(super) struct Classes {
    pub(super) missing: Vec<Vec<u8>>,
    pub(super) also_missing: Vec<Vec<u8>>,
    pub(super) private: Vec<Vec<u8>>,
    /// Of what the caller may see; not for every question.
    pub(super) visible: Option<Vec<Vec<u8>>>,
}

/// What was seen of one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    /// The median, in nanoseconds.
    pub(super) missing: f64,
    /// Differences to it, in nanoseconds.
    pub(super) also_missing: f64,
    pub(super) private: f64,
    pub(super) visible: Option<f64>,
    /// The share of rounds in which the visible was answered before the missing: of a machine that is
    /// busy by turns, this says more than medians do.
    pub(super) visible_faster: Option<f64>,
}

impl Comparison {
    /// Whether a difference is one that the promise excludes.
    pub(super) fn shows(self, difference: f64) -> bool {
        difference.abs() > BOUND_NS && difference.abs() > BOUND_SHARE * self.missing
    }
}

/// Each round asks once for each class, in random order.
pub(super) fn take_turns(
    connection: &mut Connection,
    classes: &Classes,
    pages: Pages,
    rounds: usize,
    dice: &mut Dice,
) -> Comparison {
    let mut requests = vec![&classes.missing, &classes.also_missing, &classes.private];
    requests.extend(&classes.visible);
    let mut times: Vec<Vec<u64>> = requests
        .iter()
        .map(|_| Vec::with_capacity(rounds))
        .collect();
    let mut turns: Vec<usize> = (0..requests.len()).collect();
    let mut first: Option<Answer> = None;
    for round in 0..rounds {
        shuffle(&mut turns, dice);
        for &class in &turns {
            let names = requests.get(class).expect("a class");
            let name = match pages {
                Pages::Warm => dice.below(names.len()),
                Pages::Cold => round,
            };
            // There are fewer visible names.
            let request = names.get(name % names.len()).expect("a name");
            drift(dice);
            let answer = connection.ask(request);
            times
                .get_mut(class)
                .expect("a class")
                .push(answer.nanoseconds);
            if class < 3 {
                let first = *first.get_or_insert(answer);
                let same = (answer.status, answer.length) == (first.status, first.length);
                assert!(
                    same,
                    "{answer:?} is not like {first:?}: see the tests of bytes"
                );
            }
        }
    }
    let visible_faster = match times.as_slice() {
        [missing, _, _, visible] => Some(slower(missing, visible)),
        _ => None,
    };
    let mut medians = times.into_iter().map(median);
    let mut next = || medians.next().expect("a class");
    let missing = next();
    Comparison {
        missing,
        also_missing: next() - missing,
        private: next() - missing,
        visible: medians.next().map(|visible| visible - missing),
        visible_faster,
    }
}

/// The server's timer counts whole milliseconds. Who asks again at once asks always at the same part
/// of one, and times come in two heaps a millisecond apart, whose median says nothing.
fn drift(dice: &mut Dice) {
    let begun = Instant::now();
    let pause = Duration::from_micros(u64::try_from(dice.below(1_000)).unwrap_or_default());
    while begun.elapsed() < pause {
        std::hint::spin_loop();
    }
}

fn shuffle(turns: &mut [usize], dice: &mut Dice) {
    for end in (1..turns.len()).rev() {
        turns.swap(end, dice.below(end + 1));
    }
}

/// The share of rounds in which the first took longer than the second.
fn slower(first: &[u64], second: &[u64]) -> f64 {
    let rounds = || first.iter().zip(second);
    let slower = rounds().filter(|(first, second)| first > second);
    float(slower.count()) / float(rounds().count())
}

/// Of an even number, the mean of the middle two.
fn median(mut times: Vec<u64>) -> f64 {
    times.sort_unstable();
    let at = |index: usize| *times.get(index).expect("something was measured");
    let (lower, upper) = (at((times.len() - 1) / 2), at(times.len() / 2));
    let sum = usize::try_from(lower + upper).expect("64 bits");
    float(sum) / 2.0
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "far below 2^52"
)]
fn float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(missing: f64) -> Comparison {
        Comparison {
            missing,
            also_missing: 0.0,
            private: 0.0,
            visible: None,
            visible_faster: None,
        }
    }

    #[test]
    fn hints_beyond_both_bounds_are_shown() {
        let fast = comparison(50_000.0);
        assert!(fast.shows(2_100.0) && fast.shows(-2_100.0));
        assert!(!fast.shows(1_900.0), "within two microseconds");
        let slow = comparison(500_000.0);
        assert!(slow.shows(5_100.0));
        assert!(!slow.shows(4_900.0), "within one percent");
    }

    #[test]
    fn the_median_of_times_is_in_their_middle() {
        assert!((median(vec![9, 1, 2]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![9, 1, 2, 5]) - 3.5).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_slower_most_of_the_time_is_so_whatever_the_machine_does() {
        assert!((slower(&[11, 901, 12, 5], &[10, 900, 11, 6]) - 0.75).abs() < f64::EPSILON);
    }

    #[test]
    fn turns_are_taken_in_every_order() {
        let mut dice = Dice::new(1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let mut turns = [0, 1, 2];
            shuffle(&mut turns, &mut dice);
            seen.insert(turns);
        }
        assert_eq!(seen.len(), 6);
    }
}
