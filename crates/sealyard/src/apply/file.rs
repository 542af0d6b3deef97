//! The file: TOML, read strictly.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::words::{File, Organization, Repository, User};
use super::{Error, Roles, Wanted, WantedOwner, WantedRepository, WantedRole};
use crate::directory::account::{self, is_email};
use crate::directory::repository::{self, TextChange};
use crate::directory::{
    AccountKind, EnvironmentName, RepositoryName, RepositoryRole, RepositoryVisibility, is_line,
    name_key,
};
use crate::identity::Login;

/// The largest file, in bytes: [`THINGS_MAX`] at 80 bytes each.
pub const SIZE_MAX: usize = 16 * 1024 * 1024;
/// Accounts, repositories, environments and roles in one file: three times what the largest file that
/// was measured has. What is said of each in a plan fits the answer of the admin socket.
pub const THINGS_MAX: usize = 200_000;

/// Reads a file.
///
/// [`Error::Syntax`] with the line for what is no TOML and for unknown keys and words,
/// [`Error::Impossible`] with every other reason, which name the thing.
pub fn parse(text: &str) -> Result<Wanted, Error> {
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        Error::Syntax {
            line: before.unwrap_or_default().matches('\n').count() + 1,
            message: error.message().to_owned(),
        }
    })?;
    let mut reading = Reading::default();
    let wanted = reading.file(file);
    if reading.things > THINGS_MAX {
        reading.reasons.push(format!(
            "the file names {} things, of {THINGS_MAX}; make several of it",
            reading.things
        ));
    }
    if reading.reasons.is_empty() {
        Ok(wanted)
    } else {
        Err(Error::Impossible(reading.reasons))
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    /// Why the file cannot be applied.
    reasons: Vec<String>,
    /// Accounts, repositories, environments and roles.
    things: usize,
}

const BAD_LOGIN: &str = "a login is 1 to 39 letters, digits and hyphens, no hyphen at the ends";
const BAD_REPOSITORY: &str = "a repository's name is 1 to 100 of A-Z a-z 0-9 . - _";
const BAD_ENVIRONMENT: &str =
    "an environment's name is 1 to 255 characters without control characters";

impl Reading {
    fn file(&mut self, file: File) -> Wanted {
        let mut wanted = Wanted::new();
        for (login, user) in file.users {
            let at = format!("users.{login}");
            let owner = self.user(&at, &login, user);
            self.insert(&mut wanted, &at, &login, owner);
        }
        for (login, organization) in file.organizations {
            let at = format!("organizations.{login}");
            let owner = self.organization(&at, &login, organization);
            self.insert(&mut wanted, &at, &login, owner);
        }
        wanted
    }

    fn user(&mut self, at: &str, login: &str, user: User) -> Option<WantedOwner> {
        let email = user.email.map(change);
        if !email
            .as_ref()
            .and_then(TextChange::text)
            .is_none_or(is_email)
        {
            self.refuse(at, "email is no address");
        }
        let mut repositories = BTreeMap::new();
        for (name, repository) in user.repositories {
            let at = format!("{at}.repositories.{name}");
            let wanted = self.repository(&at, &name, repository);
            if let Some(wanted) = &wanted {
                self.check_of_user(&at, login, wanted);
            }
            self.insert(&mut repositories, &at, &name, wanted);
        }
        Some(WantedOwner {
            login: self.login(at, login)?,
            kind: AccountKind::User,
            name: self.text(at, "name", user.name, account::NAME_LENGTH_MAX),
            email,
            description: None,
            members: Roles::new(),
            repositories,
        })
    }

    fn organization(
        &mut self,
        at: &str,
        login: &str,
        organization: Organization,
    ) -> Option<WantedOwner> {
        let members = self.roles(&format!("{at}.members"), organization.members);
        let mut repositories = BTreeMap::new();
        for (name, repository) in organization.repositories {
            let at = format!("{at}.repositories.{name}");
            let wanted = self.repository(&at, &name, repository);
            self.insert(&mut repositories, &at, &name, wanted);
        }
        let max = account::DESCRIPTION_LENGTH_MAX;
        Some(WantedOwner {
            login: self.login(at, login)?,
            kind: AccountKind::Organization,
            name: self.text(at, "name", organization.name, account::NAME_LENGTH_MAX),
            email: None,
            description: self.text(at, "description", organization.description, max),
            members,
            repositories,
        })
    }

    fn repository(
        &mut self,
        at: &str,
        name: &str,
        repository: Repository,
    ) -> Option<WantedRepository> {
        let mut environments = BTreeMap::new();
        for name in repository.environments {
            let parsed = EnvironmentName::parse(&name);
            if parsed.is_none() {
                self.refuse(at, BAD_ENVIRONMENT);
            }
            let at = format!("{at}.environments: {name}");
            self.insert(&mut environments, &at, &name, parsed);
        }
        let collaborators = self.roles(&format!("{at}.collaborators"), repository.collaborators);
        let max = repository::DESCRIPTION_LENGTH_MAX;
        let description = self.text(at, "description", repository.description, max);
        let parsed = RepositoryName::parse(name);
        if parsed.is_none() {
            self.refuse(at, BAD_REPOSITORY);
        }
        Some(WantedRepository {
            name: parsed?,
            visibility: repository.visibility.map(Into::into),
            archived: repository.archived,
            description,
            environments,
            collaborators,
        })
    }

    /// What a user's own repository cannot be.
    fn check_of_user(&mut self, at: &str, owner: &str, wanted: &WantedRepository) {
        if wanted.visibility == Some(RepositoryVisibility::Internal) {
            self.refuse(at, "only organisations have internal repositories");
        }
        let roles = wanted
            .collaborators
            .values()
            .filter_map(|wanted| wanted.role);
        if roles.into_iter().any(|role| role != RepositoryRole::Write) {
            self.refuse(at, "a user's repository knows push and none only");
        }
        if wanted.collaborators.contains_key(&name_key(owner)) {
            self.refuse(at, "its owner cannot be its collaborator");
        }
    }

    fn roles<W, R>(&mut self, at: &str, words: BTreeMap<String, W>) -> Roles<R>
    where
        Option<R>: From<W>,
    {
        let mut roles = Roles::new();
        for (login, word) in words {
            let at = format!("{at}.{login}");
            let role = self.login(&at, &login).map(|login| WantedRole {
                login,
                role: word.into(),
            });
            self.insert(&mut roles, &at, &login, role);
        }
        roles
    }

    fn login(&mut self, at: &str, text: &str) -> Option<Login> {
        let login = Login::parse(text);
        if login.is_none() {
            self.refuse(at, BAD_LOGIN);
        }
        login
    }

    /// A text of one line; an empty one is none.
    fn text(
        &mut self,
        at: &str,
        key: &str,
        text: Option<String>,
        max: usize,
    ) -> Option<TextChange> {
        let text = text?;
        if !is_line(&text, max) {
            self.refuse(at, format!("{key} is one line of at most {max} characters"));
        }
        Some(change(text))
    }

    /// Counts a thing and keeps it under its name without case, which must be its own.
    fn insert<T>(
        &mut self,
        into: &mut BTreeMap<String, T>,
        at: &str,
        name: &str,
        thing: Option<T>,
    ) {
        self.things += 1;
        let Some(thing) = thing else { return };
        if into.insert(name_key(name), thing).is_some() {
            self.refuse(at, "this name is there twice; capitals make no difference");
        }
    }

    fn refuse(&mut self, at: &str, why: impl Display) {
        self.reasons.push(format!("{at}: {why}"));
    }
}

fn change(text: String) -> TextChange {
    if text.is_empty() {
        TextChange::Nothing
    } else {
        TextChange::To(text)
    }
}
