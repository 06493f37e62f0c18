//! The single writer of this recorder's log, and the receipts without which nobody sees footage.
//!
//! In here: one thread that owns the journal files, group commit, [`Receipt`]s given only after their entry is durable.
//! Not in here: what an entry looks like and how it is proved (`ledger`), and who may look (`policy`).
//!
//! The order of writing and of recovery is in `docs/design/ledger.md`.

mod copies;
mod cosigned;
mod erasure;
mod event;
mod groups;
mod inspect;
mod log;
mod published;
mod receipt;
mod store;
mod tiles;
mod twin;
mod writer;

pub use cosigned::Witnessed;
pub use erasure::Erasure;
pub use event::{Actor, Event, EventKind, Subject};
pub use inspect::{Inspected, Inspection, inspect_log, reread_log};
pub use log::{Consistency, EntryView, Log, LogConfig, LogError, LogStatus, ProvedEntries, ProvedEntry, Recorded};
pub use receipt::{BadLook, Look, LookKind, NotCovered, Receipt, Under};
