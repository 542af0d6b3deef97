//! What the process does so that secrets do not outlive their use in memory:
//!
//! * [`WipeOnFree`], a global allocator that zeroes every block before it is
//!   given back, so that no library's buffer (HTTP, TLS, JSON, database) leaves
//!   a value behind;
//! * [`LockedKey`], one 32-byte key in a page of its own that is neither
//!   swapped nor dumped;
//! * [`harden`], which forbids core dumps and reading by other processes.
//!
//! Out of reach: registers, stacks, and whoever is root on a live host.
//!
//! This is the only crate that may say `unsafe`. It stays below 100 lines of
//! code, and each block says why it is sound.
#![expect(
    unsafe_code,
    reason = "an allocator and a locked page cannot be written without it"
)]

use std::alloc::{GlobalAlloc, Layout, System, handle_alloc_error};
use std::io;
use std::ptr::{self, NonNull};

use rustix::mm::{self, MapFlags, ProtFlags};
use rustix::process::{Resource, Rlimit, setrlimit};

/// The system allocator, except that a freed block is zeroed first.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: sealyard_memory::WipeOnFree = sealyard_memory::WipeOnFree;
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct WipeOnFree;

// SAFETY: every call goes to `Wiping(System)` under the caller's own contract.
unsafe impl GlobalAlloc for WipeOnFree {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is that of the inner call.
        unsafe { Wiping(System).alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { Wiping(System).alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { Wiping(System).dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { Wiping(System).realloc(block, layout, new_size) }
    }
}

/// The allocator over any other, so that a test can look at what it frees.
struct Wiping<A>(A);

// SAFETY: blocks come from and return to `A` with the layouts they were made
// with; wiping touches only the block that is being freed.
//
// `realloc` is the trait's own: alloc, copy, dealloc. `A`'s would be faster for
// large blocks, but it may move the content and free the old block unwiped.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Wiping<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is that of the inner call.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's until the inner call, `size` bytes long.
        unsafe { wipe(block, layout.size()) };
        // SAFETY: as above.
        unsafe { self.0.dealloc(block, layout) }
    }
}

/// Zeroes `len` bytes in a way that the compiler cannot remove.
///
/// # Safety
///
/// `block` must be valid for writes of `len` bytes.
unsafe fn wipe(block: *mut u8, len: usize) {
    // SAFETY: that is this function's contract.
    unsafe { ptr::write_bytes(block, 0, len) };
    // Stores before a free are dead to LLVM, unless something may read them:
    // an empty assembly block that is not `nomem` may read all memory.
    #[cfg(not(miri))]
    // SAFETY: no instruction, no stack, no flags.
    unsafe {
        std::arch::asm!("/* {0} */", in(reg) block, options(nostack, preserves_flags));
    }
}

/// 32 bytes in a page of their own: kept out of swap and core dumps where the
/// system allows it, zeroed on drop. No `Debug`, no `Clone`.
pub struct LockedKey {
    key: NonNull<[u8; LockedKey::LEN]>,
    locked: bool,
}

// SAFETY: the page belongs to this value alone, and a shared reference only reads.
unsafe impl Send for LockedKey {}
// SAFETY: as above.
unsafe impl Sync for LockedKey {}

impl LockedKey {
    /// Length of the key in bytes.
    pub const LEN: usize = 32;

    /// A key of zeroes that `fill` then writes in place, so that its bytes are
    /// never anywhere else.
    ///
    /// A failing `mlock` (a limit of the system) is not an error:
    /// [`is_locked`](Self::is_locked) tells. Memory running out ends the process, as it does for `Box`.
    ///
    /// # Errors
    ///
    /// Those of `fill`; the page is then wiped and given back.
    pub fn try_new<E>(fill: impl FnOnce(&mut [u8; Self::LEN]) -> Result<(), E>) -> Result<Self, E> {
        let (prot, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
        // SAFETY: a fresh anonymous mapping, at an address that the kernel chooses.
        let page = unsafe { mm::mmap_anonymous(ptr::null_mut(), Self::LEN, prot, flags) };
        let Some(key) = page
            .ok()
            .and_then(|page| NonNull::new(page.cast::<[u8; Self::LEN]>()))
        else {
            handle_alloc_error(Layout::new::<[u8; Self::LEN]>());
        };
        // SAFETY: the range is the mapping just made; the kernel rounds it to the page.
        let locked = unsafe { mm::mlock(key.as_ptr().cast(), Self::LEN) }.is_ok();
        #[cfg(target_os = "linux")]
        // SAFETY: as above. A kernel that does not know the advice ignores it:
        // `harden` has forbidden the dump already.
        unsafe { mm::madvise(key.as_ptr().cast(), Self::LEN, mm::Advice::LinuxDontDump) }.ok();
        let mut this = Self { key, locked };
        // SAFETY: mapped, zeroed by the kernel, aligned to a page, and ours alone.
        fill(unsafe { this.key.as_mut() }).map(|()| this)
    }

    /// The key.
    pub fn expose(&self) -> &[u8; Self::LEN] {
        // SAFETY: mapped until drop, and written only before `try_new` returned.
        unsafe { self.key.as_ref() }
    }

    /// Whether the page is kept out of swap.
    pub fn is_locked(&self) -> bool {
        self.locked
    }
}

impl Drop for LockedKey {
    fn drop(&mut self) {
        // SAFETY: the mapping made by `try_new`; nothing can borrow it any more.
        unsafe { wipe(self.key.as_ptr().cast(), Self::LEN) };
        // SAFETY: as above. Unmapping also unlocks; it cannot fail for such a range.
        unsafe { mm::munmap(self.key.as_ptr().cast(), Self::LEN) }.ok();
    }
}

/// Forbids core dumps (`RLIMIT_CORE` 0) and, on Linux, other processes of the
/// same user to read this one's memory (`PR_SET_DUMPABLE` 0). Call it first in
/// `main`; child processes inherit the former only.
///
/// # Errors
///
/// What the system answers; a seccomp filter may forbid either call.
pub fn harden() -> io::Result<()> {
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests;
