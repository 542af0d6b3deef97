//! The bodies of requests about runners, from JSON to types.

use std::collections::BTreeSet;

use base64ct::{Base64, Encoding as _};

use super::label::{LABELS_MAX, LENGTH_MAX, LabelName};
use super::register::Application;
use super::{NAME_LENGTH_MAX, RunnerName, SERVED_MAX};
use crate::directory::RepositoryId;
use crate::http::error::ApiError;
use crate::http::form::Form;
use crate::http::json::{Json, Object};

/// Reads `labels`, which may only be empty where that takes them all away.
pub fn labels(object: &Object, may_be_empty: bool) -> Result<Vec<LabelName>, ApiError> {
    let mut form = Form::new(object);
    let mut names = Vec::new();
    match form.required("labels") {
        Some(Json::Array(items)) => names = read_labels(&mut form, items),
        Some(other) => form.wrong_type("labels", other, "an array"),
        None => {}
    }
    form.finish()?;
    if names.is_empty() && !may_be_empty {
        return Err(ApiError::unprocessable(
            "Invalid request.\n\n1 item required; only 0 were supplied.",
        ));
    }
    Ok(names)
}

/// Reads the body of an enrolment: the registration token, and who applies.
pub fn application(object: &Object) -> Result<(&str, Application), ApiError> {
    let mut form = Form::new(object);
    let token = form.required_string("token");
    let name = form.required_string("name");
    let name = checked(&mut form, "name", name, NAME_LENGTH_MAX, RunnerName::parse);
    let os = form.optional_string("os");
    let os = checked(&mut form, "os", os, LENGTH_MAX, LabelName::parse);
    let arch = form.optional_string("arch");
    let arch = checked(&mut form, "arch", arch, LENGTH_MAX, LabelName::parse);
    let labels = match form.optional_array("labels") {
        Some(items) => read_labels(&mut form, items),
        None => Vec::new(),
    };
    let public_key = form.optional_string("public_key").and_then(|text| {
        let key = read_key(text);
        if key.is_none() {
            form.wrong_pattern("public_key", "^[A-Za-z0-9+\\/]{43}=$");
        }
        key
    });
    form.finish()?;
    // The form has refused whatever was missing.
    let (Some(token), Some(name)) = (token, name) else {
        return Err(ApiError::internal());
    };
    Ok((
        token,
        Application {
            name,
            os,
            arch,
            labels,
            public_key,
        },
    ))
}

/// Reads `selected_repository_ids`, all that a runner of an organisation serves.
pub fn repositories(object: &Object) -> Result<BTreeSet<RepositoryId>, ApiError> {
    let mut form = Form::new(object);
    let mut ids = BTreeSet::new();
    match form.required("selected_repository_ids") {
        Some(Json::Array(items)) if items.len() > SERVED_MAX => {
            form.too_many(SERVED_MAX, items.len());
        }
        Some(Json::Array(items)) => {
            for item in items {
                if let Json::Integer(id) = item {
                    ids.insert(RepositoryId(*id));
                } else {
                    form.wrong_item(item, "an integer");
                }
            }
        }
        Some(other) => form.wrong_type("selected_repository_ids", other, "an array"),
        None => {}
    }
    form.finish()?;
    Ok(ids)
}

fn read_labels(form: &mut Form<'_>, items: &[Json]) -> Vec<LabelName> {
    if items.len() > LABELS_MAX {
        form.too_many(LABELS_MAX, items.len());
        return Vec::new();
    }
    let mut names = Vec::with_capacity(items.len());
    for item in items {
        if let Json::String(text) = item {
            names.extend(checked(
                form,
                "labels",
                Some(text),
                LENGTH_MAX,
                LabelName::parse,
            ));
        } else {
            form.wrong_item(item, "a string");
        }
    }
    names
}

/// A text through `parse`; what is wrong with it is its length or a control character.
fn checked<T>(
    form: &mut Form<'_>,
    member: &str,
    text: Option<&str>,
    max: usize,
    parse: fn(&str) -> Option<T>,
) -> Option<T> {
    let text = text?;
    let parsed = parse(text);
    if parsed.is_none() {
        let shown = if text.is_empty() { "" } else { member };
        form.wrong_pattern(shown, &format!("^[^[:cntrl:]]{{1,{max}}}$"));
    }
    parsed
}

fn read_key(text: &str) -> Option<[u8; 32]> {
    Base64::decode_vec(text).ok()?.try_into().ok()
}
