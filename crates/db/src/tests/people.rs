//! Accounts and sign-ins.

use crate::{Db, DbError, PasskeyRow, PersonRow, SessionRow};
use candour_units::{Hash, PersonId, SessionId};

use super::at;

super::on_every_store!(
    names_are_one_name_in_any_case,
    sign_ins_end_with_password_roles_and_account,
    sign_ins_come_and_go,
    a_code_counts_once,
    recovery_codes_count_once_each,
    a_reset_takes_everything,
    passkeys_stand_beside_each_other_and_the_last_stays,
    no_first_second_factor_comes_beside_one_that_stands,
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
        ends: None,
        factor: None,
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
        confirmed: Some(at(10)),
        browser: "Firefox on Linux".to_owned(),
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

    assert_eq!(db.sessions_of(ann.id).await.expect("a read").len(), 3);
    db.confirm_session(SessionId::from_bytes([3; 16]), at(15), at(2000)).await.expect("a write");
    let newest = db.sessions_of(ann.id).await.expect("a read").remove(0);
    assert_eq!((newest.confirmed, newest.last_used, newest.expires), (Some(at(15)), at(15), at(2000)));
    let gone = db.confirm_session(SessionId::from_bytes([9; 16]), at(15), at(2000)).await;
    assert!(matches!(gone, Err(DbError::NotFound { .. })), "{gone:?}");

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

async fn enrolled(db: &Db, number: u8) -> PersonRow {
    let ann = person(number, &format!("ann {number}"));
    db.add_people(std::slice::from_ref(&ann)).await.expect("a new name");
    assert!(db.begin_factor(ann.id, b"first", true).await.expect("a write"));
    assert!(db.begin_factor(ann.id, b"second", true).await.expect("a write"), "begun again");
    let codes = [Hash([1; 32]), Hash([2; 32])];
    assert!(!db.confirm_factor(ann.id, b"first", 7, Some(&codes), at(30)).await.expect("a write"), "not the newest");
    assert_eq!(db.person(ann.id).await.expect("a read").expect("she exists").factor, None);
    assert!(db.confirm_factor(ann.id, b"second", 7, Some(&codes), at(30)).await.expect("a write"));
    assert!(!db.confirm_factor(ann.id, b"second", 8, Some(&[]), at(31)).await.expect("a write"), "once");
    assert!(!db.begin_factor(ann.id, b"third", true).await.expect("a write"), "what stands stays");
    assert_eq!(db.person(ann.id).await.expect("a read").expect("she exists").factor, Some(at(30)));
    ann
}

async fn a_code_counts_once(db: Db) {
    let ann = enrolled(&db, 1).await;
    for (step, taken) in [(7, false), (6, false), (8, true), (8, false), (10, true), (9, false)] {
        assert_eq!(db.take_step(ann.id, step).await.expect("a write"), taken, "{step}");
    }
    let nobody = PersonId::from_bytes([9; 16]);
    assert!(!db.take_step(nobody, 1).await.expect("a write"));
}

async fn recovery_codes_count_once_each(db: Db) {
    let (ann, other) = (enrolled(&db, 1).await, enrolled(&db, 2).await);
    assert!(!db.take_recovery_code(ann.id, &Hash([3; 32]), at(40)).await.expect("a write"));
    assert!(db.take_recovery_code(ann.id, &Hash([1; 32]), at(40)).await.expect("a write"));
    assert!(!db.take_recovery_code(ann.id, &Hash([1; 32]), at(41)).await.expect("a write"));
    assert_eq!(db.recovery_codes_left(ann.id).await.expect("a read"), 1);
    assert_eq!(db.recovery_codes_left(other.id).await.expect("a read"), 2);
}

async fn a_reset_takes_everything(db: Db) {
    let ann = enrolled(&db, 1).await;
    db.add_session(&session(1, &ann)).await.expect("a write");
    assert!(db.add_passkey(&passkey(1, &ann), None).await.expect("a write"));
    db.reset_factor(ann.id, "Bob", at(50)).await.expect("a write");
    assert!(db.sessions_of(ann.id).await.expect("a read").is_empty());
    assert!(db.passkeys(ann.id).await.expect("a read").is_empty());
    assert_eq!(db.recovery_codes_left(ann.id).await.expect("a read"), 0);
    assert!(!db.take_step(ann.id, 99).await.expect("a write"));
    let row = db.second_factor(ann.id).await.expect("a read").expect("the reset is remembered");
    assert!(row.secret.is_none() && row.added.is_none());
    assert_eq!(row.reset, Some((at(50), "Bob".to_owned())));
    assert!(db.begin_factor(ann.id, b"new", true).await.expect("a write"));
    assert!(db.confirm_factor(ann.id, b"new", 100, Some(&[]), at(60)).await.expect("a write"));
    let row = db.second_factor(ann.id).await.expect("a read").expect("it stands");
    assert_eq!((row.added, row.reset), (Some(at(60)), None));
}

fn passkey(number: u8, of: &PersonRow) -> PasskeyRow {
    PasskeyRow {
        credential: Hash([number; 32]),
        person: of.id,
        host: "cctv.example".to_owned(),
        name: format!("Key {number}"),
        sealed: vec![number],
        added: at(30 + i64::from(number)),
        used: None,
    }
}

async fn passkeys_stand_beside_each_other_and_the_last_stays(db: Db) {
    let ann = person(1, "ann");
    db.add_people(std::slice::from_ref(&ann)).await.expect("a new name");
    let (first, second) = (passkey(1, &ann), passkey(2, &ann));
    let codes = [Hash([1; 32]), Hash([2; 32])];
    assert!(!db.add_passkey(&first, None).await.expect("a write"), "there is none beside which it could be");
    assert!(db.add_passkey(&first, Some(&codes)).await.expect("a write"));
    assert!(!db.add_passkey(&first, None).await.expect("a write"), "one credential is one passkey");
    assert_eq!(db.person(ann.id).await.expect("a read").expect("she exists").factor, Some(at(31)));
    assert_eq!(db.recovery_codes_left(ann.id).await.expect("a read"), 2);
    assert!(!db.remove_passkey(ann.id, &first.credential).await.expect("a write"), "the last one stays");
    assert!(db.add_passkey(&second, None).await.expect("a write"));
    assert_eq!(db.recovery_codes_left(ann.id).await.expect("a read"), 2, "they stay");
    assert!(db.passkey_shown(&first.credential, b"later", at(40)).await.expect("a write"));
    let used = PasskeyRow { sealed: b"later".to_vec(), used: Some(at(40)), ..first.clone() };
    assert_eq!(db.passkeys(ann.id).await.expect("a read"), [used, second.clone()]);
    let stranger = PersonId::from_bytes([9; 16]);
    assert!(!db.remove_passkey(stranger, &first.credential).await.expect("a write"), "only one's own");
    assert!(db.remove_passkey(ann.id, &first.credential).await.expect("a write"));
    assert!(!db.passkey_shown(&first.credential, b"x", at(41)).await.expect("a write"), "it is gone");
    // An authenticator beside it, and the passkey may go.
    assert!(db.begin_factor(ann.id, b"secret", false).await.expect("a write"));
    assert!(!db.remove_passkey(ann.id, &second.credential).await.expect("a write"), "not confirmed yet");
    assert!(db.confirm_factor(ann.id, b"secret", 1, None, at(50)).await.expect("a write"));
    assert_eq!(db.recovery_codes_left(ann.id).await.expect("a read"), 2, "they stay");
    assert!(db.remove_passkey(ann.id, &second.credential).await.expect("a write"));
    assert_eq!(db.person(ann.id).await.expect("a read").expect("she exists").factor, Some(at(50)));
}

/// Whoever knows only the password must not set up another second factor, whatever kind stands.
async fn no_first_second_factor_comes_beside_one_that_stands(db: Db) {
    let (ann, bob) = (person(7, "ann"), enrolled(&db, 8).await);
    db.add_people(std::slice::from_ref(&ann)).await.expect("a new name");
    assert!(!db.add_passkey(&passkey(1, &bob), Some(&[])).await.expect("a write"));
    // Begun while none stood, and overtaken.
    assert!(db.begin_factor(ann.id, b"waiting", true).await.expect("a write"));
    assert!(db.add_passkey(&passkey(2, &ann), Some(&[])).await.expect("a write"));
    assert!(!db.confirm_factor(ann.id, b"waiting", 1, Some(&[]), at(60)).await.expect("a write"));
    assert!(!db.begin_factor(ann.id, b"again", true).await.expect("a write"));
}
