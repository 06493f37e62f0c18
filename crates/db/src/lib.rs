//! The only SQL: people, sessions, cameras, purposes, the catalogue of segments and gaps, deletions and alarms.
//!
//! SQLite in WAL mode, one writer connection; statements in the subset that PostgreSQL shares. Rows that recovery can
//! rebuild from segment files commit with `synchronous=NORMAL`; everything else with `FULL` (rule 7 of the store).

mod alarms;
mod cameras;
mod catalogue;
mod error;
mod people;
mod pool;
mod settings;

pub use alarms::{AlarmRow, NewAlarm};
pub use cameras::{CameraRow, PurposeRow, StreamRow};
pub use catalogue::{CertificateRow, DeletionStep, GapRow, SegmentRow, SegmentState};
pub use error::DbError;
pub use people::{PersonRow, SessionRow};
pub use pool::Db;
