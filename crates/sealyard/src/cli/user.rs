//! `sealyard user`

use clap::{Args, Subcommand};

use super::{Failure, order, say};
use crate::admin::Command;
use crate::config::{Environment, Settings, StoreArgs};

/// Suspend users and let them in again, while the server runs or while it does not.
#[derive(Subcommand)]
pub(super) enum User {
    /// Shut a user out: all their tokens are refused at once
    Suspend(Change),
    /// Let a user in again: their tokens are good as before
    Unsuspend(Change),
}

/// Whom, and why.
#[derive(Args)]
pub(super) struct Change {
    /// The user's login
    login: String,

    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    #[command(flatten)]
    store: StoreArgs,
}

impl User {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let (change, suspended, done) = match self {
            Self::Suspend(change) => (change, true, "Suspended."),
            Self::Unsuspend(change) => (change, false, "Let in again."),
        };
        let settings = Settings::load(change.store.into(), environment)?;
        let command = Command::SuspendUser {
            user: change.login,
            suspended,
            reason: change.reason,
        };
        order(&settings, command).await?;
        say(done);
        Ok(())
    }
}
