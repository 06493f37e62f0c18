//! A catalogue made anew is the old one, as far as files, keyring and log know it.

use std::path::PathBuf;

use candour_db::{CertificateRow, Db, GapRow, SegmentRow, SegmentState};
use candour_recording::GapCause;
use candour_units::{WallRange, WallTime};
use proptest::prelude::*;

use super::{Rig, STREAM, at, range};
use crate::{DELETION_OFF, DeletionOrder, RebuildConfig, RebuildReport, rebuild};

/// What happens to a recorder.
#[derive(Debug, Clone, Copy)]
enum Act {
    Record(i64),
    Kill,
    Stop,
    /// Time passes without footage.
    Wait(i64),
    /// The segment with that number among those there are goes.
    Delete(usize),
    Log,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (2_i64..80).prop_map(Act::Record),
        1 => Just(Act::Kill),
        1 => Just(Act::Stop),
        1 => (1_i64..30).prop_map(Act::Wait),
        2 => (0_usize..4).prop_map(Act::Delete),
        1 => Just(Act::Log),
    ];
    proptest::collection::vec(act, 1..9)
}

#[derive(Debug)]
struct Catalogue {
    segments: Vec<SegmentRow>,
    gaps: Vec<GapRow>,
    certificates: Vec<CertificateRow>,
}

async fn catalogue(db: &Db) -> Catalogue {
    let always = range(-100_000, 1_000_000);
    let mut segments = db.segments_in(STREAM, always).await.expect("rows");
    segments.retain(|row| row.state == SegmentState::Closed);
    let mut certificates = db.deleted_in(STREAM, always).await.expect("rows");
    certificates.sort_by_key(|row| row.segment);
    Catalogue { segments, gaps: db.gaps_in(STREAM, always).await.expect("rows"), certificates }
}

async fn live(rig: Rig, acts: &[Act]) -> Rig {
    let mut rig = rig;
    for act in acts {
        match *act {
            Act::Record(seconds) => {
                let before = rig.stored().await;
                let intake = rig.begin();
                rig.send(&intake, seconds);
                rig.durable(before + seconds * 25).await;
            }
            Act::Kill => rig = rig.killed().await,
            Act::Stop => rig = rig.stopped().await,
            Act::Wait(seconds) => rig.clock.advance_s(seconds),
            Act::Delete(number) => {
                let closed: Vec<SegmentRow> =
                    rig.segments().await.into_iter().filter(|row| row.state == SegmentState::Closed).collect();
                if let Some(row) = closed.get(number) {
                    let order = DeletionOrder {
                        segment: row.id,
                        rule: "a test".to_owned(),
                        rule_id: "test".to_owned(),
                        due: row.keep_until,
                    };
                    // A segment closed a moment ago may have no row yet: then there is nothing to delete.
                    let _ = rig.archive.delete(&order).await;
                }
            }
            Act::Log => {
                rig.archive.log_closed_segments().await.expect("a log");
            }
        }
    }
    rig.stopped().await
}

async fn made_anew(rig: &Rig) -> (Db, RebuildReport) {
    let path: PathBuf = rig.directory.path().join("anew.db");
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    let db = Db::open(&path).await.expect("a database");
    let config = RebuildConfig {
        directories: vec![rig.directory.path().join("storage")],
        log: rig.directory.path().join("log"),
    };
    let report = rebuild(config, &db, rig.keyring.clone(), &*rig.clock).await.expect("a catalogue");
    (db, report)
}

/// What is neither footage nor certificate, between the first and the last of them.
fn holes(catalogue: &Catalogue) -> Vec<WallRange> {
    let mut known: Vec<(WallTime, WallTime)> = catalogue.segments.iter().map(|row| (row.start, row.end)).collect();
    known.extend(catalogue.certificates.iter().map(|row| (row.interval.start, row.interval.end)));
    known.sort_unstable();
    let pairs = known.windows(2).filter(|pair| (pair[1].0 - pair[0].1).ticks() > 1);
    pairs.map(|pair| WallRange { start: pair[0].1, end: pair[1].0 }).collect()
}

async fn check(acts: Vec<Act>) -> Result<(), TestCaseError> {
    let rig = live(Rig::new().await, &acts).await;
    let original = catalogue(&rig.db).await;
    let (db, report) = made_anew(&rig).await;
    let anew = catalogue(&db).await;
    prop_assert_eq!(&anew.segments, &original.segments);
    prop_assert_eq!(&anew.certificates, &original.certificates);
    prop_assert!(report.missing.is_empty() && report.unusable.is_empty(), "{:?}", report);
    prop_assert!(db.setting(DELETION_OFF).await.expect("a setting").is_some());
    // Each hole is told; where the segment behind it is there, with the cause that the original knew.
    for hole in holes(&original) {
        let told = anew.gaps.iter().any(|gap| gap.start <= hole.start && gap.end.is_some_and(|end| end >= hole.end));
        let parts: i64 = anew
            .gaps
            .iter()
            .filter_map(|gap| {
                let range = WallRange::new(gap.start.max(hole.start), gap.end?.min(hole.end))?;
                Some(range.duration().ticks())
            })
            .sum();
        prop_assert!(told || parts >= hole.duration().ticks() - 1, "{:?} is not told: {:?}", hole, anew.gaps);
        let behind = original.segments.iter().any(|row| row.start == hole.end);
        let cause = |catalogue: &Catalogue| {
            catalogue.gaps.iter().find(|gap| gap.end == Some(hole.end)).map(|gap| gap.cause.clone())
        };
        if behind {
            prop_assert_eq!(cause(&anew), cause(&original), "{:?} of {:?}", hole, original);
        } else {
            prop_assert_eq!(cause(&anew), Some(GapCause::Unknown.word().to_owned()));
        }
    }
    // And nothing is told that was not: a gap never lies over footage.
    for gap in &anew.gaps {
        let over = anew.segments.iter().any(|row| row.start < gap.end.unwrap_or(row.end) && gap.start < row.end);
        prop_assert!(!over, "{:?} lies over footage", gap);
    }
    db.close().await;
    Ok(())
}

#[test]
fn a_catalogue_made_anew_is_the_old_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        max_shrink_iters: 24,
        ..ProptestConfig::with_cases(16)
    });
    let result = runner.run(&acts(), |acts| runtime.block_on(check(acts)));
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn what_is_gone_without_a_certificate_is_said() {
    let rig = live(Rig::new().await, &[Act::Record(130)]).await;
    rig.archive.log_closed_segments().await.expect("a log");
    let rows = rig.segments().await;
    std::fs::remove_file(rig.path(rows[0].id)).expect("it is there");
    std::fs::write(rig.path(rows[1].id), [1; 5000]).expect("the file");
    let (db, report) = made_anew(&rig).await;
    assert_eq!(report.missing, [rows[0].id]);
    assert_eq!(report.unusable.len(), 1, "{report:?}");
    assert_eq!(report.segments, rows.len() as u64 - 2);
    db.close().await;
}

#[tokio::test]
async fn a_segment_left_open_is_closed_on_the_way() {
    let mut rig = Rig::new().await;
    rig.record(5).await;
    let [row] = rig.segments().await.try_into().expect("one segment");
    let rig = rig.killed_and(|| ()).await;
    let (db, report) = made_anew(&rig).await;
    assert_eq!(report.segments, 1);
    let found = db.segment(row.id).await.expect("rows").expect("a row");
    assert_eq!((found.state, found.start), (SegmentState::Closed, at(0)));
    db.close().await;
}

/// What was found in pictures lies beside the footage under its keys: it comes back with it, and not without.
#[tokio::test]
async fn what_was_found_comes_back_with_its_footage() {
    use candour_db::{FindingKind, FindingRow, MovedPart, Stillness};
    let rig = live(Rig::new().await, &[Act::Record(130)]).await;
    let rows: Vec<_> = rig.segments().await.into_iter().filter(|row| row.state == SegmentState::Closed).collect();
    assert!(rows.len() >= 2, "{rows:?}");
    let moved = MovedPart { score: 700, extent: 12, area: [1, 2, 3, 4] };
    let finding = |row: &SegmentRow, kind, part, throughout| FindingRow {
        camera: row.camera,
        range: WallRange { start: row.start, end: row.start + candour_units::WallDuration::from_seconds(1) },
        kind,
        part,
        why: None,
        throughout,
    };
    let kept = vec![finding(&rows[0], FindingKind::Still, MovedPart::default(), true)];
    let gone = vec![finding(&rows[1], FindingKind::Moved, moved, false)];
    let found = vec![
        crate::Findings { segment: rows[0].clone(), stillness: Stillness::Chosen, rows: kept.clone() },
        crate::Findings { segment: rows[1].clone(), stillness: Stillness::NotShown, rows: gone },
    ];
    rig.archive.note_findings(found.clone()).await.expect("a write");
    rig.archive.note_findings(found).await.expect("a second time");
    let order = DeletionOrder {
        segment: rows[1].id,
        rule: "a test".to_owned(),
        rule_id: "test".to_owned(),
        due: rows[1].keep_until,
    };
    rig.archive.delete(&order).await.expect("it is there");
    let (db, report) = made_anew(&rig).await;
    assert_eq!(db.findings_in(rows[0].camera, range(-1000, 1000)).await.expect("rows"), kept);
    let weighed = db.weighed(rows[0].id).await.expect("a read").expect("a row");
    assert_eq!((weighed.stillness, report.noted), (Stillness::Chosen, 2), "written twice, read twice, once in effect");
    assert!(rig.archive.drop_old_notes().await.expect("a look") == 0, "there is footage of that day");
    db.close().await;
}
