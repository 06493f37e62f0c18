//! What the log page searches: a row for each entry of the log but the renewals of looks, which lengthen the row of the look. It is
//! made from the journal by whoever calls here, in the order of the log.

use std::collections::HashMap;

use candour_units::{CameraId, Hash, PersonId, ReceiptId, WallDuration, WallRange, WallTime};

use crate::column::{Row, all};
use crate::pool::Transaction;
use crate::statement::{Statement, statement};
use crate::{Db, DbError};

/// No row by which footage could be seen is about more of it (the table checks it), so what overlaps an interval starts at most this
/// long before it.
const LONGEST_LOOK: WallDuration = WallDuration::from_seconds(3600);

/// One entry of the log, as it is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogIndexRow {
    /// Position in the log.
    pub entry: i64,
    /// The time written in it.
    pub at: WallTime,
    /// Stable word of the kind.
    pub kind: String,
    /// Whether footage could be seen by it; then [`Self::footage`] says which.
    pub seen: bool,
    /// Whether something was refused to somebody.
    pub refused: bool,
    /// Who; `None` for the recorder, for somebody not signed in, and when erased.
    pub person: Option<PersonId>,
    /// The name as shown then.
    pub name: Option<String>,
    /// From which network address.
    pub address: Option<String>,
    /// The purpose as the entry names it.
    pub purpose: Option<String>,
    /// The case reference in lower case.
    pub case: Option<String>,
    /// The footage it is about; of a live look its own time.
    pub footage: Option<WallRange>,
    /// The cameras it is about, each once.
    pub cameras: Vec<CameraId>,
    /// The look, if it is one or the renewal of one.
    pub receipt: Option<ReceiptId>,
    /// Whether it renews that look: then it lengthens the look's row, if that is there and the footage is joint and not too long.
    pub renewal: bool,
}

/// How far the index goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogIndexState {
    /// Entries that are in it, from the first on.
    pub size: i64,
    /// Leaf hash of the last of them.
    pub leaf: Hash,
    /// Entries, from the first on, whose details were erased when it was made.
    pub erased: i64,
}

/// What is looked for; what is absent is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSearch {
    /// Who.
    pub person: Option<PersonId>,
    /// Entries about this camera.
    pub camera: Option<CameraId>,
    /// Entries about footage that overlaps this interval.
    pub footage: Option<WallRange>,
    /// Entries written from this moment on.
    pub since: Option<WallTime>,
    /// Entries written before this moment.
    pub until: Option<WallTime>,
    /// The purpose, exactly.
    pub purpose: Option<String>,
    /// The case reference in lower case, exactly.
    pub case: Option<String>,
    /// Stable word of the kind.
    pub kind: Option<String>,
    /// Only those by which footage could be seen, or only the others.
    pub seen: Option<bool>,
    /// Only refusals, or only what was no refusal.
    pub refused: Option<bool>,
}

/// Somebody who could see footage of a camera in an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSeenBy {
    /// Who; `None` when erased.
    pub person: Option<PersonId>,
    /// The name as shown in the newest of the entries.
    pub name: Option<String>,
    /// Looks at live pictures; one that goes on counts once an hour.
    pub live: i64,
    /// Looks at recorded footage, and files that left.
    pub recorded: i64,
    /// When the first and the last of them began.
    pub began: (WallTime, WallTime),
    /// The newest of the entries.
    pub newest: i64,
}

const PUT: &str = "INSERT INTO log_index (entry, at_90k, kind, seen, refused, person, name, address, purpose, \
     case_reference, start_90k, end_90k, receipt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const PUT_STATE: &str = "INSERT INTO log_index_state (one, size, leaf, erased) VALUES (1, $1, $2, $3) \
     ON CONFLICT (one) DO UPDATE SET size = excluded.size, leaf = excluded.leaf, erased = excluded.erased";

/// The conditions that every search has; `$1` is the position it goes on before.
macro_rules! searched {
    ($led_by:literal) => {
        concat!(
            "SELECT * FROM log_index WHERE entry < $1",
            $led_by,
            " AND ($3 IS NULL OR person = $3) AND ($4 IS NULL OR EXISTS (SELECT 1 FROM log_index_cameras WHERE \
             log_index_cameras.camera = $4 AND log_index_cameras.entry = log_index.entry)) \
             AND ($5 IS NULL OR (start_90k < $6 AND end_90k > $5)) AND ($7 IS NULL OR at_90k >= $7) \
             AND ($8 IS NULL OR at_90k < $8) AND ($9 IS NULL OR purpose = $9) AND ($10 IS NULL OR case_reference = $10) \
             AND ($11 IS NULL OR kind = $11) AND ($12 IS NULL OR seen = $12) AND ($13 IS NULL OR refused = $13) \
             ORDER BY entry DESC LIMIT $2"
        )
    };
}
const BY_POSITION: &str = searched!("");
const BY_PERSON: &str = searched!(" AND person = $3");
const BY_CASE: &str = searched!(" AND case_reference = $10");
const BY_PURPOSE: &str = searched!(" AND purpose = $9");
const BY_KIND: &str = searched!(" AND kind = $11");
const BY_CAMERA: &str = "SELECT log_index.* FROM log_index_cameras JOIN log_index ON log_index.entry = \
     log_index_cameras.entry WHERE log_index_cameras.camera = $4 AND log_index_cameras.entry < $1 \
     AND ($3 IS NULL OR person = $3) AND ($5 IS NULL OR (log_index_cameras.start_90k < $6 AND log_index_cameras.end_90k > $5)) \
     AND ($7 IS NULL OR at_90k >= $7) AND ($8 IS NULL OR at_90k < $8) AND ($9 IS NULL OR purpose = $9) \
     AND ($10 IS NULL OR case_reference = $10) AND ($11 IS NULL OR kind = $11) \
     AND ($12 IS NULL OR log_index_cameras.seen = $12) AND ($13 IS NULL OR refused = $13) \
     ORDER BY log_index_cameras.entry DESC LIMIT $2";
const SEEN_BY: &str = "SELECT person, MAX(log_index.entry) AS newest, MIN(at_90k) AS first_90k, MAX(at_90k) AS last_90k, \
     SUM(CASE WHEN kind = 'look_live' THEN 1 ELSE 0 END) AS live, \
     SUM(CASE WHEN kind = 'look_live' THEN 0 ELSE 1 END) AS recorded \
     FROM log_index_cameras JOIN log_index ON log_index.entry = log_index_cameras.entry \
     WHERE camera = $1 AND log_index_cameras.seen = 1 AND log_index_cameras.start_90k > $2 \
     AND log_index_cameras.start_90k < $3 AND log_index_cameras.end_90k > $4 GROUP BY person ORDER BY newest DESC";

impl LogSearch {
    /// The statement that goes by the index which leaves least to look through.
    fn statement(&self) -> Statement {
        let text = match self {
            Self { case: Some(_), .. } => BY_CASE,
            Self { camera: Some(_), .. } => BY_CAMERA,
            Self { person: Some(_), .. } => BY_PERSON,
            Self { purpose: Some(_), .. } => BY_PURPOSE,
            Self { kind: Some(_), .. } => BY_KIND,
            _ => BY_POSITION,
        };
        statement(text)
    }

    fn bound(&self, before: i64, limit: i64) -> Statement {
        let footage = (self.footage.map(|range| range.start), self.footage.map(|range| range.end));
        let question = self.statement().bind(before).bind(limit).bind(self.person).bind(self.camera);
        let question = question.bind(footage.0).bind(footage.1).bind(self.since).bind(self.until);
        let question = question.bind(self.purpose.as_ref()).bind(self.case.as_ref()).bind(self.kind.as_ref());
        question.bind(self.seen).bind(self.refused)
    }
}

impl Db {
    /// How far the index of the log goes; `None` while there is none.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn log_index_state(&self) -> Result<Option<LogIndexState>, DbError> {
        let found = self.row("see how far the log's index goes", statement("SELECT * FROM log_index_state")).await?;
        found.as_ref().map(state).transpose()
    }

    /// Takes everything out of the index of the log, and out of SQLite's log of writes with it: what was erased in the journal is in no
    /// page any more then (`secure_delete` overwrites what becomes free).
    ///
    /// # Errors
    /// [`DbError::Sql`]; it may be empty then all the same.
    pub async fn empty_log_index(&self) -> Result<(), DbError> {
        let mut tx = self.write_rebuildable("empty the log's index").await?;
        for table in ["DELETE FROM log_index_cameras", "DELETE FROM log_index", "DELETE FROM log_index_state"] {
            tx.run(statement(table)).await?;
        }
        tx.commit().await?;
        self.fold_writes().await
    }

    /// Puts the next rows into the index, in the order of the log, and says how far it goes then: all in one step, so that whoever is
    /// killed in between finds the one or the other.
    ///
    /// # Errors
    /// [`DbError::Sql`], also for an entry that is there already; then it is as it was.
    pub async fn add_to_log_index(&self, rows: &[LogIndexRow], state: LogIndexState) -> Result<(), DbError> {
        let mut tx = self.write_rebuildable("put entries into the log's index").await?;
        for row in rows {
            if !(row.renewal && lengthen(&mut tx, row).await?) {
                put(&mut tx, row).await?;
            }
        }
        tx.run(statement(PUT_STATE).bind(state.size).bind(&state.leaf).bind(state.erased)).await?;
        tx.commit().await
    }

    /// Entries that fit, newest first, from before position `before`, at most `limit`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn search_log(&self, search: &LogSearch, before: i64, limit: i64) -> Result<Vec<LogIndexRow>, DbError> {
        all(&self.rows("search the log's index", search.bound(before, limit)).await?, indexed)
    }

    /// Who could see footage of `camera` that overlaps `range`, whoever did so last first. A live look counts with its own time.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn log_seen_by(&self, camera: CameraId, range: WallRange) -> Result<Vec<LogSeenBy>, DbError> {
        let from = range.start - LONGEST_LOOK - WallDuration::from_ticks(1);
        let question = statement(SEEN_BY).bind(camera).bind(from).bind(range.end).bind(range.start);
        let mut people = all(&self.rows("ask who saw a camera", question).await?, seen_by)?;
        for one in &mut people {
            let name = statement("SELECT name FROM log_index WHERE entry = $1").bind(one.newest);
            let found = self.row("find a name in the log's index", name).await?;
            one.name = found.map(|row| row.maybe_text("name")).transpose()?.flatten();
        }
        Ok(people)
    }

    /// Everybody whom the log names, with the name as last shown; at most `limit`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn people_in_log(&self, limit: usize) -> Result<Vec<(PersonId, String)>, DbError> {
        let next = "SELECT person, name FROM log_index WHERE person = (SELECT person FROM log_index WHERE person > $1 ORDER BY person LIMIT 1) \
                    AND entry < $2 ORDER BY entry DESC LIMIT 1";
        let (mut people, mut after) = (Vec::new(), Vec::new());
        while people.len() < limit {
            let question = statement(next).bind(after.as_slice()).bind(i64::MAX);
            let Some(row) = self.row("find whom the log names", question).await? else { break };
            let person = row.id("person", PersonId::from_bytes)?;
            after = person.as_bytes().to_vec();
            people.push((person, row.maybe_text("name")?.unwrap_or_default()));
        }
        Ok(people)
    }

    /// Every camera that the log names; at most `limit`.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn cameras_in_log(&self, limit: usize) -> Result<Vec<CameraId>, DbError> {
        let next = "SELECT camera FROM log_index_cameras WHERE camera > $1 ORDER BY camera LIMIT 1";
        let (mut cameras, mut after) = (Vec::new(), Vec::new());
        while cameras.len() < limit {
            let question = statement(next).bind(after.as_slice());
            let Some(row) = self.row("find which cameras the log names", question).await? else { break };
            let camera = row.id("camera", CameraId::from_bytes)?;
            after = camera.as_bytes().to_vec();
            cameras.push(camera);
        }
        Ok(cameras)
    }

    /// Looks at recorded footage, files that left and refusals written in `range`, oldest first, at most `limit`: what is looked through for
    /// anomalies.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn looks_in_log(&self, range: WallRange, limit: i64) -> Result<Vec<LogIndexRow>, DbError> {
        let sql = "SELECT * FROM log_index WHERE at_90k >= $1 AND at_90k < $2 \
                   AND ((seen = 1 AND kind <> 'look_live') OR refused = 1) ORDER BY at_90k LIMIT $3";
        let question = statement(sql).bind(range.start).bind(range.end).bind(limit);
        let mut rows = all(&self.rows("go through looks in the log's index", question).await?, indexed)?;
        let ends = (rows.iter().map(|row| row.entry).min(), rows.iter().map(|row| row.entry).max());
        let sql =
            "SELECT entry, camera FROM log_index_cameras WHERE entry >= $1 AND entry <= $2 ORDER BY entry, camera";
        let cameras = self.rows("find the cameras of looks", statement(sql).bind(ends.0).bind(ends.1)).await?;
        let mut of: HashMap<i64, Vec<CameraId>> = HashMap::new();
        for row in &cameras {
            of.entry(row.integer("entry")?).or_default().push(row.id("camera", CameraId::from_bytes)?);
        }
        for row in &mut rows {
            row.cameras = of.remove(&row.entry).unwrap_or_default();
        }
        Ok(rows)
    }
}

/// Lengthens the row of the look that is renewed; false when the renewal needs a row of its own.
async fn lengthen(tx: &mut Transaction, row: &LogIndexRow) -> Result<bool, DbError> {
    let sql = "SELECT entry, start_90k, end_90k FROM log_index WHERE receipt = $1 ORDER BY entry DESC LIMIT 1";
    let found = tx.row(statement(sql).bind(row.receipt)).await?;
    let (Some(before), Some(footage)) = (found, row.footage) else { return Ok(false) };
    let (entry, known) = (before.integer("entry")?, before.range()?);
    let whole = WallRange { start: known.start.min(footage.start), end: known.end.max(footage.end) };
    if whole.duration() > LONGEST_LOOK || footage.start > known.end {
        return Ok(false);
    }
    if whole != known {
        let sql = "UPDATE log_index SET start_90k = $1, end_90k = $2 WHERE entry = $3";
        tx.run(statement(sql).bind(whole.start).bind(whole.end).bind(entry)).await?;
        let sql = "UPDATE log_index_cameras SET start_90k = $1, end_90k = $2 WHERE entry = $3";
        tx.run(statement(sql).bind(whole.start).bind(whole.end).bind(entry)).await?;
    }
    Ok(true)
}

async fn put(tx: &mut Transaction, row: &LogIndexRow) -> Result<(), DbError> {
    let (start, end) = (row.footage.map(|range| range.start), row.footage.map(|range| range.end));
    let put = statement(PUT).bind(row.entry).bind(row.at).bind(&row.kind).bind(row.seen).bind(row.refused);
    let put = put.bind(row.person).bind(row.name.as_ref()).bind(row.address.as_ref()).bind(row.purpose.as_ref());
    tx.run(put.bind(row.case.as_ref()).bind(start).bind(end).bind(row.receipt)).await?;
    let sql = "INSERT INTO log_index_cameras (camera, entry, seen, start_90k, end_90k) VALUES ($1, $2, $3, $4, $5)";
    for camera in &row.cameras {
        tx.run(statement(sql).bind(*camera).bind(row.entry).bind(row.seen).bind(start).bind(end)).await?;
    }
    Ok(())
}

/// The cameras are not read with it.
fn indexed(row: &Row) -> Result<LogIndexRow, DbError> {
    let footage = (row.maybe_time("start_90k")?, row.maybe_time("end_90k")?);
    Ok(LogIndexRow {
        entry: row.integer("entry")?,
        at: row.time("at_90k")?,
        kind: row.text("kind")?,
        seen: row.flag("seen")?,
        refused: row.flag("refused")?,
        person: row.maybe_id("person", PersonId::from_bytes)?,
        name: row.maybe_text("name")?,
        address: row.maybe_text("address")?,
        purpose: row.maybe_text("purpose")?,
        case: row.maybe_text("case_reference")?,
        footage: footage.0.zip(footage.1).map(|(start, end)| WallRange { start, end }),
        cameras: Vec::new(),
        receipt: row.maybe_id("receipt", ReceiptId::from_bytes)?,
        renewal: false,
    })
}

fn state(row: &Row) -> Result<LogIndexState, DbError> {
    Ok(LogIndexState { size: row.integer("size")?, leaf: row.hash("leaf")?, erased: row.integer("erased")? })
}

fn seen_by(row: &Row) -> Result<LogSeenBy, DbError> {
    Ok(LogSeenBy {
        person: row.maybe_id("person", PersonId::from_bytes)?,
        name: None,
        live: row.integer("live")?,
        recorded: row.integer("recorded")?,
        began: (row.time("first_90k")?, row.time("last_90k")?),
        newest: row.integer("newest")?,
    })
}
