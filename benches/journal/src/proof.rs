//! Inclusion proofs in a large tree, made from tiles in files as the log keeps them.
//!
//! Every leaf has the same hash, so that the files can be written in seconds; what a proof reads and computes is the same for
//! any leaves. Each proof is checked against the root.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use candour_durable::Disk;
use candour_ledger::{
    TileHashes, TiledNodes, leaf_hash, level_size, prove_inclusion, root_of, root_over, verify_inclusion,
};
use candour_units::Hash;

const PROOFS: u64 = 2_000;
const HASHES_AT_ONCE: u64 = 1 << 15;

struct Levels(Vec<File>);

impl TileHashes for Levels {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Option<Vec<Hash>> {
        let mut bytes = vec![0; count as usize * 32];
        self.0.get(usize::from(level))?.read_exact_at(&mut bytes, first * 32).ok()?;
        Some(bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect())
    }
}

/// The slowest but 5 % of the proofs, in ms.
pub(crate) fn measure(directory: &Path, leaves: u64) -> Result<f64> {
    let levels = write(directory, leaves)?;
    let nodes = TiledNodes(&levels);
    let root = root_of(&nodes, leaves)?;
    let mut times = Vec::new();
    for number in 0..PROOFS {
        // Spread over the whole tree, the last leaf among them.
        let index = (leaves - 1) - (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % leaves);
        let started = Instant::now();
        let proof = prove_inclusion(&nodes, index, leaves)?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        verify_inclusion(leaf_hash(b"leaf"), index, leaves, &proof, root)
            .with_context(|| format!("the proof of leaf {index}"))?;
    }
    times.sort_by(f64::total_cmp);
    let p95 = times[times.len() * 95 / 100];
    println!("proofs: {PROOFS} among {leaves} leaves, median {:.3} ms, 95 % under {p95:.3} ms", times[times.len() / 2]);
    Ok(p95)
}

fn write(directory: &Path, leaves: u64) -> Result<Levels> {
    let disk = Disk::real();
    disk.create_dir_durably(directory)?;
    let (mut files, mut hash) = (Vec::new(), leaf_hash(b"leaf"));
    for level in 0.. {
        let size = level_size(level, leaves);
        if size == 0 {
            break;
        }
        let path = directory.join(format!("level{level}"));
        let mut file = disk.create_new(&path, 0o600)?;
        let mut left = size;
        while left > 0 {
            let now = left.min(HASHES_AT_ONCE);
            file.append(&hash.0.repeat(now as usize))?;
            left -= now;
        }
        files.push(File::open(&path)?);
        hash = root_over(&[hash; 256]);
    }
    Ok(Levels(files))
}
