//! The check on real sealed files: what fits is clean, every change is named with its place, and what was mended is not
//! found again.

mod changes;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candour_db::{CertificateRow, GapRow, SegmentRow};
use candour_seal::sealed;
use candour_units::WallDuration;
use proptest::prelude::*;

use self::changes::flip;
use super::rig::spec;
use super::{Rig, STREAM, at, range};
use crate::check::{Checked, FileProbe};
use crate::{
    ArchiveError, CheckOptions, CheckProgress, CheckReport, DeletionOrder, Depth, Finding, FindingKind, MendReport,
};

async fn checked(rig: &Rig, depth: Depth) -> CheckReport {
    let inner = &rig.archive.inner;
    let checked = Checked {
        db: &inner.db,
        store: &inner.store,
        log: rig.directory.path().join("log"),
        clock: &*inner.clock,
        running: false,
    };
    checked.run(&CheckOptions::fast(depth), &Arc::new(CheckProgress::default())).await.expect("a check")
}

async fn kinds(rig: &Rig, depth: Depth) -> Vec<FindingKind> {
    checked(rig, depth).await.findings.iter().map(|finding| finding.kind).collect()
}

async fn mended(rig: &Rig, findings: &[Finding]) -> MendReport {
    rig.archive.mend(&rig.directory.path().join("log"), findings).await
}

/// A recorder that recorded two minutes, was stopped in order and has logged everything.
async fn two_minutes() -> Rig {
    let mut rig = Rig::new().await;
    rig.record(130).await;
    let rig = rig.stopped().await;
    rig.archive.log_closed_segments().await.expect("a log");
    assert!(rig.segments().await.len() >= 2);
    rig
}

fn order(row: &SegmentRow) -> DeletionOrder {
    DeletionOrder { segment: row.id, rule: "a test".to_owned(), rule_id: "test".to_owned(), due: row.keep_until }
}

#[tokio::test]
async fn what_was_recorded_and_deleted_in_order_is_clean() {
    let rig = two_minutes().await;
    for depth in [Depth::Quick, Depth::Deep] {
        let report = checked(&rig, depth).await;
        assert!(report.is_clean(), "{:?}", report.findings);
        assert_eq!(report.files, rig.segments().await.len() as u64);
    }
    let bytes: i64 = rig.segments().await.iter().map(|row| row.len_bytes).sum();
    assert_eq!(checked(&rig, Depth::Deep).await.bytes, bytes as u64, "every byte is read once");
    let stranger = rig.directory.path().join("storage/footage/notes.txt");
    std::fs::write(&stranger, "not footage").expect("a file");
    let found = checked(&rig, Depth::Quick).await.findings;
    assert_eq!(found.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [FindingKind::UnknownFile]);
    assert_eq!(found[0].place.as_deref(), stranger.to_str());
    std::fs::remove_file(&stranger).expect("it is there");
    let first = rig.segments().await.remove(0);
    rig.archive.delete(&order(&first)).await.expect("a deletion");
    let report = checked(&rig, Depth::Deep).await;
    assert!(report.is_clean(), "{:?}", report.findings);
}

#[tokio::test]
async fn what_a_kill_leaves_is_named_and_the_next_start_mends_it() {
    let mut rig = Rig::new().await;
    rig.record(5).await;
    let [row] = rig.segments().await.try_into().expect("one segment");
    let path = rig.path(row.id);
    let bytes = std::fs::read(&path).expect("the file");
    let torn = [bytes.as_slice(), &bytes[bytes.len() - 300..]].concat();
    // As the check sees it before the next start: the row says open, the tail is torn.
    std::fs::write(&path, torn).expect("the file");
    rig.until("the row is stored", async || rig.db.segment(row.id).await.expect("a row").is_some()).await;
    let found = checked(&rig, Depth::Deep).await.findings;
    let found: Vec<_> = found.iter().map(|finding| finding.kind).collect();
    assert!(found.contains(&FindingKind::Damaged) || found.contains(&FindingKind::TornTail), "{found:?}");
    let rig = rig.killed().await;
    rig.archive.log_closed_segments().await.expect("a log");
    assert_eq!(kinds(&rig, Depth::Deep).await, []);
}

/// Every file in a directory and in those inside it, with its bytes.
fn files_below(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    let each = entries.map(|path| {
        if path.is_dir() { files_below(&path) } else { vec![(path.clone(), std::fs::read(path).expect("a file"))] }
    });
    each.flatten().collect()
}

#[tokio::test]
async fn a_damaged_fragment_is_lost_alone() {
    let rig = two_minutes().await;
    let row = rig.segments().await.remove(0);
    let path = rig.path(row.id);
    let table = sealed::check(std::fs::read(&path).expect("the file").as_slice()).expect("it is whole").table;
    flip(&path, |_| table[5].offset + 300);
    let report = checked(&rig, Depth::Deep).await;
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    let interval = finding.interval.expect("a time");
    assert_eq!((interval.start, interval.end), (table[5].wall_start, table[5].wall_end));
    assert!(finding.place.as_ref().is_some_and(|place| place.contains("fragment 6")), "{finding}");
    let before = std::fs::read(&path).expect("the file");
    assert_eq!(mended(&rig, &report.findings).await.shown_as_lost, 1);
    assert_eq!(std::fs::read(&path).expect("the file"), before, "evidence stays as it is");
    let seconds = |time: candour_units::WallTime| (time - at(0)).ticks() as f64 / 90_000.0;
    let loss = format!("data_loss {}-{}", seconds(interval.start), seconds(interval.end));
    assert!(rig.timeline(range(0, 130)).await.contains(&loss), "{:?}", rig.timeline(range(0, 130)).await);
}

/// A row that somebody edited, with what the check says and whether mending brings it back.
#[tokio::test]
async fn an_edited_row_is_found_and_written_anew() {
    let rig = two_minutes().await;
    let row = rig.segments().await.remove(0);
    let edits: [(FindingKind, SegmentRow); 5] = [
        (FindingKind::RowDisagrees, SegmentRow { start: row.start + WallDuration::from_seconds(1), ..row.clone() }),
        (FindingKind::RowDisagrees, SegmentRow { samples: row.samples - 1, ..row.clone() }),
        (FindingKind::RowDisagrees, SegmentRow { camera: candour_units::CameraId::from_bytes([9; 16]), ..row.clone() }),
        (FindingKind::RowDisagrees, SegmentRow { sealed_digest: None, ..row.clone() }),
        (
            FindingKind::DeletedWithoutCertificate,
            SegmentRow { state: candour_db::SegmentState::Deleted, ..row.clone() },
        ),
    ];
    for (expected, edited) in edits {
        rig.db.rewrite_segment(&edited).await.expect("a row");
        let report = checked(&rig, Depth::Quick).await;
        assert!(report.findings.iter().any(|finding| finding.kind == expected), "{edited:?}: {:?}", report.findings);
        assert!(
            report.findings.iter().filter(|found| found.segment.is_some()).all(|found| found.segment == Some(row.id))
        );
        mended(&rig, &report.findings).await;
        // A gap that the check put where the row hid its footage is footage again.
        let again = checked(&rig, Depth::Quick).await;
        mended(&rig, &again.findings).await;
        assert_eq!(kinds(&rig, Depth::Deep).await, [], "{edited:?}");
        assert_eq!(rig.db.segment(row.id).await.expect("a row"), Some(row.clone()));
    }
}

#[tokio::test]
async fn a_life_made_longer_is_found_and_set_back() {
    let rig = two_minutes().await;
    let row = rig.segments().await.remove(0);
    rig.db
        .tamper(format!("UPDATE segments SET keep_until_90k = keep_until_90k + 9 WHERE id = x'{}'", row.id))
        .await
        .expect("an edit");
    let report = checked(&rig, Depth::Quick).await;
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!((finding.kind, finding.segment), (FindingKind::KeepUntilRaised, Some(row.id)));
    mended(&rig, &report.findings).await;
    assert_eq!(kinds(&rig, Depth::Deep).await, []);
    let back = rig.db.segment(row.id).await.expect("rows").expect("a row");
    assert_eq!(back.keep_until, row.start + spec().keep);
}

#[tokio::test]
async fn a_row_that_is_gone_is_made_again() {
    let rig = two_minutes().await;
    let rows = rig.segments().await;
    rig.db.tamper(format!("DELETE FROM segments WHERE id = x'{}'", rows[1].id)).await.expect("an edit");
    let report = checked(&rig, Depth::Quick).await;
    let found: Vec<_> = report.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(found, [FindingKind::FileWithoutRow, FindingKind::HiddenGap], "{:?}", report.findings);
    mended(&rig, &report.findings).await;
    assert_eq!(kinds(&rig, Depth::Deep).await, []);
    assert_eq!(
        rig.segments().await,
        rows.iter().map(|row| SegmentRow { logged: true, ..row.clone() }).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn footage_that_only_the_log_remembers_is_named() {
    let rig = two_minutes().await;
    let row = rig.segments().await.remove(1);
    std::fs::remove_file(rig.path(row.id)).expect("it is there");
    rig.db.tamper(format!("DELETE FROM segments WHERE id = x'{}'", row.id)).await.expect("an edit");
    let report = checked(&rig, Depth::Quick).await;
    let found: Vec<_> = report.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(found, [FindingKind::FootageMissing, FindingKind::HiddenGap], "{:?}", report.findings);
    let hidden = report.findings[1].interval.expect("a time");
    assert_eq!((hidden.start, hidden.end), (row.start, row.end), "the hole says when");
    assert_eq!(report.findings[0].segment, Some(row.id));
}

#[tokio::test]
async fn a_deletion_of_which_something_is_left() {
    let rig = two_minutes().await;
    let row = rig.segments().await.remove(0);
    let path = rig.path(row.id);
    let file = std::fs::read(&path).expect("the file");
    let keys = rig.directory.path().join("keys");
    let ring = files_below(&keys);
    rig.archive.delete(&order(&row)).await.expect("a deletion");

    // The file comes back.
    std::fs::write(&path, &file).expect("the file");
    let report = checked(&rig, Depth::Deep).await;
    assert_eq!(report.findings.iter().map(|found| found.kind).collect::<Vec<_>>(), [FindingKind::FileLeft]);
    mended(&rig, &report.findings).await;
    assert!(!path.exists());
    assert_eq!(kinds(&rig, Depth::Deep).await, []);

    // The certificate's row goes; the log has it still.
    rig.db.tamper(format!("DELETE FROM certificates WHERE segment = x'{}'", row.id)).await.expect("an edit");
    let report = checked(&rig, Depth::Deep).await;
    assert!(
        report.findings.iter().any(|found| found.kind == FindingKind::CertificateWithoutRow),
        "{:?}",
        report.findings
    );
    mended(&rig, &report.findings).await;
    assert_eq!(kinds(&rig, Depth::Deep).await, []);

    // An old keyring is put back, and with it the key; the file as well.
    let back = || {
        std::fs::remove_dir_all(&keys).expect("the keyring");
        for (path, bytes) in &ring {
            std::fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("its directory");
            std::fs::write(path, bytes).expect("a file of the keyring");
        }
    };
    let rig = rig.killed_and(back).await;
    let found = kinds(&rig, Depth::Deep).await;
    // With the hour not over when the key went, its row may be a newer one: only a file that opens tells.
    std::fs::write(&path, &file).expect("the file");
    let report = checked(&rig, Depth::Deep).await;
    let now: Vec<_> = report.findings.iter().map(|found| found.kind).collect();
    assert!(now.contains(&FindingKind::KeyLeft) && now.contains(&FindingKind::FileLeft), "{found:?}, then {now:?}");
    mended(&rig, &report.findings).await;
    assert_eq!(kinds(&rig, Depth::Deep).await, []);
    let gone = rig.keyring.key_of(STREAM, row.id, row.start);
    assert!(gone.is_err(), "the key is destroyed once more");
}

#[tokio::test]
async fn a_certificate_that_the_log_does_not_have() {
    let rig = two_minutes().await;
    let row = rig.segments().await.remove(0);
    let certified = rig.archive.delete(&order(&row)).await.expect("a deletion");
    let other = rig.segments().await.remove(0);
    // Somebody hides footage behind a certificate that was never given.
    let forged = CertificateRow {
        segment: other.id,
        interval: candour_units::WallRange { start: other.start, end: other.end },
        ..certified
    };
    rig.db.put_certificate(&forged).await.expect("a row");
    let report = checked(&rig, Depth::Quick).await;
    let found: Vec<_> = report.findings.iter().map(|finding| finding.kind).collect();
    assert!(found.contains(&FindingKind::CertificateNotLogged), "{:?}", report.findings);
    assert!(found.contains(&FindingKind::FileLeft), "its footage is still there: {:?}", report.findings);
}

#[tokio::test]
async fn time_that_nothing_explains() {
    let mut rig = two_minutes().await;
    rig.clock.step_wall(at(200));
    let before = rig.stored().await;
    let intake = rig.begin();
    rig.send(&intake, 5);
    rig.durable(before + 125).await;
    let rig = rig.stopped().await;
    rig.archive.log_closed_segments().await.expect("a log");
    assert_eq!(kinds(&rig, Depth::Quick).await, []);
    let gap = rig.db.gaps_in(STREAM, range(150, 160)).await.expect("gaps").remove(0);
    rig.db.replace_gap(STREAM, gap.start, &[]).await.expect("no gap");
    let report = checked(&rig, Depth::Quick).await;
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(finding.kind, FindingKind::HiddenGap);
    let hidden = finding.interval.expect("a time");
    assert_eq!((hidden.start, Some(hidden.end)), (gap.start, gap.end));
    mended(&rig, &report.findings).await;
    assert_eq!(kinds(&rig, Depth::Quick).await, []);
    let back = rig.db.gaps_in(STREAM, range(150, 160)).await.expect("gaps").remove(0);
    assert_eq!(back, gap, "the header behind it knew the cause");

    // And a gap that lies over footage.
    let row = rig.segments().await.remove(0);
    let wide = GapRow { start: row.start + WallDuration::from_seconds(5), ..gap.clone() };
    rig.db.replace_gap(STREAM, gap.start, std::slice::from_ref(&wide)).await.expect("a gap");
    let report = checked(&rig, Depth::Quick).await;
    assert!(report.findings.iter().any(|found| found.kind == FindingKind::GapOverFootage), "{:?}", report.findings);
    mended(&rig, &report.findings).await;
    let left = checked(&rig, Depth::Quick).await;
    mended(&rig, &left.findings).await;
    assert_eq!(kinds(&rig, Depth::Quick).await, []);
}

#[tokio::test]
async fn a_log_that_was_changed() {
    let rig = two_minutes().await;
    let journal = rig.directory.path().join("log/journal");
    let mut bytes = std::fs::read(&journal).expect("the journal");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&journal, &bytes).expect("the journal");
    let report = checked(&rig, Depth::Quick).await;
    assert!(report.findings.iter().any(|found| found.kind == FindingKind::LogBroken), "{:?}", report.findings);
}

/// Any flipped byte of a closed segment is found by a deep check, with the key and without it, at or before its place.
#[test]
fn any_flipped_byte_is_found() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let rig = runtime.block_on(two_minutes());
    let row = runtime.block_on(rig.segments()).remove(0);
    let bytes = std::fs::read(rig.path(row.id)).expect("the file");
    let probe = FileProbe::new(&rig.archive.inner.store, &row);
    assert_eq!((probe.hurt(true), probe.hurt(false)), (vec![], vec![]), "it is whole");
    let len = bytes.len();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(96));
    let places = prop_oneof![0..400_usize, 0..len, len - 2000..len];
    let result = runner.run(&(places, 0_u32..8), |(at, bit)| {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        std::fs::write(rig.path(row.id), &changed).expect("the file");
        for with_key in [true, false] {
            let hurt = probe.hurt(with_key);
            prop_assert!(!hurt.is_empty(), "byte {} bit {} is not found, key {}", at, bit, with_key);
            prop_assert!(hurt[0] <= at as u64, "byte {} is told as {:?}, key {}", at, hurt, with_key);
        }
        Ok(())
    });
    result.expect("every flipped byte is found");
    drop(rig);
}

#[tokio::test]
async fn reading_names_what_the_check_names() {
    let rig = two_minutes().await;
    let row = rig.segments().await.remove(0);
    // A row that leads to another camera's footage is not believed.
    let edited = SegmentRow { camera: candour_units::CameraId::from_bytes([9; 16]), ..row.clone() };
    rig.db.rewrite_segment(&edited).await.expect("a row");
    let other = candour_units::CameraId::from_bytes([9; 16]);
    let look = rig.receipt(candour_audit::LookKind::Playback, Some(range(0, 30))).await;
    let refused = rig.archive.read(&look, other, STREAM, range(0, 30)).await.map(|_| ());
    assert!(matches!(refused, Err(ArchiveError::NotCovered(_))), "{refused:?}");
}
