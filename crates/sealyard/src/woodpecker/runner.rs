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

/// The largest answer, in bytes. Beside the values it holds every form of them that is to be masked,
/// all twice in base64: a third of this is what three hundred values of 48 KiB come to.
const ANSWER_MAX: usize = 512 * 1024 * 1024;

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
}

#[derive(Deserialize)]
struct Begun {
    id: i64,
    sealed_box: String,
}

/// What is inside the sealed box. The strings to mask are Woodpecker's to find out.
#[derive(Deserialize)]
struct Opened<'a> {
    job_id: i64,
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

    /// The secrets in a sealed box, if it is the one that was asked for.
    fn open(&self, begun: &Begun, repository: &str) -> Option<Vec<Secret>> {
        let sealed = SealedBox::from_base64(&begun.sealed_box).ok()?;
        let opened = self.keys.open(&sealed).ok()?;
        let opened: Opened<'_> = serde_json::from_slice(opened.expose()).ok()?;
        // A repository that was renamed is found by its old name too. Whoever has that name on the
        // forge today may be somebody else.
        let is_asked = opened.repository.eq_ignore_ascii_case(repository);
        (is_asked && opened.job_id == begun.id).then_some(())?;
        let secrets = opened.secrets.into_iter().map(|secret| {
            let value = Base64::decode_vec(&secret.value).ok()?;
            Some(Secret {
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
        };
        let begun: Begun = self.client.post(JOBS, &body, ANSWER_MAX).await?;
        let Some(secrets) = self.open(&begun, &repository) else {
            self.complete(begun.id, Conclusion::Failure).await;
            return Err(Refused::Denied(
                "Sealyard's answer is not for this runner's key and this repository; was the \
                 repository renamed?"
                    .to_owned(),
            ));
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
