//! `X-GitHub-Request-Id`: unique, unguessable in its order, and cheap: no system call.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::profile::Profile;

static COUNTER: AtomicU64 = AtomicU64::new(0);
/// SipHash under keys that are random in each process.
static KEY: LazyLock<(RandomState, RandomState)> =
    LazyLock::new(|| (RandomState::new(), RandomState::new()));

/// A new id: five groups of hex on github.com, the last the time; a UUID on an Enterprise Server.
pub fn next(profile: Profile, now_s: i64) -> String {
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let (high, low) = (KEY.0.hash_one(count), KEY.1.hash_one(count));
    match profile {
        Profile::Ghes32 => format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 50),
            low & 0xffff_ffff_ffff
        ),
        Profile::GithubCom => format!(
            "{:04X}:{:05X}:{:07X}:{:07X}:{now_s:08X}",
            high >> 48,
            (high >> 28) & 0xf_ffff,
            high & 0xfff_ffff,
            low & 0xfff_ffff
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_their_profile_and_differ() {
        let uuid = next(Profile::Ghes32, 0);
        let groups: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_ne!(uuid, next(Profile::Ghes32, 0));
        let dotcom = next(Profile::GithubCom, 0x65bc_2b7d);
        assert!(
            dotcom.ends_with(":65BC2B7D") && dotcom.split(':').count() == 5,
            "{dotcom}"
        );
    }
}
