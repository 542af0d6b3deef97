//! One row per operation: GitHub's id and documentation anchor, what it asks for, and the scopes
//! that `X-Accepted-OAuth-Scopes` names.

use super::{Ask, Level, Need, Permission, Remote};
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
    /// What it asks of apps and fine-grained tokens.
    pub ask: Ask,
    /// Which runner tokens it takes.
    pub remote: Remote,
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
    OrganizationRunners,
    RepositoryRunners,
    /// Sentences of operations for one kind of credential alone.
    UserOfApp,
    ListInstallation,
    RevokeInstallation,
}

impl Row {
    /// `X-Accepted-GitHub-Permissions`; `None` where no permission is asked for.
    pub fn accepted_permissions(&self, profile: Profile) -> Option<String> {
        let (permission, level) = self.ask.of(profile)?;
        let asked = format!("{}={}", permission.name(), level.as_str());
        let of_repository = matches!(
            self.operation,
            Operation::AddSelectedRepository | Operation::RemoveSelectedRepository
        );
        // A comma is "and": the repository must be one that the caller reaches.
        Some(if of_repository {
            format!("{asked},metadata=read")
        } else {
            asked
        })
    }

    /// `message` of the 403.
    pub fn refusal(&self, profile: Profile) -> &'static str {
        match (profile, self.refusal) {
            (_, Text::UserOfApp) => {
                "You must authenticate with an access token authorized to a GitHub App in order to list installations"
            }
            (_, Text::ListInstallation) => {
                "You must authenticate with an installation access token in order to list repositories for an installation."
            }
            (_, Text::RevokeInstallation) => {
                "You must authenticate with an installation access token in order to revoke it."
            }
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
            (_, Text::OrganizationRunners) => {
                "You must be an org admin or have the runners and runner groups fine-grained permission."
            }
            (_, Text::RepositoryRunners) => {
                "You must have repository write permissions or have the repository runners fine-grained permission."
            }
        }
    }
}

macro_rules! table {
    ($($operation:ident $id:literal $documentation:literal $need:expr, $scopes:literal $ask:ident $remote:ident $text:ident;)*) => {
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
                        ask: $ask,
                        remote: Remote::$remote,
                        accepted_scopes: $scopes,
                        refusal: Text::$text,
                    };
                    ROW
                })*
            }
        }
    };
}

const NONE: Ask = Ask::Nothing;
const ACTIONS_READ: Ask = Ask::Of(Permission::ACTIONS, Level::Read);
const ACTIONS_WRITE: Ask = Ask::Of(Permission::ACTIONS, Level::Write);
const ADMINISTRATION_READ: Ask = Ask::Of(Permission::ADMINISTRATION, Level::Read);
const ADMINISTRATION_WRITE: Ask = Ask::Of(Permission::ADMINISTRATION, Level::Write);
const DEPLOYMENTS_WRITE: Ask = Ask::Of(Permission::DEPLOYMENTS, Level::Write);
const ENVIRONMENT_READ: Ask = Ask::EnvironmentSecrets(Level::Read);
const ENVIRONMENT_WRITE: Ask = Ask::EnvironmentSecrets(Level::Write);
const MEMBERS_READ: Ask = Ask::Of(Permission::MEMBERS, Level::Read);
const MEMBERS_WRITE: Ask = Ask::Of(Permission::MEMBERS, Level::Write);
const METADATA_READ: Ask = Ask::Of(Permission::METADATA, Level::Read);
const ORGANIZATION_RUNNERS_READ: Ask = Ask::Of(Permission::ORGANIZATION_RUNNERS, Level::Read);
const ORGANIZATION_RUNNERS_WRITE: Ask = Ask::Of(Permission::ORGANIZATION_RUNNERS, Level::Write);
const ORGANIZATION_SECRETS_READ: Ask = Ask::Of(Permission::ORGANIZATION_SECRETS, Level::Read);
const ORGANIZATION_SECRETS_WRITE: Ask = Ask::Of(Permission::ORGANIZATION_SECRETS, Level::Write);
const SECRETS_READ: Ask = Ask::Of(Permission::SECRETS, Level::Read);
const SECRETS_WRITE: Ask = Ask::Of(Permission::SECRETS, Level::Write);

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
    GetRoot "meta/root" "meta#github-api-root" Need::Nothing, "" NONE No Rights;
    GetMeta "meta/get" "meta#get-github-meta-information" Need::Nothing, "" NONE No Rights;
    GetZen "meta/get-zen" "meta#get-the-zen-of-github" Need::Nothing, "" NONE No Rights;
    GetRateLimit "rate-limit/get" "rate-limit#get-rate-limit-status-for-the-authenticated-user" Need::Nothing, "" NONE No Rights;
    GetDescription "sealyard/openapi" "meta#github-api-root" Need::Nothing, "" NONE No Rights;
    AskGraphql "sealyard/graphql" "graphql" Need::Token, "" NONE No Rights;
    GetAuthenticatedUser "users/get-authenticated" "users#get-the-authenticated-user" Need::User, "" NONE No Rights;
    GetUser "users/get-by-username" "users#get-a-user" Need::Nothing, "" NONE No Rights;
    ListOwnRepositories "repos/list-for-authenticated-user" "repos#list-repositories-for-the-authenticated-user" Need::User, "" NONE No Rights;
    CreateOwnRepository "repos/create-for-authenticated-user" "repos#create-a-repository-for-the-authenticated-user" Need::Scoped(&[Scope::REPO, Scope::PUBLIC_REPO]), "public_repo, repo" ADMINISTRATION_WRITE No Rights;
    ListOwnOrganizations "orgs/list-for-authenticated-user" "orgs#list-organizations-for-the-authenticated-user" Need::Scoped(&[Scope::READ_ORG, Scope::REPO, Scope::USER]), "admin:org, read:org, repo, user, write:org" NONE No Rights;
    ListUserInstallations "apps/list-installations-for-authenticated-user" "apps#list-app-installations-accessible-to-the-user-access-token" Need::UserOfApp, "" NONE No UserOfApp;
    ListInstallationRepositories "apps/list-repos-accessible-to-installation" "apps#list-repositories-accessible-to-the-app-installation" Need::Installation, "" NONE No ListInstallation;
    CreateUser "enterprise-admin/create-user" "enterprise-admin#create-a-user" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" NONE No Rights;
    CreateOrganization "enterprise-admin/create-org" "enterprise-admin#create-an-organization" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" NONE No Rights;
    CreateAuthorization "enterprise-admin/create-impersonation-o-auth-token" "enterprise-admin#create-an-impersonation-oauth-token" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" NONE No Rights;
    GetOrganization "orgs/get" "orgs#get-an-organization" Need::SeeOrganization, "admin:org, read:org, repo, user, write:org" NONE No Rights;
    ListOrganizationRepositories "repos/list-for-org" "repos#list-organization-repositories" Need::SeeOrganization, "" NONE No Rights;
    CreateOrganizationRepository "repos/create-in-org" "repos#create-an-organization-repository" CREATE_IN, "public_repo, repo" ADMINISTRATION_WRITE No Rights;
    ListMembers "orgs/list-members" "orgs#list-organization-members" MEMBER, "admin:org, read:org, repo, write:org" MEMBERS_READ No Rights;
    GetMembership "orgs/get-membership-for-user" "orgs#get-organization-membership-for-a-user" MEMBER, "admin:org, read:org, repo, write:org" MEMBERS_READ No Rights;
    SetMembership "orgs/set-membership-for-user" "orgs#set-organization-membership-for-a-user" OWNER, "admin:org" MEMBERS_WRITE No Rights;
    RemoveMembership "orgs/remove-membership-for-user" "orgs#remove-organization-membership-for-a-user" OWNER, "admin:org" MEMBERS_WRITE No Rights;
    GetRepository "repos/get" "repos#get-a-repository" READ, "repo" METADATA_READ No Rights;
    UpdateRepository "repos/update" "repos#update-a-repository" ADMIN, "" ADMINISTRATION_WRITE No Rights;
    DeleteRepository "repos/delete" "repos#delete-a-repository" Need::DeleteRepository, "delete_repo" ADMINISTRATION_WRITE No Rights;
    ListCollaborators "repos/list-collaborators" "repos#list-repository-collaborators" WRITE, "" METADATA_READ No Rights;
    CheckCollaborator "repos/check-collaborator" "repos#check-if-a-user-is-a-repository-collaborator" WRITE, "" METADATA_READ No Rights;
    AddCollaborator "repos/add-collaborator" "repos#add-a-repository-collaborator" ADMINISTER, "" ADMINISTRATION_WRITE No Rights;
    RemoveCollaborator "repos/remove-collaborator" "repos#remove-a-repository-collaborator" ADMINISTER, "" ADMINISTRATION_WRITE No Rights;
    GetCollaboratorPermission "repos/get-collaborator-permission-level" "repos#get-repository-permissions-for-a-user" WRITE, "" METADATA_READ No Rights;
    ListEnvironments "repos/get-all-environments" "repos#get-all-environments" READ, "" ACTIONS_READ No Rights;
    GetEnvironment "repos/get-environment" "repos#get-an-environment" READ, "" ACTIONS_READ No Rights;
    PutEnvironment "repos/create-or-update-environment" "repos#create-or-update-an-environment" ADMINISTER, "" ADMINISTRATION_WRITE No Rights;
    DeleteEnvironment "repos/delete-an-environment" "repos#delete-an-environment" ADMINISTER, "" ADMINISTRATION_WRITE No Rights;
    ListBranchPolicies "repos/list-deployment-branch-policies" "deployments#list-deployment-branch-policies" READ, "" ACTIONS_READ No Rights;
    CreateBranchPolicy "repos/create-deployment-branch-policy" "deployments#create-a-deployment-branch-policy" ADMINISTER, "" ADMINISTRATION_WRITE No Rights;
    GetBranchPolicy "repos/get-deployment-branch-policy" "deployments#get-a-deployment-branch-policy" READ, "" ACTIONS_READ No Rights;
    UpdateBranchPolicy "repos/update-deployment-branch-policy" "deployments#update-a-deployment-branch-policy" ADMINISTER, "" ADMINISTRATION_WRITE No Rights;
    DeleteBranchPolicy "repos/delete-deployment-branch-policy" "deployments#delete-a-deployment-branch-policy" ADMINISTER, "" ADMINISTRATION_WRITE No Rights;
    ListOrganizationSecrets "actions/list-org-secrets" "actions#list-organization-secrets" OWNER, "admin:org" ORGANIZATION_SECRETS_READ No OrganizationSecrets;
    GetOrganizationPublicKey "actions/get-org-public-key" "actions#get-an-organization-public-key" OWNER, "admin:org" ORGANIZATION_SECRETS_READ No OrganizationSecrets;
    GetOrganizationSecret "actions/get-org-secret" "actions#get-an-organization-secret" OWNER, "admin:org" ORGANIZATION_SECRETS_READ No OrganizationSecrets;
    PutOrganizationSecret "actions/create-or-update-org-secret" "actions#create-or-update-an-organization-secret" OWNER, "admin:org" ORGANIZATION_SECRETS_WRITE No OrganizationSecrets;
    DeleteOrganizationSecret "actions/delete-org-secret" "actions#delete-an-organization-secret" OWNER, "admin:org" ORGANIZATION_SECRETS_WRITE No OrganizationSecrets;
    ListRepositorySecrets "actions/list-repo-secrets" "actions#list-repository-secrets" WRITE, "" SECRETS_READ No RepositorySecretsRead;
    GetRepositoryPublicKey "actions/get-repo-public-key" "actions#get-a-repository-public-key" Need::PublicKey, "" SECRETS_READ No RepositorySecretsRead;
    GetRepositorySecret "actions/get-repo-secret" "actions#get-a-repository-secret" WRITE, "" SECRETS_READ No RepositorySecretsRead;
    PutRepositorySecret "actions/create-or-update-repo-secret" "actions#create-or-update-a-repository-secret" CHANGE, "" SECRETS_WRITE No RepositorySecretsWrite;
    DeleteRepositorySecret "actions/delete-repo-secret" "actions#delete-a-repository-secret" CHANGE, "" SECRETS_WRITE No RepositorySecretsWrite;
    ListEnvironmentSecrets "actions/list-environment-secrets" "actions#list-environment-secrets" WRITE, "" ENVIRONMENT_READ No RepositorySecretsRead;
    GetEnvironmentPublicKey "actions/get-environment-public-key" "actions#get-an-environment-public-key" Need::PublicKey, "" ENVIRONMENT_READ No RepositorySecretsRead;
    GetEnvironmentSecret "actions/get-environment-secret" "actions#get-an-environment-secret" WRITE, "" ENVIRONMENT_READ No RepositorySecretsRead;
    PutEnvironmentSecret "actions/create-or-update-environment-secret" "actions#create-or-update-an-environment-secret" CHANGE, "" ENVIRONMENT_WRITE No RepositorySecretsWrite;
    DeleteEnvironmentSecret "actions/delete-environment-secret" "actions#delete-an-environment-secret" CHANGE, "" ENVIRONMENT_WRITE No RepositorySecretsWrite;
    ListSelectedRepositories "actions/list-selected-repos-for-org-secret" "actions#list-selected-repositories-for-an-organization-secret" OWNER, "admin:org" ORGANIZATION_SECRETS_READ No OrganizationSecrets;
    SetSelectedRepositories "actions/set-selected-repos-for-org-secret" "actions#set-selected-repositories-for-an-organization-secret" OWNER, "admin:org" ORGANIZATION_SECRETS_WRITE No OrganizationSecrets;
    AddSelectedRepository "actions/add-selected-repo-to-org-secret" "actions#add-selected-repository-to-an-organization-secret" OWNER, "admin:org" ORGANIZATION_SECRETS_WRITE No OrganizationSecrets;
    RemoveSelectedRepository "actions/remove-selected-repo-from-org-secret" "actions#remove-selected-repository-from-an-organization-secret" OWNER, "admin:org" ORGANIZATION_SECRETS_WRITE No OrganizationSecrets;
    ListRepositoryOrganizationSecrets "actions/list-repo-organization-secrets" "actions#list-repository-organization-secrets" WRITE, "" SECRETS_READ No RepositorySecretsRead;
    ListOrganizationRunners "actions/list-self-hosted-runners-for-org" "actions#list-self-hosted-runners-for-an-organization" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_READ Either OrganizationRunners;
    GetOrganizationRunner "actions/get-self-hosted-runner-for-org" "actions#get-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_READ Either OrganizationRunners;
    DeleteOrganizationRunner "actions/delete-self-hosted-runner-from-org" "actions#delete-a-self-hosted-runner-from-an-organization" OWNER, "admin:org" ORGANIZATION_RUNNERS_WRITE Remove OrganizationRunners;
    CreateOrganizationRegistrationToken "actions/create-registration-token-for-org" "actions#create-a-registration-token-for-an-organization" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_WRITE No OrganizationRunners;
    CreateOrganizationRemoveToken "actions/create-remove-token-for-org" "actions#create-a-remove-token-for-an-organization" OWNER, "admin:org" ORGANIZATION_RUNNERS_WRITE No OrganizationRunners;
    ListOrganizationRunnerLabels "actions/list-labels-for-self-hosted-runner-for-org" "actions#list-labels-for-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_READ No OrganizationRunners;
    AddOrganizationRunnerLabels "actions/add-custom-labels-to-self-hosted-runner-for-org" "actions#add-custom-labels-to-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_WRITE No OrganizationRunners;
    SetOrganizationRunnerLabels "actions/set-custom-labels-for-self-hosted-runner-for-org" "actions#set-custom-labels-for-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_WRITE No OrganizationRunners;
    RemoveAllOrganizationRunnerLabels "actions/remove-all-custom-labels-from-self-hosted-runner-for-org" "actions#remove-all-custom-labels-from-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_WRITE No OrganizationRunners;
    RemoveOrganizationRunnerLabel "actions/remove-custom-label-from-self-hosted-runner-for-org" "actions#remove-a-custom-label-from-a-self-hosted-runner-for-an-organization" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_WRITE No OrganizationRunners;
    ListRepositoryRunners "actions/list-self-hosted-runners-for-repo" "actions#list-self-hosted-runners-for-a-repository" ADMIN, "repo" ADMINISTRATION_READ Either RepositoryRunners;
    GetRepositoryRunner "actions/get-self-hosted-runner-for-repo" "actions#get-a-self-hosted-runner-for-a-repository" ADMIN, "repo" ADMINISTRATION_READ Either RepositoryRunners;
    DeleteRepositoryRunner "actions/delete-self-hosted-runner-from-repo" "actions#delete-a-self-hosted-runner-from-a-repository" ADMIN, "repo" ADMINISTRATION_WRITE Remove RepositoryRunners;
    CreateRepositoryRegistrationToken "actions/create-registration-token-for-repo" "actions#create-a-registration-token-for-a-repository" ADMINISTER, "repo" ADMINISTRATION_WRITE No RepositoryRunners;
    CreateRepositoryRemoveToken "actions/create-remove-token-for-repo" "actions#create-a-remove-token-for-a-repository" ADMIN, "repo" ADMINISTRATION_WRITE No RepositoryRunners;
    ListRepositoryRunnerLabels "actions/list-labels-for-self-hosted-runner-for-repo" "actions#list-labels-for-a-self-hosted-runner-for-a-repository" ADMIN, "repo" ADMINISTRATION_READ No RepositoryRunners;
    AddRepositoryRunnerLabels "actions/add-custom-labels-to-self-hosted-runner-for-repo" "actions#add-custom-labels-to-a-self-hosted-runner-for-a-repository" ADMINISTER, "repo" ADMINISTRATION_WRITE No RepositoryRunners;
    SetRepositoryRunnerLabels "actions/set-custom-labels-for-self-hosted-runner-for-repo" "actions#set-custom-labels-for-a-self-hosted-runner-for-a-repository" ADMINISTER, "repo" ADMINISTRATION_WRITE No RepositoryRunners;
    RemoveAllRepositoryRunnerLabels "actions/remove-all-custom-labels-from-self-hosted-runner-for-repo" "actions#remove-all-custom-labels-from-a-self-hosted-runner-for-a-repository" ADMINISTER, "repo" ADMINISTRATION_WRITE No RepositoryRunners;
    RemoveRepositoryRunnerLabel "actions/remove-custom-label-from-self-hosted-runner-for-repo" "actions#remove-a-custom-label-from-a-self-hosted-runner-for-a-repository" ADMINISTER, "repo" ADMINISTRATION_WRITE No RepositoryRunners;
    CreateTicket "sealyard/create-ticket" "actions#self-hosted-runners" CHANGE, "repo" ACTIONS_WRITE No Rights;
    ApproveTicket "sealyard/approve-ticket" "actions#self-hosted-runners" Need::Review, "repo" DEPLOYMENTS_WRITE No Rights;
    OpenJob "sealyard/open-job" "actions#self-hosted-runners" CHANGE, "repo" ACTIONS_WRITE Runner Rights;
    GetJob "sealyard/get-job" "actions#self-hosted-runners" READ, "repo" ACTIONS_READ Runner Rights;
    CompleteJob "sealyard/complete-job" "actions#self-hosted-runners" WRITE, "repo" ACTIONS_WRITE Runner Rights;
    ListJobs "sealyard/list-jobs" "actions#self-hosted-runners" READ, "repo" ACTIONS_READ No Rights;
    Heartbeat "sealyard/heartbeat" "actions#self-hosted-runners" Need::Runner, "" NONE Runner Rights;
    ListRunnerRepositories "sealyard/list-runner-repositories" "actions#self-hosted-runners" RUNNERS, "admin:org, manage_runners:org" ORGANIZATION_RUNNERS_READ No OrganizationRunners;
    SetRunnerRepositories "sealyard/set-runner-repositories" "actions#self-hosted-runners" OWNER, "admin:org" ORGANIZATION_RUNNERS_WRITE No OrganizationRunners;
    ListOrganizationDeliveries "sealyard/list-org-deliveries" "actions#secrets" OWNER, "admin:org" ORGANIZATION_SECRETS_READ No OrganizationSecrets;
    ListRepositoryDeliveries "sealyard/list-repo-deliveries" "actions#secrets" WRITE, "repo" SECRETS_READ No RepositorySecretsRead;
    ListEnvironmentDeliveries "sealyard/list-environment-deliveries" "actions#secrets" WRITE, "repo" ENVIRONMENT_READ No RepositorySecretsRead;
    RegisterRunner "sealyard/register-runner" "actions#self-hosted-runners" Need::Nothing, "" NONE No Rights;
    GetApp "apps/get-authenticated" "apps#get-the-authenticated-app" Need::App, "" NONE No Rights;
    ListInstallations "apps/list-installations" "apps#list-installations-for-the-authenticated-app" Need::App, "" NONE No Rights;
    GetInstallation "apps/get-installation" "apps#get-an-installation-for-the-authenticated-app" Need::App, "" NONE No Rights;
    DeleteInstallation "apps/delete-installation" "apps#delete-an-installation-for-the-authenticated-app" Need::App, "" NONE No Rights;
    CreateInstallationToken "apps/create-installation-access-token" "apps#create-an-installation-access-token-for-an-app" Need::App, "" NONE No Rights;
    SuspendInstallation "apps/suspend-installation" "apps#suspend-an-app-installation" Need::App, "" NONE No Rights;
    UnsuspendInstallation "apps/unsuspend-installation" "apps#unsuspend-an-app-installation" Need::App, "" NONE No Rights;
    GetOrganizationInstallation "apps/get-org-installation" "apps#get-an-organization-installation-for-the-authenticated-app" Need::App, "" NONE No Rights;
    GetRepositoryInstallation "apps/get-repo-installation" "apps#get-a-repository-installation-for-the-authenticated-app" Need::App, "" NONE No Rights;
    GetUserInstallation "apps/get-user-installation" "apps#get-a-user-installation-for-the-authenticated-app" Need::App, "" NONE No Rights;
    RevokeInstallationToken "apps/revoke-installation-access-token" "apps#revoke-an-installation-access-token" Need::Installation, "" NONE No RevokeInstallation;
    SuspendUser "enterprise-admin/suspend-user" "enterprise-admin#suspend-a-user" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" NONE No Rights;
    UnsuspendUser "enterprise-admin/unsuspend-user" "enterprise-admin#unsuspend-a-user" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" NONE No Rights;
    DeleteAuthorization "enterprise-admin/delete-impersonation-o-auth-token" "enterprise-admin#delete-an-impersonation-oauth-token" Need::SiteAdmin(Scope::SITE_ADMIN), "site_admin" NONE No Rights;
}
