//! Each operation has two addresses, by name and by id, at the root and under `/api/v3`; all say
//! the same.

use http::Method;

use super::{ENV, ORG, REPO, enrol, put};
use crate::world::{Reply, World};

const SELECTED: &str = r#""visibility":"selected","selected_repository_ids":[1]"#;

/// Every address of a place in `octo-org`.
fn addresses(path: &str) -> Vec<String> {
    let by_id = path
        .replacen("/orgs/octo-org", "/organizations/7", 1)
        .replacen("/repos/octo-org/hello-world", "/repositories/1", 1);
    assert_ne!(path, by_id);
    let cased = path
        .replacen("octo-org", "Octo-ORG", 1)
        .replacen("hello-w", "Hello-W", 1);
    [path, &by_id, &cased]
        .iter()
        .flat_map(|path| [(*path).to_owned(), format!("/api/v3{path}")])
        .collect()
}

/// What must be equal: everything but the addresses within.
fn comparable(reply: &Reply) -> String {
    reply
        .whole()
        .replace("http://localhost/api/v3", "http://localhost")
}

/// Does the same at each address, and undoes it in between.
async fn all_alike(
    world: &World,
    method: Method,
    path: &str,
    body: &str,
    undo: impl AsyncFn(&World),
) -> Reply {
    let mut first: Option<Reply> = None;
    for address in addresses(path) {
        let owner = world.r#as(&world.owner);
        let reply = owner
            .send(method.clone(), &address, body.as_bytes().to_vec())
            .await;
        if let Some(first) = &first {
            assert_eq!(comparable(first), comparable(&reply), "{method} {address}");
        }
        first.get_or_insert(reply);
        undo(world).await;
    }
    first.expect("an address")
}

async fn nothing(_: &World) {}

#[tokio::test]
async fn the_reading_operations_answer_alike_everywhere() {
    let world = World::new().await;
    put(&world, ORG, "A", SELECTED).await;
    put(&world, REPO, "A", "").await;
    put(&world, ENV, "A", "").await;
    for base in [ORG, REPO, ENV] {
        for rest in ["", "/public-key", "/A", "/a"] {
            let path = format!("{base}{rest}");
            let reply = all_alike(&world, Method::GET, &path, "", nothing).await;
            assert_eq!(reply.status, 200, "{path}");
        }
    }
    let path = format!("{ORG}/A/repositories");
    let reply = all_alike(&world, Method::GET, &path, "", nothing).await;
    assert_eq!(reply.json()["total_count"], 1);
}

#[tokio::test]
async fn creating_updating_and_deleting_answer_alike_everywhere() {
    let world = World::new().await;
    for (base, more) in [(ORG, SELECTED), (REPO, ""), (ENV, "")] {
        let path = format!("{base}/A");
        let remove = async |world: &World| {
            assert_eq!(world.r#as(&world.owner).delete(&path).await.status, 204);
        };
        let create = async |world: &World| put(world, base, "A", more).await;
        let body = match more {
            "" => world.sealed(base, b"value").await,
            more => world.sealed_with(base, b"value", more).await,
        };
        let created = all_alike(&world, Method::PUT, &path, &body, remove).await;
        assert_eq!(created.status, 201, "{path}");
        create(&world).await;
        let updated = all_alike(&world, Method::PUT, &path, &body, nothing).await;
        assert_eq!(updated.status, 204, "{path}");
        let deleted = all_alike(&world, Method::DELETE, &path, "", create).await;
        assert_eq!(deleted.status, 204, "{path}");
    }
}

#[tokio::test]
async fn the_selected_repositories_change_alike_everywhere() {
    let world = World::new().await;
    put(&world, ORG, "A", r#""visibility":"selected""#).await;
    let selected = "SELECT COUNT(*) FROM secret_selection";
    for (method, path, body, left) in [
        (
            Method::PUT,
            "/A/repositories",
            r#"{"selected_repository_ids":[1,2]}"#,
            2,
        ),
        (Method::PUT, "/A/repositories/3", "", 3),
        (Method::DELETE, "/A/repositories/3", "", 2),
    ] {
        let path = format!("{ORG}{path}");
        let reply = all_alike(&world, method, &path, body, nothing).await;
        assert_eq!(
            (reply.status.as_u16(), world.count(selected).await),
            (204, left),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_runner_is_deleted_alike_everywhere() {
    let world = World::new().await;
    enrol(&world).await;
    let path = "/orgs/octo-org/actions/runners/1";
    // The same one again, whose credential is remembered as that of one that is gone.
    let enrol_again = async |world: &World| {
        world.change("DELETE FROM removed_runner").await;
        enrol(world).await;
    };
    let deleted = all_alike(&world, Method::DELETE, path, "", enrol_again).await;
    assert_eq!(deleted.status, 204);
}

#[tokio::test]
async fn addresses_in_answers_begin_like_the_one_that_was_asked() {
    let world = World::new().await;
    put(&world, ORG, "A", SELECTED).await;
    let owner = world.r#as(&world.owner);
    for base in ["", "/api/v3"] {
        let secret = owner.get(&format!("{base}{ORG}/A")).await.json();
        let url = format!("http://localhost{base}{ORG}/A/repositories");
        assert_eq!(secret["selected_repositories_url"], url.as_str());
        let items = owner
            .get(&format!("{base}{ORG}/A/repositories"))
            .await
            .json();
        let url = format!("http://localhost{base}/repos/octo-org/hello-world");
        assert_eq!(items["repositories"][0]["url"], url.as_str());
    }
}
