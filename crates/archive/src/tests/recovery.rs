//! Killed at any moment: what was committed plays and verifies, and what is missing is a gap with its cause.

use candour_db::{SegmentRow, SegmentState};
use candour_seal::sealed;

use super::rig::{picture, spec};
use super::{Rig, STREAM, at, range};

/// Every file is closed, fits its digests, and its row says the same.
async fn check_whole(rig: &Rig) {
    for row in rig.segments().await {
        let bytes = std::fs::read(rig.path(row.id)).expect("the file");
        let found = sealed::check(bytes.as_slice()).expect("nothing is damaged");
        assert!(found.closed);
        assert_eq!(row.state, SegmentState::Closed);
        assert_eq!(row.sealed_digest, Some(found.sealed_digest));
        assert_eq!((row.samples, row.len_bytes), (i64::from(found.samples), bytes.len() as i64));
        assert_eq!(row.keep_until, row.start + spec().keep);
        assert!(row.content_commitment.is_some());
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_committed() {
    let mut rig = Rig::new().await;
    let durable = rig.record(65).await;
    // More comes in, and the kill comes before anything of it is written.
    let intake = rig.intake();
    rig.send(&intake, 1);
    let mut rig = rig.killed().await;
    assert_eq!(rig.report.lost, 0, "{:?}", rig.report);
    check_whole(&rig).await;
    let (pieces, error) = rig.read(range(0, 100)).await;
    assert!(error.is_none(), "{error:?}");
    let found: Vec<_> = pieces.concat().into_iter().map(|sample| sample.data).collect();
    assert!(found.len() as i64 >= durable);
    assert_eq!(found, (0..found.len() as i64).map(picture).collect::<Vec<_>>());

    // The gap lasts until footage comes again.
    rig.clock.step_wall(at(100));
    let end = rig.segments().await.last().expect("a segment").end;
    let end = (end - at(0)).ticks() as f64 / 90_000.0;
    let lasts = [format!("recorded 0-{end}"), format!("recorder_died {end}-100")];
    assert_eq!(rig.timeline(range(0, 100)).await, lasts);
    let before = rig.stored().await;
    let intake = rig.begin();
    rig.send(&intake, 2);
    rig.durable(before + 50).await;
    let over = [lasts[0].clone(), lasts[1].clone(), "recorded 100-102".to_owned()];
    let told = async || rig.timeline(range(0, 102)).await == over;
    rig.until("the gap is over", told).await;
}

#[tokio::test]
async fn a_stop_in_order_is_told_from_a_crash() {
    let mut rig = Rig::new().await;
    rig.record(5).await;
    let rig = rig.stopped().await;
    assert_eq!((rig.report.closed, rig.report.cut_bytes, rig.report.lost), (0, 0, 0));
    check_whole(&rig).await;
    rig.clock.step_wall(at(20));
    assert_eq!(rig.timeline(range(0, 20)).await, ["recorded 0-5", "recorder_stopped 5-20"]);
    // Nothing was recorded this time: the gap keeps its start and cause, even if this one ends in a crash.
    let rig = rig.killed().await;
    assert_eq!(rig.timeline(range(0, 20)).await, ["recorded 0-5", "recorder_stopped 5-20"]);
}

#[tokio::test]
async fn a_torn_tail_is_cut_off() {
    let mut rig = Rig::new().await;
    let durable = rig.record(5).await;
    let [row] = rig.segments().await.try_into().expect("one segment");
    let path = rig.path(row.id);
    let rig = rig
        .killed_and(|| {
            // The first 400 bytes of a fragment that was under way.
            let mut bytes = std::fs::read(&path).expect("the file");
            let last = sealed::check(bytes.as_slice()).expect("it is whole").table.pop().expect("a fragment");
            let torn = bytes[last.offset as usize..][..400].to_vec();
            bytes.extend(torn);
            std::fs::write(&path, bytes).expect("the file");
        })
        .await;
    assert_eq!((rig.report.closed, rig.report.cut_bytes), (1, 400));
    check_whole(&rig).await;
    assert_eq!(rig.stored().await, durable);
    let (pieces, error) = rig.read(range(0, 6)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(pieces.concat().len() as i64, durable);
}

#[tokio::test]
async fn rows_are_made_again_from_files() {
    let mut rig = Rig::new().await;
    rig.record(70).await;
    let rig = rig.stopped().await;
    let before: Vec<_> = rig.segments().await;
    let database = rig.directory.path().join("candour.db");
    let rig = rig.killed_and(|| std::fs::remove_file(database).expect("it is there")).await;
    assert_eq!(rig.report.lost, 0, "{:?}", rig.report);
    assert_eq!(rig.segments().await, before);
    let (pieces, error) = rig.read(range(0, 71)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(pieces.concat().len(), 70 * 25);
}

#[tokio::test]
async fn an_older_catalogue_put_back_learns_what_it_missed() {
    let mut rig = Rig::new().await;
    rig.record(5).await;
    let mut rig = rig.stopped().await;
    let database = rig.directory.path().join("candour.db");
    rig.db.close().await;
    let older = std::fs::read(&database).expect("the catalogue");
    rig = rig.killed().await;
    rig.clock.step_wall(at(100));
    let before = rig.stored().await;
    let intake = rig.begin();
    rig.send(&intake, 5);
    rig.durable(before + 125).await;
    let rig = rig.stopped().await;
    let rows = rig.segments().await;
    assert_eq!(rows.len(), 2);
    // The list on the disk as it is after many more segments: without these.
    let list = rig.directory.path().join("storage/begun");
    let mark = rig.db.rows_durable_mark().await.expect("a mark");
    let rig = rig
        .killed_and(|| {
            std::fs::write(&list, format!("candour segments begun v1, catalogue {mark} {mark}\n0\n")).expect("a list");
            for ending in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(database.with_file_name(format!("candour.db{ending}")));
            }
            std::fs::write(&database, &older).expect("the catalogue");
        })
        .await;
    assert_eq!(rig.segments().await, rows);
}

/// What lies there is told by the check; a start does not list the footage.
#[tokio::test]
async fn files_that_are_not_ours_are_left_alone() {
    let mut rig = Rig::new().await;
    rig.record(2).await;
    let stranger = rig.directory.path().join("storage/footage/notes.txt");
    std::fs::write(&stranger, "not footage").expect("a file");
    let rig = rig.stopped().await;
    assert!(stranger.exists());
    assert_eq!(rig.archive.timeline(STREAM, range(0, 2)).await.expect("a timeline").spans.len(), 1);
}

/// A power cut may keep the length of a new file and lose its first page (found by the crash matrix). Nothing was stored in
/// it. A file whose beginning is only wrong is left for somebody to look at. Seen to fail: before recovery knew zeros.
#[tokio::test]
async fn a_file_whose_beginning_never_reached_the_disk_goes() {
    let mut rig = Rig::new().await;
    rig.record(2).await;
    let [zeros, short, wrong] = [7, 9, 8].map(|byte| rig.path(candour_units::SegmentId::from_bytes([byte; 16])));
    // Without the list of what was begun every file is looked at.
    let list = rig.directory.path().join("storage/begun");
    let rig = rig
        .killed_and(|| {
            std::fs::remove_file(&list).expect("the list");
            let behind = vec![5; 3000];
            // Of the short one, no longer than a header, nothing has arrived.
            let files = [
                (&zeros, [vec![0; 4096], behind.clone()].concat()),
                (&short, vec![0; 390]),
                (&wrong, [vec![9; 4096], behind].concat()),
            ];
            for (path, bytes) in files {
                std::fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
                std::fs::write(path, bytes).expect("a file");
            }
        })
        .await;
    assert_eq!(rig.report.unknown, std::slice::from_ref(&wrong));
    assert!(!zeros.exists() && !short.exists() && wrong.exists());
    assert_eq!(rig.report.lost, 0);
}

/// A power cut may keep the page of a footer and lose one before it (found by the crash matrix): behind all that was durable
/// that is a torn tail. Before it, or where something else stands than a page that never came, it is loss, and nothing of
/// the file is touched.
#[tokio::test]
async fn a_footer_that_came_before_its_fragment_is_no_loss() {
    for (durable_fragments, filling, lost) in [(3, 0, 0), (5, 0, 1), (3, 9, 1)] {
        let mut rig = Rig::new().await;
        rig.record(5).await;
        let rig = rig.stopped().await;
        let [row] = rig.segments().await.try_into().expect("one segment");
        let path = rig.path(row.id);
        let bytes = std::fs::read(&path).expect("the file");
        let table = sealed::check(bytes.as_slice()).expect("it is whole").table;
        // The fourth fragment misses its last sector, and the fifth and the footer are there.
        let (durable, end) = (table[durable_fragments].offset, table[4].offset as usize / 512 * 512);
        let open = SegmentRow {
            state: SegmentState::Open,
            len_bytes: durable as i64,
            sealed_digest: None,
            content_commitment: None,
            ..row
        };
        rig.db.rewrite_segment(&open).await.expect("the row");
        let mut hurt = bytes.clone();
        hurt[end - 512..end].fill(filling);
        let rig = rig.killed_and(|| std::fs::write(&path, &hurt).expect("the file")).await;
        assert_eq!(rig.report.lost, lost, "{durable_fragments} durable, filled with {filling}: {:?}", rig.report);
        if lost == 0 {
            check_whole(&rig).await;
            assert_eq!(rig.stored().await, i64::from(table[..3].iter().map(|info| info.samples).sum::<u32>()));
        } else {
            assert_eq!(std::fs::read(&path).expect("the file"), hurt, "what is still good behind stays");
        }
    }
}
