//! What was found, and its fields as JSON.

use std::collections::HashMap;

use super::bind::Field;
use super::schema::Type;
use super::store::Account;
use crate::clock::rfc3339;
use crate::directory::render::{Node, View};
use crate::directory::repository::RepositoryDetails;
use crate::directory::{AccountKind, Owner, RepositoryRole, RepositoryVisibility, Seen};
use crate::http::rate_limit::Usage;
use crate::http::writer::Writer;
use crate::identity::permission::Facts;

/// Something with fields.
pub enum Object<'a> {
    /// A user or organisation.
    Account(&'a Owner, Option<&'a Account>),
    /// A repository, with its details where a field asks for them.
    Repository(&'a Seen, Option<&'a RepositoryDetails>),
    /// A branch, by name.
    Branch(&'a str),
    /// The state of the primary limit.
    Usage(Usage),
}

/// Fields of a repository that the look-up of its facts does not bring along.
const DETAILS: [&str; 7] = [
    "description",
    "hasIssuesEnabled",
    "hasWikiEnabled",
    "defaultBranchRef",
    "mergeCommitAllowed",
    "rebaseMergeAllowed",
    "squashMergeAllowed",
];

/// Whether a field of a repository needs its details.
pub fn needs_details(fields: &[Field]) -> bool {
    fields
        .iter()
        .any(|field| DETAILS.contains(&field.definition.name))
}

/// The value of a field.
enum Value<'a> {
    Null,
    Text(String),
    Number(i64),
    Truth(bool),
    Object(Object<'a>),
}

/// Fields under one name of the answer.
pub struct Group<'f> {
    /// The first of them, which stands for all.
    pub first: &'f Field,
    /// What they ask of the value, together.
    pub fields: Vec<&'f [Field]>,
}

/// The fields that are asked of an object of this type, in the order of their first mention.
pub fn groups<'f>(sets: &[&'f [Field]], of: Type) -> Vec<Group<'f>> {
    let mut groups: Vec<Group<'f>> = Vec::new();
    let mut places = HashMap::new();
    for field in sets.iter().copied().flatten() {
        if field.of.and(of.possible()).is_empty() {
            continue;
        }
        let place = *places.entry(field.key.as_str()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.fields.push(&field.fields),
            None => groups.push(Group {
                first: field,
                fields: vec![&field.fields],
            }),
        }
    }
    groups
}

impl<'a> Object<'a> {
    /// What it really is.
    pub fn r#type(&self) -> Type {
        match self {
            Self::Account(owner, _) => match owner.kind {
                AccountKind::User => Type::User,
                AccountKind::Organization => Type::Organization,
            },
            Self::Repository(..) => Type::Repository,
            Self::Branch(_) => Type::Ref,
            Self::Usage(_) => Type::RateLimit,
        }
    }

    /// The object as JSON: what these sets of fields ask of it.
    pub fn json(&self, view: &View, sets: &[&[Field]]) -> String {
        let mut json = Writer::object(64);
        for group in groups(sets, self.r#type()) {
            let key = group.first.key.as_str();
            match self.value(view, group.first.definition.name) {
                Value::Null => json.raw(key, "null"),
                Value::Text(text) => json.text(key, &text),
                Value::Number(number) => json.number(key, number),
                Value::Truth(truth) => json.boolean(key, truth),
                Value::Object(object) => json.raw(key, &object.json(view, &group.fields)),
            };
        }
        json.end()
    }

    fn value(&self, view: &View, name: &str) -> Value<'a> {
        if name == "__typename" {
            return Value::Text(self.r#type().name().to_owned());
        }
        match self {
            Self::Account(owner, account) => of_account(view, owner, *account, name),
            Self::Repository(seen, details) => of_repository(view, seen, *details, name),
            Self::Branch(branch) => match name {
                "name" => Value::Text((*branch).to_owned()),
                "prefix" => Value::Text("refs/heads/".to_owned()),
                _ => Value::Null,
            },
            Self::Usage(usage) => match name {
                // Every query here is within what one costs.
                "cost" => Value::Number(1),
                "limit" => Value::Number(usage.limit.into()),
                "remaining" => Value::Number(usage.remaining().into()),
                "used" => Value::Number(usage.used.into()),
                "resetAt" => Value::Text(rfc3339(usage.reset)),
                _ => Value::Null,
            },
        }
    }
}

fn of_account<'a>(view: &View, owner: &Owner, account: Option<&Account>, name: &str) -> Value<'a> {
    match name {
        "id" => Value::Text(view.account_node_id(owner.kind, owner.id.0)),
        "databaseId" => Value::Number(owner.id.0),
        "login" => Value::Text(owner.login.clone()),
        "url" => Value::Text(format!("{}/{}", view.origin, owner.login)),
        "name" => optional(account.and_then(|account| account.name.as_deref())),
        "description" => optional(account.and_then(|account| account.description.as_deref())),
        _ => Value::Null,
    }
}

fn of_repository<'a>(
    view: &View,
    seen: &'a Seen,
    details: Option<&'a RepositoryDetails>,
    name: &str,
) -> Value<'a> {
    let repository = &seen.repository;
    let settings = details.map(|details| &details.settings);
    let setting = |value: Option<bool>| value.map_or(Value::Null, Value::Truth);
    match name {
        "id" => Value::Text(view.node_id(Node::Repository, repository.id.0)),
        "databaseId" => Value::Number(repository.id.0),
        "name" => Value::Text(repository.name.clone()),
        "nameWithOwner" => Value::Text(repository.full_name()),
        "owner" => Value::Object(Object::Account(&repository.owner, None)),
        "viewerPermission" => Value::Text(permission(seen).to_owned()),
        "isPrivate" => Value::Truth(repository.visibility.is_private()),
        "isArchived" => Value::Truth(repository.archived),
        "isFork" => Value::Truth(false),
        "visibility" => Value::Text(visibility(repository.visibility).to_owned()),
        "url" => Value::Text(format!("{}/{}", view.origin, repository.full_name())),
        "description" => optional(details.and_then(|details| details.description.as_deref())),
        "hasIssuesEnabled" => setting(settings.map(|settings| settings.has_issues)),
        "hasWikiEnabled" => setting(settings.map(|settings| settings.has_wiki)),
        "mergeCommitAllowed" => setting(settings.map(|settings| settings.allow_merge_commit)),
        "rebaseMergeAllowed" => setting(settings.map(|settings| settings.allow_rebase_merge)),
        "squashMergeAllowed" => setting(settings.map(|settings| settings.allow_squash_merge)),
        "defaultBranchRef" => settings.map_or(Value::Null, |settings| {
            Value::Object(Object::Branch(&settings.default_branch))
        }),
        // There are no forks: `parent`.
        _ => Value::Null,
    }
}

fn optional<'a>(text: Option<&str>) -> Value<'a> {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

/// Whoever sees a repository reads it at least.
fn permission(seen: &Seen) -> &'static str {
    let role = match seen.facts {
        Facts::Repository { role, .. } => role,
        Facts::None | Facts::Own { .. } | Facts::Organization { .. } => None,
    };
    match role {
        None | Some(RepositoryRole::Read) => "READ",
        Some(RepositoryRole::Triage) => "TRIAGE",
        Some(RepositoryRole::Write) => "WRITE",
        Some(RepositoryRole::Maintain) => "MAINTAIN",
        Some(RepositoryRole::Admin) => "ADMIN",
    }
}

fn visibility(visibility: RepositoryVisibility) -> &'static str {
    match visibility {
        RepositoryVisibility::Public => "PUBLIC",
        RepositoryVisibility::Internal => "INTERNAL",
        RepositoryVisibility::Private => "PRIVATE",
    }
}
