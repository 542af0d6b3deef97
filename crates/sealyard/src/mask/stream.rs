//! `***` for every byte of what must not be seen, in a stream that comes in pieces.
//!
//! For each position of the stream one question is asked: which needles begin here? The answer is
//! a walk along the sorted needles, which share their beginnings as in a trie. It ends where no
//! needle goes on as the stream does, and the longest needle that was complete by then is masked. If
//! the stream ends first, the position is held back until there is more: it and what follows it
//! are the only bytes that are not given out at once.
//!
//! An Aho-Corasick automaton needs dozens of bytes for each byte of the needles, and a hundred
//! values of 48 KiB have forms of a hundred megabytes. This needs hardly more than the needles. The
//! price: bytes that were held back for nothing are walked again from the next position. Most
//! positions are refused by their first four bytes; a stream that repeats itself just as a long
//! needle does is slow.

use std::mem;
use std::ops::ControlFlow;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::beginning;

/// What stands for a run of masked bytes, as on GitHub.
const MASK: &[u8] = b"***";

/// The byte strings to mask, shared by the maskers of several streams. Wiped with the last of them.
#[derive(Clone)]
pub struct Needles(Arc<Index>);

impl Needles {
    /// Copies and sorts them. Empty ones are left out; given twice is given once.
    pub fn new(needles: &[impl AsRef<[u8]>]) -> Self {
        Self(Arc::new(Index::new(needles)))
    }

    /// Whether there is nothing to mask, so that a stream may pass as it is.
    pub fn is_empty(&self) -> bool {
        self.0.count() == 0
    }
}

/// One stream, and what of it is held back.
///
/// What comes out does not depend on how the stream is cut.
pub struct Masker {
    needles: Needles,
    /// What a needle may still begin with, all of it or from a later position on.
    held: Zeroizing<Vec<u8>>,
    /// The walk from the first byte held back.
    walk: Option<Walk>,
    /// So many of the bytes held back are masked for sure, and their mask is written.
    masked: usize,
    /// Whether the last that was written is a mask, which goes on if the next byte is masked.
    in_mask: bool,
}

impl Masker {
    /// The beginning of a stream.
    pub fn new(needles: &Needles) -> Self {
        Self {
            needles: needles.clone(),
            held: Zeroizing::default(),
            walk: None,
            masked: 0,
            in_mask: false,
        }
    }

    /// The next bytes of the stream. All that can be said for sure is added to `out`; what is held
    /// back is at most as long as the longest needle.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) {
        if self.held.is_empty() {
            let done = self.scan(input, false, out);
            self.held.extend(input.get(done..).unwrap_or_default());
        } else {
            let mut text = mem::take(&mut self.held);
            text.extend_from_slice(input);
            let done = self.scan(&text, false, out);
            text.drain(..done);
            self.held = text;
        }
    }

    /// The end of the stream: what was held back is given out, or masked.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let text = mem::take(&mut self.held);
        self.scan(&text, true, out);
    }

    /// Goes through `text`, which begins with what was held back, and says from where on it is to
    /// be held back now. At the `end`, nothing is.
    fn scan(&mut self, text: &[u8], end: bool, out: &mut Vec<u8>) -> usize {
        let needles = self.needles.clone();
        let index = &*needles.0;
        let mut position = 0;
        // Where what is neither masked nor written begins.
        let mut literal = self.masked;
        while position < text.len() {
            if self.walk.is_none() {
                let next = index.candidate(text, position);
                self.masked = self.masked.saturating_sub(next - position);
                position = next;
            }
            let Some(rest @ [_, ..]) = text.get(position..) else {
                break;
            };
            let mut walk = self.walk.take().unwrap_or_else(|| index.root());
            let flow = walk.follow(index, rest);
            if walk.matched > self.masked {
                if self.masked == 0 {
                    self.write(text.get(literal..position), out);
                    self.write_mask(out);
                }
                self.masked = walk.matched;
                literal = position + walk.matched;
            }
            if flow.is_continue() && !end {
                self.walk = Some(walk);
                break;
            }
            position += 1;
            self.masked = self.masked.saturating_sub(1);
        }
        self.write(text.get(literal..position), out);
        position
    }

    /// None if it ends before it begins: then it is masked.
    fn write(&mut self, literal: Option<&[u8]>, out: &mut Vec<u8>) {
        if let Some(literal @ [_, ..]) = literal {
            out.extend_from_slice(literal);
            self.in_mask = false;
        }
    }

    fn write_mask(&mut self, out: &mut Vec<u8>) {
        if !self.in_mask {
            out.extend_from_slice(MASK);
            self.in_mask = true;
        }
    }
}

/// The needles, sorted by their bytes: those that begin alike lie side by side.
struct Index {
    text: Zeroizing<Vec<u8>>,
    /// Where each needle begins in `text`, and where the last one ends.
    bounds: Vec<usize>,
    filter: Filter,
}

impl Index {
    fn new(needles: &[impl AsRef<[u8]>]) -> Self {
        let mut keyed: Vec<(u64, &[u8])> = needles
            .iter()
            .map(AsRef::as_ref)
            .filter(|needle| !needle.is_empty())
            .map(|needle| (beginning(needle), needle))
            .collect();
        keyed.sort_unstable();
        keyed.dedup();
        let sorted: Vec<&[u8]> = keyed.into_iter().map(|(_, needle)| needle).collect();
        let length = sorted.iter().map(|needle| needle.len()).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(length));
        let mut bounds = Vec::with_capacity(sorted.len() + 1);
        bounds.push(0);
        for needle in &sorted {
            text.extend_from_slice(needle);
            bounds.push(text.len());
        }
        Self {
            text,
            bounds,
            filter: Filter::new(&sorted),
        }
    }

    fn count(&self) -> usize {
        self.bounds.len() - 1
    }

    fn needle(&self, number: usize) -> &[u8] {
        match self.bounds.get(number..number + 2) {
            Some([begin, end]) => self.text.get(*begin..*end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// A walk that is nowhere yet.
    fn root(&self) -> Walk {
        Walk {
            first: 0,
            end: self.count(),
            depth: 0,
            matched: 0,
        }
    }

    /// The first position from `from` on where a needle may begin; the length of `text` if there
    /// is none.
    fn candidate(&self, text: &[u8], from: usize) -> usize {
        from + self.filter.find(text.get(from..).unwrap_or_default())
    }

    /// In `first..end`, where all needles are longer than `depth`, where those begin whose byte
    /// there is at least `byte`.
    fn split(&self, (first, end): (usize, usize), depth: usize, byte: u16) -> usize {
        let (mut low, mut high) = (first, end);
        while low < high {
            let middle = low.midpoint(high);
            let there = self.needle(middle).get(depth).copied().unwrap_or_default();
            if u16::from(there) < byte {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// How far a position of the stream has been followed.
struct Walk {
    /// The needles that are still possible, by number: `first..end`. All are longer than `depth`.
    first: usize,
    end: usize,
    /// So many bytes agree.
    depth: usize,
    /// The length of the longest needle that was found complete, or 0.
    matched: usize,
}

impl Walk {
    /// Goes on in `rest`, the stream from this walk's position on. Breaks off when no longer needle
    /// can come.
    fn follow(&mut self, index: &Index, rest: &[u8]) -> ControlFlow<()> {
        loop {
            // No two are alike, so one at most is complete, and it comes before what it begins.
            if self.first < self.end && index.needle(self.first).len() == self.depth {
                self.matched = self.depth;
                self.first += 1;
            }
            if self.first >= self.end {
                return ControlFlow::Break(());
            }
            let Some(next @ [byte, ..]) = rest.get(self.depth..) else {
                return ControlFlow::Continue(());
            };
            let shared = self.shared(index);
            if shared.is_empty() {
                let range = (self.first, self.end);
                let byte = u16::from(*byte);
                self.first = index.split(range, self.depth, byte);
                self.end = index.split(range, self.depth, byte + 1);
                self.depth += 1;
            } else {
                let agree = common(shared, next);
                self.depth += agree;
                if agree < shared.len().min(next.len()) {
                    return ControlFlow::Break(());
                }
            }
        }
    }

    /// What all needles that are still possible have in common after `depth`: whatever the first
    /// and the last have, as they are sorted.
    fn shared<'index>(&self, index: &'index Index) -> &'index [u8] {
        let after = |number| index.needle(number).get(self.depth..).unwrap_or_default();
        let first = after(self.first);
        if self.end - self.first == 1 {
            return first;
        }
        let length = common(first, after(self.end - 1));
        first.get(..length).unwrap_or_default()
    }
}

/// How many bytes two texts have in common at their beginning.
fn common(one: &[u8], two: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let blocks = one.chunks_exact(BLOCK).zip(two.chunks_exact(BLOCK));
    let same = BLOCK * blocks.take_while(|(one, two)| one == two).count();
    let tails = one.iter().zip(two).skip(same);
    same + tails.take_while(|(one, two)| one == two).count()
}

/// Refuses most positions by their first bytes, the head. Never one where a needle begins.
struct Filter {
    /// How many bytes a head has: four, or as many as the shortest needle.
    head: usize,
    /// The bits of a key that such a head fills.
    mask: u32,
    bits: Vec<u64>,
    /// How far a hash of 32 bits is shifted to become the number of a bit.
    shift: u32,
}

impl Filter {
    const MAX_HEAD: usize = 4;
    /// For each needle. One position in 32 passes although none begins there, or fewer.
    const BITS_EACH: usize = 32;
    /// From 1 KiB, which costs nothing, to 4 MiB.
    const LOG2_BITS: (u32, u32) = (13, 25);

    fn new(needles: &[&[u8]]) -> Self {
        let (least, most) = Self::LOG2_BITS;
        let wanted = needles.len().saturating_mul(Self::BITS_EACH).max(1);
        let log2 = wanted.ilog2().clamp(least, most);
        let shortest = needles.iter().map(|needle| needle.len()).min();
        let head = shortest.unwrap_or(1).clamp(1, Self::MAX_HEAD);
        let mut filter = Self {
            head,
            mask: (1..head).fold(0xff, |mask, _| mask << 8 | 0xff),
            bits: vec![0; 1 << (log2 - u64::BITS.ilog2())],
            shift: u32::BITS - log2,
        };
        for needle in needles {
            let key = needle
                .iter()
                .take(head)
                .fold(0, |key, byte| extended(key, *byte));
            let (word, bit) = filter.place(key);
            if let Some(word) = filter.bits.get_mut(word) {
                *word |= bit;
            }
        }
        filter
    }

    /// The first position in `text` that passes, or that is too near to the end to tell.
    fn find(&self, text: &[u8]) -> usize {
        let Some((begun, more)) = text.split_at_checked(self.head - 1) else {
            return 0;
        };
        let mut key = begun.iter().fold(0, |key, byte| extended(key, *byte));
        for (position, byte) in more.iter().enumerate() {
            key = extended(key, *byte) & self.mask;
            let (word, bit) = self.place(key);
            if self.bits.get(word).is_some_and(|word| word & bit != 0) {
                return position;
            }
        }
        more.len()
    }

    /// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): the bit of a key.
    fn place(&self, key: u32) -> (usize, u64) {
        let hash = key.wrapping_mul(0x9e37_79b9) >> self.shift;
        let word = usize::try_from(hash >> 6).unwrap_or_default();
        (word, 1 << (hash & 63))
    }
}

fn extended(key: u32, byte: u8) -> u32 {
    key << 8 | u32::from(byte)
}
