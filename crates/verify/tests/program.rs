//! The program as a stranger calls it: words, one closing line, exit code.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use candour_ledger::{
    CHECKPOINTS_FILE, Certificate, CertificateProof, Checkpoint, CosigningKey, Entry, Group, JOURNAL_FILE, Journal,
    Kind, LogKey, MemoryNodes, Next, Nodes as _, Salt, Tile, TileKind, Tree, VERIFIER_KEY_FILE, encode_bundle,
    encode_frame, prove_inclusion,
};
use candour_seal::sealed;
use candour_units::{CameraId, Hash, PurposeId, SegmentId, StreamId, WallRange, WallTime};

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

    fn add(self, kind: &str, sent: &str) -> Self {
        self.add_about(kind, r#"{"cameras":[]}"#, sent)
    }

    fn add_about(mut self, kind: &str, what: &str, sent: &str) -> Self {
        let texts = ["{}", what, "{}", sent].map(str::to_owned);
        let number = self.tree.size();
        let salts = Group::ALL.map(|group| Salt([(number as u8).wrapping_mul(4) + group.position() as u8; 32]));
        let entry = Entry::new(at(90_000), Kind::new(kind).expect("a word"), texts, salts);
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

    /// One entry with these certificates, as a recorder writes it.
    fn certified(self, all: &[Certificate]) -> Self {
        let texts: Vec<_> = all.iter().map(Certificate::text).collect();
        let hashes: Vec<_> = all.iter().map(|one| format!("\"{}\"", one.commitment())).collect();
        let what = format!(r#"{{"cameras":[],"certificates":[{}]}}"#, texts.join(","));
        self.add_about("footage_deleted", &what, &format!(r#"{{"certificates":[{}]}}"#, hashes.join(",")))
    }

    /// The file of a certificate in an entry of this log.
    fn file_of(&self, certificate: &Certificate, index: u64) -> PathBuf {
        let (mut journal, mut nodes) = (Journal::new(&self.journal[..]), MemoryNodes::new());
        let mut found = None;
        while let Next::Frame { frame, .. } = journal.next_frame().expect("bytes") {
            nodes.push(frame.leaf_hash);
            found = if frame.number == index { Some(frame) } else { found };
        }
        let entry = found.expect("it is there").entry;
        let proof = CertificateProof {
            certificate: certificate.clone(),
            index,
            sent: entry.details.group(Group::Sent).expect("there").clone(),
            leaf: entry.leaf,
            path: prove_inclusion(&nodes, index, self.tree.size()).expect("inside"),
            checkpoint: Checkpoint::new(ORIGIN, self.tree.size(), self.tree.root()).sign(&self.key).encode(),
            verifier_key: self.key.verifier().to_string(),
        };
        fs::write(self.path("certificate.json"), proof.encode()).expect("written");
        self.path("certificate.json")
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

/// Seconds after the start of 2027.
fn at(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(1_798_761_600 + seconds)
}

/// The certificate of the golden segment.
fn certificate() -> Certificate {
    let of = sealed::check_file(SEGMENT).expect("the golden segment is whole");
    Certificate {
        segment: of.segment,
        camera: CameraId::from_bytes([2; 16]),
        stream: StreamId::from_bytes([3; 16]),
        interval: WallRange { start: at(0), end: at(60) },
        bytes: of.bytes,
        rule: "Kept for 1 day from capture, as promised for: theft".to_owned(),
        rule_id: "purpose_end".to_owned(),
        purpose: Some(PurposeId::from_bytes([4; 16])),
        policy: Some(Hash([5; 32])),
        sealed_digest: Some(of.sealed_digest),
        due: at(86_400),
        intended_at: at(86_401),
        unreadable_at: at(86_402),
        unlinked_at: at(86_403),
        backups_until: None,
    }
}

/// That of a neighbour in the same batch.
fn neighbour() -> Certificate {
    Certificate {
        segment: SegmentId::from_bytes([9; 16]),
        interval: WallRange { start: at(60), end: at(120) },
        ..certificate()
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

#[test]
fn a_certificate_is_told_in_full() {
    let data = Data::new().closed().certified(&[neighbour(), certificate()]);
    let unsaid = "that nobody had copied the footage";
    let said = data.check(&format!("certificate ROOT {}", segment()), 0, "1 certificate is in the log");
    for words in ["Kept for 1 day", "(purpose_end)", "as logged in entry 0", "not claimed yet", "log entry   1", unsaid]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains(&neighbour().segment.to_string()), "{said}");
    let camera = certificate().camera;
    let asked = format!("certificate ROOT --camera {camera} --at 2027-01-01T00:01:30Z");
    let said = data.check(&asked, 0, "1 certificate is in the log");
    assert!(said.contains(&neighbour().segment.to_string()), "{said}");

    let began = at(90_001);
    let rotated = format!(r#"{{"began_90k":{},"ended_90k":{}}}"#, began.ticks(), began.ticks() + 90_000);
    let early = format!(r#"{{"began_90k":{0},"ended_90k":{0}}}"#, certificate().unreadable_at.ticks() - 1);
    let data =
        Data::new().closed().certified(&[certificate()]).add("epoch_rotated", &early).add("epoch_rotated", &rotated);
    let said = data.check(&format!("certificate ROOT {}", segment()), 0, "1 certificate is in the log");
    assert!(
        said.contains(&format!("claimed from {}, when the epoch key was replaced (entry 3)", at(90_002))),
        "{said}"
    );
    let said = data.check(&format!("certificate ROOT {} --json", segment()), 0, "");
    let json: serde_json::Value = serde_json::from_str(&said).expect("one object");
    assert_eq!((&json["verifies"], &json["certificates"][0]["closed_in_entry"]), (&true.into(), &0.into()));
    assert_eq!(json["certificates"][0]["erased_in_entry"], 3);
    assert!(json["does_not_prove"].as_array().expect("a list").len() >= 4);
}

#[test]
fn a_certificate_that_does_not_fit_is_a_finding() {
    let both = |data: &Data, closing: &str| {
        data.check(&format!("certificate ROOT {}", segment()), 1, closing);
        data.check("all ROOT", 1, closing);
    };
    let wrong = Certificate { sealed_digest: Some(Hash([1; 32])), ..certificate() };
    both(&Data::new().closed().certified(&[wrong]), "names another digest than entry 0, which closed it");
    let wrong = Certificate { unlinked_at: certificate().due, ..certificate() };
    both(&Data::new().closed().certified(&[wrong]), "out of order: unreadable_at_90k lies after unlinked_at_90k");
    both(&Data::new().closed().certified(&[certificate()]).with_file(SEGMENT), "");
    let data = Data::new().closed().certified(&[certificate()]);
    data.check(&format!("certificate ROOT {}", "0".repeat(32)), 1, "the log has no certificate of segment");
    let what = format!(r#"{{"cameras":[],"certificates":[{}]}}"#, certificate().text());
    let sent = format!(r#"{{"certificates":["{}"]}}"#, neighbour().commitment());
    let data = Data::new().closed().add_about("footage_deleted", &what, &sent);
    data.check("all ROOT", 1, "entry 1: its certificates are not those that its list commits to");
}

#[test]
fn a_file_that_was_left_is_looked_for_where_one_says() {
    let data = Data::new().closed().certified(&[certificate()]);
    let elsewhere = data.path("elsewhere/footage/ab");
    fs::create_dir_all(&elsewhere).expect("made");
    data.check(&format!("certificate ROOT {}", segment()), 0, "in the log");
    fs::write(elsewhere.join(format!("{}.seg", segment())), b"x").expect("written");
    let asked = format!("certificate ROOT {} --footage ROOT/footage --footage ROOT/elsewhere", segment());
    data.check(&asked, 1, "is certified as deleted, and");
}

#[test]
fn a_certificate_file_is_checked_without_the_recorder() {
    let data = Data::new().closed().certified(&[neighbour(), certificate()]).add("signed_in", "{}");
    let file = data.file_of(&certificate(), 1);
    let text = fs::read_to_string(&file).expect("there");
    assert!(!text.contains(&neighbour().segment.to_string()), "{text}");
    fs::remove_dir_all(data.path("log")).expect("there");
    let good = format!("is in entry 1 of the 3 entries that {ORIGIN} signed");
    let said = data.check("certificate ROOT/certificate.json", 0, &good);
    assert!(said.contains("the key is the one in the file") && said.contains("A certificate does not prove"), "{said}");
    let key = data.key.verifier().to_string();
    data.check(&format!("certificate ROOT/certificate.json --key {key}"), 0, &good);
    let other = LogKey::from_seed(ORIGIN, &[8; 32]).expect("a name").verifier().to_string();
    data.check(&format!("certificate ROOT/certificate.json --key {other}"), 1, "the checkpoint does not verify");
    fs::write(&file, text.replacen("\"bytes\": ", "\"bytes\": 1", 1)).expect("written");
    data.check("certificate ROOT/certificate.json", 1, "the certificate was changed");
    fs::write(&file, "{}").expect("written");
    data.check("certificate ROOT/certificate.json", 1, "this is no certificate file");
    data.check("certificate ROOT/nothing.json", 2, "cannot be read");
}

/// Exit code and all words.
fn told(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_candour-verify")).args(arguments).output().expect("it starts");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
    (output.status.code().expect("it ends by itself"), said)
}

/// The log of somebody who made it anew with other entries, under the same key.
fn forked(entries: usize) -> Data {
    (0..entries).fold(Data::new(), |data, at| data.add("look_live", if at == 1 { r#"{"other":1}"# } else { "{}" }))
}

fn honest(entries: usize) -> Data {
    (0..entries).fold(Data::new(), |data, _| data.add("look_live", "{}"))
}

fn witness() -> CosigningKey {
    CosigningKey::from_seed("witness.example/w", &[3; 32]).expect("a name")
}

impl Data {
    /// The newest checkpoint as a witness gives it back.
    fn cosigned(&self) -> String {
        let mut note = Checkpoint::new(ORIGIN, self.tree.size(), self.tree.root()).sign(&self.key);
        note.signatures.push(witness().cosign(&note.text, 1_795_461_180));
        note.encode()
    }

    /// The log as it is served.
    fn mirror(&self) -> PathBuf {
        let (mut journal, mut nodes, mut leaves) = (Journal::new(&self.journal[..]), MemoryNodes::new(), Vec::new());
        while let Next::Frame { frame, .. } = journal.next_frame().expect("memory can be read") {
            nodes.push(frame.leaf_hash);
            leaves.push(frame.entry.leaf.encode());
        }
        let mirror = self.path("mirror");
        for tile in Tile::all(self.tree.size()) {
            let range = tile.first()..tile.first() + tile.width();
            let bytes = match tile.kind() {
                TileKind::Entries => encode_bundle(&leaves[range.start as usize..range.end as usize]),
                TileKind::Hashes(level) => {
                    range.flat_map(|at| nodes.node(8 * u32::from(level), at).expect("held").0).collect()
                }
            };
            let path = mirror.join("tile").join(tile.to_string());
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(path, bytes).expect("written");
        }
        let note = Checkpoint::new(ORIGIN, self.tree.size(), self.tree.root()).sign(&self.key).encode();
        fs::write(mirror.join("checkpoint"), note).expect("written");
        fs::write(mirror.join("key"), format!("{}\n", self.key.verifier())).expect("written");
        mirror
    }
}

#[test]
fn a_witness_says_up_to_which_entry() {
    let data = honest(3);
    let (log, key) = (data.path("log"), witness().witness().to_string());
    fs::create_dir_all(log.join("cosigned")).expect("made");
    fs::write(log.join("cosigned/00000001.note"), data.cosigned()).expect("written");
    let data = data.add("look_ended", "{}");
    let log = log.to_str().expect("text");
    let (code, words) = told(&["log", log, "--witness", &key]);
    assert_eq!(code, 0, "{words}");
    let expected = format!("signed by {ORIGIN}, witnessed up to entry 2 by witness.example/w at 2026-");
    assert!(words.contains(&expected), "{words}");
    let (code, words) = told(&["log", log]);
    assert_eq!(code, 0, "{words}");
    assert!(
        words.contains("there is a cosignature by witness.example/w") && words.contains("by nobody but its owner"),
        "{words}"
    );

    let mut changed = data.cosigned();
    let at = changed.len() - 30;
    changed.replace_range(at..=at, if &changed[at..=at] == "A" { "B" } else { "A" });
    fs::write(format!("{log}/cosigned/00000001.note"), changed).expect("written");
    let (code, words) = told(&["log", log, "--witness", &key]);
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("does not fit the text"), "{words}");
    let (code, words) = told(&["log", log, "--witness", &data.key.verifier().to_string()]);
    assert_eq!(code, 2, "the key of the log itself witnesses nothing: {words}");
}

#[test]
fn a_log_that_was_rolled_back_or_forked_is_refused_by_a_checkpoint_from_before() {
    let before = honest(3);
    let kept = before.path("kept");
    for note in [before.cosigned(), Checkpoint::new(ORIGIN, 3, before.tree.root()).sign(&before.key).encode()] {
        fs::write(&kept, note).expect("written");
        let since = kept.to_str().expect("text");
        for (data, code, expected) in [
            (honest(3), 0, "signed by"),
            (honest(5), 0, "signed by"),
            (honest(2), 1, "rolled back"),
            (honest(0).add("look_ended", "{}"), 1, "rolled back"),
            (forked(3), 1, "the log was forked: entries 0 to 2"),
            (forked(5), 1, "the log was forked: entries 0 to 2"),
        ] {
            let log = data.path("log");
            let alone = told(&["log", log.to_str().expect("text")]);
            assert_eq!(alone.0, 0, "in itself each of them verifies: {}", alone.1);
            let mirror = data.mirror();
            for place in [["log", log.to_str().expect("text")], ["tiles", mirror.to_str().expect("text")]] {
                let (found, words) = told(&[place[0], place[1], "--since", since]);
                assert_eq!(found, code, "{expected}: {words}");
                assert!(words.contains(expected), "{expected}: {words}");
            }
        }
    }
}

#[test]
fn a_mirror_of_the_served_log_verifies_and_a_changed_one_does_not() {
    let data = honest(300);
    let mirror = data.mirror();
    let check = |expected_code, expected: &str| {
        let (code, words) = told(&["tiles", mirror.to_str().expect("text"), "--key", &data.key.verifier().to_string()]);
        assert_eq!(code, expected_code, "{expected}: {words}");
        assert!(words.contains(expected), "{expected}: {words}");
    };
    check(0, "300 entries verify from the served tiles; signed by candour.example/recorder/one, witnessed by nobody");
    for (name, at, expected) in [
        ("tile/entries/000", 20, "entries 0 to 299 are not those"),
        ("tile/entries/001.p/44", 0, "tile/entries/001.p/44 is not a bundle of 44 entries"),
        ("tile/0/000", 8100, "tile/0/000 does not fit the entries, from its hash 253 on"),
        ("tile/0/001.p/44", 0, "from its hash 256 on"),
        ("tile/1/000.p/1", 3, "tile/1/000.p/1 does not fit"),
        ("checkpoint", 3, "the checkpoint is none of this log"),
    ] {
        let path = mirror.join(name);
        let whole = fs::read(&path).expect("it is there");
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, changed).expect("written");
        check(1, expected);
        fs::remove_file(&path).expect("it is there");
        if name != "checkpoint" {
            check(1, "is missing");
        }
        fs::write(&path, whole).expect("written");
    }
    check(0, "300 entries verify");
}
