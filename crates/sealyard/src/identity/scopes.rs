//! The scopes of classic tokens, and which of them contain others.
//!
//! GitHub: "Scopes for OAuth apps"; the hierarchy is also what gh prints its hints from.

use std::fmt;

/// A set of scopes, closed under implication when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u64);

/// One scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope(u64);

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $bit:literal $text:literal implies [$($implied:ident),*];)*) => {
        impl Scope {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)*
        }

        /// Every scope: its bit, its name and everything it contains, itself included.
        const TABLE: &[(u64, &str, u64)] = &[
            $((1 << $bit, $text, (1 << $bit) $(| Scope::$implied.0)*),)*
        ];
    };
}

// In alphabetical order, which is how X-OAuth-Scopes lists them. The right side names everything
// below a scope, not only the next step down.
scopes! {
    /// Everything of organisations.
    ADMIN_ORG = 0 "admin:org" implies [WRITE_ORG, READ_ORG, MANAGE_RUNNERS_ORG];
    /// Organisation web hooks.
    ADMIN_ORG_HOOK = 1 "admin:org_hook" implies [];
    /// Public keys.
    ADMIN_PUBLIC_KEY = 2 "admin:public_key" implies [WRITE_PUBLIC_KEY, READ_PUBLIC_KEY];
    /// Repository web hooks.
    ADMIN_REPO_HOOK = 3 "admin:repo_hook" implies [WRITE_REPO_HOOK, READ_REPO_HOOK];
    /// Deleting repositories.
    DELETE_REPO = 4 "delete_repo" implies [];
    /// Gists.
    GIST = 5 "gist" implies [];
    /// Self-hosted runners of organisations.
    MANAGE_RUNNERS_ORG = 6 "manage_runners:org" implies [];
    /// Notifications.
    NOTIFICATIONS = 7 "notifications" implies [];
    /// Public repositories.
    PUBLIC_REPO = 8 "public_repo" implies [];
    /// Reading organisations.
    READ_ORG = 9 "read:org" implies [];
    /// Reading public keys.
    READ_PUBLIC_KEY = 10 "read:public_key" implies [];
    /// Reading repository hooks.
    READ_REPO_HOOK = 11 "read:repo_hook" implies [];
    /// Reading a user's profile.
    READ_USER = 12 "read:user" implies [];
    /// Repositories.
    REPO = 13 "repo" implies [PUBLIC_REPO, REPO_STATUS, REPO_DEPLOYMENT, REPO_INVITE, SECURITY_EVENTS];
    /// Invitations to repositories.
    REPO_INVITE = 14 "repo:invite" implies [];
    /// Commit statuses.
    REPO_STATUS = 15 "repo:status" implies [];
    /// Deployments.
    REPO_DEPLOYMENT = 16 "repo_deployment" implies [];
    /// Security events.
    SECURITY_EVENTS = 17 "security_events" implies [];
    /// The site administrator's routes.
    SITE_ADMIN = 18 "site_admin" implies [];
    /// A user's profile.
    USER = 19 "user" implies [READ_USER, USER_EMAIL, USER_FOLLOW];
    /// A user's addresses.
    USER_EMAIL = 20 "user:email" implies [];
    /// Following users.
    USER_FOLLOW = 21 "user:follow" implies [];
    /// Workflow files.
    WORKFLOW = 22 "workflow" implies [];
    /// Changing organisations.
    WRITE_ORG = 23 "write:org" implies [READ_ORG];
    /// Public keys.
    WRITE_PUBLIC_KEY = 24 "write:public_key" implies [READ_PUBLIC_KEY];
    /// Repository hooks.
    WRITE_REPO_HOOK = 25 "write:repo_hook" implies [READ_REPO_HOOK];
}

impl Scopes {
    /// Reads a list separated by commas or spaces. `None` if one is not a scope of GitHub's.
    ///
    /// A scope that another one in the list contains is left out, as GitHub does at issue.
    pub fn parse(list: &str) -> Option<Self> {
        let mut names = list.split([',', ' ']).filter(|name| !name.is_empty());
        names
            .try_fold(Self::default(), Self::with_name)
            .map(Self::normalised)
    }

    /// The set with one more scope, `None` if that is not one.
    pub fn with_name(self, name: &str) -> Option<Self> {
        let (bit, ..) = TABLE.iter().find(|(_, text, _)| *text == name)?;
        Some(Self(self.0 | bit))
    }

    /// The set without what its other members contain.
    #[must_use]
    pub fn normalised(self) -> Self {
        let contained = TABLE
            .iter()
            .filter(|(bit, ..)| self.0 & bit != 0)
            .fold(0, |all, (bit, _, closure)| all | (closure & !bit));
        Self(self.0 & !contained)
    }

    /// Whether the set contains a scope, itself or in another one.
    pub fn contain(self, scope: Scope) -> bool {
        TABLE
            .iter()
            .any(|(bit, _, closure)| self.0 & bit != 0 && closure & scope.0 != 0)
    }

    /// Whether the set contains any of these; an empty list asks for nothing.
    pub fn contain_any(self, scopes: &[Scope]) -> bool {
        scopes.is_empty() || scopes.iter().any(|scope| self.contain(*scope))
    }
}

impl fmt::Display for Scopes {
    /// As in `X-OAuth-Scopes`: alphabetical, with comma and space.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (_, name, _) in TABLE.iter().filter(|(bit, ..)| self.0 & bit != 0) {
            write!(formatter, "{separator}{name}")?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_contains_what_is_below_it() {
        let scopes = Scopes::parse("admin:org").unwrap();
        assert!(scopes.contain(Scope::READ_ORG) && scopes.contain(Scope::WRITE_ORG));
        assert!(
            !Scopes::parse("write:org")
                .unwrap()
                .contain(Scope::ADMIN_ORG)
        );
        assert!(Scopes::parse("repo").unwrap().contain(Scope::PUBLIC_REPO));
        assert!(!Scopes::parse("public_repo").unwrap().contain(Scope::REPO));
        assert!(!Scopes::default().contain(Scope::READ_USER));
    }

    #[test]
    fn a_list_is_normalised_and_sorted() {
        let scopes = Scopes::parse("repo read:org,write:org public_repo admin:org").unwrap();
        assert_eq!(scopes.to_string(), "admin:org, repo");
        assert!(Scopes::parse("repo,everything").is_none());
    }

    #[test]
    fn the_table_is_in_alphabetical_order() {
        assert!(TABLE.is_sorted_by_key(|(_, name, _)| *name));
    }
}
