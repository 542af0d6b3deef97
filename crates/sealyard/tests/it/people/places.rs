//! Where a fine-grained token reaches: one owner's repositories, all of them or a few.

use insta::assert_snapshot;

use super::fine_grained;
use crate::world::{As, Reply, World};

const ORG: &str = "/orgs/octo-org/actions/secrets";
const HELLO: &str = "/repos/octo-org/hello-world";
const ALL: &str = "secrets=write,organization_secrets=write,administration=write,members=write";

fn message(reply: &Reply) -> String {
    let json = reply.json();
    json["message"].as_str().expect("a message").to_owned()
}

async fn names(caller: &As<'_>, path: &str) -> Vec<String> {
    let json = caller.get(path).await.json();
    let repositories = json.as_array().expect("a list");
    repositories
        .iter()
        .map(|repository| repository["full_name"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn a_token_for_an_organization_is_not_for_its_user_and_the_reverse() {
    let world = World::new().await;
    let of_org = fine_grained(&world, "owner", "Octo-Org", ALL, None).await;
    let of_user = fine_grained(&world, "owner", "owner", ALL, None).await;
    let (org, user) = (world.with_token(&of_org), world.with_token(&of_user));
    for path in [
        ORG,
        "/organizations/7/actions/secrets",
        HELLO,
        "/repositories/1",
    ] {
        assert_eq!(org.get(path).await.status, 200, "{path}");
    }
    for path in [
        "/repos/owner/own",
        "/repositories/5",
        "/repos/owner/own/actions/secrets",
    ] {
        assert_eq!(org.get(path).await.status, 404, "{path}");
        assert_eq!(user.get(path).await.status, 200, "{path}");
    }
    for path in [
        HELLO,
        "/repositories/1",
        "/repos/octo-org/hello-world/actions/secrets",
    ] {
        assert_eq!(user.get(path).await.status, 404, "{path}");
    }
    let refused = user.get(ORG).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        message(&refused),
        "Resource not accessible by personal access token"
    );
    // A hidden repository is answered like one that is not there.
    let hidden = user.get(HELLO).await.brief();
    assert_eq!(
        hidden,
        user.get("/repos/octo-org/wello-horld").await.brief()
    );
}

#[tokio::test]
async fn a_token_for_some_repositories_does_not_reach_the_others() {
    let world = World::new().await;
    let chosen = ["Hello-World"];
    let token = fine_grained(&world, "owner", "octo-org", ALL, Some(&chosen)).await;
    let caller = world.with_token(&token);
    assert_eq!(
        caller.get(&format!("{HELLO}/actions/secrets")).await.status,
        200
    );
    for path in [
        "/repos/octo-org/internal-repo",
        "/repositories/3",
        "/repositories/3/actions/secrets",
    ] {
        assert_eq!(caller.get(path).await.status, 404, "{path}");
    }
    // What is public is seen, and no more.
    let public = "/repos/octo-org/public-repo";
    assert_eq!(caller.get(public).await.status, 200);
    let secrets = format!("{public}/actions/secrets");
    let refusals = [
        caller.get(&secrets).await,
        caller.put(&format!("{secrets}/A"), "{").await,
        caller.delete(&format!("{secrets}/A")).await,
        caller.patch(public, "{}").await,
        caller.delete(public).await,
    ];
    for refused in refusals {
        assert_eq!(refused.status, 403);
        assert_eq!(
            message(&refused),
            "Resource not accessible by personal access token"
        );
    }
    // The organisation itself is its owner's, whatever was chosen.
    assert_eq!(caller.get(ORG).await.status, 200);
}

#[tokio::test]
async fn lists_show_what_is_reached_and_of_organizations_what_is_public() {
    let world = World::new().await;
    let chosen = ["hello-world"];
    let some = fine_grained(&world, "owner", "octo-org", "", Some(&chosen)).await;
    let all = fine_grained(&world, "owner", "octo-org", "", None).await;
    let own = fine_grained(&world, "owner", "owner", "", None).await;
    let mut shown = Vec::new();
    for (label, token) in [("some", &some), ("all", &all), ("own", &own)] {
        let caller = world.with_token(token);
        for path in [
            "/user/repos",
            "/orgs/octo-org/repos",
            "/orgs/other-org/repos",
        ] {
            let listed = names(&caller, path).await.join(" ");
            shown.push(format!("{label} {path}: {listed}"));
        }
        let page = caller.get("/orgs/octo-org/repos?per_page=1").await;
        let link = page.header("link").unwrap_or("-").split(';').next();
        shown.push(format!("{label} next: {}", link.expect("a part")));
    }
    assert_snapshot!(shown.join("\n"), @"
    some /user/repos: octo-org/hello-world
    some /orgs/octo-org/repos: octo-org/hello-world octo-org/public-repo
    some /orgs/other-org/repos: 
    some next: <http://localhost/organizations/7/repos?per_page=1&page=2>
    all /user/repos: octo-org/hello-world octo-org/public-repo octo-org/internal-repo
    all /orgs/octo-org/repos: octo-org/hello-world octo-org/public-repo octo-org/internal-repo
    all /orgs/other-org/repos: 
    all next: <http://localhost/organizations/7/repos?per_page=1&page=2>
    own /user/repos: owner/own
    own /orgs/octo-org/repos: octo-org/public-repo
    own /orgs/other-org/repos: 
    own next: -
    ");
}

#[tokio::test]
async fn repositories_are_made_where_the_token_reaches() {
    let world = World::new().await;
    let made = |name: &str| format!(r#"{{"name":"{name}","private":true}}"#);
    let of_org = fine_grained(&world, "member", "octo-org", "administration=write", None).await;
    let of_user = fine_grained(&world, "member", "member", "administration=write", None).await;
    let reading = fine_grained(&world, "member", "member", "administration=read", None).await;
    let (org, user) = (world.with_token(&of_org), world.with_token(&of_user));
    assert_eq!(
        org.post("/orgs/octo-org/repos", made("a")).await.status,
        201
    );
    assert_eq!(user.post("/user/repos", made("b")).await.status, 201);
    for refused in [
        org.post("/user/repos", made("c")).await,
        user.post("/orgs/octo-org/repos", made("c")).await,
        world
            .with_token(&reading)
            .post("/user/repos", made("c"))
            .await,
    ] {
        assert_eq!(refused.status, 403);
        assert_eq!(
            message(&refused),
            "Resource not accessible by personal access token"
        );
    }
    // To come is within "all"; who reaches what was chosen makes nothing beside it.
    assert_eq!(org.get("/repos/octo-org/a").await.status, 200);
    assert_eq!(user.get("/repos/member/b").await.status, 200);
    let few = ["b"];
    let few = fine_grained(
        &world,
        "member",
        "member",
        "administration=write",
        Some(&few),
    )
    .await;
    let few = world.with_token(&few);
    let refused = few.post("/user/repos", made("d")).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        message(&refused),
        "Resource not accessible by personal access token"
    );
    assert_eq!(names(&few, "/user/repos").await, ["member/b"]);
}

#[tokio::test]
async fn who_leaves_the_organization_loses_it_with_the_next_request() {
    let world = World::new().await;
    let token = fine_grained(&world, "owner", "octo-org", ALL, None).await;
    let caller = world.with_token(&token);
    let secrets = format!("{HELLO}/actions/secrets");
    assert_eq!(caller.get(ORG).await.status, 200);
    assert_eq!(caller.get(&secrets).await.status, 200);

    let membership = "/orgs/octo-org/memberships/owner";
    let admin = world.r#as(&world.admin);
    assert_eq!(
        admin.put(membership, r#"{"role":"member"}"#).await.status,
        200
    );
    assert_eq!(caller.get(ORG).await.status, 403);
    assert_eq!(caller.get(&secrets).await.status, 403);
    assert_eq!(caller.get(HELLO).await.status, 200);

    assert_eq!(admin.delete(membership).await.status, 204);
    assert_eq!(caller.get(ORG).await.status, 403);
    assert_eq!(caller.get(&secrets).await.status, 404);
    assert_eq!(caller.get(HELLO).await.status, 404);
    assert_eq!(caller.get("/orgs/octo-org/members").await.status, 403);
    assert_eq!(names(&caller, "/user/repos").await.len(), 0);
}

#[tokio::test]
async fn a_repository_is_chosen_by_what_it_is_and_not_by_its_name() {
    let world = World::new().await;
    let chosen = ["hello-world"];
    let token = fine_grained(&world, "owner", "octo-org", ALL, Some(&chosen)).await;
    let caller = world.with_token(&token);
    let owner = world.r#as(&world.owner);
    let renamed = owner.patch(HELLO, r#"{"name":"hello"}"#).await;
    assert_eq!(renamed.status, 200);
    assert_eq!(caller.get("/repos/octo-org/hello").await.status, 200);
    assert_eq!(caller.get(HELLO).await.status, 301);
    // Another one of the old name is another one.
    let body = r#"{"name":"hello-world","private":true}"#;
    assert_eq!(owner.post("/orgs/octo-org/repos", body).await.status, 201);
    assert_eq!(caller.get(HELLO).await.status, 404);
    assert_eq!(names(&caller, "/user/repos").await, ["octo-org/hello"]);

    assert_eq!(owner.delete("/repos/octo-org/hello").await.status, 204);
    assert_eq!(caller.get("/repos/octo-org/hello").await.status, 404);
    // No repository is not all of them.
    assert_eq!(names(&caller, "/user/repos").await.len(), 0);
    assert_eq!(
        caller.get("/repos/octo-org/internal-repo").await.status,
        404
    );
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM selection_repository")
            .await,
        0
    );
}

#[tokio::test]
async fn a_repository_out_of_reach_is_not_selected_for_a_secret() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let more = r#""visibility":"selected","selected_repository_ids":[]"#;
    let body = world.sealed_with(ORG, b"value", more).await;
    assert_eq!(owner.put(&format!("{ORG}/A"), body).await.status, 201);
    let chosen = ["hello-world"];
    let token = fine_grained(&world, "owner", "octo-org", ALL, Some(&chosen)).await;
    let caller = world.with_token(&token);
    let one = |id: i64| format!("{ORG}/A/repositories/{id}");
    assert_eq!(caller.put(&one(1), "").await.status, 204);
    assert_eq!(caller.put(&one(3), "").await.status, 404);
    assert_eq!(caller.put(&one(99), "").await.status, 404);
    assert_eq!(owner.put(&one(3), "").await.status, 204);
    assert_eq!(caller.delete(&one(3)).await.status, 404);
    assert_eq!(caller.delete(&one(1)).await.status, 204);
}

#[tokio::test]
async fn graphql_sees_what_is_reached() {
    let world = World::new().await;
    let query = r#"{"query":"{ viewer { login } a: repository(owner: \"octo-org\", name: \"hello-world\") { databaseId viewerPermission } b: repository(owner: \"octo-org\", name: \"internal-repo\") { databaseId } c: repository(owner: \"octo-org\", name: \"public-repo\") { databaseId } d: repository(owner: \"owner\", name: \"own\") { databaseId } e: node(id: \"MDEwOlJlcG9zaXRvcnkz\") { id } }"}"#;
    let ask = async |token: &str| {
        let reply = world.with_token(token).post("/api/graphql", query).await;
        assert_eq!(reply.status, 200);
        reply.json()["data"].to_string()
    };
    let chosen = ["hello-world"];
    let some = fine_grained(&world, "owner", "octo-org", "", Some(&chosen)).await;
    assert_snapshot!(ask(&some).await, @r#"{"a":{"databaseId":1,"viewerPermission":"ADMIN"},"b":null,"c":{"databaseId":2},"d":null,"e":null,"viewer":{"login":"owner"}}"#);
    let all = fine_grained(&world, "owner", "octo-org", "", None).await;
    assert_snapshot!(ask(&all).await, @r#"{"a":{"databaseId":1,"viewerPermission":"ADMIN"},"b":{"databaseId":3},"c":{"databaseId":2},"d":null,"e":{"id":"MDEwOlJlcG9zaXRvcnkz"},"viewer":{"login":"owner"}}"#);
    let own = fine_grained(&world, "owner", "owner", "", None).await;
    assert_snapshot!(ask(&own).await, @r#"{"a":null,"b":null,"c":{"databaseId":2},"d":{"databaseId":5},"e":null,"viewer":{"login":"owner"}}"#);
}
