//! A small HTTP client, for the commands that ask a server for something: one connection for each
//! request, HTTP/1.1, over TCP with or without TLS or over a Unix socket.

mod args;
mod error;
mod runner_file;
mod server;
mod tls;

use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;
use zeroize::Zeroizing;

pub use args::ServerArgs;
pub use error::{Error, Message};
pub use runner_file::{DEFAULT as DEFAULT_RUNNER_FILE, Reserved, RunnerFile, RunnerFileError};
pub use server::{NotAServer, Server};

/// How long a connection with its TLS may take to be there.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take, all of it: a job's may be large.
const ANSWER: Duration = Duration::from_mins(1);
/// The largest answer of most routes, in bytes; they are a few hundred.
pub const ANSWER_MAX: usize = 1024 * 1024;
/// How often one request is sent somewhere else on the same server.
const REDIRECTS_MAX: usize = 3;

/// A server, and who asks it.
pub struct Client {
    server: Server,
    /// There for every server with TLS.
    tls: Option<TlsConnector>,
    authorization: Option<HeaderValue>,
}

/// An answer: anything but a redirect.
struct Reply {
    status: StatusCode,
    body: Bytes,
}

/// What a connection gave: an answer, or where to ask instead.
enum Answered {
    Finally(Reply),
    Elsewhere(HeaderValue),
}

impl Client {
    /// A client for a server. Its certificate is checked against the authorities in `ca_file`, or
    /// else against the system's.
    ///
    /// [`Error::PlainHttp`] if others could read what is sent there, unless that is allowed:
    /// whatever a client sends is secret, or names something that is.
    pub fn new(server: Server, ca_file: Option<&Path>, plain_http: bool) -> Result<Self, Error> {
        if !server.is_private() && !plain_http {
            return Err(Error::PlainHttp { server });
        }
        let tls = match &server {
            Server::Tcp { https: true, .. } => Some(tls::connector(ca_file)?),
            Server::Tcp { https: false, .. } | Server::Unix(_) => None,
        };
        Ok(Self {
            server,
            tls,
            authorization: None,
        })
    }

    /// The same, with a credential on every request. [`Error::Credential`] if it cannot be one.
    pub fn with_credential(mut self, credential: &str) -> Result<Self, Error> {
        let header = Zeroizing::new(format!("Bearer {credential}"));
        let mut header = HeaderValue::from_str(&header).map_err(|_| Error::Credential)?;
        // Out of `Debug`, and out of any table of HTTP/2.
        header.set_sensitive(true);
        self.authorization = Some(header);
        Ok(self)
    }

    /// Where it asks.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Posts JSON and reads JSON, of at most `limit` bytes.
    pub async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        limit: usize,
    ) -> Result<A, Error> {
        let answer = self.post_for_bytes(path, body, limit).await?;
        serde_json::from_slice(&answer).map_err(|_| self.not_ours())
    }

    /// Posts JSON, and takes whatever is answered.
    pub async fn post_for_nothing(&self, path: &str, body: &impl Serialize) -> Result<(), Error> {
        self.post_for_bytes(path, body, ANSWER_MAX).await.map(drop)
    }

    async fn post_for_bytes(
        &self,
        path: &str,
        body: &impl Serialize,
        limit: usize,
    ) -> Result<Bytes, Error> {
        let body = serde_json::to_vec(body).map_err(|error| self.broken(&error))?;
        let reply = self.send(&Method::POST, path, body.into(), limit).await?;
        if reply.status.is_success() {
            Ok(reply.body)
        } else {
            Err(Error::Refused {
                status: reply.status,
                message: Message::of_body(&reply.body),
            })
        }
    }

    /// Sends a request, and sends it again where a 307 or 308 of the same server says so: the two
    /// that keep the method, as GitHub uses them for what was renamed.
    async fn send(
        &self,
        method: &Method,
        path: &str,
        body: Bytes,
        limit: usize,
    ) -> Result<Reply, Error> {
        let mut path = path.to_owned();
        for _ in 0..=REDIRECTS_MAX {
            let request = self.request(method, &path, body.clone())?;
            match self.exchange(request, limit).await? {
                Answered::Finally(reply) => return Ok(reply),
                Answered::Elsewhere(location) => {
                    path = self.same_origin(&path, &location).ok_or_else(|| {
                        let server = self.server.clone();
                        Error::Redirected { server }
                    })?;
                }
            }
        }
        Err(Error::Redirected {
            server: self.server.clone(),
        })
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.server.authority())
            .header(USER_AGENT, concat!("sealyard/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json");
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request
            .body(Full::new(body))
            .map_err(|error| self.broken(&error))
    }

    /// The path that a `Location` means, if it is on this server.
    fn same_origin(&self, path: &str, location: &HeaderValue) -> Option<String> {
        // A socket has no URL of its own; its server takes itself for this one.
        let origin = match &self.server {
            Server::Tcp { .. } => self.server.to_string(),
            Server::Unix(_) => "http://localhost".to_owned(),
        };
        let base = Url::parse(&origin).ok()?.join(path).ok()?;
        let target = base.join(location.to_str().ok()?).ok()?;
        let same = target.origin() == base.origin();
        let query = target.query().map(|query| format!("?{query}"));
        same.then(|| format!("{}{}", target.path(), query.unwrap_or_default()))
    }

    /// Connects, asks, and reads the answer.
    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        limit: usize,
    ) -> Result<Answered, Error> {
        match &self.server {
            Server::Unix(path) => {
                let stream = self.in_time(UnixStream::connect(path)).await?;
                self.speak(stream, request, limit).await
            }
            Server::Tcp { host, port, .. } => {
                let stream = self
                    .in_time(TcpStream::connect((host.as_str(), *port)))
                    .await?;
                let Some(tls) = &self.tls else {
                    return self.speak(stream, request, limit).await;
                };
                let insecure = |why| Error::Insecure {
                    server: self.server.clone(),
                    why,
                };
                let name = ServerName::try_from(host.clone())
                    .map_err(|error| insecure(io::Error::other(error)))?;
                let handshake = timeout(CONNECT, tls.connect(name, stream)).await;
                let stream = handshake
                    .map_err(|_| self.too_slow(CONNECT))?
                    .map_err(insecure)?;
                self.speak(stream, request, limit).await
            }
        }
    }

    /// A connection, if it is there in time.
    async fn in_time<S>(
        &self,
        connecting: impl Future<Output = io::Result<S>>,
    ) -> Result<S, Error> {
        let connected = timeout(CONNECT, connecting).await;
        connected
            .map_err(|_| self.too_slow(CONNECT))?
            .map_err(|why| Error::NobodyThere {
                server: self.server.clone(),
                why,
            })
    }

    async fn speak<S>(
        &self,
        stream: S,
        request: Request<Full<Bytes>>,
        limit: usize,
    ) -> Result<Answered, Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| self.broken(&error))?;
        let mut exchange = Box::pin(async move {
            let response = sender.send_request(request).await;
            let response = response.map_err(|error| self.broken(&error))?;
            self.read(response, limit).await
        });
        let both = async {
            // The connection does the work. A server that closes it has answered before.
            tokio::select! {
                answered = &mut exchange => answered,
                _ = connection => exchange.await,
            }
        };
        timeout(ANSWER, both)
            .await
            .map_err(|_| self.too_slow(ANSWER))?
    }

    async fn read(&self, response: Response<Incoming>, limit: usize) -> Result<Answered, Error> {
        let status = response.status();
        if status.is_redirection() {
            let kept = [
                StatusCode::TEMPORARY_REDIRECT,
                StatusCode::PERMANENT_REDIRECT,
            ];
            let location = response.headers().get(LOCATION);
            return match location.filter(|_| kept.contains(&status)) {
                Some(location) => Ok(Answered::Elsewhere(location.clone())),
                None => Err(Error::Redirected {
                    server: self.server.clone(),
                }),
            };
        }
        let body = Limited::new(response.into_body(), limit).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Error::TooLarge {
                    server: self.server.clone(),
                    limit,
                }
            } else {
                self.broken(&error)
            }
        })?;
        Ok(Answered::Finally(Reply {
            status,
            body: body.to_bytes(),
        }))
    }

    fn not_ours(&self) -> Error {
        Error::NotOurs {
            server: self.server.clone(),
        }
    }

    fn too_slow(&self, limit: Duration) -> Error {
        Error::TooSlow {
            server: self.server.clone(),
            limit,
        }
    }

    fn broken(&self, why: &impl ToString) -> Error {
        Error::Broken {
            server: self.server.clone(),
            why: why.to_string(),
        }
    }
}
