//! Paths that a viewer must not be able to tell apart.

/// Who asks, none of whom may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Viewer {
    Anonymous,
    /// A user without any role, whose token has every scope.
    Stranger,
    /// Owner of another organisation, with every scope.
    Outsider,
    /// An owner of the organisation with every scope but `repo`.
    WithoutRepo,
    /// An owner of the organisation whose token is for public things only.
    Powerless,
    /// A member of the organisation, with every scope.
    Member,
    /// Reads the private repository, but not what is inside of it.
    Reader,
    /// A runner of another organisation.
    Machine,
}

impl Viewer {
    pub(super) const ALL: [Self; 8] = [
        Self::Anonymous,
        Self::Stranger,
        Self::Outsider,
        Self::WithoutRepo,
        Self::Powerless,
        Self::Member,
        Self::Reader,
        Self::Machine,
    ];
}

type Filling = [(&'static str, &'static str); 2];

/// What parameters inside of a place may say: the first is nowhere, the others are somewhere.
const INSIDE: [(&str, &[&str]); 8] = [
    ("environment", &["staging", "production"]),
    ("branch_policy_id", &["424242", "1"]),
    ("secret_name", &["NONE", "A"]),
    ("selected_id", &["424242", "1", "4", "9223372036854775807"]),
    ("runner_id", &["424242", "1", "2", "99999999999999999999"]),
    ("name", &["cpu", "gpu"]),
    // Of `hello-world`, and of the owner's own repository.
    ("job_id", &["424242", "91", "92", "9223372036854775807"]),
    ("username", &["nobody", "writer", "owner", "stranger"]),
];
const INSIDES: usize = 4;
/// What is there: see the world, and what is made on top of it.
const PRESENT: usize = 1;

/// What comes before the places of what is ours.
const OURS: &str = "/api/sealyard/v1";

/// A repository that is not there, in both kinds of path; then those that only few may know.
const HIDDEN_BY_NAME: [Filling; 6] = [
    [("owner", "octo-org"), ("repo", "no-such-repo")],
    [("owner", "octo-org"), ("repo", "hello-world")],
    [("owner", "octo-org"), ("repo", "old-name")],
    [("owner", "octo-org"), ("repo", "new-name")],
    [("owner", "owner"), ("repo", "own")],
    [("owner", "no-such-owner"), ("repo", "hello-world")],
];
const HIDDEN_BY_ID: [&str; 5] = [
    "424242",
    "1",
    "5",
    "9223372036854775807",
    "99999999999999999999",
];

/// Sets of paths of a template. The first of each set is of something that is not there, the others
/// must be answered like it.
pub(super) fn sets(viewer: Viewer, template: &str) -> Vec<Vec<String>> {
    let Some(below) = template.strip_prefix(OURS) else {
        return sets_below(viewer, template);
    };
    let mut sets = sets_below(viewer, below);
    for path in sets.iter_mut().flatten() {
        path.insert_str(0, OURS);
    }
    sets
}

fn sets_below(viewer: Viewer, template: &str) -> Vec<Vec<String>> {
    let mut sets = Vec::new();
    if let Some(rest) = template.strip_prefix("/repos/{owner}/{repo}") {
        let hidden = HIDDEN_BY_NAME.map(|filling| fill("/repos/{owner}/{repo}", &filling));
        sets.push(hidden_repositories(viewer, rest, &hidden));
        if sees_internal_only_as(viewer) {
            let internal = [
                "/repos/octo-org/no-such-repo",
                "/repos/octo-org/internal-repo",
            ];
            sets.push(hidden_repositories(
                viewer,
                rest,
                &internal.map(str::to_owned),
            ));
        }
        let seen = seen_repository(viewer).map(|(name, _)| format!("/repos/octo-org/{name}"));
        sets.extend(seen.map(|seen| inside_of_seen(&seen, rest)));
    } else if let Some(rest) = template.strip_prefix("/repositories/{repo_id}") {
        let hidden = HIDDEN_BY_ID.map(|id| format!("/repositories/{id}"));
        sets.push(hidden_repositories(viewer, rest, &hidden));
        let seen = seen_repository(viewer).map(|(_, id)| format!("/repositories/{id}"));
        sets.extend(seen.map(|seen| inside_of_seen(&seen, rest)));
    } else if let Some(rest) = template.strip_prefix("/orgs/{org}") {
        sets.push(inside_of_organization(viewer, "/orgs/octo-org", rest));
    } else if let Some(rest) = template.strip_prefix("/organizations/{org_id}") {
        sets.push(inside_of_organization(viewer, "/organizations/7", rest));
    } else if let Some(rest) = template.strip_prefix("/admin/users") {
        sets.push(insides("/admin/users", rest));
    } else if template.contains("{job_id}")
        && (sees_no_repository(viewer) || viewer == Viewer::Machine)
    {
        sets.push(insides("", template));
    }
    for set in &mut sets {
        let mut kept = Vec::new();
        set.retain(|path| {
            let is_new = !kept.contains(path);
            kept.push(path.clone());
            is_new
        });
    }
    sets.retain(|set| set.len() > 1);
    sets
}

/// Paths of a template to anything, and first to nothing.
pub(super) fn anything(template: &str) -> Vec<String> {
    let nothing = [
        ("org", "no-such-org"),
        ("org_id", "424242"),
        ("owner", "octo-org"),
        ("repo", "no-such-repo"),
        ("repo_id", "424242"),
    ];
    let something = [
        ("org", "octo-org"),
        ("org_id", "7"),
        ("owner", "octo-org"),
        ("repo", "hello-world"),
        ("repo_id", "1"),
    ];
    let public = [
        ("repo", "public-repo"),
        ("repo_id", "2"),
        something[0],
        something[1],
        something[2],
    ];
    let mut paths = vec![inside("", &fill(template, &nothing), 0)];
    for place in [something, public] {
        paths.extend((0..INSIDES).map(|choice| inside("", &fill(template, &place), choice)));
    }
    paths
}

/// Templates that name nothing, or something that everybody may know.
pub(super) fn is_open(template: &str) -> bool {
    let below = template.strip_prefix(OURS).unwrap_or(template);
    let rest = below
        .strip_prefix("/orgs/{org}")
        .or(below.strip_prefix("/organizations/{org_id}"))
        .unwrap_or(below);
    !rest.contains('{') || template == "/users/{username}"
}

/// A template with parameters filled in.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(template.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        })
}

/// Whether an internal repository is hidden, too: it is not for users with the scope `repo`.
fn sees_internal_only_as(viewer: Viewer) -> bool {
    matches!(viewer, Viewer::Anonymous | Viewer::WithoutRepo)
}

/// A repository that the viewer sees, but for what is inside: its name and its id.
fn seen_repository(viewer: Viewer) -> Option<(&'static str, i64)> {
    match viewer {
        Viewer::Anonymous | Viewer::Stranger => Some(("public-repo", 2)),
        Viewer::Reader => Some(("hello-world", 1)),
        Viewer::Outsider
        | Viewer::WithoutRepo
        | Viewer::Powerless
        | Viewer::Member
        | Viewer::Machine => None,
    }
}

/// Whether private repositories, and their jobs, are hidden.
fn sees_no_repository(viewer: Viewer) -> bool {
    matches!(
        viewer,
        Viewer::Anonymous | Viewer::Stranger | Viewer::Outsider | Viewer::WithoutRepo
    )
}

/// The missing repository, then the hidden ones with all that may be inside of them.
fn hidden_repositories(viewer: Viewer, rest: &str, repositories: &[String]) -> Vec<String> {
    if !sees_no_repository(viewer) {
        return Vec::new();
    }
    let mut paths = Vec::new();
    for (position, repository) in repositories.iter().enumerate() {
        if position == PRESENT {
            paths.extend(insides(repository, rest));
        } else {
            paths.push(inside(repository, rest, PRESENT));
        }
    }
    paths
}

/// Who reads a repository sees its environments and what protects them, and nothing of what they hold.
fn inside_of_seen(repository: &str, rest: &str) -> Vec<String> {
    let seen = [("environment", "production"), ("branch_policy_id", "1")];
    insides(repository, &fill(rest, &seen))
}

/// A member sees who else is one.
fn inside_of_organization(viewer: Viewer, organization: &str, rest: &str) -> Vec<String> {
    let may_know = match viewer {
        Viewer::Member => rest.contains("{username}"),
        Viewer::WithoutRepo | Viewer::Reader | Viewer::Machine => true,
        Viewer::Anonymous | Viewer::Stranger | Viewer::Outsider | Viewer::Powerless => false,
    };
    if may_know {
        return Vec::new();
    }
    insides(organization, rest)
}

fn insides(place: &str, rest: &str) -> Vec<String> {
    (0..INSIDES)
        .map(|choice| inside(place, rest, choice))
        .collect()
}

fn inside(place: &str, rest: &str, choice: usize) -> String {
    let values =
        INSIDE.map(|(name, values)| (name, *values.get(choice).unwrap_or(&values[PRESENT])));
    let path = format!("{place}{}", fill(rest, &values));
    assert!(
        !path.contains('{'),
        "{path} has a parameter that is not known here"
    );
    path
}
