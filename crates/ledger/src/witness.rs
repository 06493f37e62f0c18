//! C2SP tlog-witness: what a log asks of a witness, how the witness judges it, and what the log makes of the answer.
//!
//! Pure: who stores the newest checkpoint, and who speaks HTTP, is in the `witness` room.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_units::Hash;

use crate::checkpoint::{Checkpoint, decimal};
use crate::cosignature::WitnessKey;
use crate::hashing::empty_root;
use crate::key::VerifierKey;
use crate::note::{NoteSignature, SignedNote};
use crate::proof::verify_consistency;

/// More hashes than any proof has (C2SP tlog-witness allows 63).
const MAX_PROOF: usize = 63;
/// The content type of an answer that says which size the witness knows.
pub const SIZE_CONTENT_TYPE: &str = "text/x.tlog.size";

/// A call to `add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the newest checkpoint that the witness cosigned, as far as the log knows; 0 if none.
    pub old: u64,
    /// From that size to the new one.
    pub proof: Vec<Hash>,
    /// The new checkpoint.
    pub note: SignedNote,
}

impl AddCheckpoint {
    /// The request's body.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = format!("old {}\n", self.old);
        for hash in &self.proof {
            out.push_str(&STANDARD.encode(hash.0));
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.note.encode());
        out
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn decode(body: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| Refusal::Malformed)?;
        let (head, note) = text.split_once("\n\n").ok_or(Refusal::Malformed)?;
        let mut lines = head.split('\n');
        let old =
            lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal).ok_or(Refusal::Malformed)?;
        let hash = |line: &str| STANDARD.decode(line).ok().and_then(|bytes| bytes.try_into().ok()).map(Hash);
        let proof = lines.map(hash).collect::<Option<Vec<Hash>>>().filter(|proof| proof.len() <= MAX_PROOF);
        let note = SignedNote::decode(note.as_bytes()).map_err(|_| Refusal::Malformed)?;
        Ok(Self { old, proof: proof.ok_or(Refusal::Malformed)?, note })
    }

    /// Name of the log it is about: the first line of the checkpoint.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.note.text.split('\n').next().unwrap_or_default()
    }
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a call at all.
    #[error("the body is not an old size, a proof and a checkpoint")]
    Malformed,
    /// The old size lies beyond the checkpoint.
    #[error("the old size {old} lies beyond the checkpoint's {size}")]
    OldBeyond {
        /// As stated.
        old: u64,
        /// Of the checkpoint.
        size: u64,
    },
    /// A log that this witness does not know.
    #[error("the log {origin} is not known here")]
    UnknownLog {
        /// As the checkpoint names it.
        origin: String,
    },
    /// The log did not sign it.
    #[error("the checkpoint is not signed by the log")]
    Unsigned,
    /// Another size was cosigned before.
    #[error("the newest checkpoint cosigned here has {known} entries")]
    Size {
        /// The size.
        known: u64,
    },
    /// The same size was cosigned with another root.
    #[error("a checkpoint over {size} entries with another root was cosigned here")]
    Fork {
        /// The size.
        size: u64,
    },
    /// The log of the newest checkpoint cosigned is no beginning of this one.
    #[error("the proof does not lead from the checkpoint cosigned before to this one")]
    Proof,
}

impl Refusal {
    /// The HTTP status of C2SP tlog-witness.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed | Self::OldBeyond { .. } => 400,
            Self::UnknownLog { .. } => 404,
            Self::Unsigned => 403,
            Self::Size { .. } | Self::Fork { .. } => 409,
            Self::Proof => 422,
        }
    }
}

/// Whether a witness that knows this log by its key, and the newest checkpoint it cosigned, may cosign. The caller makes the
/// answer durable before anybody gets a cosignature.
///
/// # Errors
/// [`Refusal`], in the order in which C2SP tlog-witness has the checks.
pub fn judge(request: &AddCheckpoint, key: &VerifierKey, known: Option<&Checkpoint>) -> Result<Checkpoint, Refusal> {
    if request.origin() != key.name() {
        return Err(Refusal::UnknownLog { origin: request.origin().to_owned() });
    }
    request.note.verify(key).map_err(|_| Refusal::Unsigned)?;
    let checkpoint = Checkpoint::decode(&request.note.text).map_err(|_| Refusal::Malformed)?;
    let (old, size) = (request.old, checkpoint.size);
    if old > size {
        return Err(Refusal::OldBeyond { old, size });
    }
    let (known, known_root) = known.map_or((0, empty_root()), |known| (known.size, known.root));
    if old != known {
        return Err(Refusal::Size { known });
    }
    if size == known && checkpoint.root != known_root {
        return Err(Refusal::Fork { size });
    }
    verify_consistency(known, known_root, size, checkpoint.root, &request.proof).map_err(|_| Refusal::Proof)?;
    Ok(checkpoint)
}

/// What a witness's answer means for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It cosigned.
    Cosigned {
        /// The line to put under the checkpoint.
        signature: NoteSignature,
        /// When, in seconds since 1970 UTC.
        at: u64,
    },
    /// It cosigned another size last: ask again from there.
    From {
        /// That size.
        size: u64,
    },
    /// It cosigned more entries of this log than there are: the log was rolled back, or made anew.
    Ahead {
        /// How many.
        size: u64,
    },
    /// What it cosigned is no beginning of this log: the log was forked.
    Conflict,
    /// Anything else: it is not set up for this log, or out of order.
    Refused {
        /// HTTP status.
        status: u16,
    },
}

/// Reads the answer to a call. The proof in the call must have been checked against the log's own root: only then is a
/// witness that refuses it one that saw another log.
#[must_use]
pub fn read_answer(
    asked: &AddCheckpoint,
    witness: &WitnessKey,
    status: u16,
    content_type: &str,
    body: &[u8],
) -> Answer {
    let size = Checkpoint::decode(&asked.note.text).map_or(0, |checkpoint| checkpoint.size);
    match status {
        200 => cosignature(asked, witness, body).unwrap_or(Answer::Refused { status }),
        409 if content_type == SIZE_CONTENT_TYPE => {
            let known = std::str::from_utf8(body).ok().and_then(|text| text.strip_suffix('\n')).and_then(decimal);
            match known {
                Some(known) if known > size => Answer::Ahead { size: known },
                // It says again what it was asked from: nothing is gained by asking the same once more.
                Some(known) if known == asked.old && known == size => Answer::Conflict,
                Some(known) if known != asked.old => Answer::From { size: known },
                _ => Answer::Refused { status },
            }
        }
        // The same size with another root.
        409 if asked.old == size => Answer::Conflict,
        422 => Answer::Conflict,
        _ => Answer::Refused { status },
    }
}

fn cosignature(asked: &AddCheckpoint, witness: &WitnessKey, body: &[u8]) -> Option<Answer> {
    let lines = std::str::from_utf8(body).ok()?;
    let note = SignedNote::decode(format!("{}\n{lines}", asked.note.text).as_bytes()).ok()?;
    let at = witness.cosigned_at(&note).ok()?;
    let ours = |found: &NoteSignature| found.name == witness.name() && found.id == witness.id();
    let alone = |signature: &NoteSignature| SignedNote { text: note.text.clone(), signatures: vec![signature.clone()] };
    let signature = note
        .signatures
        .iter()
        .filter(|found| ours(found))
        .find(|found| witness.cosigned_at(&alone(found)) == Ok(at))?;
    Some(Answer::Cosigned { signature: signature.clone(), at })
}
