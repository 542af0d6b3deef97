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

/// A change of a secret's repositories.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Set(Vec<i64>),
    Add(i64),
    Remove(i64),
}

/// One thing to ask for.
#[derive(Debug, Clone)]
pub(super) enum Act {
    PublicKey(Place),
    List(Place, &'static str),
    Get(Place, &'static str),
    Put {
        place: Place,
        name: &'static str,
        value: usize,
        flaw: Flaw,
        to: Option<Audience>,
    },
    Delete(Place, &'static str),
    ListSelected(&'static str, &'static str),
    Selection(&'static str, Change),
    ListShared(RepoRef, &'static str),
    MakeRepo {
        owner: &'static str,
        name: &'static str,
        visibility: &'static str,
    },
    ChangeRepo {
        repo: RepoRef,
        name: Option<&'static str>,
        visibility: Option<&'static str>,
    },
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
    Sealed {
        secrets: String,
        value: String,
        flaw: Flaw,
        more: String,
    },
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

fn text(method: Method, path: String, text: String) -> Request {
    let body = Body::Text(text);
    Request { method, path, body }
}

fn plain(method: Method, path: String) -> Request {
    text(method, path, String::new())
}

impl Act {
    pub(super) fn request(&self) -> Request {
        let env = |repo: &RepoRef, (_, env): &Env| format!("{}/environments/{env}", repo.path());
        match self {
            Self::PublicKey(place) => plain(Method::GET, format!("{}/public-key", place.secrets())),
            Self::List(place, query) => plain(Method::GET, format!("{}{query}", place.secrets())),
            Self::Get(place, name) => plain(Method::GET, format!("{}/{name}", place.secrets())),
            Self::Put {
                place,
                name,
                value: number,
                flaw,
                to,
            } => put(*place, name, *number, *flaw, to.as_ref()),
            Self::Delete(place, name) => {
                plain(Method::DELETE, format!("{}/{name}", place.secrets()))
            }
            Self::ListSelected(name, query) => {
                plain(Method::GET, format!("{}{query}", selected(name)))
            }
            Self::Selection(name, change) => change.request(name),
            Self::ListShared(repo, query) => plain(
                Method::GET,
                format!("{}/actions/organization-secrets{query}", repo.path()),
            ),
            Self::MakeRepo {
                owner,
                name,
                visibility,
            } => make(owner, name, visibility),
            Self::ChangeRepo {
                repo,
                name,
                visibility,
            } => change(*repo, *name, *visibility),
            Self::DropRepo(repo) => plain(Method::DELETE, repo.path()),
            Self::ShowRepo(repo) => plain(Method::GET, repo.path()),
            Self::PutEnv(repo, name, minutes) => text(
                Method::PUT,
                env(repo, name),
                format!("{{\"wait_timer\":{minutes}}}"),
            ),
            Self::DropEnv(repo, name) => plain(Method::DELETE, env(repo, name)),
            Self::ListEnvs(repo) => plain(Method::GET, format!("{}/environments", repo.path())),
            Self::Other(method, path, body) => {
                text(method.clone(), path.clone(), (*body).to_owned())
            }
        }
    }
}

fn put(place: Place, name: &str, number: usize, flaw: Flaw, to: Option<&Audience>) -> Request {
    let (secrets, value) = (place.secrets(), value(number));
    let path = format!("{secrets}/{name}");
    let more = to.map(Audience::members).unwrap_or_default();
    let body = Body::Sealed {
        secrets,
        value,
        flaw,
        more,
    };
    Request {
        method: Method::PUT,
        path,
        body,
    }
}

fn make(owner: &str, name: &str, visibility: &str) -> Request {
    let path = if owner == "octo-org" {
        "/orgs/octo-org/repos"
    } else {
        "/user/repos"
    };
    let body = format!("{{\"name\":\"{name}\",\"visibility\":\"{visibility}\"}}");
    text(Method::POST, path.to_owned(), body)
}

fn change(repo: RepoRef, name: Option<&str>, visibility: Option<&str>) -> Request {
    let member = |key, to: Option<&str>| to.map(|to| format!("\"{key}\":\"{to}\""));
    let members = [member("name", name), member("visibility", visibility)];
    let members: Vec<_> = members.into_iter().flatten().collect();
    text(
        Method::PATCH,
        repo.path(),
        format!("{{{}}}", members.join(",")),
    )
}

impl Change {
    fn request(&self, name: &str) -> Request {
        match self {
            Self::Set(ids) => {
                let body = format!("{{\"selected_repository_ids\":{ids:?}}}");
                text(Method::PUT, selected(name), body)
            }
            Self::Add(id) => plain(Method::PUT, format!("{}/{id}", selected(name))),
            Self::Remove(id) => plain(Method::DELETE, format!("{}/{id}", selected(name))),
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
