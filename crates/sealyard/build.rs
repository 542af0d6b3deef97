//! Turns `openapi/sealyard.yaml`, which people edit, into the JSON that the program serves.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use serde_json::{Map, Value};

/// Relative to this package, where cargo runs build scripts.
const DESCRIPTION: &str = "../../openapi/sealyard.yaml";

#[expect(
    clippy::disallowed_methods,
    reason = "cargo says only here where its output belongs"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={DESCRIPTION}");

    let yaml = fs::read_to_string(DESCRIPTION)?;
    let mut description: Map<String, Value> = serde_saphyr::from_str(&yaml)?;
    // The anchors that the file abbreviates itself with are spelled out by now.
    description.retain(|key, _| !key.starts_with("x-"));

    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(
        Path::new(&out).join("openapi.json"),
        serde_json::to_vec(&description)?,
    )?;
    Ok(())
}
