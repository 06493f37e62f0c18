//! A log and a witness over real HTTP, and the witness's memory over real files.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use candour_durable::{Disk, Fault, Script};
use candour_ledger::{
    AddCheckpoint, Answer, Checkpoint, LogKey, MemoryNodes, Refusal, SignedNote, leaf_hash, prove_consistency, root_of,
};
use candour_witness::{Client, ClientError, Memory, MemoryError, Refused, router};

const ORIGIN: &str = "candour.example/recorder/one";
const NAME: &str = "witness.example/w";
const AT: u64 = 1_795_461_180;

fn key() -> LogKey {
    LogKey::from_seed(ORIGIN, &[7; 32]).expect("a name")
}

/// A call for a log of `size` entries; `fork` is one that is another than in everybody else's.
fn ask(old: u64, size: u64, fork: Option<u64>) -> AddCheckpoint {
    let mut nodes = MemoryNodes::new();
    for number in 0..size {
        nodes.push(leaf_hash(if fork == Some(number) { b"another" } else { b"entry" }));
    }
    let proof = if old <= size { prove_consistency(&nodes, old, size).expect("held") } else { Vec::new() };
    let root = root_of(&nodes, size).expect("held");
    AddCheckpoint { old, proof, note: Checkpoint::new(ORIGIN, size, root).sign(&key()) }
}

fn open(directory: &Path, disk: &Disk) -> Result<Memory, MemoryError> {
    Memory::open(disk, directory, NAME, || [9; 32], vec![key().verifier().clone()])
}

fn add(memory: &Memory, asked: &AddCheckpoint) -> Result<(), Refused> {
    memory.add_checkpoint(asked.encode().as_bytes(), AT).map(drop)
}

#[test]
fn it_remembers_over_a_restart_and_refuses_roll_back_and_fork() {
    let directory = tempfile::tempdir().expect("a directory");
    let disk = Disk::real();
    let memory = open(directory.path(), &disk).expect("a new memory");
    let key = memory.witness().clone();
    assert!(open(directory.path(), &disk).is_err(), "one process at a time");
    add(&memory, &ask(0, 10, None)).expect("the first");
    drop(memory);
    for _ in 0..2 {
        let memory = open(directory.path(), &disk).expect("the same memory");
        assert_eq!(memory.witness(), &key);
        let refused = |asked: AddCheckpoint| match add(&memory, &asked) {
            Err(Refused::Judged(refusal)) => refusal,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(ask(0, 5, None)), Refusal::Size { known: 10 });
        assert_eq!(refused(ask(0, 20, None)), Refusal::Size { known: 10 });
        assert_eq!(refused(ask(10, 20, Some(3))), Refusal::Proof);
        assert_eq!(refused(ask(10, 10, Some(3))), Refusal::Fork { size: 10 });
    }
    let memory = open(directory.path(), &disk).expect("the same memory");
    add(&memory, &ask(10, 20, None)).expect("what continues it");
    let other = Memory::open(&disk, &directory.path().join("two"), "two words", || [1; 32], Vec::new());
    assert!(matches!(other, Err(MemoryError::Key { .. })), "not a name");
    drop(memory);
    let renamed = Memory::open(&disk, directory.path(), "another.example", || [9; 32], Vec::new()).map(drop);
    assert!(matches!(renamed, Err(MemoryError::OtherName { .. })), "{renamed:?}");
}

#[test]
fn what_it_remembers_is_checked_when_it_starts() {
    let directory = tempfile::tempdir().expect("a directory");
    let memory = open(directory.path(), &Disk::real()).expect("a new memory");
    add(&memory, &ask(0, 10, None)).expect("the first");
    drop(memory);
    let path = directory.path().join(format!("{:08x}.note", key().verifier().id()));
    let whole = fs::read(&path).expect("it is there");
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).expect("written");
        let opened = open(directory.path(), &Disk::real()).map(drop);
        assert!(matches!(opened, Err(MemoryError::Changed { .. })), "byte {at}: {opened:?}");
    }
    fs::write(&path, &whole).expect("written");
    open(directory.path(), &Disk::real()).expect("whole again");
}

/// Whatever the disk does: no cosignature is given that a restart does not know of.
#[test]
fn nothing_is_cosigned_that_is_not_remembered() {
    for call in 0..8 {
        for fault in
            [Fault::Before(ErrorKind::StorageFull), Fault::After(ErrorKind::Other), Fault::Partial(7, ErrorKind::Other)]
        {
            let directory = tempfile::tempdir().expect("a directory");
            let script = Arc::new(Script::new());
            let memory = open(directory.path(), &Disk::with_faults(script.clone())).expect("a new memory");
            add(&memory, &ask(0, 10, None)).expect("the first");
            script.fail_call(script.calls().len() + call, fault);
            let second = add(&memory, &ask(10, 20, None));
            drop(memory);
            let memory = open(directory.path(), &Disk::real()).expect("a restart");
            let known = match add(&memory, &ask(0, 30, None)) {
                Err(Refused::Judged(Refusal::Size { known })) => known,
                other => panic!("{other:?}"),
            };
            // One that could not be kept may have been: then the log is told so, and asks from there.
            assert!(known == 20 || (known == 10 && second.is_err()), "call {call}, {fault:?}: {known}");
        }
    }
}

async fn serve(memory: Memory) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router(Arc::new(memory), || AT)).await });
    address
}

#[tokio::test]
async fn the_log_asks_and_is_answered() {
    let directory = tempfile::tempdir().expect("a directory");
    let memory = open(directory.path(), &Disk::real()).expect("a new memory");
    let witness = memory.witness().clone();
    let client = Client::new(&serve(memory).await, witness.clone()).expect("a client");
    let asked = ask(0, 10, None);
    let Ok(Answer::Cosigned { signature, at: AT }) = client.add_checkpoint(&asked).await else {
        panic!("not cosigned")
    };
    let mut note = asked.note.clone();
    note.signatures.push(signature);
    let kept = fs::read(directory.path().join(format!("{:08x}.note", key().verifier().id()))).expect("it is there");
    assert_eq!(SignedNote::decode(&kept), Ok(note), "what was given is what is remembered");

    let answer = async |old, size, fork| client.add_checkpoint(&ask(old, size, fork)).await.expect("an answer");
    assert_eq!(answer(0, 20, None).await, Answer::From { size: 10 });
    assert_eq!(answer(0, 5, None).await, Answer::Ahead { size: 10 });
    assert_eq!(answer(10, 20, Some(3)).await, Answer::Conflict);
    assert_eq!(answer(10, 10, Some(3)).await, Answer::Conflict);
    assert!(matches!(answer(10, 20, None).await, Answer::Cosigned { .. }));
    let foreign = Checkpoint::new("other.example", 1, leaf_hash(b"entry")).sign(&key());
    let foreign = AddCheckpoint { old: 0, proof: Vec::new(), note: foreign };
    assert_eq!(client.add_checkpoint(&foreign).await.expect("an answer"), Answer::Refused { status: 404 });
}

#[tokio::test]
async fn a_witness_that_is_away_is_an_error_and_another_in_its_place_counts_for_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let memory = open(directory.path(), &Disk::real()).expect("a new memory");
    let other = candour_ledger::CosigningKey::from_seed(NAME, &[1; 32]).expect("a name").witness().clone();
    let client = Client::new(&serve(memory).await, other.clone()).expect("a client");
    let answer = client.add_checkpoint(&ask(0, 10, None)).await.expect("an answer");
    assert_eq!(answer, Answer::Refused { status: 200 });
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let client = Client::new(&format!("http://{closed}/"), other).expect("a client");
    assert!(matches!(client.add_checkpoint(&ask(0, 10, None)).await, Err(ClientError::Unreachable { .. })));
}
