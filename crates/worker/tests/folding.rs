//! Rows of deletions are folded when they are old by proved time, and only then.

use candour_db::{Db, SegmentState};
use candour_units::{SegmentId, StreamId, WallRange, WallTime};
use candour_worker::fold;

fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(1_795_461_000 + seconds)
}

#[tokio::test]
async fn what_is_certified_is_folded_after_two_days_of_proved_time() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("candour.db");
    let filled = candour_db::fill::Scale { streams: 2, days: 1, last_day: at(0) };
    let filled = candour_db::fill::fill(&path, filled).await.expect("a catalogue");
    let db = Db::open(&path).await.expect("a database");
    let (_, stream) = filled.cameras[0];
    let deleted = WallRange { start: at(-86_400), end: at(0) };
    let told = async |stream: StreamId| {
        let rows = db.deleted_in(stream, deleted).await.expect("a read").len();
        let stretches = db.deleted_stretches_in(stream, deleted).await.expect("a read");
        (rows, stretches.iter().map(|it| it.segments).sum::<i64>())
    };
    let before = told(stream).await;
    assert_eq!(fold(&db).await.expect("a fold"), 0, "no time was ever proved");
    let mark = |seconds: i64| at(seconds).ticks().to_string();
    // The first segment ended its life at second 0 and was deleted ten seconds later.
    db.set_setting("time_high_water_90k", &mark(2 * 86_400)).await.expect("a write");
    assert_eq!(fold(&db).await.expect("a fold"), 0);
    db.set_setting("time_high_water_90k", &mark(4 * 86_400)).await.expect("a write");
    assert_eq!(fold(&db).await.expect("a fold"), 2 * 1440);
    let after = told(stream).await;
    assert_eq!(after, (0, before.1 + before.0 as i64), "each is told by a stretch");
    assert_eq!(db.segments_in_state(SegmentState::Deleted, 9).await.expect("a read"), []);
    assert!(db.segment(SegmentId::from_bytes([0; 16])).await.expect("a read").is_none());
    db.set_setting("time_high_water_90k", &mark(500 * 86_400)).await.expect("a write");
    fold(&db).await.expect("a fold");
    assert_eq!(told(stream).await.1, 0, "thirteen months later it is forgotten");
}
