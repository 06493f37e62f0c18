//! Witnesses of a log (C2SP tlog-witness): the program that stands outside and remembers, and the client that asks it.
//!
//! In here: durable memory of the newest checkpoint per log, the one HTTP call on both sides.
//! Not in here: what may be cosigned and what an answer means (`ledger`), when to ask and whom to alarm (`candour`).

mod client;
mod memory;
mod serve;

pub use client::{Client, ClientError};
pub use memory::{Memory, MemoryError, Refused};
pub use serve::{PATH, router};
