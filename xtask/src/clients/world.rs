//! What a client finds when it comes: an organisation of its own with three repositories, made
//! through GitHub's own routes.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::server::Reach;

/// Repositories of every world, and whether they are private.
pub(super) const REPOSITORIES: [(&str, bool); 3] =
    [("alpha", true), ("beta", true), ("gamma", false)];
/// Environments of `alpha`, as they stand in a path; the second is called `a b/c`.
const ENVIRONMENTS: &[&str] = &["production", "a%20b%2Fc"];

/// A user who owns an organisation, and a token of that user.
pub(super) struct World {
    pub(super) login: String,
    pub(super) org: String,
    pub(super) token: String,
}

impl World {
    /// Makes a world; two names make two worlds that cannot see each other.
    pub(super) fn make(reach: &Reach, site_admin: &str, name: &str) -> Result<Self> {
        let (login, org) = (format!("{name}-user"), format!("{name}-org"));
        let admin = Caller {
            reach,
            token: site_admin,
        };
        admin.send(
            "POST",
            "/admin/users",
            &json!({ "login": login, "email": "a@example.com" }),
        )?;
        admin.send(
            "POST",
            "/admin/organizations",
            &json!({ "login": org, "admin": login }),
        )?;
        let scopes = json!({ "scopes": ["repo", "admin:org"], "note": name });
        let made = admin.send(
            "POST",
            &format!("/admin/users/{login}/authorizations"),
            &scopes,
        )?;
        let token = made
            .get("token")
            .and_then(Value::as_str)
            .context("no token in the answer")?;

        let owner = Caller { reach, token };
        for (repository, private) in REPOSITORIES {
            let body = json!({ "name": repository, "private": private });
            owner.send("POST", &format!("/orgs/{org}/repos"), &body)?;
        }
        for environment in ENVIRONMENTS {
            let path = format!("/repos/{org}/alpha/environments/{environment}");
            owner.send("PUT", &path, &json!({}))?;
        }
        Ok(Self {
            token: token.to_owned(),
            login,
            org,
        })
    }

    /// The user, by a way to the server.
    pub(super) fn caller<'a>(&'a self, reach: &'a Reach) -> Caller<'a> {
        Caller {
            reach,
            token: &self.token,
        }
    }

    /// Tells a client's script where it is and who; the list is in `tests/clients/lib.sh`.
    pub(super) fn tell(&self, script: &mut Command, reach: &Reach) {
        script
            .env("LIFE_API", &reach.api)
            .env("LIFE_TOKEN", &self.token)
            .env("LIFE_ORG", &self.org)
            .env("LIFE_LOGIN", &self.login);
        for (variable, value) in [
            ("LIFE_SOCKET", &reach.socket),
            ("LIFE_CA", &reach.ca),
            // Node takes its authorities only when it starts.
            ("NODE_EXTRA_CA_CERTS", &reach.ca),
        ] {
            match value {
                Some(path) => script.env(variable, path),
                None => script.env_remove(variable),
            };
        }
    }
}

/// Somebody with a token, who speaks through curl: it knows every transport.
pub(super) struct Caller<'a> {
    reach: &'a Reach,
    token: &'a str,
}

impl Caller<'_> {
    /// Sends a request and returns the answer's JSON, or null where there is none; anything but 2xx
    /// is an error. A body that is null is none.
    pub(super) fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.reach.api);
        // The token goes in by standard input: arguments are for everybody on the machine to see.
        let mut config = vec![
            ("url", url.clone()),
            ("request", method.to_owned()),
            ("header", format!("Authorization: token {}", self.token)),
            ("header", "Content-Type: application/json".to_owned()),
        ];
        if !body.is_null() {
            config.push(("data", body.to_string()));
        }
        config.extend(
            self.reach
                .socket
                .iter()
                .map(|p| ("unix-socket", p.display().to_string())),
        );
        config.extend(
            self.reach
                .ca
                .iter()
                .map(|p| ("cacert", p.display().to_string())),
        );
        let lines: Vec<String> = config
            .iter()
            .map(|(key, value)| format!("{key} = {}", quoted(value)))
            .collect();

        let mut curl = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--noproxy",
                "*",
                "--max-time",
                "30",
            ])
            .args(["--write-out", "\n%{http_code}", "--config", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("curl did not start")?;
        curl.stdin
            .take()
            .context("curl has no input")?
            .write_all(lines.join("\n").as_bytes())?;
        let output = curl.wait_with_output()?;
        let answer = String::from_utf8(output.stdout)?;
        let (answer, status) = answer.rsplit_once('\n').unwrap_or_default();
        if !output.status.success() || !status.starts_with('2') {
            bail!("{method} {url} was answered with {status} {answer}");
        }
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_str(answer)?)
    }
}

/// A value as curl's configuration wants it.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_survives_curls_quotes() {
        assert_eq!(quoted(r#"{"a":"\n"}"#), r#""{\"a\":\"\\n\"}""#);
    }
}
