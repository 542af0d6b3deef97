//! Organisations: made, shown, listed.

use insta::assert_snapshot;
use sealyard::audit;

use super::{log, token};
use crate::world::World;

#[tokio::test]
async fn a_new_organization_has_its_admin_as_owner() {
    let world = World::new().await;
    let body = r#"{"login":"Hubots","admin":"WRITER","profile_name":"Hubots, Inc."}"#;
    let made = world.r#as(&world.admin).post("/admin/organizations", body).await;
    assert_snapshot!(made.whole(), @"");
    let writer = world.r#as(&world.writer);
    let membership = writer.get("/orgs/hubots/memberships/writer").await.json();
    assert_eq!(membership["role"], "admin");
    assert_eq!(writer.get("/orgs/hubots").await.json()["name"], "Hubots, Inc.");
    // Who makes an organisation for somebody else does not belong to it.
    let admin = world.r#as(&world.admin);
    assert_eq!(admin.get("/orgs/hubots/members").await.status, 403);
    assert_snapshot!(log(&world, audit::INSTANCE).await.join("\n"), @"");
}

#[tokio::test]
async fn an_organization_needs_a_free_login_and_a_user() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    let mut answers = Vec::new();
    for body in [
        r#"{"login":"octo-ORG","admin":"owner"}"#,
        r#"{"login":"owner","admin":"owner"}"#,
        r#"{"login":"octo_org","admin":"owner"}"#,
        r#"{"login":"hubots","admin":"nobody"}"#,
        r#"{"login":"hubots","admin":"octo-org"}"#,
        r#"{"profile_name":"Hubots"}"#,
        r#"{"login":1,"admin":null}"#,
    ] {
        let refused = admin.post("/admin/organizations", body).await;
        answers.push(format!("{body}\n{}", refused.brief()));
    }
    assert_snapshot!(answers.join("\n"), @"");
    let long = format!(r#"{{"login":"hubots","admin":"owner","profile_name":"{}"}}"#, "é".repeat(256));
    assert_eq!(admin.post("/admin/organizations", long).await.status, 422);
    let organizations = world.count("SELECT COUNT(*) FROM account WHERE kind = 'Organization'");
    assert_eq!(organizations.await, 2);
    assert!(log(&world, audit::INSTANCE).await.is_empty());
}

#[tokio::test]
async fn owners_see_more_of_an_organization_than_others() {
    let world = World::new().await;
    let anonymous = world.anonymous().get("/orgs/octo-org").await;
    assert_snapshot!(anonymous.whole(), @"");
    let member = world.r#as(&world.member).get("/orgs/octo-org").await;
    assert_eq!(member.text(), anonymous.text());
    let unscoped = token(&world, "owner", "read:org").await;
    let reader = world.with_token(&unscoped).get("/orgs/octo-org").await;
    assert_eq!(reader.text(), anonymous.text());
    let owner = world.r#as(&world.owner).get("/orgs/octo-org").await;
    let more = owner.text().strip_prefix(anonymous.text().trim_end_matches('}'));
    assert_snapshot!(more.expect("all that others see"), @"");
}

#[tokio::test]
async fn an_organization_is_found_by_login_in_any_case_and_by_id() {
    let world = World::new().await;
    let anonymous = world.anonymous();
    let by_login = anonymous.get("/orgs/Octo-Org").await;
    assert_eq!(anonymous.get("/organizations/7").await.text(), by_login.text());
    for path in ["/orgs/owner", "/orgs/nowhere", "/organizations/1", "/organizations/x"] {
        assert_eq!(anonymous.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn callers_list_the_organizations_they_belong_to() {
    let world = World::new().await;
    let own = world.r#as(&world.member).get("/user/orgs").await;
    assert_snapshot!(own.text(), @"");
    assert_eq!(world.r#as(&world.stranger).get("/user/orgs").await.text(), "[]");
    let repo = token(&world, "member", "repo").await;
    assert_eq!(world.with_token(&repo).get("/user/orgs").await.status, 403);
}

#[tokio::test]
async fn own_organizations_come_in_pages() {
    let world = World::new().await;
    let admin = world.r#as(&world.admin);
    for login in ["zebra", "ant"] {
        let body = format!(r#"{{"login":"{login}","admin":"admin"}}"#);
        assert_eq!(admin.post("/admin/organizations", body).await.status, 201);
    }
    let page = admin.get("/user/orgs?per_page=1&page=2").await;
    assert_eq!(page.json()[0]["login"], "zebra");
    assert_snapshot!(page.header("link").expect("a Link"), @"");
}
