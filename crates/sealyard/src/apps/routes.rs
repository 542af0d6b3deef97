//! Apps on the wire.

/// Whether a path is one of those that take an app's JWT and nothing else.
///
/// Asked before routing, because a credential is judged before it is known whether there is such a
/// route; a test holds it to the permission table.
pub fn takes_jwt(path: &str) -> bool {
    if path == "/app" || path.starts_with("/app/") {
        return true;
    }
    let of = |prefix: &str| path.starts_with(prefix) && path.ends_with("/installation");
    // Exactly one or two segments in between: not a secret's or a label's name.
    let segments = path.bytes().filter(|byte| *byte == b'/').count();
    match segments {
        3 => ["/orgs/", "/organizations/", "/users/", "/repositories/"]
            .into_iter()
            .any(of),
        4 => of("/repos/"),
        _ => false,
    }
}
