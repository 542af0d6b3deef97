//! Orders about users and their tokens.

use super::{Outcome, TokenPower};
use crate::app::App;
use crate::audit::Actor;
use crate::clock;
use crate::directory::Owner;
use crate::identity::scopes::Scopes;
use crate::identity::suspension::{self, REASON_LENGTH_MAX};
use crate::identity::token::Kind;
use crate::identity::{self, Error, Grant, NOTE_LENGTH_MAX, Power, TokenSummary};

const SCOPES: &str = "one of the scopes is not one of GitHub's; repo,admin:org are two that are";

pub(super) async fn create_token(
    app: &App,
    user: &str,
    power: &TokenPower,
    expires_in: Option<i64>,
    note: Option<&str>,
) -> Result<Outcome, Error> {
    if note.is_some_and(|note| note.chars().count() > NOTE_LENGTH_MAX) {
        return Ok(Outcome::Refused(format!(
            "a note has at most {NOTE_LENGTH_MAX} characters"
        )));
    }
    let user = identity::user(app, user).await?;
    let owner = resource_owner(app, &user, power).await?;
    let power = match power {
        TokenPower::Classic(scopes) => Scopes::parse(scopes).map(Power::Classic).ok_or(SCOPES),
        TokenPower::OAuth(scopes) => Scopes::parse(scopes).map(Power::OAuth).ok_or(SCOPES),
        TokenPower::FineGrained {
            permissions,
            repositories,
            ..
        } => super::permissions(permissions).map(|permissions| Power::FineGrained {
            permissions,
            owner: &owner,
            repositories: repositories.as_deref(),
        }),
    };
    let power = match power {
        Ok(power) => power,
        Err(why) => return Ok(Outcome::Refused(why.to_owned())),
    };
    let grant = Grant {
        power,
        note,
        expires_at: expires_in.map(|seconds| app.clock.now_s().saturating_add(seconds)),
    };
    let issued = identity::create_token(app, &Actor::operator(), &user, &grant).await?;
    Ok(Outcome::Token(issued.token.reveal().to_owned()))
}

/// Whose repositories a fine-grained token is for: its user's own, unless somebody is named.
async fn resource_owner(app: &App, user: &Owner, power: &TokenPower) -> Result<Owner, Error> {
    match power {
        TokenPower::FineGrained {
            owner: Some(login), ..
        } => identity::resource_owner(app, login).await,
        TokenPower::FineGrained { owner: None, .. }
        | TokenPower::Classic(_)
        | TokenPower::OAuth(_) => Ok(user.clone()),
    }
}

pub(super) async fn list_tokens(app: &App, user: Option<&str>) -> Result<Outcome, Error> {
    let user = match user {
        Some(login) => Some(identity::user(app, login).await?),
        None => None,
    };
    let now = app.clock.now_s();
    let header = [
        "ID",
        "USER",
        "STATE",
        "KIND",
        "CREATED",
        "EXPIRES",
        "LAST 8",
        "POWER",
        "OWNER",
        "REPOSITORIES",
        "NOTE",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut tokens = identity::list_tokens(app, user.as_ref(), 0).await?;
    while let Some(last) = tokens.last().map(|token| token.id) {
        rows.extend(tokens.into_iter().map(|token| token_row(token, now)));
        tokens = identity::list_tokens(app, user.as_ref(), last).await?;
    }
    Ok(Outcome::Rows(rows))
}

/// No cell but the last one is empty or has a space in it, so that `awk` finds every column.
fn token_row(token: TokenSummary, now: i64) -> Vec<String> {
    let state = match (token.revoked_at, token.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(at)) if at <= now => "expired",
        (None, _) => "active",
    };
    let or_dash = |text: String| {
        if text.is_empty() {
            "-".to_owned()
        } else {
            text
        }
    };
    let repositories = match token.repositories {
        _ if token.kind != Kind::FineGrained => String::new(),
        Some(count) => count.to_string(),
        None => "all".to_owned(),
    };
    vec![
        token.id.to_string(),
        token.user,
        state.to_owned(),
        token.kind.as_str().replace('_', "-"),
        clock::rfc3339(token.created_at),
        token
            .expires_at
            .map_or_else(|| "never".to_owned(), clock::rfc3339),
        token.last_eight,
        or_dash(token.power.replace(", ", ",")),
        or_dash(token.owner.unwrap_or_default()),
        or_dash(repositories),
        token.note.unwrap_or_default(),
    ]
}

pub(super) async fn revoke_token(app: &App, id: i64) -> Result<Outcome, Error> {
    identity::revoke_token(app, &Actor::operator(), id).await?;
    Ok(Outcome::Done)
}

pub(super) async fn set_suspended(
    app: &App,
    user: &str,
    suspended: bool,
    reason: Option<&str>,
) -> Result<Outcome, Error> {
    if reason.is_some_and(|reason| reason.chars().count() > REASON_LENGTH_MAX) {
        return Ok(Outcome::Refused(format!(
            "a reason has at most {REASON_LENGTH_MAX} characters"
        )));
    }
    let (actor, user) = (Actor::operator(), identity::user(app, user).await?);
    if suspended {
        suspension::suspend(app, &actor, &user, reason).await?;
    } else {
        suspension::unsuspend(app, &actor, &user, reason).await?;
    }
    Ok(Outcome::Done)
}
