//! The door from outside: real database, log and archive in a temporary directory, real TLS on a free loopback port;
//! only the rest of the program is a double.

mod bad_ranges;
mod cameras;
mod certificate;
mod clips;
mod downloads;
mod errors;
mod footage;
mod headers;
mod holds;
mod lists;
mod live;
mod log_page;
mod looks;
mod matrix;
mod pages;
mod papers;
mod people;
mod players;
mod policy;
mod public_log;
mod retention;
mod set_up;
mod sign_in;
mod site_double;
mod world;
