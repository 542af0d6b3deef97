//! This program run again, as what must not share a process with the rest.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{ceilings, load, parts};

/// Sends requests and measures their answers.
pub(crate) const CLIENT: &str = "--client";
/// Commits groups of writes without HTTP.
pub(crate) const COMMIT: &str = "--commit";
/// Serves fixed answers with nothing but hyper.
pub(crate) const BARE: &str = "--bare";
/// Does a part of what a job costs, again and again.
pub(crate) const PART: &str = "--part";

/// Whether a word on the command line is one of them.
pub(crate) fn is_role(word: &str) -> bool {
    [CLIENT, COMMIT, BARE, PART].contains(&word)
}

/// Does what the word says, in this process.
pub(crate) fn run(role: &str, words: &[&str]) -> Result<()> {
    // The client is kept to one thread, so that the server has the other processors; the ceilings
    // have the same runtime as the server.
    let mut builder = match role {
        CLIENT => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.enable_all().build()?;
    runtime.block_on(async {
        match role {
            CLIENT => load::client(words).await,
            COMMIT => ceilings::commit_groups(words).await,
            BARE => ceilings::serve_bare(words).await,
            PART => parts::repeat(words).await,
            _ => bail!("no such role"),
        }
    })
}

/// This program in a role.
pub(crate) fn command(role: &str, words: &[String]) -> Result<Command> {
    let program = std::env::current_exe().context("where this program is")?;
    let mut command = Command::new(program);
    command.arg(role).args(words).stdin(Stdio::null());
    Ok(command)
}

/// Runs a role to its end; what it printed.
pub(crate) fn ask(role: &str, words: &[String]) -> Result<String> {
    let output = command(role, words)?.stderr(Stdio::inherit()).output()?;
    anyhow::ensure!(output.status.success(), "{role} failed");
    Ok(String::from_utf8(output.stdout)?)
}
