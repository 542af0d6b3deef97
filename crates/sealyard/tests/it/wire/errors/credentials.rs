//! Who is calling.

use std::net::IpAddr;

use axum::body::Body;
use http::{Request, StatusCode};
use insta::assert_snapshot;
use sealyard::app::Wire;
use sealyard::serve::{Peer, Scheme};

use crate::wire::{ORG, PUBLIC, in_both};
use crate::world::World;

const OKS: (StatusCode, StatusCode) = (StatusCode::OK, StatusCode::OK);

#[tokio::test]
async fn without_a_credential_an_organization_asks_for_one() {
    let answers = in_both(async |world| world.anonymous().get(ORG).await).await;
    assert_snapshot!(answers, @r#"
    [ghes-3.2]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Requires authentication","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Requires authentication","documentation_url":"https://docs.github.com/rest","status":"401"}
    "#);
}

#[tokio::test]
async fn without_a_credential_a_public_repository_asks_for_one() {
    let put = async |world: &World| world.anonymous().put(&format!("{PUBLIC}/A"), "{}").await;
    assert_snapshot!(in_both(put).await, @r#"
    [ghes-3.2]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Requires authentication","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Requires authentication","documentation_url":"https://docs.github.com/rest","status":"401"}
    "#);
}

#[tokio::test]
async fn an_unknown_token_is_a_bad_credential() {
    let token = "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";
    let get = async |world: &World| world.with_token(token).get(ORG).await;
    assert_snapshot!(in_both(get).await, @r#"
    [ghes-3.2]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Bad credentials","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}

    [github.com]
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}
    "#);
}

#[tokio::test]
async fn expired_and_revoked_tokens_are_as_bad_as_unknown_ones_also_on_public_things() {
    let world = World::new().await;
    let unknown = world.with_token("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");
    let expected = unknown.get("/meta").await.whole();
    let (expired, revoked) = (world.r#as(&world.owner), world.r#as(&world.member));
    assert_eq!(
        (
            expired.get("/meta").await.status,
            revoked.get("/meta").await.status
        ),
        OKS
    );
    world
        .change("UPDATE token SET expires_at = created_at WHERE user_id = 2")
        .await;
    world
        .change("UPDATE token SET revoked_at = created_at WHERE user_id = 3")
        .await;
    assert_eq!(expired.get("/meta").await.whole(), expected);
    assert_eq!(revoked.get("/meta").await.whole(), expected);
}

#[tokio::test]
async fn a_private_server_shows_nothing_to_the_anonymous() {
    let world = World::with(Wire {
        private_mode: true,
        ..Wire::default()
    })
    .await;
    assert_snapshot!(world.anonymous().get("/meta").await.whole(), @r#"
    401 Unauthorized
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With

    {"message":"Must authenticate to access this API.","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}
    "#);
    assert_eq!(world.r#as(&world.stranger).get("/meta").await.status, 200);
}

#[tokio::test]
async fn the_hundred_and_first_bad_credential_of_a_minute_is_told_to_wait() {
    let world = World::new().await;
    let address = Some(IpAddr::from([192, 0, 2, 1]));
    let ask = || {
        Request::get("/meta")
            .header("host", "localhost")
            .header("authorization", "token nonsense")
            .extension(Peer {
                addr: address,
                scheme: Scheme::Https,
                unix: false,
            })
            .body(Body::empty())
            .expect("a request")
    };
    for _ in 0..100 {
        assert_eq!(world.raw(ask()).await.status, 401);
    }
    assert_snapshot!(world.raw(ask()).await.whole(), @r#"
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json

    {"message":"Maximum number of login attempts exceeded. Please try again later.","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}
    "#);
    world.clock.advance(60_000);
    assert_eq!(world.raw(ask()).await.status, 401);
}

#[tokio::test]
async fn a_suspended_account_is_told_so() {
    let world = World::new().await;
    world
        .change("UPDATE account SET suspended_at = created_at WHERE id = 2")
        .await;
    assert_snapshot!(world.r#as(&world.owner).get(ORG).await.whole(), @r#"
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json

    {"message":"Sorry. Your account was suspended.","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}
    "#);
}
