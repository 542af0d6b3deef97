//! What is kept of branch policies, and what it decides.

use insta::assert_snapshot;

use sealyard::directory::EnvironmentId;
use sealyard::directory::store::environment::protection;

use super::{ENVIRONMENT, POLICIES, PROTECTED, admits, last_entry, with};
use crate::world::World;

#[tokio::test]
async fn every_change_is_in_the_log_with_what_it_changed() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(&owner, &[r#"{"name":"v*","type":"tag"}"#]).await;
    let one = format!("{POLICIES}/1");
    let mut told = Vec::new();
    for step in 0..3 {
        match step {
            0 => {}
            1 => assert_eq!(owner.put(&one, r#"{"name":"v2*"}"#).await.status, 200),
            _ => assert_eq!(owner.delete(&one).await.status, 204),
        }
        let entry = last_entry(&world).await;
        assert_eq!(entry["action"], "environment.update_protection_rule");
        assert_eq!(entry["environment_name"], "production");
        assert_eq!(entry["repo"], "octo-org/hello-world");
        assert_eq!(entry["actor"], "owner");
        told.push(format!("{} {}", entry["name"], entry["detail"]));
    }
    assert_snapshot!(told.join("\n"), @r#"
    "v*" "create tag policy"
    "v2*" "update tag policy from v*"
    "v2*" "delete tag policy"
    "#);
}

#[tokio::test]
async fn policies_go_with_their_environment_and_do_not_come_back() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(
        &owner,
        &[r#"{"name":"main"}"#, r#"{"name":"v*","type":"tag"}"#],
    )
    .await;
    assert_eq!(owner.delete(ENVIRONMENT).await.status, 204);
    let left = "SELECT COUNT(*) FROM deployment_branch_policy";
    assert_eq!(world.count(left).await, 0);
    with(&owner, &[]).await;
    assert_eq!(owner.get(POLICIES).await.json()["total_count"], 0);
}

#[tokio::test]
async fn the_environment_looks_as_before() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(&owner, &[]).await;
    let before = owner.get(ENVIRONMENT).await.body;
    world.clock.advance(60_000);
    with(&owner, &[r#"{"name":"main"}"#]).await;
    assert_eq!(owner.get(ENVIRONMENT).await.body, before);
}

#[tokio::test]
async fn an_environment_holds_a_hundred_policies_and_no_more() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    with(&owner, &[]).await;
    let sql = "
        INSERT INTO deployment_branch_policy (id, environment_id, kind, pattern)
        VALUES ($1, 1, 'branch', $2)";
    let mut tx = world.app.db.begin().await.expect("a write");
    for id in 1_000..1_099_i64 {
        let pattern = format!("b{id}");
        let values = [id.into(), (&pattern).into()];
        tx.execute(sql, &values).await.expect("a statement");
    }
    tx.commit().await.expect("a commit");
    let last = r#"{"name":"last"}"#;
    assert_eq!(owner.post(POLICIES, last).await.status, 200);
    let refused = owner.post(POLICIES, r#"{"name":"beyond"}"#).await;
    assert_snapshot!(refused.brief(), @r#"
    422 Unprocessable Entity
    {"message":"The number of deployment branch policies is limited to 100. Delete one before creating another.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/deployments#create-a-deployment-branch-policy"}
    "#);
    assert_eq!(owner.post(POLICIES, last).await.status, 303);
    let renamed = owner.put(&format!("{POLICIES}/1"), r#"{"name":"x"}"#).await;
    assert_eq!(renamed.status, 200);
}

#[tokio::test]
async fn what_is_kept_decides_which_refs_deploy() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let (main, release, tag) = ("refs/heads/main", "refs/heads/release/1", "refs/tags/v1");
    let all = async |world| {
        let mut admitted = Vec::new();
        for git_ref in [main, release, tag, "refs/pull/1/merge"] {
            admitted.push(admits(world, git_ref).await);
        }
        admitted
    };
    assert_eq!(all(&world).await, [true; 4], "no policy");
    owner.put(ENVIRONMENT, PROTECTED).await;
    assert_eq!(all(&world).await, [true, false, false, false]);
    let renamed = r#"{"default_branch":"release/1"}"#;
    owner.patch("/repos/octo-org/hello-world", renamed).await;
    assert_eq!(all(&world).await, [false, true, false, false]);
    with(&owner, &[]).await;
    assert_eq!(all(&world).await, [false; 4], "no pattern");
    with(
        &owner,
        &[r#"{"name":"*"}"#, r#"{"name":"v*","type":"tag"}"#],
    )
    .await;
    assert_eq!(all(&world).await, [true, false, true, false]);
    owner.put(ENVIRONMENT, "{}").await;
    assert_eq!(all(&world).await, [true; 4]);
    let mut read = world.app.db.read().await.expect("a read");
    let nowhere = protection(&mut read, EnvironmentId(424_242)).await;
    assert!(nowhere.expect("a query").is_none());
}
