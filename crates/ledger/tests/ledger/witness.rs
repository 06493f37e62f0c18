use candour_ledger::{
    AddCheckpoint, Answer, Checkpoint, CosigningKey, KeyError, LogKey, MemoryNodes, NoteError, Refusal,
    SIZE_CONTENT_TYPE, SignedNote, VerifierKey, WitnessKey, judge, leaf_hash, prove_consistency, read_answer, root_of,
};
use candour_units::Hash;
use proptest::prelude::*;

use crate::sample::{ORIGIN, key};

fn witness() -> CosigningKey {
    CosigningKey::from_seed("witness.example/w1", &[9; 32]).expect("a name")
}

/// A log whose leaf `changed` (if there is one) is another than everybody else's.
fn log(size: u64, changed: Option<u64>) -> MemoryNodes {
    let mut nodes = MemoryNodes::new();
    for number in 0..size {
        let salt = if changed == Some(number) { 1_u64 << 40 } else { 0 };
        nodes.push(leaf_hash(&(number + salt).to_be_bytes()));
    }
    nodes
}

fn checkpoint(nodes: &MemoryNodes, size: u64) -> Checkpoint {
    Checkpoint::new(ORIGIN, size, root_of(nodes, size).expect("held"))
}

fn ask(nodes: &MemoryNodes, old: u64, size: u64) -> AddCheckpoint {
    let proof = if old <= size { prove_consistency(nodes, old, size).expect("held") } else { Vec::new() };
    AddCheckpoint { old, proof, note: checkpoint(nodes, size).sign(&key()) }
}

/// The body as the protocol's page has it, by hand.
#[test]
fn a_call_is_written_line_by_line() {
    let call = AddCheckpoint {
        old: 20,
        proof: vec![Hash([0; 32]), Hash([255; 32])],
        note: Checkpoint::new(ORIGIN, 21, Hash([1; 32])).sign(&key()),
    };
    let expected = format!(
        "old 20\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n//////////////////////////////////////////8=\n\n{}",
        call.note.encode()
    );
    assert_eq!(call.encode(), expected);
    assert_eq!(AddCheckpoint::decode(expected.as_bytes()), Ok(call));
}

#[test]
fn a_witness_follows_one_log_and_no_other() {
    let (honest, forked) = (log(40, None), log(40, Some(3)));
    let (key, known) = (key(), checkpoint(&honest, 10));
    let judged = |asked: &AddCheckpoint, known: Option<&Checkpoint>| judge(asked, key.verifier(), known);
    assert_eq!(judged(&ask(&honest, 0, 10), None), Ok(known.clone()));
    assert_eq!(judged(&ask(&honest, 10, 30), Some(&known)), Ok(checkpoint(&honest, 30)));
    assert_eq!(judged(&ask(&honest, 10, 10), Some(&known)), Ok(known.clone()), "the same again, for a newer time");

    assert_eq!(judged(&ask(&honest, 5, 30), Some(&known)), Err(Refusal::Size { known: 10 }));
    assert_eq!(judged(&ask(&honest, 0, 30), Some(&known)), Err(Refusal::Size { known: 10 }));
    assert_eq!(judged(&ask(&honest, 5, 5), Some(&known)), Err(Refusal::Size { known: 10 }), "rolled back");
    assert_eq!(judged(&ask(&honest, 10, 5), Some(&known)), Err(Refusal::OldBeyond { old: 10, size: 5 }));
    assert_eq!(judged(&ask(&forked, 10, 10), Some(&known)), Err(Refusal::Fork { size: 10 }));
    assert_eq!(judged(&ask(&forked, 10, 30), Some(&known)), Err(Refusal::Proof));
    let mut long = ask(&honest, 0, 10);
    long.proof.push(Hash([1; 32]));
    assert_eq!(judged(&long, None), Err(Refusal::Proof));

    let other = LogKey::from_seed(ORIGIN, &[8; 32]).expect("a name");
    let unsigned = AddCheckpoint { note: checkpoint(&honest, 10).sign(&other), ..ask(&honest, 0, 10) };
    assert_eq!(judged(&unsigned, None), Err(Refusal::Unsigned));
    let foreign =
        AddCheckpoint { note: Checkpoint::new("other.example", 1, Hash([1; 32])).sign(&key), ..ask(&honest, 0, 10) };
    assert_eq!(judged(&foreign, None), Err(Refusal::UnknownLog { origin: "other.example".to_owned() }));
}

#[test]
fn an_answer_is_a_cosignature_or_says_what_is_wrong() {
    let (honest, witness) = (log(40, None), witness());
    let asked = ask(&honest, 10, 30);
    let answer = |status, kind: &str, body: &str| read_answer(&asked, witness.witness(), status, kind, body.as_bytes());
    let signature = witness.cosign(&asked.note.text, 1_795_461_180);
    let line = |signature: candour_ledger::NoteSignature| signature.line();
    let good = line(signature.clone());
    assert_eq!(answer(200, "", &good), Answer::Cosigned { signature: signature.clone(), at: 1_795_461_180 });
    let other = CosigningKey::from_seed("other.example", &[3; 32]).expect("a name").cosign(&asked.note.text, 5);
    let both = line(other.clone()) + &good;
    assert_eq!(answer(200, "", &both), Answer::Cosigned { signature: signature.clone(), at: 1_795_461_180 });
    let mut broken = signature.clone();
    broken.bytes[0] ^= 1; // the time
    for body in [line(broken), line(other), String::new(), "hello\n".to_owned()] {
        assert_eq!(answer(200, "", &body), Answer::Refused { status: 200 }, "{body}");
    }
    assert_eq!(answer(409, SIZE_CONTENT_TYPE, "12\n"), Answer::From { size: 12 });
    assert_eq!(answer(409, SIZE_CONTENT_TYPE, "31\n"), Answer::Ahead { size: 31 });
    for (kind, body) in
        [("text/plain", "12\n"), (SIZE_CONTENT_TYPE, "12"), (SIZE_CONTENT_TYPE, "012\n"), (SIZE_CONTENT_TYPE, "10\n")]
    {
        assert_eq!(answer(409, kind, body), Answer::Refused { status: 409 }, "{kind} {body}");
    }
    assert_eq!(answer(422, "", ""), Answer::Conflict);
    let same = ask(&honest, 30, 30);
    assert_eq!(read_answer(&same, witness.witness(), 409, "text/plain", b""), Answer::Conflict);
    for status in [400, 403, 404, 500, 302] {
        assert_eq!(answer(status, "", ""), Answer::Refused { status });
    }
}

#[test]
fn a_cosignature_holds_for_its_text_and_time_alone() {
    let (witness, checkpoint) = (witness(), Checkpoint::new(ORIGIN, 42, Hash([3; 32])));
    let mut note = checkpoint.sign(&key());
    assert_eq!(
        witness.witness().cosigned_at(&note),
        Err(NoteError::Unsigned { name: "witness.example/w1".to_owned() })
    );
    note.signatures.push(witness.cosign(&note.text, 1000));
    let read = SignedNote::decode(note.encode().as_bytes()).expect("a note");
    assert_eq!(witness.witness().cosigned_at(&read), Ok(1000));
    assert_eq!(Checkpoint::open(note.encode().as_bytes(), key().verifier()), Ok(checkpoint));
    for at in 0..72 {
        let mut changed = note.clone();
        changed.signatures[1].bytes[at] ^= 1;
        assert!(witness.witness().cosigned_at(&changed).is_err(), "byte {at}");
    }
    let mut other = note.clone();
    other.text = Checkpoint::new(ORIGIN, 43, Hash([3; 32])).encode();
    assert!(witness.witness().cosigned_at(&other).is_err());
}

#[test]
fn keys_of_logs_and_of_witnesses_are_not_taken_for_each_other() {
    let (witness, log) = (witness(), key());
    assert_eq!(WitnessKey::parse(&witness.witness().to_string()).as_ref(), Ok(witness.witness()));
    let again = CosigningKey::parse(&witness.to_private_text()).map(|key| key.witness().clone());
    assert_eq!(again.as_ref(), Ok(witness.witness()));
    assert_eq!(WitnessKey::parse(&log.verifier().to_string()), Err(KeyError::Key));
    assert_eq!(VerifierKey::parse(&witness.witness().to_string()), Err(KeyError::Key));
    assert!(LogKey::parse(&witness.to_private_text()).is_err());
    assert!(CosigningKey::parse(&log.to_private_text()).is_err());
}

/// The other implementation reads the note with the witness's line in it and passes that line over, as it must.
#[test]
fn another_implementation_reads_a_cosigned_checkpoint() {
    use signed_note::{Note, StandardVerifier, VerifierList};
    let mut note = Checkpoint::new(ORIGIN, 42, Hash([3; 32])).sign(&key());
    note.signatures.push(witness().cosign(&note.text, 1000));
    let theirs = Note::from_bytes(note.encode().as_bytes()).expect("they read our note");
    let verifier = StandardVerifier::new(&key().verifier().to_string()).expect("they read our key");
    let (good, other) = theirs.verify(&VerifierList::new(vec![Box::new(verifier)])).expect("they accept our signature");
    assert_eq!((good.len(), other.len()), (1, 1));
    // The key id is theirs to compute too: name, line feed, type and key.
    let key: Vec<u8> = {
        let text = witness().witness().to_string();
        let (_, encoded) = text.rsplit_once('+').expect("three parts");
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).expect("base64")
    };
    assert_eq!(other[0].id(), signed_note::key_id("witness.example/w1", &key));
}

proptest! {
    #[test]
    fn any_body_is_a_call_or_refused(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = AddCheckpoint::decode(&body);
    }

    #[test]
    fn a_cut_call_never_becomes_another(cut in any::<prop::sample::Index>()) {
        let whole = ask(&log(40, None), 10, 30);
        let body = whole.encode();
        let cut = cut.index(body.len());
        if let Ok(read) = AddCheckpoint::decode(&body.as_bytes()[..cut]) {
            prop_assert!(judge(&read, key().verifier(), None).is_err());
        }
    }
}
