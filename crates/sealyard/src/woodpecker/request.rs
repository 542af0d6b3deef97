//! What Woodpecker asks, out of the JSON that it sends: `{"repo": …, "pipeline": …}`, its models
//! `server/model/repo.go` and `pipeline.go`.
//!
//! Everything else in it is passed over, the forge's credentials in `netrc` among it.

use serde::Deserialize;

use super::Repository;
use crate::directory::RepositoryName;
use crate::identity::Login;

/// The events of code that somebody put into the repository itself. All others, those of pull
/// requests and those that Woodpecker will have one day, may be for the code of a stranger.
///
/// <https://github.com/woodpecker-ci/woodpecker/blob/main/server/model/const.go>
const OWN_EVENTS: [&str; 6] = ["push", "tag", "release", "deployment", "cron", "manual"];

/// Why there is nothing to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not JSON, or without repository or event.
    #[error("the body is not what Woodpecker sends to a secret extension")]
    NotARequest,
    /// A name that no repository in Sealyard has: a subgroup, or a character that GitHub refuses.
    #[error("the repository's name is not of the form OWNER/NAME that Sealyard knows")]
    NotAName,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// For which repository.
    pub repository: Repository,
    /// The number of the forge that the repository is on, in Woodpecker's count; 0 if it is not said.
    pub forge_id: i64,
    /// Whether the code that would get the values may be a stranger's.
    pub may_be_fork: bool,
}

#[derive(Deserialize)]
struct Body {
    repo: Repo,
    pipeline: Pipeline,
}

#[derive(Deserialize)]
struct Repo {
    full_name: String,
    #[serde(default)]
    forge_id: i64,
}

#[derive(Deserialize)]
struct Pipeline {
    event: String,
    from_fork: Option<bool>,
    pull_request: Option<PullRequest>,
}

/// Where `from_fork` moves to in Woodpecker's next major version.
#[derive(Deserialize)]
struct PullRequest {
    from_fork: Option<bool>,
}

impl Asked {
    /// Reads a body whose signature and digest were right.
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        // serde's own message would repeat what was sent.
        let body: Body = serde_json::from_slice(body).map_err(|_| Error::NotARequest)?;
        Ok(Self {
            repository: Repository::parse(&body.repo.full_name).ok_or(Error::NotAName)?,
            forge_id: body.repo.forge_id,
            may_be_fork: body.pipeline.may_be_fork(),
        })
    }
}

impl Pipeline {
    /// A fork is what is said to be one; and, of events that a stranger can cause, whatever is not
    /// said to be none.
    fn may_be_fork(&self) -> bool {
        let nested = self.pull_request.as_ref().and_then(|pull| pull.from_fork);
        let said = [self.from_fork, nested];
        let is_own = OWN_EVENTS.contains(&self.event.as_str());
        said.contains(&Some(true)) || !(is_own || said.contains(&Some(false)))
    }
}

impl Repository {
    /// `OWNER/NAME`, each of the form that Sealyard's own have.
    pub fn parse(full_name: &str) -> Option<Self> {
        let (owner, name) = full_name.split_once('/')?;
        Some(Self {
            owner: Login::parse(owner)?,
            name: RepositoryName::parse(name)?,
        })
    }
}
