//! What the keyring's formats promise: rows come back, changed ones do not, and names cannot be swapped.

use candour_seal::key::Secret;
use candour_seal::keyfile::{
    BackupEntry, DAY_HEAD_LEN, DayFile, DayHead, Epoch, EpochEntry, EpochState, MasterKind, ROW_LEN, RingFile,
    RingHead, RowName, Rows, Wrapped, day_of, encode_row, master_bound, open_secret, seal_secret, unwrap_by_master,
    wrap_by_master,
};
use candour_units::{SegmentId, StreamId, WallTime};

const MASTER: [u8; 32] = [0xa1; 32];
const RING: [u8; 16] = [0x71; 16];

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
    let names = [name(25, None), name(25, Some(7)), name(47, None)];
    names.iter().zip(1u8..).map(|(name, at)| (*name, epoch().wrap(name, [at; 12], &[at; 32]))).collect()
}

fn day() -> Vec<u8> {
    let head = DayHead { day: 1, destructions: 5, epoch: epoch().id() };
    epoch().close(head.encode(&rows()), [9; 12])
}

fn head() -> RingHead {
    let wrapped = wrap_by_master(&MASTER, [3; 12], &master_bound(&RING, &epoch().id()), epoch().key());
    let old = EpochEntry { id: [0xe1; 16], state: EpochState::Retiring, ..entry(wrapped) };
    RingHead {
        ring: RING,
        generation: 7,
        master: MasterKind::Held,
        epochs: vec![entry(wrapped), old],
        secrets: epoch().wrap_secrets([4; 12], &[8; 32]),
        backups: vec![BackupEntry {
            id: [0xb0; 16],
            made: WallTime::from_unix_seconds(1),
            expires: WallTime::from_unix_seconds(2),
        }],
    }
}

fn entry(key: Wrapped) -> EpochEntry {
    EpochEntry { id: epoch().id(), state: EpochState::Current, key }
}

#[test]
fn rows_come_back_and_open() {
    let mut bytes = day();
    let added = name(30, None);
    bytes.extend_from_slice(&encode_row(&added, &epoch().wrap(&added, [4; 12], &[4; 32])));
    let read = DayFile::decode(&bytes).expect("it is whole");
    assert_eq!((read.rows.len(), read.appended, read.head.destructions), (4, 1, 5));
    assert!(epoch().proves(&read.tail));
    assert_eq!(epoch().unwrap(&added, &read.rows[&added]).as_deref(), Some(&[4; 32]));
    assert_eq!(epoch().unwrap(&name(25, Some(7)), &read.rows[&name(25, Some(7))]).as_deref(), Some(&[2; 32]));
}

#[test]
fn a_head_comes_back_and_its_epoch_opens_under_its_own_master_ring_and_name() {
    let bytes = epoch().close(head().encode(), [9; 12]);
    let read = RingFile::decode(&bytes).expect("it is whole");
    assert_eq!(read.head, head());
    assert!(epoch().proves(&read.tail));
    let current = read.head.current().expect("there is one");
    let open = |master: &[u8; 32], ring: &[u8; 16], id: &[u8; 16]| {
        unwrap_by_master(master, &master_bound(ring, id), &current.key).map(|key| *key)
    };
    assert_eq!(open(&MASTER, &RING, &current.id), Some([0xc3; 32]));
    assert_eq!(open(&[0; 32], &RING, &current.id), None);
    assert_eq!(open(&MASTER, &[0; 16], &current.id), None);
    assert_eq!(open(&MASTER, &RING, &[0; 16]), None);
    assert_eq!(epoch().unwrap_secrets(&read.head.secrets).as_deref(), Some(&[8; 32]));
}

#[test]
fn a_row_opens_under_its_own_name_and_epoch_only() {
    let rows = rows();
    let wrapped = &rows[&name(25, None)];
    assert!(epoch().unwrap(&name(25, None), wrapped).is_some());
    assert!(epoch().unwrap(&name(26, None), wrapped).is_none());
    assert!(epoch().unwrap(&name(25, Some(1)), wrapped).is_none());
    assert!(Epoch::new([0xe1; 16], Secret::new([0xc3; 32])).unwrap(&name(25, None), wrapped).is_none());
}

#[test]
fn every_flipped_byte_is_found() {
    let mut bytes = day();
    let rewritten = bytes.len();
    let added = name(30, None);
    bytes.extend_from_slice(&encode_row(&added, &epoch().wrap(&added, [4; 12], &[4; 32])));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        match DayFile::decode(&changed) {
            Err(_) => assert!(at < rewritten, "byte {at}"),
            Ok(read) if at < rewritten => assert!(!epoch().proves(&read.tail), "byte {at}"),
            Ok(read) => assert_eq!(read.bad_rows, [rewritten as u64], "byte {at}"),
        }
    }
    let head = epoch().close(head().encode(), [9; 12]);
    for at in 0..head.len() {
        let mut changed = head.clone();
        changed[at] ^= 1;
        let believed = RingFile::decode(&changed).is_ok_and(|read| epoch().proves(&read.tail));
        assert!(!believed, "byte {at} of the head");
    }
}

#[test]
fn a_changed_count_with_a_digest_made_to_fit_is_not_believed() {
    let tail = candour_seal::keyfile::TAIL_LEN;
    for (mut bytes, at) in [(day(), 40), (epoch().close(head().encode(), [9; 12]), 32)] {
        bytes[at] += 1;
        let written = bytes.len() - tail;
        let digest = *blake3::hash(&bytes[..written]).as_bytes();
        bytes[written..written + 32].copy_from_slice(&digest);
        let tail =
            DayFile::decode(&bytes).map(|read| read.tail).or_else(|_| RingFile::decode(&bytes).map(|read| read.tail));
        assert!(!epoch().proves(&tail.expect("the digest fits")), "byte {at}");
    }
}

#[test]
fn an_append_cut_short_loses_only_itself() {
    let whole = day();
    let mut bytes = whole.clone();
    for added in [name(30, None), name(31, None)] {
        bytes.extend_from_slice(&encode_row(&added, &epoch().wrap(&added, [4; 12], &[4; 32])));
    }
    for len in 0..bytes.len() {
        let read = DayFile::decode(&bytes[..len]);
        if len < whole.len() {
            assert!(read.is_err(), "cut at {len}");
            continue;
        }
        let read = read.expect("what was rewritten is whole");
        let (rows, torn) = ((len - whole.len()) / ROW_LEN, !(len - whole.len()).is_multiple_of(ROW_LEN));
        assert_eq!((read.appended, read.bad_rows.len()), (rows, usize::from(torn)), "cut at {len}");
    }
    let head = epoch().close(head().encode(), [9; 12]);
    for len in 0..head.len() {
        assert!(RingFile::decode(&head[..len]).is_err(), "head cut at {len}");
    }
}

#[test]
fn a_row_of_another_day_is_no_row_of_this_one() {
    let mut bytes = day();
    let other = name(48, None);
    bytes.extend_from_slice(&encode_row(&other, &epoch().wrap(&other, [4; 12], &[4; 32])));
    let read = DayFile::decode(&bytes).expect("it is whole");
    assert_eq!((read.appended, read.bad_rows.len()), (0, 1));
    assert_eq!([-25, -24, -1, 0, 23, 24].map(day_of), [-2, -1, -1, 0, 0, 1]);
    assert_eq!(&bytes[DAY_HEAD_LEN - 16..DAY_HEAD_LEN - 8], &1i64.to_le_bytes());
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
