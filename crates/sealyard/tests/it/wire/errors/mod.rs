//! Every error body, case by case, in the profiles that the case speaks of.

mod body;
mod credentials;
mod permission;
mod place;
mod request;
mod runner;
mod selection;
