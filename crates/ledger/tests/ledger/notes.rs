use candour_ledger::{Checkpoint, CheckpointError, KeyError, LogKey, NoteError, SignedNote, VerifierKey};
use candour_units::Hash;
use signed_note::{Note, Signer, StandardSigner, StandardVerifier, Verifier, VerifierList};

use crate::sample::{ORIGIN, key};

#[test]
fn our_checkpoint_satisfies_another_implementation() {
    let note = Checkpoint::new(ORIGIN, 42, Hash([3; 32])).sign(&key()).encode();
    let verifier = StandardVerifier::new(&key().verifier().to_string()).expect("they read our verifier key");
    assert_eq!((verifier.name(), verifier.key_id()), (ORIGIN, key().verifier().id()));
    let theirs = Note::from_bytes(note.as_bytes()).expect("they read our note");
    let (good, other) = theirs.verify(&VerifierList::new(vec![Box::new(verifier)])).expect("they accept our signature");
    assert_eq!((good.len(), other.len()), (1, 0));
    assert_eq!(theirs.to_bytes(), note.as_bytes());
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(theirs.text()).expect("they read our checkpoint");
    assert_eq!((checkpoint.origin(), checkpoint.size(), checkpoint.hash().0), (ORIGIN, 42, [3; 32]));
}

#[test]
fn another_implementations_checkpoint_satisfies_us() {
    let signer = StandardSigner::new(&key().to_private_text()).expect("they read our private key");
    let text =
        tlog_tiles::Checkpoint::new(ORIGIN, 7, tlog_tiles::Hash([9; 32]), "later 1\n").expect("valid").to_bytes();
    let mut note = Note::new(&text, &[]).expect("valid");
    note.add_sigs(&[&signer as &dyn Signer]).expect("signs");
    let expected = Checkpoint { extensions: vec!["later 1".to_owned()], ..Checkpoint::new(ORIGIN, 7, Hash([9; 32])) };
    assert_eq!(Checkpoint::open(&note.to_bytes(), key().verifier()), Ok(expected.clone()));
    // Ed25519 is deterministic: both wrote the same bytes.
    assert_eq!(expected.sign(&key()).encode().as_bytes(), note.to_bytes());
}

#[test]
fn a_witness_may_sign_below_us() {
    let checkpoint = Checkpoint::new(ORIGIN, 1, Hash([1; 32]));
    let mut note = checkpoint.sign(&key());
    let witness = LogKey::from_seed("witness.example/w", &[8; 32]).expect("a name");
    note.signatures.insert(0, SignedNote::sign(note.text.clone(), &witness).signatures.remove(0));
    assert_eq!(Checkpoint::open(note.encode().as_bytes(), key().verifier()), Ok(checkpoint));
    assert_eq!(note.verify(witness.verifier()), Ok(()));
}

#[test]
fn another_key_is_not_ours() {
    let note = Checkpoint::new(ORIGIN, 1, Hash([1; 32])).sign(&key());
    let other = LogKey::from_seed(ORIGIN, &[9; 32]).expect("a name");
    assert_eq!(note.verify(other.verifier()), Err(NoteError::Unsigned { name: ORIGIN.to_owned() }));
    let foreign = Checkpoint::new("other.example/log", 1, Hash([1; 32])).sign(&key()).encode();
    let expected = CheckpointError::Origin { expected: ORIGIN.to_owned(), found: "other.example/log".to_owned() };
    assert_eq!(Checkpoint::open(foreign.as_bytes(), key().verifier()), Err(expected));
}

/// A key text with any one byte changed is refused, or (a base64 or hex digit of the id changed together is impossible
/// with one byte) never read as another key.
#[test]
fn a_flipped_byte_in_a_key_is_found() {
    let (public, private) = (key().verifier().to_string(), key().to_private_text());
    for at in 0..public.len() {
        for bit in 0..7 {
            let mut bytes = public.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let text = String::from_utf8(bytes).expect("ASCII stays ASCII");
            assert!(VerifierKey::parse(&text).is_err(), "byte {at} bit {bit}: {text}");
        }
    }
    for at in 0..private.len() {
        let mut bytes = private.clone().into_bytes();
        bytes[at] ^= 1;
        let text = String::from_utf8(bytes).expect("ASCII stays ASCII");
        assert!(LogKey::parse(&text).is_err(), "byte {at}");
    }
    assert_eq!(VerifierKey::parse(&public).as_ref(), Ok(key().verifier()));
    assert_eq!(LogKey::parse(&private).map(|read| read.to_private_text()), Ok(private));
}

#[test]
fn names_that_would_break_a_note_are_refused() {
    for name in ["", "two words", "plus+sign", "line\nfeed", "\u{a0}"] {
        assert_eq!(LogKey::from_seed(name, &[1; 32]).err(), Some(KeyError::Name), "{name:?}");
    }
}
