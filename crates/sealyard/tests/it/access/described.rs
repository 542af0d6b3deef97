//! Method and path of each operation, from the description.

use std::collections::BTreeMap;
use std::sync::OnceLock;

const DESCRIPTION: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../openapi/sealyard.yaml"
));
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// Where an operation is served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    /// In capitals.
    pub(super) method: &'static str,
    /// With its parameters in braces.
    pub(super) path: &'static str,
}

/// The route of an operation, by the name it has in the description.
pub(super) fn route(operation: &str) -> Route {
    find(operation).unwrap_or_else(|| panic!("{operation} is not described"))
}

/// The same, where there may be none.
pub(super) fn find(operation: &str) -> Option<Route> {
    static ROUTES: OnceLock<BTreeMap<&str, Route>> = OnceLock::new();
    ROUTES.get_or_init(read).get(operation).copied()
}

/// Whether it changes something: by its method, but for the questions of GraphQL.
pub(super) fn is_a_change(operation: &str) -> bool {
    route(operation).method != "GET" && operation != "sealyard/graphql"
}

/// The three kinds of lines are told apart by how far they are indented.
fn read() -> BTreeMap<&'static str, Route> {
    let mut routes = BTreeMap::new();
    let (mut path, mut method) = ("", "");
    for line in DESCRIPTION.lines() {
        let text = line.trim_start();
        // An anchor may follow.
        let name = text.split(':').next().unwrap_or_default();
        match line.len() - text.len() {
            2 if name.starts_with('/') => path = name,
            4 if METHODS.contains(&name) => method = name,
            6 => {
                if let Some(operation) = text.strip_prefix("operationId: ") {
                    let method = match method {
                        "get" => "GET",
                        "put" => "PUT",
                        "post" => "POST",
                        "patch" => "PATCH",
                        _ => "DELETE",
                    };
                    routes.insert(operation, Route { method, path });
                }
            }
            _ => {}
        }
    }
    routes
}
