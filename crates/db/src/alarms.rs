//! The one table of alarms: raised, acknowledged, cleared, each with an owner.

use candour_units::{AlarmId, CameraId, WallTime};

use crate::column::{Columns, all};
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
        let doing = "raise an alarm";
        let mut tx = self.write(doing).await?;
        let sql = "UPDATE alarms SET words = $3, severity = $4 \
                   WHERE kind = $1 AND coalesce(camera, x'') = $2 AND cleared_90k IS NULL";
        let changed = sqlx::query(sql)
            .bind(&alarm.kind)
            .bind(camera_or_none(alarm.camera))
            .bind(&alarm.words)
            .bind(&alarm.severity)
            .execute(&mut *tx)
            .await
            .map_err(DbError::sql(doing))?;
        let new = changed.rows_affected() == 0;
        if new {
            let sql =
                "INSERT INTO alarms (id, kind, camera, severity, words, raised_90k) VALUES ($1, $2, $3, $4, $5, $6)";
            sqlx::query(sql)
                .bind(alarm.id.as_bytes().as_slice())
                .bind(&alarm.kind)
                .bind(alarm.camera.as_ref().map(|camera| camera.as_bytes().as_slice()))
                .bind(&alarm.severity)
                .bind(&alarm.words)
                .bind(alarm.raised.ticks())
                .execute(&mut *tx)
                .await
                .map_err(DbError::sql(doing))?;
        }
        tx.commit().await.map_err(DbError::sql(doing))?;
        Ok(new)
    }
    /// Clears the standing alarm of that kind and camera; true when there was one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn clear_alarm(&self, kind: &str, camera: Option<CameraId>, now: WallTime) -> Result<bool, DbError> {
        let doing = "clear an alarm";
        let mut tx = self.write(doing).await?;
        let sql = "UPDATE alarms SET cleared_90k = $3 \
                   WHERE kind = $1 AND coalesce(camera, x'') = $2 AND cleared_90k IS NULL";
        let changed = sqlx::query(sql)
            .bind(kind)
            .bind(camera_or_none(camera))
            .bind(now.ticks())
            .execute(&mut *tx)
            .await
            .map_err(DbError::sql(doing))?;
        tx.commit().await.map_err(DbError::sql(doing))?;
        Ok(changed.rows_affected() > 0)
    }
    /// Notes who took an alarm; the first to take it stays.
    ///
    /// # Errors
    /// [`DbError::NotFound`].
    pub async fn acknowledge_alarm(&self, id: AlarmId, by: &str, now: WallTime) -> Result<AlarmRow, DbError> {
        let doing = "acknowledge an alarm";
        let mut tx = self.write(doing).await?;
        let sql = "UPDATE alarms SET acknowledged_by = $2, acknowledged_90k = $3 \
                   WHERE id = $1 AND acknowledged_by IS NULL";
        let bytes = id.as_bytes().as_slice();
        let set = sqlx::query(sql).bind(bytes).bind(by).bind(now.ticks());
        set.execute(&mut *tx).await.map_err(DbError::sql(doing))?;
        let found = sqlx::query("SELECT * FROM alarms WHERE id = $1").bind(bytes).fetch_optional(&mut *tx).await;
        let row = found.map_err(DbError::sql(doing))?.ok_or_else(|| DbError::not_found("such alarm"))?;
        tx.commit().await.map_err(DbError::sql(doing))?;
        alarm(&Columns(&row))
    }
    /// Standing alarms first, then settled ones, newest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn alarms(&self, limit: i64) -> Result<Vec<AlarmRow>, DbError> {
        let sql = "SELECT * FROM alarms ORDER BY cleared_90k IS NOT NULL, raised_90k DESC LIMIT $1";
        let rows = sqlx::query(sql).bind(limit).fetch_all(self.reader()).await;
        all(&rows.map_err(DbError::sql("read the alarms"))?, alarm)
    }
}

/// The blob the index of standing alarms uses where there is no camera.
fn camera_or_none(camera: Option<CameraId>) -> Vec<u8> {
    camera.map_or_else(Vec::new, |camera| camera.as_bytes().to_vec())
}

fn alarm(row: &Columns<'_>) -> Result<AlarmRow, DbError> {
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
