use std::fs;
use std::sync::Arc;

use candour_audit::{Log, LogError};
use candour_durable::{Disk, Fault, Script, Step};
use candour_ledger::{
    Checkpoint, Tile, VerifierKey, decode_bundle, leaf_hash, root_over, verify_consistency, verify_inclusion,
};
use candour_units::Hash;

use crate::site::{Site, event};

async fn grown(site: &Site, entries: usize) -> Log {
    let log = site.open_unsynced().expect("a log");
    append(&log, entries).await;
    log
}

/// Appends together, so that they share groups.
async fn append(log: &Log, entries: usize) {
    let all: Vec<_> = (0..entries)
        .map(|number| {
            let log = log.clone();
            tokio::spawn(async move { log.append(event(&number.to_string())).await.expect("written") })
        })
        .collect();
    for one in all {
        one.await.expect("no panic");
    }
}

fn tile(address: &str) -> Tile {
    Tile::parse(address).expect("an address")
}

async fn hashes(log: &Log, address: &str) -> Vec<Hash> {
    let bytes = log.tile(tile(address)).await.expect("read").expect("the log reaches so far");
    bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect()
}

/// Every entry is proved against the newest checkpoint, and the log is consistent with every size it had.
async fn check_proofs(log: &Log) {
    let status = log.status();
    let key = VerifierKey::parse(&status.verifier_key).expect("a key");
    for index in [0, status.size / 3, status.size / 2, status.size - 1] {
        let proved = log.prove(index).await.expect("read").expect("it is there");
        let checkpoint = Checkpoint::open(proved.checkpoint.as_bytes(), &key).expect("signed");
        let leaf = proved.leaf.hash();
        assert_eq!(verify_inclusion(leaf, index, checkpoint.size, &proved.path, checkpoint.root), Ok(()));
        let old = log.consistency(index).await.expect("read").expect("it was so long");
        assert_eq!(verify_consistency(index, old.old_root, status.size, status.root, &old.path), Ok(()));
    }
    assert_eq!(log.prove(status.size).await.expect("read"), None);
    assert_eq!(log.consistency(status.size + 1).await.expect("read"), None);
}

#[tokio::test]
async fn tiles_and_bundles_are_those_of_the_entries() {
    let site = Site::new();
    let log = grown(&site, 600).await;
    check_proofs(&log).await;
    let entries = log.entries(0, 600).await.expect("read");
    let leaves: Vec<Hash> = entries.iter().map(|entry| entry.leaf).collect();
    assert_eq!(hashes(&log, "0/000").await, leaves[..256]);
    assert_eq!(hashes(&log, "0/001").await, leaves[256..512]);
    assert_eq!(hashes(&log, "0/002.p/88").await, leaves[512..]);
    assert_eq!(hashes(&log, "0/002.p/3").await, leaves[512..515]);
    assert_eq!(hashes(&log, "0/001.p/3").await, leaves[256..259], "a part of what is whole now");
    assert_eq!(hashes(&log, "1/000.p/2").await, [root_over(&leaves[..256]), root_over(&leaves[256..512])]);
    for beyond in
        ["0/002", "0/002.p/89", "0/003.p/1", "1/000", "1/000.p/3", "2/000.p/1", "7/000.p/1", "entries/003.p/1"]
    {
        assert_eq!(log.tile(tile(beyond)).await.expect("read"), None, "{beyond}");
    }
    for (address, expected) in [("entries/000", &leaves[..256]), ("entries/002.p/88", &leaves[512..])] {
        let bundle = log.tile(tile(address)).await.expect("read").expect("it is there");
        let found: Vec<Hash> = decode_bundle(&bundle).expect("whole").into_iter().map(leaf_hash).collect();
        assert_eq!(found, expected, "{address}");
    }
    log.close().await;
}

#[tokio::test]
async fn a_start_makes_again_what_does_not_fit() {
    let site = Site::new();
    grown(&site, 600).await.close().await;
    let (level0, level1) = (site.read("tiles/level0"), site.read("tiles/level1"));
    assert_eq!((level0.len(), level1.len()), (600 * 32, 2 * 32));
    let flipped = |bytes: &[u8], at: usize| {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        changed
    };
    let damages = [
        ("tiles/level0", flipped(&level0, 0)),
        ("tiles/level0", flipped(&level0, 599 * 32)),
        ("tiles/level0", level0[..1000].to_vec()),
        ("tiles/level0", [&level0[..], &[7; 40]].concat()),
        ("tiles/level0", vec![0; level0.len()]),
        ("tiles/level1", flipped(&level1, 63)),
        ("tiles/level1", Vec::new()),
        ("tiles/level2", vec![1; 32]),
    ];
    for (name, bytes) in damages {
        site.write(name, &bytes);
        let log = site.open_unsynced().expect("tiles never keep a log from opening");
        check_proofs(&log).await;
        log.close().await;
        assert!(site.read("tiles/level0") == level0 && site.read("tiles/level1") == level1, "{name}");
    }
    fs::remove_dir_all(site.file("tiles")).expect("it is there");
    let log = site.open_unsynced().expect("a log from before there were tiles");
    append(&log, 1).await;
    check_proofs(&log).await;
    log.close().await;
    assert!(site.read("tiles/level0").starts_with(&level0));
}

#[tokio::test]
async fn a_tile_damaged_while_the_log_runs_is_never_given_out_and_is_made_again() {
    let site = Site::new();
    let log = grown(&site, 600).await;
    let whole = site.read("tiles/level0");
    for (at, address, index) in [(33, "0/000", 0), (599 * 32, "0/002.p/88", 598), (300 * 32, "0/001", 301)] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        // In place, as a disk would do it: the writer has the file open.
        let file = fs::OpenOptions::new().write(true).open(site.file("tiles/level0")).expect("it is there");
        std::os::unix::fs::FileExt::write_all_at(&file, &damaged, 0).expect("written");
        // The proof is made from the journal meanwhile.
        let (status, proved) = (log.status(), log.prove(index).await.expect("read").expect("it is there"));
        assert_eq!(verify_inclusion(proved.leaf.hash(), index, status.size, &proved.path, status.root), Ok(()));
        // A tile is the right one, or there is none yet.
        loop {
            match log.tile(tile(address)).await {
                Ok(bytes) => {
                    let from = tile(address).first() as usize * 32;
                    let bytes = bytes.expect("the log reaches so far");
                    assert!(bytes == whole[from..from + bytes.len()], "{address}: a damaged tile was given out");
                    break;
                }
                Err(LogError::Unavailable { .. }) => tokio::task::yield_now().await,
                Err(other) => panic!("{address}: {other}"),
            }
        }
        log.append(event("the writer has done what it was asked before")).await.expect("written");
    }
    log.close().await;
    assert!(site.read("tiles/level0").starts_with(&whole));
}

#[tokio::test]
async fn a_disk_that_takes_no_tiles_refuses_nobody() {
    let site = Site::new();
    let script = Arc::new(Script::new());
    let log = site.open_on(Disk::with_faults(script.clone())).expect("a new log");
    // The first one also holds room ready for those to come.
    append(&log, 1).await;
    // Each append makes four calls for itself; the fifth is that of its tile.
    for fault in [Fault::Before(std::io::ErrorKind::StorageFull), Fault::Partial(7, std::io::ErrorKind::Other)] {
        script.fail_call(script.calls().len() + 4, fault);
        log.append(event("written all the same")).await.expect("the log itself can be written");
        check_proofs(&log).await;
    }
    assert_eq!(log.status().failing, None);
    script.heal();
    append(&log, 10).await;
    check_proofs(&log).await;
    log.close().await;
    let (size, level0) = (13, site.read("tiles/level0"));
    assert_eq!(level0.len(), size * 32);
    let calls = script.calls();
    assert!(calls.iter().any(|(step, path)| *step == Step::Write && path.ends_with("tiles/level0")));
}
