//! What an operator changes from the command line: carried out by the server that runs, or on the
//! store itself while none does.

pub mod apps;
mod people;
pub mod socket;

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::app::Shared;
use crate::apply::{self, Plan, Report};
use crate::audit::Actor;
use crate::identity;
use crate::identity::permission::Permissions;

/// An order of the command line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// A new token.
    CreateToken {
        /// Whose.
        user: String,
        /// What it may.
        power: TokenPower,
        /// How long it lives, in seconds.
        expires_in: Option<i64>,
        /// What it is for.
        note: Option<String>,
    },
    /// All tokens, or a user's.
    ListTokens {
        /// Whose.
        user: Option<String>,
    },
    /// An end to a token.
    RevokeToken {
        /// Which.
        id: i64,
    },
    /// A user shut out, or let in again.
    SuspendUser {
        /// Whom.
        user: String,
        /// Shut out.
        suspended: bool,
        /// For the log.
        reason: Option<String>,
    },
    /// Something about apps.
    App(apps::Order),
    /// What is wrong with the store.
    Examine,
    /// The store as a file says.
    Apply {
        /// The text of the file.
        file: String,
        /// Whether only the plan is asked for.
        dry_run: bool,
    },
}

/// What a new token is to be, in the words of the command line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPower {
    /// A classic token with these scopes, comma-separated.
    Classic(String),
    /// An OAuth token with these scopes, comma-separated.
    OAuth(String),
    /// A fine-grained token.
    FineGrained {
        /// `secrets=write,metadata=read`
        permissions: String,
        /// The login of a user or an organisation; the token's own user, if there is none.
        owner: Option<String>,
        /// Names of repositories; all of the owner's, if there is no list.
        repositories: Option<Vec<String>>,
    },
}

/// What came of it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The new token, shown once.
    Token(String),
    /// Rows for people.
    Rows(Vec<Vec<String>>),
    /// What was made of or for an app, shown once.
    App(apps::Made),
    /// Done.
    Done,
    /// What applying a file would do.
    Planned(Plan),
    /// What applying it has done.
    Applied(Report),
    /// Refused: a sentence.
    Refused(String),
    /// The store failed: a sentence.
    Unavailable(String),
}

/// Carries out an order.
pub async fn execute(app: &Shared, command: Command) -> Outcome {
    let outcome = match command {
        Command::CreateToken {
            user,
            power,
            expires_in,
            note,
        } => people::create_token(app, &user, &power, expires_in, note.as_deref()).await,
        Command::ListTokens { user } => people::list_tokens(app, user.as_deref()).await,
        Command::RevokeToken { id } => people::revoke_token(app, id).await,
        Command::SuspendUser {
            user,
            suspended,
            reason,
        } => people::set_suspended(app, &user, suspended, reason.as_deref()).await,
        Command::App(order) => return apps::execute(app, order).await,
        Command::Examine => return examine(app).await,
        Command::Apply { file, dry_run } => return apply(app, file, dry_run).await,
    };
    outcome
        .unwrap_or_else(|error| Outcome::failed(&error, matches!(error, identity::Error::Store(_))))
}

impl Outcome {
    /// What an error comes to: one of the store is not the order's fault.
    fn failed(error: &impl Display, of_store: bool) -> Self {
        let why = error.to_string();
        if of_store {
            Self::Unavailable(why)
        } else {
            Self::Refused(why)
        }
    }
}

/// Permissions in the words of the command line, or what to say of them.
fn permissions(text: &str) -> Result<Permissions, &'static str> {
    Permissions::parse(text).map_err(|_| {
        "one of the permissions is not one of GitHub's, or has no such level; \
         secrets=write,organization_secrets=read are two that are"
    })
}

/// One row per check: what, `ok` or not, and what to do.
async fn examine(app: &Shared) -> Outcome {
    let report = crate::setup::examine(app).await;
    Outcome::Rows(
        report
            .into_iter()
            .map(|(what, verdict)| vec![what, verdict])
            .collect(),
    )
}

/// The plan, or what came of it.
async fn apply(app: &Shared, file: String, dry_run: bool) -> Outcome {
    // A second of arithmetic for the largest file, during which the server goes on answering.
    let parsing = spawn_blocking(move || apply::file::parse(&file));
    let Ok(parsed) = parsing.await else {
        return Outcome::Unavailable("reading the file was interrupted".to_owned());
    };
    let outcome = match parsed {
        Ok(wanted) if dry_run => apply::preview(app, &wanted).await.map(Outcome::Planned),
        Ok(wanted) => apply::apply(app, &Actor::operator(), &wanted)
            .await
            .map(Outcome::Applied),
        Err(error) => Err(error),
    };
    outcome.unwrap_or_else(|error| Outcome::failed(&error, matches!(error, apply::Error::Store(_))))
}
