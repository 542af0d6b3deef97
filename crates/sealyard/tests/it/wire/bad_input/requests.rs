//! Methods, routes, credentials, sizes and pages.

use http::Method;
use insta::assert_snapshot;

use super::super::{ORG, REPO};
use super::{Bad, CANARY, peaceful, refused, state};
use crate::world::World;

#[tokio::test]
async fn unknown_methods_are_not_found() {
    let world = peaceful().await;
    let body = world.sealed(REPO, b"value").await;
    let mut all = Vec::new();
    for method in [
        "POST", "PATCH", "TRACE", "PROPFIND", "cAnArY", "put", "get", "delete",
    ] {
        for path in [
            REPO,
            &format!("{REPO}/A"),
            &format!("{REPO}/public-key"),
            "/meta",
        ] {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let bad = Bad::new(method.to_string(), method, path);
            all.push(Bad {
                body: body.clone().into_bytes(),
                ..bad
            });
        }
    }
    for method in [Method::PUT, Method::DELETE] {
        for path in [REPO, &format!("{REPO}/public-key"), ORG, "/"] {
            all.push(Bad::new(method.to_string(), method.clone(), path));
        }
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    404 "Not Found"
        POST
        PATCH
        TRACE
        PROPFIND
        cAnArY
        put
        get
        delete
        PUT
        DELETE
    "#);
}

#[tokio::test]
async fn unknown_routes_are_not_found() {
    let world = peaceful().await;
    let all = [
        "/cAnArY",
        "/orgs",
        "/orgs/octo-org/cAnArY",
        "/orgs/octo-org/actions",
        "/orgs/octo-org/actions/cAnArY",
        "/orgs/octo-org/actions/secrets/A/cAnArY",
        "/orgs/octo-org/actions/secrets/A/repositories/1/cAnArY",
        "/repos/octo-org",
        "/repos/octo-org/hello-world/actions/secrets/A/B",
        "/repos/octo-org/hello-world/environments/production/secrets/A/B",
        "/repos/octo-org/hello-world/dependabot/secrets/A",
        "/repos/octo-org/hello-world/actions/variables/A",
        "/organizations/octo-org/actions/secrets/A",
        "/api/v3/api/sealyard/v1/runners",
        "/api/v4/orgs/octo-org/actions/secrets/A",
    ];
    let all = all.map(|path| Bad::new(path, Method::GET, path));
    assert_snapshot!(refused(&world, all.into()).await, @r#"
    404 "Not Found"
        /cAnArY
        /orgs
        /orgs/octo-org/cAnArY
        /orgs/octo-org/actions
        /orgs/octo-org/actions/cAnArY
        /orgs/octo-org/actions/secrets/A/cAnArY
        /orgs/octo-org/actions/secrets/A/repositories/1/cAnArY
        /repos/octo-org
        /repos/octo-org/hello-world/actions/secrets/A/B
        /repos/octo-org/hello-world/environments/production/secrets/A/B
        /repos/octo-org/hello-world/dependabot/secrets/A
        /repos/octo-org/hello-world/actions/variables/A
        /organizations/octo-org/actions/secrets/A
        /api/v3/api/sealyard/v1/runners
        /api/v4/orgs/octo-org/actions/secrets/A
    "#);
}

#[tokio::test]
async fn credentials_that_cannot_be_right_are_refused_before_any_query() {
    let world = peaceful().await;
    let good = world.owner.token.clone();
    let flipped = if good.ends_with('0') { "1" } else { "0" };
    let wrong_sum = format!("{}{flipped}", &good[..39]);
    let before = state(&world).await;
    for header in [
        format!("Bearer {wrong_sum}"),
        format!("token {wrong_sum}"),
        format!("Bearer {}", &good[..39]),
        format!("Bearer {good}x"),
        format!("Bearer {}", good.to_ascii_uppercase()),
        format!("Bearer ghp_{CANARY}"),
        format!("Bearer {CANARY}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
        format!("Digest {CANARY}"),
        format!("Basic {CANARY}"),
        "Basic Y0FuQXJZOmNBbkFyWQ==".to_owned(), // cAnArY:cAnArY
        good,
    ] {
        for path in [ORG, REPO, "/meta", "/no/such/route"] {
            let caller = world.anonymous().header("authorization", &header);
            let reply = caller.get(path).await;
            super::assert_no_echo(&header, &reply);
            let message = reply.json()["message"].clone();
            assert_eq!(
                (reply.status.as_u16(), message),
                (401, "Bad credentials".into()),
                "{header}"
            );
        }
        let body = world.sealed(REPO, b"value").await;
        let caller = world.anonymous().header("authorization", &header);
        assert_eq!(
            caller.put(&format!("{REPO}/A"), body).await.status,
            401,
            "{header}"
        );
    }
    assert_eq!(before, state(&world).await);
}

/// A body with so much white space at its end that it has this length.
fn padded(body: &str, length: usize) -> Vec<u8> {
    let mut body = body.as_bytes().to_vec();
    body.resize(length, b' ');
    body
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused() {
    let world = peaceful().await;
    let repository = world.sealed(REPO, CANARY.as_bytes()).await;
    let organization = world
        .sealed_with(ORG, CANARY.as_bytes(), r#""visibility":"all""#)
        .await;
    let (half, two) = (512 * 1024, 2 * 1024 * 1024);
    let set = r#"{"selected_repository_ids":[1]}"#;
    let all = vec![
        Bad::put(
            "a repository secret",
            format!("{REPO}/A"),
            padded(&repository, half + 1),
        ),
        Bad::put(
            "an organization secret",
            format!("{ORG}/A"),
            padded(&organization, two + 1),
        ),
        Bad::put(
            "a selection",
            format!("{ORG}/A/repositories"),
            padded(set, two + 1),
        ),
        Bad::put(
            "an announced length",
            format!("{REPO}/A"),
            repository.clone(),
        )
        .header("content-length", "524289"),
        Bad {
            body: padded("", half + 1),
            ..Bad::new(
                "a body where none belongs",
                Method::DELETE,
                format!("{REPO}/A"),
            )
        },
        Bad {
            body: padded("", half + 1),
            ..Bad::new("an unknown route", Method::POST, "/no/such/route")
        },
    ];
    assert_snapshot!(refused(&world, all).await, @r#"
    413 "Request body is too large."
        a repository secret
        an organization secret
        a selection
        an announced length
        a body where none belongs
        an unknown route
    "#);
    let owner = world.r#as(&world.owner);
    assert_eq!(
        owner
            .put(&format!("{REPO}/A"), padded(&repository, half))
            .await
            .status,
        204
    );
    assert_eq!(
        owner
            .put(&format!("{ORG}/A"), padded(&organization, two))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn the_anonymous_may_send_64_kib() {
    let world = World::new().await;
    let put = async |length| {
        world
            .anonymous()
            .put(&format!("{REPO}/A"), vec![b' '; length])
            .await
            .status
            .as_u16()
    };
    assert_eq!((put(64 * 1024).await, put(64 * 1024 + 1).await), (404, 413));
}

#[tokio::test]
async fn headers_are_not_echoed_either() {
    let world = peaceful().await;
    let path = format!("{ORG}/NO");
    let all = [
        ("accept", "application/cAnArY"),
        ("accept", "application/vnd.github.v3<cAnArY>+json"),
        ("x-request-id", "cAnArY"),
        ("x-github-request-id", "cAnArY"),
        ("cookie", "a=cAnArY"),
        ("origin", "https://cAnArY"),
        ("referer", "https://cAnArY/"),
        ("x-forwarded-host", "cAnArY"),
        ("x-forwarded-for", "cAnArY"),
        ("x-github-api-version", "cAnArY"),
        ("x-http-method-override", "DELETE"),
        ("content-type", "application/cAnArY"),
        ("expect", "cAnArY"),
    ];
    let all = all.map(|(name, value)| {
        Bad::new(format!("{name}: {value}"), Method::GET, &path).header(name, value)
    });
    assert_snapshot!(refused(&world, all.into()).await, @r#"
    415 "Unsupported 'Accept' header. Must accept 'application/json'."
        accept: application/cAnArY
    404 "Not Found"
        accept: application/vnd.github.v3<cAnArY>+json
        x-request-id: cAnArY
        x-github-request-id: cAnArY
        cookie: a=cAnArY
        origin: https://cAnArY
        referer: https://cAnArY/
        x-forwarded-host: cAnArY
        x-forwarded-for: cAnArY
        x-github-api-version: cAnArY
        x-http-method-override: DELETE
        content-type: application/cAnArY
        expect: cAnArY
    "#);
}

#[tokio::test]
async fn pages_that_make_no_sense_are_answered_and_change_nothing() {
    let world = peaceful().await;
    let before = state(&world).await;
    for query in [
        "page=cAnArY",
        "per_page=cAnArY&page=",
        "page=-1&per_page=-1",
        "page=99999999999999999999",
        "page=9223372036854775807&per_page=100",
        "page=%00&per_page=%FF",
        "page[]=1",
        "%",
        "&&&=&=",
    ] {
        for path in [ORG, REPO, &format!("{ORG}/A/repositories")] {
            let reply = world
                .r#as(&world.owner)
                .get(&format!("{path}?{query}"))
                .await;
            assert_eq!(reply.status, 200, "{query}");
            assert!(!reply.text().contains(CANARY), "{query}");
        }
    }
    assert_eq!(before, state(&world).await);
}

#[tokio::test]
async fn a_request_that_names_no_host_is_refused() {
    let world = World::new().await;
    for host in ["", "cAnArY/x", "a b", "cAnArY@evil", &"a".repeat(262)] {
        let request = http::Request::get("/meta")
            .header("host", host)
            .body(axum::body::Body::empty());
        let reply = world.raw(request.expect("a request")).await;
        super::assert_no_echo(host, &reply);
        assert_eq!(reply.status, 400, "{host}");
    }
}
