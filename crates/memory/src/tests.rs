//! What a block holds at the very moment it is given back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;

use super::{LockedKey, WipeOnFree, Wiping, harden};

/// An inner allocator that keeps a copy of each block it is asked to free.
#[derive(Default)]
struct Witness(RefCell<Vec<Vec<u8>>>);

// SAFETY: blocks come from and return to `System`.
unsafe impl GlobalAlloc for &Witness {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract. Zeroed, so that every byte may be read.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: still allocated here, and initialised by `alloc` above.
        let seen = unsafe { std::slice::from_raw_parts(block, layout.size()) }.to_vec();
        self.0.borrow_mut().push(seen);
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

#[test]
fn a_freed_block_is_zero() {
    let witness = Witness::default();
    let allocator = Wiping(&witness);
    for size in [1, 7, 8, 63, 4_096, 100_000] {
        // SAFETY: allocated, written within its size, freed once with its layout.
        unsafe {
            let block = allocator.alloc(layout(size));
            block.write_bytes(0xA5, size);
            allocator.dealloc(block, layout(size));
        }
        assert_eq!(witness.0.borrow_mut().pop().unwrap(), vec![0; size]);
    }
}

#[test]
fn without_wiping_the_witness_sees_the_content() {
    let witness = Witness::default();
    // SAFETY: as above.
    unsafe {
        let block = (&witness).alloc(layout(64));
        block.write_bytes(0xA5, 64);
        (&witness).dealloc(block, layout(64));
    }
    assert_eq!(witness.0.borrow_mut().pop().unwrap(), vec![0xA5; 64]);
}

#[test]
fn growing_and_shrinking_keep_the_content_and_wipe_the_old_block() {
    for (from, to) in [(32, 4_096), (4_096, 32), (100, 101)] {
        let witness = Witness::default();
        let allocator = Wiping(&witness);
        // SAFETY: as above; after `realloc` only the new block is used.
        unsafe {
            let block = allocator.alloc(layout(from));
            block.write_bytes(0xA5, from);
            let moved = allocator.realloc(block, layout(from), to);
            let kept = std::slice::from_raw_parts(moved, from.min(to));
            assert!(kept.iter().all(|&byte| byte == 0xA5));
            assert_eq!(*witness.0.borrow(), [vec![0; from]]);
            allocator.dealloc(moved, layout(to));
        }
    }
}

#[test]
fn the_public_allocator_moves_blocks_with_their_content() {
    // SAFETY: as above.
    unsafe {
        let block = WipeOnFree.alloc_zeroed(layout(16));
        assert_eq!(std::slice::from_raw_parts(block, 16), [0; 16]);
        block.write_bytes(0x5A, 16);
        let moved = WipeOnFree.realloc(block, layout(16), 1 << 20);
        assert_eq!(std::slice::from_raw_parts(moved, 16), [0x5A; 16]);
        WipeOnFree.dealloc(moved, layout(1 << 20));
    }
}

#[test]
fn a_locked_key_is_filled_in_place_and_read_back() {
    let key = LockedKey::try_new(|bytes| {
        assert_eq!(bytes, &[0; 32]);
        bytes.fill(7);
        Ok::<(), ()>(())
    });
    assert!(key.is_ok_and(|key| key.expose() == &[7; 32]));
}

#[test]
fn a_key_that_cannot_be_filled_is_not_made() {
    assert_eq!(LockedKey::try_new(|_| Err("no key")).err(), Some("no key"));
}

#[test]
#[cfg(target_os = "linux")]
fn the_kernel_agrees_that_the_page_is_locked_and_not_dumped() {
    let Ok(key) = LockedKey::try_new(|_| Ok::<(), ()>(())) else {
        panic!("no page")
    };
    let start = format!("{:x}-", std::ptr::from_ref(key.expose()).addr());
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let page = maps.split_once(&start).expect("a mapping of its own").1;
    let flags = page
        .lines()
        .find(|line| line.starts_with("VmFlags:"))
        .unwrap();
    assert!(flags.contains(" dd"), "dumped: {flags}");
    assert_eq!(flags.contains(" lo"), key.is_locked(), "{flags}");
}

#[test]
fn a_hardened_process_leaves_no_core() {
    harden().unwrap();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
    assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    #[cfg(target_os = "linux")]
    assert_eq!(
        rustix::process::dumpable_behavior().unwrap(),
        rustix::process::DumpableBehavior::NotDumpable
    );
}
