//! Versions of the policy: their life, what they promise, and footage brought down to it.

use candour_units::{CameraId, Hash, PersonId, PolicyId, PurposeId, SegmentId, StreamId, WallDuration};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::catalogue::{closed, segment, stored, with_camera};
use super::{at, span};
use crate::{
    Approval, CameraTerms, ComingIntoForce, Db, DbError, GoingFootage, NewPolicyVersion, NewPromise, OfVersion,
    PolicyAct, PolicyOrigin, PolicyState, PurposeRow, SegmentRow, Shorter,
};

super::on_every_store!(
    a_version_lives_from_draft_to_superseded_and_every_act_is_kept,
    one_version_waits_at_a_time_and_a_withdrawn_one_never_comes,
    a_shorter_version_brings_footage_down_in_steps_and_a_longer_one_revives_nothing,
    a_camera_that_no_version_names_keeps_what_was_promised,
    what_a_shorter_promise_would_delete_is_counted_exactly,
    acceptances_are_of_one_version,
);

const DAY: i64 = 86_400;

fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 16])
}

fn act<'a>(by: &'a str, seconds: i64, reason: &'a str) -> PolicyAct<'a> {
    PolicyAct { person: Some(person(1)), by, at: at(seconds), reason, detail: "{}" }
}

fn days(count: i64) -> WallDuration {
    WallDuration::from_seconds(count * DAY)
}

async fn draft(db: &Db, number: u8) -> i64 {
    let new = NewPolicyVersion {
        id: PolicyId::from_bytes([number; 16]),
        hash: Hash([number; 32]),
        text: format!("version {number}"),
        origin: PolicyOrigin::Viewer,
    };
    db.draft_policy(&new, act("Ann", 1, "")).await.expect("a draft")
}

async fn approve(db: &Db, number: i64, from: i64) -> Result<(), DbError> {
    let approval = Approval { force: at(from), departure: Some("We need it"), early: None };
    db.approve_policy(number, approval, act("Otto", 3, "agreed")).await
}

fn purpose(number: u8, keep: WallDuration) -> PurposeRow {
    PurposeRow {
        id: PurposeId::from_bytes([number; 16]),
        sentence: "Theft at the entrance".to_owned(),
        owner: "Head of facilities".to_owned(),
        keep,
        minimum: None,
        importance: 2,
        policy: PolicyId::from_bytes([number; 16]),
        written: at(0),
        written_by: "Otto".to_owned(),
        version: Some(OfVersion { word: "entrance".to_owned(), hash: Hash([number; 32]) }),
    }
}

fn promise(camera: CameraId, keep: WallDuration) -> NewPromise {
    NewPromise { camera, word: "entrance".to_owned(), rule: "purposes.entrance.keep".to_owned(), keep, still: None }
}

/// Brings a draft into force at that second, with that life for the camera (none: it is not named).
async fn force(db: &Db, number: u8, camera: CameraId, keep: Option<WallDuration>, seconds: i64) -> i64 {
    let version = draft(db, number).await;
    approve(db, version, seconds).await.expect("approved");
    let purposes: Vec<_> = keep.into_iter().map(|keep| purpose(number, keep)).collect();
    let terms: Vec<_> = purposes.iter().map(|row| CameraTerms { camera, purpose: row.id }).collect();
    let promises: Vec<_> = purposes.iter().map(|row| promise(camera, row.keep)).collect();
    let coming = ComingIntoForce { number: version, purposes: &purposes, terms: &terms, promises: &promises };
    db.force_policy(&coming, act("the recorder", seconds, "")).await.expect("in force");
    version
}

/// Does everything there is to do at that second; gives how many segments it shortened.
async fn bring_down(db: &Db, seconds: i64) -> u64 {
    let mut changed = 0;
    for _ in 0..1000 {
        let promises = db.promises_to_keep(at(seconds), 10).await.expect("a read");
        if promises.is_empty() {
            return changed;
        }
        for promise in promises {
            changed += db.bring_down(&promise, at(seconds)).await.expect("a step");
        }
    }
    panic!("it comes to no end");
}

async fn a_version_lives_from_draft_to_superseded_and_every_act_is_kept(db: Db) {
    let camera = with_camera(&db, &segment(1, span(0, 60))).await;
    let one = draft(&db, 1).await;
    assert_eq!(one, 1);
    db.advise_policy(one, act("Dora", 2, "Keep less")).await.expect("advice");
    approve(&db, one, 10).await.expect("approved");
    let waiting = db.policy_approved().await.expect("a read").expect("it waits");
    assert_eq!((waiting.number, waiting.force), (1, Some(at(10))));
    assert_eq!(db.policy_text(one).await.expect("a read").as_deref(), Some("version 1"));
    assert_eq!(
        waiting.advice.as_ref().map(|advice| (advice.words.as_str(), advice.by.as_str())),
        Some(("Keep less", "Dora"))
    );
    assert_eq!(waiting.departure.as_deref(), Some("We need it"));
    assert_eq!(waiting.approved, Some(("Otto".to_owned(), at(3))));
    assert_eq!(db.policy_in_force().await.expect("a read"), None);
    let rows = [purpose(1, days(7))];
    let terms = [CameraTerms { camera, purpose: rows[0].id }];
    let promises = [promise(camera, days(7))];
    let coming = ComingIntoForce { number: one, purposes: &rows, terms: &terms, promises: &promises };
    db.force_policy(&coming, act("the recorder", 10, "")).await.expect("in force");
    assert_eq!(db.policy_in_force().await.expect("a read").map(|row| row.forced), Some(Some(at(10))));
    assert_eq!(db.camera(camera).await.expect("a read").and_then(|row| row.purpose), Some(rows[0].id));
    assert_eq!(db.purpose(rows[0].id).await.expect("a read"), Some(rows[0].clone()));
    assert_eq!(rows[0].policy_hash(), Hash([1; 32]), "the digest of the version");
    let two = force(&db, 2, camera, Some(days(7)), 20).await;
    let states: Vec<_> =
        db.policy_versions().await.expect("a read").iter().map(|row| (row.number, row.state)).collect();
    assert_eq!(states, [(two, PolicyState::InForce), (one, PolicyState::Superseded)]);
    let acts: Vec<_> = db.policy_acts(one).await.expect("a read").into_iter().map(|row| (row.act, row.by)).collect();
    let expected = [
        ("drafted", "Ann"),
        ("advised", "Dora"),
        ("approved", "Otto"),
        ("in_force", "the recorder"),
        ("superseded", "the recorder"),
    ];
    assert_eq!(acts, expected.map(|(act, by)| (act.to_owned(), by.to_owned())));
    let unlogged = db.policy_acts_to_log(99).await.expect("a read");
    assert_eq!(unlogged.len(), 8);
    for row in &unlogged {
        db.note_policy_logged(row.version, row.number, 7).await.expect("a write");
    }
    assert_eq!(db.policy_acts_to_log(99).await.expect("a read"), []);
    // Too late for all of it.
    assert!(matches!(db.advise_policy(one, act("Dora", 30, "Less")).await, Err(DbError::NotFound { .. })));
    assert!(matches!(db.withdraw_policy(two, act("Otto", 30, "")).await, Err(DbError::NotFound { .. })));
    assert!(matches!(approve(&db, two, 30).await, Err(DbError::NotFound { .. })));
}

async fn one_version_waits_at_a_time_and_a_withdrawn_one_never_comes(db: Db) {
    let (one, two) = (draft(&db, 1).await, draft(&db, 2).await);
    approve(&db, one, 10).await.expect("approved");
    assert!(matches!(approve(&db, two, 10).await, Err(DbError::Exists { .. })));
    db.withdraw_policy(one, act("Otto", 5, "We thought again")).await.expect("withdrawn");
    let coming = ComingIntoForce { number: one, purposes: &[], terms: &[], promises: &[] };
    let refused = db.force_policy(&coming, act("the recorder", 10, "")).await;
    assert!(matches!(refused, Err(DbError::NotFound { .. })), "{refused:?}");
    assert_eq!(db.policy_in_force().await.expect("a read"), None);
    approve(&db, two, 10).await.expect("now it is free");
    let again = draft(&db, 3).await;
    db.withdraw_policy(again, act("Ann", 6, "")).await.expect("a draft is given up too");
    let states: Vec<_> = db.policy_versions().await.expect("a read").iter().map(|row| row.state).collect();
    assert_eq!(states, [PolicyState::Withdrawn, PolicyState::Approved, PolicyState::Withdrawn]);
}

/// A closed segment of a minute that was captured under version 1 and lives seven days.
fn minute(number: u8, start: i64) -> SegmentRow {
    let purpose = PurposeId::from_bytes([1; 16]);
    SegmentRow { purpose, keep_until: at(start) + days(7), ..closed(number, span(start, start + 60)) }
}

async fn a_shorter_version_brings_footage_down_in_steps_and_a_longer_one_revives_nothing(db: Db) {
    let camera = with_camera(&db, &segment(1, span(0, 60))).await;
    let other = SegmentRow { stream: StreamId::from_bytes([9; 16]), ..minute(9, 0) };
    force(&db, 1, camera, Some(days(7)), 0).await;
    let now = 6 * DAY;
    let purpose = PurposeId::from_bytes([1; 16]);
    let open = SegmentRow { purpose, keep_until: at(now) + days(7), ..segment(4, span(now - 30, now)) };
    // For another purpose, of which the versions say nothing.
    let apart = SegmentRow { purpose: PurposeId::from_bytes([77; 16]), ..minute(8, 20) };
    db.put_segments(&[minute(1, 10), minute(2, 3 * DAY), minute(3, now - 90), open, other, apart])
        .await
        .expect("a write");
    assert_eq!(bring_down(&db, now).await, 0, "nothing was there when it came");
    force(&db, 2, camera, Some(days(2)), now).await;
    // One step, then somebody kills the recorder: the next one goes on.
    let promise = db.promises_to_keep(at(now), 1).await.expect("a read").remove(0);
    assert_eq!(db.bring_down(&promise, at(now)).await.expect("a step"), 1);
    assert_eq!(bring_down(&db, now).await, 3, "open footage too");
    let ends = async |number| stored(&db, number).await.keep_until;
    assert_eq!(ends(1).await, at(10) + days(2));
    assert_eq!(ends(2).await, at(3 * DAY) + days(2));
    assert_eq!(ends(4).await, at(now - 30) + days(2));
    assert_eq!(ends(9).await, at(0) + days(7), "of another camera");
    assert_eq!(ends(8).await, at(20) + days(7), "for another purpose");
    // A row that was on its way while the version came is found by the second look.
    db.put_segments(&[minute(5, now - 5)]).await.expect("a late row");
    assert_eq!(bring_down(&db, now + 60).await, 0);
    assert_eq!(bring_down(&db, now + 1000).await, 1);
    assert_eq!(db.promises_to_keep(at(now + DAY), 9).await.expect("a read"), [], "it is done for good");
    let before: Vec<_> = [ends(1).await, ends(3).await, ends(5).await].into();
    force(&db, 3, camera, Some(days(30)), now + DAY).await;
    assert_eq!(bring_down(&db, now + 2 * DAY).await, 0);
    assert_eq!([ends(1).await, ends(3).await, ends(5).await], before[..], "a longer promise revives nothing");
    let past = db.promises_of(camera).await.expect("a read");
    let told: Vec<_> = past.iter().map(|it| (it.promise.version, it.promise.of.keep, it.until)).collect();
    let expected = [(1, days(7), Some(at(now))), (2, days(2), Some(at(now + DAY))), (3, days(30), None)];
    assert_eq!(told, expected);
    assert_eq!(past[1].hash, Hash([2; 32]));
}

async fn a_camera_that_no_version_names_keeps_what_was_promised(db: Db) {
    let camera = with_camera(&db, &segment(1, span(0, 60))).await;
    force(&db, 1, camera, Some(days(7)), 0).await;
    db.put_segments(&[minute(1, 10)]).await.expect("a write");
    force(&db, 2, camera, None, DAY).await;
    assert_eq!(db.camera(camera).await.expect("a read").and_then(|row| row.purpose), None, "it records no more");
    assert_eq!(bring_down(&db, 2 * DAY).await, 0);
    assert_eq!(stored(&db, 1).await.keep_until, at(10) + days(7));
    // Back under a shorter one: what is left of before goes by it.
    let three = force(&db, 3, camera, Some(days(3)), 2 * DAY).await;
    assert_eq!(bring_down(&db, 4 * DAY).await, 1);
    assert_eq!(stored(&db, 1).await.keep_until, at(10) + days(3));
    // Another name, other terms, the same version; and back to none.
    let shorter = purpose(33, days(1));
    let promises = [promise(camera, days(1))];
    db.give_terms(three, camera, Some(&shorter), &promises, at(3 * DAY)).await.expect("a write");
    assert_eq!(bring_down(&db, 4 * DAY).await, 1);
    assert_eq!(db.promises_of(camera).await.expect("a read").len(), 3);
    db.give_terms(three, camera, None, &[], at(4 * DAY)).await.expect("a write");
    let words = db.promised_words().await.expect("a read");
    assert_eq!(words, [(camera, "Hall".to_owned(), "entrance".to_owned())]);
    assert_eq!(db.camera(camera).await.expect("a read").and_then(|row| row.purpose), None);
}

/// Whatever lives how long: the sum over hours and edges is the sum over rows.
async fn what_a_shorter_promise_would_delete_is_counted_exactly(db: Db) {
    for number in [1, 2] {
        db.add_purpose(&purpose(number, days(30))).await.expect("a write");
    }
    let lives = prop::sample::select(vec![3600_i64, 20_000, 36_000]);
    let rows = prop::collection::vec((0_i64..40_000, lives, 1_u8..4), 1..40);
    let asked = (prop::sample::select(vec![1_i64, 3600, 7000, 20_000]), 0_i64..90_000);
    let mut runner = TestRunner::deterministic();
    for round in 0..30 {
        let (made, (keep, now)) = (&rows, &asked).new_tree(&mut runner).expect("values").current();
        let stream = StreamId::from_bytes([100 + round; 16]);
        let row = |(number, (start, life, purpose)): (usize, &(i64, i64, u8))| SegmentRow {
            id: SegmentId::from_bytes([[round, number as u8]; 8].as_flattened().try_into().expect("16 bytes")),
            stream,
            purpose: PurposeId::from_bytes([*purpose; 16]),
            keep_until: at(start + life),
            len_bytes: 1000 + number as i64,
            ..closed(number as u8, span(*start, start + 60))
        };
        let rows: Vec<_> = made.iter().enumerate().map(row).collect();
        db.put_segments(&rows).await.expect("a write");
        let keep_for = WallDuration::from_seconds(keep);
        // The third purpose has another name in the file, or none.
        let meant = |row: &&SegmentRow| row.purpose.as_bytes()[0] < 3 && row.keep_until > row.start + keep_for;
        let goes = |row: &&SegmentRow| meant(row) && row.start + keep_for <= at(now) && row.keep_until > at(now);
        let stays = |row: &&SegmentRow| meant(row) && row.start + keep_for > at(now);
        let sum = |rows: Vec<&SegmentRow>| (rows.len() as i64, rows.iter().map(|row| row.len_bytes).sum::<i64>());
        let told = |found: GoingFootage| (found.segments, found.bytes);
        let asked = Shorter { stream, word: "entrance", keep: keep_for, at: at(now) };
        let found = db.footage_going(asked).await.expect("a read");
        assert_eq!(told(found), sum(rows.iter().filter(goes).collect()), "{made:?} {keep} {now}");
        let first = rows.iter().filter(goes).map(|row| row.start).min();
        assert_eq!(found.range.is_some(), first.is_some());
        if let (Some(range), Some(first)) = (found.range, first) {
            assert!(range.start <= first && first - range.start < WallDuration::from_seconds(3600));
        }
        let later = db.footage_shortened(asked).await.expect("a read");
        assert_eq!(told(later), sum(rows.iter().filter(stays).collect()), "shortened: {made:?} {keep} {now}");
        let held = span(now - 10_000, now - 5000);
        let overlaps = |row: &&SegmentRow| row.start < held.end && row.end > held.start;
        let found = db.footage_held(asked, held).await.expect("a read");
        assert_eq!(told(found), sum(rows.iter().filter(goes).filter(overlaps).collect()), "held");
    }
    let none = Shorter { stream: StreamId::from_bytes([7; 16]), word: "entrance", keep: days(1), at: at(0) };
    assert_eq!(db.footage_going(none).await.expect("a read"), GoingFootage::default());
}

async fn acceptances_are_of_one_version(db: Db) {
    let (one, two) = (draft(&db, 1).await, draft(&db, 2).await);
    db.accept_policy(one, person(5), "Olga", at(9), 12).await.expect("a write");
    db.accept_policy(one, person(5), "Olga", at(10), 13).await.expect("a second time");
    let accepted = async |version, who| db.has_accepted_policy(version, person(who)).await.expect("a read");
    assert!(accepted(one, 5).await && !accepted(one, 6).await && !accepted(two, 5).await);
    let all = db.policy_acceptances(one).await.expect("a read");
    assert_eq!(all, [(person(5), "Olga".to_owned(), at(9))]);
}
