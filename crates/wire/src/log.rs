//! The log, for those who may read it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/log?before=&limit=`: newest first. Reading the log is itself an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogPage {
    /// Entries, newest first.
    pub entries: Vec<LogEntry>,
    /// Size of the log now.
    pub size: u64,
    /// Root hash, hex.
    pub root: String,
    /// Newest signed checkpoint.
    pub checkpoint: String,
    /// Verifier key of its signature.
    pub verifier_key: String,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogEntry {
    /// Position from 0.
    pub index: u64,
    /// When.
    pub at_90k: i64,
    /// Stable word of the kind.
    pub kind: String,
    /// Who, in words: "Ada Lovelace (operator desk, 10.0.0.7)" or "the recorder".
    pub who: String,
    /// One sentence for people.
    pub words: String,
    /// Cameras by name.
    pub cameras: Vec<String>,
    /// The interval of footage, if one is concerned.
    pub from_90k: Option<i64>,
    /// The interval of footage, if one is concerned.
    pub to_90k: Option<i64>,
    /// Reason given.
    pub reason: Option<String>,
    /// Everything recorded, as JSON texts of the field groups; absent when erased.
    pub groups: LogGroups,
    /// Leaf hash, hex.
    pub leaf: String,
}

/// The four disclosed field groups as they are committed to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct LogGroups {
    /// Who.
    pub who: Option<String>,
    /// Cameras and interval.
    pub what: Option<String>,
    /// Purpose and reason.
    pub why: Option<String>,
    /// Outcome.
    pub sent: Option<String>,
}
