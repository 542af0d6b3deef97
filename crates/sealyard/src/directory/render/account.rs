//! Users, organisations and memberships as JSON.

use super::View;
use crate::clock::rfc3339;
use crate::directory::account::AccountDetails;
use crate::directory::member::Member;
use crate::directory::organization::OrganizationSummary;
use crate::http::profile::Profile;
use crate::http::writer::Writer;

impl View {
    /// An account as everybody may see it ("public user"), also an organisation's.
    pub fn public_account(&self, details: &AccountDetails) -> String {
        let mut json = Writer::object(1_800);
        self.write_profile(&mut json, details, None);
        json.end()
    }

    /// The caller's own account ("private user").
    pub fn private_user(&self, details: &AccountDetails) -> String {
        let mut json = Writer::object(2_000);
        self.write_profile(&mut json, details, details.email.as_deref());
        json.number("private_gists", 0)
            .number("total_private_repos", details.private_repositories)
            .number("owned_private_repos", details.private_repositories)
            .number("disk_usage", 0)
            .number("collaborators", 0)
            // There are no passwords here, and nothing beside them.
            .boolean("two_factor_authentication", false);
        json.end()
    }

    fn write_profile(&self, json: &mut Writer, details: &AccountDetails, email: Option<&str>) {
        self.write_simple_user(json, &details.account);
        json.optional_text("name", details.name.as_deref())
            .raw("company", "null")
            .text("blog", "")
            .raw("location", "null")
            .optional_text("email", email)
            .raw("hireable", "null")
            .optional_text("bio", details.description.as_deref())
            .raw("twitter_username", "null")
            .number("public_repos", details.public_repositories)
            .number("public_gists", 0)
            .number("followers", 0)
            .number("following", 0)
            .text("created_at", &rfc3339(details.created_at))
            .text("updated_at", &rfc3339(details.updated_at));
        if self.profile == Profile::Ghes32 {
            let suspended_at = details.suspended_at.map(rfc3339);
            json.optional_text("suspended_at", suspended_at.as_deref());
        }
    }

    /// An organisation as it stands in lists.
    pub fn simple_organization(&self, organization: &OrganizationSummary) -> String {
        let mut json = Writer::object(700);
        let OrganizationSummary {
            id,
            login,
            description,
        } = organization;
        self.write_simple_organization(&mut json, id.0, login, description.as_deref());
        json.end()
    }

    /// A single organisation; with `for_owner` also what only its owners may know.
    ///
    /// GitHub's description says of `name` that it is a text, never `null`: it is left out where
    /// there is none.
    pub fn full_organization(&self, details: &AccountDetails, for_owner: bool) -> String {
        let mut json = Writer::object(2_000);
        let (id, login) = (details.account.id.0, details.account.login.as_str());
        self.write_simple_organization(&mut json, id, login, details.description.as_deref());
        if let Some(name) = &details.name {
            json.text("name", name);
        }
        json.raw("twitter_username", "null")
            .boolean("is_verified", false)
            .boolean("has_organization_projects", false)
            .boolean("has_repository_projects", false)
            .number("public_repos", details.public_repositories)
            .number("public_gists", 0)
            .number("followers", 0)
            .number("following", 0)
            .joined("html_url", &[&self.origin, "/", login])
            .text("created_at", &rfc3339(details.created_at))
            .text("updated_at", &rfc3339(details.updated_at))
            .text("type", details.account.kind.as_str());
        if for_owner {
            json.number("total_private_repos", details.private_repositories)
                .number("owned_private_repos", details.private_repositories)
                .number("private_gists", 0)
                .number("disk_usage", 0)
                .number("collaborators", 0)
                .optional_text("billing_email", details.email.as_deref())
                .text("default_repository_permission", "read")
                .boolean("members_can_create_repositories", true)
                .boolean("two_factor_requirement_enabled", false)
                .text("members_allowed_repository_creation_type", "all")
                .boolean("members_can_create_public_repositories", true)
                .boolean("members_can_create_private_repositories", true)
                .boolean("members_can_create_internal_repositories", true)
                .boolean("members_can_create_pages", false)
                .boolean("members_can_fork_private_repositories", false);
        }
        json.end()
    }

    /// A user's place in an organisation. It is always active: nobody is invited here.
    pub fn membership(&self, organization: &OrganizationSummary, member: &Member) -> String {
        let mut json = Writer::object(2_200);
        let (org, user) = (organization.login.as_str(), member.user.login.as_str());
        json.joined("url", &[&self.base, "/orgs/", org, "/memberships/", user])
            .text("state", "active")
            .text("role", member.role.as_str())
            .joined("organization_url", &[&self.base, "/orgs/", org])
            .raw("organization", &self.simple_organization(organization))
            .raw("user", &self.simple_user(&member.user));
        json.end()
    }
}
