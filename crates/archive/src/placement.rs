//! Which storage directory a stream is written to: pure.
//!
//! A stream stays where it is while the directory can be written and has room. It leaves one that cannot, and moves for
//! balance only when a directory has far less to write than its room deserves.

use std::collections::BTreeMap;

use candour_recording::GapCause;
use candour_units::StreamId;

/// What the choice must know of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectoryFact {
    pub(crate) storage: i64,
    /// Whether streams may begin there: it works and has room.
    pub(crate) takes: bool,
    /// Whether it has done so for long enough to be trusted with streams that are well where they are.
    pub(crate) settled: bool,
    /// Why streams must not stay.
    pub(crate) leave: Option<GapCause>,
    /// Bytes free beyond what is kept in reserve.
    pub(crate) room: u64,
}

/// What the choice must know of a stream that records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamFact {
    pub(crate) stream: StreamId,
    /// Where it is written, or is about to be.
    pub(crate) storage: Option<i64>,
    pub(crate) bytes_per_minute: u64,
}

/// A stream that is to be written elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) stream: StreamId,
    pub(crate) to: i64,
    /// Why it cannot stay; `None` if it could, and moves for balance.
    pub(crate) cause: Option<GapCause>,
}

/// The directory in which a stream of that rate finds room for longest, among those that take streams; of equals the one
/// with the lowest number. `load`: bytes a minute that each is to write already.
pub(crate) fn choose(directories: &[DirectoryFact], load: &BTreeMap<i64, u64>, bytes_per_minute: u64) -> Option<i64> {
    let lasts = |fact: &DirectoryFact| {
        let minute = load.get(&fact.storage).copied().unwrap_or(0).saturating_add(bytes_per_minute).max(1);
        // A few percent more are no reason: what was measured moments apart differs by as much.
        ((fact.room / minute).max(1) as f64).log2() * 16.0
    };
    let takes = directories.iter().filter(|fact| fact.takes);
    takes.max_by_key(|fact| (lasts(fact) as u64, std::cmp::Reverse(fact.storage))).map(|fact| fact.storage)
}

/// What each directory is to write in a minute.
pub(crate) fn load_of(streams: &[StreamFact]) -> BTreeMap<i64, u64> {
    let mut load = BTreeMap::new();
    for (storage, bytes) in streams.iter().filter_map(|fact| Some((fact.storage?, fact.bytes_per_minute))) {
        *load.entry(storage).or_default() += bytes;
    }
    load
}

/// Every stream that must leave and finds a place, and at most one that moves for balance.
pub(crate) fn plan_moves(directories: &[DirectoryFact], streams: &[StreamFact]) -> Vec<Move> {
    let mut load = load_of(streams);
    let mut moves = Vec::new();
    for fact in streams {
        let Some(cause) = must_leave(directories, fact) else { continue };
        let Some(to) = choose(directories, &load, fact.bytes_per_minute).filter(|to| Some(*to) != fact.storage) else {
            continue;
        };
        if let Some(left) = fact.storage.and_then(|from| load.get_mut(&from)) {
            *left = left.saturating_sub(fact.bytes_per_minute);
        }
        *load.entry(to).or_default() += fact.bytes_per_minute;
        moves.push(Move { stream: fact.stream, to, cause: Some(cause) });
    }
    if moves.is_empty() {
        moves.extend(balance(directories, streams, &load));
    }
    moves
}

fn must_leave(directories: &[DirectoryFact], fact: &StreamFact) -> Option<GapCause> {
    let from = directories.iter().find(|directory| Some(directory.storage) == fact.storage);
    match from {
        Some(directory) => directory.leave,
        None => Some(GapCause::StorageFailed),
    }
}

/// A settled directory that writes less than three quarters of what its share of the room deserves gets a stream from the
/// one that writes most for its room, if it then has no more than its share.
fn balance(directories: &[DirectoryFact], streams: &[StreamFact], load: &BTreeMap<i64, u64>) -> Option<Move> {
    let fair: Vec<&DirectoryFact> = directories.iter().filter(|fact| fact.takes && fact.settled).collect();
    let room: f64 = fair.iter().map(|fact| fact.room as f64).sum();
    let of = |storage: i64| load.get(&storage).copied().unwrap_or(0) as f64;
    let written: f64 = fair.iter().map(|fact| of(fact.storage)).sum();
    let share = |fact: &DirectoryFact| written * (fact.room as f64 / room.max(1.0));
    let excess = |fact: &DirectoryFact| of(fact.storage) - share(fact);
    let by_excess = |a: &&&DirectoryFact, b: &&&DirectoryFact| excess(a).total_cmp(&excess(b));
    let (to, from) = (fair.iter().min_by(by_excess)?, fair.iter().max_by(by_excess)?);
    if of(to.storage) >= share(to) * 0.75 || to.storage == from.storage {
        return None;
    }
    let fits = |fact: &&StreamFact| of(to.storage) + fact.bytes_per_minute as f64 <= share(to) * 1.1;
    let movable = streams.iter().filter(|fact| fact.storage == Some(from.storage)).filter(fits);
    let stream = movable.max_by_key(|fact| (fact.bytes_per_minute, fact.stream))?;
    Some(Move { stream: stream.stream, to: to.storage, cause: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GB: u64 = 1_000_000_000;

    fn directory(storage: i64, room: u64) -> DirectoryFact {
        DirectoryFact { storage, takes: true, settled: true, leave: None, room: room * GB }
    }

    fn broken(storage: i64) -> DirectoryFact {
        let leave = Some(GapCause::StorageFailed);
        DirectoryFact { takes: false, settled: false, leave, ..directory(storage, 100) }
    }

    fn stream(number: u8, storage: Option<i64>) -> StreamFact {
        StreamFact { stream: StreamId::from_bytes([number; 16]), storage, bytes_per_minute: 30_000_000 }
    }

    /// Carries out plans until there is nothing to do; gives where each stream ends up.
    fn settle(directories: &[DirectoryFact], mut streams: Vec<StreamFact>) -> Vec<Option<i64>> {
        for _ in 0..200 {
            let moves = plan_moves(directories, &streams);
            if moves.is_empty() {
                return streams.iter().map(|fact| fact.storage).collect();
            }
            for step in moves {
                let fact = streams.iter_mut().find(|fact| fact.stream == step.stream).expect("it was asked about");
                fact.storage = Some(step.to);
            }
        }
        panic!("streams move for ever");
    }

    fn counts(placed: &[Option<i64>]) -> Vec<usize> {
        (0..4).map(|storage| placed.iter().filter(|found| **found == Some(storage)).count()).collect()
    }

    #[test]
    fn new_streams_spread_by_room_and_load() {
        let new = |n: u8| (0..n).map(|number| stream(number, None)).collect::<Vec<_>>();
        assert_eq!(counts(&settle(&[directory(0, 100), directory(1, 100)], new(8))), [4, 4, 0, 0]);
        assert_eq!(counts(&settle(&[directory(0, 100), directory(1, 300)], new(8))), [2, 6, 0, 0]);
        assert_eq!(counts(&settle(&[directory(0, 0), directory(1, 300)], new(3))), [0, 3, 0, 0]);
        assert_eq!(choose(&[], &BTreeMap::new(), 1), None);
    }

    #[test]
    fn streams_leave_what_cannot_be_written_and_come_back_when_it_can() {
        let well: Vec<_> = (0..4).map(|number| stream(number, Some(i64::from(number % 2)))).collect();
        assert!(plan_moves(&[directory(0, 100), directory(1, 100)], &well).is_empty(), "what is well stays");
        let left = settle(&[directory(0, 100), broken(1)], well);
        assert_eq!(counts(&left), [4, 0, 0, 0]);
        let streams: Vec<_> = (0..4).map(|number| stream(number, left[usize::from(number)])).collect();
        let unsettled = DirectoryFact { settled: false, ..directory(1, 100) };
        assert!(plan_moves(&[directory(0, 100), unsettled], &streams).is_empty(), "not before it is trusted again");
        assert_eq!(counts(&settle(&[directory(0, 100), directory(1, 100)], streams)), [2, 2, 0, 0]);
    }

    #[test]
    fn with_nowhere_to_go_a_stream_stays() {
        assert!(plan_moves(&[broken(0)], &[stream(1, Some(0))]).is_empty());
        assert!(plan_moves(&[], &[stream(1, None)]).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
        #[test]
        fn plans_end_and_leave_nobody_where_he_cannot_be_written(
            rooms in prop::collection::vec((0_u64..500, 0_u8..4), 1..5),
            streams in prop::collection::vec((prop::option::of(0_i64..6), 1_u64..60_000_000), 0..20),
        ) {
            let directories: Vec<_> = rooms.iter().zip(0..).map(|((room, how), storage)| match how {
                0 => broken(storage),
                1 => DirectoryFact { settled: false, ..directory(storage, *room) },
                _ => directory(storage, *room),
            }).collect();
            let streams: Vec<_> = streams.iter().zip(0_u8..).map(|((storage, rate), number)| {
                StreamFact { bytes_per_minute: *rate, ..stream(number, *storage) }
            }).collect();
            let placed = settle(&directories, streams.clone());
            let takes = directories.iter().any(|fact| fact.takes);
            for (before, after) in streams.iter().zip(&placed) {
                let at = |storage: Option<i64>| directories.iter().find(|fact| Some(fact.storage) == storage);
                prop_assert!(!takes || at(*after).is_some_and(|fact| fact.leave.is_none()));
                prop_assert!(*after == before.storage || at(*after).is_some_and(|fact| fact.takes));
            }
        }
    }
}
