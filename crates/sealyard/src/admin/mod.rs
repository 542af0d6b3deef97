//! What an operator changes from the command line: carried out by the server that runs, or on the
//! store itself while none does.

pub mod socket;

use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::app::{App, Shared};
use crate::apply::{self, Plan, Report};
use crate::audit::Actor;
use crate::clock;
use crate::identity::scopes::Scopes;
use crate::identity::{self, Error as IdentityError, Grant, TokenSummary};

/// An order of the command line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// A new token.
    CreateToken {
        /// Whose.
        user: String,
        /// Comma-separated.
        scopes: String,
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

/// What came of it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The new token, shown once.
    Token(String),
    /// Rows for people.
    Rows(Vec<Vec<String>>),
    /// Done.
    Done,
    /// What applying a file would do.
    Planned(Plan),
    /// What applying it has done.
    Applied(Report),
    /// Refused: a sentence.
    Refused(String),
}

/// Carries out an order.
pub async fn execute(app: &Shared, command: Command) -> Outcome {
    let outcome = match command {
        Command::CreateToken {
            user,
            scopes,
            expires_in,
            note,
        } => create_token(app, &user, &scopes, expires_in, note.as_deref()).await,
        Command::ListTokens { user } => list_tokens(app, user.as_deref()).await,
        Command::RevokeToken { id } => identity::revoke_token(app, &Actor::operator(), id)
            .await
            .map(|()| Outcome::Done),
        Command::Examine => return examine(app).await,
        Command::Apply { file, dry_run } => return apply(app, file, dry_run).await,
    };
    outcome.unwrap_or_else(|error| Outcome::Refused(error.to_string()))
}

async fn create_token(
    app: &App,
    user: &str,
    scopes: &str,
    expires_in: Option<i64>,
    note: Option<&str>,
) -> Result<Outcome, IdentityError> {
    let Some(scopes) = Scopes::parse(scopes) else {
        return Ok(Outcome::Refused(
            "one of the scopes is not one of GitHub's".to_owned(),
        ));
    };
    let user = identity::user(app, user).await?;
    let expires_at = expires_in.map(|seconds| app.clock.now_s().saturating_add(seconds));
    let grant = Grant {
        scopes,
        note,
        expires_at,
    };
    let issued = identity::create_token(app, &Actor::operator(), &user, &grant).await?;
    Ok(Outcome::Token(issued.token.reveal().to_owned()))
}

async fn list_tokens(app: &App, user: Option<&str>) -> Result<Outcome, IdentityError> {
    let user = match user {
        Some(login) => Some(identity::user(app, login).await?),
        None => None,
    };
    let now = app.clock.now_s();
    let header = [
        "ID", "USER", "STATE", "CREATED", "EXPIRES", "LAST 8", "SCOPES", "NOTE",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut tokens = identity::list_tokens(app, user.as_ref(), 0).await?;
    while let Some(last) = tokens.last().map(|token| token.id) {
        rows.extend(tokens.into_iter().map(|token| token_row(token, now)));
        tokens = identity::list_tokens(app, user.as_ref(), last).await?;
    }
    Ok(Outcome::Rows(rows))
}

fn token_row(token: TokenSummary, now: i64) -> Vec<String> {
    let state = match (token.revoked_at, token.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(at)) if at <= now => "expired",
        (None, _) => "active",
    };
    vec![
        token.id.to_string(),
        token.user,
        state.to_owned(),
        clock::rfc3339(token.created_at),
        token
            .expires_at
            .map_or_else(|| "never".to_owned(), clock::rfc3339),
        token.last_eight,
        token.scopes.to_string().replace(", ", ","),
        token.note.unwrap_or_default(),
    ]
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
async fn apply(app: &App, file: String, dry_run: bool) -> Outcome {
    // A second of arithmetic for the largest file, during which the server goes on answering.
    let parsing = spawn_blocking(move || apply::file::parse(&file));
    let Ok(parsed) = parsing.await else {
        return Outcome::Refused("reading the file was interrupted".to_owned());
    };
    let outcome = match parsed {
        Ok(wanted) if dry_run => apply::preview(app, &wanted).await.map(Outcome::Planned),
        Ok(wanted) => apply::apply(app, &Actor::operator(), &wanted)
            .await
            .map(Outcome::Applied),
        Err(error) => Err(error),
    };
    outcome.unwrap_or_else(|error| Outcome::Refused(error.to_string()))
}
