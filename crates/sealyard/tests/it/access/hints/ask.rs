//! Every way to ask, and what is told.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};

use super::places::Viewer;
use crate::world::World;

const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];
/// The third is answered 415.
const ACCEPTS: [Option<&str>; 4] = [
    None,
    Some("application/vnd.github.v3.raw+json"),
    Some("image/png"),
    Some("text/html, */*;q=0.1"),
];

/// A way to ask.
pub(super) struct Way<'a> {
    pub(super) method: Method,
    pub(super) accept: Option<&'static str>,
    pub(super) body: &'a [u8],
}

/// How many ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Each method with each body and each `Accept`.
    Every,
    /// Each method with each body.
    Few,
}

/// The bodies of a world, each with the methods that bring it along.
pub(super) struct Bodies {
    depth: Depth,
    all: Vec<(Vec<Method>, Vec<u8>)>,
}

impl Bodies {
    /// Bodies that some route would take at `place`, if only its guard let them through, and others.
    pub(super) async fn new(world: &World, depth: Depth) -> Self {
        let any = METHODS.to_vec();
        let writes = METHODS[2..].to_vec();
        let mut bodies = vec![
            (any.clone(), Vec::new()),
            (any, b"{\"encrypted_value\":".to_vec()),
            (writes.clone(), b"{}".to_vec()),
        ];
        for place in [
            "/repos/octo-org/hello-world/actions/secrets",
            "/repos/octo-org/hello-world/environments/production/secrets",
            "/orgs/octo-org/actions/secrets",
        ] {
            // What other routes take is here, too.
            let more = r#""visibility":"selected","selected_repository_ids":[1],"labels":["tpu"],"permission":"admin","role":"admin","name":"renamed","scopes":["repo"]"#;
            let body = world.sealed_with(place, b"value", more).await;
            bodies.push((writes.clone(), body.into_bytes()));
        }
        let huge = r#"{"visibility":"selected","selected_repository_ids":[1,9223372036854775807,99999999999999999999],"key_id":"99999999999999999999","encrypted_value":"AA==","labels":["99999999999999999999"]}"#;
        bodies.push((writes, huge.into()));
        Self { depth, all: bodies }
    }

    fn ways(&self) -> Vec<Way<'_>> {
        let accepts = match self.depth {
            Depth::Every => &ACCEPTS[..],
            Depth::Few => &ACCEPTS[..1],
        };
        let mut ways = Vec::new();
        for (methods, body) in &self.all {
            for method in methods {
                ways.extend(accepts.iter().map(|accept| Way {
                    method: method.clone(),
                    accept: *accept,
                    body,
                }));
            }
        }
        ways
    }
}

/// What an answer tells its reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Asks, and leaves out of the answer what differs from moment to moment.
pub(super) async fn ask(world: &World, token: Option<&str>, way: &Way<'_>, path: &str) -> Told {
    let mut request = Request::builder()
        .method(way.method.clone())
        .uri(path)
        .header("host", "localhost")
        .header("user-agent", "tests");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(accept) = way.accept {
        request = request.header("accept", accept);
    }
    let body = Body::from(way.body.to_vec());
    let reply = world.raw(request.body(body).expect("a request")).await;
    let mut headers = reply.headers;
    headers
        .remove("x-github-request-id")
        .expect("every answer has an id");
    headers.remove("date");
    Told {
        status: reply.status,
        headers,
        body: reply.body,
    }
}

/// Compares the answers to all of a set of paths in every way, and gives what differs in words, and
/// how much was compared.
pub(super) async fn compare(
    world: &World,
    (viewer, token): (Viewer, Option<&str>),
    bodies: &Bodies,
    paths: &[String],
) -> (Vec<String>, usize) {
    let (mut found, mut compared) = (Vec::new(), 0);
    let (missing, others) = paths.split_first().expect("at least one");
    for way in bodies.ways() {
        let expected = ask(world, token, &way, missing).await;
        let asked = |path: &str| {
            let (method, accept) = (&way.method, way.accept.unwrap_or_default());
            let body = String::from_utf8_lossy(way.body);
            format!("{viewer:?}: {method} {path} (accept: {accept}) {body}")
        };
        if expected.status.is_success() {
            found.push(format!("{} was let through", asked(missing)));
        }
        for path in others {
            let told = ask(world, token, &way, path).await;
            compared += 1;
            if told != expected {
                found.push(format!(
                    "{}\nis told {told:?}\nand of {missing} {expected:?}",
                    asked(path)
                ));
            }
        }
    }
    (found, compared)
}
