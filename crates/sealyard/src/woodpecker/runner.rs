//! Sealyard as a runner asks it: a job opened with the runner's credential, and its sealed box
//! opened with the runner's key.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};
use sealyard_vault::{Plaintext, SealedBox, SealingKeyPair};
use serde::{Deserialize, Serialize};

use super::{Conclusion, Job, Jobs, Refused, Repository, Secret};
use crate::client::{Client, Error};

/// Where jobs are opened.
const JOBS: &str = "/api/sealyard/v1/jobs";

/// The largest answer, in bytes. Three hundred values of the largest size that can be set, 256 KiB,
/// are 140 MB in base64 twice: once in the box, and once the box itself.
const ANSWER_MAX: usize = 256 * 1024 * 1024;

/// The shortest lease there is: the job ends when the answer is made.
const LEASE_MINUTES: u32 = 1;

/// A runner that opens jobs without tickets, for the repositories that it serves.
pub struct Runner {
    client: Client,
    keys: SealingKeyPair,
}

#[derive(Serialize)]
struct Begin<'a> {
    repository: String,
    public_key: &'a str,
    timeout_minutes: u32,
    /// Woodpecker finds out by itself what to mask.
    masks: bool,
}

#[derive(Deserialize)]
struct Begun {
    id: i64,
    sealed_box: String,
}

/// What is inside the sealed box.
#[derive(Deserialize)]
struct Opened<'a> {
    #[serde(borrow)]
    repository: Cow<'a, str>,
    #[serde(borrow)]
    secrets: Vec<OpenedSecret<'a>>,
}

#[derive(Deserialize)]
struct OpenedSecret<'a> {
    name: String,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

#[derive(Serialize)]
struct Complete {
    conclusion: &'static str,
}

impl Runner {
    /// A runner; the client knows its credential.
    pub fn new(client: Client, keys: SealingKeyPair) -> Self {
        Self { client, keys }
    }

    /// The secrets in a sealed box, if it is for this runner and repository; if not, why.
    fn open(&self, sealed: &str, repository: &str) -> Result<Vec<Secret>, &'static str> {
        const UNREADABLE: &str = "what Sealyard delivered cannot be read; is it newer than this?";
        let sealed = SealedBox::from_base64(sealed).map_err(|_| UNREADABLE)?;
        let opened = self.keys.open(&sealed).map_err(|_| {
            "what Sealyard delivered is sealed for another key; a runner that was registered anew \
             needs its new file"
        })?;
        let opened: Opened<'_> = serde_json::from_slice(opened.expose()).map_err(|_| UNREADABLE)?;
        // A repository that was renamed is found by its old name too. Whoever has that name on the
        // forge today may be somebody else.
        if !opened.repository.eq_ignore_ascii_case(repository) {
            return Err("Sealyard knows the repository by another name; it was renamed there");
        }
        let secrets = opened.secrets.into_iter().map(|secret| {
            let value = Base64::decode_vec(&secret.value).map_err(|_| UNREADABLE)?;
            Ok(Secret {
                name: secret.name,
                value: Plaintext::from(value),
            })
        });
        secrets.collect()
    }
}

impl Jobs for Runner {
    async fn begin(&self, repository: &Repository) -> Result<Job, Refused> {
        let repository = repository.to_string();
        let body = Begin {
            repository: repository.clone(),
            public_key: &self.keys.public().to_base64(),
            timeout_minutes: LEASE_MINUTES,
            masks: false,
        };
        let begun: Begun = self.client.post(JOBS, &body, ANSWER_MAX).await?;
        let secrets = match self.open(&begun.sealed_box, &repository) {
            Ok(secrets) => secrets,
            Err(why) => {
                self.complete(begun.id, Conclusion::Failure).await;
                return Err(Refused::Denied(why.to_owned()));
            }
        };
        Ok(Job {
            id: begun.id,
            secrets,
        })
    }

    async fn complete(&self, job: i64, conclusion: Conclusion) {
        let conclusion = match conclusion {
            Conclusion::Success => "success",
            Conclusion::Failure => "failure",
            Conclusion::Cancelled => "cancelled",
        };
        let path = format!("{JOBS}/{job}/complete");
        let body = Complete { conclusion };
        let completed = self.client.post_for_nothing(&path, &body).await;
        if let Err(error) = completed {
            tracing::warn!(job, %error, "the job stays open until its lease ends");
        }
    }
}

/// Asking again helps where a server or the way to it was the reason.
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let why = error.to_string();
        match &error {
            Error::Refused { status, .. } if status.is_server_error() => Self::Unavailable(why),
            Error::Refused { status, .. } if status.as_u16() == 429 => Self::Unavailable(why),
            Error::NobodyThere { .. } | Error::TooSlow { .. } | Error::Broken { .. } => {
                Self::Unavailable(why)
            }
            Error::Refused { .. }
            | Error::Insecure { .. }
            | Error::PlainHttp { .. }
            | Error::Authority { .. }
            | Error::NoAuthorities
            | Error::Credential
            | Error::TooLarge { .. }
            | Error::Redirected { .. }
            | Error::NotOurs { .. } => Self::Denied(why),
        }
    }
}
