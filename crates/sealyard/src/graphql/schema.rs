//! The part of GitHub's GraphQL schema that is served: which fields a type has, and which types an
//! interface stands for.

/// A type that has fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// The root.
    Query,
    /// A person or a machine.
    User,
    /// An organisation.
    Organization,
    /// A repository.
    Repository,
    /// A branch.
    Ref,
    /// The state of the primary limit.
    RateLimit,
    /// Interface: whatever has a global id.
    Node,
    /// Interface: users and organisations.
    RepositoryOwner,
}

/// A set of types that objects really are: no interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Possible(u8);

/// What a field gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// A scalar or an enumeration.
    Leaf,
    /// Something with fields.
    Object(Type),
}

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// `String!`
    Text,
    /// `ID!`: a text, or a whole number.
    Id,
    /// `Boolean`, which may be left out.
    Truth,
}

/// A field of a type.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// What it gives.
    pub output: Output,
    /// What it takes.
    pub arguments: &'static [(&'static str, Input)],
}

impl Possible {
    /// The types that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Type {
    const ALL: [Self; 8] = [
        Self::Query,
        Self::User,
        Self::Organization,
        Self::Repository,
        Self::Ref,
        Self::RateLimit,
        Self::Node,
        Self::RepositoryOwner,
    ];

    /// As in a type condition and `__typename`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::User => "User",
            Self::Organization => "Organization",
            Self::Repository => "Repository",
            Self::Ref => "Ref",
            Self::RateLimit => "RateLimit",
            Self::Node => "Node",
            Self::RepositoryOwner => "RepositoryOwner",
        }
    }

    /// The inverse of [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The types that an object of this one can really be of.
    pub fn possible(self) -> Possible {
        const USER: u8 = 1;
        const ORGANIZATION: u8 = 2;
        const REPOSITORY: u8 = 4;
        Possible(match self {
            Self::User => USER,
            Self::Organization => ORGANIZATION,
            Self::Repository => REPOSITORY,
            Self::Query => 8,
            Self::Ref => 16,
            Self::RateLimit => 32,
            Self::Node => USER | ORGANIZATION | REPOSITORY,
            Self::RepositoryOwner => USER | ORGANIZATION,
        })
    }

    /// A field of this type.
    pub fn field(self, name: &str) -> Option<&'static Definition> {
        let own = match self {
            Self::Query => QUERY,
            Self::User => USER,
            Self::Organization => ORGANIZATION,
            Self::Repository => REPOSITORY,
            Self::Ref => REF,
            Self::RateLimit => RATE_LIMIT,
            Self::Node => NODE,
            Self::RepositoryOwner => REPOSITORY_OWNER,
        };
        own.iter().chain(ANY).find(|field| field.name == name)
    }
}

const fn leaf(name: &'static str) -> Definition {
    Definition {
        name,
        output: Output::Leaf,
        arguments: &[],
    }
}

const fn object(name: &'static str, of: Type) -> Definition {
    Definition {
        name,
        output: Output::Object(of),
        arguments: &[],
    }
}

const fn by(
    name: &'static str,
    of: Type,
    arguments: &'static [(&'static str, Input)],
) -> Definition {
    Definition {
        name,
        output: Output::Object(of),
        arguments,
    }
}

const LOGIN: &[(&str, Input)] = &[("login", Input::Text)];

static ANY: &[Definition] = &[leaf("__typename")];

static QUERY: &[Definition] = &[
    object("viewer", Type::User),
    by(
        "repository",
        Type::Repository,
        &[
            ("owner", Input::Text),
            ("name", Input::Text),
            ("followRenames", Input::Truth),
        ],
    ),
    by("repositoryOwner", Type::RepositoryOwner, LOGIN),
    by("organization", Type::Organization, LOGIN),
    by("user", Type::User, LOGIN),
    by("node", Type::Node, &[("id", Input::Id)]),
    object("rateLimit", Type::RateLimit),
];

static USER: &[Definition] = &[
    leaf("id"),
    leaf("databaseId"),
    leaf("login"),
    leaf("name"),
    leaf("url"),
];

static ORGANIZATION: &[Definition] = &[
    leaf("id"),
    leaf("databaseId"),
    leaf("login"),
    leaf("name"),
    leaf("url"),
    leaf("description"),
];

static REPOSITORY: &[Definition] = &[
    leaf("id"),
    leaf("databaseId"),
    leaf("name"),
    leaf("nameWithOwner"),
    object("owner", Type::RepositoryOwner),
    leaf("viewerPermission"),
    leaf("isPrivate"),
    leaf("isArchived"),
    leaf("isFork"),
    leaf("visibility"),
    leaf("url"),
    leaf("description"),
    leaf("hasIssuesEnabled"),
    leaf("hasWikiEnabled"),
    object("defaultBranchRef", Type::Ref),
    leaf("mergeCommitAllowed"),
    leaf("rebaseMergeAllowed"),
    leaf("squashMergeAllowed"),
    object("parent", Type::Repository),
];

static REF: &[Definition] = &[leaf("name"), leaf("prefix")];

static RATE_LIMIT: &[Definition] = &[
    leaf("cost"),
    leaf("limit"),
    leaf("remaining"),
    leaf("resetAt"),
    leaf("used"),
];

static NODE: &[Definition] = &[leaf("id")];

static REPOSITORY_OWNER: &[Definition] = &[leaf("id"), leaf("login"), leaf("url")];
