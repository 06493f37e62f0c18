//! Storage directories, and sums over what lies in them.

use candour_units::{PurposeId, StorageId};

use super::catalogue::{closed, segment};
use super::{at, span};
use crate::{Db, EndingBytes, SegmentRow, StorageRow};

super::on_every_store!(a_directory_keeps_its_number_and_its_id, room_is_summed_by_directory_purpose_and_end_of_life);

async fn a_directory_keeps_its_number_and_its_id(db: Db) {
    let first = StorageRow { number: 0, id: StorageId::from_bytes([1; 16]), path: "/srv/a".to_owned(), seen: at(0) };
    let second = StorageRow { number: 1, id: StorageId::from_bytes([2; 16]), ..first.clone() };
    db.put_storage(&first).await.expect("a write");
    db.put_storage(&second).await.expect("a write");
    let moved = StorageRow { path: "/mnt/a".to_owned(), seen: at(9), ..first.clone() };
    db.put_storage(&StorageRow { id: StorageId::from_bytes([9; 16]), ..moved.clone() }).await.expect("a write");
    assert_eq!(db.storages().await.expect("a read"), [moved, second.clone()]);
    assert!(db.put_storage(&StorageRow { number: 2, ..second }).await.is_err(), "one id, two numbers");
}

async fn room_is_summed_by_directory_purpose_and_end_of_life(db: Db) {
    let other = PurposeId::from_bytes([5; 16]);
    let rows = [
        SegmentRow { storage: 1, ..closed(1, span(0, 60)) },
        SegmentRow { storage: 1, ..closed(2, span(60, 120)) },
        SegmentRow { storage: 1, purpose: other, ..closed(3, span(30, 60)) },
        SegmentRow { storage: 2, ..closed(4, span(60, 120)) },
        SegmentRow { storage: 1, ..segment(5, span(120, 180)) },
        SegmentRow { storage: 3, ..segment(6, span(120, 180)) },
    ];
    db.put_segments(&rows).await.expect("a write");
    let purpose = rows[0].purpose;
    let sum = async |storage, from, to| db.bytes_ending_in(storage, purpose, span(from, to)).await.expect("a read");
    assert_eq!(sum(1, 3600, 3661).await, EndingBytes { bytes: 2000, first: Some(at(3600)) });
    assert_eq!(sum(1, 3601, 3660).await, EndingBytes::default());
    assert_eq!(sum(2, 0, 9999).await, EndingBytes { bytes: 1000, first: Some(at(3660)) });
    let oldest = async |purpose| db.segments_ending_first(1, purpose, 9).await.expect("a read");
    assert_eq!(oldest(purpose).await, rows[..2]);
    assert_eq!(oldest(other).await, rows[2..3]);
    let used = async |storage| db.storage_is_used(storage).await.expect("a read");
    assert_eq!((used(1).await, used(3).await, used(4).await), (true, true, false));
}
