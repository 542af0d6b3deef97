//! Collaborators: let in, changed, listed, let go.

use insta::assert_snapshot;

use crate::world::{Reply, World};

const COLLABORATORS: &str = "/repos/octo-org/hello-world/collaborators";

/// The log of `octo-org`, as `action user detail`.
async fn log(world: &World) -> Vec<String> {
    let sql = "SELECT entry FROM audit_entry WHERE chain = 7 ORDER BY seq";
    let mut read = world.app.db.read().await.expect("a read");
    let rows = read.query(sql, &[]).await.expect("a query");
    let line = |entry: &str| {
        let entry: serde_json::Value = serde_json::from_str(entry).expect("JSON");
        let text = |name: &str| {
            entry
                .get(name)
                .and_then(|text| text.as_str())
                .unwrap_or("-")
                .to_owned()
        };
        [text("action"), text("user"), text("detail")].join(" ")
    };
    rows.iter()
        .map(|row| line(row.get(0).expect("an entry")))
        .collect()
}

/// A list, as `login role`.
fn people(reply: &Reply) -> String {
    let list = reply.json();
    let line = |item: &serde_json::Value| {
        let text = |name: &str| {
            item.get(name)
                .and_then(|text| text.as_str())
                .expect("a text")
                .to_owned()
        };
        format!("{} {}", text("login"), text("role_name"))
    };
    list.as_array()
        .expect("a list")
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join(", ")
}

#[tokio::test]
async fn a_collaborator_is_let_in_at_once_changed_and_let_go() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let stranger = world.r#as(&world.stranger);
    let path = format!("{COLLABORATORS}/Stranger");
    assert_eq!(owner.get(&path).await.status, 404);
    assert_eq!(
        stranger.get("/repos/octo-org/hello-world").await.status,
        404
    );
    assert_eq!(owner.put(&path, "").await.status, 204);
    assert_eq!(owner.get(&path).await.status, 204);
    let seen = stranger.get("/repos/octo-org/hello-world").await.json();
    assert_eq!(seen["permissions"]["push"], true);
    assert_eq!(
        owner.put(&path, r#"{"permission":"push"}"#).await.status,
        204
    );
    assert_eq!(
        owner
            .put(&path, r#"{"permission":"maintain"}"#)
            .await
            .status,
        204
    );
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.status, 404);
    assert_eq!(
        stranger.get("/repos/octo-org/hello-world").await.status,
        404
    );
    assert_eq!(
        log(&world).await,
        [
            "repo.add_member stranger push",
            "repo.update_member stranger maintain",
            "repo.remove_member stranger -"
        ]
    );
}

#[tokio::test]
async fn each_role_is_given_under_its_name_and_shown_in_old_words() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{COLLABORATORS}/stranger");
    let mut lines = Vec::new();
    for permission in ["pull", "triage", "push", "maintain", "admin"] {
        let body = format!(r#"{{"permission":"{permission}"}}"#);
        assert_eq!(owner.put(&path, body).await.status, 204);
        let shown = owner.get(&format!("{path}/permission")).await.json();
        assert_eq!(shown["role_name"], shown["user"]["role_name"]);
        lines.push(format!(
            "{permission}: {} {} {}",
            shown["permission"], shown["role_name"], shown["user"]["permissions"]
        ));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    pull: "read" "read" {"admin":false,"maintain":false,"pull":true,"push":false,"triage":false}
    triage: "read" "triage" {"admin":false,"maintain":false,"pull":true,"push":false,"triage":true}
    push: "write" "write" {"admin":false,"maintain":false,"pull":true,"push":true,"triage":true}
    maintain: "write" "maintain" {"admin":false,"maintain":true,"pull":true,"push":true,"triage":true}
    admin: "admin" "admin" {"admin":true,"maintain":true,"pull":true,"push":true,"triage":true}
    "#);
}

#[tokio::test]
async fn the_permission_of_everybody_can_be_asked_for() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let mut lines = Vec::new();
    for repository in ["hello-world", "internal-repo", "public-repo"] {
        for login in ["owner", "member", "writer", "reader", "stranger"] {
            let path = format!("/repos/octo-org/{repository}/collaborators/{login}/permission");
            let shown = owner.get(&path).await.json();
            lines.push(format!("{repository} {login}: {}", shown["permission"]));
        }
    }
    assert_snapshot!(lines.join("\n"), @r#"
    hello-world owner: "admin"
    hello-world member: "read"
    hello-world writer: "write"
    hello-world reader: "read"
    hello-world stranger: "none"
    internal-repo owner: "admin"
    internal-repo member: "read"
    internal-repo writer: "read"
    internal-repo reader: "read"
    internal-repo stranger: "read"
    public-repo owner: "admin"
    public-repo member: "read"
    public-repo writer: "read"
    public-repo reader: "read"
    public-repo stranger: "read"
    "#);
    assert_eq!(
        owner
            .get(&format!("{COLLABORATORS}/nobody/permission"))
            .await
            .status,
        404
    );
    assert_eq!(
        owner
            .get(&format!("{COLLABORATORS}/octo-org/permission"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn people_are_listed_by_how_they_belong() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    owner
        .put(
            &format!("{COLLABORATORS}/member"),
            r#"{"permission":"triage"}"#,
        )
        .await;
    let mut lines = Vec::new();
    for query in [
        "",
        "?affiliation=direct",
        "?affiliation=outside",
        "?affiliation=nonsense",
    ] {
        let list = owner.get(&format!("{COLLABORATORS}{query}")).await;
        lines.push(format!("{query}: {}", people(&list)));
    }
    let own = owner.get("/repos/owner/own/collaborators").await;
    lines.push(format!("own: {}", people(&own)));
    assert_snapshot!(lines.join("\n"), @"
    : admin admin, owner admin, member triage, writer write, reader read
    ?affiliation=direct: member triage, writer write, reader read
    ?affiliation=outside: writer write, reader read
    ?affiliation=nonsense: admin admin, owner admin, member triage, writer write, reader read
    own: owner admin
    ");
    let page = owner.get(&format!("{COLLABORATORS}?per_page=2")).await;
    assert_snapshot!(page.header("link").expect("a link"), @r#"<http://localhost/repositories/1/collaborators?per_page=2&page=2>; rel="next", <http://localhost/repositories/1/collaborators?per_page=2&page=3>; rel="last""#);
}

#[tokio::test]
async fn a_user_gives_others_no_role_but_one() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = "/repos/owner/own/collaborators";
    let refused = owner
        .put(&format!("{path}/writer"), r#"{"permission":"pull"}"#)
        .await;
    assert_snapshot!(refused.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Repository","code":"custom","field":"permission","message":"Only organization-owned repositories have other permissions than push"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#add-a-repository-collaborator"}
    "#);
    assert_eq!(
        owner
            .put(&format!("{path}/writer"), r#"{"permission":"push"}"#)
            .await
            .status,
        204
    );
    assert_snapshot!(owner.put(&format!("{path}/owner"), "").await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Validation Failed","errors":[{"resource":"Repository","code":"custom","field":"username","message":"Repository owner cannot be a collaborator"}],"documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#add-a-repository-collaborator"}
    "#);
    assert_eq!(people(&owner.get(path).await), "owner admin, writer write");
}

#[tokio::test]
async fn what_is_wrong_changes_nothing() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{COLLABORATORS}/stranger");
    let refused = owner.put(&path, r#"{"permission":"hunter2"}"#).await;
    assert_snapshot!(refused.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\npermission is not a member of [\"pull\", \"triage\", \"push\", \"maintain\", \"admin\"].","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#add-a-repository-collaborator"}
    "#);
    assert_eq!(owner.put(&path, r#"{"permission":1}"#).await.status, 422);
    assert_eq!(
        owner
            .put(&format!("{COLLABORATORS}/nobody"), "")
            .await
            .status,
        404
    );
    assert_eq!(
        owner
            .put(&format!("{COLLABORATORS}/octo-org"), "")
            .await
            .status,
        404
    );
    assert_eq!(
        owner
            .delete(&format!("{COLLABORATORS}/nobody"))
            .await
            .status,
        404
    );
    for person in [&world.member, &world.writer, &world.reader] {
        assert_eq!(world.r#as(person).put(&path, "").await.status, 403);
        assert_eq!(world.r#as(person).delete(&path).await.status, 403);
    }
    assert_eq!(world.r#as(&world.stranger).put(&path, "").await.status, 404);
    assert_eq!(world.count("SELECT COUNT(*) FROM collaborator").await, 2);
    assert!(log(&world).await.is_empty());
}

#[tokio::test]
async fn a_collaborator_who_is_a_member_stays_a_member() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{COLLABORATORS}/member");
    owner.put(&path, r#"{"permission":"admin"}"#).await;
    assert_eq!(
        world.r#as(&world.member).put(&path, "").await.status,
        204,
        "now may demote"
    );
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.status, 204, "by membership");
    let shown = owner.get(&format!("{path}/permission")).await.json();
    assert_eq!(shown["permission"], "read");
}

#[tokio::test]
async fn a_repository_has_ten_thousand_collaborators_and_no_more() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    // Two are there already.
    world
        .change(
            "INSERT INTO account (id, kind, login, login_key, created_at, updated_at)
             WITH RECURSIVE number (n) AS (
                 SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 9997)
             SELECT 1000 + n, 'User', 'u' || n, 'u' || n, 0, 0 FROM number",
        )
        .await;
    world
        .change(
            "INSERT INTO collaborator (repository_id, user_id, role)
             SELECT 1, id, 'pull' FROM account WHERE id > 1000",
        )
        .await;
    let last = format!("{COLLABORATORS}/stranger");
    assert_eq!(owner.put(&last, "").await.status, 204);
    let beyond = owner.put(&format!("{COLLABORATORS}/member"), "").await;
    assert_snapshot!(beyond.brief(), @r#"
    422 Unprocessable Entity
    {"message":"The number of collaborators is limited to 10000. Delete one before creating another.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#add-a-repository-collaborator"}
    "#);
    // Who is there already still gets another role.
    let role = r#"{"permission":"admin"}"#;
    assert_eq!(owner.put(&last, role).await.status, 204);
}
