//! One connection to the server, and the requests of the tests on it.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// An HTTP/1.1 connection.
pub(super) struct Client {
    sender: SendRequest<Full<Bytes>>,
    authorization: String,
    /// Drives the connection; ends with this.
    _driver: JoinSet<()>,
}

/// An answer; `request_id` is the server's own.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) request_id: String,
    pub(super) body: Bytes,
}

impl Client {
    /// `None` if the server is gone.
    pub(super) async fn connect(address: SocketAddr, token: &str) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        let mut driver = JoinSet::new();
        driver.spawn(async {
            // A server that was killed is no failure of the connection.
            drop(connection.await);
        });
        Some(Self {
            sender,
            authorization: format!("token {token}"),
            _driver: driver,
        })
    }

    /// `None` if no whole answer came: the server is gone.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: String,
    ) -> Option<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("user-agent", "soak")
            .header("authorization", &self.authorization)
            .body(Full::from(body))
            .expect("a request");
        self.sender.ready().await.ok()?;
        let response = self.sender.send_request(request).await.ok()?;
        let (parts, body) = response.into_parts();
        let request_id = parts
            .headers
            .get("x-github-request-id")
            .expect("a request id");
        let request_id = request_id.to_str().expect("a text").to_owned();
        // The status is the acknowledgement, whether or not the rest arrives.
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        Some(Answer {
            status: parts.status,
            request_id,
            body: body.unwrap_or_default(),
        })
    }

    /// A request that must succeed, and the JSON of its answer.
    pub(super) async fn expect(
        &mut self,
        method: Method,
        path: &str,
        body: &str,
    ) -> serde_json::Value {
        let answer = self
            .send(method, path, body.to_owned())
            .await
            .expect("an answer");
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        serde_json::from_slice(&answer.body).expect("JSON")
    }
}
