//! Apps, installations and tokens as GitHub's JSON: same members, same order.

use crate::apps::mint::Minted;
use crate::apps::{AppDetails, Installation, repository_selection};
use crate::clock::rfc3339;
use crate::directory::AccountKind;
use crate::directory::render::{Node, View};
use crate::directory::store::repository::Viewed;
use crate::http::profile::Profile;
use crate::http::writer::{Writer, array};
use crate::identity::caller::Coverage;
use crate::identity::permission::Permissions;

impl View {
    /// An app, as it sees itself ("integration").
    ///
    /// It has no page of its own here; the addresses are those it would have.
    pub(super) fn app(&self, app: &AppDetails) -> String {
        let mut json = Writer::object(2_500);
        let page = match self.profile {
            Profile::Ghes32 => "/github-apps/",
            Profile::GithubCom => "/apps/",
        };
        json.number("id", app.id.0);
        if self.profile == Profile::GithubCom {
            json.text("client_id", &app.client_id);
        }
        json.text("slug", &app.slug)
            .text("node_id", &self.node_id(Node::App, app.id.0))
            .raw("owner", &self.simple_user(&app.owner))
            .text("name", &app.name)
            .optional_text("description", app.description.as_deref())
            .joined("external_url", &[&self.origin, page, &app.slug])
            .joined("html_url", &[&self.origin, page, &app.slug])
            .text("created_at", &rfc3339(app.created_at))
            .text("updated_at", &rfc3339(app.updated_at))
            .raw("permissions", &object(app.permissions))
            .raw("events", "[]")
            .number("installations_count", app.installations);
        json.end()
    }

    /// An installation. Who suspended it is not kept.
    pub(super) fn installation(&self, installation: &Installation) -> String {
        let mut json = Writer::object(2_500);
        let id = installation.id.0;
        let (account, number) = (&installation.account, id.to_string());
        json.number("id", id)
            .raw("account", &self.simple_user(account))
            .text("repository_selection", installation.selection.as_str())
            .joined(
                "access_tokens_url",
                &[&self.base, "/app/installations/", &number, "/access_tokens"],
            )
            .joined(
                "repositories_url",
                &[&self.base, "/installation/repositories"],
            );
        let settings = "/settings/installations/";
        match account.kind {
            AccountKind::Organization => json.joined(
                "html_url",
                &[
                    &self.origin,
                    "/organizations/",
                    &account.login,
                    settings,
                    &number,
                ],
            ),
            AccountKind::User => json.joined("html_url", &[&self.origin, settings, &number]),
        };
        let suspension = installation.suspension;
        let suspended_at = suspension.map(|suspension| rfc3339(suspension.since));
        json.number("app_id", installation.app_id.0)
            .text("app_slug", &installation.app_slug)
            .number("target_id", account.id.0)
            .text("target_type", account.kind.as_str())
            .raw("permissions", &object(installation.permissions))
            .raw("events", "[]")
            .text("created_at", &rfc3339(installation.created_at))
            .text("updated_at", &rfc3339(installation.updated_at))
            .raw("single_file_name", "null")
            .boolean("has_multiple_single_files", false)
            .raw("single_file_paths", "[]")
            .raw("suspended_by", "null")
            .optional_text("suspended_at", suspended_at.as_deref());
        json.end()
    }

    /// A new token, and the repositories that it was narrowed to.
    pub(super) fn installation_token(
        &self,
        minted: &Minted,
        repositories: Option<&[Viewed]>,
    ) -> String {
        let mut json = Writer::object(512);
        let selection = repository_selection(&minted.coverage);
        json.text("token", minted.token.reveal())
            .text("expires_at", &rfc3339(minted.expires_at))
            .raw("permissions", &object(minted.permissions))
            .text("repository_selection", selection);
        if let Some(repositories) = repositories {
            json.raw("repositories", &self.listed(repositories));
        }
        json.end()
    }

    /// One page of the repositories that an installation reaches.
    pub(super) fn installation_repositories(
        &self,
        total: i64,
        coverage: &Coverage,
        items: &[Viewed],
    ) -> String {
        let mut json = Writer::object(128 + items.len() * 7_000);
        json.number("total_count", total)
            .text("repository_selection", repository_selection(coverage))
            .raw("repositories", &self.listed(items));
        json.end()
    }

    fn listed(&self, repositories: &[Viewed]) -> String {
        let items = repositories.iter();
        array(items.map(|(details, role)| self.listed_repository(details, *role)))
    }
}

fn object(permissions: Permissions) -> String {
    // Names and levels of our own table: there is nothing that could fail.
    serde_json::to_string(&permissions).unwrap_or_default()
}
