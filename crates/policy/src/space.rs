//! What gives way when a disk is full (rule 10 of the store): first what is due, then the oldest footage past its
//! purpose's minimum, the least important first, and only then the least important stream. A hold is never touched.

use std::cmp::Reverse;
use std::collections::HashSet;

use candour_units::{SegmentId, StreamId, WallDuration, WallTime};

use crate::spoken::length;
use crate::{DeletionTime, PlannedDeletion, SegmentFact, plan};

/// How much a purpose matters when not everything fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Importance {
    /// Gives way first.
    Low,
    /// What a purpose is unless somebody wrote another word.
    #[default]
    Middle,
    /// Gives way last.
    High,
}

impl Importance {
    /// The number in rows: 1 low, 2 middle, 3 high. What is not one of them counts as middle.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Low,
            3 => Self::High,
            _ => Self::Middle,
        }
    }

    /// The number in rows.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Low => 1,
            Self::Middle => 2,
            Self::High => 3,
        }
    }
}

/// Room that is kept for what must always fit: footers of open segments, a rewrite of the keyring, the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserve {
    /// Below this many free bytes room is made.
    pub low: u64,
    /// That much is aimed at, so that room is not made anew for every segment.
    pub aim: u64,
    /// Below this nothing more is recorded at all.
    pub floor: u64,
}

impl Reserve {
    /// What is kept free of a file system of `total` bytes: a fiftieth, between 256 MiB and 8 GiB, of a small one a tenth.
    #[must_use]
    pub fn of(total: u64) -> Self {
        const LEAST: u64 = 256 << 20;
        const MOST: u64 = 8 << 30;
        let low = (total / 50).clamp(LEAST, MOST).min(total / 10);
        Self { low, aim: low + low / 4, floor: low / 4 }
    }
}

/// The rule of footage that gives way on a full disk, as a stable word; stands in certificates.
pub const DISK_FULL: &str = "disk_full";

/// What the planner must know of a closed segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FootageFact {
    /// Times, purpose and hold.
    pub segment: SegmentFact,
    /// Bytes that deleting it frees.
    pub len_bytes: u64,
    /// How long its purpose needs it at least; as long as it is kept unless somebody wrote less.
    pub minimum: WallDuration,
    /// How much its purpose matters.
    pub importance: Importance,
}

/// What the planner must know of a stream that records into the full directory, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamFact {
    /// The stream.
    pub stream: StreamId,
    /// How much its purpose matters.
    pub importance: Importance,
    /// Bytes it writes in a minute.
    pub bytes_per_minute: u64,
    /// Whether it was stopped for want of room.
    pub stopped: bool,
}

/// What is to be done for room now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomPlan {
    /// Past its end: goes in any case, the longest overdue first.
    pub due: Vec<PlannedDeletion>,
    /// Goes before its end, in this order.
    pub early: Vec<PlannedDeletion>,
    /// The stream that has to stop.
    pub stop: Option<StreamId>,
    /// The stream that may record again.
    pub resume: Option<StreamId>,
    /// Bytes still missing to what is aimed at when all deletions are carried out.
    pub missing: u64,
}

/// Plans what gives way in one storage directory with `free` bytes. One stream stops or resumes at a time; ask again when
/// the plan is carried out. Of `footage` it is enough to name the oldest of each purpose.
#[must_use]
pub fn plan_room(
    free: u64,
    reserve: Reserve,
    footage: &[FootageFact],
    streams: &[StreamFact],
    now: DeletionTime,
) -> RoomPlan {
    if free >= reserve.low {
        let resume = if free >= reserve.aim { most_important(streams) } else { None };
        return RoomPlan { resume, ..RoomPlan::default() };
    }
    let segments: Vec<SegmentFact> = footage.iter().map(|fact| fact.segment.clone()).collect();
    let due = plan(&segments, now).deletions;
    let going: HashSet<SegmentId> = due.iter().map(|planned| planned.segment).collect();
    let bytes_due = footage.iter().filter(|fact| going.contains(&fact.segment.segment)).map(|fact| fact.len_bytes);
    let mut missing = reserve.aim.saturating_sub(free).saturating_sub(bytes_due.sum());
    let mut early = Vec::new();
    for fact in candidates(footage, &going, now) {
        if missing == 0 {
            break;
        }
        missing = missing.saturating_sub(fact.len_bytes);
        early.push(early_deletion(fact));
    }
    // What is left of the way to the mark decides: a stream stops only where deleting cannot help any more.
    let reached = reserve.aim.saturating_sub(missing);
    let stop = if reached < reserve.low { least_important(streams) } else { None };
    RoomPlan { due, early, stop, resume: None, missing }
}

/// What may go before its end: past its minimum and not held, the least important first, of those the oldest.
fn candidates<'a>(
    footage: &'a [FootageFact],
    going: &HashSet<SegmentId>,
    now: DeletionTime,
) -> impl Iterator<Item = &'a FootageFact> {
    let mut seen = going.clone();
    let mut found: Vec<&FootageFact> = match now {
        Err(_) => Vec::new(),
        Ok(now) => footage
            .iter()
            .filter(|fact| fact.segment.held.is_none() && may_go_at(fact) <= now.wall())
            .filter(|fact| seen.insert(fact.segment.segment))
            .collect(),
    };
    found.sort_by_key(|fact| (fact.importance, fact.segment.start, fact.segment.segment));
    found.into_iter()
}

/// From this moment on it may make room for newer footage.
fn may_go_at(fact: &FootageFact) -> WallTime {
    fact.segment.start.saturating_add(fact.minimum).min(fact.segment.keep_until)
}

/// `Made room: the disk was full. Kept for at least 1 day, as promised for: Theft at the entrance`.
fn early_deletion(fact: &FootageFact) -> PlannedDeletion {
    let rule = format!(
        "Made room: the disk was full. Kept for at least {} from capture, as promised for: {}",
        length(fact.minimum),
        fact.segment.purpose.trim()
    );
    PlannedDeletion { segment: fact.segment.segment, rule, rule_id: DISK_FULL, due: may_go_at(fact) }
}

/// Of those that record, the least important; of equals the one that writes most.
fn least_important(streams: &[StreamFact]) -> Option<StreamId> {
    let recording = streams.iter().filter(|fact| !fact.stopped);
    recording.min_by_key(|fact| (fact.importance, Reverse(fact.bytes_per_minute), fact.stream)).map(|fact| fact.stream)
}

/// Of those that were stopped, the most important; of equals the one that writes least.
fn most_important(streams: &[StreamFact]) -> Option<StreamId> {
    let stopped = streams.iter().filter(|fact| fact.stopped);
    stopped.min_by_key(|fact| (Reverse(fact.importance), fact.bytes_per_minute, fact.stream)).map(|fact| fact.stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TimeEvidence, Unproved, prove};
    use proptest::prelude::*;

    const RESERVE: Reserve = Reserve { low: 1000, aim: 1250, floor: 250 };

    fn at(seconds: i64) -> WallTime {
        WallTime::from_unix_seconds(1_000_000 + seconds)
    }

    fn proved(seconds: i64) -> DeletionTime {
        prove(&TimeEvidence { wall: at(seconds), high_water: Some(at(-1)), elapsed: None, kernel_synchronised: true })
    }

    fn fact(number: u8, start: i64, minimum: i64, importance: Importance, len_bytes: u64) -> FootageFact {
        let segment = SegmentFact {
            segment: SegmentId::from_bytes([number; 16]),
            start: at(start),
            keep_until: at(start + 10_000),
            purpose: "Theft at the entrance".to_owned(),
            ended_by: None,
            held: None,
        };
        FootageFact { segment, len_bytes, minimum: WallDuration::from_seconds(minimum), importance }
    }

    fn stream(number: u8, importance: Importance, bytes_per_minute: u64, stopped: bool) -> StreamFact {
        StreamFact { stream: StreamId::from_bytes([number; 16]), importance, bytes_per_minute, stopped }
    }

    fn numbers(planned: &[PlannedDeletion]) -> Vec<u8> {
        planned.iter().map(|planned| planned.segment.as_bytes()[0]).collect()
    }

    use Importance::{High, Low, Middle};

    #[test]
    fn with_room_nothing_goes() {
        let footage = [fact(1, 0, 100, Low, 500)];
        assert_eq!(plan_room(1000, RESERVE, &footage, &[], proved(5000)), RoomPlan::default());
    }

    #[test]
    fn what_is_due_comes_first_then_the_least_important_and_oldest() {
        let footage = [
            fact(1, 0, 100, Middle, 300),
            fact(2, 10, 100, Low, 300),
            fact(3, 5, 100, Low, 300),
            fact(4, -9000, 9999, High, 300),
            fact(5, 0, 9000, Low, 300),
        ];
        let found = plan_room(100, RESERVE, &footage, &[stream(1, Low, 1, false)], proved(1500));
        assert_eq!((numbers(&found.due), numbers(&found.early)), (vec![4], vec![3, 2, 1]));
        assert_eq!((found.stop, found.missing), (None, 0));
        let rule = &found.early[0].rule;
        assert_eq!(
            rule,
            "Made room: the disk was full. Kept for at least 100 seconds from capture, as promised for: Theft at the entrance"
        );
    }

    #[test]
    fn no_more_goes_than_is_needed() {
        let footage: Vec<_> = (1..=9).map(|n| fact(n, i64::from(n), 0, Middle, 100)).collect();
        assert_eq!(numbers(&plan_room(950, RESERVE, &footage, &[], proved(5000)).early), [1, 2, 3]);
    }

    #[test]
    fn the_least_important_stream_stops_last_of_all() {
        let streams = [stream(1, High, 9, false), stream(2, Middle, 5, false), stream(3, Middle, 7, false)];
        let found = plan_room(100, RESERVE, &[], &streams, proved(5000));
        assert_eq!(found.stop, Some(streams[2].stream));
        // Unless deleting is enough.
        let footage = [fact(1, 0, 100, High, 900)];
        let found = plan_room(100, RESERVE, &footage, &streams, proved(5000));
        assert_eq!((numbers(&found.early), found.stop), (vec![1], None));
    }

    #[test]
    fn streams_resume_the_most_important_first_when_there_is_more_room_than_the_mark() {
        let streams = [stream(1, High, 9, true), stream(2, High, 5, true), stream(3, Low, 7, true)];
        assert_eq!(plan_room(1249, RESERVE, &[], &streams, proved(0)).resume, None);
        assert_eq!(plan_room(1250, RESERVE, &[], &streams, proved(0)).resume, Some(streams[1].stream));
    }

    #[test]
    fn without_proved_time_nothing_goes_early() {
        let footage = [fact(1, 0, 0, Low, 5000)];
        let waiting = Err(Unproved::First { wall: at(5000) });
        let found = plan_room(0, RESERVE, &footage, &[stream(1, Low, 1, false)], waiting);
        assert_eq!((found.early.len(), found.due.len(), found.stop.is_some()), (0, 0, true));
    }

    #[test]
    fn a_reserve_fits_its_disk() {
        for (total, low) in
            [(2 << 20, 209_715), (1 << 30, 107_374_182), (100 << 30, 2_147_483_648), (16 << 40, 8 << 30)]
        {
            let reserve = Reserve::of(total);
            assert_eq!(reserve.low, low);
            assert!(reserve.floor < reserve.low && reserve.low < reserve.aim && reserve.aim < total);
        }
        assert_eq!(Reserve::of(0).low, 0);
    }

    fn importance() -> impl Strategy<Value = Importance> {
        prop::sample::select(vec![Low, Middle, High])
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
        #[test]
        fn plans_keep_rule_10(
            facts in prop::collection::vec((0_u8..40, -12_000_i64..1000, 0_i64..9000, importance(), 1_u64..400, any::<bool>()), 0..30),
            streams in prop::collection::vec((0_u8..9, importance(), 0_u64..9, any::<bool>()), 0..6),
            free in 0_u64..2000,
            now in 0_i64..3000,
        ) {
            let mut seen = HashSet::new();
            let footage: Vec<FootageFact> = facts.iter().filter(|(number, ..)| seen.insert(*number))
                .map(|(number, start, minimum, importance, len, held)| {
                    let mut fact = fact(*number, *start, *minimum, *importance, *len);
                    fact.segment.held = held.then_some(crate::Suspension {
                        hold: candour_units::HoldId::from_bytes([8; 16]),
                        until: WallTime::MAX,
                    });
                    fact
                }).collect();
            let streams: Vec<_> = streams.iter().map(|(n, i, bytes, stopped)| stream(*n, *i, *bytes, *stopped)).collect();
            let found = plan_room(free, RESERVE, &footage, &streams, proved(now));
            prop_assert_eq!(&found, &plan_room(free, RESERVE, &footage, &streams, proved(now)));
            let of = |planned: &PlannedDeletion| footage.iter().find(|fact| fact.segment.segment == planned.segment).expect("it was named");
            let early: Vec<_> = found.early.iter().map(of).collect();
            let due: Vec<_> = found.due.iter().map(of).collect();
            prop_assert!(due.iter().chain(&early).all(|fact| fact.segment.held.is_none()));
            prop_assert!(due.iter().all(|fact| fact.segment.keep_until <= at(now)));
            prop_assert!(early.iter().all(|fact| fact.segment.start + fact.minimum <= at(now)));
            prop_assert!(early.iter().all(|fact| due.iter().all(|other| other.segment.segment != fact.segment.segment)));
            // Nothing that stays would have had to go before something that goes.
            let order = |fact: &FootageFact| (fact.importance, fact.segment.start, fact.segment.segment);
            let last = early.last().map(|fact| order(fact));
            let may = |fact: &&FootageFact| fact.segment.held.is_none() && fact.segment.start + fact.minimum <= at(now);
            let stays = footage.iter().filter(may).filter(|fact| early.iter().chain(&due).all(|gone| gone.segment.segment != fact.segment.segment));
            let stays: Vec<_> = stays.collect();
            prop_assert!(stays.iter().all(|fact| last.is_none_or(|last| order(fact) > last)));
            // No more than is needed; and nobody stops while something may still go.
            let bytes = |facts: &[&FootageFact]| facts.iter().map(|fact| fact.len_bytes).sum::<u64>();
            if let Some((_, but_last)) = early.split_last() {
                prop_assert!(free + bytes(&due) + bytes(but_last) < RESERVE.aim);
            }
            if found.stop.is_some() {
                prop_assert!(stays.is_empty() && free + bytes(&due) + bytes(&early) < RESERVE.low);
            }
            if free >= RESERVE.low {
                prop_assert!(found.early.is_empty() && found.due.is_empty() && found.stop.is_none());
            }
            prop_assert!(found.stop.is_none() || found.resume.is_none());
        }
    }
}
