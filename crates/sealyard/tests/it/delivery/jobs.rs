//! The life of a job, and what its answers look like.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    JOBS, ORG, REPO, TICKETS, bundle, by_runner, given, granted, last_entry, lines, machine, open,
    put, put_shared, serve, ticket, with_people,
};
use crate::world::World;

#[tokio::test]
async fn a_ticket_is_made_redeemed_and_its_job_ended() {
    let world = World::new().await;
    put(&world, REPO, "TOKEN", b"of the repository").await;
    let runner = machine(&world, REPO, "builder").await;
    let claims = json!({
        "repository": "Octo-Org/Hello-World", "ref": "refs/heads/main", "event": "push",
    });
    let made = ticket(&world, &world.writer, claims).await;
    let text = made.json()["ticket"].as_str().expect("a ticket").to_owned();
    assert_snapshot!(made.brief().replace(&text, "…"), @r#"
    201 Created
    {"id":1,"ticket":"…","status":"queued","repository":"octo-org/hello-world","environment":null,"ref":"refs/heads/main","event":"push","fork":false,"created_at":"2026-01-02T03:04:05Z","not_before":"2026-01-02T03:04:05Z","expires_at":"2026-01-02T04:04:05Z"}
    "#);
    assert_eq!(made.header("cache-control"), Some("no-cache"));
    assert_snapshot!(last_entry(&world).await, @r#"{"action":"workflows.created_workflow_run","actor":"writer","actor_id":4,"detail":"push","job_id":1,"org":"octo-org","ref":"refs/heads/main","repo":"octo-org/hello-world","repository_id":1,"token_id":4}"#);

    let opened = by_runner(&world, &runner, json!({"ticket": text})).await;
    let sealed = opened.json()["sealed_box"]
        .as_str()
        .expect("a box")
        .to_owned();
    assert_snapshot!(opened.brief().replace(&sealed, "…"), @r#"
    201 Created
    {"id":1,"repository":"octo-org/hello-world","environment":null,"started_at":"2026-01-02T03:04:05Z","expires_at":"2026-01-02T09:04:05Z","sealed_box":"…"}
    "#);
    assert_snapshot!(lines(&opened, &runner.keys), @"TOKEN repository of the repository");
    assert_snapshot!(last_entry(&world).await, @r#"{"action":"workflows.prepared_workflow_job","actor":"runner builder","job_id":1,"org":"octo-org","ref":"refs/heads/main","repo":"octo-org/hello-world","repository_id":1,"runner_id":1,"runner_name":"builder","secrets_passed":["repository TOKEN"]}"#);

    let job = world.r#as(&world.reader).get(&format!("{JOBS}/1")).await;
    assert_snapshot!(job.brief(), @r#"
    200 OK
    {"id":1,"status":"in_progress","conclusion":null,"repository":"octo-org/hello-world","environment":null,"ref":"refs/heads/main","event":"push","fork":false,"created_by":"writer","approved_by":null,"runner":{"id":1,"name":"builder"},"created_at":"2026-01-02T03:04:05Z","not_before":"2026-01-02T03:04:05Z","expires_at":"2026-01-02T09:04:05Z","started_at":"2026-01-02T03:04:05Z","completed_at":null}
    "#);
    let listed = world
        .r#as(&world.reader)
        .get("/api/sealyard/v1/repos/octo-org/hello-world/jobs")
        .await;
    assert_eq!(listed.json()["jobs"][0], job.json());
    let own = world
        .with_token(&runner.credential)
        .get(&format!("{JOBS}/1"))
        .await;
    assert_eq!(own.text(), job.text());

    let done = world
        .with_token(&runner.credential)
        .post(&format!("{JOBS}/1/complete"), r#"{"conclusion":"failure"}"#)
        .await;
    assert_eq!(done.status, 204);
    assert_snapshot!(last_entry(&world).await, @r#"{"action":"workflows.completed_workflow_run","actor":"runner builder","detail":"failure","job_id":1,"org":"octo-org","ref":"refs/heads/main","repo":"octo-org/hello-world","repository_id":1}"#);
    assert_eq!(world.count("SELECT COUNT(*) FROM job_secret").await, 0);
    let again = world
        .with_token(&runner.credential)
        .post(&format!("{JOBS}/1/complete"), "")
        .await;
    assert_snapshot!(again.brief(), @r#"
    410 Gone
    {"message":"The job is over.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
}

#[tokio::test]
async fn a_runner_alone_gets_what_its_repository_and_its_organisation_hold() {
    let world = World::new().await;
    put(&world, REPO, "A", b"repository").await;
    put_shared(&world, "A", b"hidden", r#""visibility":"all""#).await;
    put_shared(&world, "B", b"organization", r#""visibility":"private""#).await;
    let runner = machine(&world, REPO, "builder").await;
    let opened = by_runner(
        &world,
        &runner,
        json!({"repository": "octo-org/hello-world"}),
    )
    .await;
    assert_snapshot!(lines(&opened, &runner.keys), @"
    A repository repository
    B organization organization
    ");
    assert_snapshot!(bundle(&opened, &runner.keys)["masks"].as_array().expect("a list").len() > 1, @"true");

    let of_org = machine(&world, ORG, "shared").await;
    let body = json!({"repository": "octo-org/hello-world", "only": ["b"], "masks": false});
    let refused = by_runner(&world, &of_org, body.clone()).await;
    assert_eq!(refused.status, 404, "it serves nothing yet");
    assert_eq!(serve(&world, &of_org, &[1]).await.status, 204);
    let opened = by_runner(&world, &of_org, body).await;
    assert_snapshot!(lines(&opened, &of_org.keys), @"B organization organization");
    assert!(bundle(&opened, &of_org.keys).get("masks").is_none());
    let of_other = by_runner(
        &world,
        &of_org,
        json!({"repository": "octo-org/public-repo"}),
    )
    .await;
    assert_eq!(of_other.status, 404);
}

#[tokio::test]
async fn more_strings_to_mask_than_eight_mebibytes_are_not_listed() {
    let world = World::new().await;
    // A value of 48 KiB comes to nine times that: 18 fit.
    let large = |number: u8| [vec![b'A' + number; 4], vec![b'z'; 48 * 1024 - 4]].concat();
    for number in 0..18 {
        put(&world, REPO, &format!("N{number}"), &large(number)).await;
    }
    let runner = machine(&world, REPO, "builder").await;
    let body = json!({"repository": "octo-org/hello-world"});
    let fit = bundle(
        &by_runner(&world, &runner, body.clone()).await,
        &runner.keys,
    );
    assert!(
        fit["masks"]
            .as_array()
            .is_some_and(|masks| masks.len() > 18)
    );

    put(&world, REPO, "N18", &large(18)).await;
    let opened = by_runner(&world, &runner, body).await;
    let over = bundle(&opened, &runner.keys);
    assert!(over.get("masks").is_some_and(serde_json::Value::is_null));
    assert_eq!(
        given(&opened, &runner.keys).len(),
        19,
        "the values are there"
    );
    let one = json!({"repository": "octo-org/hello-world", "only": ["N18"]});
    let one = bundle(&by_runner(&world, &runner, one).await, &runner.keys);
    assert!(one["masks"].is_array());
}

#[tokio::test]
async fn a_person_redeems_their_own_ticket_where_people_may() {
    let world = with_people().await;
    put(&world, REPO, "A", b"value").await;
    let claims = json!({"repository": "octo-org/hello-world"});
    let (_, text) = granted(&world, &world.writer, claims.clone()).await;
    let keys = sealyard_vault::SealingKeyPair::generate();
    let of_other = open(&world, &world.owner.token, &keys, json!({"ticket": text})).await;
    assert_eq!(of_other.status, 404);
    let opened = open(&world, &world.writer.token, &keys, json!({"ticket": text})).await;
    assert_eq!(given(&opened, &keys)["A"].1, b"value");
    let alone = open(&world, &world.writer.token, &keys, claims.clone()).await;
    assert_snapshot!(alone.brief(), @r#"
    403 Forbidden
    {"message":"Only a runner opens a job without a ticket.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);

    let world = World::new().await;
    let (_, text) = granted(&world, &world.writer, claims).await;
    let refused = open(&world, &world.writer.token, &keys, json!({"ticket": text})).await;
    assert_snapshot!(refused.brief(), @r#"
    403 Forbidden
    {"message":"Values are for runners here (the setting delivery.people is off).","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#self-hosted-runners"}
    "#);
}

#[tokio::test]
async fn what_was_delivered_last_is_listed_beside_the_names() {
    let world = World::new().await;
    put(&world, REPO, "A", b"1").await;
    put(&world, REPO, "B", b"2").await;
    put_shared(&world, "C", b"3", r#""visibility":"all""#).await;
    let runner = machine(&world, REPO, "builder").await;
    let all = json!({"repository": "octo-org/hello-world"});
    assert_eq!(by_runner(&world, &runner, all).await.status, 201);
    world.clock.advance(60_000);
    let one = json!({"repository": "octo-org/hello-world", "only": ["A"]});
    assert_eq!(by_runner(&world, &runner, one).await.status, 201);
    let owner = world.r#as(&world.owner);
    let list = owner
        .get("/api/sealyard/v1/repos/octo-org/hello-world/secrets")
        .await;
    assert_snapshot!(list.brief(), @r#"
    200 OK
    {"total_count":2,"secrets":[{"name":"A","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","last_delivered_at":"2026-01-02T03:05:05Z","last_job":{"id":2,"repository":"octo-org/hello-world"},"last_runner":{"id":1,"name":"builder"}},{"name":"B","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","last_delivered_at":"2026-01-02T03:04:05Z","last_job":{"id":1,"repository":"octo-org/hello-world"},"last_runner":{"id":1,"name":"builder"}}]}
    "#);
    let list = owner.get("/api/sealyard/v1/orgs/octo-org/secrets").await;
    assert_snapshot!(list.brief(), @r#"
    200 OK
    {"total_count":1,"secrets":[{"name":"C","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","visibility":"all","last_delivered_at":"2026-01-02T03:04:05Z","last_job":{"id":1,"repository":"octo-org/hello-world"},"last_runner":{"id":1,"name":"builder"}}]}
    "#);
    let path = "/api/sealyard/v1/repos/octo-org/hello-world/environments/production/secrets";
    assert_snapshot!(owner.get(path).await.brief(), @r#"
    200 OK
    {"total_count":0,"secrets":[]}
    "#);
}

#[tokio::test]
async fn bad_bodies_are_refused_and_change_nothing() {
    let world = World::new().await;
    let writer = world.r#as(&world.writer);
    for (body, says) in [
        ("{}", r#""repository" wasn't supplied."#),
        (r#"{"repository":"no-slash"}"#, "repository does not match"),
        (r#"{"repository":"o/r","ref":"main"}"#, "ref does not match"),
        (
            r#"{"repository":"o/r","event":"Push"}"#,
            "event does not match",
        ),
        (r#"{"repository":"o/r","fork":"yes"}"#, "is not a boolean"),
        (
            r#"{"repository":"o/r","environment":""}"#,
            "environment does not match",
        ),
    ] {
        let reply = writer.post(TICKETS, body).await;
        assert_eq!(reply.status, 422, "{body}");
        assert!(
            reply.text().contains(&says.replace('"', "\\\"")),
            "{}",
            reply.text()
        );
    }
    let runner = machine(&world, REPO, "builder").await;
    let key = runner.keys.public().to_base64();
    for (body, says) in [
        (
            "{}".to_owned(),
            r#""public_key", "repository" weren't supplied."#,
        ),
        (
            r#"{"repository":"o/r","public_key":"AAAA"}"#.to_owned(),
            "public_key does not match",
        ),
        (
            // Of low order: anybody could open what is sealed to it.
            r#"{"repository":"o/r","public_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#
                .to_owned(),
            "public_key does not match",
        ),
        (
            format!(r#"{{"ticket":"syr_x","public_key":"{key}"}}"#),
            "ticket does not match",
        ),
        (
            format!(r#"{{"ticket":"syj_x","repository":"o/r","public_key":"{key}"}}"#),
            r#""repository" is not a permitted key."#,
        ),
        (
            format!(r#"{{"repository":"o/r","only":["A B"],"public_key":"{key}"}}"#),
            "only does not match",
        ),
        (
            format!(r#"{{"repository":"o/r","timeout_minutes":7201,"public_key":"{key}"}}"#),
            "less than or equal to 7200",
        ),
    ] {
        let reply = world
            .with_token(&runner.credential)
            .post(JOBS, body.clone())
            .await;
        assert_eq!(reply.status, 422, "{body}");
        assert!(
            reply.text().contains(&says.replace('"', "\\\"")),
            "{}",
            reply.text()
        );
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM job").await, 0);
}
