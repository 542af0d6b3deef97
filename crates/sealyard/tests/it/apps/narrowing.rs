//! Tokens that are to have less than their installation.

use insta::assert_snapshot;

use super::{HELLO, ORG, SECRETS, ask, ask_all, installed, said};
use crate::world::World;

const HELLO_WORLD: i64 = 1;

#[tokio::test]
async fn a_token_may_what_was_asked_for_and_no_more() {
    let world = World::new().await;
    let (app, id, _) = installed(&world, SECRETS, None).await;
    let body = r#"{"permissions":{"secrets":"read"}}"#;
    let minted = ask(&world, &app, id, body).await.json();
    assert_eq!(
        minted["permissions"],
        serde_json::json!({"metadata":"read","secrets":"read"})
    );
    let caller = world.with_token(minted["token"].as_str().expect("a token"));
    assert_eq!(caller.get(HELLO).await.status, 200);
    let refusal = (403, "Resource not accessible by integration".to_owned());
    let put = caller.put(&format!("{HELLO}/A"), "{}").await;
    assert_eq!(said(&put), refusal);
    assert_eq!(said(&caller.get(ORG).await), refusal);
}

#[tokio::test]
async fn write_contains_read_and_nothing_given_is_nothing_less() {
    let world = World::new().await;
    let (app, id, _) = installed(&world, SECRETS, None).await;
    let whole = ask(&world, &app, id, "").await.json()["permissions"].clone();
    for body in ["{}", r#"{"permissions":null}"#, "  "] {
        let minted = ask(&world, &app, id, body).await.json();
        assert_eq!(minted["permissions"], whole, "{body}");
        assert_eq!(minted["repository_selection"], "all");
        assert!(minted.get("repositories").is_none());
    }
    let read =
        r#"{"permissions":{"secrets":"read","organization_secrets":"write","metadata":"read"}}"#;
    assert_eq!(ask(&world, &app, id, read).await.status, 201);
}

#[tokio::test]
async fn a_token_reaches_the_repositories_that_were_asked_for_and_no_others() {
    let world = World::new().await;
    let (app, id, _) = installed(&world, SECRETS, None).await;
    for body in [
        r#"{"repositories":["hello-world"]}"#,
        r#"{"repositories":["HELLO-World","hello-world"]}"#,
        r#"{"repository_ids":[1]}"#,
        r#"{"repository_ids":[1,1],"repositories":["hello-world"]}"#,
        r#"{"repository_ids":[1],"repositories":[]}"#,
        r#"{"repository_ids":null,"repositories":["hello-world"]}"#,
    ] {
        let minted = ask(&world, &app, id, body).await.json();
        assert_eq!(minted["repository_selection"], "selected", "{body}");
        let repositories = minted["repositories"].as_array().expect("a list");
        assert_eq!(repositories.len(), 1, "{body}");
        assert_eq!(repositories[0]["id"], HELLO_WORLD);
        let caller = world.with_token(minted["token"].as_str().expect("a token"));
        assert_eq!(caller.get(HELLO).await.status, 200);
        for (path, status) in [
            ("/repos/octo-org/internal-repo", 404),
            ("/repos/octo-org/internal-repo/actions/secrets", 404),
            ("/repositories/3/actions/secrets", 404),
            ("/repos/octo-org/public-repo", 200),
            ("/repos/octo-org/public-repo/actions/secrets", 403),
        ] {
            assert_eq!(caller.get(path).await.status, status, "{path}");
        }
        let list = caller.get("/installation/repositories").await.json();
        assert_eq!(list["total_count"], 1);
        assert_eq!(list["repository_selection"], "selected");
        assert_eq!(list["repositories"], minted["repositories"]);
    }
    let both = r#"{"repository_ids":[3],"repositories":["hello-world"]}"#;
    let minted = ask(&world, &app, id, both).await.json();
    let ids: Vec<_> = minted["repositories"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|repository| repository["id"].as_i64())
        .collect();
    assert_eq!(ids, [Some(1), Some(3)]);
}

#[tokio::test]
async fn a_token_never_reaches_more_than_its_installation() {
    let world = World::new().await;
    let selected = Some(&["public-repo", "internal-repo"][..]);
    let (app, id, token) = installed(&world, "secrets=read", selected).await;
    let answers = ask_all(
        &world,
        &app,
        id,
        &[
            r#"{"permissions":{"secrets":"write"}}"#,
            r#"{"permissions":{"secrets":"read","actions":"read"}}"#,
            r#"{"repositories":["hello-world"]}"#,
            r#"{"repositories":["no-such-repo"]}"#,
            r#"{"repositories":["public-repo","no-such-repo"]}"#,
            r#"{"repositories":["octo-org/public-repo"]}"#,
            r#"{"repositories":["elsewhere"]}"#,
            r#"{"repository_ids":[1]}"#,
            r#"{"repository_ids":[4]}"#,
            r#"{"repository_ids":[999]}"#,
            r#"{"repository_ids":[0]}"#,
            r#"{"repository_ids":[-9223372036854775808]}"#,
            r#"{"repository_ids":[2,1]}"#,
        ],
    )
    .await;
    assert_snapshot!(answers, @r#"
    422 "The permissions requested are not granted to this installation." {"permissions":{"secrets":"write"}}
    422 "The permissions requested are not granted to this installation." {"permissions":{"secrets":"read","actions":"read"}}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repositories":["hello-world"]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repositories":["no-such-repo"]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repositories":["public-repo","no-such-repo"]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repositories":["octo-org/public-repo"]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repositories":["elsewhere"]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repository_ids":[1]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repository_ids":[4]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repository_ids":[999]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repository_ids":[0]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repository_ids":[-9223372036854775808]}
    422 "There is at least one repository that does not exist or is not accessible to the parent installation." {"repository_ids":[2,1]}
    "#);
    // A refusal leaves nothing behind.
    assert_eq!(
        world.count("SELECT COUNT(*) FROM installation_token").await,
        1
    );
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM selection_repository")
            .await,
        2
    );
    let list = world
        .with_token(&token)
        .get("/installation/repositories")
        .await;
    assert_eq!(list.json()["total_count"], 2);
}

#[tokio::test]
async fn a_body_that_cannot_be_followed_is_refused() {
    let world = World::new().await;
    let (app, id, _) = installed(&world, SECRETS, None).await;
    let answers = ask_all(
        &world,
        &app,
        id,
        &[
            "{",
            "[]",
            "null",
            r#"{"permissions":[]}"#,
            r#"{"permissions":"secrets"}"#,
            r#"{"permissions":{"hunter2":"read"}}"#,
            r#"{"permissions":{"secrets":"hunter2"}}"#,
            r#"{"permissions":{"secrets":"admin"}}"#,
            r#"{"permissions":{"secrets":1}}"#,
            r#"{"permissions":{"secrets":null}}"#,
            r#"{"permissions":{"secrets":"read","secrets":"write"}}"#,
            r#"{"repositories":"hello-world"}"#,
            r#"{"repositories":[1,null]}"#,
            r#"{"repositories":[]}"#,
            r#"{"repository_ids":[]}"#,
            r#"{"repositories":[],"repository_ids":[]}"#,
            r#"{"repository_ids":["1"]}"#,
            r#"{"repository_ids":[1.0]}"#,
            r#"{"repository_ids":1}"#,
        ],
    )
    .await;
    assert!(
        answers
            .lines()
            .all(|line| line.matches("hunter2").count() < 2)
    );
    assert_snapshot!(answers, @r#"
    400 "Problems parsing JSON" {
    400 "Body should be a JSON object" []
    400 "Body should be a JSON object" null
    400 "Problems parsing JSON" {"permissions":[]}
    400 "Problems parsing JSON" {"permissions":"secrets"}
    422 "Invalid request.\n\nFor 'properties/permissions', a name or a level is not one that is known." {"permissions":{"hunter2":"read"}}
    422 "Invalid request.\n\nFor 'properties/permissions', a name or a level is not one that is known." {"permissions":{"secrets":"hunter2"}}
    422 "Invalid request.\n\nFor 'properties/permissions', a name or a level is not one that is known." {"permissions":{"secrets":"admin"}}
    422 "Invalid request.\n\nFor 'properties/permissions', a name or a level is not one that is known." {"permissions":{"secrets":1}}
    422 "Invalid request.\n\nFor 'properties/permissions', a name or a level is not one that is known." {"permissions":{"secrets":null}}
    400 "Problems parsing JSON" {"permissions":{"secrets":"read","secrets":"write"}}
    422 "Invalid request.\n\nFor 'properties/repositories', a string is not an array." {"repositories":"hello-world"}
    422 "Invalid request.\n\nFor 'items', an integer is not a string.\nFor 'items', nil is not a string." {"repositories":[1,null]}
    422 "Invalid request.\n\nA list of repositories must not be empty." {"repositories":[]}
    422 "Invalid request.\n\nA list of repositories must not be empty." {"repository_ids":[]}
    422 "Invalid request.\n\nA list of repositories must not be empty." {"repositories":[],"repository_ids":[]}
    422 "Invalid request.\n\nFor 'items', a string is not an integer." {"repository_ids":["1"]}
    422 "Invalid request.\n\nFor 'items', a number is not an integer." {"repository_ids":[1.0]}
    422 "Invalid request.\n\nFor 'properties/repository_ids', an integer is not an array." {"repository_ids":1}
    "#);
}

#[tokio::test]
async fn the_repositories_of_an_installation_come_in_pages() {
    let world = World::new().await;
    let (_, _, token) = installed(&world, SECRETS, None).await;
    let caller = world.with_token(&token);
    let mut names = Vec::new();
    for page in 1..=3 {
        let path = format!("/installation/repositories?per_page=1&page={page}");
        let reply = caller.get(&path).await;
        assert_eq!(reply.json()["total_count"], 3);
        let link = reply.header("link").expect("a Link").to_owned();
        assert_eq!(link.contains("rel=\"next\""), page < 3, "{link}");
        names.push(reply.json()["repositories"][0]["name"].clone());
    }
    assert_eq!(names, ["hello-world", "public-repo", "internal-repo"]);
    let beyond = caller.get("/installation/repositories?page=2").await.json();
    assert_eq!(beyond["repositories"], serde_json::json!([]));
}
