//! Public, internal, private.

use insta::assert_snapshot;

use super::{OCTO_ORG, actions, owner_token, shown};
use crate::world::World;

#[tokio::test]
async fn private_and_visibility_say_the_same_in_two_words() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = "/repos/octo-org/hello-world";
    for (body, visibility) in [
        (r#"{"private":false}"#, "public"),
        (r#"{"private":true}"#, "private"),
        (r#"{"visibility":"internal"}"#, "internal"),
        (r#"{"private":true}"#, "internal"),
        (r#"{"private":false}"#, "public"),
        (r#"{"private":true,"visibility":"public"}"#, "public"),
        (r#"{"private":true,"visibility":"internal"}"#, "internal"),
        (r#"{"visibility":"private"}"#, "private"),
    ] {
        let changed = owner.patch(path, body).await.json();
        assert_eq!(changed["visibility"], visibility, "{body}");
        assert_eq!(changed["private"], visibility != "public", "{body}");
        assert_eq!(
            shown(&world, "octo-org/hello-world").await["visibility"],
            visibility
        );
    }
    assert_eq!(actions(&world, OCTO_ORG).await, ["repo.access"; 6]);
}

#[tokio::test]
async fn only_an_organization_has_internal_repositories() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let refused = owner
        .post("/user/repos", r#"{"name":"a","visibility":"internal"}"#)
        .await;
    assert_snapshot!(refused.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Repository","code":"custom","field":"visibility","message":"Only organization-owned repositories can be internal"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#create-a-repository-for-the-authenticated-user"}
    "#);
    let refused = owner
        .patch("/repos/owner/own", r#"{"visibility":"internal"}"#)
        .await;
    assert_eq!(refused.status, 422);
    assert_eq!(shown(&world, "owner/own").await["visibility"], "private");
}

#[tokio::test]
async fn public_repo_makes_public_repositories_and_no_others() {
    let world = World::new().await;
    let token = owner_token(&world, "public_repo").await;
    let caller = world.with_token(&token);
    assert_eq!(
        caller.post("/user/repos", r#"{"name":"a"}"#).await.status,
        201
    );
    for body in [
        r#"{"name":"b","private":true}"#,
        r#"{"name":"b","visibility":"internal"}"#,
    ] {
        let refused = caller.post("/orgs/octo-org/repos", body).await;
        assert_eq!(refused.status, 403, "{body}");
    }
    assert_eq!(
        caller
            .patch("/repos/owner/a", r#"{"private":true}"#)
            .await
            .status,
        403
    );
    assert_eq!(
        caller
            .patch("/repos/owner/a", r#"{"has_wiki":false}"#)
            .await
            .status,
        200
    );
    assert_eq!(
        caller
            .patch("/repos/owner/own", r#"{"has_wiki":false}"#)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn deleting_asks_for_a_scope_of_its_own() {
    let world = World::new().await;
    let token = owner_token(&world, "repo").await;
    assert_eq!(
        world
            .with_token(&token)
            .delete("/repos/owner/own")
            .await
            .status,
        403
    );
    assert_eq!(shown(&world, "owner/own").await["id"], 5);
    let token = owner_token(&world, "repo, delete_repo").await;
    assert_eq!(
        world
            .with_token(&token)
            .delete("/repos/owner/own")
            .await
            .status,
        204
    );
}
