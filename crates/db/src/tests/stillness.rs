//! What was still comes to its nearer end when that moment has come, and not before, and not after a doubt.

use candour_units::{SegmentId, StreamId};

use super::catalogue::{closed, segment};
use super::{at, span};
use crate::{Db, DecoderDeaths, Stillness, Weighed};

super::on_every_store!(
    a_segment_is_weighed_once_after_it_is_closed,
    what_is_still_comes_down_when_its_moment_comes,
    a_second_look_is_noted_once,
    deaths_of_decoders_are_remembered_until_a_person_forgets_them,
);

fn weighed(number: u8, stillness: Stillness, until: Option<i64>) -> Weighed {
    Weighed { segment: SegmentId::from_bytes([number; 16]), stillness, still_until: until.map(at) }
}

async fn of(db: &Db, number: u8) -> Weighed {
    db.weighed(SegmentId::from_bytes([number; 16])).await.expect("a read").expect("a row")
}

async fn a_segment_is_weighed_once_after_it_is_closed(db: Db) {
    db.put_segments(&[closed(1, span(0, 60)), closed(2, span(60, 120)), segment(3, span(120, 130))])
        .await
        .expect("a write");
    let ids = async || {
        let rows = db.segments_to_weigh(at(500), 9).await.expect("rows");
        rows.into_iter().map(|row| row.id.as_bytes()[0]).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [1, 2]);
    assert_eq!(db.segments_to_weigh(at(120), 9).await.expect("rows").len(), 1, "one that ended before");
    db.note_weighed(&[weighed(1, Stillness::NotShown, None)]).await.expect("a write");
    db.note_weighed(&[weighed(1, Stillness::Still, Some(70))]).await.expect("a write");
    assert_eq!((of(&db, 1).await, ids().await), (weighed(1, Stillness::NotShown, None), vec![2]));
}

async fn what_is_still_comes_down_when_its_moment_comes(db: Db) {
    let all: Vec<_> =
        (1..=3).map(|number| closed(number, span(i64::from(number) * 60, i64::from(number) * 60 + 60))).collect();
    db.put_segments(&all).await.expect("a write");
    let still = [1, 2, 3].map(|number| weighed(number, Stillness::Still, Some(i64::from(number) * 60 + 600)));
    db.note_weighed(&still).await.expect("a write");
    assert_eq!(db.bring_down_still(at(659)).await.expect("a write"), 0);
    assert_eq!(db.bring_down_still(at(660)).await.expect("a write"), 1);
    let until = async |number| {
        db.segment(SegmentId::from_bytes([number; 16])).await.expect("a read").expect("a row").keep_until
    };
    assert_eq!((until(1).await, until(2).await), (at(660), at(120 + 3600)));
    assert_eq!(of(&db, 1).await, weighed(1, Stillness::Still, None), "what came down is still still");
    // Second looks found too much: what waits keeps its full life, what came down stays down.
    assert_eq!(db.keep_what_seemed_still().await.expect("a write"), 2);
    assert_eq!(db.bring_down_still(at(9_999)).await.expect("a write"), 0);
    assert_eq!((until(1).await, until(2).await), (at(660), at(120 + 3600)));
    assert_eq!(of(&db, 3).await, weighed(3, Stillness::NotShortened, None));
}

async fn a_second_look_is_noted_once(db: Db) {
    db.put_segments(&[closed(1, span(0, 60)), closed(2, span(60, 120))]).await.expect("a write");
    db.note_weighed(&[weighed(1, Stillness::Chosen, None), weighed(2, Stillness::Still, None)]).await.expect("a write");
    let [first, second] = [1, 2].map(|number| SegmentId::from_bytes([number; 16]));
    assert_eq!(db.segments_chosen(9).await.expect("rows").len(), 1);
    assert!(db.note_second_look(first, Stillness::Missed).await.expect("a write"));
    assert!(!db.note_second_look(first, Stillness::Agreed).await.expect("a write"));
    assert!(!db.note_second_look(second, Stillness::Missed).await.expect("a write"), "it was not drawn");
    assert_eq!(of(&db, 1).await.stillness, Stillness::Missed);
    assert_eq!(db.segments_chosen(9).await.expect("rows"), []);
}

async fn deaths_of_decoders_are_remembered_until_a_person_forgets_them(db: Db) {
    let deaths = |kills, last| DecoderDeaths { stream: StreamId::from_bytes([1; 16]), kills, last: at(last) };
    db.put_decoder_deaths(deaths(1, 5)).await.expect("a write");
    db.put_decoder_deaths(deaths(2, 9)).await.expect("a write");
    assert_eq!(db.decoder_deaths().await.expect("rows"), [deaths(2, 9)]);
    db.put_decoder_deaths(deaths(1, 11)).await.expect("a write");
    assert_eq!(db.decoder_deaths().await.expect("rows"), [deaths(2, 11)], "who counts less takes nothing back");
    db.forget_decoder_deaths(StreamId::from_bytes([1; 16])).await.expect("a write");
    assert_eq!(db.decoder_deaths().await.expect("rows"), []);
}
