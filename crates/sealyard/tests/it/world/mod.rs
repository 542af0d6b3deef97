//! A whole server with a clock that stands still, and people who may different things in it.
//!
//! | who | is |
//! |---|---|
//! | `admin` | site administrator, owner of `octo-org` |
//! | `owner` | owner of `octo-org` |
//! | `member` | member of `octo-org`, nothing more |
//! | `writer`, `reader` | collaborators of `octo-org/hello-world` |
//! | `stranger` | a user without any role |
//!
//! `octo-org` (private `hello-world` with environment `production`, public `public-repo`,
//! internal `internal-repo`), `other-org` (private `elsewhere`), and `owner/own`, private.

mod apps;
mod database;
mod reply;
mod seed;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use base64ct::{Base64, Encoding as _};
use http::{Method, Request};
use sealyard::app::{App, HIDDEN_AFTER, Shared, Wire};
use sealyard::clock::Clock;
use sealyard::http::profile::Profile;
use sealyard::http::rate_limit::RateLimits;
use sealyard::http::service::Service;
use sealyard::metrics::Metrics;
use sealyard::secrets::scope::Scope;
use sealyard::{router, setup};
use sealyard_sql::Engine;
use sealyard_vault::{PublicKey, RootKey};

pub(crate) use apps::{RS256, TestApp, TestKey};
pub(crate) use database::{engine, variable};
pub(crate) use reply::Reply;
pub(crate) use seed::{Person, token};

/// 2026-01-02T03:04:05Z
const NOW_MS: i64 = 1_767_323_045_000;

/// A server and its inhabitants.
pub(crate) struct World {
    pub(crate) app: Shared,
    service: Service,
    pub(crate) clock: Clock,
    pub(crate) admin: Person,
    pub(crate) owner: Person,
    pub(crate) member: Person,
    pub(crate) writer: Person,
    pub(crate) reader: Person,
    pub(crate) stranger: Person,
    _database: database::Scratch,
}

/// A caller's view of the world.
pub(crate) struct As<'a> {
    world: &'a World,
    token: Option<&'a str>,
    headers: Vec<(String, String)>,
}

impl World {
    /// The default profile.
    pub(crate) async fn new() -> Self {
        Self::with(Wire::default()).await
    }

    /// github.com's profile, without rate limits, which have tests of their own.
    pub(crate) async fn github_com() -> Self {
        let wire = Wire {
            profile: Profile::GithubCom,
            rate_limit: Some(false),
            ..Wire::default()
        };
        Self::with(wire).await
    }

    /// Other settings.
    pub(crate) async fn with(wire: Wire) -> Self {
        Self::build(wire, database::Scratch::new().await).await
    }

    /// The default profile on one engine, whichever `TEST_DATABASE` names.
    pub(crate) async fn on(engine: Engine) -> Self {
        Self::build(Wire::default(), database::Scratch::on(engine).await).await
    }

    async fn build(mut wire: Wire, scratch: database::Scratch) -> Self {
        // Tests ask for what is not there by the ten thousand; one of them sets a time of its own.
        if wire.hidden_after == HIDDEN_AFTER {
            wire.hidden_after = Duration::ZERO;
        }
        let clock = Clock::fixed(NOW_MS);
        let db = scratch.open().await;
        let keyring = setup::create(&db, RootKey::generate(), &clock)
            .await
            .expect("a new store");
        let app = Arc::new(App {
            db,
            keyring,
            clock: clock.clone(),
            wire,
            limits: RateLimits::default(),
            metrics: Metrics::default(),
        });
        let [admin, owner, member, writer, reader, stranger] = seed::people(&app).await;
        seed::places(&app).await;
        let service = Service::new(Arc::clone(&app), router::routes());
        Self {
            app,
            service,
            clock,
            admin,
            owner,
            member,
            writer,
            reader,
            stranger,
            _database: scratch,
        }
    }

    /// A caller with a token.
    pub(crate) fn r#as<'a>(&'a self, person: &'a Person) -> As<'a> {
        self.with_token(&person.token)
    }

    /// A caller with this token.
    pub(crate) fn with_token<'a>(&'a self, token: &'a str) -> As<'a> {
        As {
            world: self,
            token: Some(token),
            headers: Vec::new(),
        }
    }

    /// A caller without a credential.
    pub(crate) fn anonymous(&self) -> As<'_> {
        As {
            world: self,
            token: None,
            headers: Vec::new(),
        }
    }

    /// A request as it is, with nothing added. Its answer is not checked.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Reply {
        Reply::read(self.service.handle(request).await).await
    }

    /// `{"encrypted_value", "key_id"}` of a value, sealed to the key that `path` names
    /// (`/repos/o/r/actions/secrets`).
    pub(crate) async fn sealed(&self, path: &str, value: &[u8]) -> String {
        self.sealed_by(&self.owner.token, path, value).await
    }

    /// The same by somebody else, who may have the key.
    pub(crate) async fn sealed_by(&self, token: &str, path: &str, value: &[u8]) -> String {
        let key = self
            .with_token(token)
            .get(&format!("{path}/public-key"))
            .await
            .json();
        let public = PublicKey::from_base64(key["key"].as_str().expect("a key")).expect("a key");
        let encrypted = Base64::encode_string(&public.seal(value));
        let key_id = key["key_id"].as_str().expect("a key id");
        format!("{{\"encrypted_value\":\"{encrypted}\",\"key_id\":\"{key_id}\"}}")
    }

    /// The same for an organisation, with more members.
    pub(crate) async fn sealed_with(&self, path: &str, value: &[u8], more: &str) -> String {
        let body = self.sealed(path, value).await;
        format!("{},{more}}}", body.trim_end_matches('}'))
    }

    /// The value that is kept: only tests can see it.
    pub(crate) async fn reveal(&self, scope: &Scope, name: &str) -> Option<Vec<u8>> {
        const SQL: &str = "
            SELECT write_id, record FROM secret
            WHERE family = 1 AND scope_kind = $1 AND scope_id = $2 AND name = $3";
        let kind = i64::from(scope.key().kind.code());
        let mut read = self.app.db.read().await.expect("a read");
        let values = [kind.into(), scope.key().id.into(), name.into()];
        let row = read.query_opt(SQL, &values).await.expect("a query")?;
        let place = scope.value_place(row.get(0).expect("a write id"), name);
        let record: Vec<u8> = row.get(1).expect("a record");
        let value = self
            .app
            .keyring
            .unwrap(&place, &record)
            .expect("a record that opens");
        Some(value.expose().to_vec())
    }

    /// A change of the store that no route makes.
    pub(crate) async fn change(&self, sql: &'static str) {
        let mut tx = self.app.db.begin().await.expect("a write");
        tx.execute(sql, &[]).await.expect("a statement");
        tx.commit().await.expect("a commit");
    }

    /// Fills a scope (1 organisation, 2 repository, 3 environment) with `S_0001` and so on, whose
    /// values nobody can open.
    pub(crate) async fn fill(&self, kind: i64, id: i64, count: usize) {
        const SQL: &str = "
            INSERT INTO secret (family, scope_kind, scope_id, name, visibility, created_at,
                                updated_at, revision, write_id, record)
            VALUES (1, $1, $2, $3, $4, 1767323045, 1767323045, 1, $5, $5)";
        let visibility = (kind == 1).then_some("all");
        let mut tx = self.app.db.begin().await.expect("a write");
        for number in 1..=count {
            let name = format!("S_{number:04}");
            let values = [
                kind.into(),
                id.into(),
                (&name).into(),
                visibility.into(),
                (&[0; 16]).into(),
            ];
            tx.execute(SQL, &values).await.expect("a statement");
        }
        tx.commit().await.expect("a commit");
    }

    /// One number from the store.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut read = self.app.db.read().await.expect("a read");
        read.query_one(sql, &[])
            .await
            .expect("a query")
            .get(0)
            .expect("a number")
    }
}

impl As<'_> {
    /// The same with one more header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Vec::new()).await
    }

    pub(crate) async fn head(&self, path: &str) -> Reply {
        self.send(Method::HEAD, path, Vec::new()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, Vec::new()).await
    }

    pub(crate) async fn put(&self, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.send(Method::PUT, path, body.into()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.send(Method::POST, path, body.into()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.send(Method::PATCH, path, body.into()).await
    }

    /// Any request. Its answer is checked against the description.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Reply {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header("host", "localhost")
            .header("user-agent", "tests");
        if let Some(token) = self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let reply = self.world.raw(request).await;
        reply.check(&method, path);
        reply
    }
}
