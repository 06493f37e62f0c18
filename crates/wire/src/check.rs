//! The check of what is stored against what is known.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /api/v1/check`: begins a check beside the recorder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartCheck {
    /// Whether every byte is read; else headers, footers, rows, keys and the log.
    pub deep: bool,
}

/// `GET /api/v1/check`: how checks of this recorder stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckState {
    /// The one under way.
    pub running: Option<CheckRunning>,
    /// The report of the last one that came to its end since the recorder started.
    pub last: Option<CheckReport>,
    /// Why the last attempt came to no end, in words.
    pub failed: Option<String>,
}

/// How far a check has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckRunning {
    /// `quick` or `deep`.
    pub depth: String,
    /// Bytes to read; 0 in a quick check.
    pub bytes_total: u64,
    /// Bytes read.
    pub bytes_done: u64,
    /// Files to look at.
    pub files_total: u64,
    /// Files looked at.
    pub files_done: u64,
    /// Findings so far.
    pub findings: u64,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckReport {
    /// `quick` or `deep`.
    pub depth: String,
    /// When it began.
    pub began_90k: i64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Files looked at.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Log entries read.
    pub log_entries: u64,
    /// How many findings there are.
    pub findings_total: u64,
    /// The heaviest of them, at most 200.
    pub findings: Vec<CheckFinding>,
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckFinding {
    /// Stable word of its kind (`docs/design/check.md`).
    pub kind: String,
    /// `loss`, `fault` or `pending`.
    pub weight: String,
    /// The segment concerned.
    pub segment: Option<String>,
    /// Its camera.
    pub camera: Option<String>,
    /// Its stream.
    pub stream: Option<String>,
    /// The time concerned.
    pub start_90k: Option<i64>,
    /// Its end.
    pub end_90k: Option<i64>,
    /// File, byte and fragment, or log entry.
    pub place: Option<String>,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub advice: String,
}
