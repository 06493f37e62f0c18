//! The program as a stranger calls it: words, one closing line, exit code.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use candour_ledger::{
    CHECKPOINTS_FILE, Checkpoint, Entry, Group, JOURNAL_FILE, Kind, LogKey, Salt, Tree, VERIFIER_KEY_FILE, encode_frame,
};
use candour_seal::sealed;
use candour_units::WallTime;

const ORIGIN: &str = "candour.example/recorder/one";
/// A sealed segment that stays in the tree for ever.
const SEGMENT: &[u8] = include_bytes!("../../seal/tests/golden/segment-v1.bin");

/// A data directory: `log/` and `footage/`.
struct Data {
    root: tempfile::TempDir,
    key: LogKey,
    tree: Tree,
    journal: Vec<u8>,
    checkpoints: String,
}

impl Data {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir_all(root.path().join("log")).expect("made");
        fs::create_dir_all(root.path().join("footage/2026")).expect("made");
        let key = LogKey::from_seed(ORIGIN, &[7; 32]).expect("a name");
        let (tree, journal, checkpoints) = (Tree::new(), Vec::new(), String::new());
        Self { root, key, tree, journal, checkpoints }
    }

    fn add(mut self, kind: &str, sent: &str) -> Self {
        let texts = ["{}", r#"{"cameras":[]}"#, "{}", sent].map(str::to_owned);
        let number = self.tree.size();
        let salts = Group::ALL.map(|group| Salt([number as u8 * 4 + group.position() as u8; 32]));
        let entry = Entry::new(WallTime::EPOCH, Kind::new(kind).expect("a word"), texts, salts);
        self.journal.extend(encode_frame(number, &entry));
        self.tree.push(entry.leaf.hash());
        self.checkpoints += &Checkpoint::new(ORIGIN, self.tree.size(), self.tree.root()).sign(&self.key).encode();
        fs::write(self.path("log").join(JOURNAL_FILE), &self.journal).expect("written");
        fs::write(self.path("log").join(CHECKPOINTS_FILE), &self.checkpoints).expect("written");
        fs::write(self.path("log").join(VERIFIER_KEY_FILE), format!("{}\n", self.key.verifier())).expect("written");
        self
    }

    fn closed(self) -> Self {
        let summary = sealed::check_file(SEGMENT).expect("the golden segment is whole");
        let sent = format!(
            r#"{{"segments":[{{"bytes":{},"content_commitment":"{:064}","sealed_digest":"{}","segment":"{}"}}]}}"#,
            summary.bytes, 0, summary.sealed_digest, summary.segment
        );
        self.add("segments_closed", &sent)
    }

    fn deleted(self) -> Self {
        let sent = format!(r#"{{"rule":"31 days","segment":"{}"}}"#, segment());
        self.add("footage_deleted", &sent)
    }

    fn with_file(self, bytes: &[u8]) -> Self {
        fs::write(self.segment_file(), bytes).expect("written");
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn segment_file(&self) -> PathBuf {
        self.path("footage/2026").join(format!("{}.seg", segment()))
    }

    /// Flips one byte of a file.
    fn flip(&self, path: PathBuf, at: usize) {
        let mut bytes = fs::read(&path).expect("there");
        bytes[at] ^= 1;
        fs::write(path, bytes).expect("written");
    }

    #[track_caller]
    fn check(&self, command: &str, code: i32, closing: &str) -> String {
        let root = self.root.path().to_str().expect("a plain path");
        let arguments = command.split(' ').map(|word| word.replace("ROOT", root));
        run(arguments.collect(), code, closing)
    }
}

fn segment() -> String {
    sealed::check_file(SEGMENT).expect("the golden segment is whole").segment.to_string()
}

#[track_caller]
fn run(arguments: Vec<String>, code: i32, closing: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_candour-verify")).args(&arguments).output().expect("it starts");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
    assert_eq!(output.status.code(), Some(code), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains(closing), "{said}");
    said
}

#[test]
fn a_whole_log_verifies() {
    let data = Data::new().add("set_up", "{}").add("signed_in", "{}");
    let closing = format!("2 entries and 2 checkpoints verify; signed by {ORIGIN}, witnessed by nobody but its owner");
    let said = data.check("log ROOT/log", 0, &closing);
    assert!(said.contains("the key is the one in the copy"), "{said}");
    let key = data.key.verifier().to_string();
    let arguments = ["log", data.path("log").to_str().expect("a plain path"), "--key", &key].map(str::to_owned);
    assert_eq!(run(arguments.to_vec(), 0, &closing).lines().count(), 1);
}

#[test]
fn another_key_than_the_one_given_is_a_finding() {
    let data = Data::new().add("set_up", "{}");
    let other = LogKey::from_seed(ORIGIN, &[8; 32]).expect("a name").verifier().to_string();
    let said = data.check(&format!("log ROOT/log --key {other}"), 1, "does not verify, 2 findings");
    assert!(said.contains("the copy holds another key"), "{said}");
    data.check("log ROOT/log --key nonsense", 2, "--key is no verifier key");
}

#[test]
fn a_changed_byte_is_named() {
    let what = |data: &Data| {
        let text = br#"{"cameras":[]}"#;
        data.journal.windows(text.len()).rposition(|window| window == text).expect("it is there")
    };
    let data = Data::new().add("set_up", "{}").add("signed_in", "{}");
    data.flip(data.path("log/journal"), what(&data) + 3);
    data.check("log ROOT/log", 1, "entry 1 was changed: its 'what' does not fit its commitment");

    let data = Data::new().add("set_up", "{}").add("signed_in", "{}");
    data.flip(data.path("log/checkpoints"), data.checkpoints.len() - 9);
    data.check("log ROOT/log", 1, "checkpoint 1 was changed: the signature by");

    let data = Data::new().add("set_up", "{}");
    for at in 0..data.key.verifier().to_string().len() + 1 {
        data.flip(data.path("log/verifier.key"), at);
        data.check("log ROOT/log", 1, "the key file verifier.key was changed");
        data.flip(data.path("log/verifier.key"), at);
    }
    data.check("log ROOT/log", 0, "1 entry and 1 checkpoint verify");
}

#[test]
fn what_cannot_be_read_is_told_apart() {
    let data = Data::new().add("set_up", "{}");
    data.check("log ROOT/nowhere", 2, "cannot be read");
    data.check("log", 2, "say which directory");
    fs::remove_file(data.path("log/journal")).expect("there");
    data.check("log ROOT/log", 2, "cannot be opened");
    data.check("--help", 0, "Exit code");
}

#[test]
fn segments_are_held_against_the_log() {
    let whole = Data::new().closed().with_file(SEGMENT);
    whole.check("all ROOT", 0, "1 segment with");
    whole.check("segments ROOT/footage --log ROOT/log", 0, "are as they were closed, 0 are deleted by certificate");

    for at in (0..SEGMENT.len()).step_by(SEGMENT.len() / 40 + 1) {
        let changed = Data::new().closed().with_file(SEGMENT);
        changed.flip(changed.segment_file(), at);
        changed.check("all ROOT", 1, &format!("segment {} was changed: damaged at byte", segment()));
    }
    let cut = Data::new().closed().with_file(&SEGMENT[..SEGMENT.len() - 1]);
    cut.check("all ROOT", 1, "its end was cut off");
    Data::new().closed().check("all ROOT", 1, "missing footage: entry 0 says that it was closed");
    Data::new().closed().deleted().check("all ROOT", 0, "1 is deleted by certificate");
    Data::new().closed().deleted().with_file(SEGMENT).check("all ROOT", 1, "entry 1 certifies its deletion");
}

#[test]
fn a_segment_that_the_log_does_not_know_is_only_noted() {
    let data = Data::new().add("set_up", "{}").with_file(&SEGMENT[..SEGMENT.len() - 1]);
    fs::write(data.path("footage/lock"), b"").expect("written");
    let said = data.check("all ROOT", 0, "0 segments");
    assert!(said.contains("1 segment file is not in the log: not yet closed, or unknown"), "{said}");

    let other = sealed::check_file(SEGMENT).expect("whole");
    let forged = format!(
        r#"{{"segments":[{{"bytes":{},"content_commitment":"","sealed_digest":"{:064}","segment":"{}"}}]}}"#,
        other.bytes, 0, other.segment
    );
    let data = Data::new().add("segments_closed", &forged).with_file(SEGMENT);
    data.check("all ROOT", 1, "not the one whose sealed digest is in entry 0");
}

#[test]
fn an_erased_entry_about_segments_is_noted() {
    let data = Data::new().add("segments_closed", r#"{"later":"format"}"#);
    let said = data.check("all ROOT", 0, "0 segments");
    assert!(said.contains("entry 0 does not say which segments it is about"), "{said}");
}
