//! Response headers: a template per kind of answer, and the few that are computed.

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH,
    IntoHeaderName, LAST_MODIFIED, LINK, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS, X_XSS_PROTECTION,
};
use http::{HeaderMap, Method, StatusCode};

use aws_lc_rs::digest::{Context, SHA256};

use super::accept;
use super::answer::Answer;
use super::exchange::Exchange;
use super::profile::Profile;
use super::rate_limit::Usage;
use crate::clock;
use crate::identity::permission::{Credential, Row};
use crate::identity::{Authority, Caller};

const EXPOSED: &str = "ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset";
const HEX: &[u8; 16] = b"0123456789abcdef";
/// The versions of github.com's API; the first is what a request gets that chooses none.
const API_VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];
const CACHED: &str = "private, max-age=60, s-maxage=60";
const VARY_CALLER: &str = "Accept, Authorization, Cookie, X-GitHub-OTP";
const VARY_PLAIN: &str = "Accept-Encoding, Accept, X-Requested-With";

/// The headers that every answer has.
#[derive(Clone)]
pub struct Templates {
    common: HeaderMap,
    profile: Profile,
}

impl Templates {
    /// The template of a profile.
    pub fn new(profile: Profile) -> Self {
        let mut common = HeaderMap::with_capacity(32);
        let mut set = |name, value: &'static str| {
            common.insert(name, HeaderValue::from_static(value));
        };
        set(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        set(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(
            STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubdomains; preload",
        );
        set(X_FRAME_OPTIONS, "deny");
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(X_XSS_PROTECTION, "0");
        set(
            REFERRER_POLICY,
            "origin-when-cross-origin, strict-origin-when-cross-origin",
        );
        set(CONTENT_SECURITY_POLICY, "default-src 'none'");
        if let Some(version) = profile.enterprise_version() {
            set(
                HeaderName::from_static("x-github-enterprise-version"),
                version,
            );
        }
        Self { common, profile }
    }

    /// Headers of any answer: the template, the request's id and its rate limit.
    pub fn base(&self, exchange: &Exchange, usage: Option<Usage>) -> HeaderMap {
        let mut headers = self.common.clone();
        set(
            &mut headers,
            "x-github-request-id",
            exchange.request_id.clone(),
        );
        if let Some(usage) = usage {
            headers.insert("x-ratelimit-limit", usage.limit.into());
            headers.insert("x-ratelimit-remaining", usage.remaining().into());
            headers.insert("x-ratelimit-reset", usage.reset.into());
            headers.insert("x-ratelimit-used", usage.used.into());
            headers.insert("x-ratelimit-resource", HeaderValue::from_static("core"));
        }
        headers
    }

    /// What an answer says of the caller and the operation; not on 304 and 401.
    pub fn describe(&self, headers: &mut HeaderMap, exchange: &Exchange, request: &HeaderMap) {
        if let Caller::User(principal) = &exchange.caller {
            if let Authority::Scopes(scopes) = principal.authority {
                set(headers, "x-oauth-scopes", scopes.to_string());
            }
            if let Some(at) = principal.expires_at {
                let text = clock::rfc3339(at).replace('T', " ").replace('Z', " UTC");
                set(headers, "github-authentication-token-expiration", text);
            }
        }
        if let Some(row) = exchange.operation() {
            self.describe_accepted(headers, &exchange.caller, row);
        }
        set(headers, "x-github-media-type", accept::media_type(request));
        if self.profile == Profile::GithubCom {
            let version = api_version(request).unwrap_or(API_VERSIONS[0]);
            headers.insert(
                "x-github-api-version-selected",
                HeaderValue::from_static(version),
            );
        }
    }

    /// What the operation asks for, in the words of the credential: scopes or permissions.
    fn describe_accepted(&self, headers: &mut HeaderMap, caller: &Caller, row: &Row) {
        match caller.credential() {
            Credential::Anonymous | Credential::Classic { .. } => {
                let scopes = HeaderValue::from_static(row.accepted_scopes);
                headers.insert("x-accepted-oauth-scopes", scopes);
            }
            Credential::FineGrained { .. } | Credential::Installation { .. }
                if self.profile == Profile::GithubCom =>
            {
                if let Some(permissions) = row.accepted_permissions(self.profile) {
                    set(headers, "x-accepted-github-permissions", permissions);
                }
            }
            Credential::FineGrained { .. }
            | Credential::Installation { .. }
            | Credential::App
            | Credential::Enrolment(_)
            | Credential::Runner => {}
        }
    }
}

/// The version of the API that a request chose, or the default. `None` if there is no such version.
pub fn api_version(request: &HeaderMap) -> Option<&'static str> {
    let Some(sent) = request.get("x-github-api-version") else {
        return Some(API_VERSIONS[0]);
    };
    API_VERSIONS.into_iter().find(|version| sent == version)
}

/// The CORS preflight, which is the same for every path.
pub fn preflight(headers: &mut HeaderMap) {
    let mut set = |name, value: &'static str| {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    };
    set(
        "access-control-allow-headers",
        "Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, X-GitHub-OTP, X-Requested-With",
    );
    set(
        "access-control-allow-methods",
        "GET, POST, PATCH, PUT, DELETE",
    );
    set("access-control-max-age", "86400");
}

/// The headers of an answer with a body, and whether the client has that body already (304).
pub fn of_answer(
    headers: &mut HeaderMap,
    answer: &Answer,
    method: &Method,
    request: &HeaderMap,
) -> bool {
    if answer.body.is_empty() && answer.status == StatusCode::NO_CONTENT {
        headers.insert(VARY, HeaderValue::from_static(VARY_PLAIN));
        return false;
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    headers.insert(VARY, HeaderValue::from_static(VARY_CALLER));
    headers.append(VARY, HeaderValue::from_static(VARY_PLAIN));
    for (name, value) in [(LINK, &answer.link), (LOCATION, &answer.location)] {
        if let Some(value) = value.as_deref().and_then(|value| value.parse().ok()) {
            headers.insert(name, value);
        }
    }
    if let Some(seconds) = answer.last_modified {
        set(headers, LAST_MODIFIED, clock::http_date(seconds));
    }
    if answer.uncached {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        return false;
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    let tag = etag(answer, request);
    let matches = method.is_safe() && matches(request, &tag);
    set(headers, ETAG, tag);
    matches
}

/// The headers of a refusal.
pub fn of_error(headers: &mut HeaderMap, retry_after: Option<u32>, location: Option<&str>) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(super::answer::JSON));
    headers.insert(VARY, HeaderValue::from_static(VARY_PLAIN));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if let Some(location) = location.and_then(|location| location.parse().ok()) {
        headers.insert(LOCATION, location);
    }
}

/// GitHub's own recipe, which Terraform's provider computes to guess tags: SHA-256 over the values
/// of `Accept`, `Authorization` and `Cookie`, each with a colon, and the body. What has a version
/// adds it, because two writes within a second leave the same body.
fn etag(answer: &Answer, request: &HeaderMap) -> String {
    let mut context = Context::new(&SHA256);
    for name in ["accept", "authorization", "cookie"] {
        for value in request.get_all(name) {
            context.update(value.as_bytes());
            context.update(b":");
        }
    }
    context.update(&answer.body);
    if let Some(version) = answer.version {
        context.update(&version.to_be_bytes());
    }
    let digit = |nibble: u8| char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    let mut tag = String::with_capacity(66);
    tag.push('"');
    for byte in context.finish().as_ref() {
        tag.push(digit(byte >> 4));
        tag.push(digit(byte & 15));
    }
    tag.push('"');
    tag
}

fn matches(request: &HeaderMap, tag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|sent| sent == "*" || sent.strip_prefix("W/").unwrap_or(sent) == tag)
}

/// The text becomes the header without a copy.
fn set(headers: &mut HeaderMap, name: impl IntoHeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}
