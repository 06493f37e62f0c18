use std::io::ErrorKind;
use std::sync::Arc;

use candour_audit::{Log, LogError, Witnessed};
use candour_durable::{Disk, Fault, Script};
use candour_ledger::{CosigningKey, SignedNote};

use crate::site::{Site, event};

fn witness() -> CosigningKey {
    CosigningKey::from_seed("witness.example/w", &[4; 32]).expect("a name")
}

fn cosigned(log: &Log, at: u64) -> SignedNote {
    let mut note = SignedNote::decode(log.status().checkpoint.as_bytes()).expect("a note");
    note.signatures.push(witness().cosign(&note.text, at));
    note
}

async fn keep(log: &Log, at: u64) -> Result<(), LogError> {
    log.keep_cosigned(witness().witness().clone(), cosigned(log, at)).await
}

#[tokio::test]
async fn what_was_cosigned_survives_a_restart_and_is_shown_with_its_checkpoint() {
    let site = Site::new();
    let log = site.open().expect("a new log");
    log.append(event("a")).await.expect("written");
    assert_eq!((log.witnessed(witness().witness()), log.cosigned_checkpoint()), (None, None));
    keep(&log, 1000).await.expect("kept");
    let expected = Witnessed { size: 1, root: log.status().root, at: 1000 };
    log.close().await;
    let log = site.open().expect("whole");
    assert_eq!(log.witnessed(witness().witness()), Some(expected));
    assert_eq!(log.checkpoint(), log.cosigned_checkpoint().expect("there is one"));
    log.append(event("b")).await.expect("written");
    assert_eq!(log.checkpoint(), log.status().checkpoint, "the newest is not cosigned yet");
    assert_eq!(log.witnessed(witness().witness()), Some(expected));
    log.close().await;
}

#[tokio::test]
async fn a_log_that_was_rolled_back_or_forked_behind_a_witness_is_refused() {
    let site = Site::new();
    let log = site.open().expect("a new log");
    log.append(event("a")).await.expect("written");
    let (journal, checkpoints) = (site.read("journal"), site.read("checkpoints"));
    log.append(event("b")).await.expect("written");
    keep(&log, 1000).await.expect("kept");
    log.close().await;
    let name = format!("cosigned/{:08x}.note", witness().witness().id());
    let note = site.read(&name);
    // As root would do it: both files as they were, all of it rightly signed.
    site.write("journal", &journal);
    site.write("checkpoints", &checkpoints);
    let check = |expected: &str| match site.open().map(drop) {
        Err(LogError::Tampered { place, what }) => {
            assert!(place.contains("cosigned") && what.contains(expected), "{place}: {what}");
        }
        other => panic!("{other:?}"),
    };
    check("rolled back");
    std::fs::remove_file(site.file(&name)).expect("it is there");
    let log = site.open().expect("without the note nothing says so");
    log.append(event("another")).await.expect("written");
    log.close().await;
    site.write(&name, &note);
    check("forked");
    let mut changed = note.clone();
    changed[10] ^= 1;
    site.write(&name, &changed);
    check("");
}

#[tokio::test]
async fn a_cosignature_of_something_else_is_not_kept() {
    let site = Site::new();
    let log = site.open().expect("a new log");
    log.append(event("a")).await.expect("written");
    let key = witness().witness().clone();
    let unsigned = SignedNote::decode(log.status().checkpoint.as_bytes()).expect("a note");
    let mut broken = cosigned(&log, 5);
    broken.signatures[1].bytes[20] ^= 1;
    let other = Site::new().open().expect("a new log").status().checkpoint;
    let mut foreign = SignedNote::decode(other.as_bytes()).expect("a note");
    foreign.signatures[0].bytes[9] ^= 1;
    for note in [unsigned, broken, foreign] {
        let kept = log.keep_cosigned(key.clone(), note).await;
        assert!(matches!(kept, Err(LogError::Tampered { .. })), "{kept:?}");
    }
    assert_eq!(log.witnessed(&key), None);
    log.close().await;
}

#[tokio::test]
async fn a_disk_that_fails_keeps_the_old_or_the_new_one() {
    for call in 0..6 {
        for fault in
            [Fault::Before(ErrorKind::StorageFull), Fault::After(ErrorKind::Other), Fault::Partial(7, ErrorKind::Other)]
        {
            let site = Site::new();
            let script = Arc::new(Script::new());
            let log = site.open_on(Disk::with_faults(script.clone())).expect("a new log");
            log.append(event("a")).await.expect("written");
            keep(&log, 1000).await.expect("kept");
            script.fail_call(script.calls().len() + call, fault);
            let second = keep(&log, 2000).await;
            log.close().await;
            let log = site.open().unwrap_or_else(|error| panic!("call {call}, {fault:?}: {error}"));
            let at = log.witnessed(witness().witness()).expect("one of them").at;
            assert!(at == 2000 || (at == 1000 && second.is_err()), "call {call}, {fault:?}: {at}");
            log.close().await;
        }
    }
}
