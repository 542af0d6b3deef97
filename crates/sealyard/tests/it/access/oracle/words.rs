//! The words of answers: messages, and what a header names.

use super::{Answer, Case, Profile, row};

/// The message that such an answer has; `None` where the request goes on.
pub(crate) fn message(case: &Case, answer: Answer) -> Option<&'static str> {
    let row = row(case.operation, case.readers_get_public_keys);
    match (answer, row.refusal, case.profile) {
        (Answer::TooLittleRights, "own", _) => Some(own_sentence(case.operation)),
        (Answer::TooLittleRights, "rights", _) | (Answer::TooLittleRights, _, Profile::Ghes32) => {
            Some("Must have admin rights to Repository.")
        }
        (Answer::TooLittleRights, family, Profile::GithubCom) => Some(sentence(family)),
        _ => answer.message(),
    }
}

/// What `X-Accepted-GitHub-Permissions` names: the permission of the table. Operations 8 and 9 name
/// a repository besides, and GitHub's page asks that it be seen.
pub(crate) fn permission_header(operation: &str, profile: Profile) -> Option<String> {
    let (name, level) = row(operation, true).permission(profile)?;
    let also = match operation {
        "actions/add-selected-repo-to-org-secret"
        | "actions/remove-selected-repo-from-org-secret" => ",metadata=read",
        _ => "",
    };
    Some(format!("{name}={level}{also}"))
}

/// As recorded from github.com of 2025 and 2026.
fn sentence(family: &str) -> &'static str {
    match family {
        "organization secrets" => {
            "You must be an org admin or have the actions secrets fine-grained permission."
        }
        "repository secrets read" => {
            "You must have repository read permissions or have the repository secrets \
             fine-grained permission."
        }
        "repository secrets write" => {
            "You must have repository write permissions or have the repository secrets \
             fine-grained permission."
        }
        "organization runners" => {
            "You must be an org admin or have the runners and runner groups fine-grained \
             permission."
        }
        "repository runners" => {
            "You must have repository write permissions or have the repository runners \
             fine-grained permission."
        }
        other => panic!("nobody is refused in the words of {other:?}"),
    }
}

/// The first two as recorded; of the third nobody knows GitHub's.
fn own_sentence(operation: &str) -> &'static str {
    match operation {
        "apps/list-installations-for-authenticated-user" => {
            "You must authenticate with an access token authorized to a GitHub App in order to \
             list installations"
        }
        "apps/list-repos-accessible-to-installation" => {
            "You must authenticate with an installation access token in order to list \
             repositories for an installation."
        }
        "apps/revoke-installation-access-token" => {
            "You must authenticate with an installation access token in order to revoke it."
        }
        other => panic!("{other} has no sentence of its own"),
    }
}
