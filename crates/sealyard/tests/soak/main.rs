//! The long tests. `SOAK=full` runs them with the figures that docs/soak/ states (`cargo xtask
//! soak NAME`); otherwise they are small, and part of `cargo test`.

#[path = "../it/world/database.rs"]
#[expect(dead_code, reason = "the tests in one process use all of it")]
mod database;
#[path = "../dice/mod.rs"]
mod dice;
mod hints;
mod kills;
mod server;

/// How far to go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Full,
}

#[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
fn size() -> Size {
    let size = std::env::var("SOAK").unwrap_or_else(|_| "small".to_owned());
    assert!(
        ["small", "full"].contains(&size.as_str()),
        "SOAK is small or full"
    );
    if size == "full" {
        Size::Full
    } else {
        Size::Small
    }
}
