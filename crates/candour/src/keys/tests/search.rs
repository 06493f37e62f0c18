//! Somebody who has the master key and every byte that is left, and a copy of a segment that should not open.
//!
//! Tried as hour key, as segment key and as cipher key is every run of 32 bytes, wherever it lies; and everything that
//! unwraps: epoch keys by the master, rows by any epoch key, wherever in a file they lie (a free page, a write-ahead log),
//! backups by their key files. The structures are read by their layout in `docs/design/keyring.md`, not by our own reader of
//! whole files, so that a piece of one counts as well.

use std::collections::HashSet;
use std::path::Path;

use candour_seal::backup::{HEAD_LEN, Pieces, SEALED_PIECE_LEN, decode_body_head, decode_key_file};
use candour_seal::key::{Secret, segment_key};
use candour_seal::keyfile::{
    DayFile, DayHead, EPOCH_LEN, Epoch, ROW_LEN, RowName, Rows, WRAPPED_LEN, Wrapped, day_of, encode_row, master_bound,
    unwrap_by_master,
};
use candour_seal::{Opener, SegmentHeader, header_record_len};
use candour_units::{SegmentId, StreamId};

const KEY: usize = 32;
/// Fewer different bytes than these 32 random ones never have (less than one in 10^20).
const FEWEST: usize = 18;
const HEAD_MAGIC: &[u8] = b"CANDOKEY";
const DAY_MAGIC: &[u8] = b"CANDODAY";

/// What somebody has.
pub struct Pile {
    master: [u8; 32],
    files: Vec<Vec<u8>>,
    /// Epoch keys from the clear parts of backups.
    epochs: Vec<([u8; 16], [u8; 32])>,
}

impl Pile {
    pub fn new(master: [u8; 32]) -> Self {
        Self { master, files: vec![master.to_vec()], epochs: Vec::new() }
    }

    pub fn add_bytes(&mut self, bytes: Vec<u8>) {
        self.files.push(bytes);
    }

    /// Everything below a directory, but for segments: theirs are the locks, not the keys.
    pub fn add_directory(&mut self, directory: &Path) {
        for entry in std::fs::read_dir(directory).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                self.add_directory(&path);
            } else if path.extension().is_none_or(|ending| ending != "seg") {
                self.files.push(std::fs::read(&path).expect("it can be read"));
            }
        }
    }

    /// Day files of another pile, as old blocks of a disk may hold them.
    pub fn add_days_of(&mut self, other: &Self) {
        self.files.extend(other.files.iter().filter(|file| file.starts_with(DAY_MAGIC)).cloned());
    }

    /// A backup, opened with its key file.
    pub fn add_backup(&mut self, body: &Path, key: &Path) {
        let (body, key_file) = (std::fs::read(body).expect("it is there"), std::fs::read(key).expect("it is there"));
        let (head, wrapped) = decode_key_file(&key_file).expect("it is whole");
        let key = unwrap_by_master(&self.master, &master_bound(&head.ring, &head.id), &wrapped).expect("our master");
        assert_eq!(decode_body_head(&body), Ok(head));
        let mut pieces = Pieces::new(&head, &key);
        let sealed: Vec<_> = body[HEAD_LEN..].chunks(SEALED_PIECE_LEN).collect();
        let mut clear = Vec::new();
        for (number, piece) in sealed.iter().enumerate() {
            let last = number + 1 == sealed.len();
            clear.extend_from_slice(&pieces.open(piece.to_vec(), last).expect("its key"));
        }
        // The first section: kind, length, the key for small secrets, the number of epochs, the epochs.
        let count = u32::from_le_bytes(clear[41..45].try_into().expect("four bytes")) as usize;
        for epoch in clear[45..].chunks_exact(48).take(count) {
            self.epochs.push((epoch[..16].try_into().expect("sixteen"), epoch[16..].try_into().expect("the rest")));
        }
        // The sealed body itself is tried where a test adds it as bytes: it is long, and noise without its key.
        self.files.extend([key_file, clear]);
    }

    /// A key that opens the header of the segment, and as what; `None` when nothing does.
    pub fn search(&self, copy: &[u8]) -> Option<&'static str> {
        let len = header_record_len(copy).expect("a segment");
        let header = SegmentHeader::decode(&copy[..len - 48]).expect("a segment");
        let lock = Lock { head: &copy[..len], segment: header.segment };
        let epochs = self.all_epochs();
        if let Some(found) = self.rows(&epochs).iter().find_map(|key| lock.tried(key)) {
            return Some(found);
        }
        if let Some(found) = epochs.iter().find_map(|(_, key)| lock.tried(key)) {
            return Some(found);
        }
        // Pages lie in the database and in its write-ahead log; nothing is tried twice.
        let mut tried: HashSet<&[u8]> = HashSet::new();
        for file in &self.files {
            for at in random_windows(file) {
                let window = &file[at..at + KEY];
                if tried.insert(window)
                    && let Some(found) = lock.tried(window.try_into().expect("32 bytes"))
                {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Epoch keys that the master unwraps, wherever an entry lies, under every name of a keyring that is known.
    fn all_epochs(&self) -> Vec<([u8; 16], [u8; 32])> {
        let heads = self.files.iter().filter(|file| file.starts_with(HEAD_MAGIC) && file.len() > 32);
        let rings: HashSet<[u8; 16]> = heads.map(|head| head[16..32].try_into().expect("sixteen")).collect();
        let mut found = self.epochs.clone();
        for entry in self.files.iter().flat_map(|file| file.windows(EPOCH_LEN)) {
            let is_entry = matches!(entry[16], 1..=3) && entry[17..20] == [0; 3];
            let wrapped = Wrapped::from_bytes(&entry[EPOCH_LEN - WRAPPED_LEN..]).filter(|_| is_entry);
            let Some(wrapped) = wrapped else { continue };
            let id: [u8; 16] = entry[..16].try_into().expect("sixteen");
            for ring in &rings {
                if let Some(key) = unwrap_by_master(&self.master, &master_bound(ring, &id), &wrapped) {
                    found.push((id, *key));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The keys of rows that any of the epochs unwraps, wherever they lie.
    fn rows(&self, epochs: &[([u8; 16], [u8; 32])]) -> Vec<[u8; 32]> {
        let epochs: Vec<_> = epochs.iter().map(|(id, key)| Epoch::new(*id, Secret::new(*key))).collect();
        let windows: HashSet<&[u8]> =
            self.files.iter().flat_map(|file| file.windows(ROW_LEN)).filter(|row| is_row(row)).collect();
        let rows = windows.into_iter().filter_map(row);
        rows.flat_map(|(name, wrapped)| epochs.iter().filter_map(move |epoch| epoch.unwrap(&name, &wrapped)))
            .map(|key| *key)
            .collect()
    }
}

fn is_row(bytes: &[u8]) -> bool {
    matches!(bytes[0], 1 | 2) && bytes[1..4] == [0; 3]
}

/// Reads a row wherever it lies, by its layout; its check value must fit.
fn row(bytes: &[u8]) -> Option<(RowName, Wrapped)> {
    let name = RowName {
        stream: StreamId::from_bytes(bytes[4..20].try_into().ok()?),
        hour: i64::from_le_bytes(bytes[20..28].try_into().ok()?),
        segment: (bytes[0] == 2).then(|| bytes[28..44].try_into().map(SegmentId::from_bytes)).transpose().ok()?,
    };
    let wrapped = Wrapped::from_bytes(&bytes[44..104])?;
    (encode_row(&name, &wrapped)[104..] == bytes[104..]).then_some((name, wrapped))
}

/// Where 32 bytes lie that may be random, counting different bytes from window to window.
fn random_windows(file: &[u8]) -> Vec<usize> {
    let (mut counts, mut different, mut found) = ([0u8; 256], 0, Vec::new());
    for (at, byte) in file.iter().enumerate() {
        let count = &mut counts[usize::from(*byte)];
        different += usize::from(*count == 0);
        *count += 1;
        if at >= KEY {
            let left = &mut counts[usize::from(file[at - KEY])];
            *left -= 1;
            different -= usize::from(*left == 0);
        }
        if at + 1 >= KEY && different >= FEWEST {
            found.push(at + 1 - KEY);
        }
    }
    found
}

/// The header of the copy.
struct Lock<'a> {
    head: &'a [u8],
    segment: SegmentId,
}

impl Lock<'_> {
    fn tried(&self, key: &[u8; 32]) -> Option<&'static str> {
        if Opener::new(self.head, &segment_key(key, self.segment)).is_ok() {
            return Some("hour key");
        }
        if Opener::new(self.head, key).is_ok() {
            return Some("segment key");
        }
        Opener::is_cipher_key(self.head, key).then_some("cipher key")
    }
}

/// The search itself finds a key as each of the three, where it is hidden in the middle of a file.
#[test]
fn the_search_finds_what_is_hidden() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../seal/tests/golden/segment-v1.bin");
    let copy = std::fs::read(golden).expect("it is in the tree");
    let dump = std::fs::read_to_string(golden.replace(".bin", ".txt")).expect("it is in the tree");
    let key = dump.lines().next().and_then(|line| line.split_whitespace().last()).expect("the segment key");
    let key: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&key[at * 2..at * 2 + 2], 16).expect("hex")).collect();
    let mut pile = Pile::new([0; 32]);
    assert_eq!(pile.search(&copy), None);
    pile.add_bytes([b"free page ".as_slice(), &key, b" more"].concat());
    // The golden key is no random one; hidden as a row it is found all the same.
    let epoch = Epoch::new([1; 16], Secret::new([2; 32]));
    let name = RowName { stream: StreamId::from_bytes([3; 16]), hour: 30, segment: None };
    let wrapped = epoch.wrap(&name, [4; 12], key.as_slice().try_into().expect("32 bytes"));
    let head = DayHead { day: day_of(30), destructions: 0, epoch: epoch.id() };
    let file = epoch.close(head.encode(&Rows::from([(name, wrapped)])), [5; 12]);
    assert_eq!(DayFile::decode(&file).expect("it is whole").rows.len(), 1);
    pile.add_bytes([b"junk".as_slice(), &file].concat());
    pile.epochs.push(([1; 16], [2; 32]));
    assert_eq!(pile.search(&copy), Some("segment key"));
}
