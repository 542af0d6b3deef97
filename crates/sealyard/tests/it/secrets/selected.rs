//! Which repositories an organisation's secret is for.

use insta::assert_snapshot;

use super::{Place, put, put_with};
use crate::world::World;

const SECRETS: &str = "/orgs/octo-org/actions/secrets";
const REPOSITORIES: &str = "/orgs/octo-org/actions/secrets/A/repositories";

/// The ids that operation 6 lists.
async fn selected(world: &World) -> Vec<i64> {
    let reply = world.r#as(&world.owner).get(REPOSITORIES).await;
    let json = reply.json();
    let items = json["repositories"].as_array().expect("a list");
    assert_eq!(json["total_count"], items.len());
    items
        .iter()
        .filter_map(|item| item["id"].as_i64())
        .collect()
}

/// A secret that is for these.
async fn select(world: &World, ids: &str) -> u16 {
    let more = format!(r#""visibility":"selected","selected_repository_ids":{ids}"#);
    put_with(world, Place::Organization, "A", &more).await
}

async fn set(world: &World, ids: &str) -> u16 {
    let body = format!(r#"{{"selected_repository_ids":{ids}}}"#);
    world
        .r#as(&world.owner)
        .put(REPOSITORIES, body)
        .await
        .status
        .as_u16()
}

async fn add(world: &World, id: i64) -> u16 {
    let path = format!("{REPOSITORIES}/{id}");
    world
        .r#as(&world.owner)
        .put(&path, "")
        .await
        .status
        .as_u16()
}

async fn remove(world: &World, id: i64) -> u16 {
    let path = format!("{REPOSITORIES}/{id}");
    world.r#as(&world.owner).delete(&path).await.status.as_u16()
}

#[tokio::test]
async fn a_selected_repository_is_shown_like_everywhere() {
    let world = World::new().await;
    assert_eq!(select(&world, "[1]").await, 201);
    let reply = world.r#as(&world.owner).get(REPOSITORIES).await;
    assert_snapshot!(reply.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: admin:org
    x-github-media-type: github.v3; format=json

    {"total_count":1,"repositories":[{"id":1,"node_id":"MDEwOlJlcG9zaXRvcnkx","name":"hello-world","full_name":"octo-org/hello-world","private":true,"owner":{"login":"octo-org","id":7,"node_id":"MDEyOk9yZ2FuaXphdGlvbjc=","avatar_url":"http://localhost/avatars/u/7?","gravatar_id":"","url":"http://localhost/users/octo-org","html_url":"http://localhost/octo-org","followers_url":"http://localhost/users/octo-org/followers","following_url":"http://localhost/users/octo-org/following{/other_user}","gists_url":"http://localhost/users/octo-org/gists{/gist_id}","starred_url":"http://localhost/users/octo-org/starred{/owner}{/repo}","subscriptions_url":"http://localhost/users/octo-org/subscriptions","organizations_url":"http://localhost/users/octo-org/orgs","repos_url":"http://localhost/users/octo-org/repos","events_url":"http://localhost/users/octo-org/events{/privacy}","received_events_url":"http://localhost/users/octo-org/received_events","type":"Organization","site_admin":false},"html_url":"http://localhost/octo-org/hello-world","description":null,"fork":false,"url":"http://localhost/repos/octo-org/hello-world","forks_url":"http://localhost/repos/octo-org/hello-world/forks","keys_url":"http://localhost/repos/octo-org/hello-world/keys{/key_id}","collaborators_url":"http://localhost/repos/octo-org/hello-world/collaborators{/collaborator}","teams_url":"http://localhost/repos/octo-org/hello-world/teams","hooks_url":"http://localhost/repos/octo-org/hello-world/hooks","issue_events_url":"http://localhost/repos/octo-org/hello-world/issues/events{/number}","events_url":"http://localhost/repos/octo-org/hello-world/events","assignees_url":"http://localhost/repos/octo-org/hello-world/assignees{/user}","branches_url":"http://localhost/repos/octo-org/hello-world/branches{/branch}","tags_url":"http://localhost/repos/octo-org/hello-world/tags","blobs_url":"http://localhost/repos/octo-org/hello-world/git/blobs{/sha}","git_tags_url":"http://localhost/repos/octo-org/hello-world/git/tags{/sha}","git_refs_url":"http://localhost/repos/octo-org/hello-world/git/refs{/sha}","trees_url":"http://localhost/repos/octo-org/hello-world/git/trees{/sha}","statuses_url":"http://localhost/repos/octo-org/hello-world/statuses/{sha}","languages_url":"http://localhost/repos/octo-org/hello-world/languages","stargazers_url":"http://localhost/repos/octo-org/hello-world/stargazers","contributors_url":"http://localhost/repos/octo-org/hello-world/contributors","subscribers_url":"http://localhost/repos/octo-org/hello-world/subscribers","subscription_url":"http://localhost/repos/octo-org/hello-world/subscription","commits_url":"http://localhost/repos/octo-org/hello-world/commits{/sha}","git_commits_url":"http://localhost/repos/octo-org/hello-world/git/commits{/sha}","comments_url":"http://localhost/repos/octo-org/hello-world/comments{/number}","issue_comment_url":"http://localhost/repos/octo-org/hello-world/issues/comments{/number}","contents_url":"http://localhost/repos/octo-org/hello-world/contents/{+path}","compare_url":"http://localhost/repos/octo-org/hello-world/compare/{base}...{head}","merges_url":"http://localhost/repos/octo-org/hello-world/merges","archive_url":"http://localhost/repos/octo-org/hello-world/{archive_format}{/ref}","downloads_url":"http://localhost/repos/octo-org/hello-world/downloads","issues_url":"http://localhost/repos/octo-org/hello-world/issues{/number}","pulls_url":"http://localhost/repos/octo-org/hello-world/pulls{/number}","milestones_url":"http://localhost/repos/octo-org/hello-world/milestones{/number}","notifications_url":"http://localhost/repos/octo-org/hello-world/notifications{?since,all,participating}","labels_url":"http://localhost/repos/octo-org/hello-world/labels{/name}","releases_url":"http://localhost/repos/octo-org/hello-world/releases{/id}","deployments_url":"http://localhost/repos/octo-org/hello-world/deployments"}]}
    "#);
}

#[tokio::test]
async fn the_selection_is_listed_set_added_to_and_removed_from() {
    let world = World::new().await;
    assert_eq!(select(&world, "[2,1]").await, 201);
    assert_eq!(selected(&world).await, [1, 2]);
    assert_eq!(set(&world, "[3,2]").await, 204);
    assert_eq!(selected(&world).await, [2, 3]);
    assert_eq!(add(&world, 1).await, 204);
    assert_eq!(selected(&world).await, [1, 2, 3]);
    assert_eq!(remove(&world, 2).await, 204);
    assert_eq!(selected(&world).await, [1, 3]);
    assert_eq!(set(&world, "[]").await, 204);
    assert_eq!(selected(&world).await, [0; 0]);
}

#[tokio::test]
async fn a_put_replaces_the_selection_and_without_ids_it_clears_it() {
    let world = World::new().await;
    assert_eq!(select(&world, "[1,2]").await, 201);
    assert_eq!(select(&world, "[2,3]").await, 204);
    assert_eq!(selected(&world).await, [2, 3]);
    let status = put_with(
        &world,
        Place::Organization,
        "A",
        r#""visibility":"selected""#,
    )
    .await;
    assert_eq!((status, selected(&world).await), (204, vec![]));
    for ids in ["null", "[]"] {
        assert_eq!(select(&world, "[1]").await, 204);
        assert_eq!(select(&world, ids).await, 204);
        assert_eq!(selected(&world).await, [0; 0], "{ids}");
    }
}

#[tokio::test]
async fn switching_away_drops_the_selection_for_good() {
    let world = World::new().await;
    for visibility in ["all", "private"] {
        select(&world, "[1,2]").await;
        let more = format!(r#""visibility":"{visibility}""#);
        assert_eq!(put_with(&world, Place::Organization, "A", &more).await, 204);
        assert_eq!(selected(&world).await, [0; 0]);
        assert_eq!((set(&world, "[1]").await, add(&world, 1).await), (409, 409));
        assert_eq!(remove(&world, 1).await, 409);
        let more = r#""visibility":"selected""#;
        assert_eq!(put_with(&world, Place::Organization, "A", more).await, 204);
        assert_eq!(selected(&world).await, [0; 0]);
        assert_eq!(add(&world, 3).await, 204);
        assert_eq!(selected(&world).await, [3]);
    }
}

#[tokio::test]
async fn a_new_secret_of_an_old_name_has_no_selection() {
    let world = World::new().await;
    select(&world, "[1,2]").await;
    let path = format!("{SECRETS}/A");
    assert_eq!(world.r#as(&world.owner).delete(&path).await.status, 204);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM secret_selection").await,
        0
    );
    let more = r#""visibility":"selected""#;
    assert_eq!(put_with(&world, Place::Organization, "A", more).await, 201);
    assert_eq!(selected(&world).await, [0; 0]);
}

#[tokio::test]
async fn a_repository_that_goes_away_leaves_every_selection() {
    let world = World::new().await;
    select(&world, "[1,2,3]").await;
    let path = "/repos/octo-org/public-repo";
    assert_eq!(world.r#as(&world.owner).delete(path).await.status, 204);
    assert_eq!(selected(&world).await, [1, 3]);
}

#[tokio::test]
async fn changing_the_selection_leaves_value_and_dates_alone() {
    let world = World::new().await;
    select(&world, "[1]").await;
    let path = format!("{SECRETS}/A");
    let owner = world.r#as(&world.owner);
    let before = owner.get(&path).await;
    let value = "SELECT revision FROM secret";
    let revision = world.count(value).await;
    world.clock.advance(60_000);
    assert_eq!((set(&world, "[2]").await, add(&world, 1).await), (204, 204));
    assert_eq!(remove(&world, 1).await, 204);
    let after = owner.get(&path).await;
    assert_eq!(after.text(), before.text());
    assert_eq!(world.count(value).await, revision);
}

#[tokio::test]
async fn more_ids_than_one_statement_takes_are_set_and_removed() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let mut ids = Vec::new();
    for number in 0..70 {
        let body = format!(r#"{{"name":"r{number}","private":true}}"#);
        let made = owner.post("/orgs/octo-org/repos", body).await;
        ids.push(made.json()["id"].as_i64().expect("an id"));
    }
    assert_eq!(select(&world, &format!("{ids:?}")).await, 201);
    let count = "SELECT COUNT(*) FROM secret_selection";
    assert_eq!(world.count(count).await, 70);
    assert_eq!(set(&world, &format!("{:?}", &ids[65..])).await, 204);
    assert_eq!(selected(&world).await, ids[65..]);
    // One that is foreign spoils all of it, also in the last statement.
    assert_eq!(
        set(&world, &format!("{:?}", [&ids[..], &[4]].concat())).await,
        422
    );
    assert_eq!(selected(&world).await, ids[65..]);
}

/// What `…/actions/organization-secrets` lists.
async fn reaches(world: &World, repository: &str) -> String {
    let path = format!("/repos/{repository}/actions/organization-secrets");
    let json = world.r#as(&world.owner).get(&path).await.json();
    let secrets = json["secrets"].as_array().expect("a list");
    assert_eq!(json["total_count"], secrets.len());
    let names: Vec<_> = secrets
        .iter()
        .filter_map(|secret| secret["name"].as_str())
        .collect();
    names.join(" ")
}

#[tokio::test]
async fn each_visibility_reaches_the_repositories_that_it_names() {
    let world = World::new().await;
    put_with(&world, Place::Organization, "ALL", r#""visibility":"all""#).await;
    put_with(
        &world,
        Place::Organization,
        "PRIVATE",
        r#""visibility":"private""#,
    )
    .await;
    for (name, ids) in [
        ("S_NONE", "[]"),
        ("S_ONE", "[1]"),
        ("S_PUBLIC", "[2]"),
        ("S_BOTH", "[2,3]"),
    ] {
        let more = format!(r#""visibility":"selected","selected_repository_ids":{ids}"#);
        assert_eq!(
            put_with(&world, Place::Organization, name, &more).await,
            201
        );
    }
    assert_eq!(
        reaches(&world, "octo-org/hello-world").await,
        "ALL PRIVATE S_ONE"
    );
    assert_eq!(
        reaches(&world, "octo-org/public-repo").await,
        "ALL S_BOTH S_PUBLIC"
    );
    assert_eq!(
        reaches(&world, "octo-org/internal-repo").await,
        "ALL PRIVATE S_BOTH"
    );
    assert_eq!(reaches(&world, "owner/own").await, "");
    let body = r#"{"private":false}"#;
    let shown = world
        .r#as(&world.owner)
        .patch("/repos/octo-org/hello-world", body)
        .await;
    assert_eq!(shown.status, 200);
    assert_eq!(reaches(&world, "octo-org/hello-world").await, "ALL S_ONE");
}

#[tokio::test]
async fn organization_secrets_are_shown_to_writers_without_their_visibility() {
    let world = World::new().await;
    put_with(
        &world,
        Place::Organization,
        "A",
        r#""visibility":"private""#,
    )
    .await;
    put(&world, Place::Repository, "OWN").await;
    let path = "/repos/octo-org/hello-world/actions/organization-secrets";
    assert_snapshot!(world.r#as(&world.writer).get(path).await.whole(), @r#"
    200 OK
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: 
    x-github-media-type: github.v3; format=json

    {"total_count":1,"secrets":[{"name":"A","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}]}
    "#);
    assert_eq!(world.r#as(&world.reader).get(path).await.status, 403);
    assert_eq!(world.r#as(&world.stranger).get(path).await.status, 404);
    let public = path.replace("hello-world", "public-repo");
    assert_eq!(world.r#as(&world.stranger).get(&public).await.status, 403);
    assert_eq!(world.anonymous().get(&public).await.status, 401);
}
