//! Reading `matrix.txt`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{LEVELS, ORGANIZATION_ROLES, Profile, REPOSITORY_ROLES, Target};

/// Alternatives, each a list of scopes that are needed together.
pub(crate) type Scopes = Vec<Vec<&'static str>>;

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// `none`, `organization`, `repository`, `environment` or `body`.
    pub(crate) path: &'static str,
    /// `None`: everybody may.
    public: Option<Scopes>,
    private: Scopes,
    elsewhere: Scopes,
    /// What the user must be, in the table's words.
    pub(crate) role: &'static str,
    /// Whether it changes an archived repository.
    pub(crate) refused_while_archived: bool,
    ghes32: Option<(&'static str, &'static str)>,
    github_com: Option<(&'static str, &'static str)>,
    who: Vec<&'static str>,
    /// What `X-Accepted-OAuth-Scopes` names.
    pub(crate) header: Vec<&'static str>,
    /// Which sentence a user hears whose scopes or role are too little.
    pub(crate) refusal: &'static str,
}

impl Row {
    /// Whether the last column has this word.
    pub(crate) fn takes(&self, who: &str) -> bool {
        self.who.contains(&who)
    }

    /// Whether the last column has these words and no others.
    pub(crate) fn who_is(&self, who: &[&str]) -> bool {
        self.who == who
    }

    /// Whether everybody may, also without a credential.
    pub(crate) fn is_open(&self, target: Target) -> bool {
        self.takes("anyone") || (is_public(target) && self.public.is_none())
    }

    /// The scopes that a classic token needs for this target.
    pub(crate) fn scopes(&self, target: Target) -> &Scopes {
        match target {
            Target::Repository { .. } if is_public(target) => {
                self.public.as_ref().expect("asked of what is not open")
            }
            Target::Repository { .. } => &self.private,
            Target::Nothing
            | Target::Organization
            | Target::MissingOrganization
            | Target::MissingRepository => &self.elsewhere,
        }
    }

    /// Name and level of the permission that an installation or a fine-grained token needs.
    pub(crate) fn permission(&self, profile: Profile) -> Option<(&'static str, &'static str)> {
        match profile {
            Profile::Ghes32 => self.ghes32,
            Profile::GithubCom => self.github_com,
        }
    }
}

fn is_public(target: Target) -> bool {
    let public = "public";
    matches!(target, Target::Repository { visibility, .. } if visibility == public)
}

const TEXT: &str = include_str!("matrix.txt");
const READERS: &str = " when readers";
const WRITERS: &str = " when writers";
/// What openapi/sealyard.yaml appends to the name of a second path.
const ALIASES: [&str; 3] = ["-by-id", "-by-name", "-at-api"];

/// The line of an operation, in that position of the switch `docs_public_key_read`.
pub(crate) fn row(operation: &str, readers: bool) -> &'static Row {
    let name = ALIASES
        .iter()
        .find_map(|alias| operation.strip_suffix(alias))
        .unwrap_or(operation);
    let suffix = if readers { READERS } else { WRITERS };
    table()
        .get(name)
        .or_else(|| table().get(format!("{name}{suffix}").as_str()))
        .unwrap_or_else(|| panic!("{operation} is in no line of the table"))
}

/// Whether the switch `docs_public_key_read` matters to an operation.
pub(crate) fn is_switched(operation: &str) -> bool {
    !table().contains_key(operation)
}

/// Every operation once.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    let names = table().keys().filter(|name| !name.ends_with(WRITERS));
    names.map(|name| name.strip_suffix(READERS).unwrap_or(name))
}

/// Every name of a permission in the table.
pub(crate) fn permission_names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let both = table()
            .values()
            .flat_map(|row| [row.ghes32, row.github_com]);
        let mut names: Vec<_> = both.flatten().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    })
}

fn table() -> &'static BTreeMap<&'static str, Row> {
    static TABLE: OnceLock<BTreeMap<&'static str, Row>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = TEXT
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut table = BTreeMap::new();
        // The first line is the heading.
        for line in lines.skip(1) {
            let (name, row) = parse(line);
            assert!(
                table.insert(name, row).is_none(),
                "{name} stands there twice"
            );
        }
        table
    })
}

const REFUSALS: [&str; 8] = [
    "-",
    "rights",
    "organization secrets",
    "repository secrets read",
    "repository secrets write",
    "organization runners",
    "repository runners",
    "own",
];

fn parse(line: &'static str) -> (&'static str, Row) {
    let cells: Vec<_> = line.split('|').map(str::trim).collect();
    let &[
        name,
        path,
        public,
        private,
        elsewhere,
        role,
        archived,
        ghes32,
        github_com,
        who,
        header,
        refusal,
    ] = cells.as_slice()
    else {
        panic!("not twelve cells: {line}");
    };
    let roles = ["-", "anyone", "signed-in", "site-admin"];
    assert!(
        roles.contains(&role)
            || ORGANIZATION_ROLES[1..].contains(&role)
            || REPOSITORY_ROLES[1..].contains(&role),
        "{line}"
    );
    assert!(
        ["none", "organization", "repository", "environment", "body"].contains(&path),
        "{line}"
    );
    assert!(["-", "refused"].contains(&archived), "{line}");
    let who: Vec<_> = who.split(' ').collect();
    let kinds = [
        "anyone",
        "signed-in",
        "users",
        "app",
        "installation",
        "nobody",
        "register",
        "remove",
        "runner",
    ];
    assert!(who.iter().all(|word| kinds.contains(word)), "{line}");
    assert!(REFUSALS.contains(&refusal), "{line}");
    let ghes32 = permission(ghes32);
    let row = Row {
        path,
        public: (public != "anyone").then(|| scopes(public)),
        private: scopes(private),
        elsewhere: scopes(elsewhere),
        role,
        refused_while_archived: archived == "refused",
        ghes32,
        github_com: if github_com == "same" {
            ghes32
        } else {
            permission(github_com)
        },
        who,
        header: header.split(' ').filter(|scope| *scope != "-").collect(),
        refusal,
    };
    (name, row)
}

fn scopes(cell: &'static str) -> Scopes {
    if cell == "-" {
        return vec![Vec::new()];
    }
    cell.split(" or ")
        .map(|all| all.split(" and ").collect())
        .collect()
}

fn permission(cell: &'static str) -> Option<(&'static str, &'static str)> {
    if cell == "-" {
        return None;
    }
    let (name, level) = cell.split_once('=').expect("name=level");
    assert!(LEVELS.contains(&level), "{cell}");
    Some((name, level))
}
