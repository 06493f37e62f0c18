//! Storage directories by their numbers, and sums over what lies in them.

use candour_units::{PurposeId, StorageId, WallRange, WallTime};

use crate::catalogue::segment;
use crate::column::all;
use crate::statement::statement;
use crate::{Db, DbError, SegmentRow};

const OLDEST: &str = "SELECT * FROM segments WHERE state = 1 AND storage = $1 AND purpose = $2 \
     ORDER BY keep_until_90k LIMIT $3";
const BYTES_ENDING_IN: &str = "SELECT CAST(coalesce(sum(len_bytes), 0) AS BIGINT) AS len_bytes, \
     min(keep_until_90k) AS first_90k FROM segments \
     WHERE state = 1 AND storage = $1 AND purpose = $2 AND keep_until_90k >= $3 AND keep_until_90k < $4";

// One question for each partial index.
const IS_USED: &str = "SELECT 1 AS used WHERE EXISTS (SELECT 1 FROM segments WHERE state = 1 AND storage = $1) \
     OR EXISTS (SELECT 1 FROM segments WHERE state = 0 AND storage = $1) \
     OR EXISTS (SELECT 1 FROM segments WHERE state = 2 AND storage = $1)";

/// One storage directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageRow {
    /// Its number, as in [`SegmentRow::storage`]; never used twice.
    pub number: i64,
    /// The id in its marker file.
    pub id: StorageId,
    /// Where it was seen last.
    pub path: String,
    /// When.
    pub seen: WallTime,
}

/// Bytes of footage whose life ends within a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EndingBytes {
    /// How many.
    pub bytes: i64,
    /// The first end among them.
    pub first: Option<WallTime>,
}

impl Db {
    /// Every storage directory that was ever used, by number.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn storages(&self) -> Result<Vec<StorageRow>, DbError> {
        let question = statement("SELECT * FROM storages ORDER BY number");
        all(&self.rows("read the storage directories", question).await?, |row| {
            Ok(StorageRow {
                number: row.integer("number")?,
                id: row.id("id", StorageId::from_bytes)?,
                path: row.text("path")?,
                seen: row.time("seen_90k")?,
            })
        })
    }

    /// Stores where a storage directory is; its number and its id stay.
    ///
    /// # Errors
    /// [`DbError::Sql`], also when the id has another number already.
    pub async fn put_storage(&self, row: &StorageRow) -> Result<(), DbError> {
        let mut tx = self.write("store a storage directory").await?;
        let sql = "INSERT INTO storages (number, id, path, seen_90k) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (number) DO UPDATE SET path = excluded.path, seen_90k = excluded.seen_90k";
        tx.run(statement(sql).bind(row.number).bind(row.id).bind(&row.path).bind(row.seen)).await?;
        tx.commit().await
    }

    /// Whether any segment that is not deleted names that directory.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn storage_is_used(&self, storage: i64) -> Result<bool, DbError> {
        Ok(self.row("look into a storage directory", statement(IS_USED).bind(storage)).await?.is_some())
    }

    /// The closed segments of one purpose in one directory whose life ends first, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn segments_ending_first(
        &self,
        storage: i64,
        purpose: PurposeId,
        limit: i64,
    ) -> Result<Vec<SegmentRow>, DbError> {
        let question = statement(OLDEST).bind(storage).bind(purpose).bind(limit);
        all(&self.rows("find the oldest footage", question).await?, segment)
    }

    /// Bytes of closed segments of one purpose in one directory whose life ends in `range`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn bytes_ending_in(
        &self,
        storage: i64,
        purpose: PurposeId,
        range: WallRange,
    ) -> Result<EndingBytes, DbError> {
        let question = statement(BYTES_ENDING_IN).bind(storage).bind(purpose).bind(range.start).bind(range.end);
        let Some(row) = self.row("sum up footage by its end", question).await? else {
            return Ok(EndingBytes::default());
        };
        Ok(EndingBytes { bytes: row.integer("len_bytes")?, first: row.maybe_time("first_90k")? })
    }
}
