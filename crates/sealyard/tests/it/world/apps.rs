//! Apps, their JWTs and the tokens of their installations.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaEncoding};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use sealyard::apps::key::{self, PublicKey};
use sealyard::apps::registration::{self, NewApp};
use sealyard::apps::{AppId, installation};
use sealyard::audit::Actor;
use sealyard::directory::Owner;
use sealyard::directory::store::account;
use sealyard::identity::permission::Permissions;

use super::World;

/// An app and the key that it signs with.
pub(crate) struct TestApp {
    pub(crate) id: i64,
    pub(crate) client_id: String,
    pub(crate) slug: String,
    pub(crate) key: &'static TestKey,
}

/// A key pair, both halves.
pub(crate) struct TestKey {
    pub(crate) public: PublicKey,
    pair: KeyPair,
}

impl TestKey {
    /// The key of every app, made once in a process: making one is slow.
    pub(crate) fn first() -> &'static Self {
        static KEY: OnceLock<TestKey> = OnceLock::new();
        KEY.get_or_init(Self::generate)
    }

    /// Another one.
    pub(crate) fn second() -> &'static Self {
        static KEY: OnceLock<TestKey> = OnceLock::new();
        KEY.get_or_init(Self::generate)
    }

    fn generate() -> Self {
        let (private, public) = key::generate().expect("a key");
        Self::of(private.reveal(), public)
    }

    /// A pair from the text that its owner was given.
    pub(crate) fn of(private: &str, public: PublicKey) -> Self {
        let base64: String = private
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let der = Base64::decode_vec(&base64).expect("base64");
        let pair = KeyPair::from_der(&der).expect("PKCS#1");
        Self { public, pair }
    }

    /// A JWT of header and claims as they are.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_as(&RSA_PKCS1_SHA256, header, claims)
    }

    /// The same with another signature algorithm.
    pub(crate) fn sign_as(
        &self,
        encoding: &'static dyn RsaEncoding,
        header: &str,
        claims: &str,
    ) -> String {
        let encode = |text: &[u8]| Base64UrlUnpadded::encode_string(text);
        let signed = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims.as_bytes())
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                encoding,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .expect("a signature");
        format!("{signed}.{}", encode(&signature))
    }
}

/// The header of a JWT that is well made.
pub(crate) const RS256: &str = r#"{"alg":"RS256","typ":"JWT"}"#;

impl TestApp {
    /// A JWT that is good now: a minute old, and good for nine more.
    pub(crate) fn jwt(&self, world: &World) -> String {
        let now = world.app.clock.now_s();
        let (iat, exp) = (now - 60, now + 540);
        self.key.sign(
            RS256,
            &format!(r#"{{"iat":{iat},"exp":{exp},"iss":"{}"}}"#, self.id),
        )
    }
}

impl World {
    /// An app of a user or organisation, `secrets=write,organization_secrets=read`, installed
    /// nowhere.
    pub(crate) async fn app(&self, owner: &str, permissions: &str) -> TestApp {
        let number = self.count("SELECT COUNT(*) FROM app").await + 1;
        let new = NewApp {
            owner: &self.account(owner).await,
            name: &format!("Test App {number}"),
            description: None,
            permissions: Permissions::parse(permissions).expect("permissions"),
        };
        let key = TestKey::first();
        let made = registration::create(&self.app, &Actor::operator(), &new, &key.public)
            .await
            .expect("an app");
        TestApp {
            id: made.id.0,
            client_id: made.client_id,
            slug: made.slug,
            key,
        }
    }

    /// Installs an app on an account, in these repositories or in all; the installation's id.
    pub(crate) async fn install(
        &self,
        app: &TestApp,
        account: &str,
        repositories: Option<&[&str]>,
    ) -> i64 {
        let account = self.account(account).await;
        let names: Option<Vec<String>> =
            repositories.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let actor = Actor::operator();
        installation::install(&self.app, &actor, AppId(app.id), &account, names.as_deref())
            .await
            .expect("an installation")
            .0
    }

    /// A token of an installation, narrowed by a body; `""` is the whole of it.
    pub(crate) async fn mint(&self, app: &TestApp, installation: i64, body: &str) -> String {
        let path = format!("/app/installations/{installation}/access_tokens");
        let reply = self.with_token(&app.jwt(self)).post(&path, body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["token"].as_str().expect("a token").to_owned()
    }

    /// A user or organisation.
    pub(crate) async fn account(&self, login: &str) -> Owner {
        let mut read = self.app.db.read().await.expect("a read");
        let found = account::by_login(&mut read, login).await.expect("a query");
        found.expect("an account").account
    }
}
