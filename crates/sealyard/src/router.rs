//! Every route, in one place. Each is served at the root and under `/api/v3` (`http::service` takes
//! the prefix off), and by name as well as by id.

use crate::http::routes::Routes;
use crate::{apps, delivery, directory, graphql, identity, meta, runners, secrets};

/// The API.
pub fn routes() -> Routes {
    Routes::new()
        .merge(meta::routes())
        .merge(graphql::routes())
        .merge(identity::routes::routes())
        .merge(apps::routes::routes())
        .merge(directory::routes::routes())
        .merge(runners::routes::routes())
        .nest("/orgs/{org}", organization())
        .nest("/organizations/{org_id}", organization())
        .nest("/repos/{owner}/{repo}", repository())
        .nest("/repositories/{repo_id}", repository())
        .nest("/api/sealyard/v1", ours())
}

/// What GitHub has no route for.
fn ours() -> Routes {
    let organization = || delivery::routes::scoped().merge(runners::routes::served::organization());
    let repository = || {
        delivery::routes::repository()
            .merge(delivery::routes::scoped())
            .nest("/environments/{environment}", delivery::routes::scoped())
    };
    delivery::routes::routes()
        .nest("/orgs/{org}", organization())
        .nest("/organizations/{org_id}", organization())
        .nest("/repos/{owner}/{repo}", repository())
        .nest("/repositories/{repo_id}", repository())
}

fn organization() -> Routes {
    Routes::new()
        .merge(directory::routes::organization())
        .merge(apps::routes::organization())
        .nest(
            "/actions",
            secrets::routes::scoped()
                .merge(secrets::routes::selected_repositories())
                .merge(runners::routes::scoped()),
        )
}

fn repository() -> Routes {
    Routes::new()
        .merge(directory::routes::repository())
        .merge(apps::routes::repository())
        .nest(
            "/actions",
            secrets::routes::scoped()
                .merge(secrets::routes::organization_secrets())
                .merge(runners::routes::scoped()),
        )
        .nest("/environments/{environment}", secrets::routes::scoped())
}
