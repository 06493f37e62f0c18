//! The one table of alarms: raised, acknowledged, cleared, each with an owner.

use candour_units::{AlarmId, CameraId, WallTime};

use crate::{Db, DbError};

/// An alarm about to be raised. While one with the same kind and camera stands, raising again changes its words only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlarm {
    /// Id to use if it is new.
    pub id: AlarmId,
    /// Stable word: `camera_lost`, `gap`, `disk_low`, `log_not_writable`, `device_refused`, `deletion_overdue`, ...
    pub kind: String,
    /// The camera concerned, if one is.
    pub camera: Option<CameraId>,
    /// `amber` needs a person, `red` is lost, refused or overdue.
    pub severity: String,
    /// What happened, what it means, what to do: one or two sentences.
    pub words: String,
    /// When.
    pub raised: WallTime,
}

/// An alarm as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// Its id.
    pub id: AlarmId,
    /// Stable word of the kind.
    pub kind: String,
    /// The camera concerned, if one is.
    pub camera: Option<CameraId>,
    /// `amber` or `red`.
    pub severity: String,
    /// The words.
    pub words: String,
    /// When it was raised.
    pub raised: WallTime,
    /// Who took it, and when.
    pub acknowledged: Option<(String, WallTime)>,
    /// When its cause went away.
    pub cleared: Option<WallTime>,
}

impl Db {
    /// Raises an alarm; true when it is new.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn raise_alarm(&self, _alarm: &NewAlarm) -> Result<bool, DbError> {
        todo!()
    }
    /// Clears the standing alarm of that kind and camera; true when there was one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn clear_alarm(&self, _kind: &str, _camera: Option<CameraId>, _now: WallTime) -> Result<bool, DbError> {
        todo!()
    }
    /// Notes who took an alarm.
    ///
    /// # Errors
    /// [`DbError::NotFound`].
    pub async fn acknowledge_alarm(&self, _id: AlarmId, _by: &str, _now: WallTime) -> Result<AlarmRow, DbError> {
        todo!()
    }
    /// Standing alarms first, then settled ones, newest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn alarms(&self, _limit: i64) -> Result<Vec<AlarmRow>, DbError> {
        todo!()
    }
}
