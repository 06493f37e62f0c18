//! The commit protocol over segment files, keys and rows: record, read, delete, recover. Receipts required.
//!
//! In here: the hub every sample passes, the writer threads, range reads, live subscriptions, the deletion protocol and
//! recovery after a crash. Not in here: when to cut (`recording`), what to delete (`policy`), where samples come from.

mod access;
mod certify;
mod check;
mod cover;
mod delete;
mod digests;
mod directories;
mod error;
mod explain;
mod hold;
mod hub;
mod index;
mod intake;
mod keeper;
mod lines;
mod live;
mod mask_still;
mod mend;
mod meter;
mod movie;
mod notes;
mod oldest;
mod open;
mod piece;
mod placement;
mod plan;
mod policy;
mod queue;
mod read;
mod rebuild;
mod recover;
mod relay;
mod rows;
mod segment;
mod shortening;
mod source;
mod still;
mod store;
mod stream;
mod timeline;
mod walk;
mod writer;
mod writers;

#[cfg(test)]
mod tests;

pub use access::ReadSample;
pub use certify::{certificate, certified_row};
pub use check::{
    CheckConfig, CheckDesk, CheckOptions, CheckProgress, CheckReport, CheckSpeed, CheckStanding, Depth, Finding,
    FindingKind, MendReport, Weight, check_at_rest, check_speed,
};
pub use cover::Cover;
pub use delete::{DeletionOrder, DeletionReport};
pub use error::ArchiveError;
pub use explain::{Decided, Explainer, Explanation, PromiseStep};
pub use hub::RecordingStream;
pub use intake::{RecordingSpec, StreamIntake};
pub use live::{LiveEvent, LiveState, LiveSubscription};
pub use mask_still::{MaskStillParts, MaskStills, NewMaskStill};
pub use movie::{Movie, MovieBytes, MovieDraft, MoviePart, MovieRefused, Stretch};
pub use notes::Findings;
pub use oldest::{Oldest, OnDisk};
pub use open::{Archive, ArchiveConfig, RecoveryReport, StorageState, StorageStatus};
pub use piece::{Piece, PieceFragment};
pub use plan::plan_policy;
pub use read::Reading;
pub use rebuild::{DELETION_OFF, RebuildConfig, RebuildReport, rebuild};
pub use relay::Relay;
pub use shortening::Shortening;
pub use source::Lost;
pub use still::KeyPicture;
pub use timeline::{Span, SpanKind, Timeline};
pub use walk::{Walk, Walked};
