//! The log's index: each question finds exactly what fits, whichever index it goes by.

use candour_units::{CameraId, Hash, PersonId, ReceiptId, WallRange, WallTime};

use super::{at, span};
use crate::{Db, LogIndexRow, LogIndexState, LogSearch};

super::on_every_store!(
    every_question_finds_what_fits_and_nothing_else,
    who_saw_a_camera_goes_by_the_footage,
    pages_go_back_and_end,
    renewals_lengthen_a_look_by_up_to_an_hour,
    people_and_cameras_are_told_once,
    an_emptied_index_has_nothing,
);

const ADA: PersonId = PersonId::from_bytes([1; 16]);
const BEA: PersonId = PersonId::from_bytes([2; 16]);
const YARD: CameraId = CameraId::from_bytes([11; 16]);
const GATE: CameraId = CameraId::from_bytes([12; 16]);

fn row(entry: i64, kind: &str, who: Option<(PersonId, &str)>) -> LogIndexRow {
    LogIndexRow {
        entry,
        at: at(entry * 10),
        kind: kind.to_owned(),
        seen: false,
        refused: false,
        person: who.map(|(id, _)| id),
        name: who.map(|(_, name)| name.to_owned()),
        address: who.map(|_| "10.0.0.7".to_owned()),
        purpose: None,
        case: None,
        footage: None,
        cameras: Vec::new(),
        receipt: None,
        renewal: false,
    }
}

fn look(entry: i64, who: (PersonId, &str), footage: WallRange, cameras: &[CameraId]) -> LogIndexRow {
    let footage = Some(footage);
    LogIndexRow { seen: true, footage, cameras: cameras.to_vec(), ..row(entry, "look_playback", Some(who)) }
}

fn upto(size: i64) -> LogIndexState {
    LogIndexState { size, leaf: Hash([u8::try_from(size).unwrap_or(0); 32]), erased: 0 }
}

/// 0 a start, 1 a sign-in, 2 and 3 looks, 4 a refusal, 5 a request, 6 a live look.
async fn filled(db: &Db) {
    let rows = [
        row(0, "recorder_started", None),
        row(1, "signed_in", Some((ADA, "Ada"))),
        LogIndexRow { case: Some("2026/117".into()), ..look(2, (ADA, "Ada"), span(-5000, -4000), &[YARD, GATE]) },
        look(3, (BEA, "Bea"), span(-4500, -3500), &[YARD]),
        LogIndexRow { refused: true, cameras: vec![GATE], ..row(4, "look_refused", Some((BEA, "Bea B."))) },
        LogIndexRow {
            purpose: Some("theft".into()),
            case: Some("2026/118".into()),
            footage: Some(span(-90_000, 0)),
            cameras: vec![YARD],
            ..row(5, "grant_asked", Some((ADA, "Ada")))
        },
        LogIndexRow { kind: "look_live".into(), ..look(6, (BEA, "Bea B."), span(60, 120), &[GATE]) },
    ];
    db.add_to_log_index(&rows, upto(7)).await.expect("a write");
}

#[track_caller]
fn positions(rows: &[LogIndexRow]) -> Vec<i64> {
    rows.iter().map(|row| row.entry).collect()
}

async fn check(db: &Db, search: LogSearch, expected: &[i64]) {
    let found = db.search_log(&search, i64::MAX, 100).await.expect("a read");
    assert_eq!(positions(&found), expected, "{search:?}");
}

async fn every_question_finds_what_fits_and_nothing_else(db: Db) {
    filled(&db).await;
    let none = LogSearch::default;
    check(&db, none(), &[6, 5, 4, 3, 2, 1, 0]).await;
    check(&db, LogSearch { person: Some(ADA), ..none() }, &[5, 2, 1]).await;
    check(&db, LogSearch { camera: Some(GATE), ..none() }, &[6, 4, 2]).await;
    check(&db, LogSearch { camera: Some(YARD), seen: Some(true), ..none() }, &[3, 2]).await;
    check(&db, LogSearch { kind: Some("look_playback".into()), person: Some(BEA), ..none() }, &[3]).await;
    check(&db, LogSearch { kind: Some("signed_in".into()), ..none() }, &[1]).await;
    check(&db, LogSearch { purpose: Some("theft".into()), ..none() }, &[5]).await;
    check(&db, LogSearch { case: Some("2026/117".into()), ..none() }, &[2]).await;
    check(&db, LogSearch { case: Some("2026/117".into()), camera: Some(YARD), person: Some(BEA), ..none() }, &[]).await;
    check(&db, LogSearch { refused: Some(true), ..none() }, &[4]).await;
    check(&db, LogSearch { since: Some(at(20)), until: Some(at(40)), ..none() }, &[3, 2]).await;
    // The footage, not the time of the entry; an end is not part.
    check(&db, LogSearch { footage: Some(span(-4000, -3600)), ..none() }, &[5, 3]).await;
    check(&db, LogSearch { footage: Some(span(-4001, -3600)), camera: Some(YARD), ..none() }, &[5, 3, 2]).await;
    check(&db, LogSearch { footage: Some(span(-3500, -3400)), camera: Some(YARD), seen: Some(true), ..none() }, &[])
        .await;
}

async fn who_saw_a_camera_goes_by_the_footage(db: Db) {
    filled(&db).await;
    let saw = async |camera, range| {
        let found = db.log_seen_by(camera, range).await.expect("a read");
        found.into_iter().map(|one| (one.name.unwrap_or_default(), one.live, one.recorded)).collect::<Vec<_>>()
    };
    assert_eq!(saw(YARD, span(-4100, -4050)).await, [("Bea".to_owned(), 0, 1), ("Ada".to_owned(), 0, 1)]);
    assert_eq!(saw(YARD, span(-4000, -3999)).await, [("Bea".to_owned(), 0, 1)]);
    assert_eq!(saw(GATE, span(119, 500)).await, [("Bea B.".to_owned(), 1, 0)], "live counts with its own time");
    assert_eq!(saw(GATE, span(120, 500)).await, []);
    // As long as a look can be, and it begins long before the interval.
    db.add_to_log_index(&[look(7, (ADA, "Ada"), span(1000, 4600), &[GATE])], upto(8)).await.expect("a write");
    assert_eq!(saw(GATE, span(4599, 4600)).await.len(), 1);
}

async fn pages_go_back_and_end(db: Db) {
    filled(&db).await;
    let search = LogSearch { camera: Some(YARD), ..LogSearch::default() };
    let (mut before, mut seen) = (i64::MAX, Vec::new());
    loop {
        let page = db.search_log(&search, before, 1).await.expect("a read");
        let Some(last) = page.last() else { break };
        before = last.entry;
        seen.extend(positions(&page));
    }
    assert_eq!(seen, [5, 3, 2]);
}

async fn renewals_lengthen_a_look_by_up_to_an_hour(db: Db) {
    let receipt = Some(ReceiptId::from_bytes([5; 16]));
    let live = |entry: i64, start: i64| {
        let footage = span(start, start + 60);
        let look = look(entry, (BEA, "Bea"), footage, &[GATE, YARD]);
        LogIndexRow { kind: "look_live".into(), receipt, renewal: entry > 0, ..look }
    };
    // Two hours, renewed every fifty seconds.
    let rows: Vec<_> = (0..144).map(|turn| live(turn, turn * 50)).collect();
    for (size, slice) in [(70, &rows[..70]), (144, &rows[70..])] {
        db.add_to_log_index(slice, upto(size)).await.expect("a write");
    }
    let all = db.search_log(&LogSearch::default(), i64::MAX, 100).await.expect("a read");
    let hours: Vec<_> = all.iter().map(|row| row.footage.expect("footage")).collect();
    assert_eq!(
        hours,
        [span(7100, 7210), span(3550, 7110), span(0, 3560)],
        "each begins where the hour before was full"
    );
    for moment in [0, 3000, 3560, 7100, 7209] {
        let saw = db.log_seen_by(YARD, span(moment, moment + 1)).await.expect("a read");
        assert_eq!(saw.len(), 1, "at {moment}");
    }
    assert_eq!(db.log_seen_by(YARD, span(7210, 7300)).await.expect("a read"), []);
    // Of a look that the index does not know (its details are erased), the renewal stands for itself.
    let other = Some(ReceiptId::from_bytes([6; 16]));
    let lost = LogIndexRow { receipt: other, ..live(200, 20_000) };
    db.add_to_log_index(&[lost], upto(201)).await.expect("a write");
    assert_eq!(db.log_seen_by(GATE, span(20_059, 20_060)).await.expect("a read").len(), 1);
}

async fn people_and_cameras_are_told_once(db: Db) {
    filled(&db).await;
    let people = [(ADA, "Ada".to_owned()), (BEA, "Bea B.".to_owned())];
    assert_eq!(db.people_in_log(10).await.expect("a read"), people);
    assert_eq!(db.people_in_log(1).await.expect("a read"), people[..1]);
    assert_eq!(db.cameras_in_log(10).await.expect("a read"), [YARD, GATE]);
    let looks = db.looks_in_log(WallRange { start: at(20), end: WallTime::MAX }, 10).await.expect("a read");
    assert_eq!(positions(&looks), [2, 3, 4], "live is a duty");
    assert_eq!(looks[0].cameras, [YARD, GATE]);
}

async fn an_emptied_index_has_nothing(db: Db) {
    filled(&db).await;
    db.empty_log_index().await.expect("a write");
    assert_eq!(db.log_index_state().await.expect("a read"), None);
    check(&db, LogSearch::default(), &[]).await;
    assert_eq!(db.cameras_in_log(10).await.expect("a read"), []);
}
