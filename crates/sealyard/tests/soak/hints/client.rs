//! One connection, and requests on it that were written before. Nothing is allocated between the
//! first byte that is sent and the last one that is received.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The largest answer, with room to spare: a repository's JSON is 6 kB.
const ANSWER_MAX: usize = 64 * 1024;
/// Only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A kept-alive HTTP/1.1 connection.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer: how long it took, and what can be checked without slowing down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) nanoseconds: u64,
    pub(super) status: [u8; 3],
    /// Head and body, in bytes.
    pub(super) length: usize,
}

impl Connection {
    pub(super) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        Self {
            stream,
            buffer: vec![0; ANSWER_MAX],
        }
    }

    /// Sends a request and waits for the whole answer.
    pub(super) fn ask(&mut self, request: &[u8]) -> Answer {
        let begun = Instant::now();
        self.stream.write_all(request).expect("it is sent");
        let mut received = 0;
        loop {
            let room = self.buffer.get_mut(received..).expect("within the buffer");
            let count = self.stream.read(room).expect("an answer");
            // Taken before the answer is looked at.
            let elapsed = begun.elapsed();
            assert!(
                count > 0,
                "the server has hung up, or says more than {ANSWER_MAX} bytes"
            );
            received += count;
            let answer = self.buffer.get(..received).expect("within the buffer");
            if let Some(length) = length_of(answer) {
                assert!(received <= length, "an answer to nothing");
                if received == length {
                    let status = answer.get(9..12).and_then(|status| status.try_into().ok());
                    return Answer {
                        nanoseconds: elapsed.as_nanos().try_into().expect("not for ever"),
                        status: status.expect("a status"),
                        length,
                    };
                }
            }
        }
    }
}

/// The length of a whole answer, once its head is there.
fn length_of(answer: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    const FIELD: &[u8] = b"\r\ncontent-length: ";
    let find = |what: &[u8]| answer.windows(what.len()).position(|window| window == what);
    let head = find(END)? + END.len();
    let digits = answer.get(find(FIELD).expect("a length") + FIELD.len()..head)?;
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    Some(head + body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_it_says() {
        let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 12\r\nx: y\r\n\r\nHello, world";
        assert_eq!(length_of(answer), Some(answer.len()));
        assert_eq!(length_of(&answer[..60]), Some(answer.len()));
        assert_eq!(length_of(&answer[..40]), None);
    }
}
