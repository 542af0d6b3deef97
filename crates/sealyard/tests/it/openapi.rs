//! Every answer is what `openapi/sealyard.yaml` says. The tests' world hands each response that it
//! receives to [`validate`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// What the program serves at `/openapi.json`, made by the build script.
const JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));
/// The second base of every path that has no `servers` of its own.
const ENTERPRISE: &str = "/api/v3";
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];
/// What a request can meet before a route is found for it.
const UNROUTED: [u16; 7] = [400, 401, 403, 404, 413, 415, 503];

static DESCRIPTION: LazyLock<Description> =
    LazyLock::new(|| Description::read(JSON).expect("openapi/sealyard.yaml is well formed"));

/// Checks an answer against the description.
///
/// `path` is that of the request: with or without `/api/v3`, a query, percent-encoding. The error
/// is a sentence that names the operation.
pub(crate) fn validate(
    method: &str,
    path: &str,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(), String> {
    DESCRIPTION
        .check(method, path, status, content_type, body)
        .map_err(|problem| format!("{method} {path}, {status}: {problem}"))
}

/// Every described operation, as an upper-case method and a path template without base.
pub(crate) fn operations() -> Vec<(&'static str, &'static str)> {
    let mut all = Vec::new();
    for path in &DESCRIPTION.paths {
        let methods = path.operations.keys();
        all.extend(methods.map(|method| (method.as_str(), path.template.as_str())));
    }
    all
}

/// The description, ready to judge answers.
pub(crate) struct Description {
    /// Those with more literal segments first, so that `/public-key` beats `/{secret_name}`.
    paths: Vec<Path>,
    /// The answer where there is no operation.
    unrouted: Answer,
}

struct Path {
    template: String,
    /// Not served below `/api/v3`.
    root_only: bool,
    operations: BTreeMap<String, Operation>,
}

/// Answers by status.
type Operation = BTreeMap<u16, Answer>;
/// Bodies by media type, without parameters. No media type is no body.
type Answer = BTreeMap<String, Arc<Validator>>;

impl Description {
    fn read(json: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let mut compiler = Compiler {
            document: &document,
            compiled: HashMap::new(),
        };
        let mut paths = Vec::new();
        for (template, item) in members(&document, "paths")? {
            let mut operations = BTreeMap::new();
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    let answers = compiler
                        .operation(operation)
                        .map_err(|problem| format!("{method} {template}: {problem}"))?;
                    operations.insert(method.to_uppercase(), answers);
                }
            }
            let servers = item.get("servers").and_then(Value::as_array);
            paths.push(Path {
                template: template.clone(),
                root_only: servers.is_some(),
                operations,
            });
        }
        paths.sort_by_key(|path| std::cmp::Reverse(path.literals()));
        let not_found = json!({"$ref": "#/components/responses/not-found"});
        let unrouted = compiler.answer(&not_found)?;
        Ok(Self { paths, unrouted })
    }

    fn find(&self, path: &str) -> Option<&Path> {
        let bare = path.split('?').next().unwrap_or_default();
        let below = match bare.strip_prefix(ENTERPRISE) {
            Some("") => Some("/"),
            Some(rest) if rest.starts_with('/') => Some(rest),
            _ => None,
        };
        let is = |path: &&Path| match below {
            Some(below) => !path.root_only && path.matches(below),
            None => path.matches(bare),
        };
        self.paths.iter().find(is)
    }

    fn check(
        &self,
        method: &str,
        path: &str,
        status: u16,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), String> {
        if method == "OPTIONS" {
            return nothing(content_type, body);
        }
        let described = if method == "HEAD" { "GET" } else { method };
        let found = self.find(path).and_then(|p| p.operations.get(described));
        let Some(operation) = found else {
            if !UNROUTED.contains(&status) {
                return Err("no operation is described here".to_owned());
            }
            return judge(&self.unrouted, method, content_type, body);
        };
        let answer = operation.get(&status).ok_or("status is not described")?;
        judge(answer, method, content_type, body)
    }
}

impl Path {
    fn literals(&self) -> usize {
        let parts = self.template.split('/');
        parts.filter(|part| !part.starts_with('{')).count()
    }

    fn matches(&self, path: &str) -> bool {
        let mut parts = path.split('/');
        let mut templates = self.template.split('/');
        loop {
            match (templates.next(), parts.next()) {
                (None, None) => return true,
                (Some(template), Some(part)) if template == part => {}
                (Some(template), Some(part)) if template.starts_with('{') && !part.is_empty() => {}
                _ => return false,
            }
        }
    }
}

fn judge(
    answer: &Answer,
    method: &str,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(), String> {
    if answer.is_empty() {
        return nothing(content_type, body);
    }
    let content_type = content_type.ok_or("no Content-Type")?;
    let media = content_type.split(';').next().unwrap_or_default().trim();
    let validator = answer
        .get(media)
        .ok_or_else(|| format!("{media} is not described"))?;
    match (method, media) {
        ("HEAD", _) => nothing(None, body),
        (_, "application/json") => conforms(validator, body),
        _ => {
            let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
            complaints(validator, &Value::from(text))
        }
    }
}

fn nothing(content_type: Option<&str>, body: &[u8]) -> Result<(), String> {
    match content_type {
        Some(media) => Err(format!("{media} where there should be no body")),
        None if body.is_empty() => Ok(()),
        None => Err(format!("a body of {} bytes, not none", body.len())),
    }
}

fn conforms(validator: &Validator, body: &[u8]) -> Result<(), String> {
    let value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    complaints(validator, &value)
}

fn complaints(validator: &Validator, value: &Value) -> Result<(), String> {
    let all: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("at `{}` {error}", error.instance_path()))
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    Err(all.join("; "))
}

/// Turns schemas of the document into validators, each once.
struct Compiler<'d> {
    document: &'d Value,
    compiled: HashMap<String, Arc<Validator>>,
}

impl Compiler<'_> {
    fn operation(&mut self, operation: &Value) -> Result<Operation, String> {
        let mut answers = BTreeMap::new();
        for (status, response) in members(operation, "responses")? {
            let status = status.parse().map_err(|_| format!("status {status}"))?;
            answers.insert(status, self.answer(response)?);
        }
        Ok(answers)
    }

    fn answer(&mut self, response: &Value) -> Result<Answer, String> {
        let mut answer = BTreeMap::new();
        let response = resolve(self.document, response)?;
        if response.get("content").is_some() {
            for (media, content) in members(response, "content")? {
                let schema = content.get("schema").ok_or("content without schema")?;
                answer.insert(media.clone(), self.schema(schema)?);
            }
        }
        Ok(answer)
    }

    /// A schema's references point into the document, so its components go along.
    fn schema(&mut self, schema: &Value) -> Result<Arc<Validator>, String> {
        let key = schema.to_string();
        if let Some(known) = self.compiled.get(&key) {
            return Ok(Arc::clone(known));
        }
        let components = self.document.get("components");
        let whole = json!({"allOf": [schema], "components": components});
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&whole)
            .map_err(|error| error.to_string())?;
        let validator = Arc::new(validator);
        self.compiled.insert(key, Arc::clone(&validator));
        Ok(validator)
    }
}

fn resolve<'v>(document: &'v Value, value: &'v Value) -> Result<&'v Value, String> {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
        return Ok(value);
    };
    let target = document.pointer(reference.trim_start_matches('#'));
    target.ok_or_else(|| format!("{reference} leads nowhere"))
}

fn members<'v>(value: &'v Value, name: &str) -> Result<&'v Map<String, Value>, String> {
    let found = value.get(name).and_then(Value::as_object);
    found.ok_or_else(|| format!("no {name}"))
}

const LIST: &str = "/orgs/acme/actions/secrets";
const ONE: &str = "/orgs/acme/actions/secrets/TOKEN";
const KEY: &str = "/repos/acme/web/actions/secrets/public-key";
const TYPE: Option<&str> = Some("application/json; charset=utf-8");

fn get(path: &str, status: u16, body: &Value) -> Result<(), String> {
    validate("GET", path, status, TYPE, body.to_string().as_bytes())
}

fn org_secret(more: &Value) -> Value {
    let mut secret = json!({
        "name": "TOKEN",
        "created_at": "2021-09-28T12:00:00Z",
        "updated_at": "2021-09-28T12:00:00Z",
        "visibility": "all",
    });
    let members = secret.as_object_mut().expect("an object");
    for (key, value) in more.as_object().expect("an object") {
        members.insert(key.clone(), value.clone());
    }
    secret
}

#[test]
fn a_literal_segment_beats_a_parameter() {
    let key = json!({"key_id": "568250167242549743", "key": format!("{}=", "A".repeat(43))});
    assert_eq!(get(KEY, 200, &key), Ok(()));
    assert_eq!(
        get(
            "/api/v3/repositories/1/actions/secrets/public-key?x=1",
            200,
            &key
        ),
        Ok(())
    );
    assert!(get("/repos/acme/web/actions/secrets/public_key", 200, &key).is_err());
}

#[test]
fn the_keys_of_an_answer_are_exactly_those_described() {
    let selected = json!({"visibility": "selected",
        "selected_repositories_url": "http://localhost:8080/api/v3/orgs/acme/actions/secrets/TOKEN/repositories"});
    for good in [org_secret(&json!({})), org_secret(&selected)] {
        assert_eq!(get(ONE, 200, &good), Ok(()));
        assert_eq!(
            get(LIST, 200, &json!({"total_count": 1, "secrets": [good]})),
            Ok(())
        );
    }
    for bad in [
        org_secret(&json!({"value": "x"})),
        org_secret(&json!({"visibility": "selected"})),
        org_secret(&json!({"selected_repositories_url": null})),
        org_secret(&json!({"name": "token"})),
        org_secret(&json!({"name": "GITHUB_TOKEN"})),
        org_secret(&json!({"updated_at": "2021-09-28T12:00:00.5Z"})),
        org_secret(&json!({"updated_at": "2021-13-28T12:00:00Z"})),
    ] {
        assert!(get(ONE, 200, &bad).is_err(), "{bad}");
        assert!(
            get(LIST, 200, &json!({"total_count": 1, "secrets": [bad]})).is_err(),
            "{bad}"
        );
    }
    for bad in [
        json!({"secrets": []}),
        json!({"total_count": 0, "secrets": [], "page": 1}),
    ] {
        assert!(get(LIST, 200, &bad).is_err(), "{bad}");
    }
}

#[test]
fn a_number_where_text_belongs_is_refused() {
    let key = json!({"key_id": 568, "key": format!("{}=", "A".repeat(43))});
    assert!(get(KEY, 200, &key).is_err());
    let error = json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest",
        "status": 404});
    assert!(get(KEY, 404, &error).is_err());
}

#[test]
fn deleting_a_secret_that_is_missing_has_an_empty_object() {
    let delete = |path, body: &[u8]| validate("DELETE", path, 404, TYPE, body);
    let error = br#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest"}"#;
    assert_eq!(delete(ONE, b"{}"), Ok(()));
    assert_eq!(delete(ONE, error), Ok(()));
    assert_eq!(delete("/repos/acme/web", error), Ok(()));
    assert!(delete("/repos/acme/web", b"{}").is_err());
}

#[test]
fn an_answer_without_content_has_neither_body_nor_type() {
    let put = |content_type, body: &[u8]| validate("PUT", ONE, 204, content_type, body);
    assert_eq!(put(None, b""), Ok(()));
    assert!(put(None, b"{}").is_err());
    assert!(put(TYPE, b"").is_err());
    assert_eq!(validate("PUT", ONE, 201, TYPE, b"{}"), Ok(()));
    assert!(validate("PUT", ONE, 201, TYPE, b"").is_err());
    assert!(validate("PUT", ONE, 201, None, b"{}").is_err());
    assert!(validate("PUT", ONE, 200, TYPE, b"{}").is_err());
}

#[test]
fn head_answers_like_get_without_the_body() {
    assert_eq!(validate("HEAD", LIST, 200, TYPE, b""), Ok(()));
    assert!(validate("HEAD", LIST, 200, TYPE, b"{}").is_err());
    assert!(validate("HEAD", LIST, 204, None, b"").is_err());
    assert_eq!(validate("OPTIONS", LIST, 204, None, b""), Ok(()));
}

#[test]
fn where_nothing_is_described_only_a_plain_error_may_come() {
    let error = br#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest"}"#;
    for (method, path) in [
        ("GET", "/nowhere"),
        ("GET", "/orgs/acme/actions/secrets/"),
        ("POST", LIST),
        ("GET", "/api/v3/api/sealyard/v1/runners"),
        ("GET", "/api/v30/zen"),
    ] {
        assert_eq!(validate(method, path, 404, TYPE, error), Ok(()));
        assert!(
            validate(method, path, 404, TYPE, b"{}").is_err(),
            "{method} {path}"
        );
        assert!(
            validate(method, path, 405, TYPE, error).is_err(),
            "{method} {path}"
        );
        assert!(
            validate(method, path, 200, TYPE, error).is_err(),
            "{method} {path}"
        );
    }
}

#[test]
fn plain_text_is_checked_as_text() {
    let zen = |content_type, body: &[u8]| validate("GET", "/api/v3/zen", 200, content_type, body);
    assert_eq!(
        zen(Some("text/plain;charset=utf-8"), b"Keep it sealed."),
        Ok(())
    );
    assert!(zen(Some("text/plain;charset=utf-8"), b"").is_err());
    assert!(zen(TYPE, b"\"Keep it sealed.\"").is_err());
}

#[test]
fn every_operation_introduces_itself_once() {
    let document: Value = serde_json::from_str(JSON).expect("JSON");
    let mut ids = BTreeSet::new();
    let paths = members(&document, "paths").expect("paths");
    for (template, item) in paths {
        for operation in METHODS.iter().filter_map(|method| item.get(method)) {
            let text = |name: &str| {
                operation
                    .get(name)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            assert!(!text("summary").is_empty(), "{template}");
            assert!(!text("description").is_empty(), "{template}");
            assert!(ids.insert(text("operationId")), "{}", text("operationId"));
        }
    }
    assert_eq!(ids.len(), operations().len());
}

#[test]
fn every_path_declares_the_parameters_in_its_template() {
    let document: Value = serde_json::from_str(JSON).expect("JSON");
    for (template, item) in members(&document, "paths").expect("paths") {
        let declared: BTreeSet<&str> = item
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|parameter| resolve(&document, parameter).expect("a parameter"))
            .filter_map(|parameter| parameter.get("name")?.as_str())
            .collect();
        let written: BTreeSet<&str> = template
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        assert_eq!(declared, written, "{template}");
    }
}

#[test]
fn the_description_has_the_version_of_the_program() {
    let document: Value = serde_json::from_str(JSON).expect("JSON");
    let version = document.pointer("/info/version").and_then(Value::as_str);
    assert_eq!(version, Some(env!("CARGO_PKG_VERSION")));
}
