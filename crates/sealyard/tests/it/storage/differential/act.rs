//! What a log of requests is made of, and how each is put on the wire.

use http::Method;

/// A repository in a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum RepoRef {
    Name(&'static str, &'static str),
    Id(i64),
}

/// An environment's name, and how a path spells it.
pub(super) type Env = (&'static str, &'static str);

/// What secrets belong to. The organisation is `octo-org`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Org,
    Repo(RepoRef),
    Env(RepoRef, Env),
}

/// What is wrong with a PUT of a secret, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    /// Not sealed to anybody's key.
    NoBox,
    /// Sealed well, to a key that is not named.
    UnknownKey,
    /// Without the key's name.
    Missing,
}

/// Who gets an organisation's secret, as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Audience {
    pub(super) visibility: &'static str,
    pub(super) ids: Vec<i64>,
}

/// One thing to ask for.
#[derive(Debug, Clone)]
pub(super) enum Act {
    PublicKey(Place),
    List(Place, &'static str),
    Get(Place, &'static str),
    Put { place: Place, name: &'static str, value: usize, flaw: Flaw, to: Option<Audience> },
    Delete(Place, &'static str),
    ListSelected(&'static str, &'static str),
    SetSelected(&'static str, Vec<i64>),
    Select(&'static str, i64),
    Unselect(&'static str, i64),
    ListShared(RepoRef, &'static str),
    MakeRepo { owner: &'static str, name: &'static str, visibility: &'static str },
    ChangeRepo { repo: RepoRef, name: Option<&'static str>, visibility: Option<&'static str> },
    DropRepo(RepoRef),
    ShowRepo(RepoRef),
    PutEnv(RepoRef, Env, usize),
    DropEnv(RepoRef, Env),
    ListEnvs(RepoRef),
    /// Anything that changes no secret, repository or environment.
    Other(Method, String, &'static str),
}

/// A request, still without a key to seal to.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Body,
}

pub(super) enum Body {
    Text(String),
    /// A value for the key of a place; then the rest of the JSON object, with a comma before it.
    Sealed { secrets: String, value: String, flaw: Flaw, more: String },
}

impl RepoRef {
    fn path(self) -> String {
        match self {
            Self::Name(owner, name) => format!("/repos/{owner}/{name}"),
            Self::Id(id) => format!("/repositories/{id}"),
        }
    }
}

impl Place {
    fn secrets(self) -> String {
        match self {
            Self::Org => "/orgs/octo-org/actions/secrets".to_owned(),
            Self::Repo(repo) => format!("{}/actions/secrets", repo.path()),
            Self::Env(repo, (_, env)) => format!("{}/environments/{env}/secrets", repo.path()),
        }
    }
}

/// The value that a PUT of this number sends.
pub(super) fn value(number: usize) -> String {
    format!("value {number} {}", "é".repeat(number % 90))
}

impl Act {
    pub(super) fn request(&self) -> Request {
        let plain = |method, path| Request { method, path, body: Body::Text(String::new()) };
        let text =
            |method, path, text| Request { method, path, body: Body::Text(text) };
        match self {
            Self::PublicKey(place) => {
                plain(Method::GET, format!("{}/public-key", place.secrets()))
            }
            Self::List(place, query) => plain(Method::GET, format!("{}{query}", place.secrets())),
            Self::Get(place, name) => plain(Method::GET, format!("{}/{name}", place.secrets())),
            Self::Put { place, name, value: number, flaw, to } => {
                let (secrets, value) = (place.secrets(), value(*number));
                let path = format!("{secrets}/{name}");
                let more = to.as_ref().map(Audience::members).unwrap_or_default();
                let body = Body::Sealed { secrets, value, flaw: *flaw, more };
                Request { method: Method::PUT, path, body }
            }
            Self::Delete(place, name) => {
                plain(Method::DELETE, format!("{}/{name}", place.secrets()))
            }
            Self::ListSelected(name, query) => {
                plain(Method::GET, format!("{}{query}", selected(name)))
            }
            Self::SetSelected(name, ids) => {
                let body = format!("{{\"selected_repository_ids\":{ids:?}}}");
                text(Method::PUT, selected(name), body)
            }
            Self::Select(name, id) => plain(Method::PUT, format!("{}/{id}", selected(name))),
            Self::Unselect(name, id) => plain(Method::DELETE, format!("{}/{id}", selected(name))),
            Self::ListShared(repo, query) => {
                plain(Method::GET, format!("{}/actions/organization-secrets{query}", repo.path()))
            }
            Self::MakeRepo { owner, name, visibility } => {
                let path = if *owner == "octo-org" { "/orgs/octo-org/repos" } else { "/user/repos" };
                let body = format!("{{\"name\":\"{name}\",\"visibility\":\"{visibility}\"}}");
                text(Method::POST, path.to_owned(), body)
            }
            Self::ChangeRepo { repo, name, visibility } => {
                let member = |key, to: &Option<&str>| to.map(|to| format!("\"{key}\":\"{to}\""));
                let members = [member("name", name), member("visibility", visibility)];
                let members: Vec<_> = members.into_iter().flatten().collect();
                text(Method::PATCH, repo.path(), format!("{{{}}}", members.join(",")))
            }
            Self::DropRepo(repo) => plain(Method::DELETE, repo.path()),
            Self::ShowRepo(repo) => plain(Method::GET, repo.path()),
            Self::PutEnv(repo, (_, env), minutes) => {
                let body = format!("{{\"wait_timer\":{minutes}}}");
                text(Method::PUT, format!("{}/environments/{env}", repo.path()), body)
            }
            Self::DropEnv(repo, (_, env)) => {
                plain(Method::DELETE, format!("{}/environments/{env}", repo.path()))
            }
            Self::ListEnvs(repo) => plain(Method::GET, format!("{}/environments", repo.path())),
            Self::Other(method, path, body) => {
                text(method.clone(), path.clone(), (*body).to_owned())
            }
        }
    }
}

fn selected(name: &str) -> String {
    format!("/orgs/octo-org/actions/secrets/{name}/repositories")
}

impl Audience {
    fn members(&self) -> String {
        let (visibility, ids) = (self.visibility, &self.ids);
        if ids.is_empty() {
            return format!(",\"visibility\":\"{visibility}\"");
        }
        format!(",\"visibility\":\"{visibility}\",\"selected_repository_ids\":{ids:?}")
    }
}
