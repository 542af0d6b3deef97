//! Environments: made, protected, listed, deleted.

use insta::assert_snapshot;

use crate::world::World;

const ENVIRONMENTS: &str = "/repos/octo-org/hello-world/environments";

#[tokio::test]
async fn an_environment_is_made_by_a_put_without_a_body_and_answers_200() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("/api/v3{ENVIRONMENTS}/test%2Fenv");
    let made = owner.put(&path, "").await;
    assert_snapshot!(made.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"id":2,"node_id":"MDExOkVudmlyb25tZW50Mg==","name":"test/env","url":"http://localhost/api/v3/repos/octo-org/hello-world/environments/test%2Fenv","html_url":"http://localhost/octo-org/hello-world/deployments/activity_log?environments_filter=test%2Fenv","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","can_admins_bypass":true,"protection_rules":[],"deployment_branch_policy":null}
    "#);
    world.clock.advance(60_000);
    let again = owner.put(&path, "null").await;
    assert_eq!(
        again.body, made.body,
        "nothing was said, and nothing changed"
    );
    assert_eq!(owner.get(&path).await.body, made.body);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_entry").await, 1);
}

#[tokio::test]
async fn the_rules_come_back_as_they_were_set() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{ENVIRONMENTS}/production");
    world.clock.advance(60_000);
    let body = r#"{"wait_timer":30,"prevent_self_review":true,"can_admins_bypass":false,
        "reviewers":[{"type":"User","id":4},{"type":"User","id":2},{"type":"User","id":4}],
        "deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}"#;
    let put = owner.put(&path, body).await;
    let shown = put.json();
    assert_eq!(shown["updated_at"], "2026-01-02T03:05:05Z");
    assert_eq!(shown["created_at"], "2026-01-02T03:04:05Z");
    let logins: Vec<_> = shown["protection_rules"][1]["reviewers"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|reviewer| reviewer["reviewer"]["login"].as_str().expect("a login"))
        .collect();
    assert_eq!(logins, ["writer", "owner"]);
    assert_eq!(shown["protection_rules"][1]["reviewers"][0]["type"], "User");
    let without_people = r#"{"wait_timer":43200,"reviewers":[],
        "deployment_branch_policy":{"protected_branches":true,"custom_branch_policies":false}}"#;
    assert_eq!(owner.get(&path).await.body, put.body);
    assert_eq!(
        owner.put(&path, "").await.body,
        put.body,
        "no body says nothing about rules"
    );
    assert_snapshot!(owner.put(&path, without_people).await.brief(), @r#"
    200 OK
    {"id":1,"node_id":"MDExOkVudmlyb25tZW50MQ==","name":"production","url":"http://localhost/repos/octo-org/hello-world/environments/production","html_url":"http://localhost/octo-org/hello-world/deployments/activity_log?environments_filter=production","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:05:05Z","can_admins_bypass":true,"protection_rules":[{"id":5,"node_id":"MDQ6R2F0ZTU=","type":"wait_timer","wait_timer":43200},{"id":7,"node_id":"MDQ6R2F0ZTc=","type":"branch_policy"}],"deployment_branch_policy":{"protected_branches":true,"custom_branch_policies":false}}
    "#);
    let open = owner.put(&path, "{}").await.json();
    assert_eq!(
        open["protection_rules"],
        serde_json::json!([]),
        "what is not sent is off"
    );
    assert_eq!(open["deployment_branch_policy"], serde_json::json!(null));
}

#[tokio::test]
async fn terraform_reads_back_what_it_sends() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let body = r#"{"wait_timer":0,"reviewers":null,"can_admins_bypass":true,
        "deployment_branch_policy":null,"prevent_self_review":false}"#;
    let made = owner.put(&format!("{ENVIRONMENTS}/env%3Atest"), body).await;
    assert_snapshot!(made.brief(), @r#"
    200 OK
    {"id":2,"node_id":"MDExOkVudmlyb25tZW50Mg==","name":"env:test","url":"http://localhost/repos/octo-org/hello-world/environments/env%3Atest","html_url":"http://localhost/octo-org/hello-world/deployments/activity_log?environments_filter=env%3Atest","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","can_admins_bypass":true,"protection_rules":[],"deployment_branch_policy":null}
    "#);
}

#[tokio::test]
async fn a_name_is_one_environment_in_whatever_case() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let put = owner
        .put(&format!("{ENVIRONMENTS}/PRODUCTION"), "")
        .await
        .json();
    assert_eq!(
        (put["id"].as_i64(), put["name"].as_str()),
        (Some(1), Some("production"))
    );
    // Only ASCII folds: these are two.
    for name in ["%C3%A9t%C3%A9", "%C3%89T%C3%89"] {
        assert_eq!(
            owner
                .put(&format!("{ENVIRONMENTS}/{name}"), "")
                .await
                .status,
            200
        );
    }
    assert_eq!(owner.get(ENVIRONMENTS).await.json()["total_count"], 3);
}

#[tokio::test]
async fn environments_are_listed_in_the_order_they_were_made() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let reviewed = r#"{"reviewers":[{"type":"User","id":6}]}"#;
    for (name, body) in [("b", reviewed), ("a", reviewed)] {
        assert_eq!(
            owner
                .put(&format!("{ENVIRONMENTS}/{name}"), body)
                .await
                .status,
            200
        );
    }
    let list = world.r#as(&world.reader).get(ENVIRONMENTS).await.json();
    assert_eq!(list["total_count"], 3);
    let name = |index: usize| {
        list["environments"][index]["name"]
            .as_str()
            .expect("a name")
    };
    assert_eq!([name(0), name(1), name(2)], ["production", "b", "a"]);
    for index in [1, 2] {
        let rule = &list["environments"][index]["protection_rules"][0];
        assert_eq!(rule["reviewers"][0]["reviewer"]["login"], "stranger");
    }
    let page = owner.get(&format!("{ENVIRONMENTS}?per_page=2")).await;
    assert_snapshot!(page.header("link").expect("a link"), @r#"<http://localhost/repositories/1/environments?per_page=2&page=2>; rel="next", <http://localhost/repositories/1/environments?per_page=2&page=2>; rel="last""#);
}

#[tokio::test]
async fn what_no_environment_can_be_is_refused() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{ENVIRONMENTS}/production");
    let mut lines = Vec::new();
    let seven = format!(r#"{{"reviewers":[{}]}}"#, ["1"; 7].join(","));
    for body in [
        r#"{"wait_timer":43201}"#,
        r#"{"wait_timer":-1}"#,
        r#"{"wait_timer":"hunter2"}"#,
        r#"{"reviewers":["hunter2"]}"#,
        r#"{"reviewers":[{"type":"hunter2","id":1}]}"#,
        r#"{"reviewers":[{"type":"User"}]}"#,
        r#"{"reviewers":[{"type":"User","id":99}]}"#,
        r#"{"reviewers":[{"type":"User","id":7}]}"#,
        r#"{"reviewers":[{"type":"Team","id":1}]}"#,
        &seven,
        r#"{"deployment_branch_policy":"hunter2"}"#,
        r#"{"deployment_branch_policy":{"protected_branches":true}}"#,
        r#"{"deployment_branch_policy":{"protected_branches":true,"custom_branch_policies":true}}"#,
    ] {
        let reply = owner.put(&path, body).await;
        assert_eq!(reply.status, 422, "{body}");
        assert!(!reply.text().contains("hunter2"));
        let reply = reply.json();
        lines.push(format!("{} {}", reply["message"], reply["errors"]));
    }
    let long = "x".repeat(256);
    let reply = owner.put(&format!("{ENVIRONMENTS}/{long}"), "").await;
    assert_eq!(reply.status, 422);
    lines.push(reply.json()["errors"].to_string());
    assert_snapshot!(lines.join("\n"), @r#"
    "Invalid request.\n\nwait_timer must be less than or equal to 43200." null
    "Invalid request.\n\nwait_timer must be greater than or equal to 0." null
    "Invalid request.\n\nFor 'properties/wait_timer', a string is not an integer." null
    "Invalid request.\n\nFor 'items', a string is not an object." null
    "Invalid request.\n\ntype is not a member of [\"User\", \"Team\"]." null
    "Invalid request.\n\n\"id\" wasn't supplied." null
    "Validation Failed" [{"code":"invalid","field":"reviewers","resource":"Environment"}]
    "Validation Failed" [{"code":"invalid","field":"reviewers","resource":"Environment"}]
    "Validation Failed" [{"code":"invalid","field":"reviewers","resource":"Environment"}]
    "Invalid request.\n\nNo more than 6 items are allowed; 7 were supplied." null
    "Invalid request.\n\nFor 'properties/deployment_branch_policy', a string is not an object." null
    "Invalid request.\n\n\"custom_branch_policies\" wasn't supplied." null
    "protected_branches and custom_branch_policies cannot have the same value." null
    [{"code":"invalid","field":"name","resource":"Environment"}]
    "#);
    assert_eq!(owner.put(&path, "[]").await.status, 400);
    assert_eq!(world.count("SELECT COUNT(*) FROM audit_entry").await, 0);
}

#[tokio::test]
async fn secrets_go_with_their_environment_and_do_not_come_back() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{ENVIRONMENTS}/staging");
    let secrets = format!("{path}/secrets");
    assert_eq!(owner.get(&secrets).await.status, 404);
    let first = owner.put(&path, "").await.json();
    let body = world.sealed(&secrets, b"value").await;
    assert_eq!(
        owner
            .put(&format!("{secrets}/A"), body.clone())
            .await
            .status,
        201
    );
    let key = owner.get(&format!("{secrets}/public-key")).await.json();
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 404);
    assert_eq!(owner.get(&path).await.status, 404);
    assert_eq!(owner.get(&secrets).await.status, 404);
    for left in [
        "SELECT COUNT(*) FROM secret",
        "SELECT COUNT(*) FROM sealing_key",
        "SELECT COUNT(*) - 1 FROM environment",
    ] {
        assert_eq!(world.count(left).await, 0, "{left}");
    }
    let second = owner.put(&path, "").await.json();
    assert_ne!(second["id"], first["id"]);
    assert_eq!(owner.get(&secrets).await.json()["total_count"], 0);
    let new_key = owner.get(&format!("{secrets}/public-key")).await.json();
    assert_ne!(new_key["key"], key["key"]);
    assert_eq!(
        owner.put(&format!("{secrets}/A"), body).await.status,
        422,
        "sealed to the old key"
    );
}

#[tokio::test]
async fn readers_see_environments_and_administrators_make_them() {
    let world = World::new().await;
    let path = format!("{ENVIRONMENTS}/production");
    for person in [&world.member, &world.writer, &world.reader] {
        let caller = world.r#as(person);
        assert_eq!(caller.get(&path).await.status, 200);
        assert_eq!(caller.put(&path, "").await.status, 403);
        assert_eq!(caller.delete(&path).await.status, 403);
    }
    let stranger = world.r#as(&world.stranger);
    for path in [ENVIRONMENTS, path.as_str()] {
        assert_eq!(stranger.get(path).await.status, 404);
        assert_eq!(world.anonymous().get(path).await.status, 404);
    }
    let owner = world.r#as(&world.owner);
    owner
        .patch("/repos/octo-org/hello-world", r#"{"archived":true}"#)
        .await;
    assert_eq!(owner.put(&path, "{}").await.status, 403);
    assert_eq!(owner.get(&path).await.status, 200);
}

#[tokio::test]
async fn the_path_by_id_is_the_same_environment() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let by_id = "/repositories/1/environments/a%20b";
    let made = owner.put(by_id, "").await;
    assert_eq!(
        made.json()["url"],
        "http://localhost/repos/octo-org/hello-world/environments/a%20b"
    );
    assert_eq!(
        owner.get(&format!("{ENVIRONMENTS}/a%20b")).await.body,
        made.body
    );
    // PyGithub appends to `url`.
    let url = made.json()["url"]
        .as_str()
        .expect("a URL")
        .replace("http://localhost", "");
    assert_eq!(
        owner.get(&format!("{url}/secrets")).await.json()["total_count"],
        0
    );
    assert_eq!(owner.delete(by_id).await.status, 204);
}

#[tokio::test]
async fn a_repository_holds_a_thousand_environments_and_no_more() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let sql = "
        INSERT INTO environment
            (id, repository_id, name, name_key, settings, created_at, updated_at)
        VALUES ($1, 1, $2, $2, '{}', 0, 0)";
    let mut tx = world.app.db.begin().await.expect("a write");
    for id in 1_000..1_998_i64 {
        let name = format!("e{id}");
        tx.execute(sql, &[id.into(), (&name).into()])
            .await
            .expect("a statement");
    }
    tx.commit().await.expect("a commit");
    assert_eq!(
        owner.put(&format!("{ENVIRONMENTS}/last"), "").await.status,
        200
    );
    let refused = owner.put(&format!("{ENVIRONMENTS}/beyond"), "").await;
    assert_snapshot!(refused.brief(), @r#"
    422 Unprocessable Entity
    {"message":"The number of environments is limited to 1000. Delete one before creating another.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#create-or-update-an-environment"}
    "#);
    assert_eq!(
        owner
            .put(&format!("{ENVIRONMENTS}/last"), "{}")
            .await
            .status,
        200
    );
}
