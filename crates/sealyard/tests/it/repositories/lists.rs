//! Lists, which show what the caller may see.

use insta::assert_snapshot;

use super::{names, owner_token};
use crate::world::World;

#[tokio::test]
async fn an_organization_lists_what_the_caller_may_see() {
    let world = World::new().await;
    let path = "/orgs/octo-org/repos";
    let mut lines = Vec::new();
    for person in [&world.owner, &world.member, &world.writer, &world.stranger] {
        let list = world.r#as(person).get(path).await;
        lines.push(format!("{}: {}", person.login, names(&list).join(", ")));
    }
    lines.push(format!(
        "anonymous: {}",
        names(&world.anonymous().get(path).await).join(", ")
    ));
    let token = owner_token(&world, "public_repo").await;
    let list = world.with_token(&token).get(path).await;
    lines.push(format!(
        "owner with public_repo: {}",
        names(&list).join(", ")
    ));
    assert_snapshot!(lines.join("\n"), @"
    owner: octo-org/hello-world, octo-org/public-repo, octo-org/internal-repo
    member: octo-org/hello-world, octo-org/public-repo, octo-org/internal-repo
    writer: octo-org/hello-world, octo-org/public-repo, octo-org/internal-repo
    stranger: octo-org/public-repo, octo-org/internal-repo
    anonymous: octo-org/public-repo
    owner with public_repo: octo-org/public-repo
    ");
}

#[tokio::test]
async fn users_list_the_repositories_they_have_a_role_in() {
    let world = World::new().await;
    let mut lines = Vec::new();
    for person in [&world.owner, &world.member, &world.writer, &world.stranger] {
        let list = world.r#as(person).get("/user/repos").await;
        lines.push(format!("{}: {}", person.login, names(&list).join(", ")));
    }
    let token = owner_token(&world, "public_repo").await;
    let list = world.with_token(&token).get("/user/repos").await;
    lines.push(format!(
        "owner with public_repo: {}",
        names(&list).join(", ")
    ));
    assert_snapshot!(lines.join("\n"), @"
    owner: octo-org/hello-world, octo-org/public-repo, octo-org/internal-repo, owner/own
    member: octo-org/hello-world, octo-org/public-repo, octo-org/internal-repo
    writer: octo-org/hello-world
    stranger: 
    owner with public_repo: octo-org/public-repo
    ");
    assert_eq!(world.anonymous().get("/user/repos").await.status, 401);
}

#[tokio::test]
async fn a_listed_repository_is_the_single_one_without_its_last_members() {
    let world = World::new().await;
    let writer = world.r#as(&world.writer);
    let listed = writer.get("/user/repos").await.json();
    let single = writer.get("/repos/octo-org/hello-world").await.json();
    let listed = listed[0].as_object().expect("an object");
    for (name, value) in listed {
        assert_eq!(&single[name], value, "{name}");
    }
    let more: Vec<_> = single
        .as_object()
        .expect("an object")
        .keys()
        .filter(|name| !listed.contains_key(*name))
        .collect();
    assert_eq!(more, ["network_count", "organization", "subscribers_count"]);
}

#[tokio::test]
async fn pages_are_linked_by_id() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let second = owner.get("/orgs/octo-org/repos?per_page=1&page=2").await;
    assert_eq!(names(&second), ["octo-org/public-repo"]);
    assert_snapshot!(second.header("link").expect("a link"), @r#"<http://localhost/organizations/7/repos?per_page=1&page=1>; rel="prev", <http://localhost/organizations/7/repos?per_page=1&page=3>; rel="next", <http://localhost/organizations/7/repos?per_page=1&page=3>; rel="last", <http://localhost/organizations/7/repos?per_page=1&page=1>; rel="first""#);
    // The links count what the caller sees, not what there is.
    let only = world
        .anonymous()
        .get("/orgs/octo-org/repos?per_page=1")
        .await;
    assert_eq!(only.header("link"), None);
    let own = owner.get("/user/repos?per_page=3").await;
    assert_eq!(names(&own).len(), 3);
    assert_snapshot!(own.header("link").expect("a link"), @r#"<http://localhost/user/repos?per_page=3&page=2>; rel="next", <http://localhost/user/repos?per_page=3&page=2>; rel="last""#);
}
