//! The `Accept` header: nearly everything is JSON to GitHub, and some things are 415.

use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};

use super::error::{ApiError, Documentation};

/// Types that are named back to the caller. Others are not: a header can hold anything.
const KNOWN: [&str; 8] = [
    "text/html",
    "text/plain",
    "text/xml",
    "application/xml",
    "application/atom+xml",
    "application/yaml",
    "image/png",
    "application/octet-stream",
];

/// 415 if the header asks only for types that are not JSON.
pub fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut types = types(headers).peekable();
    if types.peek().is_none() || types.any(|kind| is_json(&kind)) {
        return Ok(());
    }
    let known = self::types(headers).find_map(|kind| KNOWN.iter().find(|known| **known == kind));
    let named = known.map(|kind| format!(": '{kind}'")).unwrap_or_default();
    Err(ApiError {
        documentation: Documentation::Page("https://docs.github.com/v3/media"),
        ..ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("Unsupported 'Accept' header{named}. Must accept 'application/json'."),
        )
    })
}

/// The value of `X-GitHub-Media-Type`: version, preview and parameter of the first GitHub type.
pub fn media_type(headers: &HeaderMap) -> String {
    let github = types(headers).find_map(|kind| {
        let rest = kind.strip_prefix("application/vnd.github.")?;
        let rest = rest.strip_suffix("+json").unwrap_or(rest);
        let plain = rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        plain.then(|| rest.to_owned())
    });
    match github
        .as_deref()
        .map(|rest| rest.split_once('.').unwrap_or((rest, "")))
    {
        None => "github.v3; format=json".to_owned(),
        Some((version, "")) => format!("github.{version}; format=json"),
        Some((version, parameter)) => format!("github.{version}; param={parameter}; format=json"),
    }
}

fn types(headers: &HeaderMap) -> impl Iterator<Item = String> {
    headers
        .get_all(ACCEPT)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|part| {
            part.split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
        })
        .filter(|kind| !kind.is_empty())
}

fn is_json(kind: &str) -> bool {
    matches!(kind, "*/*" | "application/*" | "application/json")
        || kind.starts_with("application/vnd.github")
        || (kind.starts_with("application/") && kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &str) -> HeaderMap {
        [(ACCEPT, value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn what_clients_send_is_accepted() {
        for value in [
            "",
            "*/*",
            "application/json",
            "application/vnd.github.v3.full+json",
            "application/vnd.github.merge-info-preview+json, application/vnd.github.nebula-preview",
            "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        ] {
            assert!(check(&accept(value)).is_ok(), "{value}");
        }
        assert!(check(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn an_unknown_type_is_refused_without_an_echo() {
        let refusal = check(&accept("text/html")).unwrap_err();
        assert_eq!(
            refusal.message,
            "Unsupported 'Accept' header: 'text/html'. Must accept 'application/json'."
        );
        let refusal = check(&accept("application/canary")).unwrap_err();
        assert_eq!(
            refusal.message,
            "Unsupported 'Accept' header. Must accept 'application/json'."
        );
    }

    #[test]
    fn the_media_type_names_version_preview_and_parameter() {
        for (sent, named) in [
            ("application/vnd.github+json", "github.v3; format=json"),
            ("application/vnd.github.v3+json", "github.v3; format=json"),
            (
                "application/vnd.github.machine-man-preview+json",
                "github.machine-man-preview; format=json",
            ),
            (
                "application/vnd.github.v3.full+json",
                "github.v3; param=full; format=json",
            ),
            (
                "application/vnd.github.v3<x>+json",
                "github.v3; format=json",
            ),
        ] {
            assert_eq!(media_type(&accept(sent)), named);
        }
    }
}
