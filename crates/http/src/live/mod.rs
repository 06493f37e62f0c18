//! The live socket: one per page, many subscriptions, one look for all of them.
//!
//! - `socket`: the connection: what the page says, what goes out, the beat, the end.
//! - `session`: the viewing session: which cameras are looked at, under which receipt, and when it is renewed.
//! - `feed`: one subscription: from the archive's events to messages, behind the receipt.
//! - `backlog`: when a page is so far behind that it is better to start again.
//! - `watchers`: how many watch each camera.

mod backlog;
mod feed;
mod session;
mod socket;
mod watchers;

pub(crate) use socket::{__path_open, open};
pub(crate) use watchers::Watchers;
