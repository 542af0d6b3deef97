//! Made, shown, changed.

use insta::assert_snapshot;
use serde_json::json;

use super::{OCTO_ORG, actions, shown};
use crate::world::World;

#[tokio::test]
async fn a_new_repository_is_shown_whole() {
    let world = World::new().await;
    let body = r#"{"name":"Spoon-Knife","description":"Fork \"me\"","private":true}"#;
    let created = world
        .r#as(&world.owner)
        .post("/api/v3/orgs/octo-org/repos", body)
        .await;
    assert_snapshot!(created.whole(), @r#"
    201 Created
    content-type: application/json; charset=utf-8
    vary: Accept, Authorization, Cookie, X-GitHub-OTP
    vary: Accept-Encoding, Accept, X-Requested-With
    location: http://localhost/api/v3/repos/octo-org/Spoon-Knife
    cache-control: private, max-age=60, s-maxage=60
    etag: "…"
    x-oauth-scopes: admin:org, delete_repo, repo, user
    x-accepted-oauth-scopes: public_repo, repo
    x-github-media-type: github.v3; format=json

    {"id":6,"node_id":"MDEwOlJlcG9zaXRvcnk2","name":"Spoon-Knife","full_name":"octo-org/Spoon-Knife","private":true,"owner":{"login":"octo-org","id":7,"node_id":"MDEyOk9yZ2FuaXphdGlvbjc=","avatar_url":"http://localhost/avatars/u/7?","gravatar_id":"","url":"http://localhost/api/v3/users/octo-org","html_url":"http://localhost/octo-org","followers_url":"http://localhost/api/v3/users/octo-org/followers","following_url":"http://localhost/api/v3/users/octo-org/following{/other_user}","gists_url":"http://localhost/api/v3/users/octo-org/gists{/gist_id}","starred_url":"http://localhost/api/v3/users/octo-org/starred{/owner}{/repo}","subscriptions_url":"http://localhost/api/v3/users/octo-org/subscriptions","organizations_url":"http://localhost/api/v3/users/octo-org/orgs","repos_url":"http://localhost/api/v3/users/octo-org/repos","events_url":"http://localhost/api/v3/users/octo-org/events{/privacy}","received_events_url":"http://localhost/api/v3/users/octo-org/received_events","type":"Organization","site_admin":false},"html_url":"http://localhost/octo-org/Spoon-Knife","description":"Fork \"me\"","fork":false,"url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife","forks_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/forks","keys_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/keys{/key_id}","collaborators_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/collaborators{/collaborator}","teams_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/teams","hooks_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/hooks","issue_events_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/issues/events{/number}","events_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/events","assignees_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/assignees{/user}","branches_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/branches{/branch}","tags_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/tags","blobs_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/git/blobs{/sha}","git_tags_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/git/tags{/sha}","git_refs_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/git/refs{/sha}","trees_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/git/trees{/sha}","statuses_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/statuses/{sha}","languages_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/languages","stargazers_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/stargazers","contributors_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/contributors","subscribers_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/subscribers","subscription_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/subscription","commits_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/commits{/sha}","git_commits_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/git/commits{/sha}","comments_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/comments{/number}","issue_comment_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/issues/comments{/number}","contents_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/contents/{+path}","compare_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/compare/{base}...{head}","merges_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/merges","archive_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/{archive_format}{/ref}","downloads_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/downloads","issues_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/issues{/number}","pulls_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/pulls{/number}","milestones_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/milestones{/number}","notifications_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/notifications{?since,all,participating}","labels_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/labels{/name}","releases_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/releases{/id}","deployments_url":"http://localhost/api/v3/repos/octo-org/Spoon-Knife/deployments","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","pushed_at":"2026-01-02T03:04:05Z","git_url":"git://localhost/octo-org/Spoon-Knife.git","ssh_url":"git@localhost:octo-org/Spoon-Knife.git","clone_url":"http://localhost/octo-org/Spoon-Knife.git","svn_url":"http://localhost/octo-org/Spoon-Knife","homepage":null,"size":0,"stargazers_count":0,"watchers_count":0,"language":null,"has_issues":true,"has_projects":true,"has_downloads":true,"has_wiki":true,"has_pages":false,"has_discussions":false,"forks_count":0,"mirror_url":null,"archived":false,"disabled":false,"open_issues_count":0,"license":null,"allow_forking":false,"is_template":false,"web_commit_signoff_required":false,"topics":[],"visibility":"private","forks":0,"open_issues":0,"watchers":0,"default_branch":"main","permissions":{"admin":true,"maintain":true,"push":true,"triage":true,"pull":true},"allow_squash_merge":true,"allow_merge_commit":true,"allow_rebase_merge":true,"allow_auto_merge":false,"delete_branch_on_merge":false,"allow_update_branch":false,"use_squash_pr_title_as_default":false,"squash_merge_commit_message":"COMMIT_MESSAGES","squash_merge_commit_title":"COMMIT_OR_PR_TITLE","merge_commit_message":"PR_TITLE","merge_commit_title":"MERGE_MESSAGE","organization":{"login":"octo-org","id":7,"node_id":"MDEyOk9yZ2FuaXphdGlvbjc=","avatar_url":"http://localhost/avatars/u/7?","gravatar_id":"","url":"http://localhost/api/v3/users/octo-org","html_url":"http://localhost/octo-org","followers_url":"http://localhost/api/v3/users/octo-org/followers","following_url":"http://localhost/api/v3/users/octo-org/following{/other_user}","gists_url":"http://localhost/api/v3/users/octo-org/gists{/gist_id}","starred_url":"http://localhost/api/v3/users/octo-org/starred{/owner}{/repo}","subscriptions_url":"http://localhost/api/v3/users/octo-org/subscriptions","organizations_url":"http://localhost/api/v3/users/octo-org/orgs","repos_url":"http://localhost/api/v3/users/octo-org/repos","events_url":"http://localhost/api/v3/users/octo-org/events{/privacy}","received_events_url":"http://localhost/api/v3/users/octo-org/received_events","type":"Organization","site_admin":false},"network_count":0,"subscribers_count":0}
    "#);
}

#[tokio::test]
async fn a_repository_of_ones_own_has_no_organization() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let created = owner.post("/user/repos", r#"{"name":"mine"}"#).await;
    assert_eq!(created.status, 201);
    assert_eq!(
        created.header("location"),
        Some("http://localhost/repos/owner/mine")
    );
    let created = created.json();
    assert_eq!(created["owner"]["login"], "owner");
    assert_eq!(created["owner"]["type"], "User");
    assert_eq!(created["visibility"], "public");
    assert!(created.get("organization").is_none());
    assert_eq!(shown(&world, "owner/mine").await, created);
}

#[tokio::test]
async fn settings_come_back_as_they_were_sent() {
    let world = World::new().await;
    let settings = json!({
        "description": null, "homepage": "https://example.com", "visibility": "internal",
        "has_issues": false, "has_projects": false, "has_wiki": false, "has_downloads": false,
        "has_discussions": true, "is_template": true, "allow_squash_merge": false,
        "allow_merge_commit": false, "allow_rebase_merge": true, "allow_auto_merge": true,
        "allow_update_branch": true, "allow_forking": true, "delete_branch_on_merge": true,
        "use_squash_pr_title_as_default": true, "web_commit_signoff_required": true,
        "squash_merge_commit_title": "PR_TITLE", "squash_merge_commit_message": "BLANK",
        "merge_commit_title": "PR_TITLE", "merge_commit_message": "PR_BODY",
    });
    let mut body = settings.clone();
    for (name, value) in [
        ("name", json!("set")),
        ("auto_init", json!(true)),
        ("team_id", json!(1)),
    ] {
        body[name] = value;
    }
    let owner = world.r#as(&world.owner);
    let created = owner.post("/orgs/octo-org/repos", body.to_string()).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let body = created.json();
    for (name, value) in settings.as_object().expect("an object") {
        assert_eq!(&body[name], value, "{name}");
    }
    // And all of it the other way round, in a change.
    let flipped: serde_json::Map<_, _> = settings
        .as_object()
        .expect("an object")
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), json!(!value.as_bool()?))))
        .chain([("default_branch".to_owned(), json!("trunk"))])
        .chain([("homepage".to_owned(), json!(null))])
        .chain([(
            "squash_merge_commit_title".to_owned(),
            json!("COMMIT_OR_PR_TITLE"),
        )])
        .collect();
    let body = serde_json::Value::Object(flipped.clone()).to_string();
    let changed = owner.patch("/repos/octo-org/set", body).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let body = shown(&world, "octo-org/set").await;
    assert_eq!(body, changed.json());
    for (name, value) in &flipped {
        assert_eq!(&body[name], value, "{name}");
    }
    assert_eq!(
        body["merge_commit_title"], "PR_TITLE",
        "what is not sent stays"
    );
}

#[tokio::test]
async fn a_change_moves_updated_at_and_no_change_does_not() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = "/repos/octo-org/hello-world";
    let before = owner.get(path).await;
    assert_eq!(
        before.header("last-modified"),
        Some("Fri, 02 Jan 2026 03:04:05 GMT")
    );
    world.clock.advance(60_000);
    let same = owner
        .patch(path, r#"{"private":true,"has_wiki":true,"unknown":[1]}"#)
        .await;
    assert_eq!(same.json()["updated_at"], "2026-01-02T03:04:05Z");
    assert!(actions(&world, OCTO_ORG).await.is_empty());
    let changed = owner.patch(path, r#"{"description":"Hello"}"#).await;
    assert_eq!(changed.json()["updated_at"], "2026-01-02T03:05:05Z");
    assert_eq!(changed.json()["created_at"], "2026-01-02T03:04:05Z");
    // A clock that goes back does not take it along.
    world.clock.advance(-120_000);
    let again = owner.patch(path, r#"{"description":null}"#).await;
    assert_eq!(again.json()["updated_at"], "2026-01-02T03:05:05Z");
    assert_eq!(
        actions(&world, OCTO_ORG).await,
        ["repo.update", "repo.update"]
    );
}

#[tokio::test]
async fn a_repository_is_found_by_id_and_by_head_and_not_sent_twice() {
    let world = World::new().await;
    let reader = world.r#as(&world.reader);
    let by_name = reader.get("/repos/OCTO-org/Hello-World").await;
    let by_id = reader.get("/repositories/1").await;
    assert_eq!(by_name.body, by_id.body);
    let head = reader.head("/repositories/1").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let tag = by_name.header("etag").expect("a tag").to_owned();
    let again = reader
        .header("if-none-match", &tag)
        .get("/repositories/1")
        .await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn permissions_are_those_of_the_caller() {
    let world = World::new().await;
    let mut lines = Vec::new();
    for person in [&world.owner, &world.member, &world.writer, &world.reader] {
        let shown = world
            .r#as(person)
            .get("/repos/octo-org/hello-world")
            .await
            .json();
        lines.push(format!("{}: {}", person.login, shown["permissions"]));
        let merges = shown.get("allow_squash_merge").is_some();
        assert_eq!(
            merges,
            person.login == "owner",
            "only administrators see how to merge"
        );
    }
    let anonymous = world
        .anonymous()
        .get("/repos/octo-org/public-repo")
        .await
        .json();
    lines.push(format!("anonymous: {}", anonymous["permissions"]));
    assert_snapshot!(lines.join("\n"), @r#"
    owner: {"admin":true,"maintain":true,"pull":true,"push":true,"triage":true}
    member: {"admin":false,"maintain":false,"pull":true,"push":false,"triage":false}
    writer: {"admin":false,"maintain":false,"pull":true,"push":true,"triage":true}
    reader: {"admin":false,"maintain":false,"pull":true,"push":false,"triage":false}
    anonymous: {"admin":false,"maintain":false,"pull":true,"push":false,"triage":false}
    "#);
}

#[tokio::test]
async fn a_member_administers_what_they_made_and_an_owner_needs_no_role_for_it() {
    let world = World::new().await;
    let roles = "SELECT COUNT(*) FROM collaborator";
    assert_eq!(world.count(roles).await, 2);
    let member = world.r#as(&world.member);
    assert_eq!(
        member
            .post("/orgs/octo-org/repos", r#"{"name":"a"}"#)
            .await
            .status,
        201
    );
    assert_eq!(world.count(roles).await, 3);
    assert_eq!(
        member
            .patch("/repos/octo-org/a", r#"{"has_wiki":false}"#)
            .await
            .status,
        200
    );
    let owner = world.r#as(&world.owner);
    assert_eq!(
        owner
            .post("/orgs/octo-org/repos", r#"{"name":"b"}"#)
            .await
            .status,
        201
    );
    assert_eq!(world.count(roles).await, 3);
    let stranger = world.r#as(&world.stranger);
    assert_eq!(
        stranger
            .post("/orgs/octo-org/repos", r#"{"name":"c"}"#)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn only_administrators_change_and_delete() {
    let world = World::new().await;
    let path = "/repos/octo-org/hello-world";
    for person in [&world.member, &world.writer, &world.reader] {
        let caller = world.r#as(person);
        assert_eq!(caller.patch(path, "{}").await.status, 403);
        assert_eq!(caller.delete(path).await.status, 403);
    }
    assert_eq!(
        world.r#as(&world.stranger).patch(path, "{}").await.status,
        404
    );
    assert_eq!(world.anonymous().delete(path).await.status, 404);
    assert_eq!(world.anonymous().get(path).await.status, 404);
    assert_eq!(
        world
            .anonymous()
            .delete("/repos/octo-org/public-repo")
            .await
            .status,
        401
    );
    assert!(actions(&world, OCTO_ORG).await.is_empty());
}

#[tokio::test]
async fn an_archived_repository_takes_nothing_but_its_release() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let path = "/repos/octo-org/hello-world";
    let archived = owner
        .patch(path, r#"{"archived":true,"description":"old"}"#)
        .await;
    assert_eq!(archived.json()["archived"], true);
    let refused = owner.patch(path, r#"{"description":"new"}"#).await;
    assert_snapshot!(refused.brief(), @r#"
    403 Forbidden
    {"message":"Repository was archived so is read-only.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#update-a-repository"}
    "#);
    assert_eq!(
        owner
            .patch(path, r#"{"archived":true,"description":"old"}"#)
            .await
            .status,
        200
    );
    let released = owner
        .patch(path, r#"{"archived":false,"description":"new"}"#)
        .await;
    assert_eq!(released.json()["description"], "new");
    assert_eq!(
        actions(&world, OCTO_ORG).await,
        [
            "repo.archived",
            "repo.update",
            "repo.unarchived",
            "repo.update"
        ]
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_without_what_was_sent() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    let long = format!(r#"{{"name":"a","description":"{}"}}"#, "x".repeat(351));
    let mut lines = Vec::new();
    for body in [
        "{}",
        r#"{"name":7}"#,
        r#"{"name":"hunter2 hunter2"}"#,
        r#"{"name":".."}"#,
        r#"{"name":"a","private":"hunter2","visibility":"hunter2"}"#,
        r#"{"name":"a","has_wiki":1,"merge_commit_title":"hunter2"}"#,
        r#"{"name":"a","homepage":"hunter2\u0007"}"#,
        &long,
    ] {
        let reply = owner.post("/orgs/octo-org/repos", body).await;
        assert_eq!(reply.status, 422, "{body}");
        assert!(!reply.text().contains("hunter2") && !reply.text().contains("xxx"));
        let reply = reply.json();
        lines.push(format!("{} {}", reply["message"], reply["errors"]));
    }
    for body in [
        r#"{"name":""}"#,
        r#"{"default_branch":"a b"}"#,
        r#"{"default_branch":""}"#,
    ] {
        let reply = owner.patch("/repos/octo-org/hello-world", body).await;
        assert_eq!(reply.status, 422, "{body}");
        let reply = reply.json();
        lines.push(format!("{} {}", reply["message"], reply["errors"]));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    "Invalid request.\n\n\"name\" wasn't supplied." null
    "Invalid request.\n\nFor 'properties/name', an integer is not a string." null
    "Repository creation failed." [{"code":"custom","field":"name","message":"The repository name can only contain ASCII letters, digits, and the characters ., -, and _.","resource":"Repository"}]
    "Repository creation failed." [{"code":"custom","field":"name","message":"The repository name can only contain ASCII letters, digits, and the characters ., -, and _.","resource":"Repository"}]
    "Invalid request.\n\nFor 'properties/private', a string is not a boolean.\nvisibility is not a member of [\"public\", \"private\", \"internal\"]." null
    "Invalid request.\n\nFor 'properties/has_wiki', an integer is not a boolean.\nmerge_commit_title is not a member of [\"PR_TITLE\", \"MERGE_MESSAGE\"]." null
    "Validation Failed" [{"code":"invalid","field":"homepage","resource":"Repository"}]
    "Validation Failed" [{"code":"invalid","field":"description","resource":"Repository"}]
    "Validation Failed" [{"code":"custom","field":"name","message":"The repository name can only contain ASCII letters, digits, and the characters ., -, and _.","resource":"Repository"}]
    "Validation Failed" [{"code":"invalid","field":"default_branch","resource":"Repository"}]
    "Validation Failed" [{"code":"invalid","field":"default_branch","resource":"Repository"}]
    "#);
    assert_eq!(
        owner
            .patch("/repos/octo-org/hello-world", "[]")
            .await
            .status,
        400
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM repository").await, 5);
}

#[tokio::test]
async fn an_owner_has_a_hundred_thousand_repositories_and_no_more() {
    let world = World::new().await;
    let owner = world.r#as(&world.owner);
    // `octo-org` has three, and `owner` one.
    world
        .change(
            "INSERT INTO repository
                 (id, owner_id, name, name_key, visibility, settings, created_at, updated_at)
             WITH RECURSIVE number (n) AS (
                 SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 99996)
             SELECT 1000 + n, 7, 'r' || n, 'r' || n, 'private', '{}', 0, 0 FROM number",
        )
        .await;
    let path = "/orgs/octo-org/repos";
    let last = owner.post(path, r#"{"name":"last"}"#).await;
    assert_eq!(last.status, 201);
    let beyond = owner.post(path, r#"{"name":"beyond"}"#).await;
    assert_snapshot!(beyond.brief(), @r#"
    422 Unprocessable Entity
    {"message":"The number of repositories is limited to 100000. Delete one before creating another.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/repos#create-an-organization-repository"}
    "#);
    // Other owners have room of their own.
    let own = owner.post("/user/repos", r#"{"name":"more"}"#).await;
    assert_eq!(own.status, 201);
    let renamed = owner
        .patch("/repos/octo-org/last", r#"{"name":"least"}"#)
        .await;
    assert_eq!(renamed.status, 200);
}
