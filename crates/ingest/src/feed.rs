//! Frames in, runs and samples out: what a connection brings, judged against the budgets and put on a timeline.
//!
//! No sockets here. A run begins at a key frame. Where the terms of a run change without the connection breaking (the
//! camera's timestamps jump, the wall clock is set) the run goes on until the next key frame and is cut there, so that
//! no picture is lost; only parameters that change between key frames leave a gap, because nothing up to the next key
//! frame could be decoded.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use candour_media::{DecodeClock, Sample, SampleEntry};
use candour_recording::{ClockEvidence, GapCause};
use candour_units::{Clock, MonoTime, WallDuration, WallTime};

use crate::arrival::RunClock;
use crate::budget::Budget;
use crate::cadence::CadenceMeter;
use crate::failure::Failure;
use crate::limits::Meter;
use crate::shared::Shared;
use crate::status::StreamState;
use crate::{Limits, Sink};

/// How long a connection may go without a key frame before its run has begun.
const KEY_FRAME_WITHIN: Duration = Duration::from_secs(30);
/// A camera's clock that moved less than this says nothing new: what we read is late by up to the pace.
const EVIDENCE_MOVED: WallDuration = WallDuration::from_millis(500);

/// One access unit as the session hands it over.
pub(crate) struct Frame {
    /// Presentation time in the camera's ticks, unwrapped; any start.
    pub(crate) pts: i64,
    pub(crate) sync: bool,
    /// Packets lost before it.
    pub(crate) lost: u32,
    pub(crate) data: Vec<u8>,
    /// The parameters from here on, when they are new.
    pub(crate) parameters: Option<Parameters>,
}

/// What decoding needs.
#[derive(Debug, Clone)]
pub(crate) struct Parameters {
    pub(crate) entry: SampleEntry,
    /// Nominal frame duration in ticks, if the parameters say it.
    pub(crate) frame_ticks: Option<u32>,
    /// Pixels across before cropping.
    pub(crate) coded_width: u32,
}

/// The feed of one connection.
pub(crate) struct Feed {
    sink: Arc<dyn Sink>,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    /// How late our reading of the socket may be; part of the evidence.
    read_pace: Duration,
    budget: Budget,
    limits: Limits,
    meter: Option<Meter>,
    cadence: CadenceMeter,
    /// Whether no run begins before the rate has been measured.
    held_back: bool,
    began: MonoTime,
    parameters: Option<Parameters>,
    run: Option<Run>,
    lost: u32,
}

struct Run {
    decode: DecodeClock,
    wall: RunClock,
    /// End the run at the next key frame, and why.
    cut: Option<(GapCause, String)>,
    evidence_told: Option<WallDuration>,
}

impl Feed {
    pub(crate) fn new(
        sink: Arc<dyn Sink>,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        read_pace: Duration,
        limits: Limits,
    ) -> Self {
        let began = clock.mono();
        Self {
            sink,
            shared,
            clock,
            read_pace,
            budget: Budget::new(began),
            limits,
            meter: Meter::new(began, limits),
            cadence: CadenceMeter::default(),
            held_back: false,
            began,
            parameters: None,
            run: None,
            lost: 0,
        }
    }

    /// No run begins before the rate has been measured and lies under the limit: the stream came too fast before.
    pub(crate) fn hold_back_until_measured(&mut self) {
        self.held_back = self.meter.is_some();
    }

    /// Takes the next access unit.
    ///
    /// # Errors
    /// What ends the connection.
    pub(crate) fn frame(&mut self, frame: Frame) -> Result<(), Failure> {
        let now = self.clock.mono();
        self.shared.heard(now);
        self.budget.sample(now, frame.data.len())?;
        if frame.lost > 0 {
            self.lost = self.lost.saturating_add(frame.lost);
            self.shared.lost_packets.fetch_add(frame.lost.into(), Ordering::Relaxed);
        }
        if let Some(parameters) = frame.parameters {
            self.take_parameters(parameters, frame.sync, now)?;
        }
        self.measure(now, frame.pts)?;
        let Some(run) = &mut self.run else {
            return self.begin_or_wait(frame.pts, frame.sync, frame.data, now);
        };
        let stamped = run.decode.stamp(frame.pts);
        if let Some(jump) = stamped.jump
            && run.cut.is_none()
        {
            run.cut = Some((GapCause::ClockStep, format!("the camera's timestamps jumped ({jump:?})")));
        }
        if frame.sync
            && let Some((cause, detail)) = run.cut.take()
        {
            self.budget.cut(now)?;
            self.end_run(cause, &detail);
            return self.begin(frame.pts, frame.data, now);
        }
        let (pts, dts, arrival) = (stamped.pts, stamped.dts, run.wall.at(now));
        self.hand_on(Sample {
            pts,
            dts,
            arrival,
            sync: frame.sync,
            duration: 0,
            loss_before: 0,
            data: frame.data.into(),
        });
        Ok(())
    }

    /// The camera's clock showed `ntp` (seconds since 1900 in the upper half) when it sent what is read now.
    pub(crate) fn sender_report(&mut self, ntp: u64) {
        let Some(run) = &mut self.run else { return };
        let ahead = wall_of_ntp(ntp) - run.wall.at(self.clock.mono());
        let moved = |told: WallDuration| (ahead.ticks() - told.ticks()).abs() > EVIDENCE_MOVED.ticks();
        if run.evidence_told.is_none_or(moved) {
            run.evidence_told = Some(ahead);
            self.shared.set_camera_ahead(ahead);
            self.sink.clock_evidence(self.evidence());
        }
    }

    /// The wall clock was set: the next key frame begins a run that follows it.
    pub(crate) fn clock_stepped(&mut self) {
        if let Some(run) = &mut self.run {
            run.cut.get_or_insert((GapCause::ClockStep, "this machine's clock was set".to_owned()));
        }
    }

    fn evidence(&self) -> ClockEvidence {
        ClockEvidence {
            camera_ahead: self.shared.camera_ahead(),
            read_pace: WallDuration::from_millis(i64::try_from(self.read_pace.as_millis()).unwrap_or(i64::MAX)),
            // Only the program can ask the kernel.
            kernel_synchronised: false,
        }
    }

    fn measure(&mut self, now: MonoTime, pts: i64) -> Result<(), Failure> {
        let (Some(meter), Some(parameters)) = (&mut self.meter, &self.parameters) else { return Ok(()) };
        meter.picture(now, pts, parameters.entry.timescale)?;
        self.held_back &= !meter.has_passed();
        Ok(())
    }

    fn take_parameters(&mut self, new: Parameters, sync: bool, now: MonoTime) -> Result<(), Failure> {
        self.limits.width(new.entry.width.into(), new.coded_width)?;
        let changed = self.parameters.as_ref().is_some_and(|old| old.entry != new.entry);
        if changed {
            self.budget.cut(now)?;
            match &self.run {
                Some(_) if !sync => {
                    self.end_run(GapCause::CameraGarbage, "the parameters changed between two key frames")
                }
                // A run that is about to be cut at this very frame tells the new entry when it begins again.
                Some(run) if run.cut.is_none() => self.sink.entry_changed(new.entry.clone()),
                _ => {}
            }
        }
        self.parameters = Some(new);
        Ok(())
    }

    fn begin_or_wait(&mut self, pts: i64, sync: bool, data: Vec<u8>, now: MonoTime) -> Result<(), Failure> {
        if sync && !self.held_back {
            return self.begin(pts, data, now);
        }
        let waited = now.nanos().saturating_sub(self.began.nanos());
        if u128::try_from(waited).unwrap_or(0) > KEY_FRAME_WITHIN.as_nanos() {
            return Err(Failure::NoKeyFrame { seconds: KEY_FRAME_WITHIN.as_secs() });
        }
        Ok(())
    }

    fn begin(&mut self, pts: i64, data: Vec<u8>, now: MonoTime) -> Result<(), Failure> {
        let Some(Parameters { entry, frame_ticks, .. }) = self.parameters.clone() else {
            return Err(Failure::NoParameters);
        };
        let wall = RunClock::begin(&*self.clock);
        let mut decode = DecodeClock::new(&entry, frame_ticks);
        let stamped = decode.stamp(pts);
        let arrival = wall.at(now);
        self.run = Some(Run { decode, wall, cut: None, evidence_told: None });
        self.shared.receiving_since.store(now.nanos().max(1), Ordering::Relaxed);
        self.shared.set_state(StreamState::Receiving, arrival);
        self.cadence.begin_again();
        self.sink.run_started(entry, self.evidence(), arrival);
        let (pts, dts) = (stamped.pts, stamped.dts);
        self.hand_on(Sample { pts, dts, arrival, sync: true, duration: 0, loss_before: 0, data: data.into() });
        Ok(())
    }

    fn end_run(&mut self, cause: GapCause, detail: &str) {
        // The last sample of the old run and this end are told in the old run's time, so that they stay in order.
        let at = self.run.take().map_or_else(|| self.clock.wall(), |run| run.wall.at(self.clock.mono()));
        self.began = self.clock.mono();
        self.sink.run_ended(cause, at, detail);
    }

    fn hand_on(&mut self, sample: Sample) {
        let sample = Sample { loss_before: std::mem::take(&mut self.lost), ..sample };
        self.shared.samples.fetch_add(1, Ordering::Relaxed);
        self.shared.bytes.fetch_add(sample.data.len() as u64, Ordering::Relaxed);
        let timescale = self.parameters.as_ref().map_or(0, |parameters| parameters.entry.timescale);
        if let Some(cadence) = self.cadence.picture(sample.pts.ticks(), sample.sync, sample.data.len(), timescale) {
            self.shared.measured(cadence);
        }
        self.sink.sample(Arc::new(sample));
    }
}

/// NTP time (RFC 3550 4) in its first era, 1900 to 2036, or the second for the small numbers of the years after.
fn wall_of_ntp(ntp: u64) -> WallTime {
    const FROM_1900_TO_1970: i64 = 2_208_988_800;
    let (seconds, fraction) = ((ntp >> 32) as i64, (ntp & 0xffff_ffff) as i64);
    // Before 1968 no clock of ours was ever right: the highest bit is clear from 2036 on (RFC 4330 3).
    let era = if seconds < 1 << 31 { 1 << 32 } else { 0 };
    let ticks = (fraction * 90_000) >> 32;
    WallTime::from_unix_seconds(seconds + era - FROM_1900_TO_1970) + WallDuration::from_ticks(ticks)
}

#[cfg(test)]
mod tests;
