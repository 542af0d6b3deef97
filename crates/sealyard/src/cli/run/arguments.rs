//! What `sealyard run` is told, and what it says of itself.
#![expect(
    clippy::doc_markdown,
    reason = "help, which a terminal shows as it is written"
)]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

use super::super::ticket::repository;
use super::format::Format;
use crate::client::ServerArgs;

/// Runs a command with the secrets that its job gets. [`AFTER`] says how.
#[derive(Args)]
#[command(after_help = AFTER)]
pub(in crate::cli) struct Run {
    /// The repository: OWNER/NAME (not needed with a ticket)
    #[arg(long = "repo", value_name = "OWNER/NAME", value_parser = repository)]
    pub(super) repository: Option<String>,

    /// The environment, with its rules and its secrets
    #[arg(long = "env", value_name = "NAME")]
    pub(super) environment: Option<String>,

    /// The ref that the job is for, in full: refs/heads/main (a person's; a ticket has its own)
    #[arg(long = "ref", value_name = "REF", conflicts_with_all = ["runner_file", "ticket_file"])]
    pub(super) git_ref: Option<String>,

    /// Ask as the runner with this file [default: SEALYARD_RUNNER_FILE]
    #[arg(long, value_name = "FILE")]
    pub(super) runner_file: Option<PathBuf>,

    /// Redeem the ticket in this file [default: SEALYARD_TICKET]
    #[arg(long, value_name = "FILE")]
    pub(super) ticket_file: Option<PathBuf>,

    /// These secrets and no others; one that the job does not get is an error
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) only: Option<Vec<String>>,

    /// Variables that are passed on although they change what programs run, such as PATH
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) allow_env: Vec<String>,

    /// Write each secret to a file of its name, and no variables; CMD finds the directory in
    /// SEALYARD_FILES. DIR is made, or must be empty [default: a new one, in memory]
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true,
          default_missing_value = "",
          value_parser = OsStringValueParser::new().map(PathBuf::from), requires = "command", conflicts_with = "format")]
    pub(super) files: Option<PathBuf>,

    /// Print the secrets, without a command: dotenv, json or shell
    #[arg(long, value_name = "FORMAT", conflicts_with = "command")]
    pub(super) format: Option<Format>,

    /// When the server ends the job, whatever CMD does [default: 360]
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(1..=7_200))]
    pub(super) timeout_minutes: Option<u16>,

    #[command(flatten)]
    pub(super) server: ServerArgs,

    /// The command and its arguments
    #[arg(
        value_name = "CMD",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required_unless_present = "format"
    )]
    pub(super) command: Vec<OsString>,
}

/// What help says after the options.
const AFTER: &str = "\
Who asks:
  A runner (--runner-file): alone, for a repository that it serves; or with a ticket, for what the
  ticket says. Or a person (SEALYARD_TOKEN), with a ticket of their own, or with one that is made
  on the spot, where the server's setting delivery.people lets people do that.

What CMD gets:
  Each secret as a variable of its name, or with --files as a file. SEALYARD_TOKEN,
  SEALYARD_TICKET and SEALYARD_REGISTRATION_TOKEN are kept from it. What it prints is passed on as
  it comes, with *** in place of every value of at least 4 bytes, its lines and its usual
  encodings. That keeps accidents out of logs; it does not stop a CMD that means to tell.
  If CMD is `act` or `gh act`, it is told of every secret by -s NAME, and finds the values in its
  environment: none is in a file or in the list of processes.

Formats:
  shell   export NAME='value', any bytes but NUL: eval \"$(sealyard run --format shell …)\"
  dotenv  NAME='value', UTF-8, newlines as they are, for Docker Compose, the dotenv of Node and of
          Ruby, and shells. A value with ' or a carriage return, or with a backslash before another
          one or at its end, is in double quotes, as Docker Compose reads them. Give --files to
          others: python-dotenv expands ${NAME} in any quotes, godotenv cuts lines that end in ---
          (those of PEM keys do), and `docker run --env-file` knows no quotes
  json    {\"NAME\":\"value\"}, UTF-8

Exit codes:
  CMD's own, or the signal that ended it; 127 if it is not there, 126 if it cannot be run;
  64, 69 or 78 if there was no job to run it in";
