//! The bodies of requests about tickets and jobs, from JSON to types.

use std::collections::BTreeSet;

use sealyard_vault::PublicKey;

use super::open::{Request, TIMEOUT_MINUTES, TIMEOUT_MINUTES_MAX};
use super::{Claims, Conclusion};
use crate::directory::{EnvironmentName, RepositoryName};
use crate::http::error::ApiError;
use crate::http::form::Form;
use crate::http::json::{Json, Object};
use crate::identity::Login;
use crate::identity::token::{Kind, Token};
use crate::secrets::name::SecretName;

/// The longest ref, in bytes; git itself names no limit.
const REF_LENGTH_MAX: usize = 1_024;
/// The longest name of an event.
const EVENT_LENGTH_MAX: usize = 64;
/// Names of `only`: as many as one job can be given.
const ONLY_MAX: usize = 300;

/// `owner/name`, and an environment of it.
pub struct Named {
    /// The owner's login.
    pub owner: String,
    /// The repository's name.
    pub name: String,
    /// The environment's name.
    pub environment: Option<String>,
}

/// Reads the body of a ticket: which repository, and what its job says of itself.
pub fn ticket(object: &Object) -> Result<(Named, Claims), ApiError> {
    let mut form = Form::new(object);
    let repository = form.required_string("repository");
    let environment = form.optional_string("environment");
    let named = named(&mut form, repository, environment);
    let git_ref = form.optional_string("ref");
    if git_ref.is_some_and(|text| !is_ref(text)) {
        form.wrong_pattern("ref", r"^refs\/(heads|tags|pull)\/[^[:cntrl:]]+$");
    }
    let event = form.optional_string("event");
    if event.is_some_and(|text| !is_event(text)) {
        form.wrong_pattern("event", "^[a-z_]{1,64}$");
    }
    let from_fork = form.optional_bool("fork");
    form.finish()?;
    // The form has refused whatever was missing.
    let named = named.ok_or_else(ApiError::internal)?;
    let claims = Claims {
        environment: named.environment.clone(),
        git_ref: git_ref.map(str::to_owned),
        event: Some(event.unwrap_or("workflow_dispatch").to_owned()),
        fork: from_fork.unwrap_or(false),
    };
    Ok((named, claims))
}

/// By what a job is opened.
pub enum By {
    /// Its ticket.
    Ticket(Token),
    /// The word of a runner.
    Word(Named),
}

/// Reads the body of a job: by what it is opened, and what it asks for.
pub fn job(object: &Object) -> Result<(By, Request), ApiError> {
    let mut form = Form::new(object);
    let key = form.required_string("public_key");
    let recipient = key.and_then(|text| PublicKey::from_base64(text).ok());
    if key.is_some() && recipient.is_none() {
        form.wrong_pattern("public_key", "^[A-Za-z0-9+\\/]{43}=$");
    }
    let ticket = form.optional_string("ticket");
    let by = if let Some(text) = ticket {
        by_ticket(&mut form, object, text)
    } else {
        let repository = form.required_string("repository");
        let environment = form.optional_string("environment");
        named(&mut form, repository, environment).map(By::Word)
    };
    let only = form.optional_array("only");
    let only = only.map(|items| names(&mut form, items));
    let masked = form.optional_bool("masks");
    let minutes = form.optional_integer("timeout_minutes", TIMEOUT_MINUTES_MAX);
    form.finish()?;
    let (Some(by), Some(recipient)) = (by, recipient) else {
        return Err(ApiError::internal());
    };
    let request = Request {
        recipient,
        only,
        masked: masked.unwrap_or(true),
        timeout_minutes: minutes.unwrap_or(TIMEOUT_MINUTES).max(1),
    };
    Ok((by, request))
}

/// A ticket, which says all that a job could say of itself.
fn by_ticket(form: &mut Form<'_>, object: &Object, text: &str) -> Option<By> {
    for member in ["repository", "environment", "ref", "event", "fork"] {
        if object.iter().any(|(key, _)| key == member) {
            form.not_permitted(member);
        }
    }
    let token = Token::parse(text).filter(|token| token.kind() == Kind::Ticket);
    if token.is_none() {
        form.wrong_pattern("ticket", "^syj_[A-Za-z0-9]{36}$");
    }
    token.map(By::Ticket)
}

/// Reads how a job ended; nothing said is success.
pub fn conclusion(object: &Object) -> Result<Conclusion, ApiError> {
    const SAID: [(&str, Conclusion); 3] = [
        ("success", Conclusion::Success),
        ("failure", Conclusion::Failure),
        ("cancelled", Conclusion::Cancelled),
    ];
    let mut form = Form::new(object);
    let conclusion = form
        .optional_string("conclusion")
        .and_then(|text| form.one_of("conclusion", text, &SAID));
    form.finish()?;
    Ok(conclusion.unwrap_or(Conclusion::Success))
}

fn named(
    form: &mut Form<'_>,
    repository: Option<&str>,
    environment: Option<&str>,
) -> Option<Named> {
    let parts = repository?.split_once('/').filter(|(owner, name)| {
        Login::parse(owner).is_some() && RepositoryName::parse(name).is_some()
    });
    if parts.is_none() {
        form.wrong_pattern("repository", r"^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$");
    }
    if environment.is_some_and(|name| EnvironmentName::parse(name).is_none()) {
        form.wrong_pattern("environment", "^[^[:cntrl:]]{1,255}$");
    }
    parts.map(|(owner, name)| Named {
        owner: owner.to_owned(),
        name: name.to_owned(),
        environment: environment.map(str::to_owned),
    })
}

fn names(form: &mut Form<'_>, items: &[Json]) -> BTreeSet<SecretName> {
    if items.len() > ONLY_MAX {
        form.too_many(ONLY_MAX, items.len());
        return BTreeSet::new();
    }
    let mut names = BTreeSet::new();
    for item in items {
        let Json::String(text) = item else {
            form.wrong_item(item, "a string");
            continue;
        };
        match SecretName::parse(text) {
            Ok(name) => {
                names.insert(name);
            }
            Err(_) => form.wrong_pattern("only", "^[A-Za-z_][A-Za-z0-9_]*$"),
        }
    }
    names
}

/// A full ref of a branch, a tag or a pull request. Short names are nobody's: a branch and a tag may
/// have the same.
fn is_ref(text: &str) -> bool {
    let name = ["refs/heads/", "refs/tags/", "refs/pull/"]
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    name.is_some_and(|name| !name.is_empty())
        && text.len() <= REF_LENGTH_MAX
        && !text.chars().any(char::is_control)
}

fn is_event(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=EVENT_LENGTH_MAX).contains(&text.len()) && text.bytes().all(word)
}
