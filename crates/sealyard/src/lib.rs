//! Sealyard: GitHub's Actions-secrets REST API on your own machine.
//!
//! `docs/ARCHITECTURE.md` is the map. In short: [`serve`] accepts connections, [`http`] is what is
//! true of all requests, and each domain folder has the same rooms: `mod.rs` for types and
//! operations, `routes.rs` for the wire, `store.rs` for SQL.

pub mod admin;
pub mod app;
pub mod apply;
pub mod apps;
pub mod audit;

pub mod cli;
pub mod client;
pub mod clock;

pub mod config;
pub mod counter;
pub mod delivery;
pub mod directory;
pub mod graphql;
pub mod http;
pub mod identity;
pub mod mask;
pub mod meta;
pub mod metrics;
pub mod router;
pub mod row;
pub mod runners;
pub mod sealing;
pub mod secrets;

pub mod serve;
pub mod setup;

pub mod tasks;
pub mod telemetry;
pub mod woodpecker;
