//! What the keyring promises while nothing fails.

mod place;

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use candour_durable::{Disk, Script, Step};
use candour_keyring::{CopyFound, Destruction, KeyError};
use place::{Place, copy_directory, hour, key, segment, stream};
use proptest::prelude::*;

#[test]
fn the_first_start_makes_everything_for_the_recorder_alone() {
    let place = Place::new();
    let keyring = place.open();
    assert_eq!(keyring.found(), [CopyFound::Absent, CopyFound::Absent]);
    for path in [place.master(), place.head("a"), place.head("b")] {
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
    keyring.destroy_batch(&[first, second, third]).expect("the disk is good");
    assert_eq!(script.count(Step::Rename) - before, 2);
    let left: Vec<bool> = [(1, 1), (1, 2), (1, 3), (2, 4)]
        .iter()
        .map(|&(of, named)| key(&keyring, (stream(of), segment(named), hour(5))).is_some())
        .collect();
    assert_eq!(left, [false, false, true, false]);
}

#[test]
fn a_destruction_writes_the_files_of_its_own_day_only() {
    let place = Place::new();
    let keyring = place.open();
    for at in [5, 29, 53] {
        keyring.key_for_new(stream(1), segment(at as u8), hour(at)).expect("the disk is good");
    }
    let others = [place.head("a"), place.day("a", 0), place.day("b", 2)];
    let before: Vec<_> = others.iter().map(|path| std::fs::read(path).expect("it is there")).collect();
    keyring.destroy(stream(1), segment(29), hour(29), &[]).expect("the disk is good");
    let after: Vec<_> = others.iter().map(|path| std::fs::read(path).expect("it is there")).collect();
    assert!(before == after, "only day 1 was touched");
    let kept = [5, 29, 53].map(|at| key(&keyring, (stream(1), segment(at as u8), hour(at))).is_some());
    assert_eq!(kept, [true, false, true]);
}

/// Seen to fail with `end_rotation` left out of `finish_rotation`.
#[test]
fn a_new_epoch_keeps_the_keys_and_leaves_no_old_row() {
    let place = Place::new();
    let keyring = place.open();
    let made =
        [5, 29].map(|at| *keyring.key_for_new(stream(1), segment(1), hour(at)).expect("the disk is good").bytes());
    let old_head = std::fs::read(place.head("a")).expect("it is there");
    let old_days = [0, 1].map(|day| std::fs::read(place.day("a", day)).expect("it is there"));
    let (old_epoch, old_wrapping) = (&old_head[108..124], &old_head[140..188]);
    keyring.rotate_epoch().expect("the disk is good");
    assert!(!keyring.status().rotating);
    let contains = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    for which in ["a", "b"] {
        let head = std::fs::read(place.head(which)).expect("it is there");
        assert!(!contains(&head, old_epoch) && !contains(&head, old_wrapping), "copy {which}");
        for (day, old) in old_days.iter().enumerate() {
            let new = std::fs::read(place.day(which, day as i64)).expect("it is there");
            assert!(!contains(&new, &old[104..152]), "copy {which}, day {day}");
        }
        let alone = place.open_alone(which);
        assert_eq!([5, 29].map(|at| key(&alone, (stream(1), segment(1), hour(at)))), made.map(Some));
    }
}

#[test]
fn a_better_copy_mends_the_other() {
    type Harm = fn(&Place);
    type Judge = fn(&CopyFound) -> bool;
    let harms: [(Harm, Judge); 7] = [
        (|place| std::fs::remove_file(place.head("a")).expect("it is there"), |found| *found == CopyFound::Behind),
        (|place| std::fs::remove_file(place.day("a", 0)).expect("it is there"), |found| *found == CopyFound::Behind),
        (|place| harm(&place.head("a"), |bytes| bytes[120] ^= 1), |found| matches!(found, CopyFound::Damaged { .. })),
        (|place| harm(&place.day("a", 0), |bytes| bytes[70] ^= 1), |found| matches!(found, CopyFound::Damaged { .. })),
        (
            |place| harm(&place.day("a", 0), |bytes| bytes.truncate(bytes.len() - 5)),
            |found| *found == CopyFound::BadRows { count: 1 },
        ),
        (
            |place| harm(&place.day("a", 0), |bytes| bytes.truncate(bytes.len() - 112)),
            |found| *found == CopyFound::Behind,
        ),
        (|place| harm(&place.head("a"), Vec::clear), |found| matches!(found, CopyFound::Damaged { .. })),
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

fn harm(path: &std::path::Path, how: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).expect("it is there");
    how(&mut bytes);
    std::fs::write(path, bytes).expect("there is room");
}

/// Seen to fail with the count of destructions left out of the comparison.
#[test]
fn an_old_copy_brings_no_key_back() {
    let place = Place::new();
    let old = Place::new();
    let keyring = place.open();
    keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
    copy_directory(&place.copy("a"), &old.copy("a"));
    keyring.destroy(stream(1), segment(1), hour(5), &[]).expect("the disk is good");
    drop(keyring);
    for which in ["a", "b"] {
        copy_directory(&old.copy("a"), &place.copy(which));
        assert_eq!(key(&place.open(), (stream(1), segment(1), hour(5))), None);
        assert_eq!(key(&place.open_alone(which), (stream(1), segment(1), hour(5))), None);
    }
}

/// A disk that is not mounted looks like this: making a copy in its mount point would let a destruction be claimed while
/// the key lies on the disk that is away.
#[test]
fn a_missing_copy_is_not_made_by_itself_and_deletion_waits_for_it() {
    let place = Place::new();
    let away = Place::new();
    let keyring = place.open();
    keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
    drop(keyring);
    copy_directory(&place.copy("b"), &away.copy("b"));
    std::fs::remove_dir_all(place.copy("b")).expect("it is ours");
    std::fs::create_dir(place.copy("b")).expect("an empty mount point");

    let keyring = place.open();
    assert_eq!(keyring.found(), [CopyFound::Good, CopyFound::Absent]);
    let trouble = keyring.status().trouble().expect("one is missing");
    assert!(trouble.starts_with("one of two copies of the keyring cannot be written"), "{trouble}");
    let made = *keyring.key_for_new(stream(1), segment(2), hour(30)).expect("one copy takes it").bytes();
    let refused = keyring.destroy(stream(1), segment(1), hour(5), &[]);
    assert!(matches!(refused, Err(KeyError::Unavailable { .. })), "{refused:?}");
    assert!(key(&keyring, (stream(1), segment(1), hour(5))).is_some(), "nothing was touched");
    assert!(keyring.rotate_epoch().is_err());
    assert_eq!(std::fs::read_dir(place.copy("b")).expect("it is there").count(), 0);
    drop(keyring);

    // Mounted again, behind by what came meanwhile.
    copy_directory(&away.copy("b"), &place.copy("b"));
    let keyring = place.open();
    assert_eq!(keyring.found(), [CopyFound::Good, CopyFound::Behind]);
    assert_eq!(key(&place.open_alone("b"), (stream(1), segment(2), hour(30))), Some(made));
    keyring.destroy(stream(1), segment(1), hour(5), &[]).expect("both are there");
    assert_eq!(key(&place.open_alone("b"), (stream(1), segment(1), hour(5))), None);
    assert_eq!(keyring.status().trouble(), None);
}

#[test]
fn a_copy_is_made_anew_where_somebody_says_so_and_the_old_one_brings_nothing_back() {
    let place = Place::new();
    let away = Place::new();
    let keyring = place.open();
    keyring.key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
    let kept = *keyring.key_for_new(stream(1), segment(2), hour(30)).expect("the disk is good").bytes();
    drop(keyring);
    copy_directory(&place.copy("b"), &away.copy("b"));
    std::fs::remove_dir_all(place.copy("b")).expect("it is ours");
    let keyring = place.open();
    assert!(keyring.renew_copy(&place.copy("a")).is_err(), "a copy in use is not made anew");
    keyring.renew_copy(&place.copy("b")).expect("it is missing");
    keyring.destroy(stream(1), segment(1), hour(5), &[]).expect("both are there");
    assert_eq!(key(&place.open_alone("b"), (stream(1), segment(2), hour(30))), Some(kept));
    drop(keyring);
    copy_directory(&away.copy("b"), &place.copy("b"));
    assert_eq!(key(&place.open(), (stream(1), segment(1), hour(5))), None);
    assert_eq!(key(&place.open_alone("b"), (stream(1), segment(1), hour(5))), None);
}

#[test]
fn keys_given_while_each_copy_was_alone_are_united() {
    let place = Place::new();
    let aside = Place::new();
    place.open().key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
    let mut made = Vec::new();
    for (gone, stays, at) in [("b", "a", 6), ("a", "b", 8)] {
        copy_directory(&place.copy(gone), &aside.copy(gone));
        std::fs::remove_dir_all(place.copy(gone)).expect("it is ours");
        let keyring = place.open();
        made.push(*keyring.key_for_new(stream(2), segment(2), hour(at)).expect("one copy takes it").bytes());
        drop(keyring);
        copy_directory(&place.copy(stays), &aside.copy(stays));
        copy_directory(&aside.copy(gone), &place.copy(gone));
    }
    let keyring = place.open();
    for (at, made) in [6, 8].into_iter().zip(made) {
        assert_eq!(key(&keyring, (stream(2), segment(2), hour(at))), Some(made), "hour {at}");
        for which in ["a", "b"] {
            assert_eq!(key(&place.open_alone(which), (stream(2), segment(2), hour(at))), Some(made), "hour {at}");
        }
    }
}

#[test]
fn what_cannot_be_opened_says_why_and_is_left_alone() {
    let check = |harm: fn(&Place), expected: &str| {
        let place = Place::new();
        place.open().key_for_new(stream(1), segment(1), hour(5)).expect("the disk is good");
        harm(&place);
        let files =
            ["a", "b"].map(|which| (std::fs::read(place.head(which)).ok(), std::fs::read(place.day(which, 0)).ok()));
        let error = place.try_open(Disk::real(), &["a", "b"]).err().expect("it cannot be opened");
        let KeyError::Damaged { what, .. } = &error else { panic!("{error}") };
        assert!(what.contains(expected), "{what}");
        let after =
            ["a", "b"].map(|which| (std::fs::read(place.head(which)).ok(), std::fs::read(place.day(which, 0)).ok()));
        assert!(files == after, "{expected}");
    };
    check(|place| std::fs::remove_file(place.master()).expect("it is there"), "missing");
    check(|place| std::fs::write(place.master(), [0; 32]).expect("there is room"), "not written under this master key");
    check(|place| std::fs::write(place.master(), [0; 31]).expect("there is room"), "32 bytes");
    check(
        |place| std::fs::set_permissions(place.master(), std::fs::Permissions::from_mode(0o644)).expect("it is ours"),
        "chmod 600",
    );
    let heads: fn(&Place) =
        |place| ["a", "b"].iter().for_each(|which| harm(&place.head(which), |bytes| bytes[50] ^= 1));
    check(heads, "digest");
    let days: fn(&Place) =
        |place| ["a", "b"].iter().for_each(|which| harm(&place.day(which, 0), |bytes| bytes[50] ^= 1));
    check(days, "digest");
    check(
        |place| {
            for which in ["a", "b"] {
                std::fs::remove_dir_all(place.copy(which)).expect("it is there");
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
