//! The people of a repository as JSON.

use super::View;
use super::repository::permissions;
use crate::directory::{Owner, RepositoryRole, RepositoryVisibility};
use crate::http::writer::Writer;

/// GitHub's word for the role of somebody who has none.
const NONE: &str = "none";

impl View {
    /// A user with what they may do.
    pub fn collaborator(&self, user: &Owner, role: Option<RepositoryRole>) -> String {
        let mut json = Writer::object(1_300);
        self.write_simple_user(&mut json, user);
        json.raw(
            "permissions",
            &permissions(RepositoryVisibility::Private, role),
        )
        .text("role_name", role.map_or(NONE, RepositoryRole::role_name));
        json.end()
    }

    /// What a user may do in a repository, in GitHub's older words and in today's.
    pub fn collaborator_permission(&self, user: &Owner, role: Option<RepositoryRole>) -> String {
        let mut json = Writer::object(1_500);
        json.text(
            "permission",
            role.map_or(NONE, RepositoryRole::legacy_permission),
        )
        .raw("user", &self.collaborator(user, role))
        .text("role_name", role.map_or(NONE, RepositoryRole::role_name));
        json.end()
    }
}
