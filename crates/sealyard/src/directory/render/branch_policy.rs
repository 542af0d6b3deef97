//! Deployment branch policies as JSON.

use super::{Node, View};
use crate::directory::branch_policy::DeploymentBranchPolicy;
use crate::directory::{Environment, Repository};
use crate::http::encode_segment;
use crate::http::writer::{Writer, array};

impl View {
    /// `{"total_count": …, "branch_policies": […]}`
    pub fn branch_policy_list(&self, total: i64, items: &[DeploymentBranchPolicy]) -> String {
        let items = items.iter().map(|item| self.branch_policy(item));
        let mut json = Writer::object(64);
        json.number("total_count", total)
            .raw("branch_policies", &array(items));
        json.end()
    }

    /// A policy.
    pub fn branch_policy(&self, policy: &DeploymentBranchPolicy) -> String {
        let mut json = Writer::object(160);
        json.number("id", policy.id)
            .text("node_id", &self.node_id(Node::BranchPolicy, policy.id))
            .text("name", policy.pattern.name.as_str())
            .text("type", policy.pattern.kind.as_str());
        json.end()
    }

    /// Where a policy is.
    pub fn branch_policy_url(
        &self,
        repository: &Repository,
        environment: &Environment,
        policy: &DeploymentBranchPolicy,
    ) -> String {
        format!(
            "{}/repos/{}/environments/{}/deployment-branch-policies/{}",
            self.base,
            repository.full_name(),
            encode_segment(&environment.name),
            policy.id
        )
    }
}
