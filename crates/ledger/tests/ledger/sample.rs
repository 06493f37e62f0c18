//! A small ledger with a fixed key, fixed salts and a checkpoint after chosen sizes.

use candour_ledger::{Checkpoint, Entry, Group, Kind, LogKey, Report, Salt, Tree, check_ledger, encode_frame};
use candour_units::WallTime;

pub const ORIGIN: &str = "candour.example/recorder/00112233445566778899aabbccddeeff";

pub struct Sample {
    pub key: LogKey,
    pub journal: Vec<u8>,
    pub checkpoints: Vec<u8>,
    /// Byte offset of each frame, and the end.
    pub offsets: Vec<usize>,
    pub entries: Vec<Entry>,
}

pub fn key() -> LogKey {
    LogKey::from_seed(ORIGIN, &[7; 32]).expect("the name is one")
}

pub fn entry(number: u8) -> Entry {
    let texts = [
        r#"{"address":"192.0.2.7","kind":"person","name":"A. Watcher"}"#.to_owned(),
        format!(r#"{{"cameras":["{number:032x}"]}}"#),
        r#"{"reason":"case 41"}"#.to_owned(),
        "{}".to_owned(),
    ];
    let salts = Group::ALL.map(|group| Salt([number.wrapping_mul(16) + group.position() as u8; 32]));
    let at = WallTime::from_unix_seconds(1_795_461_180 + i64::from(number));
    Entry::new(at, Kind::new("look_live").expect("a kind word"), texts, salts)
}

/// Entries with checkpoints at these sizes; as many entries as the last size. Entry 1 has lost its 'who'.
pub fn sample(sizes: &[u64]) -> Sample {
    let key = key();
    let (mut tree, mut journal, mut checkpoints) = (Tree::new(), Vec::new(), Vec::new());
    let (mut offsets, mut entries) = (vec![0], Vec::new());
    for size in sizes {
        while tree.size() < *size {
            let mut entry = entry(tree.size() as u8);
            if tree.size() == 1 {
                entry.details.erase(Group::Who);
            }
            journal.extend(encode_frame(tree.size(), &entry));
            offsets.push(journal.len());
            tree.push(entry.leaf.hash());
            entries.push(entry);
        }
        let note = Checkpoint::new(ORIGIN, tree.size(), tree.root()).sign(&key);
        checkpoints.extend_from_slice(note.encode().as_bytes());
    }
    Sample { key, journal, checkpoints, offsets, entries }
}

pub fn check(key: &LogKey, journal: &[u8], checkpoints: &[u8]) -> Report {
    check_ledger(journal, checkpoints, key.verifier(), |_, _| {}).expect("memory can be read")
}
