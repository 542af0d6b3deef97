//! The job that the server opens: asked for, waited for, unsealed, and completed.

use std::fmt;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use http::StatusCode;
use sealyard_vault::SealedBox;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::super::Failure;
use super::caller::Caller;
use super::say::say;
use super::signals::{Received, Signals};
use crate::client::{Client, Error};
use crate::secrets::name::SecretName;

/// Where jobs are opened.
const JOBS: &str = "/api/sealyard/v1/jobs";
/// How long to wait before asking again for a job that is not to start yet.
const AGAIN: Duration = Duration::from_secs(2);
/// How long the end of a job may take to be noted: somebody waits for their prompt.
const COMPLETE: Duration = Duration::from_secs(10);
/// The largest answer, in bytes. Three hundred values of the largest size that can be set, 256 KiB,
/// are 140 MB in base64 twice: once in the box, and once the box itself.
const ANSWER_MAX: usize = 256 * 1024 * 1024;

/// `POST /api/sealyard/v1/jobs`
#[derive(Serialize)]
pub(super) struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ticket: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) only: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeout_minutes: Option<u16>,
    pub(super) public_key: String,
    /// Whether the box is to list the strings to mask. We make them of the values, which is quicker
    /// than to have them sent, and knows no limit.
    pub(super) masks: bool,
}

/// Its answer.
#[derive(Deserialize)]
struct Started {
    id: i64,
    sealed_box: String,
}

/// What is in the sealed box.
#[derive(Deserialize)]
pub(super) struct Delivery {
    pub(super) repository: String,
    pub(super) environment: Option<String>,
    pub(super) secrets: Vec<Secret>,
}

/// A secret as it was delivered.
#[derive(Deserialize)]
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) value: Bytes,
}

/// Bytes that came as base64, wiped on drop.
pub(super) struct Bytes(pub(super) Zeroizing<Vec<u8>>);

/// How asking for a job ended.
pub(super) enum Opened {
    /// It runs.
    Job {
        /// Its id.
        id: i64,
        /// What it gets; an error if that cannot be read.
        delivery: Result<Delivery, Failure>,
    },
    /// A signal came first. The id is known if there is a job.
    Interrupted {
        /// What came.
        by: Received,
        /// The job's id.
        id: Option<i64>,
    },
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Conclusion {
    Success,
    Failure,
    Cancelled,
}

#[derive(Serialize)]
struct Completion {
    conclusion: Conclusion,
}

/// Asks for a job until it starts, is refused, or a signal comes. `ticket_id` is that of a ticket
/// of our own.
pub(super) async fn open(
    caller: &Caller,
    request: &Request<'_>,
    ticket_id: Option<i64>,
    signals: &mut Signals,
) -> Result<Opened, Failure> {
    let mut told = false;
    loop {
        let mut asking = Box::pin(caller.client.post::<Started>(JOBS, request, ANSWER_MAX));
        let (answer, interrupted) = tokio::select! {
            answer = &mut asking => (answer, None),
            by = signals.ending() => tokio::select! {
                // The job may have been opened: it is not left behind, unless there is no patience.
                answer = &mut asking => (answer, Some(by)),
                by = signals.ending() => return Ok(Opened::Interrupted { by, id: ticket_id }),
            },
        };
        let refused = match (answer, interrupted) {
            (Ok(started), None) => {
                let delivery = unseal(caller, &started.sealed_box);
                let id = started.id;
                return Ok(Opened::Job { id, delivery });
            }
            (Ok(started), Some(by)) => {
                let id = Some(started.id);
                return Ok(Opened::Interrupted { by, id });
            }
            (Err(_), Some(by)) => return Ok(Opened::Interrupted { by, id: ticket_id }),
            (Err(refused), None) => refused,
        };
        if refused.status() != Some(StatusCode::CONFLICT) {
            return Err(refused.into());
        }
        if !told {
            say(&waiting(&refused, ticket_id));
            told = true;
        }
        tokio::select! {
            () = sleep(AGAIN) => {}
            by = signals.ending() => return Ok(Opened::Interrupted { by, id: ticket_id }),
        }
    }
}

/// What is said, once, of a job that does not start yet.
fn waiting(refused: &Error, ticket_id: Option<i64>) -> String {
    let id = ticket_id.map_or_else(|| "ID".to_owned(), |id| id.to_string());
    format!(
        "Waiting: {refused}. If a reviewer is to approve it, `sealyard ticket approve {id}` does. \
         Asking again every {} seconds; Ctrl-C gives up.",
        AGAIN.as_secs()
    )
}

/// Opens the sealed box and reads what is in it.
fn unseal(caller: &Caller, sealed: &str) -> Result<Delivery, Failure> {
    let not_ours = || {
        Failure::unavailable(
            "what the server delivered cannot be read; is the server newer than this program?",
        )
    };
    let sealed = SealedBox::from_base64(sealed).map_err(|_| not_ours())?;
    let opened = caller.keys.open(&sealed).map_err(|_| {
        Failure::configuration(
            "what the server delivered is sealed for another key; a runner that was registered \
             anew needs its new file",
        )
    })?;
    let delivery: Delivery = serde_json::from_slice(opened.expose()).map_err(|_| not_ours())?;
    // Names become variables and files: no other form may ever get there.
    let named = |name: &str| SecretName::parse(name).is_ok_and(|parsed| parsed.as_str() == name);
    if delivery.secrets.iter().all(|secret| named(&secret.name)) {
        Ok(delivery)
    } else {
        Err(not_ours())
    }
}

/// Tells the server how a job ended. That it cannot be told is a warning: the lease ends it, too.
pub(super) async fn complete(client: &Client, id: i64, conclusion: Conclusion) {
    let path = format!("{JOBS}/{id}/complete");
    let completion = Completion { conclusion };
    let told = timeout(COMPLETE, client.post_for_nothing(&path, &completion)).await;
    let why = match told {
        Ok(Ok(())) => return,
        Ok(Err(error)) if error.status() == Some(StatusCode::GONE) => {
            "the server had ended it already".to_owned()
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the server does not answer".to_owned(),
    };
    say(&format!(
        "warning: the end of job {id} was not noted: {why}"
    ));
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bytes, E> {
                let decoded = Base64::decode_vec(text).map_err(|_| E::custom("not base64"))?;
                Ok(Bytes(Zeroizing::new(decoded)))
            }
        }

        // Straight from the text, without a copy of it.
        deserializer.deserialize_str(Text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Server;
    use sealyard_vault::SealingKeyPair;

    fn caller() -> Caller {
        let server = Server::Unix("/nowhere".into());
        Caller {
            client: Client::new(server, None, false).unwrap(),
            keys: SealingKeyPair::generate(),
            is_runner: false,
        }
    }

    fn sealed(caller: &Caller, text: &str) -> String {
        Base64::encode_string(&caller.keys.public().seal(text.as_bytes()))
    }

    fn unsealed(text: &str) -> Result<Delivery, Failure> {
        let caller = caller();
        unseal(&caller, &sealed(&caller, text))
    }

    #[test]
    fn what_was_sealed_for_us_is_read() {
        let text = r#"{"job_id":7,"repository":"o/r","environment":null,"secrets":[
            {"name":"A","value":"AP8=","scope":"repository"},
            {"name":"B","value":"YWJjZA\u003d=","scope":"organization"}],"new":1}"#;
        let delivery = unsealed(text).ok().unwrap();
        assert_eq!(delivery.repository, "o/r");
        let values = delivery.secrets.iter();
        let values: Vec<_> = values
            .map(|s| (s.name.as_str(), s.value.0.as_slice()))
            .collect();
        assert_eq!(values, [("A", &[0, 255][..]), ("B", b"abcd")]);
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        for name in ["../x", "a", "A=B", "", "A\\u0000", "1A", "GITHUB_X", "A B"] {
            let text = format!(
                r#"{{"repository":"o/r","environment":null,"secrets":[{{"name":"{name}","value":""}}],"new":[]}}"#
            );
            assert!(unsealed(&text).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_sealed_for_another_key_says_so() {
        let failure = unseal(&caller(), &sealed(&caller(), "{}")).err().unwrap();
        assert!(failure.message.contains("another key"));
        let failure = unseal(&caller(), "AAAA").err().unwrap();
        assert!(failure.message.contains("cannot be read"));
    }

    #[test]
    fn a_value_that_is_no_base64_is_not_repeated() {
        let failure = unsealed(
            r#"{"repository":"o/r","environment":null,"secrets":[{"name":"A","value":"hunter2!"}],"new":[]}"#,
        );
        assert!(!failure.err().unwrap().message.contains("hunter2"));
    }
}
