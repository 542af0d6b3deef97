//! Coll.
