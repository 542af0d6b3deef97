//! Under which address a client sees us, and from which address it comes.

use std::net::IpAddr;

use http::request::Parts;
use http::{HeaderMap, header};

use crate::app::Wire;
use crate::serve::{Peer, Scheme};

/// The peer of a request that came without a connection, as tests make them.
pub const NO_PEER: Peer = Peer {
    addr: None,
    scheme: Scheme::Http,
    unix: false,
};

/// The longest host and port.
const HOST_LENGTH_MAX: usize = 261;

/// `scheme://host[:port]` as the client sees it, and a path if a proxy adds one. `None` if it sends no usable `Host`.
///
/// A configured base URL wins; then what a trusted proxy forwards; then the connection itself.
pub fn origin(wire: &Wire, parts: &Parts, peer: &Peer) -> Option<String> {
    if let Some(url) = &wire.base_url {
        return Some(url.as_str().trim_end_matches('/').to_owned());
    }
    let trusted = is_trusted(wire, peer.addr);
    let forwarded = |name| trusted.then(|| text(&parts.headers, name)).flatten();
    let host = forwarded("x-forwarded-host")
        .or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))
        .or_else(|| text(&parts.headers, header::HOST.as_str()))
        .filter(|host| is_host(host))?;
    let https = match forwarded("x-forwarded-proto") {
        Some(scheme) => scheme.eq_ignore_ascii_case("https"),
        None => peer.scheme == Scheme::Https,
    };
    Some(format!("{}://{host}", if https { "https" } else { "http" }))
}

/// The client's address: the last one in `X-Forwarded-For` that is not a trusted proxy.
pub fn client(wire: &Wire, headers: &HeaderMap, peer: &Peer) -> Option<IpAddr> {
    if !is_trusted(wire, peer.addr) {
        return peer.addr;
    }
    headers
        .get_all("x-forwarded-for")
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|part| part.trim().parse().ok())
        .rfind(|address| !is_trusted(wire, Some(*address)))
        .or(peer.addr)
}

fn is_trusted(wire: &Wire, address: Option<IpAddr>) -> bool {
    address.is_some_and(|address| {
        wire.trusted_proxies
            .iter()
            .any(|network| network.contains(&address.to_canonical()))
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_host(host: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    !host.is_empty() && host.len() <= HOST_LENGTH_MAX && host.bytes().all(plain)
}
