//! Who may do what: the server against an oracle that was written without looking at it.

mod in_process;
mod oracle;
mod server;
mod substitution;
mod time;
