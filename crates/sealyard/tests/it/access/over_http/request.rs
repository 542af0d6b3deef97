//! A case as a request: method, path and body, and what it looks like when it is allowed.

use http::StatusCode;

use super::super::described::{Route, route};
use super::super::oracle::{Case, Target};
use super::credentials::Credentials;
use super::delivery::Prepared;
use super::town::{ACME, DOOMED, Town, name_of, repository};

/// What is sent, but for the credential.
pub(super) struct Sent {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: String,
    /// The status of what is allowed: of a body that cannot be read, of a thing that is not there
    /// or cannot be changed now; or of a success that changes nothing, or what is made again.
    pub(super) allowed: StatusCode,
    /// The message of what is let through the door and refused behind it.
    pub(super) message: Option<&'static str>,
}

/// Not JSON: whoever may, is told that it cannot be read.
const BROKEN: &str = "{";

/// The request of a case. Paths by number have cases of their own every other time.
pub(super) fn request(
    town: &Town,
    credentials: &Credentials,
    prepared: Prepared,
    case: &Case,
    turn: usize,
) -> Sent {
    let by_number = format!("{}-by-id", case.operation);
    let route = if (turn / 4).is_multiple_of(2) {
        route(case.operation)
    } else {
        super::super::described::find(&by_number).unwrap_or_else(|| route(case.operation))
    };
    let path = path(town, credentials, case, route, prepared.job);
    let (body, (allowed, message)) = if let Some(allowed) = prepared.allowed {
        (prepared.body, allowed)
    } else {
        let (body, status) = when_allowed(case.operation, route);
        (body.to_owned(), (status, None))
    };
    Sent {
        method: route.method,
        path,
        body,
        allowed: StatusCode::from_u16(allowed).expect("a status"),
        message,
    }
}

/// Body, and the status of the answer to whoever may.
fn when_allowed(operation: &str, route: Route) -> (&'static str, u16) {
    match operation {
        "repos/check-collaborator"
        | "repos/delete"
        | "repos/delete-an-environment"
        | "repos/delete-deployment-branch-policy"
        | "repos/remove-collaborator"
        | "orgs/remove-membership-for-user"
        | "apps/delete-installation"
        | "apps/suspend-installation"
        | "apps/unsuspend-installation"
        | "apps/revoke-installation-access-token"
        | "enterprise-admin/delete-impersonation-o-auth-token"
        | "enterprise-admin/suspend-user"
        | "enterprise-admin/unsuspend-user" => ("", 204),
        // The secret is for all repositories.
        "actions/add-selected-repo-to-org-secret"
        | "actions/remove-selected-repo-from-org-secret" => ("", 409),
        // There is no limit; there is no such secret.
        "rate-limit/get"
        | "actions/delete-org-secret"
        | "actions/delete-repo-secret"
        | "actions/delete-environment-secret" => ("", 404),
        // The runner is busy; the label is not a custom one.
        "actions/delete-self-hosted-runner-from-org"
        | "actions/delete-self-hosted-runner-from-repo"
        | "actions/remove-custom-label-from-self-hosted-runner-for-org"
        | "actions/remove-custom-label-from-self-hosted-runner-for-repo" => ("", 422),
        "actions/create-registration-token-for-org"
        | "actions/create-registration-token-for-repo"
        | "actions/create-remove-token-for-org"
        | "actions/create-remove-token-for-repo" => ("", 201),
        _ if ["GET", "DELETE"].contains(&route.method) => ("", 200),
        _ => (BROKEN, 400),
    }
}

fn path(town: &Town, credentials: &Credentials, case: &Case, route: Route, job: i64) -> String {
    let mut segments = Vec::new();
    for segment in route.path.split('/') {
        let named = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        segments.push(match named {
            None => segment.to_owned(),
            Some("job_id") => job.to_string(),
            Some(name) => parameter(town, credentials, case, name, segments.len()),
        });
    }
    segments.join("/")
}

/// What stands for a parameter, `place` segments behind the root.
fn parameter(
    town: &Town,
    credentials: &Credentials,
    case: &Case,
    name: &str,
    place: usize,
) -> String {
    let is_missing = matches!(
        case.target,
        Target::MissingOrganization | Target::MissingRepository
    );
    // The first parameter names the target, also of what is ours, behind `/api/sealyard/v1`; a
    // repository behind it is one of a selection.
    let names_target = [2, 5].contains(&place);
    match name {
        "org" if is_missing => "nobody".to_owned(),
        "org" | "owner" => ACME.to_owned(),
        "org_id" if is_missing => "999999".to_owned(),
        "org_id" => town.id(ACME).to_string(),
        "repo" => name_of(case),
        "repository_id" if names_target && is_missing => "999999".to_owned(),
        "repository_id" if names_target => town.repositories[&name_of(case)].to_string(),
        "repository_id" => town.repositories[&repository("public", false, false)].to_string(),
        "environment_name" if case.operation == "repos/delete-an-environment" => DOOMED.to_owned(),
        "environment_name" => "production".to_owned(),
        // Each repository has one, whose number it has.
        "branch_policy_id" => {
            let id = town.repositories.get(&name_of(case)).unwrap_or(&999_999);
            id.to_string()
        }
        "secret_name" if case.operation.contains("/delete-") => "NONE".to_owned(),
        "secret_name" => "S_0001".to_owned(),
        "runner_id" => runner(town, case).to_string(),
        "name" => "self-hosted".to_owned(),
        "installation_id" => credentials.named_installation(town, case).to_string(),
        "username" => username(case).to_owned(),
        _ => panic!("{name} of {}", case.operation),
    }
}

fn runner(town: &Town, case: &Case) -> i64 {
    let scope = match case.target {
        Target::Repository { .. } => (2, town.repositories[&name_of(case)]),
        Target::Nothing
        | Target::Organization
        | Target::MissingOrganization
        | Target::MissingRepository => (1, town.id(ACME)),
    };
    town.runners[&scope]
}

fn username(case: &Case) -> &'static str {
    match case.operation {
        "repos/check-collaborator" | "repos/get-collaborator-permission-level" => "write-ug",
        "orgs/get-membership-for-user" => "member-ug",
        "users/get-by-username" | "apps/get-user-installation" => "outsider-ug",
        // Whoever is taken off somewhere, or held back.
        _ => DOOMED,
    }
}
