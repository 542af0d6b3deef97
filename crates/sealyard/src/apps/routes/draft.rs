//! The body that narrows a token.

use http::StatusCode;

use crate::apps::mint::{Narrowing, REPOSITORIES_MAX, Repositories};
use crate::http::answer::Result;
use crate::http::error::ApiError;
use crate::http::form::Form;
use crate::http::json::{Json, Object};
use crate::identity::permission::Permissions;

/// Reads what a token is to have less than its installation.
///
/// 400 for permissions that are not an object, as GitHub says it; 422 for a permission that is not
/// one of GitHub's, for a list that is too long, and for one that names nothing: whoever made it out
/// of what they looked for and did not find must not get a token for everything.
pub(super) fn narrowing(object: &Object) -> Result<Narrowing> {
    let mut form = Form::new(object);
    let permissions = match form.member("permissions") {
        None | Some(Json::Null) => None,
        Some(Json::Object(members)) => Some(members),
        Some(_) => {
            return Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "Problems parsing JSON",
            ));
        }
    };
    let names = form.optional_array("repositories");
    let names = names.map(|items| texts(&mut form, items));
    let ids = form.optional_array("repository_ids");
    let ids = ids.map(|items| integers(&mut form, items));
    let found = names.as_ref().map_or(0, Vec::len) + ids.as_ref().map_or(0, Vec::len);
    if found > REPOSITORIES_MAX {
        form.too_many(REPOSITORIES_MAX, found);
    }
    form.finish()?;
    if found == 0 && (names.is_some() || ids.is_some()) {
        return Err(ApiError::unprocessable(
            "Invalid request.\n\nA list of repositories must not be empty.",
        ));
    }
    Ok(Narrowing {
        permissions: permissions.map_or(Ok(None), read_permissions)?,
        repositories: (found > 0).then(|| Repositories {
            names: names.unwrap_or_default(),
            ids: ids.unwrap_or_default(),
        }),
    })
}

/// The permissions of an object of names and levels. An empty one asks for none: whoever made it out of
/// what they looked for and did not find must not get a token that may everything.
fn read_permissions(members: &Object) -> Result<Option<Permissions>> {
    let mut all = Permissions::default();
    for (name, level) in members {
        let Json::String(level) = level else {
            return Err(unknown());
        };
        all = all.with(name, level).map_err(|_| unknown())?;
    }
    Ok(Some(all.with_metadata()))
}

fn unknown() -> ApiError {
    ApiError::unprocessable(
        "Invalid request.\n\nFor 'properties/permissions', a name or a level is not one that is known.",
    )
}

fn texts(form: &mut Form<'_>, items: &[Json]) -> Vec<String> {
    let mut texts = Vec::new();
    for item in items {
        if let Json::String(text) = item {
            texts.push(text.clone());
        } else {
            form.wrong_item(item, "a string");
        }
    }
    texts
}

fn integers(form: &mut Form<'_>, items: &[Json]) -> Vec<i64> {
    let mut integers = Vec::new();
    for item in items {
        if let Json::Integer(number) = item {
            integers.push(*number);
        } else {
            form.wrong_item(item, "an integer");
        }
    }
    integers
}
