//! Why a server did not do what it was asked, in sentences that say what to do.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use super::Server;

/// The longest message of a server that is shown, in characters.
const MESSAGE_MAX: usize = 1_000;

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody accepts connections there.
    #[error(
        "nobody answers at {server}: {why}; `sealyard serve` runs a server, --url or SEALYARD_URL \
         says where another one is"
    )]
    NobodyThere {
        /// Where.
        server: Server,
        /// What the system says.
        why: std::io::Error,
    },
    /// The way to the server could not be secured.
    #[error(
        "no secure connection to {server}: {why}; --ca-file or SEALYARD_CA_FILE names the file of \
         an authority to trust (local-ca.pem, where the server runs with --tls-local)"
    )]
    Insecure {
        /// Where.
        server: Server,
        /// What TLS says.
        why: std::io::Error,
    },
    /// A credential would cross the network in the clear.
    #[error(
        "refusing to send a credential to {server} over plain HTTP, where others on the network \
         could read it; use https://, or say --allow-plain-http"
    )]
    PlainHttp {
        /// Where.
        server: Server,
    },
    /// The file with the authorities to trust is not usable.
    #[error("{}: no certificate authority can be read from this file: {why}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The system has no certificate authorities.
    #[error("this system trusts no certificate authority; --ca-file names a file with one")]
    NoAuthorities,
    /// The credential has a character that no header can hold.
    #[error("the credential has characters that none of Sealyard's has; was it copied whole?")]
    Credential,
    /// It took too long.
    #[error("{server} did not answer within {} seconds; is it busy, or is a proxy in the way?", limit.as_secs())]
    TooSlow {
        /// Where.
        server: Server,
        /// How long was waited.
        limit: Duration,
    },
    /// The connection broke.
    #[error("the connection to {server} broke before the answer was there: {why}")]
    Broken {
        /// Where.
        server: Server,
        /// Why.
        why: String,
    },
    /// The answer is larger than any that was asked for.
    #[error("the answer of {server} is larger than {limit} bytes; is it a Sealyard server?")]
    TooLarge {
        /// Where.
        server: Server,
        /// What would have been taken.
        limit: usize,
    },
    /// The answer sends us somewhere else.
    #[error("{server} sends requests elsewhere; give --url the address of the server itself")]
    Redirected {
        /// Where.
        server: Server,
    },
    /// The answer is not one of ours.
    #[error("{server} does not answer as a Sealyard server does; is the address right?")]
    NotOurs {
        /// Where.
        server: Server,
    },
    /// The server said no.
    #[error("{}", refusal(*status, message.as_ref()))]
    Refused {
        /// How.
        status: StatusCode,
        /// Why, in its words.
        message: Option<Message>,
    },
}

impl Error {
    /// The status of a refusal.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::NobodyThere { .. }
            | Self::Insecure { .. }
            | Self::PlainHttp { .. }
            | Self::Authority { .. }
            | Self::NoAuthorities
            | Self::Credential
            | Self::TooSlow { .. }
            | Self::Broken { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::NotOurs { .. } => None,
        }
    }
}

/// What a server says of its refusal: one line, without what could steer a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(String);

impl Message {
    /// The `message` of an error's body, if that is one.
    pub(super) fn of_body(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            message: String,
        }
        let body: Body = serde_json::from_slice(body).ok()?;
        let line: String = body
            .message
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MESSAGE_MAX)
            .collect();
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = line.trim_end_matches(['.', ' ']);
        (!line.is_empty()).then(|| Self(line.to_owned()))
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sentence for a refusal.
fn refusal(status: StatusCode, message: Option<&Message>) -> String {
    let what_to_do = match status.as_u16() {
        401 => "; the credential is missing, mistyped, revoked or expired",
        403 => "; whoever this credential belongs to may not do that",
        404 => "; it is not there, or this credential may not see it",
        410 => "; it has been used, has ended or has expired: make a new one",
        429 => "; try again later",
        503 => "; the server is busy: try again in a moment",
        500.. => "; the server's log has the reason",
        _ => "",
    };
    match message {
        Some(message) => format!(
            "the server says: {message} ({}){what_to_do}",
            status.as_u16()
        ),
        None => format!("the server answers {status}{what_to_do}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_that_steers_no_terminal() {
        let body = br#"{"message":"Not\n\u001b[31mhere\u0007.","documentation_url":"x"}"#;
        let message = Message::of_body(body).expect("a message");
        assert_eq!(message.to_string(), "Not [31mhere");
        let long = format!("{{\"message\":\"{}\"}}", "é".repeat(5_000));
        let message = Message::of_body(long.as_bytes()).expect("a message");
        assert_eq!(message.to_string().chars().count(), MESSAGE_MAX);
    }

    #[test]
    fn what_has_no_message_is_told_by_its_status() {
        for body in [&b"<html>"[..], b"{}", b"", b"[]", br#"{"message":7}"#] {
            assert_eq!(Message::of_body(body), None);
        }
        let error = Error::Refused {
            status: StatusCode::BAD_GATEWAY,
            message: None,
        };
        assert_eq!(
            error.to_string(),
            "the server answers 502 Bad Gateway; the server's log has the reason"
        );
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let refused = |status, text: &str| {
            let body = format!("{{\"message\":\"{text}\"}}");
            Error::Refused {
                status,
                message: Message::of_body(body.as_bytes()),
            }
            .to_string()
        };
        assert_eq!(
            refused(StatusCode::UNAUTHORIZED, "Bad credentials"),
            "the server says: Bad credentials (401); the credential is missing, mistyped, \
             revoked or expired"
        );
        assert_eq!(
            refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Invalid request.\\n\\nNo."
            ),
            "the server says: Invalid request. No (422)"
        );
    }
}
