//! The decision: pure functions of a row, a credential and what is known of the target.
//!
//! No clock, no store, no settings but the arguments: so that every case can be tried.

use super::{
    Ask, Credential, Facts, Level, Need, Permission, Permissions, Refusal, Remote, Row, Rules,
    Standing, Suspended,
};
use crate::directory::{OrganizationRole, RepositoryRole, RepositoryVisibility};
use crate::identity::scopes::{Scope, Scopes};

/// Step one, asked of the credential alone: 401 for one that ended, 403 for who is suspended.
pub fn admit(standing: &Standing, now: i64) -> Result<(), Refusal> {
    if standing.revoked || standing.expires_at.is_some_and(|at| at <= now) {
        return Err(Refusal::BadCredentials);
    }
    standing
        .suspended
        .map_or(Ok(()), |who: Suspended| Err(Refusal::Suspended(who)))
}

/// Step two, still before anything is looked up: whether the operation takes this kind at all.
pub fn accept(row: &Row, credential: &Credential) -> Result<(), Refusal> {
    match (row.need, credential) {
        (Need::App, Credential::App) => Ok(()),
        (Need::App, _) => Err(Refusal::NoJwt),
        (Need::Runner, Credential::Anonymous) => Err(Refusal::Unauthenticated),
        (Need::Runner, other) if *other != Credential::Runner => Err(Refusal::BadCredentials),
        (_, Credential::App) => Err(Refusal::BadCredentials),
        (_, Credential::Enrolment(purpose)) if !row.remote.takes(*purpose) => {
            Err(Refusal::BadCredentials)
        }
        (_, Credential::Runner) if row.remote != Remote::Runner => Err(Refusal::BadCredentials),
        (_, _) => Ok(()),
    }
}

/// All steps that follow from the target, in the order that tells nobody more than they may know:
/// see, sign in, may, may now. Asks [`accept`] once more, so that no caller can leave it out.
pub fn decide(
    row: &Row,
    credential: &Credential,
    facts: Facts,
    rules: Rules,
) -> Result<(), Refusal> {
    accept(row, credential)?;
    if !credential.sees(&facts) {
        return Err(Refusal::Hidden);
    }
    if matches!(row.need, Need::Nothing | Need::SeeOrganization) {
        return Ok(());
    }
    match credential {
        Credential::Anonymous if reads_public(row.need, facts) => Ok(()),
        Credential::Anonymous => Err(Refusal::Unauthenticated),
        // What they may do is all in which operations take them.
        Credential::App | Credential::Enrolment(_) => Ok(()),
        Credential::Runner => unless_archived(row.need, facts),
        Credential::Classic { scopes, site_admin } => {
            classic(row.need, *scopes, *site_admin, facts, rules)
        }
        Credential::FineGrained { permissions } => fine_grained(row, *permissions, facts, rules),
        Credential::Installation { permissions } => installation(row, *permissions, facts, rules),
    }
}

/// Whether this is reading what everybody may read.
fn reads_public(need: Need, facts: Facts) -> bool {
    need == Need::Repository(RepositoryRole::Read)
        && matches!(
            facts,
            Facts::Repository {
                visibility: RepositoryVisibility::Public,
                ..
            }
        )
}

fn classic(
    need: Need,
    scopes: Scopes,
    site_admin: bool,
    facts: Facts,
    rules: Rules,
) -> Result<(), Refusal> {
    match need {
        // On an Enterprise Server these routes do not exist for others.
        Need::SiteAdmin(scope) if !site_admin || !scopes.contain(scope) => Err(Refusal::Hidden),
        Need::Scoped(accepted) | Need::Organization(_, accepted)
            if !scopes.contain_any(accepted) =>
        {
            Err(Refusal::Insufficient)
        }
        Need::Installation | Need::UserOfApp => Err(Refusal::Insufficient),
        Need::Organization(role, _) => member(facts, role),
        Need::Repository(_)
        | Need::ChangeRepository(_)
        | Need::PublicKey
        | Need::DeleteRepository
        | Need::Review => {
            // Whoever sees a repository reads it; a role beyond that needs the scope of its
            // visibility.
            let reads_only =
                need != Need::Review && role_needed(need, rules) == RepositoryRole::Read;
            if !reads_only && !scopes.contain(scope_needed(need, facts)) {
                return Err(Refusal::Insufficient);
            }
            collaborator(need, facts, rules)
        }
        Need::Nothing
        | Need::Token
        | Need::User
        | Need::Scoped(_)
        | Need::SiteAdmin(_)
        | Need::SeeOrganization
        | Need::App
        | Need::Runner => Ok(()),
    }
}

/// The token's permission first, then what its user may.
fn fine_grained(
    row: &Row,
    permissions: Permissions,
    facts: Facts,
    rules: Rules,
) -> Result<(), Refusal> {
    if reads_public(row.need, facts) {
        return Ok(());
    }
    let permitted = permitted(row.ask, permissions, facts, rules);
    match row.need {
        Need::SiteAdmin(_) => Err(Refusal::Hidden),
        Need::Installation | Need::UserOfApp => Err(Refusal::Insufficient),
        _ if !permitted => Err(Refusal::NotByToken),
        Need::Organization(role, _) => member(facts, role),
        Need::Repository(_)
        | Need::ChangeRepository(_)
        | Need::PublicKey
        | Need::DeleteRepository
        | Need::Review => collaborator(row.need, facts, rules),
        Need::Nothing
        | Need::Token
        | Need::User
        | Need::Scoped(_)
        | Need::SeeOrganization
        | Need::App
        | Need::Runner => Ok(()),
    }
}

/// An app has no role: its permission is all there is.
fn installation(
    row: &Row,
    permissions: Permissions,
    facts: Facts,
    rules: Rules,
) -> Result<(), Refusal> {
    if reads_public(row.need, facts) {
        return Ok(());
    }
    match row.need {
        Need::SiteAdmin(_) => Err(Refusal::Hidden),
        Need::UserOfApp => Err(Refusal::Insufficient),
        Need::User | Need::Scoped(_) | Need::Review => Err(Refusal::NotByIntegration),
        Need::Organization(..)
        | Need::Repository(_)
        | Need::ChangeRepository(_)
        | Need::PublicKey
        | Need::DeleteRepository => {
            if !permitted(row.ask, permissions, facts, rules) {
                return Err(Refusal::NotByIntegration);
            }
            unless_archived(row.need, facts)
        }
        Need::Nothing
        | Need::Token
        | Need::SeeOrganization
        | Need::App
        | Need::Installation
        | Need::Runner => Ok(()),
    }
}

/// Whether permissions hold for the target and are enough.
fn permitted(ask: Ask, permissions: Permissions, facts: Facts, rules: Rules) -> bool {
    let covered = match facts {
        Facts::None => true,
        Facts::Own { covered }
        | Facts::Organization { covered, .. }
        | Facts::Repository { covered, .. } => covered,
    };
    match ask.of(rules.profile) {
        None => true,
        // Whoever reaches a repository sees it.
        Some((Permission::METADATA, Level::Read)) => covered,
        Some((permission, level)) => covered && permissions.allow(permission, level),
    }
}

fn member(facts: Facts, need: OrganizationRole) -> Result<(), Refusal> {
    match facts {
        Facts::Organization {
            role: Some(role), ..
        } if role >= need => Ok(()),
        Facts::Organization { .. } | Facts::None | Facts::Own { .. } | Facts::Repository { .. } => {
            Err(Refusal::Insufficient)
        }
    }
}

/// What a user's role in a repository allows.
fn collaborator(need: Need, facts: Facts, rules: Rules) -> Result<(), Refusal> {
    let Facts::Repository { role, .. } = facts else {
        return Err(Refusal::Insufficient);
    };
    let need_role = role_needed(need, rules);
    if need_role > RepositoryRole::Read && role.is_none_or(|role| role < need_role) {
        return Err(Refusal::Insufficient);
    }
    unless_archived(need, facts)
}

fn unless_archived(need: Need, facts: Facts) -> Result<(), Refusal> {
    let archived = matches!(facts, Facts::Repository { archived: true, .. });
    if archived && matches!(need, Need::ChangeRepository(_)) {
        return Err(Refusal::Archived);
    }
    Ok(())
}

fn role_needed(need: Need, rules: Rules) -> RepositoryRole {
    match need {
        Need::PublicKey if rules.readers_get_public_key => RepositoryRole::Read,
        Need::PublicKey => RepositoryRole::Write,
        Need::Repository(role) | Need::ChangeRepository(role) => role,
        Need::Review => RepositoryRole::Read,
        Need::DeleteRepository
        | Need::Nothing
        | Need::Token
        | Need::User
        | Need::Scoped(_)
        | Need::SiteAdmin(_)
        | Need::SeeOrganization
        | Need::Organization(..)
        | Need::App
        | Need::Installation
        | Need::UserOfApp
        | Need::Runner => RepositoryRole::Admin,
    }
}

fn scope_needed(need: Need, facts: Facts) -> Scope {
    match (need, facts) {
        (Need::DeleteRepository, _) => Scope::DELETE_REPO,
        (
            _,
            Facts::Repository {
                visibility: RepositoryVisibility::Public,
                ..
            },
        ) => Scope::PUBLIC_REPO,
        (_, _) => Scope::REPO,
    }
}
