//! The people of a repository on the wire.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;

use crate::app::Shared;
use crate::audit::Actor;
use crate::directory::collaborator::{self, Affiliation, Person};
use crate::directory::render::View;
use crate::directory::store::collaborator as store;
use crate::directory::{Error, Repository, RepositoryRole, RepositoryVisibility};
use crate::http::access::{self, Access, Op, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::{ApiError, FieldError};
use crate::http::form::Form;
use crate::http::json;
use crate::http::page::{Page, parameters};
use crate::http::routes::Routes;
use crate::http::writer::array;

pub(super) fn repository() -> Routes {
    Routes::new()
        .route("/collaborators", access::get(list))
        .route(
            "/collaborators/{username}",
            access::get(check)
                .merge(access::put(put))
                .merge(access::delete(remove)),
        )
        .route(
            "/collaborators/{username}/permission",
            access::get(permission),
        )
}

operation!(
    /// `GET /repos/{owner}/{repo}/collaborators`
    List: Repository => ListCollaborators
);
operation!(
    /// `GET /repos/{owner}/{repo}/collaborators/{username}`
    Check: Repository => CheckCollaborator
);
operation!(
    /// `PUT /repos/{owner}/{repo}/collaborators/{username}`
    Put: Repository => AddCollaborator
);
operation!(
    /// `DELETE /repos/{owner}/{repo}/collaborators/{username}`
    Remove: Repository => RemoveCollaborator
);
operation!(
    /// `GET /repos/{owner}/{repo}/collaborators/{username}/permission`
    GetPermission: Repository => GetCollaboratorPermission
);

/// The roles that can be given, in GitHub's words.
const ROLES: [(&str, RepositoryRole); 5] = [
    ("pull", RepositoryRole::Read),
    ("triage", RepositoryRole::Triage),
    ("push", RepositoryRole::Write),
    ("maintain", RepositoryRole::Maintain),
    ("admin", RepositoryRole::Admin),
];

async fn list(access: Access<List>, State(app): State<Shared>) -> Result {
    let repository = &access.target;
    let affiliation = affiliation(access.exchange.query());
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    let people = store::list(&mut read, repository, affiliation, page).await?;
    let total = store::count(&mut read, repository, affiliation).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let items = people
        .iter()
        .map(|person| view.collaborator(&person.user, person.role(repository)));
    let path = format!("/repositories/{}/collaborators", repository.id.0);
    let link = page.link(&access.exchange, &path, total);
    Ok(Answer::bytes(StatusCode::OK, JSON, array(items).into()).link(link))
}

async fn check(access: Access<Check>, State(app): State<Shared>) -> Result {
    let person = person(&access, &app).await?;
    person
        .role(&access.target)
        .ok_or_else(ApiError::not_found)?;
    Ok(Answer::no_content())
}

async fn permission(access: Access<GetPermission>, State(app): State<Shared>) -> Result {
    let person = person(&access, &app).await?;
    let everybody = match access.target.visibility {
        RepositoryVisibility::Public | RepositoryVisibility::Internal => Some(RepositoryRole::Read),
        RepositoryVisibility::Private => None,
    };
    let role = person.role(&access.target).max(everybody);
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.collaborator_permission(&person.user, role);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()))
}

async fn put(access: Access<Put>, State(app): State<Shared>, body: Bytes) -> Result {
    let object = json::parse_object(&body)?;
    let mut form = Form::new(&object);
    let role = form
        .optional_string("permission")
        .map_or(Some(RepositoryRole::Write), |text| {
            form.one_of("permission", text, &ROLES)
        });
    form.finish()?;
    let role = role.ok_or_else(|| refused("permission", None))?;
    let login = access.parameter("username")?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    match collaborator::put(&app, &actor, &access.target, login, role).await {
        // GitHub answers 201 with an invitation to somebody new; here nobody has to accept one.
        Ok(()) => Ok(Answer::no_content()),
        Err(Error::IsOwner) => Err(refused(
            "username",
            Some("Repository owner cannot be a collaborator"),
        )),
        Err(Error::OnlyWrite) => Err(refused(
            "permission",
            Some("Only organization-owned repositories have other permissions than push"),
        )),
        Err(other) => Err(other.into()),
    }
}

async fn remove(access: Access<Remove>, State(app): State<Shared>) -> Result {
    let login = access.parameter("username")?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    collaborator::remove(&app, &actor, &access.target, login).await?;
    Ok(Answer::no_content())
}

/// The user of the path, who need not have a role.
async fn person<O: Op<Target = Repository>>(access: &Access<O>, app: &Shared) -> Result<Person> {
    let login = access.parameter("username")?;
    let mut read = access.exchange.read(app).await?;
    store::person(&mut read, &access.target, login)
        .await?
        .ok_or_else(ApiError::not_found)
}

/// `affiliation` of a query string; nonsense counts as left out.
fn affiliation(query: Option<&str>) -> Affiliation {
    match parameters(query).find(|(name, _)| *name == "affiliation") {
        Some((_, "direct")) => Affiliation::Direct,
        Some((_, "outside")) => Affiliation::Outside,
        _ => Affiliation::All,
    }
}

fn refused(field: &'static str, message: Option<&'static str>) -> ApiError {
    let code = if message.is_some() {
        "custom"
    } else {
        "invalid"
    };
    ApiError::validation(vec![FieldError {
        resource: "Repository",
        code,
        field,
        message,
    }])
}
