//! The seam, tested on the engine that `TEST_DATABASE` names: `sqlite` (the default) or `postgres`, then on the server
//! at `TEST_DATABASE_URL`, where each test makes and drops a database of its own.

// `cfg(test)` always holds here; clippy allows `unwrap` in helpers only where it is said.
#[cfg(test)]
mod group_commit;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod store;
#[cfg(test)]
mod transactions;
