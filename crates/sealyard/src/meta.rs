//! `/`, `/meta`, `/zen`, `/rate_limit` and our own description.

use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use crate::app::Shared;
use crate::http::access::{Access, get, operation};
use crate::http::answer::{Answer, Result};
use crate::http::error::ApiError;
use crate::http::rate_limit::Usage;
use crate::http::routes::Routes;
use crate::http::target::Nothing;
use crate::http::writer::Writer;

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new()
        .route("/", get(root))
        .route("/meta", get(meta))
        .route("/zen", get(zen))
        .route("/rate_limit", get(rate_limit))
        .route("/openapi.json", get(description))
}

operation!(
    /// `GET /`
    GetRoot: Nothing => GetRoot
);
operation!(
    /// `GET /meta`
    GetMeta: Nothing => GetMeta
);
operation!(
    /// `GET /zen`
    GetZen: Nothing => GetZen
);
operation!(
    /// `GET /rate_limit`
    GetRateLimit: Nothing => GetRateLimit
);
operation!(
    /// `GET /openapi.json`
    GetDescription: Nothing => GetDescription
);

/// The members of `GET /` and what follows the base.
const ROOT: [(&str, &str); 33] = [
    ("current_user_url", "/user"),
    ("current_user_authorizations_html_url", ""),
    ("authorizations_url", "/authorizations"),
    (
        "code_search_url",
        "/search/code?q={query}{&page,per_page,sort,order}",
    ),
    (
        "commit_search_url",
        "/search/commits?q={query}{&page,per_page,sort,order}",
    ),
    ("emails_url", "/user/emails"),
    ("emojis_url", "/emojis"),
    ("events_url", "/events"),
    ("feeds_url", "/feeds"),
    ("followers_url", "/user/followers"),
    ("following_url", "/user/following{/target}"),
    ("gists_url", "/gists{/gist_id}"),
    ("hub_url", "/hub"),
    (
        "issue_search_url",
        "/search/issues?q={query}{&page,per_page,sort,order}",
    ),
    ("issues_url", "/issues"),
    ("keys_url", "/user/keys"),
    (
        "label_search_url",
        "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}",
    ),
    ("notifications_url", "/notifications"),
    ("organization_url", "/orgs/{org}"),
    (
        "organization_repositories_url",
        "/orgs/{org}/repos{?type,page,per_page,sort}",
    ),
    ("organization_teams_url", "/orgs/{org}/teams"),
    ("public_gists_url", "/gists/public"),
    ("rate_limit_url", "/rate_limit"),
    ("repository_url", "/repos/{owner}/{repo}"),
    (
        "repository_search_url",
        "/search/repositories?q={query}{&page,per_page,sort,order}",
    ),
    (
        "current_user_repositories_url",
        "/user/repos{?type,page,per_page,sort}",
    ),
    ("starred_url", "/user/starred{/owner}{/repo}"),
    ("starred_gists_url", "/gists/starred"),
    (
        "topic_search_url",
        "/search/topics?q={query}{&page,per_page}",
    ),
    ("user_url", "/users/{user}"),
    ("user_organizations_url", "/user/orgs"),
    (
        "user_repositories_url",
        "/users/{user}/repos{?type,page,per_page,sort}",
    ),
    (
        "user_search_url",
        "/search/users?q={query}{&page,per_page,sort,order}",
    ),
];

async fn root(access: Access<GetRoot>) -> Result {
    let base = access.exchange.base_url();
    let mut json = Writer::object(3_000);
    for (key, suffix) in ROOT {
        if suffix.is_empty() {
            let origin = access.exchange.origin();
            json.joined(
                key,
                &[origin, "/settings/connections/applications{/client_id}"],
            );
        } else {
            json.joined(key, &[&base, suffix]);
        }
    }
    Ok(Answer::bytes(
        StatusCode::OK,
        crate::http::answer::JSON,
        json.end().into(),
    ))
}

async fn meta(_: Access<GetMeta>, State(app): State<Shared>) -> Result {
    #[derive(Serialize)]
    struct Meta {
        verifiable_password_authentication: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        installed_version: Option<&'static str>,
    }
    Answer::ok(&Meta {
        // There are no passwords here at all.
        verifiable_password_authentication: false,
        installed_version: app.wire.profile.enterprise_version(),
    })
}

async fn zen(_: Access<GetZen>) -> Result {
    Ok(Answer::bytes(
        StatusCode::OK,
        "text/plain;charset=utf-8",
        Bytes::from_static(b"Two can keep a secret if one of them is a sealed box."),
    ))
}

async fn rate_limit(access: Access<GetRateLimit>, State(app): State<Shared>) -> Result {
    #[derive(Serialize)]
    struct Window {
        limit: u32,
        used: u32,
        remaining: u32,
        reset: i64,
    }
    #[derive(Serialize)]
    struct Resources {
        core: Window,
        search: Window,
        graphql: Window,
        integration_manifest: Window,
    }
    #[derive(Serialize)]
    struct Limits {
        resources: Resources,
        rate: Window,
    }
    if !app.wire.limits_rate() {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "Rate limiting is not enabled.",
        ));
    }
    let exchange = &access.exchange;
    let usage = app
        .limits
        .usage(&exchange.caller, exchange.address, app.clock.now_s());
    // One budget counts everything here, so every resource shows it.
    let limit = || {
        let Usage { limit, used, reset } = usage;
        Window {
            limit,
            used,
            remaining: usage.remaining(),
            reset,
        }
    };
    let resources = Resources {
        core: limit(),
        search: limit(),
        graphql: limit(),
        integration_manifest: limit(),
    };
    Ok(Answer::ok(&Limits {
        resources,
        rate: limit(),
    })?
    .uncached())
}

async fn description(_: Access<GetDescription>) -> Result {
    const JSON: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json"));
    Ok(Answer::bytes(
        StatusCode::OK,
        crate::http::answer::JSON,
        Bytes::from_static(JSON),
    ))
}
