//! Jobs, the records they get, and what was delivered last.

pub mod delivered;
pub mod job;
pub mod records;
