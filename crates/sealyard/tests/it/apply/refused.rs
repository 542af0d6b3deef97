//! Files that are refused, and owners that are.

use insta::assert_snapshot;

use super::kept::everything;
use super::{applied, done, plan, refusal, reported};
use crate::world::World;

#[tokio::test]
async fn what_is_no_file_is_refused_with_its_line() {
    let world = World::new().await;
    for (file, expected) in [
        (
            "[users.alice]\nemial = 'a@b'",
            "line 2: unknown field `emial`",
        ),
        ("[teams.core]", "line 1: unknown field `teams`"),
        (
            "\n[organizations.a]\nmembers = { b = 'owner' }",
            "line 3: unknown variant `owner`",
        ),
        ("[users.a]\n[users.a]", "line 2: duplicate key"),
        (
            "[users.a]\nsuspended = true",
            "line 2: unknown field `suspended`",
        ),
        (
            "[users.a.repositories.b]\nvisibility = 'secret'",
            "line 2: unknown variant `secret`",
        ),
        (
            "[users.a.repositories.b]\nenvironments = 'x'",
            "line 2: invalid type",
        ),
        ("users = 3", "line 1: invalid type"),
        ("[users.a", "line 1: "),
    ] {
        let why = refusal(&world, file).await;
        assert!(why.starts_with(expected), "{why}");
    }
}

#[tokio::test]
async fn what_no_name_can_be_is_refused_all_at_once() {
    let world = World::new().await;
    let long = "x".repeat(351);
    let file = format!(
        r#"
        [users.-x]
        [users.alice]
        email = "nobody"
        name = "two\nlines"
        [users.alice.repositories."a b"]
        [users.alice.repositories.mine]
        visibility = "internal"
        description = "{long}"
        collaborators = {{ ALICE = "push", bob = "admin" }}
        [users.ALICE]
        [organizations.alice]
        [organizations.octo-org]
        members = {{ "a_b" = "member", admin = "admin", ADMIN = "member" }}
        [organizations.octo-org.repositories.Twice]
        environments = ["a", "A", "", "b\tc"]
        [organizations.octo-org.repositories.twice]
        "#
    );
    assert_snapshot!(refusal(&world, &file).await, @"
    16 mistakes
      users.-x: a login is 1 to 39 letters, digits and hyphens, no hyphen at the ends
      users.alice: email is no address
      users.alice.repositories.a b: a repository's name is 1 to 100 of A-Z a-z 0-9 . - _
      users.alice.repositories.mine: description is one line of at most 350 characters
      users.alice.repositories.mine: only organisations have internal repositories
      users.alice.repositories.mine: a user's repository knows push and none only
      users.alice.repositories.mine: its owner cannot be its collaborator
      users.alice: name is one line of at most 255 characters
      users.alice: this name is there twice; capitals make no difference
      organizations.alice: this name is there twice; capitals make no difference
      organizations.octo-org.members.a_b: a login is 1 to 39 letters, digits and hyphens, no hyphen at the ends
      organizations.octo-org.members.admin: this name is there twice; capitals make no difference
      organizations.octo-org.repositories.Twice.environments: A: this name is there twice; capitals make no difference
      organizations.octo-org.repositories.Twice: an environment's name is 1 to 255 characters without control characters
      organizations.octo-org.repositories.Twice: an environment's name is 1 to 255 characters without control characters
      organizations.octo-org.repositories.twice: this name is there twice; capitals make no difference
    ");
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_the_plan() {
    let world = World::new().await;
    let archive = "[organizations.octo-org.repositories.public-repo]\narchived = true";
    applied(&world, archive).await;
    let file = r#"
        [users.other-org]
        [organizations.owner]
        [organizations.new-org]
        members = { member = "member" }
        [organizations.octo-org]
        members = { amdin = "admin", other-org = "member", owner = "none", admin = "member" }
        [organizations.octo-org.repositories.public-repo]
        environments = ["late"]
        [organizations.octo-org.repositories.hello-world]
        collaborators = { nobody = "none" }
    "#;
    assert_snapshot!(refusal(&world, file).await, @"
    7 mistakes
      other-org is an organisation already
      new-org is new and needs a member with the role admin
      octo-org: amdin is nobody; [users.NAME] makes a user
      octo-org: nobody is nobody; [users.NAME] makes a user
      octo-org: other-org is an organisation
      octo-org/public-repo is archived; archived = false makes changes possible
      owner is a user already
    ");
}

#[tokio::test]
async fn many_reasons_are_counted() {
    let world = World::new().await;
    let tables: Vec<_> = (0..30).map(|number| format!("[users.-{number}]")).collect();
    let why = refusal(&world, &tables.join("\n")).await;
    assert!(why.starts_with("30 mistakes\n"), "{why}");
    assert_eq!(why.lines().count(), 22);
}

#[tokio::test]
async fn the_last_owner_cannot_leave() {
    let world = World::new().await;
    for members in [
        "owner = 'none', admin = 'member'",
        "owner = 'member', admin = 'none', stranger = 'member'",
    ] {
        let file = format!("[organizations.octo-org]\nmembers = {{ {members} }}");
        let why = refusal(&world, &file).await;
        assert_eq!(why, "octo-org: the last owner cannot leave");
    }
}

#[tokio::test]
async fn the_last_owner_can_hand_over_in_one_file() {
    let world = World::new().await;
    let file = r#"
        [organizations.octo-org]
        members = { admin = "none", owner = "member", stranger = "admin" }
    "#;
    let report = applied(&world, file).await;
    assert_eq!(done(&report), ["octo-org 1 1 1"]);
}

#[tokio::test]
async fn an_owner_that_is_refused_stays_as_it_was_and_keeps_nobody_back() {
    let world = World::new().await;
    // One environment less than the limit, so that the second new one is refused.
    let names: Vec<_> = (0..998).map(|number| format!("\"e{number}\"")).collect();
    let nearly_full = format!(
        "[organizations.octo-org.repositories.hello-world]\nenvironments = [{}]",
        names.join(", ")
    );
    applied(&world, &nearly_full).await;
    let before = everything(&world).await;
    let file = r#"
        [organizations.octo-org]
        description = "changed before it is refused"
        members = { stranger = "member" }
        [organizations.octo-org.repositories.also-new]
        [organizations.octo-org.repositories.hello-world]
        environments = ["last", "one-too-many"]
        collaborators = { stranger = "push" }
    "#;
    let report = reported(&world, file).await;
    assert_eq!(report.done, []);
    assert_eq!(
        report.refused,
        [(
            "octo-org".to_owned(),
            "no more than 1000 environments (+ environment octo-org/hello-world one-too-many)"
                .to_owned()
        )]
    );
    assert!(!report.is_unavailable);
    assert_eq!(everything(&world).await, before);

    let beside = format!(
        "{file}\n[users.carol]\n[users.owner.repositories.later]\n[organizations.zoo]\n\
         members = {{ carol = \"admin\", owner = \"member\" }}"
    );
    let report = reported(&world, &beside).await;
    assert_eq!(
        done(&report),
        [
            "new users and organizations 3 0 0",
            "owner 1 0 0",
            "zoo 1 0 0"
        ]
    );
    assert_eq!(report.refused.len(), 1);
    // Mended, it goes on from there.
    let mended = beside.replace(", \"one-too-many\"", "");
    let report = applied(&world, &mended).await;
    assert_eq!(done(&report), ["octo-org 4 1 0"]);
    assert!(plan(&world, &mended).await.lines.is_empty());
}

#[tokio::test]
async fn what_changes_after_the_plan_is_seen_by_the_work() {
    let world = World::new().await;
    let file = r#"
        [organizations.octo-org.repositories.hello-world]
        visibility = "public"
        environments = ["qa"]
    "#;
    assert_eq!(plan(&world, file).await.lines.len(), 2);
    let owner = world.r#as(&world.owner);
    let path = "/repos/octo-org/hello-world/environments/qa";
    assert_eq!(owner.put(path, "").await.status, 200);
    assert_eq!(done(&applied(&world, file).await), ["octo-org 0 1 0"]);
}

#[tokio::test]
async fn a_store_that_fails_ends_the_work_with_what_is_not_begun() {
    let world = World::new().await;
    world.change("DROP TABLE audit_entry").await;
    let file = r"
        [organizations.octo-org.repositories.new]
        [users.owner.repositories.new]
        [users.admin.repositories.new]
    ";
    let report = reported(&world, file).await;
    assert_eq!(report.done, []);
    assert_eq!(report.refused[0].0, "admin");
    assert_eq!(report.not_begun, ["owner", "octo-org"]);
    assert!(report.is_unavailable);
    assert_eq!(world.count("SELECT COUNT(*) FROM repository").await, 5);
}

#[tokio::test]
async fn files_that_are_applied_at_the_same_time_both_hold() {
    let world = World::new().await;
    let file = |number: usize| {
        format!(
            r#"
            [users.boss]
            [users.of-{number}]
            [organizations.of-both]
            members = {{ boss = "admin", of-{number} = "member" }}
            [organizations.of-both.repositories.of-both]
            environments = ["both", "of-{number}"]
            [organizations.octo-org.repositories.of-{number}]
            environments = ["production"]
            [users.owner.repositories.of-both]
            collaborators = {{ of-{number} = "push" }}
            "#
        )
    };
    let files: Vec<_> = (0..8).map(file).collect();
    let works = files.iter().map(|file| applied(&world, file));
    futures_util::future::join_all(works).await;
    for file in &files {
        assert!(plan(&world, file).await.lines.is_empty());
    }
}
