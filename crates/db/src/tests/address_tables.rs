//! Address tables: brought, signed by another person once, taken back once.

use candour_units::{Hash, PersonId, TableId};

use super::at;
use crate::{AddressTableRow, Db, Signature};

super::on_every_store!(brought_signed_by_another_and_taken_back, nobody_signs_what_they_brought);

fn person(number: u8, second: i64) -> Signature {
    Signature { by: PersonId::from_bytes([number; 16]), name: format!("Person {number}"), at: at(second) }
}

fn brought(number: u8, taken: i64) -> AddressTableRow {
    AddressTableRow {
        id: TableId::from_bytes([number; 16]),
        source: "Core switch".into(),
        taken: at(taken),
        file_name: "arp.txt".into(),
        digest: Hash([number; 32]),
        filed: person(1, taken + 5),
        signed: None,
        withdrawn: None,
    }
}

async fn brought_signed_by_another_and_taken_back(db: Db) {
    let (older, newer) = (brought(1, 10), brought(2, 20));
    for row in [&older, &newer] {
        db.add_address_table(row).await.expect("a write");
    }
    assert!(db.sign_address_table(older.id, &person(2, 30)).await.expect("a write"));
    assert!(!db.sign_address_table(older.id, &person(3, 40)).await.expect("a write"), "once");
    assert!(db.withdraw_address_table(newer.id, "Person 2", at(50)).await.expect("a write"));
    assert!(!db.withdraw_address_table(newer.id, "Person 3", at(60)).await.expect("a write"), "once");
    assert!(!db.sign_address_table(newer.id, &person(2, 70)).await.expect("a write"), "it was taken back");
    assert!(!db.sign_address_table(TableId::from_bytes([9; 16]), &person(2, 70)).await.expect("a write"));
    let signed = AddressTableRow { signed: Some(person(2, 30)), ..older };
    let withdrawn = AddressTableRow { withdrawn: Some(("Person 2".into(), at(50))), ..newer };
    assert_eq!(db.address_tables().await.expect("a read"), [withdrawn, signed]);
}

async fn nobody_signs_what_they_brought(db: Db) {
    let row = brought(1, 10);
    db.add_address_table(&row).await.expect("a write");
    assert!(db.sign_address_table(row.id, &person(1, 30)).await.is_err());
    assert_eq!(db.address_tables().await.expect("a read"), [row]);
}
