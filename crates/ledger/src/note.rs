//! C2SP signed-note: a text and lines of signatures under it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::{LogKey, VerifierKey, is_name};

const MARK: &str = "\u{2014} ";
const MAX_NOTE: usize = 64 * 1024;

/// Why bytes are not a note, or not one that a key signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// No text, no blank line, no signatures, control characters, or too long.
    #[error("not a signed note: text, an empty line and signature lines are needed")]
    Form,
    /// A signature line that is none.
    #[error("signature line {line} is malformed")]
    Line {
        /// Which, from 0.
        line: usize,
    },
    /// The key signed nothing here.
    #[error("there is no signature by {name}")]
    Unsigned {
        /// Name of the key that was looked for.
        name: String,
    },
    /// A signature that claims to be of this key is not.
    #[error("the signature by {name} does not fit the text")]
    Signature {
        /// Name of the key.
        name: String,
    },
}

/// One signature line: `— name base64(keyid || signature)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// Key id, to tell keys of one name apart.
    pub id: u32,
    /// The signature itself; 64 bytes for Ed25519.
    pub bytes: Vec<u8>,
}

impl NoteSignature {
    /// The line under a note, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        let mut blob = self.id.to_be_bytes().to_vec();
        blob.extend_from_slice(&self.bytes);
        format!("{MARK}{} {}\n", self.name, STANDARD.encode(blob))
    }
}

/// A text with signatures, of a log and perhaps of witnesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// The text, ending in a line feed.
    pub text: String,
    /// The signatures, at least one.
    pub signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Signs a text, which must end in a line feed and have no other control characters.
    #[must_use]
    pub fn sign(text: String, key: &LogKey) -> Self {
        let bytes = key.sign(text.as_bytes()).to_vec();
        let signature = NoteSignature { name: key.verifier().name().to_owned(), id: key.verifier().id(), bytes };
        Self { text, signatures: vec![signature] }
    }

    /// The note as text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = format!("{}\n", self.text);
        self.signatures.iter().for_each(|signature| out.push_str(&signature.line()));
        out
    }

    /// Reads a note without judging its signatures.
    ///
    /// # Errors
    /// [`NoteError::Form`] or [`NoteError::Line`].
    pub fn decode(bytes: &[u8]) -> Result<Self, NoteError> {
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Form)?;
        let controls = whole.bytes().any(|byte| byte < 0x20 && byte != b'\n');
        // The text may have empty lines of its own; the last one divides.
        let at = whole.rfind("\n\n").filter(|_| whole.len() <= MAX_NOTE && !controls).ok_or(NoteError::Form)?;
        let (text, lines) = (&whole[..=at], &whole[at + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        let signatures =
            lines.split('\n').enumerate().map(|(line, text)| decode_line(text).ok_or(NoteError::Line { line }));
        Ok(Self { text: text.to_owned(), signatures: signatures.collect::<Result<_, _>>()? })
    }

    /// Checks that the key signed this text. Signatures of other keys are passed over, as C2SP asks.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] or [`NoteError::Signature`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let mut ours =
            self.signatures.iter().filter(|found| found.name == key.name() && found.id == key.id()).peekable();
        if ours.peek().is_none() {
            return Err(NoteError::Unsigned { name: key.name().to_owned() });
        }
        if ours.all(|found| key.verifies(self.text.as_bytes(), &found.bytes)) {
            Ok(())
        } else {
            Err(NoteError::Signature { name: key.name().to_owned() })
        }
    }
}

fn decode_line(line: &str) -> Option<NoteSignature> {
    let (name, blob) = line.strip_prefix(MARK)?.split_once(' ')?;
    let blob = STANDARD.decode(blob).ok()?;
    let (id, bytes) = blob.split_first_chunk::<4>()?;
    let signature = NoteSignature { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_vec() };
    (is_name(name) && !bytes.is_empty()).then_some(signature)
}
