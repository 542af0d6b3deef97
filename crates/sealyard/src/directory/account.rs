//! Accounts: what is kept of a user or an organisation.

use super::{AccountKind, Error, Owner, store};
use crate::app::App;
use crate::audit::{Actor, Event, Write};
use crate::identity::Login;

/// The longest name that people read, in characters.
pub const NAME_LENGTH_MAX: usize = 255;
/// The longest description of an organisation, in characters. GitHub, "Update an organization":
/// "The maximum size is 160 characters."
pub const DESCRIPTION_LENGTH_MAX: usize = 160;
/// The longest address, in bytes (RFC 5321, 4.5.3.1.3, without the angle brackets).
const EMAIL_LENGTH_MAX: usize = 254;

/// An account with all that its JSON shows.
#[derive(Debug, Clone)]
pub struct AccountDetails {
    /// Who, and whether user or organisation.
    pub account: Owner,
    /// The name people read.
    pub name: Option<String>,
    /// Where people reach a user, for nobody else's eyes; of an organisation, who pays.
    pub email: Option<String>,
    /// Of an organisation.
    pub description: Option<String>,
    /// Since when the user is shut out, in seconds since 1970.
    pub suspended_at: Option<i64>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970.
    pub updated_at: i64,
    /// How many of its repositories everybody sees.
    pub public_repositories: i64,
    /// How many others it has.
    pub private_repositories: i64,
}

/// What its owner says of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name people read, at most [`NAME_LENGTH_MAX`].
    pub name: Option<String>,
    /// Where people reach a user; [`is_email`].
    pub email: Option<String>,
    /// Of an organisation, at most [`DESCRIPTION_LENGTH_MAX`].
    pub description: Option<String>,
}

/// Makes a user, who has no token yet, and records it, within the instance's write.
///
/// [`Error::Taken`] if a user or an organisation has that login.
pub async fn add_user(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    login: &Login,
    profile: &Profile,
) -> Result<(), Error> {
    let account = store::account::NewAccount {
        kind: AccountKind::User,
        login,
        name: profile.name.as_deref(),
        email: profile.email.as_deref(),
        site_admin: false,
        now: app.clock.now_s(),
    };
    store::account::insert(&mut write.tx, &account).await?;
    let event = Event {
        action: "user.create",
        user: Some(login.as_str()),
        ..Event::default()
    };
    Ok(write.record(app, actor, &event).await?)
}

/// Changes what is said of an account and records it, within the account's own write.
pub async fn describe(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    account: &Owner,
    profile: &Profile,
) -> Result<(), Error> {
    let now = app.clock.now_s();
    store::account::set_profile(&mut write.tx, account.id, profile, now).await?;
    let login = Some(account.login.as_str());
    let event = match account.kind {
        AccountKind::User => Event {
            action: "user.update",
            user: login,
            ..Event::default()
        },
        AccountKind::Organization => Event {
            action: "org.update",
            org: login,
            ..Event::default()
        },
    };
    Ok(write.record(app, actor, &event).await?)
}

/// Whether a text could be an address. Nothing is ever sent to it.
pub fn is_email(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte > b' ' && byte != 0x7f);
    let parts = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    plain && parts && text.len() <= EMAIL_LENGTH_MAX
}
