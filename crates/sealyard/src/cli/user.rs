//! `sealyard user`

use clap::{Args, Subcommand};

use super::token::order;
use super::{Failure, say};
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
        let (store, command, done) = match self {
            Self::Suspend(Change {
                login: user,
                reason,
                store,
            }) => (store, Command::SuspendUser { user, reason }, "Suspended."),
            Self::Unsuspend(Change {
                login: user,
                reason,
                store,
            }) => (
                store,
                Command::UnsuspendUser { user, reason },
                "Let in again.",
            ),
        };
        let settings = Settings::load(store.into(), environment)?;
        order(&settings, command).await?;
        say(done);
        Ok(())
    }
}
