//! Ids, times and sizes: the words every other room is built from.
//!
//! In here: 128-bit ids with a type each, the three times ([`WallTime`], [`MediaTime`], [`MonoTime`]) and their
//! exact arithmetic, the [`Clock`] and [`Entropy`] that shells hand in, and a 32-byte [`struct@Hash`].
//! Not in here: time zones, formatting for people beyond ISO 8601 UTC, serialisation, and any reading of a real clock.

mod chain;
mod clock;
mod hash;
mod id;
mod kinds;
mod time;

pub use chain::chain;
pub use clock::{Clock, Entropy, SeededEntropy, SimClock};
pub use hash::Hash;
pub use id::{
    AlarmId, CameraId, GrantId, HoldId, IdError, IncidentId, PersonId, PolicyId, PurposeId, ReceiptId, RecorderId,
    RunId, SegmentId, SessionId, StationId, StillId, StorageId, StreamId, TableId, ViewId,
};
pub use kinds::StreamKind;
pub use time::{MediaTime, MonoTime, TICKS_PER_SECOND, WallDuration, WallRange, WallTime};
