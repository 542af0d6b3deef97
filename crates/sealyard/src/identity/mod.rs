//! Who is calling, what they were given, and what that lets them do.

pub mod permission;
pub mod routes;
pub mod scopes;
pub mod store;
pub mod token;

use sealyard_sql as sql;

use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::store::account as accounts;
use crate::directory::{AccountKind, Owner};
use permission::Credential;
use scopes::Scopes;
use token::Token;

/// The id of a user or organisation; both are accounts, and share one sequence, as on GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

/// The longest login, in characters.
pub const LOGIN_LENGTH_MAX: usize = 39;

/// A login: ASCII letters, digits and hyphens, 1 to 39, no hyphen at the ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// Checks the form.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let ends = text.starts_with('-') || text.ends_with('-');
        let fits = (1..=LOGIN_LENGTH_MAX).contains(&text.len());
        (plain && fits && !ends).then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The caller of a request.
#[derive(Debug, Clone)]
pub enum Caller {
    /// No credential was sent.
    Anonymous,
    /// A valid credential was.
    Principal(Principal),
}

/// A user, as the token that was sent presents them.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The user.
    pub user_id: AccountId,
    /// The user's login.
    pub login: String,
    /// Whether the user administers the instance.
    pub site_admin: bool,
    /// The token's row, for the audit log.
    pub token_id: i64,
    /// What the token was given.
    pub scopes: Scopes,
    /// When the token ends, in seconds since 1970.
    pub expires_at: Option<i64>,
}

impl Caller {
    /// The user's id; 0, which no account has, for the anonymous.
    pub fn user_id(&self) -> AccountId {
        match self {
            Self::Anonymous => AccountId(0),
            Self::Principal(principal) => principal.user_id,
        }
    }

    /// What the permission table looks at.
    pub fn credential(&self) -> Credential {
        match self {
            Self::Anonymous => Credential::Anonymous,
            Self::Principal(principal) => Credential::Classic {
                scopes: principal.scopes,
                site_admin: principal.site_admin,
            },
        }
    }
}

/// Why an account or a token could not be made or found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A user or an organisation has that login already.
    #[error("the login is taken")]
    Taken,
    /// There is no such user.
    #[error("no such user")]
    NoSuchUser,
    /// The user has [`TOKENS_OF_USER_MAX`] that are good.
    #[error("the user has {TOKENS_OF_USER_MAX} tokens already; revoke one")]
    TooManyTokens,
    /// There is no such token.
    #[error("no such token")]
    NoSuchToken,
    /// The store failed.
    #[error(transparent)]
    Store(sql::Error),
}

impl From<sql::Error> for Error {
    fn from(error: sql::Error) -> Self {
        if matches!(error, sql::Error::Unique { .. }) {
            Self::Taken
        } else {
            Self::Store(error)
        }
    }
}

/// Finds a user by login, in any case. Organisations are no users.
pub async fn user(app: &App, login: &str) -> Result<Owner, Error> {
    let mut read = app.db.read().await?;
    accounts::user(&mut read, login)
        .await?
        .ok_or(Error::NoSuchUser)
}

/// Makes a user, who has no token yet.
///
/// [`Error::Taken`] if a user or an organisation has that login.
pub async fn create_user(
    app: &App,
    actor: &Actor,
    login: &Login,
    email: Option<&str>,
    site_admin: bool,
) -> Result<Owner, Error> {
    let kind = AccountKind::User;
    let account = accounts::NewAccount {
        kind,
        login,
        name: None,
        email,
        site_admin,
        now: app.clock.now_s(),
    };
    let mut write = audit::begin(app, audit::INSTANCE).await?;
    let id = match accounts::insert(&mut write.tx, &account).await {
        Ok(id) => id,
        Err(error) => return Err(write.refuse(error.into()).await),
    };
    let event = Event {
        action: "user.create",
        user: Some(login.as_str()),
        detail: site_admin.then_some("site_admin"),
        ..Event::default()
    };
    write.record(app, actor, &event).await?;
    write.commit().await?;
    Ok(Owner {
        id,
        kind,
        login: login.as_str().to_owned(),
        site_admin,
    })
}

/// What a new token is to be.
pub struct Grant<'a> {
    /// What it may.
    pub scopes: Scopes,
    /// What it is for, in its maker's words; at most [`NOTE_LENGTH_MAX`] characters.
    pub note: Option<&'a str>,
    /// When it ends, in seconds since 1970.
    pub expires_at: Option<i64>,
}

/// Tokens of one user that are neither revoked nor expired. GitHub keeps ten for each user,
/// application and set of scopes; here there is one application, and earlier ones are not given again.
pub const TOKENS_OF_USER_MAX: i64 = 10_000;

/// The longest note of a token, in characters.
pub const NOTE_LENGTH_MAX: usize = 255;

/// A token that was just made: the only time that it can be shown.
pub struct Issued {
    /// Its row.
    pub id: i64,
    /// The token itself.
    pub token: Token,
    /// When, in seconds since 1970.
    pub created_at: i64,
}

/// Makes a token that acts for a user.
///
/// [`Error::TooManyTokens`] if the user has [`TOKENS_OF_USER_MAX`].
pub async fn create_token(
    app: &App,
    actor: &Actor,
    user: &Owner,
    grant: &Grant<'_>,
) -> Result<Issued, Error> {
    let token = Token::generate(token::Kind::Classic);
    let created_at = app.clock.now_s();
    let mac = token.mac(&app.keyring);
    let row = store::NewToken {
        user_id: user.id,
        mac: &mac,
        epoch: app.keyring.token_epoch(),
        scopes: grant.scopes,
        note: grant.note,
        last_eight: token.last_eight(),
        created_at,
        expires_at: grant.expires_at,
    };
    let mut write = audit::begin(app, user.id).await?;
    if store::count_tokens(&mut write.tx, user.id, created_at).await? >= TOKENS_OF_USER_MAX {
        return Err(write.refuse(Error::TooManyTokens).await);
    }
    let id = store::insert_token(&mut write.tx, &row).await?;
    let scopes = grant.scopes.to_string();
    let event = Event {
        action: "personal_access_token.create",
        user: Some(&user.login),
        name: Some(token.last_eight()),
        detail: Some(&scopes),
        ..Event::default()
    };
    write.record(app, actor, &event).await?;
    write.commit().await?;
    Ok(Issued {
        id,
        token,
        created_at,
    })
}

/// A token as it may be shown: everything but itself.
#[derive(Debug, Clone)]
pub struct TokenSummary {
    /// Its row.
    pub id: i64,
    /// Whose, by login.
    pub user: String,
    /// What it may.
    pub scopes: Scopes,
    /// What it is for.
    pub note: Option<String>,
    /// Its last eight characters.
    pub last_eight: String,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Its end, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// Since when it is void, in seconds since 1970.
    pub revoked_at: Option<i64>,
}

/// How many tokens [`list_tokens`] gives at a time.
pub const TOKENS_MAX: i64 = 100;

/// Tokens by id, of one user or of all: the first [`TOKENS_MAX`] whose id is greater than `after`.
pub async fn list_tokens(
    app: &App,
    user: Option<&Owner>,
    after: i64,
) -> Result<Vec<TokenSummary>, Error> {
    let mut read = app.db.read().await?;
    Ok(store::list_tokens(&mut read, user.map(|user| user.id), after, TOKENS_MAX).await?)
}

/// Voids a token, at once and for good. Voiding it again changes nothing.
pub async fn revoke_token(app: &App, actor: &Actor, id: i64) -> Result<(), Error> {
    let mut read = app.db.read().await?;
    let found = store::owner_of_token(&mut read, id).await?;
    drop(read);
    let token = found.ok_or(Error::NoSuchToken)?;
    let mut write = audit::begin(app, token.user_id).await?;
    if !store::revoke(&mut write.tx, id, app.clock.now_s()).await? {
        return Ok(write.unchanged().await?);
    }
    let event = Event {
        action: "personal_access_token.destroy",
        user: Some(&token.login),
        name: Some(&token.last_eight),
        ..Event::default()
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}
