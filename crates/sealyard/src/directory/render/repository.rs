//! Repositories as JSON: the 46 members of a list item, and the full object.

use super::{Node, View};
use crate::clock::rfc3339;
use crate::directory::repository::RepositoryDetails;
use crate::directory::{AccountKind, RepositoryRole, RepositoryVisibility};
use crate::http::writer::{Writer, array, push_text};

/// The `*_url`s below `/repos/{owner}/{repo}`, in GitHub's order.
const URLS: [(&str, &str); 36] = [
    ("forks_url", "/forks"),
    ("keys_url", "/keys{/key_id}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("teams_url", "/teams"),
    ("hooks_url", "/hooks"),
    ("issue_events_url", "/issues/events{/number}"),
    ("events_url", "/events"),
    ("assignees_url", "/assignees{/user}"),
    ("branches_url", "/branches{/branch}"),
    ("tags_url", "/tags"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("trees_url", "/git/trees{/sha}"),
    ("statuses_url", "/statuses/{sha}"),
    ("languages_url", "/languages"),
    ("stargazers_url", "/stargazers"),
    ("contributors_url", "/contributors"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("commits_url", "/commits{/sha}"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("comments_url", "/comments{/number}"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("contents_url", "/contents/{+path}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("merges_url", "/merges"),
    ("archive_url", "/{archive_format}{/ref}"),
    ("downloads_url", "/downloads"),
    ("issues_url", "/issues{/number}"),
    ("pulls_url", "/pulls{/number}"),
    ("milestones_url", "/milestones{/number}"),
    (
        "notifications_url",
        "/notifications{?since,all,participating}",
    ),
    ("labels_url", "/labels{/name}"),
    ("releases_url", "/releases{/id}"),
    ("deployments_url", "/deployments"),
];

impl View {
    /// `{"total_count": …, "repositories": […]}` with the 46 members each.
    pub fn repository_list(&self, total: i64, items: &[RepositoryDetails]) -> String {
        let mut json = Writer::object(64 + items.len() * 5_000);
        json.number("total_count", total);
        json.raw(
            "repositories",
            &array(items.iter().map(|item| self.minimal_repository(item))),
        );
        json.end()
    }

    /// The 46 members that every repository has in a list.
    pub fn minimal_repository(&self, details: &RepositoryDetails) -> String {
        let mut json = Writer::object(5_000);
        self.write_minimal(&mut json, details);
        json.end()
    }

    /// A repository in `/orgs/{org}/repos` and `/user/repos`, with the viewer's permissions.
    pub fn listed_repository(
        &self,
        details: &RepositoryDetails,
        role: Option<RepositoryRole>,
    ) -> String {
        let mut json = Writer::object(7_000);
        self.write_minimal(&mut json, details);
        self.write_details(&mut json, details, role);
        json.end()
    }

    /// A single repository.
    pub fn full_repository(
        &self,
        details: &RepositoryDetails,
        role: Option<RepositoryRole>,
    ) -> String {
        let mut json = Writer::object(9_000);
        self.write_minimal(&mut json, details);
        self.write_details(&mut json, details, role);
        self.write_full(&mut json, details, role);
        json.end()
    }

    fn write_minimal(&self, json: &mut Writer, details: &RepositoryDetails) {
        let repository = &details.repository;
        let (owner, name) = (repository.owner.login.as_str(), repository.name.as_str());
        json.number("id", repository.id.0)
            .text("node_id", &self.node_id(Node::Repository, repository.id.0))
            .text("name", name)
            .joined("full_name", &[owner, "/", name])
            .boolean("private", repository.visibility.is_private())
            .raw("owner", &self.simple_user(&repository.owner))
            .joined("html_url", &[&self.origin, "/", owner, "/", name])
            .optional_text("description", details.description.as_deref())
            .boolean("fork", false)
            .joined("url", &[&self.base, "/repos/", owner, "/", name]);
        for (key, suffix) in URLS {
            json.joined(key, &[&self.base, "/repos/", owner, "/", name, suffix]);
        }
    }

    fn write_details(
        &self,
        json: &mut Writer,
        details: &RepositoryDetails,
        role: Option<RepositoryRole>,
    ) {
        let repository = &details.repository;
        let settings = &details.settings;
        let (owner, name) = (repository.owner.login.as_str(), repository.name.as_str());
        let host = self.origin.split_once("://").map_or("", |(_, host)| host);
        let updated_at = rfc3339(details.updated_at);
        json.text("created_at", &rfc3339(details.created_at))
            .text("updated_at", &updated_at)
            .text("pushed_at", &updated_at)
            .joined("git_url", &["git://", host, "/", owner, "/", name, ".git"])
            .joined("ssh_url", &["git@", host, ":", owner, "/", name, ".git"])
            .joined("clone_url", &[&self.origin, "/", owner, "/", name, ".git"])
            .joined("svn_url", &[&self.origin, "/", owner, "/", name])
            .optional_text("homepage", settings.homepage.as_deref())
            .number("size", 0)
            .number("stargazers_count", 0)
            .number("watchers_count", 0)
            .raw("language", "null")
            .boolean("has_issues", settings.has_issues)
            .boolean("has_projects", settings.has_projects)
            .boolean("has_downloads", settings.has_downloads)
            .boolean("has_wiki", settings.has_wiki)
            .boolean("has_pages", false)
            .boolean("has_discussions", settings.has_discussions)
            .number("forks_count", 0)
            .raw("mirror_url", "null")
            .boolean("archived", repository.archived)
            .boolean("disabled", false)
            .number("open_issues_count", 0)
            .raw("license", "null")
            .boolean("allow_forking", settings.allow_forking)
            .boolean("is_template", settings.is_template)
            .boolean(
                "web_commit_signoff_required",
                settings.web_commit_signoff_required,
            )
            .raw(
                "topics",
                &array(settings.topics.iter().map(|topic| quoted(topic))),
            )
            .text("visibility", repository.visibility.as_str())
            .number("forks", 0)
            .number("open_issues", 0)
            .number("watchers", 0)
            .text("default_branch", &settings.default_branch)
            .raw("permissions", &permissions(repository.visibility, role));
    }

    fn write_full(
        &self,
        json: &mut Writer,
        details: &RepositoryDetails,
        role: Option<RepositoryRole>,
    ) {
        let owner = &details.repository.owner;
        let settings = &details.settings;
        if role == Some(RepositoryRole::Admin) {
            json.boolean("allow_squash_merge", settings.allow_squash_merge)
                .boolean("allow_merge_commit", settings.allow_merge_commit)
                .boolean("allow_rebase_merge", settings.allow_rebase_merge)
                .boolean("allow_auto_merge", settings.allow_auto_merge)
                .boolean("delete_branch_on_merge", settings.delete_branch_on_merge)
                .boolean("allow_update_branch", settings.allow_update_branch)
                .boolean(
                    "use_squash_pr_title_as_default",
                    settings.use_squash_pr_title_as_default,
                )
                .text(
                    "squash_merge_commit_message",
                    &settings.squash_merge_commit_message,
                )
                .text(
                    "squash_merge_commit_title",
                    &settings.squash_merge_commit_title,
                )
                .text("merge_commit_message", &settings.merge_commit_message)
                .text("merge_commit_title", &settings.merge_commit_title);
        }
        if owner.kind == AccountKind::Organization {
            json.raw("organization", &self.simple_user(owner));
        }
        json.number("network_count", 0)
            .number("subscribers_count", 0);
    }
}

pub(super) fn permissions(
    visibility: RepositoryVisibility,
    role: Option<RepositoryRole>,
) -> String {
    let at_least = |needed| role.is_some_and(|role| role >= needed);
    let mut json = Writer::object(96);
    json.boolean("admin", at_least(RepositoryRole::Admin))
        .boolean("maintain", at_least(RepositoryRole::Maintain))
        .boolean("push", at_least(RepositoryRole::Write))
        .boolean("triage", at_least(RepositoryRole::Triage))
        // Whoever was shown a repository that is not private reads it.
        .boolean(
            "pull",
            role.is_some() || visibility != RepositoryVisibility::Private,
        );
    json.end()
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_text(&mut out, text);
    out
}
