//! Running other programs, and the few words that xtask has with its environment.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::tally::Tally;

/// Between two looks at something that another program is about to do.
const GLANCE: Duration = Duration::from_millis(20);

/// The repository's folder.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The folder for what xtask makes itself: environments of clients, logs.
pub(crate) fn workshop() -> PathBuf {
    target().join("xtask")
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    environment("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The same cargo that runs us, in the repository's folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(environment("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// A variable of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "xtask is no part of the server, and has no config"
)]
pub(crate) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A progress line, on standard error. Nobody is left to tell when that is closed.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// A line of the result, on standard output.
pub(crate) fn result_line(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// Runs a program to its end, with our own outputs; anything but exit code 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("`{}` did not start", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a program and returns what it wrote on standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{}` did not start", shown(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` ended with {}\n{}",
            shown(command),
            output.status,
            complaint.trim_end()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a program, passes its standard output on, and adds up the closing lines in it. A program
/// that fails without counting a failure counts as one.
pub(crate) fn run_counting(command: &mut Command) -> Result<Tally> {
    run_reading(command, |_| ())
}

/// The same, and shows every line to `reader`.
pub(crate) fn run_reading(command: &mut Command, mut reader: impl FnMut(&str)) -> Result<Tally> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` did not start", shown(command)))?;
    let pipe = child
        .stdout
        .take()
        .context("the program's output was not piped")?;
    let mut tally = count(BufReader::new(pipe), |line| {
        result_line(line);
        reader(line);
    })?;
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        say(&format!("`{}` ended with {status}", shown(command)));
        tally.failed = 1;
    }
    Ok(tally)
}

/// Adds up the closing lines in what a program prints, and passes every line on.
fn count(output: impl BufRead, mut pass_on: impl FnMut(&str)) -> Result<Tally> {
    let mut tally = Tally::default();
    for line in output.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        pass_on(&line);
        tally += Tally::read(line.trim_end()).unwrap_or_default();
    }
    Ok(tally)
}

/// Looks again and again until `done` has an answer, for at most `patience`.
pub(crate) fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut done: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = done()? {
            return Ok(answer);
        }
        if start.elapsed() > patience {
            bail!("{what} did not happen within {} s", patience.as_secs());
        }
        std::thread::sleep(GLANCE);
    }
}

/// A server that ends when we do, also when we are killed: the kernel sends it `signal` then.
/// Without `setpriv` (it is part of util-linux) only its owner's `Drop` ends it.
pub(crate) fn tied(program: &Path, signal: &str) -> Command {
    let Some(setpriv) = find("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", signal, "--"]).arg(program);
    command
}

/// Sends a signal to a process that we started.
pub(crate) fn signal(pid: u32, name: &str) -> Result<()> {
    capture(
        Command::new("kill")
            .arg(format!("-{name}"))
            .arg(pid.to_string()),
    )
    .map(drop)
}

/// Finds a program on PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = environment("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Makes sure that programs are there, with Debian's packages of those that are missing.
pub(crate) fn ensure_installed(programs: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> = programs
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|&(_, package)| package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!("installing {}", missing.join(", ")));
    let install = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
            .args(["install", "--yes", "--quiet", "--no-install-recommends"])
            .args(&missing);
        command.stdout(Stdio::null());
        run(&mut command)
    };
    // The list of packages may be empty or old: only then is it fetched.
    install()
        .or_else(|_| {
            run(Command::new("apt-get")
                .args(["update", "--quiet"])
                .stdout(Stdio::null()))?;
            install()
        })
        .with_context(|| format!("please install {}", missing.join(", ")))
}

/// A command as a reader would type it, without its environment.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_without_counting_counts_as_one_failure() {
        let tally = run_counting(Command::new("sh").args(["-c", "exit 3"]));
        assert_eq!(
            tally.unwrap(),
            Tally {
                passed: 0,
                failed: 1
            }
        );
    }

    #[test]
    fn several_closing_lines_are_added_up() {
        let output = "2 passed, 0 failed\nnoise\n1 passed, 4 failed\n";
        let tally = count(output.as_bytes(), |_| ()).unwrap();
        assert_eq!(
            tally,
            Tally {
                passed: 3,
                failed: 4
            }
        );
    }

    #[test]
    fn a_failing_program_is_named_with_its_complaint() {
        let error = capture(Command::new("sh").args(["-c", "echo no such luck >&2; exit 1"]));
        let text = error.unwrap_err().to_string();
        assert!(
            text.contains("no such luck") && text.contains("sh -c"),
            "{text}"
        );
    }

    #[test]
    fn a_tied_program_keeps_its_arguments() {
        let said = capture(tied(Path::new("echo"), "TERM").args(["--", "two words"]));
        assert_eq!(said.unwrap(), "-- two words\n");
    }

    #[test]
    fn waiting_for_what_never_happens_ends() {
        let never = wait_for("the impossible", Duration::ZERO, || Ok(None::<()>));
        assert!(never.unwrap_err().to_string().contains("the impossible"));
    }
}
