//! The only SQL: people, sessions, cameras, purposes, versions of the policy, the catalogue of segments and gaps,
//! deletions, holds, grants, incidents, alarms, and the index of the log.
//!
//! One body of statements in the subset that SQLite and PostgreSQL share. Rows that recovery can rebuild from segment
//! files commit on a connection that need not wait for the disk, everything else on one that does (rule 7 of the store).
//! No key and no footage lies in here.

mod address_tables;
mod alarms;
mod backup;
mod camera_passwords;
mod cameras;
mod catalogue;
mod certificates;
mod claims;
mod column;
mod commissioning;
mod error;
mod factors;
#[cfg(feature = "fill")]
pub mod fill;
mod findings;
mod footage_hours;
mod gaps;
mod grants;
mod holds;
mod log_index;
mod passkeys;
mod people;
#[cfg(test)]
mod plans;
mod policies;
mod pool;
mod postgres;
mod promises;
mod settings;
mod sqlite;
mod statement;
mod stillness;
mod storages;
mod stretches;
#[cfg(test)]
mod tests;
mod walk;

pub use address_tables::{AddressTableRow, Signature};
pub use alarms::{AlarmRow, NewAlarm};
pub use camera_passwords::CameraPassword;
pub use cameras::{CameraRow, OfVersion, PurposeRow, StreamRow};
pub use catalogue::{Recorded, SegmentRow, SegmentState};
pub use certificates::{CertificateRow, DELETION_OFF, DeletionStep, Intent};
pub use claims::{ClaimKind, ClaimRow};
pub use commissioning::{MaskStillRow, StillOver, ViewRow, ViewSigned};
pub use error::DbError;
pub use factors::FactorRow;
pub use findings::{FindingKind, FindingRow, MovedPart};
pub use footage_hours::{GoingFootage, Shorter};
pub use gaps::GapRow;
pub use grants::{GrantAct, GrantAuthorisation, GrantRow, IncidentRow};
pub use holds::{HoldAct, HoldActRow, HoldRow};
pub use log_index::{LogIndexRow, LogIndexState, LogSearch, LogSeenBy};
pub use passkeys::PasskeyRow;
pub use people::{PersonRow, SessionRow};
pub use policies::{
    Approval, NewPolicyVersion, PolicyAct, PolicyActRow, PolicyAdvice, PolicyOrigin, PolicyState, PolicyVersionRow,
};
pub use pool::Db;
pub use promises::{CameraTerms, ComingIntoForce, NewPromise, PastPromise, Promise, StillLife};
pub use stillness::{DecoderDeaths, Stillness, Weighed};
pub use storages::{EndingBytes, StorageRow};
pub use stretches::DeletedStretch;
pub use walk::AfterStart;
