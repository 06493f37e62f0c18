//! Grants to look at recorded footage, and incidents that somebody marked. Not rebuildable: durable at once. Every act is
//! an entry of the log before it is a row; the row says which.

use candour_units::{CameraId, GrantId, HoldId, IncidentId, PersonId, WallRange, WallTime};

use crate::column::{Row, all};
use crate::pool::Transaction;
use crate::statement::statement;
use crate::{Db, DbError};

const OF: &str = "SELECT * FROM look_grants WHERE asked_by = $1 AND until_90k > $2 ORDER BY until_90k";
const NEWEST: &str = "SELECT * FROM look_grants ORDER BY asked_90k DESC LIMIT $1";
const NEWEST_OF: &str = "SELECT * FROM look_grants WHERE asked_by = $1 ORDER BY asked_90k DESC LIMIT $2";
const UNREVIEWED: &str =
    "SELECT * FROM look_grants WHERE origin = 'break_glass' AND reviewed_by IS NULL ORDER BY asked_90k";

/// Somebody's act on a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantAct {
    /// The account.
    pub person: PersonId,
    /// Full name, as shown then.
    pub name: String,
    /// When.
    pub at: WallTime,
    /// Why.
    pub words: String,
    /// Position in the log.
    pub entry: i64,
}

/// The authorisation of directed surveillance that a grant stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantAuthorisation {
    /// Its number.
    pub number: String,
    /// The officer who gave it.
    pub officer: String,
    /// When it expires.
    pub expires: WallTime,
}

/// A grant as stored. How it came and what was decided are the stable words of `policy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    /// Its id.
    pub id: GrantId,
    /// `request` or `break_glass`.
    pub origin: String,
    /// `asked`, `approved`, `refused` or `withdrawn`.
    pub state: String,
    /// Case reference; empty for broken glass.
    pub case_reference: String,
    /// Name of the purpose; `None` for broken glass.
    pub purpose: Option<String>,
    /// The cameras, in order of their ids.
    pub cameras: Vec<CameraId>,
    /// The footage.
    pub footage: WallRange,
    /// First moment at which nobody looks under it any more.
    pub until: WallTime,
    /// Whether footage may leave as a file.
    pub export: bool,
    /// For directed surveillance.
    pub authorisation: Option<GrantAuthorisation>,
    /// The incident it takes up.
    pub incident: Option<IncidentId>,
    /// Who asked, when, and why.
    pub asked: GrantAct,
    /// Who approved or refused it.
    pub decided: Option<GrantAct>,
    /// Who withdrew it.
    pub withdrawn: Option<GrantAct>,
    /// Who reviewed it, and whether it was found justified; of broken glass.
    pub reviewed: Option<(GrantAct, bool)>,
}

/// An incident as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// Its id.
    pub id: IncidentId,
    /// The camera.
    pub camera: CameraId,
    /// Its footage.
    pub footage: WallRange,
    /// The hold that keeps it.
    pub hold: HoldId,
    /// When that hold lapses by itself, as placed.
    pub ends: WallTime,
    /// Who marked it, when, and what happened.
    pub marked: GrantAct,
}

impl Db {
    /// Stores a new grant: one that was asked for, or broken glass.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_grant(&self, grant: &GrantRow) -> Result<(), DbError> {
        let mut tx = self.write("store a grant").await?;
        let sql = "INSERT INTO look_grants (id, origin, state, case_reference, words, purpose, start_90k, end_90k, \
                   until_90k, export, authorisation_number, authorisation_officer, authorisation_expires_90k, incident, \
                   asked_by, asked_name, asked_90k, asked_entry) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
        let authorisation = grant.authorisation.as_ref();
        tx.run(
            statement(sql)
                .bind(grant.id)
                .bind(&grant.origin)
                .bind(&grant.state)
                .bind(&grant.case_reference)
                .bind(&grant.asked.words)
                .bind(grant.purpose.clone())
                .bind(grant.footage.start)
                .bind(grant.footage.end)
                .bind(grant.until)
                .bind(grant.export)
                .bind(authorisation.map(|given| given.number.clone()))
                .bind(authorisation.map(|given| given.officer.clone()))
                .bind(authorisation.map(|given| given.expires))
                .bind(grant.incident)
                .bind(grant.asked.person)
                .bind(&grant.asked.name)
                .bind(grant.asked.at)
                .bind(grant.asked.entry),
        )
        .await?;
        for camera in &grant.cameras {
            let sql = "INSERT INTO look_grant_cameras (look_grant, camera) VALUES ($1, $2)";
            tx.run(statement(sql).bind(grant.id).bind(*camera)).await?;
        }
        tx.commit().await
    }

    /// Approves or refuses a request that was not decided.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when no such request waits.
    pub async fn decide_grant(&self, grant: GrantId, approved: bool, act: &GrantAct) -> Result<(), DbError> {
        let sql = "UPDATE look_grants SET state = $7, decided_by = $2, decided_name = $3, decided_90k = $4, \
                   decided_words = $5, decided_entry = $6 WHERE id = $1 AND state = 'asked'";
        let mut tx = self.write("decide on a request").await?;
        let state = if approved { "approved" } else { "refused" };
        if tx.run(acted(sql, grant, act).bind(state)).await? == 0 {
            return Err(DbError::not_found("such request that waits for a decision"));
        }
        tx.commit().await
    }

    /// Withdraws a request or a grant.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when there is none that could be.
    pub async fn withdraw_grant(&self, grant: GrantId, act: &GrantAct) -> Result<(), DbError> {
        let sql = "UPDATE look_grants SET state = 'withdrawn', withdrawn_by = $2, withdrawn_name = $3, \
                   withdrawn_90k = $4, withdrawn_words = $5, withdrawn_entry = $6 \
                   WHERE id = $1 AND state IN ('asked', 'approved')";
        let mut tx = self.write("withdraw a grant").await?;
        if tx.run(acted(sql, grant, act)).await? == 0 {
            return Err(DbError::not_found("such grant to withdraw"));
        }
        tx.commit().await
    }

    /// Stores the review of broken glass.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when no such use waits for its review.
    pub async fn review_grant(&self, grant: GrantId, justified: bool, act: &GrantAct) -> Result<(), DbError> {
        let sql = "UPDATE look_grants SET justified = $7, reviewed_by = $2, reviewed_name = $3, reviewed_90k = $4, \
                   reviewed_words = $5, reviewed_entry = $6 \
                   WHERE id = $1 AND origin = 'break_glass' AND reviewed_by IS NULL";
        let mut tx = self.write("review broken glass").await?;
        if tx.run(acted(sql, grant, act).bind(justified)).await? == 0 {
            return Err(DbError::not_found("such use of broken glass to review"));
        }
        tx.commit().await
    }

    /// One grant.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn grant(&self, id: GrantId) -> Result<Option<GrantRow>, DbError> {
        let found = self.grants_by("SELECT * FROM look_grants WHERE id = $1", |sql| statement(sql).bind(id)).await?;
        Ok(found.into_iter().next())
    }

    /// Grants somebody asked for that are not over by time, whatever was decided.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn grants_of(&self, person: PersonId, now: WallTime) -> Result<Vec<GrantRow>, DbError> {
        self.grants_by(OF, |sql| statement(sql).bind(person).bind(now)).await
    }

    /// The newest grants: of one person, or of everybody.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn newest_grants(&self, of: Option<PersonId>, limit: i64) -> Result<Vec<GrantRow>, DbError> {
        match of {
            Some(person) => self.grants_by(NEWEST_OF, |sql| statement(sql).bind(person).bind(limit)).await,
            None => self.grants_by(NEWEST, |sql| statement(sql).bind(limit)).await,
        }
    }

    /// Broken glass that nobody reviewed, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn unreviewed_grants(&self) -> Result<Vec<GrantRow>, DbError> {
        self.grants_by(UNREVIEWED, statement).await
    }

    async fn grants_by(
        &self,
        sql: &'static str,
        question: impl FnOnce(&'static str) -> crate::statement::Statement,
    ) -> Result<Vec<GrantRow>, DbError> {
        let mut tx = self.snapshot("read grants").await?;
        let rows = tx.rows(question(sql)).await?;
        let mut grants = Vec::with_capacity(rows.len());
        for row in &rows {
            let cameras = cameras(&mut tx, row.id("id", GrantId::from_bytes)?).await?;
            grants.push(read(row, cameras)?);
        }
        Ok(grants)
    }

    /// Stores an incident whose hold stands.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn add_incident(&self, incident: &IncidentRow) -> Result<(), DbError> {
        let mut tx = self.write("store an incident").await?;
        let sql = "INSERT INTO incidents (id, camera, start_90k, end_90k, words, hold, ends_90k, marked_by, marked_name, \
                   marked_90k, marked_entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        tx.run(
            statement(sql)
                .bind(incident.id)
                .bind(incident.camera)
                .bind(incident.footage.start)
                .bind(incident.footage.end)
                .bind(&incident.marked.words)
                .bind(incident.hold)
                .bind(incident.ends)
                .bind(incident.marked.person)
                .bind(&incident.marked.name)
                .bind(incident.marked.at)
                .bind(incident.marked.entry),
        )
        .await?;
        tx.commit().await
    }

    /// Incidents marked after a moment, the newest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn incidents_since(&self, since: WallTime, limit: i64) -> Result<Vec<IncidentRow>, DbError> {
        let sql = "SELECT * FROM incidents WHERE marked_90k > $1 ORDER BY marked_90k DESC LIMIT $2";
        all(&self.rows("read incidents", statement(sql).bind(since).bind(limit)).await?, incident)
    }
}

/// The first six values of an act on a grant.
fn acted(sql: &'static str, grant: GrantId, act: &GrantAct) -> crate::statement::Statement {
    statement(sql).bind(grant).bind(act.person).bind(&act.name).bind(act.at).bind(&act.words).bind(act.entry)
}

async fn cameras(tx: &mut Transaction, grant: GrantId) -> Result<Vec<CameraId>, DbError> {
    let sql = "SELECT camera FROM look_grant_cameras WHERE look_grant = $1 ORDER BY camera";
    all(&tx.rows(statement(sql).bind(grant)).await?, |row| row.id("camera", CameraId::from_bytes))
}

/// The columns of one act: account, name, time, words, entry.
type ActColumns = [&'static str; 5];

const DECIDED: ActColumns = ["decided_by", "decided_name", "decided_90k", "decided_words", "decided_entry"];
const WITHDRAWN: ActColumns = ["withdrawn_by", "withdrawn_name", "withdrawn_90k", "withdrawn_words", "withdrawn_entry"];
const REVIEWED: ActColumns = ["reviewed_by", "reviewed_name", "reviewed_90k", "reviewed_words", "reviewed_entry"];

fn act(row: &Row, columns: ActColumns) -> Result<Option<GrantAct>, DbError> {
    let [by, name, at, words, entry] = columns;
    let Some(person) = row.maybe_id(by, PersonId::from_bytes)? else { return Ok(None) };
    let (name, at, words) = (row.text(name)?, row.time(at)?, row.text(words)?);
    Ok(Some(GrantAct { person, name, at, words, entry: row.integer(entry)? }))
}

fn read(row: &Row, cameras: Vec<CameraId>) -> Result<GrantRow, DbError> {
    let authorisation = match row.maybe_text("authorisation_number")? {
        Some(number) => Some(GrantAuthorisation {
            number,
            officer: row.text("authorisation_officer")?,
            expires: row.time("authorisation_expires_90k")?,
        }),
        None => None,
    };
    let reviewed = match act(row, REVIEWED)? {
        Some(act) => Some((act, row.flag("justified")?)),
        None => None,
    };
    Ok(GrantRow {
        id: row.id("id", GrantId::from_bytes)?,
        origin: row.text("origin")?,
        state: row.text("state")?,
        case_reference: row.text("case_reference")?,
        purpose: row.maybe_text("purpose")?,
        cameras,
        footage: row.range()?,
        until: row.time("until_90k")?,
        export: row.flag("export")?,
        authorisation,
        incident: row.maybe_id("incident", IncidentId::from_bytes)?,
        asked: GrantAct {
            person: row.id("asked_by", PersonId::from_bytes)?,
            name: row.text("asked_name")?,
            at: row.time("asked_90k")?,
            words: row.text("words")?,
            entry: row.integer("asked_entry")?,
        },
        decided: act(row, DECIDED)?,
        withdrawn: act(row, WITHDRAWN)?,
        reviewed,
    })
}

fn incident(row: &Row) -> Result<IncidentRow, DbError> {
    Ok(IncidentRow {
        id: row.id("id", IncidentId::from_bytes)?,
        camera: row.id("camera", CameraId::from_bytes)?,
        footage: row.range()?,
        hold: row.id("hold", HoldId::from_bytes)?,
        ends: row.time("ends_90k")?,
        marked: GrantAct {
            person: row.id("marked_by", PersonId::from_bytes)?,
            name: row.text("marked_name")?,
            at: row.time("marked_90k")?,
            words: row.text("words")?,
            entry: row.integer("marked_entry")?,
        },
    })
}
