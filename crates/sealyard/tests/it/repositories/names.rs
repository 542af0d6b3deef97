//! Names: taken, changed, and where the old ones lead.

use insta::assert_snapshot;

use super::{OCTO_ORG, actions, shown};
use crate::world::World;

#[tokio::test]
async fn a_taken_name_is_refused_in_whatever_case() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let created = owner
        .post("/orgs/octo-org/repos", r#"{"name":"HELLO-world"}"#)
        .await;
    assert_snapshot!(created.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Repository creation failed.","errors":[{"resource":"Repository","code":"custom","field":"name","message":"name already exists on this account"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#create-an-organization-repository"}
    "#);
    let renamed = owner
        .patch("/repos/octo-org/hello-world", r#"{"name":"Public-Repo"}"#)
        .await;
    assert_snapshot!(renamed.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Repository","code":"custom","field":"name","message":"name already exists on this account"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#update-a-repository"}
    "#);
    // Another owner's names are another matter.
    assert_eq!(
        owner
            .post("/user/repos", r#"{"name":"hello-world"}"#)
            .await
            .status,
        201
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM repository").await, 6);
}

#[tokio::test]
async fn an_old_name_leads_to_the_repository() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let renamed = owner
        .patch("/repos/octo-org/hello-world", r#"{"name":"Goodbye"}"#)
        .await;
    assert_eq!(renamed.json()["full_name"], "octo-org/Goodbye");
    assert_eq!(renamed.json()["id"], 1);
    let old = "/repos/octo-org/Hello-World";
    assert_snapshot!(owner.get(&format!("{old}?a=b")).await.brief(), @r#"
    301 Moved Permanently
    {"message":"Moved Permanently","url":"http://localhost/repositories/1?a=b","documentation_url":"https://docs.github.com/v3/#http-redirects"}
    "#);
    assert_snapshot!(owner.patch(old, r#"{"name":"x"}"#).await.brief(), @r#"
    307 Temporary Redirect
    {"message":"Moved Permanently","url":"http://localhost/repositories/1","documentation_url":"https://docs.github.com/v3/#http-redirects"}
    "#);
    let inside = owner.put(&format!("{old}/environments/a%2Fb"), "").await;
    assert_eq!(inside.status, 307);
    assert_eq!(
        inside.header("location"),
        Some("http://localhost/repositories/1/environments/a%2Fb")
    );
    assert_eq!(owner.delete(old).await.status, 307);
    assert_eq!(world.r#as(&world.stranger).get(old).await.status, 404);
    assert_eq!(world.anonymous().get(old).await.status, 404);
    assert_eq!(actions(&world, OCTO_ORG).await, ["repo.rename"]);
}

#[tokio::test]
async fn each_old_name_leads_there_until_it_is_used_again() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let redirects = "SELECT COUNT(*) FROM repository_redirect";
    for (from, to) in [("hello-world", "b"), ("b", "c"), ("c", "hello-world")] {
        let body = format!(r#"{{"name":"{to}"}}"#);
        let renamed = owner.patch(&format!("/repos/octo-org/{from}"), body).await;
        assert_eq!(renamed.status, 200);
    }
    assert_eq!(
        world.count(redirects).await,
        2,
        "its name again is no redirect"
    );
    assert_eq!(shown(&world, "octo-org/hello-world").await["id"], 1);
    for old in ["b", "c"] {
        let moved = owner.get(&format!("/repos/octo-org/{old}")).await;
        assert_eq!(
            moved.header("location"),
            Some("http://localhost/repositories/1")
        );
    }
    // A new repository takes a name, and so does another one's rename.
    assert_eq!(
        owner
            .post("/orgs/octo-org/repos", r#"{"name":"B"}"#)
            .await
            .status,
        201
    );
    assert_eq!(shown(&world, "octo-org/b").await["id"], 6);
    let renamed = owner
        .patch("/repos/octo-org/public-repo", r#"{"name":"c"}"#)
        .await;
    assert_eq!(renamed.status, 200);
    assert_eq!(shown(&world, "octo-org/c").await["id"], 2);
    assert_eq!(world.count(redirects).await, 1, "public-repo's");
}

#[tokio::test]
async fn another_case_of_the_same_name_is_no_redirect() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let renamed = owner
        .patch("/repos/octo-org/hello-world", r#"{"name":"Hello-World"}"#)
        .await;
    assert_eq!(renamed.json()["name"], "Hello-World");
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM repository_redirect")
            .await,
        0
    );
    assert_eq!(
        shown(&world, "octo-org/hello-world").await["name"],
        "Hello-World"
    );
}

#[tokio::test]
async fn a_rename_leaves_secrets_readable() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let secrets = "/repos/octo-org/hello-world/actions/secrets";
    let body = world.sealed(secrets, b"value").await;
    assert_eq!(owner.put(&format!("{secrets}/A"), body).await.status, 201);
    owner
        .patch("/repos/octo-org/hello-world", r#"{"name":"new"}"#)
        .await;
    let listed = owner
        .get("/repos/octo-org/new/actions/secrets")
        .await
        .json();
    assert_eq!(listed["total_count"], 1);
    let moved = owner.get(&format!("{secrets}/A")).await;
    assert_eq!(
        moved.header("location"),
        Some("http://localhost/repositories/1/actions/secrets/A")
    );
}
