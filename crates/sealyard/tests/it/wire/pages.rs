//! `per_page`, `page` and the `Link` header.

use std::fmt::Write as _;

use insta::assert_snapshot;

use super::{ENV, ORG, REPO, put};
use crate::world::World;

/// For each query: how many items came, which was the first, and `Link`.
async fn pages(world: &World, path: &str, queries: &[&str]) -> String {
    let mut out = String::new();
    for query in queries {
        let reply = world
            .r#as(&world.owner)
            .get(&format!("{path}{query}"))
            .await;
        let body = reply.json();
        let mut members = body.as_object().expect("an object").values();
        let items = members
            .find_map(|member| member.as_array())
            .expect("a list");
        let first = items
            .first()
            .map_or("-", |item| item["name"].as_str().expect("a name"));
        let (status, total) = (reply.status.as_u16(), &body["total_count"]);
        writeln!(
            out,
            "{query}  {status}, {} of {total} from {first}",
            items.len()
        )
        .expect("text");
        for link in reply.header("link").unwrap_or("no Link").split(", ") {
            writeln!(out, "    {link}").expect("text");
        }
    }
    out
}

#[tokio::test]
async fn sizes_that_make_no_sense_are_thirty_and_are_repeated_in_links() {
    let world = World::new().await;
    world.fill(1, 7, 101).await;
    let queries = [
        "",
        "?per_page=30",
        "?per_page=500",
        "?per_page=101",
        "?per_page=100",
        "?per_page=0",
        "?per_page=abc",
        "?per_page=-1",
        "?per_page=",
        "?per_page",
        "?per_page=99999999999999999999",
        "?per_page=1.5",
        "?per_page=%31",
    ];
    assert_snapshot!(pages(&world, ORG, &queries).await, @r#"
      200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?page=4>; rel="last"
    ?per_page=30  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=30&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=30&page=4>; rel="last"
    ?per_page=500  200, 100 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=500&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=500&page=2>; rel="last"
    ?per_page=101  200, 100 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=101&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=101&page=2>; rel="last"
    ?per_page=100  200, 100 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=100&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=100&page=2>; rel="last"
    ?per_page=0  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=0&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=0&page=4>; rel="last"
    ?per_page=abc  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=abc&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=abc&page=4>; rel="last"
    ?per_page=-1  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=-1&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=-1&page=4>; rel="last"
    ?per_page=  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=&page=4>; rel="last"
    ?per_page  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page&page=4>; rel="last"
    ?per_page=99999999999999999999  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=99999999999999999999&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=99999999999999999999&page=4>; rel="last"
    ?per_page=1.5  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=1.5&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=1.5&page=4>; rel="last"
    ?per_page=%31  200, 30 of 101 from S_0001
        <http://localhost/organizations/7/actions/secrets?per_page=%31&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?per_page=%31&page=4>; rel="last"
    "#);
}

#[tokio::test]
async fn pages_that_make_no_sense_are_the_first() {
    let world = World::new().await;
    world.fill(1, 7, 40).await;
    let queries = [
        "?page=1",
        "?page=abc",
        "?page=-1",
        "?page=0",
        "?page=",
        "?page=1.5",
        "?page",
    ];
    assert_snapshot!(pages(&world, ORG, &queries).await, @r#"
    ?page=1  200, 30 of 40 from S_0001
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="last"
    ?page=abc  200, 30 of 40 from S_0001
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="last"
    ?page=-1  200, 30 of 40 from S_0001
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="last"
    ?page=0  200, 30 of 40 from S_0001
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="last"
    ?page=  200, 30 of 40 from S_0001
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="last"
    ?page=1.5  200, 30 of 40 from S_0001
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="last"
    ?page  200, 30 of 40 from S_0001
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets?page=2>; rel="last"
    "#);
}

#[tokio::test]
async fn links_lead_back_and_forth() {
    let world = World::new().await;
    world.fill(2, 1, 5).await;
    let queries = [
        "?per_page=2",
        "?per_page=2&page=2",
        "?page=3&per_page=2",
        "?page=4&per_page=2",
        "?page=9223372036854775807&per_page=2",
        "?per_page=5",
        "?per_page=5&page=2",
    ];
    assert_snapshot!(pages(&world, REPO, &queries).await, @r#"
    ?per_page=2  200, 2 of 5 from S_0001
        <http://localhost/repositories/1/actions/secrets?per_page=2&page=2>; rel="next"
        <http://localhost/repositories/1/actions/secrets?per_page=2&page=3>; rel="last"
    ?per_page=2&page=2  200, 2 of 5 from S_0003
        <http://localhost/repositories/1/actions/secrets?per_page=2&page=1>; rel="prev"
        <http://localhost/repositories/1/actions/secrets?per_page=2&page=3>; rel="next"
        <http://localhost/repositories/1/actions/secrets?per_page=2&page=3>; rel="last"
        <http://localhost/repositories/1/actions/secrets?per_page=2&page=1>; rel="first"
    ?page=3&per_page=2  200, 1 of 5 from S_0005
        <http://localhost/repositories/1/actions/secrets?page=2&per_page=2>; rel="prev"
        <http://localhost/repositories/1/actions/secrets?page=1&per_page=2>; rel="first"
    ?page=4&per_page=2  200, 0 of 5 from -
        <http://localhost/repositories/1/actions/secrets?page=3&per_page=2>; rel="prev"
        <http://localhost/repositories/1/actions/secrets?page=3&per_page=2>; rel="last"
        <http://localhost/repositories/1/actions/secrets?page=1&per_page=2>; rel="first"
    ?page=9223372036854775807&per_page=2  200, 0 of 5 from -
        <http://localhost/repositories/1/actions/secrets?page=3&per_page=2>; rel="prev"
        <http://localhost/repositories/1/actions/secrets?page=3&per_page=2>; rel="last"
        <http://localhost/repositories/1/actions/secrets?page=1&per_page=2>; rel="first"
    ?per_page=5  200, 5 of 5 from S_0001
        no Link
    ?per_page=5&page=2  200, 0 of 5 from -
        <http://localhost/repositories/1/actions/secrets?per_page=5&page=1>; rel="prev"
        <http://localhost/repositories/1/actions/secrets?per_page=5&page=1>; rel="last"
        <http://localhost/repositories/1/actions/secrets?per_page=5&page=1>; rel="first"
    "#);
}

#[tokio::test]
async fn other_parameters_keep_their_order_and_spelling() {
    let world = World::new().await;
    world.fill(3, 1, 3).await;
    let queries = [
        "?b=%2F&per_page=2&a=x%20y+z",
        "?page=2&x=1&page=1&per_page=2",
        "?per_page=2&per_page=3",
        "?&&per_page=2&&",
    ];
    assert_snapshot!(pages(&world, ENV, &queries).await, @r#"
    ?b=%2F&per_page=2&a=x%20y+z  200, 2 of 3 from S_0001
        <http://localhost/repositories/1/environments/production/secrets?b=%2F&per_page=2&a=x%20y+z&page=2>; rel="next"
        <http://localhost/repositories/1/environments/production/secrets?b=%2F&per_page=2&a=x%20y+z&page=2>; rel="last"
    ?page=2&x=1&page=1&per_page=2  200, 1 of 3 from S_0003
        <http://localhost/repositories/1/environments/production/secrets?page=1&x=1&per_page=2>; rel="prev"
        <http://localhost/repositories/1/environments/production/secrets?page=1&x=1&per_page=2>; rel="first"
    ?per_page=2&per_page=3  200, 2 of 3 from S_0001
        <http://localhost/repositories/1/environments/production/secrets?per_page=2&per_page=3&page=2>; rel="next"
        <http://localhost/repositories/1/environments/production/secrets?per_page=2&per_page=3&page=2>; rel="last"
    ?&&per_page=2&&  200, 2 of 3 from S_0001
        <http://localhost/repositories/1/environments/production/secrets?per_page=2&page=2>; rel="next"
        <http://localhost/repositories/1/environments/production/secrets?per_page=2&page=2>; rel="last"
    "#);
}

#[tokio::test]
async fn an_empty_list_has_one_page() {
    let world = World::new().await;
    let lists = [ORG, REPO, ENV];
    for path in lists {
        let reply = world
            .r#as(&world.owner)
            .get(&format!("{path}?per_page=1"))
            .await;
        assert_eq!(reply.text(), r#"{"total_count":0,"secrets":[]}"#);
        assert_eq!(reply.header("link"), None);
    }
    assert_snapshot!(pages(&world, ORG, &["?page=2", "?per_page=7&page=3"]).await, @r#"
    ?page=2  200, 0 of 0 from -
        <http://localhost/organizations/7/actions/secrets?page=1>; rel="prev"
        <http://localhost/organizations/7/actions/secrets?page=1>; rel="last"
        <http://localhost/organizations/7/actions/secrets?page=1>; rel="first"
    ?per_page=7&page=3  200, 0 of 0 from -
        <http://localhost/organizations/7/actions/secrets?per_page=7&page=1>; rel="prev"
        <http://localhost/organizations/7/actions/secrets?per_page=7&page=1>; rel="last"
        <http://localhost/organizations/7/actions/secrets?per_page=7&page=1>; rel="first"
    "#);
}

#[tokio::test]
async fn selected_repositories_are_paged_by_id() {
    let world = World::new().await;
    put(
        &world,
        ORG,
        "a",
        r#""visibility":"selected","selected_repository_ids":[3,1,2]"#,
    )
    .await;
    let path = format!("{ORG}/a/repositories");
    let queries = [
        "",
        "?per_page=2",
        "?page=2&per_page=2",
        "?per_page=2&page=3",
    ];
    assert_snapshot!(pages(&world, &path, &queries).await, @r#"
      200, 3 of 3 from hello-world
        no Link
    ?per_page=2  200, 2 of 3 from hello-world
        <http://localhost/organizations/7/actions/secrets/A/repositories?per_page=2&page=2>; rel="next"
        <http://localhost/organizations/7/actions/secrets/A/repositories?per_page=2&page=2>; rel="last"
    ?page=2&per_page=2  200, 1 of 3 from internal-repo
        <http://localhost/organizations/7/actions/secrets/A/repositories?page=1&per_page=2>; rel="prev"
        <http://localhost/organizations/7/actions/secrets/A/repositories?page=1&per_page=2>; rel="first"
    ?per_page=2&page=3  200, 0 of 3 from -
        <http://localhost/organizations/7/actions/secrets/A/repositories?per_page=2&page=2>; rel="prev"
        <http://localhost/organizations/7/actions/secrets/A/repositories?per_page=2&page=2>; rel="last"
        <http://localhost/organizations/7/actions/secrets/A/repositories?per_page=2&page=1>; rel="first"
    "#);
}

#[tokio::test]
async fn links_begin_like_the_request_and_lead_on() {
    let world = World::new().await;
    world.fill(3, 1, 3).await;
    for prefix in ["", "/api/v3"] {
        let mut path = format!("{prefix}{ENV}?per_page=1");
        let mut names = Vec::new();
        loop {
            let reply = world.r#as(&world.owner).get(&path).await;
            let name = reply.json()["secrets"][0]["name"]
                .as_str()
                .expect("a name")
                .to_owned();
            names.push(name);
            let link = reply.header("link").expect("links");
            let next = link
                .split(", ")
                .find_map(|link| link.strip_suffix(">; rel=\"next\""));
            let Some(next) = next else { break };
            let start = format!("<http://localhost{prefix}/repositories/1/environments/");
            assert!(next.starts_with(&start), "{next}");
            next.trim_start_matches("<http://localhost")
                .clone_into(&mut path);
        }
        assert_eq!(names, ["S_0001", "S_0002", "S_0003"]);
    }
}

#[tokio::test]
async fn names_are_in_the_order_of_their_bytes() {
    let world = World::new().await;
    for name in ["B", "_A", "A1", "A_", "AB", "a0"] {
        put(&world, REPO, name, "").await;
    }
    let list = world.r#as(&world.owner).get(REPO).await.json();
    let secrets = list["secrets"].as_array().expect("a list");
    let names: Vec<_> = secrets
        .iter()
        .filter_map(|secret| secret["name"].as_str())
        .collect();
    assert_eq!(names, ["A0", "A1", "AB", "A_", "B", "_A"]);
}
