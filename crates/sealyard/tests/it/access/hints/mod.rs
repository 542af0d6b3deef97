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

use crate::world::{World, token};
use ask::{Bodies, Depth, Way, ask, compare};
use places::Viewer;

/// All that a token can be given, but for the site's administration.
const ALL_SCOPES: &str = "admin:org, delete_repo, repo, user, workflow";
/// How much is quoted when something differs.
const SHOWN: usize = 5;
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
    })
}

/// All that a change leaves behind: the heads of the log, and how much there is of everything.
async fn state(world: &World) -> String {
    let mut read = world.app.db.read().await.expect("a read");
    let mut out = String::new();
    let heads = "SELECT chain, seq, head FROM audit_chain ORDER BY chain";
    for row in read.query(heads, &[]).await.expect("a query") {
        let (chain, seq): (i64, i64) = (row.get(0).expect("a chain"), row.get(1).expect("a count"));
        let head: [u8; 32] = row.get(2).expect("a head");
        writeln!(out, "chain {chain}: {seq} {head:?}").expect("a string");
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
        assert!(compared > 500, "only {compared} were compared");
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
        let viewer = match template.split('/').nth(1) {
            Some("repos" | "repositories") => Viewer::Outsider,
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
