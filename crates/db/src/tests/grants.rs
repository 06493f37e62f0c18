//! Grants: what is stored comes back, each act once and by another person, and what is over by time is not asked for.

use candour_units::{CameraId, GrantId, HoldId, IncidentId, PersonId};

use super::{at, span};
use crate::{Db, DbError, GrantAct, GrantAuthorisation, GrantRow, IncidentRow};

super::on_every_store!(
    a_request_is_decided_once_and_withdrawn,
    nobody_decides_on_their_own,
    broken_glass_waits_for_its_review,
    incidents_come_back
);

const ANN: PersonId = PersonId::from_bytes([1; 16]);
const BOB: PersonId = PersonId::from_bytes([2; 16]);

fn by(person: PersonId, seconds: i64) -> GrantAct {
    GrantAct {
        person,
        name: "Ann Approver".to_owned(),
        at: at(seconds),
        words: "It is in order".to_owned(),
        entry: seconds,
    }
}

fn request(number: u8) -> GrantRow {
    GrantRow {
        id: GrantId::from_bytes([number; 16]),
        origin: "request".to_owned(),
        state: "asked".to_owned(),
        case_reference: "2026-114".to_owned(),
        purpose: Some("theft".to_owned()),
        cameras: vec![CameraId::from_bytes([4; 16]), CameraId::from_bytes([5; 16])],
        footage: span(0, 600),
        until: at(9000),
        export: true,
        authorisation: None,
        incident: None,
        asked: by(ANN, 700 + i64::from(number)),
        decided: None,
        withdrawn: None,
        reviewed: None,
    }
}

async fn a_request_is_decided_once_and_withdrawn(db: Db) {
    let given = GrantAuthorisation { number: "DS/12".to_owned(), officer: "Supt Hall".to_owned(), expires: at(9500) };
    let asked = GrantRow {
        purpose: Some("directed".to_owned()),
        authorisation: Some(given),
        incident: Some(IncidentId::from_bytes([8; 16])),
        ..request(1)
    };
    db.add_grant(&asked).await.expect("a write");
    db.add_grant(&request(2)).await.expect("a write");
    assert_eq!(db.grant(asked.id).await.expect("a read"), Some(asked.clone()));
    db.decide_grant(asked.id, true, &by(BOB, 800)).await.expect("it waits");
    let approved = GrantRow { state: "approved".to_owned(), decided: Some(by(BOB, 800)), ..asked.clone() };
    assert_eq!(db.grants_of(ANN, at(8999)).await.expect("a read"), [approved.clone(), request(2)]);
    assert_eq!(db.grants_of(ANN, at(9000)).await.expect("a read"), [], "they are over");
    assert_eq!(db.grants_of(BOB, at(0)).await.expect("a read"), []);
    assert_eq!(db.newest_grants(None, 1).await.expect("a read"), [request(2)]);
    assert_eq!(db.newest_grants(Some(ANN), 9).await.expect("a read").len(), 2);
    let again = db.decide_grant(asked.id, false, &by(BOB, 801)).await;
    assert!(matches!(again, Err(DbError::NotFound { .. })), "{again:?}");
    db.decide_grant(request(2).id, false, &by(BOB, 802)).await.expect("it waits");
    assert_eq!(db.grant(request(2).id).await.expect("a read").map(|row| row.state), Some("refused".to_owned()));
    db.withdraw_grant(asked.id, &by(ANN, 900)).await.expect("it stands");
    let withdrawn = db.grant(asked.id).await.expect("a read").expect("it is there");
    assert_eq!((withdrawn.state.as_str(), withdrawn.withdrawn), ("withdrawn", Some(by(ANN, 900))));
    for over in [asked.id, request(2).id] {
        let refused = db.withdraw_grant(over, &by(ANN, 901)).await;
        assert!(matches!(refused, Err(DbError::NotFound { .. })), "{refused:?}");
    }
}

/// What `policy` decides above, the rows insist on below.
async fn nobody_decides_on_their_own(db: Db) {
    db.add_grant(&request(1)).await.expect("a write");
    let own = db.decide_grant(request(1).id, true, &by(ANN, 800)).await;
    assert!(matches!(own, Err(DbError::Sql { .. })), "{own:?}");
    assert_eq!(db.grant(request(1).id).await.expect("a read"), Some(request(1)));
}

async fn broken_glass_waits_for_its_review(db: Db) {
    let broken = GrantRow {
        origin: "break_glass".to_owned(),
        state: "approved".to_owned(),
        purpose: None,
        export: false,
        ..request(3)
    };
    db.add_grant(&broken).await.expect("a write");
    db.add_grant(&request(4)).await.expect("a write");
    assert_eq!(db.unreviewed_grants().await.expect("a read"), std::slice::from_ref(&broken));
    let own = db.review_grant(broken.id, true, &by(ANN, 900)).await;
    assert!(matches!(own, Err(DbError::Sql { .. })), "{own:?}");
    db.review_grant(broken.id, false, &by(BOB, 900)).await.expect("it waits");
    assert_eq!(db.unreviewed_grants().await.expect("a read"), []);
    let found = db.grant(broken.id).await.expect("a read").expect("it is there");
    assert_eq!(found.reviewed, Some((by(BOB, 900), false)));
    for wrong in [broken.id, request(4).id] {
        let refused = db.review_grant(wrong, true, &by(BOB, 901)).await;
        assert!(matches!(refused, Err(DbError::NotFound { .. })), "{refused:?}");
    }
}

async fn incidents_come_back(db: Db) {
    let incident = |number: u8| IncidentRow {
        id: IncidentId::from_bytes([number; 16]),
        camera: CameraId::from_bytes([4; 16]),
        footage: span(0, 60),
        hold: HoldId::from_bytes([number; 16]),
        ends: at(9000),
        marked: by(ANN, i64::from(number)),
    };
    db.add_incident(&incident(1)).await.expect("a write");
    db.add_incident(&incident(2)).await.expect("a write");
    assert_eq!(db.incidents_since(at(0), 9).await.expect("a read"), [incident(2), incident(1)]);
    assert_eq!(db.incidents_since(at(1), 9).await.expect("a read"), [incident(2)]);
}
