//! For a caller who may not know, what is private and what is missing answer alike: status,
//! headers but for date and request id, and body, whatever is asked in whatever way. And nothing
//! is changed by asking.
//!
//! `places` says which paths must not be told apart, `ask` asks in every way. Whether both take the
//! same time is measured by `cargo xtask soak hints`.
//!
//! Logins, organisations and public repositories are no secret; what is inside of them is. Whoever
//! makes or renames something learns that a name is taken: names are unique, as at GitHub.

mod ask;
mod named;
mod places;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use http::Method;
use sealyard::app::Wire;
use sealyard::identity::token::{Kind, Token};

use crate::world::{World, token};
use ask::{Bodies, Depth, Way, ask, compare};
use places::Viewer;

/// All that a token can be given, but for the site's administration.
const ALL_SCOPES: &str = "admin:org, delete_repo, repo, user, workflow";
/// How much is quoted when something differs.
const SHOWN: usize = 5;
/// The key that the runner of another organisation registered.
const KEY: [u8; 32] = [9; 32];
/// How the log calls a delivery that was refused.
const REFUSED: &str = r#""action":"workflows.reject_workflow_job""#;
/// An environment that takes branch policies.
const CUSTOM: &str =
    r#"{"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}"#;

/// Those of apps and of site administrators name things too; but nobody here gets as far as a look-up
/// there, and what an app may know of another's installations is asked in its own tests.
fn templates() -> BTreeSet<String> {
    let routes = sealyard::router::routes();
    let of_others =
        |path: &str| path.starts_with("/app/") || path.starts_with("/users/{username}/");
    let templates = routes.templates().filter(|path| !of_others(path));
    templates.map(str::to_owned).collect()
}

/// Puts something in every kind of place; gives the token of `outsider`, who owns `other-org`.
async fn furnished(world: &World) -> String {
    const OUTSIDER: &str = "
        INSERT INTO membership (org_id, user_id, role)
        SELECT org.id, person.id, 'admin' FROM account org, account person
        WHERE org.login = 'other-org' AND person.login = 'outsider'";
    let (admin, owner) = (world.r#as(&world.admin), world.r#as(&world.owner));
    let repository = "/repos/octo-org";
    let old_name = r#"{"name":"old-name","private":true}"#;
    let new_name = r#"{"name":"new-name"}"#;
    let mut made = vec![
        admin.post("/admin/users", r#"{"login":"outsider"}"#).await,
        owner.post("/orgs/octo-org/repos", old_name).await,
        owner
            .patch(&format!("{repository}/old-name"), new_name)
            .await,
        owner
            .put(
                &format!("{repository}/public-repo/environments/production"),
                "",
            )
            .await,
    ];
    let production = format!("{repository}/hello-world/environments/production");
    let policies = format!("{production}/deployment-branch-policies");
    made.push(owner.put(&production, CUSTOM).await);
    made.push(owner.post(&policies, r#"{"name":"main"}"#).await);
    for place in [
        "/repos/octo-org/hello-world/actions/secrets",
        "/repos/octo-org/hello-world/environments/production/secrets",
        "/repos/octo-org/public-repo/actions/secrets",
        "/repos/octo-org/public-repo/environments/production/secrets",
        "/orgs/octo-org/actions/secrets",
    ] {
        let selection = r#""visibility":"selected","selected_repository_ids":[1]"#;
        let body = world.sealed_with(place, b"value", selection).await;
        made.push(owner.put(&format!("{place}/A"), body).await);
    }
    for reply in made {
        assert!(reply.status.is_success(), "{}", reply.brief());
    }
    runners(world).await;
    jobs(world).await;
    world.change(OUTSIDER).await;
    let id = world
        .count("SELECT id FROM account WHERE login = 'outsider'")
        .await;
    token(&world.app, id, ALL_SCOPES, None).await
}

/// Runner 1 of `octo-org/hello-world` and runner 2 of `octo-org`, both with the label `gpu`.
async fn runners(world: &World) {
    for sql in [
        "INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, created_at)
         SELECT 1, 2, 1, 'builder', 'linux', uuid, 1, 1767323045 FROM instance",
        "INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, created_at)
         SELECT 2, 1, 7, 'builder', 'linux', root_id, 1, 1767323045 FROM instance",
        "INSERT INTO runner_label (id, runner_id, name, name_key, read_only)
         SELECT id, id, 'gpu', 'gpu', 0 FROM runner",
    ] {
        world.change(sql).await;
    }
}

/// The credential of runner 3, which is of `other-org` and serves what it has.
async fn machine(world: &World) -> String {
    const RUNNER: &str = "
        INSERT INTO runner (id, scope_kind, scope_id, name, os, mac, epoch, created_at, public_key,
                            selection_id)
        VALUES (3, 1, 8, 'theirs', 'linux', $1, 1, 1767323045, $2, 900)";
    let token = Token::generate(Kind::Runner);
    let mac = token.mac(&world.app.keyring);
    let mut tx = world.app.db.begin().await.expect("a write");
    let values = [(&mac).into(), (&KEY).into()];
    tx.execute(RUNNER, &values).await.expect("a runner");
    tx.commit().await.expect("a commit");
    for sql in [
        "INSERT INTO runner_label (id, runner_id, name, name_key, read_only)
         VALUES (3, 3, 'self-hosted', 'self-hosted', 1)",
        "INSERT INTO selection_repository (selection_id, repository_id) VALUES (900, 4)",
    ] {
        world.change(sql).await;
    }
    token.reveal().to_owned()
}

/// Job 91 of `octo-org/hello-world`, which runner 1 has, and job 92 of `owner/own`, which waits.
async fn jobs(world: &World) {
    for sql in [
        "INSERT INTO job (id, repository_id, fork, created_at, runner_id, runner_name, started_at,
                          lease_ends_at)
         VALUES (91, 1, 0, 1767323045, 1, 'builder', 1767323045, 1767326645)",
        "INSERT INTO job (id, repository_id, fork, created_at, expires_at)
         VALUES (92, 5, 0, 1767323045, 1767326645)",
    ] {
        world.change(sql).await;
    }
}

async fn token_without_repo(world: &World) -> String {
    let scopes = "admin:org, delete_repo, public_repo, user, workflow";
    token(&world.app, world.owner.id, scopes, None).await
}

/// The token of a viewer. Another credential is one more line here and in [`Viewer`].
async fn token_of(world: &World, viewer: Viewer, outsider: String) -> Option<String> {
    let owner = world.owner.id;
    Some(match viewer {
        Viewer::Anonymous => return None,
        Viewer::Stranger => token(&world.app, world.stranger.id, ALL_SCOPES, None).await,
        Viewer::Outsider => outsider,
        Viewer::WithoutRepo => token_without_repo(world).await,
        Viewer::Powerless => token(&world.app, owner, "public_repo, user", None).await,
        Viewer::Member => token(&world.app, world.member.id, ALL_SCOPES, None).await,
        Viewer::Reader => token(&world.app, world.reader.id, ALL_SCOPES, None).await,
        Viewer::Machine => machine(world).await,
    })
}

/// All that a change leaves behind: what the log has, and how much there is of everything. Refused
/// deliveries are in the log, too, and change nothing else.
async fn state(world: &World) -> String {
    let mut read = world.app.db.read().await.expect("a read");
    let mut out = String::new();
    let entries = "SELECT chain, entry FROM audit_entry ORDER BY chain, seq";
    for row in read.query(entries, &[]).await.expect("a query") {
        let (chain, entry): (i64, String) =
            (row.get(0).expect("a chain"), row.get(1).expect("an entry"));
        if !entry.contains(REFUSED) {
            writeln!(out, "chain {chain}: {entry}").expect("a string");
        }
    }
    for sql in [
        "SELECT kind, value FROM counter ORDER BY kind",
        "SELECT 'secrets', COUNT(*) FROM secret",
        "SELECT 'sealing keys', COUNT(*) FROM sealing_key",
        "SELECT 'selections', COUNT(*) FROM secret_selection",
        "SELECT 'repositories', COUNT(*) FROM repository",
        "SELECT 'environments', COUNT(*) FROM environment",
        "SELECT 'branch policies', COUNT(*) FROM deployment_branch_policy",
        "SELECT 'memberships', COUNT(*) FROM membership",
        "SELECT 'collaborators', COUNT(*) FROM collaborator",
        "SELECT 'tokens', COUNT(*) FROM token",
        "SELECT 'runners', COUNT(*) FROM runner",
        "SELECT 'labels', COUNT(*) FROM runner_label",
        "SELECT 'runner tokens', COUNT(*) FROM runner_token",
        "SELECT 'runners that were heard of', COUNT(last_seen_at) FROM runner",
        "SELECT 'served', COUNT(*) FROM selection_repository",
        "SELECT 'jobs', COUNT(*) FROM job",
        "SELECT 'jobs that began', COUNT(started_at) FROM job",
        "SELECT 'jobs that ended', COUNT(ended_at) FROM job",
        "SELECT 'approvals', COUNT(approved_at) FROM job",
        "SELECT 'copies', COUNT(*) FROM job_secret",
        "SELECT 'deliveries', COUNT(*) FROM delivery",
    ] {
        for row in read.query(sql, &[]).await.expect("a query") {
            let (what, number): (String, i64) =
                (row.get(0).expect("a text"), row.get(1).expect("a number"));
            writeln!(out, "{what}: {number}").expect("a string");
        }
    }
    out
}

/// Asks for everything as this viewer and compares: in every way of an Enterprise Server, and in a
/// few of github.com.
async fn cannot_tell(viewer: Viewer) {
    let worlds = [
        (World::new().await, Depth::Every),
        // Its refusals are worded differently, and stand behind the same rules.
        (World::github_com().await, Depth::Few),
    ];
    for (world, depth) in worlds {
        let outsider = furnished(&world).await;
        let token = token_of(&world, viewer, outsider).await;
        let asker = (viewer, token.as_deref());
        let bodies = Bodies::new(&world, depth).await;
        let before = state(&world).await;
        let (mut found, mut compared) = (Vec::new(), 0);
        for template in templates() {
            for set in places::sets(viewer, &template) {
                let (differences, count) = compare(&world, asker, &bodies, &set).await;
                found.extend(differences);
                compared += count;
            }
        }
        let shown: Vec<_> = found.iter().take(SHOWN).map(String::as_str).collect();
        let shown = shown.join("\n\n");
        assert!(
            found.is_empty(),
            "{} of {compared} differ:\n{shown}",
            found.len()
        );
        // Only the paths of jobs are anything to a runner.
        let least = if viewer == Viewer::Machine { 300 } else { 500 };
        assert!(compared > least, "only {compared} were compared");
        assert_eq!(state(&world).await, before, "asking has changed something");
    }
}

#[tokio::test]
async fn the_anonymous_cannot_tell_private_from_missing() {
    cannot_tell(Viewer::Anonymous).await;
}

#[tokio::test]
async fn a_stranger_cannot_tell_private_from_missing() {
    cannot_tell(Viewer::Stranger).await;
}

#[tokio::test]
async fn the_owner_of_another_organization_cannot_tell_private_from_missing() {
    cannot_tell(Viewer::Outsider).await;
}

#[tokio::test]
async fn an_owner_whose_token_lacks_repo_cannot_tell_private_from_missing() {
    cannot_tell(Viewer::WithoutRepo).await;
}

#[tokio::test]
async fn an_owner_whose_token_is_for_public_things_cannot_tell_what_the_organization_holds() {
    cannot_tell(Viewer::Powerless).await;
}

#[tokio::test]
async fn a_member_cannot_tell_what_secrets_and_runners_the_organization_has() {
    cannot_tell(Viewer::Member).await;
}

#[tokio::test]
async fn a_reader_cannot_tell_what_secrets_and_runners_the_repository_has() {
    cannot_tell(Viewer::Reader).await;
}

#[tokio::test]
async fn a_runner_of_another_organization_cannot_tell_jobs_from_missing_ones() {
    cannot_tell(Viewer::Machine).await;
}

/// Where not even an organisation is shown to the anonymous.
#[tokio::test]
async fn in_private_mode_the_anonymous_cannot_tell_anything_from_missing() {
    let wire = Wire {
        private_mode: true,
        ..Wire::default()
    };
    let world = World::with(wire).await;
    drop(furnished(&world).await);
    let bodies = Bodies::new(&world, Depth::Every).await;
    let before = state(&world).await;
    for template in templates() {
        let set = places::anything(&template);
        let (found, _) = compare(&world, (Viewer::Anonymous, None), &bodies, &set).await;
        assert!(found.is_empty(), "{}", found.join("\n\n"));
    }
    assert_eq!(state(&world).await, before, "asking has changed something");
}

/// The same comparison with eyes that may see: it would notice.
#[tokio::test]
async fn whoever_may_know_is_told_the_difference() {
    let world = World::new().await;
    let before = state(&world).await;
    drop(furnished(&world).await);
    assert_ne!(
        state(&world).await,
        before,
        "a change leaves nothing behind"
    );
    let owner = Some(world.owner.token.as_str());
    let get = Way {
        method: Method::GET,
        accept: None,
        body: b"",
    };
    let mut told_apart = 0;
    for template in templates() {
        let below = template.strip_prefix("/api/sealyard/v1");
        let viewer = match below.unwrap_or(&template).split('/').nth(1) {
            Some("repos" | "repositories" | "jobs") => Viewer::Outsider,
            Some("orgs" | "organizations") => Viewer::Powerless,
            _ => continue,
        };
        let sets = places::sets(viewer, &template);
        let Some((missing, others)) = sets.first().and_then(|set| set.split_first()) else {
            continue;
        };
        let missing = ask(&world, owner, &get, missing).await;
        if !missing.headers.contains_key("x-accepted-oauth-scopes") {
            // It is not read by GET.
            continue;
        }
        let mut differs = false;
        for path in others {
            differs |= ask(&world, owner, &get, path).await != missing;
        }
        assert!(differs, "GET {template}");
        told_apart += 1;
    }
    assert!(told_apart > 20, "only {told_apart} were compared");
}

#[test]
fn every_route_that_names_something_hidden_is_asked() {
    let is_asked = |template: &String| {
        let mut viewers = Viewer::ALL.into_iter();
        viewers.any(|viewer| !places::sets(viewer, template).is_empty())
    };
    let forgotten: Vec<String> = templates()
        .into_iter()
        .filter(|template| !places::is_open(template) && !is_asked(template))
        .collect();
    assert_eq!(forgotten, [""; 0]);
}
