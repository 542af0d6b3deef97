//! Where a server is: `http://HOST:PORT`, `https://HOST` or `unix:PATH`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use url::{Host, Url};

/// The address of a server. Of a URL only the origin counts, so that what is copied from GitHub's
/// pages (`https://HOST/OWNER/REPO`, `https://HOST/api/v3`) will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// Over TCP.
    Tcp {
        /// With TLS.
        https: bool,
        /// A name or an IP address, without brackets.
        host: String,
        /// 1 to 65535.
        port: u16,
    },
    /// Over a Unix socket, whose file mode is its lock.
    Unix(PathBuf),
}

/// A text that is no address of a server. It is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an address of a server; it takes http://HOST:PORT, https://HOST or unix:PATH")]
pub struct NotAServer;

impl Server {
    /// Whether what is sent there can be read by nobody else on the way.
    pub fn is_private(&self) -> bool {
        match self {
            Self::Unix(_) | Self::Tcp { https: true, .. } => true,
            Self::Tcp { host, .. } => host.parse::<IpAddr>().map_or_else(
                |_| host.eq_ignore_ascii_case("localhost"),
                |ip| ip.is_loopback(),
            ),
        }
    }

    /// What the `Host` header says: the port only if it is not the usual one.
    pub(super) fn authority(&self) -> String {
        match self {
            Self::Unix(_) => "localhost".to_owned(),
            Self::Tcp { https, host, port } => {
                let usual = if *https { 443 } else { 80 };
                let host = bracketed(host);
                if *port == usual {
                    host
                } else {
                    format!("{host}:{port}")
                }
            }
        }
    }
}

/// An IPv6 address in brackets, anything else as it is.
fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

impl FromStr for Server {
    type Err = NotAServer;

    fn from_str(text: &str) -> Result<Self, NotAServer> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() {
                Err(NotAServer)
            } else {
                Ok(Self::Unix(path.into()))
            };
        }
        let url = Url::parse(text).map_err(|_| NotAServer)?;
        let https = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(NotAServer),
        };
        // A name and password would be sent nowhere: whoever writes them expects something else.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotAServer);
        }
        let host = match url.host().ok_or(NotAServer)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        let port = url.port_or_known_default().filter(|port| *port != 0);
        Ok(Self::Tcp {
            https,
            host,
            port: port.ok_or(NotAServer)?,
        })
    }
}

/// As [`Server::from_str`] reads it.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp { https, .. } => {
                let scheme = if *https { "https" } else { "http" };
                write!(f, "{scheme}://{}", self.authority())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_the_origin_counts() {
        for (text, server) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://github.example/octo-org", "https://github.example"),
            (
                "https://github.example/octo-org/hello-world",
                "https://github.example",
            ),
            ("https://github.example/api/v3/", "https://github.example"),
            ("https://GitHub.example:443", "https://github.example"),
            ("http://[::1]:80/x?y#z", "http://[::1]"),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
            ("unix:/run/sealyard.sock", "unix:/run/sealyard.sock"),
            ("unix:api.sock", "unix:api.sock"),
        ] {
            let parsed: Server = text.parse().expect(text);
            assert_eq!(parsed.to_string(), server);
            assert_eq!(server.parse::<Server>(), Ok(parsed));
        }
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for text in [
            "",
            "localhost",
            "localhost:8080",
            "127.0.0.1:8080",
            "ftp://example",
            "http://",
            "http://:80",
            "http://h:0",
            "http://h:65536",
            "https://me:hunter2@example",
            "https://token@example",
            "unix:",
        ] {
            assert_eq!(text.parse::<Server>(), Err(NotAServer), "{text}");
        }
        assert!(!NotAServer.to_string().contains("hunter2"));
    }

    #[test]
    fn plain_http_is_private_on_this_machine_only() {
        for (text, private) in [
            ("http://127.0.0.1:8080", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:8080", true),
            ("http://LocalHost:8080", true),
            ("unix:/run/s", true),
            ("https://192.0.2.1", true),
            ("http://192.0.2.1", false),
            ("http://10.0.0.1", false),
            ("http://[2001:db8::1]", false),
            ("http://localhost.example", false),
            ("http://0.0.0.0", false),
        ] {
            let server: Server = text.parse().expect(text);
            assert_eq!(server.is_private(), private, "{text}");
        }
    }
}
