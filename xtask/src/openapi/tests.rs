//! The check finds what is taken from our description, thing by thing.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{Exception, check, compare};

const LIST: &str = "actions/list-org-secrets";
const PUT: &str = "actions/create-or-update-org-secret";
const SECRET: &str = "/components/schemas/org-secret";

fn ours() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/sealyard.yaml");
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Two operations, the way GitHub describes them, in both halves.
fn theirs() -> Value {
    let text = json!({"type": "string"});
    let secret = json!({
        "type": "object",
        "required": ["name", "visibility"],
        "properties": {"name": text, "visibility": text},
    });
    let page = json!({
        "type": "object",
        "required": ["total_count", "secrets"],
        "properties": {
            "total_count": {"type": "integer"},
            "secrets": {"type": "array", "items": secret},
        },
    });
    let body = json!({
        "required": ["encrypted_value", "key_id"],
        "properties": {
            "encrypted_value": text,
            "key_id": text,
            "selected_repository_ids": {"type": "array", "items": {"type": "integer"}},
        },
    });
    let json = |schema: &Value| json!({"content": {"application/json": {"schema": schema}}});
    let half = json!({"paths": {
        "/orgs/{org}/actions/secrets": {"get": {
            "operationId": LIST,
            "parameters": [{"name": "org", "in": "path"}, {"name": "page", "in": "query"}],
            "responses": {"200": json(&page)},
        }},
        "/orgs/{org}/actions/secrets/{secret_name}": {"put": {
            "operationId": PUT,
            "requestBody": json(&body),
            "responses": {"201": json(&json!({"type": "object"})), "204": {}},
        }},
    }});
    json!({"descriptions": {"ghes-3.4": half, "api.github.com": half}})
}

fn problems(ours: &Value) -> Vec<String> {
    compare(&theirs(), ours, &[LIST, PUT], &[]).problems
}

/// What the check says when one thing is taken from our description.
fn without(pointer: &str, name: &str) -> Vec<String> {
    let mut ours = ours();
    let parent = ours.pointer_mut(pointer).unwrap();
    let removed = match parent {
        Value::Object(members) => members.remove(name).is_some(),
        Value::Array(elements) => {
            let before = elements.len();
            elements.retain(|element| element != name);
            elements.len() < before
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    assert!(removed, "{pointer} has no {name}");
    problems(&ours)
}

#[test]
fn our_description_promises_what_a_reference_does() {
    assert_eq!(problems(&ours()), [""; 0]);
}

#[test]
fn a_field_that_is_dropped_is_found() {
    let found = [format!("{LIST}: 200.secrets[].visibility is not required")];
    assert_eq!(without(&format!("{SECRET}/required"), "visibility"), found);
}

#[test]
fn a_path_a_status_or_a_parameter_that_is_dropped_is_found() {
    let found = [format!(
        "{LIST}: get /orgs/{{org}}/actions/secrets is missing"
    )];
    assert_eq!(without("/paths", "/orgs/{org}/actions/secrets"), found);
    let put = "/paths/~1orgs~1{org}~1actions~1secrets~1{secret_name}/put";
    let found = [format!("{PUT}: 204 is missing")];
    assert_eq!(without(&format!("{put}/responses"), "204"), found);
    let get = "/paths/~1orgs~1{org}~1actions~1secrets/get";
    let found = [format!("{LIST}: parameter page is missing")];
    assert_eq!(without(get, "parameters"), found);
}

#[test]
fn a_type_that_is_changed_is_found() {
    let mut ours = ours();
    *ours.pointer_mut("/components/schemas/count/type").unwrap() = json!("string");
    let found = [format!("{LIST}: 200.total_count: string and not integer")];
    assert_eq!(problems(&ours), found);
    *ours.pointer_mut("/components/schemas/count/type").unwrap() = json!(["integer", "null"]);
    let found = [format!(
        "{LIST}: 200.total_count: integer or null and not integer"
    )];
    assert_eq!(problems(&ours), found);
}

#[test]
fn a_body_that_asks_for_less_or_takes_less_is_found() {
    let schema = "/components/requestBodies/org-sealed-value/content/application~1json/schema";
    let found = [format!("{PUT}: body: key_id is not required")];
    assert_eq!(without(&format!("{schema}/required"), "key_id"), found);
    let mut ours = ours();
    let ids = format!("{schema}/properties/selected_repository_ids/items");
    *ours.pointer_mut(&ids).unwrap() = json!({"type": "string"});
    let found = [format!(
        "{PUT}: body: selected_repository_ids is of another type"
    )];
    assert_eq!(problems(&ours), found);
}

#[test]
fn an_exception_covers_a_difference_and_must_be_needed() {
    let difference: Exception = (PUT, "204 is missing", "a test");
    let mut changed = ours();
    let put = "/paths/~1orgs~1{org}~1actions~1secrets~1{secret_name}/put/responses";
    let responses = changed.pointer_mut(put).unwrap().as_object_mut().unwrap();
    responses.remove("204").unwrap();
    let report = compare(&theirs(), &changed, &[LIST, PUT], &[difference]);
    assert_eq!(report.failed(), 0, "{report}");
    let report = compare(&theirs(), &ours(), &[LIST, PUT], &[difference]);
    assert_eq!(
        report.problems,
        [format!("{PUT}: no exception is needed for: 204 is missing")]
    );
}

#[test]
fn an_operation_that_the_reference_lacks_is_a_problem_and_not_a_pass() {
    let report = compare(&json!({}), &ours(), &[LIST], &[]);
    assert_eq!((report.passed(), report.failed()), (0, 2), "{report}");
}

#[test]
fn without_a_reference_the_check_is_skipped() {
    let directory = tempfile::tempdir().unwrap();
    let report = check(&directory.path().join("none.json"), Path::new("none.yaml")).unwrap();
    assert_eq!(
        report.to_string(),
        "skipped: GitHub's description is not here"
    );
    assert_eq!((report.passed(), report.failed()), (0, 0));
}
