//! Environments as JSON, with the rules that protect them.

use super::{Node, View};
use crate::clock::rfc3339;
use crate::directory::Repository;
use crate::directory::environment::{BranchPolicy, EnvironmentDetails, Reviewers};
use crate::http::encode_segment;
use crate::http::writer::{Writer, array};

/// Kinds of rules, with their place among the rules of an environment.
#[derive(Clone, Copy)]
enum Rule {
    WaitTimer,
    RequiredReviewers,
    BranchPolicy,
}

impl View {
    /// `{"total_count": …, "environments": […]}`
    pub fn environment_list(
        &self,
        total: i64,
        repository: &Repository,
        items: &[EnvironmentDetails],
        reviewers: &Reviewers,
    ) -> String {
        let items = items
            .iter()
            .map(|item| self.environment(repository, item, reviewers));
        let mut json = Writer::object(64);
        json.number("total_count", total)
            .raw("environments", &array(items));
        json.end()
    }

    /// An environment. `url` is percent-encoded, where GitHub's is not: clients append paths to it.
    pub fn environment(
        &self,
        repository: &Repository,
        details: &EnvironmentDetails,
        reviewers: &Reviewers,
    ) -> String {
        let id = details.environment.id.0;
        let (owner, name) = (repository.owner.login.as_str(), repository.name.as_str());
        let segment = encode_segment(&details.environment.name);
        let mut json = Writer::object(1_000);
        json.number("id", id)
            .text("node_id", &self.node_id(Node::Environment, id))
            .text("name", &details.environment.name)
            .joined(
                "url",
                &[
                    &self.base,
                    "/repos/",
                    owner,
                    "/",
                    name,
                    "/environments/",
                    &segment,
                ],
            )
            .joined(
                "html_url",
                &[
                    &self.origin,
                    "/",
                    owner,
                    "/",
                    name,
                    "/deployments/activity_log?environments_filter=",
                    &segment,
                ],
            )
            .text("created_at", &rfc3339(details.created_at))
            .text("updated_at", &rfc3339(details.updated_at))
            .boolean("can_admins_bypass", details.settings.can_admins_bypass)
            .raw("protection_rules", &array(self.rules(details, reviewers)))
            .raw(
                "deployment_branch_policy",
                policy(details.settings.branch_policy),
            );
        json.end()
    }

    fn rules(&self, details: &EnvironmentDetails, reviewers: &Reviewers) -> Vec<String> {
        let id = details.environment.id.0;
        let settings = &details.settings;
        let mut rules = Vec::new();
        if settings.wait_timer > 0 {
            let mut json = self.rule(id, Rule::WaitTimer);
            json.text("type", "wait_timer")
                .number("wait_timer", settings.wait_timer);
            rules.push(json.end());
        }
        if settings.prevent_self_review || !settings.reviewers.is_empty() {
            let users = settings
                .reviewers
                .iter()
                .filter_map(|id| reviewers.get(id))
                .map(|user| {
                    let mut json = Writer::object(1_200);
                    json.text("type", "User")
                        .raw("reviewer", &self.simple_user(user));
                    json.end()
                });
            let mut json = self.rule(id, Rule::RequiredReviewers);
            json.boolean("prevent_self_review", settings.prevent_self_review)
                .text("type", "required_reviewers")
                .raw("reviewers", &array(users));
            rules.push(json.end());
        }
        if settings.branch_policy.is_some() {
            let mut json = self.rule(id, Rule::BranchPolicy);
            json.text("type", "branch_policy");
            rules.push(json.end());
        }
        rules
    }

    /// The beginning of a rule. Its id comes from its environment's: rules are not kept as rows.
    fn rule(&self, environment: i64, rule: Rule) -> Writer {
        let place = match rule {
            Rule::WaitTimer => 1,
            Rule::RequiredReviewers => 2,
            Rule::BranchPolicy => 3,
        };
        let id = environment.saturating_mul(4).saturating_add(place);
        let mut json = Writer::object(128);
        json.number("id", id)
            .text("node_id", &self.node_id(Node::Gate, id));
        json
    }
}

fn policy(policy: Option<BranchPolicy>) -> &'static str {
    match policy {
        None => "null",
        Some(BranchPolicy::Protected) => {
            r#"{"protected_branches":true,"custom_branch_policies":false}"#
        }
        Some(BranchPolicy::Custom) => {
            r#"{"protected_branches":false,"custom_branch_policies":true}"#
        }
    }
}
