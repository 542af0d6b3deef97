//! Jobs that get the values, as a runner's and as a person's, and the comparison of every byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::plan::Secret;
use crate::clients::server::{Reach, Server};
use crate::clients::world::{Caller, REPOSITORIES, World};
use crate::process::capture;

/// Who asks for the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// An organisation's runner, which serves the three repositories; its files are in memory.
    Runner,
    /// The organisation's owner; the files are in a directory of their choice.
    Person,
}

impl Asker {
    pub(super) const BOTH: [Self; 2] = [Self::Runner, Self::Person];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Runner => "runner",
            Self::Person => "person",
        }
    }
}

/// Everything that starts jobs.
pub(super) struct Jobs<'a> {
    pub(super) server: &'a Server,
    pub(super) reach: &'a Reach,
    pub(super) world: &'a World,
    /// A folder of this test.
    pub(super) folder: &'a Path,
}

impl Jobs<'_> {
    /// Enrols the runner that `Asker::Runner` is: with a registration token from GitHub's route,
    /// and with the list of repositories that its owner lets it serve.
    pub(super) fn enrol(&self) -> Result<()> {
        let (org, owner) = (&self.world.org, self.world.caller(self.reach));
        let runners = format!("/orgs/{org}/actions/runners");
        let made = owner.send(
            "POST",
            &format!("{runners}/registration-token"),
            &Value::Null,
        )?;
        let token = made.get("token").and_then(Value::as_str);
        let mut register = self.sealyard(&["runner", "register", "--name", "values"]);
        register
            .arg("--url")
            .arg(self.server.url())
            .arg("--runner-file")
            .arg(self.runner_file())
            .env("SEALYARD_REGISTRATION_TOKEN", token.context("no token")?);
        capture(&mut register)?;

        let listed = owner.send("GET", &runners, &Value::Null)?;
        let id = listed
            .pointer("/runners/0/id")
            .and_then(Value::as_i64)
            .context("no runner is listed")?;
        let ids = REPOSITORIES.map(|(repository, _)| self.id_of(&owner, repository));
        let ids: Vec<i64> = ids.into_iter().collect::<Result<_>>()?;
        // Ours, and so not below GitHub's prefix.
        let root = self.server.root();
        self.world.caller(&root).send(
            "PUT",
            &format!("/api/sealyard/v1/orgs/{org}/runners/{id}/repositories"),
            &json!({ "selected_repository_ids": ids }),
        )?;
        Ok(())
    }

    fn id_of(&self, owner: &Caller<'_>, repository: &str) -> Result<i64> {
        let path = format!("/repos/{}/{repository}", self.world.org);
        let answer = owner.send("GET", &path, &Value::Null)?;
        answer
            .get("id")
            .and_then(Value::as_i64)
            .context("a repository without an id")
    }

    /// One job, which copies its files. What was copied; nothing is left where the files were.
    pub(super) fn run(
        &self,
        asker: Asker,
        repository: &str,
        environment: &str,
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        let scratch = tempfile::tempdir_in(self.folder)?;
        let (files, copy) = (scratch.path().join("files"), scratch.path().join("copy"));
        let full_name = format!("{}/{repository}", self.world.org);
        let mut run = self.sealyard(&["run", "--repo", &full_name, "--env", environment]);
        run.env("SEALYARD_URL", self.server.url());
        match asker {
            Asker::Runner => run
                .arg("--files")
                .env("SEALYARD_RUNNER_FILE", self.runner_file()),
            Asker::Person => run
                .arg(format!("--files={}", files.display()))
                .env("SEALYARD_TOKEN", &self.world.token),
        };
        let script = r#"cp -r "$SEALYARD_FILES" "$1" && printf %s "$SEALYARD_FILES""#;
        run.args(["--", "sh", "-c", script, "sh"]).arg(&copy);
        let files = PathBuf::from(capture(&mut run)?);
        if !files.is_absolute() || files.exists() {
            bail!("{} is still there after the job", files.display());
        }
        read(&copy)
    }

    fn sealyard(&self, words: &[&str]) -> Command {
        let mut command = self.server.command(words);
        command.current_dir(self.folder);
        if let Some(ca) = &self.reach.ca {
            command.env("SEALYARD_CA_FILE", ca);
        }
        command
    }

    fn runner_file(&self) -> PathBuf {
        self.folder.join("runner.json")
    }
}

fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for file in fs::read_dir(folder).context("the job copied nothing")? {
        let path = file?.path();
        let name = path.file_name().context("a file without a name")?;
        files.insert(name.to_string_lossy().into_owned(), fs::read(&path)?);
    }
    Ok(files)
}

/// What a job got compared with what it should have got: one sentence for each difference. None
/// says what a value is.
pub(super) fn differences(
    wanted: &BTreeMap<&str, &[u8]>,
    got: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let wrong = wanted
        .iter()
        .filter_map(|(&name, &value)| match got.get(name) {
            None => Some(format!("{name} did not come")),
            Some(came) if came != value => Some(difference(name, value, came)),
            Some(_) => None,
        });
    let extra = got
        .keys()
        .filter(|name| !wanted.contains_key(name.as_str()));
    wrong
        .chain(extra.map(|name| format!("{name} should not have come")))
        .collect()
}

fn difference(name: &str, wanted: &[u8], came: &[u8]) -> String {
    let same = std::iter::zip(wanted, came)
        .take_while(|(wanted, came)| wanted == came)
        .count();
    format!(
        "{name} came with {} bytes for {}, of which the first {same} are right",
        came.len(),
        wanted.len()
    )
}

/// What a job of this repository and environment should get.
pub(super) fn wanted<'a>(
    secrets: &'a [Secret],
    repository: &str,
    environment: &str,
) -> BTreeMap<&'a str, &'a [u8]> {
    secrets
        .iter()
        .filter(|secret| secret.is_for(repository, environment))
        .map(|secret| (&*secret.name, &*secret.value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_a_wrong_and_an_extra_value_are_found_and_none_is_told() {
        let wanted = BTreeMap::from([("A", &b"one"[..]), ("B", b"two"), ("C", b"three")]);
        let mut got: BTreeMap<String, Vec<u8>> = wanted
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.to_vec()))
            .collect();
        assert_eq!(differences(&wanted, &got), Vec::<String>::new());
        got.insert("B".into(), b"twO".to_vec());
        got.insert("D".into(), Vec::new());
        got.remove("A");
        assert_eq!(
            differences(&wanted, &got),
            [
                "A did not come",
                "B came with 3 bytes for 3, of which the first 2 are right",
                "D should not have come",
            ]
        );
    }
}
