//! How many bad credentials may come from one network, and who that concerns.

use std::net::IpAddr;

use axum::body::Body;
use base64ct::{Base64, Encoding as _};
use http::{Request, StatusCode};
use sealyard::app::Wire;
use sealyard::identity::token::{Kind, Token};
use sealyard::serve::{Peer, Scheme};

use super::fine_grained;
use crate::world::World;

const WAIT: &str = "Maximum number of login attempts exceeded. Please try again later.";

/// A request of a peer, perhaps forwarded, with this `Authorization`, if any.
async fn ask(
    world: &World,
    peer: &str,
    forwarded: Option<&str>,
    authorization: Option<&str>,
) -> (u16, String) {
    let mut request = Request::get("/meta")
        .header("host", "localhost")
        .extension(Peer {
            addr: Some(peer.parse::<IpAddr>().expect("an address")),
            scheme: Scheme::Https,
            unix: false,
        });
    for (name, value) in [
        ("x-forwarded-for", forwarded),
        ("authorization", authorization),
    ] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    let reply = world
        .raw(request.body(Body::empty()).expect("a request"))
        .await;
    (reply.status.as_u16(), reply.text().to_owned())
}

async fn guess(world: &World, peer: &str, forwarded: Option<&str>) -> u16 {
    ask(world, peer, forwarded, Some("token guess")).await.0
}

/// Spends what a network has in a minute.
async fn spend(world: &World, peer: &str, forwarded: Option<&str>) {
    for _ in 0..100 {
        assert_eq!(guess(world, peer, forwarded).await, 401);
    }
    assert_eq!(guess(world, peer, forwarded).await, 403);
}

#[tokio::test]
async fn who_has_a_good_token_or_none_is_not_concerned() {
    let world = World::new().await;
    let fine_grained = fine_grained(&world, "owner", "owner", "", None).await;
    spend(&world, "192.0.2.1", None).await;
    let good = [
        format!("Bearer {}", world.owner.token),
        format!("token {fine_grained}"),
        format!(
            "Basic {}",
            Base64::encode_string(format!("x:{fine_grained}").as_bytes())
        ),
    ];
    for header in &good {
        assert_eq!(ask(&world, "192.0.2.1", None, Some(header)).await.0, 200);
    }
    assert_eq!(ask(&world, "192.0.2.1", None, None).await.0, 200);
    // A neighbour may still guess.
    assert_eq!(guess(&world, "192.0.2.2", None).await, 401);
    // The minute is over.
    world.clock.advance(59_000);
    assert_eq!(guess(&world, "192.0.2.1", None).await, 403);
    world.clock.advance(1_000);
    assert_eq!(guess(&world, "192.0.2.1", None).await, 401);
}

#[tokio::test]
async fn every_kind_of_bad_credential_counts_and_no_good_one_does() {
    let world = World::new().await;
    let expired = crate::world::token(&world.app, world.owner.id, "repo", Some(1)).await;
    let bad = [
        "token guess".to_owned(),
        "Digest guess".to_owned(),
        "Basic guess".to_owned(),
        format!("Bearer {}", Token::generate(Kind::Classic).reveal()),
        format!("Bearer {}", Token::generate(Kind::FineGrained).reveal()),
        format!("Bearer {}", Token::generate(Kind::Installation).reveal()),
        format!("Bearer {}", Token::generate(Kind::Runner).reveal()),
        format!("token {expired}"),
        "RemoteAuth AAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "RemoteAuth guess".to_owned(),
    ];
    let good = format!("Bearer {}", world.owner.token);
    for _ in 0..10 {
        for header in &bad {
            let (status, _) = ask(&world, "192.0.2.1", None, Some(header)).await;
            assert_eq!(status, 401, "{header}");
            assert_eq!(ask(&world, "192.0.2.1", None, Some(&good)).await.0, 200);
        }
    }
    for header in &bad {
        let (status, text) = ask(&world, "192.0.2.1", None, Some(header)).await;
        assert_eq!(status, 403, "{header}");
        assert!(text.contains(WAIT), "{text}");
    }
}

#[tokio::test]
async fn a_suspended_user_is_told_so_and_counts_as_nobody_guessing() {
    let world = World::new().await;
    world
        .change("UPDATE account SET suspended_at = created_at WHERE id = 2")
        .await;
    let header = format!("Bearer {}", world.owner.token);
    for _ in 0..101 {
        let (status, text) = ask(&world, "192.0.2.1", None, Some(&header)).await;
        assert_eq!(status, StatusCode::FORBIDDEN.as_u16());
        assert!(!text.contains(WAIT), "{text}");
    }
    assert_eq!(guess(&world, "192.0.2.1", None).await, 401);
}

#[tokio::test]
async fn the_addresses_of_one_ipv6_network_guess_together() {
    let world = World::new().await;
    for host in 0..100 {
        assert_eq!(
            guess(&world, &format!("2001:db8:0:1::{host:x}"), None).await,
            401
        );
    }
    assert_eq!(
        guess(&world, "2001:db8:0:1:ffff:ffff:ffff:ffff", None).await,
        403
    );
    assert_eq!(guess(&world, "2001:db8:0:2::1", None).await, 401);
    let good = format!("Bearer {}", world.owner.token);
    assert_eq!(
        ask(&world, "2001:db8:0:1::1", None, Some(&good)).await.0,
        200
    );
}

#[tokio::test]
async fn nobody_guesses_on_under_an_address_they_made_up() {
    let world = World::new().await;
    for host in 0..100 {
        let made_up = format!("198.51.100.{host}");
        assert_eq!(guess(&world, "192.0.2.1", Some(&made_up)).await, 401);
    }
    assert_eq!(
        guess(&world, "192.0.2.1", Some("198.51.100.200")).await,
        403
    );
    // Nor does anybody spend what others have.
    assert_eq!(guess(&world, "198.51.100.1", None).await, 401);
}

#[tokio::test]
async fn clients_of_a_proxy_that_is_believed_guess_each_for_themselves() {
    let world = World::with(Wire {
        trusted_proxies: vec!["192.0.2.0/24".parse().expect("a network")],
        ..Wire::default()
    })
    .await;
    spend(&world, "192.0.2.1", Some("198.51.100.1")).await;
    assert_eq!(guess(&world, "192.0.2.1", Some("198.51.100.2")).await, 401);
    // The same client by another proxy; and what a client writes itself stands before what the
    // proxy adds.
    assert_eq!(guess(&world, "192.0.2.9", Some("198.51.100.1")).await, 403);
    let forged = "203.0.113.5, 198.51.100.1";
    assert_eq!(guess(&world, "192.0.2.1", Some(forged)).await, 403);
    // Who does not come by a proxy is not believed.
    assert_eq!(
        guess(&world, "203.0.113.9", Some("198.51.100.1")).await,
        401
    );
}
