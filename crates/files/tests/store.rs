//! What the store of segment files promises, on a real directory and with failing calls.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use candour_durable::{Fault, Script};
use candour_files::{Disk, FilesError, Found, SegmentFiles, Step};
use candour_units::SegmentId;

fn id(byte: u8) -> SegmentId {
    SegmentId::from_bytes([byte; 16])
}

fn store(directory: &Path) -> SegmentFiles {
    SegmentFiles::open(Disk::real(), directory).expect("a temporary directory takes files")
}

fn broken(directory: &Path) -> (SegmentFiles, Arc<Script>) {
    let script = Arc::new(Script::new());
    let disk = Disk::with_faults(script.clone());
    (SegmentFiles::open(disk, directory).expect("nothing fails yet"), script)
}

#[test]
fn what_is_appended_is_read() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let files = store(directory.path());
    let mut open = files.create(id(0x5a)).expect("it is new");
    assert_eq!(open.append(b"header").expect("there is room"), 0);
    assert_eq!(open.append(b"record").expect("there is room"), 6);
    assert_eq!((open.len(), open.durable_len()), (12, 0));
    files.sync().expect("the disk is good");
    open.synced_to(12);
    assert_eq!(open.durable_len(), 12);

    let reader = files.reader(id(0x5a)).expect("it is there");
    assert_eq!(reader.read_at(4, 4).expect("it is there"), b"erre");
    assert_eq!(reader.read_up_to(10, 100).expect("it is there"), b"rd");
    assert_eq!(reader.read_up_to(100, 100).expect("it is there"), b"");
    assert!(matches!(reader.read_at(10, 3), Err(FilesError::Short { actual: 12, wanted_from: 10, wanted_to: 13, .. })));
    let mut all = Vec::new();
    reader.bytes().read_to_end(&mut all).expect("it is there");
    assert_eq!(all, b"headerrecord");
    assert!(files.path(id(0x5a)).ends_with(format!("footage/5a/{}.seg", id(0x5a))));
}

#[test]
fn a_segment_is_made_once() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let files = store(directory.path());
    files.create(id(1)).expect("it is new");
    assert!(matches!(files.create(id(1)), Err(FilesError::Write(error)) if error.step == Step::Create));
    assert!(files.reopen(id(2)).expect_err("it was never made").is_absent());
    assert!(files.reader(id(2)).expect_err("it was never made").is_absent());
}

#[test]
fn a_removal_can_be_repeated() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let files = store(directory.path());
    files.create(id(1)).expect("it is new");
    let reader = files.reader(id(1)).expect("it is there");
    assert!(files.remove(id(1)).expect("it can be removed"));
    assert!(!files.remove(id(1)).expect("it can be removed"));
    assert!(!files.remove(id(0xee)).expect("not even its directory was there"));
    assert!(reader.is_empty().expect("an open file stays readable"));
}

#[test]
fn the_listing_knows_segments_from_the_rest() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let files = store(directory.path());
    for (byte, bytes) in [(1, b"a".as_slice()), (2, b"bb"), (0xab, b"")] {
        files.create(id(byte)).expect("it is new").append(bytes).expect("there is room");
    }
    let footage = files.directory();
    let strangers = [
        footage.join("notes.txt"),
        footage.join("01").join("notes.txt"),
        footage.join("01").join(format!("{}.seg", id(2))),
        footage.join("01").join(format!("{}.tmp", id(1))),
    ];
    for path in &strangers {
        std::fs::write(path, b"x").expect("there is room");
    }
    let mut unknown = BTreeSet::new();
    let mut segments = BTreeSet::new();
    for found in files.list().expect("the directory can be read") {
        match found.expect("the directory can be read") {
            Found::Segment { segment, bytes } => segments.insert((segment, bytes)),
            Found::Unknown { path } => unknown.insert(path),
        };
    }
    assert_eq!(segments, BTreeSet::from([(id(1), 1), (id(2), 2), (id(0xab), 0)]));
    assert_eq!(unknown, BTreeSet::from(strangers));
}

#[test]
fn a_full_disk_says_so_and_the_same_bytes_fit_later() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (files, script) = broken(directory.path());
    let mut open = files.create(id(1)).expect("it is new");
    open.append(b"header").expect("there is room");
    script.fail_every(Step::Write, Fault::Partial(3, ErrorKind::StorageFull));
    let error = open.append(b"record").expect_err("the disk is full");
    assert!(error.is_full() && error.path() == files.path(id(1)), "{error}");
    assert_eq!(open.len(), 6);
    script.heal();
    assert_eq!(open.append(b"record").expect("there is room again"), 6);
    let reader = files.reader(id(1)).expect("it is there");
    assert_eq!(reader.read_up_to(0, 100).expect("it is there"), b"headerrecord");
}

#[test]
fn after_a_failed_sync_the_tail_is_written_again() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (files, script) = broken(directory.path());
    let mut open = files.create(id(1)).expect("it is new");
    open.append(b"header").expect("there is room");
    open.sync().expect("the disk is good");
    open.append(b"record").expect("there is room");
    script.fail_every(Step::SyncFilesystem, Fault::Before(ErrorKind::Other));
    assert!(!files.sync().expect_err("the disk lost it").is_full());
    script.heal();
    assert_eq!(open.roll_back().expect("the disk is good again"), 6);
    assert_eq!(open.append(b"record").expect("there is room"), 6);
    files.sync().expect("the disk is good again");
    open.synced_to(open.len());
    assert_eq!(open.durable_len(), 12);
}

#[test]
fn recovery_cuts_a_torn_tail() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let files = store(directory.path());
    files.create(id(1)).expect("it is new").append(b"headerreco").expect("there is room");
    let mut open = files.reopen(id(1)).expect("it is there");
    open.truncate_to(6).expect("it is longer");
    assert_eq!(open.append(b"footer").expect("there is room"), 6);
    open.sync().expect("the disk is good");
    assert_eq!((open.len(), open.durable_len()), (12, 12));
    assert!(open.truncate_to(13).is_err());
    let reader = files.reader(id(1)).expect("it is there");
    assert_eq!(reader.read_up_to(0, 100).expect("it is there"), b"headerfooter");
}

#[test]
fn there_is_room() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let space = store(directory.path()).space().expect("it can be measured");
    assert!(space.total >= space.available && space.total > 0);
}
