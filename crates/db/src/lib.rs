//! The only SQL: people, sessions, cameras, purposes, the catalogue of segments and gaps, deletions and alarms.
//!
//! SQLite in WAL mode; statements in the subset that PostgreSQL shares. Rows that recovery can rebuild from segment
//! files commit on a connection with `synchronous=NORMAL`, everything else on one with `FULL` (rule 7 of the store).
//! No key and no footage lies in here.

mod alarms;
mod backup;
mod cameras;
mod catalogue;
mod certificates;
mod column;
mod error;
mod gaps;
mod people;
mod pool;
mod settings;
mod storages;

pub use alarms::{AlarmRow, NewAlarm};
pub use cameras::{CameraRow, PurposeRow, StreamRow};
pub use catalogue::{SegmentRow, SegmentState};
pub use certificates::{CertificateRow, DeletionStep};
pub use error::DbError;
pub use gaps::GapRow;
pub use people::{PersonRow, SessionRow};
pub use pool::Db;
pub use storages::{EndingBytes, StorageRow};
