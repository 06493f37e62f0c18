//! The one table of alarms: raised, acknowledged, cleared, each with an owner.

use candour_units::{AlarmId, CameraId, WallTime};

use crate::column::{Row, all};
use crate::statement::statement;
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
    pub async fn raise_alarm(&self, alarm: &NewAlarm) -> Result<bool, DbError> {
        let mut tx = self.write("raise an alarm").await?;
        let sql = "UPDATE alarms SET words = $3, severity = $4 \
                   WHERE kind = $1 AND camera IS NOT DISTINCT FROM $2 AND cleared_90k IS NULL";
        let changed = tx
            .run(statement(sql).bind(&alarm.kind).bind(alarm.camera).bind(&alarm.words).bind(&alarm.severity))
            .await?;
        let new = changed == 0;
        if new {
            let sql =
                "INSERT INTO alarms (id, kind, camera, severity, words, raised_90k) VALUES ($1, $2, $3, $4, $5, $6)";
            tx.run(
                statement(sql)
                    .bind(alarm.id)
                    .bind(&alarm.kind)
                    .bind(alarm.camera)
                    .bind(&alarm.severity)
                    .bind(&alarm.words)
                    .bind(alarm.raised),
            )
            .await?;
        }
        tx.commit().await?;
        Ok(new)
    }
    /// Clears the standing alarm of that kind and camera; true when there was one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn clear_alarm(&self, kind: &str, camera: Option<CameraId>, now: WallTime) -> Result<bool, DbError> {
        let mut tx = self.write("clear an alarm").await?;
        let sql = "UPDATE alarms SET cleared_90k = $3 \
                   WHERE kind = $1 AND camera IS NOT DISTINCT FROM $2 AND cleared_90k IS NULL";
        let changed = tx.run(statement(sql).bind(kind).bind(camera).bind(now)).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }
    /// Notes who took an alarm; the first to take it stays.
    ///
    /// # Errors
    /// [`DbError::NotFound`].
    pub async fn acknowledge_alarm(&self, id: AlarmId, by: &str, now: WallTime) -> Result<AlarmRow, DbError> {
        let mut tx = self.write("acknowledge an alarm").await?;
        let sql = "UPDATE alarms SET acknowledged_by = $2, acknowledged_90k = $3 \
                   WHERE id = $1 AND acknowledged_by IS NULL";
        tx.run(statement(sql).bind(id).bind(by).bind(now)).await?;
        let found = tx.row(statement("SELECT * FROM alarms WHERE id = $1").bind(id)).await?;
        let row = found.ok_or_else(|| DbError::not_found("such alarm"))?;
        tx.commit().await?;
        alarm(&row)
    }
    /// Standing alarms first, then settled ones, newest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn alarms(&self, limit: i64) -> Result<Vec<AlarmRow>, DbError> {
        let sql = "SELECT * FROM alarms ORDER BY cleared_90k IS NOT NULL, raised_90k DESC LIMIT $1";
        all(&self.rows("read the alarms", statement(sql).bind(limit)).await?, alarm)
    }
}

fn alarm(row: &Row) -> Result<AlarmRow, DbError> {
    Ok(AlarmRow {
        id: row.id("id", AlarmId::from_bytes)?,
        kind: row.text("kind")?,
        camera: row.maybe_id("camera", CameraId::from_bytes)?,
        severity: row.text("severity")?,
        words: row.text("words")?,
        raised: row.time("raised_90k")?,
        acknowledged: row.maybe_text("acknowledged_by")?.zip(row.maybe_time("acknowledged_90k")?),
        cleared: row.maybe_time("cleared_90k")?,
    })
}
