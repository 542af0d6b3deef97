//! Accounts: what is kept of a user or an organisation.

use super::Owner;

/// An account with all that its JSON shows.
#[derive(Debug, Clone)]
pub struct AccountDetails {
    /// Who, and whether user or organisation.
    pub account: Owner,
    /// The name people read.
    pub name: Option<String>,
    /// Where people reach a user, for nobody else's eyes; of an organisation, who pays.
    pub email: Option<String>,
    /// Of an organisation.
    pub description: Option<String>,
    /// Since when the user is shut out, in seconds since 1970.
    pub suspended_at: Option<i64>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970.
    pub updated_at: i64,
    /// How many of its repositories everybody sees.
    pub public_repositories: i64,
    /// How many others it has.
    pub private_repositories: i64,
}
