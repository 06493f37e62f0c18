//! Versions of the site's policy, and what was done to them. Not rebuildable: durable at once. Each act is a row of the
//! same transaction as its effect, so that it reaches the log whatever crashes in between.

use candour_units::{Hash, PersonId, PolicyId, WallTime};

use crate::column::{Row, all};
use crate::pool::Transaction;
use crate::statement::statement;
use crate::{Db, DbError};

/// Everything but the text, which may be long and is seldom wanted.
macro_rules! versions {
    ($which:literal) => {
        concat!(
            "SELECT number, id, hash, state, origin, author, drafted_by, drafted_90k, advice, advised_by, advised_90k, \
             departure, approved_by, approved_90k, early, force_90k, forced_90k, ended_90k FROM policy_versions ",
            $which
        )
    };
}

const UNLOGGED: &str = "SELECT * FROM policy_acts WHERE entry IS NULL ORDER BY at_90k, version, number LIMIT $1";

/// Where a version stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyState {
    /// Proposed.
    Draft,
    /// Approved; it waits for its time.
    Approved,
    /// In force.
    InForce,
    /// Another one took its place.
    Superseded,
    /// Given up before it was in force.
    Withdrawn,
}

impl PolicyState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Approved, Self::InForce, Self::Superseded, Self::Withdrawn];

    /// The stable word in rows and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::InForce => "in_force",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// How a version came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyOrigin {
    /// Somebody proposed it in the viewer.
    Viewer,
    /// `candour policy import`.
    Import,
    /// Given by whoever runs the machine at the first start.
    FirstStart,
}

impl PolicyOrigin {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Import, Self::FirstStart];

    /// The stable word in rows and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Import => "import",
            Self::FirstStart => "first_start",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.word() == word)
    }
}

/// What the data protection officer said of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAdvice {
    /// The words.
    pub words: String,
    /// Full name.
    pub by: String,
    /// When.
    pub at: WallTime,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersionRow {
    /// 1, 2, ... in the order of proposal.
    pub number: i64,
    /// Stands in the purposes that came from it.
    pub id: PolicyId,
    /// SHA-256 of the text.
    pub hash: Hash,
    /// Where it stands.
    pub state: PolicyState,
    /// How it came.
    pub origin: PolicyOrigin,
    /// Whoever proposed it; `None` at a first start.
    pub author: Option<PersonId>,
    /// Full name of the same.
    pub drafted_by: String,
    /// When.
    pub drafted: WallTime,
    /// The data protection officer's newest advice.
    pub advice: Option<PolicyAdvice>,
    /// Why whoever approved departs from the advice.
    pub departure: Option<String>,
    /// Who approved it and when.
    pub approved: Option<(String, WallTime)>,
    /// Why it takes force before the usual day.
    pub early: Option<String>,
    /// From when on it shall be in force.
    pub force: Option<WallTime>,
    /// When it came into force.
    pub forced: Option<WallTime>,
    /// When it was superseded or withdrawn.
    pub ended: Option<WallTime>,
}

/// A version to propose.
#[derive(Debug, Clone)]
pub struct NewPolicyVersion {
    /// Its id.
    pub id: PolicyId,
    /// SHA-256 of the text.
    pub hash: Hash,
    /// The file.
    pub text: String,
    /// How it came.
    pub origin: PolicyOrigin,
}

/// Who does something to a version, when and why.
#[derive(Debug, Clone, Copy)]
pub struct PolicyAct<'a> {
    /// The account; `None` where the recorder does it, or whoever runs the machine.
    pub person: Option<PersonId>,
    /// Full name.
    pub by: &'a str,
    /// When.
    pub at: WallTime,
    /// Why, or the advice; may be empty.
    pub reason: &'a str,
    /// What else the entry in the log is to say: a JSON object.
    pub detail: &'a str,
}

/// What whoever approves decides.
#[derive(Debug, Clone, Copy)]
pub struct Approval<'a> {
    /// From when on the version shall be in force.
    pub force: WallTime,
    /// Why it departs from the advice.
    pub departure: Option<&'a str>,
    /// Why it takes force before the usual day.
    pub early: Option<&'a str>,
}

/// One act, as it is to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyActRow {
    /// Number of the version.
    pub version: i64,
    /// 0 for the proposal, then one more for each act.
    pub number: i64,
    /// `drafted`, `advised`, `approved`, `withdrawn`, `in_force` or `superseded`.
    pub act: String,
    /// The account; `None` where the recorder did it, or whoever runs the machine.
    pub person: Option<PersonId>,
    /// Full name.
    pub by: String,
    /// When.
    pub at: WallTime,
    /// Why, or the advice; may be empty.
    pub reason: String,
    /// What else the entry says: a JSON object.
    pub detail: String,
    /// Entry in the log, once there is one.
    pub entry: Option<i64>,
}

impl Db {
    /// Stores a proposal. Gives its number.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn draft_policy(&self, new: &NewPolicyVersion, act: PolicyAct<'_>) -> Result<i64, DbError> {
        let mut tx = self.write("store a proposed policy").await?;
        let newest = tx.row(statement("SELECT coalesce(max(number), 0) AS newest FROM policy_versions")).await?;
        let number = newest.map_or(Ok(0), |row| row.integer("newest"))? + 1;
        let sql = "INSERT INTO policy_versions (number, id, hash, text, state, origin, author, drafted_by, drafted_90k) \
                   VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8)";
        let insert = statement(sql).bind(number).bind(new.id).bind(&new.hash).bind(&new.text).bind(new.origin.word());
        tx.run(insert.bind(act.person).bind(act.by).bind(act.at)).await?;
        note(&mut tx, number, "drafted", act).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Stores the data protection officer's advice on a version that is not in force yet; it replaces that of before, which
    /// stays among the acts.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when no such version waits.
    pub async fn advise_policy(&self, number: i64, act: PolicyAct<'_>) -> Result<(), DbError> {
        let sql = "UPDATE policy_versions SET advice = $2, advised_by = $3, advised_90k = $4 \
                   WHERE number = $1 AND state IN ('draft', 'approved')";
        let mut tx = self.write("store advice on a policy").await?;
        if tx.run(statement(sql).bind(number).bind(act.reason).bind(act.by).bind(act.at)).await? == 0 {
            return Err(DbError::not_found("such version of the policy that waits for advice"));
        }
        note(&mut tx, number, "advised", act).await?;
        tx.commit().await
    }

    /// Approves a draft: from `force` on it is to be in force.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when there is no such draft, [`DbError::Exists`] when another version waits for its time.
    pub async fn approve_policy(&self, number: i64, approval: Approval<'_>, act: PolicyAct<'_>) -> Result<(), DbError> {
        let mut tx = self.write("approve a policy").await?;
        let waiting = tx.row(statement("SELECT number FROM policy_versions WHERE state = 'approved'")).await?;
        if let Some(other) = waiting {
            let what = format!("an approved version that waits for its time (version {})", other.integer("number")?);
            return Err(DbError::Exists { what });
        }
        let sql = "UPDATE policy_versions SET state = 'approved', approved_by = $2, approved_90k = $3, departure = $4, \
                   early = $5, force_90k = $6 WHERE number = $1 AND state = 'draft'";
        let update = statement(sql).bind(number).bind(act.by).bind(act.at);
        if tx.run(update.bind(approval.departure).bind(approval.early).bind(approval.force)).await? == 0 {
            return Err(DbError::not_found("such draft of the policy"));
        }
        note(&mut tx, number, "approved", act).await?;
        tx.commit().await
    }

    /// Gives up a version that is not in force yet.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when no such version waits: then it is in force, or was given up before.
    pub async fn withdraw_policy(&self, number: i64, act: PolicyAct<'_>) -> Result<(), DbError> {
        let mut tx = self.write("withdraw a policy").await?;
        let sql = "UPDATE policy_versions SET state = 'withdrawn', ended_90k = $2 \
                   WHERE number = $1 AND state IN ('draft', 'approved')";
        if tx.run(statement(sql).bind(number).bind(act.at)).await? == 0 {
            return Err(DbError::not_found("such version of the policy that could be withdrawn"));
        }
        note(&mut tx, number, "withdrawn", act).await?;
        tx.commit().await
    }

    /// Every version, the newest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn policy_versions(&self) -> Result<Vec<PolicyVersionRow>, DbError> {
        let question = statement(versions!("ORDER BY number DESC"));
        all(&self.rows("read the versions of the policy", question).await?, version)
    }

    /// One version.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn policy_version(&self, number: i64) -> Result<Option<PolicyVersionRow>, DbError> {
        let question = statement(versions!("WHERE number = $1")).bind(number);
        self.row("read a version of the policy", question).await?.as_ref().map(version).transpose()
    }

    /// The file of a version, as it was given.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn policy_text(&self, number: i64) -> Result<Option<String>, DbError> {
        let question = statement("SELECT text FROM policy_versions WHERE number = $1").bind(number);
        self.row("read a version of the policy", question).await?.map(|row| row.text("text")).transpose()
    }

    /// The version in force.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn policy_in_force(&self) -> Result<Option<PolicyVersionRow>, DbError> {
        let question = statement(versions!("WHERE state = 'in_force'"));
        self.row("read the policy in force", question).await?.as_ref().map(version).transpose()
    }

    /// The version that is approved and waits for its time.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn policy_approved(&self) -> Result<Option<PolicyVersionRow>, DbError> {
        let question = statement(versions!("WHERE state = 'approved'"));
        self.row("read the approved policy", question).await?.as_ref().map(version).transpose()
    }

    /// What was done to a version, in order.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn policy_acts(&self, number: i64) -> Result<Vec<PolicyActRow>, DbError> {
        let question = statement("SELECT * FROM policy_acts WHERE version = $1 ORDER BY number").bind(number);
        all(&self.rows("read the acts on a policy", question).await?, act_row)
    }

    /// Acts that are not in the log yet, oldest first.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn policy_acts_to_log(&self, limit: i64) -> Result<Vec<PolicyActRow>, DbError> {
        all(&self.rows("find acts on policies to log", statement(UNLOGGED).bind(limit)).await?, act_row)
    }

    /// Notes where an act stands in the log.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn note_policy_logged(&self, version: i64, number: i64, entry: i64) -> Result<(), DbError> {
        let mut tx = self.write("note that an act on a policy is logged").await?;
        let sql = "UPDATE policy_acts SET entry = $3 WHERE version = $1 AND number = $2";
        tx.run(statement(sql).bind(version).bind(number).bind(entry)).await?;
        tx.commit().await
    }

    /// Notes that somebody accepted a version, which stands in the log already. A second time changes nothing.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn accept_policy(
        &self,
        version: i64,
        person: PersonId,
        name: &str,
        at: WallTime,
        entry: i64,
    ) -> Result<(), DbError> {
        let mut tx = self.write("store who accepted a policy").await?;
        let sql = "INSERT INTO policy_acceptances (version, person, name, at_90k, entry) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (version, person) DO NOTHING";
        tx.run(statement(sql).bind(version).bind(person).bind(name).bind(at).bind(entry)).await?;
        tx.commit().await
    }

    /// Who accepted a version, and when, in that order.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn policy_acceptances(&self, version: i64) -> Result<Vec<(PersonId, String, WallTime)>, DbError> {
        let sql = "SELECT person, name, at_90k FROM policy_acceptances WHERE version = $1 ORDER BY at_90k";
        all(&self.rows("read who accepted a policy", statement(sql).bind(version)).await?, |row| {
            Ok((row.id("person", PersonId::from_bytes)?, row.text("name")?, row.time("at_90k")?))
        })
    }

    /// Whether somebody accepted a version.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn has_accepted_policy(&self, version: i64, person: PersonId) -> Result<bool, DbError> {
        let sql = "SELECT 1 AS accepted FROM policy_acceptances WHERE version = $1 AND person = $2";
        Ok(self.row("read who accepted a policy", statement(sql).bind(version).bind(person)).await?.is_some())
    }
}

/// Adds an act inside the transaction of its effect.
pub(crate) async fn note(
    tx: &mut Transaction,
    version: i64,
    kind: &'static str,
    act: PolicyAct<'_>,
) -> Result<(), DbError> {
    let count = tx.row(statement("SELECT count(*) AS acts FROM policy_acts WHERE version = $1").bind(version)).await?;
    let number = count.map_or(Ok(0), |row| row.integer("acts"))?;
    let sql = "INSERT INTO policy_acts (version, number, act, person, done_by, at_90k, reason, detail) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let insert = statement(sql).bind(version).bind(number).bind(kind).bind(act.person).bind(act.by).bind(act.at);
    tx.run(insert.bind(act.reason).bind(act.detail)).await?;
    Ok(())
}

fn version(row: &Row) -> Result<PolicyVersionRow, DbError> {
    let advice = row.maybe_text("advice")?.zip(row.maybe_text("advised_by")?).zip(row.maybe_time("advised_90k")?);
    Ok(PolicyVersionRow {
        number: row.integer("number")?,
        id: row.id("id", PolicyId::from_bytes)?,
        hash: row.hash("hash")?,
        state: row.parsed("state", PolicyState::parse)?,
        origin: row.parsed("origin", PolicyOrigin::parse)?,
        author: row.maybe_id("author", PersonId::from_bytes)?,
        drafted_by: row.text("drafted_by")?,
        drafted: row.time("drafted_90k")?,
        advice: advice.map(|((words, by), at)| PolicyAdvice { words, by, at }),
        departure: row.maybe_text("departure")?,
        approved: row.maybe_text("approved_by")?.zip(row.maybe_time("approved_90k")?),
        early: row.maybe_text("early")?,
        force: row.maybe_time("force_90k")?,
        forced: row.maybe_time("forced_90k")?,
        ended: row.maybe_time("ended_90k")?,
    })
}

fn act_row(row: &Row) -> Result<PolicyActRow, DbError> {
    Ok(PolicyActRow {
        version: row.integer("version")?,
        number: row.integer("number")?,
        act: row.text("act")?,
        person: row.maybe_id("person", PersonId::from_bytes)?,
        by: row.text("done_by")?,
        at: row.time("at_90k")?,
        reason: row.text("reason")?,
        detail: row.text("detail")?,
        entry: row.maybe_integer("entry")?,
    })
}
