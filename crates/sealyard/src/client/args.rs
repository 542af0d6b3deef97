//! The options that every command which asks a server has in common.
#![expect(
    clippy::doc_markdown,
    reason = "help, which a terminal shows as it is written"
)]

use std::path::PathBuf;

use clap::Args;

use super::{Client, Error, NotAServer, Server};
use crate::config::Environment;

/// Which server, and how to get there.
#[derive(Args, Clone, Debug, Default)]
pub struct ServerArgs {
    /// The server: http://HOST:PORT, https://HOST or unix:PATH [default: SEALYARD_URL]
    #[arg(long, value_name = "URL")]
    pub url: Option<Server>,

    /// Trust the certificate authorities in this PEM file and no others, such as local-ca.pem of a
    /// server with --tls-local [default: SEALYARD_CA_FILE, or the system's]
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Send credentials to other machines over plain HTTP too
    #[arg(long)]
    pub allow_plain_http: bool,
}

impl ServerArgs {
    /// The server that the flag or else the environment names.
    pub fn server(&self, environment: &Environment) -> Result<Option<Server>, NotAServer> {
        match &self.url {
            Some(server) => Ok(Some(server.clone())),
            None => environment
                .get("SEALYARD_URL")
                .map(|url| url.parse())
                .transpose(),
        }
    }

    /// A client for a server, as these options want it.
    pub fn client(&self, server: Server, environment: &Environment) -> Result<Client, Error> {
        let from_environment = environment.get_os("SEALYARD_CA_FILE").map(PathBuf::from);
        let ca_file = self.ca_file.clone().or(from_environment);
        Client::new(server, ca_file.as_deref(), self.allow_plain_http)
    }
}
