//! Deployment branch policies on the wire. None of these operations exists for an environment whose
//! `custom_branch_policies` is not true: 404, as GitHub.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;

use crate::app::Shared;
use crate::audit::Actor;
use crate::directory::branch_policy::{self, Created};
use crate::directory::draft::branch_policy as draft;
use crate::directory::render::View;
use crate::directory::store::branch_policy as store;
use crate::directory::{Environment, Error};
use crate::http::access::{self, Access, Op, operation};
use crate::http::answer::{Answer, JSON, Result};
use crate::http::error::ApiError;
use crate::http::page::Page;
use crate::http::routes::Routes;
use crate::http::target::InRepository;

pub(super) fn repository() -> Routes {
    Routes::new()
        .route(
            "/environments/{environment}/deployment-branch-policies",
            access::get(list).merge(access::post(create)),
        )
        .route(
            "/environments/{environment}/deployment-branch-policies/{branch_policy_id}",
            access::get(get)
                .merge(access::put(update))
                .merge(access::delete(delete)),
        )
}

operation!(
    /// `GET …/environments/{environment_name}/deployment-branch-policies`
    List: InRepository => ListBranchPolicies
);
operation!(
    /// `POST …/environments/{environment_name}/deployment-branch-policies`
    Create: InRepository => CreateBranchPolicy
);
operation!(
    /// `GET …/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}`
    Get: InRepository => GetBranchPolicy
);
operation!(
    /// `PUT …/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}`
    Update: InRepository => UpdateBranchPolicy
);
operation!(
    /// `DELETE …/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}`
    Delete: InRepository => DeleteBranchPolicy
);

const ID: &str = "branch_policy_id";

async fn list(access: Access<List>, State(app): State<Shared>) -> Result {
    let environment = environment(&access)?;
    let page = Page::from_query(access.exchange.query());
    let mut read = access.exchange.read(&app).await?;
    branch_policy::check_custom(&mut read, environment.id).await?;
    let policies = store::list(&mut read, environment.id, page).await?;
    let total = store::count(&mut read, environment.id).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.branch_policy_list(total, &policies);
    let path = format!(
        "/repositories/{}/environments/{}/deployment-branch-policies",
        access.target.repository.id.0,
        crate::http::encode_segment(&environment.name)
    );
    let link = page.link(&access.exchange, &path, total);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()).link(link))
}

async fn create(access: Access<Create>, State(app): State<Shared>, body: Bytes) -> Result {
    let environment = environment(&access)?;
    let repository = &access.target.repository;
    let pattern = draft::read(&body)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let created = branch_policy::create(&app, &actor, repository, environment, pattern).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    Ok(match created {
        // 200 also for a new one, as GitHub.
        Created::New(policy) => {
            Answer::bytes(StatusCode::OK, JSON, view.branch_policy(&policy).into())
        }
        // Clients follow it, and so find the one that there is.
        Created::Existing(policy) => {
            let url = view.branch_policy_url(repository, environment, &policy);
            let body = view.branch_policy(&policy);
            Answer::bytes(StatusCode::SEE_OTHER, JSON, body.into()).location(url)
        }
    })
}

async fn get(access: Access<Get>, State(app): State<Shared>) -> Result {
    let environment = environment(&access)?;
    let id = access.id_parameter(ID)?;
    let mut read = access.exchange.read(&app).await?;
    let policy = branch_policy::get(&mut read, environment.id, id).await?;
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.branch_policy(&policy);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()))
}

async fn update(access: Access<Update>, State(app): State<Shared>, body: Bytes) -> Result {
    let environment = environment(&access)?;
    let repository = &access.target.repository;
    let name = draft::read_name(&body)?;
    let id = access.id_parameter(ID)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    let updated = branch_policy::update(&app, &actor, repository, environment, id, name).await;
    let policy = match updated {
        Ok(policy) => policy,
        Err(Error::Taken) => return Err(draft::taken()),
        Err(other) => return Err(other.into()),
    };
    let view = View::new(&access.exchange, app.wire.profile);
    let body = view.branch_policy(&policy);
    Ok(Answer::bytes(StatusCode::OK, JSON, body.into()))
}

async fn delete(access: Access<Delete>, State(app): State<Shared>) -> Result {
    let environment = environment(&access)?;
    let id = access.id_parameter(ID)?;
    access.exchange.finish_reading();
    let actor = Actor::of(&access.exchange);
    branch_policy::delete(&app, &actor, &access.target.repository, environment, id).await?;
    Ok(Answer::no_content())
}

/// The environment of the path, which must be there.
fn environment<O: Op<Target = InRepository>>(access: &Access<O>) -> Result<&Environment> {
    let environment = access.target.environment.as_ref();
    environment.ok_or_else(ApiError::not_found)
}
