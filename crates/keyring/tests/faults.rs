//! What the keyring promises when the disk fails at any step, or the process ends there.

mod place;

use std::io::ErrorKind;
use std::sync::Arc;

use candour_durable::{Disk, Fault, Script, Step};
use candour_keyring::{KeyError, Keyring};
use candour_units::{SegmentId, StreamId, WallTime};
use place::{Place, hour, key, segment, stream};

const FAULTS: [Fault; 3] =
    [Fault::Before(ErrorKind::Other), Fault::After(ErrorKind::Other), Fault::Partial(60, ErrorKind::StorageFull)];

/// Opens the keyring on a disk whose call number `at`, counted from now on, fails.
fn open_failing(place: &Place, script: &Arc<Script>) -> Result<Keyring, KeyError> {
    place.try_open(Disk::with_faults(script.clone()), &["a", "b"])
}

#[test]
fn a_first_start_cut_short_anywhere_is_finished_by_the_next() {
    for fault in FAULTS {
        for at in 0.. {
            let place = Place::new();
            let script = Arc::new(Script::new());
            script.fail_call(at, fault);
            let opened = open_failing(&place, &script);
            let calls = script.calls().len();
            drop(opened);
            let keyring = place.open();
            let made = *keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good again").bytes();
            assert_eq!(key(&place.open(), (stream(1), segment(1), hour(5))), Some(made));
            assert!(!place.master().with_file_name("master.key.first-start").exists());
            if calls <= at {
                break;
            }
        }
    }
}

const OLD: (u8, i64) = (1, 5);

/// A keyring with two segments in one hour, then `act` on a disk that fails at call `at` of it. Gives the keys of the
/// two, whether the act succeeded, and whether there was a call to fail.
fn run(
    place: &Place,
    at: usize,
    fault: Fault,
    act: impl Fn(&Keyring) -> Result<(), KeyError>,
) -> ([[u8; 32]; 2], bool, bool) {
    let keyring = place.open();
    let keys = [1, 2]
        .map(|byte| *keyring.key_for_new(stream(OLD.0), segment(byte), hour(OLD.1)).expect("the disk is good").bytes());
    drop(keyring);
    let script = Arc::new(Script::new());
    let keyring = open_failing(place, &script).expect("nothing fails yet");
    let before = script.calls().len();
    script.fail_call(before + at, fault);
    let succeeded = act(&keyring).is_ok();
    (keys, succeeded, script.calls().len() > before + at)
}

fn old(byte: u8) -> (StreamId, SegmentId, WallTime) {
    (stream(OLD.0), segment(byte), hour(OLD.1))
}

#[test]
fn a_destruction_that_succeeded_is_in_every_copy_and_one_that_failed_can_be_repeated() {
    for fault in FAULTS {
        for at in 0.. {
            let place = Place::new();
            let destroy = |keyring: &Keyring| keyring.destroy(stream(OLD.0), segment(1), hour(OLD.1), &[segment(2)]);
            let ([_, kept], succeeded, failed_one) = run(&place, at, fault, destroy);
            if succeeded {
                for which in ["a", "b"] {
                    assert_eq!(key(&place.open_alone(which), old(1)), None, "call {at}, {fault:?}, copy {which}");
                }
            }
            // The process ends here. Whatever reached the disks, the neighbour is readable and the order can be repeated.
            let keyring = place.open();
            assert_eq!(key(&keyring, old(2)), Some(kept), "call {at}, {fault:?}");
            destroy(&keyring).expect("the disk is good again");
            for which in ["a", "b"] {
                let alone = place.open_alone(which);
                assert_eq!((key(&alone, old(1)), key(&alone, old(2))), (None, Some(kept)), "call {at}, {fault:?}");
            }
            if !failed_one {
                break;
            }
        }
    }
}

#[test]
fn a_failed_destruction_is_finished_by_the_same_process() {
    for at in 0.. {
        let place = Place::new();
        let destroy_twice = |keyring: &Keyring| {
            let destroy = || keyring.destroy(stream(OLD.0), segment(1), hour(OLD.1), &[segment(2)]);
            destroy().or_else(|_| destroy())
        };
        let ([_, kept], succeeded, failed_one) = run(&place, at, FAULTS[0], destroy_twice);
        assert!(succeeded, "call {at}");
        for which in ["a", "b"] {
            let alone = place.open_alone(which);
            assert_eq!((key(&alone, old(1)), key(&alone, old(2))), (None, Some(kept)), "call {at}");
        }
        if !failed_one {
            break;
        }
    }
}

#[test]
fn a_key_that_was_given_is_in_every_copy_whatever_failed() {
    for fault in FAULTS {
        for at in 0.. {
            let place = Place::new();
            let given = std::cell::Cell::new(None);
            let make = |keyring: &Keyring| {
                keyring.key_for_new(stream(7), segment(7), hour(9)).map(|key| given.set(Some(*key.bytes())))
            };
            let (keys, _, failed_one) = run(&place, at, fault, make);
            for which in ["a", "b"] {
                let alone = place.open_alone(which);
                if given.get().is_some() {
                    assert_eq!(key(&alone, (stream(7), segment(7), hour(9))), given.get(), "call {at}, {fault:?}");
                }
                assert_eq!([1, 2].map(|byte| key(&alone, old(byte))), keys.map(Some), "call {at}, {fault:?}");
            }
            if !failed_one {
                break;
            }
        }
    }
}

#[test]
fn a_rotation_cut_short_loses_no_key() {
    for fault in FAULTS {
        for at in 0.. {
            let place = Place::new();
            let (keys, _, failed_one) = run(&place, at, fault, Keyring::rotate_epoch);
            let keyring = place.open();
            assert_eq!([1, 2].map(|byte| key(&keyring, old(byte))), keys.map(Some), "call {at}, {fault:?}");
            if !failed_one {
                break;
            }
        }
    }
}

#[test]
fn a_disk_that_stays_broken_gives_no_new_key() {
    let place = Place::new();
    let script = Arc::new(Script::new());
    let keyring = open_failing(&place, &script).expect("nothing fails yet");
    script.fail_every(Step::Sync, Fault::Before(ErrorKind::Other));
    for _ in 0..2 {
        let refused = keyring.key_for_new(stream(1), segment(1), hour(5));
        assert!(matches!(refused, Err(KeyError::Unavailable { .. })));
    }
    script.heal();
    let made = *keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good again").bytes();
    assert_eq!(key(&place.open_alone("b"), (stream(1), segment(1), hour(5))), Some(made));
}
