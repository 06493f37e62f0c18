//! One stream's recorder on a writer thread: does what its segmenter says. Decides nothing about time itself.

use std::collections::VecDeque;
use std::num::NonZeroU8;
use std::sync::Arc;

use candour_db::{SegmentRow, SegmentState};
use candour_files::FilesError;
use candour_media::{Codec, Sample};
use candour_recording::{FragmentEntry, Gap, GapCause, Input, Output, SampleFacts, SegmentStart, Segmenter};
use candour_seal::{ClockClaim, CodecCode, FragmentBuilder, GapBefore, SampleTimes, Sealer, SegmentHeader};
use candour_units::{CameraId, MonoTime, SegmentId, StreamId, StreamKind, WallDuration, WallRange, WallTime};

use super::Shared;
use super::file::{SegmentFile, WriteError};
use super::room::NO_ROOM;
use crate::RecordingSpec;
use crate::lines::{Begin, Turn};

/// After the storage refused something, this long nothing more is tried for the stream.
const PAUSE_MS: i64 = 5000;
/// What a run is ended with when another writer goes on; a failure of the storage itself has other causes here.
const HANDED_OVER: GapCause = GapCause::StorageSlow;
/// No segment is begun for less room than a second of footage takes.
const LEAST_ROOM: u64 = 64 << 10;
/// A handover and the nominal end of the last sample differ by no more than a pause that would be a gap.
const NEAR: WallDuration = WallDuration::from_seconds(2);

/// Whose recorder it is, and for what.
pub(crate) struct Recorded {
    pub(crate) camera: CameraId,
    pub(crate) stream: StreamId,
    pub(crate) kind: StreamKind,
    pub(crate) spec: RecordingSpec,
}

/// The recorder of one stream.
pub(crate) struct Recorder {
    of: Recorded,
    segmenter: Segmenter,
    /// Samples given to the segmenter and not answered, with their numbers.
    waiting: VecDeque<(u64, Arc<Sample>, MonoTime)>,
    given: u64,
    open: Option<Open>,
    /// Samples of the open fragment. They are copied, hashed, sealed and written in one go when it closes, so that each
    /// byte is fetched into the processor's cache once; until then live viewers' group of pictures shares them.
    fragment: Vec<(SampleTimes, Arc<Sample>)>,
    /// When the first of them came in.
    taken: Option<MonoTime>,
    /// The gap told last, to make one of several that follow each other for one cause.
    last_gap: Option<Gap>,
    pause_until: Option<MonoTime>,
    turn: Turn,
    /// A gap that is told only when it gets a length.
    quiet: bool,
    /// Another writer goes on from here.
    ends: Option<WallTime>,
}

struct Open {
    file: SegmentFile,
    first_dts: i64,
    /// From this moment on the file takes nothing more, for this cause.
    refused: Option<(WallTime, GapCause)>,
}

/// A file that leaves the recorder.
pub(crate) enum Leaving {
    /// Closed: its row follows the next sync.
    Closed(Box<SegmentFile>),
    /// It must be mended once the storage works again.
    Broken(SegmentId),
}

impl Recorder {
    pub(crate) fn new(of: Recorded, segmenter: Segmenter, begin: Begin) -> Self {
        Self {
            of,
            segmenter,
            waiting: VecDeque::new(),
            given: 0,
            open: None,
            fragment: Vec::new(),
            taken: None,
            last_gap: None,
            pause_until: None,
            turn: begin.turn,
            quiet: begin.quiet,
            ends: None,
        }
    }

    /// Tells of the gap it begins with.
    pub(crate) fn begin_telling(&mut self, shared: &mut Shared) {
        self.obey(shared);
    }

    /// Keeps what came in until `at` and ends: another writer goes on.
    pub(crate) fn hand_over(&mut self, shared: &mut Shared, at: WallTime) {
        self.ends = Some(at);
        let now = shared.now();
        self.handle(shared, now, Input::RunEnded { cause: HANDED_OVER, at });
    }

    /// Records under other terms from the next sync sample on.
    pub(crate) fn respecify(&mut self, shared: &mut Shared, of: Recorded) {
        self.of = of;
        let now = shared.now();
        self.handle(shared, now, Input::TermsChanged);
    }

    pub(crate) fn sample(&mut self, shared: &mut Shared, sample: Arc<Sample>, taken: MonoTime) {
        if self.pause_until.is_some_and(|until| shared.now() < until) {
            return;
        }
        self.pause_until = None;
        let facts = SampleFacts::from(&*sample);
        self.waiting.push_back((self.given, sample, taken));
        self.given += 1;
        self.handle(shared, taken, Input::Sample(facts));
    }

    pub(crate) fn handle(&mut self, shared: &mut Shared, now: MonoTime, input: Input) {
        self.segmenter.handle(now, input);
        self.obey(shared);
    }

    /// Lets the segmenter close what is due within so many milliseconds.
    pub(crate) fn tick(&mut self, shared: &mut Shared, grain_ms: i64) {
        let now = shared.now().plus_millis(grain_ms);
        if self.segmenter.next_deadline().is_some_and(|due| due <= now) {
            self.handle(shared, now, Input::Tick);
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<MonoTime> {
        self.segmenter.next_deadline()
    }

    pub(crate) fn file_mut(&mut self) -> Option<&mut SegmentFile> {
        self.open.as_mut().map(|open| &mut open.file)
    }

    pub(crate) fn file(&self) -> Option<&SegmentFile> {
        self.open.as_ref().map(|open| &open.file)
    }

    /// The open file can no longer be trusted with anything: what was durable is left to be mended.
    pub(crate) fn refuse(&mut self, shared: &mut Shared, since: WallTime, cause: GapCause) {
        if let Some(open) = self.open.take() {
            shared.leave(Leaving::Broken(open.file.row().id));
        }
        self.storage_refused(shared, since, cause);
        self.obey(shared);
    }

    fn obey(&mut self, shared: &mut Shared) {
        while let Some(output) = self.segmenter.poll() {
            match output {
                Output::OpenSegment(start) => self.open_segment(shared, start),
                Output::Append { index, duration, .. } => self.append(index, duration),
                Output::Discard { index, .. } => drop(self.answered(index)),
                Output::CloseFragment { entry, .. } => self.close_fragment(shared, &entry),
                Output::CloseSegment { end, .. } => self.close_segment(shared, end),
                Output::Gap(gap) => self.gap(shared, gap),
            }
        }
    }

    /// The sample with that number, and forgets those before it.
    fn answered(&mut self, index: u64) -> Option<(Arc<Sample>, MonoTime)> {
        let at = self.waiting.iter().position(|(number, _, _)| *number == index)?;
        self.waiting.remove(at).map(|(_, sample, taken)| (sample, taken))
    }

    fn append(&mut self, index: u64, duration: u32) {
        let Some((sample, taken)) = self.answered(index) else { return };
        let Some(open) = self.open.as_ref().filter(|open| open.refused.is_none()) else { return };
        let times = SampleTimes {
            dts: sample.dts.ticks().saturating_sub(open.first_dts),
            composition_offset: composition_offset(&sample),
            duration,
            sync: sample.sync,
        };
        self.taken.get_or_insert(taken);
        self.fragment.push((times, sample));
    }

    fn close_fragment(&mut self, shared: &mut Shared, entry: &FragmentEntry) {
        let (samples, taken) = (std::mem::take(&mut self.fragment), self.taken.take());
        let Some(open) = self.open.as_mut().filter(|open| open.refused.is_none()) else { return };
        let Some(taken) = taken else { return };
        let wall = WallRange { start: entry.wall_start, end: entry.wall_end };
        let len = FragmentBuilder::record_len_of(samples.iter().map(|(_, sample)| sample.data.len()));
        let written = if shared.has_room(len as u64) {
            let mut builder = FragmentBuilder::reusing(shared.buffers.take(len));
            samples.iter().for_each(|(times, sample)| builder.push(*times, &sample.data));
            open.file.write(builder, wall, taken).map_err(|error| shared.failed("write footage", &error))
        } else {
            shared.failing(NO_ROOM.to_owned());
            Err(GapCause::StorageFull)
        };
        match written {
            Ok(bytes) => shared.wrote(bytes),
            Err(cause) => {
                open.refused = Some((entry.wall_start, cause));
                self.storage_refused(shared, entry.wall_start, cause);
            }
        }
    }

    fn storage_refused(&mut self, shared: &Shared, since: WallTime, cause: GapCause) {
        self.pause_until = Some(shared.now().plus_millis(PAUSE_MS));
        self.segmenter.handle(shared.now(), Input::StorageRefused { since, cause });
    }

    fn open_segment(&mut self, shared: &mut Shared, start: SegmentStart) {
        let began = start.start;
        self.fragment.clear();
        self.taken = None;
        match self.begin(shared, start) {
            Ok(open) => self.open = Some(open),
            Err((cause, words)) => {
                shared.failing(words);
                self.open = None;
                self.storage_refused(shared, began, cause);
            }
        }
    }

    fn begin(&mut self, shared: &mut Shared, start: SegmentStart) -> Result<Open, (GapCause, String)> {
        if !shared.has_room(LEAST_ROOM) {
            return Err((GapCause::StorageFull, NO_ROOM.to_owned()));
        }
        let unlisted = |error: FilesError| refused_by(&error.into());
        let segment = shared.next_segment().map_err(unlisted)?;
        let key = shared.store.keyring.key_for_new(self.of.stream, segment, start.start).map_err(|error| {
            (GapCause::StorageFailed, format!("no key can be made: {}", candour_units::chain(&error)))
        })?;
        let header = self.header(shared, segment, &start);
        // What a camera claims about itself may not fit into a header; that is no fault of the storage.
        let (sealer, bytes) = Sealer::begin(&header, key.bytes())
            .map_err(|error| (GapCause::CameraGarbage, candour_units::chain(&error)))?;
        let refused = |shared: &mut Shared, error: WriteError| {
            let cause = shared.failed("begin a segment", &error);
            (cause, candour_units::chain(&error))
        };
        let file = shared.files.create(segment).map_err(|error| refused(shared, error.into()))?;
        let row = row_of(&header, shared.storage);
        let file = SegmentFile::begin(file, sealer, bytes, row, self.turn).map_err(|error| {
            shared.remove_empty(segment);
            refused(shared, error)
        })?;
        Ok(Open { file, first_dts: start.first_dts.ticks(), refused: None })
    }

    fn header(&self, shared: &Shared, segment: SegmentId, start: &SegmentStart) -> SegmentHeader {
        SegmentHeader {
            recorder: shared.recorder,
            camera: self.of.camera,
            stream: self.of.stream,
            run: start.run,
            segment,
            kind: self.of.kind,
            start: start.start,
            run_dts: start.first_dts.ticks(),
            clock: ClockClaim {
                camera_ahead: start.evidence.camera_ahead,
                read_pace: start.evidence.read_pace,
                kernel_synchronised: start.evidence.kernel_synchronised,
            },
            purpose: self.of.spec.purpose,
            policy_hash: self.of.spec.policy_hash,
            keep_until: start.start.saturating_add(self.of.spec.keep),
            gap: start.gap_before.map(|gap| GapBefore {
                start: gap.start,
                cause: NonZeroU8::new(gap.cause.code()).expect("codes of causes count from 1"),
            }),
            codec: codec_code(start.entry.codec),
            timescale: start.entry.timescale,
            codec_string: start.entry.codec_string.clone(),
            width: start.entry.width,
            height: start.entry.height,
            sample_entry: start.entry.entry.to_vec(),
        }
    }

    fn close_segment(&mut self, shared: &mut Shared, end: WallTime) {
        self.fragment.clear();
        self.taken = None;
        let Some(Open { mut file, refused, .. }) = self.open.take() else { return };
        let mut ends = end;
        if let Some((since, cause)) = refused {
            ends = since.min(end);
            // The segmenter had gone on by then: it tells of its own gaps, this hole is ours.
            if since < end {
                self.tell_gap(shared, Gap { start: since, end: Some(end), cause });
            }
        }
        // Where another writer goes on there is neither a hole nor an overlap of a few milliseconds.
        if let Some(at) = self.ends.filter(|at| refused.is_none() && near(*at, ends)) {
            ends = at;
        }
        let segment = file.row().id;
        if file.is_empty() {
            drop(file);
            return shared.remove_empty(segment);
        }
        match file.close(ends) {
            Ok(()) => shared.leave(Leaving::Closed(Box::new(file))),
            Err(error) => {
                shared.failed("close a segment", &error);
                shared.leave(Leaving::Broken(segment));
            }
        }
    }

    /// Gaps that follow each other without a moment between, for one cause, are one gap: a disk that stays full is not
    /// told of every five seconds.
    fn gap(&mut self, shared: &mut Shared, gap: Gap) {
        // The end of a handover is no gap: another writer goes on there.
        if self.ends.is_some() && gap.end.is_none() && gap.cause == HANDED_OVER {
            return;
        }
        if std::mem::take(&mut self.quiet) {
            // Its beginning is not told yet, and need not be if nothing is missing.
            if gap.end.is_none() && self.last_gap.is_none() {
                (self.quiet, self.last_gap) = (true, Some(gap));
                return;
            }
            if gap.end == Some(gap.start) {
                self.last_gap = None;
                return;
            }
        }
        let joined = match self.last_gap {
            Some(last) if last.cause == gap.cause && (last.end == Some(gap.start) || last.start == gap.start) => {
                Gap { start: last.start, ..gap }
            }
            _ => gap,
        };
        self.last_gap = Some(joined);
        self.tell_gap(shared, joined);
    }

    fn tell_gap(&self, shared: &Shared, gap: Gap) {
        shared.lines.tell(self.turn, self.of.camera, self.of.stream, gap);
    }
}

fn near(a: WallTime, b: WallTime) -> bool {
    (a - b).max(b - a) <= NEAR
}

/// Presentation after decoding, as far as the format can say it.
fn composition_offset(sample: &Sample) -> i32 {
    let offset = sample.pts.ticks().saturating_sub(sample.dts.ticks());
    i32::try_from(offset).unwrap_or(if offset < 0 { i32::MIN } else { i32::MAX })
}

/// The gap that a failed write makes.
pub(crate) fn cause_of(error: &WriteError) -> GapCause {
    match error {
        WriteError::Seal(_) => GapCause::CameraGarbage,
        error if error.is_full() => GapCause::StorageFull,
        WriteError::Files(_) => GapCause::StorageFailed,
    }
}

/// The gap and the words of a failed write.
fn refused_by(error: &WriteError) -> (GapCause, String) {
    (cause_of(error), candour_units::chain(error))
}

fn codec_code(codec: Codec) -> CodecCode {
    match codec {
        Codec::H264 => CodecCode::H264,
        Codec::H265 => CodecCode::H265,
        Codec::Mjpeg => CodecCode::Mjpeg,
        Codec::Aac => CodecCode::Aac,
        Codec::Pcma => CodecCode::Pcma,
        Codec::Pcmu => CodecCode::Pcmu,
    }
}

fn row_of(header: &SegmentHeader, storage: i64) -> SegmentRow {
    SegmentRow {
        id: header.segment,
        stream: header.stream,
        camera: header.camera,
        run: header.run,
        purpose: header.purpose,
        storage,
        start: header.start,
        end: header.start,
        keep_until: header.keep_until,
        len_bytes: 0,
        samples: 0,
        state: SegmentState::Open,
        sealed_digest: None,
        content_commitment: None,
        logged: false,
    }
}
