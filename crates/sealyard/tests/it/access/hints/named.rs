//! What is named elsewhere than in the path's beginning: repositories of others that somebody
//! selects for a secret of their own, and questions in GraphQL.

use base64ct::{Base64, Encoding as _};
use http::{Method, StatusCode};
use sealyard_vault::PublicKey;

use super::ask::{Told, Way, ask};
use super::{furnished, state};
use crate::world::World;

/// The outsider's own.
const SECRETS: &str = "/orgs/other-org/actions/secrets";

async fn tell(world: &World, token: &str, method: Method, path: &str, body: &str) -> Told {
    let way = Way {
        method,
        accept: None,
        body: body.as_bytes(),
    };
    ask(world, Some(token), &way, path).await
}

/// A body that makes a secret for these repositories.
async fn secret_for(world: &World, token: &str, ids: &str) -> String {
    let path = format!("{SECRETS}/public-key");
    let key = world.with_token(token).get(&path).await.json();
    let public = PublicKey::from_base64(key["key"].as_str().expect("a key")).expect("a key");
    let value = Base64::encode_string(&public.seal(b"value"));
    let id = &key["key_id"];
    format!(
        r#"{{"encrypted_value":"{value}","key_id":{id},"visibility":"selected","selected_repository_ids":{ids}}}"#
    )
}

#[tokio::test]
async fn selecting_a_private_repository_of_others_is_like_selecting_a_missing_one() {
    let world = World::new().await;
    let outsider = furnished(&world).await;
    // `elsewhere` is theirs.
    let body = secret_for(&world, &outsider, "[4]").await;
    let made = tell(
        &world,
        &outsider,
        Method::PUT,
        &format!("{SECRETS}/A"),
        &body,
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let before = state(&world).await;
    for (method, path) in [
        (Method::PUT, "/B"),
        (Method::PUT, "/A"),
        (Method::PUT, "/A/repositories"),
        (Method::PUT, "/A/repositories/ID"),
        (Method::DELETE, "/A/repositories/ID"),
    ] {
        let mut told = Vec::new();
        for id in ["424242", "1", "5"] {
            let path = format!("{SECRETS}{}", path.replace("ID", id));
            let body = secret_for(&world, &outsider, &format!("[4,{id}]")).await;
            told.push(tell(&world, &outsider, method.clone(), &path, &body).await);
        }
        let missing = told.remove(0);
        // Removing what was not selected does nothing, well.
        let is_refused = !missing.status.is_success();
        assert!(
            is_refused || method == Method::DELETE,
            "{path}: {missing:?}"
        );
        for private in told {
            assert_eq!(private, missing, "{method} {path}");
        }
    }
    assert_eq!(state(&world).await, before);
}

/// What a question is answered, with the repository's name taken out: it is repeated as it was asked.
async fn answer(world: &World, token: &str, field: &str, name: &str) -> String {
    let query = field.replace("NAME", name).replace('"', "\\\"");
    let body = format!(r#"{{"query":"{{ {query} {{ id }} }}"}}"#);
    let told = tell(world, token, Method::POST, "/api/graphql", &body).await;
    format!("{told:?}").replace(name, "NAME")
}

#[tokio::test]
async fn a_question_about_a_private_repository_is_answered_like_one_about_a_missing_one() {
    let world = World::new().await;
    let outsider = furnished(&world).await;
    let without_repo = super::token_without_repo(&world).await;
    let owner = world.r#as(&world.owner);
    // A node that was there: what it was is a repository, and missing.
    let gone = owner.get("/repos/octo-org/new-name").await.json()["node_id"].clone();
    let private = owner.get("/repos/octo-org/hello-world").await.json()["node_id"].clone();
    let (gone, private) = (
        gone.as_str().expect("an id"),
        private.as_str().expect("an id"),
    );
    let removed = owner.delete("/repos/octo-org/new-name").await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let moved = owner
        .patch(
            "/repos/octo-org/internal-repo",
            r#"{"name":"internal-new","visibility":"private"}"#,
        )
        .await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.brief());
    let repository = r#"repository(owner: "octo-org", name: "NAME")"#;
    let stays = r#"repository(owner: "octo-org", name: "NAME", followRenames: false)"#;
    let node = r#"node(id: "NAME")"#;
    // The lengths are those of the names that are there.
    for (field, missing, hidden) in [
        (repository, "jello-world", "hello-world"),
        (repository, "ynternal-repo", "internal-repo"),
        (repository, "ynternal-new", "internal-new"),
        (stays, "ynternal-repo", "internal-repo"),
        (node, gone, private),
    ] {
        for token in [&world.stranger.token, &outsider, &without_repo] {
            let expected = answer(&world, token, field, missing).await;
            assert!(expected.contains("NOT_FOUND"), "{expected}");
            assert_eq!(answer(&world, token, field, hidden).await, expected);
        }
        // What is asked exists, and who may know it is told so.
        if field != stays {
            let told = answer(&world, &world.owner.token, field, hidden).await;
            assert!(!told.contains("NOT_FOUND"), "{told}");
        }
    }
}
