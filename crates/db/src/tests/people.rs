//! Accounts and sign-ins.

use crate::{Db, DbError, PersonRow, SessionRow};
use candour_units::{Hash, PersonId, SessionId};

use super::at;

super::on_every_store!(
    names_are_one_name_in_any_case,
    sign_ins_end_with_password_roles_and_account,
    sign_ins_come_and_go,
    an_account_that_is_not_there_cannot_be_changed
);

fn person(number: u8, name: &str) -> PersonRow {
    PersonRow {
        id: PersonId::from_bytes([number; 16]),
        sign_in_name: name.to_owned(),
        full_name: format!("Person {number}"),
        roles: "operator".to_owned(),
        password_hash: "$argon2id$one".to_owned(),
        created: at(0),
        disabled: None,
    }
}

fn session(number: u8, of: &PersonRow) -> SessionRow {
    SessionRow {
        id: SessionId::from_bytes([number; 16]),
        token_hash: Hash([number; 32]),
        person: of.id,
        address: "192.0.2.7".to_owned(),
        created: at(10),
        last_used: at(10),
        expires: at(1000),
    }
}

async fn names_are_one_name_in_any_case(db: Db) {
    db.add_people(&[person(1, "Ödön"), person(2, "ann")]).await.expect("new names");
    let refused = db.add_people(&[person(3, "bob"), person(4, "öDÖN")]).await;
    assert!(matches!(refused, Err(DbError::Exists { .. })), "{refused:?}");
    let names: Vec<_> = db.people().await.expect("a read").into_iter().map(|person| person.sign_in_name).collect();
    assert_eq!(names, ["ann", "Ödön"], "all or none: bob was not added");
    let found = db.person_by_name("ÖDÖN").await.expect("a read");
    assert_eq!(found, Some(person(1, "Ödön")));
    assert_eq!(db.person(PersonId::from_bytes([9; 16])).await.expect("a read"), None);
}

/// Changes an account that has a sign-in; says whether the sign-in lived on.
async fn lives_on(db: &Db, number: u8, change: impl FnOnce(&mut PersonRow)) -> bool {
    let mut ann = person(number, &format!("ann {number}"));
    db.add_people(std::slice::from_ref(&ann)).await.expect("a new name");
    db.add_session(&session(number, &ann)).await.expect("a write");
    change(&mut ann);
    db.change_person(&ann).await.expect("she exists");
    assert_eq!(db.person(ann.id).await.expect("a read"), Some(ann));
    db.session(&Hash([number; 32])).await.expect("a read").is_some()
}

async fn sign_ins_end_with_password_roles_and_account(db: Db) {
    assert!(lives_on(&db, 1, |ann| ann.full_name = "Ann".to_owned()).await);
    assert!(!lives_on(&db, 2, |ann| ann.password_hash = "$argon2id$two".to_owned()).await);
    assert!(!lives_on(&db, 3, |ann| ann.roles = "dpo".to_owned()).await);
    assert!(!lives_on(&db, 4, |ann| ann.disabled = Some(at(20))).await);
}

async fn sign_ins_come_and_go(db: Db) {
    let ann = person(1, "ann");
    db.add_people(std::slice::from_ref(&ann)).await.expect("a new name");
    for number in 1..=3 {
        db.add_session(&session(number, &ann)).await.expect("a write");
    }
    let (mut row, owner) = db.session(&Hash([2; 32])).await.expect("a read").expect("it was stored");
    assert_eq!((&row, &owner), (&session(2, &ann), &ann));

    db.touch_session(row.id, at(20)).await.expect("a write");
    assert_eq!(db.session(&Hash([2; 32])).await.expect("a read"), Some((row.clone(), ann.clone())), "too soon");
    db.touch_session(row.id, at(25)).await.expect("a write");
    row.last_used = at(25);
    assert_eq!(db.session(&Hash([2; 32])).await.expect("a read"), Some((row.clone(), ann)));

    db.end_session(row.id).await.expect("a write");
    db.end_session(row.id).await.expect("ending what has ended is fine");
    assert_eq!(db.session(&row.token_hash).await.expect("a read"), None);
    db.forget_expired_sessions(at(1000)).await.expect("a write");
    assert!(db.session(&Hash([1; 32])).await.expect("a read").is_some(), "it ends at 1000, not before");
    db.forget_expired_sessions(at(1001)).await.expect("a write");
    assert!(db.session(&Hash([1; 32])).await.expect("a read").is_none());
}

async fn an_account_that_is_not_there_cannot_be_changed(db: Db) {
    assert!(matches!(db.change_person(&person(1, "ann")).await, Err(DbError::NotFound { .. })));
}
