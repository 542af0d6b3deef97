//! The bodies of the PUTs, from JSON to types.

use std::collections::BTreeSet;

use base64ct::{Base64, Encoding as _};
use sealyard_vault::SealedBox;

use super::scope::Scope;
use super::visibility::{SELECTED_MAX, Visibility, VisibilityKind};
use super::{Draft, Upload};
use crate::directory::RepositoryId;
use crate::http::error::ApiError;
use crate::http::form::Form;
use crate::http::json::{Json, Object};
use crate::http::profile::Profile;

/// The pattern of `encrypted_value` as GitHub prints it: a Ruby literal, slashes escaped.
const BASE64_PATTERN: &str =
    r"^(?:[A-Za-z0-9+\/]{4})*(?:[A-Za-z0-9+\/]{2}==|[A-Za-z0-9+\/]{3}=|[A-Za-z0-9+\/]{4})$";

/// Reads the body of a PUT of a secret: `encrypted_value`, `key_id`, and for an organisation
/// `visibility` and `selected_repository_ids`.
pub fn read(object: &Object, scope: &Scope, profile: Profile) -> Result<Draft, ApiError> {
    let mut form = Form::new(object);
    let encrypted = form.required_string("encrypted_value");
    let key_id = form.required_string("key_id");
    let sealed = encrypted.map(SealedBox::from_base64);
    if let (Some(text), Some(Err(_))) = (encrypted, &sealed)
        && !is_base64(text)
    {
        let shown = if text.is_empty() {
            ""
        } else {
            "encrypted_value"
        };
        form.wrong_pattern(shown, BASE64_PATTERN);
    }
    let visibility = match scope {
        Scope::Organization(_) => Some(read_visibility(&mut form, profile)),
        Scope::Repository(_) | Scope::Environment(..) => None,
    };
    form.finish()?;
    // The form has refused whatever was missing.
    let (encrypted, key_id) = (encrypted.unwrap_or_default(), key_id.unwrap_or_default());
    let upload = match sealed {
        Some(Ok(sealed)) => Upload::Box(sealed),
        // The pattern takes stray bits in the last character; a strict decoder does not.
        Some(Err(_)) | None => Upload::NoBox(Base64::decode_vec(encrypted).unwrap_or_default()),
    };
    let visibility = visibility.map(combine).transpose()?;
    Ok(Draft {
        key_id: key_id.to_owned(),
        upload,
        visibility,
    })
}

/// Reads the body of operation 7.
pub fn read_selection(
    object: &Object,
    profile: Profile,
) -> Result<BTreeSet<RepositoryId>, ApiError> {
    let mut form = Form::new(object);
    let mut ids = None;
    if let Some(value) = form.required("selected_repository_ids") {
        if let Json::Array(items) = value {
            ids = read_ids(&mut form, items, profile);
        } else {
            form.wrong_type("selected_repository_ids", value, "an array");
        }
    }
    form.finish()?;
    ids.ok_or_else(unknown_repositories)
}

/// 422 for ids that name no repository of the organisation.
pub fn unknown_repositories() -> ApiError {
    ApiError::validation(vec![crate::http::error::FieldError {
        resource: "OrganizationSecret",
        code: "invalid",
        field: "selected_repository_ids",
        message: None,
    }])
}

type Given = (
    Option<VisibilityKind>,
    Option<Option<BTreeSet<RepositoryId>>>,
);

fn read_visibility(form: &mut Form<'_>, profile: Profile) -> Given {
    let kind = form
        .required_string("visibility")
        .and_then(|text| form.one_of("visibility", text, &VisibilityKind::WORDS));
    let ids = form
        .optional_array("selected_repository_ids")
        .map(|items| read_ids(form, items, profile));
    (kind, ids)
}

fn combine((kind, ids): Given) -> Result<Visibility, ApiError> {
    let ids = ids.unwrap_or_else(|| Some(BTreeSet::new()));
    let none = ids.as_ref().is_some_and(BTreeSet::is_empty);
    match kind {
        Some(VisibilityKind::Selected) => ids
            .map(Visibility::Selected)
            .ok_or_else(unknown_repositories),
        Some(VisibilityKind::All) if none => Ok(Visibility::All),
        Some(VisibilityKind::Private) if none => Ok(Visibility::Private),
        Some(VisibilityKind::All | VisibilityKind::Private) | None => Err(ApiError::unprocessable(
            "You can only provide a list of repository ids when the visibility is set to selected.",
        )),
    }
}

/// The ids; `None` if one of them cannot be a repository's.
fn read_ids(
    form: &mut Form<'_>,
    items: &[Json],
    profile: Profile,
) -> Option<BTreeSet<RepositoryId>> {
    if items.len() > SELECTED_MAX {
        form.too_many(SELECTED_MAX, items.len());
        return None;
    }
    let mut ids = Some(BTreeSet::new());
    for item in items {
        let Some(id) = read_id(item, profile) else {
            form.wrong_item(item, "an integer");
            return None;
        };
        if id <= 0 {
            ids = None;
        } else if let Some(ids) = &mut ids {
            ids.insert(RepositoryId(id));
        }
    }
    ids
}

/// An id as it was sent; 0, which is nobody's, for digits beyond 64 bits.
fn read_id(item: &Json, profile: Profile) -> Option<i64> {
    if let Json::String(text) = item {
        let accepted = profile.accepts_ids_as_strings() && is_decimal(text);
        return accepted.then(|| text.parse().unwrap_or_default());
    }
    if let Json::Integer(id) = item {
        Some(*id)
    } else {
        None
    }
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The pattern, without a regular-expression engine: standard alphabet, padded, not empty.
fn is_base64(text: &str) -> bool {
    let trimmed = text
        .strip_suffix("==")
        .or_else(|| text.strip_suffix('='))
        .unwrap_or(text);
    let padding = text.len() - trimmed.len();
    let whole = !text.is_empty() && text.len().is_multiple_of(4) && padding < text.len();
    whole
        && trimmed
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_takes_only_padded_standard_base64() {
        for text in ["c2VjcmV0", "YQ==", "YWI=", "+/+/"] {
            assert!(is_base64(text), "{text}");
        }
        for text in [
            "",
            "YQ",
            "YQ=",
            "=",
            "====",
            "-_-_",
            "c2Vj cmV0",
            "YQ==YQ==",
            "c2VjcmV0\n",
        ] {
            assert!(!is_base64(text), "{text}");
        }
    }
}
