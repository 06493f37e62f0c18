//! Each act on the disk, whole and with every kind of failure.

use std::fs;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use candour_durable::{Disk, DurableError, Fault, Script, Step};

struct Place {
    path: PathBuf,
    _keep: tempfile::TempDir,
}

fn place(name: &str) -> Place {
    let keep = tempfile::tempdir().expect("a temporary directory");
    Place { path: keep.path().join(name), _keep: keep }
}

fn faulty() -> (Arc<Script>, Disk) {
    let script = Arc::new(Script::new());
    (script.clone(), Disk::with_faults(script))
}

const KINDS: [Fault; 3] =
    [Fault::Before(ErrorKind::StorageFull), Fault::After(ErrorKind::Other), Fault::Partial(1, ErrorKind::StorageFull)];

#[test]
fn an_atomic_write_goes_through_every_step_in_order() {
    let (script, disk) = faulty();
    let place = place("settings");
    disk.write_atomically(&place.path, b"one", 0o640).expect("written");
    let steps: Vec<Step> = script.calls().into_iter().map(|(step, _)| step).collect();
    assert_eq!(steps, [Step::Create, Step::Write, Step::Sync, Step::Rename, Step::SyncDirectory]);
    assert_eq!(fs::read(&place.path).expect("there"), b"one");
    assert_eq!(fs::metadata(&place.path).expect("there").permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_failed_atomic_write_leaves_the_old_file_or_the_new_one() {
    for call in 0..5 {
        for fault in KINDS {
            let (script, disk) = faulty();
            let place = place("settings");
            fs::write(&place.path, b"old").expect("a file");
            script.fail_call(call, fault);
            let failed = disk.write_atomically(&place.path, b"brand new", 0o600);
            assert!(failed.is_err(), "call {call}, {fault:?}");
            let left = fs::read(&place.path).expect("never absent");
            assert!(left == b"old" || left == b"brand new", "call {call}, {fault:?}: {left:?}");
            let names = fs::read_dir(place.path.parent().expect("in a directory")).expect("there").count();
            assert_eq!(names, 1, "nothing is left beside it: call {call}, {fault:?}");
            disk.write_atomically(&place.path, b"brand new", 0o600).expect("the next try succeeds");
            assert_eq!(fs::read(&place.path).expect("there"), b"brand new");
        }
    }
}

#[test]
fn a_failed_append_is_retried_exactly() {
    for fault in KINDS {
        let (script, disk) = faulty();
        let place = place("journal");
        let mut file = disk.create_new(&place.path, 0o600).expect("made");
        file.append(b"first ").expect("written");
        file.sync_data().expect("synced");
        script.fail_call(script.calls().len(), fault);
        assert!(file.append(b"long second").is_err(), "{fault:?}");
        assert_eq!((file.len(), file.durable_len()), (6, 6));
        assert_eq!(file.append(b"second").expect("written"), 6);
        file.sync_data().expect("synced");
        assert_eq!(fs::read(&place.path).expect("there"), b"first second", "{fault:?}");
    }
}

#[test]
fn a_failed_sync_can_be_rolled_back() {
    let (script, disk) = faulty();
    let place = place("journal");
    let mut file = disk.create_new(&place.path, 0o600).expect("made");
    file.append(b"first ").expect("written");
    file.sync_data().expect("synced");
    file.append(b"second").expect("written");
    script.fail_call(script.calls().len(), Fault::Before(ErrorKind::Other));
    let failed = file.sync_data().expect_err("told to fail");
    assert_eq!((failed.step, failed.path.as_path()), (Step::Sync, place.path.as_path()));
    assert_eq!((file.len(), file.durable_len()), (12, 6));
    script.fail_call(script.calls().len(), Fault::Before(ErrorKind::Other));
    assert!(file.roll_back().is_err());
    file.roll_back().expect("rolled back");
    assert_eq!(fs::read(&place.path).expect("there"), b"first ");
}

#[test]
fn recovery_cuts_a_file_back_and_goes_on() {
    let place = place("journal");
    fs::write(&place.path, b"whole, torn").expect("a file");
    let mut file = Disk::real().append_to(&place.path, 0o600).expect("opened");
    assert_eq!((file.len(), file.durable_len()), (11, 11));
    file.truncate_to(5).expect("cut");
    file.append(b"!").expect("written");
    assert_eq!(fs::read(&place.path).expect("there"), b"whole!");
    let beyond = file.truncate_to(7).expect_err("a file is not made longer");
    assert_eq!(beyond.step, Step::Truncate);
}

#[test]
fn removing_twice_is_the_same_as_once() {
    let place = place("segment");
    fs::write(&place.path, b"footage").expect("a file");
    let disk = Disk::real();
    assert!(disk.remove(&place.path).expect("removed"));
    assert!(!disk.remove(&place.path).expect("it is gone either way"));
}

#[test]
fn directories_are_made_with_their_parents_for_us_alone() {
    let place = place("a");
    let deep = place.path.join("b/c");
    let disk = Disk::real();
    disk.create_dir_durably(&deep).expect("made");
    disk.create_dir_durably(&deep).expect("already there");
    assert_eq!(fs::metadata(&deep).expect("there").permissions().mode() & 0o777, 0o700);
    fs::write(deep.join("file"), b"").expect("a file");
    assert!(disk.create_dir_durably(&deep.join("file")).is_err());
}

#[test]
fn a_directory_is_locked_once() {
    let place = place("log");
    let disk = Disk::real();
    disk.create_dir_durably(&place.path).expect("made");
    let lock = disk.lock_directory(&place.path).expect("free");
    assert_eq!(disk.lock_directory(&place.path).expect_err("held").step, Step::Lock);
    drop(lock);
    disk.lock_directory(&place.path).expect("free again");
}

#[test]
fn the_file_system_is_measured_and_synced() {
    let place = place("");
    let disk = Disk::real();
    let space = disk.free_space(&place.path).expect("measured");
    assert!(space.total > 0 && space.available <= space.total, "{space:?}");
    disk.sync_filesystem(&place.path).expect("synced");
    assert!(disk.free_space(&place.path.join("absent")).expect_err("not there").is_absent());
}

#[track_caller]
fn check_full(source: Error, expected: bool) {
    let error = DurableError { path: "/footage/a".into(), step: Step::Write, source };
    assert_eq!(error.is_full(), expected);
    assert_eq!(error.to_string(), "could not write to /footage/a");
}

#[test]
fn a_full_disk_is_told_from_other_failures() {
    const NO_SPACE: i32 = 28;
    const OVER_QUOTA: i32 = 122;
    const INPUT_OUTPUT: i32 = 5;
    check_full(Error::from_raw_os_error(NO_SPACE), true);
    check_full(Error::from_raw_os_error(OVER_QUOTA), true);
    check_full(Error::from_raw_os_error(INPUT_OUTPUT), false);
}
