//! Passwords that the recorder sets at cameras by itself: both are kept until it is known which one the camera takes. Not rebuildable:
//! durable at once.

use candour_units::{CameraId, WallTime};

use crate::column::{Row, all};
use crate::statement::statement;
use crate::{Db, DbError};

/// How it stands with a camera's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraPassword {
    /// Whose.
    pub camera: CameraId,
    /// Sealed user and password that are being set; the row of the camera holds those from before.
    pub next: Option<Vec<u8>>,
    /// How often it was tried which of both the camera takes.
    pub tries: u32,
    /// When that was tried last.
    pub tried: Option<WallTime>,
    /// When one of the recorder's own was last proved; `None` where the camera has the one that somebody typed in.
    pub set: Option<WallTime>,
}

impl Db {
    /// How it stands with one camera's password; `None` where the recorder never set one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn camera_password(&self, camera: CameraId) -> Result<Option<CameraPassword>, DbError> {
        let sql = "SELECT * FROM camera_passwords WHERE camera = $1";
        self.row("read how a camera's password stands", statement(sql).bind(camera))
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// Cameras of which it is not known which of two passwords they take.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn passwords_being_set(&self) -> Result<Vec<CameraPassword>, DbError> {
        let sql = "SELECT p.* FROM camera_passwords p JOIN cameras c ON c.id = p.camera \
                   WHERE p.next IS NOT NULL AND c.removed_90k IS NULL ORDER BY p.camera";
        all(&self.rows("list passwords that are being set", statement(sql)).await?, read)
    }

    /// Writes down the password that will be set; gives whether none was being set already.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn begin_camera_password(&self, camera: CameraId, next: &[u8]) -> Result<bool, DbError> {
        let mut tx = self.write("write down a camera's next password").await?;
        let sql = "INSERT INTO camera_passwords (camera, next, tries) VALUES ($1, $2, 0) \
                   ON CONFLICT (camera) DO UPDATE SET next = excluded.next, tries = 0, tried_90k = NULL \
                   WHERE camera_passwords.next IS NULL";
        let changed = tx.run(statement(sql).bind(camera).bind(next)).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// Notes how often it was tried which one a camera takes, before it is tried once more.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn note_password_tries(&self, camera: CameraId, tries: u32, at: WallTime) -> Result<(), DbError> {
        let mut tx = self.write("note a try of a camera's password").await?;
        let sql = "UPDATE camera_passwords SET tries = $2, tried_90k = $3 WHERE camera = $1";
        tx.run(statement(sql).bind(camera).bind(i64::from(tries)).bind(at)).await?;
        tx.commit().await
    }

    /// The camera was proved to take the password that was being set: it is the camera's now, and the one before is forgotten, all or
    /// nothing. Gives whether one was being set.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn keep_new_password(&self, camera: CameraId, at: WallTime) -> Result<bool, DbError> {
        let mut tx = self.write("keep a camera's new password").await?;
        let sql = "UPDATE cameras SET credentials = (SELECT next FROM camera_passwords WHERE camera = $1) WHERE id = $1 \
                   AND EXISTS (SELECT 1 FROM camera_passwords WHERE camera = $1 AND next IS NOT NULL)";
        let changed = tx.run(statement(sql).bind(camera)).await?;
        let sql =
            "UPDATE camera_passwords SET next = NULL, tries = 0, set_90k = $2 WHERE camera = $1 AND next IS NOT NULL";
        tx.run(statement(sql).bind(camera).bind(at)).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// The camera has the password that it had, and will not come to have the one that was being set: that is forgotten. Gives whether one
    /// was being set.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn keep_old_password(&self, camera: CameraId) -> Result<bool, DbError> {
        let mut tx = self.write("keep a camera's old password").await?;
        let sql = "UPDATE camera_passwords SET next = NULL, tries = 0 WHERE camera = $1 AND next IS NOT NULL";
        let changed = tx.run(statement(sql).bind(camera)).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// Somebody typed in a password: it is theirs, and where two are being told apart it may be tried again.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn password_was_typed(&self, camera: CameraId) -> Result<(), DbError> {
        let mut tx = self.write("note that a camera's password was typed in").await?;
        let sql = "UPDATE camera_passwords SET set_90k = NULL, tries = 0, tried_90k = NULL WHERE camera = $1";
        tx.run(statement(sql).bind(camera)).await?;
        tx.commit().await
    }
}

fn read(row: &Row) -> Result<CameraPassword, DbError> {
    Ok(CameraPassword {
        camera: row.id("camera", CameraId::from_bytes)?,
        next: row.maybe_blob("next")?,
        tries: u32::try_from(row.integer("tries")?).unwrap_or(u32::MAX),
        tried: row.maybe_time("tried_90k")?,
        set: row.maybe_time("set_90k")?,
    })
}
