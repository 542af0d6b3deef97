//! Repositories that cannot be selected.

use http::Method;
use insta::assert_snapshot;

use super::super::ORG;
use super::{Bad, peaceful, refused};

#[tokio::test]
async fn unknown_and_foreign_repositories_cannot_be_selected() {
    let world = peaceful().await;
    let mut all = Vec::new();
    for (what, ids) in [
        ("unknown", "[1,99]"),
        ("of another organization", "[4]"),
        ("of a user", "[5]"),
    ] {
        let more = format!(r#""visibility":"selected","selected_repository_ids":{ids}"#);
        let body = world.sealed_with(ORG, b"value", &more).await;
        all.push(Bad::put(what, format!("{ORG}/A"), body.clone()));
        all.push(Bad::put(
            "in a new secret",
            format!("{ORG}/NEW"),
            body.clone(),
        ));
        all.push(Bad::put("in a secret for all", format!("{ORG}/B"), body));
        let body = format!(r#"{{"selected_repository_ids":{ids}}}"#);
        all.push(Bad::put("set", format!("{ORG}/A/repositories"), body));
        let id = ids.trim_matches(['[', ']']).trim_start_matches("1,");
        all.push(Bad::put("add", format!("{ORG}/A/repositories/{id}"), ""));
    }
    assert_snapshot!(refused(&world, all).await, @r#"
    422 "Validation Failed"
        unknown
        in a new secret
        in a secret for all
        set
        of another organization
        of a user
    404 "Not Found"
        add
    "#);
}

#[tokio::test]
async fn ids_beside_another_visibility_are_refused() {
    let world = peaceful().await;
    let mut all = Vec::new();
    for visibility in ["all", "private"] {
        for ids in ["[1]", "[99]", "[0]"] {
            let more = format!(r#""visibility":"{visibility}","selected_repository_ids":{ids}"#);
            let body = world.sealed_with(ORG, b"value", &more).await;
            all.push(Bad::put(
                format!("{visibility} {ids}"),
                format!("{ORG}/A"),
                body,
            ));
        }
    }
    let ids = r#"{"selected_repository_ids":[1]}"#;
    all.push(Bad::put("set", format!("{ORG}/B/repositories"), ids));
    all.push(Bad::put("add", format!("{ORG}/B/repositories/1"), ""));
    all.push(Bad::new(
        "remove",
        Method::DELETE,
        format!("{ORG}/B/repositories/1"),
    ));
    assert_snapshot!(refused(&world, all).await, @r#"
    422 "You can only provide a list of repository ids when the visibility is set to selected."
        all [1]
        all [99]
        all [0]
        private [1]
        private [99]
        private [0]
    409 "Conflict"
        set
        add
        remove
    "#);
}

#[tokio::test]
async fn repositories_have_no_secrets_for_selected_repositories() {
    let world = peaceful().await;
    let path = "/repos/octo-org/hello-world/actions/secrets/A/repositories";
    let all = vec![
        Bad::new("list", Method::GET, path),
        Bad::put("set", path, r#"{"selected_repository_ids":[1]}"#),
        Bad::put("add", format!("{path}/1"), ""),
    ];
    assert_snapshot!(refused(&world, all).await, @r#"
    404 "Not Found"
        list
        set
        add
    "#);
}
