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

/// A key that was given is durable in one copy at least; whatever the other one missed is there after the next start.
#[test]
fn a_key_that_was_given_is_not_lost_whatever_failed() {
    for fault in FAULTS {
        for at in 0.. {
            let place = Place::new();
            let given = std::cell::Cell::new(None);
            let make = |keyring: &Keyring| {
                keyring.key_for_new(stream(7), segment(7), hour(9)).map(|key| given.set(Some(*key.bytes())))
            };
            let (keys, _, failed_one) = run(&place, at, fault, make);
            // The process ends here.
            drop(place.open());
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
fn a_rotation_cut_short_loses_no_key_and_is_finished_by_the_next_start() {
    for fault in FAULTS {
        for at in 0.. {
            let place = Place::new();
            let (keys, succeeded, failed_one) = run(&place, at, fault, Keyring::rotate_epoch);
            if succeeded {
                let epochs = ["a", "b"].map(|which| std::fs::read(place.head(which)).expect("it is there")[12]);
                assert_eq!(epochs, [1, 1], "call {at}, {fault:?}");
            }
            let keyring = place.open();
            assert_eq!([1, 2].map(|byte| key(&keyring, old(byte))), keys.map(Some), "call {at}, {fault:?}");
            assert!(!keyring.status().rotating, "call {at}, {fault:?}");
            // One epoch in each head, and nothing that needs another.
            for which in ["a", "b"] {
                let head = std::fs::read(place.head(which)).expect("it is there");
                assert_eq!(head[12], 1, "call {at}, {fault:?}, copy {which}");
                let day = std::fs::read(place.day(which, 0)).expect("it is there");
                assert_eq!(day[16..32], head[108..124], "call {at}, {fault:?}, copy {which}");
            }
            if !failed_one {
                break;
            }
        }
    }
}

/// One of two disks fails: recording goes on, deletion waits and says so, and the disk is taken up again when it is back.
#[test]
fn one_copy_is_enough_for_new_keys_and_too_few_for_a_destruction() {
    let place = Place::new();
    let (keys, ..) = run(&place, 0, FAULTS[0], |_| Ok(()));
    let broken = Arc::new(BrokenBelow { directory: place.copy("b"), broken: false.into() });
    let keyring = place.try_open(Disk::with_faults(broken.clone()), &["a", "b"]).expect("nothing fails yet");
    assert_eq!(keyring.status().trouble(), None);
    broken.broken.store(true, std::sync::atomic::Ordering::SeqCst);

    // The same day and a new one.
    let made = [9, 33].map(|at| *keyring.key_for_new(stream(7), segment(7), hour(at)).expect("one is enough").bytes());
    keyring.prepare(&[(stream(8), hour(9)), (stream(8), hour(57))]).expect("one is enough");
    let trouble = keyring.status().trouble().expect("it is seen");
    assert!(
        trouble.contains("one of two copies") && trouble.contains(&place.copy("b").display().to_string()),
        "{trouble}"
    );
    for _ in 0..2 {
        let refused = keyring.destroy(stream(OLD.0), segment(1), hour(OLD.1), &[segment(2)]);
        assert!(matches!(refused, Err(KeyError::Unavailable { .. })), "{refused:?}");
        assert_eq!(key(&keyring, old(1)), Some(keys[0]), "nothing was touched");
    }
    assert!(keyring.rotate_epoch().is_err() && !keyring.status().rotating);
    let alone = place.open_alone("a");
    assert_eq!([9, 33].map(|at| key(&alone, (stream(7), segment(7), hour(at)))), made.map(Some));

    broken.broken.store(false, std::sync::atomic::Ordering::SeqCst);
    keyring.retry();
    assert_eq!(keyring.status().trouble(), None);
    let alone = place.open_alone("b");
    assert_eq!([9, 33].map(|at| key(&alone, (stream(7), segment(7), hour(at)))), made.map(Some));
    keyring.destroy(stream(OLD.0), segment(1), hour(OLD.1), &[segment(2)]).expect("both are there");
    assert_eq!(key(&place.open_alone("b"), old(1)), None);
}

/// Readers and prepared keys never wait for a disk: here it stands still in the middle of a destruction.
#[test]
fn nobody_waits_for_a_disk_that_stands_still() {
    let place = Place::new();
    let (keys, ..) = run(&place, 0, FAULTS[0], |_| Ok(()));
    let gate = Arc::new(Gate::default());
    let keyring = place.try_open(Disk::with_faults(gate.clone()), &["a", "b"]).expect("nothing fails");
    keyring.prepare(&[(stream(3), hour(9))]).expect("nothing fails");
    gate.close();
    let (destroying, rotating) = (keyring.clone(), keyring.clone());
    let destruction =
        std::thread::spawn(move || destroying.destroy(stream(OLD.0), segment(1), hour(OLD.1), &[segment(2)]));
    gate.wait_until_reached();
    assert_eq!(key(&keyring, old(2)), Some(keys[1]), "a reader goes on");
    keyring.key_for_new(stream(3), segment(3), hour(9)).expect("a prepared key is there");
    assert_eq!(keyring.status().copies.len(), 2);
    gate.open();
    destruction.join().expect("it ends").expect("nothing fails");
    rotating.rotate_epoch().expect("nothing fails");
    assert_eq!(key(&place.open(), old(2)), Some(keys[1]));
}

/// Fails every call below a directory while it is broken.
struct BrokenBelow {
    directory: std::path::PathBuf,
    broken: std::sync::atomic::AtomicBool,
}

impl candour_durable::Faults for BrokenBelow {
    fn next(&self, _step: Step, path: &std::path::Path) -> Option<Fault> {
        let broken = self.broken.load(std::sync::atomic::Ordering::SeqCst) && path.starts_with(&self.directory);
        broken.then_some(Fault::Before(ErrorKind::ReadOnlyFilesystem))
    }
}

/// Holds up every call while it is closed.
#[derive(Default)]
struct Gate {
    /// Whether it is closed, and whether somebody stands before it.
    state: std::sync::Mutex<(bool, bool)>,
    changed: std::sync::Condvar,
}

impl Gate {
    fn close(&self) {
        self.state.lock().expect("no test panics with it").0 = true;
    }

    fn open(&self) {
        self.state.lock().expect("no test panics with it").0 = false;
        self.changed.notify_all();
    }

    fn wait_until_reached(&self) {
        let state = self.state.lock().expect("no test panics with it");
        drop(self.changed.wait_while(state, |(_, reached)| !*reached).expect("no test panics with it"));
    }
}

impl candour_durable::Faults for Gate {
    fn next(&self, _step: Step, _path: &std::path::Path) -> Option<Fault> {
        let mut state = self.state.lock().expect("no test panics with it");
        if state.0 {
            state.1 = true;
            self.changed.notify_all();
            drop(self.changed.wait_while(state, |(closed, _)| *closed).expect("no test panics with it"));
        }
        None
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
