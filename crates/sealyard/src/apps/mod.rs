//! GitHub Apps: programs with an identity of their own.
//!
//! An app is made by an operator ([`registration`]), [installed](installation) on accounts, and acts
//! there by tokens that live for an hour ([`mint`]). It asks for these with a short-lived [`jwt`],
//! signed with its private [`key`], of which the server keeps only the public half.
//!
//! What a token may is decided whenever it is used: what token, installation and app all have at that
//! moment ([`store::bearer`]). So nothing has to be told to a token when one of the others changes.

pub mod installation;
pub mod jwt;
pub mod key;
pub mod mint;
pub mod registration;
pub mod routes;
pub mod store;

use sealyard_sql as sql;

use crate::audit::Event;
use crate::directory::{AccountKind, Owner};
use crate::identity::caller::{Coverage, Selection};
use crate::identity::permission::{Permissions, Standing, Suspended};

/// The id of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(pub i64);

/// The id of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstallationId(pub i64);

/// An app with all that its JSON shows.
#[derive(Debug, Clone)]
pub struct AppDetails {
    /// Its id.
    pub id: AppId,
    /// The user or organisation it belongs to.
    pub owner: Owner,
    /// Its name in addresses; unique.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// In its owner's words.
    pub description: Option<String>,
    /// What its JWT may have as issuer instead of the id.
    pub client_id: String,
    /// What it asks of those who install it, and at most may.
    pub permissions: Permissions,
    /// Since when it is held back, in seconds since 1970.
    pub suspended_at: Option<i64>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970.
    pub updated_at: i64,
    /// On how many accounts it is installed.
    pub installations: i64,
}

/// What an app may on one account.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// Of which app.
    pub app_id: AppId,
    /// The app's name in addresses.
    pub app_slug: String,
    /// On which account.
    pub account: Owner,
    /// What was given to it when the app was installed, or installed again.
    pub accepted: Permissions,
    /// What of that the app asks for today: what it may.
    pub permissions: Permissions,
    /// In which repositories of the account.
    pub selection: Selection,
    /// Whether it is held back.
    pub suspension: Option<Suspension>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970.
    pub updated_at: i64,
}

/// That an installation is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// Since when, in seconds since 1970.
    pub since: i64,
    /// By whom: what an operator holds back, the app does not let go.
    pub by: Hand,
}

/// Who suspends an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// The app itself, by its JWT.
    App,
    /// Somebody at the command line.
    Operator,
}

impl Hand {
    /// As in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Operator => "operator",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::App, Self::Operator]
            .into_iter()
            .find(|hand| hand.as_str() == text)
    }
}

/// Why something about an app was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was sent is not the word of an app.
    #[error("the JSON web token is not valid: {0}")]
    Jwt(#[from] jwt::Error),
    /// There is no such app.
    #[error("no such app; `sealyard app list` shows them")]
    NoSuchApp,
    /// There is no such key, or it is another app's.
    #[error("the app has no such key; `sealyard app list --app ID` shows them")]
    NoSuchKey,
    /// There is no such installation, or it is another app's.
    #[error("no such installation; `sealyard app list --app ID` shows an app's")]
    NoSuchInstallation,
    /// There is no user or organisation of that login.
    #[error("no such user or organisation")]
    NoSuchAccount,
    /// An app of that name is there already, or of one that looks the same in addresses.
    #[error("the name is taken; choose another")]
    NameTaken,
    /// A name without a letter or digit, or a long one.
    #[error(
        "a name has 1 to {} characters, and a letter or digit among them",
        registration::NAME_LENGTH_MAX
    )]
    Name,
    /// A description that is too long.
    #[error(
        "a description has at most {} characters",
        registration::DESCRIPTION_LENGTH_MAX
    )]
    Description,
    /// Not a public key that an app may have.
    #[error(transparent)]
    Key(#[from] key::Error),
    /// The app has that key already.
    #[error("the app has this key already")]
    KeyTaken,
    /// There is no room for one more.
    #[error("no more than {max} {things}; remove one first")]
    TooMany {
        /// What there are too many of, in the plural.
        things: &'static str,
        /// How many there may be.
        max: i64,
    },
    /// The account has no repository of one of the names.
    #[error("the account has no repository of one of these names")]
    NoSuchRepository,
    /// A token for repositories that are not there, or not the installation's.
    #[error("the installation does not reach one of these repositories")]
    NotAccessible {
        /// How many were asked for.
        asked: usize,
    },
    /// A token with permissions that the installation does not have.
    #[error("the installation does not have one of these permissions")]
    NotGranted,
    /// The installation is held back.
    #[error("the installation is suspended")]
    Suspended,
    /// It is held back by somebody else than who wants to let it go.
    #[error("the installation was suspended by an operator")]
    Held,
    /// Threads are stopping.
    #[error("the server is stopping; try again")]
    Interrupted,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] sql::Error),
}

/// Whose a JWT is, and whether that app is suspended.
///
/// One look-up, and no signature is checked for an app that is not there.
/// [`Error::Jwt`] for what is not an app's word, [`Error::NoSuchApp`] for an issuer that nobody is.
pub async fn authenticate(
    read: &mut sql::Read,
    jwt: &str,
    now_s: i64,
) -> Result<(AppId, Standing), Error> {
    let unverified = jwt::parse(jwt)?;
    let signer = store::signer(read, unverified.issuer())
        .await?
        .ok_or(Error::NoSuchApp)?;
    unverified.verify(&signer.keys, now_s)?;
    let standing = Standing {
        suspended: signer.suspended.then_some(Suspended::App),
        ..Standing::default()
    };
    Ok((signer.id, standing))
}

/// `all` of the account's repositories, or `selected` ones.
fn repository_selection(coverage: &Coverage) -> &'static str {
    if coverage.selections == [Selection::ALL; 2] {
        "all"
    } else {
        "selected"
    }
}

/// Something done to an app or an installation of an account.
fn event<'a>(action: &'a str, account: &'a Owner, slug: &'a str) -> Event<'a> {
    Event {
        action,
        org: account.organization_login(),
        user: (account.kind == AccountKind::User).then_some(account.login.as_str()),
        name: Some(slug),
        ..Event::default()
    }
}
