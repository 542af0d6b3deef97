//! One keep-alive connection, and just enough HTTP/1.1 to ask and to find the end of the answer.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection to a server on this machine.
pub(crate) struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
    head: usize,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(16 * 1024),
            head: 0,
        })
    }

    /// Sends a whole request and reads the whole answer; its status.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.answer.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            self.fill().await?;
            if let Some(end) = find(&self.answer, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length = content_length(self.answer.get(..head).unwrap_or_default());
        while self.answer.len() < head + length {
            self.fill().await?;
        }
        self.head = head;
        // "HTTP/1.1 200 OK"
        let status = self.answer.get(9..12).unwrap_or_default();
        std::str::from_utf8(status)?
            .parse()
            .context("no status line")
    }

    /// Headers of the last answer, status line first.
    pub(crate) fn head(&self) -> &[u8] {
        self.answer.get(..self.head).unwrap_or_default()
    }

    /// Body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        self.answer.get(self.head..).unwrap_or_default()
    }

    async fn fill(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.answer).await?;
        anyhow::ensure!(read > 0, "the server closed the connection");
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// 0 where there is none, as on 204.
fn content_length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length:";
    head.split(|byte| *byte == b'\n')
        .find(|line| {
            line.get(..NAME.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(NAME))
        })
        .and_then(|line| {
            std::str::from_utf8(line.get(NAME.len()..)?)
                .ok()?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0)
}
