//! Under which address a client sees us, and from which address it comes.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

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

/// The client's address: the last one in `X-Forwarded-For` that is not a trusted proxy's.
///
/// Each proxy appends whom it was called by, so only what trusted proxies wrote is known: an entry
/// that is no address ends the walk, and the proxy that wrote it stands for the client.
pub fn client(wire: &Wire, headers: &HeaderMap, peer: &Peer) -> Option<IpAddr> {
    let mut hop = peer.addr?;
    let values = headers.get_all("x-forwarded-for").into_iter().rev();
    let mut entries = values.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
    while is_trusted(wire, Some(hop)) {
        match entries.next().and_then(|entry| forwarder(entry.trim())) {
            Some(address) => hop = address,
            None => break,
        }
    }
    Some(hop)
}

/// An entry of `X-Forwarded-For`: `ip`, `ip:port`, `[ip]` or `[ip]:port`.
fn forwarder(entry: &str) -> Option<IpAddr> {
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = entry
        .parse()
        .ok()
        .or_else(|| entry.parse().ok().as_ref().map(SocketAddr::ip))
        .or_else(|| bracketed().map(IpAddr::V6));
    address.map(|address| address.to_canonical())
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

/// Whether this is a host and perhaps a port, as RFC 9110 (section 7.2) has them in `Host`: a name,
/// an IPv4 address, or an IPv6 address in brackets. The port is not left empty.
fn is_host(text: &str) -> bool {
    if text.len() > HOST_LENGTH_MAX {
        return false;
    }
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (valid, rest) = if let Some((address, rest)) = bracketed {
        (address.parse::<Ipv6Addr>().is_ok(), rest)
    } else {
        let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
        (!name.is_empty() && name.bytes().all(plain), rest)
    };
    valid && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
}

fn is_port(text: &str) -> bool {
    // "+80" is a number to Rust, and no port to anybody.
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    /// Proxies are 10.0.0.0/8 and `2001:db8::/32`.
    fn behind_proxies() -> Wire {
        let proxies = ["10.0.0.0/8", "2001:db8::/32"];
        Wire {
            trusted_proxies: proxies
                .map(|network| network.parse().expect(network))
                .into(),
            ..Wire::default()
        }
    }

    fn client_of(peer: &str, forwarded: &[&'static [u8]]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            let value = HeaderValue::from_bytes(value).expect("a header");
            headers.append("x-forwarded-for", value);
        }
        let peer = Peer {
            addr: Some(peer.parse().expect(peer)),
            ..NO_PEER
        };
        let client = client(&behind_proxies(), &headers, &peer);
        client.expect("a client").to_string()
    }

    #[test]
    fn the_client_is_whom_the_last_trusted_proxy_names() {
        for (forwarded, client) in [
            ("203.0.113.7", "203.0.113.7"),
            ("9.9.9.9, 203.0.113.7", "203.0.113.7"),
            ("9.9.9.9, 203.0.113.7:5555", "203.0.113.7"),
            (
                "9.9.9.9, 203.0.113.7:5555, 10.0.0.2:80,10.0.0.3",
                "203.0.113.7",
            ),
            ("9.9.9.9, [2a00::1]", "2a00::1"),
            ("9.9.9.9, [2a00::1]:443 , [2001:db8::1]", "2a00::1"),
            ("9.9.9.9, 2a00::1", "2a00::1"),
            ("9.9.9.9, ::ffff:203.0.113.7", "203.0.113.7"),
            ("10.0.0.9, 10.0.0.2", "10.0.0.9"),
        ] {
            assert_eq!(
                client_of("10.0.0.1", &[forwarded.as_bytes()]),
                client,
                "{forwarded}"
            );
        }
        let two: [&[u8]; 2] = [b"9.9.9.9", b"203.0.113.7, 10.0.0.2"];
        assert_eq!(client_of("10.0.0.1", &two), "203.0.113.7");
        assert_eq!(client_of("192.0.2.1", &two), "192.0.2.1");
    }

    #[test]
    fn an_entry_that_is_no_address_hides_whatever_is_before_it() {
        for entry in [
            "",
            "unknown",
            "_hidden",
            "203.0.113.7:",
            "203.0.113.7:65536",
            "203.0.113",
            "[203.0.113.7]",
            "[2a00::1",
            "[2a00::1]x",
        ] {
            let forwarded = format!("9.9.9.9, {entry}, 10.0.0.2").into_bytes().leak();
            assert_eq!(client_of("10.0.0.1", &[forwarded]), "10.0.0.2", "{entry}");
            let forwarded = format!("9.9.9.9, {entry}").into_bytes().leak();
            assert_eq!(client_of("10.0.0.1", &[forwarded]), "10.0.0.1", "{entry}");
        }
        assert_eq!(client_of("10.0.0.1", &[b"9.9.9.9", b"\xff"]), "10.0.0.1");
        assert_eq!(client_of("10.0.0.1", &[b"9.9.9.9", b""]), "10.0.0.1");
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for host in [
            "localhost",
            "vault.example:8080",
            "my_host",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[2001:db8::1]:65535",
        ] {
            assert!(is_host(host), "{host}");
        }
        let long = "a".repeat(HOST_LENGTH_MAX + 1);
        for host in [
            "",
            ":",
            ":80",
            "a:",
            "a:b",
            "a:b:c",
            "a:1:2",
            "a:+1",
            "a:65536",
            "::1",
            "[::1",
            "[]",
            "[::1]80",
            "[::1]:",
            "[127.0.0.1]",
            "[a]",
            "]:[",
            "a[::1]",
            "a b",
            "a/b",
            "u@a",
            "a%20",
            long.as_str(),
        ] {
            assert!(!is_host(host), "{host}");
        }
    }
}
