//! What the store promises: under concurrency, and the same on both engines.

mod concurrent;
mod differential;
mod examine;
mod neighbours;
mod schema;
