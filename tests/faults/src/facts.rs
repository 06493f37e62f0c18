//! What is known to be true of the store at a moment, from everything claimed before.

use std::collections::{BTreeMap, BTreeSet};

use candour_units::{Hash, SegmentId, WallDuration, WallRange, WallTime};

use crate::claims::Claim;
use crate::footage::{Run, Source};

/// Everything claimed up to a moment.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Runs, and how many pictures each has, once it has ended.
    pub runs: Vec<(Run, Option<i64>)>,
    /// How late it is.
    pub now: Option<WallTime>,
    /// When everything of a source is durable, by the start of each stretch.
    pub durable: BTreeMap<(Source, WallTime), WallTime>,
    /// What was to be deleted, and the key that opened it.
    pub deleting: Vec<(SegmentId, Source, WallRange, Hash)>,
    /// What is certified to be.
    pub deleted: BTreeSet<SegmentId>,
    /// Size and root of the log.
    pub log: Option<(u64, Hash)>,
    /// The newest value of the scene's setting.
    pub setting: u32,
    /// Whether the last word was a stop in order.
    pub stopped: bool,
}

impl Facts {
    /// Takes the next claim.
    pub fn take(&mut self, claim: &Claim) {
        match claim {
            Claim::Run(run) => self.runs.push((*run, None)),
            Claim::RunEnded(source, pictures) => {
                let run = self.runs.iter_mut().rfind(|(run, _)| run.source == *source);
                run.into_iter().for_each(|(_, count)| *count = Some(*pictures));
            }
            Claim::Now(now) => self.now = Some(*now),
            Claim::Durable(source, range) => {
                let known = self.durable.entry((*source, range.start)).or_insert(range.end);
                *known = (*known).max(range.end);
            }
            Claim::Deleting(segment, source, range, key) => self.deleting.push((*segment, *source, *range, *key)),
            Claim::Deleted(segment) => drop(self.deleted.insert(*segment)),
            Claim::Log(size, root) => self.log = Some((*size, *root)),
            Claim::Setting(value) => self.setting = value.parse().unwrap_or(0),
            Claim::Stopped(stopped) => self.stopped = *stopped,
        }
    }

    /// Every camera that ever ran.
    #[must_use]
    pub fn sources(&self) -> BTreeSet<Source> {
        self.runs.iter().map(|(run, _)| run.source).collect()
    }

    /// Every picture that came from a source by now, and when.
    pub fn pictures(&self, source: Source) -> impl Iterator<Item = (i64, WallTime)> {
        // Pictures of the second that was being sent were not claimed yet.
        let latest = self.now.unwrap_or(WallTime::EPOCH) + WallDuration::from_seconds(1);
        self.runs.iter().filter(move |(run, _)| run.source == source).flat_map(move |(run, count)| {
            let until = count.map_or(i64::MAX, |count| run.first + count);
            (run.first..until).map(|number| (number, run.time_of(number))).take_while(move |(_, time)| *time < latest)
        })
    }

    /// Whether a deletion was ordered of what was recorded then.
    #[must_use]
    pub fn is_leaving(&self, source: Source, time: WallTime) -> bool {
        self.deleting.iter().any(|(_, of, range, _)| *of == source && range.contains(time))
    }

    /// Whether this picture was said to be durable.
    #[must_use]
    pub fn is_durable(&self, source: Source, picture: WallRange) -> bool {
        let begun = self.durable.range((source, WallTime::EPOCH)..=(source, picture.start));
        begun.into_iter().any(|(_, until)| picture.end <= *until)
    }

    /// Whether anything of this source was said to be durable.
    #[must_use]
    pub fn is_known(&self, source: Source) -> bool {
        self.durable.keys().any(|(of, _)| *of == source)
    }
}
