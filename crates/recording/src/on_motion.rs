//! Recording only around what moves: whole groups of pictures wait in memory, before anything touches the disk, until it is known whether
//! something moved in them, shortly before or shortly after.
//!
//! A group is left out only by a positive finding: it and the time around it (`pre_roll` after it, `post_roll` before it, a second more on
//! each side) were looked at throughout, and nothing moved. Motion or a doubt there has it written. So does anything that keeps the answer
//! from coming in time: groups that wait too long, or for which there is no memory, are written. Nothing in here waits, reads a clock or draws.

use std::collections::VecDeque;

use candour_units::{WallDuration, WallRange, WallTime};

/// Findings and pictures are set against each other only so exactly: two streams of a camera do not arrive at one moment.
const MARGIN: WallDuration = WallDuration::from_seconds(1);
/// How much longer than the pre-roll a group waits for an answer. Findings come within three seconds where all is well.
const PATIENCE: WallDuration = WallDuration::from_seconds(10);
/// Arrivals that go back further than this belong to another clock: all that was found before says nothing any more.
const STEP: WallDuration = WallDuration::from_seconds(1);
/// Stretches in which something moved that are remembered; they are joined, so it takes a camera that never rests to reach it.
const MOST_STIRRED: usize = 4_096;

/// How much around what moves is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rolls {
    /// Before it.
    pub pre: WallDuration,
    /// After it.
    pub post: WallDuration,
}

/// What a stretch of time showed, as far as recording depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It was looked at throughout, and nothing moved.
    Stillness,
    /// Something moved, or nothing can be said.
    Anything,
}

/// What is to be done with samples, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<S> {
    /// Write it.
    Write(S),
    /// From this moment on, the arrival of the first sample that is left out, nothing is written until the next [`Verdict::Write`].
    LeaveOut(WallTime),
}

/// A sample, as far as this depends on it.
#[derive(Debug, Clone)]
struct Held<S> {
    at: WallTime,
    len: usize,
    sample: S,
}

/// A group of pictures; without its sync sample where the run began in the middle of one.
#[derive(Debug, Clone)]
struct Group<S> {
    samples: Vec<Held<S>>,
    /// The newest arrival in it, or that of the next group's first sample once there is one.
    end: WallTime,
    whole: bool,
    /// Its beginning is written, so the rest of it is too.
    writes: bool,
}

/// One stream that is recorded around what moves. `S` is whatever the shell calls a sample.
#[derive(Debug, Clone)]
pub struct OnMotion<S> {
    rolls: Rolls,
    most_bytes: usize,
    groups: VecDeque<Group<S>>,
    bytes: usize,
    /// Up to here it is known what was shown.
    known: Option<WallTime>,
    /// Where something moved or nothing can be said, in order, joined.
    stirred: VecDeque<WallRange>,
    /// Whether the sample before was written.
    writing: bool,
}

impl<S> OnMotion<S> {
    /// Nothing seen yet; at most so many bytes of samples wait.
    #[must_use]
    pub fn new(rolls: Rolls, most_bytes: usize) -> Self {
        Self {
            rolls,
            most_bytes,
            groups: VecDeque::new(),
            bytes: 0,
            known: None,
            stirred: VecDeque::new(),
            writing: true,
        }
    }

    /// What it records around motion from now on.
    pub fn set_rolls(&mut self, rolls: Rolls) {
        self.rolls = rolls;
    }

    /// The next sample, which arrived `at` that moment and has so many bytes.
    pub fn sample(&mut self, at: WallTime, sync: bool, len: usize, sample: S) -> Vec<Verdict<S>> {
        let mut out = Vec::new();
        if self.groups.back().is_some_and(|group| at < group.end - STEP) {
            out = self.flush();
            self.known = None;
            self.stirred.clear();
        }
        let begins = sync || self.groups.back().is_none();
        if let Some(last) = self.groups.back_mut() {
            last.end = last.end.max(at);
            last.whole |= sync;
        }
        if begins {
            // What the group before began and the disk has need not be remembered.
            if self.groups.back().is_some_and(|group| group.samples.is_empty()) {
                self.groups.pop_back();
            }
            self.groups.push_back(Group { samples: Vec::new(), end: at, whole: false, writes: false });
        }
        self.bytes = self.bytes.saturating_add(len);
        if let Some(group) = self.groups.back_mut() {
            group.samples.push(Held { at, len, sample });
        }
        self.settle(at, &mut out);
        out
    }

    /// What a stretch of time showed; stretches come in order, one that grows comes again. Time between two of them showed nothing that can
    /// be said.
    pub fn seen(&mut self, range: WallRange, shown: Shown) -> Vec<Verdict<S>> {
        let known = self.known;
        match known {
            None => self.stir(WallRange { start: WallTime::from_ticks(i64::MIN / 4), end: range.start }),
            Some(known) if range.start > known => self.stir(WallRange { start: known, end: range.start }),
            Some(_) => {}
        }
        if shown == Shown::Anything {
            self.stir(range);
        }
        self.known = Some(known.map_or(range.end, |known| known.max(range.end)));
        let mut out = Vec::new();
        if let Some(now) = self.groups.back().map(|group| group.end) {
            self.settle(now, &mut out);
        }
        out
    }

    /// Nothing more comes, or nobody looks any more: what waits is written.
    pub fn flush(&mut self) -> Vec<Verdict<S>> {
        let mut out = Vec::new();
        while let Some(group) = self.groups.pop_front() {
            self.write(group.samples, &mut out);
        }
        self.bytes = 0;
        out
    }

    /// Whether the samples that come now are left out.
    #[must_use]
    pub fn leaves_out(&self) -> bool {
        !self.writing
    }

    /// Decides about groups, the oldest first, as far as it is known.
    fn settle(&mut self, now: WallTime, out: &mut Vec<Verdict<S>>) {
        while let Some(group) = self.groups.front() {
            let start = group.samples.first().map_or(group.end, |held| held.at);
            let around =
                WallRange { start: start - self.rolls.post - MARGIN, end: group.end + self.rolls.pre + MARGIN };
            let stirred = group.writes || self.stirred.iter().any(|range| touches(range, &around));
            let still = group.whole && self.known.is_some_and(|known| known >= around.end);
            let late = now - start > self.rolls.pre + MARGIN + PATIENCE || self.bytes > self.most_bytes;
            match (stirred || late && !still, still) {
                (true, _) => self.write_first(out),
                (false, true) => self.leave_out_first(start, out),
                (false, false) => break,
            }
            if self.groups.front().is_some_and(|group| group.writes) {
                // It goes on: its samples are written as they come.
                break;
            }
        }
        self.forget();
    }

    fn write_first(&mut self, out: &mut Vec<Verdict<S>>) {
        let Some(group) = self.groups.front_mut() else { return };
        let samples = std::mem::take(&mut group.samples);
        group.writes = true;
        self.bytes = self.bytes.saturating_sub(samples.iter().map(|held| held.len).sum());
        if self.groups.front().is_some_and(|group| group.whole) {
            self.groups.pop_front();
        }
        self.write(samples, out);
    }

    fn leave_out_first(&mut self, start: WallTime, out: &mut Vec<Verdict<S>>) {
        let Some(group) = self.groups.pop_front() else { return };
        self.bytes = self.bytes.saturating_sub(group.samples.iter().map(|held| held.len).sum());
        if std::mem::replace(&mut self.writing, false) {
            out.push(Verdict::LeaveOut(start));
        }
    }

    fn write(&mut self, samples: Vec<Held<S>>, out: &mut Vec<Verdict<S>>) {
        self.writing |= !samples.is_empty();
        out.extend(samples.into_iter().map(|held| Verdict::Write(held.sample)));
    }

    fn stir(&mut self, range: WallRange) {
        match self.stirred.back_mut() {
            Some(last) if range.start <= last.end => {
                last.start = last.start.min(range.start);
                last.end = last.end.max(range.end);
            }
            _ => self.stirred.push_back(range),
        }
        if self.stirred.len() > MOST_STIRRED
            && let Some(first) = self.stirred.pop_front()
            && let Some(next) = self.stirred.front_mut()
        {
            // What lay between is forgotten as still, never as moved.
            next.start = first.start;
        }
    }

    /// What moved so long ago that no group of now is touched by it.
    fn forget(&mut self) {
        let Some(oldest) = self.groups.front().and_then(|group| group.samples.first()).map(|held| held.at) else {
            return;
        };
        let reach = oldest - self.rolls.post - MARGIN - MARGIN;
        while self.stirred.front().is_some_and(|range| range.end < reach) {
            self.stirred.pop_front();
        }
    }
}

fn touches(range: &WallRange, around: &WallRange) -> bool {
    range.start <= around.end && around.start <= range.end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tenths of a second.
    fn at(tenths: i64) -> WallTime {
        WallTime::from_ticks(1_000_000_000 + tenths * 9_000)
    }

    fn range(start: i64, end: i64) -> WallRange {
        WallRange { start: at(start), end: at(end) }
    }

    fn rolls(pre: i64, post: i64) -> Rolls {
        Rolls { pre: WallDuration::from_seconds(pre), post: WallDuration::from_seconds(post) }
    }

    /// Which samples are written, of one each tenth of a second with a sync sample each second; `seen` is told when its second number comes.
    fn run(gate: &mut OnMotion<i64>, tenths: std::ops::Range<i64>, seen: &[(i64, i64, i64, Shown)]) -> Vec<i64> {
        let mut written = Vec::new();
        let mut take = |verdicts: Vec<Verdict<i64>>| {
            written.extend(verdicts.into_iter().filter_map(|verdict| match verdict {
                Verdict::Write(tenth) => Some(tenth),
                Verdict::LeaveOut(_) => None,
            }));
        };
        for tenth in tenths {
            for (when, start, end, shown) in seen {
                if *when == tenth {
                    take(gate.seen(range(*start, *end), *shown));
                }
            }
            take(gate.sample(at(tenth), tenth % 10 == 0, 1_000, tenth));
        }
        take(gate.flush());
        written
    }

    #[test]
    fn around_motion_whole_groups_are_written_and_nothing_else() {
        let mut gate = OnMotion::new(rolls(2, 3), 1 << 20);
        // Told each second, a second late; something moves from 30.0 to 31.0 s.
        let told: Vec<_> = (0..90)
            .map(|second| {
                let shown = if second == 30 { Shown::Anything } else { Shown::Stillness };
                (second * 10 + 20, second * 10, second * 10 + 10, shown)
            })
            .collect();
        let written = run(&mut gate, 0..900, &told);
        // The start is a doubt (nobody knows what was before), the end is flushed.
        let middle: Vec<_> = written.iter().copied().filter(|tenth| (100..800).contains(tenth)).collect();
        assert_eq!((middle.first(), middle.last()), (Some(&270), Some(&359)));
        assert_eq!(middle, (270..360).collect::<Vec<_>>(), "without a hole");
    }

    #[test]
    fn without_findings_everything_is_written() {
        let mut gate = OnMotion::new(rolls(2, 3), 1 << 20);
        assert_eq!(run(&mut gate, 0..900, &[]), (0..900).collect::<Vec<_>>());
        // Nor is anything left out for which there is no memory until it is known.
        let mut gate = OnMotion::new(rolls(2, 3), 5_000);
        assert_eq!(run(&mut gate, 0..900, &[(890, 0, 890, Shown::Stillness)]), (0..900).collect::<Vec<_>>());
    }

    #[test]
    fn a_clock_that_steps_back_forgets_what_was_found() {
        let mut gate = OnMotion::new(rolls(1, 1), 1 << 20);
        gate.seen(range(-1000, 2000), Shown::Stillness);
        run(&mut gate, 500..520, &[]);
        gate.sample(at(600), true, 10, 600);
        gate.sample(at(100), true, 10, 100);
        assert_eq!(gate.known, None);
    }

    #[derive(Debug, Clone)]
    enum Act {
        Sample { after: i64, sync: bool, len: usize },
        Tell { length: i64, hole: i64, shown: Shown },
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let sample = (1i64..6, prop::bool::weighted(0.15), 1usize..2_000).prop_map(|(after, sync, len)| Act::Sample {
            after,
            sync,
            len,
        });
        let shown = prop_oneof![6 => Just(Shown::Stillness), 1 => Just(Shown::Anything)];
        let tell = (1i64..80, prop_oneof![9 => Just(0i64), 1 => 1i64..30], shown)
            .prop_map(|(length, hole, shown)| Act::Tell { length, hole, shown });
        prop::collection::vec(prop_oneof![8 => sample, 1 => tell], 0..500)
    }

    proptest! {
        /// Whatever comes in whatever rhythm: samples keep their order, none is written twice, and one is left out only if every moment
        /// around it was told to be still when it was. So a finding that is missing, late or in doubt, and memory that does not suffice,
        /// end in recording.
        #[test]
        fn only_what_was_told_to_be_still_is_left_out(acts in acts(), pre in 0i64..6, post in 0i64..6, most in 1_000usize..60_000) {
            let mut gate = OnMotion::new(rolls(pre, post), most);
            let (mut now, mut told_to) = (0i64, 0i64);
            let (mut sent, mut written) = (Vec::<i64>::new(), Vec::<i64>::new());
            let mut told = Vec::<(i64, i64, Shown)>::new();
            let mut left_out_from = Vec::new();
            for act in acts {
                let verdicts = match act {
                    Act::Sample { after, sync, len } => {
                        now += after;
                        sent.push(now);
                        gate.sample(at(now), sync, len, now)
                    }
                    Act::Tell { length, hole, shown } => {
                        let start = told_to + hole;
                        // Nobody tells of what has not come.
                        let end = (start + length).min(now);
                        if end <= start {
                            continue;
                        }
                        told_to = end;
                        told.push((start, end, shown));
                        gate.seen(range(start, end), shown)
                    }
                };
                for verdict in verdicts {
                    match verdict {
                        Verdict::Write(tenth) => written.push(tenth),
                        Verdict::LeaveOut(from) => left_out_from.push(from),
                    }
                }
                prop_assert!(gate.bytes <= most + 2_000, "memory is bounded");
            }
            written.extend(gate.flush().into_iter().filter_map(|verdict| match verdict {
                Verdict::Write(tenth) => Some(tenth),
                Verdict::LeaveOut(_) => None,
            }));
            prop_assert!(written.windows(2).all(|two| two[0] < two[1]), "in order, once");
            let is_still = |moment: i64| {
                told.iter().any(|(start, end, shown)| *shown == Shown::Stillness && (*start..=*end).contains(&moment))
                    && !told.iter().any(|(start, end, shown)| *shown == Shown::Anything && (*start..=*end).contains(&moment))
            };
            let kept: std::collections::BTreeSet<_> = written.iter().copied().collect();
            prop_assert!(kept.iter().all(|tenth| sent.contains(tenth)));
            for tenth in sent.iter().filter(|tenth| !kept.contains(tenth)) {
                let around = tenth - post * 10..=tenth + pre * 10;
                prop_assert!(around.clone().all(is_still), "{tenth} was left out, and {around:?} was not still: {told:?}");
            }
            for from in left_out_from {
                prop_assert!(sent.iter().any(|tenth| at(*tenth) == from && !kept.contains(tenth)));
            }
        }
    }
}
