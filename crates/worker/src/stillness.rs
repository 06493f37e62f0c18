//! Weighs what was found in each closed segment: notes it beside the footage, and shortens the life of what was still over all its length.
//!
//! A segment is weighed once, after the last findings about it have come. Whoever falls behind, fails or was not looking leaves no positive
//! finding, and the segment lives its full life. One in a hundred still ones is drawn to live as long as well, and is looked at again
//! (`candour`'s second look); when those find too much, nothing is shortened until a person says so ([`Shortening`]).

use std::sync::Arc;
use std::time::Duration;

use candour_archive::{Archive, ArchiveError, Explainer, Findings, Shortening};
use candour_db::{Db, DbError, FindingKind, FindingRow, SegmentRow, Stillness, Weighed};
use candour_policy::{Seen, Shown, around, is_drawn, still};
use candour_units::{Clock, Entropy, WallDuration, WallTime};

/// Segments weighed in one go.
const BATCH: i64 = 500;
/// Findings about a moment are stored within so long; what comes later shortens nothing.
const SETTLES: WallDuration = WallDuration::from_seconds(30);
/// How often notes of footage that is gone are looked for.
const TIDY_EVERY: WallDuration = WallDuration::from_seconds(3600);

/// What a weigher works with.
pub struct WeigherConfig {
    /// Rows.
    pub db: Db,
    /// Footage, for what is noted beside it.
    pub archive: Archive,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Draws what is looked at again.
    pub entropy: Arc<dyn Entropy>,
}

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WeighReport {
    /// Segments that were weighed.
    pub weighed: u64,
    /// Those in which nothing moved.
    pub still: u64,
    /// Of these, drawn to be looked at again.
    pub drawn: u64,
}

/// Why a round ended early. What it did stands; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum WeighError {
    /// The catalogue failed.
    #[error("the findings could not be weighed for want of the catalogue")]
    Db(#[from] DbError),
    /// Notes beside the footage could not be written or tidied.
    #[error("what was found could not be noted beside the footage")]
    Archive(#[from] ArchiveError),
}

/// Weighs findings.
pub struct Weigher {
    parts: WeigherConfig,
    tidied: Option<WallTime>,
}

impl Weigher {
    /// One that has weighed nothing yet.
    #[must_use]
    pub fn new(parts: WeigherConfig) -> Self {
        Self { parts, tidied: None }
    }

    /// Weighs every `period` until `stop` resolves; `told` hears of each round.
    pub async fn run<S>(mut self, period: Duration, stop: S, told: impl Fn(Result<WeighReport, WeighError>))
    where
        S: Future<Output = ()>,
    {
        tokio::pin!(stop);
        loop {
            told(self.weigh().await);
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(period) => {}
            }
        }
    }

    /// One round: everything that is closed and settled.
    ///
    /// # Errors
    /// [`WeighError`].
    pub async fn weigh(&mut self) -> Result<WeighReport, WeighError> {
        let mut report = WeighReport::default();
        let now = self.parts.clock.wall();
        loop {
            let rows = self.parts.db.segments_to_weigh(now - SETTLES, BATCH).await?;
            let shortens = Shortening::read(&self.parts.db).await?.stopped.is_none();
            let mut explainer = Explainer::new(self.parts.db.clone());
            let (mut weighed, mut found) = (Vec::with_capacity(rows.len()), Vec::new());
            for row in &rows {
                let (of, findings) = self.weigh_one(row, shortens, &mut explainer).await?;
                report.still += u64::from(of.stillness != Stillness::NotShown);
                report.drawn += u64::from(of.stillness == Stillness::Chosen);
                weighed.push(of);
                if !findings.is_empty() {
                    found.push(Findings { segment: row.clone(), stillness: of.stillness, rows: findings });
                }
            }
            // Noted beside the footage first: what is interrupted in between is weighed, drawn and noted once more.
            self.parts.archive.note_findings(found).await?;
            self.parts.db.note_weighed(&weighed).await?;
            report.weighed += weighed.len() as u64;
            if (rows.len() as i64) < BATCH {
                break;
            }
        }
        if self.tidied.is_none_or(|tidied| now - tidied >= TIDY_EVERY || now < tidied) {
            self.parts.archive.drop_old_notes().await?;
            self.tidied = Some(now);
        }
        Ok(report)
    }

    async fn weigh_one(
        &self,
        row: &SegmentRow,
        shortens: bool,
        explainer: &mut Explainer,
    ) -> Result<(Weighed, Vec<FindingRow>), DbError> {
        let interval = candour_units::WallRange { start: row.start, end: row.end };
        let findings = self.parts.db.findings_in(row.camera, around(interval)).await?;
        let seen: Vec<Seen> = findings.iter().map(seen).collect();
        let mut weighed = Weighed { segment: row.id, stillness: Stillness::NotShown, still_until: None };
        if still(interval, &seen).is_ok() {
            weighed.stillness = match shortens {
                false => Stillness::NotShortened,
                true if self.is_drawn() => Stillness::Chosen,
                true => Stillness::Still,
            };
        }
        if weighed.stillness == Stillness::Still {
            let life = explainer.explain(row).await?.if_still();
            weighed.still_until = life.map(|life| row.start.saturating_add(life)).filter(|end| *end < row.keep_until);
        }
        Ok((weighed, findings))
    }

    fn is_drawn(&self) -> bool {
        let mut random = [0; 8];
        self.parts.entropy.fill(&mut random);
        is_drawn(u64::from_le_bytes(random))
    }
}

fn seen(row: &FindingRow) -> Seen {
    let shown = match row.kind {
        FindingKind::Still if row.throughout => Shown::Stillness,
        FindingKind::Still | FindingKind::Unsure => Shown::Nothing,
        FindingKind::Moved => Shown::Motion,
    };
    Seen { range: row.range, shown }
}
