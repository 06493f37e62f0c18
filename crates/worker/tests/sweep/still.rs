//! What was still goes early, and nothing else does: on a real archive, with findings that are whole, late, doubtful, torn or about too
//! few pictures, with holds and with second looks that stop it all.

use std::collections::BTreeMap;
use std::time::Duration;

use candour_archive::{Explainer, Shortening};
use candour_db::{FindingKind, FindingRow, MovedPart, SegmentRow, SegmentState, Stillness};
use candour_units::{Clock, SeededEntropy, SegmentId, WallDuration, WallRange};
use candour_worker::{WeighReport, Weigher, WeigherConfig};
use std::sync::Arc;

use super::year::{Chance, keep_promises, version};
use super::{CAMERA, Rig, STREAM, at, hold, record};

const DAY: i64 = 86_400;
const KEEP: WallDuration = WallDuration::from_seconds(30 * DAY);
const IF_STILL: WallDuration = WallDuration::from_seconds(3 * DAY);

fn finding(range: WallRange, kind: FindingKind) -> FindingRow {
    let moved = kind == FindingKind::Moved;
    let part = if moved { MovedPart { score: 900, extent: 40, area: [0, 0, 9, 9] } } else { MovedPart::default() };
    let why = (kind == FindingKind::Unsure).then(|| "decoder".to_owned());
    FindingRow { camera: CAMERA, range, kind, part, why, throughout: kind == FindingKind::Still }
}

/// What becomes of looking at one piece of footage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Looked at throughout, nothing moved.
    Still,
    Moved,
    /// The decoder died for a moment.
    Killed,
    /// Nobody looked for a moment.
    Hole,
    /// Only key frames were looked at.
    Marked,
    /// All was found, after it was weighed.
    Late,
    /// Nobody looked.
    Nothing,
}

const FATES: [Fate; 10] = [
    Fate::Still,
    Fate::Still,
    Fate::Still,
    Fate::Still,
    Fate::Moved,
    Fate::Killed,
    Fate::Hole,
    Fate::Marked,
    Fate::Late,
    Fate::Nothing,
];

/// Findings about footage of `range`, with a margin, broken at a moment within as its fate has it.
fn findings(range: WallRange, fate: Fate, chance: &mut Chance) -> Vec<FindingRow> {
    let margin = WallDuration::from_seconds(2);
    let (start, end) = (range.start - margin, range.end + margin);
    let within = (range.end - range.start).ticks() + WallDuration::from_seconds(2).ticks() - 9_000;
    let broken = range.start - WallDuration::from_seconds(1) + WallDuration::from_ticks(chance.below(within));
    let after = broken + WallDuration::from_ticks(9_000);
    let still = |start, end| finding(WallRange { start, end }, FindingKind::Still);
    let around =
        |kind| vec![still(start, broken), finding(WallRange { start: broken, end: after }, kind), still(after, end)];
    match fate {
        Fate::Still | Fate::Late => vec![still(start, broken), still(broken, end)],
        Fate::Moved => around(FindingKind::Moved),
        Fate::Killed => around(FindingKind::Unsure),
        Fate::Hole => vec![still(start, broken), still(after, end)],
        Fate::Marked => vec![FindingRow { throughout: false, ..still(start, end) }],
        Fate::Nothing => Vec::new(),
    }
}

fn weigher(rig: &Rig, seed: u64) -> Weigher {
    Weigher::new(WeigherConfig {
        db: rig.db.clone(),
        archive: rig.archive.clone(),
        clock: rig.clock.clone(),
        entropy: Arc::new(SeededEntropy::new(seed)),
    })
}

async fn weigh(rig: &Rig, weigher: &mut Weigher) -> WeighReport {
    // What was found about the last pictures has come by then.
    rig.clock.advance_s(60);
    weigher.weigh().await.expect("the catalogue works")
}

/// A closed segment from now on; its row.
async fn recorded(rig: &Rig, spec: candour_archive::RecordingSpec) -> SegmentRow {
    let start = rig.clock.wall();
    record(&rig.archive, &rig.clock, spec).await;
    let range = WallRange { start, end: start + WallDuration::from_seconds(1) };
    loop {
        let rows = rig.db.segments_in(STREAM, range).await.expect("rows");
        if let Some(row) = rows.into_iter().find(|row| row.state == SegmentState::Closed) {
            return row;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn stillness(rig: &Rig, segment: SegmentId) -> Stillness {
    rig.db.weighed(segment).await.expect("a read").expect("a row").stillness
}

#[tokio::test]
async fn only_a_positive_finding_shortens() {
    let mut rig = Rig::new().await;
    let mut chance = Chance(11);
    let mut weigher = weigher(&rig, 5);
    let spec = version(&rig, 1, KEEP, Some(IF_STILL)).await;
    rig.sweep().await;
    let mut pieces = BTreeMap::new();
    for number in 0..60 {
        let row = recorded(&rig, spec.clone()).await;
        let fate = FATES[chance.below(FATES.len() as i64) as usize];
        let found = findings(WallRange { start: row.start, end: row.end }, fate, &mut chance);
        if fate != Fate::Late {
            rig.db.put_findings(&found).await.expect("a write");
        }
        weigh(&rig, &mut weigher).await;
        rig.db.put_findings(&found).await.expect("a write");
        assert_eq!(weigh(&rig, &mut weigher).await.weighed, 0, "each is weighed once");
        if number == 20 {
            let at = (row.start - at(0)).seconds_floor();
            rig.db.place_hold(&hold(1, at - 5, at + 10, at + 20 * DAY)).await.expect("a write");
        }
        pieces.insert(row.id, (row, fate, number == 20));
        rig.clock.advance_s(DAY / 2);
        rig.sweep().await;
    }
    rig.clock.advance_s(IF_STILL.seconds_floor());
    rig.sweep().await;
    let now = rig.clock.wall();
    let (mut early, mut drawn) = (0, 0);
    for (row, fate, _) in pieces.values() {
        let there = rig.db.segment(row.id).await.expect("a read").is_some_and(|row| row.state == SegmentState::Closed);
        let chosen = there && matches!(stillness(&rig, row.id).await, Stillness::Chosen);
        drawn += u32::from(chosen);
        let life = if *fate == Fate::Still && !chosen { IF_STILL } else { KEEP };
        let held = rig
            .db
            .standing_holds()
            .await
            .expect("holds")
            .iter()
            .any(|hold| hold.interval.start < row.end && row.start < hold.interval.end);
        assert_eq!(there, now < row.start + life || held, "{fate:?} of {}", row.start);
        early += u32::from(!there && now < row.start + KEEP);
    }
    assert!(early > 10, "{early} went early, {drawn} were drawn");
    let certificates = rig.db.certificates(200).await.expect("rows");
    let words = |row: &&candour_db::CertificateRow| {
        row.rule.starts_with("Nothing moved: kept for 3 days of 30 days from capture")
    };
    assert!(certificates.iter().filter(words).count() as u32 >= early);
    assert!(certificates.iter().any(|row| row.rule.contains("purposes.theft.keep_if_still")), "{certificates:?}");
    rig.archive.close().await;
}

/// Of many still pieces some are drawn; each of them lives its full life.
#[tokio::test]
async fn what_is_drawn_lives_its_full_life() {
    let mut rig = Rig::new().await;
    let spec = version(&rig, 1, KEEP, Some(IF_STILL)).await;
    rig.sweep().await;
    let (mut drawn, mut chance) = (0, Chance(3));
    for seed in 0..40_u64 {
        let row = recorded(&rig, spec.clone()).await;
        let found = findings(WallRange { start: row.start, end: row.end }, Fate::Still, &mut chance);
        rig.db.put_findings(&found).await.expect("a write");
        let report = weigh(&rig, &mut weigher(&rig, seed * 7)).await;
        let expected = if report.drawn == 1 { Stillness::Chosen } else { Stillness::Still };
        assert_eq!(stillness(&rig, row.id).await, expected);
        drawn += report.drawn;
    }
    let chosen = rig.db.segments_chosen(99).await.expect("rows");
    assert_eq!(chosen.len() as u64, drawn);
    rig.clock.advance_s(IF_STILL.seconds_floor() + 10 * DAY);
    keep_promises(&rig).await;
    rig.sweep().await;
    let left = rig.db.segments_in_state(SegmentState::Closed, 99).await.expect("rows");
    let left: Vec<_> = left.iter().filter(|row| row.keep_until > row.start + IF_STILL).map(|row| row.id).collect();
    assert_eq!(left, chosen.iter().map(|row| row.id).collect::<Vec<_>>());
    rig.archive.close().await;
}

/// Second looks that find too much stop it: what waits for its shorter end keeps the longer one, and what follows too, until a person
/// says so.
#[tokio::test]
async fn misses_stop_it_and_a_person_lets_it_go_on() {
    let mut rig = Rig::new().await;
    let mut chance = Chance(4);
    let mut weigher = weigher(&rig, 1);
    let spec = version(&rig, 1, KEEP, Some(IF_STILL)).await;
    rig.sweep().await;
    let still = async |rig: &Rig, weigher: &mut Weigher, chance: &mut Chance| {
        loop {
            let row = recorded(rig, spec.clone()).await;
            let found = findings(WallRange { start: row.start, end: row.end }, Fate::Still, chance);
            rig.db.put_findings(&found).await.expect("a write");
            if weigh(rig, weigher).await.drawn == 0 {
                return row;
            }
        }
    };
    let before = still(&rig, &mut weigher, &mut chance).await;
    for looks in 1..=199 {
        let (now, stops) = Shortening::count(&rig.db, false, rig.clock.wall()).await.expect("a write");
        assert!(!stops && now.looks.checked == looks);
    }
    assert!(
        !Shortening::count(&rig.db, true, rig.clock.wall()).await.expect("a write").1,
        "one in two hundred is the most"
    );
    assert!(Shortening::count(&rig.db, true, rig.clock.wall()).await.expect("a write").1);
    assert!(!Shortening::count(&rig.db, true, rig.clock.wall()).await.expect("a write").1, "it stops once");
    assert_eq!(stillness(&rig, before.id).await, Stillness::NotShortened);
    let meanwhile = still(&rig, &mut weigher, &mut chance).await;
    assert_eq!(stillness(&rig, meanwhile.id).await, Stillness::NotShortened);
    Shortening::resume(&rig.db).await.expect("a write");
    assert_eq!(Shortening::read(&rig.db).await.expect("a read"), Shortening::default());
    let after = still(&rig, &mut weigher, &mut chance).await;
    assert_eq!(stillness(&rig, after.id).await, Stillness::Still);
    let mut explainer = Explainer::new(rig.db.clone());
    assert_eq!(explainer.explain(&after).await.expect("a read").if_still(), Some(IF_STILL));
    rig.clock.advance_s(IF_STILL.seconds_floor() + 60);
    rig.sweep().await;
    let gone = async |rig: &Rig, row: &SegmentRow| {
        rig.db.segment(row.id).await.expect("a read").is_none_or(|row| row.state != SegmentState::Closed)
    };
    assert_eq!(
        (gone(&rig, &before).await, gone(&rig, &meanwhile).await, gone(&rig, &after).await),
        (false, false, true)
    );
    rig.archive.close().await;
}

/// A later version that keeps what was still for less counts for what is there.
#[tokio::test]
async fn a_later_version_brings_what_was_still_nearer() {
    let mut rig = Rig::new().await;
    let (mut chance, mut weigher) = (Chance(4), weigher(&rig, 1));
    let spec = version(&rig, 1, KEEP, Some(IF_STILL)).await;
    rig.sweep().await;
    let mut rows = Vec::new();
    for fate in [Fate::Still, Fate::Moved] {
        let row = recorded(&rig, spec.clone()).await;
        let found = findings(WallRange { start: row.start, end: row.end }, fate, &mut chance);
        rig.db.put_findings(&found).await.expect("a write");
        assert_eq!(weigh(&rig, &mut weigher).await.drawn, 0);
        rows.push(row);
    }
    version(&rig, 2, KEEP, Some(WallDuration::from_seconds(DAY))).await;
    keep_promises(&rig).await;
    let weighed = rig.db.weighed(rows[0].id).await.expect("a read").expect("a row");
    assert_eq!(weighed.still_until, Some(rows[0].start + WallDuration::from_seconds(DAY)));
    assert_eq!(rig.db.weighed(rows[1].id).await.expect("a read").expect("a row").still_until, None);
    rig.archive.close().await;
}
