//! Room on the storage directories: carries out rule 10 of the store when one is full, and forecasts when it will be.
//!
//! A directory is short when it has less room than its reserve. As long as another one has room, its streams move there
//! (`archive` does that) and nothing is deleted before its time. Only when none has, the plan of `policy` is carried out.

use std::collections::HashMap;
use std::sync::Arc;

use candour_archive::{Archive, DeletionOrder, RecordingStream, StorageState, StorageStatus};
use candour_db::{DELETION_OFF, Db, DbError, PurposeRow};
use candour_policy::{
    DeletionTime, Flow, FootageFact, Forecast, Importance, Leaving, RoomPlan, SegmentFact, StreamFact, forecast,
    plan_room,
};
use candour_units::{Clock, MonoTime, PurposeId, StreamId, WallDuration, WallRange, WallTime};

use crate::SweepError;
use crate::proof::{Proof, ProofConfig};
use crate::retention::{holds, order};

/// Segments of each purpose that one round looks at: the next round goes on.
const OLDEST: i64 = 200;
const DAY: WallDuration = WallDuration::from_seconds(86_400);
/// How far the forecast looks ahead.
const HORIZON_DAYS: i64 = 14;
/// Forecasts are made anew this often: they read sums over the whole catalogue.
const FORECAST_EVERY_S: i64 = 1800;
/// Until there is one, more often.
const FIRST_FORECAST_EVERY_S: i64 = 60;
/// A recorder is measured for this long before anything is forecast.
const LEAST_WINDOW: WallDuration = WallDuration::from_seconds(600);

/// What room is kept with.
pub struct RoomConfig {
    /// Rows.
    pub db: Db,
    /// Footage.
    pub archive: Archive,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Asks whether the kernel calls its clock synchronised (or somebody vouches for it).
    pub synchronised: Box<dyn Fn() -> bool + Send + Sync>,
}

/// A stream that does not record for want of room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedStream {
    /// Which.
    pub stream: RecordingStream,
    /// Since when.
    pub since: WallTime,
}

/// How room stands after a round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomReport {
    /// Segments that went before their end.
    pub deleted_early: u64,
    /// Deletions that failed; the next round tries again.
    pub failing: u64,
    /// What is to be expected of each directory, by its number.
    pub forecasts: HashMap<i64, Forecast>,
    /// Streams that do not record for want of room.
    pub stopped: Vec<StoppedStream>,
}

/// What is left of the configuration.
struct Parts {
    db: Db,
    archive: Archive,
    clock: Arc<dyn Clock>,
}

/// The keeper of room of one recorder.
pub struct RoomKeeper {
    parts: Parts,
    proof: Proof,
    forecasts: HashMap<i64, Forecast>,
    forecast_due: Option<MonoTime>,
}

impl RoomKeeper {
    /// A keeper that has not looked yet.
    #[must_use]
    pub fn new(parts: RoomConfig) -> Self {
        let RoomConfig { db, archive, clock, synchronised } = parts;
        let proof = Proof::new(ProofConfig { db: db.clone(), clock: clock.clone(), synchronised });
        Self { parts: Parts { db, archive, clock }, proof, forecasts: HashMap::new(), forecast_due: None }
    }

    /// One round over directories that stand like this: makes room where there is none, stops or resumes at most one stream
    /// of each, brings forecasts up to date.
    ///
    /// # Errors
    /// [`SweepError::Db`]: the catalogue failed. A deletion that fails is counted and tried again instead.
    pub async fn round(&mut self, storages: &[StorageStatus]) -> Result<RoomReport, SweepError> {
        let time = self.proof.time().await?;
        let purposes: HashMap<PurposeId, PurposeRow> =
            self.parts.db.purposes().await?.into_iter().map(|row| (row.id, row)).collect();
        let mut report = RoomReport::default();
        let has_room =
            |status: &StorageStatus| status.state == StorageState::Works && status.free_bytes >= status.reserve.aim;
        // While one has room, whoever needs it moves there.
        let elsewhere = storages.iter().any(has_room);
        for storage in storages.iter().filter(|status| is_measured(status)) {
            let is_short = storage.free_bytes < storage.reserve.low;
            if is_short && elsewhere {
                continue;
            }
            let plan = self.plan(storage, &purposes, is_short, elsewhere, time).await?;
            self.carry_out(plan, &mut report).await;
        }
        self.forecast(storages, &purposes).await?;
        report.forecasts = self.forecasts.clone();
        let stopped = self.parts.archive.recording().into_iter();
        report.stopped =
            stopped.filter_map(|stream| Some(StoppedStream { since: stream.stopped?.1, stream })).collect();
        report.stopped.sort_by_key(|stopped| (stopped.since, stopped.stream.stream));
        Ok(report)
    }

    async fn plan(
        &self,
        storage: &StorageStatus,
        purposes: &HashMap<PurposeId, PurposeRow>,
        is_short: bool,
        elsewhere: bool,
        time: DeletionTime,
    ) -> Result<RoomPlan, DbError> {
        // Nothing goes at all until somebody confirmed the holds; then only streams can give way.
        let off = self.parts.db.setting(DELETION_OFF).await?.is_some();
        let footage = if is_short && !off { self.footage(storage.number, purposes).await? } else { Vec::new() };
        let importance = |stream: &RecordingStream| match purposes.get(&stream.purpose) {
            Some(purpose) => Importance::from_number(purpose.importance),
            None => Importance::default(),
        };
        let streams = self.parts.archive.recording().into_iter();
        // A stream that was stopped may resume wherever there is room.
        let streams =
            streams.filter(|stream| stream.storage == Some(storage.number) || (elsewhere && stream.stopped.is_some()));
        let streams: Vec<StreamFact> = streams
            .map(|stream| StreamFact {
                stream: stream.stream,
                importance: importance(&stream),
                bytes_per_minute: stream.bytes_per_minute,
                stopped: stream.stopped.is_some(),
            })
            .collect();
        Ok(plan_room(storage.free_bytes, storage.reserve, &footage, &streams, time))
    }

    /// The oldest footage of every purpose in a directory.
    async fn footage(
        &self,
        storage: i64,
        purposes: &HashMap<PurposeId, PurposeRow>,
    ) -> Result<Vec<FootageFact>, DbError> {
        let holds = holds(&self.parts.db).await?;
        let mut facts = Vec::new();
        for purpose in purposes.values() {
            for row in self.parts.db.segments_ending_first(storage, purpose.id, OLDEST).await? {
                let segment = SegmentFact {
                    segment: row.id,
                    start: row.start,
                    keep_until: row.keep_until,
                    purpose: purpose.sentence.clone(),
                    ended_by: None,
                    held: holds.suspend(row.camera, WallRange { start: row.start, end: row.end }),
                };
                facts.push(FootageFact {
                    segment,
                    len_bytes: u64::try_from(row.len_bytes).unwrap_or(0),
                    minimum: purpose.minimum.unwrap_or(purpose.keep),
                    importance: Importance::from_number(purpose.importance),
                });
            }
        }
        Ok(facts)
    }

    /// What is due is the sweep's to delete; here goes what makes room before its time.
    async fn carry_out(&self, plan: RoomPlan, report: &mut RoomReport) {
        let orders: Vec<DeletionOrder> = plan.early.into_iter().map(order).collect();
        match self.parts.archive.delete_many(&orders).await {
            Ok(done) => {
                report.deleted_early += done.certified.len() as u64;
                report.failing += done.failing.len() as u64;
            }
            Err(error) => {
                report.failing += orders.len() as u64;
                tracing::error!(error = %candour_units::chain(&error), "room could not be made");
            }
        }
        if let Some(stream) = plan.stop
            && self.parts.archive.stop_for_room(stream)
        {
            tracing::error!(%stream, "a stream is stopped: every disk is full and nothing more may be deleted");
        }
        self.resume(plan.resume);
    }

    fn resume(&self, stream: Option<StreamId>) {
        if let Some(stream) = stream {
            self.parts.archive.resume(stream);
            tracing::info!(%stream, "there is room again: a stream records again");
        }
    }

    async fn forecast(
        &mut self,
        storages: &[StorageStatus],
        purposes: &HashMap<PurposeId, PurposeRow>,
    ) -> Result<(), DbError> {
        let now = self.parts.clock.mono();
        if self.forecast_due.is_some_and(|due| now < due) {
            return Ok(());
        }
        let mut forecasts = HashMap::new();
        for storage in storages.iter().filter(|status| is_measured(status)) {
            forecasts.insert(storage.number, self.outlook(storage, purposes).await?);
        }
        let is_known = forecasts.values().any(|forecast| *forecast != Forecast::Unknown);
        let seconds = if is_known { FORECAST_EVERY_S } else { FIRST_FORECAST_EVERY_S };
        self.forecast_due = Some(now.plus_millis(seconds * 1000));
        self.forecasts = forecasts;
        Ok(())
    }

    /// What a directory is to expect: what each purpose wrote in the last day goes on, and what is stored leaves.
    async fn outlook(
        &self,
        storage: &StorageStatus,
        purposes: &HashMap<PurposeId, PurposeRow>,
    ) -> Result<Forecast, DbError> {
        let now = self.parts.clock.wall();
        let ahead: Vec<WallRange> =
            (0..HORIZON_DAYS).filter_map(|day| WallRange::new(now + days(day), now + days(day + 1))).collect();
        let (mut flows, mut leaving) = (Vec::new(), vec![0_u64; ahead.len()]);
        for purpose in purposes.values() {
            flows.extend(self.flow(storage.number, purpose, now).await?);
            for (sum, day) in leaving.iter_mut().zip(&ahead) {
                let ending = self.parts.db.bytes_ending_in(storage.number, purpose.id, *day).await?;
                *sum += u64::try_from(ending.bytes).unwrap_or(0);
            }
        }
        let leaving: Vec<Leaving> =
            ahead.into_iter().zip(leaving).map(|(range, bytes)| Leaving { range, bytes }).collect();
        let horizon = days(HORIZON_DAYS);
        Ok(forecast(now, storage.free_bytes, storage.reserve.low, &flows, &leaving, horizon))
    }

    /// What a purpose writes in a day, measured over the last day or as long as it has written. The end of life of what
    /// was written a moment ago lies `keep` ahead, so one index tells both what was written and what will leave.
    async fn flow(&self, storage: i64, purpose: &PurposeRow, now: WallTime) -> Result<Option<Flow>, DbError> {
        let ever = WallRange { start: WallTime::EPOCH, end: now + purpose.keep + DAY };
        let Some(first) = self.parts.db.bytes_ending_in(storage, purpose.id, ever).await?.first else {
            return Ok(None);
        };
        let window = (now - (first - purpose.keep)).clamp(WallDuration::ZERO, DAY);
        if window < LEAST_WINDOW {
            return Ok(None);
        }
        let last_day = WallRange { start: now + purpose.keep - window, end: ever.end };
        let written = self.parts.db.bytes_ending_in(storage, purpose.id, last_day).await?.bytes;
        let per_day = i128::from(written) * i128::from(DAY.ticks()) / i128::from(window.ticks());
        Ok(Some(Flow { bytes_per_day: u64::try_from(per_day).unwrap_or(0), keep: purpose.keep }))
    }
}

fn is_measured(status: &StorageStatus) -> bool {
    status.state != StorageState::Unavailable && status.total_bytes > 0
}

fn days(count: i64) -> WallDuration {
    WallDuration::from_seconds(count * 86_400)
}
