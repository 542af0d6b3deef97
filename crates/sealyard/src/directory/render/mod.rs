//! Accounts, repositories and environments as GitHub's JSON: same members, same order.

mod account;
mod branch_policy;
mod collaborator;
mod environment;
mod repository;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};

use super::{AccountKind, Owner};
use crate::http::exchange::Exchange;
use crate::http::profile::Profile;
use crate::http::writer::Writer;

/// The addresses under which one client sees us; every `url` starts with one of them.
pub struct View {
    /// `https://host:port/api/v3`, or without the prefix.
    pub base: String,
    /// `https://host:port`.
    pub origin: String,
    /// Which GitHub we answer like.
    pub profile: Profile,
}

/// Kinds of things that have a `node_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A user.
    User,
    /// An organisation.
    Organization,
    /// A repository.
    Repository,
    /// An environment.
    Environment,
    /// A rule of an environment.
    Gate,
    /// A deployment branch policy.
    BranchPolicy,
    /// A GitHub App.
    App,
}

impl View {
    /// The view of this request's client.
    pub fn new(exchange: &Exchange, profile: Profile) -> Self {
        Self {
            base: exchange.base_url(),
            origin: exchange.origin().to_owned(),
            profile,
        }
    }

    /// The `node_id`: `010:Repository1` in base64 on an Enterprise Server 3.2; on github.com a
    /// prefix and a MessagePack array of 0 and the id.
    pub fn node_id(&self, node: Node, id: i64) -> String {
        let (name, prefix) = match node {
            Node::User => ("User", "U_"),
            Node::Organization => ("Organization", "O_"),
            Node::Repository => ("Repository", "R_"),
            Node::Environment => ("Environment", "EN_"),
            Node::Gate => ("Gate", "GA_"),
            // github.com never gave these the newer form: <https://github.com/github/rest-api-description/issues/3841>.
            Node::BranchPolicy => ("GateBranchPolicy", ""),
            Node::App => ("App", "A_"),
        };
        match (self.profile, node) {
            (Profile::Ghes32, _) | (_, Node::BranchPolicy) => {
                Base64::encode_string(format!("0{}:{name}{id}", name.len()).as_bytes())
            }
            (Profile::GithubCom, _) => {
                let id = u32::try_from(id).unwrap_or(u32::MAX).to_be_bytes();
                let packed = [&[0x92, 0x00, 0xce], id.as_slice()].concat();
                format!("{prefix}{}", Base64UrlUnpadded::encode_string(&packed))
            }
        }
    }

    /// The `node_id` of a user or organisation.
    pub fn account_node_id(&self, kind: AccountKind, id: i64) -> String {
        let node = match kind {
            AccountKind::User => Node::User,
            AccountKind::Organization => Node::Organization,
        };
        self.node_id(node, id)
    }

    /// A user or organisation as it stands inside other objects ("simple user").
    pub fn simple_user(&self, account: &Owner) -> String {
        let mut json = Writer::object(1_100);
        self.write_simple_user(&mut json, account);
        json.end()
    }

    /// The members of [`View::simple_user`], for objects that begin with them.
    pub fn write_simple_user(&self, json: &mut Writer, account: &Owner) {
        const URLS: [(&str, &str); 9] = [
            ("followers_url", "/followers"),
            ("following_url", "/following{/other_user}"),
            ("gists_url", "/gists{/gist_id}"),
            ("starred_url", "/starred{/owner}{/repo}"),
            ("subscriptions_url", "/subscriptions"),
            ("organizations_url", "/orgs"),
            ("repos_url", "/repos"),
            ("events_url", "/events{/privacy}"),
            ("received_events_url", "/received_events"),
        ];
        let id = account.id.0;
        let login = account.login.as_str();
        json.text("login", login)
            .number("id", id)
            .text("node_id", &self.account_node_id(account.kind, id))
            .text("avatar_url", &format!("{}/avatars/u/{id}?", self.origin))
            .text("gravatar_id", "")
            .joined("url", &[&self.base, "/users/", login])
            .joined("html_url", &[&self.origin, "/", login]);
        for (key, suffix) in URLS {
            json.joined(key, &[&self.base, "/users/", login, suffix]);
        }
        json.text("type", account.kind.as_str())
            .boolean("site_admin", account.site_admin);
    }

    /// An organisation as it stands in lists ("simple organization"): the first twelve members of
    /// the full one.
    pub fn write_simple_organization(
        &self,
        json: &mut Writer,
        id: i64,
        login: &str,
        description: Option<&str>,
    ) {
        const URLS: [(&str, &str); 7] = [
            ("url", ""),
            ("repos_url", "/repos"),
            ("events_url", "/events"),
            ("hooks_url", "/hooks"),
            ("issues_url", "/issues"),
            ("members_url", "/members{/member}"),
            ("public_members_url", "/public_members{/member}"),
        ];
        json.text("login", login)
            .number("id", id)
            .text("node_id", &self.node_id(Node::Organization, id));
        for (key, suffix) in URLS {
            json.joined(key, &[&self.base, "/orgs/", login, suffix]);
        }
        json.text("avatar_url", &format!("{}/avatars/u/{id}?", self.origin))
            .optional_text("description", description);
    }
}
