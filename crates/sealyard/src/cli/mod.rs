//! The command line: one file per command.
//!
//! What a program may read goes to standard output, prose for people to standard error. Exit codes
//! are those of BSD's `sysexits.h`: 64 usage, 69 unavailable, 78 configuration or key.

mod app;
mod apply;
mod config;
mod doctor;
mod init;
mod quickstart;
mod run;
mod runner;
mod seal;
mod serve;
mod store;
mod ticket;
mod token;
mod user;
mod woodpecker;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::admin::{self, Outcome, socket};
use crate::config::{ConfigError, EXIT_CODE as CONFIGURATION, Environment, Settings};

/// The command line was wrong (`EX_USAGE`).
const USAGE: u8 = 64;
/// Something that is needed is not there now (`EX_UNAVAILABLE`).
const UNAVAILABLE: u8 = 69;

/// GitHub's Actions-secrets API on your own machine.
#[derive(Parser)]
#[command(name = "sealyard", version, about, long_about = None, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a first server with an organisation, a repository and a token, and run it
    Quickstart(quickstart::Quickstart),
    /// Make a new store; prints the site administrator's token
    Init(init::Init),
    /// Run the server
    Serve(Box<crate::config::ServeArgs>),
    /// Create, list and revoke tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Suspend users and let them in again
    #[command(subcommand)]
    User(user::User),
    /// Make GitHub Apps, install them, and take them away
    #[command(subcommand)]
    App(app::App),
    /// Make organisations, repositories, environments and roles what a file says
    Apply(apply::Apply),
    /// Run a command with the secrets that its job gets
    Run(Box<run::Run>),
    /// Make this machine a runner, and say that it is there
    #[command(subcommand)]
    Runner(runner::Runner),
    /// Fix what a job may say of itself, for a runner to redeem
    #[command(subcommand)]
    Ticket(ticket::Ticket),
    /// Give Woodpecker's pipelines the secrets of their repositories
    Woodpecker(woodpecker::Woodpecker),
    /// Seal a value for a public key: prints the body of a PUT
    Seal(seal::Seal),
    /// Check the store, its keys and its files, and say what to do
    Doctor(doctor::Doctor),
    /// Print every setting, its value and where it comes from
    Config(Box<crate::config::ServeArgs>),
}

/// Why a command failed: a sentence that says what to do next, and an exit code.
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Wrong use: exit code 64.
    fn usage(message: impl Into<String>) -> Self {
        Self {
            code: USAGE,
            message: message.into(),
        }
    }

    /// The same, with the file that is wrong, if it is.
    fn about(mut self, file: &Path) -> Self {
        if self.code == USAGE {
            self.message = format!("{}: {}", file.display(), self.message);
        }
        self
    }

    /// Not there now: exit code 69.
    fn unavailable(message: impl Into<String>) -> Self {
        Self {
            code: UNAVAILABLE,
            message: message.into(),
        }
    }

    /// Configuration or key: exit code 78.
    fn configuration(message: impl Into<String>) -> Self {
        Self {
            code: CONFIGURATION,
            message: message.into(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::configuration(error.to_string())
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no failures; they go to standard output.
            let code = if error.use_stderr() { USAGE } else { 0 };
            return error
                .print()
                .map_or(ExitCode::FAILURE, |()| ExitCode::from(code));
        }
    };
    if let Err(error) = sealyard_memory::harden() {
        say(&format!(
            "warning: this process could be read by others: {error}"
        ));
    }
    let environment = Environment::of_process();
    match run(arguments.command, &environment) {
        Ok(code) => code,
        Err(failure) => {
            let coloured = io::stderr().is_terminal() && !environment.no_color();
            let error = if coloured {
                "\x1b[1;31merror:\x1b[0m"
            } else {
                "error:"
            };
            say(&format!("{error} {}", failure.message));
            ExitCode::from(failure.code)
        }
    }
}

fn run(command: Command, environment: &Environment) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unavailable(format!("cannot start threads: {error}")))?;
    let runs_a_command = matches!(command, Command::Run(_));
    let result = runtime.block_on(async {
        match command {
            Command::Quickstart(quickstart) => quickstart.run(environment).await,
            Command::Init(init) => init.run(environment).await,
            Command::Serve(arguments) => serve::run(*arguments, environment).await,
            Command::Token(token) => token.run(environment).await,
            Command::User(user) => user.run(environment).await,
            Command::App(app) => app.run(environment).await,
            Command::Apply(apply) => apply.run(environment).await,
            Command::Woodpecker(woodpecker) => Box::pin(woodpecker.run(environment)).await,
            Command::Doctor(doctor) => doctor.run(environment).await,
            // Its exit code is that of the command it runs.
            Command::Run(run) => return run.run(environment).await,
            Command::Runner(runner) => runner.run(environment).await,
            Command::Ticket(ticket) => ticket.run(environment).await,
            Command::Seal(seal) => seal.run(),
            Command::Config(arguments) => config::run(*arguments, environment),
        }
        .map(|()| ExitCode::SUCCESS)
    });
    if runs_a_command {
        // Of what the command wrote, a thread may still hold a piece that nobody reads: it would
        // be waited for without an end. What is to be done has been done, unlike with a server,
        // whose threads finish what they write.
        runtime.shutdown_background();
    }
    result
}

/// Has an order carried out: by the server that runs, or on the store. What it refuses is wrong use.
async fn order(settings: &Settings, command: admin::Command) -> Result<Outcome, Failure> {
    let outcome = match socket::send(&settings.data_dir, &command).await {
        Ok(outcome) => outcome,
        Err(socket::Error::NobodyThere) => {
            let app = store::open(settings).await?;
            admin::execute(&app, command).await
        }
        Err(error @ socket::Error::Broken(_)) => {
            return Err(Failure::unavailable(error.to_string()));
        }
    };
    if let Outcome::Refused(why) = outcome {
        return Err(Failure::usage(why));
    }
    if let Outcome::Unavailable(why) = outcome {
        return Err(Failure::unavailable(why));
    }
    Ok(outcome)
}

/// A line for people, on standard error. Where nobody listens any more, nothing is said.
pub(crate) fn say(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}

/// A line for programs, on standard output.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "{line}")
        .map_err(|error| Failure::unavailable(format!("cannot write to standard output: {error}")))
}

/// Rows with their columns lined up, for people and `awk` alike.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<_> = (0..columns)
        .map(|column| width(column).unwrap_or_default())
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let padding = width.saturating_sub(cell.chars().count()) + 2;
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', padding));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.trim_end().to_owned()
}
