//! Where to listen: `HOST:PORT`, `[::1]:0` or `unix:PATH`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// An address to accept connections on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A TCP port; port 0 lets the system pick a free one.
    Tcp {
        /// An IP address without brackets, or a name to look up.
        host: String,
        /// 0 to 65535.
        port: u16,
    },
    /// A Unix socket, which only this user can connect to.
    Unix(PathBuf),
}

impl Listen {
    /// Whether what is sent there cannot leave this machine.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, .. } => host.parse::<IpAddr>().map_or_else(
                |_| host.eq_ignore_ascii_case("localhost"),
                |ip| ip.is_loopback(),
            ),
        }
    }
}

/// A text that is no address to listen on.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an address to listen on; it takes HOST:PORT, [IPV6]:PORT or unix:PATH")]
pub struct NotAnAddress;

impl FromStr for Listen {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() {
                Err(NotAnAddress)
            } else {
                Ok(Self::Unix(path.into()))
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or(NotAnAddress)?;
        // "+80" is a number to Rust, and no port to anybody.
        if !port.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnAddress);
        }
        let port = port.parse().map_err(|_| NotAnAddress)?;
        let bracketed = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let host = match bracketed {
            Some(ip) => ip
                .parse::<std::net::Ipv6Addr>()
                .map_err(|_| NotAnAddress)?
                .to_string(),
            // An IPv6 address without brackets cannot be told from its port.
            None if host.is_empty() || host.contains([':', '[', ']', '/', ' ']) => {
                return Err(NotAnAddress);
            }
            None => host.to_owned(),
        };
        Ok(Self::Tcp { host, port })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_print_as_they_are_written() {
        for text in [
            "127.0.0.1:8080",
            "0.0.0.0:0",
            "[::1]:443",
            "localhost:80",
            "vault.example:65535",
            "unix:/run/sealyard.sock",
            "unix:relative.sock",
        ] {
            assert_eq!(text.parse::<Listen>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "8080",
            ":8080",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:65536",
            "127.0.0.1:+80",
            "::1:80",
            "[::1]",
            "[127.0.0.1]:80",
            "[::1]:x",
            "unix:",
            "http://localhost:80",
            "a b:1",
        ] {
            assert_eq!(text.parse::<Listen>(), Err(NotAnAddress), "{text:?}");
        }
    }

    #[test]
    fn only_loopback_and_sockets_are_local() {
        let local = |text: &str| text.parse::<Listen>().expect(text).is_local();
        assert!(local("127.0.0.1:1") && local("127.9.9.9:1") && local("[::1]:1"));
        assert!(local("localhost:1") && local("unix:x"));
        assert!(!local("0.0.0.0:1") && !local("[::]:1") && !local("10.0.0.1:1"));
        assert!(!local("localhost.example:1"));
    }
}
