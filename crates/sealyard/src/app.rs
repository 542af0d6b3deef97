//! What every request shares.

use std::sync::Arc;
use std::time::Duration;

use sealyard_sql::Database;
use sealyard_vault::Keyring;
use url::Url;

use crate::clock::Clock;
use crate::http::profile::Profile;
use crate::http::rate_limit::RateLimits;
use crate::identity::permission::Rules;
use crate::metrics::Metrics;

/// The server's state.
pub struct App {
    /// The store.
    pub db: Database,
    /// The keys, opened by the root key at start.
    pub keyring: Keyring,
    /// The only source of time.
    pub clock: Clock,
    /// How the wire behaves.
    pub wire: Wire,
    /// Requests counted per caller.
    pub limits: RateLimits,
    /// What is counted for operators.
    pub metrics: Metrics,
}

/// The state as handlers hold it.
pub type Shared = Arc<App>;

/// Settings that change answers.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Which GitHub we answer like.
    pub profile: Profile,
    /// The address clients use, where it is not the one they connect to.
    pub base_url: Option<Url>,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Whether a value that does not open is kept as it came.
    pub accept_unopened: bool,
    /// Whether people may have values, with a ticket of their own, where there is no runner.
    pub deliver_to_people: bool,
    /// Overrides the profile's rule for who may read a repository's public key.
    pub public_key_for_readers: Option<bool>,
    /// Whether callers without a credential are refused everywhere.
    pub private_mode: bool,
    /// Overrides the profile's rule for primary rate limits.
    pub rate_limit: Option<bool>,
    /// The longest value, in bytes.
    pub value_size_max: usize,
    /// When an answer comes that tells of something missing or hidden, counted from the look-up.
    pub hidden_after: Duration,
}

/// Longer than the look-ups take on a store that is well; shorter than anybody notices.
pub const HIDDEN_AFTER: Duration = Duration::from_millis(5);

/// GitHub: "Limits for secrets": 48 KB.
pub const VALUE_SIZE_MAX: usize = 48 * 1024;

impl Default for Wire {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            base_url: None,
            trusted_proxies: Vec::new(),
            accept_unopened: false,
            deliver_to_people: false,
            public_key_for_readers: None,
            private_mode: false,
            rate_limit: None,
            value_size_max: VALUE_SIZE_MAX,
            hidden_after: HIDDEN_AFTER,
        }
    }
}

impl Wire {
    /// What the permission table needs to know of the settings.
    pub fn rules(&self) -> Rules {
        Rules {
            profile: self.profile,
            readers_get_public_key: self
                .public_key_for_readers
                .unwrap_or(self.profile.readers_get_public_key()),
        }
    }

    /// Whether primary rate limits hold.
    pub fn limits_rate(&self) -> bool {
        self.rate_limit.unwrap_or(self.profile.limits_rate())
    }
}
