//! Who may do what: the server against an oracle that was written without looking at it.

mod crawl;
mod described;
mod hints;
mod in_process;
mod mutation;
mod oracle;
mod over_http;
mod properties;
mod server;
mod substitution;
mod time;
