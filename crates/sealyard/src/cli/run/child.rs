//! The command: started with its secrets, its output masked as it comes, its end ours.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::future::join;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::super::Failure;
use super::say::say;
use super::signals::Signals;
use crate::mask::stream::{Masker, Needles};

/// Credentials of ours, which no command gets to see.
const OURS: [&str; 3] = [
    "SEALYARD_TOKEN",
    "SEALYARD_TICKET",
    "SEALYARD_REGISTRATION_TOKEN",
];
/// The exit codes of shells for a command that is not there, and for one that cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;
/// How much of its output is read at once: as much as a pipe holds.
const BUFFER: usize = 64 * 1024;
/// What the command started may outlive it and hold its output. How long that is waited for, and
/// how many bytes are passed on after that: what a pipe can hold at most, `pipe-max-size`. And
/// whoever reads our output may not read it; they are waited for as long once more.
const GRACE: Duration = Duration::from_secs(2);
const LATE_MAX: usize = 1024 * 1024;

/// What to run, and how.
pub(super) struct Run<'a> {
    /// The program and its arguments; never empty.
    pub(super) line: &'a [OsString],
    /// What it gets as variables.
    pub(super) secrets: &'a [(&'a str, &'a [u8])],
    /// Where it finds them as files.
    pub(super) files: Option<&'a Path>,
    /// What its output must not show.
    pub(super) needles: &'a Needles,
}

/// How it ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Whether a signal came meanwhile that asks a program to end.
    pub(super) interrupted: bool,
}

/// Whether a variable of ours is kept from commands.
pub(super) fn is_kept_back(name: &OsStr) -> bool {
    OURS.iter().any(|ours| name == *ours)
}

/// Runs a command to its end.
pub(super) async fn run(what: &Run<'_>, signals: &mut Signals) -> Result<Ended, Failure> {
    let mut child = start(what)?;
    let masker = || Masker::new(what.needles);
    let out = child.stdout.take().map(|pipe| Pump::new(pipe, masker()));
    let err = child.stderr.take().map(|pipe| Pump::new(pipe, masker()));
    let (over, is_over) = watch::channel(false);
    let also_over = is_over.clone();
    let pumps = join(
        async move {
            match out {
                Some(pump) => pump.run(tokio::io::stdout(), is_over).await,
                None => true,
            }
        },
        async move {
            match err {
                Some(pump) => pump.run(tokio::io::stderr(), also_over).await,
                None => true,
            }
        },
    );
    let mut pumps = Box::pin(pumps);
    let mut done = None;
    let mut interrupted = false;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            both = &mut pumps, if done.is_none() => done = Some(both),
            signal = signals.next() => {
                interrupted |= signal.asks_to_end();
                if let Some(id) = child.id() {
                    signal.pass_on(id);
                }
            }
        }
    };
    let status = status.map_err(|error| {
        Failure::unavailable(format!("cannot tell how the command ended: {error}"))
    })?;
    let both = match done {
        Some(both) => Some(both),
        None => last_output(pumps, &over, signals, interrupted).await,
    };
    match both {
        Some((true, true)) => {}
        Some(_) => say(
            "warning: something that the command left running still holds its output; what it \
             writes from now on is not passed on",
        ),
        None => say("warning: nobody reads the last of the command's output; it is lost"),
    }
    Ok(Ended {
        status,
        interrupted,
    })
}

/// What was written before the end is read to its end; of what is written afterwards, a little.
///
/// Whoever reads it may be slow. Only where a signal has asked for the end is it given up if nobody
/// takes it: `None`.
async fn last_output(
    mut pumps: impl Future<Output = (bool, bool)> + Unpin,
    over: &watch::Sender<bool>,
    signals: &mut Signals,
    mut interrupted: bool,
) -> Option<(bool, bool)> {
    tokio::select! {
        both = &mut pumps => return Some(both),
        () = sleep(GRACE) => {}
        _ = signals.ending() => interrupted = true,
    }
    over.send_replace(true);
    tokio::select! {
        biased;
        both = &mut pumps => Some(both),
        () = sleep(GRACE), if interrupted => None,
        _ = signals.ending() => None,
    }
}

fn start(what: &Run<'_>) -> Result<Child, Failure> {
    let (program, arguments) = what
        .line
        .split_first()
        .ok_or_else(|| Failure::usage("no command"))?;
    let mut command = Command::new(program);
    command.args(arguments);
    for ours in OURS {
        command.env_remove(ours);
    }
    if let Some(files) = what.files {
        command.env("SEALYARD_FILES", files);
    }
    for (name, value) in what.secrets {
        command.env(name, OsStr::from_bytes(value));
    }
    // Without a pipe a command sees the terminal, if there is one, and nothing comes between.
    if !what.needles.is_empty() {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    command
        .spawn()
        .map_err(|error| not_started(program, &error))
}

fn not_started(program: &OsStr, error: &io::Error) -> Failure {
    let program = program.display();
    if error.kind() == ErrorKind::NotFound {
        return Failure {
            code: NOT_FOUND,
            message: format!("{program}: command not found"),
        };
    }
    // Counted before; this is a system that takes less than it says.
    if error.kind() == ErrorKind::ArgumentListTooLong {
        return Failure::usage(
            "the system takes no environment of this size; use --files, or --only those that are \
             needed",
        );
    }
    Failure {
        code: NOT_RUN,
        message: format!("{program}: cannot be run: {error}"),
    }
}

/// One stream of output on its way through a masker.
struct Pump<S> {
    source: S,
    masker: Masker,
}

impl<S: AsyncRead + Unpin> Pump<S> {
    fn new(source: S, masker: Masker) -> Self {
        Self { source, masker }
    }

    /// Passes on what comes, as soon as it is safe, until the end of the stream. Once `over`, only
    /// what is there already. Whether the end was reached.
    async fn run(
        mut self,
        mut sink: impl AsyncWrite + Unpin,
        mut over: watch::Receiver<bool>,
    ) -> bool {
        let mut buffer = Zeroizing::new(vec![0; BUFFER]);
        let mut masked = Zeroizing::new(Vec::new());
        let mut late = 0;
        let whole = loop {
            let read = tokio::select! {
                biased;
                read = self.source.read(&mut buffer) => read,
                _ = over.wait_for(|over| *over) => break false,
            };
            let Some(read) = read.ok().and_then(|len| buffer.get(..len)) else {
                break true;
            };
            if read.is_empty() {
                break true;
            }
            if *over.borrow() {
                late += read.len();
            }
            if late > LATE_MAX {
                break false;
            }
            masked.clear();
            self.masker.push(read, &mut masked);
            if pass(&mut sink, &masked).await.is_err() {
                // Nobody listens. The source closes, and the command learns it as it would without
                // us: by SIGPIPE.
                return true;
            }
        };
        masked.clear();
        self.masker.finish(&mut masked);
        // Whether anybody listens to the last bytes changes nothing any more.
        drop(pass(&mut sink, &masked).await);
        whole
    }
}

async fn pass(sink: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    sink.write_all(bytes).await?;
    sink.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use signal_hook::consts::{SIGTERM, SIGUSR1};
    use tokio::io::duplex;

    #[tokio::test]
    async fn output_is_passed_on_as_it_comes_and_masked() {
        let needles = Needles::new(&[b"secret".as_slice()]);
        let (mut command, source) = duplex(64);
        let (sink, mut reader) = duplex(64);
        let (_over, is_over) = watch::channel(false);
        let pump = Pump::new(source, Masker::new(&needles));
        let command = async {
            let mut seen = [0; 4];
            command.write_all(b"ask?se").await.unwrap();
            // Comes although the line is not complete, and without what may become a secret.
            reader.read_exact(&mut seen).await.unwrap();
            assert_eq!(&seen, b"ask?");
            command.write_all(b"cret!").await.unwrap();
            reader.read_exact(&mut seen).await.unwrap();
            assert_eq!(&seen, b"***!");
            command.write_all(b"secre").await.unwrap();
            drop(command);
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).await.unwrap();
            assert_eq!(rest, b"secre");
        };
        let (whole, ()) = join(pump.run(sink, is_over), command).await;
        assert!(whole);
    }

    #[tokio::test]
    async fn a_stream_that_nobody_ends_is_left_when_it_is_over() {
        let needles = Needles::new(&[b"secret".as_slice()]);
        let (mut held, source) = duplex(64);
        let (sink, mut reader) = duplex(64);
        let (over, is_over) = watch::channel(false);
        held.write_all(b"last wordsec").await.unwrap();
        over.send_replace(true);
        let pump = Pump::new(source, Masker::new(&needles));
        assert!(!pump.run(sink, is_over).await);
        let mut said = Vec::new();
        reader.read_to_end(&mut said).await.unwrap();
        assert_eq!(said, b"last wordsec");
    }

    #[tokio::test]
    async fn a_stream_that_never_falls_silent_is_left_too() {
        let needles = Needles::new(&[b"secret".as_slice()]);
        let (over, is_over) = watch::channel(false);
        over.send_replace(true);
        let pump = Pump::new(tokio::io::repeat(b'y'), Masker::new(&needles));
        assert!(!pump.run(tokio::io::sink(), is_over).await);
    }

    #[tokio::test]
    async fn a_second_signal_gives_up_what_nobody_reads() {
        let (over, is_over) = watch::channel(false);
        let last = |sent: &[i32]| {
            let mut signals = Signals::sent(sent);
            let pumps = std::future::pending();
            last_output(pumps, &over, &mut signals, false).now_or_never()
        };
        assert_eq!(last(&[SIGUSR1, SIGUSR1]), None);
        assert!(!*is_over.borrow());
        assert_eq!(last(&[SIGTERM, SIGUSR1]), None);
        assert!(*is_over.borrow());
        assert_eq!(last(&[SIGTERM, SIGTERM]), Some(None));
    }

    #[tokio::test]
    async fn a_source_closes_when_nobody_listens() {
        let needles = Needles::new(&[b"secret".as_slice()]);
        let (mut command, source) = duplex(64);
        let (sink, reader) = duplex(64);
        drop(reader);
        let (_over, is_over) = watch::channel(false);
        command.write_all(b"hello").await.unwrap();
        let pump = Pump::new(source, Masker::new(&needles));
        assert!(pump.run(sink, is_over).await);
        let error = command.write_all(b"hello").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }
}
