//! A server with a tiny application, and clients that speak to it byte by byte.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use hyper::body::Frame;
use sealyard::serve::{Bound, Limits, Peer, Tls, bind, framing_ok, serve};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a test waits for what must happen; only a failing test waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A limit that no test reaches.
pub(crate) const NEVER: Duration = Duration::from_hours(1);

/// A limit that a test waits for.
pub(crate) const SOON: Duration = Duration::from_millis(150);

/// No limit is ever reached, but for the drain, which is over at once.
pub(crate) fn patient() -> Limits {
    Limits {
        connections: 100,
        handshake: NEVER,
        first_byte: NEVER,
        header_read: NEVER,
        keep_alive: NEVER,
        write_stall: NEVER,
        drain: NEVER,
    }
}

pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it happens in time")
}

/// What a test can do to the application, and see of it.
pub(crate) struct Levers {
    /// `/gated` answers when this was notified.
    pub(crate) gate: Notify,
    /// `/gated` and `/endless` say that they began.
    begun: mpsc::UnboundedSender<()>,
    /// `/endless` says that its answer was given up.
    ended: mpsc::UnboundedSender<()>,
}

pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) levers: Arc<Levers>,
    pub(crate) begun: mpsc::UnboundedReceiver<()>,
    pub(crate) ended: mpsc::UnboundedReceiver<()>,
    address: String,
    socket: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    server: JoinSet<()>,
}

impl World {
    pub(crate) async fn start(limits: Limits) -> Self {
        Self::start_with(limits, None).await
    }

    /// A server on a TCP port and on a Unix socket.
    pub(crate) async fn start_with(limits: Limits, tls: Option<&Arc<Tls>>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let socket = dir.path().join("s.sock");
        let tcp = bind(&"127.0.0.1:0".parse().expect("an address"), tls)
            .await
            .expect("bind");
        let unix = bind(
            &format!("unix:{}", socket.display())
                .parse()
                .expect("a path"),
            tls,
        )
        .await
        .expect("bind");
        let address = tcp.local_addr().expect("a TCP listener").to_string();
        let (has_begun, begun) = mpsc::unbounded_channel();
        let (has_ended, ended) = mpsc::unbounded_channel();
        let levers = Arc::new(Levers {
            gate: Notify::new(),
            begun: has_begun,
            ended: has_ended,
        });
        let (stop, stopping) = oneshot::channel();
        let mut server = JoinSet::new();
        server.spawn(run(
            application(levers.clone()),
            vec![tcp, unix],
            stopping,
            limits,
        ));
        Self {
            dir,
            levers,
            begun,
            ended,
            address,
            socket,
            stop: Some(stop),
            server,
        }
    }

    pub(crate) async fn tcp(&self) -> TcpStream {
        soon(TcpStream::connect(&self.address))
            .await
            .expect("the server accepts")
    }

    pub(crate) async fn try_tcp(&self) -> io::Result<TcpStream> {
        TcpStream::connect(&self.address).await
    }

    pub(crate) async fn unix(&self) -> UnixStream {
        soon(UnixStream::connect(&self.socket))
            .await
            .expect("the server accepts")
    }

    pub(crate) fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until `serve` has returned.
    pub(crate) async fn stopped(&mut self) {
        let ended = soon(self.server.join_next())
            .await
            .expect("there is a server");
        ended.expect("the server did not panic");
    }
}

async fn run(
    application: Router,
    bound: Vec<Bound>,
    stopping: oneshot::Receiver<()>,
    limits: Limits,
) {
    serve(application, bound, async { drop(stopping.await) }, limits).await;
}

fn application(levers: Arc<Levers>) -> Router {
    Router::new()
        .route("/", get("hello"))
        .route(
            "/peer",
            get(async |Extension(peer): Extension<Peer>| format!("{peer:?}")),
        )
        .route("/echo", post(async |body: Bytes| body))
        .route(
            "/gated",
            get(async |Extension(levers): Extension<Arc<Levers>>| {
                levers.begun.send(()).expect("the test is listening");
                levers.gate.notified().await;
                "late"
            }),
        )
        .route(
            "/endless",
            get(async |Extension(levers): Extension<Arc<Levers>>| {
                levers.begun.send(()).expect("the test is listening");
                Body::new(Endless(levers))
            }),
        )
        .layer(Extension(levers))
        .layer(from_fn(refuse_bad_framing))
}

async fn refuse_bad_framing(request: Request, next: Next) -> Response {
    if framing_ok(&request) {
        next.run(request).await
    } else {
        StatusCode::BAD_REQUEST.into_response()
    }
}

/// An answer that never ends.
struct Endless(Arc<Levers>);

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(vec![b'x'; 64 * 1024].into()))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        // A test that is over no longer listens.
        let _: Result<(), _> = self.0.ended.send(());
    }
}

/// Writes a request, reads until the server closes, and returns what it said.
pub(crate) async fn exchange<T>(stream: &mut T, request: &[u8]) -> String
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(request).await.expect("the server reads");
    read_to_end(stream).await
}

/// What the server still says before it closes. A reset counts as closing.
pub(crate) async fn read_to_end<T: AsyncRead + Unpin>(stream: &mut T) -> String {
    let mut answer = Vec::new();
    if let Err(error) = soon(stream.read_to_end(&mut answer)).await {
        // rustls insists on a farewell, which a peer that is cut off does not get.
        let is_closed = matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof
        );
        assert!(is_closed, "{error}");
    }
    String::from_utf8(answer).expect("UTF-8")
}

/// Reads one answer of the application to its end, and leaves the connection open.
pub(crate) async fn read_until<T: AsyncRead + Unpin>(stream: &mut T, end: &str) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(end.as_bytes()) {
        let byte = soon(stream.read_u8()).await.expect("the answer goes on");
        answer.push(byte);
    }
    String::from_utf8(answer).expect("UTF-8")
}
