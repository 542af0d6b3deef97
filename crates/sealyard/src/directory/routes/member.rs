//! Members of organisations on the wire.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;

use crate::app::Shared;
use crate::audit::Actor;
use crate::directory::organization::OrganizationSummary;
use crate::directory::render::View;
use crate::directory::{Organization, OrganizationRole, member, store};
use crate::http::access::{self, Access, Op, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::ApiError;
use crate::http::form::Form;
use crate::http::json;
use crate::http::page::{self, Page};
use crate::http::routes::Routes;
use crate::http::writer::array;

pub(super) fn organization() -> Routes {
    Routes::new().route("/members", access::get(list)).route(
        "/memberships/{username}",
        access::get(get)
            .merge(access::put(set))
            .merge(access::delete(remove)),
    )
}

operation!(
    /// `GET /orgs/{org}/members`
    List: Organization => ListMembers
);
operation!(
    /// `GET /orgs/{org}/memberships/{username}`
    Get: Organization => GetMembership
);
operation!(
    /// `PUT /orgs/{org}/memberships/{username}`
    Set: Organization => SetMembership
);
operation!(
    /// `DELETE /orgs/{org}/memberships/{username}`
    Remove: Organization => RemoveMembership
);

async fn list(access: Access<List>, State(app): State<Shared>) -> Result {
    let organization = access.target.id;
    let page = Page::from_query(access.exchange.query());
    // `all` and nonsense are no filter.
    let only = page::parameters(access.exchange.query())
        .find(|(name, _)| *name == "role")
        .and_then(|(_, role)| OrganizationRole::parse(role));
    let mut read = access.exchange.read(&app).await?;
    let members = store::member::list(&mut read, organization, only, page).await?;
    let total = store::member::count(&mut read, organization, only).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = array(members.iter().map(|member| view.simple_user(&member.user)));
    let path = format!("/organizations/{}/members", organization.0);
    let link = page.link(&access.exchange, &path, total);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).link(link))
}

async fn get(access: Access<Get>, State(app): State<Shared>) -> Result {
    let login = access.parameter("username")?;
    let mut read = access.exchange.read(&app).await?;
    let member = store::member::get(&mut read, access.target.id, login)
        .await?
        .ok_or_else(ApiError::not_found)?;
    access.exchange.keep(read);
    let organization = summary(&app, &access).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.membership(&organization, &member);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()))
}

async fn set(access: Access<Set>, State(app): State<Shared>, body: Bytes) -> Result {
    const ROLES: [(&str, OrganizationRole); 2] = [
        ("admin", OrganizationRole::Owner),
        ("member", OrganizationRole::Member),
    ];
    let object = json::parse_object(&body)?;
    let mut form = Form::new(&object);
    let role = form
        .optional_string("role")
        .and_then(|role| form.one_of("role", role, &ROLES));
    form.finish()?;
    let role = role.unwrap_or(OrganizationRole::Member);
    let login = access.parameter("username")?;
    let organization = summary(&app, &access).await?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let member = member::set(&app, &actor, &access.target, login, role).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.membership(&organization, &member);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()))
}

async fn remove(access: Access<Remove>, State(app): State<Shared>) -> Result {
    let login = access.parameter("username")?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    member::remove(&app, &actor, &access.target, login).await?;
    Ok(Answer::no_content())
}

/// The organisation as it stands inside a membership.
async fn summary<O: Op<Target = Organization>>(
    app: &Shared,
    access: &Access<O>,
) -> Result<OrganizationSummary> {
    let mut read = access.exchange.read(app).await?;
    let found = store::organization::summary(&mut read, access.target.id).await;
    access.exchange.keep(read);
    found?.ok_or_else(ApiError::not_found)
}
