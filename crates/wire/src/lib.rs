//! Types of the HTTP and live interfaces: the only public JSON. Nothing below `http` knows them.
//!
//! Times of footage and acts are whole 90 kHz ticks since 1970 (UTC) in fields named `..._90k`; they fit a JavaScript
//! number. Ids are 32 lower-case hex digits. Unknown fields in requests are refused.

pub mod address_tables;
pub mod alarms;
pub mod cameras;
pub mod check;
pub mod commissioning;
pub mod grants;
pub mod holds;
pub mod lists;
pub mod live;
pub mod log;
pub mod people;
pub mod playback;
pub mod policy;
pub mod problem;
pub mod retention;
pub mod search;
pub mod secret;
pub mod site;
pub mod trial;
pub mod waiting;
