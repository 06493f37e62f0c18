//! Storage directories by their numbers, and sums over what lies in them.

use candour_units::{PurposeId, StorageId, WallRange, WallTime};

use crate::catalogue::segment;
use crate::column::{Columns, all};
use crate::{Db, DbError, SegmentRow};

const OLDEST: &str = "SELECT * FROM segments WHERE state = 1 AND storage = $1 AND purpose = $2 \
     ORDER BY keep_until_90k LIMIT $3";
const BYTES_ENDING_IN: &str = "SELECT coalesce(sum(len_bytes), 0) AS len_bytes, min(keep_until_90k) AS first_90k FROM segments \
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
        let rows = sqlx::query("SELECT * FROM storages ORDER BY number").fetch_all(self.reader()).await;
        all(&rows.map_err(DbError::sql("read the storage directories"))?, |row| {
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
        let doing = "store a storage directory";
        let mut tx = self.write(doing).await?;
        let sql = "INSERT INTO storages (number, id, path, seen_90k) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (number) DO UPDATE SET path = excluded.path, seen_90k = excluded.seen_90k";
        sqlx::query(sql)
            .bind(row.number)
            .bind(row.id.as_bytes().as_slice())
            .bind(&row.path)
            .bind(row.seen.ticks())
            .execute(&mut *tx)
            .await
            .map_err(DbError::sql(doing))?;
        tx.commit().await.map_err(DbError::sql(doing))
    }

    /// Whether any segment that is not deleted names that directory.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn storage_is_used(&self, storage: i64) -> Result<bool, DbError> {
        let found = sqlx::query(IS_USED).bind(storage).fetch_optional(self.reader()).await;
        Ok(found.map_err(DbError::sql("look into a storage directory"))?.is_some())
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
        let rows = sqlx::query(OLDEST)
            .bind(storage)
            .bind(purpose.as_bytes().as_slice())
            .bind(limit)
            .fetch_all(self.reader())
            .await;
        all(&rows.map_err(DbError::sql("find the oldest footage"))?, segment)
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
        let found = sqlx::query(BYTES_ENDING_IN)
            .bind(storage)
            .bind(purpose.as_bytes().as_slice())
            .bind(range.start.ticks())
            .bind(range.end.ticks())
            .fetch_one(self.reader())
            .await;
        let row = found.map_err(DbError::sql("sum up footage by its end"))?;
        let row = Columns(&row);
        Ok(EndingBytes { bytes: row.integer("len_bytes")?, first: row.maybe_time("first_90k")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn plan(db: &Db, sql: &'static str, binds: usize) -> String {
        let mut query =
            sqlx::query_as::<_, (i64, i64, i64, String)>(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        for _ in 0..binds {
            query = query.bind(0_i64);
        }
        let rows = query.fetch_all(db.reader()).await.expect("a plan");
        rows.into_iter().map(|(_, _, _, detail)| detail).collect::<Vec<_>>().join("; ")
    }

    /// Seen to fail without the index: both become a scan of the table.
    #[tokio::test]
    async fn room_is_found_in_an_index() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&directory.path().join("candour.db")).await.expect("a new database");
        let oldest = plan(&db, OLDEST, 3).await;
        assert!(oldest.contains("USING INDEX segments_by_room") && !oldest.contains("TEMP B-TREE"), "{oldest}");
        let sums = plan(&db, BYTES_ENDING_IN, 4).await;
        assert!(sums.contains("USING COVERING INDEX segments_by_room"), "{sums}");
    }
}
