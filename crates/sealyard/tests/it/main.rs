//! The server in one process: every route, whole answers, both engines.
//!
//! `TEST_DATABASE=sqlite` (the default) or `postgres` picks the engine; see docs/TESTING.md.

mod openapi;
mod people;
mod secrets;
mod world;
