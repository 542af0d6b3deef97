//! `sealyard ticket`
#![expect(
    clippy::doc_markdown,
    reason = "help, which a terminal shows as it is written"
)]

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::run::person;
use super::runner::Nothing;
use super::{Failure, print, say};
use crate::client::{ANSWER_MAX, ServerArgs};
use crate::config::Environment;

/// Fix what a job may say of itself, for a runner to redeem.
#[derive(Subcommand)]
pub(super) enum Ticket {
    /// Make a ticket; prints it, alone, on standard output
    Create(Create),
    /// Let a job go on that waits for a reviewer
    Approve(Approve),
}

/// Makes a ticket: a credential for one job.
#[derive(Args)]
#[command(after_help = CREATE)]
pub(super) struct Create {
    #[command(flatten)]
    facts: Facts,

    #[command(flatten)]
    server: ServerArgs,
}

/// What help says of making one.
const CREATE: &str = "\
A ticket is redeemed once, and soon. Whoever makes it vouches for what it says, so it takes the
right to write to the repository: SEALYARD_TOKEN is the token of somebody who has it.";

/// What a ticket says.
#[derive(Args, Serialize, Clone)]
pub(super) struct Facts {
    /// The repository: OWNER/NAME
    #[arg(long = "repo", value_name = "OWNER/NAME", value_parser = repository)]
    pub(super) repository: String,

    /// The environment, with its rules and its secrets
    #[arg(long = "env", value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,

    /// The ref that the job is for, in full: refs/heads/main
    #[arg(long = "ref", value_name = "REF")]
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(super) git_ref: Option<String>,

    /// The event that the job is for [default: workflow_dispatch]
    #[arg(long, value_name = "EVENT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<String>,

    /// The code is a fork's: its job gets no secrets
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) fork: bool,
}

/// Approves a job, as one of its environment's required reviewers; SEALYARD_TOKEN is theirs.
#[derive(Args)]
pub(super) struct Approve {
    /// The ticket's id, as `ticket create` says it
    #[arg(value_name = "ID")]
    id: u64,

    #[command(flatten)]
    server: ServerArgs,
}

/// A ticket that was just made.
#[derive(Deserialize)]
pub(super) struct Made {
    pub(super) id: i64,
    ticket: String,
    status: String,
    not_before: String,
    expires_at: String,
}

impl Made {
    /// The ticket itself.
    pub(super) fn into_ticket(self) -> Zeroizing<String> {
        Zeroizing::new(self.ticket)
    }

    /// Whether it cannot be redeemed yet.
    pub(super) fn waits(&self) -> bool {
        self.status == "waiting"
    }
}

/// `POST /api/sealyard/v1/tickets`
pub(super) const TICKETS: &str = "/api/sealyard/v1/tickets";

impl Ticket {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(environment).await,
            Self::Approve(approve) => approve.run(environment).await,
        }
    }
}

impl Create {
    async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let client = person(&self.server, environment)?;
        let made: Made = client.post(TICKETS, &self.facts, ANSWER_MAX).await?;
        let id = made.id;
        say(&format!(
            "Ticket {id} is good until {}, for one job; it is shown only now:",
            made.expires_at
        ));
        let waits = made.waits();
        let not_before = made.not_before.clone();
        print(&made.into_ticket())?;
        if waits {
            say(&format!(
                "The job has to wait: not before {not_before}, and, where the environment has \
                 reviewers, for `sealyard ticket approve {id}` by one of them."
            ));
        }
        Ok(())
    }
}

impl Approve {
    async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let client = person(&self.server, environment)?;
        let path = format!("{TICKETS}/{}/approve", self.id);
        client.post_for_nothing(&path, &Nothing {}).await?;
        say("Approved.");
        Ok(())
    }
}

/// `OWNER/NAME`, so that a forgotten owner is noticed here.
pub(super) fn repository(text: &str) -> Result<String, &'static str> {
    let wrong = "use OWNER/NAME";
    let (owner, name) = text.split_once('/').ok_or(wrong)?;
    let whole = !owner.is_empty() && !name.is_empty() && !name.contains('/');
    whole.then(|| text.to_owned()).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        assert_eq!(
            repository("octo-org/hello"),
            Ok("octo-org/hello".to_owned())
        );
        for text in ["", "hello", "/hello", "octo-org/", "a/b/c", "/"] {
            assert!(repository(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_ticket_says_only_what_was_said() {
        let facts = Facts {
            repository: "o/r".to_owned(),
            environment: None,
            git_ref: Some("refs/heads/main".to_owned()),
            event: None,
            fork: false,
        };
        assert_eq!(
            serde_json::to_string(&facts).unwrap(),
            r#"{"repository":"o/r","ref":"refs/heads/main"}"#
        );
    }
}
