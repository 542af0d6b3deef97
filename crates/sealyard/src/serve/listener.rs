//! Sockets that accept connections: TCP ports and Unix sockets.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustix::fs::{Mode, fchmod};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixSocket, UnixStream};

use super::Tls;
use super::files::PRIVATE;
use crate::config::Listen;

/// Connections that wait to be accepted; the system may allow fewer.
const BACKLOG: u32 = 1024;

/// A socket that accepts connections. Dropping one for a Unix socket removes the socket's file.
#[derive(Debug)]
pub struct Bound {
    listener: Listener,
    tls: Option<Arc<Tls>>,
}

#[derive(Debug)]
enum Listener {
    Tcp {
        listener: TcpListener,
        address: SocketAddr,
    },
    Unix {
        listener: UnixListener,
        _file: SocketFile,
    },
}

/// A connection as it was accepted.
#[derive(Debug)]
pub(super) enum Accepted {
    Tcp {
        stream: TcpStream,
        from: IpAddr,
        tls: Option<Arc<Tls>>,
    },
    Unix {
        stream: UnixStream,
    },
}

/// Why nothing can be accepted at an address.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {listen}: {source}")]
pub struct BindError {
    /// The address.
    pub listen: Listen,
    /// What the system says; for a Unix socket also `AddrInUse` where a server answers, and
    /// `AlreadyExists` where the path is not a socket.
    pub source: io::Error,
}

/// Begins to accept connections at an address. `tls` is for TCP; a Unix socket never has it.
///
/// A Unix socket gets mode 0600. A socket file that nobody answers at is replaced, anything else
/// in its place is left alone and refused.
pub async fn bind(listen: &Listen, tls: Option<&Arc<Tls>>) -> Result<Bound, BindError> {
    let bound = match listen {
        Listen::Tcp { host, port } => bind_tcp(host, *port).await,
        Listen::Unix(path) => bind_unix(path).await,
    };
    let listener = bound.map_err(|source| BindError {
        listen: listen.clone(),
        source,
    })?;
    let tls = match &listener {
        Listener::Tcp { .. } => tls.cloned(),
        Listener::Unix { .. } => None,
    };
    Ok(Bound { listener, tls })
}

async fn bind_tcp(host: &str, port: u16) -> io::Result<Listener> {
    let listener = TcpListener::bind((host, port)).await?;
    let address = listener.local_addr()?;
    Ok(Listener::Tcp { listener, address })
}

async fn bind_unix(path: &Path) -> io::Result<Listener> {
    remove_stale(path).await?;
    let socket = UnixSocket::new_stream()?;
    // Linux gives the file the mode that its socket has; elsewhere this may fail, and the file is
    // closed to others only after it was made.
    let closed_early = fchmod(&socket, Mode::from_raw_mode(PRIVATE)).is_ok();
    socket.bind(path)?;
    let file = SocketFile::of(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(PRIVATE))?;
    tracing::debug!(path = %path.display(), closed_early, "made a socket");
    Ok(Listener::Unix {
        listener: socket.listen(BACKLOG)?,
        _file: file,
    })
}

/// Removes a socket that nobody answers at.
async fn remove_stale(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "the path is not a socket",
        ));
    }
    match UnixStream::connect(path).await {
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "another server answers there",
        )),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
    }
}

impl Bound {
    /// The address of a TCP listener, with the port that the system picked.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.listener {
            Listener::Tcp { address, .. } => Some(*address),
            Listener::Unix { .. } => None,
        }
    }

    /// The URL of a TCP listener as a client on this machine writes it, without a slash at the
    /// end: `http://127.0.0.1:8080`, or `https://localhost:8443` with TLS.
    pub fn url(&self) -> Option<String> {
        let address = self.local_addr()?;
        let port = address.port();
        if self.tls.is_some() {
            return Some(format!("https://localhost:{port}"));
        }
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
        };
        Some(format!("http://{}", SocketAddr::new(ip, port)))
    }

    pub(super) fn tls(&self) -> Option<&Arc<Tls>> {
        self.tls.as_ref()
    }

    /// Accepts a connection that waits, or has this task woken when there is one.
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        match &self.listener {
            Listener::Tcp { listener, .. } => {
                let (stream, from) = ready!(listener.poll_accept(cx))?;
                // Answers are written whole; waiting to fill a packet would only delay them.
                stream.set_nodelay(true)?;
                let tls = self.tls.clone();
                Poll::Ready(Ok(Accepted::Tcp {
                    stream,
                    from: from.ip().to_canonical(),
                    tls,
                }))
            }
            Listener::Unix { listener, .. } => {
                let (stream, _) = ready!(listener.poll_accept(cx))?;
                Poll::Ready(Ok(Accepted::Unix { stream }))
            }
        }
    }
}

/// The file of a Unix socket, removed when this is dropped if it is still ours.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            device_and_inode: device_and_inode(path)?,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours = device_and_inode(&self.path).is_ok_and(|id| id == self.device_and_inode);
        if ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the socket");
        }
    }
}

fn device_and_inode(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(dir: &tempfile::TempDir) -> (PathBuf, Listen) {
        let path = dir.path().join("s.sock");
        (path.clone(), Listen::Unix(path))
    }

    #[tokio::test]
    async fn a_socket_is_for_its_owner_and_goes_with_its_server() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (path, listen) = socket(&dir);
        let bound = bind(&listen, None).await.expect("bind");
        let mode = fs::metadata(&path)
            .expect("the socket is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(bound.url(), None);
        drop(bound);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_socket_that_answers_is_not_taken_over() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (path, listen) = socket(&dir);
        let first = bind(&listen, None).await.expect("bind");
        let error = bind(&listen, None)
            .await
            .expect_err("the first one answers");
        assert_eq!(error.source.kind(), io::ErrorKind::AddrInUse);
        assert!(path.exists());
        drop(first);
        bind(&listen, None).await.expect("the first one has gone");
    }

    #[tokio::test]
    async fn a_socket_that_nobody_answers_at_is_replaced() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (path, listen) = socket(&dir);
        drop(std::os::unix::net::UnixListener::bind(&path).expect("a server that crashes"));
        assert!(path.exists());
        bind(&listen, None).await.expect("bind");
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (path, listen) = socket(&dir);
        fs::write(&path, "precious").expect("write");
        let error = bind(&listen, None).await.expect_err("not a socket");
        assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("read"), b"precious");
    }

    #[tokio::test]
    async fn the_url_is_one_that_a_client_here_can_use() {
        for (listen, host) in [
            ("127.0.0.1:0", "127.0.0.1"),
            ("0.0.0.0:0", "127.0.0.1"),
            ("[::1]:0", "[::1]"),
        ] {
            let bound = bind(&listen.parse().expect(listen), None)
                .await
                .expect(listen);
            let port = bound.local_addr().expect("a TCP listener").port();
            assert_ne!(port, 0);
            assert_eq!(bound.url(), Some(format!("http://{host}:{port}")));
        }
    }
}
