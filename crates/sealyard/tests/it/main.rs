//! The server in one process: every route, whole answers, both engines.
//!
//! `TEST_DATABASE=sqlite` (the default) or `postgres` picks the engine; see docs/TESTING.md.

mod collaborators;
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
