//! Carrying a plan out: each owner in one write, in which the difference is found anew, so that
//! what somebody else did since the plan was shown is neither undone nor done twice.

use sealyard_sql as sql;

use super::change::{Change, What};
use super::owner::{self, refused};
use super::{Counts, Error, Report, Wanted, WantedOwner, plan, store};
use crate::app::App;
use crate::audit::{self, Actor, Write};
use crate::directory::account::{self, Profile};
use crate::directory::repository::TextChange;
use crate::directory::{self, AccountKind, OrganizationRole, organization};

/// How often a write is tried that gives way to another one: as often as a request.
const ATTEMPTS: usize = 3;

/// What a report calls the write that makes users and organisations.
const INSTANCE: &str = "new users and organizations";

/// Makes the store what the file says: users and organisations first, in one write, then each
/// owner in one of their own. An owner that is refused keeps no other from being done.
///
/// An error means that nothing was done: the file asks for what cannot be, or the store failed
/// before the first write.
pub async fn apply(app: &App, actor: &Actor, wanted: &Wanted) -> Result<Report, Error> {
    let mut read = app.db.read().await?;
    let now = store::everything(&mut read, wanted).await?;
    drop(read);
    let mut report = Report::default();
    let mut owners = Vec::new();
    let mut makes_owners = false;
    for (key, changes) in plan::everything(wanted, &now)? {
        let is_new = !now
            .get(key)
            .is_some_and(|now| now.accounts.contains_key(key));
        makes_owners |= is_new;
        // A new owner and its first member are made by the instance's write.
        if !is_new || changes.len() > 1 {
            owners.extend(wanted.get(key).map(|owner| (key, owner)));
        }
    }
    drop(now);
    if makes_owners {
        let result = Job::Instance(wanted).run(app, actor).await;
        if !noted(&mut report, INSTANCE, result) {
            let names = owners
                .iter()
                .map(|(_, owner)| owner.login.as_str().to_owned());
            report.not_begun.extend(names);
            return Ok(report);
        }
    }
    for (key, wanted) in owners {
        let login = wanted.login.as_str();
        if report.is_unavailable {
            report.not_begun.push(login.to_owned());
            continue;
        }
        let result = Job::Owner(key, wanted).run(app, actor).await;
        noted(&mut report, login, result);
    }
    Ok(report)
}

/// Notes what came of one write; whether it was done.
fn noted(report: &mut Report, name: &str, result: Result<Counts, Error>) -> bool {
    match result {
        Ok(counts) => {
            if !counts.is_empty() {
                report.done.push((name.to_owned(), counts));
            }
            true
        }
        Err(error) => {
            report.is_unavailable |= matches!(error, Error::Store(_));
            report.refused.push((name.to_owned(), error.to_string()));
            false
        }
    }
}

/// One write.
#[derive(Clone, Copy)]
enum Job<'a> {
    /// All users and organisations that are missing.
    Instance(&'a Wanted),
    /// One owner, by key.
    Owner(&'a str, &'a WantedOwner),
}

impl Job<'_> {
    /// Does it, again if it gives way to another write.
    async fn run(self, app: &App, actor: &Actor) -> Result<Counts, Error> {
        let mut result = Ok(Counts::default());
        for _ in 0..ATTEMPTS {
            result = match self {
                Self::Instance(wanted) => instance(app, actor, wanted).await,
                Self::Owner(key, wanted) => of_owner(app, actor, key, wanted).await,
            };
            if !matches!(result, Err(Error::Store(sql::Error::Conflict))) {
                break;
            }
        }
        result
    }
}

/// Makes the users and organisations that are missing, in one write.
async fn instance(app: &App, actor: &Actor, wanted: &Wanted) -> Result<Counts, Error> {
    let mut write = audit::begin(app, audit::INSTANCE).await?;
    match make_owners(app, actor, &mut write, wanted).await {
        Ok(counts) => ended(write, counts).await,
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

async fn make_owners(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    wanted: &Wanted,
) -> Result<Counts, Error> {
    let mut counts = Counts::default();
    // Users first: organisations are run by them.
    for kind in [AccountKind::User, AccountKind::Organization] {
        for (key, owner) in wanted.iter().filter(|(_, owner)| owner.kind == kind) {
            if store::account(&mut write.tx, key).await?.is_some() {
                continue;
            }
            let what = What::AddOwner;
            let made = match kind {
                AccountKind::User => {
                    account::add_user(app, actor, write, &owner.login, &profile(owner)).await
                }
                AccountKind::Organization => make_organization(app, actor, write, owner).await,
            };
            made.map_err(|why| refused(&Change { owner, what }, why))?;
            // An organisation comes with its first member.
            counts.added += match kind {
                AccountKind::User => 1,
                AccountKind::Organization => 2,
            };
            tokio::task::yield_now().await;
        }
    }
    Ok(counts)
}

/// Makes an organisation with its first owner; the others are made by its own write.
async fn make_organization(
    app: &App,
    actor: &Actor,
    write: &mut Write,
    wanted: &WantedOwner,
) -> Result<(), directory::Error> {
    let first = wanted
        .members
        .iter()
        .find(|(_, member)| member.role == Some(OrganizationRole::Owner));
    let (key, _) = first.ok_or(directory::Error::NotFound)?;
    let found = directory::store::account::user(&mut write.tx, key).await?;
    let owner = found.ok_or(directory::Error::NotFound)?;
    let profile = profile(wanted);
    let name = profile.name.as_deref();
    let made = organization::add(app, actor, write, &wanted.login, name, &owner).await?;
    if profile.description.is_some() {
        let now = app.clock.now_s();
        directory::store::account::set_profile(&mut write.tx, made.id, &profile, now).await?;
    }
    Ok(())
}

/// What is said of a new account.
fn profile(wanted: &WantedOwner) -> Profile {
    let text = |change: &Option<TextChange>| {
        let text = change.as_ref().and_then(TextChange::text);
        text.map(str::to_owned)
    };
    Profile {
        name: text(&wanted.name),
        email: text(&wanted.email),
        description: text(&wanted.description),
    }
}

/// Makes one owner what the file says, in one write.
async fn of_owner(
    app: &App,
    actor: &Actor,
    key: &str,
    wanted: &WantedOwner,
) -> Result<Counts, Error> {
    let mut read = app.db.read().await?;
    let found = store::account(&mut read, key).await?;
    drop(read);
    let account = found.ok_or_else(|| {
        let what = What::AddOwner;
        let change = Change {
            owner: wanted,
            what,
        };
        refused(&change, directory::Error::NotFound)
    })?;
    let mut write = audit::begin(app, account.owner.id).await?;
    match owner::change(app, actor, &mut write, key, wanted).await {
        Ok(counts) => ended(write, counts).await,
        Err(refusal) => Err(write.refuse(refusal).await),
    }
}

async fn ended(write: Write, counts: Counts) -> Result<Counts, Error> {
    if counts.is_empty() {
        write.unchanged().await?;
    } else {
        write.commit().await?;
    }
    Ok(counts)
}
