//! The real server as a process: started, asked where it listens, stopped or killed.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long anything may take; only a failing test waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; dropping it kills it.
pub(crate) struct Server {
    child: Child,
    ready: Option<oneshot::Receiver<()>>,
    url_file: PathBuf,
}

impl Server {
    /// Starts what `command` says on this data directory, and does not wait for it.
    pub(crate) fn start(mut command: Command, data: &Path) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a server");
        let errors = child.stderr.take().expect("its standard error is piped");
        let (tell, ready) = oneshot::channel();
        std::thread::spawn(move || watch(errors, tell));
        Self {
            child,
            ready: Some(ready),
            url_file: data.join("serve.url"),
        }
    }

    /// Waits until it says that it serves; where.
    pub(crate) async fn ready(&mut self) -> SocketAddr {
        let ready = self.ready.take().expect("asked once");
        let told = timeout(PATIENCE, ready)
            .await
            .expect("the server starts in time");
        told.expect("the server starts");
        let url = std::fs::read_to_string(&self.url_file).expect("serve.url");
        let address = url.trim().strip_prefix("http://").expect("plain HTTP");
        address.parse().expect("an address")
    }

    /// Waits for it to be ready, but no longer than so.
    pub(crate) async fn ready_or(&mut self, limit: Duration) {
        let ready = self.ready.take().expect("asked once");
        drop(timeout(limit, ready).await);
    }

    /// `kill -9`, and waits until the kernel has taken it away.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("its end");
    }

    /// SIGTERM, and waits for its end; whether it left well.
    pub(crate) fn stop(mut self) -> bool {
        let id = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.expect("a process"), rustix::process::Signal::TERM)
            .expect("a process to stop");
        self.child.wait().expect("its end").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it is gone already, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads all that the server says, and tells when it says that it serves.
fn watch(errors: impl Read, tell: oneshot::Sender<()>) {
    let (mut tell, mut said) = (Some(tell), String::new());
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        if line.starts_with("Serving ") {
            // The test may have killed the server already, and no longer listen.
            let _: Option<Result<(), ()>> = tell.take().map(|tell| tell.send(()));
        }
        said.push_str(&line);
        said.push('\n');
    }
    if tell.is_some() && said.contains("rror") {
        drop(std::io::Write::write_all(
            &mut std::io::stderr(),
            said.as_bytes(),
        ));
    }
}
