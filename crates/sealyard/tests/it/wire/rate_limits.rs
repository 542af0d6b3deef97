//! The primary rate limit: its headers, its end, and what costs nothing.

use std::net::IpAddr;

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;
use sealyard::app::Wire;
use sealyard::http::profile::Profile;
use sealyard::serve::{Peer, Scheme};

use super::ORG;
use crate::world::{Reply, World};

async fn limited() -> World {
    World::with(Wire {
        profile: Profile::GithubCom,
        ..Wire::default()
    })
    .await
}

fn usage(reply: &Reply) -> String {
    ["limit", "remaining", "reset", "used", "resource"]
        .map(|name| {
            reply
                .header(&format!("x-ratelimit-{name}"))
                .unwrap_or("-")
                .to_owned()
        })
        .join(" ")
}

async fn anonymous(world: &World, path: &str, last: u8) -> Reply {
    let address = Some(IpAddr::from([192, 0, 2, last]));
    let request = Request::get(path)
        .header("host", "localhost")
        .header("user-agent", "tests")
        .extension(Peer {
            addr: address,
            scheme: Scheme::Https,
            unix: false,
        })
        .body(Body::empty());
    world.raw(request.expect("a request")).await
}

#[tokio::test]
async fn an_enterprise_server_has_no_limits_unless_told() {
    let world = World::new().await;
    assert_eq!(usage(&world.r#as(&world.owner).get(ORG).await), "- - - - -");
    assert_snapshot!(world.r#as(&world.owner).get("/rate_limit").await.whole(), @r#"
    404 Not Found
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"message":"Rate limiting is not enabled.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/rate-limit#get-rate-limit-status-for-the-authenticated-user"}
    "#);
    let world = World::with(Wire {
        rate_limit: Some(true),
        ..Wire::default()
    })
    .await;
    let reply = world.r#as(&world.owner).get(ORG).await;
    assert_eq!(usage(&reply), "5000 4999 1767326645 1 core");
}

#[tokio::test]
async fn github_com_counts_every_answer_whatever_it_is() {
    let world = limited().await;
    let owner = world.r#as(&world.owner);
    assert_eq!(usage(&owner.get(ORG).await), "5000 4999 1767326645 1 core");
    assert_eq!(
        usage(&owner.get("/no/route").await),
        "5000 4998 1767326645 2 core"
    );
    assert_eq!(
        usage(&owner.put(&format!("{ORG}/A"), "{").await),
        "5000 4997 1767326645 3 core"
    );
    let member = world.r#as(&world.member);
    assert_eq!(usage(&member.get(ORG).await), "5000 4999 1767326645 1 core");
}

#[tokio::test]
async fn asking_for_the_limit_costs_nothing() {
    let world = limited().await;
    let owner = world.r#as(&world.owner);
    owner.get(ORG).await;
    assert_eq!(owner.head("/rate_limit").await.status, 200);
    assert_snapshot!(owner.get("/rate_limit").await.whole(), @r#"
    200 OK
    x-ratelimit-limit: 5000
    x-ratelimit-remaining: 4999
    x-ratelimit-reset: 1767326645
    x-ratelimit-used: 1
    x-ratelimit-resource: core
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: no-cache
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"resources":{"core":{"limit":5000,"used":1,"remaining":4999,"reset":1767326645},"search":{"limit":5000,"used":1,"remaining":4999,"reset":1767326645},"graphql":{"limit":5000,"used":1,"remaining":4999,"reset":1767326645},"integration_manifest":{"limit":5000,"used":1,"remaining":4999,"reset":1767326645}},"rate":{"limit":5000,"used":1,"remaining":4999,"reset":1767326645}}
    "#);
    assert_eq!(
        usage(&owner.get("/api/v3/rate_limit").await),
        "5000 4999 1767326645 1 core"
    );
}

#[tokio::test]
async fn an_answer_that_the_client_has_costs_nothing() {
    let world = limited().await;
    let first = world.r#as(&world.owner).get(ORG).await;
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = world
        .r#as(&world.owner)
        .header("if-none-match", &tag)
        .get(ORG)
        .await;
    assert_eq!(again.status, 304);
    assert_eq!(usage(&again), usage(&first));
    let third = world.r#as(&world.owner).get(ORG).await;
    assert_eq!(usage(&third), "5000 4998 1767326645 2 core");
}

#[tokio::test]
async fn an_address_without_credential_has_sixty_requests_an_hour() {
    let world = limited().await;
    for _ in 0..60 {
        assert_eq!(anonymous(&world, "/meta", 1).await.status, 200);
    }
    assert_snapshot!(anonymous(&world, "/meta", 1).await.whole(), @r#"
    403 Forbidden
    x-ratelimit-limit: 60
    x-ratelimit-remaining: 0
    x-ratelimit-reset: 1767326645
    x-ratelimit-used: 60
    x-ratelimit-resource: core
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"API rate limit exceeded for 192.0.2.1. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)","documentation_url":"https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting","status":"403"}
    "#);
    assert_eq!(anonymous(&world, "/meta", 2).await.status, 200);
    assert_eq!(world.r#as(&world.owner).get("/meta").await.status, 200);
    world.clock.advance(3_600_000);
    assert_eq!(
        usage(&anonymous(&world, "/meta", 1).await),
        "60 59 1767330245 1 core"
    );
}

#[tokio::test]
async fn a_user_has_five_thousand_requests_an_hour_and_the_limit_can_be_read_beyond_them() {
    let world = limited().await;
    let owner = world.r#as(&world.owner);
    for _ in 0..5_000 {
        assert_eq!(owner.head("/zen").await.status, 200);
    }
    assert_snapshot!(owner.get(ORG).await.whole(), @r#"
    403 Forbidden
    x-ratelimit-limit: 5000
    x-ratelimit-remaining: 0
    x-ratelimit-reset: 1767326645
    x-ratelimit-used: 5000
    x-ratelimit-resource: core
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"message":"API rate limit exceeded for user ID 2.","documentation_url":"https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting","status":"403"}
    "#);
    let limit = owner.get("/rate_limit").await;
    assert_eq!(
        (limit.status.as_u16(), &limit.json()["rate"]["remaining"]),
        (200, &0.into())
    );
}

#[tokio::test]
async fn a_bad_credential_shows_the_bucket_of_the_anonymous() {
    let world = limited().await;
    let reply = world.with_token("nonsense").get(ORG).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("x-ratelimit-limit")),
        (401, Some("60"))
    );
}
