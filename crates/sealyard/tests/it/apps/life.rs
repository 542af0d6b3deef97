//! An app from its beginning to its end, and what is left of it.

use http::Method;
use insta::assert_snapshot;
use sealyard::apps::{AppId, Error, installation, registration};
use sealyard::audit::Actor;
use sealyard::identity::AccountId;

use super::{HELLO, ORG, SECRETS, ask, by_jwt, find, get_by_jwt, installed, update};
use crate::people::log;
use crate::world::{TestKey, World};

#[tokio::test]
async fn an_app_sees_itself_and_where_it_is_installed() {
    for world in [World::new().await, World::github_com().await] {
        let (app, id, _) = installed(&world, SECRETS, None).await;
        world.install(&app, "member", Some(&[])).await;
        let own = get_by_jwt(&world, &app, "/app").await.json();
        assert_eq!(own["slug"], "test-app-1");
        assert_eq!(own["installations_count"], 2);
        assert_eq!(own["permissions"]["metadata"], "read");
        let list = get_by_jwt(&world, &app, "/app/installations").await.json();
        assert_eq!(list.as_array().map(Vec::len), Some(2));
        assert_eq!(list[1]["target_type"], "User");
        assert_eq!(list[1]["repository_selection"], "selected");
        let path = format!("/app/installations/{id}");
        assert_eq!(get_by_jwt(&world, &app, &path).await.json(), list[0]);
    }
}

#[tokio::test]
async fn a_token_sets_lists_and_deletes_secrets_of_its_repositories_and_organization() {
    let world = World::new().await;
    let (_, _, token) = installed(&world, SECRETS, None).await;
    let caller = world.with_token(&token);
    for (path, more) in [(HELLO, ""), (ORG, "\"visibility\":\"all\"")] {
        let body = match more {
            "" => world.sealed(path, b"value").await,
            more => world.sealed_with(path, b"value", more).await,
        };
        let one = format!("{path}/TOKEN");
        assert_eq!(caller.get(&format!("{path}/public-key")).await.status, 200);
        assert_eq!(caller.put(&one, body).await.status, 201, "{path}");
        assert_eq!(caller.get(path).await.json()["total_count"], 1);
        assert_eq!(caller.get(&one).await.json()["name"], "TOKEN");
        assert_eq!(caller.delete(&one).await.status, 204);
        assert_eq!(caller.get(path).await.json()["total_count"], 0);
    }
}

#[tokio::test]
async fn a_token_that_its_holder_ends_is_a_bad_credential() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, None).await;
    let other = world.mint(&app, id, "").await;
    let caller = world.with_token(&token);
    assert_eq!(caller.get(HELLO).await.status, 200);
    assert_eq!(caller.delete("/installation/token").await.status, 204);
    assert_eq!(caller.get(HELLO).await.status, 401);
    assert_eq!(caller.delete("/installation/token").await.status, 401);
    assert_eq!(world.with_token(&other).get(HELLO).await.status, 200);
}

#[tokio::test]
async fn a_token_ends_after_an_hour_to_the_second() {
    let world = World::new().await;
    let (_, _, token) = installed(&world, SECRETS, None).await;
    world.clock.advance(3_599_000);
    assert_eq!(world.with_token(&token).get(HELLO).await.status, 200);
    world.clock.advance(1_000);
    assert_eq!(world.with_token(&token).get(HELLO).await.status, 401);
}

#[tokio::test]
async fn everything_that_is_done_to_an_app_is_in_the_log_of_the_account_it_concerns() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, SECRETS, Some(&["hello-world"])).await;
    let actor = Actor::operator();
    let own = AppId(app.id);
    world.with_token(&token).delete("/installation/token").await;
    world
        .install(&app, "octo-org", Some(&["hello-world"]))
        .await;
    world
        .install(&app, "octo-org", Some(&["public-repo"]))
        .await;
    world.install(&app, "octo-org", None).await;
    update(&world, &app, "secrets=read").await;
    update(&world, &app, "secrets=read").await;
    world.install(&app, "octo-org", None).await;
    let path = format!("/app/installations/{id}/suspended");
    for method in [Method::PUT, Method::PUT, Method::DELETE, Method::DELETE] {
        assert_eq!(by_jwt(&world, &app, method, &path, "").await.status, 204);
    }
    let second = &TestKey::second().public;
    let key = registration::add_key(&world.app, &actor, own, second)
        .await
        .expect("a key");
    registration::delete_key(&world.app, &actor, own, key)
        .await
        .expect("the key is gone");
    registration::delete(&world.app, &actor, own)
        .await
        .expect("the app is gone");
    let of_owner = log(&world, AccountId(world.owner.id)).await.join("\n");
    let fingerprint = second.fingerprint();
    assert_snapshot!(of_owner.replace(&fingerprint, "SHA256:…"), @r#"
    {"action":"integration.create","user":"owner","name":"test-app-1","detail":"metadata=read,organization_secrets=write,secrets=write"}
    {"action":"integration.update","user":"owner","name":"test-app-1","detail":"metadata=read,secrets=read"}
    {"action":"integration.add_key","user":"owner","name":"test-app-1","detail":"SHA256:…"}
    {"action":"integration.remove_key","user":"owner","name":"test-app-1","detail":"SHA256:…"}
    {"action":"integration.suspend","user":"owner","name":"test-app-1"}
    {"action":"integration.destroy","user":"owner","name":"test-app-1"}
    "#);
    let octo = world.account("octo-org").await.id;
    assert_snapshot!(log(&world, octo).await.join("\n"), @r#"
    {"action":"integration_installation.create","org":"octo-org","name":"test-app-1","visibility":"selected","repositories":1,"detail":"metadata=read,organization_secrets=write,secrets=write"}
    {"action":"integration_installation.create_token","org":"octo-org","name":"test-app-1","visibility":"selected","detail":"metadata=read,organization_secrets=write,secrets=write"}
    {"action":"integration_installation.revoke_token","org":"octo-org","name":"test-app-1"}
    {"action":"integration_installation.repositories_added","org":"octo-org","name":"test-app-1","visibility":"selected","repositories":1,"detail":"metadata=read,organization_secrets=write,secrets=write"}
    {"action":"integration_installation.repositories_removed","org":"octo-org","name":"test-app-1","visibility":"selected","repositories":1,"detail":"metadata=read,organization_secrets=write,secrets=write"}
    {"action":"integration_installation.repositories_added","org":"octo-org","name":"test-app-1","visibility":"all","detail":"metadata=read,organization_secrets=write,secrets=write"}
    {"action":"integration_installation.version_updated","org":"octo-org","name":"test-app-1","visibility":"all","detail":"metadata=read,secrets=read"}
    {"action":"integration_installation.suspend","org":"octo-org","name":"test-app-1"}
    {"action":"integration_installation.unsuspend","org":"octo-org","name":"test-app-1"}
    {"action":"integration_installation.destroy","org":"octo-org","name":"test-app-1"}
    "#);
}

#[tokio::test]
async fn deleting_an_app_leaves_nothing_of_it() {
    let world = World::new().await;
    let (app, id, _) = installed(&world, SECRETS, Some(&["hello-world", "public-repo"])).await;
    world.install(&app, "owner", Some(&["own"])).await;
    world
        .mint(&app, id, r#"{"repositories":["hello-world"]}"#)
        .await;
    let (other, ..) = installed(&world, SECRETS, Some(&["hello-world"])).await;
    let actor = Actor::operator();
    for (app, left) in [(&app, 1), (&other, 0)] {
        registration::delete(&world.app, &actor, AppId(app.id))
            .await
            .expect("the app is gone");
        for sql in [
            "SELECT COUNT(*) FROM app",
            "SELECT COUNT(*) FROM app_key",
            "SELECT COUNT(*) FROM installation",
            "SELECT COUNT(*) FROM installation_token",
            "SELECT COUNT(*) FROM selection_repository",
        ] {
            assert_eq!(world.count(sql).await, left, "{sql}");
        }
    }
    let again = registration::delete(&world.app, &actor, AppId(app.id)).await;
    assert!(matches!(again, Err(Error::NoSuchApp)));
}

#[tokio::test]
async fn installing_again_keeps_the_installation_and_its_tokens() {
    let world = World::new().await;
    let (app, id, token) = installed(&world, "secrets=read", None).await;
    update(&world, &app, SECRETS).await;
    assert_eq!(
        find(&world, id).await.accepted.to_string(),
        "metadata=read,secrets=read"
    );
    assert_eq!(
        world
            .install(&app, "OCTO-ORG", Some(&["Hello-World"]))
            .await,
        id
    );
    let now = find(&world, id).await;
    assert_eq!(
        now.permissions.to_string(),
        "metadata=read,organization_secrets=write,secrets=write"
    );
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM selection_repository")
            .await,
        1
    );
    assert_eq!(world.with_token(&token).get(HELLO).await.status, 200);
    // A token that was made before has no more than it had.
    assert_eq!(world.with_token(&token).get(ORG).await.status, 403);
    let fresh = world.mint(&app, id, "").await;
    assert_eq!(world.with_token(&fresh).get(ORG).await.status, 200);
}

#[tokio::test]
async fn an_app_is_installed_only_in_repositories_that_are_there() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let account = world.account("octo-org").await;
    for names in [&["no-such"][..], &["hello-world", "own"], &["elsewhere"]] {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let actor = Actor::operator();
        let id = AppId(app.id);
        let refused = installation::install(&world.app, &actor, id, &account, Some(&names)).await;
        assert!(matches!(refused, Err(Error::NoSuchRepository)), "{names:?}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM installation").await, 0);
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM selection_repository")
            .await,
        0
    );
}

#[tokio::test]
async fn neither_store_nor_log_nor_list_holds_a_token_or_a_private_key() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let id = world.install(&app, "octo-org", None).await;
    let minted = ask(&world, &app, id, "").await;
    let token = minted.json()["token"].as_str().expect("a token").to_owned();
    let octo = world.account("octo-org").await.id;
    for entry in log(&world, octo).await {
        assert!(!entry.contains(&token[4..]), "{entry}");
    }
    let mut read = world.app.db.read().await.expect("a read");
    let sql = "SELECT installation_token.mac, app_key.public_key FROM installation_token, app_key";
    let row = read.query_one(sql, &[]).await.expect("a row");
    let (mac, public): (Vec<u8>, Vec<u8>) = (row.get(0).expect("a MAC"), row.get(1).expect("DER"));
    assert_eq!(
        (mac.len(), public.as_slice()),
        (32, app.key.public.as_der())
    );
}
