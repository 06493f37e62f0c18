//! Entries of the log that somebody found and took away: a file that a stranger checks without the recorder.
//!
//! Each entry comes with its details and the way to one signed checkpoint. The export is itself an entry of the log, and that entry,
//! which is in the file too, commits to the question and to the list of what was found. So nothing can be taken out of the file or put
//! into it. That a recorder found everything that fits the question cannot be proved by a file; a copy of the whole log can.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::Hash;
use serde_json::{Value, json};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::commitment::Group;
use crate::details::Details;
use crate::hashing::sha256;
use crate::json::canonical_object;
use crate::key::VerifierKey;
use crate::leaf::Leaf;
use crate::note::SignedNote;
use crate::proof::{ProofError, verify_consistency, verify_inclusion};

/// Names the format inside the file.
pub const EXPORT_FORMAT: &str = "candour log export v1";

/// Kind of the entry that an export leaves in the log.
pub const LOG_EXPORTED: &str = "log_exported";

/// Where the list that is hashed begins.
const DIGEST_PREFIX: &[u8] = b"candour log export v1\n";

/// What an export cannot show.
pub const EXPORT_UNSAID: [&str; 3] = [
    "It does not prove that the recorder found everything that fits the question; a copy of the whole log does.",
    "It does not prove that the log was not made anew as a whole; compare its key, and a checkpoint from a witness.",
    "It does not prove what was never written down.",
];

/// One entry of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedEntry {
    /// Position in the log, from 0.
    pub index: u64,
    /// Its public leaf.
    pub leaf: Leaf,
    /// Its details, as far as they are not erased.
    pub details: Details,
    /// Inclusion proof (RFC 6962 2.1.1) up to the checkpoint of the export.
    pub path: Vec<Hash>,
}

/// The newest checkpoint that a witness cosigned, and the way from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosignedBefore {
    /// The C2SP note with its cosignatures.
    pub note: String,
    /// Consistency proof (RFC 6962 2.1.2) from it to the checkpoint of the export.
    pub path: Vec<Hash>,
}

/// An export with everything a stranger needs to check it, but the log's key, which should come from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogExport {
    /// What was found, in the order of the file.
    pub entries: Vec<ExportedEntry>,
    /// The entry of the export itself.
    pub export: ExportedEntry,
    /// The signed checkpoint that all the ways lead to, as a C2SP note.
    pub checkpoint: String,
    /// What a witness cosigned, if one did.
    pub cosigned: Option<CosignedBefore>,
    /// The key that signed the checkpoint, as the recorder says.
    pub verifier_key: String,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// It is no such file.
    #[error("this is no export of a log: {what}")]
    Form {
        /// What is missing or not as it should be.
        what: &'static str,
    },
    /// The checkpoint is not signed by the log.
    #[error("the checkpoint does not verify")]
    Checkpoint(#[from] CheckpointError),
    /// An entry is not in the tree that was signed.
    #[error("entry {index} is not in the log that the checkpoint signs")]
    Inclusion {
        /// Which.
        index: u64,
        /// What does not fit.
        source: ProofError,
    },
    /// Details were changed.
    #[error("entry {index} was changed: its '{group}' does not fit its commitment")]
    Group {
        /// Which.
        index: u64,
        /// The group.
        group: Group,
    },
    /// The entry of the export is none, or was erased.
    #[error("entry {index} is not the entry of this export")]
    NotTheExport {
        /// Which.
        index: u64,
    },
    /// The list of entries is not the one that was exported.
    #[error(
        "entries were taken out of the file, put into it, or moved: entry {index} of the log says what was exported"
    )]
    OtherEntries {
        /// The entry of the export.
        index: u64,
    },
    /// What a witness cosigned is no beginning of this log.
    #[error("what a witness cosigned is not a beginning of this log: it was forked")]
    Forked(#[source] ProofError),
}

/// The hash by which an export's entry commits to what was found: over position (8, big endian) and leaf hash (32) of each, in order.
#[must_use]
pub fn export_digest(entries: impl IntoIterator<Item = (u64, Hash)>) -> Hash {
    let mut list = Vec::new();
    for (index, leaf) in entries {
        list.extend_from_slice(&index.to_be_bytes());
        list.extend_from_slice(&leaf.0);
    }
    sha256(&[DIGEST_PREFIX, &list])
}

impl ExportedEntry {
    fn verify(&self, checkpoint: &Checkpoint) -> Result<(), ExportError> {
        let index = self.index;
        verify_inclusion(self.leaf.hash(), index, checkpoint.size, &self.path, checkpoint.root)
            .map_err(|source| ExportError::Inclusion { index, source })?;
        self.details.fit(&self.leaf).map_err(|group| ExportError::Group { index, group })
    }

    fn encode(&self) -> Value {
        let groups = Group::ALL.map(|group| match self.details.group(group) {
            Some(shown) => json!({ "salt": STANDARD.encode(shown.salt.0), "text": shown.text }),
            None => Value::Null,
        });
        let [who, what, why, sent] = groups;
        json!({
            "index": self.index,
            "time": self.leaf.at.to_string(),
            "kind": self.leaf.kind.as_str(),
            "leaf": STANDARD.encode(self.leaf.encode()),
            "who": who, "what": what, "why": why, "sent": sent,
            "proof": self.path.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }

    fn parse(value: &Value) -> Result<Self, ExportError> {
        let wrong = |what| ExportError::Form { what };
        let mut groups = [const { None }; 4];
        for group in Group::ALL {
            groups[group.position()] = disclosed(&value[group.word()]).map_err(wrong)?;
        }
        let leaf = bytes(&value["leaf"]).and_then(|bytes| Leaf::decode(&bytes).ok()).ok_or(wrong("a leaf"))?;
        // They are there for people; whoever reads them must read what was committed to.
        if value["time"] != leaf.at.to_string().as_str() || value["kind"] != leaf.kind.as_str() {
            return Err(wrong("the time or kind of an entry is not that of its leaf"));
        }
        Ok(Self {
            index: value["index"].as_u64().ok_or(wrong("the index of an entry"))?,
            leaf,
            details: Details::new(groups),
            path: hashes(&value["proof"]).ok_or(wrong("the proof of an entry"))?,
        })
    }
}

impl LogExport {
    /// Checks everything the file can show, under the log's key.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn verify(&self, key: &VerifierKey) -> Result<Checkpoint, ExportError> {
        let checkpoint = Checkpoint::open(self.checkpoint.as_bytes(), key)?;
        self.entries.iter().chain([&self.export]).try_for_each(|entry| entry.verify(&checkpoint))?;
        let index = self.export.index;
        let sent = self.export.details.text(Group::Sent).filter(|_| self.export.leaf.kind.as_str() == LOG_EXPORTED);
        let sent: Value =
            sent.and_then(|text| serde_json::from_str(text).ok()).ok_or(ExportError::NotTheExport { index })?;
        let digest = export_digest(self.entries.iter().map(|entry| (entry.index, entry.leaf.hash())));
        if sent["digest"] != digest.to_string().as_str() || sent["entries"].as_u64() != Some(self.entries.len() as u64)
        {
            return Err(ExportError::OtherEntries { index });
        }
        if let Some(before) = &self.cosigned {
            let old = Checkpoint::open(before.note.as_bytes(), key)?;
            verify_consistency(old.size, old.root, checkpoint.size, checkpoint.root, &before.path)
                .map_err(ExportError::Forked)?;
        }
        Ok(checkpoint)
    }

    /// The notes in the file under which a cosignature may stand, each with the entries that it signs.
    #[must_use]
    pub fn notes(&self) -> Vec<(u64, SignedNote)> {
        let texts = [Some(&self.checkpoint), self.cosigned.as_ref().map(|before| &before.note)];
        let read = |text: &String| {
            let note = SignedNote::decode(text.as_bytes()).ok()?;
            Some((Checkpoint::decode(&note.text).ok()?.size, note))
        };
        texts.into_iter().flatten().filter_map(read).collect()
    }

    /// What was asked, as the entry of the export says it; a JSON object.
    #[must_use]
    pub fn question(&self) -> Option<String> {
        let sent: Value = serde_json::from_str(self.export.details.text(Group::Sent)?).ok()?;
        canonical_object(&sent["question"].to_string()).ok()
    }

    /// The file, as JSON for people and programs.
    #[must_use]
    pub fn encode(&self) -> String {
        let cosigned = self.cosigned.as_ref().map(|before| {
            let path: Vec<_> = before.path.iter().map(ToString::to_string).collect();
            json!({ "checkpoint": before.note, "consistency": path })
        });
        let file = json!({
            "format": EXPORT_FORMAT,
            "entries": self.entries.iter().map(ExportedEntry::encode).collect::<Vec<_>>(),
            "export": self.export.encode(),
            "checkpoint": self.checkpoint,
            "cosigned": cosigned,
            "verifier_key": self.verifier_key,
            "does_not_prove": EXPORT_UNSAID,
        });
        serde_json::to_string_pretty(&file).expect("plain values") + "\n"
    }

    /// Reads a file, without judging what it says.
    ///
    /// # Errors
    /// [`ExportError::Form`].
    pub fn parse(text: &str) -> Result<Self, ExportError> {
        let wrong = |what| ExportError::Form { what };
        let file: Value = serde_json::from_str(text).map_err(|_| wrong("not JSON"))?;
        if file["format"] != EXPORT_FORMAT {
            return Err(wrong("its format is another one"));
        }
        let string = |value: &Value, what| value.as_str().map(str::to_owned).ok_or(wrong(what));
        let entries = file["entries"].as_array().ok_or(wrong("its entries"))?;
        let cosigned = match &file["cosigned"] {
            Value::Null => None,
            before => Some(CosignedBefore {
                note: string(&before["checkpoint"], "cosigned.checkpoint")?,
                path: hashes(&before["consistency"]).ok_or(wrong("cosigned.consistency"))?,
            }),
        };
        Ok(Self {
            entries: entries.iter().map(ExportedEntry::parse).collect::<Result<_, _>>()?,
            export: ExportedEntry::parse(&file["export"])?,
            checkpoint: string(&file["checkpoint"], "checkpoint")?,
            cosigned,
            verifier_key: string(&file["verifier_key"], "verifier_key")?,
        })
    }
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(value.as_str()?).ok()
}

fn hashes(value: &Value) -> Option<Vec<Hash>> {
    value.as_array()?.iter().map(|one| one.as_str()?.parse().ok()).collect()
}

fn disclosed(value: &Value) -> Result<Option<crate::Disclosed>, &'static str> {
    if value.is_null() {
        return Ok(None);
    }
    let salt = bytes(&value["salt"]).and_then(|salt| salt.try_into().ok()).ok_or("the salt of a group")?;
    let text = value["text"].as_str().ok_or("the text of a group")?.to_owned();
    Ok(Some(crate::Disclosed { salt: crate::Salt(salt), text }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Kind, LogKey, MemoryNodes, Salt, Tree, prove_consistency, prove_inclusion};
    use candour_units::WallTime;

    const ORIGIN: &str = "candour.example/recorder/one";

    fn entry(number: u64, kind: &str, sent: String) -> Entry {
        let texts = [format!("{{\"name\":\"person {number}\"}}"), "{}".into(), "{}".into(), sent];
        let at = WallTime::from_unix_seconds(1_700_000_000 + number as i64);
        Entry::new(at, Kind::new(kind).expect("a word"), texts, [Salt([number as u8; 32]); 4])
    }

    /// Entries 2 and 5 of nine; the export is entry 8. A checkpoint over six was cosigned.
    fn export() -> (LogExport, LogKey) {
        let key = LogKey::from_seed(ORIGIN, &[7; 32]).expect("a name");
        let mut all: Vec<Entry> = (0..8).map(|number| entry(number, "signed_in", "{}".into())).collect();
        let digest = export_digest([2, 5].map(|at| (at as u64, all[at].leaf.hash())));
        let sent = format!("{{\"digest\":\"{digest}\",\"entries\":2,\"question\":{{\"kind\":\"signed_in\"}}}}");
        all.push(entry(8, LOG_EXPORTED, sent));
        let (mut tree, mut nodes, mut six) = (Tree::new(), MemoryNodes::new(), Hash([0; 32]));
        for entry in &all {
            tree.push(entry.leaf.hash());
            nodes.push(entry.leaf.hash());
            if tree.size() == 6 {
                six = tree.root();
            }
        }
        let shown = |at: usize| ExportedEntry {
            index: at as u64,
            leaf: all[at].leaf.clone(),
            details: all[at].details.clone(),
            path: prove_inclusion(&nodes, at as u64, 9).expect("inside"),
        };
        let export = LogExport {
            entries: vec![shown(2), shown(5)],
            export: shown(8),
            checkpoint: Checkpoint::new(ORIGIN, 9, tree.root()).sign(&key).encode(),
            cosigned: Some(CosignedBefore {
                note: Checkpoint::new(ORIGIN, 6, six).sign(&key).encode(),
                path: prove_consistency(&nodes, 6, 9).expect("inside"),
            }),
            verifier_key: key.verifier().to_string(),
        };
        (export, key)
    }

    #[test]
    fn a_file_verifies_and_is_read_as_it_was_written() {
        let (export, key) = export();
        assert_eq!(export.verify(key.verifier()).expect("it verifies").size, 9);
        assert_eq!(LogExport::parse(&export.encode()), Ok(export.clone()));
        assert_eq!(export.question().as_deref(), Some("{\"kind\":\"signed_in\"}"));
        assert_eq!(export.notes().iter().map(|(size, _)| *size).collect::<Vec<_>>(), [9, 6]);
        let mut erased = export;
        Group::ALL.into_iter().for_each(|group| erased.entries[0].details.erase(group));
        assert!(erased.verify(key.verifier()).is_ok(), "what was erased is still an entry");
    }

    #[test]
    fn whatever_is_changed_is_found() {
        let (good, key) = export();
        let check = |change: fn(&mut LogExport), what: fn(&ExportError) -> bool| {
            let mut one = good.clone();
            change(&mut one);
            let error = one.verify(key.verifier()).expect_err("it was changed");
            assert!(what(&error), "{error:?}");
        };
        use ExportError as E;
        check(|one| drop(one.entries.remove(0)), |e| matches!(e, E::OtherEntries { index: 8 }));
        check(|one| one.entries.swap(0, 1), |e| matches!(e, E::OtherEntries { .. }));
        check(|one| one.entries.push(one.entries[0].clone()), |e| matches!(e, E::OtherEntries { .. }));
        check(|one| one.entries[1].index = 4, |e| matches!(e, E::Inclusion { index: 4, .. }));
        check(|one| one.entries[1].leaf.at = WallTime::EPOCH, |e| matches!(e, E::Inclusion { index: 5, .. }));
        check(
            |one| one.entries[0].details = one.entries[1].details.clone(),
            |e| matches!(e, E::Group { index: 2, group: Group::Who }),
        );
        check(|one| one.export = one.entries[0].clone(), |e| matches!(e, E::NotTheExport { index: 2 }));
        check(|one| one.export.details.erase(Group::Sent), |e| matches!(e, E::NotTheExport { .. }));
        check(|one| one.checkpoint = one.checkpoint.replacen('9', "8", 1), |e| matches!(e, E::Checkpoint(_)));
        check(|one| one.cosigned.as_mut().expect("there").path[0] = Hash([1; 32]), |e| matches!(e, E::Forked(_)));
        let other = LogKey::from_seed(ORIGIN, &[8; 32]).expect("a name");
        assert!(matches!(good.verify(other.verifier()), Err(E::Checkpoint(_))));
    }

    #[test]
    fn what_people_read_is_what_was_committed_to() {
        let (good, _) = export();
        let file = good.encode();
        for (from, to) in [("\"signed_in\"", "\"signed_out\""), ("2023-11-14T22:13:22", "2023-11-15T22:13:22")] {
            assert!(file.contains(from), "{from}");
            let error = LogExport::parse(&file.replacen(from, to, 1)).expect_err("it was changed");
            assert!(matches!(error, ExportError::Form { .. }), "{error}");
        }
    }
}
