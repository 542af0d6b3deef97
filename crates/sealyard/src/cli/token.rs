//! `sealyard token`

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{Failure, print, say, store, table};
use crate::admin::{Command, Outcome, execute, socket};
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

/// Makes a token.
#[derive(Args)]
pub(super) struct Create {
    /// Whose token it is
    #[arg(long, value_name = "LOGIN")]
    user: String,

    /// What it may, in GitHub's scopes
    #[arg(long, value_name = "SCOPE,…", default_value = "repo")]
    scopes: String,

    /// When it ends: 12h, 30d, 4w [default: never]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires_in: Option<Duration>,

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

impl Token {
    pub(super) async fn run(self, environment: &Environment) -> Result<(), Failure> {
        let (store, command) = match self {
            Self::Create(Create {
                user,
                scopes,
                expires_in,
                note,
                store,
            }) => {
                let expires_in =
                    expires_in.map(|time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
                (
                    store,
                    Command::CreateToken {
                        user,
                        scopes,
                        expires_in,
                        note,
                    },
                )
            }
            Self::List(List { user, store }) => (store, Command::ListTokens { user }),
            Self::Revoke(Revoke { id, store }) => (store, Command::RevokeToken { id }),
        };
        let settings = Settings::load(store.into(), environment)?;
        match order(&settings, command).await? {
            Outcome::Token(token) => {
                say("This token is shown only now:");
                print(&token)?;
            }
            Outcome::Rows(rows) => print(&table(&rows))?,
            Outcome::Done => say("Revoked."),
            Outcome::Planned(_) | Outcome::Applied(_) => {}
            Outcome::Refused(why) => return Err(Failure::usage(why)),
        }
        Ok(())
    }
}

/// Has an order carried out: by the server that runs, or on the store.
pub(super) async fn order(settings: &Settings, command: Command) -> Result<Outcome, Failure> {
    match socket::send(&settings.data_dir, &command).await {
        Ok(outcome) => Ok(outcome),
        Err(socket::Error::NobodyThere) => {
            let app = store::open(settings).await?;
            Ok(execute(&app, command).await)
        }
        Err(error @ socket::Error::Broken(_)) => Err(Failure::unavailable(error.to_string())),
    }
}

/// `90s`, `15m`, `12h`, `30d`, `4w`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "use a number and a unit: 90s, 15m, 12h, 30d or 4w".to_owned();
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
}
