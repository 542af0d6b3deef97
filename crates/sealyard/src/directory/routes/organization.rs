//! Organisations on the wire.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;

use crate::app::Shared;
use crate::audit::Actor;
use crate::directory::account::NAME_LENGTH_MAX;
use crate::directory::organization::OrganizationSummary;
use crate::directory::render::View;
use crate::directory::{Error, Organization, OrganizationRole, organization, store};
use crate::http::access::{self, Access, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::{ApiError, FieldError};
use crate::http::form::Form;
use crate::http::json;
use crate::http::page::Page;
use crate::http::routes::Routes;
use crate::http::target::Nothing;
use crate::http::writer::array;
use crate::identity::Login;
use crate::identity::permission::Credential;
use crate::identity::scopes::Scope;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/user/orgs", access::get(list_own))
        .route("/admin/organizations", access::post(create))
}

pub(super) fn organization() -> Routes {
    Routes::new().route("/", access::get(get))
}

operation!(
    /// `GET /user/orgs`
    ListOwn: Nothing => ListOwnOrganizations
);
operation!(
    /// `POST /admin/organizations`
    Create: Nothing => CreateOrganization
);
operation!(
    /// `GET /orgs/{org}`
    Get: Organization => GetOrganization
);

async fn list_own(access: Access<ListOwn>, State(app): State<Shared>) -> Result {
    let user = access.principal()?.user_id;
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    // A fine-grained token says nothing of other organisations than its own.
    let only = access.caller().coverage().map(|coverage| coverage.account);
    let organizations = store::organization::list_of(&mut read, user, only, page).await?;
    let total = store::organization::count_of(&mut read, user, only).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = array(
        organizations
            .iter()
            .map(|organization| view.simple_organization(organization)),
    );
    let link = page.link(&access.exchange, "/user/orgs", total);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).link(link))
}

async fn get(access: Access<Get>, State(app): State<Shared>) -> Result {
    let id = access.target.id;
    let mut read = access.exchange.read(&app).await?;
    let details = store::account::by_id(&mut read, id)
        .await?
        .ok_or_else(ApiError::not_found)?;
    // GitHub: "you need to be an authenticated organization owner with the admin:org scope".
    let for_owner = match access.caller().credential() {
        Credential::Classic { scopes, .. } if scopes.contain(Scope::ADMIN_ORG) => {
            let viewer = access.caller().user_id();
            let role = store::member::role(&mut read, id, viewer).await?;
            role == Some(OrganizationRole::Owner)
        }
        Credential::Classic { .. }
        | Credential::Anonymous
        | Credential::FineGrained { .. }
        | Credential::Installation { .. }
        | Credential::App
        | Credential::Enrolment(_)
        | Credential::Runner => false,
    };
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.full_organization(&details, for_owner);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).last_modified(details.updated_at))
}

async fn create(access: Access<Create>, State(app): State<Shared>, body: Bytes) -> Result {
    let object = json::parse_object(&body)?;
    let mut form = Form::new(&object);
    let login = form.required_string("login");
    let admin = form.required_string("admin");
    let name = form
        .optional_string("profile_name")
        .filter(|name| !name.is_empty());
    form.finish()?;
    let login = login
        .and_then(Login::parse)
        .ok_or_else(|| invalid("login", "invalid"))?;
    let admin = admin.ok_or_else(|| invalid("admin", "invalid"))?;
    if name.is_some_and(|name| name.chars().count() > NAME_LENGTH_MAX) {
        return Err(invalid("profile_name", "invalid"));
    }
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let made = match organization::create(&app, &actor, &login, name, admin).await {
        Ok(made) => made,
        Err(Error::Taken) => return Err(invalid("login", "already_exists")),
        Err(Error::NotFound) => return Err(invalid("admin", "missing")),
        Err(other) => return Err(other.into()),
    };
    let view = View::new(&access.exchange, app.wire.profile);
    let Organization { id, login } = made;
    let body = view.simple_organization(&OrganizationSummary {
        id,
        login,
        description: None,
    });
    Ok(Answer::bytes(StatusCode::CREATED, JSON, body.into()))
}

fn invalid(field: &'static str, code: &'static str) -> ApiError {
    ApiError::validation(vec![FieldError {
        resource: "Organization",
        code,
        field,
        message: None,
    }])
}
