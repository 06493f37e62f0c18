//! The still for masks: sealed on the disk, shown under a receipt, one a camera, and gone with its key, by whatever way it goes.

use std::path::PathBuf;
use std::sync::Arc;

use candour_audit::{Actor, LookKind};
use candour_db::MaskStillRow;
use candour_durable::{Disk, Fault, Faults, Step};
use candour_keyring::KeyError;
use candour_policy::MASK_STILL_LIVES;
use candour_units::{Clock, SeededEntropy, SegmentId, StreamId};

use super::rig::FaultPlan;
use super::{CAMERA, Rig, at};
use crate::{ArchiveError, MaskStillParts, MaskStills, NewMaskStill};

/// A JPEG begins so.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF and a face";

fn directory(rig: &Rig) -> PathBuf {
    rig.directory.path().join("stills")
}

/// Stills on a disk of their own, and what fails on it.
fn stills(rig: &Rig) -> (MaskStills, Arc<FaultPlan>) {
    let faults = Arc::new(FaultPlan::default());
    let stills = MaskStills::new(MaskStillParts {
        directory: directory(rig),
        disk: Disk::with_faults(Arc::clone(&faults) as Arc<dyn Faults>),
        db: rig.db.clone(),
        keyring: rig.keyring.clone(),
        log: rig.log.clone(),
        clock: rig.clock.clone(),
        entropy: Arc::new(SeededEntropy::new(1)),
    });
    (stills, faults)
}

fn picture(more: &[u8]) -> NewMaskStill {
    NewMaskStill { taken: at(0), width: 1280, height: 720, jpeg: [JPEG, more].concat() }
}

async fn keep(rig: &Rig, stills: &MaskStills, more: &[u8]) -> Result<MaskStillRow, ArchiveError> {
    let receipt = rig.receipt(LookKind::Commissioning, None).await;
    stills.keep(&receipt, CAMERA, picture(more), Actor::Recorder).await
}

async fn shown(rig: &Rig, stills: &MaskStills) -> Option<Vec<u8>> {
    let receipt = rig.receipt(LookKind::Commissioning, None).await;
    stills.open(&receipt, CAMERA).await.expect("it can be read").map(|(_, jpeg)| jpeg)
}

/// Files in the directory.
fn files(rig: &Rig) -> Vec<Vec<u8>> {
    let Ok(listing) = std::fs::read_dir(directory(rig)) else { return Vec::new() };
    listing.map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file")).collect()
}

/// What the log says became of stills: `kept`, or why one is gone.
async fn told(rig: &Rig) -> Vec<String> {
    let entries = rig.log.entries(0, 200).await.expect("entries");
    let of = entries.iter().filter(|entry| entry.kind == "camera_commissioned");
    let said = of.map(|entry| -> serde_json::Value {
        serde_json::from_str(entry.sent.as_deref().expect("an outcome")).expect("JSON")
    });
    said.map(|said| said["why"].as_str().unwrap_or("kept").to_owned()).collect()
}

fn key_is_gone(rig: &Rig, row: &MaskStillRow) -> bool {
    let (stream, segment) = (StreamId::from_bytes(*row.id.as_bytes()), SegmentId::from_bytes(*row.id.as_bytes()));
    matches!(rig.keyring.key_of(stream, segment, row.taken).map(drop), Err(KeyError::Gone { .. }))
}

#[tokio::test]
async fn it_lies_sealed_and_is_shown_under_a_receipt_for_that() {
    let rig = Rig::new().await;
    let (stills, _) = stills(&rig);
    assert_eq!(shown(&rig, &stills).await, None);
    let row = keep(&rig, &stills, b"").await.expect("it is kept");
    assert_eq!(row.ends, rig.clock.wall() + MASK_STILL_LIVES);
    let [file] = &files(&rig)[..] else { panic!("one file") };
    assert!(!file.windows(3).any(|three| three == &JPEG[..3]) && !file.windows(4).any(|four| four == b"face"));
    assert_eq!(shown(&rig, &stills).await.as_deref(), Some(JPEG));
    let live = rig.receipt(LookKind::Live, None).await;
    assert!(matches!(stills.open(&live, CAMERA).await, Err(ArchiveError::NotCovered(_))));
    let lapsed = rig.receipt(LookKind::Commissioning, None).await;
    rig.clock.advance_s(60);
    assert!(matches!(stills.open(&lapsed, CAMERA).await, Err(ArchiveError::NotCovered(_))));
    let late = stills.keep(&lapsed, CAMERA, picture(b""), Actor::Recorder).await;
    assert!(matches!(late, Err(ArchiveError::NotCovered(_))), "{late:?}");
    assert_eq!(told(&rig).await, ["kept"]);
}

#[tokio::test]
async fn a_newer_one_takes_its_place_and_key_and_file_go() {
    let rig = Rig::new().await;
    let (stills, _) = stills(&rig);
    let first = keep(&rig, &stills, b"1").await.expect("it is kept");
    let second = keep(&rig, &stills, b"2").await.expect("it is kept");
    assert_eq!(shown(&rig, &stills).await, Some([JPEG, b"2"].concat()));
    assert!(key_is_gone(&rig, &first) && !key_is_gone(&rig, &second));
    assert_eq!(files(&rig).len(), 1);
    assert!(stills.delete(CAMERA, Actor::Recorder).await.expect("it goes"));
    assert!(!stills.delete(CAMERA, Actor::Recorder).await.expect("there is none"));
    assert!(key_is_gone(&rig, &second) && files(&rig).is_empty());
    assert_eq!(shown(&rig, &stills).await, None);
    assert_eq!(told(&rig).await, ["kept", "kept", "a newer one was kept", "somebody deleted it"]);
}

#[tokio::test]
async fn it_goes_by_its_day_and_is_not_shown_before_it_is_swept() {
    let rig = Rig::new().await;
    let (stills, _) = stills(&rig);
    let row = keep(&rig, &stills, b"").await.expect("it is kept");
    rig.clock.advance_s(MASK_STILL_LIVES.seconds_floor() - 1);
    assert_eq!(stills.sweep().await.expect("a sweep"), 0);
    assert!(shown(&rig, &stills).await.is_some());
    rig.clock.advance_s(1);
    assert_eq!(shown(&rig, &stills).await, None);
    assert_eq!(stills.sweep().await.expect("a sweep"), 1);
    assert!(key_is_gone(&rig, &row) && files(&rig).is_empty());
    assert_eq!(told(&rig).await, ["kept", "its days are over"]);
}

/// Whatever step of the disk fails: none is half there, and the one before stays.
#[tokio::test]
async fn what_cannot_be_written_is_not_kept() {
    let rig = Rig::new().await;
    let (stills, faults) = stills(&rig);
    keep(&rig, &stills, b"1").await.expect("it is kept");
    for step in [Step::Create, Step::Write, Step::Sync, Step::Rename] {
        faults.fail(step, Fault::Before(std::io::ErrorKind::StorageFull), 1);
        let kept = keep(&rig, &stills, b"2").await;
        assert!(matches!(kept, Err(ArchiveError::Storage { .. })), "{step:?}: {kept:?}");
        assert_eq!(shown(&rig, &stills).await, Some([JPEG, b"1"].concat()), "{step:?}");
        assert_eq!(files(&rig).len(), 1, "{step:?}");
    }
}

/// A file that cannot be removed is tried again, and nothing says before that it is gone.
#[tokio::test]
async fn what_cannot_be_removed_is_said_to_be_gone_only_when_it_is() {
    let rig = Rig::new().await;
    let (stills, faults) = stills(&rig);
    let row = keep(&rig, &stills, b"").await.expect("it is kept");
    faults.fail(Step::Unlink, Fault::Before(std::io::ErrorKind::PermissionDenied), 1);
    assert!(stills.delete(CAMERA, Actor::Recorder).await.is_err());
    assert_eq!((told(&rig).await.len(), files(&rig).len()), (1, 1));
    assert!(key_is_gone(&rig, &row), "the key went first");
    assert_eq!(shown(&rig, &stills).await, None);
    assert_eq!(stills.sweep().await.expect("a sweep"), 1);
    assert_eq!((told(&rig).await.len(), files(&rig).len()), (2, 0));
}

/// A catalogue that was put back knows nothing of it: file and key go all the same.
#[tokio::test]
async fn what_no_row_knows_goes_at_the_start() {
    let rig = Rig::new().await;
    let (stills, _) = stills(&rig);
    let (known, lost) = (keep(&rig, &stills, b"1").await.expect("kept"), at(0));
    assert_eq!(stills.clear_unknown().await.expect("a look"), 0);
    rig.db.forget_mask_still(known.id).await.expect("a write");
    std::fs::write(directory(&rig).join(".half-written"), b"x").expect("there is room");
    assert_eq!(stills.clear_unknown().await.expect("a look"), 2);
    assert!(files(&rig).is_empty() && key_is_gone(&rig, &MaskStillRow { taken: lost, ..known }));
}
