//! Where runners and those who enrol them are held up: full scopes, guessed tokens, archives, scopes
//! of credentials.

use std::net::IpAddr;

use axum::body::Body;
use http::Request;
use insta::assert_snapshot;
use sealyard::serve::{Peer, Scheme};

use super::{ENROL, ORG, REPO, enrol, registration_token};
use crate::world::{Reply, World, token};

const LABELS: &str = r#"{"labels":["fast"]}"#;

#[tokio::test]
async fn a_scope_has_ten_thousand_runners_and_no_more() {
    let world = World::new().await;
    let sql = "
        INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, created_at)
        VALUES ($1, 1, 7, $2, 'Linux', $3, 1, 0)";
    let mut tx = world.app.db.begin().await.expect("a write");
    for id in 20_000..29_999_i64 {
        let name = format!("r{id}");
        let mac = id.to_be_bytes();
        tx.execute(sql, &[id.into(), (&name).into(), (&mac).into()])
            .await
            .expect("a statement");
    }
    tx.commit().await.expect("a commit");
    let token = registration_token(&world, ORG).await;
    assert_eq!(enrol(&world, &token, "last").await.status, 201);
    assert_snapshot!(enrol(&world, &token, "beyond").await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"The number of runners is limited to 10000. Delete one before creating another.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
    // Other scopes have room of their own.
    let token = registration_token(&world, REPO).await;
    assert_eq!(enrol(&world, &token, "last").await.status, 201);
}

/// An enrolment from 192.0.2.1.
async fn enrol_from_afar(world: &World, token: &str, name: &str) -> Reply {
    let body = format!(r#"{{"token":"{token}","name":"{name}"}}"#);
    let request = Request::post(ENROL)
        .header("host", "localhost")
        .extension(Peer {
            addr: Some(IpAddr::from([192, 0, 2, 1])),
            scheme: Scheme::Https,
            unix: false,
        })
        .body(Body::from(body))
        .expect("a request");
    world.raw(request).await
}

#[tokio::test]
async fn guessing_at_registration_tokens_counts_as_bad_credentials() {
    let world = World::new().await;
    let token = registration_token(&world, ORG).await;
    let guesses = ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
    for guess in guesses.iter().cycle().take(100) {
        let refused = enrol_from_afar(&world, guess, "one").await;
        assert_eq!(refused.status, 401);
    }
    let refused = enrol_from_afar(&world, guesses[0], "one").await;
    assert_snapshot!(refused.brief(), @r#"
    403 Forbidden
    {"message":"Maximum number of login attempts exceeded. Please try again later.","documentation_url":"https://docs.github.com/enterprise/3.2/rest"}
    "#);
    // As with other credentials, only the bad ones are held up, and only for a minute.
    assert_eq!(enrol_from_afar(&world, &token, "one").await.status, 201);
    world.clock.advance(60_000);
    let again = enrol_from_afar(&world, guesses[1], "two").await;
    assert_eq!(again.status, 401);
}

#[tokio::test]
async fn an_archived_repository_enrols_no_runner_and_loses_those_it_has() {
    let world = World::new().await;
    let token = registration_token(&world, REPO).await;
    assert_eq!(enrol(&world, &token, "one").await.status, 201);
    world
        .change("UPDATE repository SET archived = 1 WHERE id = 1")
        .await;
    let entries = world.count("SELECT COUNT(*) FROM audit_entry").await;

    let owner = world.r#as(&world.owner);
    let labels = format!("{REPO}/1/labels");
    let replies = [
        owner.post(&format!("{REPO}/registration-token"), "").await,
        owner.post(&labels, LABELS).await,
        owner.put(&labels, LABELS).await,
        owner.delete(&labels).await,
        owner.delete(&format!("{labels}/gpu")).await,
        // The token is from before.
        enrol(&world, &token, "two").await,
    ];
    for (number, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status, 403, "{number}");
        let message = "Repository was archived so is read-only.";
        assert_eq!(reply.json()["message"], message, "{number}");
    }
    let after = world.count("SELECT COUNT(*) FROM audit_entry").await;
    assert_eq!(after, entries);

    assert_eq!(owner.get(&labels).await.json()["total_count"], 4);
    let remove = owner.post(&format!("{REPO}/remove-token"), "").await;
    assert_eq!(remove.status, 201);
    assert_eq!(owner.delete(&format!("{REPO}/1")).await.status, 204);
    // The organisation is not archived with it.
    let token = registration_token(&world, ORG).await;
    assert_eq!(enrol(&world, &token, "three").await.status, 201);
}

#[tokio::test]
async fn the_scope_of_runners_enrols_and_labels_them_but_takes_none_off() {
    let world = World::new().await;
    let scoped = token(&world.app, world.owner.id, "manage_runners:org", None).await;
    let caller = world.with_token(&scoped);
    let made = caller.post(&format!("{ORG}/registration-token"), "").await;
    assert_eq!(made.status, 201);
    let registration = made.json()["token"].as_str().expect("a text").to_owned();
    assert_eq!(enrol(&world, &registration, "one").await.status, 201);
    let labels = format!("{ORG}/1/labels");
    assert_eq!(caller.post(&labels, LABELS).await.status, 200);
    assert_snapshot!(caller.delete(&format!("{ORG}/1")).await.whole(), @r#"
    403 Forbidden
    content-type: application/json; charset=utf-8
    vary: Accept-Encoding, Accept, X-Requested-With
    x-oauth-scopes: manage_runners:org
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"message":"Must have admin rights to Repository.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#delete-a-self-hosted-runner-from-an-organization"}
    "#);
    let scoped = token(&world.app, world.owner.id, "admin:org", None).await;
    let deleted = world.with_token(&scoped).delete(&format!("{ORG}/1")).await;
    assert_eq!(deleted.status, 204);
}
