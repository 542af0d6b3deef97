//! What apps and fine-grained tokens are given: GitHub's permissions, each at a level.
//!
//! GitHub: "Permissions required for GitHub Apps", and the schema `app-permissions` of its
//! description.

use std::fmt;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// How much of a permission; each level contains the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `read`
    Read,
    /// `write`
    Write,
    /// `admin`
    Admin,
}

impl Level {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// As on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }

    /// Its two bits; none is 0.
    const fn bits(self) -> u128 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Admin => 3,
        }
    }
}

/// One of GitHub's permissions: its place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Permission(u32);

/// A set of permissions, each at its level: two bits for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Permissions(u128);

/// A permission's name and the levels it has.
struct Known(&'static str, &'static [Level]);

const R: &[Level] = &[Level::Read];
const RW: &[Level] = &[Level::Read, Level::Write];
const RWA: &[Level] = &Level::ALL;
const W: &[Level] = &[Level::Write];

/// In alphabetical order, which is the order of the wire.
const TABLE: &[Known] = &[
    Known("actions", RW),
    Known("actions_variables", RW),
    Known("administration", RW),
    Known("attestations", RW),
    Known("checks", RW),
    Known("codespaces", RW),
    Known("contents", RW),
    Known("dependabot_secrets", RW),
    Known("deployments", RW),
    Known("email_addresses", RW),
    Known("environments", RW),
    Known("followers", RW),
    Known("git_ssh_keys", RW),
    Known("gpg_keys", RW),
    Known("interaction_limits", RW),
    Known("issues", RW),
    Known("members", RW),
    Known("merge_queues", RW),
    Known("metadata", RW),
    Known("organization_actions_variables", RW),
    Known("organization_administration", RW),
    Known("organization_announcement_banners", RW),
    Known("organization_copilot_seat_management", W),
    Known("organization_custom_org_roles", RW),
    Known("organization_custom_properties", RWA),
    Known("organization_custom_roles", RW),
    Known("organization_events", R),
    Known("organization_hooks", RW),
    Known("organization_packages", RW),
    Known("organization_personal_access_token_requests", RW),
    Known("organization_personal_access_tokens", RW),
    Known("organization_plan", R),
    Known("organization_projects", RWA),
    Known("organization_secrets", RW),
    Known("organization_self_hosted_runners", RW),
    Known("organization_user_blocking", RW),
    Known("packages", RW),
    Known("pages", RW),
    Known("profile", W),
    Known("pull_requests", RW),
    Known("repository_custom_properties", RW),
    Known("repository_hooks", RW),
    Known("repository_projects", RWA),
    Known("secret_scanning_alerts", RW),
    Known("secrets", RW),
    Known("security_events", RW),
    Known("single_file", RW),
    Known("starring", RW),
    Known("statuses", RW),
    Known("team_discussions", RW),
    Known("vulnerability_alerts", RW),
    Known("workflows", W),
];

impl Permission {
    /// `actions`: here, reading environments.
    pub const ACTIONS: Self = Self::named("actions");
    /// `administration`: creating, changing and deleting repositories; their people and runners.
    pub const ADMINISTRATION: Self = Self::named("administration");
    /// Deployments, and the review of those that wait.
    pub const DEPLOYMENTS: Self = Self::named("deployments");
    /// `environments`: secrets of environments, in github.com's profile.
    pub const ENVIRONMENTS: Self = Self::named("environments");
    /// `members`: who belongs to an organisation.
    pub const MEMBERS: Self = Self::named("members");
    /// `metadata`: seeing a repository. Everybody who reaches one has it.
    pub const METADATA: Self = Self::named("metadata");
    /// `organization_secrets`
    pub const ORGANIZATION_SECRETS: Self = Self::named("organization_secrets");
    /// `organization_self_hosted_runners`
    pub const ORGANIZATION_RUNNERS: Self = Self::named("organization_self_hosted_runners");
    /// `secrets`: those of repositories.
    pub const SECRETS: Self = Self::named("secrets");

    /// Its place, found when the program is compiled.
    #[expect(
        clippy::indexing_slicing,
        reason = "runs in the compiler, which refuses a place that is not there"
    )]
    const fn named(name: &str) -> Self {
        let mut place = 0;
        let mut bit = 0;
        while !same(TABLE[place].0.as_bytes(), name.as_bytes()) {
            place += 1;
            bit += 2;
        }
        Self(bit)
    }

    /// GitHub's name for it.
    pub fn name(self) -> &'static str {
        known()
            .find(|(permission, _)| *permission == self)
            .map_or("", |(_, Known(name, _))| name)
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "both are as long as the loop counts"
)]
const fn same(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

fn known() -> impl Iterator<Item = (Permission, &'static Known)> {
    (0..).step_by(2).map(Permission).zip(TABLE)
}

/// Why a permission was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// GitHub has no permission of that name, or not at that level.
    #[error("one of the permissions is not one of GitHub's, or has no such level")]
    Unknown,
}

impl Permissions {
    /// Reads `secrets=write,organization_secrets=read`; spaces and commas separate.
    pub fn parse(list: &str) -> Result<Self, Error> {
        let mut all = Self::default();
        for item in list.split([',', ' ']).filter(|item| !item.is_empty()) {
            let (name, level) = item.split_once('=').ok_or(Error::Unknown)?;
            all = all.with(name, level)?;
        }
        Ok(all)
    }

    /// The set with one more, by its name and level on the wire. A later level replaces an earlier.
    pub fn with(self, name: &str, level: &str) -> Result<Self, Error> {
        let (Permission(bit), Known(_, levels)) = known()
            .find(|(_, Known(known, _))| *known == name)
            .ok_or(Error::Unknown)?;
        let level = Level::parse(level)
            .filter(|level| levels.contains(level))
            .ok_or(Error::Unknown)?;
        Ok(Self((self.0 & !(3 << bit)) | (level.bits() << bit)))
    }

    /// The set as GitHub gives it: whoever has any permission sees the repositories too.
    #[must_use]
    pub fn with_metadata(self) -> Self {
        if self.allow(Permission::METADATA, Level::Read) {
            return self;
        }
        Self(self.0 | (Level::Read.bits() << Permission::METADATA.0))
    }

    /// Whether the set has a permission at least at a level.
    pub fn allow(self, permission: Permission, level: Level) -> bool {
        (self.0 >> permission.0) & 3 >= level.bits()
    }

    /// What both sets have, at the lower level.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both = known().fold(0, |both, (Permission(bit), _)| {
            let lower = ((self.0 >> bit) & 3).min((other.0 >> bit) & 3);
            both | (lower << bit)
        });
        Self(both)
    }

    /// Whether another set has all of this one.
    pub fn within(self, other: Self) -> bool {
        self.and(other) == self
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Names and levels, in alphabetical order.
    pub fn iter(self) -> impl Iterator<Item = (&'static str, Level)> {
        known().filter_map(move |(Permission(bit), Known(name, _))| {
            let bits = (self.0 >> bit) & 3;
            let level = Level::ALL.into_iter().find(|level| level.bits() == bits)?;
            Some((*name, level))
        })
    }
}

impl fmt::Display for Permissions {
    /// As in the store and on the command line: `a=read,b=write`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, level) in self.iter() {
            write!(formatter, "{separator}{name}={}", level.as_str())?;
            separator = ",";
        }
        Ok(())
    }
}

impl Serialize for Permissions {
    /// As on the wire: an object of names and levels.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, level) in self.iter() {
            map.serialize_entry(name, level.as_str())?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_alphabetical_order_and_fits() {
        assert!(TABLE.is_sorted_by_key(|Known(name, _)| *name));
        assert!(TABLE.len() * 2 <= 128);
    }

    #[test]
    fn a_list_reads_back_as_it_was_written() {
        let text = "organization_secrets=write,secrets=read,workflows=write";
        let all = Permissions::parse(text).unwrap();
        assert_eq!(all.to_string(), text);
        assert_eq!(
            serde_json::to_string(&all).unwrap(),
            r#"{"organization_secrets":"write","secrets":"read","workflows":"write"}"#
        );
        for wrong in [
            "secrets",
            "secrets=",
            "secrets=admin",
            "workflows=read",
            "a=read",
            "=read",
        ] {
            assert!(Permissions::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn write_contains_read_and_not_the_reverse() {
        let write = Permissions::parse("secrets=write").unwrap();
        let read = Permissions::parse("secrets=read").unwrap();
        assert!(write.allow(Permission::SECRETS, Level::Read));
        assert!(!read.allow(Permission::SECRETS, Level::Write));
        assert!(read.within(write) && !write.within(read));
        assert_eq!(write.and(read), read);
    }

    #[test]
    fn what_both_have_is_the_lower_of_each() {
        let left = Permissions::parse("secrets=write,members=read,organization_projects=admin");
        let right = Permissions::parse("secrets=read,metadata=read,organization_projects=write");
        let both = left.unwrap().and(right.unwrap());
        assert_eq!(both.to_string(), "organization_projects=write,secrets=read");
    }

    #[test]
    fn metadata_comes_with_every_set_and_lowers_nothing() {
        assert_eq!(
            Permissions::default().with_metadata().to_string(),
            "metadata=read"
        );
        let write = Permissions::parse("metadata=write").unwrap();
        assert_eq!(write.with_metadata(), write);
    }
}
