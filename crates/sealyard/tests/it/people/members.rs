//! Who belongs to an organisation.

use insta::assert_snapshot;
use sealyard::identity::AccountId;

use super::{log, token};
use crate::world::World;

const OCTO: AccountId = AccountId(7);
const MEMBERSHIPS: &str = "/orgs/octo-org/memberships";

fn logins(members: &serde_json::Value) -> Vec<&str> {
    let members = members.as_array().expect("a list");
    members
        .iter()
        .map(|member| member["login"].as_str().expect("a login"))
        .collect()
}

#[tokio::test]
async fn members_list_each_other_by_id_and_by_role() {
    let world = World::new().await;
    let member = world.r#as(&world.member);
    for (query, expected) in [
        ("", vec!["admin", "owner", "member"]),
        ("?role=all", vec!["admin", "owner", "member"]),
        ("?role=admin", vec!["admin", "owner"]),
        ("?role=member", vec!["member"]),
        ("?role=king", vec!["admin", "owner", "member"]),
    ] {
        let list = member
            .get(&format!("/orgs/octo-org/members{query}"))
            .await
            .json();
        assert_eq!(logins(&list), expected, "{query}");
    }
    let page = member
        .get("/orgs/octo-org/members?role=admin&per_page=1")
        .await;
    assert_eq!(logins(&page.json()), ["admin"]);
    assert_snapshot!(page.header("link").expect("a Link"), @r#"<http://localhost/organizations/7/members?role=admin&per_page=1&page=2>; rel="next", <http://localhost/organizations/7/members?role=admin&per_page=1&page=2>; rel="last""#);
    let next = member
        .get("/organizations/7/members?role=admin&per_page=1&page=2")
        .await;
    assert_eq!(logins(&next.json()), ["owner"]);
}

#[tokio::test]
async fn only_members_with_a_scope_see_members() {
    let world = World::new().await;
    let unscoped = token(&world, "member", "user").await;
    for path in ["/orgs/octo-org/members", "/orgs/octo-org/memberships/owner"] {
        assert_eq!(world.anonymous().get(path).await.status, 401);
        assert_eq!(world.r#as(&world.stranger).get(path).await.status, 403);
        assert_eq!(world.with_token(&unscoped).get(path).await.status, 403);
        assert_eq!(world.r#as(&world.member).get(path).await.status, 200);
    }
}

#[tokio::test]
async fn a_membership_names_its_user_its_organization_and_its_role() {
    let world = World::new().await;
    let got = world
        .r#as(&world.member)
        .get(&format!("{MEMBERSHIPS}/OWNER"))
        .await;
    assert_snapshot!(got.text(), @r#"{"url":"http://localhost/orgs/octo-org/memberships/owner","state":"active","role":"admin","organization_url":"http://localhost/orgs/octo-org","organization":{"login":"octo-org","id":7,"node_id":"MDEyOk9yZ2FuaXphdGlvbjc=","url":"http://localhost/orgs/octo-org","repos_url":"http://localhost/orgs/octo-org/repos","events_url":"http://localhost/orgs/octo-org/events","hooks_url":"http://localhost/orgs/octo-org/hooks","issues_url":"http://localhost/orgs/octo-org/issues","members_url":"http://localhost/orgs/octo-org/members{/member}","public_members_url":"http://localhost/orgs/octo-org/public_members{/member}","avatar_url":"http://localhost/avatars/u/7?","description":null},"user":{"login":"owner","id":2,"node_id":"MDQ6VXNlcjI=","avatar_url":"http://localhost/avatars/u/2?","gravatar_id":"","url":"http://localhost/users/owner","html_url":"http://localhost/owner","followers_url":"http://localhost/users/owner/followers","following_url":"http://localhost/users/owner/following{/other_user}","gists_url":"http://localhost/users/owner/gists{/gist_id}","starred_url":"http://localhost/users/owner/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/owner/subscriptions","organizations_url":"http://localhost/users/owner/orgs","repos_url":"http://localhost/users/owner/repos","events_url":"http://localhost/users/owner/events{/privacy}","received_events_url":"http://localhost/users/owner/received_events","type":"User","site_admin":false}}"#);
    let by_id = world
        .r#as(&world.member)
        .get("/organizations/7/memberships/owner")
        .await;
    assert_eq!(by_id.text(), got.text());
    for login in ["stranger", "nobody", "other-org"] {
        let path = format!("{MEMBERSHIPS}/{login}");
        assert_eq!(
            world.r#as(&world.member).get(&path).await.status,
            404,
            "{login}"
        );
    }
}

#[tokio::test]
async fn a_user_becomes_a_member_then_an_owner_then_goes() {
    let world = World::new().await;
    let (owner, stranger) = (world.r#as(&world.owner), world.r#as(&world.stranger));
    let path = format!("{MEMBERSHIPS}/stranger");
    let secrets = "/orgs/octo-org/actions/secrets";

    let joined = owner.put(&path, "").await;
    assert_eq!(
        (joined.status.as_u16(), &joined.json()["role"]),
        (200, &"member".into())
    );
    assert_eq!(stranger.get(&path).await.text(), joined.text());
    assert_eq!(stranger.get(secrets).await.status, 403);

    let promoted = owner.put(&path, r#"{"role":"admin"}"#).await;
    assert_eq!(
        (promoted.status.as_u16(), &promoted.json()["role"]),
        (200, &"admin".into())
    );
    assert_eq!(stranger.get(secrets).await.status, 200);
    // Nothing changes, so nothing is logged.
    assert_eq!(
        owner.put(&path, r#"{"role":"admin"}"#).await.text(),
        promoted.text()
    );

    assert_eq!(
        owner.put(&path, r#"{"role":null}"#).await.json()["role"],
        "member"
    );
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 404);
    assert_eq!(stranger.get("/orgs/octo-org/members").await.status, 403);
    assert_snapshot!(log(&world, OCTO).await.join("\n"), @r#"
    {"action":"org.add_member","org":"octo-org","user":"stranger","detail":"member"}
    {"action":"org.update_member","org":"octo-org","user":"stranger","detail":"admin"}
    {"action":"org.update_member","org":"octo-org","user":"stranger","detail":"member"}
    {"action":"org.remove_member","org":"octo-org","user":"stranger"}
    "#);
}

#[tokio::test]
async fn only_owners_change_who_belongs() {
    let world = World::new().await;
    let path = format!("{MEMBERSHIPS}/member");
    let promote = r#"{"role":"admin"}"#;
    let unscoped = token(&world, "owner", "read:org, repo").await;
    for caller in [world.r#as(&world.member), world.with_token(&unscoped)] {
        assert_eq!(caller.put(&path, promote).await.status, 403);
        assert_eq!(caller.delete(&path).await.status, 403);
    }
    assert_eq!(world.anonymous().put(&path, promote).await.status, 401);
    let owner = world.r#as(&world.owner);
    assert_eq!(owner.get(&path).await.json()["role"], "member");
    for login in ["nobody", "other-org"] {
        let path = format!("{MEMBERSHIPS}/{login}");
        assert_eq!(owner.put(&path, "{}").await.status, 404, "{login}");
        assert_eq!(owner.delete(&path).await.status, 404, "{login}");
    }
    assert!(log(&world, OCTO).await.is_empty());
}

#[tokio::test]
async fn a_role_is_admin_or_member() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{MEMBERSHIPS}/stranger");
    let unknown = owner.put(&path, r#"{"role":"Admin"}"#).await;
    assert_snapshot!(unknown.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nrole is not a member of [\"admin\", \"member\"].","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/orgs#set-organization-membership-for-a-user"}
    "#);
    let wrong = owner.put(&path, r#"{"role":["admin"]}"#).await;
    assert_snapshot!(wrong.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Invalid request.\n\nFor 'properties/role', an array is not a string.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/orgs#set-organization-membership-for-a-user"}
    "#);
    assert_eq!(owner.put(&path, "[]").await.status, 400);
    assert_eq!(owner.get(&path).await.status, 404);
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    assert_eq!(
        owner
            .put(&format!("{MEMBERSHIPS}/admin"), "{}")
            .await
            .status,
        200
    );
    let own = format!("{MEMBERSHIPS}/owner");
    let demoted = owner.put(&own, r#"{"role":"member"}"#).await;
    assert_snapshot!(demoted.brief(), @r#"
    403 Forbidden
    {"message":"An organization must keep at least one owner.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/orgs#set-organization-membership-for-a-user"}
    "#);
    assert_eq!(owner.delete(&own).await.status, 403);
    assert_eq!(owner.get(&own).await.json()["role"], "admin");
    // Once somebody else owns it too, anybody may go.
    let heir = owner
        .put(&format!("{MEMBERSHIPS}/member"), r#"{"role":"admin"}"#)
        .await;
    assert_eq!(heir.status, 200);
    assert_eq!(owner.delete(&own).await.status, 204);
}

#[tokio::test]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let world = World::new().await;
    let (admin, owner) = (world.r#as(&world.admin), world.r#as(&world.owner));
    let (to_owner, to_admin) = (
        format!("{MEMBERSHIPS}/owner"),
        format!("{MEMBERSHIPS}/admin"),
    );
    let (one, other) = tokio::join!(admin.put(&to_owner, "{}"), owner.put(&to_admin, "{}"));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403]);
    let owners = "SELECT COUNT(*) FROM membership WHERE org_id = 7 AND role = 'admin'";
    assert_eq!(world.count(owners).await, 1);
}

#[tokio::test]
async fn who_leaves_loses_every_role_in_the_organizations_repositories_and_no_other() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = format!("{MEMBERSHIPS}/writer");
    assert_eq!(owner.put(&path, "{}").await.status, 200);
    let given = "/repos/octo-org/public-repo/collaborators/writer";
    let admin = r#"{"permission":"admin"}"#;
    assert_eq!(owner.put(given, admin).await.status, 204);
    let own = "/repos/owner/own";
    let elsewhere = format!("{own}/collaborators/writer");
    assert_eq!(owner.put(&elsewhere, "").await.status, 204);
    let writer = world.r#as(&world.writer);
    let made = writer
        .post("/orgs/octo-org/repos", r#"{"name":"made","private":true}"#)
        .await;
    assert_eq!(made.status, 201);

    assert_eq!(owner.delete(&path).await.status, 204);
    let private = ["/repos/octo-org/hello-world", "/repos/octo-org/made"];
    for repository in private {
        let secrets = writer.get(&format!("{repository}/actions/secrets")).await;
        assert_eq!(secrets.status, 404, "{repository}");
    }
    let public = "/repos/octo-org/public-repo/actions/secrets";
    assert_eq!(writer.get(public).await.status, 403);
    assert_eq!(writer.get(own).await.status, 200);
    let reader = world.r#as(&world.reader);
    assert_eq!(reader.get(private[0]).await.status, 200);
    let entries = log(&world, OCTO).await;
    assert_snapshot!(entries.last().expect("an entry"), @r#"{"action":"org.remove_member","org":"octo-org","user":"writer","repositories":3}"#);

    // Whoever comes back begins as a member.
    assert_eq!(owner.put(&path, "{}").await.status, 200);
    let shown = writer.get(private[1]).await.json();
    assert_eq!(shown["permissions"]["pull"], true);
    assert_eq!(shown["permissions"]["push"], false);
}

#[tokio::test]
async fn an_organization_has_a_hundred_thousand_members_and_no_more() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    // Three are there already.
    world
        .change(
            "INSERT INTO account (id, kind, login, login_key, created_at, updated_at)
             WITH RECURSIVE number (n) AS (
                 SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 99996)
             SELECT 1000 + n, 'User', 'u' || n, 'u' || n, 0, 0 FROM number",
        )
        .await;
    world
        .change(
            "INSERT INTO membership (org_id, user_id, role)
             SELECT 7, id, 'member' FROM account WHERE id > 1000",
        )
        .await;
    let last = format!("{MEMBERSHIPS}/writer");
    assert_eq!(owner.put(&last, "").await.status, 200);
    let beyond = owner.put(&format!("{MEMBERSHIPS}/reader"), "").await;
    assert_snapshot!(beyond.brief(), @r#"
    422 Unprocessable Entity
    {"message":"The number of members is limited to 100000. Delete one before creating another.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/orgs#set-organization-membership-for-a-user"}
    "#);
    // Who is there already is still promoted.
    assert_eq!(owner.put(&last, r#"{"role":"admin"}"#).await.status, 200);
}
