//! A repository whose jobs get 300 secrets, a runner of it, and what that asks.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sealyard_vault::{SealedBox, SealingKeyPair};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::ceilings::Page;
use crate::load::{self, Kept, Requests, Target};
use crate::parts::alphanumeric;
use crate::sample::Sample;
use crate::world::{self, Server, send_all};

/// Secrets of each scope: what GitHub lets a repository and an environment have, and what a job gets
/// of an organisation at most.
pub(crate) const SECRETS: usize = 100;

const TICKETS: &str = "/api/sealyard/v1/tickets";
const JOBS: &str = "/api/sealyard/v1/jobs";
const REGISTRATION: &str = "/repos/jobs/r/actions/runners/registration-token";
const ENVIRONMENT: &str = "/repos/jobs/r/environments/production";

/// What is asked about jobs.
pub(crate) struct Jobs {
    directory: PathBuf,
    credential: String,
    public_key: String,
    /// Jobs that a runner opens alone.
    pub(crate) alone: Kept,
    /// The same, with the strings to mask.
    pub(crate) masked: Kept,
    pub(crate) bare_alone: Kept,
    pub(crate) bare_masked: Kept,
    /// The answers to both, for the bare server.
    pub(crate) pages: [Page; 2],
    /// Tickets that wait, and the ids of their jobs.
    tickets: Option<(Kept, Vec<i64>)>,
}

#[derive(Deserialize)]
struct Registration {
    token: String,
}

#[derive(Deserialize)]
struct Runner {
    credential: String,
}

/// Makes the repository, its secrets and its runner, over the API.
pub(crate) async fn fill(directory: &Path, server: &Server) -> Result<Jobs> {
    let one = |path: &str, body: Value| {
        let (path, body) = (path.to_owned(), body.to_string());
        vec![Target { path, body }]
    };
    let organization = json!({"login": "jobs", "admin": "admin"});
    send_all(
        server,
        "POST",
        one("/admin/organizations", organization),
        201,
    )
    .await?;
    let repository = json!({"name": "r", "private": true});
    send_all(server, "POST", one("/orgs/jobs/repos", repository), 201).await?;
    send_all(server, "PUT", one(ENVIRONMENT, json!({})), 200).await?;
    let shared = r#","visibility":"all""#;
    secrets(server, "/orgs/jobs/actions/secrets/", "ORG", shared).await?;
    secrets(server, "/repos/jobs/r/actions/secrets/", "REPO", "").await?;
    secrets(server, &format!("{ENVIRONMENT}/secrets/"), "ENV", "").await?;
    let token = send_all(server, "POST", one(REGISTRATION, json!({})), 201).await?;
    let Registration { token } = only(&token)?;
    let keys = SealingKeyPair::generate();
    let public_key = keys.public().to_base64();
    let runner = json!({"token": token, "name": "bench", "public_key": public_key});
    let runner = one("/api/sealyard/v1/runners", runner);
    let Runner { credential } = only(&send_all(server, "POST", runner, 201).await?)?;
    keep(directory, server, &credential, &keys).await
}

/// The secrets of one scope, each with a value of its own; `more` is what the body of a PUT says besides.
async fn secrets(server: &Server, path: &str, prefix: &str, more: &str) -> Result<()> {
    let key = vec![Target {
        path: format!("{path}public-key"),
        body: String::new(),
    }];
    let keys = send_all(server, "GET", key, 200).await?;
    let (_, key) = keys.first().context("a key")?;
    let puts: Result<Vec<Target>> = (0..SECRETS)
        .map(|number| {
            Ok(Target {
                path: format!("{path}{prefix}_{number:02}"),
                body: world::sealed(key, &alphanumeric(), more)?,
            })
        })
        .collect();
    send_all(server, "PUT", puts?, 201).await?;
    Ok(())
}

/// Writes down what will be asked, and one answer of each kind for the bare server.
async fn keep(
    directory: &Path,
    server: &Server,
    credential: &str,
    keys: &SealingKeyPair,
) -> Result<Jobs> {
    let public_key = keys.public().to_base64();
    let requests = |path: &str, masks: bool| {
        let body = json!({
            "repository": "jobs/r", "environment": "production",
            "public_key": public_key, "masks": masks,
        });
        requests(credential, vec![(path.to_owned(), body)], false)
    };
    let (alone, masked) = (requests(JOBS, false), requests(JOBS, true));
    let pages = [
        world::page(server, "/job", &alone).await?,
        world::page(server, "/masked", &masked).await?,
    ];
    for page in &pages {
        check(page, keys)?;
    }
    let file = |name: &str| directory.join(name);
    Ok(Jobs {
        directory: directory.to_owned(),
        credential: credential.to_owned(),
        alone: alone.keep(&file("jobs.json"))?,
        masked: masked.keep(&file("masked.json"))?,
        bare_alone: requests("/job", false).keep(&file("bare-jobs.json"))?,
        bare_masked: requests("/masked", true).keep(&file("bare-masked.json"))?,
        pages,
        public_key,
        tickets: None,
    })
}

fn requests(credential: &str, asked: Vec<(String, Value)>, once: bool) -> Requests {
    let targets = asked.into_iter().map(|(path, body)| Target {
        path,
        body: body.to_string(),
    });
    Requests {
        method: "POST".to_owned(),
        token: credential.to_owned(),
        targets: targets.collect(),
        names: 0,
        once,
    }
}

/// Whether the box in an answer opens, and holds all secrets.
fn check(page: &Page, keys: &SealingKeyPair) -> Result<()> {
    #[derive(Deserialize)]
    struct Opened {
        sealed_box: String,
    }
    #[derive(Deserialize)]
    struct Bundle {
        secrets: Vec<Value>,
        masks: Option<Vec<String>>,
    }
    ensure!(page.status == 201, "a job is answered {}", page.status);
    let opened: Opened = serde_json::from_str(&page.body)?;
    let bundle = keys.open(&SealedBox::from_base64(&opened.sealed_box)?)?;
    let bundle: Bundle = serde_json::from_slice(bundle.expose())?;
    let given = bundle.secrets.len();
    let masks = bundle.masks.map(|masks| masks.len());
    ensure!(given == 3 * SECRETS, "a job got {given} secrets");
    ensure!(
        masks.is_none_or(|masks| masks > given),
        "a job got {masks:?} strings to mask"
    );
    Ok(())
}

impl Jobs {
    /// Makes tickets, to be redeemed once each.
    pub(crate) async fn make_tickets(&mut self, server: &Server, count: usize) -> Result<()> {
        #[derive(Deserialize)]
        struct Made {
            id: i64,
            ticket: String,
        }
        let claims = json!({
            "repository": "jobs/r", "environment": "production", "ref": "refs/heads/main",
        });
        let claims = (0..count).map(|_| Target {
            path: TICKETS.to_owned(),
            body: claims.to_string(),
        });
        let (mut asked, mut ids) = (Vec::new(), Vec::new());
        for (_, made) in send_all(server, "POST", claims.collect(), 201).await? {
            let Made { id, ticket } = serde_json::from_slice(&made)?;
            let body = json!({"ticket": ticket, "public_key": self.public_key, "masks": false});
            asked.push((JOBS.to_owned(), body));
            ids.push(id);
        }
        let requests = requests(&self.credential, asked, true);
        let kept = requests.keep(&self.directory.join("tickets.json"))?;
        self.tickets = Some((kept, ids));
        Ok(())
    }

    /// Redeems them over one connection, until the round is over or none is left.
    pub(crate) fn redeem(&self, server: &Server, round: Duration) -> Result<Sample> {
        let (tickets, _) = self.tickets.as_ref().context("no tickets")?;
        load::ask(server, tickets, 1, round, 201)
    }

    /// Ends their jobs, so that the copies of records are deleted.
    pub(crate) async fn end(&mut self, server: &Server) -> Result<()> {
        let (_, ids) = self.tickets.take().context("no tickets")?;
        let ends = ids.into_iter().map(|id| Target {
            path: format!("{JOBS}/{id}/complete"),
            body: r#"{"conclusion":"success"}"#.to_owned(),
        });
        send_all(server, "POST", ends.collect(), 204).await?;
        Ok(())
    }
}

/// The one answer there is.
fn only<T: DeserializeOwned>(bodies: &[(usize, Vec<u8>)]) -> Result<T> {
    let (_, body) = bodies.first().context("one answer")?;
    Ok(serde_json::from_slice(body)?)
}
