//! One certificate as a file of its own: with the entry's leaf, its *sent*, the way to a signed checkpoint, and nothing of
//! the other certificates of the same entry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::Hash;
use serde_json::{Value, json};

use super::FOOTAGE_DELETED;
use super::certificate::{Certificate, CertificateError, TimesError, UNSAID, commitments_in};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::commitment::{Group, Salt, commitment};
use crate::details::Disclosed;
use crate::key::VerifierKey;
use crate::leaf::Leaf;
use crate::proof::{ProofError, verify_inclusion};

/// Names the format inside the file.
pub const FILE_FORMAT: &str = "candour deletion certificate v1";

/// A certificate with everything a stranger needs to find it in the log, but the log's key, which should come from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateProof {
    /// The certificate.
    pub certificate: Certificate,
    /// Position of the entry in the log, from 0.
    pub index: u64,
    /// The entry's public leaf.
    pub leaf: Leaf,
    /// The entry's group *sent*: the commitments of all its certificates.
    pub sent: Disclosed,
    /// Inclusion proof of the leaf (RFC 6962 2.1.1).
    pub path: Vec<Hash>,
    /// The signed checkpoint that it leads to, as a C2SP note.
    pub checkpoint: String,
    /// The key that signed it, as the recorder says.
    pub verifier_key: String,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProofError {
    /// It is no such file.
    #[error("this is no certificate file: {what}")]
    Form {
        /// What is missing or not as it should be.
        what: &'static str,
    },
    /// The certificate itself cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The entry is of another kind.
    #[error("the entry is no deletion: its kind is {kind}")]
    Kind {
        /// The kind in the leaf.
        kind: String,
    },
    /// The disclosed group is not the one the leaf commits to.
    #[error("the entry's list of certificates was changed: it does not fit its commitment")]
    Sent,
    /// The certificate is none of those the entry commits to.
    #[error("the certificate was changed: the entry commits to others")]
    NotInEntry,
    /// Its times cannot be true.
    #[error("its times are out of order")]
    Times(#[from] TimesError),
    /// The checkpoint is not signed by the log.
    #[error("the checkpoint does not verify")]
    Checkpoint(#[from] CheckpointError),
    /// The proof does not lead from the entry to the checkpoint.
    #[error("the entry is not in the log that the checkpoint signs")]
    Inclusion(#[from] ProofError),
}

impl CertificateProof {
    /// Checks everything the file can show, under the log's key.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn verify(&self, key: &VerifierKey) -> Result<Checkpoint, CertificateProofError> {
        if self.leaf.kind.as_str() != FOOTAGE_DELETED {
            return Err(CertificateProofError::Kind { kind: self.leaf.kind.to_string() });
        }
        let committed = commitment(Group::Sent, &self.sent.salt, &self.sent.text);
        if committed != self.leaf.commitments[Group::Sent.position()] {
            return Err(CertificateProofError::Sent);
        }
        let all = commitments_in(&self.sent.text).ok_or(CertificateProofError::Sent)?;
        if !all.contains(&self.certificate.commitment()) {
            return Err(CertificateProofError::NotInEntry);
        }
        let checkpoint = Checkpoint::open(self.checkpoint.as_bytes(), key)?;
        verify_inclusion(self.leaf.hash(), self.index, checkpoint.size, &self.path, checkpoint.root)?;
        self.certificate.check_times()?;
        Ok(checkpoint)
    }

    /// The file, as JSON for people and programs.
    #[must_use]
    pub fn encode(&self) -> String {
        let certificate: Value = serde_json::from_str(&self.certificate.text()).expect("a certificate is JSON");
        let file = json!({
            "format": FILE_FORMAT,
            "certificate": certificate,
            "entry": {
                "index": self.index,
                "leaf": STANDARD.encode(self.leaf.encode()),
                "sent": { "salt": STANDARD.encode(self.sent.salt.0), "text": self.sent.text },
            },
            "proof": self.path.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "checkpoint": self.checkpoint,
            "verifier_key": self.verifier_key,
            "does_not_prove": UNSAID,
        });
        serde_json::to_string_pretty(&file).expect("plain values") + "\n"
    }

    /// Reads a file, without judging what it says.
    ///
    /// # Errors
    /// [`CertificateProofError::Form`] or [`CertificateProofError::Certificate`].
    pub fn parse(text: &str) -> Result<Self, CertificateProofError> {
        let wrong = |what| CertificateProofError::Form { what };
        let file: Value = serde_json::from_str(text).map_err(|_| wrong("not JSON"))?;
        if file["format"] != FILE_FORMAT {
            return Err(wrong("its format is another one"));
        }
        let string = |value: &Value, what| value.as_str().map(str::to_owned).ok_or(wrong(what));
        let bytes = |value: &Value, what| value.as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or(wrong(what));
        let entry = &file["entry"];
        let salt = bytes(&entry["sent"]["salt"], "entry.sent.salt")?;
        let path = file["proof"].as_array().ok_or(wrong("proof"))?;
        let path: Option<Vec<Hash>> = path.iter().map(|one| one.as_str()?.parse().ok()).collect();
        Ok(Self {
            certificate: Certificate::of(&file["certificate"])?,
            index: entry["index"].as_u64().ok_or(wrong("entry.index"))?,
            leaf: Leaf::decode(&bytes(&entry["leaf"], "entry.leaf")?).map_err(|_| wrong("entry.leaf"))?,
            sent: Disclosed {
                salt: Salt(salt.try_into().map_err(|_| wrong("entry.sent.salt"))?),
                text: string(&entry["sent"]["text"], "entry.sent.text")?,
            },
            path: path.ok_or(wrong("proof"))?,
            checkpoint: string(&file["checkpoint"], "checkpoint")?,
            verifier_key: string(&file["verifier_key"], "verifier_key")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::certificate::tests::certificate;
    use super::*;
    use crate::{Entry, Kind, LogKey, MemoryNodes, Tree, prove_inclusion};
    use candour_units::WallTime;

    const ORIGIN: &str = "candour.example/recorder/one";

    /// Three certificates in entry 4 of 9.
    fn proof() -> (CertificateProof, LogKey) {
        let key = LogKey::from_seed(ORIGIN, &[7; 32]).expect("a name");
        let all: Vec<_> = (11..14).map(certificate).collect();
        let hashes: Vec<_> = all.iter().map(|one| format!("\"{}\"", one.commitment())).collect();
        let sent = format!("{{\"certificates\":[{}]}}", hashes.join(","));
        let texts = ["{}".to_owned(), "{}".to_owned(), "{}".to_owned(), sent.clone()];
        let at = WallTime::from_unix_seconds(1_700_086_404);
        let entry = Entry::new(at, Kind::new("footage_deleted").expect("a word"), texts, [Salt([9; 32]); 4]);
        let (mut tree, mut nodes) = (Tree::new(), MemoryNodes::new());
        for number in 0..9_u8 {
            let hash = if number == 4 { entry.leaf.hash() } else { Hash([number; 32]) };
            tree.push(hash);
            nodes.push(hash);
        }
        let proof = CertificateProof {
            certificate: all[1].clone(),
            index: 4,
            leaf: entry.leaf,
            sent: Disclosed { salt: Salt([9; 32]), text: sent },
            path: prove_inclusion(&nodes, 4, 9).expect("inside"),
            checkpoint: Checkpoint::new(ORIGIN, 9, tree.root()).sign(&key).encode(),
            verifier_key: key.verifier().to_string(),
        };
        (proof, key)
    }

    #[test]
    fn one_certificate_is_proved_without_its_neighbours() {
        let (proof, key) = proof();
        assert_eq!(proof.verify(key.verifier()).expect("it verifies").size, 9);
        let file = proof.encode();
        assert_eq!(CertificateProof::parse(&file), Ok(proof.clone()));
        for other in [certificate(11), certificate(13)] {
            assert!(!file.contains(&other.segment.to_string()), "the neighbours stay hidden");
        }
    }

    #[test]
    fn whatever_is_changed_is_found() {
        let (good, key) = proof();
        let check = |change: fn(&mut CertificateProof), what: fn(&CertificateProofError) -> bool| {
            let mut one = good.clone();
            change(&mut one);
            let error = one.verify(key.verifier()).expect_err("it was changed");
            assert!(what(&error), "{error:?}");
        };
        use CertificateProofError as E;
        check(|one| one.certificate.bytes += 1, |e| matches!(e, E::NotInEntry));
        check(|one| one.certificate = certificate(9), |e| matches!(e, E::NotInEntry));
        check(|one| one.sent.text = one.sent.text.replace('a', "b"), |e| matches!(e, E::Sent));
        check(|one| one.leaf.at = WallTime::EPOCH, |e| matches!(e, E::Inclusion(_)));
        check(|one| one.leaf.kind = Kind::new("log_read").expect("a word"), |e| matches!(e, E::Kind { .. }));
        check(|one| one.index = 3, |e| matches!(e, E::Inclusion(_)));
        check(|one| one.path[0] = Hash([1; 32]), |e| matches!(e, E::Inclusion(_)));
        check(|one| one.checkpoint = one.checkpoint.replacen('9', "8", 1), |e| matches!(e, E::Checkpoint(_)));
        let other = LogKey::from_seed(ORIGIN, &[8; 32]).expect("a name");
        assert!(matches!(good.verify(other.verifier()), Err(E::Checkpoint(_))));
    }

    #[test]
    fn any_flipped_byte_of_the_file_is_found_or_says_nothing() {
        let (good, key) = proof();
        let file = good.encode();
        let said = file.find("\"does_not_prove\"").expect("it is there");
        let after = file[said..].find(']').expect("a list") + said;
        let key_said = file.find("\"verifier_key\"").expect("it is there");
        for at in 0..file.len() {
            // What it does not prove, and which key the recorder named, are words: nothing stands on them.
            if (said..=after).contains(&at) || at >= key_said {
                continue;
            }
            let mut bytes = file.clone().into_bytes();
            bytes[at] ^= 4;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let Ok(read) = CertificateProof::parse(&text) else { continue };
            assert!(read == good || read.verify(key.verifier()).is_err(), "byte {at}: {text}");
        }
    }
}
