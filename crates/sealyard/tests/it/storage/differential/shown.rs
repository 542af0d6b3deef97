//! How the model shows what it has, and what it reads of an answer.

use sealyard::clock::rfc3339;
use serde_json::{Value, json};

use super::act::Act;
use super::model::Secret;
use crate::world::Reply;

/// A secret as it is shown; an organisation's has its audience, but not to a repository.
pub(super) fn shown(name: &str, secret: &Secret, with_audience: bool) -> Value {
    let mut members = vec![
        ("name", json!(name)),
        ("created_at", json!(rfc3339(secret.created))),
        ("updated_at", json!(rfc3339(secret.updated))),
    ];
    if let Some(visibility) = secret.visibility.as_ref().filter(|_| with_audience) {
        members.push(("visibility", json!(visibility)));
        if visibility == "selected" {
            let path = format!("/orgs/octo-org/actions/secrets/{name}/repositories");
            members.push((
                "selected_repositories_url",
                json!(format!("http://localhost{path}")),
            ));
        }
    }
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub(super) fn listed<'a>(
    secrets: impl Iterator<Item = (&'a String, &'a Secret)>,
    query: &str,
    with_audience: bool,
) -> Value {
    let all: Vec<_> = secrets.collect();
    let page = paged(all.iter(), query);
    let secrets: Vec<Value> = page
        .iter()
        .map(|(name, secret)| shown(name, secret, with_audience))
        .collect();
    json!({ "total_count": all.len(), "secrets": secrets })
}

pub(super) fn paged<T>(all: impl Iterator<Item = T>, query: &str) -> Vec<T> {
    let number = |name: &str| {
        let mut pairs = query
            .trim_start_matches('?')
            .split('&')
            .filter_map(|p| p.split_once('='));
        let text = pairs.find(|(key, _)| *key == name).map(|(_, text)| text);
        text.and_then(|text| text.parse::<usize>().ok())
            .filter(|number| *number > 0)
    };
    let (size, page) = (
        number("per_page").unwrap_or(30),
        number("page").unwrap_or(1),
    );
    all.skip((page - 1) * size).take(size).collect()
}

/// The part of an answer's body that the model knows of.
pub(super) fn seen(act: &Act, reply: &Reply) -> Value {
    let members = |names: &[&str]| {
        let body = reply.json();
        names
            .iter()
            .map(|name| ((*name).to_owned(), member(&body, name)))
            .collect()
    };
    let items = |list: &str, name: &str| -> Vec<Value> {
        let body = member(&reply.json(), list);
        body.as_array()
            .into_iter()
            .flatten()
            .map(|item| member(item, name))
            .collect()
    };
    match act {
        Act::List(..) | Act::Get(..) | Act::ListShared(..) => reply.json(),
        Act::ListSelected(..) => {
            let total = member(&reply.json(), "total_count");
            json!({ "total_count": total, "ids": items("repositories", "id") })
        }
        Act::MakeRepo { .. } | Act::ChangeRepo { .. } | Act::ShowRepo(_) => {
            members(&["id", "name", "visibility"])
        }
        Act::PutEnv(..) => members(&["name"]),
        Act::ListEnvs(_) => {
            let total = member(&reply.json(), "total_count");
            let mut names = items("environments", "name");
            names.sort_by_key(Value::to_string);
            json!({ "total_count": total, "names": names })
        }
        Act::PublicKey(_)
        | Act::Put { .. }
        | Act::Delete(..)
        | Act::Selection(..)
        | Act::DropRepo(_)
        | Act::DropEnv(..)
        | Act::Other(..) => Value::Null,
    }
}

pub(super) fn member(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or_default()
}
