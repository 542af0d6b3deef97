//! Where an app is installed, asked for by account and by repository.

use super::{SECRETS, get_by_jwt, installed, said};
use crate::world::World;

#[tokio::test]
async fn an_installation_is_found_by_account_and_repository_in_any_case() {
    let world = World::new().await;
    let (app, id, _) = installed(&world, SECRETS, None).await;
    let on_user = world.install(&app, "owner", None).await;
    for (path, expected) in [
        ("/orgs/octo-org/installation", id),
        ("/orgs/OCTO-Org/installation", id),
        ("/organizations/7/installation", id),
        ("/repos/octo-org/hello-world/installation", id),
        ("/repos/Octo-Org/Hello-World/installation", id),
        ("/repositories/1/installation", id),
        ("/repos/octo-org/public-repo/installation", id),
        ("/users/owner/installation", on_user),
        ("/users/OWNER/installation", on_user),
        ("/repos/owner/own/installation", on_user),
        ("/repositories/5/installation", on_user),
    ] {
        for prefix in ["", "/api/v3"] {
            let found = get_by_jwt(&world, &app, &format!("{prefix}{path}")).await;
            assert_eq!(found.status, 200, "{path}: {}", found.text());
            assert_eq!(found.json()["id"], expected, "{path}");
        }
    }
}

#[tokio::test]
async fn where_an_app_is_not_installed_is_as_what_is_not_there() {
    let world = World::new().await;
    let (app, ..) = installed(&world, SECRETS, Some(&["hello-world"])).await;
    for (there, missing) in [
        ("/orgs/other-org/installation", "/orgs/no-such/installation"),
        ("/orgs/owner/installation", "/orgs/nobody/installation"),
        (
            "/organizations/8/installation",
            "/organizations/999/installation",
        ),
        (
            "/organizations/2/installation",
            "/organizations/0/installation",
        ),
        ("/users/owner/installation", "/users/nobody/installation"),
        ("/users/octo-org/installation", "/users/nobody/installation"),
        // Private, internal and public.
        (
            "/repos/other-org/elsewhere/installation",
            "/repos/other-org/missing/installation",
        ),
        (
            "/repos/octo-org/internal-repo/installation",
            "/repos/octo-org/missing/installation",
        ),
        (
            "/repos/octo-org/public-repo/installation",
            "/repos/nobody/missing/installation",
        ),
        (
            "/repositories/4/installation",
            "/repositories/999/installation",
        ),
        (
            "/repositories/2/installation",
            "/repositories/-1/installation",
        ),
    ] {
        let hidden = get_by_jwt(&world, &app, there).await;
        assert_eq!(said(&hidden), (404, "Not Found".to_owned()), "{there}");
        let missing = get_by_jwt(&world, &app, missing).await;
        assert_eq!(hidden.whole(), missing.whole(), "{there}");
    }
}

#[tokio::test]
async fn the_installation_of_another_app_is_as_one_that_is_not_there() {
    let world = World::new().await;
    let (_, theirs, _) = installed(&world, SECRETS, None).await;
    let app = world.app("owner", SECRETS).await;
    let own = world.install(&app, "other-org", None).await;
    for (path, body) in [("", ""), ("/access_tokens", ""), ("/access_tokens", "{")] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let method: http::Method = method.parse().expect("a method");
            let ask = async |id: i64| {
                let path = format!("/app/installations/{id}{path}");
                super::by_jwt(&world, &app, method.clone(), &path, body).await
            };
            let (foreign, missing) = (ask(theirs).await, ask(999).await);
            assert_eq!(foreign.status, 404);
            assert_eq!(foreign.whole(), missing.whole());
        }
    }
    let suspended = format!("/app/installations/{theirs}/suspended");
    for method in [http::Method::PUT, http::Method::DELETE] {
        let reply = super::by_jwt(&world, &app, method, &suspended, "").await;
        assert_eq!(reply.status, 404);
    }
    for id in ["0", "-1", "01x", "9223372036854775808"] {
        let path = format!("/app/installations/{id}");
        assert_eq!(get_by_jwt(&world, &app, &path).await.status, 404, "{id}");
    }
    let list = get_by_jwt(&world, &app, "/app/installations").await.json();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!(list[0]["id"], own);
    assert_eq!(world.count("SELECT COUNT(*) FROM installation").await, 2);
    let at = "SELECT COUNT(*) FROM installation WHERE suspended_at IS NOT NULL";
    assert_eq!(world.count(at).await, 0);
}

#[tokio::test]
async fn a_repository_that_was_renamed_leads_on_if_the_app_reaches_it() {
    let world = World::new().await;
    let (app, ..) = installed(&world, SECRETS, Some(&["hello-world"])).await;
    let (blind, ..) = installed(&world, SECRETS, Some(&["public-repo"])).await;
    let renamed = world
        .r#as(&world.owner)
        .patch("/repos/octo-org/hello-world", r#"{"name":"new-name"}"#)
        .await;
    assert_eq!(renamed.status, 200);
    let path = "/repos/octo-org/hello-world/installation?a=b";
    let moved = get_by_jwt(&world, &app, path).await;
    assert_eq!(moved.status, 301);
    let location = moved.header("location").expect("a place").to_owned();
    assert_eq!(location, "http://localhost/repositories/1/installation?a=b");
    let path = location.strip_prefix("http://localhost").expect("a path");
    assert_eq!(get_by_jwt(&world, &app, path).await.status, 200);
    let path = "/repos/octo-org/new-name/installation";
    assert_eq!(get_by_jwt(&world, &app, path).await.status, 200);
    for path in ["/repos/octo-org/hello-world/installation", path] {
        assert_eq!(get_by_jwt(&world, &blind, path).await.status, 404);
    }
}

#[tokio::test]
async fn installations_come_in_pages() {
    let world = World::new().await;
    let app = world.app("owner", SECRETS).await;
    let mut expected = Vec::new();
    for account in ["octo-org", "other-org", "member"] {
        expected.push(world.install(&app, account, None).await);
    }
    let mut found = Vec::new();
    for page in 1..=3 {
        let path = format!("/app/installations?per_page=1&page={page}");
        let reply = get_by_jwt(&world, &app, &path).await;
        assert!(reply.header("link").is_some());
        found.push(reply.json()[0]["id"].as_i64().expect("an id"));
    }
    assert_eq!(found, expected);
    let all = get_by_jwt(&world, &app, "/app/installations").await;
    assert_eq!(all.header("link"), None);
}
