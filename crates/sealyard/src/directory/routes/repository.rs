//! Repositories on the wire.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;

use crate::app::Shared;
use crate::audit::Actor;
use crate::directory::draft::repository as draft;
use crate::directory::render::View;
use crate::directory::repository::{self, Changes, VisibilityChange};
use crate::directory::store::repository::{self as store, Shown, Viewed};
use crate::directory::{
    AccountKind, Error, Organization, Owner, Repository, RepositoryName, RepositoryRole,
    RepositoryVisibility,
};
use crate::http::access::{self, Access, Op, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::ApiError;
use crate::http::json;
use crate::http::page::Page;
use crate::http::routes::Routes;
use crate::http::target::{Nothing, Own};
use crate::http::writer::array;
use crate::identity::Caller;
use crate::identity::permission::Facts;

pub(super) fn routes() -> Routes {
    Routes::new().route(
        "/user/repos",
        access::get(list_own).merge(access::post(create_own)),
    )
}

pub(super) fn organization() -> Routes {
    Routes::new().route(
        "/repos",
        access::get(list_of_organization).merge(access::post(create_in_organization)),
    )
}

pub(super) fn repository() -> Routes {
    Routes::new().route(
        "/",
        access::get(get)
            .merge(access::patch(update))
            .merge(access::delete(delete)),
    )
}

operation!(
    /// `GET /user/repos`
    ListOwn: Nothing => ListOwnRepositories
);
operation!(
    /// `POST /user/repos`
    CreateOwn: Own => CreateOwnRepository
);
operation!(
    /// `GET /orgs/{org}/repos`
    ListOfOrganization: Organization => ListOrganizationRepositories
);
operation!(
    /// `POST /orgs/{org}/repos`
    CreateInOrganization: Organization => CreateOrganizationRepository
);
operation!(
    /// `GET /repos/{owner}/{repo}`
    Get: Repository => GetRepository
);
operation!(
    /// `PATCH /repos/{owner}/{repo}`
    Update: Repository => UpdateRepository
);
operation!(
    /// `DELETE /repos/{owner}/{repo}`
    Delete: Repository => DeleteRepository
);

async fn list_own(access: Access<ListOwn>, State(app): State<Shared>) -> Result {
    let viewer = access.principal()?.user_id;
    let shown = shown(access.caller());
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    let repositories = store::list_of_viewer(&mut read, viewer, shown, page).await?;
    let total = store::count_of_viewer(&mut read, viewer, shown).await?;
    let link = page.link(&access.exchange, "/user/repos", total);
    Ok(listed(
        &View::new(&access.exchange, app.wire.profile),
        &repositories,
    )
    .link(link))
}

async fn list_of_organization(
    access: Access<ListOfOrganization>,
    State(app): State<Shared>,
) -> Result {
    let organization = access.target.id;
    let viewer = access.caller().user_id();
    let shown = shown(access.caller());
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    let repositories =
        store::list_of_organization(&mut read, organization, viewer, shown, page).await?;
    let total = store::count_of_organization(&mut read, organization, viewer, shown).await?;
    let path = format!("/organizations/{}/repos", organization.0);
    let link = page.link(&access.exchange, &path, total);
    Ok(listed(
        &View::new(&access.exchange, app.wire.profile),
        &repositories,
    )
    .link(link))
}

async fn create_own(access: Access<CreateOwn>, State(app): State<Shared>, body: Bytes) -> Result {
    access.reaches_all()?;
    let (name, changes) = draft::read_new(&json::parse_object(&body)?, AccountKind::User)?;
    let principal = access.principal()?;
    let owner = Owner {
        id: principal.user_id,
        kind: AccountKind::User,
        login: principal.login.clone(),
        site_admin: principal.site_admin,
    };
    create(&access, &app, &owner, &name, &changes).await
}

async fn create_in_organization(
    access: Access<CreateInOrganization>,
    State(app): State<Shared>,
    body: Bytes,
) -> Result {
    access.reaches_all()?;
    let kind = AccountKind::Organization;
    let (name, changes) = draft::read_new(&json::parse_object(&body)?, kind)?;
    let login = access.target.login.clone();
    let owner = Owner {
        id: access.target.id,
        kind,
        login,
        site_admin: false,
    };
    create(&access, &app, &owner, &name, &changes).await
}

async fn create<O: Op>(
    access: &Access<O>,
    app: &Shared,
    owner: &Owner,
    name: &RepositoryName,
    changes: &Changes,
) -> Result {
    check_scopes(access, changes.visibility, RepositoryVisibility::Public)?;
    let creator = access.caller().user_id();
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let details = match repository::create(app, &actor, owner, creator, name, changes).await {
        Ok(details) => details,
        Err(Error::Taken) => return Err(draft::taken_at_creation()),
        Err(other) => return Err(other.into()),
    };
    let view = View::new(&access.exchange, app.wire.profile);
    let location = format!("{}/repos/{}", view.base, details.repository.full_name());
    // Whoever makes a repository administers it.
    let body = view.full_repository(&details, Some(RepositoryRole::Admin));
    Ok(Answer::bytes(StatusCode::CREATED, JSON, body.into()).location(location))
}

async fn get(access: Access<Get>, State(app): State<Shared>) -> Result {
    let viewer = access.caller().user_id();
    let mut read = access.exchange.read(&app).await?;
    let (details, role) = store::view(&mut read, access.target.id, viewer)
        .await?
        .ok_or_else(ApiError::not_found)?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.full_repository(&details, role);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).last_modified(details.updated_at))
}

async fn update(access: Access<Update>, State(app): State<Shared>, body: Bytes) -> Result {
    let repository = &access.target;
    let changes = draft::read_changes(&json::parse_object(&body)?, repository.owner.kind)?;
    check_scopes(&access, changes.visibility, repository.visibility)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let details = match repository::update(&app, &actor, repository, &changes).await {
        Ok(details) => details,
        Err(Error::Taken) => return Err(draft::taken_at_rename()),
        Err(other) => return Err(other.into()),
    };
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.full_repository(&details, Some(RepositoryRole::Admin));
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).last_modified(details.updated_at))
}

async fn delete(access: Access<Delete>, State(app): State<Shared>) -> Result {
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    repository::delete(&app, &actor, &access.target).await?;
    Ok(Answer::no_content())
}

fn listed(view: &View, repositories: &[Viewed]) -> Answer {
    let items = repositories
        .iter()
        .map(|(details, role)| view.listed_repository(details, *role));
    Answer::bytes(StatusCode::OK, JSON, array(items).into())
}

/// What lists may show, asked of the rule that single repositories go by.
fn shown(caller: &Caller) -> Shown {
    let credential = caller.credential();
    let sees = |visibility, role| {
        credential.sees(&Facts::Repository {
            visibility,
            archived: false,
            role,
            covered: true,
        })
    };
    Shown {
        internal: sees(RepositoryVisibility::Internal, None),
        private: sees(RepositoryVisibility::Private, Some(RepositoryRole::Read)),
        every: sees(RepositoryVisibility::Private, None),
        account: caller.coverage().map_or(0, |coverage| coverage.account.0),
        selections: caller.selections(),
    }
}

/// Nobody makes a repository that their own token could not see: `public_repo` makes public ones.
fn check_scopes<O: Op>(
    access: &Access<O>,
    change: Option<VisibilityChange>,
    now: RepositoryVisibility,
) -> Result<()> {
    let visibility = change.map_or(now, |change| change.applied(now));
    let role = Some(RepositoryRole::Admin);
    let facts = Facts::Repository {
        visibility,
        archived: false,
        role,
        covered: true,
    };
    if access.caller().credential().sees(&facts) {
        Ok(())
    } else {
        Err(draft::beyond_scopes())
    }
}
