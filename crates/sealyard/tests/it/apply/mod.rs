//! `sealyard apply`: a file, its plan, and the store afterwards.

mod kept;
mod limits;
mod model;
mod refused;
mod throw;

use insta::assert_snapshot;
use sealyard::admin::{Command, Outcome, execute};
use sealyard::apply::{Plan, Report};

use crate::world::World;
use kept::{actions, everything};

/// A file with one of everything.
const FILE: &str = r#"
    [users.alice]
    email = "alice@example.com"
    name = "Alice"
    [users.alice.repositories.dotfiles]
    collaborators = { stranger = "push" }

    [users.bob]

    [organizations.acme]
    description = "Makes everything"
    members = { alice = "admin", bob = "member", stranger = "admin" }
    [organizations.acme.repositories.rockets]
    visibility = "internal"
    description = "To the moon"
    environments = ["production", "staging"]
    collaborators = { bob = "maintain", reader = "read" }
    [organizations.acme.repositories.relics]
    archived = true
"#;

/// The same people and places, different in every way that a file can ask for.
const CHANGED: &str = r#"
    [users.alice]
    email = ""
    name = "Alice A."
    [users.alice.repositories.dotfiles]
    visibility = "public"
    collaborators = { stranger = "none", bob = "write" }

    [organizations.acme]
    name = "Acme"
    description = ""
    members = { alice = "none", bob = "admin", stranger = "member", writer = "member" }
    [organizations.acme.repositories.rockets]
    visibility = "private"
    description = ""
    environments = ["staging", "qa"]
    collaborators = { bob = "none", reader = "triage", writer = "admin" }
    [organizations.acme.repositories.relics]
    archived = false
    environments = ["museum"]
    [organizations.acme.repositories.new]
"#;

async fn run(world: &World, file: &str, dry_run: bool) -> Outcome {
    let file = file.to_owned();
    execute(&world.app, Command::Apply { file, dry_run }).await
}

/// The same, of a file that is not refused.
async fn accepted(world: &World, file: &str, dry_run: bool) -> Outcome {
    let outcome = run(world, file, dry_run).await;
    if let Outcome::Refused(why) = &outcome {
        panic!("refused: {why}");
    }
    outcome
}

/// What would be done.
async fn plan(world: &World, file: &str) -> Plan {
    let Outcome::Planned(plan) = accepted(world, file, true).await else {
        panic!("no plan");
    };
    plan
}

/// What was done; nothing of it was refused.
async fn applied(world: &World, file: &str) -> Report {
    let report = reported(world, file).await;
    assert_eq!(report.refused, [], "{report:?}");
    report
}

async fn reported(world: &World, file: &str) -> Report {
    let Outcome::Applied(report) = accepted(world, file, false).await else {
        panic!("no report");
    };
    report
}

/// Why a file is refused, by the plan and by the work alike; it changes nothing.
async fn refusal(world: &World, file: &str) -> String {
    let before = everything(world).await;
    let Outcome::Refused(by_plan) = run(world, file, true).await else {
        panic!("the plan was made");
    };
    let Outcome::Refused(by_work) = run(world, file, false).await else {
        panic!("the work was done");
    };
    assert_eq!(by_plan, by_work);
    assert_eq!(everything(world).await, before);
    by_plan
}

/// One line for each owner of a report.
fn done(report: &Report) -> Vec<String> {
    let line = |(owner, counts): &(String, sealyard::apply::Counts)| {
        format!(
            "{owner} {} {} {}",
            counts.added, counts.changed, counts.removed
        )
    };
    report.done.iter().map(line).collect()
}

#[tokio::test]
async fn the_file_in_the_manual_is_applied_as_it_stands() {
    const MANUAL: &str = include_str!("../../../../../docs/OPERATING.md");
    let (_, rest) = MANUAL.split_once("\n# fleet.toml\n").expect("the example");
    let (file, _) = rest.split_once("```").expect("its end");
    let world = World::new().await;
    applied(&world, file).await;
    assert_eq!(plan(&world, file).await, Plan::default());
}

#[tokio::test]
async fn a_file_with_one_of_everything_is_planned_and_done() {
    let world = World::new().await;
    assert_snapshot!(plan(&world, FILE).await.lines.join("\n"), @"
    + user alice
    + repository alice/dotfiles private
    + collaborator alice/dotfiles stranger push
    + user bob
    + organization acme
    + member acme alice admin
    + member acme stranger admin
    + member acme bob member
    + repository acme/relics private
    + repository acme/rockets internal
    + environment acme/rockets production
    + environment acme/rockets staging
    + collaborator acme/rockets bob maintain
    + collaborator acme/rockets reader pull
    ~ repository acme/relics archived
    ");
    let report = applied(&world, FILE).await;
    assert_eq!(
        done(&report),
        [
            "new users and organizations 4 0 0",
            "alice 2 0 0",
            "acme 8 1 0"
        ]
    );
    assert_snapshot!(actions(&world, &report).await, @"
    new users and organizations
      user.create alice
      user.create bob
      org.create acme alice admin
    alice
      repo.create alice/dotfiles private
      repo.add_member alice/dotfiles stranger push
    acme
      org.add_member acme stranger admin
      org.add_member acme bob member
      repo.create acme acme/relics private
      repo.create acme acme/rockets internal
      environment.create acme acme/rockets production
      environment.create acme acme/rockets staging
      repo.add_member acme acme/rockets bob maintain
      repo.add_member acme acme/rockets reader pull
      repo.archived acme acme/relics
    ");
}

#[tokio::test]
async fn what_was_applied_reads_back_over_the_api() {
    let world = World::new().await;
    applied(&world, FILE).await;
    let stranger = world.r#as(&world.stranger);
    let rockets = stranger.get("/repos/acme/rockets").await.json();
    assert_eq!(rockets["visibility"], "internal");
    assert_eq!(rockets["description"], "To the moon");
    let relics = stranger.get("/repos/acme/relics").await.json();
    assert_eq!(relics["visibility"], "private");
    assert_eq!(relics["archived"], true);
    let environments = stranger
        .get("/repos/acme/rockets/environments")
        .await
        .json();
    assert_eq!(environments["total_count"], 2);
    let permission = stranger
        .get("/repos/acme/rockets/collaborators/bob/permission")
        .await
        .json();
    assert_eq!(permission["role_name"], "maintain");
    assert_eq!(
        stranger.get("/orgs/acme").await.json()["description"],
        "Makes everything"
    );
    // An operator makes; nobody is let in for having made it.
    let direct = "/repos/acme/relics/collaborators?affiliation=direct";
    assert_eq!(stranger.get(direct).await.text(), "[]");
}

#[tokio::test]
async fn a_second_run_finds_nothing_to_do() {
    let world = World::new().await;
    applied(&world, FILE).await;
    world.clock.advance(60_000);
    let before = everything(&world).await;
    assert_eq!(plan(&world, FILE).await, Plan::default());
    assert_eq!(reported(&world, FILE).await, Report::default());
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let world = World::new().await;
    let before = everything(&world).await;
    let plan = plan(&world, FILE).await;
    assert_eq!(plan.lines.len(), plan.counts.added + plan.counts.changed);
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn every_kind_of_change_is_planned_done_and_recorded() {
    let world = World::new().await;
    applied(&world, FILE).await;
    let planned = plan(&world, CHANGED).await;
    assert_snapshot!(planned.lines.join("\n"), @"
    ~ user alice name, email
    ~ repository alice/dotfiles visibility private -> public
    + collaborator alice/dotfiles bob push
    - collaborator alice/dotfiles stranger
    ~ organization acme name, description
    ~ member acme bob member -> admin
    - member acme alice
    ~ member acme stranger admin -> member
    + member acme writer member
    + repository acme/new private
    ~ repository acme/relics unarchived
    ~ repository acme/rockets visibility internal -> private, description
    + environment acme/relics museum
    + environment acme/rockets qa
    - collaborator acme/rockets bob
    ~ collaborator acme/rockets reader pull -> triage
    + collaborator acme/rockets writer admin
    ");
    let report = applied(&world, CHANGED).await;
    assert_snapshot!(actions(&world, &report).await, @"
    alice
      repo.create alice/dotfiles private
      repo.add_member alice/dotfiles stranger push
      user.update alice
      repo.access alice/dotfiles public
      repo.add_member alice/dotfiles bob push
      repo.remove_member alice/dotfiles stranger
    acme
      org.add_member acme stranger admin
      org.add_member acme bob member
      repo.create acme acme/relics private
      repo.create acme acme/rockets internal
      environment.create acme acme/rockets production
      environment.create acme acme/rockets staging
      repo.add_member acme acme/rockets bob maintain
      repo.add_member acme acme/rockets reader pull
      repo.archived acme acme/relics
      org.update acme
      org.update_member acme bob admin
      org.remove_member acme alice
      org.update_member acme stranger member
      org.add_member acme writer member
      repo.create acme acme/new private
      repo.unarchived acme acme/relics
      repo.access acme acme/rockets private
      repo.update acme acme/rockets
      environment.create acme acme/relics museum
      environment.create acme acme/rockets qa
      repo.remove_member acme acme/rockets bob
      repo.update_member acme acme/rockets reader triage
      repo.add_member acme acme/rockets writer admin
    ");
    assert!(plan(&world, CHANGED).await.lines.is_empty());
    // What the file no longer names is still there.
    let production = "/repos/acme/rockets/environments/production";
    let bob = crate::world::token(&world.app, 10, "repo", None).await;
    assert_eq!(world.with_token(&bob).get(production).await.status, 200);
}

#[tokio::test]
async fn capitals_make_no_other_name() {
    let world = World::new().await;
    let file = r#"
        [users.OWNER]
        repositories.OWN = { visibility = "private" }
        [organizations.OCTO-org]
        members = { Admin = "admin", MEMBER = "member" }
        [organizations.OCTO-org.repositories.HELLO-World]
        visibility = "private"
        environments = ["PRODUCTION"]
        collaborators = { Writer = "push", READER = "pull" }
    "#;
    assert_eq!(plan(&world, file).await, Plan::default());
}

#[tokio::test]
async fn whoever_is_let_go_gets_only_the_roles_that_the_file_gives() {
    let world = World::new().await;
    applied(
        &world,
        r#"
        [organizations.octo-org]
        members = { stranger = "member" }
        [organizations.octo-org.repositories]
        hello-world.collaborators = { stranger = "push" }
        public-repo.collaborators = { stranger = "push" }
        "#,
    )
    .await;
    let file = r#"
        [organizations.octo-org]
        members = { stranger = "none" }
        repositories.hello-world.collaborators = { stranger = "push" }
    "#;
    assert_snapshot!(plan(&world, file).await.lines.join("\n"), @r"
    - member octo-org stranger
    + collaborator octo-org/hello-world stranger push
    ");
    applied(&world, file).await;
    assert_eq!(plan(&world, file).await, Plan::default());
    let stranger = world.count(
        "SELECT COUNT(*) FROM collaborator JOIN account ON account.id = user_id
         WHERE login_key = 'stranger'",
    );
    assert_eq!(stranger.await, 1);
}

#[tokio::test]
async fn an_empty_file_asks_for_nothing() {
    let world = World::new().await;
    for file in ["", "# nothing yet\n", "[users]\n[organizations]\n"] {
        assert_eq!(plan(&world, file).await, Plan::default());
        assert_eq!(reported(&world, file).await, Report::default());
    }
}
