//! Secrets on the wire.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::scope::Scope;
use super::visibility::VisibilityKind;
use super::{Error, Secret, Selection, Written, draft, name, selected, store};
use crate::app::Shared;
use crate::audit::Actor;
use crate::clock;
use crate::directory::repository::{Lookup, lookup};
use crate::directory::store::RepositoryBy;
use crate::directory::{AccountKind, Organization, Repository, RepositoryId, render};
use crate::http::access::{self, Access, Op};
use crate::http::answer::{Answer, Result};
use crate::http::error::{ApiError, Errors};
use crate::http::exchange::Exchange;
use crate::http::json;
use crate::http::page::Page;
use crate::http::routes::Routes;
use crate::http::target::Kind;
use crate::identity::permission::Operation;
use name::{Invalid, SecretName};

/// What every scope has, below its prefix.
pub fn scoped() -> Routes {
    Routes::new()
        .route("/secrets", access::get(list))
        .route(
            "/secrets/public-key",
            access::get(crate::sealing::routes::public_key),
        )
        .route(
            "/secrets/{secret_name}",
            access::get(get)
                .merge(access::put(put))
                .merge(access::delete(delete)),
        )
}

/// What only organisations have: the selected repositories.
pub fn selected_repositories() -> Routes {
    Routes::new()
        .route(
            "/secrets/{secret_name}/repositories",
            access::get(list_selected).merge(access::put(set_selected)),
        )
        .route(
            "/secrets/{secret_name}/repositories/{selected_id}",
            access::put(add_selected).merge(access::delete(remove_selected)),
        )
}

/// What only repositories have: the organisation secrets that reach them.
pub fn organization_secrets() -> Routes {
    Routes::new().route("/organization-secrets", access::get(list_shared))
}

macro_rules! scoped_operation {
    ($(#[$doc:meta])* $marker:ident: $organization:ident, $repository:ident, $environment:ident) => {
        $(#[$doc])*
        pub struct $marker;

        impl Op for $marker {
            type Target = Scope;

            fn operation(kind: Kind) -> Operation {
                match kind {
                    Kind::Organization => Operation::$organization,
                    Kind::Environment => Operation::$environment,
                    Kind::Repository | Kind::Other => Operation::$repository,
                }
            }
        }
    };
}

scoped_operation!(
    /// Operations 1, 10 and 15.
    ListSecrets: ListOrganizationSecrets, ListRepositorySecrets, ListEnvironmentSecrets
);
scoped_operation!(
    /// Operations 3, 12 and 17.
    GetSecret: GetOrganizationSecret, GetRepositorySecret, GetEnvironmentSecret
);
scoped_operation!(
    /// Operations 4, 13 and 18.
    PutSecret: PutOrganizationSecret, PutRepositorySecret, PutEnvironmentSecret
);
scoped_operation!(
    /// Operations 5, 14 and 19.
    DeleteSecret: DeleteOrganizationSecret, DeleteRepositorySecret, DeleteEnvironmentSecret
);

crate::http::access::operation!(
    /// Operation 6.
    ListSelected: Organization => ListSelectedRepositories
);
crate::http::access::operation!(
    /// Operation 7.
    SetSelected: Scope => SetSelectedRepositories
);
crate::http::access::operation!(
    /// Operation 8.
    AddSelected: Scope => AddSelectedRepository
);
crate::http::access::operation!(
    /// Operation 9.
    RemoveSelected: Scope => RemoveSelectedRepository
);
crate::http::access::operation!(
    /// The organisation secrets that reach a repository.
    ListShared: Repository => ListRepositoryOrganizationSecrets
);

/// A secret, in GitHub's key order.
#[derive(Serialize)]
struct SecretJson {
    name: String,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_repositories_url: Option<String>,
}

#[derive(Serialize)]
struct SecretsJson {
    total_count: i64,
    secrets: Vec<SecretJson>,
}

fn shown(secret: Secret, scope: &Scope, exchange: &Exchange) -> SecretJson {
    let selected_repositories_url = match (scope, secret.visibility) {
        (Scope::Organization(organization), Some(VisibilityKind::Selected)) => Some(format!(
            "{}/orgs/{}/actions/secrets/{}/repositories",
            exchange.base_url(),
            organization.login,
            secret.name
        )),
        _ => None,
    };
    SecretJson {
        created_at: clock::rfc3339(secret.created_at),
        updated_at: clock::rfc3339(secret.updated_at),
        visibility: secret.visibility.map(VisibilityKind::as_str),
        name: secret.name,
        selected_repositories_url,
    }
}

async fn list(access: Access<ListSecrets>, State(app): State<Shared>) -> Result {
    let page = Page::from_query(access.exchange.query());
    let scope = &access.target;
    let mut read = access.exchange.read(&app).await?;
    let secrets = store::list(&mut read, scope.key(), page).await?;
    let total_count = store::count(&mut read, scope.key()).await?;
    let version = version(&secrets);
    let secrets = secrets
        .into_iter()
        .map(|secret| shown(secret, scope, &access.exchange))
        .collect();
    let path = format!("{}/secrets", scope.path());
    let link = page.link(&access.exchange, &path, total_count);
    Ok(Answer::ok(&SecretsJson {
        total_count,
        secrets,
    })?
    .version(version)
    .link(link))
}

async fn get(access: Access<GetSecret>, State(app): State<Shared>) -> Result {
    let name = known_name(access.parameter("secret_name")?)?;
    let mut read = access.exchange.read(&app).await?;
    let secret = store::get(&mut read, access.target.key(), name.as_str())
        .await?
        .ok_or_else(ApiError::not_found)?;
    let version = secret.version;
    Ok(Answer::ok(&shown(secret, &access.target, &access.exchange))?.version(version))
}

async fn put(access: Access<PutSecret>, State(app): State<Shared>, body: Bytes) -> Result {
    let object = json::parse_object(&body)?;
    let draft = draft::read(&object, &access.target, app.wire.profile)?;
    let name = SecretName::parse(access.parameter("secret_name")?)?;
    Ok(
        match super::put(&app, &access.target, &name, draft, &access.exchange).await? {
            Written::Created => Answer::created_empty(),
            Written::Updated => Answer::no_content(),
        },
    )
}

async fn delete(access: Access<DeleteSecret>, State(app): State<Shared>) -> Result {
    let name = SecretName::parse(access.parameter("secret_name")?)
        .map_err(|_| ApiError::nothing_to_delete())?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    match super::delete(&app, &access.target, &name, &actor).await {
        Ok(()) => Ok(Answer::no_content()),
        Err(Error::NotFound) => Err(ApiError::nothing_to_delete()),
        Err(other) => Err(other.into()),
    }
}

async fn list_selected(access: Access<ListSelected>, State(app): State<Shared>) -> Result {
    let name = known_name(access.parameter("secret_name")?)?;
    let organization = &access.target;
    let scope = Scope::Organization(organization.clone());
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    store::get(&mut read, scope.key(), name.as_str())
        .await?
        .ok_or_else(ApiError::not_found)?;
    let total = selected::count(&mut read, organization.id, name.as_str()).await?;
    let repositories =
        crate::directory::store::selected(&mut read, organization.id, name.as_str(), page).await?;
    let view = render::View::new(&access.exchange, app.wire.profile);
    let body = view.repository_list(total, &repositories);
    let path = format!("{}/secrets/{}/repositories", scope.path(), name.as_str());
    let link = page.link(&access.exchange, &path, total);
    Ok(Answer::bytes(StatusCode::OK, crate::http::answer::JSON, body.into()).link(link))
}

async fn set_selected(
    access: Access<SetSelected>,
    State(app): State<Shared>,
    body: Bytes,
) -> Result {
    let object = json::parse_object(&body)?;
    let ids = draft::read_selection(&object, app.wire.profile)?;
    select(&access, &app, Selection::Set(ids)).await
}

async fn add_selected(access: Access<AddSelected>, State(app): State<Shared>) -> Result {
    let id = reached(&access, &app).await?;
    select(&access, &app, Selection::Add(id)).await
}

async fn remove_selected(access: Access<RemoveSelected>, State(app): State<Shared>) -> Result {
    let id = reached(&access, &app).await?;
    select(&access, &app, Selection::Remove(id)).await
}

/// The repository of the path. Where a credential names places, GitHub asks for its `metadata` too:
/// the repository must be one of them.
async fn reached<O: Op>(access: &Access<O>, app: &Shared) -> Result<RepositoryId> {
    let id = access.id_parameter("selected_id")?;
    let caller = access.caller();
    if caller.coverage().is_some() {
        let mut read = access.exchange.read(app).await?;
        let found = lookup(&mut read, RepositoryBy::Id(id), caller, None).await;
        access.exchange.keep(read);
        if !matches!(found?, Lookup::Here(_)) {
            return Err(ApiError::not_found());
        }
    }
    Ok(RepositoryId(id))
}

async fn select<O: Op<Target = Scope>>(
    access: &Access<O>,
    app: &Shared,
    selection: Selection,
) -> Result {
    let name = known_name(access.parameter("secret_name")?)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    super::select(app, &access.target, &name, &selection, &actor).await?;
    Ok(Answer::no_content())
}

async fn list_shared(access: Access<ListShared>, State(app): State<Shared>) -> Result {
    let page = Page::from_query(access.exchange.query());
    let repository = &access.target;
    let mut read = access.exchange.read(&app).await?;
    let (secrets, total_count) = if repository.owner.kind == AccountKind::Organization {
        let secrets = store::list_shared(&mut read, repository, page).await?;
        (secrets, store::count_shared(&mut read, repository).await?)
    } else {
        (Vec::new(), 0)
    };
    let version = version(&secrets);
    let secrets = secrets.into_iter().map(|secret| Secret {
        visibility: None,
        ..secret
    });
    let scope = Scope::Repository(repository.clone());
    let secrets = secrets
        .map(|secret| shown(secret, &scope, &access.exchange))
        .collect();
    let path = format!("{}/organization-secrets", scope.path());
    let link = page.link(&access.exchange, &path, total_count);
    Ok(Answer::ok(&SecretsJson {
        total_count,
        secrets,
    })?
    .version(version)
    .link(link))
}

/// What tells two lists apart that show the same times.
fn version(secrets: &[Secret]) -> i64 {
    secrets
        .iter()
        .fold(0, |all, secret| all.wrapping_add(secret.version))
}

/// A name in a path that reads: one that cannot exist is simply not found.
fn known_name(text: &str) -> Result<SecretName> {
    SecretName::parse(text).map_err(|_| ApiError::not_found())
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::unprocessable(match invalid {
            Invalid::Form => {
                "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_)."
            }
            Invalid::Reserved => "Secret names must not start with GITHUB_.",
            Invalid::TooLong => "Secret names must not be longer than 255 characters.",
        })
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound | Error::ScopeGone => Self::not_found(),
            Error::UnknownKey | Error::DoesNotOpen => Self::unprocessable(
                "Bad request - validation failed due to an improperly encrypted secret",
            ),
            Error::TooLarge => Self::unprocessable("Value is too large."),
            Error::TooMany(max) => Self::unprocessable(format!(
                "The number of secrets is limited to {max}. Delete one before creating another."
            )),
            Error::NotInOrganization => draft::unknown_repositories(),
            Error::NotSelected => Self {
                errors: Some(Errors::Text(
                    "You cannot update selected repositories for a secret when the visibility is not set to 'selected'",
                )),
                ..Self::new(StatusCode::CONFLICT, "Conflict")
            },
            Error::Sealing(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}
