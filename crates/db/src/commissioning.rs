//! Looking at cameras to set them up: which were in force some time, who asked for which look, who agreed, how the view was found; and
//! which still is kept for drawing masks. Not rebuildable: durable at once.

use candour_units::{CameraId, PersonId, StillId, ViewId, WallTime};

use crate::address_tables::Signature;
use crate::column::{Row, all};
use crate::statement::{Statement, statement};
use crate::{Db, DbError};

/// One act of looking at a camera to set it up, or the request for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow {
    /// Its id.
    pub id: ViewId,
    /// Which camera.
    pub camera: CameraId,
    /// Why, as the person says it.
    pub reason: String,
    /// Who asked, or began at once.
    pub asked: Signature,
    /// What a second person said: who and when, and whether it was yes.
    pub decided: Option<(Signature, bool)>,
    /// When it began.
    pub began: Option<WallTime>,
    /// First moment at which it is over.
    pub until: Option<WallTime>,
    /// How the view was found.
    pub signed: Option<ViewSigned>,
}

/// What whoever looked said of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewSigned {
    /// When.
    pub at: WallTime,
    /// Whether it is as the policy says.
    pub is_right: bool,
    /// In words, if any.
    pub remark: String,
}

/// The still of a camera that is kept for drawing masks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskStillRow {
    /// Its id.
    pub id: StillId,
    /// Which camera.
    pub camera: CameraId,
    /// When the picture was received.
    pub taken: WallTime,
    /// Full name of who kept it.
    pub taken_by: String,
    /// First moment at which it is kept no more.
    pub ends: WallTime,
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// Why a still has to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillOver {
    /// Its days are over.
    Ended,
    /// The camera was removed.
    CameraRemoved,
    /// The camera came into force after it was taken: its masks are written by now.
    InForce,
    /// A newer one took its place, somebody deleted it, or it was never finished.
    Left,
}

const OVER: &str = "SELECT s.*, c.removed_90k, f.since_90k FROM mask_stills s JOIN cameras c ON c.id = s.camera \
     LEFT JOIN commissioned f ON f.camera = s.camera \
     WHERE s.state <> 1 OR s.ends_90k <= $1 OR c.removed_90k IS NOT NULL OR f.since_90k > s.taken_90k";

impl Db {
    /// A camera is in force under a policy: from now on nobody looks at it alone to set it up.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn note_commissioned(&self, camera: CameraId, at: WallTime) -> Result<(), DbError> {
        let mut tx = self.write("note that a camera is in force").await?;
        let sql = "INSERT INTO commissioned (camera, since_90k) VALUES ($1, $2) ON CONFLICT (camera) DO NOTHING";
        tx.run(statement(sql).bind(camera).bind(at)).await?;
        tx.commit().await
    }

    /// Whether this camera, or any other one at its address, was in force some time.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn was_commissioned(&self, camera: CameraId) -> Result<bool, DbError> {
        let sql = "SELECT f.camera FROM commissioned f JOIN cameras c ON c.id = f.camera \
                   WHERE c.address = (SELECT address FROM cameras WHERE id = $1) OR f.camera = $1 LIMIT 1";
        Ok(self.row("read whether a camera was in force", statement(sql).bind(camera)).await?.is_some())
    }

    /// Stores a request for a look, or one that begins at once.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_view(&self, row: &ViewRow) -> Result<(), DbError> {
        let mut tx = self.write("add a look at a camera").await?;
        let sql = "INSERT INTO commissioning_views (id, camera, reason, asked_by, asked_name, asked_90k, began_90k, until_90k) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let asked = statement(sql).bind(row.id).bind(row.camera).bind(&row.reason).bind(row.asked.by);
        tx.run(asked.bind(&row.asked.name).bind(row.asked.at).bind(row.began).bind(row.until)).await?;
        tx.commit().await
    }

    /// A second person says yes or no; gives whether it waited for that.
    ///
    /// # Errors
    /// [`DbError::Sql`], also for the person who asked.
    pub async fn decide_view(&self, id: ViewId, by: &Signature, agreed: bool) -> Result<bool, DbError> {
        let sql = "UPDATE commissioning_views SET decided_by = $1, decided_name = $2, decided_90k = $3, agreed = $4 \
                   WHERE id = $5 AND decided_by IS NULL AND began_90k IS NULL";
        self.change_view(statement(sql).bind(by.by).bind(&by.name).bind(by.at).bind(agreed).bind(id)).await
    }

    /// A look that was agreed to begins; gives whether it had not begun already.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn begin_view(&self, id: ViewId, began: WallTime, until: WallTime) -> Result<bool, DbError> {
        let sql = "UPDATE commissioning_views SET began_90k = $1, until_90k = $2 \
                   WHERE id = $3 AND began_90k IS NULL AND agreed = 1";
        self.change_view(statement(sql).bind(began).bind(until).bind(id)).await
    }

    /// A look is over before its time.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn end_view(&self, id: ViewId, at: WallTime) -> Result<bool, DbError> {
        let sql = "UPDATE commissioning_views SET until_90k = $1 WHERE id = $2 AND until_90k > $1";
        self.change_view(statement(sql).bind(at).bind(id)).await
    }

    /// Whoever looked says how the view is.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn sign_view(&self, id: ViewId, signed: &ViewSigned) -> Result<bool, DbError> {
        let sql = "UPDATE commissioning_views SET signed_90k = $1, is_right = $2, remark = $3 \
                   WHERE id = $4 AND began_90k IS NOT NULL";
        self.change_view(statement(sql).bind(signed.at).bind(signed.is_right).bind(&signed.remark).bind(id)).await
    }

    async fn change_view(&self, change: Statement) -> Result<bool, DbError> {
        let mut tx = self.write("change a look at a camera").await?;
        let changed = tx.run(change).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// One look or request.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn view(&self, id: ViewId) -> Result<Option<ViewRow>, DbError> {
        let sql = "SELECT * FROM commissioning_views WHERE id = $1";
        self.row("read a look at a camera", statement(sql).bind(id)).await?.as_ref().map(view).transpose()
    }

    /// Looks at a camera and requests for them, of the time since then, the newest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn views_since(&self, camera: CameraId, since: WallTime) -> Result<Vec<ViewRow>, DbError> {
        let sql = "SELECT * FROM commissioning_views WHERE camera = $1 AND (asked_90k >= $2 OR began_90k >= $2) \
                   ORDER BY asked_90k DESC, id";
        all(&self.rows("list looks at a camera", statement(sql).bind(camera).bind(since)).await?, view)
    }

    /// Requests of all cameras since then that nobody decided, the oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn views_that_wait(&self, since: WallTime) -> Result<Vec<ViewRow>, DbError> {
        let sql = "SELECT v.* FROM commissioning_views v JOIN cameras c ON c.id = v.camera WHERE v.asked_90k >= $1 \
                   AND v.decided_by IS NULL AND v.began_90k IS NULL AND c.removed_90k IS NULL ORDER BY v.asked_90k, v.id";
        all(&self.rows("list looks that wait", statement(sql).bind(since)).await?, view)
    }

    /// The last look at a camera after which somebody said how the view is.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn last_signed_view(&self, camera: CameraId) -> Result<Option<ViewRow>, DbError> {
        let sql = "SELECT * FROM commissioning_views WHERE camera = $1 AND signed_90k IS NOT NULL \
                   ORDER BY signed_90k DESC LIMIT 1";
        self.row("read how a view was found", statement(sql).bind(camera)).await?.as_ref().map(view).transpose()
    }

    /// Forgets looks and requests of before that were not signed; the log has them. Gives how many.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn forget_views(&self, before: WallTime) -> Result<u64, DbError> {
        let mut tx = self.write("forget old looks at cameras").await?;
        let sql = "DELETE FROM commissioning_views WHERE asked_90k < $1 AND signed_90k IS NULL \
                   AND (began_90k IS NULL OR began_90k < $1)";
        let gone = tx.run(statement(sql).bind(before)).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// A still is about to be made; until it is kept it is one that has to go.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn begin_mask_still(&self, row: &MaskStillRow) -> Result<(), DbError> {
        let mut tx = self.write("begin a still for masks").await?;
        let sql = "INSERT INTO mask_stills (id, camera, state, taken_90k, taken_by, ends_90k, width, height) \
                   VALUES ($1, $2, 0, $3, $4, $5, $6, $7)";
        let begun = statement(sql).bind(row.id).bind(row.camera).bind(row.taken).bind(&row.taken_by);
        tx.run(begun.bind(row.ends).bind(row.width).bind(row.height)).await?;
        tx.commit().await
    }

    /// Its file is durable: it takes the place of the one before, which has to go.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn keep_mask_still(&self, row: &MaskStillRow) -> Result<(), DbError> {
        let mut tx = self.write("keep a still for masks").await?;
        tx.run(statement(LEAVES).bind(row.camera)).await?;
        let sql = "UPDATE mask_stills SET state = 1 WHERE id = $1 AND state = 0";
        tx.run(statement(sql).bind(row.id)).await?;
        tx.commit().await
    }

    /// The still of a camera has to go; gives whether there was one.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn leave_mask_still(&self, camera: CameraId) -> Result<bool, DbError> {
        let mut tx = self.write("give up a still for masks").await?;
        let changed = tx.run(statement(LEAVES).bind(camera)).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// The still that is kept of a camera, unless it has to go by now.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn mask_still(&self, camera: CameraId, now: WallTime) -> Result<Option<MaskStillRow>, DbError> {
        let sql = "SELECT s.* FROM mask_stills s JOIN cameras c ON c.id = s.camera \
                   LEFT JOIN commissioned f ON f.camera = s.camera WHERE s.camera = $1 AND s.state = 1 \
                   AND s.ends_90k > $2 AND c.removed_90k IS NULL AND (f.since_90k IS NULL OR f.since_90k <= s.taken_90k)";
        let question = statement(sql).bind(camera).bind(now);
        self.row("find the still for masks", question).await?.as_ref().map(mask_still).transpose()
    }

    /// Stills that have to go, each with why.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn mask_stills_over(&self, now: WallTime) -> Result<Vec<(MaskStillRow, StillOver)>, DbError> {
        let over = |row: &Row| {
            let still = mask_still(row)?;
            let why = if row.integer("state")? != 1 {
                StillOver::Left
            } else if row.maybe_time("removed_90k")?.is_some() {
                StillOver::CameraRemoved
            } else if still.ends <= now {
                StillOver::Ended
            } else {
                StillOver::InForce
            };
            Ok((still, why))
        };
        all(&self.rows("list stills for masks that have to go", statement(OVER).bind(now)).await?, over)
    }

    /// Every still there is a row of.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn mask_still_ids(&self) -> Result<Vec<StillId>, DbError> {
        let rows = self.rows("list stills for masks", statement("SELECT id FROM mask_stills")).await?;
        all(&rows, |row| row.id("id", StillId::from_bytes))
    }

    /// Its key is destroyed, its file is gone, and both stand in the log.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn forget_mask_still(&self, id: StillId) -> Result<(), DbError> {
        let mut tx = self.write("forget a still for masks").await?;
        tx.run(statement("DELETE FROM mask_stills WHERE id = $1").bind(id)).await?;
        tx.commit().await
    }
}

const LEAVES: &str = "UPDATE mask_stills SET state = 2 WHERE camera = $1 AND state = 1";

fn view(row: &Row) -> Result<ViewRow, DbError> {
    let decided = match row.maybe_id("decided_by", PersonId::from_bytes)? {
        Some(by) => {
            let signature = Signature { by, name: row.text("decided_name")?, at: row.time("decided_90k")? };
            Some((signature, row.flag("agreed")?))
        }
        None => None,
    };
    let signed = match row.maybe_time("signed_90k")? {
        Some(at) => Some(ViewSigned { at, is_right: row.flag("is_right")?, remark: row.text("remark")? }),
        None => None,
    };
    Ok(ViewRow {
        id: row.id("id", ViewId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        reason: row.text("reason")?,
        asked: Signature {
            by: row.id("asked_by", PersonId::from_bytes)?,
            name: row.text("asked_name")?,
            at: row.time("asked_90k")?,
        },
        decided,
        began: row.maybe_time("began_90k")?,
        until: row.maybe_time("until_90k")?,
        signed,
    })
}

fn mask_still(row: &Row) -> Result<MaskStillRow, DbError> {
    Ok(MaskStillRow {
        id: row.id("id", StillId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        taken: row.time("taken_90k")?,
        taken_by: row.text("taken_by")?,
        ends: row.time("ends_90k")?,
        width: row.small("width")?,
        height: row.small("height")?,
    })
}
