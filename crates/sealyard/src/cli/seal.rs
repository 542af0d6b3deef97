//! `sealyard seal`: what a client library does, for curl.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;

use base64ct::{Base64, Encoding as _};
use clap::Args;
use sealyard_vault::PublicKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Failure, print};
use crate::secrets::visibility::VisibilityKind;

/// Seals a value for a public key and prints the body of a PUT.
///
/// The key is the answer of GET …/secrets/public-key; the value comes from --value-file or
/// standard input, byte for byte (from a terminal, without the final newline).
#[derive(Args)]
pub(super) struct Seal {
    /// The answer of GET …/secrets/public-key; - is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    key_json: PathBuf,

    /// The value [default: standard input]
    #[arg(long, value_name = "FILE")]
    value_file: Option<PathBuf>,

    /// For an organisation's secret: all, private or selected
    #[arg(long, value_name = "VISIBILITY")]
    visibility: Option<String>,

    /// For visibility selected: ids of repositories
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    selected_repository_ids: Option<Vec<i64>>,
}

#[derive(Deserialize)]
struct Key {
    key_id: String,
    key: String,
}

#[derive(Serialize)]
struct Body<'a> {
    encrypted_value: String,
    key_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_repository_ids: Option<&'a [i64]>,
}

impl Seal {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let key_from_input = self.key_json.as_os_str() == "-";
        if key_from_input && self.value_file.is_none() {
            return Err(Failure::usage(
                "standard input cannot be both the key and the value; use --key-json FILE or --value-file FILE",
            ));
        }
        if let Some(visibility) = &self.visibility
            && VisibilityKind::parse(visibility).is_none()
        {
            return Err(Failure::usage(
                "--visibility takes all, private or selected",
            ));
        }
        let key = if key_from_input {
            read_input("the key")?
        } else {
            read(&self.key_json)?
        };
        let key: Key = serde_json::from_slice(&key).map_err(|_| {
            Failure::usage(
                "the key is not the answer of GET …/secrets/public-key: {\"key_id\":…,\"key\":…}",
            )
        })?;
        let public = PublicKey::from_base64(&key.key)
            .map_err(|error| Failure::usage(format!("this is no public key: {error}")))?;
        let value = match &self.value_file {
            Some(path) => read(path)?,
            None => without_newline(read_input("the value")?),
        };
        let body = Body {
            encrypted_value: Base64::encode_string(&public.seal(&value)),
            key_id: key.key_id,
            visibility: self.visibility.as_deref(),
            selected_repository_ids: self.selected_repository_ids.as_deref(),
        };
        let body = serde_json::to_string(&body)
            .map_err(|error| Failure::usage(format!("cannot write JSON: {error}")))?;
        print(&body)?;
        Ok(())
    }
}

fn read(path: &PathBuf) -> Result<Zeroizing<Vec<u8>>, Failure> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
}

fn read_input(what: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage(format!("cannot read {what}: {error}")))?;
    Ok(bytes)
}

/// Somebody at a terminal ends the value with Enter; a program means every byte.
fn without_newline(mut value: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if io::stdin().is_terminal() && value.last() == Some(&b'\n') {
        value.pop();
    }
    value
}
