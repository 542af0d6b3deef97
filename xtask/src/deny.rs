//! What the project may depend on: `cargo deny`, installed when it is missing.

use anyhow::Result;

use crate::process::{self, cargo, find, say, workshop};
use crate::tally::Outcome;

/// Runs `cargo deny check bans licenses sources`. Advisories need the network and change without
/// us, so they are no part of what a change must pass.
pub(crate) fn run() -> Result<Outcome> {
    let place = workshop().join("cargo-deny");
    let ours = place.join("bin/cargo-deny");
    let program = if let Some(installed) = find("cargo-deny") {
        installed
    } else {
        if !ours.is_file() {
            say("installing cargo-deny (about a minute)");
            // A debug build is slower to run by a second and quicker to make by minutes.
            let mut install = cargo();
            install.args([
                "install",
                "cargo-deny",
                "--locked",
                "--debug",
                "--quiet",
                "--root",
            ]);
            process::run(install.arg(&place).env("CARGO_PROFILE_DEV_DEBUG", "false"))?;
        }
        ours
    };
    let mut check = std::process::Command::new(program);
    check.current_dir(process::root());
    process::run(check.args(["check", "bans", "licenses", "sources"]))?;
    Ok(Outcome::Done)
}
