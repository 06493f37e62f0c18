use candour_ledger::{
    Checkpoint, CheckpointError, Details, Disclosed, Entry, Group, Kind, Leaf, LeafError, Salt, SignedNote,
    canonical_object, commitment, decode_frame, encode_frame,
};
use candour_units::{Hash, WallTime};
use proptest::prelude::*;

use crate::sample::{entry, key};

fn any_entry() -> impl Strategy<Value = Entry> {
    let kind = "[a-z][a-z0-9_]{0,39}";
    let texts = prop::array::uniform4("\\{\"[a-z]{1,8}\":\"\\PC{0,30}\"\\}");
    let salts = prop::array::uniform4(any::<[u8; 32]>());
    (any::<i64>(), kind, texts, salts, any::<[bool; 4]>()).prop_map(|(at, kind, texts, salts, erased)| {
        let kind = Kind::new(&kind).expect("made of the right letters");
        let mut entry = Entry::new(WallTime::from_ticks(at), kind, texts, salts.map(Salt));
        Group::ALL.into_iter().filter(|group| erased[group.position()]).for_each(|group| entry.details.erase(group));
        entry
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_is_read(entry in any_entry(), number in any::<u64>()) {
        prop_assert_eq!(Leaf::decode(&entry.leaf.encode()), Ok(entry.leaf.clone()));
        prop_assert_eq!(Details::decode(&entry.details.encode()), Ok(entry.details.clone()));
        let frame = decode_frame(&encode_frame(number, &entry), number).expect("our own frame");
        prop_assert_eq!(frame.entry, entry);
    }

    /// Whatever decodes is the one encoding of what it decodes to.
    #[test]
    fn no_second_encoding_decodes(
        entry in any_entry(), at in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<bool>(),
    ) {
        let change = |mut bytes: Vec<u8>| {
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = value }
            bytes
        };
        let leaf = change(entry.leaf.encode());
        if let Ok(read) = Leaf::decode(&leaf) { prop_assert_eq!(read.encode(), leaf) }
        let details = change(entry.details.encode());
        if let Ok(read) = Details::decode(&details) { prop_assert_eq!(read.encode(), details) }
        let note = change(Checkpoint::new("log", 90, entry.leaf.hash()).sign(&key()).encode().into_bytes());
        if let Ok(read) = SignedNote::decode(&note) {
            prop_assert_eq!(read.encode().into_bytes(), note);
            if let Ok(checkpoint) = Checkpoint::decode(&read.text) { prop_assert_eq!(checkpoint.encode(), read.text) }
        }
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = (Leaf::decode(&bytes), Details::decode(&bytes), SignedNote::decode(&bytes), decode_frame(&bytes, 0));
        let text = String::from_utf8_lossy(&bytes);
        let _ = (Checkpoint::decode(&text), canonical_object(&text));
    }
}

#[track_caller]
fn check_leaf(change: impl FnOnce(&mut Vec<u8>), expected: LeafError) {
    let mut bytes = entry(0).leaf.encode();
    change(&mut bytes);
    assert_eq!(Leaf::decode(&bytes), Err(expected));
}

#[test]
fn wrong_leaves_say_why() {
    check_leaf(|leaf| leaf[0] = 2, LeafError::Version { version: 2 });
    check_leaf(|leaf| leaf.push(0), LeafError::Length { expected: 147, actual: 148 });
    check_leaf(|leaf| leaf[9] = 10, LeafError::Length { expected: 148, actual: 147 });
    check_leaf(|leaf| leaf[10] = b'L', LeafError::Kind);
    check_leaf(|leaf| leaf.truncate(4), LeafError::Length { expected: 139, actual: 4 });
}

#[test]
fn wrong_checkpoints_say_where() {
    let root = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";
    let check =
        |text: &str, line| assert_eq!(Checkpoint::decode(text), Err(CheckpointError::Line { line }), "{text:?}");
    assert_eq!(Checkpoint::decode(&format!("log\n0\n{root}\n")), Ok(Checkpoint::new("log", 0, Hash([3; 32]))));
    check(&format!("\n0\n{root}\n"), 0);
    check(&format!("log\n00\n{root}\n"), 1);
    check(&format!("log\n+1\n{root}\n"), 1);
    check(&format!("log\n18446744073709551616\n{root}\n"), 1);
    check("log\n1\nAwMD\n", 2);
    check(&format!("log\n1\n{}\n", root.replace("M=", "N=")), 2);
    check(&format!("log\n1\n{root}\n\n"), 3);
    check(&format!("log\n1\n{root}"), 0);
}

#[test]
fn a_commitment_depends_on_all_its_parts() {
    let base = commitment(Group::Who, &Salt([0; 32]), "{}");
    assert_ne!(base, commitment(Group::Why, &Salt([0; 32]), "{}"));
    assert_ne!(base, commitment(Group::Who, &Salt([1; 32]), "{}"));
    assert_ne!(base, commitment(Group::Who, &Salt([0; 32]), "{ }"));
}

#[test]
fn erasing_a_group_leaves_the_rest_provable() {
    let mut entry = entry(3);
    let hash = entry.leaf.hash();
    entry.details.erase(Group::Who);
    assert_eq!((entry.details.fit(&entry.leaf), entry.leaf.hash()), (Ok(()), hash));
    assert_eq!(entry.details.text(Group::Who), None);
    let other = Disclosed { salt: Salt([0; 32]), text: "{}".to_owned() };
    let forged = Details::new([None, Some(other), None, None]);
    assert_eq!(forged.fit(&entry.leaf), Err(Group::What));
}

#[test]
fn objects_have_one_spelling() {
    let check = |text: &str, expected: &str| assert_eq!(canonical_object(text).as_deref(), Ok(expected));
    check("{}", "{}");
    check(
        r#" { "b" : [ 1 , {"z":null,"a":true} ] , "a" : "é\u0041\n" } "#,
        r#"{"a":"éA\n","b":[1,{"a":true,"z":null}]}"#,
    );
    check(r#"{"a":1,"a":2}"#, r#"{"a":2}"#);
    for text in ["", "[]", "1", "{} {}", "{", "null"] {
        assert!(canonical_object(text).is_err(), "{text}");
    }
}
