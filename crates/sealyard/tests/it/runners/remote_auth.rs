//! `Authorization: RemoteAuth`: what a machine may with a registration or remove token.

use insta::assert_snapshot;
use serde_json::Value;

use super::{ENROL, ORG, REPO, enrol, last_entry, registration_token, set, text};
use crate::world::{As, World};

const BAD: &str = "401 Unauthorized\n{\"message\":\"Bad credentials\",\"documentation_url\":\"https://docs.github.com/enterprise/3.2/rest\"}";

async fn remove_token(world: &World, path: &str) -> String {
    let owner = world.r#as(&world.owner);
    let made = owner.post(&format!("{path}/remove-token"), "").await;
    text(&made.json(), "token")
}

fn remotely<'a>(world: &'a World, token: &str) -> As<'a> {
    let header = format!("RemoteAuth {token}");
    world.anonymous().header("authorization", &header)
}

/// A runner of the organisation (1) and one of the repository (2).
async fn two_runners(world: &World) {
    for path in [ORG, REPO] {
        let token = registration_token(world, path).await;
        assert_eq!(enrol(world, &token, "builder").await.status, 201);
    }
}

#[tokio::test]
async fn a_remove_token_lists_shows_and_deletes_runners_of_its_scope() {
    for (path, by_id, id) in [
        (ORG, "/organizations/7/actions/runners", 1),
        (REPO, "/repositories/1/actions/runners", 2),
    ] {
        let world = World::new().await;
        two_runners(&world).await;
        let caller = remove_token(&world, path).await;
        let caller = remotely(&world, &caller);
        let one = format!("{path}/{id}");
        for place in [path, by_id] {
            let list = caller.get(place).await;
            assert_eq!(list.status, 200, "{place}");
            assert_eq!(list.json()["total_count"], 1);
            assert_eq!(caller.get(&format!("{place}/{id}")).await.json()["id"], id);
        }
        let found = caller.get(&format!("{path}?name=builder")).await;
        assert_eq!(found.json()["runners"][0]["id"], id);
        assert_eq!(caller.delete(&one).await.status, 204);
        assert_eq!(caller.delete(&one).await.status, 404);
        assert_eq!(world.count("SELECT COUNT(*) FROM runner").await, 1);
    }
}

#[tokio::test]
async fn its_answers_name_neither_scopes_nor_permissions() {
    let world = World::github_com().await;
    two_runners(&world).await;
    let token = remove_token(&world, ORG).await;
    assert_snapshot!(remotely(&world, &token).get(&format!("{ORG}/1")).await.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28

    {"id":1,"name":"builder","os":"Linux","status":"offline","busy":false,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"Linux","type":"read-only"},{"id":3,"name":"X64","type":"read-only"},{"id":4,"name":"gpu","type":"custom"}]}
    "#);
    assert_snapshot!(remotely(&world, &token).delete(&format!("{ORG}/1")).await.whole(), @"
    204 No Content
    vary: Accept-Encoding, Accept, X-Requested-With
    x-github-media-type: github.v3; format=json
    x-github-api-version-selected: 2022-11-28
    ");
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case_and_the_token_in_one() {
    let world = World::new().await;
    let token = remove_token(&world, ORG).await;
    for header in [
        format!("RemoteAuth {token}"),
        format!("remoteauth {token}"),
        format!("REMOTEAUTH  {token}"),
        format!("RemoteAuth {token} "),
    ] {
        let caller = world.anonymous().header("authorization", &header);
        assert_eq!(caller.get(ORG).await.status, 200, "{header}");
    }
    for header in [
        format!("RemoteAuth {}", token.to_lowercase()),
        format!("RemoteAuth {}", &token[1..]),
        format!("RemoteAuth {token}A"),
        format!("RemoteAuth{token}"),
        "RemoteAuth".to_owned(),
        "RemoteAuth AAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        format!("Bearer {token}"),
        format!("token {token}"),
        format!("RemoteAuth {}", world.owner.token),
    ] {
        let caller = world.anonymous().header("authorization", &header);
        assert_eq!(caller.get(ORG).await.brief(), BAD, "{header}");
    }
}

#[tokio::test]
async fn another_scope_is_not_there_whether_it_is_or_not() {
    let world = World::new().await;
    two_runners(&world).await;
    let of_org = remove_token(&world, ORG).await;
    let of_repo = remove_token(&world, REPO).await;
    for (token, elsewhere) in [
        (&of_org, REPO),
        (&of_org, "/repos/octo-org/public-repo/actions/runners"),
        (&of_org, "/repos/octo-org/internal-repo/actions/runners"),
        (&of_org, "/repos/octo-org/nowhere/actions/runners"),
        (&of_org, "/orgs/other-org/actions/runners"),
        (&of_org, "/orgs/nowhere/actions/runners"),
        (&of_org, "/organizations/8/actions/runners"),
        (&of_repo, ORG),
        (&of_repo, "/repos/octo-org/public-repo/actions/runners"),
        (&of_repo, "/repositories/5/actions/runners"),
        (&of_repo, "/repositories/99/actions/runners"),
    ] {
        let caller = remotely(&world, token);
        for id in [1, 2, 99] {
            let one = format!("{elsewhere}/{id}");
            for reply in [
                caller.get(elsewhere).await,
                caller.get(&one).await,
                caller.delete(&one).await,
            ] {
                assert_eq!(reply.status, 404, "{one}");
                assert_eq!(reply.json()["message"], "Not Found");
            }
        }
    }
    // In its own scope, a runner of the other one.
    let caller = remotely(&world, &of_org);
    assert_eq!(caller.delete(&format!("{ORG}/2")).await.status, 404);
    assert_eq!(world.count("SELECT COUNT(*) FROM runner").await, 2);
}

#[tokio::test]
async fn everywhere_else_it_is_a_bad_credential() {
    let world = World::new().await;
    two_runners(&world).await;
    for path in [ORG, REPO] {
        for token in [
            remove_token(&world, path).await,
            registration_token(&world, path).await,
        ] {
            let caller = remotely(&world, &token);
            for other in [
                "/",
                "/meta",
                "/zen",
                "/user",
                "/user/repos",
                "/users/owner",
                "/orgs/octo-org",
                "/orgs/octo-org/members",
                "/orgs/octo-org/actions/secrets",
                "/repos/octo-org/hello-world",
                "/repos/octo-org/public-repo",
                "/repos/octo-org/hello-world/actions/secrets/public-key",
                "/repos/octo-org/nowhere",
            ] {
                assert_eq!(caller.get(other).await.brief(), BAD, "{other}");
            }
            assert_eq!(caller.get(&format!("{path}/1/labels")).await.brief(), BAD);
            let labels = r#"{"labels":["x"]}"#;
            assert_eq!(
                caller
                    .put(&format!("{path}/1/labels"), labels)
                    .await
                    .brief(),
                BAD
            );
            for more in ["registration-token", "remove-token"] {
                assert_eq!(
                    caller.post(&format!("{path}/{more}"), "").await.brief(),
                    BAD
                );
            }
            assert_eq!(caller.post("/graphql", "{}").await.brief(), BAD);
            assert_eq!(caller.post("/user/repos", "{").await.brief(), BAD);
            assert_eq!(
                caller.delete("/repos/octo-org/hello-world").await.brief(),
                BAD
            );
            assert_eq!(caller.post(ENROL, "{}").await.brief(), BAD);
        }
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM runner").await, 2);
}

#[tokio::test]
async fn a_registration_token_looks_and_takes_nothing_off() {
    let world = World::new().await;
    two_runners(&world).await;
    for (path, id) in [(ORG, 1), (REPO, 2)] {
        let token = registration_token(&world, path).await;
        let caller = remotely(&world, &token);
        assert_eq!(caller.get(path).await.json()["total_count"], 1);
        let one = format!("{path}/{id}");
        assert_eq!(caller.get(&one).await.status, 200);
        assert_eq!(caller.delete(&one).await.brief(), BAD);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM runner").await, 2);
}

#[tokio::test]
async fn it_is_good_for_its_hour_and_as_long_as_its_scope_is_there() {
    let world = World::new().await;
    two_runners(&world).await;
    let of_org = remove_token(&world, ORG).await;
    let of_repo = remove_token(&world, REPO).await;
    let owner = world.r#as(&world.owner);
    assert_eq!(remotely(&world, &of_repo).get(REPO).await.status, 200);
    // Renamed, it is the same repository.
    let renamed = owner
        .patch("/repos/octo-org/hello-world", r#"{"name":"hello"}"#)
        .await;
    assert_eq!(renamed.status, 200);
    let hello = "/repos/octo-org/hello/actions/runners";
    assert_eq!(remotely(&world, &of_repo).get(hello).await.status, 200);
    assert_eq!(remotely(&world, &of_repo).get(REPO).await.status, 301);
    assert_eq!(owner.delete("/repos/octo-org/hello").await.status, 204);
    assert_eq!(remotely(&world, &of_repo).get(hello).await.brief(), BAD);

    world.clock.advance(3_599_000);
    assert_eq!(remotely(&world, &of_org).get(ORG).await.status, 200);
    world.clock.advance(1_000);
    assert_eq!(remotely(&world, &of_org).get(ORG).await.brief(), BAD);
    assert_eq!(
        remotely(&world, &of_org)
            .delete(&format!("{ORG}/1"))
            .await
            .brief(),
        BAD
    );
}

#[tokio::test]
async fn a_busy_runner_stays() {
    let world = World::new().await;
    two_runners(&world).await;
    set(
        &world,
        "UPDATE runner SET last_seen_at = 1767323045 WHERE id = 1",
    )
    .await;
    set(
        &world,
        "INSERT INTO job (id, repository_id, fork, created_at, runner_id, started_at, lease_ends_at)
         VALUES (1, 1, 0, 1767323045, 1, 1767323045, 1767326645)",
    )
    .await;
    let token = remove_token(&world, ORG).await;
    let refused = remotely(&world, &token).delete(&format!("{ORG}/1")).await;
    assert_snapshot!(refused.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Bad request - Runner \"builder\" is still running a job\"","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#delete-a-self-hosted-runner-from-an-organization"}
    "#);
}

#[tokio::test]
async fn the_log_says_what_was_taken_off_and_by_which_kind_of_token() {
    let world = World::new().await;
    two_runners(&world).await;
    let token = remove_token(&world, REPO).await;
    let gone = remotely(&world, &token).delete(&format!("{REPO}/2")).await;
    assert_eq!(gone.status, 204);
    let mut entry = last_entry(&world).await;
    entry["request_id"] = Value::from("…");
    assert_snapshot!(entry.to_string(), @r#"{"action":"repo.remove_self_hosted_runner","actor":"remove token","name":"builder","org":"octo-org","repo":"octo-org/hello-world","repository_id":1,"request_id":"…"}"#);
    assert!(!entry.to_string().contains(&token));
}
