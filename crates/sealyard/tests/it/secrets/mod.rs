//! The life of secrets.

mod life;
