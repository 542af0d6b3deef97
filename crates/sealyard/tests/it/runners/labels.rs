//! Labels of runners.

use insta::assert_snapshot;

use super::{ORG, REPO, enrol, last_entry, registration_token};
use crate::world::World;

#[tokio::test]
async fn custom_labels_are_added_set_and_removed() {
    let world = World::new().await;
    let token = registration_token(&world, ORG).await;
    enrol(&world, &token, "one").await;
    let owner = world.r#as(&world.owner);
    let labels = format!("{ORG}/1/labels");
    assert_snapshot!(owner.get(&labels).await.brief(), @r#"
    200 OK
    {"total_count":4,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"Linux","type":"read-only"},{"id":3,"name":"X64","type":"read-only"},{"id":4,"name":"gpu","type":"custom"}]}
    "#);
    let added = owner
        .post(&labels, r#"{"labels":["fast","GPU","linux"]}"#)
        .await;
    assert_snapshot!(added.brief(), @r#"
    200 OK
    {"total_count":5,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"Linux","type":"read-only"},{"id":3,"name":"X64","type":"read-only"},{"id":4,"name":"gpu","type":"custom"},{"id":5,"name":"fast","type":"custom"}]}
    "#);
    let entry = last_entry(&world).await;
    assert_eq!(entry["action"], "org.update_self_hosted_runner_labels");
    assert_eq!(
        (&entry["name"], &entry["detail"]),
        (&"one".into(), &"add".into())
    );

    let set = owner.put(&labels, r#"{"labels":["fast","big"]}"#).await;
    assert_snapshot!(set.brief(), @r#"
    200 OK
    {"total_count":5,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"Linux","type":"read-only"},{"id":3,"name":"X64","type":"read-only"},{"id":5,"name":"fast","type":"custom"},{"id":6,"name":"big","type":"custom"}]}
    "#);
    let removed = owner.delete(&format!("{labels}/FAST")).await;
    assert_snapshot!(removed.brief(), @r#"
    200 OK
    {"total_count":4,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"Linux","type":"read-only"},{"id":3,"name":"X64","type":"read-only"},{"id":6,"name":"big","type":"custom"}]}
    "#);
    assert_eq!(owner.delete(&format!("{labels}/fast")).await.status, 404);
    assert_snapshot!(owner.delete(&format!("{labels}/self-hosted")).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"Read-only labels cannot be removed.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#remove-a-custom-label-from-a-self-hosted-runner-for-an-organization"}
    "#);
    assert_snapshot!(owner.delete(&labels).await.brief(), @r#"
    200 OK
    {"total_count":3,"labels":[{"id":1,"name":"self-hosted","type":"read-only"},{"id":2,"name":"Linux","type":"read-only"},{"id":3,"name":"X64","type":"read-only"}]}
    "#);
}

#[tokio::test]
async fn a_change_of_labels_that_changes_nothing_leaves_no_entry() {
    let world = World::new().await;
    let token = registration_token(&world, REPO).await;
    enrol(&world, &token, "one").await;
    let owner = world.r#as(&world.owner);
    let labels = format!("{REPO}/1/labels");
    let entries = world.count("SELECT COUNT(*) FROM audit_entry").await;
    assert_eq!(
        owner.put(&labels, r#"{"labels":["Gpu"]}"#).await.status,
        200
    );
    assert_eq!(
        owner.post(&labels, r#"{"labels":["gpu"]}"#).await.status,
        200
    );
    assert_eq!(
        world.count("SELECT COUNT(*) FROM audit_entry").await,
        entries
    );
}

#[tokio::test]
async fn labels_have_limits() {
    let world = World::new().await;
    let token = registration_token(&world, ORG).await;
    enrol(&world, &token, "one").await;
    let owner = world.r#as(&world.owner);
    let labels = format!("{ORG}/1/labels");
    for (body, text) in [
        ("{}", "\"labels\" wasn't supplied."),
        (
            r#"{"labels":"a"}"#,
            "For 'properties/labels', a string is not an array.",
        ),
        (r#"{"labels":[]}"#, "1 item required; only 0 were supplied."),
        (
            r#"{"labels":[1]}"#,
            "For 'items', an integer is not a string.",
        ),
        (
            r#"{"labels":["a\u0007"]}"#,
            "labels does not match /^[^[:cntrl:]]{1,256}$/.",
        ),
    ] {
        let reply = owner.post(&labels, body).await;
        assert_eq!(reply.status, 422);
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert_eq!(message, format!("Invalid request.\n\n{text}"));
    }
    let names = |range: std::ops::Range<usize>| {
        let names: Vec<_> = range.map(|number| format!("\"l{number}\"")).collect();
        format!("{{\"labels\":[{}]}}", names.join(","))
    };
    assert_eq!(owner.put(&labels, names(0..101)).await.status, 422);
    assert_eq!(
        owner.put(&labels, names(0..100)).await.json()["total_count"],
        103
    );
    assert_snapshot!(owner.post(&labels, names(100..101)).await.brief(), @r#"
    422 Unprocessable Entity
    {"message":"The number of custom labels is limited to 100.","documentation_url":"https://docs.github.com/enterprise/3.2/rest/reference/actions#add-custom-labels-to-a-self-hosted-runner-for-an-organization"}
    "#);
    assert_eq!(
        owner.put(&labels, names(50..150)).await.json()["total_count"],
        103
    );
}
