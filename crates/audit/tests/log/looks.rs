use candour_audit::{BadLook, LogError, Look, LookKind, NotCovered};
use candour_units::{CameraId, MonoTime, PersonId, SessionId, WallRange, WallTime};

use crate::site::{Site, event};

const CAMERA: CameraId = CameraId::from_bytes([4; 16]);

fn seconds(start: i64, end: i64) -> WallRange {
    let at = WallTime::from_unix_seconds;
    WallRange::new(at(start), at(end)).expect("start lies before end")
}

fn live() -> Look {
    Look {
        person: PersonId::from_bytes([1; 16]),
        name: "A. Watcher".to_owned(),
        session: SessionId::from_bytes([2; 16]),
        station: None,
        address: "192.0.2.7".to_owned(),
        reason: "duty".to_owned(),
        purpose: None,
        cameras: vec![CAMERA],
        kind: LookKind::Live,
        interval: None,
        under: None,
    }
}

fn playback(start: i64, end: i64) -> Look {
    Look { kind: LookKind::Playback, interval: Some(seconds(start, end)), ..live() }
}

#[tokio::test]
async fn a_receipt_stands_on_a_durable_entry_and_lapses() {
    let site = Site::new();
    let log = site.open().expect("a new log");
    let receipt = log.look(live()).await.expect("written");
    let entry = &log.entries(receipt.entry(), 1).await.expect("read")[0];
    assert_eq!(entry.kind, "look_live");
    let expected = format!(r#"{{"lasts_s":60,"receipt":"{}","renewal":false}}"#, receipt.id());
    assert_eq!(entry.sent.as_deref(), Some(expected.as_str()));
    assert_eq!(entry.what.as_deref(), Some(r#"{"cameras":["04040404040404040404040404040404"]}"#));

    let at = MonoTime::from_nanos(0);
    assert_eq!(receipt.covers_live(CAMERA, at.plus_millis(59_999)), Ok(()));
    assert_eq!(receipt.covers_live(CAMERA, at.plus_millis(60_000)), Err(NotCovered::Lapsed));
    let other = CameraId::from_bytes([5; 16]);
    assert_eq!(receipt.covers_live(other, at), Err(NotCovered::Camera { camera: other }));
    assert_eq!(receipt.covers_recorded(CAMERA, seconds(0, 1), at), Err(NotCovered::Kind));

    site.clock.advance_s(50);
    let renewed = log.renew(&receipt).await.expect("written");
    assert_eq!((renewed.id(), renewed.entry()), (receipt.id(), 1));
    assert_eq!(renewed.lapses(), MonoTime::from_nanos(110_000_000_000));
    log.close().await;
}

#[tokio::test]
async fn a_recorded_look_covers_its_interval_for_five_minutes() {
    let site = Site::new();
    let log = site.open().expect("a new log");
    let receipt = log.look(playback(100, 3700)).await.expect("an hour is allowed");
    let at = MonoTime::from_nanos(0);
    assert_eq!(receipt.covers_recorded(CAMERA, seconds(100, 3700), at.plus_millis(299_999)), Ok(()));
    assert_eq!(receipt.covers_recorded(CAMERA, seconds(99, 200), at), Err(NotCovered::Interval));
    assert_eq!(receipt.covers_recorded(CAMERA, seconds(100, 200), at.plus_millis(300_000)), Err(NotCovered::Lapsed));
    assert_eq!(receipt.covers_live(CAMERA, at), Err(NotCovered::Kind));
    log.close().await;
}

#[tokio::test]
async fn a_look_that_no_receipt_can_stand_for_writes_nothing() {
    let site = Site::new();
    let log = site.open().expect("a new log");
    let cases = [
        (Look { cameras: Vec::new(), ..live() }, BadLook::Cameras { count: 0 }),
        (Look { cameras: vec![CAMERA; 65], ..live() }, BadLook::Cameras { count: 65 }),
        (Look { interval: Some(seconds(0, 1)), ..live() }, BadLook::LiveInterval),
        (Look { kind: LookKind::Playback, ..live() }, BadLook::NoInterval),
        (playback(0, 3601), BadLook::IntervalTooLong { seconds: 3601 }),
    ];
    for (look, expected) in cases {
        let refused = log.look(look).await.map(|receipt| receipt.id());
        assert!(matches!(&refused, Err(LogError::BadLook { why }) if *why == expected), "{refused:?}");
    }
    assert_eq!(log.status().size, 0);
    log.close().await;
}

#[tokio::test]
async fn too_large_and_closed_are_told_apart() {
    let site = Site::new();
    let log = site.open().expect("a new log");
    let refused = log.append(event(&"x".repeat(70_000))).await;
    assert!(matches!(refused, Err(LogError::TooLarge { limit: 65_536, .. })), "{refused:?}");
    let other = log.clone();
    log.close().await;
    assert!(matches!(other.look(live()).await, Err(LogError::Unavailable { .. })));
    // What was written can still be read.
    assert_eq!(other.entries(0, 1).await.expect("read").len(), 0);
}
