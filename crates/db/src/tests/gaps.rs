//! Gaps: stored, ended, found.

use crate::{Db, GapRow};
use candour_units::{CameraId, StreamId, WallTime};

use super::{at, span};

super::on_every_store!(an_open_gap_ends, long_nested_and_later_gaps_are_found_oldest_first);

fn gap(start: i64, end: Option<i64>, cause: &str) -> GapRow {
    GapRow {
        stream: StreamId::from_bytes([1; 16]),
        camera: CameraId::from_bytes([2; 16]),
        start: at(start),
        end: end.map(at),
        cause: cause.to_owned(),
    }
}

async fn an_open_gap_ends(db: Db) {
    let stream = StreamId::from_bytes([1; 16]);
    db.put_gap(&gap(10, None, "camera_lost")).await.expect("a write");
    assert_eq!(db.open_gap(stream).await.expect("a read"), Some(gap(10, None, "camera_lost")));
    assert_eq!(db.gaps_in(stream, span(5000, 5001)).await.expect("a read").len(), 1, "it reaches to the end of time");
    db.put_gap(&gap(10, Some(20), "camera_lost")).await.expect("a write");
    assert_eq!(db.open_gap(stream).await.expect("a read"), None);
    assert_eq!(db.gaps_in(stream, span(0, 100)).await.expect("a read"), [gap(10, Some(20), "camera_lost")]);
    assert_eq!(db.gaps_in(stream, span(20, 100)).await.expect("a read"), [], "its end is not part of it");
    assert_eq!(db.gaps_in(StreamId::from_bytes([9; 16]), span(0, 100)).await.expect("a read"), []);
}

async fn long_nested_and_later_gaps_are_found_oldest_first(db: Db) {
    let rows = [
        gap(0, Some(1_000_000), "recorder_stopped"),
        gap(100, Some(110), "camera_lost"),
        gap(900_000, Some(900_010), "clock_step"),
        gap(900_020, None, "camera_stalled"),
    ];
    for row in &rows {
        db.put_gap(row).await.expect("a write");
    }
    let found = |from: i64, to: i64| {
        let db = db.clone();
        async move { db.gaps_in(StreamId::from_bytes([1; 16]), span(from, to)).await.expect("a read") }
    };
    assert_eq!(found(105, 106).await, rows[..2]);
    assert_eq!(found(900_005, 900_021).await, [rows[0].clone(), rows[2].clone(), rows[3].clone()]);
    let forever =
        db.gaps_in(StreamId::from_bytes([1; 16]), candour_units::WallRange { start: at(0), end: WallTime::MAX });
    assert_eq!(forever.await.expect("a read"), rows);
}
