//! Files made by chance, about a few people and places, so that they meet often.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::dice::Dice;

const USERS: [&str; 4] = ["ann", "ben", "cy", "di"];
const ORGANIZATIONS: [&str; 2] = ["one", "two"];
const REPOSITORIES: [&str; 3] = ["red", "green", "blue"];
const ENVIRONMENTS: [&str; 2] = ["prod", "test"];
const VISIBILITIES: [&str; 3] = ["private", "internal", "public"];
const ROLES: [&str; 6] = ["pull", "triage", "push", "maintain", "admin", "none"];
const PLACES: [&str; 3] = ["admin", "member", "none"];

/// What a file says, as it is thrown.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) organization: bool,
    pub(super) name: Option<String>,
    pub(super) members: BTreeMap<String, String>,
    pub(super) repositories: BTreeMap<String, SaidRepo>,
}

#[derive(Debug, Default)]
pub(super) struct SaidRepo {
    pub(super) visibility: Option<&'static str>,
    pub(super) archived: Option<bool>,
    pub(super) description: Option<String>,
    pub(super) environments: BTreeSet<String>,
    pub(super) collaborators: BTreeMap<String, String>,
}

/// Most files name most users, so that most of them can be applied.
pub(super) fn throw(dice: &mut Dice) -> BTreeMap<String, Said> {
    let mut file = BTreeMap::new();
    for user in USERS {
        if !dice.once_in(8) {
            let said = Said {
                name: text(dice),
                repositories: throw_repos(dice, user, false),
                ..Said::default()
            };
            file.insert(user.to_owned(), said);
        }
    }
    for organization in ORGANIZATIONS {
        if !dice.once_in(3) {
            let mut members = roles(dice, &PLACES);
            if !dice.once_in(4) {
                members.insert(dice.one_of(&USERS).to_owned(), "admin".to_owned());
            }
            let said = Said {
                organization: true,
                name: text(dice),
                members,
                repositories: throw_repos(dice, "", true),
            };
            file.insert(organization.to_owned(), said);
        }
    }
    file
}

fn throw_repos(dice: &mut Dice, owner: &str, organization: bool) -> BTreeMap<String, SaidRepo> {
    let mut repositories = BTreeMap::new();
    for name in REPOSITORIES {
        if !dice.once_in(2) {
            continue;
        }
        let known: &[&'static str] = if organization {
            &ROLES
        } else {
            &["push", "none"]
        };
        let mut collaborators = roles(dice, known);
        collaborators.remove(owner);
        let visibility = dice.one_of(&VISIBILITIES);
        let visible = organization || visibility != "internal";
        let environments = ENVIRONMENTS.into_iter().filter(|_| dice.once_in(2));
        let environments = environments.map(str::to_owned).collect();
        let said = SaidRepo {
            visibility: (visible && dice.once_in(2)).then_some(visibility),
            archived: dice.once_in(4).then(|| dice.once_in(4)),
            description: text(dice),
            environments,
            collaborators,
        };
        repositories.insert(name.to_owned(), said);
    }
    repositories
}

fn roles(dice: &mut Dice, words: &[&'static str]) -> BTreeMap<String, String> {
    let mut roles = BTreeMap::new();
    for user in USERS {
        if dice.once_in(3) {
            roles.insert(user.to_owned(), dice.one_of(words).to_owned());
        }
    }
    roles
}

fn text(dice: &mut Dice) -> Option<String> {
    dice.once_in(3)
        .then(|| dice.one_of(&["", "a text", "another"]).to_owned())
}

/// The file, in TOML and in any capitals.
pub(super) fn written(file: &BTreeMap<String, Said>, dice: &mut Dice) -> String {
    let mut out = String::new();
    for (login, said) in file {
        let kind = if said.organization {
            "organizations"
        } else {
            "users"
        };
        let at = format!("{kind}.{}", capitals(login, dice));
        writeln!(out, "[{at}]").expect("a string");
        if let Some(name) = &said.name {
            writeln!(out, "name = \"{name}\"").expect("a string");
        }
        if said.organization {
            writeln!(out, "members = {}", inline(&said.members, dice)).expect("a string");
        }
        for (name, repo) in &said.repositories {
            writeln!(out, "[{at}.repositories.{}]", capitals(name, dice)).expect("a string");
            if let Some(visibility) = repo.visibility {
                writeln!(out, "visibility = \"{visibility}\"").expect("a string");
            }
            if let Some(archived) = repo.archived {
                writeln!(out, "archived = {archived}").expect("a string");
            }
            if let Some(description) = &repo.description {
                writeln!(out, "description = \"{description}\"").expect("a string");
            }
            let names = repo.environments.iter().map(|name| capitals(name, dice));
            writeln!(out, "environments = {:?}", names.collect::<Vec<_>>()).expect("a string");
            let roles = inline(&repo.collaborators, dice);
            writeln!(out, "collaborators = {roles}").expect("a string");
        }
    }
    out
}

fn inline(roles: &BTreeMap<String, String>, dice: &mut Dice) -> String {
    let roles = roles.iter();
    let roles = roles.map(|(login, role)| format!("{} = \"{role}\"", capitals(login, dice)));
    format!("{{ {} }}", roles.collect::<Vec<_>>().join(", "))
}

fn capitals(name: &str, dice: &mut Dice) -> String {
    if dice.once_in(4) {
        name.to_ascii_uppercase()
    } else {
        name.to_owned()
    }
}
