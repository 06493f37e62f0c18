//! Checkpoints from before and from elsewhere: what was signed once, and what witnesses cosigned. A log that is consistent in
//! itself is held against them, so that one that was rolled back or forked is found out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use candour_ledger::{Checkpoint, NoteError, SignedNote, Tree, VerifierKey, WitnessKey};
use candour_units::{Hash, WallTime};

use crate::verdict::{Verdict, count};

/// What is trusted beside the copy itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// The log's key, as text.
    pub key: Option<String>,
    /// Keys of witnesses, as text.
    pub witnesses: Vec<String>,
    /// Files with a checkpoint each.
    pub since: Vec<PathBuf>,
}

/// One checkpoint and where it came from.
struct Anchor {
    place: String,
    note: SignedNote,
    checkpoint: Checkpoint,
    /// The root of this log at its size, once it is known.
    found: Option<Hash>,
}

/// All of them, rising in size.
pub(crate) struct Anchors {
    anchors: Vec<Anchor>,
    witnesses: Vec<WitnessKey>,
    next: usize,
}

impl Anchors {
    /// Reads the checkpoints in `trust` and in `beside`, which lie with the log. One that the log did not sign is a finding.
    pub(crate) fn read(trust: &Trust, beside: &[PathBuf], key: &VerifierKey, verdict: &mut Verdict) -> Result<Self> {
        let mut anchors = Vec::new();
        for path in trust.since.iter().chain(beside) {
            let place = path.display().to_string();
            let bytes = fs::read(path).with_context(|| format!("{place} cannot be read"))?;
            let read =
                Checkpoint::open(&bytes, key).and_then(|checkpoint| Ok((SignedNote::decode(&bytes)?, checkpoint)));
            match read {
                Ok((note, checkpoint)) => anchors.push(Anchor { place, note, checkpoint, found: None }),
                Err(error) => verdict.findings.push(format!("{place} is no checkpoint of this log: {error}")),
            }
        }
        anchors.sort_by_key(|anchor| anchor.checkpoint.size);
        let parse =
            |text: &String| WitnessKey::parse(text).with_context(|| format!("--witness {text} is no witness's key"));
        let witnesses = trust.witnesses.iter().map(parse).collect::<Result<_>>()?;
        Ok(Self { anchors, witnesses, next: 0 })
    }

    /// Takes the tree as it stands; to be called at every size.
    pub(crate) fn take(&mut self, tree: &Tree) {
        while let Some(anchor) = self.anchors.get_mut(self.next).filter(|anchor| anchor.checkpoint.size <= tree.size())
        {
            anchor.found = (anchor.checkpoint.size == tree.size()).then(|| tree.root());
            self.next += 1;
        }
    }

    /// Says what does not fit, and who witnessed how much, as the end of the closing line.
    pub(crate) fn judge(&self, size: u64, verdict: &mut Verdict) -> String {
        let mut agreed = 0;
        for anchor in &self.anchors {
            let signed = anchor.checkpoint.size;
            let finding = match anchor.found {
                Some(root) if root == anchor.checkpoint.root => {
                    agreed = signed;
                    continue;
                }
                Some(_) => format!(
                    "the log was forked: entries {agreed} to {} are not those that {} signed",
                    signed.saturating_sub(1),
                    anchor.place
                ),
                None => format!(
                    "the log was rolled back: {} has {} signed and only {} here: entry {size} is gone",
                    anchor.place,
                    count(signed, "entry", "entries"),
                    count(size, "is", "are"),
                ),
            };
            verdict.findings.push(finding);
            break;
        }
        self.witnessed(verdict)
    }

    fn witnessed(&self, verdict: &mut Verdict) -> String {
        let mut told = Vec::new();
        for witness in &self.witnesses {
            match self.newest(witness, verdict) {
                Some((size, at)) => told.push(format!(
                    "witnessed up to entry {} by {} at {}",
                    size.saturating_sub(1),
                    witness.name(),
                    WallTime::from_unix_seconds(i64::try_from(at).unwrap_or(0))
                )),
                None => verdict.notes.push(format!("{} cosigned nothing here", witness.name())),
            }
        }
        let mut unknown: Vec<&str> = self.anchors.iter().flat_map(|anchor| self.strangers(anchor)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        for name in unknown {
            verdict.notes.push(format!("there is a cosignature by {name}; give its key with --witness to check it"));
        }
        if told.is_empty() { "witnessed by nobody but its owner".to_owned() } else { told.join(", ") }
    }

    /// Size and time of the newest checkpoint that this witness cosigned; one that only claims to be of it is a finding.
    fn newest(&self, witness: &WitnessKey, verdict: &mut Verdict) -> Option<(u64, u64)> {
        let mut newest = None;
        for anchor in &self.anchors {
            match witness.cosigned_at(&anchor.note) {
                Ok(at) => newest = newest.max(Some((anchor.checkpoint.size, at))),
                Err(NoteError::Unsigned { .. }) => {}
                Err(error) => verdict.findings.push(format!("{}: {error}", anchor.place)),
            }
        }
        newest
    }

    /// Who signed it beside the log and the witnesses that are known.
    fn strangers<'a>(&'a self, anchor: &'a Anchor) -> impl Iterator<Item = &'a str> {
        let known = |name: &str| name == anchor.checkpoint.origin || self.witnesses.iter().any(|of| of.name() == name);
        anchor.note.signatures.iter().map(|found| found.name.as_str()).filter(move |name| !known(name))
    }
}

/// The notes in a directory, by name; none when there is no directory.
pub(crate) fn notes_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut notes: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "note")).collect();
    notes.sort();
    notes
}
