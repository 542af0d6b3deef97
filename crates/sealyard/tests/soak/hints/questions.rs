//! What is asked, and by whom.

use std::fmt::Write as _;

use super::store::Name;

/// Somebody who may not know. Another kind of credential is one more of these: see `store`.
pub(super) struct Caller {
    pub(super) name: &'static str,
    pub(super) token: Option<String>,
}

/// A request with a place for a name, `{name}`, or for an id, `{id}`.
pub(super) struct Question {
    pub(super) name: &'static str,
    method: &'static str,
    path: &'static str,
    body: &'static str,
    /// The anonymous are refused before anything is looked up.
    pub(super) needs_user: bool,
    /// Whether a repository that may be seen is answered differently: this is the control that a
    /// difference would be noticed.
    pub(super) shows_visible: bool,
}

const SECRET: &str = r#"{"encrypted_value":"c2VhbGVkIGJveGVzIGFyZSBmb3J0eS1laWdodCBieXRlcyBsb25nZXIgdGhhbiB3aGF0IHRoZXkgaG9sZCwgYXQgbGVhc3Q=","key_id":"568250167242549743"}"#;
const GRAPHQL: &str = r#"{"query":"{ repository(owner: \"octo-org\", name: \"{name}\") { id } }"}"#;

const fn get(name: &'static str, path: &'static str) -> Question {
    Question {
        name,
        method: "GET",
        path,
        body: "",
        needs_user: false,
        shows_visible: false,
    }
}

const fn send(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    body: &'static str,
) -> Question {
    Question {
        name,
        method,
        path,
        body,
        needs_user: false,
        shows_visible: false,
    }
}

/// The first of them are asked in CI.
pub(super) const QUESTIONS: [Question; 13] = [
    Question {
        shows_visible: true,
        ..get("repository, by name", "/repos/octo-org/{name}")
    },
    Question {
        shows_visible: true,
        ..get("repository, by id", "/repositories/{id}")
    },
    Question {
        needs_user: true,
        ..send("repository, by GraphQL", "POST", "/graphql", GRAPHQL)
    },
    get(
        "secret, by name",
        "/repos/octo-org/{name}/actions/secrets/TOKEN",
    ),
    get("secret, by id", "/repositories/{id}/actions/secrets/TOKEN"),
    send(
        "put secret, by name",
        "PUT",
        "/repos/octo-org/{name}/actions/secrets/TOKEN",
        SECRET,
    ),
    send(
        "put secret, by id",
        "PUT",
        "/repositories/{id}/actions/secrets/TOKEN",
        SECRET,
    ),
    send(
        "delete secret, by name",
        "DELETE",
        "/repos/octo-org/{name}/actions/secrets/TOKEN",
        "",
    ),
    send(
        "delete secret, by id",
        "DELETE",
        "/repositories/{id}/actions/secrets/TOKEN",
        "",
    ),
    get(
        "environment secret, by name",
        "/repos/octo-org/{name}/environments/production/secrets/TOKEN",
    ),
    get(
        "environment secret, by id",
        "/repositories/{id}/environments/production/secrets/TOKEN",
    ),
    get(
        "collaborator",
        "/repos/octo-org/{name}/collaborators/stranger",
    ),
    get("runner", "/repos/octo-org/{name}/actions/runners/1"),
];

impl Question {
    /// The whole request, as it is sent.
    pub(super) fn request(&self, caller: &Caller, name: &Name) -> Vec<u8> {
        let filled = |text: &str| {
            text.replace("{name}", &name.name)
                .replace("{id}", &name.id.to_string())
        };
        let (path, body) = (filled(self.path), filled(self.body));
        let mut request = format!(
            "{} {path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: soak\r\n",
            self.method
        );
        if let Some(token) = &caller.token {
            write!(request, "authorization: token {token}\r\n").expect("a string");
        }
        if self.method != "GET" {
            write!(request, "content-length: {}\r\n", body.len()).expect("a string");
        }
        request.push_str("\r\n");
        request.push_str(&body);
        request.into_bytes()
    }
}
