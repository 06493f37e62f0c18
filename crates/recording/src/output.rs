//! What goes into a [`Segmenter`](crate::Segmenter) and what comes out.

use candour_media::{Sample, SampleEntry};
use candour_units::{MediaTime, RunId, WallTime};

use crate::{ClockEvidence, Gap, GapCause};

/// What the segmenter needs to know about a sample; the bytes stay with the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleFacts {
    /// Decode time in ticks of the track, on the run's own timeline.
    pub dts: MediaTime,
    /// Whether decoding can start here.
    pub sync: bool,
    /// Our clock when its last packet was read.
    pub arrival: WallTime,
    /// Packets the network lost between the sample before and this one.
    pub loss_before: u32,
    /// Bytes.
    pub len: u32,
}

impl From<&Sample> for SampleFacts {
    fn from(sample: &Sample) -> Self {
        Self {
            dts: sample.dts,
            sync: sample.sync,
            arrival: sample.arrival,
            loss_before: sample.loss_before,
            len: u32::try_from(sample.data.len()).unwrap_or(u32::MAX),
        }
    }
}

/// What happened to the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A connection stands; media times start anew. A run that had not ended counts as ended by `CameraLost`.
    RunStarted {
        /// The run.
        run: RunId,
        /// How its samples are coded.
        entry: SampleEntry,
        /// What is known about the clocks.
        evidence: ClockEvidence,
    },
    /// Newer evidence; it stands in the header of the next segment.
    Evidence(ClockEvidence),
    /// The next sample in decoding order.
    Sample(SampleFacts),
    /// The samples from here on are coded like this.
    EntryChanged(SampleEntry),
    /// The connection is gone: a gap begins. `at` is when, on the wall clock.
    RunEnded {
        /// Why.
        cause: GapCause,
        /// When it was noticed.
        at: WallTime,
    },
    /// While nothing is recorded, the reason has become another one.
    CauseChanged {
        /// The new reason.
        cause: GapCause,
        /// Since when.
        at: WallTime,
    },
    /// What comes from here on is recorded under other terms: a segment of its own begins at the next sync sample.
    TermsChanged,
    /// The machine's wall clock was set; arrivals from here on follow the new one.
    ClockStepped,
    /// The storage did not take what was given to it from `since` on, in the open segment. Closes the segment there;
    /// the next sync sample tries again.
    StorageRefused {
        /// Wall-clock start of the first fragment that is not stored.
        since: WallTime,
        /// `StorageSlow`, `StorageFull` or `StorageFailed`.
        cause: GapCause,
    },
    /// Time has passed: comes at the latest when `next_deadline` says so.
    Tick,
}

/// What the writer must do, in order. Every sample given is appended or discarded, exactly once; the newest one only
/// after something else has come, so a sample that is discarded at once may be answered before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Begin a new file.
    OpenSegment(SegmentStart),
    /// Put this sample into the open fragment; its duration is now known.
    Append {
        /// Which of the samples given, counted from 0.
        index: u64,
        /// When it happened.
        wall: WallTime,
        /// Ticks until the next sample's decode time; nominal before a gap, at the end of a run, and where the
        /// fragment could not wait for the next sample.
        duration: u32,
    },
    /// Forget this sample: it is not recorded.
    Discard {
        /// Which of the samples given, counted from 0.
        index: u64,
        /// Why.
        why: Discarded,
    },
    /// Seal and write the samples appended since the last close.
    CloseFragment {
        /// What its index says.
        entry: FragmentEntry,
        /// Why now.
        reason: FragmentEnd,
    },
    /// Close the file. Samples appended but in no closed fragment are not part of it (only after a refusal).
    CloseSegment {
        /// First moment after it.
        end: WallTime,
        /// Why.
        reason: SegmentEnd,
    },
    /// A gap, known by its start: without an end it has begun, with one it is over (or its reason has changed there).
    /// One that is over and has no length is to be forgotten.
    Gap(Gap),
}

/// The head of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentStart {
    /// The run it belongs to.
    pub run: RunId,
    /// When its first sample happened.
    pub start: WallTime,
    /// Decode time of its first sample: `start` belongs to it.
    pub first_dts: MediaTime,
    /// How its samples are coded.
    pub entry: SampleEntry,
    /// What is known about the clocks.
    pub evidence: ClockEvidence,
    /// The gap that ends where it starts. Of length 0 at the first segment of all (`FirstStart`), and where the clock
    /// was set back so far that earlier times come again (`ClockStep`).
    pub gap_before: Option<Gap>,
    /// Wall-clock ticks by which its line is bent, per million of media time; at most 500 either way.
    pub bend_ppm: i32,
}

/// Index entry of a fragment. It covers the time from `wall_start` to the start of what follows (fragment, gap or the
/// segment's end), which is `wall_end` or, where the last sample's duration had to be guessed, at most a pause later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentEntry {
    /// Decode time of its first sample.
    pub first_dts: MediaTime,
    /// When its first sample happened.
    pub wall_start: WallTime,
    /// When its last sample ends, as far as was known when it closed: never after what follows begins.
    pub wall_end: WallTime,
    /// Sum of its samples' durations in ticks of the track.
    pub duration: u64,
    /// Number of samples.
    pub samples: u32,
    /// Bytes of its samples.
    pub bytes: u64,
    /// Whether its first sample is a sync sample.
    pub sync: bool,
    /// How many samples of the run before its first one the sync sample lies that decoding needs; may lie in the
    /// segment before.
    pub sync_back: u32,
    /// The same counted in fragments: 0 is this one; `None` if it lies before this segment.
    pub sync_fragments_back: Option<u32>,
}

/// Why a fragment closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FragmentEnd {
    /// Its first sample is as old as it may be before it is durable.
    Age,
    /// It is as large as it may be.
    Bytes,
    /// A sync sample follows and shall begin a fragment.
    Sync,
    /// A gap follows.
    Gap,
    /// The segment closes.
    Segment,
}

/// Why a segment closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SegmentEnd {
    /// Long enough, and a sync sample follows.
    Duration,
    /// As long as it may be, though no sync sample follows.
    Longest,
    /// As large as it may be.
    Bytes,
    /// The parameter sets changed.
    EntryChanged,
    /// It goes on under other terms.
    TermsChanged,
    /// The wall clock was set.
    ClockStep,
    /// The camera's media times no longer follow our clock.
    MediaClock,
    /// The run ended, with this cause.
    RunEnded(GapCause),
    /// The storage refused, with this cause.
    Storage(GapCause),
}

/// Why a sample is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Discarded {
    /// No run stands.
    NoRun,
    /// Decoding cannot start before the first sync sample.
    BeforeSync,
    /// Its decode time is not later than that of the sample before.
    NotLater,
    /// The storage refused it.
    Storage,
}
