//! What the key file promises: rows come back, changed ones do not, and names cannot be swapped.

use candour_seal::key::Secret;
use candour_seal::keyfile::{Epoch, HEAD_LEN, KeyFile, ROW_LEN, RowName, Rows, encode_row, open_secret, seal_secret};
use candour_units::{SegmentId, StreamId};

const MASTER: [u8; 32] = [0xa1; 32];

fn epoch() -> Epoch {
    Epoch::new([0xe0; 16], Secret::new([0xc3; 32]))
}

fn name(hour: i64, segment: Option<u8>) -> RowName {
    RowName {
        stream: StreamId::from_bytes([3; 16]),
        hour,
        segment: segment.map(|byte| SegmentId::from_bytes([byte; 16])),
    }
}

fn rows() -> Rows {
    let names = [name(1, None), name(1, Some(7)), name(-2, None)];
    names.iter().zip(1u8..).map(|(name, at)| (*name, epoch().wrap(name, [at; 12], &[at; 32]))).collect()
}

fn file() -> Vec<u8> {
    let rows = rows();
    let (head, key) = epoch().seal(&MASTER, [9; 12], 5, rows.len() as u32);
    KeyFile::encode(&head, &key, &rows)
}

#[test]
fn rows_come_back_and_open() {
    let mut bytes = file();
    let added = name(2, None);
    bytes.extend_from_slice(&encode_row(&added, &epoch().wrap(&added, [4; 12], &[4; 32])));
    let read = KeyFile::decode(&bytes).expect("it is whole");
    assert_eq!((read.rows.len(), read.appended, read.head.generation), (4, 1, 5));
    let opened = Epoch::open(&read, &MASTER).expect("the master key is right");
    assert_eq!(opened.unwrap(&added, &read.rows[&added]).as_deref(), Some(&[4; 32]));
    assert_eq!(opened.unwrap(&name(1, Some(7)), &read.rows[&name(1, Some(7))]).as_deref(), Some(&[2; 32]));
}

#[test]
fn a_row_opens_under_its_own_name_and_epoch_only() {
    let rows = rows();
    let wrapped = &rows[&name(1, None)];
    assert!(epoch().unwrap(&name(1, None), wrapped).is_some());
    assert!(epoch().unwrap(&name(2, None), wrapped).is_none());
    assert!(epoch().unwrap(&name(1, Some(1)), wrapped).is_none());
    assert!(Epoch::new([0xe1; 16], Secret::new([0xc3; 32])).unwrap(&name(1, None), wrapped).is_none());
    assert!(Epoch::open(&KeyFile::decode(&file()).expect("it is whole"), &[0; 32]).is_none());
}

#[test]
fn every_flipped_byte_is_found() {
    let mut bytes = file();
    let rewritten = bytes.len();
    let added = name(2, None);
    bytes.extend_from_slice(&encode_row(&added, &epoch().wrap(&added, [4; 12], &[4; 32])));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        match KeyFile::decode(&changed) {
            Err(_) => assert!(at < rewritten, "byte {at}"),
            Ok(read) => assert!(at >= rewritten && read.bad_rows == [rewritten as u64], "byte {at}"),
        }
    }
}

#[test]
fn an_append_cut_short_loses_only_itself() {
    let whole = file();
    let mut bytes = whole.clone();
    let (second, third) = (name(2, None), name(3, None));
    for added in [second, third] {
        bytes.extend_from_slice(&encode_row(&added, &epoch().wrap(&added, [4; 12], &[4; 32])));
    }
    for len in 0..bytes.len() {
        let read = KeyFile::decode(&bytes[..len]);
        if len < whole.len() {
            assert!(read.is_err(), "cut at {len}");
            continue;
        }
        let read = read.expect("what was rewritten is whole");
        let (rows, torn) = ((len - whole.len()) / ROW_LEN, !(len - whole.len()).is_multiple_of(ROW_LEN));
        assert_eq!((read.appended, read.bad_rows.len()), (rows, usize::from(torn)), "cut at {len}");
    }
}

#[test]
fn head_and_epoch_key_belong_together() {
    let mut bytes = file();
    // A higher generation, with a digest made to fit: the wrapping of the epoch key does not.
    bytes[32] += 1;
    let at = bytes.len() - 32;
    let digest = *blake3::hash(&bytes[..at]).as_bytes();
    bytes[at..].copy_from_slice(&digest);
    let read = KeyFile::decode(&bytes).expect("the digest fits");
    assert!(Epoch::open(&read, &MASTER).is_none());
    assert!(bytes.len() > HEAD_LEN);
}

#[test]
fn a_secret_opens_in_its_own_context_only() {
    let key = [8; 32];
    let sealed = seal_secret(&key, [1; 12], "camera 1", b"admin:1234");
    assert_eq!(open_secret(&key, "camera 1", &sealed).as_deref().map(Vec::as_slice), Some(b"admin:1234".as_slice()));
    assert!(open_secret(&key, "camera 2", &sealed).is_none());
    assert!(open_secret(&[9; 32], "camera 1", &sealed).is_none());
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 4;
        assert!(open_secret(&key, "camera 1", &changed).is_none(), "byte {at}");
        assert!(open_secret(&key, "camera 1", &sealed[..at]).is_none(), "cut at {at}");
    }
}
