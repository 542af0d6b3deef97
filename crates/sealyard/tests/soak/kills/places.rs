//! Where the secrets stand: an organisation, two repositories, two environments.

use std::net::SocketAddr;

use http::Method;
use sealyard_vault::{OwnerKind, PublicKey};
use serde_json::Value;

use super::client::Client;

pub(super) const ORGANIZATION: &str = "octo-org";
/// Few enough that writers meet.
pub(super) const NAMES: [&str; 4] = ["ALPHA", "BRAVO", "CHARLIE", "DELTA"];
const ENVIRONMENTS: [&str; 2] = ["production", "stage two"];

/// Something that secrets belong to, and the key that values for it are sealed to.
pub(super) struct Place {
    pub(super) kind: OwnerKind,
    /// As the store keys it.
    pub(super) id: i64,
    /// What records are bound to: organisation or repository, and environment or 0.
    pub(super) ids: (i64, i64),
    /// Only an environment's.
    pub(super) environment: Option<&'static str>,
    /// Below it, secrets by name.
    pub(super) path: String,
    pub(super) key_id: String,
    pub(super) key: PublicKey,
}

/// Everything, made over HTTP.
pub(super) struct Places {
    pub(super) all: Vec<Place>,
    /// What an organisation's secret can be selected for.
    pub(super) repositories: Vec<i64>,
}

impl Places {
    pub(super) async fn make(address: SocketAddr, token: &str) -> Self {
        let mut client = Client::connect(address, token).await.expect("a server");
        let body = format!(r#"{{"login":"{ORGANIZATION}","admin":"admin"}}"#);
        let made = client
            .expect(Method::POST, "/admin/organizations", &body)
            .await;
        let organization = id_of(&made);
        let mut places = Self {
            all: Vec::new(),
            repositories: Vec::new(),
        };
        let path = format!("/orgs/{ORGANIZATION}/actions/secrets");
        let ids = (organization, 0);
        places
            .add(
                &mut client,
                (OwnerKind::Organization, organization),
                ids,
                None,
                path,
            )
            .await;
        for name in ["one", "two", "three"] {
            let path = format!("/orgs/{ORGANIZATION}/repos");
            let body = format!(r#"{{"name":"{name}","private":true}}"#);
            let made = client.expect(Method::POST, &path, &body).await;
            places.repositories.push(id_of(&made));
        }
        let repositories = places.repositories.clone();
        for (id, name) in repositories.into_iter().zip(["one", "two"]) {
            let path = format!("/repos/{ORGANIZATION}/{name}/actions/secrets");
            places
                .add(
                    &mut client,
                    (OwnerKind::Repository, id),
                    (id, 0),
                    None,
                    path,
                )
                .await;
        }
        let repository = places.repositories.first().copied().expect("a repository");
        for name in ENVIRONMENTS {
            let path = name.replace(' ', "%20");
            let path = format!("/repos/{ORGANIZATION}/one/environments/{path}");
            let made = client.expect(Method::PUT, &path, "").await;
            let id = id_of(&made);
            let (kind, path) = (OwnerKind::Environment, format!("{path}/secrets"));
            places
                .add(&mut client, (kind, id), (repository, id), Some(name), path)
                .await;
        }
        places
    }

    async fn add(
        &mut self,
        client: &mut Client,
        (kind, id): (OwnerKind, i64),
        ids: (i64, i64),
        environment: Option<&'static str>,
        path: String,
    ) {
        let key = client
            .expect(Method::GET, &format!("{path}/public-key"), "")
            .await;
        let key_id = text(&key, "key_id").to_owned();
        let key = PublicKey::from_base64(text(&key, "key")).expect("a key");
        self.all.push(Place {
            kind,
            id,
            ids,
            environment,
            path,
            key_id,
            key,
        });
    }

    pub(super) fn position(&self, is_it: impl Fn(&Place) -> bool) -> Option<usize> {
        self.all.iter().position(is_it)
    }
}

fn id_of(made: &Value) -> i64 {
    made.get("id").and_then(Value::as_i64).expect("an id")
}

fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object.get(member).and_then(Value::as_str).expect("a text")
}
