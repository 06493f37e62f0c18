//! Alarms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much an alarm wants somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Refused, lost or overdue.
    Red,
    /// Needs a person.
    Amber,
}

/// One alarm. `POST /api/v1/alarms/{id}/acknowledge` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alarm {
    /// Id.
    pub id: String,
    /// Stable word: `camera_lost`, `gap`, `disk_low`, `log_not_writable`, `device_refused`, `deletion_overdue`, ...
    pub kind: String,
    /// How much.
    pub severity: Severity,
    /// What happened, what it means, what to do.
    pub words: String,
    /// The camera, if one is concerned.
    pub camera: Option<String>,
    /// Its name.
    pub camera_name: Option<String>,
    /// The page that mends it: `cameras`, `retention`, `log`, `system`, `review`.
    pub page: String,
    /// When it was raised.
    pub raised_90k: i64,
    /// Who took it.
    pub acknowledged_by: Option<String>,
    /// When.
    pub acknowledged_90k: Option<i64>,
    /// When its cause went away.
    pub cleared_90k: Option<i64>,
}
