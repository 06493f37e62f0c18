//! What holds whatever happens: random stories of cameras, clocks, networks, disks and people.

use proptest::prelude::*;

use super::tests::{entry, wall};
use super::*;
use crate::FragmentEntry;

const MS: i64 = 90;

/// One thing that happens; times in milliseconds.
#[derive(Debug, Clone)]
enum Event {
    Run,
    /// Some samples: step of media time and of the clocks for each, how late it arrives, whether it is a sync sample.
    Samples {
        count: usize,
        media: i64,
        clock: i64,
        late: i64,
        gop: usize,
        loss: u32,
    },
    /// One sample with any times and size.
    Wild {
        dts: i64,
        len: u32,
        sync: bool,
    },
    Rest(i64),
    Tick,
    Entry,
    End(GapCause),
    Cause(GapCause),
    /// The wall clock is set by so much, and somebody noticed or not.
    Step(i64, bool),
    /// The storage refuses what began so many milliseconds ago.
    Refuse(i64),
}

fn event() -> impl Strategy<Value = Event> {
    let cause = prop_oneof![Just(GapCause::CameraLost), Just(GapCause::CameraStalled), Just(GapCause::NoPurpose)];
    let steps = prop_oneof![8 => Just((40i64, 40i64)), 1 => Just((1, 40)), 1 => Just((80, 40)), 1 => Just((40, 3000)), 1 => Just((3000, 3000))];
    prop_oneof![
        3 => Just(Event::Run),
        12 => (1usize..200, steps, 0i64..120, 1usize..60, prop_oneof![5 => Just(0u32), 1 => 1u32..9])
            .prop_map(|(count, (media, clock), late, gop, loss)| Event::Samples { count, media, clock, late, gop, loss }),
        1 => (any::<i64>(), any::<u32>(), any::<bool>()).prop_map(|(dts, len, sync)| Event::Wild { dts, len, sync }),
        2 => (0i64..9000).prop_map(Event::Rest),
        2 => Just(Event::Tick),
        1 => Just(Event::Entry),
        2 => cause.clone().prop_map(Event::End),
        1 => cause.prop_map(Event::Cause),
        1 => (prop_oneof![-90_000i64..90_000, -4000i64..4000], any::<bool>()).prop_map(|(by, noticed)| Event::Step(by, noticed)),
        1 => (0i64..2000).prop_map(Event::Refuse),
    ]
}

/// The world around a segmenter, and what it has been told to do.
struct World {
    segmenter: Segmenter,
    now: i64,
    wall_ahead: i64,
    media: i64,
    given: u64,
    said: Vec<Output>,
}

impl World {
    fn new(previous: Option<(WallTime, GapCause)>) -> Self {
        let segmenter = Segmenter::new(small_limits(), previous);
        Self { segmenter, now: 0, wall_ahead: 0, media: 0, given: 0, said: Vec::new() }
    }

    fn wall(&self) -> WallTime {
        wall(self.now + self.wall_ahead)
    }

    fn tell(&mut self, input: Input) {
        self.given += u64::from(matches!(input, Input::Sample(_)));
        self.segmenter.handle(MonoTime::from_nanos(self.now * 1_000_000), input);
        self.said.extend(std::iter::from_fn(|| self.segmenter.poll()));
    }

    fn sample(&mut self, dts: i64, len: u32, sync: bool, late: i64, loss_before: u32) {
        let arrival = wall(self.now + self.wall_ahead + late);
        let dts = MediaTime::from_ticks(dts);
        self.tell(Input::Sample(SampleFacts { dts, sync, arrival, loss_before, len }));
    }

    fn live(&mut self, event: Event) {
        match event {
            Event::Run => {
                self.media = 0;
                let run = RunId::from_bytes([7; 16]);
                self.tell(Input::RunStarted { run, entry: entry(), evidence: ClockEvidence::default() });
            }
            Event::Samples { count, media, clock, late, gop, loss } => {
                for n in 0..count {
                    self.now += clock;
                    self.media += media * MS;
                    let late = if n % 3 == 0 { late } else { 0 };
                    self.sample(self.media, 900, n % gop == 0, late, if n == 0 { loss } else { 0 });
                }
            }
            Event::Wild { dts, len, sync } => self.sample(dts, len, sync, 0, 0),
            Event::Rest(ms) => {
                // As a shell does: it wakes at the deadline.
                let until = self.now + ms;
                while let Some(due) = self.segmenter.next_deadline().map(|at| at.nanos() / 1_000_000)
                    && due <= until
                {
                    self.now = self.now.max(due);
                    self.tell(Input::Tick);
                }
                self.now = until;
            }
            Event::Tick => self.tell(Input::Tick),
            Event::Entry => self.tell(Input::EntryChanged(SampleEntry { width: 640, ..entry() })),
            Event::End(cause) => self.tell(Input::RunEnded { cause, at: self.wall() }),
            Event::Cause(cause) => self.tell(Input::CauseChanged { cause, at: self.wall() }),
            Event::Step(by, noticed) => {
                self.wall_ahead += by;
                if noticed {
                    self.tell(Input::ClockStepped);
                }
            }
            Event::Refuse(ago) => {
                // A writer refuses only what is in the open segment.
                if self.segmenter.open.is_some() {
                    let since = wall(self.now + self.wall_ahead - ago);
                    self.tell(Input::StorageRefused { since, cause: GapCause::StorageSlow });
                }
            }
        }
    }
}

fn small_limits() -> Limits {
    Limits {
        fragment_bytes: 9_500,
        segment_bytes: 190_000,
        segment_usual: WallDuration::from_seconds(5),
        segment_longest: WallDuration::from_seconds(9),
        ..Limits::default()
    }
}

/// A stretch of time of which one thing is said.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Told {
    start: WallTime,
    end: WallTime,
}

/// What a writer makes of the outputs: checks that they fit together, and returns what is said about which time.
#[derive(Default)]
struct Writer {
    told: Vec<Told>,
    segment: Option<SegmentStart>,
    /// The fragment whose end is not known yet: its start, and the end it gives itself.
    pending: Option<(WallTime, WallTime)>,
    fragments: Vec<FragmentEntry>,
    appended: Vec<(WallTime, u32, u64)>,
    answered: std::collections::BTreeSet<u64>,
    gap: Option<Gap>,
}

impl Writer {
    fn until(&mut self, end: WallTime) {
        if let Some((start, own_end)) = self.pending.take() {
            assert!(start < own_end && own_end <= end, "it ends at {own_end:?}, then comes {end:?}");
            self.told.push(Told { start, end });
        }
    }

    fn index(&mut self, index: u64) {
        assert!(self.answered.insert(index), "sample {index} is answered twice");
    }

    fn obey(&mut self, output: &Output, limits: &Limits) {
        match output {
            Output::OpenSegment(start) => {
                assert!(self.segment.is_none() && self.appended.is_empty() && self.gap.is_none());
                assert!(start.bend_ppm.abs() <= 500);
                self.segment = Some(start.clone());
            }
            Output::Append { index, wall, duration } => {
                self.index(*index);
                let start = self.segment.as_ref().expect("appended to an open segment").start;
                assert!(*wall >= start);
                assert!(self.appended.last().is_none_or(|(before, ..)| before < wall), "times rise");
                self.appended.push((*wall, *duration, *index));
            }
            Output::Discard { index, .. } => self.index(*index),
            Output::CloseFragment { entry, .. } => {
                let first = self.appended.first().expect("no empty fragments").0;
                assert_eq!(entry.wall_start, first);
                assert_eq!(entry.samples as usize, self.appended.len());
                assert_eq!(
                    entry.duration,
                    self.appended.iter().map(|(_, duration, _)| u64::from(*duration)).sum::<u64>()
                );
                assert_eq!(entry.sync, entry.sync_back == 0);
                assert!(entry.bytes <= limits.fragment_bytes || entry.samples == 1);
                let back = self.fragments.iter().rev().position(|before| before.sync).map(|back| back as u32 + 1);
                assert_eq!(entry.sync_fragments_back, if entry.sync { Some(0) } else { back });
                self.until(first);
                self.pending = Some((first, entry.wall_end));
                self.fragments.push(*entry);
                self.appended.clear();
            }
            Output::CloseSegment { end, reason } => {
                let start = self.segment.take().expect("one is open");
                if let SegmentEnd::Storage(_) = reason {
                    // What began after the refusal is not stored.
                    self.appended.clear();
                    self.pending =
                        self.pending.filter(|(start, _)| start < end).map(|(start, own)| (start, own.min(*end)));
                    self.told.retain(|told| told.start < *end || told.end <= start.start);
                    if let Some(last) = self.told.last_mut().filter(|last| last.end > *end && last.start >= start.start)
                    {
                        last.end = *end;
                    }
                }
                assert!(self.appended.is_empty(), "everything appended is in a fragment");
                self.until(*end);
                assert!(start.start <= *end);
                let bytes: u64 = self.fragments.iter().map(|entry| entry.bytes).sum();
                let samples: u32 = self.fragments.iter().map(|entry| entry.samples).sum();
                assert!(bytes <= limits.segment_bytes || samples == 1);
                self.fragments.clear();
            }
            Output::Gap(gap) => match gap.end {
                None => {
                    assert!(self.segment.is_none() && self.gap.is_none());
                    self.gap = Some(*gap);
                }
                Some(end) => {
                    if let Some(open) = self.gap.take() {
                        assert_eq!((open.start, open.cause), (gap.start, gap.cause), "it ends as it began");
                    }
                    assert!(gap.start <= end);
                    self.until(gap.start);
                    self.told.push(Told { start: gap.start, end });
                }
            },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// Invariants 1 to 5 of `docs/design/recording.md`.
    #[test]
    fn every_second_is_told_once(
        events in proptest::collection::vec(event(), 1..40),
        previous in proptest::option::of(-9000i64..0),
    ) {
        let mut world = World::new(previous.map(|ms| (wall(ms), GapCause::RecorderDied)));
        events.into_iter().for_each(|event| world.live(event));
        world.live(Event::End(GapCause::RecorderStopped));

        let mut writer = Writer::default();
        let limits = small_limits();
        let mut back = Vec::new();
        for output in &world.said {
            if let Output::OpenSegment(SegmentStart { gap_before: Some(gap), start, .. }) = output
                && gap.cause == GapCause::ClockStep && gap.end == Some(gap.start)
            {
                back.push(*start);
            }
            writer.obey(output, &limits);
        }
        prop_assert!(writer.segment.is_none() && writer.appended.is_empty() && writer.pending.is_none());
        prop_assert_eq!(writer.answered.len() as u64, world.given, "every sample was answered");
        for pair in writer.told.windows(2) {
            let joined = pair[0].end == pair[1].start;
            prop_assert!(joined || back.contains(&pair[1].start), "{pair:?} of {:?}", writer.told);
        }
    }

    /// Without a wrong clock or camera, times are those of arrival to within what arrival itself is late.
    #[test]
    fn honest_times_are_kept(late in 0i64..200, gop in 1usize..100, minutes in 1i64..4) {
        let mut world = World::new(None);
        world.live(Event::Run);
        let count = (minutes * 60 * 25) as usize;
        world.live(Event::Samples { count, media: 40, clock: 40, late, gop, loss: 0 });
        let appended = world.said.iter().filter_map(|output| match output {
            Output::Append { index, wall, .. } => Some((*index, *wall)),
            _ => None,
        });
        for (index, at) in appended {
            let truth = wall(40 + index as i64 * 40);
            let off = (at - truth).ticks() / MS;
            prop_assert!((-1..=late + 1).contains(&off), "sample {index} is {off} ms off");
        }
    }

    /// The promise of durability: with ticks at the deadline, no sample waits longer than the limit to be in a closed
    /// fragment.
    #[test]
    fn nothing_waits_longer_than_it_may(events in proptest::collection::vec(event(), 1..20)) {
        let mut world = World::new(None);
        for event in events {
            world.live(event);
            world.live(Event::Rest(0));
            if let Some(due) = world.segmenter.next_deadline() {
                prop_assert!(due > MonoTime::from_nanos(world.now * 1_000_000));
            }
        }
        world.live(Event::Rest(1000));
        prop_assert_eq!(world.segmenter.next_deadline(), None, "all that was given is in closed fragments");
    }
}
