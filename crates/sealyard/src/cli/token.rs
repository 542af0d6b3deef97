//! `sealyard token`

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{Failure, order, print, say, table};
use crate::admin::{Command, Outcome, TokenPower};
use crate::config::{Environment, Settings, StoreArgs};

/// Create, list and revoke tokens, while the server runs or while it does not.
#[derive(Subcommand)]
pub(super) enum Token {
    /// Make a token; prints it, alone, on standard output
    Create(Create),
    /// List tokens; never the tokens themselves
    List(List),
    /// End a token at once
    Revoke(Revoke),
}

/// How long a fine-grained token lives unless something else is said; GitHub's page offers the same.
const FINE_GRAINED_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Makes a token.
#[derive(Args)]
pub(super) struct Create {
    /// Whose token it is
    #[arg(long, value_name = "LOGIN")]
    user: String,

    /// What it may, in GitHub's scopes
    #[arg(long, value_name = "SCOPE,…", default_value = "repo")]
    scopes: String,

    /// Make an OAuth token (gho_…), as an application would hold it, with the scopes
    #[arg(long)]
    oauth: bool,

    /// Make a fine-grained token, which may this: secrets=write,metadata=read
    #[arg(long, value_name = "NAME=LEVEL,…", conflicts_with_all = ["scopes", "oauth"])]
    permissions: Option<String>,

    /// Whose repositories a fine-grained token is for: an organisation of the user's [default: the user]
    #[arg(long, value_name = "LOGIN", requires = "permissions")]
    resource_owner: Option<String>,

    /// Which of them, by name [default: all, also those to come]
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        requires = "permissions"
    )]
    repositories: Option<Vec<String>>,

    /// When it ends: 12h, 30d, 4w, never [default: never; 30d for a fine-grained token]
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    expires_in: Option<Lifetime>,

    /// What it is for
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    #[command(flatten)]
    store: StoreArgs,
}

/// Lists tokens.
#[derive(Args)]
pub(super) struct List {
    /// Only this user's
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,

    #[command(flatten)]
    store: StoreArgs,
}

/// Ends a token.
#[derive(Args)]
pub(super) struct Revoke {
    /// Its id, as `token list` shows it
    id: i64,

    #[command(flatten)]
    store: StoreArgs,
}

/// How long a token lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifetime {
    Never,
    For(Duration),
}

impl Create {
    fn command(self) -> (StoreArgs, Command) {
        let (power, default) = match self.permissions {
            Some(permissions) => (
                TokenPower::FineGrained {
                    permissions,
                    owner: self.resource_owner,
                    repositories: self.repositories,
                },
                Lifetime::For(FINE_GRAINED_LIFETIME),
            ),
            None if self.oauth => (TokenPower::OAuth(self.scopes), Lifetime::Never),
            None => (TokenPower::Classic(self.scopes), Lifetime::Never),
        };
        let expires_in = match self.expires_in.unwrap_or(default) {
            Lifetime::Never => None,
            Lifetime::For(time) => Some(i64::try_from(time.as_secs()).unwrap_or(i64::MAX)),
        };
        let command = Command::CreateToken {
            user: self.user,
            power,
            expires_in,
            note: self.note,
        };
        (self.store, command)
    }
}

impl Token {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let (store, command) = match self {
            Self::Create(create) => create.command(),
            Self::List(List { user, store }) => (store, Command::ListTokens { user }),
            Self::Revoke(Revoke { id, store }) => (store, Command::RevokeToken { id }),
        };
        let settings = Settings::load(store.into(), environment)?;
        let outcome = order(&settings, command).await?;
        if let Outcome::Token(token) = outcome {
            say("This token is shown only now:");
            return print(&token);
        }
        if let Outcome::Rows(rows) = outcome {
            return print(&table(&rows));
        }
        say("Revoked.");
        Ok(())
    }
}

/// `never`, or a [`duration`].
fn lifetime(text: &str) -> Result<Lifetime, String> {
    if text == "never" {
        return Ok(Lifetime::Never);
    }
    duration(text).map(Lifetime::For)
}

/// `90s`, `15m`, `12h`, `30d`, `4w`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "use a number and a unit: 90s, 15m, 12h, 30d or 4w; or never".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(wrong()),
    };
    let number = text
        .strip_suffix(unit)
        .and_then(|number| number.parse::<u32>().ok());
    number
        .filter(|number| *number > 0)
        .map(|number| Duration::from_secs(u64::from(number) * seconds))
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(duration("30d"), Ok(Duration::from_hours(30 * 24)));
        for text in ["", "30", "d", "-1d", "0d", "1.5h", "3y", "5é"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_lifetime_may_have_no_end() {
        assert_eq!(lifetime("never"), Ok(Lifetime::Never));
        assert_eq!(
            lifetime("4w"),
            Ok(Lifetime::For(Duration::from_hours(4 * 168)))
        );
        assert!(lifetime("Never").is_err());
    }
}
