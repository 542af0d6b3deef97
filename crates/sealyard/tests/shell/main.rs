//! The server's outer shell over real sockets: what it accepts, for how long, and how it stops.

mod framing;
mod limits;
mod stop;
mod tls;
mod world;
