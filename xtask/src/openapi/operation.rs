//! One operation, in GitHub's description and in ours.

use std::collections::BTreeSet;
use std::iter;

use serde_json::{Map, Value};

use super::{Facts, HALVES};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// One operation of a document.
pub(super) struct Operation<'d> {
    path: &'d str,
    method: &'static str,
    value: &'d Value,
}

impl<'d> Operation<'d> {
    pub(super) fn find(document: &'d Value, id: &str) -> Option<Self> {
        let paths = document.get("paths")?.as_object()?;
        paths.iter().find_map(|(path, item)| {
            METHODS.into_iter().find_map(|method| {
                let value = item.get(method)?;
                (value.get("operationId")?.as_str()? == id).then_some(Self {
                    path,
                    method,
                    value,
                })
            })
        })
    }
}

/// Our side of one operation.
pub(super) struct Side<'d> {
    pub(super) document: &'d Value,
    pub(super) operation: &'d str,
}

impl Side<'_> {
    /// Notes which facts about `theirs`, of one half of GitHub's description, are facts here.
    pub(super) fn operation(&self, theirs: &Operation<'_>, half: &str, facts: &mut Facts) {
        let (path, method) = (theirs.path, theirs.method);
        let item = self.document.get("paths").and_then(|all| all.get(path));
        let ours = item.and_then(|item| item.get(method));
        facts.note(self.operation, ours.is_some(), || {
            format!("{method} {path} is missing")
        });
        let (Some(item), Some(ours)) = (item, ours) else {
            return;
        };
        self.parameters(theirs.value, item, ours, facts);
        for (status, response) in members(theirs.value, "responses") {
            let answer = ours.get("responses").and_then(|all| all.get(status));
            facts.note(self.operation, answer.is_some(), || {
                format!("{status} is missing")
            });
            let schemas = (
                json_schema(response),
                answer.map(|answer| self.resolve(answer)),
            );
            if let (Some(theirs), Some(answer)) = schemas {
                self.answer(theirs, json_schema(answer), status, facts);
            }
        }
        if half == HALVES[1] {
            self.body(theirs.value, ours, facts);
        }
    }

    /// Each parameter of theirs must be one of ours, of the path or of the operation.
    fn parameters(&self, theirs: &Value, item: &Value, ours: &Value, facts: &mut Facts) {
        let key = |parameter: &Value| {
            let text = |name: &str| {
                parameter
                    .get(name)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            (text("in"), text("name"))
        };
        let declared: BTreeSet<_> = elements(item, "parameters")
            .chain(elements(ours, "parameters"))
            .map(|parameter| key(self.resolve(parameter)))
            .collect();
        for parameter in elements(theirs, "parameters") {
            let wanted = key(parameter);
            let holds = declared.contains(&wanted);
            let name = wanted.1.unwrap_or_default();
            facts.note(self.operation, holds, || {
                format!("parameter {name} is missing")
            });
        }
    }

    /// What a request of theirs must have or may say must be so in ours.
    fn body(&self, theirs: &Value, ours: &Value, facts: &mut Facts) {
        let Some(wanted) = theirs.get("requestBody").and_then(json_schema) else {
            return;
        };
        let body = ours.get("requestBody").map(|body| self.resolve(body));
        let shape = body
            .and_then(json_schema)
            .map(|s| self.shape(s))
            .unwrap_or_default();
        for name in required(wanted) {
            let holds = shape.required.contains(name);
            facts.note(self.operation, holds, || {
                format!("body: {name} is not required")
            });
        }
        for (name, schema) in members(wanted, "properties") {
            let member = shape.properties.get(name).map(|schema| self.shape(schema));
            let holds = member.is_some_and(|ours| self.accepts(&ours, schema));
            facts.note(self.operation, holds, || {
                format!("body: {name} is of another type")
            });
        }
    }

    /// Whether ours takes every type that a client may send by theirs.
    fn accepts(&self, ours: &Shape, theirs: &Value) -> bool {
        let items = match (&ours.items, theirs.get("items")) {
            (Some(ours), Some(theirs)) => self.accepts(&self.shape(ours), theirs),
            (_, None) => true,
            (None, Some(_)) => false,
        };
        items && self.shape(theirs).types.is_subset(&ours.types)
    }

    /// What theirs always says, ours must always say, in no other type.
    fn answer(&self, theirs: &Value, ours: Option<&Value>, at: &str, facts: &mut Facts) {
        let shape = ours.map(|schema| self.shape(schema)).unwrap_or_default();
        let types = self.shape(theirs).types;
        let same = !shape.types.is_empty() && shape.types.is_subset(&types);
        facts.note(self.operation, same || types.is_empty(), || {
            format!("{at}: {} and not {}", list(&shape.types), list(&types))
        });
        for name in required(theirs) {
            let there = shape.required.contains(name);
            facts.note(self.operation, there, || {
                format!("{at}.{name} is not required")
            });
        }
        for (name, schema) in members(theirs, "properties") {
            let ours = shape.properties.get(name);
            if ours.is_some() || shape.required.contains(name) {
                self.answer(schema, ours, &format!("{at}.{name}"), facts);
            }
        }
        if let Some(theirs) = theirs.get("items") {
            self.answer(theirs, shape.items.as_ref(), &format!("{at}[]"), facts);
        }
    }

    fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        let reference = value.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|r| self.document.pointer(r.trim_start_matches('#')));
        target.unwrap_or(value)
    }

    /// Gathers what a schema says through its references and its `allOf`. Of alternatives only the
    /// types are taken.
    fn shape(&self, schema: &Value) -> Shape {
        let mut shape = Shape::of(schema);
        let target = self.resolve(schema);
        let parts = elements(schema, "allOf").map(|part| self.shape(part));
        let base = (!std::ptr::eq(target, schema)).then(|| self.shape(target));
        for part in parts.chain(base) {
            shape.types.extend(part.types);
            shape.required.extend(part.required);
            shape.properties.extend(part.properties);
            shape.items = shape.items.or(part.items);
        }
        for name in ["anyOf", "oneOf"] {
            let parts = elements(schema, name).map(|part| self.shape(part));
            shape.types.extend(parts.flat_map(|part| part.types));
        }
        shape
    }
}

/// What a schema says about its values, as far as it is compared.
#[derive(Default)]
struct Shape {
    types: BTreeSet<String>,
    required: BTreeSet<String>,
    properties: Map<String, Value>,
    items: Option<Value>,
}

impl Shape {
    fn of(schema: &Value) -> Self {
        let named = match schema.get("type") {
            Some(Value::Array(types)) => types.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        let constant = schema.get("const").map(type_name);
        let nullable = schema.get("nullable") == Some(&Value::Bool(true));
        let named = named.into_iter().filter_map(Value::as_str);
        let null = nullable.then_some("null");
        Self {
            types: named
                .chain(constant)
                .chain(null)
                .map(str::to_owned)
                .collect(),
            required: required(schema).map(str::to_owned).collect(),
            properties: iter::once(schema)
                .filter_map(|schema| schema.get("properties")?.as_object().cloned())
                .flatten()
                .collect(),
            items: schema.get("items").cloned(),
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn json_schema(response: &Value) -> Option<&Value> {
    response
        .get("content")?
        .get("application/json")?
        .get("schema")
}

fn members<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    let object = value.get(name).and_then(Value::as_object);
    object.into_iter().flatten()
}

fn elements<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let array = value.get(name).and_then(Value::as_array);
    array.into_iter().flatten()
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    elements(schema, "required").filter_map(Value::as_str)
}

fn list(types: &BTreeSet<String>) -> String {
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    if types.is_empty() {
        "nothing".to_owned()
    } else {
        types.join(" or ")
    }
}
