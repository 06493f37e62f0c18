//! What the keyring promises while nothing fails.

mod place;

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use candour_durable::{Disk, Script, Step};
use candour_keyring::{CopyFound, Destruction, KeyError};
use place::{Place, hour, key, segment, stream};
use proptest::prelude::*;

#[test]
fn the_first_start_makes_everything_for_the_recorder_alone() {
    let place = Place::new();
    let keyring = place.open();
    assert_eq!(keyring.found(), [CopyFound::Absent, CopyFound::Absent]);
    for path in [place.master(), place.copy("a"), place.copy("b")] {
        let mode = std::fs::metadata(&path).expect("it was made").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(std::fs::read(place.master()).expect("it was made").len(), 32);
    assert_eq!(std::fs::read_dir(place.directory.path().join("secret")).expect("it was made").count(), 1);
}

#[test]
fn a_key_is_in_every_copy_when_it_is_given() {
    let place = Place::new();
    let keyring = place.open();
    let given = *keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good").bytes();
    for which in ["a", "b"] {
        assert_eq!(key(&place.open_alone(which), (stream(1), segment(1), hour(5))), Some(given));
    }
    assert_eq!(key(&keyring, (stream(1), segment(1), hour(5))), Some(given));
    assert_eq!(key(&place.open(), (stream(1), segment(1), hour(5))), Some(given));
}

#[test]
fn one_hour_of_one_stream_costs_one_row() {
    let place = Place::new();
    let script = Arc::new(Script::new());
    let keyring = place.try_open(Disk::with_faults(script.clone()), &["a", "b"]).expect("nothing fails");
    let before = script.count(Step::Write);
    for byte in 1..5 {
        keyring.key_for_new(stream(1), segment(byte), hour(5)).expect("the disk is good");
    }
    assert_eq!(script.count(Step::Write) - before, 2);
    keyring.prepare(&[(stream(1), hour(6)), (stream(2), hour(6)), (stream(3), hour(6))]).expect("the disk is good");
    assert_eq!(script.count(Step::Write) - before, 4);
    keyring.key_for_new(stream(2), segment(9), hour(6)).expect("the disk is good");
    assert_eq!(script.count(Step::Write) - before, 4);
}

#[test]
fn keys_differ_by_stream_hour_and_segment() {
    let place = Place::new();
    let keyring = place.open();
    let mut keys = Vec::new();
    for (of, named, at) in [(1, 1, 5), (1, 2, 5), (1, 1, 6), (2, 1, 5)] {
        let made = keyring.key_for_new(stream(of), segment(named), hour(at)).expect("the disk is good");
        assert!(!keys.contains(made.bytes()));
        keys.push(*made.bytes());
    }
}

#[test]
fn a_destroyed_segment_is_gone_and_its_neighbours_stay() {
    let place = Place::new();
    let keyring = place.open();
    let [gone, held] = [segment(1), segment(2)];
    keyring.key_for_new(stream(1), gone, hour(5)).expect("the disk is good");
    let kept = *keyring.key_for_new(stream(1), held, hour(5)).expect("the disk is good").bytes();
    let generation = keyring.generation();
    drop(keyring);

    let keyring = place.open();
    keyring.destroy(stream(1), gone, hour(5), &[held]).expect("the disk is good");
    assert_eq!(keyring.generation(), generation + 1);
    for keyring in [keyring, place.open_alone("a"), place.open_alone("b"), place.open()] {
        assert_eq!(key(&keyring, (stream(1), gone, hour(5))), None);
        assert_eq!(key(&keyring, (stream(1), held, hour(5))), Some(kept));
    }
}

#[test]
fn destroying_again_changes_nothing() {
    let place = Place::new();
    let keyring = place.open();
    keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
    keyring.destroy(stream(1), segment(1), hour(5), &[]).expect("the disk is good");
    let generation = keyring.generation();
    keyring.destroy(stream(1), segment(1), hour(5), &[]).expect("the disk is good");
    assert_eq!(keyring.generation(), generation);
}

#[test]
fn a_segment_that_got_its_key_just_now_survives_unnamed() {
    let place = Place::new();
    let keyring = place.open();
    keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
    let newest = *keyring.key_for_new(stream(1), segment(2), hour(5)).expect("the disk is good").bytes();
    keyring.destroy(stream(1), segment(1), hour(5), &[]).expect("the disk is good");
    assert_eq!(key(&place.open(), (stream(1), segment(2), hour(5))), Some(newest));
    keyring.destroy(stream(1), segment(2), hour(5), &[]).expect("the disk is good");
    assert_eq!(key(&place.open(), (stream(1), segment(2), hour(5))), None);
}

#[test]
fn a_sweep_is_one_rewrite() {
    let place = Place::new();
    let script = Arc::new(Script::new());
    let keyring = place.try_open(Disk::with_faults(script.clone()), &["a", "b"]).expect("nothing fails");
    for (of, named) in [(1, 1), (1, 2), (1, 3), (2, 4)] {
        keyring.key_for_new(stream(of), segment(named), hour(5)).expect("the disk is good");
    }
    let before = script.count(Step::Rename);
    let first = Destruction {
        stream: stream(1),
        start: hour(5),
        segments: &[segment(1)],
        survivors: &[segment(2), segment(3)],
    };
    // The second order of the same hour: who is destroyed by one survives by none.
    let second = Destruction { segments: &[segment(2)], survivors: &[segment(1), segment(3)], ..first };
    let third = Destruction { stream: stream(2), segments: &[segment(4)], survivors: &[], ..first };
    keyring.destroy_many(&[first, second, third]).expect("the disk is good");
    assert_eq!(script.count(Step::Rename) - before, 2);
    let left: Vec<bool> = [(1, 1), (1, 2), (1, 3), (2, 4)]
        .iter()
        .map(|&(of, named)| key(&keyring, (stream(of), segment(named), hour(5))).is_some())
        .collect();
    assert_eq!(left, [false, false, true, false]);
}

#[test]
fn a_new_epoch_keeps_the_keys_and_leaves_no_old_row() {
    let place = Place::new();
    let keyring = place.open();
    let made = *keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good").bytes();
    let old = std::fs::read(place.copy("a")).expect("it is there");
    keyring.rotate_epoch().expect("the disk is good");
    let new = std::fs::read(place.copy("a")).expect("it is there");
    assert_ne!(old[16..32], new[16..32], "the epoch has a new name");
    let old_key = &old[old.len() - 56..old.len() - 8];
    assert!(!new.windows(old_key.len()).any(|window| window == old_key));
    assert_eq!(key(&place.open(), (stream(1), segment(1), hour(5))), Some(made));
}

#[test]
fn a_better_copy_mends_the_other() {
    type Harm = fn(&Place);
    type Judge = fn(&CopyFound) -> bool;
    let harms: [(Harm, Judge); 5] = [
        (|place| std::fs::remove_file(place.copy("a")).expect("it is there"), |found| *found == CopyFound::Absent),
        (
            |place| {
                let mut bytes = std::fs::read(place.copy("a")).expect("it is there");
                bytes[120] ^= 1;
                std::fs::write(place.copy("a"), bytes).expect("there is room");
            },
            |found| matches!(found, CopyFound::Damaged { .. }),
        ),
        (
            |place| {
                let bytes = std::fs::read(place.copy("a")).expect("it is there");
                std::fs::write(place.copy("a"), &bytes[..bytes.len() - 5]).expect("there is room");
            },
            |found| *found == CopyFound::BadRows { count: 1 },
        ),
        (
            |place| {
                let bytes = std::fs::read(place.copy("a")).expect("it is there");
                std::fs::write(place.copy("a"), &bytes[..bytes.len() - 112]).expect("there is room");
            },
            |found| *found == CopyFound::Behind,
        ),
        (
            |place| std::fs::write(place.copy("a"), b"").expect("there is room"),
            |found| matches!(found, CopyFound::Damaged { .. }),
        ),
    ];
    for (harm, expected) in harms {
        let place = Place::new();
        let keyring = place.open();
        keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
        keyring.destroy(stream(1), segment(1), hour(5), &[segment(2)]).expect("the disk is good");
        let made = *keyring.key_for_new(stream(1), segment(3), hour(6)).expect("the disk is good").bytes();
        drop(keyring);
        harm(&place);
        let keyring = place.open();
        assert!(expected(&keyring.found()[0]), "{:?}", keyring.found());
        assert_eq!(keyring.found()[1], CopyFound::Good);
        for which in ["a", "b"] {
            assert_eq!(key(&place.open_alone(which), (stream(1), segment(3), hour(6))), Some(made));
        }
        assert_eq!(place.open().found(), [CopyFound::Good, CopyFound::Good]);
    }
}

#[test]
fn an_old_copy_brings_no_key_back() {
    let place = Place::new();
    let keyring = place.open();
    keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
    let old = std::fs::read(place.copy("a")).expect("it is there");
    keyring.destroy(stream(1), segment(1), hour(5), &[]).expect("the disk is good");
    drop(keyring);
    for which in ["a", "b"] {
        std::fs::write(place.copy(which), &old).expect("there is room");
        assert_eq!(key(&place.open(), (stream(1), segment(1), hour(5))), None);
        assert_eq!(key(&place.open_alone(which), (stream(1), segment(1), hour(5))), None);
    }
}

#[test]
fn what_cannot_be_opened_says_why_and_is_left_alone() {
    let check = |harm: fn(&Place), expected: &str| {
        let place = Place::new();
        place.open().key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
        let before = std::fs::read(place.copy("b")).ok();
        harm(&place);
        let error = place.try_open(Disk::real(), &["a", "b"]).err().expect("it cannot be opened");
        let KeyError::Damaged { what, .. } = &error else { panic!("{error}") };
        assert!(what.contains(expected), "{what}");
        if place.copy("b").exists() && expected != "digest" {
            assert_eq!(std::fs::read(place.copy("b")).ok(), before);
        }
    };
    check(|place| std::fs::remove_file(place.master()).expect("it is there"), "missing");
    check(|place| std::fs::write(place.master(), [0; 32]).expect("there is room"), "not written under this master key");
    check(|place| std::fs::write(place.master(), [0; 31]).expect("there is room"), "32 bytes");
    check(
        |place| std::fs::set_permissions(place.master(), std::fs::Permissions::from_mode(0o644)).expect("it is ours"),
        "chmod 600",
    );
    check(
        |place| {
            for which in ["a", "b"] {
                let mut bytes = std::fs::read(place.copy(which)).expect("it is there");
                bytes[50] ^= 1;
                std::fs::write(place.copy(which), bytes).expect("there is room");
            }
        },
        "digest",
    );
    check(
        |place| {
            for which in ["a", "b"] {
                std::fs::remove_file(place.copy(which)).expect("it is there");
            }
        },
        "mount the storage",
    );
}

#[test]
fn secrets_come_back_under_their_context() {
    let place = Place::new();
    let keyring = place.open();
    let sealed = keyring.seal_secret("camera 1", b"admin:1234").expect("nothing is written");
    assert!(!sealed.windows(4).any(|window| window == b"1234"));
    assert_ne!(sealed, keyring.seal_secret("camera 1", b"admin:1234").expect("nothing is written"));
    keyring.rotate_epoch().expect("the disk is good");
    let keyring = place.open();
    assert_eq!(keyring.open_secret("camera 1", &sealed).expect("it is ours"), b"admin:1234");
    assert!(matches!(keyring.open_secret("camera 2", &sealed), Err(KeyError::Damaged { .. })));
}

#[derive(Debug, Clone)]
enum Act {
    New(u8, i64),
    Destroy(usize),
    Rotate,
    Restart,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0u8..2, 0i64..2).prop_map(|(stream, hour)| Act::New(stream, hour)),
        3 => any::<usize>().prop_map(Act::Destroy),
        1 => Just(Act::Rotate),
        1 => Just(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_done_the_living_open_and_the_dead_do_not(acts in prop::collection::vec(act(), 1..25)) {
        let place = Place::new();
        let mut keyring = place.open();
        let mut living = Vec::new();
        let mut dead = Vec::new();
        for (number, act) in acts.into_iter().enumerate() {
            match act {
                Act::New(of, at) => {
                    let of = (stream(of), segment(number as u8), hour(at));
                    let made = *keyring.key_for_new(of.0, of.1, of.2).expect("the disk is good").bytes();
                    living.push((of, made));
                }
                Act::Destroy(which) if !living.is_empty() => {
                    let (of, made) = living.remove(which % living.len());
                    let survivors: Vec<_> = living.iter().filter(|(other, _)| (other.0, other.2) == (of.0, of.2))
                        .map(|(other, _)| other.1).collect();
                    keyring.destroy(of.0, of.1, of.2, &survivors).expect("the disk is good");
                    dead.push((of, made));
                }
                Act::Destroy(_) => {}
                Act::Rotate => keyring.rotate_epoch().expect("the disk is good"),
                Act::Restart => {
                    drop(keyring);
                    keyring = place.open();
                }
            }
            for (of, made) in &living {
                prop_assert_eq!(key(&keyring, *of), Some(*made));
            }
            for (of, made) in &dead {
                // A later segment of the same hour has a new hour key: then there is a key, but not the one that sealed.
                prop_assert_ne!(key(&keyring, *of), Some(*made));
            }
        }
    }
}
