//! Shutting a user out, and letting them in again.
//!
//! A suspended user keeps everything; only their tokens, of every kind, are answered 403 from the
//! next request on. Site administrators can be suspended, too: should they suspend each other,
//! `sealyard user unsuspend` needs no token.

use super::{Error, accounts};
use crate::app::App;
use crate::audit::{self, Actor, Event};
use crate::directory::Owner;

/// The longest reason, in characters.
pub const REASON_LENGTH_MAX: usize = 255;

/// Shuts a user out. Doing it again changes nothing. `reason` is for the log.
pub async fn suspend(
    app: &App,
    actor: &Actor,
    user: &Owner,
    reason: Option<&str>,
) -> Result<(), Error> {
    let mut write = audit::begin(app, audit::INSTANCE).await?;
    if !accounts::suspend(&mut write.tx, user.id, app.clock.now_s()).await? {
        return Ok(write.unchanged().await?);
    }
    let event = event("user.suspend", user, reason);
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

/// Lets a user in again. Doing it again changes nothing. `reason` is for the log.
pub async fn unsuspend(
    app: &App,
    actor: &Actor,
    user: &Owner,
    reason: Option<&str>,
) -> Result<(), Error> {
    let mut write = audit::begin(app, audit::INSTANCE).await?;
    if !accounts::unsuspend(&mut write.tx, user.id, app.clock.now_s()).await? {
        return Ok(write.unchanged().await?);
    }
    let event = event("user.unsuspend", user, reason);
    write.record(app, actor, &event).await?;
    Ok(write.commit().await?)
}

fn event<'a>(action: &'a str, user: &'a Owner, reason: Option<&'a str>) -> Event<'a> {
    Event {
        action,
        user: Some(&user.login),
        detail: reason,
        ..Event::default()
    }
}
