//! The server in one process: every route, whole answers, both engines.
//!
//! `TEST_DATABASE=sqlite` (the default) or `postgres` picks the engine; see docs/TESTING.md.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy lets tests do it, but not the functions that they share"
)]

mod access;
mod apply;
mod apps;
mod branch_policies;
mod collaborators;
mod delivery;
#[path = "../dice/mod.rs"]
mod dice;
mod environments;
mod graphql;
mod openapi;
mod people;
mod repositories;
mod runners;
mod secrets;
mod storage;
mod wire;
mod world;
