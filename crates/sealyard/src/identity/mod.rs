//! Who is calling, what they were given, and what that lets them do.

pub mod caller;
pub mod permission;
pub mod routes;
pub mod scopes;
pub mod store;
pub mod suspension;
pub mod token;

use sealyard_sql as sql;

use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::store::{account as accounts, member as members, selection};
use crate::directory::{AccountKind, Owner};
use caller::Selection;
pub use caller::{Authority, Caller, Principal};
use permission::Permissions;
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

/// Why an account or a token could not be made or found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A user or an organisation has that login already.
    #[error("the login is taken")]
    Taken,
    /// There is no such user.
    #[error("no such user; a site administrator makes one (POST /admin/users)")]
    NoSuchUser,
    /// The user has [`TOKENS_OF_USER_MAX`] that are good.
    #[error("the user has {TOKENS_OF_USER_MAX} tokens already; revoke one")]
    TooManyTokens,
    /// There is no such token.
    #[error("no such token; `sealyard token list` shows their ids")]
    NoSuchToken,
    /// There is no account of the resource owner's login.
    #[error("no such resource owner: neither a user nor an organisation has that login")]
    NoSuchOwner,
    /// A fine-grained token is for one's own repositories, or those of an organisation.
    #[error(
        "the user does not belong to the resource owner; make them a member of the organisation first (PUT /orgs/{{org}}/memberships/{{username}})"
    )]
    NotOwner,
    /// A repository of a fine-grained token is not its owner's.
    #[error(
        "the resource owner has no repository of one of these names; write them without the owner, as in hello-world,docs"
    )]
    NoSuchRepository,
    /// More than [`REPOSITORIES_OF_TOKEN_MAX`] were chosen.
    #[error(
        "a token is for at most {REPOSITORIES_OF_TOKEN_MAX} chosen repositories; leave the list out for all of the resource owner's"
    )]
    TooManyRepositories,
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

/// Finds a user or an organisation by login, in any case: whose repositories a token is for.
pub async fn resource_owner(app: &App, login: &str) -> Result<Owner, Error> {
    let mut read = app.db.read().await?;
    let details = accounts::by_login(&mut read, login).await?;
    Ok(details.ok_or(Error::NoSuchOwner)?.account)
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
    pub power: Power<'a>,
    /// What it is for, in its maker's words; at most [`NOTE_LENGTH_MAX`] characters.
    pub note: Option<&'a str>,
    /// When it ends, in seconds since 1970.
    pub expires_at: Option<i64>,
}

/// What a token may, in the three kinds that act for a user.
pub enum Power<'a> {
    /// A classic token.
    Classic(Scopes),
    /// An OAuth token, as a site administrator makes it for a user.
    OAuth(Scopes),
    /// A fine-grained token.
    FineGrained {
        /// In the places it reaches.
        permissions: Permissions,
        /// Whose repositories: the user, or an organisation they belong to.
        owner: &'a Owner,
        /// Names of the repositories; all of the owner's, if there is no list.
        repositories: Option<&'a [String]>,
    },
}

impl Power<'_> {
    fn kind(&self) -> token::Kind {
        match self {
            Self::Classic(_) => token::Kind::Classic,
            Self::OAuth(_) => token::Kind::OAuth,
            Self::FineGrained { .. } => token::Kind::FineGrained,
        }
    }

    fn scopes(&self) -> Scopes {
        match self {
            Self::Classic(scopes) | Self::OAuth(scopes) => *scopes,
            Self::FineGrained { .. } => Scopes::default(),
        }
    }

    /// How many repositories were named, if any were.
    fn chosen(&self) -> Option<i64> {
        match self {
            Self::Classic(_) | Self::OAuth(_) => None,
            Self::FineGrained { repositories, .. } => {
                repositories.map(|names| i64::try_from(names.len()).unwrap_or(i64::MAX))
            }
        }
    }

    fn permissions(&self) -> Permissions {
        match self {
            Self::Classic(_) | Self::OAuth(_) => Permissions::default(),
            Self::FineGrained { permissions, .. } => permissions.with_metadata(),
        }
    }
}

/// Tokens of one user that are neither revoked nor expired. GitHub keeps ten for each user,
/// application and set of scopes; here there is one application, and earlier ones are not given again.
pub const TOKENS_OF_USER_MAX: i64 = 10_000;

/// Repositories that can be chosen for one fine-grained token. GitHub's page offers 50, and narrows
/// an installation's token to 500; here it is one number for both, and one row each.
pub const REPOSITORIES_OF_TOKEN_MAX: usize = 500;

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
/// [`Error::TooManyTokens`] if the user has [`TOKENS_OF_USER_MAX`]; for a fine-grained one
/// [`Error::NotOwner`] if the user does not belong to the owner of the repositories,
/// [`Error::NoSuchRepository`] if one of them is not there, and [`Error::TooManyRepositories`] if
/// there are more than [`REPOSITORIES_OF_TOKEN_MAX`].
pub async fn create_token(
    app: &App,
    actor: &Actor,
    user: &Owner,
    grant: &Grant<'_>,
) -> Result<Issued, Error> {
    let token = Token::generate(grant.power.kind());
    let created_at = app.clock.now_s();
    let mac = token.mac(&app.keyring);
    let mut write = audit::begin(app, user.id).await?;
    if store::count_tokens(&mut write.tx, user.id, created_at).await? >= TOKENS_OF_USER_MAX {
        return Err(write.refuse(Error::TooManyTokens).await);
    }
    let place = match place(&mut write.tx, user, &grant.power).await {
        Ok(place) => place,
        Err(refusal) => return Err(write.refuse(refusal).await),
    };
    let row = store::NewToken {
        kind: token.kind(),
        user_id: user.id,
        mac: &mac,
        epoch: app.keyring.token_epoch(),
        scopes: grant.power.scopes(),
        permissions: grant.power.permissions(),
        place,
        note: grant.note,
        last_eight: token.last_eight(),
        created_at,
        expires_at: grant.expires_at,
    };
    let id = store::insert_token(&mut write.tx, &row).await?;
    let power = match row.place {
        Some((owner, _)) => format!("{} on account {}", row.permissions, owner.0),
        None => row.scopes.to_string(),
    };
    let event = Event {
        action: actions(token.kind()).create,
        user: Some(&user.login),
        name: Some(token.last_eight()),
        repositories: grant.power.chosen(),
        detail: Some(&power),
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

/// What GitHub calls the beginning and the end of a token.
struct Actions {
    create: &'static str,
    destroy: &'static str,
}

fn actions(kind: token::Kind) -> Actions {
    match kind {
        token::Kind::OAuth => Actions {
            create: "oauth_access.create",
            destroy: "oauth_access.destroy",
        },
        token::Kind::Classic
        | token::Kind::FineGrained
        | token::Kind::Installation
        | token::Kind::Runner
        | token::Kind::Ticket => Actions {
            create: "personal_access_token.create",
            destroy: "personal_access_token.destroy",
        },
    }
}

/// Where a fine-grained token reaches, kept as far as it is a choice; nowhere in particular for the
/// others.
async fn place(
    tx: &mut sql::Tx,
    user: &Owner,
    power: &Power<'_>,
) -> Result<Option<(AccountId, Selection)>, Error> {
    let Power::FineGrained {
        owner,
        repositories,
        ..
    } = power
    else {
        return Ok(None);
    };
    let belongs = owner.id == user.id || members::role(tx, owner.id, user.id).await?.is_some();
    if !belongs {
        return Err(Error::NotOwner);
    }
    let Some(names) = repositories else {
        return Ok(Some((owner.id, Selection::ALL)));
    };
    if names.len() > REPOSITORIES_OF_TOKEN_MAX {
        return Err(Error::TooManyRepositories);
    }
    let ids = selection::by_names(tx, owner.id, names).await?;
    let ids = ids.ok_or(Error::NoSuchRepository)?;
    Ok(Some((owner.id, selection::create(tx, &ids).await?)))
}

/// A token as it may be shown: everything but itself.
#[derive(Debug, Clone)]
pub struct TokenSummary {
    /// Its row.
    pub id: i64,
    /// Whose, by login.
    pub user: String,
    /// Which kind.
    pub kind: token::Kind,
    /// What it may: scopes, or permissions.
    pub power: String,
    /// Whose repositories a fine-grained one is for, by login.
    pub owner: Option<String>,
    /// How many of them were chosen; all, if none was.
    pub repositories: Option<i64>,
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
        action: actions(token.kind).destroy,
        user: Some(&token.login),
        name: Some(&token.last_eight),
        ..Event::default()
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

/// Voids all OAuth tokens of a user, at once and for good. There may be none.
pub async fn revoke_authorizations(app: &App, actor: &Actor, user: &Owner) -> Result<(), Error> {
    let mut write = audit::begin(app, user.id).await?;
    let now = app.clock.now_s();
    let count = store::revoke_all(&mut write.tx, user.id, token::Kind::OAuth, now).await?;
    if count == 0 {
        return Ok(write.unchanged().await?);
    }
    let count = count.to_string();
    let event = Event {
        action: actions(token::Kind::OAuth).destroy,
        user: Some(&user.login),
        detail: Some(&count),
        ..Event::default()
    };
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}
