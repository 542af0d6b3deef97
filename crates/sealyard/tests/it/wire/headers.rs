//! The whole set of headers, kind of answer by kind of answer.

use std::fmt::Write as _;

use http::{HeaderMap, Method};
use insta::assert_snapshot;

use super::{ORG, REPO, put};
use crate::world::{Reply, World, token};

/// Status and all headers; those that are random are replaced by their form.
fn all(reply: &Reply) -> String {
    let mut out = format!("{}\n", reply.status);
    for (name, value) in &reply.headers {
        let value = match name.as_str() {
            "x-github-request-id" | "etag" => form(value.to_str().expect("a text")),
            _ => value.to_str().expect("a text").to_owned(),
        };
        writeln!(out, "{name}: {value}").expect("a string");
    }
    out
}

/// `x` for each digit of hex; the time at the end of github.com's ids stays.
fn form(text: &str) -> String {
    let hidden = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_ascii_hexdigit() { 'x' } else { c })
            .collect()
    };
    match text.rsplit_once(':') {
        Some((random, time)) => format!("{}:{time}", hidden(random)),
        None => hidden(text),
    }
}

/// Seven answers of all kinds. What all have in common is told of the first only.
async fn kinds(world: &World) -> String {
    let owner = world.r#as(&world.owner);
    let body = world.sealed(REPO, b"value").await;
    let created = owner.put(&format!("{REPO}/A"), body.clone()).await;
    let updated = owner.put(&format!("{REPO}/A"), body).await;
    let ok = owner.get(ORG).await;
    let tag = ok.header("etag").expect("a tag").to_owned();
    let unmodified = world
        .r#as(&world.owner)
        .header("if-none-match", &tag)
        .get(ORG)
        .await;
    let replies = [
        ok,
        created,
        updated,
        unmodified,
        world.with_token("nonsense").get(ORG).await,
        owner.get(&format!("{ORG}/NO")).await,
        owner.get("/no/such/route").await,
    ];
    let mut out = all(&replies[0]);
    let usual: Vec<_> = out.lines().skip(1).map(str::to_owned).collect();
    let usual = usual
        .split(|line| line.starts_with("content-type"))
        .next()
        .expect("lines");
    for reply in &replies[1..] {
        let whole = all(reply);
        assert!(usual.iter().all(|line| whole.contains(line)), "{whole}");
        out.push('\n');
        for line in whole
            .lines()
            .filter(|line| !usual.iter().any(|usual| usual == line))
        {
            writeln!(out, "{line}").expect("a string");
        }
    }
    out
}

#[tokio::test]
async fn every_kind_of_answer_of_an_enterprise_server() {
    assert_snapshot!(kinds(&World::new().await).await, @r#"
    200 OK
    access-control-expose-headers: ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset
    access-control-allow-origin: *
    strict-transport-security: max-age=31536000; includeSubdomains; preload
    x-frame-options: deny
    x-content-type-options: nosniff
    x-xss-protection: 0
    referrer-policy: origin-when-cross-origin, strict-origin-when-cross-origin
    content-security-policy: default-src 'none'
    x-github-enterprise-version: 3.2.0
    x-github-request-id: xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    content-length: 30

    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    content-length: 2

    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    304 Not Modified
    etag: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60

    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    content-length: 95

    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    content-length: 134

    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json
    content-length: 89
    "#);
}

#[tokio::test]
async fn every_kind_of_answer_of_github_com() {
    assert_snapshot!(kinds(&World::github_com().await).await, @r#"
    200 OK
    access-control-expose-headers: ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset
    access-control-allow-origin: *
    strict-transport-security: max-age=31536000; includeSubdomains; preload
    x-frame-options: deny
    x-content-type-options: nosniff
    x-xss-protection: 0
    referrer-policy: origin-when-cross-origin, strict-origin-when-cross-origin
    content-security-policy: default-src 'none'
    x-github-request-id: xxxx:xxxxx:xxxxxxx:xxxxxxx:695735A5
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    content-length: 30

    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    content-length: 2

    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    304 Not Modified
    etag: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60

    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    content-length: 95

    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    content-length: 134

    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    content-length: 89
    "#);
}

#[tokio::test]
async fn a_token_that_ends_says_when() {
    let world = World::new().await;
    let token = token(&world.app, world.owner.id, "repo", Some(1_900_000_000)).await;
    let reply = world.with_token(&token).get("/meta").await;
    let expiration = reply.header("github-authentication-token-expiration");
    assert_eq!(expiration, Some("2030-03-17 17:46:40 UTC"));
    let other = world.r#as(&world.owner).get("/meta").await;
    assert_eq!(other.header("github-authentication-token-expiration"), None);
}

#[tokio::test]
async fn the_anonymous_have_no_scopes_but_are_told_which_would_do() {
    let world = World::new().await;
    let reply = world.anonymous().get("/repos/octo-org/public-repo").await;
    assert_eq!(reply.header("x-oauth-scopes"), None);
    assert_eq!(reply.header("x-accepted-oauth-scopes"), Some("repo"));
}

#[tokio::test]
async fn each_operation_names_the_scopes_that_it_accepts() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let mut out = String::new();
    for path in [
        ORG,
        REPO,
        "/orgs/octo-org",
        "/repos/octo-org/hello-world",
        "/user",
    ] {
        let reply = owner.get(path).await;
        let scopes = reply.header("x-accepted-oauth-scopes").expect("a header");
        writeln!(out, "{path}: [{scopes}]").expect("a string");
    }
    assert_snapshot!(out, @"
    /orgs/octo-org/actions/secrets: [admin:org]
    /repos/octo-org/hello-world/actions/secrets: []
    /orgs/octo-org: [admin:org, read:org, repo, user, write:org]
    /repos/octo-org/hello-world: [repo]
    /user: []
    ");
}

#[tokio::test]
async fn the_media_type_is_the_one_that_was_asked_for() {
    let world = World::new().await;
    for (accept, media_type) in [
        ("application/json", "github.v3; format=json"),
        ("application/vnd.github+json", "github.v3; format=json"),
        ("application/vnd.github.v3+json", "github.v3; format=json"),
        ("*/*", "github.v3; format=json"),
        (
            "application/vnd.github.machine-man-preview+json",
            "github.machine-man-preview; format=json",
        ),
        (
            "application/vnd.github.v3.full+json",
            "github.v3; param=full; format=json",
        ),
    ] {
        let reply = world
            .r#as(&world.owner)
            .header("accept", accept)
            .get(ORG)
            .await;
        assert_eq!(
            reply.header("x-github-media-type"),
            Some(media_type),
            "{accept}"
        );
    }
}

#[tokio::test]
async fn github_com_repeats_the_version_that_was_chosen() {
    let world = World::github_com().await;
    for version in ["2022-11-28", "2026-03-10"] {
        let owner = world
            .r#as(&world.owner)
            .header("x-github-api-version", version);
        let reply = owner.get(ORG).await;
        assert_eq!(reply.header("x-github-api-version-selected"), Some(version));
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let world = World::new().await;
    put(&world, REPO, "A", "").await;
    let owner = world.r#as(&world.owner);
    for path in [
        ORG,
        REPO,
        "/repos/octo-org/hello-world",
        "/meta",
        "/",
        "/zen",
        "/no/route",
    ] {
        let (get, head) = (owner.get(path).await, owner.head(path).await);
        let without_id = |headers: &HeaderMap| {
            let mut headers = headers.clone();
            assert!(headers.remove("x-github-request-id").is_some());
            headers
        };
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(
            without_id(&head.headers),
            without_id(&get.headers),
            "{path}"
        );
        assert!(head.body.is_empty() && !get.body.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_preflight_is_answered_for_every_path() {
    let world = World::new().await;
    let ask = |path: &'static str| {
        let caller = world.anonymous().header("origin", "https://example.org");
        async move { caller.send(Method::OPTIONS, path, Vec::new()).await }
    };
    let reply = ask("/orgs/octo-org/actions/secrets/A").await;
    assert!(reply.body.is_empty());
    assert_snapshot!(all(&reply), @"
    204 No Content
    access-control-expose-headers: ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset
    access-control-allow-origin: *
    strict-transport-security: max-age=31536000; includeSubdomains; preload
    x-frame-options: deny
    x-content-type-options: nosniff
    x-xss-protection: 0
    referrer-policy: origin-when-cross-origin, strict-origin-when-cross-origin
    content-security-policy: default-src 'none'
    x-github-enterprise-version: 3.2.0
    x-github-request-id: xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx
    access-control-allow-headers: Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, X-GitHub-OTP, X-Requested-With
    access-control-allow-methods: GET, POST, PATCH, PUT, DELETE
    access-control-max-age: 86400
    ");
    for path in ["/", "/no/such/route", "/api/v3/user"] {
        assert_eq!(all(&ask(path).await), all(&reply), "{path}");
    }
}
