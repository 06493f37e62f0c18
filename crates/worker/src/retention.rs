//! The sweep: what is past its promise goes, on proved time only.

use std::sync::Arc;
use std::time::Duration;

use candour_archive::{Archive, DeletionOrder, Explainer, Explanation, Shortening};
use candour_db::{DELETION_OFF, Db, DbError, HoldRow, NewAlarm, SegmentRow};
use candour_policy::{
    DeletionTime, Hold, HoldClass, Holds, KeptWhy, PlannedDeletion, ProvedTime, SegmentFact, TimeEvidence, Unproved,
    plan, prove,
};
use candour_units::{AlarmId, Clock, Entropy, MonoTime, WallDuration, WallRange, WallTime};

use crate::proof::{HIGH_WATER, passed};

/// Segments looked at in one step of a sweep; a sweep takes as many steps as it needs.
const BATCH: i64 = 500;
/// When the epoch key of the keyring was last replaced.
const ROTATED: &str = "keys_rotated_90k";
/// How often it is, at most, while something is deleted (rule 4).
const ROTATE_EVERY: WallDuration = WallDuration::from_seconds(86_400);
/// Footage still there this long after its end is overdue; the promise is a minute.
const OVERDUE: WallDuration = WallDuration::from_seconds(60);
/// The alarm for it.
const ALARM: &str = "deletion_overdue";
/// A hold that ends this soon wants somebody to decide whether it is still needed.
const ENDING: WallDuration = WallDuration::from_seconds(7 * 86_400);
/// The alarm for it.
const ENDING_ALARM: &str = "hold_ending";
/// The alarm for a clock that cannot be trusted with a deletion.
const WAITING_ALARM: &str = "deletion_waits";

/// What a sweeper works with.
pub struct SweeperConfig {
    /// Rows.
    pub db: Db,
    /// Footage.
    pub archive: Archive,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness for alarm ids.
    pub entropy: Arc<dyn Entropy>,
    /// Asks whether the kernel calls its clock synchronised (or somebody vouches for it).
    pub synchronised: Box<dyn Fn() -> bool + Send + Sync>,
}

/// What one sweep found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// When it ended.
    pub ended: WallTime,
    /// Segments destroyed, certificate in the log.
    pub deleted: u64,
    /// Earlier deletions that reached their certificate only now.
    pub finished: u64,
    /// Deletions that failed at some step; they are tried again by every sweep.
    pub failing: u64,
    /// Why nothing may be deleted, if that is so.
    pub waiting: Option<String>,
    /// Segments past their end that are still there and not held.
    pub overdue: i64,
    /// Segments found past their end and held; looked at again when their hold ends.
    pub held: u64,
    /// Holds that came to their end.
    pub lapsed: u64,
    /// Segments in which nothing moved that came to their shorter end.
    pub shortened: u64,
    /// Whether the epoch key was replaced: erasure of what was deleted before is claimed from now on.
    pub rotated: bool,
}

/// Why a sweep ended early. What it did stands; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The catalogue could not be read or written.
    #[error("the sweep could not use the catalogue")]
    Db(#[from] DbError),
    /// Unfinished deletions could not be listed.
    #[error("unfinished deletions could not be taken further")]
    Archive(#[from] candour_archive::ArchiveError),
}

/// The reconciler of one recorder.
pub struct Sweeper {
    parts: SweeperConfig,
    /// When the stored mark was last written, on the clock that never steps.
    marked: Option<(WallTime, MonoTime)>,
}

impl Sweeper {
    /// A sweeper that has not looked yet.
    #[must_use]
    pub fn new(parts: SweeperConfig) -> Self {
        Self { parts, marked: None }
    }

    /// Sweeps every `period`, and at once when `wake` resolves, until `stop` resolves; `told` hears of each sweep.
    pub async fn run<W, S>(
        mut self,
        period: Duration,
        mut wake: impl FnMut() -> W,
        stop: S,
        told: impl Fn(Result<SweepReport, SweepError>),
    ) where
        W: Future<Output = ()>,
        S: Future<Output = ()>,
    {
        tokio::pin!(stop);
        loop {
            // A sweep that has begun is finished: stopping between two segments is always safe, within one never needed.
            told(self.sweep().await);
            tokio::select! {
                () = &mut stop => return,
                () = wake() => {}
                () = tokio::time::sleep(period) => {}
            }
        }
    }

    /// One sweep: holds that are over lapse, what is due goes, and what an earlier sweep could not finish is tried again. What
    /// is due comes first: a disk that refuses thousands of old files must not keep new ones readable.
    ///
    /// # Errors
    /// [`SweepError`]: the catalogue failed. One segment's failure is counted, alarmed and tried again instead.
    pub async fn sweep(&mut self) -> Result<SweepReport, SweepError> {
        let time = self.time().await?;
        let off = self.parts.db.setting(DELETION_OFF).await?.is_some();
        let mut report = SweepReport { waiting: waiting(time, off), ..SweepReport::default() };
        if let Ok(now) = time {
            report.lapsed = self.parts.db.lapse_holds(now.wall()).await?;
            if !off {
                // What was found still is brought down only when its moment has come, so that a doubt that arises earlier keeps it.
                if Shortening::read(&self.parts.db).await?.stopped.is_none() {
                    report.shortened = self.parts.db.bring_down_still(now.wall()).await?;
                }
                self.delete_due(now, &mut report).await?;
            }
        }
        let (finished, failing) = self.parts.archive.finish_deletions().await?;
        report.finished = finished;
        // Those that failed a moment ago were tried once more.
        report.failing = failing;
        self.parts.archive.log_hold_acts().await.unwrap_or_else(|error| {
            tracing::error!(error = %candour_units::chain(&error), "acts on holds are not in the log yet; the next sweep tries again");
            0
        });
        let now = self.parts.clock.wall();
        report.rotated = self.rotate(now).await?;
        report.overdue = self.parts.db.overdue(now - OVERDUE).await?;
        report.ended = now;
        self.alarms(&report, time, off).await?;
        Ok(report)
    }

    async fn delete_due(&self, now: ProvedTime, report: &mut SweepReport) -> Result<(), SweepError> {
        let holds = holds(&self.parts.db).await?;
        let mut explainer = Explainer::new(self.parts.db.clone());
        loop {
            let due = self.parts.db.segments_due(now.wall(), BATCH).await?;
            let mut facts = Vec::with_capacity(due.len());
            for row in &due {
                facts.push(fact(row, &explainer.explain(row).await?, &holds));
            }
            let plan = plan(&facts, Ok(now));
            let held: Vec<_> = plan
                .kept
                .iter()
                .filter_map(|kept| match kept.why {
                    KeptWhy::Held(held) => Some((kept.segment, held.hold, held.until)),
                    KeptWhy::NotDue | KeptWhy::TimeNotProved => None,
                })
                .collect();
            if !held.is_empty() {
                self.parts.db.look_again(&held).await?;
            }
            let orders: Vec<_> = plan.deletions.into_iter().map(order).collect();
            let done = self.parts.archive.delete_many(&orders).await?;
            for (segment, error) in &done.failing {
                tracing::error!(%segment, error = %candour_units::chain(error), "a due segment could not be destroyed yet");
            }
            report.deleted += done.certified.len() as u64;
            report.held += held.len() as u64;
            // Another batch only if this one left the list of what is due: held ones are put off, what fails has begun.
            let gone = held.len() + done.certified.len() + done.failing.len();
            if gone == 0 || (due.len() as i64) < BATCH {
                return Ok(());
            }
        }
    }

    /// Replaces the epoch key once a day in which a key was destroyed.
    async fn rotate(&self, now: WallTime) -> Result<bool, SweepError> {
        let Some(newest) = self.parts.db.last_destruction().await? else { return Ok(false) };
        let last = self.ticks(ROTATED, "settings.keys_rotated_90k").await?;
        if last.is_some_and(|last| newest <= last || (now - last) < ROTATE_EVERY) {
            return Ok(false);
        }
        if let Err(error) = self.parts.archive.rotate_keys().await {
            tracing::error!(error = %candour_units::chain(&error), "the epoch key could not be replaced; the next sweep tries again");
            return Ok(false);
        }
        self.parts.db.set_setting(ROTATED, &now.ticks().to_string()).await?;
        Ok(true)
    }

    /// A moment kept as a setting.
    async fn ticks(&self, name: &str, column: &'static str) -> Result<Option<WallTime>, DbError> {
        match self.parts.db.setting(name).await?.map(|text| text.parse::<i64>()) {
            Some(Ok(ticks)) => Ok(Some(WallTime::from_ticks(ticks))),
            Some(Err(_)) => Err(DbError::Damaged { column, value: "not a number".into() }),
            None => Ok(None),
        }
    }

    /// The time that deletion may go by; a proved one is stored as the next mark.
    async fn time(&mut self) -> Result<DeletionTime, DbError> {
        let db = &self.parts.db;
        let high_water = self.ticks(HIGH_WATER, "settings.time_high_water_90k").await?;
        let (wall, mono) = (self.parts.clock.wall(), self.parts.clock.mono());
        let elapsed = self.marked.filter(|(mark, _)| Some(*mark) == high_water).map(|(_, at)| passed(at, mono));
        let evidence = TimeEvidence { wall, high_water, elapsed, kernel_synchronised: (self.parts.synchronised)() };
        let time = prove(&evidence);
        let next = match time {
            Ok(proved) => Some(proved.wall()),
            Err(Unproved::First { wall }) => Some(wall),
            Err(_) => None,
        };
        if let Some(next) = next {
            db.set_setting(HIGH_WATER, &next.ticks().to_string()).await?;
            self.marked = Some((next, mono));
        }
        Ok(time)
    }

    async fn alarms(&self, report: &SweepReport, time: DeletionTime, off: bool) -> Result<(), DbError> {
        // By a clock that is not believed nothing is overdue; that it is not believed is an alarm of its own.
        let is_overdue = time.is_ok() && !off && report.overdue > 0;
        let overdue = (is_overdue || report.failing > 0).then(|| {
            format!(
                "{} segments are past the end that was promised and still there; {} could not be destroyed. Look at the Retention page.",
                report.overdue, report.failing
            )
        });
        self.follow(ALARM, "red", overdue).await?;
        // The first look at the clock is no trouble.
        let waits = match time {
            Ok(_) | Err(Unproved::First { .. }) if !off => None,
            _ => waiting(time, off).map(|why| format!("Deletion waits: {why}.")),
        };
        self.follow(WAITING_ALARM, "amber", waits).await?;
        let standing = self.parts.db.standing_holds().await?;
        // One that somebody on watch marked is for a week from the start, and meant to lapse.
        let is_ending = |hold: &&HoldRow| hold.ends <= report.ended + ENDING && hold.class != HoldClass::Marked.word();
        let soon = standing.iter().filter(is_ending).count();
        let ending = (soon > 0).then(|| {
            let many = if soon == 1 { "1 hold ends".to_owned() } else { format!("{soon} holds end") };
            format!(
                "{many} within a week. Footage past its promised end is destroyed then. Extend what is still needed on the \
                 Retention page, with a reason."
            )
        });
        self.follow(ENDING_ALARM, "amber", ending).await
    }

    async fn follow(&self, kind: &str, severity: &str, words: Option<String>) -> Result<(), DbError> {
        let now = self.parts.clock.wall();
        match words {
            Some(words) => {
                let id = AlarmId::from_bytes(self.parts.entropy.id());
                let (kind, severity) = (kind.to_owned(), severity.to_owned());
                let alarm = NewAlarm { id, kind, camera: None, severity, words, raised: now };
                self.parts.db.raise_alarm(&alarm).await?;
            }
            None => {
                self.parts.db.clear_alarm(kind, None, now).await?;
            }
        }
        Ok(())
    }
}

/// What the planner must know of a segment.
fn fact(row: &SegmentRow, explanation: &Explanation, holds: &Holds) -> SegmentFact {
    SegmentFact {
        segment: row.id,
        start: row.start,
        keep_until: row.keep_until,
        purpose: explanation.purpose.clone(),
        ended_by: explanation.ended_by(),
        held: holds.suspend(row.camera, WallRange { start: row.start, end: row.end }),
    }
}

/// Why nothing may begin to be deleted, if that is so.
fn waiting(time: DeletionTime, off: bool) -> Option<String> {
    const OFF: &str = "the catalogue was restored or rebuilt and holds may be missing; place again those that are, then two \
        people say so with candour holds confirm";
    let off = off.then(|| OFF.to_owned());
    off.or_else(|| time.err().map(|why| why.to_string()))
}

pub(crate) fn order(planned: PlannedDeletion) -> DeletionOrder {
    let PlannedDeletion { segment, rule, rule_id, due } = planned;
    DeletionOrder { segment, rule, rule_id: rule_id.to_owned(), due }
}

/// The holds that stand.
pub(crate) async fn holds(db: &Db) -> Result<Holds, DbError> {
    let hold =
        |row: candour_db::HoldRow| Hold { id: row.id, camera: row.camera, interval: row.interval, ends: row.ends };
    Ok(db.standing_holds().await?.into_iter().map(hold).collect())
}
