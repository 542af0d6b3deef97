//! One row per operation: GitHub's id and documentation anchor, what it asks for, and the scopes
//! that `X-Accepted-OAuth-Scopes` names.

use super::Need;
use crate::directory::{OrganizationRole, RepositoryRole};
use crate::http::profile::Profile;
use crate::identity::scopes::Scope;

/// One operation of the API.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Which.
    pub operation: Operation,
    /// GitHub's operation id.
    pub id: &'static str,
    /// The page and anchor of its documentation.
    pub documentation: &'static str,
    /// What it asks for.
    pub need: Need,
    /// `X-Accepted-OAuth-Scopes`; empty is sent too.
    pub accepted_scopes: &'static str,
    /// How github.com words a refusal today.
    refusal: Text,
}

/// Which sentence refuses.
#[derive(Debug, Clone, Copy)]
enum Text {
    /// The sentence that everything got until 2024.
    Rights,
    OrganizationSecrets,
    RepositorySecretsRead,
    RepositorySecretsWrite,
    Runners,
}

impl Row {
    /// `message` of the 403.
    pub fn refusal(&self, profile: Profile) -> &'static str {
        match (profile, self.refusal) {
            (Profile::Ghes32, _) | (_, Text::Rights) => "Must have admin rights to Repository.",
            (_, Text::OrganizationSecrets) => {
                "You must be an org admin or have the actions secrets fine-grained permission."
            }
            (_, Text::RepositorySecretsRead) => {
                "You must have repository read permissions or have the repository secrets fine-grained permission."
            }
            (_, Text::RepositorySecretsWrite) => {
                "You must have repository write permissions or have the repository secrets fine-grained permission."
            }
            (_, Text::Runners) => {
                "You must have repository write permissions or have the repository runners fine-grained permission."
            }
        }
    }
}

macro_rules! table {
    ($($operation:ident $id:literal $documentation:literal $need:expr, $scopes:literal $text:ident;)*) => {
        /// Every operation that is served.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is described by its row, in GitHub's words")]
        pub enum Operation { $($operation,)* }

        /// The matrix, as the operations it has rows for.
        pub static TABLE: &[Operation] = &[$(Operation::$operation,)*];

        /// The row of an operation.
        pub fn row(operation: Operation) -> &'static Row {
            match operation {
                $(Operation::$operation => {
                    static ROW: &Row = &Row {
                        operation: Operation::$operation,
                        id: $id,
                        documentation: $documentation,
                        need: $need,
                        accepted_scopes: $scopes,
                        refusal: Text::$text,
                    };
                    ROW
                })*
            }
        }
    };
}

const OWNER: Need = Need::Organization(OrganizationRole::Owner, &[Scope::ADMIN_ORG]);
const RUNNERS: Need = Need::Organization(
    OrganizationRole::Owner,
    &[Scope::ADMIN_ORG, Scope::MANAGE_RUNNERS_ORG],
);
const MEMBER: Need = Need::Organization(OrganizationRole::Member, &[Scope::READ_ORG, Scope::REPO]);
const CREATE_IN: Need =
    Need::Organization(OrganizationRole::Member, &[Scope::REPO, Scope::PUBLIC_REPO]);
const READ: Need = Need::Repository(RepositoryRole::Read);
const WRITE: Need = Need::Repository(RepositoryRole::Write);
const CHANGE: Need = Need::ChangeRepository(RepositoryRole::Write);
const ADMIN: Need = Need::Repository(RepositoryRole::Admin);
const ADMINISTER: Need = Need::ChangeRepository(RepositoryRole::Admin);

table! {
    GetRoot "meta/root" "meta#github-api-root" Need::Nothing, "" Rights;
    GetMeta "meta/get" "meta#get-github-meta-information" Need::Nothing, "" Rights;
    GetZen "meta/get-zen" "meta#get-the-zen-of-github" Need::Nothing, "" Rights;
    GetRateLimit "rate-limit/get" "rate-limit#get-rate-limit-status-for-the-authenticated-user" Need::Nothing, "" Rights;
    GetDescription "sealyard/get-openapi" "meta#github-api-root" Need::Nothing, "" Rights;
    AskGraphql "graphql/query" "graphql" Need::User, "" Rights;
    GetAuthenticatedUser "users/get-authenticated" "users#get-the-authenticated-user" Need::User, "" Rights;
    GetUser "users/get-by-username" "users#get-a-user" Need::Nothing, "" Rights;
    ListOwnRepositories "repos/list-for-authenticated-user" "repos#list-repositories-for-the-authenticated-user" Need::User, "" Rights;
    CreateOwnRepository "repos/create-for-authenticated-user" "repos#create-a-repository-for-the-authenticated-user" Need::Scoped(&[Scope::REPO, Scope::PUBLIC_REPO]), "public_repo, repo" Rights;
    ListOwnOrganizations "orgs/list-for-authenticated-user" "orgs#list-organizations-for-the-authenticated-user" Need::Scoped(&[Scope::READ_ORG, Scope::REPO, Scope::USER]), "admin:org, read:org, repo, user, write:org" Rights;
    ListUserInstallations "apps/list-installations-for-authenticated-user" "apps#list-app-installations-accessible-to-the-user-access-token" Need::User, "" Rights;
    ListInstallationRepositories "apps/list-repos-accessible-to-installation" "apps#list-repositories-accessible-to-the-app-installation" Need::User, "" Rights;
    CreateUser "enterprise-admin/create-user" "enterprise-admin#create-a-user" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" Rights;
    CreateOrganization "enterprise-admin/create-org" "enterprise-admin#create-an-organization" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" Rights;
    CreateAuthorization "enterprise-admin/create-impersonation-o-auth-token" "enterprise-admin#create-an-impersonation-oauth-token" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" Rights;
    GetOrganization "orgs/get" "orgs#get-an-organization" Need::SeeOrganization, "admin:org, read:org, repo, user, write:org" Rights;
    ListOrganizationRepositories "repos/list-for-org" "repos#list-organization-repositories" Need::SeeOrganization, "admin:org, read:org, repo, user, write:org" Rights;
    CreateOrganizationRepository "repos/create-in-org" "repos#create-an-organization-repository" CREATE_IN, "public_repo, repo" Rights;
    ListMembers "orgs/list-members" "orgs#list-organization-members" MEMBER, "admin:org, read:org, repo, user, write:org" Rights;
    GetMembership "orgs/get-membership-for-user" "orgs#get-organization-membership-for-a-user" MEMBER, "admin:org, read:org, repo, user, write:org" Rights;
    SetMembership "orgs/set-membership-for-user" "orgs#set-organization-membership-for-a-user" OWNER, "admin:org" Rights;
    RemoveMembership "orgs/remove-membership-for-user" "orgs#remove-organization-membership-for-a-user" OWNER, "admin:org" Rights;
    GetRepository "repos/get" "repos#get-a-repository" READ, "repo" Rights;
    UpdateRepository "repos/update" "repos#update-a-repository" ADMIN, "repo" Rights;
    DeleteRepository "repos/delete" "repos#delete-a-repository" Need::DeleteRepository, "delete_repo" Rights;
    ListCollaborators "repos/list-collaborators" "repos#list-repository-collaborators" WRITE, "" Rights;
    CheckCollaborator "repos/check-collaborator" "repos#check-if-a-user-is-a-repository-collaborator" WRITE, "" Rights;
    AddCollaborator "repos/add-collaborator" "repos#add-a-repository-collaborator" ADMINISTER, "" Rights;
    RemoveCollaborator "repos/remove-collaborator" "repos#remove-a-repository-collaborator" ADMINISTER, "" Rights;
    GetCollaboratorPermission "repos/get-collaborator-permission-level" "repos#get-repository-permissions-for-a-user" WRITE, "" Rights;
    ListEnvironments "repos/get-all-environments" "repos#get-all-environments" READ, "" Rights;
    GetEnvironment "repos/get-environment" "repos#get-an-environment" READ, "" Rights;
    PutEnvironment "repos/create-or-update-environment" "repos#create-or-update-an-environment" ADMINISTER, "" Rights;
    DeleteEnvironment "repos/delete-an-environment" "repos#delete-an-environment" ADMINISTER, "" Rights;
    ListOrganizationSecrets "actions/list-org-secrets" "actions#list-organization-secrets" OWNER, "admin:org" OrganizationSecrets;
    GetOrganizationPublicKey "actions/get-org-public-key" "actions#get-an-organization-public-key" OWNER, "admin:org" OrganizationSecrets;
    GetOrganizationSecret "actions/get-org-secret" "actions#get-an-organization-secret" OWNER, "admin:org" OrganizationSecrets;
    PutOrganizationSecret "actions/create-or-update-org-secret" "actions#create-or-update-an-organization-secret" OWNER, "admin:org" OrganizationSecrets;
    DeleteOrganizationSecret "actions/delete-org-secret" "actions#delete-an-organization-secret" OWNER, "admin:org" OrganizationSecrets;
    ListRepositorySecrets "actions/list-repo-secrets" "actions#list-repository-secrets" WRITE, "" RepositorySecretsRead;
    GetRepositoryPublicKey "actions/get-repo-public-key" "actions#get-a-repository-public-key" Need::PublicKey, "" RepositorySecretsRead;
    GetRepositorySecret "actions/get-repo-secret" "actions#get-a-repository-secret" WRITE, "" RepositorySecretsRead;
    PutRepositorySecret "actions/create-or-update-repo-secret" "actions#create-or-update-a-repository-secret" CHANGE, "" RepositorySecretsWrite;
    DeleteRepositorySecret "actions/delete-repo-secret" "actions#delete-a-repository-secret" CHANGE, "" RepositorySecretsWrite;
    ListEnvironmentSecrets "actions/list-environment-secrets" "actions#list-environment-secrets" WRITE, "" RepositorySecretsRead;
    GetEnvironmentPublicKey "actions/get-environment-public-key" "actions#get-an-environment-public-key" Need::PublicKey, "" RepositorySecretsRead;
    GetEnvironmentSecret "actions/get-environment-secret" "actions#get-an-environment-secret" WRITE, "" RepositorySecretsRead;
    PutEnvironmentSecret "actions/create-or-update-environment-secret" "actions#create-or-update-an-environment-secret" CHANGE, "" RepositorySecretsWrite;
    DeleteEnvironmentSecret "actions/delete-environment-secret" "actions#delete-an-environment-secret" CHANGE, "" RepositorySecretsWrite;
    ListSelectedRepositories "actions/list-selected-repos-for-org-secret" "actions#list-selected-repositories-for-an-organization-secret" OWNER, "admin:org" OrganizationSecrets;
    SetSelectedRepositories "actions/set-selected-repos-for-org-secret" "actions#set-selected-repositories-for-an-organization-secret" OWNER, "admin:org" OrganizationSecrets;
    AddSelectedRepository "actions/add-selected-repo-to-org-secret" "actions#add-selected-repository-to-an-organization-secret" OWNER, "admin:org" OrganizationSecrets;
    RemoveSelectedRepository "actions/remove-selected-repo-from-org-secret" "actions#remove-selected-repository-from-an-organization-secret" OWNER, "admin:org" OrganizationSecrets;
    ListRepositoryOrganizationSecrets "actions/list-repo-organization-secrets" "actions#list-repository-organization-secrets" WRITE, "" RepositorySecretsRead;
    ListOrganizationRunners "actions/list-self-hosted-runners-for-org" "actions#list-self-hosted-runners-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    GetOrganizationRunner "actions/get-self-hosted-runner-for-org" "actions#get-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    DeleteOrganizationRunner "actions/delete-self-hosted-runner-from-org" "actions#delete-a-self-hosted-runner-from-an-organization" OWNER, "admin:org" Runners;
    CreateOrganizationRegistrationToken "actions/create-registration-token-for-org" "actions#create-a-registration-token-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    CreateOrganizationRemoveToken "actions/create-remove-token-for-org" "actions#create-a-remove-token-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    ListOrganizationRunnerLabels "actions/list-labels-for-self-hosted-runner-for-org" "actions#list-labels-for-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    AddOrganizationRunnerLabels "actions/add-custom-labels-to-self-hosted-runner-for-org" "actions#add-custom-labels-to-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    SetOrganizationRunnerLabels "actions/set-custom-labels-for-self-hosted-runner-for-org" "actions#set-custom-labels-for-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    RemoveAllOrganizationRunnerLabels "actions/remove-all-custom-labels-from-self-hosted-runner-for-org" "actions#remove-all-custom-labels-from-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    RemoveOrganizationRunnerLabel "actions/remove-custom-label-from-self-hosted-runner-for-org" "actions#remove-a-custom-label-from-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" Runners;
    ListRepositoryRunners "actions/list-self-hosted-runners-for-repo" "actions#list-self-hosted-runners-for-a-repository" ADMIN, "repo" Runners;
    GetRepositoryRunner "actions/get-self-hosted-runner-for-repo" "actions#get-a-self-hosted-runner-for-a-repository" ADMIN, "repo" Runners;
    DeleteRepositoryRunner "actions/delete-self-hosted-runner-from-repo" "actions#delete-a-self-hosted-runner-from-a-repository" ADMIN, "repo" Runners;
    CreateRepositoryRegistrationToken "actions/create-registration-token-for-repo" "actions#create-a-registration-token-for-a-repository" ADMINISTER, "repo" Runners;
    CreateRepositoryRemoveToken "actions/create-remove-token-for-repo" "actions#create-a-remove-token-for-a-repository" ADMINISTER, "repo" Runners;
    ListRepositoryRunnerLabels "actions/list-labels-for-self-hosted-runner-for-repo" "actions#list-labels-for-a-self-hosted-runner-for-a-repository" ADMIN, "repo" Runners;
    AddRepositoryRunnerLabels "actions/add-custom-labels-to-self-hosted-runner-for-repo" "actions#add-custom-labels-to-a-self-hosted-runner-for-a-repository" ADMINISTER, "repo" Runners;
    SetRepositoryRunnerLabels "actions/set-custom-labels-for-self-hosted-runner-for-repo" "actions#set-custom-labels-for-a-self-hosted-runner-for-a-repository" ADMINISTER, "repo" Runners;
    RemoveAllRepositoryRunnerLabels "actions/remove-all-custom-labels-from-self-hosted-runner-for-repo" "actions#remove-all-custom-labels-from-a-self-hosted-runner-for-a-repository" ADMINISTER, "repo" Runners;
    RemoveRepositoryRunnerLabel "actions/remove-custom-label-from-self-hosted-runner-for-repo" "actions#remove-a-custom-label-from-a-self-hosted-runner-for-a-repository" ADMINISTER, "repo" Runners;
    RegisterRunner "sealyard/register-runner" "actions#self-hosted-runners" Need::Nothing, "" Rights;
}
