//! Verification of a whole log, as a start of the recorder and `candour-verify` do it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use candour_audit::inspect_log;
use candour_durable::Disk;
use candour_ledger::{
    CHECKPOINTS_FILE, Checkpoint, Entry, Group, JOURNAL_FILE, Kind, LogKey, Salt, Tree, VERIFIER_KEY_FILE, encode_frame,
};
use candour_units::WallTime;

const ORIGIN: &str = "bench.invalid/recorder";
/// Entries between two checkpoints: a busy hour.
const BETWEEN: u64 = 1_000;
const PIECE: usize = 1 << 20;

/// Seconds for one pass over the log.
pub(crate) fn measure(directory: &Path, entries: u64) -> Result<f64> {
    let bytes = write(directory, entries)?;
    let started = Instant::now();
    let inspection = inspect_log(directory, |_| {})?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(inspection.findings.is_empty() && inspection.signed == entries, "{inspection:?}");
    println!(
        "verification: {entries} entries, {bytes} bytes, {} checkpoints, {seconds:.3} s",
        entries.div_ceil(BETWEEN)
    );
    Ok(seconds)
}

fn write(directory: &Path, entries: u64) -> Result<u64> {
    let disk = Disk::real();
    disk.create_dir_durably(directory)?;
    let key = LogKey::from_seed(ORIGIN, &[7; 32])?;
    disk.write_atomically(&directory.join(VERIFIER_KEY_FILE), format!("{}\n", key.verifier()).as_bytes(), 0o600)?;
    let mut journal = disk.create_new(&directory.join(JOURNAL_FILE), 0o600)?;
    let mut checkpoints = disk.create_new(&directory.join(CHECKPOINTS_FILE), 0o600)?;
    let (mut tree, mut frames) = (Tree::new(), Vec::new());
    while tree.size() < entries {
        let entry = entry(tree.size());
        frames.extend_from_slice(&encode_frame(tree.size(), &entry));
        tree.push(entry.leaf.hash());
        if frames.len() > PIECE || tree.size() == entries {
            journal.append(&frames)?;
            frames.clear();
        }
        if tree.size().is_multiple_of(BETWEEN) || tree.size() == entries {
            let note = Checkpoint::new(ORIGIN, tree.size(), tree.root()).sign(&key);
            checkpoints.append(note.encode().as_bytes())?;
        }
    }
    Ok(journal.len())
}

/// A look as the recorder writes it down.
fn entry(number: u64) -> Entry {
    let id = format!("{number:032x}");
    let texts = [
        format!(r#"{{"address":"192.0.2.7","kind":"person","name":"A. Watcher","person":"{id}","session":"{id}"}}"#),
        format!(r#"{{"cameras":["{id}"]}}"#),
        r#"{"reason":"duty"}"#.to_owned(),
        format!(r#"{{"lasts_s":60,"receipt":"{id}","renewal":false}}"#),
    ];
    let salts = Group::ALL.map(|group| Salt([number as u8 ^ group.position() as u8; 32]));
    let kind = Kind::new("look_live").expect("a kind word");
    Entry::new(WallTime::from_unix_seconds(1_795_461_180 + number as i64), kind, texts, salts)
}
