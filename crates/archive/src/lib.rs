//! The commit protocol over segment files, keys and rows: record, read, delete, recover. Receipts required.
//!
//! In here: the hub every sample passes, the writer threads, range reads, live subscriptions, the deletion protocol and
//! recovery after a crash. Not in here: when to cut (`recording`), what to delete (`policy`), where samples come from.

mod delete;
mod digests;
mod directories;
mod error;
mod hub;
mod index;
mod intake;
mod keeper;
mod lines;
mod live;
mod mend;
mod meter;
mod open;
mod placement;
mod queue;
mod read;
mod recover;
mod rows;
mod segment;
mod store;
mod stream;
mod timeline;
mod writer;
mod writers;

#[cfg(test)]
mod tests;

pub use delete::DeletionOrder;
pub use error::ArchiveError;
pub use hub::RecordingStream;
pub use intake::{RecordingSpec, StreamIntake};
pub use live::{LiveEvent, LiveState, LiveSubscription};
pub use open::{Archive, ArchiveConfig, RecoveryReport, StorageState, StorageStatus};
pub use read::{Lost, Piece, ReadSample, Reading};
pub use timeline::{Span, SpanKind, Timeline};
