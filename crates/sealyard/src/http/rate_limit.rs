//! The primary rate limit, in GitHub's fixed windows of an hour; and a limit on bad credentials.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::apps::{AppId, InstallationId};
use crate::identity::{AccountId, Caller};
use crate::runners::RunnerId;

/// Requests of a user, an installation or an app in an hour. GitHub: "Primary rate limit for authenticated users".
const PER_USER: u32 = 5_000;
/// Requests of an address (IPv6: of one /64) in an hour, without a credential.
const PER_ADDRESS: u32 = 60;
const HOUR: i64 = 3_600;
/// Bad credentials from one address (IPv6: one /64) in a minute.
const BAD_CREDENTIALS: u32 = 100;
const MINUTE: i64 = 60;
/// Callers remembered at once; beyond it the ended windows are dropped, then all of them.
const CALLERS_MAX: usize = 100_000;

/// Counts per caller.
#[derive(Default)]
pub struct RateLimits {
    core: Windows<Key>,
    bad: Windows<IpAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    User(AccountId),
    Installation(InstallationId),
    App(AppId),
    Runner(RunnerId),
    Address(Option<IpAddr>),
}

/// What the `X-RateLimit-*` headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Requests of the window.
    pub limit: u32,
    /// How many of them were made.
    pub used: u32,
    /// When the window ends, in seconds since 1970.
    pub reset: i64,
}

impl Usage {
    /// How many are left.
    pub fn remaining(self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

impl RateLimits {
    /// Counts a request. `None` if it was one too many.
    pub fn count(&self, caller: &Caller, address: Option<IpAddr>, now: i64) -> (Usage, bool) {
        let (key, limit) = key(caller, address);
        let window = self
            .core
            .change(key, now, HOUR, |used| used.saturating_add(1));
        let allowed = window.used <= limit;
        (
            Usage {
                limit,
                used: window.used.min(limit),
                reset: window.reset,
            },
            allowed,
        )
    }

    /// Takes a request back: one that was answered 304 costs nothing.
    pub fn refund(&self, caller: &Caller, address: Option<IpAddr>, now: i64) -> Usage {
        let (key, limit) = key(caller, address);
        let window = self
            .core
            .change(key, now, HOUR, |used| used.saturating_sub(1));
        Usage {
            limit,
            used: window.used.min(limit),
            reset: window.reset,
        }
    }

    /// How a caller stands, without counting.
    pub fn usage(&self, caller: &Caller, address: Option<IpAddr>, now: i64) -> Usage {
        let (key, limit) = key(caller, address);
        let window = self.core.change(key, now, HOUR, |used| used);
        Usage {
            limit,
            used: window.used.min(limit),
            reset: window.reset,
        }
    }

    /// Counts a bad credential; `false` once there were too many from that network.
    pub fn count_bad_credential(&self, address: Option<IpAddr>, now: i64) -> bool {
        let Some(address) = address else { return true };
        let window = self
            .bad
            .change(network(address), now, MINUTE, |used| used.saturating_add(1));
        window.used <= BAD_CREDENTIALS
    }
}

fn key(caller: &Caller, address: Option<IpAddr>) -> (Key, u32) {
    match caller {
        Caller::User(principal) => (Key::User(principal.user_id), PER_USER),
        Caller::Installation(installed) => (Key::Installation(installed.id), PER_USER),
        Caller::App(id) => (Key::App(*id), PER_USER),
        Caller::Runner(machine) => (Key::Runner(machine.id), PER_USER),
        Caller::Anonymous | Caller::Enrolment(_) => {
            (Key::Address(address.map(network)), PER_ADDRESS)
        }
    }
}

/// An IPv4 address itself; of IPv6 the /64, which one customer has whole.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    used: u32,
    reset: i64,
}

struct Windows<K>(Mutex<HashMap<K, Window>>);

impl<K> Default for Windows<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash> Windows<K> {
    fn change(&self, key: K, now: i64, length: i64, change: impl Fn(u32) -> u32) -> Window {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= CALLERS_MAX && !windows.contains_key(&key) {
            windows.retain(|_, window| window.reset > now);
            if windows.len() >= CALLERS_MAX {
                windows.clear();
            }
        }
        let window = windows.entry(key).or_insert(Window {
            used: 0,
            reset: now + length,
        });
        if window.reset <= now {
            *window = Window {
                used: 0,
                reset: now + length,
            };
        }
        window.used = change(window.used);
        *window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixty_first_anonymous_request_of_an_hour_is_refused() {
        let limits = RateLimits::default();
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        let count = |now| limits.count(&Caller::Anonymous, address, now);
        assert!((0..60).all(|_| count(0).1));
        let (usage, allowed) = count(0);
        assert!(!allowed && usage.remaining() == 0 && usage.reset == 3_600);
        assert!(
            limits
                .count(&Caller::Anonymous, Some(IpAddr::from([192, 0, 2, 2])), 0)
                .1
        );
        assert!(count(3_600).1);
    }

    #[test]
    fn anonymous_requests_of_one_ipv6_network_count_together() {
        let limits = RateLimits::default();
        let count = |network, host| {
            let address = IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, host]);
            limits.count(&Caller::Anonymous, Some(address), 0).1
        };
        assert!((0..60).all(|host| count(0, host)));
        assert!(!count(0, 60));
        assert!(count(1, 0));
    }

    #[test]
    fn bad_credentials_of_one_ipv6_network_count_together() {
        let limits = RateLimits::default();
        let address = |last| Some(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]));
        assert!((0..100).all(|host| limits.count_bad_credential(address(host), 0)));
        assert!(!limits.count_bad_credential(address(100), 0));
        assert!(
            limits.count_bad_credential(Some(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, 1])), 0)
        );
    }
}
