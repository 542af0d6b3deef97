//! The promise seen from outside: the whole process, read as a dump reads it.
#![cfg(target_os = "linux")]
#![expect(
    unsafe_code,
    reason = "the control needs a block that is freed without being wiped"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs::{File, read_to_string};
use std::os::unix::fs::FileExt;

#[global_allocator]
static ALLOCATOR: sealyard_memory::WipeOnFree = sealyard_memory::WipeOnFree;

/// Bytes of the value; a size that nothing in the scanner allocates.
const LEN: usize = 700;

/// Byte `i` of the value: computed, so that the value itself is in no constant.
/// `black_box` keeps the compiler from making a table of it.
fn byte(i: usize) -> u8 {
    let mixed = std::hint::black_box(i)
        .wrapping_mul(0x9E37_79B9)
        .rotate_right(11)
        ^ 0x5A5A;
    mixed.to_le_bytes()[1]
}

/// How often bytes 32..96 of the value are in this process's writable memory.
/// (The first bytes of a freed block belong to the allocator.)
fn copies() -> usize {
    let memory = File::open("/proc/self/mem").expect("our own memory");
    let maps = read_to_string("/proc/self/maps").expect("our own mappings");
    let mut window = vec![0; 1 << 16];
    let ours = window.as_ptr().addr();
    let ours = ours..ours + window.len();
    let mut found = 0;
    for (start, end) in maps.lines().filter_map(writable) {
        let mut at = start;
        while at < end {
            let len = window.len().min(end - at);
            let bytes = window.get_mut(..len).expect("at most its length");
            if memory
                .read_exact_at(bytes, at.try_into().expect("an address"))
                .is_err()
            {
                break;
            }
            let hits = bytes.windows(64).enumerate().filter(|(offset, bytes)| {
                // The scanner's own window holds what it has just read.
                !ours.contains(&(at + offset))
                    && bytes.iter().enumerate().all(|(i, b)| *b == byte(32 + i))
            });
            found += hits.count();
            // Windows overlap, so that no copy is cut in two.
            at += if at + len == end { len } else { len - 63 };
        }
    }
    found
}

/// The address range of a line of `maps`, when the process may write there.
fn writable(line: &str) -> Option<(usize, usize)> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let bounds = (
        usize::from_str_radix(start, 16).ok()?,
        usize::from_str_radix(end, 16).ok()?,
    );
    rest.starts_with("rw").then_some(bounds)
}

#[test]
fn a_freed_value_is_nowhere_in_the_process() {
    // The control: the scanner finds what the plain system allocator leaves.
    let layout = Layout::array::<u8>(LEN).unwrap();
    // SAFETY: written within its size and freed once.
    unsafe {
        let block = System.alloc(layout);
        (0..LEN).for_each(|i| block.add(i).write_volatile(byte(i)));
        System.dealloc(block, layout);
    }
    let left_by_system = copies();
    // SAFETY: as above. The same block again, now cleaned up.
    unsafe {
        let block = System.alloc(layout);
        (0..LEN).for_each(|i| block.add(i).write_volatile(0));
        System.dealloc(block, layout);
    }
    assert_eq!(
        (left_by_system > 0, copies()),
        (true, 0),
        "the scanner is blind"
    );

    // Many, because the scanner itself takes some freed blocks and writes to them.
    let values: Vec<Vec<u8>> = (0..64).map(|_| grown()).collect();
    assert_eq!(
        copies(),
        64,
        "the values themselves, and none of the blocks they moved out of"
    );
    drop(values);
    assert_eq!(copies(), 0);
}

/// The value, pushed byte by byte: it moves at 8, 16, 32 … 512 bytes.
fn grown() -> Vec<u8> {
    let mut value = Vec::new();
    for i in 0..LEN {
        value.push(byte(i));
    }
    value
}
