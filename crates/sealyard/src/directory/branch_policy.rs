//! Deployment branch policies: the names of branches and tags that may deploy to an environment
//! whose [`BranchPolicy`] is `Custom`, and whether a ref is among them.
//!
//! The policies of an environment that is protected otherwise are kept, and cannot be reached until
//! it is `Custom` again.

use sealyard_sql as sql;

use super::environment::{BranchPolicy, EnvironmentSettings};
use super::{Environment, EnvironmentId, Error, Repository, fnmatch, is_line, store};
use crate::app::App;
use crate::audit::{self, Actor, Event, Write};
use crate::counter;

/// Policies of one environment. GitHub names no limit; a job's ref is held against all of them, and
/// the largest page shows them all.
pub const BRANCH_POLICIES_MAX: i64 = 100;
/// The longest pattern, in characters: a ref that git can keep in a file is not much longer.
const PATTERN_LENGTH_MAX: usize = 255;

/// What a policy's pattern is about. GitHub: `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefKind {
    /// `refs/heads/`
    Branch,
    /// `refs/tags/`
    Tag,
}

impl RefKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Branch, Self::Tag];

    /// As on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Tag => "tag",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What the refs of this kind begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Branch => "refs/heads/",
            Self::Tag => "refs/tags/",
        }
    }
}

/// The text of a pattern: one line of 1 to 255 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternName(String);

impl PatternName {
    /// Checks the form. A set that does not end is taken too; such a pattern matches nothing.
    pub fn parse(text: &str) -> Option<Self> {
        (!text.is_empty() && is_line(text, PATTERN_LENGTH_MAX)).then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names of branches, or names of tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Of which of the two.
    pub kind: RefKind,
    /// What they look like, in Ruby's `File.fnmatch` with `FNM_PATHNAME`.
    pub name: PatternName,
}

impl Pattern {
    /// Whether it means this ref (`refs/heads/main`). No pattern means a pull request's.
    fn matches(&self, git_ref: &str) -> bool {
        git_ref
            .strip_prefix(self.kind.prefix())
            .is_some_and(|name| !name.is_empty() && fnmatch::matches(self.name.as_str(), name))
    }
}

/// A deployment branch policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentBranchPolicy {
    /// Its id.
    pub id: i64,
    /// What it lets through.
    pub pattern: Pattern,
}

/// All that decides about a job that wants an environment.
#[derive(Debug, Clone)]
pub struct Protection {
    /// Timer, reviewers and kind of branch policy.
    pub settings: EnvironmentSettings,
    /// The patterns, while the branch policy is `Custom`.
    pub patterns: Vec<Pattern>,
    /// The repository's default branch, without `refs/heads/`.
    pub default_branch: String,
}

impl Protection {
    /// [`admits`], of this environment.
    pub fn admits(&self, git_ref: Option<&str>) -> bool {
        let policy = self.settings.branch_policy;
        admits(policy, &self.patterns, &self.default_branch, git_ref)
    }
}

/// Whether a job of this ref (`refs/heads/main`, `refs/tags/v1`, `refs/pull/1/merge`) may deploy.
///
/// Without a policy every job may, also one without a ref. Nothing here protects branches, so of
/// `Protected` only the default branch is meant (docs/COMPATIBILITY.md).
pub fn admits(
    policy: Option<BranchPolicy>,
    patterns: &[Pattern],
    default_branch: &str,
    git_ref: Option<&str>,
) -> bool {
    match (policy, git_ref) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(BranchPolicy::Protected), Some(git_ref)) => {
            let name = git_ref.strip_prefix(RefKind::Branch.prefix());
            name.is_some_and(|name| !name.is_empty() && name == default_branch)
        }
        (Some(BranchPolicy::Custom), Some(git_ref)) => {
            patterns.iter().any(|pattern| pattern.matches(git_ref))
        }
    }
}

/// What came of making a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It is new.
    New(DeploymentBranchPolicy),
    /// There was one of this kind and pattern, and nothing has changed.
    Existing(DeploymentBranchPolicy),
}

/// [`Error::NotFound`] unless the environment is there, and takes branch policies.
pub async fn check_custom(
    session: &mut sql::Session,
    environment: EnvironmentId,
) -> Result<(), Error> {
    let settings = store::environment::settings(session, environment).await?;
    match settings.and_then(|settings| settings.branch_policy) {
        Some(BranchPolicy::Custom) => Ok(()),
        Some(BranchPolicy::Protected) | None => Err(Error::NotFound),
    }
}

/// Makes a policy.
///
/// [`Error::NotFound`] as [`check_custom`], [`Error::TooMany`] if the environment has
/// [`BRANCH_POLICIES_MAX`].
pub async fn create(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    environment: &Environment,
    pattern: Pattern,
) -> Result<Created, Error> {
    let mut write = audit::begin(app, repository.owner.id).await?;
    let created = match insert(&mut write, environment.id, pattern).await {
        Ok(created) => created,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    match &created {
        Created::Existing(_) => write.unchanged().await?,
        Created::New(policy) => {
            let detail = format!("create {} policy", policy.pattern.kind.as_str());
            record(
                app,
                actor,
                &mut write,
                repository,
                environment,
                policy,
                &detail,
            )
            .await?;
            write.commit().await?;
        }
    }
    Ok(created)
}

async fn insert(
    write: &mut Write,
    environment: EnvironmentId,
    pattern: Pattern,
) -> Result<Created, Error> {
    check_custom(&mut write.tx, environment).await?;
    let found = store::branch_policy::find(&mut write.tx, environment, &pattern).await?;
    if let Some(found) = found {
        return Ok(Created::Existing(found));
    }
    let (things, max) = ("deployment branch policies", BRANCH_POLICIES_MAX);
    if store::branch_policy::count(&mut write.tx, environment).await? >= max {
        return Err(Error::TooMany { things, max });
    }
    let id = counter::next(&mut write.tx, "deployment_branch_policy").await?;
    let policy = DeploymentBranchPolicy { id, pattern };
    store::branch_policy::insert(&mut write.tx, environment, &policy).await?;
    Ok(Created::New(policy))
}

/// Gives a policy another pattern; of branches or of tags it stays.
///
/// [`Error::NotFound`] as [`check_custom`], or if the environment has no such policy;
/// [`Error::Taken`] if another one has this pattern.
pub async fn update(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    environment: &Environment,
    id: i64,
    name: PatternName,
) -> Result<DeploymentBranchPolicy, Error> {
    let mut write = audit::begin(app, repository.owner.id).await?;
    let found = match get(&mut write.tx, environment.id, id).await {
        Ok(found) if found.pattern.name == name => {
            write.unchanged().await?;
            return Ok(found);
        }
        Ok(found) => found,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    let kind = found.pattern.kind;
    let policy = DeploymentBranchPolicy {
        id,
        pattern: Pattern { kind, name },
    };
    let taken = store::branch_policy::find(&mut write.tx, environment.id, &policy.pattern).await?;
    if taken.is_some() {
        return Err(write.refuse(Error::Taken).await);
    }
    store::branch_policy::update(&mut write.tx, &policy).await?;
    let was = found.pattern.name.as_str();
    let detail = format!("update {} policy from {was}", kind.as_str());
    record(
        app,
        actor,
        &mut write,
        repository,
        environment,
        &policy,
        &detail,
    )
    .await?;
    write.commit().await?;
    Ok(policy)
}

/// Deletes a policy.
///
/// [`Error::NotFound`] as [`check_custom`], or if the environment has no such policy.
pub async fn delete(
    app: &App,
    actor: &Actor,
    repository: &Repository,
    environment: &Environment,
    id: i64,
) -> Result<(), Error> {
    let mut write = audit::begin(app, repository.owner.id).await?;
    let policy = match get(&mut write.tx, environment.id, id).await {
        Ok(policy) => policy,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    store::branch_policy::delete(&mut write.tx, id).await?;
    let detail = format!("delete {} policy", policy.pattern.kind.as_str());
    record(
        app,
        actor,
        &mut write,
        repository,
        environment,
        &policy,
        &detail,
    )
    .await?;
    Ok(write.commit().await?)
}

/// One policy of an environment.
///
/// [`Error::NotFound`] as [`check_custom`], or if the environment has no such policy.
pub async fn get(
    session: &mut sql::Session,
    environment: EnvironmentId,
    id: i64,
) -> Result<DeploymentBranchPolicy, Error> {
    check_custom(session, environment).await?;
    let found = store::branch_policy::get(session, environment, id).await?;
    found.ok_or(Error::NotFound)
}

/// GitHub's word for every change of what protects an environment; the rest says which.
async fn record(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    repository: &Repository,
    environment: &Environment,
    policy: &DeploymentBranchPolicy,
    detail: &str,
) -> Result<(), Error> {
    let event = Event {
        action: "environment.update_protection_rule",
        environment_name: Some(&environment.name),
        name: Some(policy.pattern.name.as_str()),
        detail: Some(detail),
        ..Event::in_repository(repository)
    };
    Ok(write.record(app, actor, &event).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(kind: RefKind, name: &str) -> Pattern {
        let name = PatternName::parse(name).expect("a pattern");
        Pattern { kind, name }
    }

    #[test]
    fn without_a_policy_everything_deploys() {
        for git_ref in [None, Some("refs/heads/main"), Some("nonsense"), Some("")] {
            assert!(admits(None, &[], "main", git_ref));
        }
    }

    #[test]
    fn of_protected_branches_there_is_the_default_one() {
        let patterns = [
            pattern(RefKind::Branch, "**/*"),
            pattern(RefKind::Tag, "**/*"),
        ];
        let admits = |branch, git_ref| {
            let policy = Some(BranchPolicy::Protected);
            admits(policy, &patterns, branch, git_ref)
        };
        assert!(admits("main", Some("refs/heads/main")));
        assert!(admits("a/b", Some("refs/heads/a/b")));
        for other in [
            "refs/heads/Main",
            "refs/heads/main2",
            "refs/heads/release/main",
            "refs/tags/main",
            "refs/pull/1/merge",
            "main",
            "",
        ] {
            assert!(!admits("main", Some(other)), "{other}");
        }
        assert!(!admits("main", None));
        assert!(!admits("", Some("refs/heads/")));
        assert!(!admits("*", Some("refs/heads/main")), "no pattern");
    }

    #[test]
    fn a_pattern_means_branches_or_tags_and_never_a_pull_request() {
        let admits = |patterns: &[Pattern], git_ref| {
            admits(Some(BranchPolicy::Custom), patterns, "main", git_ref)
        };
        let branches = [
            pattern(RefKind::Branch, "main"),
            pattern(RefKind::Branch, "release/*"),
        ];
        let tags = [pattern(RefKind::Tag, "v*")];
        assert!(admits(&branches, Some("refs/heads/main")));
        assert!(admits(&branches, Some("refs/heads/release/1")));
        assert!(admits(&tags, Some("refs/tags/v1")));
        for other in [
            "refs/heads/release/1/2",
            "refs/heads/v1",
            "refs/tags/main",
            "refs/tags/x",
            "main",
            "v1",
        ] {
            assert!(!admits(&branches, Some(other)), "{other}");
            assert!(!admits(&tags, Some(other)), "{other}");
        }
        let all = RefKind::ALL.map(|kind| [pattern(kind, "*"), pattern(kind, "**/*")]);
        let all = all.as_flattened();
        assert!(admits(all, Some("refs/heads/a/b")));
        for other in [
            "refs/pull/1/merge",
            "refs/pull/1/head",
            "refs/heads",
            "refs/heads/",
            "refs/tags/",
            "refs/notes/x",
            "HEAD",
            "",
        ] {
            assert!(!admits(all, Some(other)), "{other}");
        }
        assert!(
            !admits(all, None),
            "without a ref there is nothing to match"
        );
        assert!(!admits(&[], Some("refs/heads/main")), "no pattern, nothing");
    }
}
