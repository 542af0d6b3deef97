//! Somebody who owns one organisation puts another one's ids wherever an id can stand, in every
//! described path and in bodies: nothing of the other one changes, and nothing of it is shown.

mod places;

use base64ct::{Base64, Encoding as _};
use http::Method;

use crate::openapi;
use crate::world::{Reply, World};
use places::{Ids, Places};

/// What a path has a place for, in the order in which templates are filled.
const PARAMETERS: [&str; 13] = [
    "{org}",
    "{org_id}",
    "{owner}",
    "{repo}",
    "{repository_id}",
    "{environment_name}",
    "{branch_policy_id}",
    "{secret_name}",
    "{runner_id}",
    "{job_id}",
    "{name}",
    "{username}",
    "{installation_id}",
];

/// Every way to fill a template with ids of one or the other, with at least one of the victim's.
fn substituted(template: &str, own: &Ids, victim: &Ids) -> Vec<String> {
    let places = PARAMETERS
        .iter()
        .flat_map(|name| std::iter::repeat_n(*name, template.matches(name).count()));
    let mut paths = vec![(template.to_owned(), false)];
    for place in places {
        let filled = paths.iter().flat_map(|(path, foreign)| {
            let fill = |ids: &Ids| path.replacen(place, &ids.of(place), 1);
            [(fill(own), *foreign), (fill(victim), true)]
        });
        paths = filled.collect();
    }
    let foreign = paths.into_iter().filter(|(_, foreign)| *foreign);
    let paths: Vec<_> = foreign.map(|(path, _)| path).collect();
    assert!(
        paths.iter().all(|path| !path.contains('{')),
        "{template} has a place that this test does not know"
    );
    paths
}

/// Bodies that name the victim's things wherever a body can: the last one a ticket, with which
/// nothing else may be named.
async fn bodies(world: &World, victim: &Ids) -> [String; 4] {
    let key = Base64::encode_string(&places::KEY);
    let members = format!(
        r#""visibility":"selected","selected_repository_ids":[{repo}],"repository_ids":[{repo}],
           "repositories":["hello-world"],"permission":"admin","role":"admin","labels":["x"],"name":"x",
           "repository":"octo-org/hello-world","environment":"production","public_key":"{key}",
           "reviewers":[{{"type":"User","id":{user}}}]"#,
        repo = victim.repository_id,
        user = victim.user_id,
    );
    let by_ticket = format!(r#"{{"public_key":"{key}","ticket":"{}"}}"#, victim.ticket);
    let key_of = |path| world.sealed_with(path, b"mine", &members);
    [
        String::new(),
        key_of("/orgs/octo-org/actions/secrets").await,
        key_of("/repos/octo-org/hello-world/actions/secrets").await,
        by_ticket,
    ]
}

fn check(what: &str, reply: &Reply) {
    // Names that only the victim's people may know. The public page of its organisation is public.
    for name in ["hello-world", "VICTIM", "victim-runner"] {
        let text = reply.whole();
        assert!(!text.contains(name), "{what} shows {name}: {text}");
    }
    assert!(!reply.status.is_server_error(), "{what}: {}", reply.whole());
}

#[tokio::test]
async fn another_organisations_ids_have_no_effect_anywhere() {
    let world = World::new().await;
    let places = Places::make(&world).await;
    let bodies = bodies(&world, &places.victim).await;
    let before = places::of_victim(&world).await;
    let mut sent = 0;
    for (method, template) in openapi::operations() {
        let takes_jwt = template.starts_with("/app") || template.ends_with("/installation");
        let method: Method = method.parse().expect("a method");
        for path in substituted(template, &places.own, &places.victim) {
            for (who, token) in &places.attackers {
                let is_ours = template.starts_with("/api/sealyard/");
                // A runner's credential is none anywhere else.
                if (*who == "jwt") != takes_jwt || (*who == "runner" && !is_ours) {
                    continue;
                }
                let writes =
                    method == Method::PUT || method == Method::POST || method == Method::PATCH;
                let all = if is_ours { 4 } else { 3 };
                for body in bodies.iter().take(if writes { all } else { 1 }) {
                    let caller = world.with_token(token);
                    let reply = caller
                        .send(method.clone(), &path, body.clone().into())
                        .await;
                    let what = format!("{method} {path} by {who}");
                    check(&what, &reply);
                    let after = places::of_victim(&world).await;
                    assert_eq!(before, after, "{what} changed something");
                    sent += 1;
                }
            }
        }
    }
    println!("{sent} requests");
    assert!(sent > 1_500, "only {sent} requests");
}

#[tokio::test]
async fn a_body_that_names_another_organisations_repository_is_refused() {
    let world = World::new().await;
    let places = Places::make(&world).await;
    let repository = places.victim.repository_id;
    let before = places::of_victim(&world).await;
    let selected = format!(r#""visibility":"selected","selected_repository_ids":[{repository}]"#);
    let sealed = world
        .sealed_by(
            &places.attackers[0].1,
            "/orgs/other-org/actions/secrets",
            b"mine",
        )
        .await;
    let sealed = format!("{},{selected}}}", sealed.trim_end_matches('}'));
    for (who, token) in &places.attackers {
        let caller = world.with_token(token);
        if *who == "runner" {
            continue;
        }
        if *who == "jwt" {
            let path = format!(
                "/app/installations/{}/access_tokens",
                places.own.installation_id
            );
            for body in [
                format!(r#"{{"repository_ids":[{repository}]}}"#),
                r#"{"repositories":["hello-world"]}"#.to_owned(),
            ] {
                assert_eq!(caller.post(&path, body).await.status, 422);
            }
            continue;
        }
        let secrets = "/orgs/other-org/actions/secrets";
        let put = caller.put(&format!("{secrets}/NEW"), sealed.clone()).await;
        assert_eq!(put.status, 422, "{who}: {}", put.text());
        let body = format!(r#"{{"selected_repository_ids":[{repository}]}}"#);
        let set = caller
            .put(&format!("{secrets}/OWN/repositories"), body)
            .await;
        assert_eq!(set.status, 422, "{who}: {}", set.text());
        let serves = format!(
            "/api/sealyard/v1/orgs/other-org/runners/{}/repositories",
            places.own.runner_id
        );
        let body = format!(r#"{{"selected_repository_ids":[{repository}]}}"#);
        let set = caller.put(&serves, body).await;
        assert_eq!(set.status, 422, "{who}: {}", set.text());
        let add = format!("{secrets}/OWN/repositories/{repository}");
        assert_eq!(caller.put(&add, "").await.status, 404, "{who}");
    }
    assert_eq!(before, places::of_victim(&world).await);
}

/// The control: the same requests by who may do change what the test looks at.
#[tokio::test]
async fn the_owners_own_ids_have_effects_that_are_noticed() {
    let world = World::new().await;
    let places = Places::make(&world).await;
    let owner = world.r#as(&world.owner);
    let runner = format!("/orgs/octo-org/actions/runners/{}", places.victim.runner_id);
    let policy = format!(
        "/repos/octo-org/hello-world/environments/production/deployment-branch-policies/{}",
        places.victim.branch_policy_id
    );
    for path in [
        "/orgs/octo-org/actions/secrets/VICTIM",
        "/repos/octo-org/hello-world/environments/production/secrets/VICTIM",
        "/repos/octo-org/hello-world/actions/secrets/VICTIM",
        "/repos/octo-org/hello-world/collaborators/reader",
        &runner,
        &policy,
        "/orgs/octo-org/memberships/member",
        "/repos/octo-org/hello-world/environments/production",
        "/repos/octo-org/hello-world",
    ] {
        let before = places::of_victim(&world).await;
        assert_eq!(owner.delete(path).await.status, 204, "{path}");
        assert_ne!(before, places::of_victim(&world).await, "{path}");
    }
}

/// The same of delivery.
#[tokio::test]
async fn jobs_and_tickets_by_who_may_have_effects_that_are_noticed() {
    let world = World::new().await;
    let places = Places::make(&world).await;
    let victim = &places.victim;
    let served = format!(
        "/api/sealyard/v1/orgs/octo-org/runners/{}/repositories",
        victim.runner_id
    );
    let job = format!("/api/sealyard/v1/jobs/{}/complete", victim.job_id);
    let selected = format!(
        r#"{{"selected_repository_ids":[{}]}}"#,
        victim.repository_id
    );
    for (method, path, body, status) in [
        (Method::PUT, served.as_str(), selected.as_str(), 204),
        (
            Method::POST,
            "/api/sealyard/v1/tickets",
            r#"{"repository":"octo-org/hello-world"}"#,
            201,
        ),
        (Method::POST, job.as_str(), "", 204),
    ] {
        let before = places::of_victim(&world).await;
        let owner = world.r#as(&world.owner);
        let reply = owner.send(method, path, body.into()).await;
        assert_eq!(reply.status, status, "{path}: {}", reply.text());
        assert_ne!(before, places::of_victim(&world).await, "{path}");
    }
}
