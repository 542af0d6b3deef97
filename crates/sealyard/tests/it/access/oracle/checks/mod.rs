//! The oracle, checked: sentences of the documents, each with a case, and the size of it all.
//!
//! Each check names its source: GitHub's pages, answers as recorded from GitHub, COMPATIBILITY.md,
//! the decision order of `docs/decisions/0009-who-may.md`, or that it was decided here.

mod delivery;
mod size;
mod tokens;
mod users;

use super::{Answer, Case, Credential, Profile, Standing, Target, User, expect, row};

/// A call without a credential, of what is there, private and not archived, where writers get keys.
fn call(operation: &'static str) -> Case {
    let target = match row(operation, false).path {
        "none" => Target::Nothing,
        "organization" => Target::Organization,
        _ => Target::Repository {
            visibility: "private",
            archived: false,
        },
    };
    Case {
        profile: Profile::Ghes32,
        operation,
        standing: Standing::Good,
        credential: Credential::Anonymous,
        target,
        covered: false,
        organization_role: "none",
        repository_role: "none",
        readers_get_public_keys: false,
    }
}

fn user(scopes: &[&'static str]) -> User {
    User {
        scopes: scopes.iter().copied().collect(),
        site_admin: false,
    }
}

impl Case {
    fn with(self, credential: Credential) -> Self {
        Self { credential, ..self }
    }

    fn classic(self, scopes: &[&'static str]) -> Self {
        self.with(Credential::Classic(user(scopes)))
    }

    fn fine_grained(self, permissions: &[(&'static str, &'static str)]) -> Self {
        self.with(Credential::FineGrained(
            permissions.iter().copied().collect(),
        ))
    }

    fn installation(self, permissions: &[(&'static str, &'static str)]) -> Self {
        self.with(Credential::Installation(
            permissions.iter().copied().collect(),
        ))
    }

    fn repository(self, visibility: &'static str) -> Self {
        Self {
            target: Target::Repository {
                visibility,
                archived: false,
            },
            ..self
        }
    }

    fn archived(self, visibility: &'static str) -> Self {
        Self {
            target: Target::Repository {
                visibility,
                archived: true,
            },
            ..self
        }
    }

    fn missing(self) -> Self {
        let target = if self.target == Target::Organization {
            Target::MissingOrganization
        } else {
            Target::MissingRepository
        };
        Self { target, ..self }
    }

    fn covered(self) -> Self {
        Self {
            covered: true,
            ..self
        }
    }

    fn role(self, repository_role: &'static str) -> Self {
        Self {
            repository_role,
            ..self
        }
    }

    fn place(self, organization_role: &'static str) -> Self {
        Self {
            organization_role,
            ..self
        }
    }

    fn standing(self, standing: Standing) -> Self {
        Self { standing, ..self }
    }

    fn github_com(self) -> Self {
        Self {
            profile: Profile::GithubCom,
            ..self
        }
    }

    fn readers(self) -> Self {
        Self {
            readers_get_public_keys: true,
            ..self
        }
    }

    fn missing_if_named(self) -> Self {
        if self.target == Target::Nothing {
            self
        } else {
            self.missing()
        }
    }

    /// The answer that this sentence of a document demands.
    #[track_caller]
    fn is(&self, answer: Answer, source: &str) {
        assert_eq!(expect(self), answer, "{source}\n{self:?}");
    }
}

const ORG_LIST: &str = "actions/list-org-secrets";
const ORG_PUT: &str = "actions/create-or-update-org-secret";
const REPO_LIST: &str = "actions/list-repo-secrets";
const REPO_PUT: &str = "actions/create-or-update-repo-secret";
const REPO_KEY: &str = "actions/get-repo-public-key";
const ENV_LIST: &str = "actions/list-environment-secrets";
const ENV_PUT: &str = "actions/create-or-update-environment-secret";
const RUNNER_GET: &str = "actions/get-self-hosted-runner-for-org";
const RUNNER_DELETE: &str = "actions/delete-self-hosted-runner-from-org";
