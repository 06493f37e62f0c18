//! A catalogue as large as a big site's, for measuring: rows only, no footage. SQLite; not part of the program.
//!
//! Rows come in the order in which recording makes them, minute by minute across all streams, with random ids, into
//! tables without their indexes; the indexes are made from the schema's own text afterwards. Nothing else differs from
//! what recording would have left after that many days.

use std::path::Path;

use candour_units::{CameraId, StreamId, WallDuration, WallRange, WallTime};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use crate::{Db, DbError};

const DOING: &str = "fill a catalogue";
const MINUTE: i64 = 60 * 90_000;

const FEEDS: &str = "CREATE TEMP TABLE feeds AS \
     WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < $1 - 1), \
     numbered(id, k) AS (SELECT id, row_number() OVER (ORDER BY id) - 1 FROM purposes) \
     SELECT n, randomblob(16) AS stream, randomblob(16) AS camera, randomblob(16) AS run, n % 4 AS storage, \
     numbered.id AS purpose, (n * 7919) % 5400000 AS off FROM n JOIN numbered ON k = n % 5 ORDER BY n";
const PURPOSES: &str = "INSERT INTO purposes (id, sentence, owner, keep_90k, policy, written_90k, written_by, word, policy_hash) \
     WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 4) \
     SELECT randomblob(16), 'Purpose ' || n, 'Head of facilities', $1, randomblob(16), 0, 'Ann', 'purpose-' || n, zeroblob(32) FROM n";
const CAMERAS: &str = "INSERT INTO cameras (id, name, address, onvif_port, credentials, outcome, judgement, judged_90k, \
     manufacturer, model, firmware, clock_offset_90k, purpose, added_90k) \
     SELECT camera, 'Camera ' || n, '10.0.' || (n / 250) || '.' || (n % 250), 80, randomblob(64), 'accepted', '{}', 0, \
     'Maker', 'Model', '1.0', 0, purpose, 0 FROM feeds";
const STREAMS: &str = "INSERT INTO streams (id, camera, kind, uri, encoding, width, height, rate, offered) \
     SELECT stream, camera, 'main', 'rtsp://10.0.' || (n / 250) || '.' || (n % 250) || '/1', 'H264', 1920, 1080, 25, 1 \
     FROM feeds";
/// A day of segments of a minute, in the order of recording.
const DAY: &str = "INSERT INTO segments (id, stream, camera, run, purpose, storage, start_90k, end_90k, keep_until_90k, \
     len_bytes, samples, state, sealed_digest, content_commitment, logged) \
     WITH RECURSIVE m(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM m WHERE m < 1439) \
     SELECT randomblob(16), stream, camera, run, purpose, storage, $1 + m * 5400000 + off, $1 + (m + 1) * 5400000 + off, \
     $1 + m * 5400000 + off + $2, 30000000, 1500, $3, randomblob(32), randomblob(32), 1 FROM m CROSS JOIN feeds";
const CERTIFICATES: &str = "INSERT INTO certificates (segment, camera, stream, start_90k, end_90k, len_bytes, rule, step, \
     due_90k, intended_90k, unreadable_90k, unlinked_90k, entry) \
     SELECT id, camera, stream, start_90k, end_90k, len_bytes, 'kept 30 days, purpose: Purpose', 3, keep_until_90k, \
     keep_until_90k + 900000, keep_until_90k + 900000, keep_until_90k + 900000, rowid FROM segments WHERE state = 3";
const STRETCHES: &str = "INSERT INTO deleted_stretches (stream, start_90k, entry_first, end_90k, entry_last, camera, rule, \
     segments, len_bytes, unreadable_first_90k, unlinked_last_90k) \
     WITH RECURSIVE m(m) AS (SELECT 1 UNION ALL SELECT m + 1 FROM m WHERE m < 365) \
     SELECT stream, $1 - m * 7776000000, m, $1 - (m - 1) * 7776000000, m, camera, 'kept 30 days', 1440, 43200000000, \
     $1 - m * 7776000000 + $2, $1 - (m - 1) * 7776000000 + $2 FROM m CROSS JOIN feeds";
const GAPS: &str = "INSERT INTO gaps (stream, start_90k, end_90k, camera, cause) \
     SELECT stream, start_90k, start_90k + 90000, camera, 'camera_lost' FROM segments WHERE rowid % 1440 = 7";
const HOLDINGS: &str = "INSERT INTO holdings (stream, segments, len_bytes) \
     SELECT stream, count(*), sum(len_bytes) FROM segments WHERE state < 3 GROUP BY stream";

const FOOTAGE: &str = "INSERT INTO footage_hours (stream, purpose, hour, life_90k, segments, len_bytes) \
     SELECT stream, purpose, start_90k / 324000000, keep_until_90k - start_90k, count(*), sum(len_bytes) \
     FROM segments WHERE state = 1 GROUP BY 1, 2, 3, 4";

/// How large.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Streams, each of a camera of its own, recording without a pause.
    pub streams: i64,
    /// Days that footage is kept, all of them full; the day before them is deleted and certified.
    pub days: i64,
    /// Start of the newest day but one: its last segment ends a day later.
    pub last_day: WallTime,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Filled {
    /// Segments that are not deleted.
    pub segments: i64,
    /// A camera and its stream, for asking about.
    pub cameras: Vec<(CameraId, StreamId)>,
    /// What footage covers, of every stream but for the first and last minute.
    pub range: WallRange,
}

/// Makes a database of that scale at `path`. At full scale (1 000 streams, 30 days) that is 43 million rows and takes
/// some minutes, 15 GB on disk and 2 GB of memory.
///
/// # Errors
/// [`DbError::Sql`], and those of [`Db::open`].
pub async fn fill(path: &Path, scale: Scale) -> Result<Filled, DbError> {
    Db::open(path).await?.close().await;
    // What is lost when this is interrupted is made again.
    let options = SqliteConnectOptions::new().filename(path).journal_mode(SqliteJournalMode::Off);
    let options = options.synchronous(SqliteSynchronous::Off).pragma("cache_size", "-2000000");
    let mut on = options.connect().await.map_err(DbError::sql(DOING))?;
    let later = take_down(&mut on).await?;
    let keep = WallDuration::from_seconds(scale.days * 86_400);
    run(&mut on, PURPOSES, &[keep.ticks()]).await?;
    run(&mut on, FEEDS, &[scale.streams]).await?;
    run(&mut on, CAMERAS, &[]).await?;
    run(&mut on, STREAMS, &[]).await?;
    let first = scale.last_day - WallDuration::from_seconds((scale.days - 1) * 86_400);
    for day in -1..scale.days {
        let start = first + WallDuration::from_seconds(day * 86_400);
        let state = if day < 0 { 3 } else { 1 };
        run(&mut on, DAY, &[start.ticks(), keep.ticks(), state]).await?;
        if day < 0 {
            run(&mut on, CERTIFICATES, &[]).await?;
        }
    }
    for text in later {
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut on).await.map_err(DbError::sql(DOING))?;
    }
    run(&mut on, STRETCHES, &[first.ticks() - 1440 * MINUTE, keep.ticks()]).await?;
    run(&mut on, GAPS, &[]).await?;
    run(&mut on, HOLDINGS, &[]).await?;
    run(&mut on, FOOTAGE, &[]).await?;
    let cameras = cameras(&mut on).await?;
    on.close().await.map_err(DbError::sql(DOING))?;
    let range = WallRange { start: first, end: first + keep };
    Ok(Filled { segments: scale.streams * scale.days * 1440, cameras, range })
}

/// Takes indexes and triggers off the tables that grow; gives their texts, indexes first.
async fn take_down(on: &mut SqliteConnection) -> Result<Vec<String>, DbError> {
    let sql = "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name IN ('segments', 'certificates') \
               AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name";
    let mut texts = Vec::new();
    for row in sqlx::query(sql).fetch_all(&mut *on).await.map_err(DbError::sql(DOING))? {
        let (kind, name, text): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        run(on, &format!("DROP {kind} {name}"), &[]).await?;
        texts.push(text);
    }
    Ok(texts)
}

async fn cameras(on: &mut SqliteConnection) -> Result<Vec<(CameraId, StreamId)>, DbError> {
    let rows = sqlx::query("SELECT camera, id FROM streams ORDER BY uri").fetch_all(on).await;
    let id = |row: &sqlx::sqlite::SqliteRow, column: usize| row.get::<&[u8], _>(column).try_into().unwrap_or_default();
    let pair = |row| (CameraId::from_bytes(id(row, 0)), StreamId::from_bytes(id(row, 1)));
    Ok(rows.map_err(DbError::sql(DOING))?.iter().map(pair).collect())
}

async fn run(on: &mut SqliteConnection, sql: &str, values: &[i64]) -> Result<(), DbError> {
    let query = values.iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), |query, value| query.bind(*value));
    query.execute(on).await.map_err(DbError::sql(DOING))?;
    Ok(())
}
